"""Many citizens on Zalo at once, the real program, and the strict fake on a bad day: what they gave is what is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.database import Database
from storage.tables import answer_changes, answers, inbox_keys, outbox, parked
from tests.crash.citizens import read_export
from tests.crash.service import wait_until
from tests.fakes.zalo_deliveries import Delivery
from tests.requirements import IS_LONG, SQLITE_FIRST
from tests.zalo_plans import Plan
from tests.zalo_program import export, open_service, open_town, post_all_again

CITIZENS, READS = (200, 20.0) if IS_LONG else (12, 0.0)  # so many, each reading so many seconds at most
WITHIN = 2.0  # seconds in which Zalo wants its 200
LATE = " took "  # what the fake notes of an answer after that
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
def test_what_citizens_give_on_zalo_is_what_is_exported(
    new_database_url: str, tmp_path, record_testsuite_property
):
    with (
        open_service(tmp_path, new_database_url) as (zalo, service),
        open_town(zalo, service, CITIZENS, reads=READS) as town,
    ):
        town.fill_in()
        assert wait_until(lambda: is_all_sent(new_database_url), 120)
        assert zalo.settle(60)
        first, counts, shown = export(service, "1.jsonl"), count_kept(new_database_url), town.count_shown()
        again = post_all_again(zalo)
        assert wait_until(lambda: is_all_sent(new_database_url), 60)
        assert zalo.settle(60)
        second, shown_later = export(service, "2.jsonl"), town.count_shown()

    posts = [post for delivery in zalo.deliveries for post in delivery.posts]
    slowest = max(post.seconds for post in posts)
    figures = (
        f"{CITIZENS} citizens: {len(town.receipts)} receipts, {town.heard} events of theirs, {shown} messages, "
        f"{len(posts)} posts, {len(again)} of them an hour later; slowest answer {slowest:.2f} s; {counts}"
    )
    record_testsuite_property("zalo", figures)
    print(figures)  # noqa: T201 - the figure
    assert town.stuck == []
    assert [found for found in zalo.violations if LATE not in found] == []
    assert [one.refused for one in town.neighbours if one.refused] == []
    plans = {one.plan.dossier: one.plan for one in town.neighbours}
    assert {code: given_in(row) for code, row in first.items()} == {
        code: given_by(p) for code, p in plans.items()
    }
    kept = {dossier: row.receipt for dossier, row in read_export(new_database_url)}
    assert kept == town.receipts
    assert all(town.receipts.values())
    assert counts["inbox"] == town.heard  # no echo, no repetition, nothing forged was taken for a citizen
    assert counts["answers"] == CITIZENS * 10
    assert counts["changes"] == sum(is_other(plan) for plan in plans.values())
    assert statuses(zalo.deliveries, is_forged=False) == {200}
    assert statuses(zalo.deliveries, is_forged=True) == {401}
    assert (counts["parked"], counts["failed"]) == (0, 0)
    later = count_kept(new_database_url)
    assert later["unseen"] == 0
    assert (second, later | {"unseen": 0}, shown_later) == (first, counts | {"unseen": 0}, shown)
    assert slowest < WITHIN
    assert zalo.violations == []


Given = tuple[tuple[int | None, ...], str | None, bool | None, str]


def given_by(plan: Plan) -> Given:
    return plan.given, plan.comment, plan.wants_reply, "zalo"


def given_in(row: dict[str, Any]) -> Given:
    marks = tuple(row["answers"][f"3.{number}"] for number in range(1, 11))
    return marks, row["comment"], row["wants_reply"], row["channel"]


def is_other(plan: Plan) -> bool:
    return plan.given != plan.options


def statuses(deliveries: list[Delivery], *, is_forged: bool) -> set[int]:
    """The answers to what was signed wrongly, or to all the rest."""
    return {
        post.status
        for delivery in deliveries
        if (401 in delivery.how.right_answers) == is_forged
        for post in delivery.posts
    }


def count_kept(url: str) -> dict[str, int]:
    """Count what was taken in on Zalo, and what came of it."""
    told = outbox.c.state == "sent", outbox.c.channel == "zalo"
    queries = {
        "inbox": select(func.count()).select_from(inbox_keys).where(inbox_keys.c.channel == "zalo"),
        "answers": select(func.count()).select_from(answers),
        "changes": select(func.count()).select_from(answer_changes),
        "parked": select(func.count()).select_from(parked),
        "sent": select(func.count()).select_from(outbox).where(*told),
        "unseen": select(func.count()).select_from(outbox).where(*told, outbox.c.seen_at.is_(None)),
        "failed": select(func.count()).select_from(outbox).where(outbox.c.state.in_(("failed", "unknown"))),
    }
    database = Database(url)
    try:
        with database.reading() as tx:
            return {name: int(tx.execute(query).scalar_one()) for name, query in queries.items()}
    finally:
        database.stop()


def is_all_sent(url: str) -> bool:
    """Whether nothing is due to anybody on Zalo."""
    now = datetime.now(UTC) + timedelta(seconds=5)
    waiting = outbox.c.state.in_(("waiting", "sending")) & (outbox.c.not_before <= now)
    database = Database(url)
    try:
        with database.reading() as tx:
            query = select(func.count()).where(waiting, outbox.c.channel == "zalo")
            return int(tx.execute(query).scalar_one()) == 0
    finally:
        database.stop()
