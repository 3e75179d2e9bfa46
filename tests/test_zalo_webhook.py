"""Zalo's webhook lets in what is signed, once, and keeps nothing of the rest; nothing that is sent makes it answer 5xx."""

import asyncio
import contextlib
import gzip
import io
import json
import time
from datetime import timedelta

import pytest
from aiohttp import ServerDisconnectedError
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from bot.web.server import build_application
from storage.inbox import list_parked
from storage.tables import addresses, inbox_keys, outbox, parked
from tests.running import build_settings, open_runtime
from tests.talking import find_talk, invite, picture, said, state_of
from tests.test_zalo_signature import APP_ID, BODY, MAC, SECRET, VIETNAMESE_BODY, VIETNAMESE_MAC, sign
from tests.zalo_payloads import ACCOUNT, PAYLOADS, PERSON, changed

PATH = "/webhook/zalo"
APP_SECRET = "demo-app-secret"
ZALO = {
    "enabled": True,
    "app_id": APP_ID,
    "app_secret": APP_SECRET,
    "oa_id": ACCOUNT,
    "oa_secret": SECRET,
}
ZALO_WAITS = 2.0  # seconds; alone on a machine it is some hundredths
OTHER_TIME = "1792000777777"
TEXT = PAYLOADS["user_send_text"]


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, build_settings(database_url, zalo=ZALO)) as runtime:
        yield runtime


@contextlib.asynccontextmanager
async def open_client(runtime):
    async with TestClient(TestServer(build_application(runtime))) as client:
        yield client


