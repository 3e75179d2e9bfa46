"""The schema's version, and bringing a database to it."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from storage.database import told_as_down

_MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def wanted_version() -> str:
    """Return the schema version this program needs."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head


def found_version(engine: Engine) -> str | None:
    """Return the schema version of the database, None when it has no schema. Raises DatabaseDown."""
    with told_as_down(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine) -> str:
    """Bring the database to the version this program needs and return it. Safe to run twice and from two processes.

    Raises DatabaseDown.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with told_as_down(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7205759403792793601)")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return wanted_version()


def found_version_of(tx: Connection) -> str | None:
    """Return the schema version seen on an open connection."""
    return MigrationContext.configure(tx).get_current_revision()
