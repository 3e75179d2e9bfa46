"""Connections and transactions: one writer thread with group commit, readers on connections of their own.

A commit is what costs, so everything that waits at the same moment shares one: each piece of work runs in a savepoint
of its own and its caller hears of success only after the commit. On PostgreSQL every process does the same.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")
Transaction: TypeAlias = Connection  # what use cases pass on: they know no SQLAlchemy
Work = Callable[[Connection], T]

_BATCH = 64  # pieces of work in one commit
_QUEUE = 10_000
_BUSY_MS = 30_000


class DatabaseDown(Exception):
    """The database cannot be reached or refuses to write."""


class NotADatabase(DatabaseDown):
    """The file is there, but it is no SQLite database, or a damaged one."""


def work_alone(tx: Transaction, work: Callable[[], T]) -> T | Exception:
    """Run `work` in a savepoint of its own. Return its result, or the error that undid it and nothing else."""
    try:
        with tx.begin_nested():
            return work()
    except OperationalError:
        raise  # the whole transaction is in doubt
    except Exception as error:  # noqa: BLE001 - told to the caller, who logs it; what comes next goes on
        return error


@contextmanager
def told_as_down() -> Iterator[None]:
    """Turn the errors of a database that does not work into DatabaseDown or NotADatabase."""
    try:
        yield
    except OperationalError as error:
        raise DatabaseDown(type(error.orig).__name__) from error
    except DatabaseError as error:
        if type(error.orig) is sqlite3.DatabaseError:  # its subclasses are about a statement
            raise NotADatabase(str(error.orig)) from error
        raise


def read_clock(tx: Transaction) -> datetime | None:
    """Return what the clock of the database's machine shows; None on SQLite, which has none of its own."""
    if tx.dialect.name != "postgresql":
        return None
    shown: datetime = tx.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return shown


@dataclass(slots=True)
class _Piece:
    work: Work[Any]  # Any: each caller knows the type of its own result
    future: "Future[Any]"


class Database:
    """A database and its writer thread. Start it with `start`, end it with `stop`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._write_engine = _open(url, is_writer=True)
        self._read_engine = _open(url, is_writer=False)
        self._queue: queue.Queue[_Piece | None] = queue.Queue(_QUEUE)
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @property
    def reader(self) -> Engine:
        """The engine for reading."""
        return self._read_engine

    @property
    def writer(self) -> Engine:
        """The engine for writing; only for migrations and imports that run by themselves."""
        return self._write_engine

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for the writer."""
        return self._queue.qsize()

    def start(self) -> None:
        """Start the writer thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then close all connections."""
        self._is_closed = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._write_engine.dispose()
        self._read_engine.dispose()

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queue `work`; the future has its result once it is committed, or the error that undid it."""
        if self._is_closed or self._thread is None:
            raise DatabaseDown("the writer is not running")
        piece = _Piece(work=work, future=Future())
        try:
            self._queue.put_nowait(piece)
        except queue.Full:
            raise DatabaseDown("too much waits for the writer") from None
        return piece.future

    def write(self, work: Work[T]) -> T:
        """Run `work` in the writer and return its result after the commit."""
        return self.submit(work).result()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database. Raises DatabaseDown."""
        with told_as_down(), self._read_engine.connect() as connection, connection.begin():
            yield connection

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, is_last = self._gather(first)
            self._commit([piece for piece in batch if piece.future.set_running_or_notify_cancel()])
            if is_last:
                return

    def _gather(self, first: _Piece) -> tuple[list[_Piece], bool]:
        batch = [first]
        while len(batch) < _BATCH:
            try:
                piece = self._queue.get_nowait()
            except queue.Empty:
                break
            if piece is None:
                return batch, True
            batch.append(piece)
        return batch, False

    def _commit(self, batch: list[_Piece]) -> None:
        """Run the pieces in one transaction; when the transaction itself fails, each in one of its own."""
        outcomes = _Outcomes()
        try:
            with self._write_engine.begin() as tx:
                for piece in batch:
                    outcomes.run(piece, tx)
        except DBAPIError as error:
            if len(batch) > 1 and not error.connection_invalidated:
                for piece in batch:
                    self._commit([piece])
                return
            _fail(batch, type(error.orig).__name__)
            return
        except Exception as error:  # noqa: BLE001 - the writer must live; whatever it is, its callers hear of it
            _fail(batch, type(error).__name__)
            return
        outcomes.settle()


def _fail(batch: list[_Piece], fault: str) -> None:
    for piece in batch:
        piece.future.set_exception(DatabaseDown(fault))


@dataclass(slots=True)
class _Outcomes:
    """What the pieces of one transaction came to, told to the callers after the commit."""

    done: list[tuple["Future[Any]", Any]] = field(default_factory=list)
    failed: list[tuple["Future[Any]", BaseException]] = field(default_factory=list)

    def run(self, piece: _Piece, tx: Connection) -> None:
        savepoint = tx.begin_nested()
        try:
            result = piece.work(tx)
            savepoint.commit()
        except OperationalError:
            raise  # a deadlock, a full disk, a lost connection: the whole transaction is in doubt
        except BaseException as error:  # noqa: BLE001 - told to the caller, who decides; the others of the batch go on
            savepoint.rollback()
            self.failed.append((piece.future, error))
        else:
            self.done.append((piece.future, result))

    def settle(self) -> None:
        for future, result in self.done:
            future.set_result(result)
        for future, error in self.failed:
            future.set_exception(error)


def _open(url: str, *, is_writer: bool) -> Engine:
    if not url.startswith("sqlite"):
        level = (
            "READ COMMITTED" if is_writer else "REPEATABLE READ"
        )  # a reader sees one state of the database
        return create_engine(url, pool_pre_ping=True, pool_size=4, isolation_level=level)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    begin = "BEGIN IMMEDIATE" if is_writer else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # Any: the driver's own connection
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()
