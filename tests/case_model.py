"""How a complaint may live, written a second time from the rules in plain words, and chance to try them with.

Nothing here looks at how survey/complaints/case.py decides. Those who compare the two are tests/test_case_model.py, pure,
and tests/test_case_histories.py, through the whole program.
"""

from dataclasses import dataclass
from random import Random

from survey.complaints.case import Case, Status
from survey.complaints.rules import Route

STAFF = (501, 502, 503)  # the last one is a head
HEAD = 503
STAFF_DOES = (
    "claim", "claim", "reply", "ask", "note", "promise", "promise_past", "promise_far", "resolve", "resolve", "escalate",
    "back", "refer", "reopen",
)  # fmt: skip
CITIZEN_DOES = ("done", "partly", "not", "not", "rate", "tell", "kept", "broken")


@dataclass(frozen=True, kw_only=True)
class Move:
    """Somebody tries something: `who` is 0 for the citizen."""

    case: int
    who: int
    does: str


def draw_move(chance: Random, *, cases: int = 2) -> Move:
    """Return what is tried next; the citizen a third of the time."""
    case = chance.randrange(cases)
    if chance.random() < 0.35:
        return Move(case=case, who=0, does=chance.choice(CITIZEN_DOES))
    return Move(case=case, who=chance.choice(STAFF), does=chance.choice(STAFF_DOES))


@dataclass(kw_only=True)
class Model:
    """What has to be so of one complaint."""

    is_integrity: bool = False
    level: int = 0
    holder: int | None = None
    is_resolved: bool = False
    is_withdrawn: bool = False
    verdict: str = ""
    rating: bool = False
    nots: int = 0
    waits: bool = False
    is_promised: bool = False
    is_promise_judged: bool = False
    closed_by_staff: int = 0
    confirmed_by_citizen: int = 0

    def moves(self, move: Move, *, is_late: bool) -> bool:
        """Do what is tried when the rules allow it. False when they do not: then nothing has changed."""
        if self.is_withdrawn:
            return move.does == "note"
        rule = getattr(self, f"_{move.does}")
        return bool(rule(move.who, is_late)) if move.who else bool(rule())

    @property
    def is_open(self) -> bool:
        """Whether staff have something left to do."""
        return not self.is_resolved and not self.is_withdrawn

    def _may(self, who: int, is_late: bool) -> bool:
        """The holder, a head, and anybody once it is overdue; what is free is everybody's."""
        return self.is_open and (self.holder in (None, who) or who == HEAD or is_late)

    # -- staff

    def _claim(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late) or self.holder == who:
            return False
        self.holder = who
        return True

    def _reply(self, who: int, is_late: bool) -> bool:
        if self.is_open and self.holder is None:
            self.holder = who
        return True

    def _ask(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late):
            return False
        self.holder, self.waits = who, True
        return True

    def _note(self, who: int, is_late: bool) -> bool:
        return True

    def _promise(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late):
            return False
        self.holder, self.is_promised, self.is_promise_judged = who, True, False
        return True

    def _promise_past(self, who: int, is_late: bool) -> bool:
        return False

    def _promise_far(self, who: int, is_late: bool) -> bool:
        return False

    def _resolve(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late):
            return False
        self.holder, self.is_resolved, self.waits = who, True, False
        self.closed_by_staff += 1
        return True

    def _escalate(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late) or self.is_integrity or self.level > 0:
            return False
        self.holder, self.level = None, 1
        return True

    def _back(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late):
            return False
        if self.holder is not None:
            self.holder = None
            return True
        if self.is_integrity or self.level == 0:
            return False
        self.level = 0
        return True

    def _refer(self, who: int, is_late: bool) -> bool:
        if not self._may(who, is_late) or self.is_integrity:
            return False
        self.is_integrity, self.level, self.holder = True, 0, None
        return True

    def _reopen(self, who: int, is_late: bool) -> bool:
        if not self.is_resolved:
            return False
        self.holder, self.is_resolved, self.waits = who, False, False  # what she has said stands
        return True

    # -- the citizen

    def _done(self) -> bool:
        return self._confirm("done")

    def _partly(self) -> bool:
        return self._confirm("partly")

    def _confirm(self, verdict: str) -> bool:
        if not self.is_resolved or self.verdict == verdict:
            return False
        self.verdict = verdict
        self.confirmed_by_citizen += 1
        return True

    def _not(self) -> bool:
        if not self.is_resolved:
            return False
        self.is_resolved, self.verdict, self.rating, self.waits = False, "", False, False
        self.nots += 1
        if self.nots >= 2 and not self.is_integrity and self.level == 0:
            self.holder, self.level = None, 1
        return True

    def _rate(self) -> bool:
        if not self.is_resolved or not self.verdict or self.rating:
            return False
        self.rating = True
        return True

    def _tell(self) -> bool:
        self.waits = False
        return True

    def _kept(self) -> bool:
        if not self.is_promised or self.is_promise_judged:
            return False
        self.is_promise_judged = True
        return True

    _broken = _kept


def seen(case: Case, holder: int | None) -> tuple[object, ...]:
    """What of a case the model speaks of."""
    return (
        case.route is Route.INTEGRITY,
        case.level,
        holder,
        case.status is Status.RESOLVED,
        case.status is Status.WITHDRAWN,
        str(case.verdict or ""),
        case.rating is not None,
        case.nots,
        case.waiting_since is not None,
        case.promised_on is not None,
        case.was_promise_kept is not None,
    )


def meant(model: Model) -> tuple[object, ...]:
    """The same of the model."""
    return (
        model.is_integrity,
        model.level,
        model.holder,
        model.is_resolved,
        model.is_withdrawn,
        model.verdict,
        model.rating,
        model.nots,
        model.waits,
        model.is_promised,
        model.is_promise_judged,
    )
