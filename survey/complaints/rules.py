"""Which answers and comments raise a complaint, of which kind and severity, and whom it reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.folding import fold
from survey.reading import Severity


class Route(StrEnum):
    """Whose chats a complaint reaches."""

    UNIT = "unit"
    INTEGRITY = "integrity"  # the integrity contacts alone, never the unit
    OFFICE = "office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. It asks for one of three things: options of a question, a severity of the comment, or a wish for a reply."""

    kind: str
    question: str = ""
    options: tuple[int, ...] = ()  # numbers as on the form
    comments: tuple[Severity, ...] = ()
    wish: bool = False
    is_critical: bool = False
    route: Route = Route.UNIT


DEFAULT_RULES = (  # the first rule that fits names the kind; all that fit are reasons
    Rule(kind="extra_fee", question="3.8", options=(1,), is_critical=True, route=Route.INTEGRITY),
    Rule(kind="extra_fee", comments=(Severity.CRITICAL,), is_critical=True, route=Route.INTEGRITY),
    Rule(kind="attitude", question="3.3", options=(4, 5)),
    Rule(kind="extra_papers", question="3.7", options=(1,)),
    Rule(kind="late", question="3.9", options=(3,)),
    Rule(kind="dissatisfied", question="3.10", options=(4, 5)),
    Rule(kind="comment", comments=(Severity.COMPLAINT,)),
    Rule(kind="reply_wanted", wish=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a form gives reason for: one complaint with all its reasons."""

    kind: str
    is_critical: bool
    route: Route
    answers: Mapping[str, int]  # question → option number: those that raised it, and no others
    has_comment: bool  # the comment is one of the reasons
    wants_reply: bool


def find_reasons(
    rules: Sequence[Rule], answers: Mapping[str, int], severity: Severity, *, wants_reply: bool
) -> Finding | None:
    """Return what `answers`, the comment's severity and the citizen's wish give reason for; None when nothing does.

    What accuses somebody takes the whole complaint with it: it goes to the integrity contacts alone.
    """
    fitting = [rule for rule in rules if _fits(rule, answers, severity, wants_reply=wants_reply)]
    if not fitting:
        return None
    routes = {rule.route for rule in fitting}
    route = next(r for r in (Route.INTEGRITY, Route.OFFICE, Route.UNIT) if r in routes)
    critical = [rule for rule in fitting if rule.is_critical]
    return Finding(
        kind=(critical or fitting)[0].kind,
        is_critical=bool(critical),
        route=route,
        answers={rule.question: answers[rule.question] for rule in fitting if rule.question},
        has_comment=any(rule.comments for rule in fitting),
        wants_reply=wants_reply,
    )


def _fits(rule: Rule, answers: Mapping[str, int], severity: Severity, *, wants_reply: bool) -> bool:
    if rule.question:
        return answers.get(rule.question) in rule.options
    if rule.comments:
        return severity in rule.comments
    return rule.wish and wants_reply


def names_somebody(comment: str, names: Sequence[str]) -> bool:
    """Whether a comment names one of the unit's own people, by full name or by what they are called there.

    Whole words only, without regard to accents and case: "Trưởng phòng" is found in "truong phong noi nang".
    """
    said = _spaced(comment)
    return any(_spaced(name) in said for name in names if name.strip())


def _spaced(text: str) -> str:
    letters = "".join(letter if letter.isalnum() else " " for letter in fold(text))
    return f" {' '.join(letters.split())} "
