"""What the web chat refuses, and whom it slows: unknown links, wrong codes, foreign forms, mangled bodies."""

import re

import pytest

from tests.web_fixture import heading_in, look, open_client, open_house, send

EVIL = "https://elsewhere.example"


@pytest.fixture
def house(tmp_path):
    with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def client(house):
    async with open_client(house) as client:
        yield client


@pytest.mark.parametrize("token", ["x", "1" * 28, "%00", "../../etc/passwd".replace("/", "%2F"), "đ" * 28])
async def test_unknown_links_all_look_the_same(house, client, token):
    known = await client.get(f"/s/{'2' * 28}")
    found = await client.get(f"/s/{token}")

    def strip(text):
        return re.sub(r'href="[^"]*\?chu=[^"]*"', "", text)

    assert found.status == known.status == 404
    assert strip(await found.text()) == strip(await known.text())


async def test_a_dossier_without_result_waits_and_is_not_held(house, client):
    token = house.invite(has_result=False)

    assert heading_in(await look(client, token)) == "Hồ sơ đang được giải quyết"
    await send(client, token, nonce="a" * 16, press="greeting=begin")

    assert house.talk(token) is None


async def test_an_old_invitation_says_that_it_has_expired(house, client):
    token = house.invite()
    house.clock.at = house.clock.at.replace(year=2027)

    page = await look(client, token)

    assert heading_in(page) == "Phiếu đã hết hạn"
    assert (await send(client, token, nonce="a" * 16, press="greeting=begin")).status == 303
    assert house.talk(token) is None


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"nonce": "short"},
        {"nonce": "a" * 16},
        {"nonce": "a" * 16, "press": "nonsense"},
        {"nonce": "a" * 16, "press": "3.1=1", "text": "both"},
        {"nonce": "a" * 16, "press": "3.1=1", "conversation": "-1"},
        {"nonce": "a" * 16, "press": "3.1=1", "conversation": "9" * 30},
        {"nonce": "a" * 16, "press": "3.1=1", "conversation": "²"},
    ],
)
async def test_a_form_of_a_wrong_shape_is_refused(house, client, form):
    response = await client.post(f"/s/{house.invite()}", data=form)

    assert response.status == 400
    assert "<h1" in await response.text()


@pytest.mark.parametrize("body", [b"press=%ff%fe", b"\xff\xfe\xfd", b"&" * 500 + b"a=b" * 9])
async def test_a_body_that_is_no_form_is_refused(house, client, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    response = await client.post(f"/s/{house.invite()}", data=body, headers=headers)

    assert response.status == 400


async def test_the_press_of_another_conversation_is_dead(house, client):
    mine, other = house.invite(), house.invite()
    await send(client, other, press="greeting=begin")
    await send(client, mine, press="greeting=begin")

    response = await send(client, mine, press="3.1=1", conversation=str(house.talk(other).id))

    assert "Nút này không dùng được" in await response.text()
    assert house.state(other).answers == house.state(mine).answers == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://[bad"},
    ],
)
async def test_forms_of_other_sites_are_refused(house, client, headers):
    token = house.invite()

    response = await send(client, token, press="greeting=begin", headers=headers)

    assert response.status == 403
    assert house.talk(token) is None
    assert (await client.post("/s", data={"code": "x"}, headers=headers)).status == 403


async def test_our_own_origin_passes_behind_a_proxy_too(house, client):
    token = house.invite()

    await send(client, token, press="greeting=begin", headers={"Origin": "https://khaosat.example.vn"})

    assert house.state(token).place == "3.1"


async def test_a_body_over_the_limit_is_refused(house, client):
    response = await client.post(f"/s/{house.invite()}", data={"text": "x" * 70_000})

    assert response.status == 413


@pytest.mark.parametrize("spell", [str.lower, lambda c: f" {c[:4]}-{c[4:]} ", " ".join, lambda c: f"mã: {c}"])
async def test_the_short_code_opens_the_page_however_it_is_spelt(house, client, spell):
    token = house.invite()

    response = await client.post("/s", data={"code": spell(house.code_of(token))}, allow_redirects=False)

    assert response.status == 303
    assert response.headers["Location"] == f"/s/{token}"
    assert house.talk(token) is None


@pytest.mark.parametrize("code", ["ABCD2345", "không phải mã", "22222222", "A" * 60_000])
async def test_a_wrong_code_is_answered_kindly_and_alike(house, client, code):
    response = await client.post("/s", data={"code": code})

    assert response.status == 200
    assert "Mã này chưa đúng" in await response.text()


async def test_guessing_codes_is_slowed_for_each_sender(house, client):
    token = house.invite()
    for _ in range(20):
        await client.post("/s", data={"code": "ABCD2345"}, headers={"X-Forwarded-For": "198.51.100.7"})

    right = {"code": house.code_of(token)}
    slowed = await client.post("/s", data=right, headers={"X-Forwarded-For": "198.51.100.7"})
    other = await client.post(
        "/s", data=right, headers={"X-Forwarded-For": "198.51.100.8"}, allow_redirects=False
    )

    assert slowed.status == 429
    assert int(slowed.headers["Retry-After"]) > 0
    assert "Xin đợi 15 phút" in await slowed.text()
    assert other.status == 303


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
async def test_other_methods_get_a_friendly_page(house, client, method):
    response = await getattr(client, method)(f"/s/{house.invite()}")

    assert response.status == 405
    assert heading_in(await response.text())
