"""The life of a complaint against a second telling of its rules: thousands of histories by chance, pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from survey.complaints import case as life
from survey.complaints.case import Actor, Case, Reason, Refusal, Status, Step, Verdict, act, hear
from survey.complaints.rules import Route
from tests.case_model import CITIZEN_DOES, HEAD, STAFF_DOES, Model, Move, draw_move, meant, seen

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
SAID_BY_CITIZEN = {"judged_done", "judged_partly", "judged_not", "rated", "told", "promise_kept", "promise_broken"}  # fmt: skip

WISHES: dict[str, Any] = {
    "claim": life.Claim(),
    "reply": life.Reply(),
    "ask": life.Reply(waits=True),
    "note": life.Note(),
    "promise": life.Promise(TODAY + timedelta(days=3)),
    "promise_past": life.Promise(TODAY),
    "promise_far": life.Promise(TODAY + timedelta(days=61)),
    "resolve": life.Resolve("staff", "apologised"),
    "escalate": life.Escalate(),
    "back": life.HandBack(),
    "refer": life.Refer(),
    "reopen": life.Reopen(),
    "done": life.Judge(Verdict.DONE),
    "partly": life.Judge(Verdict.PARTLY),
    "not": life.Judge(Verdict.NOT),
    "rate": life.Rate(2),
    "tell": life.Tell(),
    "kept": life.Confirm(was_kept=True),
    "broken": life.Confirm(was_kept=False),
}


def try_purely(case: Case, move: Move, *, is_late: bool) -> Step | Refusal:
    """Let the state machine decide; the clock that "ask" stops is started by the handlers, here by hand."""
    if not move.who:
        return hear(case, WISHES[move.does])
    who = Actor(person=move.who, is_head=move.who == HEAD)
    step = act(case, WISHES[move.does], who, today=TODAY, is_overdue=is_late)
    if isinstance(step, Step) and "asked" in step.happened:
        waiting = replace(step.case, waiting_since=AT)
        return replace(step, case=waiting)
    return step


def play_purely(seed: int) -> tuple[int, int]:
    """Play one history of two cases. Return how many moves were allowed and how many refused."""
    chance, told = Random(seed), []  # noqa: S311 - the same run, the same histories; no secret
    routes = [chance.choice([Route.UNIT, Route.UNIT, Route.INTEGRITY]) for _ in range(2)]
    cases = [Case(route=route) for route in routes]
    models = [Model(is_integrity=route is Route.INTEGRITY) for route in routes]
    closed, confirmed, allowed = [0, 0], [0, 0], 0
    for number in range(25):
        if chance.random() < 0.01:  # the form that raised it is handed in with better answers
            which = chance.randrange(2)
            cases[which] = replace(cases[which], status=Status.WITHDRAWN, holder=None, waiting_since=None)
            models[which].is_withdrawn, models[which].is_resolved = True, False
            models[which].holder, models[which].waits = None, False
        move, is_late = draw_move(chance), chance.random() < 0.1
        told.append((move, is_late))
        before = cases[move.case]
        step = try_purely(before, move, is_late=is_late)
        is_allowed = models[move.case].moves(move, is_late=is_late)
        where = f"seed {seed}, move {number}: {told}"
        assert isinstance(step, Step) == is_allowed, (step, where)
        if isinstance(step, Refusal):
            if move.does == "claim" and before.is_open and before.holder not in (None, move.who):
                assert step.reason is Reason.HELD, where
            continue
        allowed += 1
        cases[move.case] = after = step.case
        closed[move.case] += step.happened.count("resolved")
        confirmed[move.case] += sum(what in ("judged_done", "judged_partly") for what in step.happened)
        assert bool(set(step.happened) & SAID_BY_CITIZEN) == (move.who == 0), where
        assert not (after.route is Route.INTEGRITY and after.level), where
        assert (after.status is Status.CLAIMED) == (after.is_open and after.holder is not None), where
        assert seen(after, after.holder) == meant(models[move.case]), where
    for model, by_staff, by_citizen in zip(models, closed, confirmed, strict=True):
        assert (model.closed_by_staff, model.confirmed_by_citizen) == (by_staff, by_citizen)
    return allowed, 25 - allowed


@pytest.mark.parametrize("part", range(5))
def test_five_thousand_histories_make_no_move_that_the_rules_forbid(part: int) -> None:
    allowed = refused = 0
    for seed in range(part * 1200, (part + 1) * 1200):
        one, other = play_purely(seed)
        allowed, refused = allowed + one, refused + other

    assert allowed > 8_000
    assert refused > 5_000


def test_the_histories_try_every_act_in_every_state() -> None:
    chance = Random(1)  # noqa: S311 - the same run, the same moves; no secret
    tried = {draw_move(chance).does for _ in range(1000)}

    assert tried == {*STAFF_DOES, *CITIZEN_DOES} == WISHES.keys()


@pytest.mark.parametrize("does", [name for name in WISHES if name != "note"])
def test_a_withdrawn_case_stays_as_it_is(does: str) -> None:
    gone = Case(route=Route.UNIT, status=Status.WITHDRAWN, promised_on=TODAY + timedelta(days=1))

    step = try_purely(gone, Move(case=0, who=501 if does in STAFF_DOES else 0, does=does), is_late=True)

    assert isinstance(step, Refusal)


def test_nobody_can_close_a_case_for_the_citizen() -> None:
    closed = Case(route=Route.UNIT, status=Status.RESOLVED, holder=501)

    for does in STAFF_DOES:
        step = try_purely(closed, Move(case=0, who=501, does=does), is_late=True)
        if isinstance(step, Step):
            assert step.case.verdict is None
            assert step.case.rating is None
