"""The command `report`: the figures of a period as files, frozen once the period is over."""

import json
from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.console import OK, Console
from bot.runtime import Runtime
from bot.texts import load_report_texts
from handlers import digests
from handlers.digests import NothingToCorrect
from reports.document import dump_report
from reports.figures import Report
from reports.periods import Period, PeriodError, parse_period
from reports.render import build_pack, render_method, write_all
from storage.snapshots import SnapshotAltered

ACTOR = "command line"
PACK = "evidence.zip"  # of a year: what a scoring body asks for, in one file


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
    report = _freeze(runtime, period, unit, at) if is_over else _build(runtime, period, unit, at)
    folder: Path = options.out
    files = make_files(report, setup.language)
    if period.kind == "year" and is_over:
        files[PACK] = _pack(runtime, period, unit, files, at=at)
    try:
        written = write_files(files, folder)
    except OSError as error:
        return console.fail(f"--out: {folder} cannot be written ({error.strerror})")
    console.say(_describe(report, is_over=is_over))
    console.say(f"{folder}: {', '.join(written)}")
    return OK


def make_files(report: Report, language: str) -> dict[str, bytes]:
    """Return everything that is made of a report, by name."""
    written = json.dumps(dump_report(report), ensure_ascii=False, indent=2) + "\n"
    return {"report.json": written.encode(), **write_all(report, load_report_texts(language))}


def _pack(runtime: Runtime, year: Period, unit: str, files: Mapping[str, bytes], *, at: datetime) -> bytes:
    """Return the year's evidence pack: its own files and those of its quarters as they were frozen, method and hashes."""
    setup = runtime.setup
    held: dict[str, Mapping[str, bytes]] = {}
    for number in range(1, 5):
        quarter = parse_period(f"{year.id}-Q{number}", setup.reporting.quarter)
        report = _freeze(runtime, quarter, unit, at)
        if not _is_empty(report):
            held[quarter.id] = make_files(report, setup.language)
    method = render_method(_build(runtime, year, unit, at), load_report_texts(setup.language))
    return build_pack({**held, year.id: files}, method=method)


def write_files(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write files into a folder and return their names. Raises OSError. Each appears whole or not at all."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.part")
        half.write_bytes(content)
        half.replace(path)
    return list(files)


def _build(runtime: Runtime, period: Period, unit: str, at: datetime) -> Report:
    with runtime.database.reading() as tx:
        return digests.get_report(tx, runtime.setup, period, at, unit=unit)


def _freeze(runtime: Runtime, period: Period, unit: str, at: datetime) -> Report:
    """Return the frozen report; computed while reading, so that nobody waits for the writer meanwhile.

    A period of which nothing is known yet is not frozen: its dossiers and forms may still be imported.
    """
    report = _build(runtime, period, unit, at)
    if report.frozen_on is not None or _is_empty(report):
        return report
    return runtime.database.write(lambda tx: digests.keep(tx, runtime.setup, report, at))


def _is_empty(report: Report) -> bool:
    return not (report.transactions or report.responses or report.complaints.received)


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


def _describe(report: Report, *, is_over: bool) -> str:
    period = report.period
    name = f"{period.id} {report.unit}".strip()
    if is_over and report.frozen_on is None:
        return f"{name}: no transactions, no responses; not frozen"
    if report.frozen_on is None:
        return f"{name}: still running until {period.last:%d/%m/%Y}; computed as of now, not frozen"
    return f"{name}: frozen on {report.frozen_on:%d/%m/%Y}, version {report.version}"
