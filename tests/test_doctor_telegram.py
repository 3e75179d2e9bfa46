"""What the examination makes of Telegram's answers about the webhook and the bot's place in a chat."""

from datetime import timedelta

import pytest
from telegram import Bot, ChatFullInfo, ChatMember, WebhookInfo

from bot.checkup.findings import Mark
from bot.checkup.telegram import judge_member, judge_webhook
from bot.config import load_config
from tests.building import AT
from tests.fakes.telegram import TOKEN
from tests.running import build_settings, write_settings

URL = "https://khaosat.example/webhook/telegram"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Khảo sát", "username": "KhaoSatBot"}
MAY = dict.fromkeys(
    [
        "can_send_messages",
        "can_send_audios",
        "can_send_documents",
        "can_send_photos",
        "can_send_videos",
        "can_send_video_notes",
        "can_send_voice_notes",
        "can_send_polls",
        "can_send_other_messages",
        "can_add_web_page_previews",
        "can_change_info",
        "can_invite_users",
        "can_pin_messages",
        "can_manage_topics",
        "can_edit_tag",
        "can_react_to_messages",
    ],
    True,
)
RIGHTS = dict.fromkeys(
    [
        "can_be_edited",
        "is_anonymous",
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
        "can_change_info",
        "can_invite_users",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
    ],
    False,
)


@pytest.fixture
def config(tmp_path):
    """The settings of an office with a webhook."""
    return load_config(write_settings(tmp_path, build_settings(f"sqlite:///{tmp_path}/x.db")), {})


def hook(**values):
    plain = {"url": URL, "has_custom_certificate": False, "pending_update_count": 0}
    found = WebhookInfo.de_json({**plain, **values}, Bot(TOKEN))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("values", "mark", "words"),
    [
        ({}, Mark.OK, "0 updates wait"),
        ({"url": ""}, Mark.FAIL, "no webhook is set"),
        ({"url": "https://elsewhere.example"}, Mark.FAIL, "another webhook is set"),
        ({"pending_update_count": 5000}, Mark.WARN, "5000 updates wait"),
    ],
)
def test_the_webhook_is_ours_and_its_queue_is_short(config, values, mark, words):
    finding = judge_webhook(hook(**values), config, AT)

    assert (finding.mark, words in finding.text) == (mark, True)


@pytest.mark.parametrize(("ago", "mark"), [(timedelta(minutes=5), Mark.FAIL), (timedelta(days=2), Mark.OK)])
def test_a_fresh_error_of_the_webhook_fails_and_an_old_one_was_overcome(config, ago, mark):
    error = {"last_error_date": int((AT - ago).timestamp()), "last_error_message": "Wrong response: 502"}

    finding = judge_webhook(hook(**error), config, AT)

    assert finding.mark is mark
    assert ("Wrong response: 502" in finding.text) == (mark is Mark.FAIL)


def chat(kind="supergroup", **permissions):
    values = {
        "id": -1001,
        "type": kind,
        "title": "Tổ",
        "accent_color_id": 1,
        "max_reaction_count": 1,
        "permissions": {**MAY, **permissions},
        "accepted_gift_types": dict.fromkeys(
            [
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ],
            False,
        ),
    }
    return ChatFullInfo.de_json(values, Bot(TOKEN))


def member(status, **values):
    return ChatMember.de_json({"status": status, "user": BOT, **values}, Bot(TOKEN))


@pytest.mark.parametrize(
    ("where", "who", "mark"),
    [
        (chat(), member("member"), Mark.OK),
        (chat(), member("left"), Mark.FAIL),
        (chat(), member("kicked", until_date=0), Mark.FAIL),
        (chat(can_send_messages=False), member("member"), Mark.FAIL),
        (chat(can_send_messages=False), member("administrator", **RIGHTS), Mark.OK),
        (chat(), member("restricted", until_date=0, is_member=True, **MAY), Mark.OK),
        (chat(), member("restricted", until_date=0, is_member=False, **MAY), Mark.FAIL),
        (
            chat(),
            member("restricted", until_date=0, is_member=True, **(MAY | {"can_send_messages": False})),
            Mark.FAIL,
        ),
        (chat("channel"), member("administrator", **RIGHTS, can_post_messages=True), Mark.OK),
        (chat("channel"), member("administrator", **RIGHTS, can_post_messages=False), Mark.FAIL),
        (chat("channel"), member("member"), Mark.FAIL),
    ],
)
def test_the_bot_can_write_where_it_belongs(where, who, mark):
    assert judge_member("office.chats[0]", where, who).mark is mark
