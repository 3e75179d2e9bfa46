"""Settings about the work itself: survey, scoring, complaints, calendar, reporting, schedule, retention."""

import re
from datetime import time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

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
from reports.workdays import OFFICE_HOURS, Hours

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
    reminders: Annotated[
        tuple[Annotated[Duration, AfterValidator(_longer_than_nothing)], ...], Field(max_length=2)
    ] = (
        timedelta(hours=24),
        timedelta(hours=72),
    )
    """when to remind, counted from the invitation, twice at most; [] for never"""
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
    targets_by_year: dict[Annotated[int, Field(ge=1990, le=2200)], dict[Key, Percent]] = Field(
        default_factory=dict
    )
    """targets that hold from a year on, in place of those above"""
    criteria: tuple[Criterion, ...] = ()
    """criteria in place of the built-in six"""


class ComplaintRule(Settings):
    """What becomes a complaint, and whom it reaches: options of a question, a kind of comment, or a wish for a reply."""

    question: QuestionKey | None = None
    """the question, such as "3.7" """
    options: tuple[OptionNumber, ...] = ()
    """the numbers of its options that raise it, as on the form"""
    comment: tuple[Literal["critical", "complaint", "suggestion"], ...] = ()
    """how a comment must have been read to raise it"""
    wish: bool = False
    """whether a wish for a reply raises it"""
    kind: Key
    """the kind of complaint it becomes, such as extra_fee"""
    severity: Literal["critical", "normal"] = "normal"
    """critical: at once; normal: may wait for complaints.hold"""
    to: Literal["unit", "integrity", "office"] = "unit"
    """whose chats receive it"""

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> "ComplaintRule":
        named = [bool(self.question), bool(self.comment), self.wish]
        if sum(named) != 1 or bool(self.question) != bool(self.options):
            raise ValueError("name one of: question with options, comment, wish")
        return self


class ReplyTemplate(Settings):
    """A reply that staff can send as it is."""

    name: Annotated[Name, Field(max_length=60)]
    """what it is called on its button"""
    text: Annotated[str, Field(min_length=1, max_length=3000)]
    """what the citizen reads"""


class LadderRung(Settings):
    """Somebody who is told of a complaint that stays late."""

    name: Name
    """who it is, such as Chánh Văn phòng"""
    chat: ChatField
    """where they are told"""
    days: Annotated[int, Field(ge=0, le=60)]
    """how many working days after the due date"""
    units: tuple[Key, ...] = ()
    """of which units; all when left out"""


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
    ladder: tuple[LadderRung, ...] = ()
    """who is told, one after the other, of what stays late"""
    templates: tuple[ReplyTemplate, ...] = ()
    """replies that staff can send as they are"""
    titles: tuple[Name, ...] = ("trưởng phòng", "phó phòng", "phó trưởng phòng", "lãnh đạo phòng", "giám đốc")
    """how the heads of units are called: a comment that names one goes one level up"""


def _parse_office_hours(written: object) -> object:
    clock = r"([01][0-9]|2[0-3]):([0-5][0-9])"
    found = re.fullmatch(f"{clock}-{clock}", written, re.ASCII) if isinstance(written, str) else None
    if not found:
        raise ValueError('write office hours as "HH:MM-HH:MM", such as "07:30-11:30"')
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


def _one_after_another(hours: Hours) -> Hours:
    clock = [moment for start_and_end in hours for moment in start_and_end]
    if any(earlier >= later for earlier, later in pairwise(clock)):
        raise ValueError(
            "must follow each other in the order of the day with a break between them, none over midnight"
        )
    return hours


class Calendar(Settings):
    """Which days and hours the office works."""

    file: Annotated[Path, AfterValidator(existing_file)] | None = None
    """a table of days off of one's own; the years it names replace the built-in ones"""
    office_hours: Annotated[
        tuple[Annotated[tuple[time, time], BeforeValidator(_parse_office_hours)], ...],
        Field(min_length=1),
        AfterValidator(_one_after_another),
    ] = OFFICE_HOURS
    """the hours the office is open on a working day, local time"""


class Reporting(Settings):
    """How figures are cut and computed."""

    quarter: Literal["administrative", "calendar"] = "administrative"
    """administrative: from the 15th before the quarter; calendar: from its first day"""
    method: Literal["top2", "mean5"] = "top2"
    """top2: share of the two best options; mean5: mean of the five marks"""
    min_group: Annotated[int, Field(ge=3, le=1000)] = 5
    """marks of fewer people than this are not shown"""
    digest_on_working_day: bool = False
    """whether a digest whose day is off comes on the next working day"""


class Schedule(Settings):
    """When jobs run: five cron fields, local time; null turns a job off."""

    quarterly_digest: Cron | None = "0 8 15 3,6,9,12 *"
    """the report of the quarter to the office"""
    yearly_digest: Cron | None = "0 8 15 12 *"
    """the report and evidence pack of the year to the office"""
    weekly_brief: Cron | None = "0 8 * * mon"
    """answers of the week before, quota at risk, overdue cases to the office"""
    silence: Cron | None = "0 9 * * mon-fri"
    """units that return results and get no answers, once each"""
    unresolved_complaints: Cron | None = "30 7 * * mon-fri"
    """the list of open complaints to the office"""
    reminders: Cron | None = "*/10 * * * *"
    """reminders to citizens that have become due"""
    retention: Cron | None = "30 2 * * *"
    """deletion of personal data whose time is over"""
    ledger_seal: Cron | None = "55 23 * * *"
    """the day's root of the ledger of responses"""
    complaints: Cron | None = "* * * * *"
    """unfinished forms, cards that did not arrive, promised days, due dates"""
    watch: Cron | None = "* * * * *"
    """the look at tokens, queues and disk that tells the operator"""


class Retention(Settings):
    """How long personal data is kept."""

    personal_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """days until contact, chat address, comment and dossier link are deleted"""
