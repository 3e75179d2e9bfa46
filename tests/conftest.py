"""What many tests start from: an address of an empty database, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime import Runtime
from storage.database import Database
from storage.schema import migrate
from tests import postgres
from tests.building import open_database
from tests.requirements import IS_LONG
from tests.running import build_settings, open_runtime

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests marked `long` out unless they are asked for."""
    for item in items:
        if item.get_closest_marker("long") and not IS_LONG:
            item.add_marker(pytest.mark.skip(reason="HAILONG_LONG=1 runs it"))


@pytest.fixture(scope="session")
def postgres_with_schema() -> Iterator[str]:
    """The address of a PostgreSQL database with the schema, emptied before each test: quicker than a new one."""
    with postgres.fresh_database() as url:
        database = Database(url)
        migrate(database.writer)
        database.stop()
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a new SQLite file, or a PostgreSQL database with the schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hailong.db"
    url: str = request.getfixturevalue("postgres_with_schema")
    postgres.empty(url)
    return url


@pytest.fixture(params=BOTH)
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without schema, for programs of their own processes."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/hailong.db"
        return
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A started database with the schema and the official form."""
    database = open_database(database_url)
    yield database
    database.stop()


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The program put together on the made-up department's settings; its clock stands still."""
    with open_runtime(tmp_path, build_settings(database_url)) as runtime:
        yield runtime