async def post(client, body, *, secret=SECRET, signature=None, header_time="", **headers):
    """Post an event as Zalo does; return the status, 0 when the connection was closed instead."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    if signature is None:
        timestamp = header_time or str(body.get("timestamp", "") if isinstance(body, dict) else "")
        signature = f"mac={sign(raw, timestamp, secret=secret)}"
    sent = {"X-ZEvent-Signature": signature, "X-ZEvent-Timestamp": header_time, **headers}
    sent = {"Content-Type": "application/json", **{name: value for name, value in sent.items() if value}}
    try:
        async with client.post(PATH, data=io.BytesIO(raw), headers=sent) as answer:
            return answer.status
    except ServerDisconnectedError:
        return 0


def words(text, *, number, person=PERSON):
    """What a citizen typed."""
    event = changed(changed(TEXT, ("message", "text"), text), ("message", "msg_id"), f"m{number}")
    return changed(event, ("sender", "id"), person)


def kept(runtime):
    """All that a delivery could leave behind."""
    with runtime.database.reading() as tx:
        counts = [
            tx.execute(select(func.count()).select_from(t)).scalar()
            for t in (inbox_keys, parked, addresses, outbox)
        ]
    return picture(runtime), counts


async def test_the_vectors_get_in_and_are_answered(runtime):
    async with open_client(runtime) as client:
        statuses = [
            await post(client, BODY, signature=f"mac={MAC}"),
            await post(client, VIETNAMESE_BODY.replace(b"96d3", b"96d3"), signature=f"mac={VIETNAMESE_MAC}"),
        ]

    assert statuses == [200, 200]
    assert len(said(runtime)) == 1  # both have one message id: the second is a repetition


async def test_a_citizen_comes_in_by_her_code_and_goes_on_by_taps(runtime):
    offer = invite(runtime)

    async with open_client(runtime) as client:
        await post(client, words(f"mã #{offer.code.lower()}", number=1))
        number = find_talk(runtime, offer).id
        statuses = [
            await post(client, words(f"#k {number} greeting=begin", number=2)),
            await post(client, words(f"#k {number} 3.1=4", number=3)),
            await post(client, words("2", number=4)),
        ]

    assert statuses == [200, 200, 200]
    assert state_of(runtime, offer).place == "3.3"


@pytest.mark.parametrize(
    "shape",
    ["mac={}", "{}", "sha256={}", "MAC={}"],
)
async def test_either_prefix_and_either_timestamp_are_good(runtime, shape):
    raw = json.dumps(TEXT).encode()
    by_body, by_header = sign(raw, TEXT["timestamp"]), sign(raw, OTHER_TIME)

    async with open_client(runtime) as client:
        statuses = [
            await post(client, raw, signature=shape.format(by_body)),
            await post(client, raw, signature=shape.format(by_body), header_time=OTHER_TIME),
            await post(client, raw, signature=shape.format(by_header), header_time=OTHER_TIME),
            await post(client, raw, signature=shape.format(by_header)),
        ]

    assert statuses == [200, 200, 200, 401]


async def test_the_probes_on_saving_the_address_are_answered_and_leave_nothing(runtime):
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = [
            await post(client, b"{}", signature=""),
            await post(client, b"{}", signature="mac=" + "0" * 64),
            await post(client, {}),
            await post(client, PAYLOADS["user_send_text_sample"]),
        ]

    assert statuses == [200] * 4
    assert kept(runtime) == before


async def test_what_is_wrongly_signed_is_refused_alike_and_leaves_nothing(runtime):
    raw = json.dumps(TEXT).encode()
    timestamp = TEXT["timestamp"]
    wrong = {
        "missing": "",
        "no signature": "mac=",
        "zeros": "0" * 64,
        "the app's secret": sign(raw, timestamp, secret=APP_SECRET),
        "no secret": sign(raw, timestamp, secret=""),
        "another secret": sign(raw, timestamp, secret=SECRET + "x"),
        "another app": sign(raw, timestamp, app_id="1"),
        "another body": sign(raw + b" ", timestamp),
        "another time": sign(raw, OTHER_TIME),
        "odd letters": "ü" * 64,
    }
    before = listened(runtime)

    async with open_client(runtime) as client:
        answers = set()
        for signature in wrong.values():
            headers = {"X-ZEvent-Signature": signature} if signature else {}
            async with client.post(PATH, data=io.BytesIO(raw), headers=headers) as answer:
                answers.add((answer.status, await answer.text()))
        spaced = [await post(client, body, signature="") for body in (b"{ }", b" {}", b"{}\n", b"[]", b"")]

    assert [status for status, _ in answers] == [401]
    assert spaced == [401] * 5
    assert listened(runtime) == before


async def test_repetitions_have_one_effect_whatever_their_order_and_however_late(runtime):
    offer = invite(runtime)
    opening, answer = words(offer.code, number=1), words("bắt đầu", number=2)

    async with open_client(runtime) as client:
        statuses = [await post(client, event) for event in (opening, answer)]
        before = kept(runtime)
        statuses += [
            await post(client, event, num_retry=str(attempt))
            for attempt in range(1, 6)
            for event in (answer, opening)
        ]
        runtime.clock.at += timedelta(hours=1, minutes=50)
        statuses += await asyncio.gather(*(post(client, event) for event in (opening, answer) * 4))

    assert statuses == [200] * 20
    assert kept(runtime) == before


async def test_events_nobody_uses_are_answered_and_leave_nothing(runtime):
    unused = {
        name: payload
        for name, payload in PAYLOADS.items()
        if name.startswith(
            ("anonymous_", "change_", "a_kind", "oa_send_anonymous", "unfollow", "user_reacted")
        )
    }
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = {name: await post(client, payload) for name, payload in unused.items()}
        to_another = await post(client, changed(TEXT, ("recipient", "id"), "388613280878808646"))

    assert len(unused) == 8
    assert statuses == dict.fromkeys(unused, 200)
    assert to_another == 200
    assert kept(runtime) == before


async def test_every_kind_of_event_is_answered_200_and_none_is_set_aside(runtime):
    async with open_client(runtime) as client:
        statuses = {name: await post(client, payload) for name, payload in PAYLOADS.items()}

    with runtime.database.reading() as tx:
        assert list_parked(tx) == []
    assert statuses == dict.fromkeys(PAYLOADS, 200)


UNREADABLE = {
    "empty": b"",
    "no JSON": b"hello",
    "torn": b'{"event_name": "user_send_text", "message": {',
    "NaN": b'{"event_name": NaN}',
    "huge number": b'{"timestamp": ' + b"9" * 5000 + b"}",
    "no UTF-8": b'{"event_name": "\xff\xfe"}',
    "UTF-16": '{"event_name": "follow"}'.encode("utf-16"),
    "half a letter": b'{"event_name": "\\ud800"}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "two values": b"{}{}",
}
MISSHAPEN = {
    "a list": [],
    "a text": "x",
    "nothing": None,
    "no event": {"timestamp": OTHER_TIME},
    "a number as event": changed(TEXT, ("event_name",), 7),
    "no sender": changed(TEXT, ("sender",), None),
    "a number as person": changed(TEXT, ("sender", "id"), 246845883529197922),
    "a text as message": changed(TEXT, ("message",), "x"),
    "a number as text": changed(TEXT, ("message", "text"), 5),
    "NUL in the person": changed(TEXT, ("sender", "id"), "a\0b"),
    "nobody follows": changed(PAYLOADS["follow"], ("follower",), []),
}


async def test_signed_what_is_no_json_is_400_and_leaves_nothing(runtime):
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = {
            name: await post(client, body, header_time=OTHER_TIME) for name, body in UNREADABLE.items()
        }

    assert statuses == dict.fromkeys(UNREADABLE, 400)
    assert kept(runtime) == before


async def test_signed_json_of_a_wrong_shape_is_422_and_leaves_nothing(runtime):
    before = kept(runtime)

    async with open_client(runtime) as client:
        statuses = {
            name: await post(client, body, header_time=OTHER_TIME) for name, body in MISSHAPEN.items()
        }

    assert statuses == dict.fromkeys(MISSHAPEN, 422)
    assert kept(runtime) == before


@pytest.mark.parametrize("is_signed", [True, False])
async def test_a_body_over_the_limit_is_413_signed_or_not(runtime, is_signed):
    raw = json.dumps({**TEXT, "x": "a" * 1024 * 1024}).encode()
    signature = None if is_signed else ""

    async with open_client(runtime) as client:
        plain = await post(client, raw, signature=signature, header_time=OTHER_TIME)
        packed = await post(
            client,
            gzip.compress(raw),
            signature=signature,
            header_time=OTHER_TIME,
            **{"Content-Encoding": "gzip"},
        )

    assert (plain, packed) == (413, 413)


async def test_characters_that_are_no_text_do_no_harm(runtime):
    offer = invite(runtime)

    async with open_client(runtime) as client:
        statuses = [
            await post(client, words(text, number=number))
            for number, text in enumerate([offer.code, "\0", "ghế\0 \x07", "\u202eabc", "", " ", "😀" * 2000])
        ]
        odd = await post(client, changed(TEXT, ("message", "msg_id"), "a\0b" * 1000))

    assert (statuses, odd) == ([200] * 7, 200)
    with runtime.database.reading() as tx:
        assert list_parked(tx) == []


async def test_other_methods_are_refused(runtime):
    async with open_client(runtime) as client:
        statuses = []
        for method in ("GET", "PUT", "DELETE"):
            async with client.request(method, PATH) as answer:
                statuses.append(answer.status)

    assert statuses == [405] * 3


async def test_without_zalo_its_address_does_not_exist(database_url, tmp_path):
    with open_runtime(tmp_path, build_settings(database_url)) as runtime:
        async with open_client(runtime) as client:
            statuses = [await post(client, TEXT), await post(client, b"{}", signature="")]

    assert statuses == [404, 404]


async def test_citizens_who_come_together_are_answered_within_the_time_zalo_gives(runtime):
    offers = [invite(runtime) for _ in range(10)]

    async def arrive(client, number, offer):
        began = time.perf_counter()
        status = await post(client, words(offer.code, number=number, person=f"9{number:018}"))
        return status, time.perf_counter() - began

    async with open_client(runtime) as client:
        answers = await asyncio.gather(*(arrive(client, n, offer) for n, offer in enumerate(offers)))

    assert [status for status, _ in answers] == [200] * 10
    assert max(spent for _, spent in answers) < ZALO_WAITS


async def test_a_wrong_secret_is_told_to_the_operator_once_a_day(runtime):
    async with open_client(runtime) as client:
        first = [await post(client, words("x", number=n), secret=APP_SECRET) for n in range(2)]
        before = notices(runtime)
        await post(client, words("x", number=3), secret=APP_SECRET)
        told = notices(runtime)
        for number in range(4, 30):
            runtime.clock.at += timedelta(minutes=11)
            await post(client, words("x", number=number), secret=APP_SECRET)
        same_day = notices(runtime)
        runtime.clock.at += timedelta(days=1)
        await post(client, words("x", number=99), secret=APP_SECRET)

    assert first == [401, 401]
    assert (before, told, same_day, notices(runtime)) == (0, 1, 1, 2)


async def test_wrong_signatures_among_right_ones_worry_nobody(runtime):
    async with open_client(runtime) as client:
        for number in range(6):
            await post(client, words("x", number=number))
            for _ in range(3):
                await post(client, words("y", number=100 + number), secret=APP_SECRET)
            runtime.clock.at += timedelta(minutes=5)

    assert notices(runtime) == 0


async def test_what_strangers_post_worries_nobody(runtime):
    async with open_client(runtime) as client:
        for body in (b"x", b"[]", b'{"a": 1}', b'{"event_name": "follow"}'):
            for _ in range(5):
                await post(client, body, signature="0" * 64)
        for _ in range(5):
            await post(client, TEXT, signature="")

    assert notices(runtime) == 0


def listened(runtime):
    """What a delivery could leave behind, but for what the operator is told."""
    states, (keys, set_aside, _, _) = picture(runtime).states, kept(runtime)[1]
    with runtime.database.reading() as tx:
        heard = tx.execute(select(func.count()).where(addresses.c.channel == "zalo")).scalar()
    return states, keys, set_aside, heard


def notices(runtime):
    """How often the operator was told of signatures."""
    return sum("zalo.oa_secret" in message.text for message in said(runtime))
