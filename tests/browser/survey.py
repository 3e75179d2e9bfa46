"""A citizen at a page: presses, types, and waits for the next question."""

from playwright.sync_api import expect

BAD_AT = 3  # the question that is answered badly, so that a reply is offered


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def await_heading(page, start):
    expect(page.locator("h1")).to_contain_text(start)


def answer(page, number):
    """Answer question `number` with its second option, one of them badly."""
    await_heading(page, f"Câu {number}/10.")
    page.locator(".option").nth(3 if number == BAD_AT else 1).click()


def walk(page, at_each_step=lambda _: None):
    """Go through the whole survey and hand it in; `at_each_step` is called at each screen with its name."""
    at_each_step("greeting")
    press(page, "Bắt đầu")
    for number in range(1, 11):
        await_heading(page, f"Câu {number}/10.")
        at_each_step(f"question {number}")
        answer(page, number)
    await_heading(page, "Góp ý")
    at_each_step("comment")
    page.get_by_label("Góp ý của ông/bà").fill("Chờ hơi lâu, mong có thêm ghế ngồi.")
    press(page, "Gửi")
    await_heading(page, "Nhận trả lời")
    at_each_step("reply")
    page.locator(".option").nth(1).click()
    await_heading(page, "Liên hệ")
    at_each_step("contact")
    press(page, "Bỏ qua")
    await_heading(page, "Ông/bà xem lại")
    at_each_step("summary")
    press(page, "Gửi phiếu")
    await_heading(page, "Cảm ơn ông/bà")
    at_each_step("sent")


def unfold(page):
    """Open everything that is folded away."""
    page.evaluate("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
