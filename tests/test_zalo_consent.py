"""The page with Zalo's consent box: nothing of the form is on it, and its address joins the person to the dossier."""

import pytest

from bot.channels.zalo_events import parse_event
from bot.web.server import build_application
from tests.fakes.zalo import ACCOUNT
from tests.running import open_runtime
from tests.staffing import messages_to
from tests.talking import invite, receive_all
from tests.zalo_settings import zalo_section, zalo_settings
from tests.zalo_talking import event

PUBLIC = "https://khaosat.example"


@pytest.fixture
def offered(tmp_path):
    settings = zalo_settings(f"sqlite:///{tmp_path}/a.db", zalo=zalo_section(widget=True))
    with open_runtime(tmp_path, settings) as runtime:
        yield runtime


async def test_the_page_holds_the_box_the_code_and_nothing_else_of_the_person(offered, aiohttp_client):
    offer = invite(offered)
    client = await aiohttp_client(build_application(offered))

    answer = await client.get(f"/s/{offer.token}/zalo")

    text = await answer.text()
    assert answer.status == 200
    assert f'data-oaid="{ACCOUNT.oa_id}"' in text
    assert f'data-appid="{ACCOUNT.app_id}"' in text
    assert f"{offer.code[:4]}-{offer.code[4:]}" in text
    assert "<form" not in text
    assert "https://sp.zalo.me" in answer.headers["Content-Security-Policy"]


async def test_no_other_page_lets_a_foreign_script_in(offered, aiohttp_client):
    offer = invite(offered)
    client = await aiohttp_client(build_application(offered))

    answer = await client.get(f"/s/{offer.token}")

    assert "zalo.me" not in answer.headers["Content-Security-Policy"]
    assert f'href="/s/{offer.token}/zalo"' in await answer.text()


@pytest.mark.parametrize("token", ["x" * 28, "x", "..%2f.."])
async def test_a_wrong_token_shows_no_page(offered, aiohttp_client, token):
    client = await aiohttp_client(build_application(offered))

    assert (await client.get(f"/s/{token}/zalo")).status == 404


async def test_without_the_setting_there_is_no_page_and_the_link_brings_the_code(tmp_path, aiohttp_client):
    with open_runtime(tmp_path, zalo_settings(f"sqlite:///{tmp_path}/a.db")) as runtime:
        offer = invite(runtime)
        client = await aiohttp_client(build_application(runtime))

        assert (await client.get(f"/s/{offer.token}/zalo")).status == 404
        page = await (await client.get(f"/s/{offer.token}")).text()
        assert f"https://zalo.me/{ACCOUNT.oa_id}?text={offer.code}" in page


def test_who_agrees_is_joined_by_the_pages_address(offered):
    offer, person = invite(offered), "2468458835291970077"
    agreed = event(
        "widget_interaction_accepted",
        oa_id=ACCOUNT.oa_id,
        data={"user_id": person, "url": f"{PUBLIC}/s/{offer.token}/zalo"},
    )

    receive_all(offered, parse_event(agreed, oa_id=ACCOUNT.oa_id, public_url=PUBLIC))

    assert "Bắt đầu" in messages_to(offered, person, "zalo")[0].text


def test_an_address_of_another_site_joins_nobody(offered):
    offer = invite(offered)
    agreed = event(
        "widget_interaction_accepted",
        oa_id=ACCOUNT.oa_id,
        data={"user_id": "2468458835291970077", "url": f"https://xau.example/s/{offer.token}/zalo"},
    )

    assert parse_event(agreed, oa_id=ACCOUNT.oa_id, public_url=PUBLIC) == () or not messages_to(
        offered, "2468458835291970077", "zalo"
    )
