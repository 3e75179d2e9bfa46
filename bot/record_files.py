"""Records into JSONL, CSV or XLSX. A file is whole or it is not there.

It is written beside its place and moved there when it is on the disk. Cells that a spreadsheet would take for a formula
are made harmless; JSONL holds every text as it was written.
"""

import csv
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]  # it ships no types

Format: TypeAlias = Literal["jsonl", "csv", "xlsx"]
Value: TypeAlias = str | int | bool | None
Record: TypeAlias = Mapping[str, Value]

MAX_CELL = 32_767  # UTF-16 units Excel takes in a cell
MAX_ROWS = 1_048_576  # rows Excel takes in a sheet, the header among them
CUT_NOTE = " … [cut here: a cell takes no more; the JSONL export has all of it]"
_STARTS_FORMULA = frozenset("=+-@\u2212")
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("[\x85\u2028\u2029]")  # to some readers of lines, though not to JSON
# A spreadsheet whose list separator is the semicolon, as in Viet Nam, cuts a line of our CSV there and at line ends,
# whatever the quotes say.
_CUT_POINT = re.compile("(?<=[;\t\r\n])")


class ExportError(Exception):
    """The file cannot be written, or not this way; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is exported: a name for what stands in a row, the columns in order, and the shape of a line of JSON."""

    name: str  # responses, complaints
    columns: tuple[str, ...]
    nest: Callable[[Record], Mapping[str, object]] = dict


def write_file(
    path: Path,
    file_format: Format,
    sheet: Sheet,
    records: Iterable[Record],
    note: Callable[[int], None] = lambda _count: None,
) -> int:
    """Write the records into a file and return how many; `note` hears it before the file can be had. Raises ExportError.

    The draft lies in a folder beside `path` and is moved into place.
    """
    try:
        with tempfile.TemporaryDirectory(
            prefix=".export-", dir=path.parent, ignore_cleanup_errors=True
        ) as folder:
            draft = Path(folder) / path.name
            count = _WRITERS[file_format](draft, sheet, records)
            _flush(draft)
            note(count)  # an export without its line must not be
            draft.replace(path)
            _flush(path.parent)
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"{path}: cannot be written ({reason})") from error
    except _TooLongError as error:
        raise ExportError(f"{path.name}: {error}") from error
    return count


class _TooLongError(Exception):
    """There are more records than a sheet of Excel takes."""


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ----------------------------------------------------------------------------------------- formats


def _write_jsonl(draft: Path, sheet: Sheet, records: Iterable[Record]) -> int:
    count = 0
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json_line(sheet.nest(record)) + "\n")
            count += 1
    return count


def json_line(record: Mapping[str, object]) -> str:
    """Return a record as JSON that no reader of lines cuts in two."""
    line = json.dumps(record, ensure_ascii=False)
    return _LINE_END.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _write_csv(draft: Path, sheet: Sheet, records: Iterable[Record]) -> int:
    count = 0
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(sheet.columns)
        for record in records:
            writer.writerow([_csv_cell(record[name]) for name in sheet.columns])
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


def _write_xlsx(draft: Path, sheet: Sheet, records: Iterable[Record]) -> int:
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
        page = book.add_worksheet(sheet.name)
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for place, name in enumerate(sheet.columns):
            page.write_string(0, place, name, bold)
        for count, record in enumerate(records, 1):
            if count >= MAX_ROWS:
                raise _TooLongError(f"has over {MAX_ROWS - 1:,} {sheet.name}; export CSV, or a shorter span")
            for place, name in enumerate(sheet.columns):
                match record[name]:
                    case None:
                        pass
                    case bool() as truth:
                        page.write_boolean(count, place, truth)
                    case int() as number:
                        page.write_number(count, place, number)
                    case str() as text:
                        page.write_string(count, place, _xlsx_text(text))
        page.autofilter(0, 0, count, len(sheet.columns) - 1)
    draft.write_bytes(packed.getbuffer())
    return count


_WRITERS: dict[Format, Callable[[Path, Sheet, Iterable[Record]], int]] = {
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
