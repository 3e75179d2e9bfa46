"""The pace as a law: in any window of time, whatever is asked for in whatever order, no limit is passed; nothing starves."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import build_channels
from bot.channels.telegram import TelegramChannel
from bot.pace import Pace, Rate
from tests.fakes.telegram_limits import (
    GROUP_PER_MINUTE,
    OVERALL_PER_SECOND,
    PRIVATE_BURST,
    PRIVATE_PER_SECOND,
)
from tests.running import build_settings, open_runtime

CHATS = ["1", "2", "3", "-1", "-2"]
# Wishes come in bursts: after a pause some chats, each several times, live or not, want something within a moment.
BURST = st.tuples(
    st.sampled_from([0.0, 0.02, 0.3, 1.0, 5.0, 40.0]),  # the pause before it
    st.lists(st.sampled_from(CHATS), min_size=1, max_size=5, unique=True),
    st.integers(1, 12),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0.0, 0.05, 0.6]),  # how long an answer takes
)
WISHES = st.lists(BURST, min_size=1, max_size=25).map(
    lambda bursts: [
        (0.0 if (time or place) else pause, chat, is_live, delay)
        for pause, chats, times, is_live, delay in bursts
        for time in range(times)
        for place, chat in enumerate(chats)
    ]
)
PACES = st.builds(
    Pace,
    private=st.builds(Rate, per_second=st.floats(0.2, 5), burst=st.floats(1, 6)),
    group=st.builds(Rate, per_second=st.floats(0.05, 1), burst=st.floats(1, 6)),
    per_second=st.integers(2, 30),
)
TINY = 1e-6


def play(pace, wishes):
    """Ask for each message in turn and send those that may go; return when each went out, and when it was answered."""
    now, sent, flying = 0.0, [], []
    for pause, chat, is_live, delay in wishes:
        now += pause
        for landing in sorted(one for one in flying if one <= now):
            pace.land(landing)
            flying.remove(landing)
        if pace.wait(chat, now, is_live=is_live) > 0:
            continue
        pace.take(chat, now)
        flying.append(now + delay)
        sent.append((now, now + delay, chat))
    for landing in sorted(flying):
        pace.land(landing)
    return sent


def busiest(times, window):
    """Return how many of the times lie in the fullest window of that length."""
    times = sorted(times)
    return max((sum(at <= other < at + window for other in times) for at in times), default=0)


@settings(deadline=None)
@given(PACES, WISHES)
def test_no_chat_gets_more_than_its_bucket_in_any_window(pace, wishes):
    sent = play(pace, wishes)

    for chat in CHATS:
        rate = pace.group if chat.startswith("-") else pace.private
        times = [at for at, _, to in sent if to == chat]
        for first in range(len(times)):
            for last in range(first, len(times)):
                span = times[last] - times[first]
                assert last - first + 1 <= rate.burst + span * rate.per_second + TINY


@settings(deadline=None)
@given(PACES, WISHES)
def test_all_chats_together_get_no_more_than_the_limit_wherever_the_platform_counts(pace, wishes):
    sent = play(pace, wishes)

    for share in (0.0, 0.5, 1.0):  # it counts a message somewhere between its leaving and its answer
        assert busiest([out + share * (answered - out) for out, answered, _ in sent], 1.0) <= pace.per_second


@settings(deadline=None)
@given(WISHES)
def test_telegram_is_never_used_beyond_what_it_allows(wishes):
    sent = play(TelegramChannel.make_pace(None), wishes)

    assert busiest([at for at, _, _ in sent], 1.0) < OVERALL_PER_SECOND
    for chat in CHATS:
        times = [at for at, _, to in sent if to == chat]
        if chat.startswith("-"):
            assert busiest(times, 60.0) <= GROUP_PER_MINUTE
        for window in (1.0, 5.0, 30.0):
            assert busiest(times, window) <= PRIVATE_BURST + window * PRIVATE_PER_SECOND


@settings(deadline=None)
@given(PACES, WISHES, st.sampled_from(CHATS), st.booleans())
def test_a_wait_that_was_kept_is_over(pace, wishes, chat, is_live):
    sent = play(pace, wishes)
    now = max((answered for _, answered, _ in sent), default=0.0) + 1.0

    for _ in range(3):  # each bound is waited for once: the chat's, the platform's, a hold
        now += pace.wait(chat, now, is_live=is_live) + TINY

    assert pace.wait(chat, now, is_live=is_live) == 0.0


@given(st.sampled_from(["", *CHATS]), st.floats(0.1, 100))
def test_a_hold_is_kept_to_the_end_and_no_longer(chat, seconds):
    pace = TelegramChannel.make_pace(None)
    held = chat or "1"
    pace.wait(held, 0.0, is_live=True)
    pace.hold(chat, seconds)
    pace.hold(chat, seconds / 2)

    assert pace.wait(held, seconds * 0.99, is_live=True) > 0
    assert pace.wait(held, seconds + 10.0, is_live=True) == 0.0


def test_every_channel_has_a_pace_of_its_own(tmp_path):
    with open_runtime(tmp_path, build_settings(f"sqlite:///{tmp_path}/hailong.db")) as runtime:
        paces = [channel.make_pace() for channel in build_channels(runtime)]

    assert all(pace.wait("1", 0.0, is_live=True) == 0.0 for pace in paces)
