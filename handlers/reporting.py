"""Reports on demand in the office's chat: the buttons under a digest, and /baocao with a period."""

import re
from datetime import datetime

from handlers import digests, saying
from handlers.chats import get_chat
from handlers.happenings import Inbound, ReportPress, Words
from handlers.posting import PARTS, buttons
from handlers.setup import Chat, Setup
from reports.figures import Report
from reports.periods import PeriodError, parse_period
from reports.render_digest import render_digest
from reports.render_parts import render_part
from storage.database import Transaction
from survey.folding import fold
from survey.message import Message

_COMMAND = re.compile(r"^\s*/?baocao(?:@\w+)?(?:\s+(\S{1,20})(?:\s+(\D{2,30}))?)?\s*$", re.IGNORECASE)


def receive(tx: Transaction, setup: Setup, inbound: Inbound, at: datetime) -> str | None:
    """Answer what the office asks of a report. Return the toast; None when it is no such matter, or no chat of the office."""
    happening = inbound.happening
    if Chat(channel=inbound.channel, name=inbound.name) not in setup.office_chats:
        return setup.wording.say(setup.language, "toast_dead") if isinstance(happening, ReportPress) else None
    if isinstance(happening, ReportPress) and happening.place == "digest" and happening.choice in PARTS:
        _answer_part(tx, setup, inbound, happening.period, happening.choice, at=at)
        return ""
    if not isinstance(happening, Words) or happening.is_edit:
        return None
    asked = _COMMAND.match(happening.text)
    if asked is None:
        return None
    part = _read_part(setup, asked[2] or "")
    if asked[2] and part is None:
        return None
    if part:
        _answer_part(tx, setup, inbound, asked[1], part, at=at)
    else:
        _answer(tx, setup, inbound, asked[1] or "", at)
    return ""


def _read_part(setup: Setup, words: str) -> str | None:
    """Return which part of a digest is named, by its button's label or its short words; None when none is."""
    said = fold(words).strip(" .?!")
    keys = (("button_digest", part) for part in PARTS), (("words_digest", part) for part in PARTS)
    named = {
        fold(setup.wording.say(setup.language, f"{key}_{p}")).strip(" .?!"): p
        for one in keys
        for key, p in one
    }
    return named.get(said)


def _answer_part(
    tx: Transaction, setup: Setup, inbound: Inbound, name: str, part: str, *, at: datetime
) -> None:
    try:
        period = parse_period(name, setup.reporting.quarter)
    except PeriodError:
        _say_unknown(tx, setup, inbound, name, at)
        return
    report = digests.give_out(tx, setup, period, at)
    _say(tx, setup, inbound, Message(text=render_part(report, part, setup.report_texts)), at)


def _say_unknown(tx: Transaction, setup: Setup, inbound: Inbound, name: str, at: datetime) -> None:
    text = setup.wording.say(setup.language, "report_unknown", words=name)
    _say(tx, setup, inbound, Message(text=text), at)


def _answer(tx: Transaction, setup: Setup, inbound: Inbound, name: str, at: datetime) -> None:
    """Say the digest of a period; the last quarter that is over when none is named."""
    quarter = setup.reporting.quarter
    try:
        period = parse_period(name, quarter) if name else digests.last_over(setup, at)
    except PeriodError:
        _say_unknown(tx, setup, inbound, name, at)
        return
    report: Report = digests.give_out(tx, setup, period, at)
    text = render_digest(report, setup.report_texts)
    if not digests.is_over(setup, period, at):
        text = f"{setup.wording.say(setup.language, 'report_running', period=period.id)}\n\n{text}"
    _say(tx, setup, inbound, Message(text=text, controls=buttons(setup, period.id)), at, period=period.id)


def _say(
    tx: Transaction,
    setup: Setup,
    inbound: Inbound,
    message: Message,
    at: datetime,
    *,
    period: str | None = None,
) -> None:
    address = get_chat(tx, setup, Chat(channel=inbound.channel, name=inbound.name), at)
    saying.say_to(tx, setup, address, message, at, period=period)
