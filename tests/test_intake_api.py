"""The intake refuses in 4xx what it cannot use, keeps none of it, and tells nothing that helps to guess."""

import asyncio
import contextlib
import gzip
import io
import itertools
import json
import re
import secrets

import pytest
from aiohttp import ServerDisconnectedError
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from bot.web.server import build_application
from storage.tables import invitations
from tests.running import API_TOKEN
from tests.talking import invite

RESULTS, DOSSIERS = "/api/v1/results", "/api/v1/dossiers"
BEARER = {"Authorization": f"Bearer {API_TOKEN}", "Content-Type": "application/json"}
_callers = itertools.count(1)
RETURNED = "2026-11-20T09:00:00+07:00"
LONE = json.loads('"\\ud800"')


@contextlib.asynccontextmanager
async def open_client(runtime):
    async with TestClient(TestServer(build_application(runtime))) as client:
        yield client


async def post(client, values, *, path=RESULTS, **headers):
    """Post; return status and the JSON of the answer."""
    raw = values if isinstance(values, bytes) else json.dumps(values).encode()
    try:
        async with client.post(path, data=io.BytesIO(raw), headers={**BEARER, **headers}) as answer:
            return answer.status, await answer.json()
    except ServerDisconnectedError:
        return 0, None


def result(code="H32.99-261120-0001", **changes):
    return {"dossier_code": code, "procedure_code": "2.000633", "returned_at": RETURNED, **changes}


def a_caller():
    """Return an address nobody has called from: what is slowed stays slowed for the whole process."""
    return f"203.0.113.{next(_callers)}"


def count(runtime):
    with runtime.database.reading() as tx:
        return tx.execute(select(func.count()).select_from(invitations)).scalar_one()


def nested(depth):
    return b"[" * depth + b"0" + b"]" * depth


UNREADABLE = {
    "empty": b"",
    "no JSON": b"hello",
    "torn": b'{"dossier_code": ',
    "NaN": b'{"dossier_code": NaN}',
    "infinity": b"[-Infinity]",
    "huge number": b"9" * 5000,
    "no UTF-8": b'{"dossier_code": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "deep": nested(100_000),
    "half a letter": b'{"dossier_code": "\\ud800"}',
    "half a letter as name": b'{"\\udfff": 1}',
    "half a letter in a batch": b'{"results": [{"dossier_code": "\\ud800"}]}',
}
WRONG: tuple[object, ...] = (
    None,
    1,
    "x",
    [],
    [result()],
    {},
    {"results": {}},
    {"results": []},
    {"results": [result()], "more": 1},
    result(code=5),
    result(code=""),
    result(code="x"),
    result(code="H32.99-261120-0001\0"),
    result(code="H32.99-٢٦١١٢٠-0001"),
    result(code="H32.99-261120-" + "1" * 100),
    result(code={"a": 1}),
    result(procedure_code="9.999999"),
    result(procedure_code=2.000633),
    result(unit_code="NOWHERE"),
    result(unit_code=["QLTM"]),
    result(returned_at=None),
    result(returned_at=1_790_000_000),
    result(returned_at=True),
    result(returned_at="yesterday"),
    result(returned_at="2026-02-30T00:00:00+07:00"),
    result(returned_at="9999-12-31T23:59:59-23:59"),
    result(returned_at="0001-01-01T00:00:00+14:00"),
    result(returned_at="2027-11-20T09:00:00+07:00"),
    result(received_at="2026-11-21T09:00:00+07:00"),
    result(outcome="lost"),
    result(outcome=1),
    result(recipient=[]),
    result(recipient={"phone": 84}),
    result(recipient={"phone": "gọi tôi"}),
    result(recipient={"telegram_chat_id": -5}),
    result(recipient={"telegram_chat_id": 10**30}),
    result(recipient={"telegram_chat_id": True}),
    result(recipient={"telegram_chat_id": 1.5}),
    result(recipient={"zalo_user_id": 5}),
    result(recipient={"x" * 300: 1}),
    result(surprise=1),
    {"": 1},
    {"\0": 1},
)


async def test_what_is_no_json_is_400_and_kept_nowhere(runtime):
    async with open_client(runtime) as client:
        statuses = {name: (await post(client, body))[0] for name, body in UNREADABLE.items()}

    assert statuses == dict.fromkeys(UNREADABLE, 400)
    assert count(runtime) == 0


async def test_right_json_of_a_wrong_shape_is_422_and_kept_nowhere(runtime):
    async with open_client(runtime) as client:
        answers = [(values, *await post(client, values)) for values in WRONG]

    assert [(values, status) for values, status, _ in answers if status != 422] == []
    assert all(body["error"] == "invalid" and isinstance(body["fields"], list) for _, _, body in answers)
    assert count(runtime) == 0


