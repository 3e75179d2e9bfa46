"""Telling the office, once, that a unit returns results and nobody answers: on statistical grounds, not on a quiet week."""

import hashlib
from datetime import datetime, timedelta

from handlers import saying
from handlers.chats import list_chats
from handlers.setup import Setup
from reports.silences import Silence, weigh_silence
from storage import activity, runs
from storage.activity import UnitFlow
from storage.database import Transaction

TOLD = "silence_told"  # what is claimed once for each silence, beside the runs of jobs
_WINDOW = timedelta(days=180)  # what a unit's rate is taken from
_GRACE = timedelta(days=3)  # after the last reminder: a result that is younger may still be answered
_FEWEST = 30  # results of the other units, before a unit that never got an answer is held against them


def tell_of_silence(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Tell the office of every unit whose silence chance does not explain and that was not told. Return how many.

    A silence begins with the last answer and ends with the next one; the next silence is told again.
    """
    begin = at - _WINDOW
    end = at - _GRACE - max(setup.reminders, default=timedelta())
    flows = activity.list_flows(tx, days_from=setup.local(begin).date(), begin=begin, end=end)
    told = 0
    for flow in flows:
        silence = _weigh(flow, flows)
        if silence.is_unlikely and runs.claim_run(tx, TOLD, _name(setup, flow), at):
            _tell(tx, setup, flow, silence, at)
            told += 1
    return told


def _weigh(flow: UnitFlow, flows: list[UnitFlow]) -> Silence:
    """Weigh a unit's silence by its own rate; by that of the others together when it never had an answer."""
    if flow.answers:
        return weigh_silence(
            answers=flow.answers,
            returned=flow.returned_before,
            since=flow.returned_since,
            beginnings=flow.answers,
        )
    others = [one for one in flows if one.answers]
    returned = sum(one.returned_before for one in others)
    if returned < _FEWEST:
        return Silence(chance=1.0, rate=0.0)
    answers = sum(one.answers for one in others)
    return weigh_silence(answers=answers, returned=returned, since=flow.returned_since, beginnings=len(flows))


def _name(setup: Setup, flow: UnitFlow) -> str:
    """Return what a silence is claimed by: its unit and the day of the answer before it."""
    unit = hashlib.sha256(flow.unit_code.encode()).hexdigest()[:16]
    day = setup.local(flow.last_answer_at).date().isoformat() if flow.last_answer_at else "never"
    return f"{unit} {day}"


def _tell(tx: Transaction, setup: Setup, flow: UnitFlow, silence: Silence, at: datetime) -> None:
    values = {
        "unit": setup.unit_name(flow.unit_code),
        "returned": flow.returned_since,
        "rate": max(1, round(silence.rate)),
    }
    key = "silence_never"
    if flow.last_answer_at is not None:
        key, values["day"] = "silence_since", f"{setup.local(flow.last_answer_at):%d/%m/%Y}"
    text = setup.wording.say(setup.language, key, **values)
    text = f"{text}\n\n{setup.wording.say(setup.language, 'silence_look')}"
    for address in list_chats(tx, setup, setup.office_chats, at):
        saying.say_notice(tx, setup, address, text, at)
