"""Zalo's refresh token serves once: four processes at the same moment, and a process that ends at any step of a renewal.

Whatever happens there is a usable pair afterwards, or the operator was told what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.settings.channels import Zalo
from storage import zalo_tokens
from storage.database import Database
from storage.tables import metadata
from tests.crash.renewing import KILLED, Nursery, build_tokens
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.fakes.zalo_oauth import TOKEN_PATH
from tests.requirements import IS_LONG, SQLITE_FIRST
from tests.running import ROOM
from tests.staffing import messages_to
from tests.tokening import NOBODY, token_setup, zalo_settings

pytestmark = pytest.mark.slow
PROCESSES, MESSAGES = 4, 50
HALF_A_DAY = 13 * 3600.0  # after which the first pair is renewed
LATER = 60.0  # seconds until somebody looks after a dead process


@dataclass(frozen=True)
class Course:
    """How a renewal may go: what Zalo does, and whether a person is needed in the end when nobody dies."""

    faults: tuple = ()
    is_lost: bool = False
    is_left: bool = False  # a process had died before, having claimed
    was_done: bool = False  # and Zalo had renewed for it
    is_away: bool = False  # nothing listens at the token endpoint


COURSES = {
    "all goes well": Course(),
    "the answer is lost": Course(("drop",), is_lost=True),
    "the answer comes too late": Course((("late", 0.6),), is_lost=True),
    "the connection is cut": Course(("reset",)),
    "no answer comes": Course((("hang", 0.6),)),
    "refused with status 200": Course((("error", -14014),), is_lost=True),
    "an empty field": Course((("answer", {"access_token": "a", "refresh_token": ""}),), is_lost=True),
    "a web page": Course(("not_json",), is_lost=True),
    "a server stumbles once": Course((("http", 500),)),
    "a server stumbles": Course((("http", 503),) * 3),
    "Zalo is away": Course(is_away=True),
    "left before asking": Course(is_left=True),
    "left after asking": Course(is_left=True, was_done=True, is_lost=True),
}
IN_FLIGHT = [(fault, ms) for fault in (("late", 0.25), ("delay", 0.25)) for ms in (1, 20, 60, 120, 200, 240)]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """The process that forks the others."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@dataclass
class Place:
    """One installation that is emptied before each renewal."""

    url: str
    database: Database
    fake: ZaloFake
    nursery: Nursery
    setup = token_setup()

    def begin(self, course: Course) -> dict:
        """Empty everything and give the settings of a pair that is due, `course` ahead of it."""
        with self.database.writer.begin() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(table.delete())
        self.fake.clear_faults()
        settings = zalo_settings(self.fake)
        at = datetime.now(UTC)
        with self.database.writer.begin() as tx:
            pair = zalo_tokens.Pair(
                access=settings["access_token"],
                refresh=settings["refresh_token"],
                issued_at=at,
                expires_at=None,
            )
            zalo_tokens.seed(tx, self.setup.vault, ACCOUNT.app_id, pair)
            if course.is_left:
                zalo_tokens.claim(tx, ACCOUNT.app_id, 1, "dead", at)
        if course.was_done:
            self.fake.world.refresh[pair.refresh].is_dead = True
            self.fake.issue_pair()
        for fault in course.faults:
            self.fake.inject(TOKEN_PATH, 1, fault)
        return settings | ({"oauth_base": NOBODY} if course.is_away else {})

    def run(self, settings: dict, **how) -> int:
        """Let a process renew; return its exit status."""
        self.nursery.fork(kind="renew", url=self.url, zalo=settings, seconds=HALF_A_DAY, **how)
        [status] = self.nursery.wait()
        return status

    async def look(self, settings: dict) -> str:
        """Say how things stand after those who live have looked a while later: usable, told, or neither."""
        self.fake.clear_faults()
        with self.fake.world.changed:  # what was asked is done or not by then
            assert self.fake.world.changed.wait_for(
                lambda: all(call.is_done for call in self.fake.world.calls), 5
            )
        values = Zalo.model_validate(settings | {"oauth_base": self.fake.bases["oauth_base"]})
        tokens = build_tokens(self.database, values, step=lambda _name: None, seconds=HALF_A_DAY + LATER)
        await tokens.keep_fresh()
        with self.database.reading() as tx:
            kept = zalo_tokens.find(tx, self.setup.vault, ACCOUNT.app_id)
        assert kept is not None
        if kept.fault is not None:
            lines = [message.text for message in messages_to(self, ROOM, "web")]  # type: ignore[arg-type]  # see tokening
            is_told = len(lines) == 1 and "hailong zalo authorize" in lines[0]
            return "told" if is_told else f"told {len(lines)} times of {kept.fault}"
        token = self.fake.world.access.get(await tokens.access())
        return "usable" if token is not None and not token.is_dead else "neither"


@contextmanager
def open_place(url: str, nursery: Nursery) -> Iterator[Place]:
    database = Database(url)
    metadata.create_all(database.writer)
    database.start()
    try:
        with ZaloFake() as fake:
            yield Place(url, database, fake, nursery)
            assert fake.violations == []
    finally:
        database.stop()


@pytest.fixture
def place(new_database_url, nursery) -> Iterator[Place]:
    """An installation."""
    with open_place(new_database_url, nursery) as place:
        yield place


def test_fifty_messages_from_four_processes_as_the_token_ends_ask_once(place: Place):
    settings = place.begin(Course()) | {"requests_per_minute": 2000}
    person = place.fake.add_person(has_written=True)
    place.fake.expire_access()
    counts = [len(range(number, MESSAGES, PROCESSES)) for number in range(PROCESSES)]

    for name, count in enumerate(counts):
        place.nursery.fork(kind="send", url=place.url, zalo=settings, name=name, count=count, person=person)
    failed = place.nursery.wait()

    assert failed == [0] * PROCESSES
    assert sum(call.path == TOKEN_PATH for call in place.fake.calls) == 1
    assert len({message.text for message in place.fake.messages(person)}) == MESSAGES


@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
async def test_whoever_dies_at_any_step_leaves_a_usable_pair_or_a_call_for_help(place: Place, tmp_path):
    points = []
    for name, course in COURSES.items():
        settings = place.begin(course)
        file = tmp_path / "steps"
        assert place.run(settings, steps=str(file)) == 0
        expected = "told" if course.is_lost else "usable"
        assert (name, await place.look(settings)) == (name, expected)
        points += [(name, course, number, step) for number, step in enumerate(file.read_text().split())]
    assert len(points) + len(IN_FLIGHT) >= 100, len(points)

    wrong: list[object] = []
    for name, course, number, step in points if IS_LONG else points[::5]:
        settings = place.begin(course)
        status = place.run(settings, end_at=number)
        found = await place.look(settings)
        if (
            status != KILLED
            or found not in ("told", "usable")
            or (found == "told" and not may_be_lost(course, step))
        ):
            wrong.append((name, number, step, status, found))
    for fault, ms in IN_FLIGHT if IS_LONG else IN_FLIGHT[::5]:
        settings = place.begin(Course((fault,)))
        status = place.run(settings, end_after_ms=ms)
        found = await place.look(settings)
        if status not in (KILLED, 0) or found not in ("told", "usable"):
            wrong.append((fault, ms, status, found))
    assert wrong == []


def may_be_lost(course: Course, step: str) -> bool:
    """Whether a person may be needed after a death at that step: the new pair was in nobody's hands but the dead one's."""
    return course.is_lost or step in {"answered", "storing", "stored"}
