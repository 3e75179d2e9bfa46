"""The life of a complaint as a state machine: what staff and citizen may do, and what comes of it. Pure.

new ──claim──▶ claimed ──resolve──▶ resolved ──citizen: done, partly──▶ (stays resolved, confirmed)
 ▲               │  ▲                   │
 └──hand back────┘  └── citizen: not done, or staff: reopen ──┘         escalate: level 0 ▶ 1, nobody holds it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias, assert_never

from survey.complaints.rules import Route

MAX_NOTS = 2  # the citizen's "not done" after which somebody higher takes over
MAX_PROMISE_DAYS = 60  # no day further ahead is promised


class Status(StrEnum):
    """Where a case stands."""

    NEW = "new"  # nobody holds it
    CLAIMED = "claimed"
    RESOLVED = "resolved"  # closed by staff; the citizen may still say otherwise
    WITHDRAWN = "withdrawn"  # the citizen changed the answers that had raised it


class Verdict(StrEnum):
    """What the citizen says of a resolved case."""

    DONE = "done"
    PARTLY = "partly"
    NOT = "not"


class Reason(StrEnum):
    """Why an act is refused."""

    HELD = "held"  # somebody else holds the case
    YOURS = "yours"  # the same person holds it already
    CLOSED = "closed"
    OPEN = "open"  # it is not resolved
    TOP = "top"  # nobody stands higher
    LOOSE = "loose"  # nobody holds it, so there is nothing to hand back
    PAST = "past"  # a date that is not in the future
    FAR = "far"  # a date too far in the future
    ANSWERED = "answered"  # the citizen has said so already


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A complaint as far as its life goes. Who sees it follows from route and level."""

    route: Route
    level: int = 0
    status: Status = Status.NEW
    holder: int | None = None
    verdict: Verdict | None = None
    nots: int = 0
    reopenings: int = 0
    rating: int | None = None
    waiting_since: datetime | None = None  # the clock stands until the citizen answers
    promised_on: date | None = None
    was_promise_kept: bool | None = None  # of the promise in force; those before stand in the history

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do for staff."""
        return self.status in {Status.NEW, Status.CLAIMED}


@dataclass(frozen=True, slots=True)
class Claim:
    """Take the case."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Send words to the citizen; `waits` stops the clock until she answers."""

    waits: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Keep words for colleagues."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Name a day by which it will be done."""

    day: date


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close the case with a cause and an action."""

    cause: str
    action: str


@dataclass(frozen=True, slots=True)
class Escalate:
    """Pass it to those above the unit."""


@dataclass(frozen=True, slots=True)
class HandBack:
    """Let go of it; from above an unheld case goes back to the unit."""


@dataclass(frozen=True, slots=True)
class Refer:
    """It looks like khiếu nại or tố cáo, which the law handles elsewhere: the citizen is told where, and it goes up."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Take up a resolved case again."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The citizen says whether it was done."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Rate:
    """The citizen rates how it was handled: 1 the best, 5 the worst."""

    mark: int


@dataclass(frozen=True, slots=True)
class Tell:
    """The citizen adds words."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """The citizen says whether a promise was kept."""

    was_kept: bool


StaffAct: TypeAlias = Claim | Reply | Note | Promise | Resolve | Escalate | HandBack | Refer | Reopen
CitizenAct: TypeAlias = Judge | Rate | Tell | Confirm


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A member of staff who acts. Heads may act on what somebody else holds."""

    person: int
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The act does nothing, and why."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The case after an act, and what happened: keys of the history."""

    case: Case
    happened: tuple[str, ...]
    details: Mapping[str, object] = field(default_factory=dict)


def act(case: Case, wish: StaffAct, who: Actor, *, today: date, is_overdue: bool) -> Step | Refusal:
    """Return what comes of a staff act. What is overdue may be taken over by anybody who may act in the chat."""
    may_take = case.holder in {None, who.person} or who.is_head or is_overdue
    match wish:
        case Claim():
            return _claim(case, who, may_take=may_take)
        case Reply(waits):
            return _reply(case, who, waits=waits, may_take=may_take)
        case Note():
            return Step(case=case, happened=("noted",))
        case Reopen():
            if case.status is not Status.RESOLVED:
                return Refusal(Reason.OPEN if case.is_open else Reason.CLOSED)
            again = _reopened(case, holder=who.person)  # what the citizen has said of it stands
            return Step(case=again, happened=("reopened",))
    if not case.is_open:
        return Refusal(Reason.CLOSED)
    if not may_take:
        return Refusal(Reason.HELD)
    return _work(case, wish, who, today)


def _work(
    case: Case, wish: Promise | Resolve | Escalate | HandBack | Refer, who: Actor, today: date
) -> Step | Refusal:
    match wish:
        case Promise(day):
            return _promise(case, who, day, today)
        case Resolve(cause, action):
            held, taken = _take(case, who)
            done = replace(held, status=Status.RESOLVED, waiting_since=None)
            return Step(case=done, happened=(*taken, "resolved"), details={"cause": cause, "action": action})
        case Escalate():
            if case.level > 0 or case.route is not Route.UNIT:
                return Refusal(Reason.TOP)
            return Step(case=_loose(case, level=1), happened=("escalated",))
        case HandBack():
            return _hand_back(case)
        case Refer():
            if case.route is Route.INTEGRITY:
                return Refusal(Reason.TOP)
            return Step(case=replace(_loose(case, level=0), route=Route.INTEGRITY), happened=("referred",))
        case _:
            assert_never(wish)


