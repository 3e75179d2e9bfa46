"""A platform's pace is kept whatever comes: never above its limits, counted where the platform counts."""

import random

from bot.channels.telegram import TelegramChannel
from bot.pace import Pace, Rate
from tests.fakes.telegram_limits import Rates


def telegram_pace():
    return TelegramChannel.make_pace(None)


def drive(pace, chats, *, seconds, delay, seed=1):
    """Send as fast as `pace` lets to all `chats`; `delay()` is how long a message takes to the platform and back."""
    rates, now, chance = Rates(), 0.0, random.Random(seed)  # noqa: S311 - the same run, the same order
    landing: list[tuple[float, float, str]] = []  # answered, arrives, chat
    arrivals = []
    while now < seconds:
        for one in [one for one in landing if one[0] <= now]:
            landing.remove(one)
            pace.land(now)
        busy = {chat for _, _, chat in landing}
        for chat in chance.sample(chats, len(chats)):
            if chat in busy or len(landing) >= 16 or pace.wait(chat, now, is_live=True) > 0:
                continue
            pace.take(chat, now)
            there = delay(chance)
            landing.append((now + there * 2, now + there * chance.random() * 2, chat))
            arrivals.append((landing[-1][1], chat))
        now += 0.01
    for at, chat in sorted(arrivals):
        rates.take("sendMessage", int(chat), at, enforce=False)
    return rates.hits, len(arrivals)


def test_forty_private_chats_stay_below_every_limit_whatever_the_way_takes():
    chats = [str(1000 + number) for number in range(40)]

    for slowness in (0.001, 0.05, 0.3):
        hits, sent = drive(telegram_pace(), chats, seconds=20, delay=lambda c, s=slowness: s * c.random())
        assert hits == []
        assert sent > 20 * 27 * 0.6 / (1 + slowness)


def test_a_group_gets_less_than_twenty_a_minute_even_after_a_quiet_hour():
    pace = telegram_pace()
    pace.wait("-1", 0.0, is_live=True)

    hits, sent = drive(_Later(pace, 3600.0), ["-1"], seconds=180, delay=lambda _: 0.01)

    assert hits == []
    assert sent >= 40


def test_edits_and_bulk_leave_room_for_the_live_question():
    pace = Pace(private=Rate(per_second=1.0, burst=4), group=Rate(per_second=1.0, burst=4), per_second=27)
    pace.wait("1", 0.0, is_live=True)

    taken = 0
    while pace.wait("1", 10.0, is_live=False) == 0:
        pace.take("1", 10.0)
        pace.land(10.0)
        taken += 1

    assert taken == 2
    assert pace.wait("1", 10.0, is_live=True) == 0


def test_what_is_on_its_way_counts_until_a_second_after_its_answer():
    pace = Pace(private=Rate(per_second=9.0, burst=9), group=Rate(per_second=9.0, burst=9), per_second=2)
    for chat in ("1", "2"):
        pace.take(chat, 0.0)

    assert pace.wait("3", 5.0, is_live=True) > 0
    pace.land(6.0)
    assert 0.9 < pace.wait("3", 6.0, is_live=True) <= 1.0
    assert pace.wait("3", 7.01, is_live=True) == 0


class _Later:
    """The same pace some time later."""

    def __init__(self, pace, seconds):
        self._pace, self._seconds = pace, seconds

    def wait(self, chat, now, *, is_live):
        return self._pace.wait(chat, now + self._seconds, is_live=is_live)

    def take(self, chat, now):
        self._pace.take(chat, now + self._seconds)

    def land(self, now):
        self._pace.land(now + self._seconds)


def minute_pace(limit, used=0):
    rate = Rate(per_second=50.0, burst=50)
    return Pace(private=rate, group=rate, per_second=limit, span=60.0, used_at_start=used, reserve=0.0)


def test_a_platform_that_counts_by_the_minute_is_never_asked_more_in_any_minute():
    pace, now, chance = minute_pace(20), 0.0, random.Random(2)  # noqa: S311 - the same run, the same order
    flying, sent = [], []
    while now < 300.0:
        for one in [one for one in flying if one <= now]:
            flying.remove(one)
            pace.land(one)
        while len(flying) < 16 and pace.wait("1", now, is_live=True) == 0:
            pace.take("1", now)
            flying.append(now + chance.random() * 3)
            sent.append(now)
        now += 0.25

    assert max(sum(at <= other < at + 60.0 for other in sent) for at in sent) == 20
    assert len(sent) > 80


def test_a_wait_in_a_long_span_tells_when_the_oldest_leaves_it():
    pace = minute_pace(1)
    pace.take("1", 100.0)
    pace.land(101.0)

    assert pace.wait("2", 110.0, is_live=True) == 51.0
    assert pace.wait("2", 161.0, is_live=True) == 0.0


def test_what_may_have_been_sent_before_a_restart_counts():
    pace = minute_pace(10, used=8)

    taken = 0
    while pace.wait(str(taken), 1000.0, is_live=True) == 0:
        pace.take(str(taken), 1000.0)
        pace.land(1000.0)
        taken += 1

    assert taken == 2
    assert pace.wait("1", 1060.0, is_live=True) == 0.0


def test_in_a_long_span_half_of_it_is_kept_for_live_messages():
    pace = minute_pace(10)
    for number in range(5):
        pace.take(str(number), 0.0)
        pace.land(0.0)

    assert pace.wait("9", 1.0, is_live=False) > 0
    assert pace.wait("9", 1.0, is_live=True) == 0
