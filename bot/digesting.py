"""Making and posting the digests that are due: figures read, files drawn outside the writer, posted in one transaction."""

import asyncio
from datetime import datetime

import structlog

from bot.runtime import Runtime
from bot.texts import load_report_texts
from handlers import digests, posting
from reports.periods import Period
from reports.render import write_all
from storage.database import Transaction

log = structlog.get_logger()


async def post_digests(runtime: Runtime, at: datetime, *, is_again: bool = False) -> int | None:
    """Post the digest of every period that is over and has none. Return to how many chats; None when none was due.

    `is_again` posts that of the last quarter that is over once more, when none is due.
    """
    setup = runtime.setup
    due = await runtime.read(lambda tx: digests.due_periods(tx, setup, at))
    if not due and is_again:
        due = [digests.last_over(setup, at)]
    if not due:
        return None
    posted = 0
    for period in due:
        posted += await _post(runtime, period, at, is_again=is_again)
    return posted


async def _post(runtime: Runtime, period: Period, at: datetime, *, is_again: bool) -> int:
    setup = runtime.setup
    computed = await runtime.read(lambda tx: digests.get_report(tx, setup, period, at))
    report = computed
    if computed.frozen_on is None:
        report = await runtime.write(lambda tx: digests.keep(tx, setup, computed, at))
    files = await asyncio.to_thread(write_all, report, load_report_texts(setup.language))

    def post(tx: Transaction) -> int:
        return posting.post_digest(tx, setup, report, files, at, is_again=is_again)

    posted = await runtime.write(post)
    log.info("digest_posted", period=period.id, chats=posted)
    return posted
