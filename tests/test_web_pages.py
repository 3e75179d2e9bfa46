"""The pages around the conversation: files, words, pictures, rooms, the demo."""

import re

import pytest

from bot.web import pages
from bot.web.pages import load_static, load_texts
from tests.web_fixture import QUESTIONS, answer_all, look, open_client, open_house, send


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def client(house):
    async with open_client(house) as client:
        yield client


async def test_the_qr_pictures_are_big_and_only_for_known_links(house, client):
    token = house.invite()

    png = await client.get(f"/s/{token}/qr.png")
    svg = await client.get(f"/s/{token}/qr.svg")
    body = await png.read()

    assert png.content_type == "image/png"
    assert int.from_bytes(body[16:20], "big") >= 300  # the width in the header
    assert svg.content_type == "image/svg+xml"
    assert (await client.get(f"/s/{'1' * 28}/qr.png")).status == 404


async def test_other_channels_are_offered_when_they_are_on(tmp_path):
    bot = {
        "HAILONG_TELEGRAM__ENABLED": "true",
        "HAILONG_TELEGRAM__USERNAME": "KhaoSatBot",
        "HAILONG_TELEGRAM__TOKEN": "700000001:AAMadeUpMadeUpMadeUpMadeUpMadeUp0042x",
    }
    with open_house(tmp_path, **bot) as house:
        token = house.invite()
        async with open_client(house) as client:
            assert f"https://t.me/KhaoSatBot?start={token}" in await look(client, token)


async def test_large_type_is_remembered_without_scripts(house, client):
    token = house.invite()

    page = await (await client.get(f"/s/{token}", params={"chu": "to"})).text()
    later = await look(client, token)

    assert '<html lang="vi" class="large">' in page
    assert '<html lang="vi" class="large">' in later


async def test_static_files_are_kept_for_long_under_their_fingerprint_only(client):
    version = load_static()["chat.css"].version

    named = await client.get(f"/static/chat.css?v={version}")
    plain = await client.get("/static/chat.css")

    assert "immutable" in named.headers["Cache-Control"]
    assert plain.headers["Cache-Control"] == "no-cache"
    assert (await client.get("/static/none.css")).status == 404


async def test_the_first_page_is_small(house, client):
    page = await look(client, house.invite())
    files = re.findall(r'"(/static/[^"]+)"', page)

    weight = len(page.encode()) + sum([len(await (await client.get(name)).read()) for name in files])

    assert len(files) == 3  # icon, style, script
    assert weight < 40_000


async def test_pages_hold_no_inline_style_or_script_and_nothing_from_elsewhere(house, client):
    token = house.invite()
    await answer_all(client, token)

    for path in (f"/s/{token}", "/s", "/", "/phong/van-phong", "/s/unknown"):
        page = await (await client.get(path)).text()
        assert not re.search(r'<style|style="|\son[a-z]+="|<script(?![^>]* src=")', page), path
        assert not re.search(
            r'(?:src|href)="(?:https?:)?//', page.replace("https://khaosat.example.vn", "")
        ), path


def test_the_pages_have_the_same_words_in_both_languages():
    first, *others = (load_texts(language) for language in pages.LANGUAGES)

    def holes(texts):
        return {key: set(re.findall(r"{(\w+)}", text)) for key, text in texts.items()}

    assert all(holes(texts) == holes(first) for texts in others)
    assert all(text.strip() for texts in (first, *others) for text in texts.values())


def test_every_word_of_the_pages_is_used():
    folder = pages._BOT
    sources = [*(folder / "pages").glob("*.html"), *(folder / "web").glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    built = re.compile(r"(error_\d+(_heading)?|(not_yet|expired)_heading|problem_\w+|code_\w+)")

    unused = [
        key for key in load_texts("vi") if not re.search(rf"\b{key}\b", text) and not built.fullmatch(key)
    ]

    assert not unused


async def test_a_room_shows_its_messages_as_plain_text(house, client):
    token = house.invite()
    await send(client, token, press="greeting=begin")
    for key in QUESTIONS:
        await send(client, token, press=f"{key}=" + ("5" if key == "3.3" else "2"))
    await send(client, token, text="<b>chờ lâu</b> https://evil.example @all")
    await send(client, token, press="reply=no")
    await send(client, token, press="summary=submit")

    room = await client.get("/phong/to-thuong-mai")
    page = await room.text()
    headers = {"X-Requested-With": "fetch", "Cookie": f"phong={room.cookies['phong'].value}"}
    part = await (await client.get("/phong/to-thuong-mai", headers=headers)).text()

    assert "Rất kém" in page
    assert "&lt;b&gt;chờ lâu&lt;/b&gt; https://evil.example" in page
    assert 'href="https://evil' not in page
    assert part.lstrip().startswith("<main")


async def test_the_rooms_of_the_demo_are_entered_without_a_code_each_browser_by_itself(client):
    first = await client.get("/phong/van-phong")
    second = await client.get("/phong/van-phong")

    assert "Cán bộ dùng thử" in await first.text()
    assert first.cookies["phong"].value != second.cookies["phong"].value
    assert (await client.get("/phong/van-phong", headers={"X-Requested-With": "fetch"})).status == 401


async def test_the_demo_page_carries_what_its_form_needs(house, client):
    page = await (await client.get("/")).text()

    assert re.search(r'value="H32\.99-261120-\d{4}"', page)
    assert house.runtime.config.web.api_tokens[0].get_secret_value() in page


async def test_without_the_demo_there_is_no_demo_page(tmp_path):
    with open_house(tmp_path, is_demo=False) as house:
        async with open_client(house) as client:
            assert (await client.get("/")).status == 404
            assert "Mã dùng một lần" in await (await client.get("/phong/van-phong")).text()
