"""The one-time codes that bind members of staff: once, for three days, and not by guessing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from storage import staff
from storage.database import Database
from tests.running import build_settings, open_runtime
from tests.staffing import UNIT, Clerk, messages_to
from tests.test_staff_rights import invitation

STRANGERS = "-4004"


@pytest.fixture
def bound(database_url, tmp_path):
    """The program where only bound accounts may act."""
    tree = build_settings(database_url, complaints={"hold": "0m", "who_may_act": "bound_accounts"})
    with open_runtime(tmp_path, tree) as runtime:
        yield runtime


def bindings(runtime):
    with runtime.database.reading() as tx:
        return staff.list_bindings(tx)


def test_a_code_works_once(bound) -> None:
    code = invitation(bound)

    Clerk(bound, person=501).type(f"/dangky {code}")
    Clerk(bound, person=502).type(f"/dangky {code.lower()}")

    assert len(bindings(bound)) == 1
    assert "không đúng" in messages_to(bound, UNIT)[-1].plain()


@pytest.mark.parametrize(("hours", "is_bound"), [(71.9, True), (72.1, False)])
def test_a_code_lives_for_three_days(bound, hours: float, is_bound: bool) -> None:
    code = invitation(bound)
    bound.clock.at += timedelta(hours=hours)

    Clerk(bound).type(f"/dangky {code}")

    assert bool(bindings(bound)) is is_bound


def test_two_who_use_a_code_at_once_are_one(bound, database_url) -> None:
    code, gate = invitation(bound), Barrier(4)
    databases = [Database(database_url) for _ in range(4)]
    for database in databases:
        database.start()

    def use(number: int) -> None:
        clerk = Clerk(bound, person=601 + number, database=databases[number])
        gate.wait(10)
        clerk.type(f"/dangky {code}")

    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(use, range(4)))
    finally:
        for database in databases:
            database.stop()

    assert len(bindings(bound)) == 1


def test_who_guesses_codes_is_slowed(bound) -> None:
    guesser = Clerk(bound, person=666, chat=STRANGERS)
    code = invitation(bound)

    for number in range(40):
        guesser.type(f"/dangky AAAAA-{number:05}")
    answered = len(messages_to(bound, STRANGERS))
    guesser.type(f"/dangky {code}")

    assert 1 <= answered <= 10
    assert bindings(bound) == []
    Clerk(bound, person=501).type(f"/dangky {code}")
    assert len(bindings(bound)) == 1
