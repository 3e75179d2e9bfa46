"""The demo page from end to end: a result is returned, a citizen answers in the phone, the groups hear of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.survey import walk

pytestmark = pytest.mark.browser


def test_a_result_becomes_a_survey_and_a_message_to_staff(house, open_page):
    page = open_page("/", width=1280, height=800)
    expect(page.locator("#phone-empty")).to_be_visible()

    page.get_by_role("button", name="Trả kết quả").click()

    expect(page.locator("#status")).to_have_text("HTTP 201")
    expect(page.frame_locator("#phone").locator("h1")).to_be_visible()
    walk(next(frame for frame in page.frames if "/s/" in frame.url))
    staff = page.frame_locator("#staff")
    expect(staff.locator("#open .case")).to_have_count(1)
    expect(staff.locator("#open")).to_contain_text("Chờ hơi lâu, mong có thêm ghế ngồi.")
    staff.get_by_role("button", name="Nhận xử lý").click()
    expect(staff.locator("#open")).to_contain_text("Đang xử lý: Cán bộ dùng thử")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 1280
    assert page.evaluate("document.getElementById('qr').naturalWidth") >= 300
    assert page.complaints == []


def test_the_phone_comes_back_after_a_reload(house, open_page):
    page = open_page("/", width=1280, height=800)
    page.get_by_role("button", name="Trả kết quả").click()
    expect(page.frame_locator("#phone").locator("h1")).to_have_text("Xin ý kiến của ông/bà")

    page.reload()

    expect(page.frame_locator("#phone").locator("h1")).to_have_text("Xin ý kiến của ông/bà")


def test_returning_the_same_dossier_otherwise_shows_the_contradiction(house, open_page):
    page = open_page("/", width=1280, height=800)
    code = page.locator("#dossier").input_value()
    page.get_by_role("button", name="Trả kết quả").click()
    expect(page.locator("#status")).to_have_text("HTTP 201")

    page.locator("#dossier").fill(code)
    page.locator("#procedure").select_option(index=1)
    page.get_by_role("button", name="Trả kết quả").click()

    expect(page.locator("#status")).to_contain_text("HTTP 409")


def test_on_a_phone_the_demo_is_one_column(house, open_page):
    page = open_page("/", width=390, height=844)

    page.get_by_role("button", name="Trả kết quả").click()

    expect(page.frame_locator("#phone").locator("h1")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
