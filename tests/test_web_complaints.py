"""A complaint on the citizen's own page: what the office says, what she is asked, and her words to the office."""

import re

import pytest

from storage import complaints
from survey.complaints.case import Status
from tests.room_visits import Visitor, words_in
from tests.web_fixture import QUESTIONS, look, nonce_in, open_client, open_house, send

ROOM = "to-thuong-mai"


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def client(house):
    async with open_client(house) as client:
        yield client


async def complain(house, client, *, comment="", bad="3.3"):
    """Let a citizen hand in a form with a bad answer. Return her link and her case."""
    token = house.invite()
    await send(client, token, press="greeting=begin")
    for key in QUESTIONS:
        good = "2" if key in {"3.7", "3.8"} else "1"
        await send(client, token, press=f"{key}=" + ("5" if key == bad else good))
    await (send(client, token, text=comment) if comment else send(client, token, press="comment=skip"))
    await send(client, token, press="reply=without_code")
    await send(client, token, press="contact=skip")
    await send(client, token, press="summary=submit")
    talk = house.talk(token)
    return token, case_of(house, talk.id)


def case_of(house, conversation_id):
    return house.read(lambda tx, setup: complaints.find_by_conversation(tx, setup.vault, conversation_id))


async def officer(client):
    """Return somebody in the unit's room; the demo asks for no code."""
    visitor = Visitor(client, ROOM)
    response = await client.get(f"/phong/{ROOM}")
    visitor.cookie = response.cookies["phong"].value
    return visitor


async def press(client, token, case, what, **fields):
    return await send(client, token, press=what, complaint=str(case.id), conversation="", **fields)


async def write(client, token, text):
    """Write into the field for the office, as the page has it."""
    page = await look(client, token)
    answers = re.search(r'name="answers" value="(\d*)"', page)[1]
    number = re.search(r'name="complaint" value="(\d+)"', page)[1]
    return await send(client, token, text=text, complaint=number, answers=answers)


def later_in(page):
    return words_in(page[page.index('id="later"') :].partition("<footer")[0])


async def test_the_page_tells_the_number_and_by_when(house, client):
    token, _ = await complain(house, client)

    said = later_in(await look(client, token))

    assert "Phản ánh của ông/bà" in said
    assert "PA-2026-0001" in said
    assert "Viết cho nơi xử lý phản ánh PA-2026-0001" in said


async def test_a_form_without_complaint_has_no_field_for_one(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    for key in QUESTIONS:
        await send(client, token, press=f"{key}=" + ("2" if key in {"3.7", "3.8"} else "1"))
    for what in ("comment=skip", "contact=skip", "summary=submit"):
        await send(client, token, press=what)

    page = await look(client, token)

    assert "Cảm ơn ông/bà" in page
    assert 'name="complaint"' not in page


async def test_the_whole_talk_between_citizen_and_office(house, client):
    token, case = await complain(house, client, comment="Chờ hơi lâu.")
    clerk = await officer(client)
    await clerk.write(case, "Xin lỗi, hôm đó máy hỏng.")
    assert "Xin lỗi, hôm đó máy hỏng." in later_in(await look(client, token))

    await write(client, token, "Bao giờ tôi nhận được?")
    assert "Bao giờ tôi nhận được?" in await clerk.look()
    assert "Đã chuyển lời của ông/bà" in later_in(await look(client, token))

    for what in ("card=resolve", "cause=system", "action=corrected"):
        await clerk.press(case, what)
    page = await look(client, token)
    for words in ("Đã xong", "Một phần", "Chưa"):
        assert words in later_in(page)
    response = await press(client, token, case, "verdict=done")
    assert response.status == 303
    page = await look(client, token)
    assert "Rất hài lòng" in later_in(page)
    await press(client, token, case, "rate=2")

    after = case_of(house, case.conversation_id)
    assert (after.case.status, after.case.rating) == (Status.RESOLVED, 2)
    page = await look(client, token)
    assert "Cảm ơn ông/bà đã đánh giá" in later_in(page)
    assert 'value="rate=1"' not in page


async def test_not_done_reopens_and_asks_for_words(house, client):
    token, case = await complain(house, client)
    clerk = await officer(client)
    for what in ("card=resolve", "cause=system", "action=corrected"):
        await clerk.press(case, what)

    await press(client, token, case, "verdict=not")
    page = await look(client, token)
    assert "còn việc gì chưa xong" in later_in(page)
    assert 'value="verdict=done"' not in page
    await write(client, token, "vẫn chưa ai gọi")

    assert case_of(house, case.conversation_id).case.status is Status.CLAIMED
    assert "vẫn chưa ai gọi" in await clerk.look()


async def test_words_without_a_message_they_answer_are_asked_about(house, client):
    token, case = await complain(house, client)
    clerk = await officer(client)

    await send(client, token, text="hôm đó trời mưa")
    page = await look(client, token)
    assert "Ông/bà muốn gửi lời này" in later_in(page)
    assert "hôm đó trời mưa" not in await clerk.look()
    await press(client, token, case, "tell=yes")

    assert "hôm đó trời mưa" in await clerk.look()
    assert 'value="tell=yes"' not in await look(client, token)


async def test_a_button_that_is_old_says_so(house, client):
    token, case = await complain(house, client)

    response = await press(client, token, case, "verdict=done")

    assert response.status == 200
    assert "Nút này đã cũ" in await response.text()


async def test_nobody_presses_the_complaint_of_somebody_else(house, client):
    _, theirs = await complain(house, client)
    token, _ = await complain(house, client)
    clerk = await officer(client)
    for what in ("card=resolve", "cause=system", "action=corrected"):
        await clerk.press(theirs, what)

    response = await press(client, token, theirs, "verdict=not")
    await send(client, token, text="lời lạ", complaint=str(theirs.id), answers="1")

    assert "Nút này không dùng được" in await response.text()
    assert case_of(house, theirs.conversation_id).case.status is Status.RESOLVED
    events = house.read(lambda tx, setup: complaints.list_events(tx, setup.vault, theirs.id, what=("told",)))
    assert events == []


async def test_the_same_words_twice_are_passed_on_once(house, client):
    token, case = await complain(house, client)
    nonce = nonce_in(await look(client, token))
    page = await look(client, token)
    answers = re.search(r'name="answers" value="(\d*)"', page)[1]

    for _ in range(3):
        await send(client, token, nonce=nonce, text="xin gọi lại", complaint=str(case.id), answers=answers)

    events = house.read(lambda tx, setup: complaints.list_events(tx, setup.vault, case.id, what=("told",)))
    assert len(events) == 1


async def test_what_staff_wrote_is_shown_not_active(house, client):
    token, case = await complain(house, client)
    clerk = await officer(client)

    await clerk.write(case, '<script>alert(1)</script> <a href="https://evil.example">x</a>')

    page = await look(client, token)
    assert "<script>alert" not in page
    assert 'href="https://evil' not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("change", [{"complaint": "-1"}, {"complaint": "9" * 30}, {"answers": "x"}])
async def test_a_form_of_a_wrong_shape_is_refused(house, client, change):
    form = {"nonce": "a" * 16, "text": "x"} | change

    assert (await client.post(f"/s/{house.invite()}", data=form)).status == 400
