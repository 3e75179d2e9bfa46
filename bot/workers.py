"""The loops that run beside the web server: senders, poller, retries, scheduler. Each survives whatever happens in it."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.app import build_telegram
from bot.channels.channel import Channel
from bot.channels.parsing import parse_again
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_updates import Misshapen, parse_update
from bot.intaking import take_in
from bot.job_runs import is_due, run_job
from bot.runtime import Runtime
from bot.sender import Sender
from handlers import operators
from handlers.inbound import receive
from scheduler.jobs import Job
from scheduler.runner import start_scheduler
from storage import inbox
from storage.database import Transaction
from storage.inbox import Parked
from storage.leadership import Leadership

_RETRY_EVERY = 5.0
_LEAD_AGAIN = 0.5
_REFUSED_AGAIN = 30.0
log = structlog.get_logger()


async def send_for_ever(runtime: Runtime, channel: Channel) -> None:
    """Send what is due on a channel, as long as this process is the one that may."""
    sender = Sender(runtime, channel)
    leadership = Leadership(runtime.database, f"send-{channel.name}")
    leads = False
    try:
        while True:
            if not await hold_lead(leadership):
                leads = False
                await asyncio.sleep(_LEAD_AGAIN)
                continue
            if not leads:
                leads = await survive("take_over", sender.take_over)
                if runtime.config.may_call_platforms or not channel.is_platform:
                    preparing = asyncio.create_task(channel.prepare())
                    preparing.add_done_callback(lambda task: task.cancelled() or task.exception())
                continue
            wait = 1.0

            async def round_once() -> None:
                nonlocal wait
                wait = await sender.round()

            await survive("send", round_once)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    wait
                ):  # wait_for of Python 3.11 can swallow the cancellation that ends us
                    await sender.bell.wait()
    finally:
        await sender.land()
        leadership.release()
        await channel.close()


async def poll_for_ever(runtime: Runtime) -> None:
    """Fetch Telegram's updates: stored first, then the offset is raised. A rehearsal fetches none."""
    if not runtime.config.may_call_platforms:
        log.info("poll_left_out", mode=runtime.config.mode)
        await asyncio.Event().wait()
    channel = build_telegram(runtime)
    leadership = Leadership(runtime.database, "poll-telegram")
    offset, is_open = 0, False
    try:
        while True:
            if not await hold_lead(leadership):
                is_open = False
                await asyncio.sleep(_LEAD_AGAIN)
                continue
            try:
                if not is_open:
                    await channel.drop_webhook()
                    is_open = True
                updates = await channel.fetch_updates(offset)
            except InvalidToken:
                log.error("poll_refused", fault="InvalidToken")  # noqa: TRY400 - its trace would hold the token
                await survive("poll", lambda: _tell_of_dead_token(runtime))
                await asyncio.sleep(_REFUSED_AGAIN)
                continue
            except TelegramError as error:
                log.warning("poll_failed", fault=type(error).__name__)
                await asyncio.sleep(1.0 + runtime.chance())
                continue
            except Exception as error:
                log.exception("worker_failed", worker="poll", fault=type(error).__name__)
                await asyncio.sleep(_RETRY_EVERY)
                continue
            if await survive("poll", lambda: _take_all(runtime, channel, updates)):  # noqa: B023 - awaited here
                offset = max([offset, *(_update_id(update) + 1 for update in updates)])
    finally:
        leadership.release()
        await channel.close()


async def _tell_of_dead_token(runtime: Runtime) -> None:
    at = runtime.clock()
    await runtime.write(lambda tx: operators.tell_of_dead_channel(tx, runtime.setup, "telegram", at))


async def _take_all(runtime: Runtime, channel: TelegramChannel, updates: list[object]) -> None:
    """Take in what came, all before the offset is raised; the writer keeps their order."""
    await asyncio.gather(*(_take_one(runtime, channel, update) for update in updates))


async def _take_one(runtime: Runtime, channel: TelegramChannel, update: object) -> None:
    try:
        inbounds = parse_update(update)
    except Misshapen as error:
        log.warning("update_misshapen", fault=str(error))
        return
    if not inbounds:
        return
    outcome = await take_in(runtime, inbounds, raw=json.dumps(update, ensure_ascii=False))
    callback = next((inbound.callback for inbound in inbounds if inbound.callback), "")
    may_answer = runtime.config.may_write_to("telegram", inbounds[0].name)
    if callback and may_answer and not outcome.is_repeated:
        answering = asyncio.create_task(channel.answer_press(callback, outcome.toast))
        _answering.add(answering)
        answering.add_done_callback(_answering.discard)


_answering: set["asyncio.Task[None]"] = set()


def _update_id(update: object) -> int:
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if isinstance(found, int) else -1


async def retry_for_ever(runtime: Runtime) -> None:
    """Try again what could not be handled when it came, then set it aside and tell the operator."""
    while True:
        await survive("retry", lambda: _retry(runtime))
        await asyncio.sleep(_RETRY_EVERY)


async def _retry(runtime: Runtime) -> None:
    at = runtime.clock()
    for entry in await runtime.read(lambda tx: inbox.find_retries(tx, at)):
        try:
            await runtime.write(lambda tx, entry=entry: _handle_again(tx, runtime, entry))  # type: ignore[misc]  # default
        except Exception as error:
            fault = type(error).__name__
            log.exception("retry_failed", channel=entry.channel, key=entry.key, fault=fault)
            await runtime.write(lambda tx, entry=entry, fault=fault: _note(tx, runtime, entry, fault))  # type: ignore[misc]


def _handle_again(tx: Transaction, runtime: Runtime, entry: Parked) -> None:
    payload = json.loads(inbox.open_raw(runtime.setup.vault, entry))
    inbounds = parse_again(runtime.config, entry.channel, payload)
    late = [replace(inbound, late_since=entry.created_at) for inbound in inbounds]
    receive(tx, runtime.setup, late, runtime.clock())
    inbox.finish_retry(tx, entry)


def _note(tx: Transaction, runtime: Runtime, entry: Parked, fault: str) -> None:
    at = runtime.clock()
    if inbox.retry_or_park(tx, entry, fault, at):
        operators.tell_of_parked(tx, runtime.setup, at)


async def schedule_for_ever(runtime: Runtime) -> None:
    """Run the jobs at their hours, as long as this process is the one that may."""
    leadership = Leadership(runtime.database, "schedule")
    crons = runtime.config.schedule.model_dump()

    async def run(job: Job) -> None:
        if not await asyncio.to_thread(leadership.hold):
            return
        at = runtime.clock()
        if not await is_due(runtime, job, crons[job.name], at):
            return
        done = await run_job(runtime, job, at)
        if done:
            log.info("job_done", job=job.name, done=done)

    scheduler = start_scheduler(crons, runtime.setup.timezone, run)
    try:
        await asyncio.Event().wait()
    finally:
        scheduler.shutdown(wait=False)
        leadership.release()


async def hold_lead(leadership: Leadership) -> bool:
    """Take or keep the lock; when the database is in trouble it is not ours."""
    is_held = False

    async def hold() -> None:
        nonlocal is_held
        is_held = await asyncio.to_thread(leadership.hold)

    await survive("lead", hold)
    return is_held


async def survive(what: str, work: Callable[[], Awaitable[None]]) -> bool:
    """Do `work`: the edge of the workers, a failure is logged and the loop goes on. True when it went well."""
    try:
        await work()
    except Exception as error:
        log.exception("worker_failed", worker=what, fault=type(error).__name__)
        await asyncio.sleep(1.0)
        return False
    return True
