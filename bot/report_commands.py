"""The command `report`: the figures of a period as files, frozen once the period is over."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from bot.console import OK, Console
from bot.packing import PACK, build, freeze, make_files, make_pack
from bot.runtime import Runtime
from handlers import digests
from handlers.digests import NothingToCorrect
from reports.figures import Report
from reports.periods import Period, PeriodError, parse_period
from storage.snapshots import SnapshotAltered

ACTOR = "command line"


def write_report(runtime: Runtime, console: Console, options: Namespace) -> int:
    """Write the files of a period's report. 0 done, 1 they cannot be written, 2 no such period or unit."""
    setup = runtime.setup
    unit: str = options.unit or ""
    try:
        period = parse_period(options.period, setup.reporting.quarter)
    except PeriodError as error:
        return console.refuse(f"--period: {error}")
    if unit and unit not in setup.units:
        known = ", ".join(sorted(setup.units)) or "none"
        return console.refuse(f"--unit: {unit} is not among the units of the settings; known: {known}")
    try:
        return _write(runtime, console, options, period, unit)
    except SnapshotAltered as error:
        return console.fail(f"the frozen report of {error} was altered; restore a backup")


def _write(runtime: Runtime, console: Console, options: Namespace, period: Period, unit: str) -> int:
    setup, at = runtime.setup, runtime.clock()
    is_over = digests.is_over(setup, period, at)
    if options.correct is not None:
        problem = _correct(runtime, console, period, unit, options.correct, at=at)
        if problem is not None:
            return problem
    report = freeze(runtime, period, unit, at) if is_over else build(runtime, period, unit, at)
    folder: Path = options.out
    files = make_files(report, setup.language)
    if period.kind == "year" and is_over:
        files[PACK] = make_pack(runtime, period, unit, files, at=at)
    try:
        written = write_files(files, folder)
    except OSError as error:
        return console.fail(f"--out: {folder} cannot be written ({error.strerror})")
    console.say(_describe(report, is_over=is_over, today=runtime.setup.local(runtime.clock()).date()))
    console.say(f"{folder}: {', '.join(written)}")
    return OK


def write_files(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write files into a folder and return their names. Raises OSError. Each appears whole or not at all."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.part")
        half.write_bytes(content)
        half.replace(path)
    return list(files)


def _correct(
    runtime: Runtime, console: Console, period: Period, unit: str, reason: str, *, at: datetime
) -> int | None:
    """Freeze a corrected version and say what has changed; an exit status when that cannot be."""
    setup = runtime.setup
    if not reason.strip():
        return console.refuse("--correct: say why the report is corrected")
    if not digests.is_over(setup, period, at):
        return console.refuse(f"--correct: {period.id} is still running; nothing of it is frozen")
    try:
        report, changes = runtime.database.write(
            lambda tx: digests.correct(tx, setup, period, at, reason=reason.strip(), actor=ACTOR, unit=unit)
        )
    except NothingToCorrect:
        console.say(f"{period.id}: nothing has changed since it was frozen")
        return None
    console.say(f"{period.id}: corrected, version {report.version}")
    for name, before, now in changes:
        console.say(f"  {name}: {before} -> {now}")
    return None


def _describe(report: Report, *, is_over: bool, today: date) -> str:
    period = report.period
    name = f"{period.id} {report.unit}".strip()
    if is_over and report.frozen_on is None:
        return f"{name}: no transactions, no responses; not frozen"
    if report.frozen_on is None and period.first > today:
        return f"{name}: begins on {period.first:%d/%m/%Y}; nothing is in it yet"
    if report.frozen_on is None:
        return f"{name}: still running until {period.last:%d/%m/%Y}; computed as of now, not frozen"
    return f"{name}: frozen on {report.frozen_on:%d/%m/%Y}, version {report.version}"
