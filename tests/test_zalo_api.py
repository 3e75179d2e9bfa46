"""The client of the Official Account: its token, its pace, what silence means, and what nobody may read in the log."""

import asyncio

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.zalo.api import Minute, Reply, ZaloApi
from bot.zalo.trouble import TokenTrouble
from storage.database import DatabaseDown
from tests.fakes.zalo import ZaloFake
from tests.zalo_sending import PNG, Ticks, Tokens, open_api

CS = "/v3.0/oa/message/cs"


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        yield zalo
        assert zalo.violations == []


@pytest.fixture
def tokens(zalo):
    return Tokens(zalo)


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
async def api(zalo, tokens, ticks):
    api = open_api(zalo, tokens=tokens, now=ticks, timeout=5.0)
    yield api
    await api.close()


def to(person, text="Chào ông/bà."):
    return {"recipient": {"user_id": person}, "message": {"text": text}}


async def test_the_token_travels_bare_in_its_own_header(zalo, tokens, api):
    person = zalo.add_person(has_written=True)

    reply = await api.call(CS, to(person))

    assert reply.is_fine
    assert reply.text("message_id") == zalo.messages(person)[0].message_id
    (call,) = zalo.calls
    assert call.headers["access_token"] == tokens.token
    assert "authorization" not in call.headers


@pytest.mark.parametrize("spoil", ["expire_access", "revoke"])
async def test_a_refused_token_is_renewed_and_the_call_repeated_once(zalo, tokens, api, spoil):
    person = zalo.add_person(has_written=True)
    getattr(zalo, spoil)()

    replies = await asyncio.gather(*(api.call(CS, to(person)) for _ in range(8)))

    assert all(reply.is_fine for reply in replies)
    assert tokens.renewals == 1
    assert len(zalo.messages(person)) == 8


async def test_a_token_that_is_refused_for_ever_is_no_loop(zalo, tokens, api):
    person = zalo.add_person(has_written=True)
    zalo.inject(CS, 100, ("error", -216))

    reply = await api.call(CS, to(person))

    assert reply.code == -216
    assert len(zalo.calls) == 2


async def test_nothing_is_repeated_while_there_is_no_newer_token(zalo):
    class Same(Tokens):
        async def renew(self, stale):
            return stale

    api = open_api(zalo, tokens=Same(zalo))
    zalo.expire_access()

    assert (await api.call(CS, to("1"))).code == -220
    assert len(zalo.calls) == 1
    await api.close()


@pytest.mark.parametrize("is_final", [True, False])
async def test_without_a_token_nothing_is_called(zalo, tokens, api, is_final):
    tokens.trouble = TokenTrouble("refused", is_final=is_final)

    reply = await api.call(CS, to("1"))

    assert reply == Reply(code=None, fault="ZaloTokens", is_final=is_final)
    assert zalo.calls == []


async def test_a_database_that_is_away_takes_no_message_with_it(zalo):
    class Away(Tokens):
        async def access(self):
            raise DatabaseDown("away")

    api = open_api(zalo, tokens=Away(zalo))

    assert await api.call(CS, to("1")) == Reply(code=None, fault="DatabaseDown")


FATES = [
    (("http", 502), False),
    (("http", 503), False),
    (("http", 504), False),
    ("not_json", True),
    (("answer", {"message": "no code"}), True),
    (("answer", [1]), True),
    ("reset", True),
    ("drop", True),
    (("hang", 30), True),
    (("late", 30), True),
]


@pytest.mark.parametrize(("fault", "is_doubtful"), FATES, ids=str)
async def test_what_brings_no_answer_is_doubtful_when_it_may_have_been_done(zalo, tokens, fault, is_doubtful):
    api = open_api(zalo, tokens=tokens, timeout=0.3)
    person = zalo.add_person(has_written=True)
    zalo.inject(CS, 1, fault)

    reply = await api.call(CS, to(person))

    assert (reply.code, reply.is_doubtful) == (None, is_doubtful)
    assert len(zalo.calls) == 1
    await api.close()


async def test_nothing_was_done_where_nobody_listens(zalo, tokens):
    api = open_api(zalo, tokens=tokens)
    zalo.stop()

    reply = await api.call(CS, to("1"))

    assert (reply.code, reply.is_doubtful) == (None, False)
    await api.close()


async def test_a_call_that_never_left_has_no_part_in_the_minute(zalo, tokens):
    api = open_api(zalo, tokens=tokens, requests_per_minute=1)
    zalo.stop()

    replies = [await api.call(CS, to("1")) for _ in range(3)]

    assert [reply.code for reply in replies] == [None] * 3
    await api.close()


async def test_an_upload_is_never_doubtful_nobody_sees_it(zalo, tokens, api):
    zalo.inject("/v2.0/oa/upload/image", 1, "drop")

    reply = await api.upload("image", "biểu đồ.png", PNG)

    assert (reply.code, reply.is_doubtful) == (None, False)
    assert (await api.upload("image", "biểu đồ.png", PNG)).text("attachment_id")


