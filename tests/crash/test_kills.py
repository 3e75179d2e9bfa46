"""`kill -9` at any moment under load: what was acknowledged is kept, counted once, and everybody is asked on."""

import random
import threading

import pytest

from tests.crash.citizens import Crowd, make_plans, settle
from tests.crash.service import Service
from tests.fakes.telegram import FakeTelegram
from tests.postgres import connect, end_connections
from tests.requirements import IS_LONG, SQLITE_FIRST

KILLS, CITIZENS = 60 if IS_LONG else 6, 30
pytestmark = pytest.mark.slow


def test_kills_under_load_lose_nothing_and_count_nothing_twice(
    service: Service, fake: FakeTelegram, new_database_url: str, record_testsuite_property
):
    chance, pacing = random.Random(7), threading.Event()  # noqa: S311 - the same run, the same kills
    service.start()
    crowd = Crowd(fake, service, make_plans(service, 600), width=CITIZENS)
    crowd.start()

    for _ in range(KILLS):
        if chance.random() < 0.5:  # while it starts
            pacing.wait(chance.uniform(0.1, 1.2))
        else:
            service.wait_alive()
            pacing.wait(chance.uniform(0.0, 1.2))
        service.kill()
        service.spawn()
    service.wait_alive()
    crowd.finish()

    account = settle(crowd, new_database_url)
    figures = f"{KILLS} kills: {account.finished} forms, {len(account.lost)} lost, {len(account.doubled)} doubled, {len(account.stuck)} stuck"
    record_testsuite_property("kills", figures)
    assert account.is_clean(), account
    assert account.finished >= CITIZENS
    assert fake.violations == []
    assert fake.early == []


@pytest.mark.postgres
@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)
def test_a_restarted_database_server_leaves_nobody_without_the_next_question(
    service: Service, fake: FakeTelegram, new_database_url: str
):
    service.start()
    crowd = Crowd(fake, service, make_plans(service, CITIZENS), width=CITIZENS)
    crowd.start()

    with connect(new_database_url) as connection:
        for _ in range(5):
            threading.Event().wait(1.0)
            end_connections(connection)
    crowd.wait_all()

    account = settle(crowd, new_database_url)
    assert account.is_clean(), account
    assert account.finished == CITIZENS


@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
def test_sigterm_ends_the_service_in_time_under_load(
    service: Service, fake: FakeTelegram, new_database_url: str
):
    service.start()
    crowd = Crowd(fake, service, make_plans(service, CITIZENS), width=CITIZENS)
    crowd.start()

    threading.Event().wait(3.0)
    status, took = service.terminate()
    service.start()
    crowd.finish()

    assert (status, took < 10) == (0, True), took
    assert settle(crowd, new_database_url).is_clean()


def test_sigterm_does_not_wait_for_a_platform_that_hangs(service: Service, fake: FakeTelegram):
    service.start()
    (plan,) = make_plans(service, 1)
    fake.inject("sendMessage", 5, "timeout")
    crowd = Crowd(fake, service, [plan], width=1)
    crowd.make_citizen(plan).start(plan.token)
    assert fake.wait_for_call(lambda call: call.method == "sendMessage", answered=False)

    status, took = service.terminate()

    assert (status, took < 10) == (0, True), took
