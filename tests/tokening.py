"""Zalo's tokens in tests: a setup led to a fake Zalo, and as many "processes" as a test wants."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_config
from bot.runtime import Runtime
from bot.settings.channels import Zalo
from bot.zalo.tokens import Tokens
from bot.zalo.trouble import TokenTrouble
from handlers.setup import Chat, Setup
from storage import zalo_tokens
from storage.database import Database
from storage.tables import metadata
from storage.zalo_tokens import Kept
from tests import postgres
from tests.building import build_setup
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.fakes.zalo_oauth import TOKEN_PATH
from tests.running import ROOM, Clock, build_settings, write_settings
from tests.staffing import messages_to

NOBODY = "http://127.0.0.1:9"  # nothing listens there
PROBE_PATH = "/v2.0/oa/getoa"
_owners = itertools.count(1)


@cache
def token_setup() -> Setup:
    """Return the setup of the made-up department; its operator has a room on the web."""
    return build_setup(operator_chats=(Chat(channel="web", name=ROOM),))


def zalo_settings(fake: ZaloFake, *, with_pair: bool = True, **changes: Any) -> dict[str, Any]:
    """Return the section `zalo` of the settings; `with_pair` puts a fresh pair into it."""
    pair = dict(zip(("access_token", "refresh_token"), fake.issue_pair(), strict=True)) if with_pair else {}
    bases = {name: base for name, base in fake.bases.items() if name != "bot_base"}
    about = {name: getattr(ACCOUNT, name) for name in ("app_id", "app_secret", "oa_id", "oa_secret")}
    return {"enabled": True, **about, **bases, **pair, **changes}


@dataclass
class TokenDesk:
    """Zalo's tokens of one installation."""

    database: Database
    settings: Zalo
    fake: ZaloFake
    clock: Clock
    setup: Setup = field(default_factory=token_setup)
    steps: list[str] = field(default_factory=list)

    def process(
        self,
        *,
        patience: float = 5.0,
        step: Callable[[str], None] | None = None,
        database: Database | None = None,
        **settings: Any,
    ) -> Tokens:
        """Return the tokens as one more process sees them; `settings` differ from those of the others."""
        return Tokens(
            database=database or self.database,
            setup=self.setup,
            settings=self.settings.model_copy(update=settings),
            clock=self.clock,
            chance=lambda: 0.5,
            owner=f"process-{next(_owners)}",
            patience=patience,
            pause=self.pause,
            step=step or self.steps.append,
        )

    async def pause(self, seconds: float) -> None:
        """Let time pass on the clock, and the others go on."""
        self.pass_time(seconds=seconds)
        await asyncio.sleep(0.01)

    def pass_time(self, **spans: float) -> None:
        """Move the clock, the platform's too."""
        self.clock.at += timedelta(**spans)

    @property
    def kept(self) -> Kept:
        """The pair in the database."""
        with self.database.reading() as tx:
            found = zalo_tokens.find(tx, self.setup.vault, self.settings.app_id)
        assert found is not None
        return found

    @property
    def renewals(self) -> int:
        """How many requests came to the token endpoint."""
        return sum(call.path == TOKEN_PATH for call in self.fake.calls)

    @property
    def told(self) -> list[str]:
        """What the operator was told, oldest first."""
        return [message.text for message in messages_to(self, ROOM, "web")]  # type: ignore[arg-type]  # no more than a database and a setup is looked at

    def is_alive(self, access: str) -> bool:
        """Whether the platform takes that access token."""
        token = self.fake.world.access.get(access)
        return token is not None and not token.is_dead and not token.is_aged


@contextmanager
def open_desk(url: str) -> Iterator[TokenDesk]:
    """Give an installation with a fresh pair in its settings; what the platform blames it for fails the test."""
    clock = Clock()
    database = Database(url)
    metadata.create_all(database.writer)
    database.start()
    try:
        with ZaloFake(clock=lambda: clock().timestamp()) as fake:
            yield TokenDesk(database, Zalo.model_validate(zalo_settings(fake)), fake, clock)
            assert fake.violations == []
    finally:
        database.stop()


@contextmanager
def open_office(folder: Path, fake: ZaloFake, **zalo: Any) -> Iterator[Runtime]:
    """Give a program with its settings, enough for a command about tokens; no pair unless it is given."""
    url = f"sqlite:///{folder}/hailong.db"
    settings = build_settings(url, zalo=zalo_settings(fake, with_pair=False) | zalo)
    config = load_config(write_settings(folder, settings), {})
    database = Database(url)
    metadata.create_all(database.writer)
    database.start()
    try:
        yield Runtime(
            config=config, setup=token_setup(), database=database, clock=Clock(), chance=lambda: 0.5
        )
    finally:
        database.stop()


def desk_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the address of an empty database: SQLite, unless the test is parametrised with the other one."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{folder}/hailong.db"
    url: str = request.getfixturevalue("postgres_with_schema")
    postgres.empty(url)
    return url


async def trouble_of(work: Any) -> tuple[str, bool]:
    """Return how it failed: the fault, and whether a person is needed."""
    with pytest.raises(TokenTrouble) as caught:
        await work
    return caught.value.fault, caught.value.is_final


def claim_and_die(desk: TokenDesk, **ago: float) -> None:
    """Claim the renewal as a process does that is gone at once."""
    at, generation = desk.clock.at - timedelta(**ago), desk.kept.generation
    assert desk.database.write(
        lambda tx: zalo_tokens.claim(tx, ACCOUNT.app_id, generation, "somebody else", at)
    )
