"""What goes wrong with Zalo's tokens: refused, away, unanswered, left by a dead process. There is always a usable pair, or a
person knows what to do.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.zalo.tokens import LEFT_AFTER
from bot.zalo.trouble import TokenTrouble
from storage import zalo_tokens
from tests.conftest import BOTH
from tests.fakes.zalo import ACCOUNT
from tests.fakes.zalo_oauth import TOKEN_PATH
from tests.tokening import NOBODY, PROBE_PATH, claim_and_die, desk_url, open_desk, trouble_of

on_both = pytest.mark.parametrize("desk", BOTH, indirect=True)


@pytest.fixture
def desk(request, tmp_path):
    """An installation with a fresh pair in its settings, on SQLite unless the test wants both."""
    with open_desk(desk_url(request, tmp_path)) as desk:
        yield desk


# -- refused: a person must authorise again

REFUSALS = {
    "an error with status 200": ("error", -14014),
    "an empty refresh token": ("answer", {"access_token": "a", "refresh_token": "", "expires_in": "90000"}),
    "no token at all": ("answer", {"error": 0, "message": "Success"}),
    "a token of the wrong kind": ("answer", {"access_token": "a", "refresh_token": 7}),
    "a token no header can carry": ("answer", {"access_token": "a\nb", "refresh_token": "c"}),
    "a list": ("answer", ["access_token", "refresh_token"]),
    "a web page": "not_json",
    "status 400": ("http", 400),
    "status 302": ("http", 302),
}


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_stops_zalo_and_says_what_to_do(desk, fault):
    tokens = desk.process()
    old = await tokens.access()
    pair = desk.kept.pair
    desk.fake.inject(TOKEN_PATH, 99, fault)

    _, is_final = await trouble_of(tokens.renew(old))

    assert is_final
    assert (desk.kept.pair, desk.kept.generation, desk.kept.renewing_at) == (pair, 1, None)
    assert len(desk.told) == 1
    assert "hailong zalo authorize" in desk.told[0]


async def test_while_a_person_is_needed_nobody_asks_zalo(desk):
    tokens = desk.process()
    old = await tokens.access()
    desk.fake.expire_refresh()
    await trouble_of(tokens.renew(old))
    calls = len(desk.fake.calls)

    for process in (tokens, desk.process()):
        assert await trouble_of(process.access()) == ("Zalo-14014", True)
        assert await trouble_of(process.renew(old)) == ("Zalo-14014", True)
        await process.keep_fresh()

    assert (len(desk.fake.calls), len(desk.told)) == (calls, 1)


async def test_who_is_needed_is_reminded_every_day(desk):
    tokens = desk.process()
    desk.fake.expire_refresh()
    await trouble_of(tokens.renew(await tokens.access()))

    for _ in range(3):
        desk.pass_time(days=1)
        await tokens.keep_fresh()

    assert len(desk.told) == 4


async def test_a_pair_a_person_brings_ends_it_everywhere_at_once(desk):
    tokens = desk.process()
    desk.fake.expire_refresh()
    await trouble_of(tokens.renew(await tokens.access()))
    access, refresh = desk.fake.issue_pair()
    pair = zalo_tokens.Pair(access=access, refresh=refresh, issued_at=desk.clock.at, expires_at=None)
    vault = desk.setup.vault

    desk.database.write(lambda tx: zalo_tokens.replace(tx, vault, ACCOUNT.app_id, pair, configured="x"))

    assert await tokens.access() == access


@on_both
async def test_a_second_loss_on_the_same_day_is_told_too(desk):
    tokens = desk.process()
    desk.fake.expire_refresh()
    await trouble_of(tokens.renew(await tokens.access()))
    pair = desk.kept.pair
    vault = desk.setup.vault
    desk.database.write(lambda tx: zalo_tokens.replace(tx, vault, ACCOUNT.app_id, pair, configured="x"))

    await trouble_of(tokens.renew(await tokens.access()))

    assert len(desk.told) == 2


# -- Zalo cannot be reached: nothing is lost, it is tried again


async def test_a_short_trouble_long_before_the_end_worries_nobody(desk):
    tokens = desk.process(oauth_base=NOBODY)
    old = await tokens.access()
    desk.pass_time(hours=13)

    for _ in range(5):
        await tokens.keep_fresh()

    assert (desk.told, await tokens.access(), desk.kept.renewing_at) == ([], old, None)


async def test_a_trouble_of_ten_minutes_is_told_once(desk):
    tokens = desk.process(oauth_base=NOBODY)
    await tokens.access()
    desk.pass_time(hours=13)

    for _ in range(90):
        desk.pass_time(seconds=10)
        await tokens.keep_fresh()

    [line] = desk.told
    assert "hailong zalo status" in line


async def test_a_trouble_with_a_dead_token_is_told_at_once_and_ends_by_itself(desk):
    tokens = desk.process()
    await tokens.renew(await tokens.access())
    desk.pass_time(hours=26)
    away = desk.process(oauth_base=NOBODY)

    fault, is_final = await trouble_of(away.access())
    assert (fault, is_final, len(desk.told)) == ("ClientConnectorError", False, 1)

    assert desk.is_alive(await tokens.access())


async def test_attempts_grow_rarer(desk):
    tokens = desk.process()
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 999, ("http", 503))
    await trouble_of(tokens.renew(old))

    for _ in range(60):
        desk.pass_time(seconds=10)
        await trouble_of(tokens.renew(old))

    assert desk.renewals <= 3 * 16  # three under each claim


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_server_that_stumbles_is_asked_again(desk, status):
    tokens = desk.process()
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 2, ("http", status))

    assert desk.is_alive(await tokens.renew(old))
    assert (desk.renewals, desk.told) == (3, [])


# -- nobody knows whether Zalo has renewed


@pytest.mark.parametrize("fault", ["reset", ("hang", 0.6)])
async def test_a_request_zalo_never_saw_is_sent_again(desk, fault):
    tokens = desk.process(patience=0.3)
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 1, fault)

    assert desk.is_alive(await tokens.renew(old))
    assert (desk.renewals, desk.told) == (2, [])


async def test_an_old_token_that_is_only_too_old_shows_that_zalo_has_not_renewed(desk):
    tokens = desk.process()
    old = await tokens.access()
    desk.fake.expire_access()
    desk.fake.inject(TOKEN_PATH, 1, "reset")

    assert desk.is_alive(await tokens.renew(old))


@on_both
@pytest.mark.parametrize("fault", ["drop", ("late", 0.6)])
async def test_a_lost_answer_is_told_and_the_used_token_never_sent_again(desk, fault):
    tokens = desk.process(patience=0.3)
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 1, fault)

    assert await trouble_of(tokens.renew(old)) == ("PairLost", True)
    await tokens.keep_fresh()
    await trouble_of(desk.process().access())

    assert (desk.renewals, len(desk.told)) == (1, 1)
    assert "hailong zalo authorize" in desk.told[0]


async def test_while_zalo_cannot_be_asked_the_claim_stays(desk):
    tokens = desk.process(patience=0.3)
    old = await tokens.access()
    desk.fake.inject(TOKEN_PATH, 1, "reset")
    desk.fake.inject(PROBE_PATH, 2, ("http", 502))

    assert await trouble_of(tokens.renew(old)) == ("Http502", False)
    assert desk.kept.renewing_at is not None
    desk.pass_time(minutes=2)
    await tokens.keep_fresh()
    still_claimed = desk.kept.renewing_at is not None
    desk.pass_time(minutes=2)
    await tokens.keep_fresh()

    assert still_claimed
    assert desk.is_alive(desk.kept.access)
    assert desk.renewals == 2


@on_both
async def test_what_a_dead_process_has_left_is_settled(desk):
    tokens = desk.process()
    old = await tokens.access()
    claim_and_die(desk, seconds=LEFT_AFTER.total_seconds() + 1)

    await tokens.keep_fresh()

    assert desk.kept.access != old
    assert (desk.kept.renewing_at, desk.told) == (None, [])
    assert desk.is_alive(await tokens.access())


async def test_a_claim_of_tomorrow_was_made_by_a_wrong_clock(desk):
    tokens = desk.process()
    await tokens.access()
    claim_and_die(desk, days=-1)

    await tokens.keep_fresh()

    assert desk.kept.generation == 2


@on_both
async def test_a_process_that_lives_is_waited_for(desk):
    tokens = desk.process()
    old = await tokens.access()
    claim_and_die(desk, seconds=0)
    waiting = asyncio.create_task(tokens.renew(old))
    for _ in range(5):
        await asyncio.sleep(0.02)
    pair = zalo_tokens.Pair(access="new", refresh="next", issued_at=desk.clock.at, expires_at=None)
    vault = desk.setup.vault

    desk.database.write(lambda tx: zalo_tokens.store(tx, vault, ACCOUNT.app_id, 1, pair))

    assert (await waiting, desk.renewals) == ("new", 0)


async def test_a_process_that_failed_is_not_followed_by_all_who_waited(desk):
    tokens = desk.process()
    old = await tokens.access()
    claim_and_die(desk, seconds=0)
    waiting = asyncio.create_task(tokens.renew(old))
    for _ in range(5):
        await asyncio.sleep(0.02)

    desk.database.write(lambda tx: zalo_tokens.release(tx, ACCOUNT.app_id, 1, "somebody else"))

    assert await trouble_of(waiting) == ("NotRenewed", False)
    assert desk.renewals == 0


@on_both
async def test_an_answer_that_comes_after_everybody_gave_up_is_kept_all_the_same(desk):
    """The process is stopped for minutes with the answer in hand; another finds the old token dead and gives up."""
    slept, found = [], []

    def step(name):
        if name == "answered" and not slept:
            slept.append(name)
            desk.pass_time(minutes=5)
            other = desk.process()
            with pytest.raises(TokenTrouble) as caught:
                asyncio.run(other.renew(old))
            found.append(caught.value.fault)

    tokens = desk.process(step=lambda name: stepping.submit(step, name).result())
    old = await tokens.access()
    with ThreadPoolExecutor(1) as stepping:
        access = await tokens.renew(old)

    assert found == ["PairLost"]
    assert desk.is_alive(access)
    assert (await tokens.access(), desk.kept.fault) == (access, None)


# -- the end of the three months


async def test_the_end_of_the_three_months_is_announced_every_day(desk):
    tokens = desk.process(oauth_base=NOBODY)
    await tokens.access()
    desk.pass_time(days=75)
    await tokens.keep_fresh()
    before = [line for line in desk.told if "18/02/2027" in line]

    for _ in range(2):
        desk.pass_time(days=2)
        await tokens.keep_fresh()
        await tokens.keep_fresh()

    assert before == []
    assert len([line for line in desk.told if "18/02/2027" in line]) == 2
