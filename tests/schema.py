"""A database with the schema, at the price of a copy: migrations are tried by tests of their own, not by each."""

import contextlib
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from storage.database import Database
from storage.schema import found_version, migrate, wanted_version


def put_schema(url: str) -> None:
    """Bring the database of `url` to the schema; a new SQLite file becomes a copy of one that was migrated."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not path.exists():
        path.write_bytes(_migrated())
        return
    database = Database(url)
    try:
        if found_version(database.reader) != wanted_version():
            migrate(database.writer)
    finally:
        database.stop()


@cache
def _migrated() -> bytes:
    """Return a SQLite file that the migrations have made."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.db"
        database = Database(f"sqlite:///{path}")
        migrate(database.writer)
        database.stop()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()
