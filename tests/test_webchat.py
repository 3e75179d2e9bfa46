"""The web chat over HTTP: what looking and acting do, and that nothing is counted twice."""

import re

import pytest

from survey.conversation import Place
from tests.web_fixture import QUESTIONS, answer_all, heading_in, look, nonce_in, open_client, open_house, send


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def client(house):
    async with open_client(house) as client:
        yield client


async def test_looking_at_an_invitation_changes_nothing(house, client):
    token = house.invite()

    page = await look(client, token)

    assert "Bắt đầu" in page
    assert house.talk(token) is None


async def test_a_whole_survey_is_answered_by_forms_alone(house, client):
    token = house.invite()

    await answer_all(client, token)
    await send(client, token, text="Cán bộ hướng dẫn tận tình ạ.")
    await send(client, token, press="reply=no")
    assert (
        heading_in(await look(client, token)) == "Phiếu chưa gửi. Ông/bà xem lại, rồi bấm “Gửi phiếu” ở dưới:"
    )
    response = await send(client, token, press="summary=submit")

    state = house.state(token)
    assert response.status == 303
    assert response.headers["Location"] == f"/s/{token}"
    assert state.place == Place.SUBMITTED
    assert [state.answers[key] for key in QUESTIONS] == [2] * 10
    assert state.receipt in await look(client, token)


async def test_the_first_press_opens_and_begins_at_once(house, client):
    token = house.invite()

    await send(client, token, press="greeting=begin")

    assert house.state(token).place == "3.1"
    assert heading_in(await look(client, token)).startswith("Câu 1/10. ")


async def test_the_same_form_twice_counts_once(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    nonce = nonce_in(await look(client, token))

    for _ in range(2):
        await send(client, token, nonce=nonce, press="3.1=2")

    assert house.state(token).place == "3.2"
    assert house.talk(token).turn == 3  # opened, begun, answered


async def test_another_answer_from_the_same_page_is_a_correction_and_says_so(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    nonce = nonce_in(await look(client, token))
    await send(client, token, nonce=nonce, press="3.1=2")

    await send(client, token, nonce=nonce, press="3.1=4")

    assert house.state(token).answers["3.1"] == 4
    assert "Đã đổi câu 1 thành: Qua công chức tiếp nhận hướng dẫn." in await look(client, token)


async def test_two_tabs_answer_the_same_survey(house, client):
    token = house.invite()
    first, second = await look(client, token), await look(client, token)

    await send(client, token, nonce=nonce_in(first), press="greeting=begin")
    await send(client, token, nonce=nonce_in(second), press="3.1=1")

    assert house.state(token).answers == {"3.1": 1}


async def test_an_answer_can_be_opened_again_and_the_survey_goes_on_where_it_was(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    for key in QUESTIONS[:4]:
        await send(client, token, press=f"{key}=1")

    assert 'value="summary=edit:3.2"' in await look(client, token)
    await send(client, token, press="summary=edit:3.2")
    assert heading_in(await look(client, token)).startswith("Câu 2/10.")
    await send(client, token, press="3.2=5")

    assert house.state(token).answers["3.2"] == 5
    assert heading_in(await look(client, token)).startswith("Câu 5/10.")


async def test_words_that_are_not_clear_are_asked_again_in_a_live_region(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")

    await send(client, token, text="hông biết nữa")

    page = await look(client, token)
    assert re.search(r'<div class="note" role="status">\s*<p>.*hông biết nữa', page)
    assert heading_in(page).startswith("Câu 1/10.")


async def test_a_typed_answer_counts_like_a_press(house, client):
    token = house.invite()
    await send(client, token, text="bắt đầu")
    await send(client, token, text="2")

    assert house.state(token).answers == {"3.1": 2}


async def test_a_press_that_can_do_nothing_says_why(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")

    response = await send(client, token, press="3.7=1")

    assert response.status == 200
    assert "Nút này đã cũ" in await response.text()
    assert house.state(token).answers == {}


async def test_words_too_long_stay_in_the_field_with_the_reason_tied_to_it(house, client):
    token = house.invite()
    await answer_all(client, token)

    response = await send(client, token, text="ghế ngồi " * 600)

    page = await response.text()
    assert response.status == 200
    assert 'aria-describedby="words-problem words-help"' in page
    assert "ghế ngồi ghế ngồi" in page
    assert house.state(token).comment is None


async def test_an_empty_field_is_told_kindly(house, client):
    token = house.invite()
    await answer_all(client, token)

    response = await send(client, token, text="  ")

    assert "Ông/bà chưa viết gì" in await response.text()
    assert house.state(token).place == Place.COMMENT


async def test_the_code_of_another_invitation_opens_its_own_page(house, client):
    mine, other = house.invite(), house.invite()
    await send(client, mine, press="greeting=begin")

    response = await send(client, mine, text=house.code_of(other).lower())

    assert response.headers["Location"] == f"/s/{other}"
    assert house.talk(other) is None


async def test_a_script_gets_the_main_part_alone(house, client):
    token = house.invite()

    response = await send(client, token, press="greeting=begin", headers={"X-Requested-With": "fetch"})

    part = await response.text()
    assert response.status == 200
    assert part.lstrip().startswith("<main")
    assert "<html" not in part


async def test_what_a_citizen_writes_is_shown_not_active(house, client):
    token = house.invite()
    await answer_all(client, token)

    await send(client, token, text="<script>alert(1)</script> & <b>ghế</b>")
    await send(client, token, press="reply=no")

    page = await look(client, token)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;ghế&lt;/b&gt;" in page
    assert "&amp;lt;" not in page


async def test_stopping_shows_where_one_stopped_and_how_to_go_on(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    await send(client, token, press="3.1=1")
    await send(client, token, press="3.2=stop")

    page = await look(client, token)
    assert heading_in(page) == "Đang tạm dừng"
    assert "Câu đang dở: Câu 2/10." in page
    await send(client, token, press="paused=continue")
    assert heading_in(await look(client, token)).startswith("Câu 2/10.")


async def test_the_language_can_be_changed_before_and_during_the_survey(house, client):
    token = house.invite()
    await send(client, token, press="language=en")
    page = await look(client, token)
    assert '<html lang="en">' in page
    assert heading_in(page) == "We would like your opinion"

    await send(client, token, press="greeting=begin")
    await send(client, token, press="language=vi")

    assert '<html lang="vi">' in await look(client, token)
    assert house.state(token).place == "3.1"


async def test_erasing_by_the_page_leaves_a_page_that_says_so(house, client):
    token = house.invite()
    await answer_all(client, token)
    await send(client, token, text="/delete")
    assert heading_in(await look(client, token)) == "Xóa dữ liệu của ông/bà"

    await send(client, token, press="erase=erase_yes")

    page = await look(client, token)
    assert heading_in(page) == "Đã xóa"
    assert house.state(token).answers == {}
    assert (await send(client, token, text="xin chào", nonce="a" * 16)).status == 303
