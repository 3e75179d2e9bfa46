"""Running the service: web server and workers until a signal comes, then everything stops in order."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from aiohttp import web

from bot import workers
from bot.app import build_channels
from bot.runtime import Runtime
from bot.web.server import build_application

log = structlog.get_logger()


async def serve(
    runtime: Runtime, roles: tuple[str, ...], *, on_ready: Callable[[], None] | None = None
) -> None:
    """Run `roles` until SIGTERM or SIGINT. Raises OSError when the port is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(work) for work in _start_workers(runtime, roles)]
    runner = None
    try:
        if "web" in roles:
            runner = await _start_web(runtime)
        log.info("started", roles=list(roles))
        if on_ready is not None:
            on_ready()
        await stop.wait()
    finally:
        log.info("stopping")
        if runner is not None:
            await runner.cleanup()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(runtime.database.stop)


def _start_workers(
    runtime: Runtime, roles: tuple[str, ...]
) -> list[Coroutine[Any, Any, None]]:  # Any: asyncio's own
    telegram = runtime.config.telegram
    listed: list[Coroutine[Any, Any, None]] = []
    if "send" in roles:
        listed += [workers.send_for_ever(runtime, channel) for channel in build_channels(runtime)]
    if "poll" in roles and telegram.enabled and telegram.mode == "polling":
        listed.append(workers.poll_for_ever(runtime))
    if "web" in roles or "poll" in roles:
        listed.append(workers.retry_for_ever(runtime))
    if "schedule" in roles:
        listed.append(workers.schedule_for_ever(runtime))
    return listed


async def _start_web(runtime: Runtime) -> web.AppRunner:
    settings = runtime.config.web
    runner = web.AppRunner(build_application(runtime), access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
    except OSError:
        with contextlib.suppress(OSError):
            await runner.cleanup()
        raise
    return runner
