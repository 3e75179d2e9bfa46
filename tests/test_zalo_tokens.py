"""Zalo's pair of tokens while all goes well: taken, renewed in time and by one process, brought by a person."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.zalo.freshness import EVERY, keep_fresh_for_ever
from bot.zalo.oauth import Issued, Refused, challenge_of, read_answer
from bot.zalo.tokens import LEFT_AFTER
from storage.database import Database, DatabaseDown
from storage.zalo_tables import zalo_tokens as table
from tests.conftest import BOTH
from tests.fakes.zalo_oauth import TOKEN_PATH
from tests.tokening import desk_url, open_desk, open_office, trouble_of

on_both = pytest.mark.parametrize("desk", BOTH, indirect=True)


@pytest.fixture
def desk(request, tmp_path):
    """An installation with a fresh pair in its settings, on SQLite unless the test wants both."""
    with open_desk(desk_url(request, tmp_path)) as desk:
        yield desk


# -- the first pair


async def test_the_configured_pair_is_used_without_asking_anybody(desk):
    access = await desk.process().access()

    assert desk.is_alive(access)
    assert (desk.kept.generation, desk.renewals) == (1, 0)


@on_both
async def test_no_token_can_be_read_in_the_database(desk):
    access = await desk.process().access()

    with desk.database.reading() as tx:
        row = str(tx.execute(select(table)).one())
    assert access not in row
    assert desk.kept.pair.refresh not in row
    assert access not in repr(desk.kept)


async def test_without_a_pair_the_operator_is_told_once_what_to_do(desk):
    tokens = desk.process(access_token=None, refresh_token=None)

    assert await trouble_of(tokens.access()) == ("NoPair", True)
    await tokens.keep_fresh()
    await tokens.keep_fresh()

    [line] = desk.told
    assert "hailong zalo authorize" in line


async def test_a_refresh_token_alone_is_renewed_before_use(desk):
    access = await desk.process(access_token=None).access()

    assert desk.is_alive(access)
    assert desk.renewals == 1


@on_both
async def test_a_changed_pair_in_the_settings_takes_the_place_of_the_old_one(desk):
    running = desk.process()
    await running.access()
    access, refresh = desk.fake.issue_pair()
    changed = {"access_token": SecretStr(access), "refresh_token": SecretStr(refresh)}

    assert await desk.process(**changed).access() == access
    assert await running.access() == access
    assert await running.access() == access  # the older settings do not win it back
    assert (desk.kept.generation, desk.renewals) == (2, 0)


# -- renewing


@on_both
async def test_a_refused_token_is_renewed_once_whoever_asks(desk):
    one, other = desk.process(), desk.process()
    old = await one.access()
    desk.fake.expire_access()

    renewed = {await one.renew(old), await other.renew(old), await one.renew(old), await other.access()}

    [access] = renewed
    assert desk.is_alive(access)
    assert (desk.renewals, desk.kept.generation, desk.told) == (1, 2, [])


@on_both
async def test_two_processes_at_the_same_moment_ask_once(desk):
    database = Database(desk.database.url)
    database.start()
    try:
        processes = [desk.process(), desk.process(database=database)]
        old = await processes[0].access()
        desk.fake.expire_access()
        desk.fake.inject(TOKEN_PATH, 1, ("delay", 0.2))

        found = await asyncio.gather(*(processes[n % 2].renew(old) for n in range(20)))
    finally:
        database.stop()

    assert (len({*found}), desk.renewals) == (1, 1)


@pytest.mark.parametrize(
    ("passed", "renewals"), [(timedelta(hours=18), 0), (timedelta(hours=19, minutes=10), 1)]
)
async def test_a_token_is_renewed_six_hours_before_its_end(desk, passed, renewals):
    tokens = desk.process()
    await tokens.renew(await tokens.access())
    before = desk.renewals
    desk.clock.at += passed

    await tokens.keep_fresh()

    assert desk.renewals - before == renewals
    assert desk.is_alive(await tokens.access())


@pytest.mark.parametrize(("hours", "renewals"), [(11.9, 0), (12.1, 1)])
async def test_a_pair_whose_age_nobody_knows_is_renewed_after_half_a_day(desk, hours, renewals):
    tokens = desk.process()
    await tokens.access()
    desk.pass_time(hours=hours)

    await tokens.keep_fresh()

    assert desk.renewals == renewals


@pytest.mark.parametrize(("told", "seconds"), [("90000", 90_000), (3600, 3600), (None, None), ("x", None)])
async def test_the_end_of_a_token_may_be_told_as_text_or_number_or_not_at_all(desk, told, seconds):
    desk.fake.world.expires_in = told
    tokens = desk.process()

    await tokens.renew(await tokens.access())

    expected = None if seconds is None else desk.clock.at + timedelta(seconds=seconds)
    assert desk.kept.pair.expires_at == expected


async def test_tokens_that_live_shortly_are_not_renewed_all_the_time(desk):
    desk.fake.world.expires_in = 3600
    tokens = desk.process()
    await tokens.renew(await tokens.access())

    for _ in range(4):
        desk.pass_time(minutes=10)
        await tokens.keep_fresh()

    assert desk.renewals == 1


async def test_a_token_past_its_end_is_renewed_before_it_is_used(desk):
    tokens = desk.process()
    await tokens.renew(await tokens.access())
    desk.pass_time(hours=26)

    assert desk.is_alive(await desk.process().access())


async def test_whoever_gives_up_waiting_does_not_end_the_renewal(desk):
    tokens = desk.process()
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 1, ("delay", 0.3))
    waiting = asyncio.create_task(tokens.renew(old))
    await asyncio.to_thread(desk.fake.wait_for_call, lambda call: call.path == TOKEN_PATH, answered=False)

    waiting.cancel()
    await asyncio.wait([waiting])
    await tokens.close()

    assert desk.is_alive(desk.kept.access)


async def test_a_new_pair_waits_for_a_database_that_does_not_work(desk):
    troubles = [DatabaseDown("disk is full"), DatabaseDown("disk is full")]

    def step(name):
        if name == "storing" and troubles:
            raise troubles.pop()

    tokens = desk.process(step=step)

    access = await tokens.renew(await tokens.access())

    assert desk.is_alive(access)
    assert (desk.kept.access, troubles, desk.renewals) == (access, [], 1)


async def test_new_tokens_that_are_refused_too_are_not_renewed_for_ever(desk):
    tokens = desk.process()
    for _ in range(3):
        await tokens.renew(await tokens.access())

    assert await trouble_of(tokens.renew(await tokens.access())) == ("NewTokensRefused", False)
    assert desk.renewals == 3
    assert len(desk.told) == 1


# -- the worker


@pytest.mark.parametrize(("mode", "renewals"), [("live", 1), ("rehearsal", 0)])
async def test_the_worker_renews_but_in_a_rehearsal(desk, tmp_path, mode, renewals):
    with open_office(tmp_path, desk.fake) as runtime:
        runtime.config = runtime.config.model_copy(update={"mode": mode})
        tokens = desk.process()
        await tokens.access()
        desk.pass_time(hours=13)

        worker = asyncio.create_task(keep_fresh_for_ever(runtime, tokens))
        for _ in range(100):
            await asyncio.sleep(0.01)
            if desk.renewals and desk.kept.generation == 2:
                break
        worker.cancel()
        await asyncio.wait([worker])

    assert desk.renewals == renewals


def test_what_a_dead_process_leaves_is_settled_and_told_within_a_minute():
    assert LEFT_AFTER.total_seconds() + EVERY < 60


# -- the endpoint's answers


def test_the_challenge_is_the_one_of_the_platforms_own_example():
    verifier = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"

    assert challenge_of(verifier) == "RqIZl4LIgn8KxW9QO-nTnv7pf0CnNrksx9fF-CXP2FE"


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, b'{"error":-14002,"error_name":"Invalid app id"}', "Zalo-14002"),
        (200, b'{"error":"-14003"}', "Zalo-14003"),
        (400, b'{"error":-14014}', "Zalo-14014"),
        (200, b"\xff\xfe", "Unreadable"),
        (200, b"[" * 100_000, "Unreadable"),
        (404, b"", "Http404"),
        (200, b'{"access_token":"a","refresh_token":null}', "NoTokens"),
        (200, b'{"error":{"a":1}}', "NoTokens"),
        (400, b'{"access_token":"a","refresh_token":"b"}', "Http400"),
    ],
)
def test_an_answer_without_two_tokens_is_a_refusal(status, body, fault):
    assert read_answer(status, body) == Refused(fault)


def test_a_pair_shows_itself_to_nobody_who_prints_it():
    found = read_answer(200, b'{"access_token":"geheim-1","refresh_token":"geheim-2","expires_in":"90000"}')

    assert found == Issued("geheim-1", "geheim-2", timedelta(hours=25))
    assert "geheim" not in repr(found)
