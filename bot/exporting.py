"""The command `responses export`: which responses go into the file, and the line in the audit log."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from bot.record_files import ExportError, Format, Record, Sheet, write_file
from handlers import exports
from handlers.exports import SpanError
from handlers.setup import Setup
from reports.periods import Quarter
from storage.database import Database
from storage.tables import ANSWERS

_OK, _FAILED, _WRONG_USE = 0, 1, 2


def export_responses_file(
    database: Database,
    setup: Setup,
    path: Path,
    at: datetime,
    *,
    file_format: Format,
    quarter: Quarter,
    since: str | None,
    until: str | None,
    unit_code: str | None,
    with_dossiers: bool,
    actor: str,
    out: TextIO,
    err: TextIO,
    show_progress: bool,
) -> int:
    """Write the responses from `since` to `until` (days or instants, both included). Return the exit status.

    0 done, 1 the file cannot be written, 2 a span or unit that cannot be.
    """
    if unit_code is not None and unit_code not in setup.units:
        err.write(f"--unit: {unit_code} is not among the units of the settings\n")
        return _WRONG_USE
    try:
        span = exports.read_span(since, until, setup)
    except SpanError as error:
        err.write(f"{error}\n")
        return _WRONG_USE

    def note(count: int) -> None:
        if with_dossiers:
            database.write(
                lambda tx: exports.note_export(
                    tx,
                    actor=actor,
                    span=span,
                    unit_code=unit_code,
                    file_format=file_format,
                    records_given=count,
                    at=at,
                )
            )

    columns = (*exports.COLUMNS, exports.DOSSIER) if with_dossiers else exports.COLUMNS
    sheet = Sheet(name="responses", columns=columns, nest=_nest)
    try:
        with database.reading() as tx:
            total = exports.count_exported(tx, setup, span, unit_code)
            records = exports.stream_records(
                tx, setup, span, quarter=quarter, unit_code=unit_code, has_dossiers=with_dossiers
            )
            with (
                closing(records),
                tqdm(records, total=total, file=err, unit=" responses", disable=not show_progress) as bar,
            ):
                count = write_file(path, file_format, sheet, bar, note)
    except ExportError as error:
        err.write(f"{error}\n")
        return _FAILED
    out.write(f"{path.name}: {count} responses\n")
    return _OK


def _nest(record: Record) -> dict[str, object]:
    """Return the record with the ten answers under one key, by the questions' numbers on the form."""
    answers = {name.removeprefix("q").replace("_", "."): record[name] for name in ANSWERS}
    before = {name: record[name] for name in exports.BEFORE_ANSWERS}
    after = {name: value for name, value in record.items() if name not in before and name not in ANSWERS}
    return {**before, "answers": answers, **after}
