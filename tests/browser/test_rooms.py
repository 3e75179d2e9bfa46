"""Rooms of staff in a browser: new cards come by themselves, the keyboard is enough, nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from handlers.complaints import enlisting
from storage.staff import Grant, Role
from tests.browser.survey import press
from tests.browser.test_looks import LOW_CONTRAST, SMALL_TARGETS
from tests.room_visits import TRADE, build_room_settings
from tests.running import open_runtime
from tests.staffing import complain, messages_to, reload
from tests.talking import press_update
from tests.web_fixture import House, serve

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path):
    settings = build_room_settings(
        f"sqlite:///{tmp_path}/rooms.db", web={"public_url": "http://127.0.0.1:8080"}
    )
    with open_runtime(tmp_path, settings) as runtime:
        yield House(runtime, runtime.clock)


@pytest.fixture
def address(house):
    with serve(house) as address:
        yield address


@pytest.fixture
def enter(house, open_page):
    """Give a function that opens the room in a browser of its own and enters with a code."""

    def enter_one(name="Cán bộ Một", room=TRADE, role=Role.OFFICER, unit="QLTM", **options):
        runtime, at = house.runtime, house.clock()
        grant = Grant(unit_code=unit, role=role)
        code = runtime.database.write(lambda tx: enlisting.invite(tx, runtime.setup, grant, at, actor="test"))
        page = open_page(f"/phong/{room}", **options)
        page.get_by_label("Mã dùng một lần").fill(code)
        page.get_by_label("Tên hiện với đồng nghiệp").fill(name)
        press(page, "Vào phòng")
        expect(page.get_by_role("heading", name="Phản ánh đang mở")).to_be_visible()
        return page

    return enter_one


def case_on(page, case):
    return page.locator(f"#viec{case.id}")


def test_a_card_appears_by_itself_with_title_badge_announcement_and_sound(house, enter):
    page = enter()
    page.evaluate("navigator.setAppBadge = n => { window.badge = n; return Promise.resolve(); }")
    page.get_by_role("button", name="Bật chuông").click()
    expect(page.get_by_role("button", name="Tắt chuông")).to_be_visible()

    _, case = complain(house.runtime, q3_3=5, comment="Chờ hơi lâu.")

    expect(case_on(page, case)).to_contain_text("Chờ hơi lâu.", timeout=15_000)
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(page.locator("#announce")).to_contain_text("Có phản ánh mới: Phản ánh PA-2026-0001")
    assert page.evaluate("window.badge") == 1
    assert page.evaluate("document.documentElement.dataset.rang") == "2"
    page.reload()
    expect(page.get_by_role("button", name="Tắt chuông")).to_be_visible()
    assert page.complaints == []


def test_a_case_is_claimed_answered_and_closed_by_keyboard_alone(house, enter):
    citizen, case = complain(house.runtime, q3_3=5, comment="Chờ hơi lâu.")
    page = enter()

    def tab_to(name):
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent.trim()")
            if focused.startswith(name):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline == "solid"
                return
        raise AssertionError(f"{name} cannot be reached")

    page.keyboard.press("Tab")
    expect(page.get_by_text("Đến danh sách phản ánh")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to("Nhận xử lý")
    page.keyboard.press("Enter")
    expect(case_on(page, case)).to_contain_text("Đang xử lý: Cán bộ Một")
    expect(page.locator("#announce")).to_contain_text("Cán bộ Một nhận xử lý")
    page.get_by_label("Trả lời người dân").focus()
    page.keyboard.type("Chúng tôi xin lỗi.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Trả lời người dân")).to_have_value("")
    expect(case_on(page, case)).to_contain_text("Chúng tôi xin lỗi.")
    page.locator("#main").focus()
    tab_to("Đã giải quyết")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Do cán bộ")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Đã xin lỗi")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#open-title")).to_have_text("Phản ánh đang mở (0)")
    expect(page.locator("#said")).to_contain_text("đã giải quyết")
    assert not page.title().startswith("(")
    assert "Chúng tôi xin lỗi." in "".join(m.text for m in messages_to(house.runtime, str(citizen.person)))
    assert page.complaints == []


def test_what_is_being_typed_stays_when_something_changes(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    page = enter()
    field = page.get_by_label("Trả lời người dân")
    field.fill("Kính gửi bác")
    other = enter("Cán bộ Hai")

    other.get_by_role("button", name="Nhận xử lý").click()
    expect(case_on(page, case)).to_contain_text("Đang xử lý: Cán bộ Hai", timeout=15_000)
    complain(house.runtime, q3_3=5, person=1002)
    expect(page.locator(".case")).to_have_count(2, timeout=15_000)

    expect(field.first).to_be_focused()
    expect(field.first).to_have_value("Kính gửi bác")


def test_focus_stays_on_the_button_when_its_card_is_drawn_anew(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    page, other = enter(), enter("Cán bộ Hai")
    page.get_by_role("button", name="Chuyển cấp trên").focus()

    other.get_by_role("button", name="Nhận xử lý").click()

    expect(case_on(page, case)).to_contain_text("Đang xử lý: Cán bộ Hai", timeout=15_000)
    expect(page.get_by_role("button", name="Chuyển cấp trên")).to_be_focused()


def test_two_presses_one_after_the_other_both_count_and_a_double_click_once(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    page = enter()
    page.get_by_label("Trả lời người dân").fill("Chúng tôi xin lỗi.")
    page.evaluate(
        """() => {
          const answer = document.querySelector("[data-write] textarea").form.querySelector(".send .button");
          answer.click(); answer.click();
          document.querySelector('button[value="card=more"]').click();
        }"""
    )

    expect(page.get_by_role("button", name="Ghi chú nội bộ")).to_be_visible()
    expect(case_on(page, case).locator("blockquote").get_by_text("Chúng tôi xin lỗi.")).to_have_count(1)


def test_a_new_case_out_of_sight_is_pointed_at(house, enter):
    for person in (1001, 1002, 1003):
        complain(house.runtime, q3_3=5, person=person)
    page = enter(height=600)

    _, case = complain(house.runtime, q3_3=5, person=1004)
    link = page.get_by_role("link", name="Có phản ánh mới: PA-2026-0004")
    link.click(timeout=15_000)

    expect(case_on(page, case)).to_be_focused()
    expect(case_on(page, case)).to_be_in_viewport()
    expect(link).to_be_hidden()


def test_a_draft_goes_along_when_another_button_is_pressed(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    page = enter()
    page.get_by_label("Trả lời người dân").fill("đã gọi hai lần")
    page.get_by_role("button", name="Khác…").click()
    page.get_by_role("button", name="Ghi chú nội bộ").click()

    note = page.get_by_label("Viết ghi chú nội bộ")
    expect(note).to_have_value("đã gọi hai lần")
    expect(note).to_be_focused()
    page.get_by_role("button", name="Ghi lại").click()

    expect(case_on(page, case)).to_contain_text("Cán bộ Một: ghi chú")
    expect(page.get_by_label("Trả lời người dân")).to_have_value("")


def test_two_browsers_that_claim_at_once_get_one_holder(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    pages = [enter("Cán bộ Một"), enter("Cán bộ Hai")]

    for page in pages:
        page.evaluate("document.querySelector('button[value=\"card=claim\"]').click()")

    expect(pages[0].locator("#said")).to_contain_text("xử lý")
    expect(pages[1].locator("#said")).to_contain_text("xử lý")
    said = sorted(page.locator("#said").inner_text() for page in pages)
    holder = re.search(r": (.*) đang xử lý", "\n".join(said))[1]
    assert f"{holder} nhận xử lý" in "\n".join(said)
    for page in pages:
        expect(case_on(page, case)).to_contain_text(f"Đang xử lý: {holder}", timeout=15_000)


def test_without_javascript_the_same_is_done(house, enter):
    _, case = complain(house.runtime, q3_3=5)
    page = enter(java_script_enabled=False)

    page.get_by_role("button", name="Đã giải quyết").click()
    page.get_by_role("button", name="Hướng dẫn chưa rõ").click()
    page.get_by_role("button", name="Đã giải thích").click()

    expect(page.locator("#said")).to_contain_text("đã giải quyết")
    assert reload(house.runtime, case).cause == "guidance"


def test_who_is_removed_is_shown_the_door(house, enter):
    page, runtime = enter(), house.runtime
    at = house.clock()

    runtime.database.write(lambda tx: enlisting.remove(tx, runtime.setup, 1, at, actor="test"))

    expect(page.get_by_label("Mã dùng một lần")).to_be_visible(timeout=15_000)


def fill_room(house):
    """Put one case of each kind into the room."""
    runtime = house.runtime
    long = "Tôi đến ba lần, lần nào cũng phải chờ hơn một tiếng. " * 6 + "https://dai.example/" + "x" * 120
    complain(runtime, q3_3=5, comment=long)
    citizen, _ = complain(runtime, q3_3=4, q3_9=3, person=1002)
    complain(runtime, q3_2=4, person=1003, comment="Đơn giản thôi: biển chỉ dẫn khó thấy, chữ quá nhỏ.")
    house.clock.at += timedelta(days=12)
    complain(runtime, q3_3=5, person=1004)
    return citizen


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("size", ["thuong", "to"])
def test_a_narrow_screen_holds_everything_and_every_target_is_big_enough(house, enter, width, size):
    fill_room(house)
    page = enter(width=width, height=844)
    page.goto(page.url + f"?chu={size}")
    page.get_by_role("button", name="Đã giải quyết").first.click()
    expect(page.get_by_role("button", name="Do cán bộ")).to_be_visible()

    page.locator("#command-text").fill("danh sach")
    page.locator("#command button").click()

    expect(page.locator("#talk")).to_contain_text("QUÁ HẠN")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out(house, enter, scheme):
    citizen = fill_room(house)
    page = enter(color_scheme=scheme, width=1100, height=900)
    expect(page.locator(".case")).to_have_count(4)
    second = page.locator(".case").nth(1)
    second.get_by_role("button", name="Đã giải quyết").click()
    second.get_by_role("button", name="Do cán bộ").click()
    second.get_by_role("button", name="Đã xin lỗi").click()
    expect(page.locator("#open .case")).to_have_count(3)
    citizen.deliver(press_update(citizen.person, "c2|verdict=done"))
    page.locator(".case").first.get_by_role("button", name="Khác…").click()
    expect(page.get_by_role("button", name="Ghi chú nội bộ")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    page.get_by_label("Trả lời người dân").nth(1).fill("x")

    assert page.evaluate(LOW_CONTRAST.replace("WANTED", "4.5")) == []
    headings = page.locator("h1").all_inner_texts()
    assert headings == ["Nhóm Phòng Quản lý thương mại"]


def test_the_door_looks_right_too(house, open_page):
    page = open_page(f"/phong/{TRADE}", width=320, height=700)
    page.get_by_label("Mã dùng một lần").fill("ABCDE-FGHJK")
    page.get_by_label("Tên hiện với đồng nghiệp").fill("Cán bộ Một")
    press(page, "Vào phòng")

    expect(page.get_by_role("alert")).to_contain_text("Mã không đúng")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(LOW_CONTRAST.replace("WANTED", "4.5")) == []
