"""Invitations by phone number against the strict fake, and the settings they are made from."""

import json
from datetime import UTC, datetime

import pytest

from bot.channels.zalo_zbs import PATH, ZaloZbsChannel
from bot.config import ConfigError, load_config
from handlers.outbound import ChannelDown, Delivered, Rejected, TryLater, Unreachable
from storage.outbox import Claimed, Due, Lane, State
from storage.tables import outbox
from survey.message import Message, dump_message
from tests.building import TIMEZONE
from tests.fakes.zalo import ZaloFake
from tests.phoning import (
    NUMBER,
    TEMPLATE,
    answer,
    claim,
    phone_settings,
    report,
    rows,
)
from tests.running import open_runtime, write_settings
from tests.zalo_sending import open_api, settings_for

AT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 23:00 in the department
DATA = {"ma": "ABCD2345"}


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        zalo.add_template("123456", "ma")
        zalo.add_person(phone=NUMBER)
        yield zalo
        assert zalo.violations == []


@pytest.fixture
async def channel(zalo):
    channel = a_channel(zalo)
    yield channel
    await channel.close()


def a_channel(zalo, **changes):
    template = {**TEMPLATE, "data": {"ma": "{code}"}, **changes}
    settings = settings_for(zalo, template=template)
    return ZaloZbsChannel(api=open_api(zalo), settings=settings, clock=lambda: AT, timezone=TIMEZONE)


def claimed(name=NUMBER, *, data=DATA, template="123456", is_repeat=False, attempts=0):
    due = Due(
        id=7,
        address_id=1,
        lane=Lane.BULK,
        edits_id=None,
        conversation_id=None,
        attempts=attempts,
        doubts=0,
        is_group=False,
    )
    values = {"message": dump_message(Message(text="")), "conversation": None}
    if template:
        values["template"] = {"id": template, "data": data, "tracking_id": "0123abcd"}
    return Claimed(due=due, name=name, body=json.dumps(values), edits_ref=None, is_repeat=is_repeat)


async def test_the_platform_gets_number_template_values_and_tracking_id(zalo, channel):
    answer = await channel.send(claimed())

    [shown] = zalo.messages(f"phone:{NUMBER}")
    assert answer == Delivered(shown.message_id)
    assert shown.body == {
        "phone": NUMBER,
        "template_id": "123456",
        "template_data": DATA,
        "tracking_id": "0123abcd",
    }


async def test_a_trial_says_so(zalo):
    channel = a_channel(zalo, mode="development")

    answer = await channel.send(claimed())
    await channel.close()

    assert answer == Rejected("Zalo-127")
    assert zalo.calls[-1].body["mode"] == "development"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-114, Unreachable),
        (-118, Unreachable),
        (-119, Unreachable),
        (-139, Unreachable),
        (-140, Unreachable),
        (-141, Unreachable),
        (-110, Unreachable),
        (-108, Rejected),
        (-132, Rejected),
        (-1122, Rejected),
        (-109, ChannelDown),
        (-131, ChannelDown),
        (-117, ChannelDown),
        (-115, ChannelDown),
        (-136, ChannelDown),
        (-137, ChannelDown),
        (-146, ChannelDown),
        (-135, ChannelDown),
        (-1351, ChannelDown),
        (-120, ChannelDown),
        (-138, ChannelDown),
        (-133, TryLater),
        (-144, TryLater),
        (-147, TryLater),
        (-100, TryLater),
    ],
)
async def test_every_code_has_its_reaction(zalo, channel, code, kind):
    zalo.inject(PATH, 1, ("error", code))

    assert isinstance(await channel.send(claimed()), kind)


@pytest.mark.parametrize(("code", "hours"), [(-133, 7), (-144, 1)])
async def test_what_is_refused_at_night_waits_for_six_and_a_day_s_quota_for_tomorrow(
    zalo, channel, code, hours
):
    zalo.inject(PATH, 1, ("error", code))

    answer = await channel.send(claimed())

    assert hours * 3600 <= answer.after < hours * 3600 + 600


async def test_somebody_without_zalo_or_who_blocked_cannot_be_reached(zalo, channel):
    person = zalo.add_person(phone="84987654321")
    zalo.block(person)

    answers = [await channel.send(claimed(name)) for name in ("84351234567", "84987654321")]

    assert answers == [Unreachable("Zalo-118"), Unreachable("Zalo-114")]


async def test_a_dead_token_is_renewed_once_and_the_message_goes_out_once(zalo, channel):
    zalo.expire_access()

    answer = await channel.send(claimed())

    assert isinstance(answer, Delivered)
    assert len(zalo.messages(f"phone:{NUMBER}")) == 1


