"""PostgreSQL for tests: databases that are made for one test beside HAILONG_TEST_POSTGRES, or on a server found here."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from storage.tables import metadata
from tests.requirements import require

NEEDED = "PostgreSQL (HAILONG_TEST_POSTGRES=postgresql://…, or a server on 127.0.0.1:5432 or its socket)"
LOCAL = (
    "postgresql://postgres@127.0.0.1:5432/postgres",
    "postgresql:///postgres?host=/var/run/postgresql",
    "postgresql://postgres@/postgres?host=/var/run/postgresql",
)


@cache
def find_server() -> str | None:
    """Return the address of a database on a server that lets us make others, None when there is none."""
    given = os.environ.get("HAILONG_TEST_POSTGRES")
    return next((url for url in ([given] if given else LOCAL) if _may_create(url)), None)


@contextmanager
def fresh_database() -> Iterator[str]:
    """Give the address of a new, empty database; it is dropped afterwards, whoever uses it."""
    server = require(find_server(), NEEDED)
    name = f"hailong_test_{secrets.token_hex(6)}"
    _execute(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(url: str) -> None:
    """Delete every row but the schema's version, after ending whatever an earlier test left connected."""
    with connect(url) as connection:
        end_connections(connection)
        with connection.transaction():
            for table in reversed(metadata.sorted_tables):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))


def end_connections(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    """End all other connections to the database of `connection`, as a restart of the server does; return how many."""
    rows = connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchall()
    return len(rows)


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """Return a connection of the test's own, each statement a transaction."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)


def _may_create(url: str) -> bool:
    try:
        with connect(url) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return row is not None and bool(row[0])


def _execute(server: str, statement: sql.Composed) -> None:
    with connect(server) as connection:
        connection.execute(statement)
