"""The survey in a browser: with and without JavaScript, by keyboard, in two tabs, over a weak network."""

import re

import pytest
from playwright.sync_api import expect

from survey.conversation import Place
from tests.browser.survey import answer, await_heading, press, walk

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_whole_survey_is_answered(house, open_page, has_scripts):
    token = house.invite()
    page = open_page(f"/s/{token}", java_script_enabled=has_scripts)
    page.evaluate("window.isTheSame = true")

    walk(page)

    assert page.evaluate("window.isTheSame === true") is has_scripts  # with scripts the page is never left
    state = house.state(token)
    assert state.place == Place.SUBMITTED
    assert list(state.answers.values()) == [2, 2, 4, 2, 2, 2, 2, 2, 2, 2]
    assert state.comment == "Chờ hơi lâu, mong có thêm ghế ngồi."
    expect(page.locator("#receipt")).to_have_text(state.receipt)
    assert page.complaints == []


def test_the_keyboard_alone_is_enough(house, open_page):
    token = house.invite()
    page = open_page(f"/s/{token}")

    def tab_to(name):
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent.trim()")
            if re.fullmatch(rf"\d?\s*{name}", focused):
                return
        raise AssertionError(f"{name} cannot be reached")

    page.keyboard.press("Tab")
    expect(page.get_by_text("Đến câu hỏi")).to_be_focused()
    tab_to("Bắt đầu")
    page.keyboard.press("Enter")
    await_heading(page, "Câu 1/10.")
    tab_to("Hình thức khác")
    page.keyboard.press("Space")
    await_heading(page, "Câu 2/10.")
    tab_to("Nhắn chữ thay vì bấm nút")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("rất kém")
    page.keyboard.press("Enter")
    await_heading(page, "Câu 3/10.")

    assert house.state(token).answers == {"3.1": 5, "3.2": 5}


def test_focus_goes_to_the_new_question_and_the_answer_is_announced(house, open_page):
    page = open_page(f"/s/{house.invite()}")
    press(page, "Bắt đầu")
    await_heading(page, "Câu 1/10.")
    expect(page.locator("h1")).to_be_focused()

    answer(page, 1)

    await_heading(page, "Câu 2/10.")
    expect(page.locator("h1")).to_be_focused()
    expect(page.locator("#announce")).to_have_text("Đã ghi: Đọc bảng niêm yết tại nơi tiếp nhận hồ sơ")
    assert "Câu 2/10." in page.title()


def test_what_was_not_understood_is_announced(house, open_page):
    page = open_page(f"/s/{house.invite()}")
    press(page, "Bắt đầu")
    await_heading(page, "Câu 1/10.")
    page.get_by_text("Nhắn chữ thay vì bấm nút").click()
    page.locator("#words").fill("hông biết nữa")

    press(page, "Gửi")

    expect(page.locator("#announce")).to_contain_text("hông biết nữa")
    expect(page.locator(".note")).to_contain_text("hông biết nữa")
    assert page.locator("#announce").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_double_click_counts_once(house, open_page, has_scripts):
    token = house.invite()
    page = open_page(f"/s/{token}", java_script_enabled=has_scripts)
    page.get_by_role("button", name="Bắt đầu").dblclick()
    await_heading(page, "Câu 1/10.")

    page.locator(".option").nth(1).dblclick()

    await_heading(page, "Câu 2/10.")
    assert house.state(token).answers == {"3.1": 2}


def test_two_tabs_do_not_get_in_each_others_way(house, open_page):
    token = house.invite()
    first = open_page(f"/s/{token}")
    press(first, "Bắt đầu")
    await_heading(first, "Câu 1/10.")
    second = open_page(f"/s/{token}")
    answer(second, 1)
    await_heading(second, "Câu 2/10.")

    first.locator(".option").nth(4).click()

    await_heading(first, "Câu 2/10.")
    expect(first.locator(".note")).to_have_text("Đã đổi câu 1 thành: Hình thức khác.")
    assert house.state(token).answers == {"3.1": 5}


def test_an_earlier_answer_is_changed_from_its_bubble(house, open_page):
    token = house.invite()
    page = open_page(f"/s/{token}")
    press(page, "Bắt đầu")
    for number in (1, 2, 3):
        answer(page, number)
    await_heading(page, "Câu 4/10.")

    page.get_by_role("button", name="Sửa câu 3: Thái độ phục vụ").click()
    await_heading(page, "Câu 3/10.")
    expect(page.locator(".chosen")).to_contain_text("✓ đang chọn")
    page.locator(".option").nth(0).click()

    await_heading(page, "Câu 4/10.")
    assert house.state(token).answers["3.3"] == 1


def test_a_weak_network_loses_nothing(house, open_page, address):
    token = house.invite()
    page = open_page(f"/s/{token}")
    press(page, "Bắt đầu")
    for number in range(1, 11):
        answer(page, number)
    await_heading(page, "Góp ý")
    page.get_by_label("Góp ý của ông/bà").fill("Cán bộ tận tình.")
    page.context.set_offline(True)
    press(page, "Gửi")
    expect(page.locator(".oops")).to_contain_text("Chưa gửi được, mạng yếu.")
    expect(page.get_by_role("button", name="Bấm để thử lại")).to_be_focused()

    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("Góp ý của ông/bà")).to_have_value("Cán bộ tận tình.")
    page.context.set_offline(True)
    press(page, "Gửi")
    expect(page.locator(".oops")).to_be_visible()
    page.context.set_offline(False)
    press(page, "Bấm để thử lại")

    await_heading(page, "Nhận trả lời")
    assert house.state(token).comment == "Cán bộ tận tình."


def test_an_answer_that_arrived_though_the_reply_was_lost_counts_once(house, open_page):
    token = house.invite()
    page = open_page(f"/s/{token}")
    press(page, "Bắt đầu")
    await_heading(page, "Câu 1/10.")
    lost = []

    def lose_the_first(route):
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route("**/s/*", lose_the_first)
    page.locator(".option").nth(1).click()
    press(page, "Bấm để thử lại")

    await_heading(page, "Câu 2/10.")
    assert house.talk(token).turn == 3  # opened, begun, answered


def test_the_whole_page_changes_its_language(house, open_page):
    token = house.invite()
    page = open_page(f"/s/{token}")

    press(page, "English")

    await_heading(page, "We would like your opinion")
    assert page.locator("html").get_attribute("lang") == "en"
    press(page, "Begin")
    await_heading(page, "Question 1/10.")
    assert not re.search(r"[ăđơưạ-ỹ]", page.locator("main").inner_text().lower())
    press(page, "Tiếng Việt")
    await_heading(page, "Câu 1/10.")


def test_far_too_many_words_are_refused_and_kept(house, open_page):
    token = house.invite()
    page = open_page(f"/s/{token}")
    press(page, "Bắt đầu")
    for number in range(1, 11):
        answer(page, number)
    await_heading(page, "Góp ý")
    words = "ghế ngồi chờ " * 1000

    for much, told in ((words, ".problem"), (words * 5, ".oops")):
        page.get_by_label("Góp ý của ông/bà").fill(much)
        press(page, "Gửi")
        expect(page.locator(told)).to_be_visible()
        assert page.get_by_label("Góp ý của ông/bà").input_value().strip() == much.strip()

    assert house.state(token).comment is None
