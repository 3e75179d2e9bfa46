"""Reminders: two at most, in waking hours, never after an answer, a stop or a block; once each, however often the job runs."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from handlers.reminders import send_reminders
from storage import addresses, conversations
from tests.building import AT
from tests.staffing import GOOD
from tests.talking import Talker, invite

HOUR = timedelta(hours=1)


@pytest.fixture
def talker(runtime):
    """A citizen who opened her invitation and has not answered."""
    return Talker(runtime).open(invite(runtime))


def remind(runtime, at, **changes):
    setup = replace(runtime.setup, **changes)
    return runtime.database.write(lambda tx: send_reminders(tx, setup, at))


def test_a_citizen_who_does_not_answer_is_reminded_twice_and_no_more(runtime, talker):
    done = [remind(runtime, AT + hours * HOUR) for hours in range(1, 24 * 30, 6)]

    assert sum(done) == 2
    assert max(done) == 1


def test_it_runs_once_for_each_however_often_it_runs(runtime, talker):
    late = AT + 25 * HOUR

    assert [remind(runtime, late) for _ in range(3)] == [1, 0, 0]


def test_after_a_long_standstill_one_reminder_comes_and_not_two_at_once(runtime, talker):
    after = AT + 20 * 24 * HOUR

    assert [remind(runtime, after), remind(runtime, after + HOUR)] == [1, 0]


def test_nobody_is_reminded_in_the_quiet_hours(runtime, talker):
    quiet = {"quiet_from": time(21), "quiet_until": time(7)}
    night = AT + 37 * HOUR  # 22:30 in the department

    assert remind(runtime, night, **quiet) == 0
    assert remind(runtime, night + 8 * HOUR, **quiet) == 0
    assert remind(runtime, night + 9 * HOUR, **quiet) == 1


def test_who_has_answered_is_not_reminded(runtime, talker):
    talker.press("greeting=begin")
    for question, option in GOOD.items():
        talker.press(f"{question}={option}")
    for press in ("comment=skip", "reply=no", "summary=submit"):
        talker.press(press)

    assert [remind(runtime, AT + days * 24 * HOUR) for days in (2, 5)] == [0, 0]


@pytest.mark.parametrize("words", ["Dừng", "Không tham gia"])
def test_who_stopped_is_not_reminded(runtime, talker, words):
    if words == "Dừng":
        talker.press("greeting=begin")
    talker.type(words)

    assert [remind(runtime, AT + days * 24 * HOUR) for days in (2, 5)] == [0, 0]


def test_who_blocked_the_service_is_not_reminded(runtime, talker):
    with runtime.database.reading() as tx:
        talk = conversations.find_talk_by_id(tx, runtime.setup.vault, talker.conversation_id)
    runtime.database.write(lambda tx: addresses.mark_reachable(tx, talk.address_id, unreachable_at=AT))

    assert [remind(runtime, AT + days * 24 * HOUR) for days in (2, 5)] == [0, 0]
