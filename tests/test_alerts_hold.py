"""When an alert is shown, and of what staff and citizens are reminded; on a clock that is moved by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from handlers.complaints import watching
from storage import complaints
from storage.tables import addresses, outbox
from survey.complaints.case import Status
from tests.building import AT, TIMEZONE
from tests.running import build_settings, open_runtime
from tests.staffing import INTEGRITY, OFFICE, UNIT, Clerk, cards_in, messages_to, raised, reload
from tests.talking import press_update, send_all

BOSS = "-1007"  # who stands on the ladder
REMINDER = "Nhắc việc"


@pytest.fixture
def database_url(tmp_path):
    """The address of an empty database: which one makes no difference here."""
    return f"sqlite:///{tmp_path}/hailong.db"


@pytest.fixture
def runtime(database_url, tmp_path):
    ladder = [{"name": "Chánh Văn phòng", "chat": f"telegram:{BOSS}", "days": 2}]
    tree = build_settings(database_url, complaints={"ladder": ladder})
    with open_runtime(tmp_path, tree) as runtime:
        yield runtime


def at(day: int, hour: float, *, month: int = 11) -> datetime:
    """An hour of the department's clock in late 2026."""
    local = datetime(2026, month, day, tzinfo=TIMEZONE) + timedelta(hours=hour)
    return local.astimezone(UTC)


def watch(runtime, moment: datetime) -> int:
    """Let the job run as of a moment."""
    runtime.clock.at = moment
    return runtime.database.write(lambda tx: watching.watch(tx, runtime.setup, moment))


def watch_through(runtime, first: datetime, last: datetime, *, minutes: int = 30) -> None:
    """Let the job run again and again."""
    while first <= last:
        watch(runtime, first)
        first += timedelta(minutes=minutes)


def reminders(runtime, chat: str) -> list[str]:
    return [m.plain() for m in messages_to(runtime, chat) if REMINDER in m.title]


# -- the hold


@pytest.mark.parametrize("chance", [0, 65535])
def test_what_is_not_urgent_waits_an_hour_and_by_chance_half_of_it_more(runtime, chance: int) -> None:
    draw = chance.to_bytes(2, "big")
    vault = runtime.setup.vault
    object.__setattr__(vault, "draw", lambda n: draw if n == 2 else bytes(range(n)))

    _, case = raised(runtime, reply="no", q3_3=5)

    wanted = timedelta(minutes=60) if chance == 0 else timedelta(minutes=90)
    assert abs(case.shown_at - AT - wanted) < timedelta(seconds=1)


def test_a_held_card_goes_out_when_its_time_has_come_and_not_before(runtime) -> None:
    _, case = raised(runtime, reply="no", q3_3=5)

    runtime.clock.at = case.shown_at - timedelta(seconds=1)
    send_all(runtime)
    early = sent(runtime, case)
    runtime.clock.at = case.shown_at
    send_all(runtime)

    assert (early, sent(runtime, case)) == (0, 1)


def sent(runtime, case) -> int:
    """How many cards of a case have gone out."""
    with runtime.database.reading() as tx:
        mine = (outbox.c.complaint_id == case.id) & (outbox.c.place == "card") & (outbox.c.state == "sent")
        return len(tx.execute(outbox.select().where(mine)).all())


@pytest.mark.parametrize(
    ("handed_in", "opens"),
    [
        (at(20, 15.9), at(23, 7.5)),  # Friday shortly before the end: Monday
        (at(21, 10), at(23, 7.5)),  # Saturday
        (at(23, 20), at(25, 7.5)),  # the evening before 24/11, the department's day off
        (at(20, 10.8), at(20, 13.5)),  # into the lunch break
    ],
)
def test_what_is_held_is_shown_in_office_hours(runtime, handed_in: datetime, opens: datetime) -> None:
    runtime.clock.at = handed_in

    _, case = raised(runtime, reply="no", q3_3=5)

    hours = runtime.setup.calendar
    assert hours.is_open(case.shown_at)
    assert case.shown_at >= handed_in + timedelta(minutes=60)
    assert case.shown_at == opens or handed_in == at(20, 10.8)


