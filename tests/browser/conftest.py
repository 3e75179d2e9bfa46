"""One Chromium for all tests, and pages that remember what the browser complained of."""

import shutil
from pathlib import Path

import pytest

from tests.requirements import require
from tests.web_fixture import open_house, serve

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium():
    """A headless Chromium, the system's own. It ends with this package: its event loop must not meet those of other tests."""
    from playwright.sync_api import sync_playwright

    found = require(next(filter(None, map(shutil.which, NAMES)), None), "Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(Path(found)), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def address(house):
    with serve(house) as address:
        yield address


@pytest.fixture
def open_page(chromium, address):
    """Give a function that opens a page of its own context. `page.complaints` holds what the console said."""
    contexts = []

    def open_one(path="/", *, width=390, height=844, **options):
        still = {"reduced_motion": "reduce"}  # quicker: nothing has to come to rest before it is pressed
        context = chromium.new_context(viewport={"width": width, "height": height}, **(still | options))
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
