"""Reading what the office says of a dossier, from the interface or a file: every bad field is named, none is guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from handlers.setup import Procedure, Setup
from storage.invitations import Dossier
from survey.folding import tidy

# Both official forms of facts about dossier codes: the older one written small to large, the newer one large to small.
DOSSIER_CODE = re.compile(
    r"^(\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(\.\d{1,3}){0,4})-\d{6}-\d{4,7}$", re.ASCII
)
PROCEDURE_CODE = re.compile(r"^\d\.\d{6}(\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?$", re.ASCII)
MAX_CODE = 64
_FUTURE = timedelta(days=1)  # how far a clock elsewhere may be ahead of ours
_FIELDS = {
    "dossier_code",
    "procedure_code",
    "unit_code",
    "received_at",
    "due_at",
    "returned_at",
    "outcome",
    "recipient",
}
_RECIPIENT = {"phone", "telegram_chat_id", "zalo_user_id"}


class Outcome(StrEnum):
    """How a dossier ended. All are asked alike."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field that cannot be used, and why."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A dossier as the office reports it, with how its recipient can be reached."""

    dossier: Dossier
    has_unit: bool = True  # the unit was named; otherwise it is the procedure's own
    phone: str | None = None
    telegram_chat_id: str | None = None
    zalo_user_id: str | None = None


def read_entry(
    values: object, setup: Setup, *, needs_result: bool, at: datetime
) -> tuple[Entry | None, tuple[FieldProblem, ...]]:
    """Return the entry that `values` describe, or every field that is wrong with them."""
    if not isinstance(values, Mapping):
        return None, (FieldProblem("", "must be an object"),)
    reader = _Reader(values=values, timezone=setup.timezone, problems=[])
    reader.check_names()
    code = reader.code("dossier_code", is_required=True)
    normal = normal_dossier_code(code) if code else ""
    if code and not DOSSIER_CODE.match(normal):
        reader.bad(
            "dossier_code", "is no dossier code; for example H32.13-261120-0001 or 000.00.13.H32-261120-0001"
        )
    procedure = _read_procedure(reader, setup)
    unit_code = _read_unit(reader, setup, procedure)
    received_at, due_at = reader.instant("received_at"), reader.instant("due_at")
    returned_at = reader.instant("returned_at", is_required=needs_result)
    if not needs_result and returned_at is not None:
        reader.bad("returned_at", "belongs to /api/v1/results")
    if received_at and returned_at and returned_at < received_at:
        reader.bad("returned_at", "is before received_at")
    if returned_at and returned_at > at + _FUTURE:
        reader.bad("returned_at", "lies in the future")
    outcome = reader.outcome(is_result=needs_result)
    phone, telegram, zalo = _read_recipient(reader)
    if reader.problems or procedure is None or unit_code is None:
        return None, tuple(reader.problems)
    dossier = Dossier(
        code=normal,
        code_given=code,
        procedure_code=procedure.code,
        unit_code=unit_code,
        received_at=received_at,
        due_at=due_at,
        returned_at=returned_at,
        outcome=outcome,
    )
    has_unit = bool(reader.values.get("unit_code"))
    entry = Entry(
        dossier=dossier, has_unit=has_unit, phone=phone, telegram_chat_id=telegram, zalo_user_id=zalo
    )
    return entry, ()


def normal_dossier_code(code: str) -> str:
    """Return a dossier code without spaces, in capitals, with plain hyphens."""
    return re.sub(r"\s+", "", code).upper().replace("\u2013", "-").replace("\u2011", "-")


def _read_procedure(reader: "_Reader", setup: Setup) -> Procedure | None:
    code = reader.code("procedure_code", is_required=True)
    if not code:
        return None
    if not PROCEDURE_CODE.match(code):
        reader.bad("procedure_code", "is no procedure code; for example 2.000633")
        return None
    found = setup.procedures.get(code) or setup.procedures.get(code[:8])
    if found is None:
        reader.bad("procedure_code", "is not among the procedures of the settings")
    return found


def _read_unit(reader: "_Reader", setup: Setup, procedure: Procedure | None) -> str | None:
    code = reader.code("unit_code")
    if not code:
        return procedure.unit_code if procedure else None
    if code not in setup.units:
        reader.bad("unit_code", "is not among the units of the settings")
        return None
    return code


def _read_recipient(reader: "_Reader") -> tuple[str | None, str | None, str | None]:
    given = reader.values.get("recipient")
    if given is None:
        return None, None, None
    if not isinstance(given, Mapping):
        reader.bad("recipient", "must be an object")
        return None, None, None
    for name in given:
        if name not in _RECIPIENT:
            reader.bad(f"recipient.{name}", "is not known")
    phone = reader.text(given.get("phone"), "recipient.phone", 32)
    if phone is not None and not re.fullmatch(r"[+0-9 ().\-]{6,32}", phone):
        reader.bad("recipient.phone", "is no phone number")
    telegram = reader.number(given.get("telegram_chat_id"), "recipient.telegram_chat_id")
    zalo = reader.text(given.get("zalo_user_id"), "recipient.zalo_user_id", MAX_CODE)
    return phone, telegram, zalo


@dataclass(slots=True)
class _Reader:
    values: Mapping[object, object]
    timezone: tzinfo
    problems: list[FieldProblem]

    def bad(self, field: str, message: str) -> None:
        self.problems.append(FieldProblem(field, message))

    def check_names(self) -> None:
        for name in self.values:
            if name not in _FIELDS:
                self.bad(str(name)[:MAX_CODE], "is not known")

    def text(self, value: object, field: str, limit: int) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self.bad(field, "must be a text")
            return None
        if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in value):
            self.bad(field, "holds characters that are no text")
            return None
        clean = tidy(value)
        if len(clean) > limit:
            self.bad(field, f"is longer than {limit} characters")
            return None
        return clean or None

    def code(self, field: str, *, is_required: bool = False) -> str:
        before = len(self.problems)
        found = self.text(self.values.get(field), field, MAX_CODE)
        if found is None and is_required and len(self.problems) == before:
            self.bad(field, "is missing")
        return found or ""

    def number(self, value: object, field: str) -> str | None:
        if value is None:
            return None
        digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if not re.fullmatch(r"[1-9][0-9]{0,15}", digits):
            self.bad(field, "must be the number of a private chat")
            return None
        return digits

    def instant(self, field: str, *, is_required: bool = False) -> datetime | None:
        value = self.values.get(field)
        if value is None or value == "":
            if is_required:
                self.bad(field, "is missing")
            return None
        found = read_instant(value, self.timezone)
        if found is None:
            self.bad(field, "is no date and time; for example 2026-11-20T09:30:00+07:00")
        return found

    def outcome(self, *, is_result: bool) -> str | None:
        value = self.values.get("outcome")
        if value is None or value == "":
            return None  # not said: no contradiction to what is said before or later
        if not is_result:
            self.bad("outcome", "belongs to /api/v1/results")
            return None
        if not isinstance(value, str) or value not in set(Outcome):
            self.bad("outcome", f"must be one of {', '.join(Outcome)}")
            return None
        return value


def read_instant(value: object, timezone: tzinfo) -> datetime | None:
    """Return the instant in `value`; without an offset it is local time. None when it is none."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    elif isinstance(value, str) and re.match(r"^\s*\d{4}-\d{2}-\d{2}", value):
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    else:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=timezone)
    try:
        found.astimezone(timezone)
    except (OverflowError, ValueError):
        return None
    return found if 1990 <= found.year <= 2200 else None