@pytest.mark.parametrize(
    ("marks", "reply", "chat"),
    [({"q3_8": 1}, "no", INTEGRITY), ({"q3_3": 5}, "without_code", UNIT), ({}, "with_code", UNIT)],
)
def test_what_is_critical_or_wants_a_reply_goes_at_once_at_any_hour(runtime, marks, reply: str, chat) -> None:
    runtime.clock.at = night = at(21, 23.5)

    _, case = raised(runtime, comment="nhờ xem lại hồ sơ giúp" if not marks else "", reply=reply, **marks)

    assert case.shown_at == night
    send_all(runtime)
    assert sent(runtime, case) == 1
    assert len(cards_in(runtime, chat)) == 1


def test_a_held_card_that_fails_once_when_its_time_has_come_is_not_passed_on_at_once(runtime) -> None:
    _, case = raised(runtime, reply="no", q3_3=5)
    tried = outbox.update().where(outbox.c.place == "card").values(attempts=1)
    runtime.database.write(lambda tx: tx.execute(tried))

    watch(runtime, case.shown_at + timedelta(seconds=30))
    soon = cards_in(runtime, OFFICE)
    watch(runtime, case.shown_at + timedelta(seconds=95))

    assert soon == []
    assert len(cards_in(runtime, OFFICE)) == 1


# -- reminders


def test_each_chat_is_reminded_once_before_and_once_after_the_due_date_in_one_summary(runtime) -> None:
    cases = [raised(runtime, person=1001 + n, q3_3=5)[1] for n in range(3)]
    due = cases[0].due_at
    assert due == at(30, 16.5)

    watch_through(runtime, at(25, 10), at(27, 7))
    before = reminders(runtime, UNIT)
    watch_through(runtime, at(27, 7), due)
    soon = reminders(runtime, UNIT)
    watch_through(runtime, due + timedelta(minutes=10), at(1, 23, month=12))
    late = reminders(runtime, UNIT)

    assert (len(before), len(soon), len(late)) == (0, 1, 2)
    for text in (soon[0], late[1]):
        assert [text.count(case.number) for case in cases] == [1, 1, 1]
    assert "QUÁ HẠN" not in soon[0]
    assert late[1].count("QUÁ HẠN") == 3
    assert reminders(runtime, BOSS) == []


def test_reminders_climb_the_ladder_once_and_stop(runtime) -> None:
    _, case = raised(runtime, q3_3=5)

    watch_through(runtime, at(20, 10), at(2, 16, month=12), minutes=120)
    climbed = [reminders(runtime, BOSS), reminders(runtime, UNIT)]
    watch_through(runtime, at(3, 7, month=12), at(31, 16, month=12), minutes=240)

    assert [len(told) for told in climbed] == [1, 3]
    assert case.number in climbed[0][0]
    assert [len(reminders(runtime, chat)) for chat in (BOSS, UNIT)] == [1, 3]


def test_reminders_are_said_in_office_hours_only(runtime) -> None:
    raised(runtime, q3_3=5)
    send_all(runtime)

    watch_through(runtime, at(26, 3), at(3, 10, month=12), minutes=45)

    with runtime.database.reading() as tx:
        groups = addresses.c.is_citizen.is_(False) & outbox.c.complaint_id.is_(None)
        told = tx.execute(select(outbox.c.created_at).join(addresses).where(groups)).all()
    assert len(told) == 4  # three to the unit, one to the ladder
    assert all(runtime.setup.calendar.is_open(row.created_at) for row in told)


def test_the_job_run_twice_or_a_week_late_reminds_once(runtime) -> None:
    raised(runtime, q3_3=5)

    for _ in range(3):
        watch(runtime, at(4, 9, month=12))

    assert len(reminders(runtime, UNIT)) == 1
    assert len(reminders(runtime, BOSS)) == 1


def test_what_accuses_somebody_climbs_no_ladder(runtime) -> None:
    raised(runtime, q3_8=1)

    watch_through(runtime, at(20, 10), at(11, 10, month=12), minutes=120)

    assert reminders(runtime, BOSS) == []
    assert reminders(runtime, UNIT) == []
    assert len(reminders(runtime, INTEGRITY)) == 2


