"""`/healthz`, `/readyz`, `/metrics`: alive, able to work, and how much."""

from datetime import datetime, timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.metrics import OUTBOX, REGISTRY, WRITER_QUEUE
from bot.runtime import Runtime
from bot.web.answers import answer
from bot.web.keys import RUNTIME
from storage import outbox
from storage.database import DatabaseDown, Transaction
from storage.schema import found_version_of, wanted_version

STUCK_AFTER = timedelta(minutes=5)  # a due message nobody has tried to send
_MAX_QUEUE = 5_000


def routes() -> list[web.RouteDef]:
    """Return the routes for whoever watches the service."""
    return [web.get("/healthz", _healthz), web.get("/readyz", _readyz), web.get("/metrics", _metrics)]


async def _healthz(_request: web.Request) -> web.Response:
    return answer({"status": "alive"})


async def _readyz(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    problems = await _find_problems(runtime)
    if problems:
        return answer({"status": "not ready", "problems": problems}, 503)
    return answer({"status": "ready"})


async def _find_problems(runtime: Runtime) -> list[str]:
    if runtime.database.waiting > _MAX_QUEUE:
        return ["the queue of the writer is long"]

    at = runtime.clock()

    def look(tx: Transaction) -> tuple[str | None, datetime | None]:
        return found_version_of(tx), outbox.oldest_untried_at(tx, list(runtime.setup.channels), at)

    try:
        version, oldest = await runtime.read(look)
    except DatabaseDown:
        return ["the database cannot be reached"]
    if version != wanted_version():
        return ["the database has another schema version; run: hailong migrate"]
    if oldest is not None and at - oldest > STUCK_AFTER:
        return ["messages wait and nobody sends them; is a process with the role send running?"]
    return []


async def _metrics(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    WRITER_QUEUE.set(runtime.database.waiting)
    OUTBOX.clear()
    for (channel, state), count in (await runtime.read(outbox.count_by_state)).items():
        OUTBOX.labels(channel=channel, state=state).set(count)
    return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
