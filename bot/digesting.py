"""Making and posting the digests that are due: figures read, files drawn outside the writer, posted in one transaction."""

import asyncio
from datetime import datetime

import structlog

from bot.packing import PACK, make_files, make_pack
from bot.runtime import Runtime
from handlers import digests, posting
from reports.figures import Report
from reports.periods import Kind, Period
from storage.database import Transaction

log = structlog.get_logger()


KINDS: dict[str, Kind] = {"quarterly_digest": "quarter", "yearly_digest": "year"}  # by job


async def post_digests(runtime: Runtime, kind: Kind, at: datetime, *, is_again: bool = False) -> int | None:
    """Post the digest of every quarter, or year, that is over and has none. Return to how many chats; None: none was due.

    `is_again` posts that of the last one that is over once more, when none is due.
    """
    setup = runtime.setup
    due = await runtime.read(lambda tx: digests.due_periods(tx, setup, at, kind))
    if not due and is_again:
        due = [digests.last_over(setup, at, kind)]
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
    files = await asyncio.to_thread(_make_files, runtime, report, at)

    def post(tx: Transaction) -> int:
        return posting.post_digest(tx, setup, report, files, at, is_again=is_again)

    posted = await runtime.write(post)
    log.info("digest_posted", period=period.id, chats=posted)
    return posted


def _make_files(runtime: Runtime, report: Report, at: datetime) -> dict[str, bytes]:
    files = make_files(report, runtime.setup.language)
    if report.period.kind == "year":
        files[PACK] = make_pack(runtime, report.period, report.unit, files, at=at)
    return files
