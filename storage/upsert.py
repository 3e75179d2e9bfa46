"""Inserts that let the database decide races, written once for both databases."""

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(tx: Connection, table: Table) -> Insert:
    """Return an insert that does nothing when any unique key is taken; its rowcount tells (1 or 0)."""
    # Without preserve_rowcount SQLAlchemy closes an insert's cursor unread, and psycopg then says -1.
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return sqlite.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def insert_or_replace(
    tx: Connection, table: Table, keys: tuple[str, ...], columns: tuple[str, ...]
) -> Insert:
    """Return an insert that overwrites `columns` of the row that has the same `keys`."""
    if tx.dialect.name == "postgresql":
        put = postgresql.insert(table)
        return put.on_conflict_do_update(
            index_elements=list(keys), set_={c: put.excluded[c] for c in columns}
        )
    put_sqlite = sqlite.insert(table)
    return put_sqlite.on_conflict_do_update(
        index_elements=list(keys), set_={c: put_sqlite.excluded[c] for c in columns}
    )
