"""What can be measured of the looks: width, targets, contrast, weight, one heading, no complaints of the browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.survey import await_heading, press, unfold, walk

pytestmark = pytest.mark.browser

SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
  .filter(e => e.checkVisibility() && !e.classList.contains('skip') && e.closest('p.quiet') === null)
  .map(e => [e.textContent.trim() || e.id, e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""

# Each piece of text against the nearest painted background above it, each button's edge against what is around it.
LOW_CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.closest('.hidden-text, .skip, svg')) continue;
    const hasText = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    const text = ratio(parse(style.color), behind(e));
    if (hasText && text < WANTED) found.push(`${e.className || e.tagName} text ${text.toFixed(2)}`);
    if (e.matches('.option, .button, input:not([type=hidden]), textarea')) {
      const edge = ratio(parse(style.borderTopColor), behind(e.parentElement));
      if (edge < 3) found.push(`${e.className || e.tagName} edge ${edge.toFixed(2)}`);
    }
  }
  return [...new Set(found)];
}"""


@pytest.mark.parametrize(
    ("size", "height"), [("thuong", 640), ("to", 256)], ids=["small phone", "large type at 400 %"]
)
def test_a_narrow_screen_holds_everything_and_every_target_is_big_enough(house, open_page, size, height):
    page = open_page(f"/s/{house.invite()}?chu={size}", width=320, height=height)
    widths, small = {}, {}

    def measure(name):
        unfold(page)
        widths[name] = page.evaluate("document.scrollingElement.scrollWidth")
        small[name] = page.evaluate(SMALL_TARGETS)

    walk(page, measure)

    assert len(widths) == 16
    assert {name: width for name, width in widths.items() if width > 320} == {}
    assert {name: found for name, found in small.items() if found} == {}


def test_printing_takes_the_buttons_away(house, open_page):
    page = open_page(f"/s/{house.invite()}")

    page.emulate_media(media="print")

    expect(page.locator("h1")).to_be_visible()
    for part in (".tools", ".moves", ".foot"):
        expect(page.locator(part).first).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out(house, open_page, scheme):
    page = open_page(f"/s/{house.invite()}", color_scheme=scheme)
    faint = {}

    def measure(name):
        unfold(page)
        faint[name] = page.evaluate(LOW_CONTRAST.replace("WANTED", "7"))  # AAA

    walk(page, measure)
    page.goto(page.url.rsplit("/", 1)[0])
    page.locator("#code").fill("ABCD2345")
    press(page, "Mở phiếu")
    expect(page.locator("#code-problem")).to_be_visible()
    measure("wrong code")

    assert {name: found for name, found in faint.items() if found} == {}


def test_each_screen_has_one_heading_of_the_first_rank_and_a_title_that_names_it(house, open_page):
    page = open_page(f"/s/{house.invite()}")
    wrong = []

    def check(name):
        headings = page.locator("h1").all_inner_texts()
        first = " ".join(headings[0].split())
        if len(headings) != 1 or not page.title().startswith(first):
            wrong.append((name, headings, page.title()))

    walk(page, check)

    assert wrong == []


def test_the_first_load_is_light(house, open_page):
    page = open_page()
    weights = {}
    page.on("response", lambda r: weights.update({r.url: len(r.body())}) if r.status == 200 else None)

    page.goto(page.url + f"s/{house.invite()}", wait_until="networkidle")

    assert len(weights) == 4  # page, style, script, icon
    assert sum(weights.values()) < 40_000


def test_the_type_size_is_switched_in_place_and_remembered(house, open_page):
    page = open_page(f"/s/{house.invite()}")
    page.get_by_role("link", name="Chữ to").click()
    expect(page.locator("html")).to_have_class("large")
    before = page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)")

    page.reload()

    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") == before > 25
    page.get_by_role("link", name="Chữ thường").click()
    expect(page.locator("html")).not_to_have_class("large")


def test_the_answers_stay_in_reach_without_scrolling_on_a_phone(house, open_page):
    page = open_page(f"/s/{house.invite()}", width=390, height=844)
    press(page, "Bắt đầu")
    hidden = []
    for number in range(1, 11):
        await_heading(page, f"Câu {number}/10.")
        if page.locator(".option").last.bounding_box()["y"] > 844 - 44:
            hidden.append(number)
        page.locator(".option").nth(1).click()
    await_heading(page, "Góp ý")

    assert hidden == []
