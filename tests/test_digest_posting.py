"""The digest reaches the office by itself: once, late rather than never, with its files; and answers when it is asked."""

import asyncio
import contextlib
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.job_runs import find_digest_hour, is_due, run_job
from bot.runtime import Runtime
from bot.web.server import build_application
from handlers.outbound import claim_due
from handlers.posting import LINK_LIFE
from scheduler.jobs import JOBS, Job
from storage.outbox import find_due, release_claims
from storage.report_files import load_files
from storage.report_tables import report_files
from tests.running import Clock, build_settings, open_runtime
from tests.staffing import OFFICE, UNIT, Clerk, complain, messages_to

JOB, YEARLY = (
    next(job for job in JOBS if job.name == name) for name in ("quarterly_digest", "yearly_digest")
)
CRON = "0 8 15 3,6,9,12 *"
CUT = datetime(2026, 12, 15, 1, 0, tzinfo=UTC)  # 08:00 in the department


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Drawing takes seconds: one database is enough, what is claimed is tested on both elsewhere."""
    return f"sqlite:///{tmp_path}/hailong.db"


@pytest.fixture
def office(database_url: str, tmp_path: Path):
    """The program with six forms of the last quarter, and a clock that can be moved."""
    clock = Clock()
    with open_runtime(tmp_path, build_settings(database_url), clock=clock) as runtime:
        for person in range(6):
            complain(runtime, person=3000 + person, reply="no", q3_3=5 if person == 0 else 1)
        yield runtime, clock


def run(runtime: Runtime, at: datetime, *, is_again: bool = False, job: Job = JOB) -> int | None:
    return asyncio.run(run_job(runtime, job, at, is_again=is_again))


def test_a_quarter_that_is_over_is_posted_once_with_its_charts_and_files(office):
    runtime, clock = office
    clock.at = CUT

    assert run(runtime, CUT) == 1
    assert run(runtime, CUT) is None

    texts = [m.text for m in messages_to(runtime, OFFICE) if m.text.startswith("Quý IV/2026")]
    assert len(texts) == 1
    assert len(texts[0]) <= 2000
    attached = [m.attachment for m in messages_to(runtime, OFFICE) if m.attachment]
    assert [one.count(",") + 1 for one in attached] == [4, 1, 1]


def test_a_year_that_is_over_is_posted_once_with_its_evidence_pack(office):
    runtime, clock = office
    clock.at = CUT

    assert run(runtime, CUT, job=YEARLY) == 1
    assert run(runtime, CUT + timedelta(days=400), job=YEARLY) == 1  # the next year, late
    assert run(runtime, CUT + timedelta(days=400), job=YEARLY) is None

    texts = [m.text for m in messages_to(runtime, OFFICE) if m.text.startswith("Năm 2026: hài lòng")]
    assert len(texts) == 1
    attached = [m.attachment for m in messages_to(runtime, OFFICE) if m.attachment][:4]
    assert [one.count(",") + 1 for one in attached] == [4, 1, 1, 1]
    with runtime.database.reading() as tx:
        [pack] = load_files(tx, [int(attached[-1].removeprefix("stored:"))])
    assert pack.name == "evidence.zip"
    names = ZipFile(BytesIO(pack.body)).namelist()
    assert {"2026/report.docx", "2026-Q4/report.json", "MANIFEST.txt", "phuong-phap.txt"} <= set(names)


def test_two_missed_quarters_give_two_digests_and_each_once(office):
    runtime, clock = office
    clock.at = late = CUT + timedelta(days=150)  # 2026-Q4 and 2027-Q1 are over

    assert asyncio.run(is_due(runtime, JOB, CRON, late))
    assert run(runtime, late) == 2
    assert not asyncio.run(is_due(runtime, JOB, CRON, late))

    firsts = [m.text.splitlines()[0] for m in messages_to(runtime, OFFICE) if m.text.startswith("Quý")]
    assert [one.partition(":")[0] for one in firsts] == ["Quý IV/2026", "Quý I/2027"]


def test_a_digest_whose_day_is_off_comes_on_the_next_working_day_if_set_so(office, tmp_path):
    runtime, _ = office
    settings = build_settings(f"sqlite:///{tmp_path}/b.db", reporting={"digest_on_working_day": True})
    monday = datetime(2027, 3, 15, 1, 0, tzinfo=UTC)
    sunday = datetime(2026, 11, 15, 1, 0, tzinfo=UTC)
    (tmp_path / "other").mkdir()
    with open_runtime(tmp_path / "other", settings) as moved:
        cron = "0 8 15 * *"

        assert find_digest_hour(moved, cron, monday) == monday
        assert find_digest_hour(moved, cron, sunday) == datetime(2026, 10, 15, 1, 0, tzinfo=UTC)
        assert find_digest_hour(moved, cron, sunday + timedelta(hours=23)) < sunday
        assert find_digest_hour(moved, cron, sunday + timedelta(days=1)) == sunday
    assert find_digest_hour(runtime, cron, sunday) == sunday


def test_again_posts_it_once_more(office):
    runtime, clock = office
    clock.at = CUT
    run(runtime, CUT)

    assert run(runtime, CUT, is_again=True) == 1


def test_before_its_hour_it_is_not_due_and_after_a_night_off_it_still_is(office):
    runtime, _ = office

    def due(at: datetime) -> bool:
        return asyncio.run(is_due(runtime, JOB, CRON, at))

    assert not due(CUT - timedelta(minutes=1))
    assert due(CUT)
    assert due(CUT + timedelta(days=20))
    run(runtime, CUT + timedelta(days=20))
    assert not due(CUT + timedelta(days=20))


def test_the_buttons_and_the_command_answer_in_the_office_and_nowhere_else(office):
    runtime, clock = office
    clock.at = CUT
    run(runtime, CUT)
    clerk, stranger = Clerk(runtime, chat=OFFICE), Clerk(runtime, chat=UNIT, person=777)

    for part in ("units", "procedures", "complaints", "why"):
        clerk.press_report("2026-Q4", f"digest={part}")
    shown = messages_to(runtime, OFFICE)[-4:]
    assert "Phòng Quản lý thương mại" in shown[0].text
    assert all(len(message.text) <= 2000 for message in shown)
    clerk.type("/baocao 2026-Q4")
    assert messages_to(runtime, OFFICE)[-1].text.startswith("Quý IV/2026")
    clerk.type("/baocao quý ba")

    before = len(messages_to(runtime, UNIT))
    assert stranger.press_report("2026-Q4", "digest=units")
    stranger.type("/baocao 2026-Q4")
    assert len(messages_to(runtime, UNIT)) == before


class Killed(Exception):
    """The process ends here."""


class Mortal(Runtime):
    """A program that dies before its `left`-th write."""

    left = 0

    async def write(self, work):
        Mortal.left -= 1
        if Mortal.left < 0:
            raise Killed
        return await super().write(work)


@pytest.mark.parametrize("step", range(4))
def test_killed_at_any_step_it_is_there_once_or_once_more_and_says_so(office, step: int):
    runtime, clock = office
    clock.at, Mortal.left = CUT, step
    mortal = Mortal(**{field.name: getattr(runtime, field.name) for field in fields(runtime)})
    with contextlib.suppress(Killed):
        run(mortal, CUT)
    run(runtime, CUT)

    texts = [m.text for m in messages_to(runtime, OFFICE) if m.text.startswith("Quý IV/2026")]
    assert len(texts) == 1
    with runtime.database.reading() as tx:
        due = find_due(tx, "telegram", CUT, limit=100)
    first = runtime.database.write(lambda tx: claim_due(tx, runtime.setup, due, CUT))
    runtime.database.write(lambda tx: release_claims(tx, "telegram"))
    again = runtime.database.write(lambda tx: claim_due(tx, runtime.setup, due, CUT))
    sent, sent_again = (
        [one.load()[0] for one in claims if one.load()[1] == "r2026-Q4"] for claims in (first, again)
    )
    assert not any(message.note for message in sent)
    assert sent_again
    assert all("Gửi lại" in message.note for message in sent_again)


async def test_a_chat_without_files_gets_links_that_expire(tmp_path, aiohttp_client):
    clock = Clock()
    settings = build_settings(f"sqlite:///{tmp_path}/a.db", office={"chats": ["web:van-phong"]})
    with open_runtime(tmp_path, settings, clock=clock) as runtime:
        await asyncio.to_thread(complain, runtime, person=3000, reply="no")
        clock.at = CUT
        await run_job(runtime, JOB, CUT)
        [text, files, *_] = [m.text for m in messages_to(runtime, "van-phong", "web")]
        links = [line.partition(": ")[2] for line in files.splitlines() if "/tep/" in line]
        assert len(text) <= 2000
        assert len(files) <= 2000
        client: TestClient = await aiohttp_client(build_application(runtime))
        path = links[0].removeprefix("https://khaosat.example")

        answer = await client.get(path)
        assert answer.status == 200
        with runtime.database.reading() as tx:
            bodies = set(tx.execute(select(report_files.c.body)).scalars())
        assert await answer.read() in bodies
        assert (await client.get(path[:-1] + ("0" if path[-1] != "0" else "1"))).status == 404
        clock.at = CUT + LINK_LIFE + timedelta(seconds=1)
        assert (await client.get(path)).status == 404
