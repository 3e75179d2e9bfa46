"""Several processes on one PostgreSQL, and forty citizens as fast as they can."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.sender import IN_FLIGHT
from tests import postgres
from tests.crash.citizens import RETRY_FOR, Crowd, Impatient, make_plans, settle
from tests.crash.service import Service, free_port, wait_until
from tests.fakes.citizen import TelegramCitizen
from tests.fakes.deliveries import WebhookDelivery
from tests.fakes.telegram import FakeTelegram
from tests.fakes.updates import Update
from tests.running import INTEGRITY, OFFICE, SECRET, STAFF, build_settings, write_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.fresh_database() as url:
        yield url


class Everywhere:
    """Delivers to one web server after the other, as a load balancer does."""

    def __init__(self, fake: FakeTelegram, services: list[Service]) -> None:
        self._ways = [WebhookDelivery(fake, s.webhook, SECRET, retry_for=RETRY_FOR) for s in services]
        self._next = 0

    def __call__(self, update: Update) -> int:
        self._next += 1
        return self._ways[self._next % len(self._ways)](update)


def is_leading(service: Service) -> bool:
    return '"channel": "telegram", "released"' in service.said()


def doubled_questions(fake: FakeTelegram, crowd: Crowd) -> int:
    """Count the questions that stand more than once on a screen."""
    asked = (
        (plan.person, message.text[:12])
        for plan in crowd.begun
        for message in fake.messages(plan.person)
        if message.text.startswith("Câu ")
    )
    return sum(times - 1 for times in Counter(asked).values())


@pytest.mark.postgres
def test_two_web_servers_and_two_senders_share_a_database(url: str, tmp_path, fake: FakeTelegram):
    config = write_settings(tmp_path, build_settings(url, api_base=fake.base_url))
    webs = [Service(config, free_port(), roles=("web",), name=f"web{n}") for n in range(2)]
    senders = [Service(config, free_port(), roles=("send",), name=f"send{n}") for n in range(2)]
    with ExitStack() as ending:
        for service in (*webs, *senders):
            ending.callback(service.kill)
        webs[0].migrate()
        for service in webs:
            service.start()
        senders[0].start()
        assert wait_until(lambda: is_leading(senders[0]), 20)
        senders[1].start()
        plans = make_plans(webs[0], 24)

        def crowd_of(plans):
            crowd = Crowd(fake, webs[0], plans, width=12)
            crowd.make_citizen = lambda plan: TelegramCitizen(
                fake, plan.person, Impatient(Everywhere(fake, webs), seed=plan.person, share=0.4), timeout=60
            )
            return crowd

        calm = crowd_of(plans[:12])
        calm.start()
        calm.wait_all()
        doubled_in_calm, second_was_idle = doubled_questions(fake, calm), not is_leading(senders[1])
        rough = crowd_of(plans[12:])
        rough.start()
        threading.Event().wait(2.0)
        senders[0].kill()
        killed_at = fake.clock()
        taken_over = fake.wait_for_call(lambda call: call.method == "sendMessage" and call.at > killed_at, 20)
        rough.wait_all()
        both = Crowd(fake, webs[0], plans, begun=[*calm.begun, *rough.begun])
        both.done, both.stuck = calm.done | rough.done, calm.stuck + rough.stuck
        account = settle(both, url)

    assert account.is_clean(), account
    assert account.finished == 24
    assert (doubled_in_calm, second_was_idle) == (0, True)
    assert doubled_questions(fake, rough) <= IN_FLIGHT
    assert taken_over is not None
    assert taken_over.at - killed_at < 5
    assert fake.violations == []


@pytest.mark.long
def test_forty_citizens_as_fast_as_they_can_never_meet_a_limit(tmp_path):
    with FakeTelegram(enforce_rate=True) as fake:
        for group in (STAFF, OFFICE, INTEGRITY):
            fake.add_group(group)
        url = f"sqlite:///{tmp_path}/hailong.db"
        service = Service(write_settings(tmp_path, build_settings(url, api_base=fake.base_url)), free_port())
        service.migrate()
        try:
            service.start()
            crowd = Crowd(fake, service, make_plans(service, 40), width=40)
            crowd.start()
            crowd.wait_all()
        finally:
            service.kill()

        account = settle(crowd, url)
        assert account.is_clean(), account
        assert account.finished == 40
        assert fake.rate_hits == []
        assert fake.early == []
        assert fake.violations == []
