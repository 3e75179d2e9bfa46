"""Phone numbers as people write them, and the hours in which a phone may ring."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.phones import NIGHT_FROM, NIGHT_UNTIL, awake_at, read_mobile
from tests.building import TIMEZONE, build_setup
from tests.phoning import at_local

SPELLINGS = st.sampled_from(["0{}", "+84{}", "84{}", "+84 0{}", "0084{}", "{}"])
GAPS = st.sampled_from(["", " ", ".", "-"])
SUBSCRIBERS = st.from_regex(r"(3[2-9]|7[06-9]|8[1-68]|9[0-46-8])[0-9]{7}", fullmatch=True)


@settings(deadline=None)
@given(SPELLINGS, GAPS, SUBSCRIBERS)
def test_a_number_is_the_same_however_it_is_written(spelling, gap, subscriber):
    spaced = gap.join([subscriber[:2], subscriber[2:5], subscriber[5:]])

    assert read_mobile(spelling.format(spaced)) == f"84{subscriber}"


@settings(deadline=None)
@given(st.text(alphabet="+0123456789 ().-/x;", max_size=34) | st.text(max_size=34))
def test_whatever_is_written_gives_a_number_in_the_platform_s_form_or_none(text):
    found = read_mobile(text)

    assert found is None or (found.isascii() and found.isdecimal() and found[:2] == "84" and len(found) == 11)
    assert found is None or read_mobile(found) == found


@pytest.mark.parametrize(
    "phone", ["024 3825 1234", "1900 1234", "+1 650 253 0000", "0912345", "000000", "0912345678 x5", ""]
)
def test_what_is_no_vietnamese_mobile_number_is_none(phone):
    assert read_mobile(phone) is None


@pytest.mark.parametrize(
    ("quiet", "hour", "expected"),
    [
        ((21, 7), 9, (20, 9)),
        ((21, 7), 21, (21, 7)),
        (None, 21, (20, 21)),
        (None, 22, (21, 6)),
        (None, 3, (20, 6)),
        ((20, 23), 20, (21, 6)),
        ((5, 8), 23, (21, 8)),
        ((12, 14), 12, (20, 14)),
    ],
)
def test_a_message_waits_for_the_day_whatever_the_quiet_hours_are(quiet, hour, expected):
    start, end = (time(quiet[0]), time(quiet[1])) if quiet else (None, None)
    setup = build_setup(quiet_from=start, quiet_until=end)

    local = awake_at(setup, at_local(2026, 11, 20, hour)).astimezone(TIMEZONE)

    assert (local.day, local.hour) == expected
    assert NIGHT_UNTIL <= local.time() < NIGHT_FROM
