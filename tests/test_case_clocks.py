"""What a case may do to its clock and to the figures, and what one damaged row may stop: nothing."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.pace import Pace, Rate
from bot.sender import Sender
from handlers.complaints import delivery, watching
from handlers.outbound import Delivered, Rejected, claim_due, finish
from storage import complaints, figures
from storage.case_tables import complaint_events, people
from storage.case_tables import complaints as case_rows
from storage.figures import Span
from storage.outbox import Claimed, find_due
from storage.tables import conversations as talks
from storage.tables import outbox
from tests.building import TIMEZONE
from tests.running import build_settings, open_runtime
from tests.staffing import UNIT, Clerk, cards_in, messages_to, raised, reload
from tests.talking import press_update, send_all

QUESTION = "việc xảy ra ở quầy nào ạ?"


def at(day: int, hour: float, *, month: int = 11) -> datetime:
    """An hour of the department's clock in late 2026."""
    local = datetime(2026, month, day, tzinfo=TIMEZONE) + timedelta(hours=hour)
    return local.astimezone(UTC)


def watch(runtime, moment: datetime) -> int:
    """Let the job run as of a moment."""
    runtime.clock.at = moment
    return runtime.database.write(lambda tx: watching.watch(tx, runtime.setup, moment))


def ask(runtime, case, moment: datetime) -> None:
    runtime.clock.at = moment
    Clerk(runtime).type(f"hỏi thêm {case.number}: {QUESTION}")


def happened(runtime, case) -> list[str]:
    with runtime.database.reading() as tx:
        return [entry.what for entry in complaints.list_events(tx, runtime.setup.vault, case.id)]


def said(runtime, chat: str = UNIT) -> list[str]:
    return [message.plain() for message in messages_to(runtime, chat)]


def judge(runtime, citizen, case, verdict: str) -> None:
    citizen.deliver(press_update(citizen.person, f"c{case.id}|verdict={verdict}"))


# -- a pause ends


