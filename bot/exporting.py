"""The command `responses export`: records into JSONL, CSV or XLSX. A file is whole or it is not there.

It is written beside its place and moved there when it is on the disk. Cells that a spreadsheet would take for a formula
are made harmless; JSONL holds every text as it was written.
"""

import csv
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Literal, TextIO, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from tqdm import tqdm
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]  # it ships no types

from handlers import exports
from handlers.exports import SpanError, Value
from handlers.setup import Setup
from reports.periods import Quarter
from storage.database import Database
from storage.tables import ANSWERS

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]
Record: TypeAlias = dict[str, Value]

MAX_CELL = 32_767  # UTF-16 units Excel takes in a cell
MAX_ROWS = 1_048_576  # rows Excel takes in a sheet, the header among them
CUT_NOTE = " … [cut here: a cell takes no more; the JSONL export has all of it]"
_OK, _FAILED, _WRONG_USE = 0, 1, 2
_STARTS_FORMULA = frozenset("=+-@\u2212")
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("[\x85\u2028\u2029]")  # to some readers of lines, though not to JSON
# A spreadsheet whose list separator is the semicolon, as in Viet Nam, cuts a line of our CSV there and at line ends,
# whatever the quotes say.
_CUT_POINT = re.compile("(?<=[;\t\r\n])")


class ExportError(Exception):
    """The export cannot be made this way; the message says what to do."""


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

    def write(draft: Path) -> int:
        columns = (*exports.COLUMNS, exports.DOSSIER) if with_dossiers else exports.COLUMNS
        with database.reading() as tx:
            total = exports.count_exported(tx, setup, span, unit_code)
            records = exports.stream_records(
                tx, setup, span, quarter=quarter, unit_code=unit_code, has_dossiers=with_dossiers
            )
            with (
                closing(records),
                tqdm(records, total=total, file=err, unit=" responses", disable=not show_progress) as bar,
            ):
                return _WRITERS[file_format](draft, columns, bar)

    try:
        count = _write_whole(path, write, note)
    except ExportError as error:
        err.write(f"{path.name}: {error}\n")
        return _FAILED
    except (OSError, FileCreateError) as error:
        err.write(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})\n")
        return _FAILED
    out.write(f"{path.name}: {count} responses\n")
    return _OK


def _write_whole(path: Path, write: Callable[[Path], int], note: Callable[[int], None]) -> int:
    """Write a draft in a folder beside `path`, note it, then move it into place."""
    with tempfile.TemporaryDirectory(
        prefix=".export-", dir=path.parent, ignore_cleanup_errors=True
    ) as folder:
        draft = Path(folder) / path.name
        count = write(draft)
        _flush(draft)
        note(count)  # before the file can be had: an export without its line must not be
        draft.replace(path)
        _flush(path.parent)
    return count


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ----------------------------------------------------------------------------------------- formats


def _write_jsonl(draft: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    count = 0
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            line = json.dumps(_nest(record, columns), ensure_ascii=False)
            file.write(_LINE_END.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n")
            count += 1
    return count


def _nest(record: Record, columns: Sequence[str]) -> dict[str, object]:
    """Return the record with the ten answers under one key, by the questions' numbers on the form."""
    answers = {name.removeprefix("q").replace("_", "."): record[name] for name in ANSWERS}
    before = {name: record[name] for name in exports.BEFORE_ANSWERS}
    after = {name: record[name] for name in columns if name not in before and name not in ANSWERS}
    return {**before, "answers": answers, **after}


def _write_csv(draft: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    count = 0
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for record in records:
            writer.writerow([_csv_cell(record[name]) for name in columns])
            count += 1
    return count


def _csv_cell(value: Value) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return value
        case str():
            first, *rest = _CUT_POINT.split(harmless(value))
            return first + "".join(harmless(part) for part in rest)


def _write_xlsx(draft: Path, columns: Sequence[str], records: Iterable[Record]) -> int:
    options = {
        "constant_memory": True,
        "tmpdir": str(draft.parent),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    count = 0
    packed = (
        BytesIO()
    )  # on a full disk xlsxwriter would leave its archive open and its last words on the terminal
    with xlsxwriter.Workbook(packed, options) as book:
        sheet = book.add_worksheet("responses")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, bold)
        for count, record in enumerate(records, 1):
            if count >= MAX_ROWS:
                raise ExportError(f"has over {MAX_ROWS - 1:,} responses; export CSV, or a shorter span")
            for place, name in enumerate(columns):
                match record[name]:
                    case None:
                        pass
                    case bool() as truth:
                        sheet.write_boolean(count, place, truth)
                    case int() as number:
                        sheet.write_number(count, place, number)
                    case str() as text:
                        sheet.write_string(count, place, _xlsx_text(text))
        sheet.autofilter(0, 0, count, len(columns) - 1)
    draft.write_bytes(packed.getbuffer())
    return count


_WRITERS: dict[Format, Callable[[Path, Sequence[str], Iterable[Record]], int]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "xlsx": _write_xlsx,
}


# ------------------------------------------------------------------------------------------- cells


def harmless(text: str) -> str:
    """Return `text` with an apostrophe before it when a spreadsheet could take it for a formula.

    What stands before the sign and is thrown away by some program (spaces, quotes, marks without width) does not hide it,
    nor does its full-width form.
    """
    if text[:1] in {"\t", "\r"}:
        return "'" + text
    first = next((c for c in text if not _is_passed_over(c)), "")
    return "'" + text if _STARTS_FORMULA & set(unicodedata.normalize("NFKC", first)[:1]) else text


def _is_passed_over(c: str) -> bool:
    return c.isspace() or c in "'\"`´" or unicodedata.category(c) in {"Cc", "Cf", "Pi", "Pf"}


def _xlsx_text(text: str) -> str:
    safe = harmless(_NOT_XML.sub("", text.replace("\r\n", "\n")))
    units = safe.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL:
        return safe
    kept = units[: 2 * (MAX_CELL - len(CUT_NOTE))].decode("utf-16-le", errors="ignore")
    return kept + CUT_NOTE
