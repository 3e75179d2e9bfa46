"""The sender of one channel: claims what is due, keeps the platform's pace, notes how it went. One process holds it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot.channels.channel import Channel
from bot.metrics import SENT
from bot.pace import Pace
from bot.runtime import Runtime
from handlers import operators, outbound
from handlers.outbound import Answer, ChannelDown, Rejected, TryLater
from storage import outbox
from storage.database import DatabaseDown, Transaction
from storage.outbox import Claimed, Due, Lane

IN_FLIGHT = (
    16  # the client's throughput falls beyond that (measured: 600/s with 1, 400/s with 16, 280/s with 64)
)
LOOK_AGAIN = 0.5  # seconds: other processes put messages without ringing our bell
_LOOK_AHEAD = 200
_LANDING = 4.0  # seconds to finish when we are told to stop; the web server has three of the ten before
_BY_MODE = "mode"  # why a message was not sent: rehearsal, or a chat that is not in the pilot
T = TypeVar("T")
log = structlog.get_logger()


@dataclass(slots=True)
class Sender:
    """Sends what is due on one channel until it is told to stop."""

    runtime: Runtime
    channel: Channel
    flying: dict[int, "asyncio.Task[None]"] = field(default_factory=dict)  # address → the message on its way
    pace: Pace = field(init=False)
    bell: asyncio.Event = field(init=False)

    def __post_init__(self) -> None:
        self.pace = self.channel.make_pace()
        self.bell = self.runtime.bells.setdefault(self.channel.name, asyncio.Event())

    async def take_over(self) -> None:
        """Put back what a sender held that died, and prepare the platform."""
        released = await self._store(lambda tx: outbox.release_claims(tx, self.channel.name))
        log.info("sender_started", channel=self.channel.name, released=released)

    async def round(self) -> float:
        """Send what may go now. Return how many seconds to wait for the next round unless the bell rings."""
        self.bell.clear()
        at = self.runtime.clock()
        due = await self.runtime.read(
            lambda tx: outbox.find_due(tx, self.channel.name, at, limit=_LOOK_AHEAD)
        )
        picked, wait = self._pick(due)
        if not picked:
            return wait
        claimed = await self._store(lambda tx: outbound.claim_due(tx, self.runtime.setup, picked, at))
        now = asyncio.get_running_loop().time()
        for one in claimed:
            self.pace.take(self._chat(one.due), now)
            task = asyncio.create_task(self._send(one))
            self.flying[one.due.address_id] = task
        return wait

    async def land(self) -> None:
        """Wait for what is on its way; what hangs is left as it is and sent again by the next sender."""
        if not self.flying:
            return
        _, hanging = await asyncio.wait(list(self.flying.values()), timeout=_LANDING)
        for task in hanging:
            task.cancel()

    def _pick(self, due: list[Due]) -> tuple[list[Due], float]:
        now = asyncio.get_running_loop().time()
        picked: list[Due] = []
        wait = LOOK_AGAIN
        for entry in due:
            if entry.address_id in self.flying:
                continue
            if len(self.flying) + len(picked) >= IN_FLIGHT:
                break  # the one that lands rings the bell
            pause = self.pace.wait(self._chat(entry), now, is_live=entry.lane == Lane.LIVE)
            if pause > 0:
                wait = min(wait, pause)
            else:
                picked.append(entry)
        room = max(0, self.pace.per_second - self.pace.used(now))
        return picked[:room], wait if len(picked) <= room else min(wait, 0.05)

    def _chat(self, entry: Due) -> str:
        return f"-{entry.address_id}" if entry.is_group else str(entry.address_id)

    async def _send(self, claimed: Claimed) -> None:
        """Send one message and store how it went; until that is stored nothing else goes to the chat."""
        entry = claimed.due
        try:
            try:
                answer = await self._ask_channel(claimed)
            finally:
                self.pace.land(asyncio.get_running_loop().time())
            SENT.labels(channel=self.channel.name, answer=type(answer).__name__).inc()
            self._heed(entry, answer)
            is_kept = False
            while not is_kept:
                is_kept = await self._keep(claimed, answer)
        finally:
            self.flying.pop(entry.address_id, None)
            self.bell.set()

    async def _ask_channel(self, claimed: Claimed) -> Answer:
        """Ask the channel: the edge of the worker, a bug in a channel fails this message and no other."""
        if not self._is_allowed(claimed.name):
            return Rejected(_BY_MODE)
        try:
            return await self.channel.send(claimed)
        except Exception as error:
            log.exception("channel_failed", channel=self.channel.name, message=claimed.due.id)
            return Rejected(type(error).__name__)

    async def _keep(self, claimed: Claimed, answer: Answer) -> bool:
        """Store how a message went. Where what follows from it fails, at least that; False when not even that."""
        entry, channel = claimed.due, self.channel.name
        try:
            try:
                await self._store(lambda tx: self._finish(tx, claimed, answer))
            except DatabaseDown:
                raise
            except Exception as error:
                log.exception("answer_not_followed", channel=channel, message=entry.id)
                at, fault = self.runtime.clock(), type(error).__name__
                await self._store(lambda tx: outbound.finish_bare(tx, entry, answer, at, fault=fault))
        except Exception as error:  # tried again until it is stored: a claim blocks its chat
            fault = str(error) if isinstance(error, DatabaseDown) else type(error).__name__
            log.warning("answer_not_kept", channel=channel, message=entry.id, fault=fault)
            await asyncio.sleep(1.0)
            return False
        return True

    def _is_allowed(self, name: str) -> bool:
        return not self.channel.is_platform or self.runtime.config.may_write_to(self.channel.name, name)

    def _heed(self, entry: Due, answer: Answer) -> None:
        now = asyncio.get_running_loop().time()
        match answer:
            case TryLater(_, after, _) if after is not None:
                self.pace.hold(self._chat(entry), now + after + 0.2)
                self.pace.hold("", now + 1.0)
            case ChannelDown():
                self.pace.hold("", now + 30.0)
            case Rejected(fault) if fault != _BY_MODE:
                log.warning("message_rejected", channel=self.channel.name, message=entry.id, fault=fault)

    def _finish(self, tx: Transaction, claimed: Claimed, answer: Answer) -> None:
        at, setup = self.runtime.clock(), self.runtime.setup
        jitter = self.runtime.chance()
        outbound.finish(tx, setup, claimed, answer, channel=self.channel.name, at=at, jitter=jitter)
        match answer:
            case ChannelDown(fault, is_told=False):
                operators.tell_of_dead_channel(tx, setup, self.channel.name, at, fault=fault)
            case TryLater("Quota"):
                operators.tell_of_used_up(tx, setup, self.channel.name, at)

    async def _store(self, work: Callable[[Transaction], T]) -> T:
        """Write without ringing the bells: it is our own doing."""
        return await asyncio.wrap_future(self.runtime.database.submit(work))
