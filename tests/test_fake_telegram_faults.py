"""The fake Telegram slows a bot down and fails as the real one does."""

import http.client
import json
import urllib.error
import urllib.request

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter

from tests.fakes.plain_http import call
from tests.fakes.telegram import FakeTelegram

CITIZEN, GROUP = 1001, -2002


class StandingClock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def fake(clock):
    with FakeTelegram(clock=clock) as fake:
        fake.add_private(CITIZEN)
        fake.add_group(GROUP)
        yield fake


def send(fake, text="Xin chào", chat_id=CITIZEN):
    return call(fake, "sendMessage", chat_id=chat_id, text=text)


def test_rates_are_enforced_and_refill(clock):
    with FakeTelegram(enforce_rate=True, clock=clock) as fake:
        fake.add_private(CITIZEN)

        assert [send(fake)[0] for _ in range(6)] == [200] * 5 + [429]
        assert send(fake)[1]["parameters"] == {"retry_after": 1}  # too early: refused again
        clock.now += 2.5
        assert [send(fake)[0] for _ in range(3)] == [200, 200, 429]
        assert {hit.rule for hit in fake.rate_hits} == {"1/s in a private chat"}
        assert len(fake.early) == 1


def test_a_group_takes_twenty_a_minute_and_all_chats_thirty_a_second(fake, clock):
    groups = [send(fake, chat_id=GROUP)[0] for _ in range(21)]
    for chat_id in range(3000, 3010):
        fake.add_private(chat_id)
        send(fake, chat_id=chat_id)

    assert groups == [200] * 21
    assert [hit.rule for hit in fake.rate_hits] == ["20/min in a group", "30/s overall"]


def test_a_429_carries_its_wait_and_calling_before_is_seen(fake, clock):
    fake.inject("send*", 1, ("429", 3))
    request = urllib.request.Request(f"{fake.base_url}/bot{fake.token}/sendMessage?chat_id={CITIZEN}&text=x")

    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request, timeout=5):
        pass
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (429, "3")
        assert json.loads(answer.read())["parameters"] == {"retry_after": 3}
    clock.now += 2
    send(fake)
    clock.now += 1
    send(fake)
    assert [round(early.seconds_left) for early in fake.early] == [1]


def test_faults_answer_as_the_platform_does(fake):
    for fault, status in [
        ("500", 500),
        ("502", 502),
        ("403", 403),
        (("429", 2), 429),
        (("migrate", -1009), 400),
    ]:
        rule = fake.inject("sendMessage", 1, fault, chat_id=GROUP)
        assert send(fake)[0] == 200
        assert (send(fake, chat_id=GROUP)[0], rule.used) == (status, 1)
    assert [m.text for m in fake.messages(GROUP)] == []


@pytest.mark.parametrize(
    ("fault", "shown"), [("cut_before", 0), (("timeout", 0.01), 0), ("cut_after", 1), ("torn_json", 1)]
)
def test_an_unknown_outcome_has_its_effect_or_not(fake, fault, shown):
    fake.inject("*", 1, fault)

    with pytest.raises((OSError, http.client.HTTPException, ValueError)):
        send(fake)

    assert len(fake.messages(CITIZEN)) == shown
    assert fake.calls[-1].fault == (fault if isinstance(fault, str) else fault[0])


@pytest.mark.filterwarnings("ignore:.*retry_after:telegram.warnings.PTBDeprecationWarning")
async def test_a_library_sees_the_faults_as_it_should(fake):
    async with Bot(fake.token, base_url=f"{fake.base_url}/bot") as bot:
        fake.inject("sendMessage", 1, "502")
        with pytest.raises(NetworkError):
            await bot.send_message(CITIZEN, "x")
        fake.inject("sendMessage", 1, ("429", 7))
        with pytest.raises(RetryAfter):
            await bot.send_message(CITIZEN, "x")
