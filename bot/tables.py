"""Tables that people send: rows of CSV and XLSX files by column name, each with the number a person sees beside it.

What a cell means is for others. Here a file is refused in one line, or every cell of it is handed on unchanged.
"""

import csv
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from pathlib import Path
from typing import IO, TypeAlias

from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES

from survey.folding import tidy

Cell: TypeAlias = str | int | float | datetime | date | None

_DELIMITERS = ",;\t"
_LONGEST_HEADER = 100_000  # characters; csv gives up beyond 131,072
_EXACT = 10**15  # Excel keeps 15 digits; a longer number is not the one that was typed
_LARGEST = 500_000_000  # bytes of an unpacked workbook: a million full rows stay below, a trap does not
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx under a password
_BROKEN_XLSX = (  # what openpyxl lets out on a workbook that is damaged or none
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # of both XML readers that openpyxl may use
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,
)
_SAVE_AS_UTF8 = 'in Excel save it as "CSV UTF-8 (Comma delimited)", or as .xlsx'


class TableError(Exception):
    """A file cannot be used as a table. The message is one line: what is wrong, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is not empty."""

    number: int  # as a person counts: the header of most files is row 1, empty rows count
    values: dict[str, Cell]  # by column; an empty cell is None
    problems: tuple[tuple[str, str], ...] = ()  # column ("" for the whole row) and what is wrong with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An open file."""

    unknown: tuple[str, ...]  # columns that nobody asked for
    total: int | None  # about how many rows there are, where the file tells
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class _Fault:
    """A cell without a usable value."""

    message: str


_Raw: TypeAlias = Cell | _Fault


@contextmanager
def open_table(path: Path, *, required: Sequence[str], optional: Collection[str] = ()) -> Iterator[Table]:
    """Open a CSV or XLSX file; TableError when it cannot be used, here or while its rows are read.

    Columns are found by name, in any order and case. One that is `required` may hold empty cells but must be there.
    """
    known = {*required, *optional}
    with ExitStack() as stack:
        with _readable():
            rows, total = stack.enter_context(_open_rows(path, known))
            numbered = enumerate(rows, 1)
            columns = _read_header(numbered, required)
        yield Table(
            unknown=tuple(name for name in columns if name and name not in known),
            total=total,
            rows=_build_rows(numbered, columns, known),
        )


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TableError(f"cannot be read ({error.strerror or type(error).__name__})") from error


@contextmanager
def _open_rows(path: Path, known: Collection[str]) -> Iterator[tuple[Iterator[Sequence[_Raw]], int | None]]:
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(b"PK"):
            with _open_xlsx(file) as opened:
                yield opened
            return
        if start.startswith(_OLD_EXCEL) or path.suffix.lower() == ".xls":
            raise TableError(
                "is an old .xls file or has a password; in Excel save it as .xlsx without a password"
            )
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            raise TableError("is no XLSX file, or a damaged one; open it in Excel and save it again as .xlsx")
        _check_encoding(file)
    with path.open(encoding="utf-8-sig", newline="") as text:
        delimiter = _find_delimiter(text, known)
        total = sum(1 for _ in _read_csv(text, delimiter)) - 1  # the whole file is tried before a row is used
        yield _read_csv(text, delimiter), total


# ---------------------------------------------------------------------------------------------- CSV


def _check_encoding(file: IO[bytes]) -> None:
    for number, line in enumerate(file, 1):
        if b"\0" in line:
            raise TableError(f"is no CSV in UTF-8 (UTF-16 perhaps); {_SAVE_AS_UTF8}")
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise TableError(f"line {number} is not UTF-8; {_SAVE_AS_UTF8}") from error


def _find_delimiter(text: IO[str], known: Collection[str]) -> str:
    """Return the delimiter under which the header has most columns we know; the comma when none has."""
    header = next((line for line in text if line.strip()), "")

    def score(delimiter: str) -> tuple[int, int]:
        names = {
            _column(name) for name in next(csv.reader([header[:_LONGEST_HEADER]], delimiter=delimiter), [])
        }
        return len(names & set(known)), header.count(delimiter)

    return max(_DELIMITERS, key=score)


def _read_csv(text: IO[str], delimiter: str) -> Iterator[list[_Raw]]:
    text.seek(0)
    number = 1
    try:
        for cells in csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True):
            yield [cell.strip() or None for cell in cells]
            number += 1
    except csv.Error as error:
        # Behind a quote that is never closed nothing can be told apart.
        raise TableError(f"row {number}: cannot be read as CSV ({error}); check its quotes") from error


# --------------------------------------------------------------------------------------------- XLSX


