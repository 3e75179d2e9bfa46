"""A complaint from the alert to the citizen's last word, in the chats of staff."""

from datetime import timedelta

import pytest

from bot.runtime import Runtime
from handlers.complaints import watching
from survey.complaints.case import Status
from tests.staffing import (
    INTEGRITY,
    OFFICE,
    OPERATOR,
    UNIT,
    Clerk,
    cards_in,
    complain,
    find_case,
    messages_to,
    reload,
)
from tests.talking import Talker, invite, send_all


def test_a_good_form_raises_nothing(runtime: Runtime) -> None:
    _, case = complain(runtime, reply="no")

    assert case is None
    assert cards_in(runtime, UNIT) == []


def test_a_bad_answer_reaches_the_unit_with_what_raised_it_and_nothing_else(runtime: Runtime) -> None:
    _, case = complain(runtime, q3_3=5, q3_2=4)

    assert case is not None
    assert (case.number, case.kind) == ("PA-2026-0001", "attitude")
    [card] = cards_in(runtime, UNIT)
    assert "PA-2026-0001" in card.title
    assert "Thái độ phục vụ: Rất kém" in card.text
    assert "niêm yết" not in card.text
    assert "Hạn: 30/11/2026 (5 ngày làm việc: đến 16:30 thứ Hai 30/11; nghỉ 24/11)" in card.text
    assert [button.text for button in card.controls[:5]] == [
        "Nhận xử lý",
        "Trả lời",
        "Đã giải quyết",
        "Chuyển cấp trên",
        "Trả lại",
    ]


def test_one_form_gives_one_complaint_with_all_its_reasons(runtime: Runtime) -> None:
    complain(runtime, q3_3=4, q3_7=1, q3_9=3, q3_10=5)

    [card] = cards_in(runtime, UNIT)
    assert card.text.count(": ") >= 6
    for words in ("Thái độ phục vụ: Kém", "Bổ sung giấy tờ", "Trễ hẹn", "Rất không hài lòng"):
        assert words in card.text


@pytest.mark.parametrize(
    ("marks", "comment"), [({"q3_8": 1}, ""), ({}, "phải đưa phong bì 500 nghìn mới được nhận hồ sơ")]
)
def test_what_accuses_somebody_never_reaches_the_unit(
    runtime: Runtime, marks: dict[str, int], comment: str
) -> None:
    _, case = complain(runtime, comment=comment, **marks)  # type: ignore[arg-type]  # marks are numbers

    assert case is not None
    assert case.is_critical
    assert len(cards_in(runtime, INTEGRITY)) == 1
    assert messages_to(runtime, UNIT) == []


def test_two_who_claim_at_once_get_one_holder_and_the_other_is_told_who(runtime: Runtime) -> None:
    _, case = complain(runtime, q3_3=5)
    assert case is not None
    one, two = Clerk(runtime), Clerk(runtime, person=502, name="Cán bộ Hai")

    assert "Cán bộ Một nhận xử lý" in one.press(case, "card=claim")
    assert "Cán bộ Một đang xử lý" in two.press(case, "card=claim")

    [card] = cards_in(runtime, UNIT)
    assert "Đang xử lý: Cán bộ Một" in card.text


def test_answering_the_card_sends_the_words_to_the_citizen_who_sees_the_unit(runtime: Runtime) -> None:
    citizen, case = complain(runtime, q3_3=5)
    assert case is not None
    send_all(runtime)

    Clerk(runtime).answer_card(case, "Chúng tôi xin lỗi bác.")
    send_all(runtime)

    reply = messages_to(runtime, str(citizen.person))[-1]
    assert "Phòng Quản lý thương mại trả lời phản ánh PA-2026-0001" in reply.title
    assert "Chúng tôi xin lỗi bác." in reply.text
    assert "Cán bộ Một" not in reply.plain()
    assert "đã đến người dân" in cards_in(runtime, UNIT)[-1].text
    assert [m.text for m in messages_to(runtime, UNIT)].count(
        "PA-2026-0001: câu trả lời đã đến người dân."
    ) == 1


def test_the_citizen_has_the_last_word(runtime: Runtime) -> None:
    citizen, case = complain(runtime, q3_3=5)
    assert case is not None
    send_all(runtime)
    clerk = Clerk(runtime)
    clerk.press(case, "card=claim")
    clerk.resolve(case)
    asked = messages_to(runtime, str(citizen.person))[-1]
    assert [button.text for button in asked.controls] == ["Đã xong", "Một phần", "Chưa"]

    citizen.deliver(_case_press(citizen, case.id, "verdict=not"))
    assert reload(runtime, case).case.status is Status.CLAIMED
    citizen.type("vẫn chưa ai gọi lại cho tôi")
    assert messages_to(runtime, UNIT)[-1].quote == "vẫn chưa ai gọi lại cho tôi"

    clerk.resolve(case)
    citizen.deliver(_case_press(citizen, case.id, "verdict=not"))
    after = reload(runtime, case)
    assert (after.case.level, after.case.status, after.case.holder) == (1, Status.NEW, None)
    assert len(cards_in(runtime, OFFICE)) == 1
    assert "chuyển sang nơi khác" in cards_in(runtime, UNIT)[-1].text
    assert "không có phản ánh này" in clerk.press(case, "card=claim").lower()

    above = Clerk(runtime, person=601, name="Văn phòng", chat=OFFICE)
    above.resolve(case)
    citizen.deliver(_case_press(citizen, case.id, "verdict=done"))
    citizen.deliver(_case_press(citizen, case.id, "rate=2"))
    assert reload(runtime, case).case.rating == 2


def test_a_form_left_with_a_bad_answer_raises_it_after_a_quarter_of_an_hour(runtime: Runtime) -> None:
    talker = Talker(runtime).open(invite(runtime))
    for press in ("greeting=begin", "3.1=1", "3.2=1", "3.3=5"):
        talker.press(press)
    at = runtime.clock()

    def watch(minutes: int) -> int:
        later = at + timedelta(minutes=minutes)
        return runtime.database.write(lambda tx: watching.watch(tx, runtime.setup, later))

    watch(14)
    assert find_case(runtime, talker) is None
    watch(16)
    watch(17)

    case = find_case(runtime, talker)
    assert case is not None
    assert case.is_unfinished
    [card] = cards_in(runtime, UNIT)
    assert "chưa gửi" in card.text


def test_a_chat_that_is_gone_is_replaced_by_those_above_and_the_operator_is_told(runtime: Runtime) -> None:
    Clerk(runtime).deliver(
        {
            "update_id": 9_999_999,
            "my_chat_member": {
                "chat": {"id": int(UNIT), "type": "supergroup", "title": "Tổ"},
                "from": {"id": 1, "is_bot": False, "first_name": "A"},
                "date": 1_790_000_000,
                "old_chat_member": {"status": "member", "user": {"id": 2, "is_bot": True, "first_name": "B"}},
                "new_chat_member": {"status": "left", "user": {"id": 2, "is_bot": True, "first_name": "B"}},
            },
        }
    )
    complain(runtime, q3_3=5)

    assert len(cards_in(runtime, OFFICE)) == 1
    assert "Không gửi được phản ánh" in messages_to(runtime, OPERATOR, "web")[-1].text


def _case_press(citizen: Talker, case_id: int, press: str) -> dict[str, object]:
    from tests.talking import press_update

    return press_update(citizen.person, f"c{case_id}|{press}")
