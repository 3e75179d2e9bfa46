"""Settings about the work itself: survey, scoring, complaints, reporting, schedule, retention."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.settings.office import Settings, existing_file
from bot.settings.values import (
    ChatField,
    Cron,
    Duration,
    Key,
    Name,
    Percent,
    QuestionKey,
    QuietHoursField,
    parse_quiet_hours,
)

OptionNumber = Annotated[int, Field(ge=1, le=20)]
Weight = Annotated[Decimal, Field(gt=0, le=1000)]


def _longer_than_nothing(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("must be longer than nothing, such as 24h")
    return length


class Survey(Settings):
    """How citizens are asked."""

    questionnaire: Annotated[Path, AfterValidator(existing_file)] | None = None
    """a questionnaire file of one's own; the built-in official form when left out"""
    invitation_days: Annotated[int, Field(ge=1, le=365)] = 30
    """how many days an invitation stays open"""
    reminders: tuple[Annotated[Duration, AfterValidator(_longer_than_nothing)], ...] = (
        timedelta(hours=24),
        timedelta(hours=72),
    )
    """when to remind, counted from the invitation; [] for never"""
    quiet_hours: QuietHoursField | None = parse_quiet_hours("21:00-07:00")
    """the hours without invitations and reminders, local time; null for none"""
    sampling_pct: Percent = Decimal(100)
    """the share of returned results whose citizens are invited"""
    quota_pct: Percent = Decimal(10)
    """the share of transactions that must be answered"""


class Criterion(Settings):
    """One of the criteria that marks are pooled into."""

    id: Key
    """its key in reports"""
    number: Annotated[int, Field(ge=1, le=99)]
    """its number in the official list"""
    name: Name
    """its name in reports"""
    questions: tuple[QuestionKey, ...] = ()
    """the questions it pools; none: how feedback was handled"""
    weights: dict[QuestionKey, Weight] = Field(default_factory=dict)
    """the weight of a question in it; 1 where nothing is said"""


class Scoring(Settings):
    """What counts as good."""

    targets: dict[Key, Percent] = Field(default_factory=lambda: {"overall": Decimal(85)})
    """the share of satisfied answers to reach: overall, or by the id of a criterion"""
    criteria: tuple[Criterion, ...] = ()
    """criteria in place of the built-in six"""


class ComplaintRule(Settings):
    """Which answers become a complaint, and whom it reaches."""

    question: QuestionKey
    """the question, such as "3.7" """
    options: Annotated[tuple[OptionNumber, ...], Field(min_length=1)]
    """the numbers of the options that raise it, as on the form"""
    kind: Key
    """the kind of complaint it becomes, such as extra_fee"""
    severity: Literal["critical", "normal"] = "normal"
    """critical: at once; normal: may wait for complaints.hold"""
    to: Literal["unit", "integrity", "office"] = "unit"
    """whose chats receive it"""


class Complaints(Settings):
    """How complaints are handled."""

    rules: tuple[ComplaintRule, ...] = ()
    """rules in place of the built-in ones"""
    hold: Duration = timedelta(minutes=60)
    """how long what is not urgent waits before staff see it; 0m for at once"""
    due_working_days: Annotated[int, Field(ge=1, le=60)] = 5
    """working days until a complaint must be resolved"""
    who_may_act: Literal["chat_members", "bound_accounts"] = "chat_members"
    """who may press buttons: everyone in the chat, or only accounts bound by `hailong staff invite`"""
    escalate_to: tuple[ChatField, ...] = ()
    """who gets what a unit cannot solve; office.chats when empty"""


class Reporting(Settings):
    """How figures are cut and computed."""

    quarter: Literal["administrative", "calendar"] = "administrative"
    """administrative: from the 15th before the quarter; calendar: from its first day"""
    method: Literal["top2", "mean5"] = "top2"
    """top2: share of the two best options; mean5: mean of the five marks"""
    min_group: Annotated[int, Field(ge=3, le=1000)] = 5
    """marks of fewer people than this are not shown"""


class Schedule(Settings):
    """When jobs run: five cron fields, local time; null turns a job off."""

    quarterly_digest: Cron | None = "0 8 15 3,6,9,12 *"
    """the report of the period to the office"""
    unresolved_complaints: Cron | None = "30 7 * * mon-fri"
    """the list of open complaints to the office"""
    reminders: Cron | None = "*/10 * * * *"
    """reminders to citizens that have become due"""
    retention: Cron | None = "30 2 * * *"
    """deletion of personal data whose time is over"""
    ledger_seal: Cron | None = "55 23 * * *"
    """the day's root of the ledger of responses"""
    watch: Cron | None = "* * * * *"
    """the look at tokens, queues and disk that tells the operator"""


class Retention(Settings):
    """How long personal data is kept."""

    personal_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """days until contact, chat address, comment and dossier link are deleted"""