def test_a_pause_ends_by_itself_when_the_citizen_has_not_answered_within_the_term(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    ask(runtime, case, at(23, 9))

    watch(runtime, at(1, 16, month=12))  # the fifth working day after: 24/11 is a day off
    waiting = reload(runtime, case)
    watch(runtime, at(2, 8, month=12))
    watch(runtime, at(2, 8.1, month=12))
    running = reload(runtime, case)

    assert waiting.case.waiting_since == at(23, 9)
    assert running.case.waiting_since is None
    assert running.pauses == ((at(23, 9), at(1, 16.5, month=12)),)
    assert running.due_at == at(7, 16.5, month=12)
    assert happened(runtime, case).count("resumed") == 1
    assert sum("chưa trả lời câu hỏi" in text for text in said(runtime)) == 1


def test_the_clock_runs_on_at_once_when_the_question_cannot_be_delivered(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    ask(runtime, case, at(23, 9))

    def refuse(tx):
        for claimed in claim_due(tx, runtime.setup, find_due(tx, "telegram", at(23, 9), limit=9), at(23, 9)):
            answer = Rejected("no") if claimed.name == str(citizen.person) else Delivered("1")
            finish(tx, runtime.setup, claimed, answer, channel="telegram", at=at(23, 9), jitter=0.0)

    runtime.database.write(refuse)

    assert reload(runtime, case).case.waiting_since is None
    assert happened(runtime, case)[-1] == "resumed"
    assert "Hạn tạm dừng" not in cards_in(runtime, UNIT)[-1].text


def test_a_lost_reply_does_not_start_the_clock_that_waits_for_a_question_that_arrived(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    ask(runtime, case, at(23, 9))
    send_all(runtime)
    Clerk(runtime).type(f"trả lời {case.number}: chúng tôi đang xem")
    with runtime.database.reading() as tx:
        entry = next(
            e for e in find_due(tx, "telegram", at(23, 9), limit=9) if e.place == "reply" and e.complaint_id
        )

    runtime.database.write(lambda tx: delivery.note_lost(tx, runtime.setup, entry, at(23, 9)))

    assert reload(runtime, case).case.waiting_since == at(23, 9)


def test_the_clock_runs_on_at_once_when_the_citizen_is_erased(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    ask(runtime, case, at(23, 9))
    citizen.type("xóa dữ liệu")
    citizen.type("Có, xóa dữ liệu")

    erased = reload(runtime, case)

    assert erased.conversation_id is None
    assert erased.case.waiting_since is None
    assert happened(runtime, case)[-2:] == ["erased", "resumed"]


# -- the figures stand


def test_staff_who_reopen_keep_the_clock_and_what_the_citizen_said(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    clerk.resolve(case)
    judge(runtime, citizen, case, "partly")
    citizen.deliver(press_update(citizen.person, f"c{case.id}|rate=4"))
    runtime.clock.at = at(24, 9)
    clerk.press(case, "card=reopen")
    reopened = reload(runtime, case)
    clerk.resolve(case)
    closed = reload(runtime, case)

    assert (reopened.clock_from, reopened.due_at) == (case.clock_from, case.due_at)
    assert reopened.case.is_open
    assert (closed.case.rating, closed.case.verdict, closed.was_in_time) == (4, "partly", True)


def test_in_time_may_only_fall_when_staff_reopen(runtime) -> None:
    _, early = raised(runtime, q3_3=5)
    _, late = raised(runtime, person=1002, q3_3=5)
    clerk = Clerk(runtime)
    clerk.resolve(early)
    runtime.clock.at = late.due_at + timedelta(hours=1)
    clerk.resolve(late)
    for case in (early, late):
        clerk.press(case, "card=reopen")
        clerk.resolve(case)

    assert [reload(runtime, case).was_in_time for case in (early, late)] == [False, False]


def test_the_word_of_the_citizen_begins_anew(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    Clerk(runtime).resolve(case)
    judge(runtime, citizen, case, "done")
    citizen.deliver(press_update(citizen.person, f"c{case.id}|rate=1"))
    runtime.clock.at = at(7, 9, month=12)
    judge(runtime, citizen, case, "not")

    again = reload(runtime, case)

    assert (again.case.rating, again.case.verdict, again.was_in_time) == (None, None, None)
    assert again.clock_from == at(7, 9, month=12)


def test_a_broken_promise_stays_broken_when_another_is_made(runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    clerk.press(case, "promise=2026-11-25")
    watch(runtime, at(25, 8))
    citizen.deliver(press_update(citizen.person, f"c{case.id}|kept=no"))
    clerk.press(case, "promise=2026-11-27")
    watch(runtime, at(27, 8))
    citizen.deliver(press_update(citizen.person, f"c{case.id}|kept=yes"))

    span = Span(first=date(2026, 10, 1), last=date(2026, 12, 31), zone=TIMEZONE)
    with runtime.database.reading() as tx:
        found = figures.count_complaints(tx, span, unit_code="QLTM", at=at(31, 9, month=12))

    assert happened(runtime, case)[-3:] == ["promise_broken", "promised", "promise_kept"]
    assert (found.promises, found.promises_kept) == (2, 1)


@pytest.mark.parametrize(("day", "is_taken"), [("2027-01-19", True), ("2027-01-20", False)])
def test_a_promised_day_is_sixty_days_ahead_at_most(runtime, day: str, is_taken) -> None:
    _, case = raised(runtime, q3_3=5)

    toast = Clerk(runtime).press(case, f"promise={day}")

    assert (reload(runtime, case).case.promised_on is not None) == is_taken
    assert ("60 ngày" in toast) != is_taken


# -- one damaged row


def damage(runtime, case) -> None:
    broken = update(case_rows).where(case_rows.c.id == case.id).values(sealed_words=b"x" * 40)
    runtime.database.write(lambda tx: tx.execute(broken))


def test_a_comment_that_cannot_be_opened_is_said_on_the_card_and_stops_no_list(runtime) -> None:
    _, case = raised(runtime, comment="chị ở quầy 3 gắt gỏng", q3_3=5)
    _, other = raised(runtime, person=1002, q3_3=5)
    damage(runtime, case)
    clerk = Clerk(runtime)

    clerk.type("danh sách")
    clerk.press(case, "card=claim")

    assert case.number in said(runtime)[-1]
    assert other.number in said(runtime)[-1]
    assert any("bị hỏng" in card.text for card in cards_in(runtime, UNIT))
    with runtime.database.reading() as tx:
        kept = tx.execute(select(case_rows.c.sealed_words).where(case_rows.c.id == case.id)).scalar_one()
    assert kept == b"x" * 40
    assert (reload(runtime, case).words, reload(runtime, case).is_damaged) == (None, True)


def test_a_name_that_cannot_be_opened_stops_no_list_and_is_kept_anew_when_its_owner_acts(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    clerk.press(case, "card=claim")
    runtime.database.write(lambda tx: tx.execute(update(people).values(sealed_name=b"x" * 40)))

    Clerk(runtime, person=502, name="Cán bộ Hai").type("danh sách")
    damaged = said(runtime)[-1]
    clerk.type("danh sách")

    assert f"{case.number}" in damaged
    assert damaged.endswith("?")
    assert said(runtime)[-1].endswith("Cán bộ Một")


def test_the_job_goes_on_when_one_case_fails(runtime) -> None:
    cases = [raised(runtime, person=1001 + n, q3_3=5)[1] for n in range(3)]
    for case in cases:
        Clerk(runtime).press(case, "promise=2026-11-25")
    hers = talks.c.id == cases[0].conversation_id
    broken = update(talks).where(hers).values(sealed_state=b"x" * 40)
    runtime.database.write(lambda tx: tx.execute(broken))

    watch(runtime, at(25, 8))

    asked = [reload(runtime, case).promise_asked_at for case in cases]
    assert asked == [None, at(25, 8), at(25, 8)]


class Taking:
    """A channel that takes everything."""

    name, is_platform, can_edit = "telegram", False, True

    def make_pace(self) -> Pace:
        return Pace(private=Rate(per_second=9, burst=9), group=Rate(per_second=9, burst=9), per_second=30)

    async def send(self, claimed: Claimed) -> Delivered:
        return Delivered(str(claimed.due.id))


async def test_a_message_whose_consequences_fail_does_not_block_its_chat(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).type(f"trả lời {case.number}: chúng tôi đang xem")
    damaged = update(complaint_events).values(details="{")
    runtime.database.write(lambda tx: tx.execute(damaged))

    channel: Any = Taking()
    sender = Sender(runtime, channel)
    await sender.round()
    async with asyncio.timeout(5):
        await asyncio.gather(*sender.flying.values())

    with runtime.database.reading() as tx:
        query = select(outbox.c.state, outbox.c.fault).where(
            outbox.c.place == "reply", outbox.c.complaint_id == case.id
        )
        [reply] = tx.execute(query)
    assert tuple(reply) == ("sent", "JSONDecodeError")
    assert sender.flying == {}


# -- lists


def test_a_long_history_shows_its_newest_entries_and_counts_the_others(runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    clerk = Clerk(runtime)
    for number in range(60):
        clerk.type(f"ghi chú {case.number}: lần {number} " + "đã gọi quầy " * 20)
    clerk.type(f"lịch sử {case.number}")

    shown = messages_to(runtime, UNIT)[-1].quote

    assert "lần 59" in shown
    assert "lần 0 " not in shown
    assert len(shown) <= 3500
    left_out = 61 - (shown.count("\n"))
    assert shown.startswith(f"… và {left_out} mục cũ hơn.")


def test_the_list_is_refused_like_other_commands_to_who_is_not_bound(database_url, tmp_path) -> None:
    tree = build_settings(database_url, complaints={"who_may_act": "bound_accounts"})
    with open_runtime(tmp_path, tree) as runtime:
        _, case = raised(runtime, q3_3=5)
        Clerk(runtime).type("danh sách")

        assert case.number not in said(runtime)[-1]
        assert "/dangky" in said(runtime)[-1]
