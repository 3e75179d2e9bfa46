"""Running the service: web server and workers until a signal comes, then everything stops in order."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog
from aiohttp import web

from bot import workers
from bot.app import build_channels
from bot.channels.zalo_bot import is_hooked
from bot.runtime import Runtime
from bot.web.server import build_application
from bot.zalo.freshness import keep_fresh_for_ever
from bot.zalo.tokens import build_tokens
from bot.zalo_bot_polling import poll_zalo_bot_for_ever

log = structlog.get_logger()


class WorkerEnded(Exception):
    """A worker ended by itself, which none ever should; the message names it and the kind of error."""


async def serve(
    runtime: Runtime, roles: tuple[str, ...], *, on_ready: Callable[[], None] | None = None
) -> None:
    """Run `roles` until SIGTERM or SIGINT. Raises OSError when the port is taken, WorkerEnded when a worker dies."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks: list[asyncio.Task[None]] = []
    runner = None
    try:
        if "web" in roles:  # first: where the port is taken nothing else is begun
            runner = await _start_web(runtime)
        tasks = [
            asyncio.create_task(work, name=name) for name, work in _start_workers(runtime, roles).items()
        ]
        for task in tasks:
            task.add_done_callback(lambda _task: stop.set())
        log.info("started", roles=list(roles))
        if on_ready is not None:
            on_ready()
        await stop.wait()
        _check_alive(tasks)
    finally:
        log.info("stopping")
        if runner is not None:
            await runner.cleanup()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(runtime.database.stop)


def _check_alive(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Raise WorkerEnded for a worker that ended while the service was to run."""
    for task in tasks:
        if task.done():
            error = None if task.cancelled() else task.exception()
            fault = type(error).__name__ if error is not None else "no error"
            log.error("worker_ended", worker=task.get_name(), fault=fault, exc_info=error)
            raise WorkerEnded(f"{task.get_name()} ended ({fault}); the log says more")


def _start_workers(
    runtime: Runtime, roles: tuple[str, ...]
) -> dict[str, Coroutine[Any, Any, None]]:  # Any: asyncio's own
    telegram = runtime.config.telegram
    listed: dict[str, Coroutine[Any, Any, None]] = {}
    tokens = build_tokens(runtime) if runtime.config.zalo.enabled else None
    if tokens is not None and {"send", "schedule"} & set(roles):
        listed["zalo-tokens"] = keep_fresh_for_ever(runtime, tokens)
    if "send" in roles:
        for channel in build_channels(runtime, tokens):
            listed[f"send-{channel.name}"] = workers.send_for_ever(runtime, channel)
    if "poll" in roles and telegram.enabled and telegram.mode == "polling":
        listed["poll-telegram"] = workers.poll_for_ever(runtime)
    if "poll" in roles and runtime.config.zalo_bot.enabled and not is_hooked(runtime.config):
        listed["poll-zalo_bot"] = poll_zalo_bot_for_ever(runtime)
    if "web" in roles or "poll" in roles:
        listed["retry"] = workers.retry_for_ever(runtime)
    if "schedule" in roles:
        listed["schedule"] = workers.schedule_for_ever(runtime)
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
