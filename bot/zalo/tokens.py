"""The living access token of the Official Account: read from the database, renewed in time, by one process only.

Every process reads the same row, so a pair that one has renewed, or a person has brought, is everybody's at once. How a
renewal goes is in `bot.zalo.renewal`; here stand who renews, who waits, and when the next attempt may be made.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.runtime import Runtime
from bot.settings.channels import Zalo
from bot.zalo import alerts, oauth
from bot.zalo.renewal import Means, renew_claimed
from bot.zalo.trouble import TokenTrouble
from handlers.setup import Setup
from storage import zalo_tokens
from storage.database import Database, DatabaseDown, Transaction
from storage.zalo_tokens import Kept, Pair

EARLY = timedelta(hours=6)  # before its end an access token of 25 hours is renewed
UNKNOWN_LIFE = timedelta(hours=12)  # after which one is renewed whose end nobody has said
LEFT_AFTER = timedelta(
    seconds=45
)  # a claim not held for so long has no owner: a request takes 20, a probe 10
REFRESH_LIFE = timedelta(days=90)  # three months, at least
ENDING_AFTER = timedelta(days=76)
_LONG_TROUBLE = timedelta(minutes=10)
_LONGEST_PAUSE = 60.0  # seconds between attempts
_LOOK_AGAIN = 0.2
_LOOKS = 150  # at somebody else's renewal: 30 seconds
_MANY = 3  # renewals within _LONG_TROUBLE because tokens were refused that had just been issued
_LANDING = 4.0  # seconds for a renewal under way when the service ends
NO_PAIR = "NoPair"
log = structlog.get_logger()


@dataclass(slots=True)
class _Trouble:
    """Attempts that came to nothing, for one generation."""

    generation: int
    since: datetime
    tries: int = 0
    not_before: datetime | None = None
    fault: str = ""


def build_tokens(runtime: Runtime) -> "Tokens":
    """Return the tokens of the settings; every channel of a process shares one."""
    return Tokens(
        database=runtime.database,
        setup=runtime.setup,
        settings=runtime.config.zalo,
        clock=runtime.clock,
        chance=runtime.chance,
        owner=f"{os.getpid()}-{secrets.token_hex(8)}",
    )


def configured_pair(settings: Zalo, at: datetime) -> Pair | None:
    """Return the pair of the settings, None when there is none. Without an access token it is renewed before use."""
    if settings.refresh_token is None:
        return None
    access = settings.access_token.get_secret_value() if settings.access_token else ""
    return Pair(
        access=access,
        refresh=settings.refresh_token.get_secret_value(),
        issued_at=at,
        expires_at=None if access else at,
    )


class Tokens:
    """The access token to call with. `owner` names this process and no other; `chance` gives a number in [0, 1)."""

    def __init__(
        self,
        *,
        database: Database,
        setup: Setup,
        settings: Zalo,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        owner: str,
        patience: float = oauth.PATIENCE,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        step: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._means = Means(
            database=database,
            setup=setup,
            settings=settings,
            clock=clock,
            owner=owner,
            patience=patience,
            pause=pause,
            step=step,
        )
        self._chance = chance
        self._is_seeded = False
        self._running: tuple[int, asyncio.Task[TokenTrouble | None]] | None = None
        self._trouble: _Trouble | None = None
        self._refused = 0  # the generation whose access token Zalo has refused
        self._refusals: list[datetime] = []

    async def access(self) -> str:
        """Return the living access token. Raises TokenTrouble."""
        with _database_trouble():
            kept = await self._get()
            if _is_over(kept, self._means.clock()):
                kept = await self._follow(kept)
            return kept.access

    async def renew(self, stale: str) -> str:
        """Return the access token that follows `stale`, which Zalo has refused. Raises TokenTrouble."""
        with _database_trouble():
            kept = await self._get()
            if kept.access != stale:
                return kept.access
            if self._refused != kept.generation:
                await self._count_refusal()
                self._refused = kept.generation
            return (await self._follow(kept)).access

    async def keep_fresh(self) -> None:
        """Renew when it is time, settle what a dead process has left, and tell the operator what she must know."""
        means, at = self._means, self._means.clock()
        kept = await self._find()
        if kept is None:
            await means.write(lambda tx: alerts.tell_of_no_pair(tx, means.setup, at))
            return
        if kept.fault is not None:
            generation, fault = kept.generation, kept.fault
            await means.write(
                lambda tx: alerts.tell_to_authorize(
                    tx, means.setup, generation=generation, fault=fault, at=at
                )
            )
            return
        if _is_due(kept, at) and await self._attempt(kept.generation) is None:
            return
        ends_at = kept.pair.issued_at + REFRESH_LIFE
        if at - kept.pair.issued_at > ENDING_AFTER:
            await means.write(lambda tx: alerts.tell_of_ending(tx, means.setup, ends_at=ends_at, at=at))

    async def close(self) -> None:
        """Let a renewal under way finish: its answer comes only once."""
        if self._running is not None and not self._running[1].done():
            await asyncio.wait([self._running[1]], timeout=_LANDING)

    async def _find(self) -> Kept | None:
        """Read the pair, after taking the configured one when that is new. A running process does that only once:
        two of them with different settings would throw out each other's pairs.
        """
        means = self._means
        if not self._is_seeded:
            pair = configured_pair(means.settings, means.clock())
            if pair is not None:
                vault, app_id = means.setup.vault, means.settings.app_id
                if await means.write(lambda tx: zalo_tokens.seed(tx, vault, app_id, pair)):
                    log.info("zalo_pair_taken_from_settings")
            self._is_seeded = True
        return await means.find()

    async def _get(self) -> Kept:
        kept = await self._find()
        if kept is None:
            raise TokenTrouble(NO_PAIR, is_final=True)
        if kept.fault is not None:
            raise TokenTrouble(kept.fault, is_final=True)
        return kept

    async def _follow(self, kept: Kept) -> Kept:
        """Return the pair that follows."""
        trouble = await self._attempt(kept.generation)
        if trouble is not None:
            raise TokenTrouble(trouble.fault, is_final=trouble.is_final)
        return await self._get()

    async def _attempt(self, generation: int) -> TokenTrouble | None:
        """Bring on the pair after `generation`. In a task of its own: whoever waits may be cancelled, it may not."""
        while self._running is not None and not self._running[1].done():
            number, task = self._running
            trouble = await asyncio.shield(task)
            if number == generation:
                return trouble
        task = asyncio.create_task(self._bring_on(generation))
        self._running = (generation, task)
        return await asyncio.shield(task)

    async def _bring_on(self, generation: int) -> TokenTrouble | None:
        at, trouble = self._means.clock(), self._trouble
        if trouble is not None and trouble.generation != generation:
            trouble = self._trouble = None
        if trouble is not None and trouble.not_before is not None and at < trouble.not_before:
            await self._tell_of_trouble(trouble)
            return TokenTrouble(trouble.fault, is_final=False)
        met = await self._claim_or_wait(generation)
        if met is None or met.is_final:
            self._trouble = None
            return met
        if trouble is None:
            trouble = self._trouble = _Trouble(generation, since=at)
        trouble.tries += 1
        trouble.fault = met.fault
        wait = min(_LONGEST_PAUSE, 2.0**trouble.tries) * (0.5 + self._chance() / 2)
        trouble.not_before = self._means.clock() + timedelta(seconds=wait)
        log.warning("zalo_not_renewed", generation=generation, fault=met.fault, tries=trouble.tries)
        await self._tell_of_trouble(trouble)
        return met

    async def _claim_or_wait(self, generation: int) -> TokenTrouble | None:
        """Renew, or wait for the process that does. None when a later pair is there."""
        means, has_waited = self._means, False
        for _ in range(_LOOKS):
            kept, at = await means.find(), means.clock()
            if kept is None:
                return TokenTrouble(NO_PAIR, is_final=True)
            if kept.generation != generation:
                return None
            if kept.fault is not None:
                return TokenTrouble(kept.fault, is_final=True)
            is_left = kept.renewing_at is not None and _is_left(kept.renewing_at, at)
            if kept.renewing_at is None and has_waited:
                return TokenTrouble("NotRenewed", is_final=False)
            if kept.renewing_at is not None and not is_left:
                has_waited = True
            elif await self._claim(kept, at):
                return await renew_claimed(means, kept, was_left=is_left)
            await means.pause(_LOOK_AGAIN)
        return TokenTrouble("StillRenewing", is_final=False)

    async def _claim(self, kept: Kept, at: datetime) -> bool:
        """Claim the renewal, or take it from whoever left it. False when another was quicker."""
        means, left_at, number = self._means, kept.renewing_at, kept.generation
        app_id, owner = means.settings.app_id, means.owner

        def claim(tx: Transaction) -> bool:
            if left_at is None:
                return zalo_tokens.claim(tx, app_id, number, owner, at)
            return zalo_tokens.take_over(tx, app_id, number, owner, at=at, left_at=left_at)

        means.step("claiming")
        is_ours = await means.write(claim)
        means.step("claimed")
        return is_ours

    async def _tell_of_trouble(self, trouble: _Trouble) -> None:
        """Tell the operator once it lasts, or as soon as nothing can be sent any more."""
        means, at = self._means, self._means.clock()
        kept = await means.find()
        is_over = kept is not None and (_is_over(kept, at) or self._refused == kept.generation)
        if is_over or at - trouble.since >= _LONG_TROUBLE:
            fault = trouble.fault
            await means.write(lambda tx: alerts.tell_of_renewal_trouble(tx, means.setup, fault=fault, at=at))

    async def _count_refusal(self) -> None:
        """Refuse to renew again and again: where Zalo refuses new tokens, newer ones do not help."""
        means, at = self._means, self._means.clock()
        self._refusals = [when for when in self._refusals if at - when < _LONG_TROUBLE]
        if len(self._refusals) >= _MANY:
            fault = "NewTokensRefused"
            await means.write(lambda tx: alerts.tell_of_renewal_trouble(tx, means.setup, fault=fault, at=at))
            raise TokenTrouble(fault, is_final=False)
        self._refusals.append(at)


@contextlib.contextmanager
def _database_trouble() -> Iterator[None]:
    try:
        yield
    except DatabaseDown as error:
        raise TokenTrouble("DatabaseDown", is_final=False) from error


def _is_over(kept: Kept, at: datetime) -> bool:
    return kept.pair.expires_at is not None and kept.pair.expires_at <= at


def _is_left(renewing_at: datetime, at: datetime) -> bool:
    """Whether the owner of a claim is dead; one in the future was made by a clock that was wrong."""
    return abs(at - renewing_at) > LEFT_AFTER


def _is_due(kept: Kept, at: datetime) -> bool:
    """Whether to renew now. A token that lives shorter than Zalo says today is renewed in its last quarter."""
    if kept.renewing_at is not None:
        return _is_left(kept.renewing_at, at)
    issued_at, expires_at = kept.pair.issued_at, kept.pair.expires_at
    if expires_at is None:
        return at - issued_at >= UNKNOWN_LIFE
    return expires_at - at < min(EARLY, (expires_at - issued_at) / 4)
