"""Rooms of staff on the web: what they show, and a whole case worked by forms without any script."""

import asyncio
import re
from datetime import timedelta

import pytest

from storage import complaints
from storage.staff import Role
from survey.complaints.case import Status
from tests.room_visits import (
    ABOVE,
    INSPECTION,
    build_room_settings,
    case_in,
    deliver,
    enter,
    new_client,
    nonce_in,
    words_in,
)
from tests.running import open_runtime
from tests.staffing import complain, messages_to, reload


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, build_room_settings(database_url)) as runtime:
        yield runtime


@pytest.fixture
async def client(runtime):
    async with new_client(runtime) as client:
        yield client


async def test_a_whole_case_is_worked_by_forms_alone(runtime, client):
    citizen, case = complain(runtime, q3_3=5, comment="Chờ hơi lâu.")
    visitor = await enter(client, runtime)

    page = case_in(await visitor.look(), case)
    for words in (
        "PA-2026-0001",
        "Thái độ phục vụ: Rất kém",
        "Chờ hơi lâu.",
        "Hạn: 30/11/2026",
        "Chưa ai nhận",
    ):
        assert words in page
    assert "PA-2026-0001: Cán bộ Một nhận xử lý." in await visitor.press(case, "card=claim")
    assert "Đang xử lý: Cán bộ Một" in case_in(await visitor.look(), case)

    await visitor.write(case, "Chúng tôi xin lỗi.")
    reply = messages_to(runtime, str(citizen.person))[-1]
    assert "Phòng Quản lý thương mại trả lời" in reply.title
    assert "Chúng tôi xin lỗi." in reply.text
    assert "Cán bộ Một" not in reply.plain()

    await visitor.press(case, "card=resolve")
    page = case_in(await visitor.look(), case)
    assert "nguyên nhân của PA-2026-0001" in page
    assert "Do cán bộ" in page
    await visitor.press(case, "cause=staff")
    page = case_in(await visitor.look(), case)
    assert "đã làm gì với PA-2026-0001" in page
    assert "Do cán bộ" not in page
    await visitor.press(case, "action=apologised")

    after = reload(runtime, case)
    assert (after.case.status, after.cause, after.action) == (Status.RESOLVED, "staff", "apologised")
    assert "Phản ánh đang mở (0)" in await visitor.look()
    asked = messages_to(runtime, str(citizen.person))[-1]
    assert [button.text for button in asked.controls] == ["Đã xong", "Một phần", "Chưa"]


async def test_cause_and_action_can_be_written_in_own_words(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "card=resolve")

    await visitor.write(case, "Máy in hỏng; phải chờ thợ")
    await visitor.write(case, "Mượn máy in khác")

    after = reload(runtime, case)
    assert (after.case.status, after.cause, after.action) == (Status.RESOLVED, "other", "other")
    assert "mượn máy in khác" in messages_to(runtime, "1001")[-1].text.lower()


async def test_the_rest_of_the_menu_works_in_place(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)

    await visitor.press(case, "card=more")
    assert "Ghi chú nội bộ" in case_in(await visitor.look(), case)
    await visitor.press(case, "more=note")
    assert "Người dân không thấy" in case_in(await visitor.look(), case)
    before = len(messages_to(runtime, str(citizen.person)))
    await visitor.write(case, "hỏi lại bộ phận một cửa")
    assert len(messages_to(runtime, str(citizen.person))) == before
    assert "hỏi lại bộ phận một cửa" in case_in(await visitor.look(), case)

    await visitor.press(case, "card=more")
    await visitor.press(case, "more=promise")
    page = await visitor.look()
    day = re.search(r'value="(promise=2026-11-\d\d)"', page)[1]
    await visitor.press(case, day)
    assert reload(runtime, case).case.promised_on is not None

    await visitor.press(case, "card=more")
    await visitor.press(case, "more=ask")
    await visitor.write(case, "Ông/bà đến ngày nào?")
    assert reload(runtime, case).case.waiting_since is not None


async def test_a_note_is_never_sent_as_a_reply_however_long_the_page_stood_open(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "more=note")
    field = {"complaint": str(case.id), "answers": "", "asks": "note"}
    before = len(messages_to(runtime, str(citizen.person)))

    runtime.clock.at += timedelta(hours=2)
    await visitor.post(text="người này hay kêu ca", **field)
    await visitor.post(text="ghi thêm lần nữa", **field)

    assert len(messages_to(runtime, str(citizen.person))) == before
    with runtime.database.reading() as tx:
        events = complaints.list_events(tx, runtime.setup.vault, case.id, what=("noted", "replied"))
    assert [(e.what, e.words) for e in events] == [
        ("noted", "người này hay kêu ca"),
        ("noted", "ghi thêm lần nữa"),
    ]