async def test_one_that_may_be_out_is_not_sent_again(zalo, channel):
    answer = await channel.send(claimed(is_repeat=True))

    assert answer == TryLater("Doubtful", is_doubtful=True)
    assert zalo.messages(f"phone:{NUMBER}") == []


async def test_anything_but_a_template_cannot_be_said_to_a_number(zalo, channel):
    assert await channel.send(claimed(template="")) == Rejected("NoTemplate")
    assert zalo.calls == []


async def test_what_was_put_is_taken_and_its_arrival_has_the_tracking_id_that_was_put(tmp_path):
    tree = phone_settings(f"sqlite:///{tmp_path}/hailong.db", data={"ma": "{code}"})
    with open_runtime(tmp_path, tree) as runtime, ZaloFake(clock=lambda: runtime.clock().timestamp()) as zalo:
        zalo.add_template("123456", "ma")
        zalo.add_person(phone=NUMBER)
        offer, channel = report(runtime), a_channel(zalo)
        [one] = claim(runtime)

        answer(runtime, one, await channel.send(one))
        await channel.close()

        assert rows(runtime, outbox.c.state) == [(State.SENT,)]
        [shown] = zalo.messages(f"phone:{NUMBER}")
        assert json.loads(shown.text) == {"ma": offer.code}
        assert zalo.violations == []


async def test_after_a_lost_answer_nothing_is_sent_twice(tmp_path):
    tree = phone_settings(f"sqlite:///{tmp_path}/hailong.db", data={"ma": "{code}"})
    with open_runtime(tmp_path, tree) as runtime, ZaloFake(clock=lambda: runtime.clock().timestamp()) as zalo:
        zalo.add_template("123456", "ma")
        zalo.add_person(phone=NUMBER)
        zalo.inject(PATH, 1, "drop")
        report(runtime)
        channel = a_channel(zalo)
        for _ in range(2):
            [one] = claim(runtime)
            answer(runtime, one, await channel.send(one))
            runtime.clock.at = datetime.fromtimestamp(runtime.clock.at.timestamp() + 60, UTC)
        await channel.close()

        assert claim(runtime) == []
        assert rows(runtime, outbox.c.state) == [(State.UNKNOWN,)]
        assert len(zalo.messages(f"phone:{NUMBER}")) == 1


# -- settings


def problems(tmp_path, **changes):
    tree = phone_settings(f"sqlite:///{tmp_path}/hailong.db", **changes)
    with pytest.raises(ConfigError) as refused:
        load_config(write_settings(tmp_path, tree), {})
    return str(refused.value)


@pytest.mark.parametrize(
    "pattern", ["{ho_ten}", "{}", "{code!r}", "{code:>30}", "{code.x}", "{code", "code}", "{code:.0}"]
)
def test_a_placeholder_that_is_not_known_is_named_with_its_path(tmp_path, pattern):
    found = problems(tmp_path, data={"ma_ho_so": pattern, "khac": "{until}"})

    assert "zalo.template.data.ma_ho_so: " in found
    assert "zalo.template.data.khac" not in found


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": ""}, "zalo.template.id"),
        ({"data": {}}, "zalo.template.data"),
        ({"price_vnd": -1}, "zalo.template.price_vnd"),
        ({"monthly_budget_vnd": "viel"}, "zalo.template.monthly_budget_vnd"),
        ({"mode": "test"}, "zalo.template.mode"),
        ({"budget": 5}, "zalo.template.budget"),
        ({"data": {"mã": "{code}"}}, "zalo.template.data.mã"),
    ],
)
def test_a_wrong_setting_of_the_template_is_named(tmp_path, changes, path):
    assert f"{path}: " in problems(tmp_path, **changes)


def test_a_pilot_may_name_a_phone_number_but_no_staff_are_told_by_phone(tmp_path):
    tree = phone_settings(f"sqlite:///{tmp_path}/hailong.db") | {
        "mode": "pilot",
        "pilot_chats": [f"zalo_zbs:{NUMBER}"],
    }
    config = load_config(write_settings(tmp_path, tree), {})

    assert config.may_write_to("zalo_zbs", NUMBER)
    assert not config.may_write_to("zalo_zbs", "84987654321")
    assert config.chats_of_channels_off() == ()
    with pytest.raises(ConfigError, match=r"office\.chats\[0\]"):
        load_config(write_settings(tmp_path, tree | {"office": {"chats": [f"zalo_zbs:{NUMBER}"]}}), {})


def test_a_template_of_an_account_that_is_off_invites_nobody(tmp_path):
    tree = phone_settings(f"sqlite:///{tmp_path}/hailong.db")
    tree["zalo"]["enabled"] = False
    with open_runtime(tmp_path, tree) as runtime:
        assert runtime.setup.phone_template is None
