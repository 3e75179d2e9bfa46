"""Signs events and posts them to the product, again when they are not taken; in fast motion.

A delivery is waited for from a thread (`.wait()`) or in a coroutine (`await delivery`).
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Generator
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from tests.fakes.zalo_world import World

# Zalo posts again after 30 s, 5 min, 15 min, 30 min and 1 h: here a thousandth of it.
PAUSES = (0.03, 0.3, 0.9, 1.8, 3.6)
MOST_SECONDS = 2.0  # within which an answer is due
GIVES_UP_AFTER = 10.0
TAKEN = (200,)
REFUSED = (401, 403)


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The digest of X-ZEvent-Signature: plain SHA-256, no HMAC."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class How:
    """In which way an event is posted."""

    prefix: bool = True  # mac= before the digest
    header_timestamp: bool = False  # sign the time of a header instead of that in the body
    secret: str | None = None  # sign with another one
    signature: str | None = None  # this very header; "" for none
    raw: bytes | None = None  # these bytes instead of the event
    headers: dict[str, str] = field(default_factory=dict)
    copies: int = 1
    at_once: bool = False  # the copies in parallel
    delay: float = 0.0
    num_retry: int = 0  # as if it had been posted so many times before
    retry: bool = True
    expect: tuple[int, ...] | None = None  # right answers; taken, or refused when the signature is wrong

    @property
    def right_answers(self) -> tuple[int, ...]:
        """What a right product answers."""
        if self.expect is not None:
            return self.expect
        is_forged = self.secret is not None or self.signature is not None
        return REFUSED if is_forged else TAKEN


@dataclass(frozen=True, kw_only=True)
class Post:
    """One attempt; status 0 when there was no answer."""

    status: int
    seconds: float
    num_retry: int


class Delivery:
    """An event on its way."""

    def __init__(self, *, name: str, url: str, body: bytes, headers: dict[str, str], how: How) -> None:
        self.name = name
        self.url = url
        self.body = body
        self.headers = headers
        self.how = how
        self.posts: list[Post] = []
        self._done: Future[Delivery] = Future()

    @property
    def status(self) -> int:
        """The last answer; 0 when there was none."""
        return self.posts[-1].status if self.posts else 0

    @property
    def is_done(self) -> bool:
        """Whether no further attempt follows."""
        return self._done.done()

    def wait(self, timeout: float = 30.0) -> Self:
        """Wait in a thread that the product does not run in."""
        self._done.result(timeout)
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from asyncio.wrap_future(self._done).__await__()
        return self

    def finish(self) -> None:
        """Wake those who wait."""
        with contextlib.suppress(InvalidStateError):
            self._done.set_result(self)


def event_delivery(world: World, url: str, event: dict[str, Any], how: How) -> Delivery:
    """Sign an event of the Official Account."""
    body = (
        json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() if how.raw is None else how.raw
    )
    headers = {"Content-Type": "application/json", **how.headers}
    timestamp = str(event.get("timestamp", ""))
    if how.header_timestamp:
        headers["X-ZEvent-Timestamp"] = timestamp = str(int(world.now_ms()) + 1)
    secret = world.account.oa_secret if how.secret is None else how.secret
    digest = sign(world.account.app_id, body, timestamp, secret)
    signature = ("mac=" if how.prefix else "") + digest if how.signature is None else how.signature
    if signature:
        headers["X-ZEvent-Signature"] = signature
    return Delivery(name=event.get("event_name", ""), url=url, body=body, headers=headers, how=how)


class Poster:
    """Posts deliveries; lives on the event loop of the server."""

    def __init__(self, world: World) -> None:
        self.pauses: tuple[float, ...] = PAUSES
        self.most_seconds = MOST_SECONDS
        self.deliveries: list[Delivery] = []
        self._world = world
        self._session: ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to work, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._session = ClientSession(connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar())

    async def close(self) -> None:
        """Drop what is under way."""
        self._loop = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def start(self, delivery: Delivery) -> Delivery:
        """Set a delivery going, from any thread; one without an address is over at once."""
        with self._world.changed:
            self.deliveries.append(delivery)
        if self._loop is None or not delivery.url:
            delivery.finish()
        else:
            self._loop.call_soon_threadsafe(self._spawn, delivery)
        return delivery

    def _spawn(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._run(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._finish(delivery))

    def _finish(self, delivery: Delivery) -> None:
        with self._world.changed:
            delivery.finish()
            self._world.changed.notify_all()

    async def _run(self, delivery: Delivery) -> None:
        how = delivery.how
        await asyncio.sleep(how.delay)
        if how.at_once:
            await asyncio.gather(*(self._until_taken(delivery) for _ in range(how.copies)))
        else:
            for _ in range(how.copies):
                await self._until_taken(delivery)

    async def _until_taken(self, delivery: Delivery) -> None:
        pauses = self.pauses if delivery.how.retry else ()
        num_retry = delivery.how.num_retry
        post = await self._post(delivery, num_retry)
        for pause in pauses:
            if post.status in (*TAKEN, *REFUSED, *delivery.how.right_answers):
                break
            await asyncio.sleep(pause)
            num_retry += 1
            post = await self._post(delivery, num_retry)
        if post.status and post.status not in delivery.how.right_answers:
            self._world.note(f"webhook: {delivery.name or 'a probe'} was answered {post.status}")

    async def _post(self, delivery: Delivery, num_retry: int) -> Post:
        headers = delivery.headers | ({"num_retry": str(num_retry)} if num_retry else {})
        timeout, began, status = ClientTimeout(total=GIVES_UP_AFTER), monotonic(), 0
        if self._session is None:
            raise RuntimeError("the poster is not open")
        try:
            async with self._session.post(
                delivery.url, data=delivery.body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                await answer.read()
                status = answer.status
        except (ClientError, TimeoutError, OSError):
            status = 0
        seconds = monotonic() - began
        if seconds > self.most_seconds:
            self._world.note(f"webhook: {delivery.name or 'a probe'} took {seconds:.1f} s")
        post = Post(status=status, seconds=seconds, num_retry=num_retry)
        delivery.posts.append(post)
        return post
