"""One sender, one poller, one scheduler at a time: a lock that ends with the process that holds it.

On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock on a connection of its own.
"""

import fcntl
import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database


@dataclass(slots=True)
class Leadership:
    """A claim to be the only one doing `role` on this database."""

    database: Database
    role: str
    _file: IO[bytes] | None = field(default=None, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _asking: threading.Lock = field(
        default_factory=threading.Lock, init=False
    )  # two threads would shut each other out

    def hold(self) -> bool:
        """Take or keep the lock. False when another process has it, or the connection that held it was lost."""
        with self._asking:
            return self._hold_file() if self.database.is_sqlite else self._hold_advisory()

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._drop_connection()

    def _hold_file(self) -> bool:
        if self._file is not None:
            return True
        path = Path(self.database.url.removeprefix("sqlite:///"))
        file = path.with_name(f"{path.name}.{self.role}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def _hold_advisory(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.exec_driver_sql("SELECT 1")
                return True
            self._connection = self.database.reader.connect().execution_options(isolation_level="AUTOCOMMIT")
            number = int.from_bytes(
                hashlib.blake2b(self.role.encode(), digest_size=8).digest(), "big", signed=True
            )
            taken = self._connection.execute(
                text("SELECT pg_try_advisory_lock(:n)"), {"n": number}
            ).scalar_one()
        except DBAPIError:
            self._drop_connection()
            return False
        if not taken:
            self._drop_connection()
        return bool(taken)

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
