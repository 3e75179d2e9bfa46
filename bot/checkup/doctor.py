"""The command `doctor`: a line for each check, exit status 1 when one does not hold. It changes nothing."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import NotReady, open_database, utc_now
from bot.calendars import load_calendar
from bot.checkup.findings import Finding, Mark, fail, left_out, ok, warn
from bot.checkup.telegram import check_telegram
from bot.checkup.zalo import check_zalo, check_zalo_bot
from bot.config import Config, secrets_in_file
from bot.console import FAILED, OK, Console
from bot.keyring import KeyProblem, check_key, load_vault
from bot.texts import load_questionnaire, load_wording
from storage.database import Database, DatabaseDown, NotADatabase, read_clock
from storage.schema import found_version, wanted_version
from storage.vault import Vault
from survey.questionnaire import QuestionnaireError
from survey.wording import WordingError

Check = Callable[[], Coroutine[None, None, list[Finding]]]
LOW_DISK, NO_DISK = 2**30, 200 * 2**20  # bytes
SKEW, BAD_SKEW = timedelta(seconds=2), timedelta(seconds=30)


def examine(config: Config, path: Path, console: Console, *, clock: Callable[[], datetime] = utc_now) -> int:
    """Look at everything and say a line for each check. Return the exit status."""
    is_well = True
    for finding in _find_all(config, path, clock):
        console.say(str(finding))
        is_well = is_well and finding.mark is not Mark.FAIL
    return OK if is_well else FAILED


def _find_all(config: Config, path: Path, clock: Callable[[], datetime]) -> Iterator[Finding]:
    yield ok("settings", f"{path.name} can be used; mode {config.mode}")
    for place in secrets_in_file(path):
        yield warn(place, "a secret is written out in the file; put ${NAME} there and the secret into .env")
    yield from _check_texts(config)
    yield from _check_database(config, clock)
    yield _check_disk(config)
    yield from _check_calendar(config, clock())
    yield from _check_channels(config)
    for name, check in _platforms(config, clock):
        if config.may_call_platforms:
            yield from asyncio.run(check())
        else:
            yield left_out(name, "a rehearsal calls no platform")


def _platforms(config: Config, clock: Callable[[], datetime]) -> Iterator[tuple[str, Check]]:
    if config.telegram.enabled:
        yield "telegram", lambda: check_telegram(config, clock())
    if config.zalo.enabled:
        yield "zalo", lambda: check_zalo(config, clock())
    if config.zalo_bot.enabled:
        yield "zalo_bot", lambda: check_zalo_bot(config)


def _check_texts(config: Config) -> Iterator[Finding]:
    try:
        found, _ = load_questionnaire(config.survey.questionnaire, config.department.language)
        load_wording()
    except (QuestionnaireError, WordingError) as error:
        yield from (fail("survey.questionnaire", problem) for problem in error.problems)
    else:
        yield ok("survey.questionnaire", f"version {found.version}")


def _check_database(config: Config, clock: Callable[[], datetime]) -> Iterator[Finding]:
    vault: Vault | None = None
    try:
        vault = load_vault(config, may_create=False)
        yield ok("security.key", "is there")
    except KeyProblem as error:
        yield _as_finding(str(error), "security.key")
    url = config.database.url.get_secret_value()
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists():
        yield fail("database.url", "there is no database yet; run: hailong migrate")
        return
    try:
        database = open_database(config)
    except NotReady as error:
        yield _as_finding(str(error), "database.url")
        return
    try:
        yield from _check_open_database(database, vault, clock)
    except NotADatabase as error:
        yield fail("database.url", f"this file is no SQLite database, or a damaged one ({error})")
    except DatabaseDown as error:
        yield fail("database.url", f"the database does not answer ({error})")
    finally:
        database.stop()


def _check_open_database(
    database: Database, vault: Vault | None, clock: Callable[[], datetime]
) -> Iterator[Finding]:
    version = found_version(database.reader)
    if version != wanted_version():
        found = f"has schema {version}" if version else "has no schema yet"
        yield fail("database", f"{found}, this program needs {wanted_version()}; run: hailong migrate")
    else:
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        yield ok("database", f"{kind} answers, schema {version}")
        if vault is not None:
            yield _check_key(database, vault)
    before = clock()
    with database.reading() as tx:
        shown = read_clock(tx)
    if shown is not None:
        yield _compare_clocks(shown, before, clock())


def _check_key(database: Database, vault: Vault) -> Finding:
    try:
        with database.writer.begin() as tx:
            check_key(tx, vault)
    except KeyProblem as error:
        return _as_finding(str(error), "security.key")
    return ok("security.key", "is the one this database was begun with")


def _compare_clocks(shown: datetime, before: datetime, after: datetime) -> Finding:
    """Compare the database's clock with ours, which it was asked between `before` and `after`."""
    skew = max(before - shown, shown - after, timedelta(0))
    text = f"the database's clock and this machine's differ by {skew.total_seconds():.1f} s"
    if skew > BAD_SKEW:
        return fail("clock", f"{text}; set both by NTP")
    return warn("clock", f"{text}; set both by NTP") if skew > SKEW else ok("clock", text)


def _check_disk(config: Config) -> Finding:
    url = config.database.url.get_secret_value()
    folder = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite") else config.folder
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return fail("disk", f"{folder}: cannot be looked at ({error.strerror})")
    text = f"{free / 2**30:.1f} GiB free at {folder}"
    if free < NO_DISK:
        return fail("disk", f"{text}; answers cannot be kept on a full disk, make room")
    return warn("disk", f"{text}; make room") if free < LOW_DISK else ok("disk", text)


def _check_calendar(config: Config, at: datetime) -> Iterator[Finding]:
    calendar = load_calendar(
        config.calendar.file, hours=config.calendar.office_hours, zone=config.department.zone
    )
    year = at.astimezone(config.department.zone).year
    for number, miss in ((year, fail), (year + 1, warn)):
        if not calendar.is_known(number):
            yield miss(
                "calendar", f"the days off of {number} are not known; put them into a file as calendar.file"
            )
        elif calendar.is_provisional(number):
            yield warn("calendar", f"the days off of {number} are known, but not announced officially yet")
        else:
            yield ok("calendar", f"the days off of {number} are known")


def _check_channels(config: Config) -> Iterator[Finding]:
    off = config.chats_of_channels_off()
    for place in off:
        yield warn(
            place, "nothing can be sent there, its channel is off; set enabled: true or take the chat out"
        )
    if not off:
        yield ok("chats", "every chat is on a channel that is on")
    if not config.office.chats:
        yield warn("office.chats", "is empty: nobody gets the digests and what units cannot solve")
    if not config.office.integrity_chats:
        yield warn("office.integrity_chats", "is empty: office.chats see what accuses somebody")
    for number, unit in enumerate(config.units):
        if set(unit.staff_chats) & set(config.integrity_chats):
            text = "is where integrity contacts read too: what accuses this unit is not shown there"
            yield warn(f"units[{number}].staff_chats", text)
        if not unit.staff_chats:
            yield warn(f"units[{number}].staff_chats", "is empty: its complaints go to those above it")


def _as_finding(problem: str, otherwise: str) -> Finding:
    """Return a failure from a line that begins with the path of a setting."""
    place, colon, text = problem.partition(": ")
    return fail(place, text) if colon and " " not in place else fail(otherwise, problem)
