"""A citizen's complaint on her page in a browser: what the office says appears, her answers stay in sight."""

import pytest
from playwright.sync_api import expect

from tests.browser.survey import press, walk
from tests.browser.test_looks import LOW_CONTRAST, SMALL_TARGETS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_citizen_has_the_last_word_on_her_own_page(house, open_page, has_scripts):
    token = house.invite()
    page = open_page(f"/s/{token}", java_script_enabled=has_scripts)
    walk(page)
    expect(page.get_by_role("heading", name="Phản ánh của ông/bà")).to_be_visible()
    room = open_page("/phong/to-thuong-mai")
    room.get_by_label("Trả lời người dân").fill("Xin lỗi, hôm đó máy hỏng.\nMời ông/bà đến lại.")
    press(room, "Trả lời PA-2026-0001")
    for name in ("Đã giải quyết PA-2026-0001", "Do cán bộ PA-2026-0001", "Đã xin lỗi PA-2026-0001"):
        press(room, name)
    expect(room.locator("#open-title")).to_have_text("Phản ánh đang mở (0)")

    if not has_scripts:
        page.reload()
    expect(page.locator("#later-part").get_by_text("Ông/bà thấy đã xong chưa ạ?")).to_be_visible(
        timeout=20_000
    )
    expect(page.get_by_text("Mời ông/bà đến lại.")).to_be_visible()
    press(page, "Chưa")
    expect(page.get_by_text("còn việc gì chưa xong")).to_be_visible()
    field = page.get_by_label("Viết cho nơi xử lý phản ánh PA-2026-0001")
    field.fill("Vẫn chưa ai gọi lại.")
    field.locator("xpath=ancestor::form").get_by_role("button").click()
    expect(page.get_by_text("Đã chuyển lời của ông/bà")).to_be_visible()

    expect(field).to_have_value("")
    expect(page.locator(".said").get_by_text("Vẫn chưa ai gọi lại.")).to_be_visible()
    expect(room.locator("#open")).to_contain_text("Vẫn chưa ai gọi lại.", timeout=15_000)
    if has_scripts:
        expect(page.locator("#later")).to_be_focused()
        expect(field).to_be_in_viewport()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(LOW_CONTRAST.replace("WANTED", "7")) == []
    assert page.complaints == []