async def test_a_bad_entry_of_a_batch_harms_no_other(runtime):
    listed = [result(f"H32.99-261120-{number:04}") for number in range(1, 4)]
    mixed = [listed[0], 5, {}, listed[1], result(code="\0"), None, listed[2], listed[0]]

    async with open_client(runtime) as client:
        status, body = await post(client, {"results": mixed})

    assert status == 200
    assert [one["status"] for one in body["results"]] == [201, 422, 422, 201, 422, 422, 201, 200]
    assert count(runtime) == 3


async def test_any_depth_is_read_or_refused(runtime):
    async with open_client(runtime) as client:
        statuses = [
            (depth, (await post(client, b'{"dossier_code": ' + nested(depth) + b"}"))[0])
            for depth in (50, 300, 600, 900, 950, 980, 990, 1000, 2000)
        ]

    assert [one for one in statuses if one[1] not in {400, 422}] == []


async def test_too_much_is_413(runtime):
    big = b'{"dossier_code": "' + b"1" * 10_000_000 + b'"}'
    many = {"results": [result()] * 501}

    async with open_client(runtime) as client:
        plain, _ = await post(client, big)
        packed, _ = await post(client, gzip.compress(big), **{"Content-Encoding": "gzip"})
        batch, _ = await post(client, many)
        garbled, _ = await post(client, b"garbage", **{"Content-Encoding": "gzip"})
        after, _ = await post(client, {})

    assert (plain, packed, batch) == (413, 413, 413)
    assert garbled in {0, 400, 415}
    assert after in {0, 422}  # 0: the connection was closed after the garbled body
    assert count(runtime) == 0


async def test_without_the_right_token_everything_is_the_same_401(runtime):
    tokens = (
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {API_TOKEN}",
        f"Bearer {API_TOKEN[:-1]}",
        f"Bearer {API_TOKEN}x",
        "Bearer ü",
    )
    answers, caller = [], a_caller()

    async with open_client(runtime) as client:
        for token in tokens:
            for body in (b"{}", b"torn", json.dumps(result()).encode()):
                headers = {"X-Forwarded-For": caller} | ({} if token is None else {"Authorization": token})
                async with client.post(RESULTS, data=io.BytesIO(body), headers=headers) as answer:
                    answers.append((answer.status, await answer.text()))

    assert (len(set(answers)), answers[0][0]) == (1, 401)
    assert count(runtime) == 0


async def test_wrong_methods_are_405(runtime):
    async with open_client(runtime) as client:
        statuses = [
            (await client.request(method, path, headers=BEARER)).status
            for path in (RESULTS, DOSSIERS)
            for method in ("GET", "PUT", "PATCH", "DELETE")
        ]

    assert statuses == [405] * 8


async def test_guessing_bearers_is_slowed_and_calls_are_bounded(runtime):
    guesser = {"X-Forwarded-For": a_caller()}

    async with open_client(runtime) as client:
        wrong = [
            (await post(client, {}, Authorization=f"Bearer guess-{n:04}", **guesser))[0] for n in range(60)
        ]
        right = [(await post(client, result(), **{"X-Forwarded-For": a_caller()}))[0] for _ in range(3)]

    assert (wrong[0], wrong[-1]) == (401, 429)
    assert set(right) == {201, 200}


async def test_the_same_result_from_many_callers_at_once_is_one_invitation(runtime):
    async with open_client(runtime) as client:
        answers = await asyncio.gather(*(post(client, result()) for _ in range(20)))

    assert sorted(status for status, _ in answers) == [*[200] * 19, 201]
    assert len({body["invitation"]["token"] for _, body in answers}) == 1
    assert count(runtime) == 1


async def test_a_contradiction_changes_nothing(runtime):
    async with open_client(runtime) as client:
        await post(client, result())
        moved, _ = await post(client, result(procedure_code="2.001561"))
        again, _ = await post(client, result())

    assert (moved, again) == (409, 200)


@pytest.mark.parametrize("path", ["/s/{}", "/s/{}/qr.png"])
async def test_unknown_tokens_of_every_shape_get_one_and_the_same_answer(runtime, path):
    real = invite(runtime).token
    unknown = [
        secrets.token_urlsafe(21)[:28],
        real[:-1],
        real[:-1] + ("A" if real[-1] != "A" else "B"),
        real.swapcase(),
        real + "x",
        "1" * 28,
        "x",
        "0" * 300,
        "%00",
        "%ED%A0%80",
        "l" * 28,
    ]

    async with open_client(runtime) as client:
        answers = {}
        for token in unknown:
            async with client.get(path.format(token)) as answer:
                kept = {k: v for k, v in answer.headers.items() if k not in {"Date", "Content-Length"}}
                answers[token] = (answer.status, without_address(await answer.text()), str(kept))
        async with client.get(path.format(real)) as answer:
            assert answer.status == 200

    assert {status for status, _, _ in answers.values()} == {404}
    assert len(set(answers.values())) == 1


def without_address(text):
    """Return a page without its own address."""
    return re.sub(r"/s/[^\"?]*", "/s/…", text)