def test_a_resolved_case_is_reminded_of_no_more(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    Clerk(runtime).resolve(case)

    watch_through(runtime, at(20, 10), at(11, 10, month=12), minutes=120)

    assert reminders(runtime, UNIT) == []


# -- the promised day


def test_on_the_promised_day_the_citizen_is_asked_once(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    Clerk(runtime).press(case, "promise=2026-11-25")

    def asked() -> int:
        said = messages_to(runtime, str(citizen.person))
        return sum(any(b.press == "kept=yes" for b in m.controls) for m in said)

    watch_through(runtime, at(20, 10), at(24, 23))
    before = asked()
    watch(runtime, at(25, 6))
    at_dawn = asked()
    watch_through(runtime, at(25, 8), at(27, 16))

    assert (before, at_dawn, asked()) == (0, 0, 1)
    citizen.deliver(press_update(citizen.person, f"c{case.id}|kept=no"))
    citizen.deliver(press_update(citizen.person, f"c{case.id}|kept=yes"))
    assert reload(runtime, case).case.was_promise_kept is False
    assert sum("CHƯA được giữ" in m.plain() for m in messages_to(runtime, UNIT)) == 1


def test_another_promise_is_asked_about_anew(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    clerk.press(case, "promise=2026-11-25")
    watch(runtime, at(25, 8))
    clerk.press(case, "promise=2026-11-27")
    watch_through(runtime, at(25, 9), at(27, 10))

    said = messages_to(runtime, str(citizen.person))
    days = [m.plain() for m in said if any(b.press == "kept=yes" for b in m.controls)]
    assert ["25/11/2026" in days[0], "27/11/2026" in days[1], len(days)] == [True, True, 2]


# -- pausing


def test_a_question_to_the_citizen_stops_the_clock_and_her_answer_resumes_it(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    runtime.clock.at = at(23, 9)
    Clerk(runtime).type(f"hỏi thêm {case.number}: việc xảy ra ở quầy nào ạ?")
    paused = reload(runtime, case)
    watch_through(runtime, at(23, 9), at(1, 9, month=12), minutes=120)
    silent = reminders(runtime, UNIT)
    card = cards_in(runtime, UNIT)[-1].text

    runtime.clock.at = at(1, 9, month=12)
    citizen.type("ở quầy số 3, sáng thứ hai")
    resumed = reload(runtime, case)

    assert paused.case.waiting_since == at(23, 9)
    assert "Hạn tạm dừng" in card
    assert silent == []
    assert resumed.case.waiting_since is None
    assert resumed.case.status is Status.CLAIMED
    assert resumed.due_at > case.due_at
    assert resumed.pauses == ((at(23, 9), at(1, 9, month=12)),)
    assert "ở quầy số 3" in messages_to(runtime, UNIT)[-1].quote
    assert not Clerk(runtime, person=502).press(case, "card=claim").endswith("nhận thay.")


def test_what_was_paused_is_reminded_of_before_its_new_due_date(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    watch(runtime, at(27, 9))
    assert len(reminders(runtime, UNIT)) == 1
    Clerk(runtime).type(f"hỏi thêm {case.number}: việc xảy ra ở quầy nào ạ?")
    runtime.clock.at = at(3, 9, month=12)
    citizen.type("ở quầy số 3, sáng thứ hai")
    due = reload(runtime, case).due_at

    watch_through(runtime, at(3, 10, month=12), due, minutes=60)

    assert len(reminders(runtime, UNIT)) == 2
    assert "QUÁ HẠN" not in reminders(runtime, UNIT)[-1]


def test_a_second_question_while_waiting_does_not_pause_twice(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    for hour in (10, 11):
        runtime.clock.at = at(23, hour)
        clerk.type(f"hỏi thêm {case.number}: câu {hour}")
    runtime.clock.at = at(25, 9)
    citizen.type("một câu trả lời cho cả hai")
    citizen.type("và thêm một câu nữa")

    assert reload(runtime, case).pauses == ((at(23, 10), at(25, 9)),)


def test_the_due_date_is_that_of_the_history_after_everything(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    Clerk(runtime).resolve(case)
    runtime.clock.at = at(7, 9, month=12)
    citizen.deliver(press_update(citizen.person, f"c{case.id}|verdict=not"))

    again = reload(runtime, case)

    assert again.due_at > at(7, 9, month=12)
    assert (again.pauses, again.reminded, again.was_in_time) == ((), 0, None)
    with runtime.database.reading() as tx:
        entries = complaints.list_events(tx, runtime.setup.vault, case.id)
    assert [entry.what for entry in entries] == ["raised", "claimed", "resolved", "judged_not"]
    assert replace(again.case, holder=None).status is Status.CLAIMED
