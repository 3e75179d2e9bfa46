"""The files of a report, and the evidence pack of a year: read, frozen and drawn outside the loop of events."""

import json
from collections.abc import Mapping
from datetime import datetime

from bot.runtime import Runtime
from bot.texts import load_report_texts
from handlers import digests
from reports.document import dump_report
from reports.figures import Report
from reports.periods import Period, parse_period
from reports.render import build_pack, render_method, write_all

PACK = "evidence.zip"  # of a year: what a scoring body asks for, in one file


def build(runtime: Runtime, period: Period, unit: str, at: datetime) -> Report:
    """Return the frozen report, or the figures as they are now."""
    with runtime.database.reading() as tx:
        return digests.get_report(tx, runtime.setup, period, at, unit=unit)


def freeze(runtime: Runtime, period: Period, unit: str, at: datetime) -> Report:
    """Return the frozen report; computed while reading, so that nobody waits for the writer meanwhile.

    A period of which nothing is known yet is not frozen: its dossiers and forms may still be imported.
    """
    report = build(runtime, period, unit, at)
    if report.frozen_on is not None or digests.is_empty(report):
        return report
    return runtime.database.write(lambda tx: digests.keep(tx, runtime.setup, report, at))


def make_files(report: Report, language: str) -> dict[str, bytes]:
    """Return everything that is made of a report, by name."""
    written = json.dumps(dump_report(report), ensure_ascii=False, indent=2) + "\n"
    return {"report.json": written.encode(), **write_all(report, load_report_texts(language))}


def make_pack(
    runtime: Runtime, year: Period, unit: str, files: Mapping[str, bytes], *, at: datetime
) -> bytes:
    """Return the year's evidence pack: its own files and those of its quarters as they were frozen, method and hashes."""
    setup = runtime.setup
    held: dict[str, Mapping[str, bytes]] = {}
    for number in range(1, 5):
        report = freeze(runtime, parse_period(f"{year.id}-Q{number}", setup.reporting.quarter), unit, at)
        if not digests.is_empty(report):
            held[report.period.id] = make_files(report, setup.language)
    method = render_method(build(runtime, year, unit, at), load_report_texts(setup.language))
    return build_pack({**held, year.id: files}, method=method)
