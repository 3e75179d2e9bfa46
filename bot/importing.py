"""The commands `results import` and `responses import`: read a file, take its good rows in, name its bad ones.

Both answer the exit status: 0 when every row was taken in or known already, 1 when a row was bad or contradicts what is
known (all others are taken in all the same), 2 for a file that cannot be used.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Generic, TextIO, TypeVar

from tqdm import tqdm

from bot.tables import Row, Table, TableError, open_table
from handlers import imports
from handlers.intake import CONTRADICTION, CREATED, Taken
from handlers.intake_fields import Entry, FieldProblem
from handlers.setup import Setup
from storage.database import Database, Transaction
from storage.responses import Response

T = TypeVar("T")

_CHUNK = 500  # rows in a transaction: short enough for a service that runs beside
_OK, _BAD_ROWS, _UNUSABLE = 0, 1, 2


def import_results_file(
    database: Database,
    setup: Setup,
    path: Path,
    at: datetime,
    *,
    dry_run: bool,
    out: TextIO,
    err: TextIO,
    show_progress: bool,
) -> int:
    """Take in the returned dossiers of a file. Return the exit status."""
    task: _Task[Entry] = _Task(
        required=imports.RESULT_REQUIRED,
        optional=imports.RESULT_OPTIONAL,
        read=lambda row: imports.read_result_row(row.values, setup, at),
        key=lambda entry: entry.dossier.code,
        put=lambda tx, entries: imports.import_results(tx, setup, entries, at),
    )
    run = _Import(database=database, task=task, name=path.name, is_rehearsal=dry_run, out=out, err=err)
    return run.over(path, show_progress=show_progress)


def import_responses_file(
    database: Database,
    setup: Setup,
    path: Path,
    at: datetime,
    *,
    dry_run: bool,
    out: TextIO,
    err: TextIO,
    show_progress: bool,
) -> int:
    """Take in the paper forms of a file. Return the exit status."""
    seen: dict[str, int] = {}

    def read(row: Row) -> tuple[Response | None, tuple[FieldProblem, ...]]:
        form, problems = imports.read_response_row(row.values, setup, at)
        if form is None or row.problems:
            return None, problems
        return imports.name_form(setup, form, seen), ()

    task: _Task[Response] = _Task(
        required=imports.RESPONSE_REQUIRED,
        optional=imports.RESPONSE_OPTIONAL,
        read=read,
        key=lambda form: form.form_id or form.id,
        put=lambda tx, forms: imports.import_responses(tx, setup, forms, at),
    )
    run = _Import(database=database, task=task, name=path.name, is_rehearsal=dry_run, out=out, err=err)
    return run.over(path, show_progress=show_progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task(Generic[T]):
    """What is particular to a kind of file."""

    required: Sequence[str]
    optional: Sequence[str]
    read: Callable[[Row], tuple[T | None, tuple[FieldProblem, ...]]]
    key: Callable[[T], str]  # equal for rows that speak of the same thing
    put: Callable[[Transaction, Sequence[T]], list[Taken]]


class _Rehearsed(Exception):
    """Carries out of a transaction what would have come of it, and so undoes it."""

    def __init__(self, taken: list[Taken]) -> None:
        super().__init__()
        self.taken = taken


@dataclass(slots=True, kw_only=True)
class _Import(Generic[T]):
    """One run over one file."""

    database: Database
    task: _Task[T]
    name: str
    is_rehearsal: bool
    out: TextIO
    err: TextIO
    earlier: dict[str, list[T]] = field(
        default_factory=dict
    )  # of a rehearsal: what the chunks before would have left
    new: int = 0
    known: int = 0
    bad: int = 0

    def over(self, path: Path, *, show_progress: bool) -> int:
        try:
            with open_table(path, required=self.task.required, optional=self.task.optional) as table:
                for column in table.unknown:
                    self._tell(f"{self.name}: column {column} is not known and was left out")
                self._take_all(table, show_progress=show_progress)
        except TableError as error:
            self._tell(f"{self.name}: {error}")
            if self.new + self.known + self.bad:
                self._sum_up()
            return _UNUSABLE
        self._sum_up()
        return _BAD_ROWS if self.bad else _OK

    def _take_all(self, table: Table, *, show_progress: bool) -> None:
        with tqdm(total=table.total, file=self.err, unit=" rows", disable=not show_progress) as bar:
            for chunk in _chunks(table.rows):
                self._take_chunk(chunk)
                bar.update(len(chunk))

    def _take_chunk(self, chunk: Sequence[Row]) -> None:
        """Take in the good rows of a chunk in one transaction, then tell of the bad ones in their order."""
        good: list[tuple[int, T]] = []
        problems: dict[int, list[tuple[str, str]]] = {}
        for row in chunk:
            value, found = self.task.read(row)
            named = {column for column, _ in row.problems}
            wrong = [*row.problems, *((p.field, p.message) for p in found if p.field not in named)]
            if value is None or wrong:
                problems[row.number] = wrong
            else:
                good.append((row.number, value))
        for (number, _), taken in zip(good, self._put([value for _, value in good]), strict=True):
            if taken.status == CONTRADICTION:
                problems[number] = [(p.field, p.message) for p in taken.problems]
            elif taken.status == CREATED:
                self.new += 1
            else:
                self.known += 1
        self.bad += len(problems)
        for number in sorted(problems):
            for column, message in problems[number]:
                place = f"row {number}, column {column}" if column else f"row {number}"
                self._tell(f"{self.name} {place}: {message}")

    def _put(self, values: Sequence[T]) -> list[Taken]:
        if not values:
            return []
        if self.is_rehearsal:
            return self._rehearse(values)
        return self.database.write(lambda tx: self.task.put(tx, values))

    def _rehearse(self, values: Sequence[T]) -> list[Taken]:
        keys = {self.task.key(value) for value in values}
        before = [value for key in keys for value in self.earlier.get(key, ())]

        def work(tx: Transaction) -> None:
            raise _Rehearsed(self.task.put(tx, [*before, *values]))

        for value in values:
            self.earlier.setdefault(self.task.key(value), []).append(value)
        try:
            self.database.write(work)
        except _Rehearsed as rehearsed:
            return rehearsed.taken[len(before) :]
        raise LookupError("a rehearsal ended without its result")

    def _tell(self, line: str) -> None:
        tqdm.write(line, file=self.err)

    def _sum_up(self) -> None:
        total = self.new + self.known + self.bad
        would = "would be " if self.is_rehearsal else ""
        counts = f"{self.new} {would}new, {self.known} known already, {self.bad} bad"
        end = "; nothing was changed" if self.is_rehearsal else ""
        self.out.write(f"{self.name}: {total} rows: {counts}{end}\n")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
