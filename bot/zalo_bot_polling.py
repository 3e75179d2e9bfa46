"""The loop that fetches updates of a Zalo bot where Zalo cannot call us.

The platform gives one update at a time and forgets it at once: it is stored before the next is asked for, and a stop
waits for that. What is sent while nobody asks is lost: the platform keeps nothing for later.
"""

import asyncio
import json
from dataclasses import dataclass

import structlog

from bot.channels.zalo_bot_updates import Misshapen, parse_bot_update
from bot.intaking import take_in
from bot.runtime import Runtime
from bot.workers import hold_lead, survive
from bot.zalo.bot_api import BotApi, BotReply
from handlers import operators
from storage.leadership import Leadership

_POLL_SECONDS = 30
_ANSWER_LATE = 15.0  # seconds an answer may come after that
_LEAD_AGAIN = 0.5
_AGAIN = 2.0  # seconds at most after trouble, a part of it by chance
_REFUSED_AGAIN = 30.0
_QUICK = 1.0  # an idle poll that ends sooner is followed by a pause
_LANDING = 4.0  # seconds to store what came when we are told to stop
log = structlog.get_logger()


async def poll_zalo_bot_for_ever(runtime: Runtime) -> None:
    """Fetch the bot's updates, as long as this process is the one that may. A rehearsal fetches none."""
    if not runtime.config.may_call_platforms:
        log.info("poll_left_out", mode=runtime.config.mode)
        await asyncio.Event().wait()
    poller = _Poller(runtime, BotApi(runtime.config.zalo_bot))
    leadership = Leadership(runtime.database, "poll-zalo_bot")
    try:
        while True:
            if await hold_lead(leadership):
                pause = await poller.round()
            else:
                pause, poller.is_open = _LEAD_AGAIN, False
            if pause:
                await asyncio.sleep(pause)
    finally:
        leadership.release()
        await poller.api.close()


@dataclass(slots=True)
class _Poller:
    """Asks for updates; `is_open` once no webhook stands in the way."""

    runtime: Runtime
    api: BotApi
    is_open: bool = False

    async def round(self) -> float:
        """Ask once and store what came. Return how many seconds to wait before asking again."""
        if not self.is_open:
            dropped = await self.api.call("deleteWebhook")
            self.is_open = dropped.code not in {None, 401, 429}  # none to delete is no trouble
            if not self.is_open:
                return await self._heed(dropped)
        loop = asyncio.get_running_loop()
        began = loop.time()
        asked = {"timeout": str(_POLL_SECONDS)}
        reply = await self.api.call("getUpdates", asked, patience=_POLL_SECONDS + _ANSWER_LATE)
        if reply.code == 0:
            await _keep(self.runtime, reply.result)
            return 0.0
        if reply.code == 408:  # nothing came
            return 0.0 if loop.time() - began > _QUICK else _QUICK / 10
        return await self._heed(reply)

    async def _heed(self, reply: BotReply) -> float:
        """Do what a refusal asks for. Return how many seconds to wait."""
        log.warning("poll_failed", channel="zalo_bot", fault=reply.fault)
        if reply.code == 401:
            await survive("poll", lambda: _tell_of_dead_token(self.runtime))
        if reply.code == 400:  # a webhook was set meanwhile
            self.is_open = False
        return _REFUSED_AGAIN if reply.code in {401, 429} else _AGAIN * self.runtime.chance()


async def _tell_of_dead_token(runtime: Runtime) -> None:
    at = runtime.clock()
    await runtime.write(lambda tx: operators.tell_of_dead_channel(tx, runtime.setup, "zalo_bot", at))


async def _keep(runtime: Runtime, result: object) -> None:
    """Store what came however long it takes: nobody has it any more. A stop gives it a few seconds."""
    storing = asyncio.create_task(_store_all(runtime, result if isinstance(result, list) else [result]))
    try:
        await asyncio.shield(storing)
    finally:
        await asyncio.wait({storing}, timeout=_LANDING)
        storing.cancel()


async def _store_all(runtime: Runtime, updates: list[object]) -> None:
    for update in updates:
        while not await survive("poll", lambda: _take_one(runtime, update)):  # noqa: B023 - awaited here
            log.warning("update_not_kept", channel="zalo_bot")


async def _take_one(runtime: Runtime, update: object) -> None:
    try:
        inbounds = parse_bot_update(update, bot_name=runtime.config.zalo_bot.name)
    except Misshapen as error:
        log.warning("update_misshapen", channel="zalo_bot", fault=str(error))
        return
    if inbounds:
        await take_in(runtime, inbounds, raw=json.dumps(update, ensure_ascii=False))
