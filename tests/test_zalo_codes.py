"""Every code Zalo states has its reaction; what is unknown is tried a few times."""

from datetime import datetime, time, timedelta
from typing import get_args

import pytest

from bot.zalo.api import Reply
from bot.zalo.codes import GROUP_CODES, OA_CODES, PHONE_CODES, classify, seconds_until
from handlers.outbound import Answer, ChannelDown, Rejected, TryLater, Unreachable, WindowClosed
from tests.building import TIMEZONE

EVENING = datetime(2026, 11, 20, 22, 0, tzinfo=TIMEZONE)


def answer(code, *, codes=OA_CODES, tries=0, **parts):
    return classify(Reply(code=code, **parts), local=EVENING, tries=tries, codes=codes)


@pytest.mark.parametrize("code", [-230, -232, -213])
def test_a_closed_window_waits_for_the_person(code):
    assert answer(code) == WindowClosed(f"Zalo{code}")


@pytest.mark.parametrize("code", [-217, -244, -227])
def test_somebody_who_blocks_cannot_be_reached(code):
    assert answer(code) == Unreachable(f"Zalo{code}")


@pytest.mark.parametrize("code", [-201, -210, -233, -240, -248, -249])
def test_a_message_zalo_will_never_take_is_given_up(code):
    assert answer(code) == Rejected(f"Zalo{code}")


@pytest.mark.parametrize(
    "code",
    [-204, -205, -209, -212, -216, -219, -220, -221, -223, -224, -235, -242, -320, -321],
)
def test_what_a_person_must_put_right_stops_the_channel(code):
    assert answer(code) == ChannelDown(f"Zalo{code}")


def test_a_daily_quota_waits_until_after_midnight():
    assert answer(-218) == TryLater("Zalo-218", after=2 * 3600 + 5 * 60)


def test_what_is_refused_at_night_waits_for_the_morning():
    assert answer(-234) == TryLater("Zalo-234", after=8 * 3600)


def test_too_many_calls_wait_for_the_next_minute_or_as_long_as_the_client_knows():
    assert answer(-32) == TryLater("Zalo-32", after=60.0)
    assert answer(-32, after=7.5) == TryLater("Zalo-32", after=7.5)


def test_a_quota_that_is_used_up_is_named_for_the_operator():
    assert answer(-211) == TryLater("Quota", after=3600.0)


@pytest.mark.parametrize("code", [-200, -100, -99999, 17])
def test_a_failure_without_a_reason_is_tried_three_times(code):
    assert answer(code) == TryLater(f"Zalo{code}")
    assert answer(code, tries=1) == TryLater(f"Zalo{code}")
    assert answer(code, tries=2) == Rejected(f"Zalo{code}")


def test_a_group_that_is_gone_is_unreachable_and_has_no_window():
    for code in (-237, -238, -241, -403):
        assert answer(code, codes=GROUP_CODES) == Unreachable(f"Zalo{code}")
    for code in (-213, -230, -232):
        assert answer(code, codes=GROUP_CODES) == Rejected(f"Zalo{code}")


def test_codes_of_messages_by_phone():
    for code in (-108, -112, -1121, -1129, -132):
        assert answer(code, codes=PHONE_CODES) == Rejected(f"Zalo{code}")
    for code in (-110, -114, -118, -119, -139, -140, -141):
        assert answer(code, codes=PHONE_CODES) == Unreachable(f"Zalo{code}")
    for code in (-109, -117, -131, -115, -136, -137, -146, -135, -1351, -120, -138):
        assert answer(code, codes=PHONE_CODES) == ChannelDown(f"Zalo{code}")
    for code in (-144, -147):
        assert answer(code, codes=PHONE_CODES) == TryLater(f"Zalo{code}", after=2 * 3600 + 5 * 60)
    assert answer(-133, codes=PHONE_CODES) == TryLater("Zalo-133", after=8 * 3600)
    assert answer(-100, codes=PHONE_CODES) == TryLater("Zalo-100")


@pytest.mark.parametrize("codes", [OA_CODES, GROUP_CODES, PHONE_CODES])
def test_every_code_has_an_answer(codes):
    for code in codes:
        assert isinstance(answer(code, codes=codes), get_args(Answer)), code


def test_what_brought_no_code_is_tried_later_and_doubtful_when_it_may_be_out():
    assert answer(None, fault="Http502") == TryLater("Http502")
    assert answer(None, fault="TimeoutError", is_doubtful=True) == TryLater("TimeoutError", is_doubtful=True)
    assert answer(None, fault="ZaloTokens", is_final=True) == ChannelDown("ZaloTokens", is_told=True)


def test_an_hour_that_is_now_is_tomorrow():
    six = datetime(2026, 11, 20, 6, 0, tzinfo=TIMEZONE)

    assert seconds_until(time(6), six) == 86400
    assert seconds_until(time(6), six - timedelta(seconds=1)) == 1
