"""The webhook of the Zalo bot: secret first, 4xx to what is no update, never 5xx, once for each message, 404 while it is off."""

import contextlib
import io
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from bot.web.server import build_application
from storage.inbox import list_parked
from storage.outbox import count_by_state
from storage.tables import inbox_keys
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.running import build_settings, open_runtime
from tests.test_telegram_updates import changed
from tests.test_zalo_bot_updates import GROUP, PAYLOADS

PATH = "/webhook/zalo-bot"
SHOWN = {"X-Bot-Api-Secret-Token": ACCOUNT.bot_secret}
BOT = {
    "enabled": True,
    "token": ACCOUNT.bot_token,
    "webhook_secret": ACCOUNT.bot_secret,
    "name": "Bot Sở Công Thương Mẫu",
}
COMMAND = PAYLOADS["group_list"]
LONE = json.loads('"\\ud800"')


def settings_of(url, **changes):
    office = {"chats": [f"zalo_bot:{GROUP}"]}
    return build_settings(url, zalo_bot=BOT | changes, office=office)


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, settings_of(database_url)) as runtime:
        yield runtime


@contextlib.asynccontextmanager
async def open_client(runtime):
    async with TestClient(TestServer(build_application(runtime))) as client:
        yield client


async def post(client, body, headers=SHOWN):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client.post(PATH, data=io.BytesIO(raw), headers=headers) as answer:
        return answer.status


def kept(runtime):
    """Return what is stored: keys of what came, messages to the group, and what was set aside."""
    with runtime.database.reading() as tx:
        keys = tx.execute(select(func.count()).select_from(inbox_keys)).scalar_one()
        said = sum(n for (channel, _), n in count_by_state(tx).items() if channel == "zalo_bot")
        return keys, said, len(list_parked(tx))


async def test_a_command_of_the_offices_group_is_taken_once_however_it_is_wrapped_and_repeated(runtime):
    async with open_client(runtime) as client:
        statuses = [await post(client, COMMAND), await post(client, COMMAND["result"])]
        after_two = kept(runtime)
        statuses.append(await post(client, changed(COMMAND, ("result", "message", "message_id"), "another")))

    assert statuses == [200, 200, 200]
    assert after_two == (1, 1, 0)
    assert kept(runtime) == (2, 2, 0)


async def test_it_takes_what_the_platform_posts(runtime):
    with ZaloFake() as fake:
        fake.add_bot_chat(GROUP)
        async with TestServer(build_application(runtime)) as server:
            fake.bot_webhook_url = str(server.make_url(PATH))
            taken = await fake.bot_hears(
                fake.bot.update(GROUP, "@Bot Sở Công Thương Mẫu danh sách"), copies=2
            )
            forged = await fake.bot_hears(
                fake.bot.update(GROUP, "@Bot Sở Công Thương Mẫu danh sách"), secret="x" * 33
            )
            others = [
                await fake.bot_hears(update)
                for update in (fake.bot.image(GROUP), fake.bot.unsupported(GROUP))
            ]

        assert fake.violations == []
    assert [post.status for post in taken.posts] == [200, 200]
    assert max(post.seconds for post in taken.posts) < 1.0
    assert forged.status == 401
    assert [one.status for one in others] == [200, 200]
    assert kept(runtime)[1] == 1


async def test_strangers_are_heard_by_nobody(runtime):
    stranger = changed(COMMAND, ("result", "message", "chat", "id"), "zgr-0000000000000000")

    async with open_client(runtime) as client:
        statuses = [await post(client, stranger), await post(client, PAYLOADS["text"])]

    assert statuses == [200, 200]
    assert kept(runtime)[1:] == (0, 0)


async def test_what_we_do_not_use_is_200_and_changes_nothing(runtime):
    names = ("probe", "idle_poll", "event_of_next_year", "text_from_a_bot", "chat_of_an_unknown_type")

    async with open_client(runtime) as client:
        statuses = [await post(client, PAYLOADS[name]) for name in names]

    assert set(statuses) == {200}
    assert kept(runtime) == (0, 0, 0)


async def test_wrong_secrets_are_refused_alike_and_nothing_is_read(runtime):
    async with open_client(runtime) as client:
        statuses = [
            await post(client, body, {} if secret is None else {"X-Bot-Api-Secret-Token": secret})
            for secret in (None, "", "x", ACCOUNT.bot_secret[:-1], ACCOUNT.bot_secret.lower(), "ü" * 10)
            for body in (COMMAND, b"no JSON", {})
        ]
        async with client.get(PATH, headers=SHOWN) as answer:
            by_get = answer.status

    assert set(statuses) == {401}
    assert by_get == 405
    assert kept(runtime) == (0, 0, 0)


UNREADABLE = {
    "empty": b"",
    "torn": b'{"event_name": "message.text.received"',
    "no UTF-8": b'{"event_name": "\xff\xfe"}',
    "NaN": b'{"event_name": NaN}',
    "deep": b"[" * 100_000 + b"0" + b"]" * 100_000,
    "half a letter": json.dumps(changed(COMMAND, ("result", "message", "text"), LONE)).encode(),
}
MISSHAPEN = {
    "a list": [COMMAND],
    "a text": "x",
    "nothing": None,
    "no message": {"event_name": "message.text.received"},
    "no chat": changed(COMMAND, ("result", "message", "chat"), None),
    "no sender": changed(COMMAND, ("result", "message", "from"), 5),
    "a number as text": changed(COMMAND, ("result", "message", "text"), 5),
    "a true id": changed(COMMAND, ("result", "message", "message_id"), True),
}


async def test_what_is_no_update_is_4xx_and_changes_nothing(runtime):
    async with open_client(runtime) as client:
        unreadable = {name: await post(client, body) for name, body in UNREADABLE.items()}
        misshapen = {name: await post(client, body) for name, body in MISSHAPEN.items()}
        huge = await post(client, b'{"x": "' + b"a" * 1_100_000 + b'"}')

    assert unreadable == dict.fromkeys(UNREADABLE, 400)
    assert misshapen == dict.fromkeys(MISSHAPEN, 422)
    assert huge == 413
    assert kept(runtime) == (0, 0, 0)


@pytest.mark.parametrize("changes", [{"enabled": False}, {"mode": "polling"}])
async def test_it_is_404_while_the_channel_is_off_or_asks_by_itself(tmp_path, changes):
    with open_runtime(tmp_path, settings_of(f"sqlite:///{tmp_path}/a.db", **changes)) as runtime:
        async with open_client(runtime) as client:
            assert await post(client, COMMAND) == 404
