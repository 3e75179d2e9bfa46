"""Telegram's webhook answers 4xx to what is no update, never 5xx, keeps none of it, and stays up."""

import contextlib
import gzip
import io
import json

import pytest
from aiohttp import ServerDisconnectedError
from aiohttp.test_utils import TestClient, TestServer

from bot.web.server import build_application
from storage.inbox import list_parked
from storage.outbox import count_by_state
from tests.running import SECRET
from tests.talking import Talker, invite, message_update, picture, press_update, state_of

PATH = "/webhook/telegram"
SHOWN = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
LONE = json.loads('"\\ud800"')


@contextlib.asynccontextmanager
async def open_client(runtime):
    async with TestClient(TestServer(build_application(runtime))) as client:
        yield client


async def post(client, body, **headers):
    """Post an update as a platform does; return the status, 0 when the connection was closed instead."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**SHOWN, "Content-Type": "application/json", **headers}
    try:
        async with client.post(PATH, data=io.BytesIO(raw), headers=headers) as answer:
            return answer.status
    except ServerDisconnectedError:
        return 0


def kept(runtime):
    with runtime.database.reading() as tx:
        return picture(runtime), len(list_parked(tx)), sum(count_by_state(tx).values())


def nested(depth, *, key=None):
    """Return JSON text that is `depth` deep, lists or objects."""
    opening, closing = (b"[", b"]") if key is None else (b'{"%s":' % key.encode(), b"}")
    return opening * depth + b"0" + closing * depth


UNREADABLE = {
    "empty": b"",
    "spaces": b"  ",
    "no JSON": b"hello",
    "torn": b'{"update_id": 1, "message": {',
    "NaN": b'{"update_id": NaN}',
    "infinity": b'{"update_id": 1, "message": {"date": Infinity}}',
    "huge number": b'{"update_id": ' + b"9" * 5000 + b"}",
    "no UTF-8": b'{"update_id": 1, "a": "\xff\xfe"}',
    "UTF-16": '{"update_id": 1}'.encode("utf-16"),
    "deep lists": nested(100_000),
    "deep objects": nested(100_000, key="a"),
    "two values": b"{}{}",
}
MESSAGE = message_update(1001, "x")["message"]
PRESS = press_update(1001, "1|3.2=1")["callback_query"]
MISSHAPEN = {
    "a list": [],
    "a text": "x",
    "a number": 1,
    "nothing": None,
    "an empty object": {},
    "a text as id": {"update_id": "1"},
    "a half id": {"update_id": 1.5},
    "a true id": {"update_id": True},
    "a negative id": {"update_id": -1},
    "a huge id": {"update_id": 10**40},
    "a number as message": {"update_id": 1, "message": 5},
    "a list as message": {"update_id": 1, "message": [1]},
    "no chat": {"update_id": 1, "message": {"message_id": 1, "date": 1}},
    "a text as chat": {"update_id": 1, "message": {**MESSAGE, "chat": "x"}},
    "a huge chat": {"update_id": 1, "message": {**MESSAGE, "chat": {"id": 10**30, "type": "private"}}},
    "a true chat": {"update_id": 1, "message": {**MESSAGE, "chat": {"id": True, "type": "private"}}},
    "a number as text": {"update_id": 1, "message": {**MESSAGE, "text": 5}},
    "a list as text": {"update_id": 1, "message": {**MESSAGE, "text": ["x"]}},
    "a date beyond time": {"update_id": 1, "message": {**MESSAGE, "date": 10**20}},
    "a text as date": {"update_id": 1, "message": {**MESSAGE, "date": "now"}},
    "a number as press": {"update_id": 1, "callback_query": 5},
    "a press of nobody": {"update_id": 1, "callback_query": {"id": "1"}},
    "a press without id": {"update_id": 1, "callback_query": {**PRESS, "id": ""}},
    "a number as id of a press": {"update_id": 1, "callback_query": {**PRESS, "id": 7}},
    "NUL in the id of a press": {"update_id": 1, "callback_query": {**PRESS, "id": "a\0b"}},
    "half a letter in the id of a press": {"update_id": 1, "callback_query": {**PRESS, "id": LONE}},
    "a text as membership": {"update_id": 1, "my_chat_member": "x"},
}


async def test_what_is_no_json_is_400_and_changes_nothing(runtime):
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = {name: await post(client, body) for name, body in UNREADABLE.items()}

    assert statuses == dict.fromkeys(UNREADABLE, 400)
    assert kept(runtime) == before


async def test_json_of_a_wrong_shape_is_4xx_and_changes_nothing(runtime):
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = {name: await post(client, body) for name, body in MISSHAPEN.items()}

    assert {name: status for name, status in statuses.items() if not 400 <= status < 500} == {}
    assert kept(runtime) == before


async def test_depths_around_the_limits_of_the_reader_are_never_5xx(runtime):
    async with open_client(runtime) as client:
        statuses = {
            (depth, key): await post(client, b'{"update_id": 5, "x": ' + nested(depth, key=key) + b"}")
            for depth in (100, 300, 450, 600, 800, 900, 940, 960, 980, 1000, 1500, 5000)
            for key in (None, "a", "reply_to_message")
        }
        chains = {
            depth: await post(client, message_bytes(depth))
            for depth in (10, 50, 100, 150, 200, 250, 300, 400, 600, 900)
        }

    assert {at: status for at, status in {**statuses, **chains}.items() if status >= 500} == {}


def message_bytes(depth):
    """Return an update with a chain of answered messages, written by hand: no encoder goes so deep."""
    inner = json.dumps({**MESSAGE, "text": "1"}).encode()[:-1]
    chain = (inner + b', "reply_to_message": ') * depth + inner + b"}" * (depth + 1)
    return b'{"update_id": 6, "message": ' + chain + b"}"


async def test_characters_that_are_no_text_are_read_as_nothing_or_refused(runtime):
    offer = invite(runtime)
    citizen = Talker(runtime).open(offer).go_to("comment")

    async with open_client(runtime) as client:
        statuses = [
            await post(client, message_update(1001, "ghế\0 nên\x07 thêm")),
            await post(client, message_update(1001, f"nửa chữ {LONE}")),
            await post(client, message_update(2002, f"/start {LONE * 28}")),
            await post(client, message_update(2002, "/start a\0b")),
            await post(client, message_update(2003, LONE)),
            await post(client, message_update(2004, "\0")),
            await post(client, press_update(1001, citizen.data("3.2=\0"))),
            await post(client, press_update(1001, LONE)),
            await post(
                client,
                message_update(
                    2005,
                    "x",
                    **{"from": {"id": 2005, "is_bot": False, "first_name": LONE, "language_code": LONE}},
                ),
            ),
        ]

    assert [status for status in statuses if status >= 500] == []
    assert state_of(runtime, offer).comment == "ghế nên thêm"
    with runtime.database.reading() as tx:
        assert list_parked(tx) == []


async def test_wrong_secrets_and_methods_are_refused_alike(runtime):
    update = message_update(1001, "xin chào")
    before = kept(runtime)

    async with open_client(runtime) as client:
        answers = []
        for secret in (None, "", "x", SECRET[:-1], SECRET + "x", SECRET.lower(), "ü" * 10):
            headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
            async with client.post(PATH, json=update, headers=headers) as answer:
                answers.append((answer.status, await answer.text()))
        methods = []
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
            async with client.request(method, PATH, headers=SHOWN) as answer:
                methods.append(answer.status)
        async with client.post("/webhook/zalo", json={}) as answer:
            off = answer.status

    assert (len(set(answers)), answers[0][0]) == (1, 401)
    assert methods == [405] * 5
    assert off == 404
    assert kept(runtime) == before


@pytest.mark.parametrize("encoding", [None, "gzip"])
async def test_a_body_over_the_limit_is_413(runtime, encoding):
    raw = b'{"update_id": 1, "x": "' + b"a" * 10_000_000 + b'"}'

    async with open_client(runtime) as client:
        if encoding is None:
            status = await post(client, raw)
        else:
            status = await post(client, gzip.compress(raw), **{"Content-Encoding": encoding})

    assert status == 413


async def test_a_broken_or_unknown_packing_is_refused_and_the_service_stays_up(runtime):
    async with open_client(runtime) as client:
        statuses = [
            await post(client, body, **{"Content-Encoding": packing})
            for packing in ("gzip", "deflate", "br", "zstd", "rot13")
            for body in (b"garbage", gzip.compress(b"{}")[:-5])
        ]
        well = [await post(client, message_update(1001, "xin chào")) for _ in range(2)]

    assert [status for status in statuses if status and not 400 <= status < 500] == []
    assert well[-1] == 200
