"""Taking in files: results as the office lists them, and paper forms typed into a table.

Rows come as values by column; which file they stood in is for the caller. A file taken in twice changes nothing.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from handlers import intake
from handlers.effects import draw_id
from handlers.intake import CONTRADICTION, CREATED, SAME, Taken
from handlers.intake_fields import (
    DOSSIER_CODE,
    MAX_CODE,
    Entry,
    FieldProblem,
    normal_dossier_code,
    read_entry,
    read_instant,
)
from handlers.setup import Setup
from storage import conversations, invitations, outbox, responses
from storage.database import Transaction
from storage.invitations import Invitation
from storage.responses import Response
from storage.tables import ANSWERS
from survey.folding import fold, tidy
from survey.questions import Question
from survey.reading import Severity, read_comment

RESULT_REQUIRED = ("dossier_code", "procedure_code", "returned_at")
RESULT_OPTIONAL = (
    "unit_code",
    "received_at",
    "due_at",
    "outcome",
    "phone",
    "telegram_chat_id",
    "zalo_user_id",
)
RESPONSE_REQUIRED = ("submitted_at", "unit_code", "procedure_code", *ANSWERS)
RESPONSE_OPTIONAL = ("dossier_code", "comment", "feedback_handling", "form_id")
MAX_COMMENT = 4000

_NAMELESS = "row:"  # begins the form_id that is made for a form without one
_IS_NUMBER = "stands there as a number; make the column text, so that nothing of it is lost"
_EXACT = 10**15  # Excel keeps 15 digits
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_DAY = r"(?P<day>\d{1,2})[/.\-](?P<month>\d{1,2})[/.\-](?P<year>\d{4})"
_TIME = r"(?P<hour>\d{1,2})[:hH](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_VIETNAMESE = tuple(
    re.compile(pattern, re.ASCII) for pattern in (rf"{_DAY}(?:[ ,]+{_TIME})?", rf"{_TIME}[ ,]+{_DAY}")
)


def read_when(value: object, timezone: tzinfo) -> datetime | None:
    """Return the instant in `value`: a date as Viet Nam writes it (20/11/2026 09:30), ISO 8601, or one from Excel.

    Without an offset it is local time, without a time the day's beginning. None when it is none of these.
    """
    if not isinstance(value, str):
        return read_instant(value, timezone)
    found = next((match for form in _VIETNAMESE if (match := form.fullmatch(value.strip()))), None)
    if found is None:
        return read_instant(value, timezone)
    year, month, day, hour, minute, second = (int(found[part] or 0) for part in _PARTS)
    try:
        return read_instant(datetime(year, month, day, hour, minute, second, tzinfo=timezone), timezone)
    except ValueError:
        return None


# ----------------------------------------------------------------------------------------- results


def read_result_row(
    values: Mapping[str, object], setup: Setup, at: datetime
) -> tuple[Entry | None, tuple[FieldProblem, ...]]:
    """Return the returned dossier a row describes, or every column that is wrong with it."""
    fields = _Fields(values=values, setup=setup)
    code = fields.text("dossier_code", MAX_CODE)
    procedure = fields.listed_code("procedure_code", setup.procedures)
    unit = fields.listed_code("unit_code", setup.units)
    instants = {name: fields.instant(name) for name in ("received_at", "due_at", "returned_at")}
    outcome = fields.text("outcome", MAX_CODE)
    chat = fields.value("telegram_chat_id")
    recipient = {
        "phone": fields.text("phone", MAX_CODE),
        "telegram_chat_id": chat
        if isinstance(chat, int | None)
        else fields.text("telegram_chat_id", MAX_CODE),
        "zalo_user_id": fields.text("zalo_user_id", MAX_CODE),
    }
    entry, found = read_entry(
        {
            "dossier_code": code,
            "procedure_code": procedure,
            "unit_code": unit,
            **instants,
            "outcome": outcome.lower() if outcome else None,
            "recipient": recipient,
        },
        setup,
        needs_result=True,
        at=at,
    )
    told = {problem.field for problem in fields.problems}
    later = [FieldProblem(p.field.removeprefix("recipient."), p.message) for p in found]
    problems = (*fields.problems, *(p for p in later if p.field not in told))
    return (None, problems) if problems else (entry, ())


def import_results(tx: Transaction, setup: Setup, entries: Sequence[Entry], at: datetime) -> list[Taken]:
    """Take in some results in one transaction. Each is new, known or contradicts what is known; in their order."""
    return intake.take_entries(tx, setup, entries, at)


# --------------------------------------------------------------------------------------- responses


def read_response_row(
    values: Mapping[str, object], setup: Setup, at: datetime
) -> tuple[Response | None, tuple[FieldProblem, ...]]:
    """Return the paper form a row describes, or every column that is wrong with it. A form_id it lacks stays None."""
    fields = _Fields(values=values, setup=setup)
    submitted_at = fields.instant("submitted_at", is_required=True)
    if submitted_at is not None and submitted_at > at:
        fields.bad("submitted_at", "lies in the future")
    procedure_code = fields.listed_code("procedure_code", setup.procedures, is_required=True)
    procedure = setup.procedures.get(procedure_code or "") or setup.procedures.get((procedure_code or "")[:8])
    if procedure_code and procedure is None:
        fields.bad("procedure_code", "is not among the procedures of the settings")
    unit_code = fields.listed_code("unit_code", setup.units) or (procedure.unit_code if procedure else "")
    if unit_code and unit_code not in setup.units:
        fields.bad("unit_code", "is not among the units of the settings")
    dossier_code = fields.text("dossier_code", MAX_CODE)
    if dossier_code is not None and not DOSSIER_CODE.match(normal_dossier_code(dossier_code)):
        fields.bad(
            "dossier_code", "is no dossier code; for example H32.13-261120-0001 or 000.00.13.H32-261120-0001"
        )
    answers = _read_answers(fields)
    comment = fields.text("comment", MAX_COMMENT, may_be_number=True)
    feedback_handling = fields.mark("feedback_handling")
    form_id = fields.text("form_id", MAX_CODE, may_be_number=True)
    if form_id is not None and form_id.startswith(_NAMELESS):
        fields.bad("form_id", f"begins with {_NAMELESS}, which is kept for forms without one")
    if comment is not None and read_comment(comment, setup.wording.lexicon) is Severity.EMPTY:
        comment = None
    if not fields.problems and comment is None and feedback_handling is None and not any(answers):
        fields.bad("", "nothing is answered in it")
    if fields.problems or submitted_at is None or procedure is None:
        return None, tuple(fields.problems)
    response = Response(
        id=draw_id(setup),
        channel="paper",
        unit_code=unit_code,
        procedure_code=procedure.code,
        questionnaire_version=setup.questionnaire_version,
        submitted_at=submitted_at.astimezone(UTC),
        submitted_on=submitted_at.astimezone(setup.timezone).date(),
        answers=answers,
        comment=comment,
        form_id=form_id,
        dossier_code=normal_dossier_code(dossier_code) if dossier_code else None,
        feedback_handling=feedback_handling,
    )
    return response, ()


def name_form(setup: Setup, response: Response, seen: dict[str, int]) -> Response:
    """Return the form with a form_id: its own, or one made of what it says and of how many equal ones came before.

    `seen` is kept by the caller for as long as one file is read. So two equal forms in a file both count, and the same
    file again gives the same names. The names tell nothing without the key.
    """
    if response.form_id is not None:
        return response
    digest = setup.vault.digest("form", _content(response)).hex()[:40]
    seen[digest] = seen.get(digest, 0) + 1
    return replace(response, form_id=f"{_NAMELESS}{digest}:{seen[digest]}")


def import_responses(tx: Transaction, setup: Setup, forms: Sequence[Response], at: datetime) -> list[Taken]:
    """Keep some paper forms, all with a form_id, in one transaction. Each is new, known or contradicts; in their order.

    Who answered on paper is not asked or reminded by chat any more.
    """
    known = invitations.find_known(
        tx, setup.vault, {form.dossier_code for form in forms if form.dossier_code}
    )
    erased = {code for code, invitation in known.items() if invitation.is_erased}
    forms = [_link(form, known) for form in forms]
    new = responses.put_responses(
        tx, setup.vault, [form for form in forms if form.dossier_code not in erased]
    )
    stored = responses.find_forms(tx, setup.vault, [form.form_id for form in forms if form.id not in new])
    answered = {form.invitation_id for form in forms if form.id in new and form.invitation_id is not None}
    if answered:
        conversations.stop_reminders(tx, answered)
        outbox.drop_bulk(tx, invitation_ids=answered, at=at)
    return [
        Taken(status=CREATED)
        if form.id in new
        else _compare(form, stored.get(form.form_id), is_erased=form.dossier_code in erased)
        for form in forms
    ]


def _link(form: Response, known: Mapping[str, Invitation]) -> Response:
    """Tie a form to the invitation of its dossier: one response for a dossier, on paper or by chat."""
    invitation = known.get(form.dossier_code or "")
    return form if invitation is None else replace(form, invitation_id=invitation.id)


def _compare(form: Response, before: Response | None, *, is_erased: bool) -> Taken:
    if before is None:
        message = "this dossier was answered already; nothing was changed"
        if is_erased:
            message = "the data of this dossier were erased; to keep the form, leave its code out"
        return Taken(status=CONTRADICTION, problems=(FieldProblem("dossier_code", message),))
    if _content(form) == _content(before) or _content(_forgotten(form)) == _content(before):
        return Taken(status=SAME)
    problem = FieldProblem("form_id", "stands for another form already; nothing was changed")
    return Taken(status=CONTRADICTION, problems=(problem,))


def _forgotten(form: Response) -> Response:
    """Return what is left of a form when its time is over or its person was erased."""
    return replace(form, dossier_code=None, comment=None)


def _content(form: Response) -> str:
    """Return all that a paper form says, in one spelling."""
    said = (
        form.submitted_at.astimezone(UTC).isoformat(),
        form.unit_code,
        form.procedure_code,
        form.dossier_code,
        form.answers,
        form.comment,
        form.feedback_handling,
    )
    return json.dumps(said, ensure_ascii=False)


def _read_answers(fields: "_Fields") -> tuple[int | None, ...]:
    questions = fields.setup.questionnaire(fields.setup.questionnaire_version).questions
    rest: list[Question | None] = [None] * (len(ANSWERS) - len(questions))
    return tuple(fields.answer(name, q) for name, q in zip(ANSWERS, [*questions, *rest], strict=True))


# ---------------------------------------------------------------------------------------- columns


@dataclass(slots=True)
class _Fields:
    """Reads the columns of a row and gathers what is wrong with them."""

    values: Mapping[str, object]
    setup: Setup
    problems: list[FieldProblem] = field(default_factory=list)

    def bad(self, name: str, message: str) -> None:
        self.problems.append(FieldProblem(name, message))

    def value(self, name: str) -> object:
        found = self.values.get(name)
        return None if found == "" else found

    def text(self, name: str, limit: int, *, may_be_number: bool = False) -> str | None:
        value = self.value(name)
        if value is None:
            return None
        if may_be_number and isinstance(value, int) and abs(value) < _EXACT:
            value = str(value)
        if isinstance(value, int | float):
            self.bad(name, _IS_NUMBER)
            return None
        if not isinstance(value, str):
            self.bad(name, "stands there as a date; make the column text")
            return None
        clean = tidy(value)
        if len(clean) > limit:
            self.bad(name, f"is longer than {limit} characters")
            return None
        return clean or None

    def listed_code(self, name: str, listed: Collection[str], *, is_required: bool = False) -> str | None:
        """Return a code. One that a spreadsheet made a number is taken where it can only be one of those listed."""
        value = self.value(name)
        if isinstance(value, int | float):
            equal = [code for code in listed if re.fullmatch(r"\d+(\.\d+)?", code) and float(code) == value]
            if len(equal) == 1:
                return equal[0]
        if value is None and is_required:
            self.bad(name, "is missing")
        return self.text(name, MAX_CODE)

    def instant(self, name: str, *, is_required: bool = False) -> datetime | None:
        value = self.value(name)
        if value is None:
            if is_required:
                self.bad(name, "is missing")
            return None
        found = read_when(value, self.setup.timezone)
        if found is None:
            self.bad(name, "is no date and time; for example 20/11/2026 09:30 or 2026-11-20T09:30:00+07:00")
        return found

    def mark(self, name: str) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        digits = str(value)
        if not re.fullmatch("[1-5]", digits):
            self.bad(name, "must be a number from 1 (Rất hài lòng) to 5")
            return None
        return int(digits)

    def answer(self, name: str, question: Question | None) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        if question is None:
            self.bad(name, "is not asked in this questionnaire")
            return None
        option = _read_option(value, question)
        if option is None:
            self.bad(
                name,
                f"is none of its options; write a number from 1 to {len(question.options)}, or the label",
            )
        return option


def _read_option(value: object, question: Question) -> int | None:
    """Return the option with that number, or with that label in any language and spelling; None when it is neither."""
    words = str(value) if isinstance(value, int | str) else ""
    number = re.fullmatch(r"\s*(\d{1,2})\s*[.)]?\s*", words)
    if number:
        return int(number[1]) if 1 <= int(number[1]) <= len(question.options) else None
    spelling = _spell(words)
    found = [o.number for o in question.options if spelling in {_spell(label) for label in o.label.values()}]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=1000)  # a file says the same few labels again and again
def _spell(words: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(words)).strip()
