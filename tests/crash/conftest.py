"""A service in a process of its own, on a new database and a fake Telegram."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.service import Service, free_port
from tests.fakes.telegram import FakeTelegram
from tests.running import INTEGRITY, OFFICE, STAFF, build_settings, write_settings


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    """Telegram, with the chats of the department."""
    with FakeTelegram() as fake:
        for group in (STAFF, OFFICE, INTEGRITY):
            fake.add_group(group)
        yield fake


@pytest.fixture
def service(new_database_url: str, tmp_path: Path, fake: FakeTelegram) -> Iterator[Service]:
    """The service with its schema, not yet started. Whatever still runs at the end is killed."""
    settings = build_settings(new_database_url, api_base=fake.base_url)
    service = Service(write_settings(tmp_path, settings), free_port())
    service.migrate()
    yield service
    service.kill()
