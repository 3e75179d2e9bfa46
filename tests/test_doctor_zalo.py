"""What the examination makes of Zalo: tokens, account, package, webhook, groups, and the bot for groups of staff."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.checkup.findings import Mark
from bot.checkup.zalo import check_zalo, check_zalo_bot, judge_account, judge_pair
from bot.config import load_config
from bot.zalo.account import Asked
from storage import zalo_tokens
from storage.database import Database
from storage.schema import migrate
from storage.zalo_tokens import Kept, Pair
from tests.building import AT
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.running import build_settings, write_settings
from tests.tokening import NOBODY, token_setup, zalo_settings

GOOD = {"oaid": ACCOUNT.oa_id, "is_verified": True, "oa_type": 2, "package_name": "Growth"}


@pytest.fixture
def fake():
    """The platform; what it blames us for fails the test."""
    with ZaloFake() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def load(tmp_path, fake):
    """Load settings with Zalo on, and those changes."""

    def load(chats=(), public_url=NOBODY, bot=None, **zalo):
        settings = build_settings(
            f"sqlite:///{tmp_path}/hailong.db",
            zalo=zalo_settings(fake, with_pair=False) | zalo,
            web={"public_url": public_url},
            office={"chats": list(chats)},
            **({"zalo_bot": bot} if bot else {}),
        )
        return load_config(write_settings(tmp_path, settings), {})

    return load


def keep(config, fake):
    """Keep a living pair in the database."""
    database = Database(config.database.url.get_secret_value())
    migrate(database.writer)
    access, refresh = fake.issue_pair()
    pair = Pair(access=access, refresh=refresh, issued_at=AT, expires_at=AT + timedelta(hours=25))
    with database.writer.begin() as tx:
        zalo_tokens.seed(tx, token_setup().vault, ACCOUNT.app_id, pair)
    database.stop()


def marks(findings):
    return {finding.what: finding.mark for finding in findings}


# -- the whole


async def test_an_account_in_order(load, fake):
    group = fake.add_group()
    config = load(chats=[f"zalo_group:{group}"])
    keep(config, fake)

    found = marks(await check_zalo(config, AT))

    del found["zalo webhook"]  # this installation has no public address
    assert found == {
        "zalo tokens": Mark.OK,
        "zalo account": Mark.OK,
        "zalo package": Mark.OK,
        "zalo kind": Mark.OK,
        f"office.chats[0] zalo_group:{group}": Mark.OK,
    }


async def test_a_group_of_somebody_else_is_no_group_to_write_to(load, fake):
    mine = fake.add_group()
    config = load(chats=["zalo_group:g1", f"zalo_group:{mine}"])
    keep(config, fake)

    found = marks(await check_zalo(config, AT))

    assert found["office.chats[0] zalo_group:g1"] is Mark.FAIL
    assert found[f"office.chats[1] zalo_group:{mine}"] is Mark.OK


async def test_the_last_of_many_groups_is_found(load, fake):
    last = [fake.add_group() for _ in range(120)][-1]
    config = load(chats=[f"zalo_group:{last}"])
    keep(config, fake)

    assert marks(await check_zalo(config, AT))[f"office.chats[0] zalo_group:{last}"] is Mark.OK


async def test_groups_that_may_not_be_listed_are_named(load, fake):
    config = load(chats=["zalo_group:g1"])
    keep(config, fake)
    fake.inject("/v3.0/oa/group/*", 1, ("error", -212))

    found = [finding for finding in await check_zalo(config, AT) if finding.what == "office.chats[0]"]

    assert [finding.mark for finding in found] == [Mark.FAIL]
    assert "GMF" in found[0].text


async def test_without_a_pair_the_command_is_named(load, fake):
    config = load()
    keep(config, fake)
    other = config.model_copy(update={"zalo": config.zalo.model_copy(update={"app_id": "1"})})

    [tokens] = [finding for finding in await check_zalo(other, AT) if finding.what == "zalo tokens"]

    assert (tokens.mark, "hailong zalo authorize" in tokens.text) == (Mark.FAIL, True)


async def test_zalo_away_fails_in_one_line(load, fake):
    config = load(api_base=NOBODY)
    keep(config, fake)

    [line] = [finding for finding in await check_zalo(config, AT) if finding.what == "zalo"]

    assert (line.mark, "cannot be reached" in line.text) == (Mark.FAIL, True)


async def test_no_line_shows_a_secret(load, fake):
    config = load(chats=["zalo_group:g1"])
    keep(config, fake)

    said = " ".join(str(finding) for finding in await check_zalo(config, AT))

    for secret in (*fake.world.access, *fake.world.refresh, ACCOUNT.app_secret, ACCOUNT.oa_secret):
        assert secret not in said


async def test_one_secret_in_two_places_is_suspicious(load):
    config = load(oa_secret=ACCOUNT.app_secret)

    assert marks(await check_zalo(config, AT))["zalo.oa_secret"] is Mark.WARN


async def test_zalo_calls_no_plain_http(load):
    assert marks(await check_zalo(load(), AT))["zalo webhook"] is Mark.FAIL


async def test_a_webhook_that_cannot_be_reached_from_here_may_still_be_from_outside(load):
    config = load(public_url="https://127.0.0.1:9")

    assert marks(await check_zalo(config, AT))["zalo webhook"] is Mark.WARN


# -- the pair


def kept(**changes):
    pair = Pair(access="a", refresh="b", issued_at=AT, expires_at=None)
    one = Kept(pair=pair, generation=3, seed_digest=b"", renewing_at=None, fault=None, faulted_at=None)
    return replace(one, **changes)


@pytest.mark.parametrize(
    ("pair", "days", "is_configured", "mark", "words"),
    [
        (None, 0, False, Mark.FAIL, "zalo authorize"),
        (None, 0, True, Mark.OK, "when the service starts"),
        (kept(), 0, False, Mark.OK, "18/02/2027"),
        (kept(), 77, False, Mark.WARN, "18/02/2027"),
        (kept(), 91, False, Mark.FAIL, "zalo authorize"),
        (kept(fault="PairLost", faulted_at=AT), 0, True, Mark.FAIL, "PairLost"),
    ],
)
def test_the_pair_is_judged_by_age_and_fault(load, pair, days, is_configured, mark, words):
    finding = judge_pair(pair, load(), AT + timedelta(days=days), is_configured=is_configured)

    assert (finding.mark, words in finding.text) == (mark, True)


# -- the account


@pytest.mark.parametrize(
    ("changes", "what", "mark"),
    [
        ({}, "zalo account", Mark.OK),
        ({"is_verified": False}, "zalo account", Mark.FAIL),
        ({"oaid": "1"}, "zalo.oa_id", Mark.FAIL),
        ({"package_name": "Gói Cơ bản"}, "zalo package", Mark.FAIL),
        ({"package_name": "Standard"}, "zalo package", Mark.FAIL),
        ({"package_name": "Gói Tăng trưởng"}, "zalo package", Mark.OK),
        ({"package_name": ""}, "zalo package", Mark.WARN),
        ({"package_valid_through_date": "25/11/2026"}, "zalo package", Mark.WARN),
        ({"package_valid_through_date": "19/11/2026"}, "zalo package", Mark.FAIL),
        ({"package_valid_through_date": "20/11/2027"}, "zalo package", Mark.OK),
        ({"package_valid_through_date": "next year"}, "zalo package", Mark.OK),
        ({"oa_type": 4}, "zalo kind", Mark.OK),
        ({"oa_type": "2"}, "zalo kind", Mark.OK),
        ({"oa_type": 7}, "zalo kind", Mark.WARN),
    ],
)
def test_the_account_is_judged_by_what_zalo_says_of_it(load, changes, what, mark):
    found = marks(judge_account(Asked(0, "", GOOD | changes), load(), AT))

    assert found[what] is mark


@pytest.mark.parametrize(
    ("code", "mark"), [(-216, Mark.WARN), (-220, Mark.WARN), (-204, Mark.FAIL), (None, Mark.FAIL)]
)
def test_an_account_that_cannot_be_looked_at(load, code, mark):
    [finding] = judge_account(Asked(code, f"Zalo{code}", {}), load(), AT)

    assert finding.mark is mark


# -- the bot


def bot(fake, **changes):
    about = {"token": ACCOUNT.bot_token, "webhook_secret": ACCOUNT.bot_secret}
    return {"enabled": True, **about, "api_base": fake.bases["bot_base"], **changes}


async def test_a_bot_in_order(load, fake):
    found = await check_zalo_bot(load(bot=bot(fake), chats=["zalo_bot:zgr-1"]))

    assert [finding.mark for finding in found] == [Mark.OK]


async def test_a_bot_that_may_not_join_groups(load, fake):
    fake.bot.can_join_groups = False

    found = marks(await check_zalo_bot(load(bot=bot(fake), chats=["zalo_bot:zgr-1"])))

    assert found["office.chats[0]"] is Mark.WARN


async def test_a_bot_away(load, fake):
    [finding] = await check_zalo_bot(load(bot=bot(fake, api_base=NOBODY)))

    assert (finding.mark, finding.what) == (Mark.FAIL, "zalo_bot")


async def test_a_wrong_token_of_the_bot(load, fake):
    [finding] = await check_zalo_bot(load(bot=bot(fake, token="1:wrong-token-of-nobody")))

    assert (finding.mark, finding.what) == (Mark.FAIL, "zalo_bot.token")
