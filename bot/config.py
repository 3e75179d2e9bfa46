"""All settings of the service, read from `config.yaml`, its `.env` and the environment.

`load_config` is the one way in. It reports everything that is wrong at once, before anything starts.
The groups of settings live in `bot/settings/`.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError

from bot.settings.channels import Telegram, Zalo, ZaloBot
from bot.settings.checks import check_together
from bot.settings.environment import apply_overrides, substitute
from bot.settings.hidden import secret_values, secrets_written_out
from bot.settings.office import (
    Database,
    Department,
    Logging,
    Office,
    Operator,
    Procedure,
    Security,
    Settings,
    Unit,
    Web,
    under_folder,
)
from bot.settings.problems import describe_errors
from bot.settings.reading import read_dotenv, read_procedures, read_yaml
from bot.settings.values import PHONES, Chat, PersonField
from bot.settings.work import Calendar, Complaints, Reporting, Retention, Schedule, Scoring, Survey

__all__ = ["Chat", "Config", "ConfigError", "load_config", "secrets_in_file"]


class ConfigError(Exception):
    """The settings cannot be used; `problems` holds a line for each reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Config(Settings):
    """Everything that can be set."""

    mode: Literal["live", "pilot", "rehearsal"] = "live"
    """live: writes to everybody; pilot: to pilot_chats only; rehearsal: to no platform"""
    pilot_chats: tuple[PersonField, ...] = ()
    """who is written to while mode is pilot"""
    department: Department
    """the department whose services are rated"""
    units: tuple[Unit, ...] = ()
    """the units of the department"""
    procedures: tuple[Procedure, ...] = ()
    """the procedures whose results are rated; those of procedures_file are added"""
    procedures_file: Annotated[Path, AfterValidator(under_folder)] | None = None
    """a CSV with the columns code, name and unit"""
    office: Office = Field(default_factory=Office)
    """the chats of the department's office"""
    operator: Operator = Field(default_factory=Operator)
    """the people who keep the service running"""
    database: Database = Field(default_factory=Database)
    """where everything is stored"""
    web: Web = Field(default_factory=lambda: Web.model_validate({}))
    """the web server"""
    telegram: Telegram = Field(default_factory=Telegram)
    """a Telegram bot"""
    zalo: Zalo = Field(default_factory=Zalo)
    """a Zalo Official Account"""
    zalo_bot: ZaloBot = Field(default_factory=ZaloBot)
    """a Zalo bot for groups of staff"""
    survey: Survey = Field(default_factory=Survey)
    """how citizens are asked"""
    scoring: Scoring = Field(default_factory=Scoring)
    """what counts as good"""
    complaints: Complaints = Field(default_factory=Complaints)
    """how complaints are handled"""
    calendar: Calendar = Field(default_factory=Calendar)
    """which days and hours the office works"""
    reporting: Reporting = Field(default_factory=Reporting)
    """how figures are cut and computed"""
    schedule: Schedule = Field(default_factory=Schedule)
    """when jobs run"""
    retention: Retention = Field(default_factory=Retention)
    """how long personal data is kept"""
    security: Security = Field(default_factory=Security)
    """the key that encrypts personal data"""
    logging: Logging = Field(default_factory=Logging)
    """what is written to the log"""

    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """The folder of the settings file, where relative paths start."""
        return self._folder

    @property
    def integrity_chats(self) -> tuple[Chat, ...]:
        """Who sees reports of bribes, harassment and threats."""
        return self.office.integrity_chats or self.office.chats

    @property
    def escalation_chats(self) -> tuple[Chat, ...]:
        """Who gets what a unit cannot solve."""
        return self.complaints.escalate_to or self.office.chats

    @property
    def operator_chats(self) -> tuple[Chat, ...]:
        """Who is told when something needs a person."""
        return self.operator.chats or self.office.chats

    def is_channel_on(self, channel: str) -> bool:
        """Tell whether the part of a chat before the colon belongs to a channel that is switched on."""
        switches = {
            "web": True,
            "telegram": self.telegram.enabled,
            "zalo": self.zalo.enabled,
            "zalo_group": self.zalo.enabled,
            "zalo_bot": self.zalo_bot.enabled,
            PHONES: self.zalo.enabled and self.zalo.template is not None,
        }
        return switches.get(channel, False)

    @property
    def may_call_platforms(self) -> bool:
        """Whether a platform may be called at all; a rehearsal calls none."""
        return self.mode != "rehearsal"

    def may_write_to(self, channel: str, name: str) -> bool:
        """Whether that chat of a platform may be written to, answers to presses included."""
        listed = any(chat.channel == channel and chat.id == name for chat in self.pilot_chats)
        return self.mode == "live" or (self.mode == "pilot" and listed)

    def chats_of_channels_off(self) -> tuple[str, ...]:
        """The paths of chats that cannot be reached because their channel is off; `doctor` warns of them."""
        lists = {
            "pilot_chats": self.pilot_chats,
            **{f"units[{number}].staff_chats": unit.staff_chats for number, unit in enumerate(self.units)},
            "office.chats": self.office.chats,
            "office.integrity_chats": self.office.integrity_chats,
            "complaints.escalate_to": self.complaints.escalate_to,
            "operator.chats": self.operator.chats,
        }
        return tuple(
            f"{path}[{number}]"
            for path, chats in lists.items()
            for number, chat in enumerate(chats)
            if not self.is_channel_on(chat.channel)
        )

    def secret_values(self) -> tuple[str, ...]:
        """Every secret among the settings, for the log to leave out."""
        return secret_values(self)


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check all settings; raise `ConfigError` with everything that is wrong."""
    problems: list[str] = []
    folder = path.absolute().parent
    tree = read_yaml(path, problems)
    if problems and not tree:
        raise ConfigError(tuple(problems))
    variables = {**read_dotenv(folder / ".env", problems), **environ}
    _prepare_sections(tree)
    literal = apply_overrides(tree, Config, variables, problems)
    substitute(tree, variables, literal, problems)
    _take_key(tree, variables)
    rows = _add_procedures(tree, folder, problems)

    config, refused = _validate(tree, folder)
    problems.extend(_name_rows(line, rows) for line in [*refused, *check_together(tree)])
    if config is None or problems:
        raise ConfigError(_one_line_per_path(problems))
    config._folder = folder
    return config


def secrets_in_file(path: Path) -> tuple[str, ...]:
    """The paths of secrets that are written out in the settings file; they belong into the environment."""
    return secrets_written_out(read_yaml(path, []), Config)


def _validate(tree: dict[str, Any], folder: Path) -> tuple[Config | None, list[str]]:  # Any: raw YAML
    try:
        return Config.model_validate(tree, context={"folder": folder}), []
    except ValidationError as error:
        return None, describe_errors(error, Config)


def _prepare_sections(tree: dict[str, Any]) -> None:  # Any: raw YAML
    # A section whose lines are all commented out reads as null; it and one left out take their defaults here, where
    # the folder of the file is known.
    for name, field in Config.model_fields.items():
        is_section = isinstance(field.annotation, type) and issubclass(field.annotation, Settings)
        if tree.get(name) is None:
            tree.pop(name, None)
            if is_section and not field.is_required():
                tree[name] = {}


def _take_key(tree: dict[str, Any], variables: Mapping[str, str]) -> None:  # Any: raw YAML
    security = tree.get("security")
    if isinstance(security, dict) and security.get("key") is None and variables.get("HAILONG_KEY"):
        security["key"] = variables["HAILONG_KEY"]


def _add_procedures(
    tree: dict[str, Any], folder: Path, problems: list[str]
) -> dict[int, str]:  # Any: raw YAML
    """Add the rows of procedures_file; answer where each added procedure stands."""
    name, written = tree.get("procedures_file"), tree.setdefault("procedures", [])
    if not isinstance(name, str) or not isinstance(written, list):
        return {}
    rows = read_procedures(folder / Path(name).expanduser(), problems)
    places = {len(written) + n: f"procedures_file: {Path(name).name} row {row}" for n, row in enumerate(rows)}
    tree["procedures"] = [*written, *rows.values()]
    return places


def _name_rows(line: str, places: dict[int, str]) -> str:
    def name(found: re.Match[str]) -> str:
        place = places.get(int(found[1]))
        return found[0] if place is None else f"{place}, column {found[2]}"

    return re.sub(r"\bprocedures\[([0-9]+)\]\.(\w+)", name, line)


def _one_line_per_path(problems: list[str]) -> tuple[str, ...]:
    # What is missing is often noticed twice; the first line says more.
    first: dict[str, str] = {}
    for line in problems:
        first.setdefault(line.partition(": ")[0] if not line.startswith("procedures_file") else line, line)
    return tuple(first.values())
