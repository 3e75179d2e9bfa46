"""One kill at each named step of the flow: the citizen taps on, once each, and her form arrives whole."""

import threading
from dataclasses import replace

import pytest

from tests.crash.citizens import Account, Crowd, Plan, make_plans, settle
from tests.crash.killing import Killer
from tests.crash.service import Service, free_port
from tests.fakes.citizen import TelegramCitizen
from tests.fakes.deliveries import WebhookDelivery
from tests.fakes.telegram import FakeTelegram
from tests.requirements import SQLITE_FIRST
from tests.running import SECRET, build_settings, write_settings

pytestmark = pytest.mark.slow
SUBMIT = 13  # acts of the shortest way: link, consent, ten answers, no comment, handing in
STEPS = {
    0: "before_the_answer",
    1: "right_after_the_200",
    2: "while_the_platform_handles_the_message",
    4: "right_after_the_platform_answered",
    6: "during_an_edit",
    8: "before_the_answer",
    10: "right_after_the_200",
    SUBMIT: "before_and_after_the_answer",
}
POLLED = dict.fromkeys((1, SUBMIT), "between_storing_and_offset")


def one_plan(service: Service) -> Plan:
    """Return the plan of a citizen without complaint: the shortest way."""
    (plan,) = make_plans(service, 1)
    return replace(plan, options=(1, 2, 1, 2, 1, 2, 2, 2, 1, 1), comment=None, change=None)


def go(crowd: Crowd, killer: Killer, database_url: str) -> Account:
    """Let the one citizen of the crowd fill in her form through `killer`."""

    def make_citizen(plan: Plan) -> TelegramCitizen:
        return TelegramCitizen(crowd.fake, plan.person, killer, timeout=30)

    crowd.make_citizen = make_citizen  # type: ignore[method-assign]  # she comes through the killer
    crowd.start()
    crowd.wait_all()
    return settle(crowd, database_url)


@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
def test_a_kill_at_each_step_of_the_flow(service: Service, fake: FakeTelegram, new_database_url: str):
    service.start()
    plan = one_plan(service)
    posting = WebhookDelivery(fake, service.webhook, SECRET, retry_for=60)
    killer = Killer(posting, service, fake, new_database_url, plan.person, STEPS)

    account = go(Crowd(fake, service, [plan], width=1), killer, new_database_url)

    assert account.is_clean(), account
    assert (account.finished, killer.kills) == (1, len(STEPS) + 1)


@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
def test_a_kill_while_polling_between_storing_and_offset(new_database_url, tmp_path, fake: FakeTelegram):
    settings = build_settings(new_database_url, api_base=fake.base_url, telegram={"mode": "polling"})
    service = Service(write_settings(tmp_path, settings), free_port())
    service.migrate()
    try:
        service.start()
        plan = one_plan(service)
        killer = Killer(fake.deliver_by_polling, service, fake, new_database_url, plan.person, POLLED)

        account = go(Crowd(fake, service, [plan], width=1), killer, new_database_url)
    finally:
        service.kill()

    assert account.is_clean(), account
    assert (account.finished, killer.kills) == (1, len(POLLED))


def test_a_kill_during_the_migration(new_database_url, tmp_path, fake: FakeTelegram):
    settings = build_settings(new_database_url, api_base=fake.base_url)
    service = Service(write_settings(tmp_path, settings), free_port())

    for number in range(5):
        migrating = service.command("migrate")
        threading.Event().wait(0.5 + 0.2 * number)
        migrating.kill()
        migrating.wait()
    service.migrate()
    service.start()

    assert service.get("/readyz")[0] == 200
    service.kill()
