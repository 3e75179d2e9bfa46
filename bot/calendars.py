"""Reading the table of days off: the one that comes with the program, and the office's own over it."""

from datetime import date, tzinfo
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from bot.config import ConfigError
from bot.settings.office import Settings
from bot.settings.problems import describe_errors
from bot.settings.reading import read_yaml
from bot.settings.values import Name
from reports.workdays import Calendar, Hours

_YEARS = {str(year) for year in range(1990, 2201)}  # the same years in which a period is believed


def _parse_day(written: object) -> date:
    try:
        return date.fromisoformat(str(written))  # YAML has made a date of it, unless it is in quotes
    except ValueError:
        raise ValueError("must be a date of the year, such as 2028-01-03") from None


_Day = Annotated[date, BeforeValidator(_parse_day)]


class _Year(Settings):
    """The table of a year."""

    days_off: Annotated[dict[_Day, Name], Field(min_length=1)]
    """holidays and swapped weekdays with their short names"""
    working_saturdays: tuple[_Day, ...] = ()
    """days of a weekend that are worked"""
    provisional: bool = False
    """whether the year is not officially announced yet"""


def load_calendar(path: Path | None, *, hours: Hours, zone: tzinfo) -> Calendar:
    """Return the built-in calendar; the years that the office's own file names replace the built-in ones.

    Raises ConfigError with a line for each problem: the file's name, the key, and what to write.
    """
    problems: list[str] = []
    years = _read_years(Path(str(resources.files("reports") / "calendars" / "vn.yaml")), problems)
    if path is not None:
        years |= _read_years(path, problems)
    if problems:
        raise ConfigError(tuple(problems))
    return Calendar(
        days_off={day: name for year in years.values() for day, name in year.days_off.items()},
        working_saturdays=frozenset(day for year in years.values() for day in year.working_saturdays),
        known_years=frozenset(years),
        provisional_years=frozenset(number for number, year in years.items() if year.provisional),
        hours=hours,
        zone=zone,
    )


def _read_years(path: Path, problems: list[str]) -> dict[int, _Year]:
    found: list[str] = []
    tree = read_yaml(path, found)
    if not tree and not found:
        found.append(f"{path.name}: names no year; write one as `2028:` with its days_off below it")
    years: dict[int, _Year] = {}
    for key, table in tree.items():
        if key not in _YEARS:
            found.append(f"{path.name}: {key}: is no year; write one such as 2028")
            continue
        if not isinstance(table, dict):
            found.append(f"{path.name}: {key}: write its days_off and working_saturdays below it")
            continue
        try:
            years[int(key)] = _Year.model_validate(_with_days_as_text(table))
        except ValidationError as error:
            found.extend(f"{path.name}: {key}.{line}" for line in describe_errors(error, _Year))
        else:
            found.extend(f"{path.name}: {key}.{line}" for line in _check_days(int(key), years[int(key)]))
    problems.extend(found)
    return years


def _with_days_as_text(table: dict[str, Any]) -> dict[str, Any]:  # Any: raw YAML, checked right after this
    # A problem names the key as it was written, which a date that YAML has made is not.
    days = table.get("days_off")
    if not isinstance(days, dict):
        return table
    return {**table, "days_off": {str(day): name for day, name in days.items()}}


def _check_days(number: int, year: _Year) -> list[str]:
    lines = [f"days_off.{day}: lies in another year" for day in year.days_off if day.year != number]
    for day in year.working_saturdays:
        if day.year != number:
            lines.append(f"working_saturdays: {day} lies in another year")
        if day.weekday() < 5:
            lines.append(f"working_saturdays: {day} is neither a Saturday nor a Sunday")
        if day in year.days_off:
            lines.append(f"working_saturdays: {day} is among days_off as well; keep one")
    return lines