async def test_a_reply_written_on_the_card_is_no_answer_to_a_question_of_ours(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    field = {"complaint": str(case.id), "answers": (await _card_id(visitor, case)), "asks": ""}
    await visitor.press(case, "card=resolve")

    await visitor.post(text="Mời bác đến lấy kết quả.", **field)

    assert "Mời bác đến lấy kết quả." in messages_to(runtime, str(citizen.person))[-1].text
    assert reload(runtime, case).case.status is Status.CLAIMED


async def _card_id(visitor, case):
    page = await visitor.look()
    return re.search(rf'id="viec{case.id}-write".*?name="answers" value="(\d+)"', page, re.DOTALL)[1]


async def test_an_action_whose_cause_is_gone_is_not_guessed_and_the_words_stay(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)

    response = await visitor.post(text="đã gọi điện", complaint=str(case.id), asks="action")

    assert response.status == 200
    assert "Câu hỏi này đã cũ" in await response.text()
    assert reload(runtime, case).case.status is Status.NEW


async def test_words_can_be_given_up(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "more=note")

    await visitor.press(case, "web=cancel")

    assert "Trả lời người dân" in case_in(await visitor.look(), case)


@pytest.mark.parametrize(("text", "said"), [("  ", "Chưa viết gì"), ("ô" * 3501, "Dài quá 3500")])
async def test_words_that_cannot_be_sent_stay_in_the_field(runtime, client, text, said):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    before = len(messages_to(runtime, str(citizen.person)))

    response = await visitor.write(case, text)

    page = await response.text()
    assert response.status == 200
    assert said in page
    assert text.strip() in page
    assert 'aria-invalid="true"' in page
    assert len(messages_to(runtime, str(citizen.person))) == before


async def test_commands_are_answered_in_the_room(runtime, client):
    complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)

    await visitor.post(text="danh sach")
    assert "Phản ánh đang mở: 1" in await visitor.look()
    await visitor.post(text="nhan PA-2026-0001")
    assert "Đang xử lý: Cán bộ Một" in words_in(await visitor.look())
    refused = await visitor.post(text="chào cả nhà")
    assert "Chưa hiểu lệnh này" in await refused.text()


async def test_a_command_leaves_an_open_question_open_and_other_words_do_not_answer_it(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "card=resolve")

    await visitor.post(text="danh sach")
    await visitor.post(text="ai nhận việc này?")

    assert "nguyên nhân của PA-2026-0001" in case_in(await visitor.look(), case)


async def test_two_who_claim_at_once_get_one_holder_and_the_other_is_told_who(runtime, client):
    _, case = complain(runtime, q3_3=5)
    one = await enter(client, runtime)
    two = await enter(client, runtime, name="Cán bộ Hai")

    said = await asyncio.gather(one.press(case, "card=claim"), two.press(case, "card=claim"))

    assert sorted("nhận xử lý" in words for words in said) == [False, True]
    assert sorted("đang xử lý" in words for words in said) == [False, True]


async def test_the_same_form_twice_counts_once(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    fields = {
        "nonce": nonce_in(await visitor.look()),
        "complaint": str(case.id),
        "answers": await _card_id(visitor, case),
    }

    for _ in range(3):
        assert (await visitor.post(text="Chúng tôi xin lỗi.", **fields)).status == 303

    said = [m for m in messages_to(runtime, str(citizen.person)) if "Chúng tôi xin lỗi." in m.text]
    assert len(said) == 1
    other = await enter(client, runtime, name="Cán bộ Hai")
    await other.post(text="Chúng tôi xin lỗi.", **fields)
    said = [m for m in messages_to(runtime, str(citizen.person)) if "Chúng tôi xin lỗi." in m.text]
    assert len(said) == 2


async def test_a_case_that_is_passed_on_leaves_the_room_with_one_line(runtime, client):
    _, case = complain(runtime, q3_3=5, comment="Cán bộ quát tôi.")
    below = await enter(client, runtime)
    above = await enter(client, runtime, ABOVE, name="Trưởng phòng", unit=None, role=Role.OFFICE)
    await below.press(case, "more=note")
    await below.write(case, "việc này khó")
    assert "PA-2026-0001" not in await above.look()

    deliver(runtime)
    await below.press(case, "card=escalate")

    page = await below.look()
    assert "Phản ánh PA-2026-0001 đã chuyển sang nơi khác xử lý." in page
    assert "quát" not in page
    assert "việc này khó" not in page
    assert "Cán bộ quát tôi." in await above.look()
    assert "Không có phản ánh này" in await below.press(case, "card=claim")
    assert "Nhận xử lý" in case_in(await above.look(), case)


@pytest.mark.parametrize(
    "press", ["card=claim", "card=escalate", "more=full", "cause=staff", "verdict=done", "rate=1"]
)
async def test_a_case_that_is_not_seated_in_the_room_cannot_be_pressed(runtime, client, press):
    _, case = complain(runtime, q3_8=1, comment="phải đưa phong bì")
    visitor = await enter(client, runtime)
    before = reload(runtime, case)

    said = await visitor.press(case, press)

    assert said in {"Không có phản ánh này trong nhóm.", "Nút này không dùng được ạ."}
    assert reload(runtime, case) == before
    assert "phong bì" not in await visitor.look()


async def test_words_for_a_case_of_another_room_go_nowhere(runtime, client):
    citizen, case = complain(runtime, q3_8=1)
    visitor = await enter(client, runtime)
    inspector = await enter(client, runtime, INSPECTION, unit=None, role=Role.INSPECTION)
    before = len(messages_to(runtime, str(citizen.person)))

    await visitor.post(text="bác rút đơn đi", complaint=str(case.id), answers=await _card_id(inspector, case))
    await visitor.post(text="ghi bừa", complaint=str(case.id), asks="note")
    await visitor.post(text="xem du PA-2026-0001")

    assert len(messages_to(runtime, str(citizen.person))) == before
    assert reload(runtime, case).revision == case.revision
