"""Renewing a pair that this process has claimed, so that at any moment there is a usable pair, or a fault of which the
operator was told in the same transaction.

Where nobody knows whether Zalo has renewed, the old access token tells: it dies with the renewal. A refresh token that
may have been used is sent again only when the old access token shows that it was not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from bot.settings.channels import Zalo
from bot.zalo import account, alerts, oauth
from bot.zalo.trouble import TokenTrouble
from handlers.setup import Setup
from storage import zalo_tokens
from storage.database import Database, DatabaseDown, Transaction
from storage.zalo_tokens import Kept, Pair

T = TypeVar("T")
TRIES = 3  # requests under one claim
_SETTLING = 3.0  # seconds for a request whose connection broke to be done, or not
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What it takes to renew. `step` hears the name of each step before it is taken: tests end the process there."""

    database: Database
    setup: Setup
    settings: Zalo
    clock: Callable[[], datetime]
    owner: str  # of this process and nobody else
    patience: float
    pause: Callable[[float], Awaitable[None]]
    step: Callable[[str], None]

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in the writer; returns after the commit."""
        return await asyncio.wrap_future(self.database.submit(work))

    async def find(self) -> Kept | None:
        """Read the pair."""

        def read() -> Kept | None:
            with self.database.reading() as tx:
                return zalo_tokens.find(tx, self.setup.vault, self.settings.app_id)

        return await asyncio.to_thread(read)


async def renew_claimed(means: Means, kept: Kept, *, was_left: bool) -> TokenTrouble | None:
    """Renew. `was_left`: whoever claimed it before has died, perhaps after asking. None when the next pair is kept."""
    fault = "RenewalLeft"
    if was_left:
        trouble = await _settle(means, kept)
        if trouble is not None:
            return trouble
    for number in range(TRIES):
        if (number or was_left) and not await _hold(means, kept):
            return TokenTrouble("ClaimLost", is_final=False)
        means.step("asking")
        answer = await oauth.refresh(means.settings, kept.pair.refresh, patience=means.patience)
        means.step("answered")
        match answer:
            case oauth.Issued():
                await _keep(means, kept, answer)
                return None
            case oauth.Refused(fault):
                return await _give_up(means, kept, fault)
            case oauth.NotDone(fault, is_unsent=True):
                break
            case oauth.NotDone(fault):
                await means.pause(float(2**number))
            case oauth.Unanswered(fault):
                log.warning("zalo_renewal_unanswered", fault=fault)
                await means.pause(_SETTLING)
                trouble = await _settle(means, kept)
                if trouble is not None:
                    return trouble
    return await _put_off(means, kept, fault)


async def _settle(means: Means, kept: Kept) -> TokenTrouble | None:
    """Find out whether Zalo has renewed. None when it certainly has not; the claim stays while nobody knows."""
    means.step("probing")
    asked = await account.ask(means.settings.api_base, "/v2.0/oa/getoa", kept.access)
    means.step("probed")
    if asked.code in {0, account.EXPIRED}:
        return None
    if asked.code == account.DEAD:
        return await _give_up(means, kept, "PairLost")
    return TokenTrouble(asked.fault, is_final=False)


async def _hold(means: Means, kept: Kept) -> bool:
    means.step("holding")
    at, app_id = means.clock(), means.settings.app_id
    return await means.write(lambda tx: zalo_tokens.hold(tx, app_id, kept.generation, means.owner, at))


async def _keep(means: Means, kept: Kept, issued: oauth.Issued) -> None:
    """Commit the new pair, however long the database takes: until then it is nowhere but here."""
    at = means.clock()
    pair = Pair(
        access=issued.access,
        refresh=issued.refresh,
        issued_at=at,
        expires_at=None if issued.lasts is None else at + issued.lasts,
    )

    def keep(tx: Transaction) -> bool:
        means.step("storing")
        vault, app_id = means.setup.vault, means.settings.app_id
        is_kept = zalo_tokens.store(tx, vault, app_id, kept.generation, pair)
        means.step("stored")
        return is_kept

    is_kept: bool | None = None
    while is_kept is None:
        try:
            is_kept = await means.write(keep)
        except DatabaseDown as error:
            log.error("zalo_pair_not_kept_yet", fault=str(error))  # noqa: TRY400 - tried again until it is kept
            await means.pause(1.0)
    means.step("committed")
    log.info("zalo_renewed", generation=kept.generation + 1, is_kept=is_kept)


async def _give_up(means: Means, kept: Kept, fault: str) -> TokenTrouble:
    """Note the fault and tell the operator, both or neither."""
    at = means.clock()

    def note(tx: Transaction) -> bool:
        means.step("faulting")
        app_id, generation = means.settings.app_id, kept.generation
        if not zalo_tokens.put_fault(tx, app_id, generation, means.owner, fault=fault, at=at):
            return False
        means.step("telling")
        alerts.tell_to_authorize(tx, means.setup, generation=generation, fault=fault, at=at)
        means.step("told")
        return True

    if not await means.write(note):
        return TokenTrouble("ClaimLost", is_final=False)
    means.step("faulted")
    log.error("zalo_must_be_authorized", generation=kept.generation, fault=fault)
    return TokenTrouble(fault, is_final=True)


async def _put_off(means: Means, kept: Kept, fault: str) -> TokenTrouble:
    """Give the claim back; the pair is as it was."""
    means.step("releasing")
    app_id = means.settings.app_id
    await means.write(lambda tx: zalo_tokens.release(tx, app_id, kept.generation, means.owner))
    means.step("released")
    return TokenTrouble(fault, is_final=False)