@pytest.mark.parametrize("status", [302, 404, 429])
async def test_a_gateway_in_between_is_not_taken_for_zalo(aiohttp_server, zalo, tokens, status):
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"}, text="<html>")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    server = await aiohttp_server(app)
    api = open_api(zalo, tokens=tokens, api_base=f"http://127.0.0.1:{server.port}")

    reply = await api.call(CS, to("1"))

    assert not reply.is_fine
    assert not reply.is_doubtful
    assert (reply.after is not None) == (status == 429)
    assert asked == [CS]  # a token is shown to nobody else
    await api.close()


async def test_a_code_may_be_written_as_text(zalo, api):
    zalo.inject(CS, 1, ("answer", {"error": "-230", "message": ""}))

    assert (await api.call(CS, to("1"))).code == -230


async def test_the_minute_is_never_overdrawn_and_goes_on_after_it(ticks):
    with ZaloFake(requests_per_minute=10) as zalo:
        api = open_api(zalo, now=ticks, requests_per_minute=10)
        person = zalo.add_person(has_written=True)

        replies = await asyncio.gather(*(api.call(CS, to(person)) for _ in range(15)))

        assert [reply.code for reply in replies].count(0) == 10
        assert {reply.fault for reply in replies if not reply.is_fine} == {"OwnPace"}
        assert all(reply.after and reply.after <= 60 for reply in replies if not reply.is_fine)
        zalo.advance(60)
        ticks.now += 60
        assert (await api.call(CS, to(person))).is_fine
        assert zalo.violations == []
        await api.close()


async def test_calls_of_another_program_are_heeded_by_what_zalo_says_is_left(ticks):
    with ZaloFake(requests_per_minute=3) as zalo:
        api = open_api(zalo, now=ticks, requests_per_minute=80)
        person = zalo.add_person(has_written=True)

        codes = [(await api.call(CS, to(person))).code for _ in range(5)]

        assert codes == [0, 0, 0, -32, -32]
        assert len(zalo.calls) == 3
        assert zalo.violations == []
        await api.close()


async def test_after_too_many_calls_all_wait_for_a_minute(zalo, api, ticks):
    person = zalo.add_person(has_written=True)
    zalo.inject(CS, 1, ("error", -32))

    first = await api.call(CS, to(person))
    ticks.now += 59.0
    second = await api.call(CS, to(person))
    ticks.now += 1.0
    third = await api.call(CS, to(person))

    assert (first.code, first.after) == (-32, 60.0)
    assert (second.code, second.after) == (-32, 1.0)
    assert third.is_fine
    assert len(zalo.calls) == 2


async def test_messages_by_phone_have_no_part_in_the_minute(zalo, tokens, ticks):
    zalo.add_template("1", "ma_ho_so")
    phone = "84912345678"
    zalo.add_person(phone=phone, has_written=True)
    api = open_api(zalo, tokens=tokens, now=ticks, requests_per_minute=1)
    body = {"phone": phone, "template_id": "1", "template_data": {"ma_ho_so": "1"}, "tracking_id": "k1"}

    replies = [await api.call("/message/template", body, host="business") for _ in range(3)]

    assert [reply.code for reply in replies] == [0, 0, 0]
    assert (await api.call("/v2.0/oa/getoa", method="GET")).is_fine
    await api.close()


async def test_a_question_carries_its_parts_in_the_address(zalo, api):
    zalo.add_group()

    reply = await api.call("/v3.0/oa/group/getgroupsofoa", method="GET", query={"offset": "0", "count": "50"})

    assert reply.is_fine
    assert len(reply.data["groups"]) == 1


def test_a_call_counts_from_when_it_leaves_until_a_minute_after_its_answer():
    minute = Minute(2)
    minute.flying = 2
    assert minute.wait(100.0) > 0
    minute.flying = 0
    minute.answered.extend([110.0, 120.0])

    assert minute.wait(130.0) == 40.0
    assert minute.wait(130.0, 2) == 50.0
    assert minute.wait(130.0, 99) == 50.0
    assert minute.wait(170.0) == 0.0


async def test_closing_waits_for_what_is_on_its_way_and_a_later_call_opens_anew(zalo, api):
    person = zalo.add_person(has_written=True)
    zalo.inject(CS, 1, ("delay", 0.2))
    call = asyncio.create_task(api.call(CS, to(person)))
    await asyncio.to_thread(zalo.wait_for_call, lambda call: call.path == CS, answered=False)

    await api.close()

    assert (await call).is_fine
    assert (await api.call(CS, to(person))).is_fine


async def test_an_api_may_be_made_before_there_is_a_loop(zalo):
    api = await asyncio.to_thread(lambda: open_api(zalo))
    assert isinstance(api, ZaloApi)

    assert (await api.call("/v2.0/oa/getoa", method="GET")).is_fine
    await api.close()


async def test_the_log_shows_no_token_no_person_and_no_words(zalo, tokens, api):
    person = zalo.add_person(has_written=True)
    words = "Lời riêng của người dân"
    with capture_logs() as lines:
        for fault in (("error", -201), ("http", 502), "not_json", "reset"):
            zalo.inject(CS, 1, fault)
            await api.call(CS, to(person, words))
        zalo.expire_access()
        await api.call(CS, to(person, words))
        tokens.trouble = TokenTrouble("refused", is_final=True)
        await api.call(CS, to(person, words))

    assert lines
    for secret in (tokens.token, person, words, "http://"):
        assert secret not in str(lines)
