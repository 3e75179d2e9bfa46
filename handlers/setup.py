"""What the use cases know of the office, the channels and the texts. Made once at start, passed to every use case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from reports.rules import ReportRules
from reports.workdays import Calendar
from storage.vault import Vault
from survey.complaints.rules import Rule
from survey.questionnaire import Questionnaire
from survey.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat of staff, office or operator: channel and the platform's id."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of the department."""

    code: str
    name: str
    staff_chats: tuple[Chat, ...] = ()
    people: tuple[str, ...] = ()  # names and titles: a complaint that names one goes one level up


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A procedure and the unit that handles it."""

    code: str
    name: str
    unit_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel can do, as far as the use cases must know."""

    can_edit: bool  # messages that were sent can be drawn over
    can_push: bool  # the service can speak first
    file_types: frozenset[str] = (
        frozenset()
    )  # endings of the files it takes, ".png"; for others a link is sent
    has_buttons: bool = True  # elsewhere the text says what can be typed
    has_toasts: bool = True  # a press can be answered by itself; elsewhere what it came to is a message
    is_for_citizens: bool = True  # elsewhere only chats of the office are heard
    window: timedelta | None = None  # so long after somebody wrote may they be written to; None: always


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where an invitation can be opened; a part is "" when its channel is off."""

    public_url: str
    telegram_username: str = ""
    zalo_oa_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Somebody who is told of a case that many working days after it was due."""

    name: str
    chat: Chat
    days: int
    units: tuple[str, ...] = ()  # of which units; () for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A reply that staff can send as it is."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTemplate:
    """The approved template that invites by phone number, and what it may cost."""

    id: str
    data: Mapping[str, str]  # its parameters, with {code}, {link} … in their values
    price_vnd: int  # of one message
    monthly_budget_vnd: int  # of all messages put in a local month


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything a use case may need besides the transaction and the instant."""

    vault: Vault
    wording: Wording
    questionnaires: Mapping[str, Questionnaire]  # every version in use, by version
    questionnaire_version: str  # the one new conversations begin with
    department: str
    hotline: str
    language: str
    timezone: tzinfo
    units: Mapping[str, Unit]
    procedures: Mapping[str, Procedure]
    office_chats: tuple[Chat, ...]
    integrity_chats: tuple[Chat, ...]
    operator_chats: tuple[Chat, ...]
    escalation_chats: tuple[Chat, ...]
    channels: Mapping[str, Abilities]
    links: Links
    invitation_days: int
    reminders: tuple[timedelta, ...]
    quiet_from: time | None
    quiet_until: time | None
    sampling_pct: float
    retention_days: int
    alert_hold: timedelta
    complaint_rules: tuple[Rule, ...]
    due_working_days: int
    is_bound_only: bool  # only accounts bound by a code may act
    calendar: Calendar
    ladder: tuple[Rung, ...] = ()
    templates: tuple[Template, ...] = ()
    report_texts: Mapping[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()  # how heads of any unit are called
    reporting: ReportRules = field(default_factory=ReportRules)
    phone_template: PhoneTemplate | None = None  # None: nobody is invited by phone number

    def questionnaire(self, version: str) -> Questionnaire:
        """Return that version. KeyError when it was never loaded."""
        return self.questionnaires[version]

    def procedure_name(self, code: str) -> str:
        """Return the name of a procedure, its code when it is no longer listed."""
        found = self.procedures.get(code) or self.procedures.get(code[:8])
        return found.name if found else code

    def staff_chats(self) -> set[Chat]:
        """Return every chat of staff, office, integrity contacts and those above."""
        units = {chat for unit in self.units.values() for chat in unit.staff_chats}
        return {*units, *self.office_chats, *self.integrity_chats, *self.escalation_chats}

    def unit_name(self, code: str) -> str:
        """Return the name of a unit, its code when it is no longer listed."""
        return self.units[code].name if code in self.units else code

    def page_of(self, nonce: bytes) -> str:
        """Return the address of the page of the invitation with that nonce."""
        return f"{self.links.public_url}/s/{self.vault.token(nonce)}"

    def local(self, at: datetime) -> datetime:
        """Return the instant as the department's clock shows it."""
        return at.astimezone(self.timezone)

    def awake_at(self, at: datetime) -> datetime:
        """Return `at`, or the end of the quiet hours it falls into."""
        if self.quiet_from is None or self.quiet_until is None:
            return at
        local = at.astimezone(self.timezone)
        is_over_night = self.quiet_from > self.quiet_until
        now = local.time()
        if is_over_night:
            is_quiet = now >= self.quiet_from or now < self.quiet_until
        else:
            is_quiet = self.quiet_from <= now < self.quiet_until
        if not is_quiet:
            return at
        day = local.date() + timedelta(days=1 if is_over_night and now >= self.quiet_from else 0)
        return datetime.combine(day, self.quiet_until, self.timezone)