def hear(case: Case, wish: CitizenAct) -> Step | Refusal:
    """Return what comes of an act of the citizen, who has the last word. A withdrawn case stays as it is."""
    if case.status is Status.WITHDRAWN:
        return Refusal(Reason.CLOSED)
    match wish:
        case Judge(verdict):
            return _judge(case, verdict)
        case Rate(mark):
            if case.status is not Status.RESOLVED or case.verdict is None:
                return Refusal(Reason.OPEN)
            if case.rating is not None:
                return Refusal(Reason.ANSWERED)
            return Step(case=replace(case, rating=mark), happened=("rated",), details={"rating": mark})
        case Tell():
            resumed = ("resumed",) if case.waiting_since is not None else ()
            return Step(case=replace(case, waiting_since=None), happened=("told", *resumed))
        case Confirm(was_kept):
            if case.promised_on is None or case.was_promise_kept is not None:
                return Refusal(Reason.ANSWERED)
            what = "promise_kept" if was_kept else "promise_broken"
            day = case.promised_on.isoformat()
            judged = replace(case, was_promise_kept=was_kept)
            return Step(case=judged, happened=(what,), details={"day": day})
        case _:
            assert_never(wish)


def turn_critical(case: Case) -> Step:
    """Return the case after later words accused somebody: the integrity contacts alone take it up, from the beginning."""
    begun = case
    if case.status is Status.RESOLVED:
        begun = replace(_reopened(case, holder=None), verdict=None, rating=None)
    after = replace(_loose(begun, level=0), route=Route.INTEGRITY)
    return Step(case=after, happened=("turned_critical",))


def pass_over(case: Case) -> Step:
    """Return the case after later words named a head of the unit: those above have it, and nobody holds it."""
    status = Status.NEW if case.is_open else case.status
    return Step(case=replace(case, status=status, holder=None, level=1), happened=("escalated",))


def resume(case: Case) -> Step:
    """Return what comes of a question that will not be answered: the clock runs again."""
    return Step(case=replace(case, waiting_since=None), happened=("resumed",))


def _claim(case: Case, who: Actor, *, may_take: bool) -> Step | Refusal:
    if not case.is_open:
        return Refusal(Reason.CLOSED)
    if case.holder == who.person:
        return Refusal(Reason.YOURS)
    if not may_take:
        return Refusal(Reason.HELD)
    held, taken = _take(case, who)
    return Step(case=held, happened=taken)


def _take(case: Case, who: Actor) -> tuple[Case, tuple[str, ...]]:
    if case.holder == who.person and case.status is Status.CLAIMED:
        return case, ()
    what = "claimed" if case.holder is None else "taken_over"
    return replace(case, status=Status.CLAIMED, holder=who.person), (what,)


def _reply(case: Case, who: Actor, *, waits: bool, may_take: bool) -> Step | Refusal:
    if case.status is Status.WITHDRAWN:
        return Refusal(Reason.CLOSED)
    if not waits:
        if case.status is not Status.NEW:
            return Step(case=case, happened=("replied",))
        held, taken = _take(case, who)
        return Step(case=held, happened=(*taken, "replied"))
    if not case.is_open:
        return Refusal(Reason.CLOSED)
    if not may_take:
        return Refusal(Reason.HELD)
    held, taken = _take(case, who)
    return Step(case=held, happened=(*taken, "asked"))


def _promise(case: Case, who: Actor, day: date, today: date) -> Step | Refusal:
    if day <= today:
        return Refusal(Reason.PAST)
    if day > today + timedelta(days=MAX_PROMISE_DAYS):
        return Refusal(Reason.FAR)
    held, taken = _take(case, who)
    promised = replace(held, promised_on=day, was_promise_kept=None)
    return Step(case=promised, happened=(*taken, "promised"), details={"day": day.isoformat()})


def _hand_back(case: Case) -> Step | Refusal:
    if case.holder is not None:
        return Step(case=_loose(case, level=case.level), happened=("handed_back",))
    if case.level > 0 and case.route is Route.UNIT:
        return Step(case=_loose(case, level=0), happened=("returned",))
    return Refusal(Reason.LOOSE)


def _loose(case: Case, *, level: int) -> Case:
    return replace(case, status=Status.NEW, holder=None, level=level)


def _reopened(case: Case, *, holder: int | None) -> Case:
    status = Status.NEW if holder is None else Status.CLAIMED
    return replace(
        case,
        status=status,
        holder=holder,
        waiting_since=None,
        reopenings=case.reopenings + 1,
    )


def _judge(case: Case, verdict: Verdict) -> Step | Refusal:
    if case.status is not Status.RESOLVED:
        return Refusal(Reason.OPEN)
    if verdict is not Verdict.NOT:
        if case.verdict is verdict:
            return Refusal(Reason.ANSWERED)
        return Step(case=replace(case, verdict=verdict), happened=(f"judged_{verdict}",))
    nots = case.nots + 1
    again = replace(_reopened(case, holder=case.holder), verdict=None, rating=None, nots=nots)
    if nots >= MAX_NOTS and case.level == 0 and case.route is Route.UNIT:
        return Step(case=_loose(again, level=1), happened=("judged_not", "escalated"))
    return Step(case=again, happened=("judged_not",))