@contextmanager
def _open_xlsx(file: IO[bytes]) -> Iterator[tuple[Iterator[Sequence[_Raw]], int | None]]:
    """Read the first sheet that is shown. Formulas are never computed: what Excel saved beside them is taken."""
    has_formulas = _check_archive(file)
    with warnings.catch_warnings():
        # Its remarks on styles and extensions that it leaves out.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        with _sheet(file, data_only=True) as (values, total):
            if not has_formulas:
                yield (_cells(row, repeat(None)) for row in values), total
                return
            with _sheet(file, data_only=False) as (formulas, _):
                yield (_cells(row, beside) for row, beside in zip(values, formulas, strict=True)), total


def _check_archive(file: IO[bytes]) -> bool:
    """Refuse a damaged archive before the first row is used. Return whether there may be formulas."""
    try:
        with zipfile.ZipFile(file) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise TableError("is no XLSX file; save the table as .xlsx or CSV UTF-8")
            if sum(part.file_size for part in archive.infolist()) > _LARGEST:
                raise TableError("is too large; split it, or save it as CSV UTF-8")
            damaged = archive.testzip()
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            has_formulas = any(b"<f" in archive.read(name) for name in sheets)
    except _BROKEN_XLSX as error:
        raise TableError("is a damaged XLSX file; open it in Excel and save it again") from error
    if damaged is not None:
        raise TableError("is a damaged XLSX file; open it in Excel and save it again")
    return has_formulas


@contextmanager
def _sheet(file: IO[bytes], *, data_only: bool) -> Iterator[tuple[Iterator[tuple[object, ...]], int | None]]:
    try:
        book = load_workbook(file, read_only=True, data_only=data_only)
    except _BROKEN_XLSX as error:
        raise TableError("is a damaged XLSX file; open it in Excel and save it again") from error
    try:
        sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
        if sheet is None:
            raise TableError("has no sheet")
        total = sheet.max_row
        sheet.reset_dimensions()  # some programs write wrong ones, and rows would be cut off
        yield _guarded(sheet.iter_rows(values_only=True)), total - 1 if total else None
    finally:
        book.close()


def _guarded(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    try:
        yield from rows
    except _BROKEN_XLSX as error:
        raise TableError("is a damaged XLSX file; open it in Excel and save it again") from error


def _cells(row: Sequence[object], formulas: Iterable[object]) -> list[_Raw]:
    return [_cell(value, formula) for value, formula in zip(row, formulas, strict=False)]


def _cell(value: object, formula: object) -> _Raw:
    match value:
        case None if formula is not None:
            return _Fault(
                "holds a formula without its result; open the file in Excel and save it, or paste the values"
            )
        case str() if value in ERROR_CODES:
            return _Fault(f"holds the error {value}")
        case str():
            return value.replace("_x000D_", "").strip() or None
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < _EXACT:
            return int(value)
        case datetime():
            return (value + timedelta(microseconds=500_000)).replace(
                microsecond=0
            )  # Excel's fractions of a day
        case None | int() | float() | date():
            return value
        case time() | timedelta():
            return _Fault("holds a time without a date")
        case _:
            return _Fault("holds something that is neither text, number nor date")


# ------------------------------------------------------------------------------------- header and rows


def _read_header(rows: Iterator[tuple[int, Sequence[_Raw]]], required: Sequence[str]) -> list[str]:
    number, cells = next(((n, cells) for n, cells in rows if any(c is not None for c in cells)), (1, []))
    if not cells:
        raise TableError("is empty")
    columns = [_column(cell) for cell in cells]
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    if repeated:
        raise TableError(f"row {number}: column {', '.join(repeated)} stands there twice; keep one")
    missing = [name for name in required if name not in columns]
    if missing:
        raise TableError(
            f"row {number}: has no column {', '.join(missing)}; the first row must name the columns"
        )
    return columns


def _column(cell: _Raw) -> str:
    return "" if cell is None or isinstance(cell, _Fault) else re.sub(r"\s+", " ", tidy(str(cell))).casefold()


def _build_rows(
    rows: Iterator[tuple[int, Sequence[_Raw]]], columns: Sequence[str], known: Collection[str]
) -> Iterator[Row]:
    with _readable():
        for number, cells in rows:
            if all(cell is None for cell in cells):
                continue
            values: dict[str, Cell] = {}
            problems = []
            for name, cell in zip(columns, cells, strict=False):
                if name not in known:
                    continue
                if isinstance(cell, _Fault):
                    problems.append((name, cell.message))
                else:
                    values[name] = cell
            if any(cell is not None for cell in cells[len(columns) :]):
                problems.append(
                    ("", "has more cells than the first row names; a text with the delimiter needs quotes")
                )
            yield Row(number=number, values=values, problems=tuple(problems))
