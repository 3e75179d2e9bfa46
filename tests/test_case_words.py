"""What the citizen writes about her case: whom it reaches, which case it is about, what goes on with it, and how much."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.runtime import Runtime
from storage import addresses, complaints
from storage.complaints import Complaint
from storage.tables import outbox
from survey.complaints.case import Status
from survey.complaints.rules import Route
from survey.conversation import Place
from tests.building import AT
from tests.staffing import INTEGRITY, OFFICE, UNIT, Clerk, cards_in, messages_to, raised, reload
from tests.talking import Talker, find_talk, invite, message_update, press_update, send_all

ACCUSING = "cán bộ vòi tiền, tôi phải đưa phong bì 500 nghìn mới được nhận hồ sơ"
PLAIN = "tôi đến lần thứ hai"
MEANT = "Ông/bà muốn gửi lời này cho nơi xử lý phản ánh"


def answer(citizen: Talker, text: str | None, **changes: Any) -> None:
    """Let her answer the newest message about a case that was sent to her."""
    ref = newest_ref(citizen)
    about = {"message_id": ref, "chat": {"id": citizen.person, "type": "private"}, "date": 1_790_000_000}
    citizen.deliver(message_update(citizen.person, text, reply_to_message=about, **changes))  # type: ignore[arg-type]


def newest_ref(citizen: Talker) -> int:
    runtime = citizen.runtime
    with runtime.database.reading() as tx:
        address = addresses.find_address(
            tx, runtime.setup.vault, channel="telegram", name=str(citizen.person)
        )
        assert address is not None
        hers = (outbox.c.address_id == address.id) & outbox.c.complaint_id.is_not(None)
        hers &= outbox.c.message_ref.is_not(None)
        found = tx.execute(select(outbox.c.message_ref).where(hers).order_by(outbox.c.id.desc()).limit(1))
        return int(found.scalar_one())


def photo(caption: str | None = None) -> dict[str, Any]:
    size = {"file_id": "PIC", "file_unique_id": "u", "width": 9, "height": 9}
    return {"photo": [size], "caption": caption}


def document(caption: str | None = None) -> dict[str, Any]:
    file = {"file_id": "DOC", "file_unique_id": "u", "file_name": "Nguyen Thi Lan.pdf"}
    return {"document": file, "caption": caption}


def told(runtime: Runtime, case: Complaint) -> list[str]:
    """Return the words of hers that belong to a case."""
    with runtime.database.reading() as tx:
        events = complaints.list_events(tx, runtime.setup.vault, case.id, what=("told",))
    return [event.words or "" for event in events]


def quotes(runtime: Runtime, chat: str) -> list[str]:
    """Return her words as a chat was shown them, besides cards."""
    return [m.quote for m in messages_to(runtime, chat) if "người dân nhắn" in m.title]


def heard(citizen: Talker) -> list[str]:
    return [m.plain() for m in messages_to(citizen.runtime, str(citizen.person))]


def press(citizen: Talker, case: Complaint, choice: str) -> str:
    return citizen.deliver(press_update(citizen.person, f"c{case.id}|{choice}")).toast


def draft_buttons(citizen: Talker) -> list[str]:
    """Return the yes of each question whether words are meant for the office, oldest first."""
    asked = [m for m in messages_to(citizen.runtime, str(citizen.person)) if MEANT in m.text]
    return [m.controls[0].press for m in asked]


# -- whom the words reach


@pytest.mark.parametrize("is_out", [True, False])
def test_words_that_accuse_leave_the_unit_before_anybody_reads_them(runtime: Runtime, is_out: bool) -> None:
    citizen, case = raised(runtime, q3_3=5)
    if is_out:
        send_all(runtime)
        Clerk(runtime).press(case, "card=claim")
        send_all(runtime)
    citizen.type(PLAIN)
    press(citizen, case, draft_buttons(citizen)[-1])  # waits for the unit when the next words come
    assert quotes(runtime, UNIT) == [PLAIN]

    citizen.type(ACCUSING)

    after = reload(runtime, case)
    assert (after.case.route, after.case.status) == (Route.INTEGRITY, Status.NEW)
    assert (after.case.holder, after.case.level, after.is_fallback) == (None, 0, False)
    assert after.is_critical
    assert quotes(runtime, INTEGRITY) == [ACCUSING]
    assert quotes(runtime, UNIT) == []  # what had not left is not sent any more
    assert len(cards_in(runtime, INTEGRITY)) == 1
    unit = [m.plain() for m in messages_to(runtime, UNIT)]
    assert not any("phong bì" in text for text in unit)
    if is_out:
        assert cards_in(runtime, UNIT)[-1].plain() == f"Phản ánh {case.number} đã chuyển sang nơi khác xử lý."
    else:
        assert unit == []
    with runtime.database.reading() as tx:
        events = complaints.list_events(tx, runtime.setup.vault, case.id, what=("turned_critical",))
    assert len(events) == 1


def test_a_resolved_case_that_turns_critical_is_open_again_with_a_new_date(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).press(case, "card=claim")
    Clerk(runtime).resolve(case)
    send_all(runtime)
    runtime.clock.at = AT + timedelta(days=30)  # type: ignore[attr-defined]  # the tests' clock is moved by hand

    answer(citizen, ACCUSING)

    after = reload(runtime, case)
    assert (after.case.route, after.case.status) == (Route.INTEGRITY, Status.NEW)
    assert after.due_at > runtime.clock()


def test_words_that_name_a_head_go_to_those_above(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).answer_card(case, "Bác gặp ai ạ?")
    send_all(runtime)

    citizen.type("trưởng phòng chưa trả lời tôi")

    after = reload(runtime, case)
    assert (after.case.route, after.case.level, after.case.holder) == (Route.UNIT, 1, None)
    assert quotes(runtime, UNIT) == []
    assert quotes(runtime, OFFICE) == ["trưởng phòng chưa trả lời tôi"]


# -- what goes on with the words


def test_a_picture_waits_for_the_hold_like_the_card(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5, reply="no")
    send_all(runtime)
    assert case.shown_at > runtime.clock()

    answer(citizen, None, **photo("đây ạ"))

    with runtime.database.reading() as tx:
        files = tx.execute(select(outbox.c.not_before).where(outbox.c.place == "file")).scalars().all()
    assert files == [case.shown_at]


def test_a_document_with_its_name_is_not_passed_on_and_she_is_told_so(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)

    answer(citizen, None, **document("giấy đây ạ"))
    answer(citizen, None, **document())

    assert not any(m.attachment for m in messages_to(runtime, UNIT))
    assert told(runtime, case) == ["giấy đây ạ"]
    assert sum("không chuyển được tệp" in text for text in heard(citizen)) == 2


def test_a_command_that_answers_a_message_about_the_case_stays_a_command(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)

    answer(citizen, "/delete")

    assert told(runtime, case) == []
    assert [b.press for b in messages_to(runtime, str(citizen.person))[-1].controls] == [
        "erase=erase_yes",
        "erase=erase_no",
    ]


def test_each_of_two_drafts_is_sent_by_its_own_yes_and_only_once(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    citizen.type(PLAIN)
    citizen.type("tôi nộp ở quầy số 3")
    first, second = draft_buttons(citizen)

    for _ in range(2):
        press(citizen, case, first)
    assert told(runtime, case) == [PLAIN]
    press(citizen, case, second.replace("yes", "no"))
    press(citizen, case, second)

    assert told(runtime, case) == [PLAIN]
    assert quotes(runtime, UNIT) == [PLAIN]


def test_a_draft_keeps_the_picture_that_came_with_it(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)

    citizen.deliver(message_update(citizen.person, None, **photo(PLAIN)))  # type: ignore[arg-type]
    press(citizen, case, draft_buttons(citizen)[-1])

    assert told(runtime, case) == [PLAIN]
    assert [m.attachment for m in messages_to(runtime, UNIT) if m.attachment] == ["photo:PIC"]
    assert not any("\x1f" in m.plain() for m in messages_to(runtime, UNIT))


# -- which case the words are about


def two_cases(runtime: Runtime) -> tuple[Talker, Complaint, Complaint]:
    _, first = raised(runtime, q3_3=5)
    citizen, second = raised(runtime, q3_3=5)
    send_all(runtime)
    return citizen, first, second


@pytest.mark.parametrize("how", ["asked", "replied"])
def test_words_after_a_message_about_another_case_are_asked_about_with_its_number(
    runtime: Runtime, how: str
) -> None:
    citizen, first, second = two_cases(runtime)
    if how == "asked":
        Clerk(runtime).type(f"hỏi thêm {first.number}: việc xảy ra ở quầy nào ạ?")
    else:
        Clerk(runtime).answer_card(first, "Chúng tôi đang xem lại.")

    citizen.type("ở quầy số 3")

    assert first.number in messages_to(runtime, str(citizen.person))[-1].text
    assert (told(runtime, first), told(runtime, second)) == ([], [])
    press(citizen, first, draft_buttons(citizen)[-1])
    assert (told(runtime, first), told(runtime, second)) == (["ở quầy số 3"], [])
    assert reload(runtime, first).case.waiting_since is None


def test_a_reply_of_more_than_a_week_ago_awaits_no_words(runtime: Runtime) -> None:
    citizen, first, second = two_cases(runtime)
    Clerk(runtime).answer_card(first, "Chúng tôi đang xem lại.")
    runtime.clock.at = AT + timedelta(days=8)  # type: ignore[attr-defined]  # the tests' clock is moved by hand

    citizen.type("ở quầy số 3")

    assert second.number in messages_to(runtime, str(citizen.person))[-1].text


def test_the_form_that_is_open_keeps_its_answers_and_the_case_gets_the_rest(runtime: Runtime) -> None:
    _, case = raised(runtime, q3_3=5)
    offer = invite(runtime)
    citizen = Talker(runtime).open(offer)
    send_all(runtime)
    Clerk(runtime).type(f"hỏi thêm {case.number}: việc xảy ra ở quầy nào ạ?")
    citizen.press("greeting=begin")

    citizen.type("2")
    assert find_talk(runtime, offer).state.answers == {"3.1": 2}
    citizen.type("ở chỗ bàn cạnh cửa sổ, hôm thứ ba tuần trước")
    [yes] = draft_buttons(citizen)
    assert find_talk(runtime, offer).state.answers == {"3.1": 2}
    press(citizen, case, yes)
    assert told(runtime, case) == ["ở chỗ bàn cạnh cửa sổ, hôm thứ ba tuần trước"]

    citizen.go_to(Place.COMMENT)
    citizen.type("nên có thêm ghế ngồi chờ")
    assert find_talk(runtime, offer).state.comment == "nên có thêm ghế ngồi chờ"
    assert len(draft_buttons(citizen)) == 1


# -- how much


def test_a_flood_is_collected_and_said_once(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).answer_card(case, "Bác kể thêm giúp ạ.")
    send_all(runtime)

    for number in range(25):
        citizen.type(f"tôi đến lần thứ {number}")

    assert len(told(runtime, case)) == 25
    assert len(quotes(runtime, UNIT)) == 10
    assert sum("nhiều lời nhắn" in text for text in heard(citizen)) == 1
    assert sum("ghi ở lịch sử" in m.plain() for m in messages_to(runtime, UNIT)) == 1

    runtime.clock.at = AT + timedelta(minutes=11)  # type: ignore[attr-defined]  # the tests' clock is moved by hand
    citizen.type("thêm một lời nữa")
    assert quotes(runtime, UNIT)[-1] == "thêm một lời nữa"


def test_an_accusation_in_a_flood_and_a_picture_are_not_lost_in_it(runtime: Runtime) -> None:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).answer_card(case, "Bác kể thêm giúp ạ.")
    send_all(runtime)
    for number in range(12):
        citizen.type(f"tôi đến lần thứ {number}")

    citizen.deliver(message_update(citizen.person, None, **photo()))  # type: ignore[arg-type]
    assert "gửi lại hình sau 10 phút" in heard(citizen)[-1]
    citizen.type(ACCUSING)

    assert reload(runtime, case).case.route is Route.INTEGRITY
    assert quotes(runtime, INTEGRITY) == [ACCUSING]
