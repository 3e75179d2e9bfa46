"""The fake Bot API refuses what Telegram refuses; a test that passes against it means something."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
)

from tests.fakes.citizen import TelegramCitizen
from tests.fakes.plain_http import call
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_tables import METHODS, OBJECTS, spec_problems
from tests.fakes.telegram_text import TextRefusedError, parse_html

CITIZEN, GROUP = 1001, -2002
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (800).to_bytes(4, "big") + (600).to_bytes(4, "big")
SPEC_VARIABLE = "HAILONG_TELEGRAM_SPEC"


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        fake.add_private(CITIZEN)
        fake.add_group(GROUP)
        yield fake


@pytest.fixture
async def bot(fake):
    bot = Bot(fake.token, base_url=f"{fake.base_url}/bot")
    async with bot:
        yield bot


def swallow(_update):
    return 200


def send(fake, text="Xin chào", chat_id=CITIZEN, **params):
    return call(fake, "sendMessage", chat_id=chat_id, text=text, **params)


def keyboard(*buttons):
    return {"inline_keyboard": [[{"text": "Tốt", "callback_data": "a", **button} for button in buttons]]}


# -- what a right client does


async def test_a_right_client_is_served_without_violations(fake, bot):
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Rất tốt", callback_data="3.2:1")]])
    sent = await bot.send_message(CITIZEN, "<b>Câu</b> 1 &lt; 2", parse_mode="HTML", reply_markup=markup)
    await bot.edit_message_text("Đã ghi", CITIZEN, sent.message_id)
    photo = await bot.send_photo(GROUP, PNG, caption="Biểu đồ")
    document = await bot.send_document(GROUP, b"abc", filename="báo cáo.xlsx")
    again = await bot.send_document(CITIZEN, document.document.file_id)
    media = [InputMediaDocument(b"a", filename="a.txt"), InputMediaDocument(b"b", filename="b.txt")]
    album = await bot.send_media_group(GROUP, media)
    await bot.send_chat_action(CITIZEN, "typing")
    await bot.set_my_commands([BotCommand("start", "Bắt đầu")])
    await bot.set_webhook("https://khaosat.example/webhook/telegram", secret_token="s-1", max_connections=4)
    info = await bot.get_webhook_info()
    chat = await bot.get_chat(GROUP)
    member = await bot.get_chat_member(GROUP, bot.id)
    await bot.delete_message(CITIZEN, again.message_id)

    shown = fake.messages(CITIZEN)
    assert [(m.text, m.history, m.edits, m.keyboard) for m in shown] == [("Đã ghi", ("Câu 1 < 2",), 1, ())]
    assert (photo.caption, document.document.file_name, len(album)) == ("Biểu đồ", "báo cáo.xlsx", 2)
    assert (info.url, chat.title, member.status) == (fake.webhook["url"], "Nhóm cán bộ", "member")
    assert fake.commands
    assert fake.violations == []


async def test_updates_are_handed_out_until_they_are_confirmed(fake, bot):
    citizen = TelegramCitizen(fake, CITIZEN, deliver=lambda update: fake.push(update) or 200)
    citizen.type("một")
    citizen.type("hai")

    first = await bot.get_updates(limit=1)
    same = await bot.get_updates()
    rest = await bot.get_updates(offset=first[0].update_id + 1)

    assert [[u.message.text for u in updates] for updates in (first, same, rest)] == [
        ["một"],
        ["một", "hai"],
        ["hai"],
    ]


async def test_a_second_poller_ends_the_first(fake, bot):
    async with Bot(fake.token, base_url=f"{fake.base_url}/bot") as other:
        first = asyncio.create_task(bot.get_updates(timeout=30))
        await asyncio.to_thread(fake.wait_for_call, lambda c: c.method == "getUpdates", answered=False)
        await other.get_updates()

        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first


async def test_polling_is_refused_while_a_webhook_is_set(fake, bot):
    await bot.set_webhook("https://khaosat.example/x", secret_token="s")

    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


# -- what Telegram refuses


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "ạ" * 4097}, "message is too long"),
        ({"text": "ạ" * 10923}, "text is too long"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "a < b", "parse_mode": "HTML"}, 'Unsupported start tag "" at byte offset 2'),
        ({"text": "ạ<br>", "parse_mode": "HTML"}, 'Unsupported start tag "br" at byte offset 3'),
        (
            {"text": "<b><i>x</b></i>", "parse_mode": "HTML"},
            'Unmatched end tag at byte offset 7, expected "</i>"',
        ),
        ({"text": "x</b>", "parse_mode": "HTML"}, "Unexpected end tag at byte offset 1"),
        ({"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"text": "x", "reply_markup": keyboard({"callback_data": "ạ" * 22})}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard({"callback_data": ""})}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard({"text": " "})}, "must be non-empty"),
        ({"text": "x", "reply_markup": keyboard({"url": "https://a.vn"})}, "exactly one optional field"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "Text buttons are unallowed"),
        ({"text": "x", "reply_markup": keyboard(*[{}] * 9)}, "reply markup is too long"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": keyboard({})["inline_keyboard"] * 101}},
            "is too long",
        ),
        ({"text": "x", "reply_markup": keyboard({"style": "pink"})}, "invalid button style specified"),
        ({"text": 5}, "text: not of type String"),
        ({"text": "x", "chat_id": [1]}, "chat_id: not of type"),
        ({"text": "x", "reply_markup": "{"}, "reply_markup: not an object"),
        ({}, "message text is empty"),
    ],
)
def test_a_message_telegram_would_refuse_is_refused_and_noted(fake, params, error):
    status, body = call(fake, "sendMessage", **{"chat_id": CITIZEN, **params})

    assert (status, error in body["description"]) == (400, True), body
    assert len(fake.violations) == 1
    assert fake.messages(CITIZEN) == []


@pytest.mark.parametrize(
    "params",
    [
        {"colour": "red"},
        {"reply_markup": keyboard({"colour": "red"})},
        {"link_preview_options": {"disabled": True}},
        {"reply_parameters": {"message_id": 9, "allow_sending_without_reply": True, "colour": 1}},
    ],
)
def test_unknown_fields_are_overlooked_as_telegram_does_but_noted(fake, params):
    status, _ = send(fake, **params)

    assert (status, len(fake.violations)) == (200, 1)


def test_the_limits_themselves_pass(fake):
    full = {"inline_keyboard": [[{"text": "x", "callback_data": "a" * 64}] * 8] * 12}

    assert send(fake, "&lt;" * 4096, parse_mode="HTML", reply_markup=full)[0] == 200
    assert send(fake, "x" * 4096, chat_id=str(CITIZEN))[0] == 200
    assert fake.violations == []


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("noSuchMethod", {}, "Not Found: method not found"),
        ("sendPhoto", {"chat_id": CITIZEN}, "there is no photo in the request"),
        ("sendPhoto", {"chat_id": CITIZEN, "photo": "unknown"}, "wrong file identifier"),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
        ("sendChatAction", {"chat_id": CITIZEN, "action": "dancing"}, "wrong parameter action"),
        ("setMyCommands", {"commands": [{"command": "Bắt", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ("setMyCommands", {"commands": [{"command": "a"}]}, "commands[0].description: missing"),
        ("setWebhook", {"url": "http://a.vn/x", "secret_token": "s"}, "An HTTPS URL must be provided"),
        (
            "setWebhook",
            {"url": "https://a.vn:8080/x", "secret_token": "s"},
            "only on ports 80, 88, 443 or 8443",
        ),
        ("setWebhook", {"url": "https://a.vn/x", "secret_token": "a b"}, "secret token contains unallowed"),
        ("setWebhook", {"url": "https://a.vn/x", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_other_wrong_calls_are_refused_and_noted(fake, method, params, error):
    status, body = call(fake, method, **params)

    assert (status in (400, 404), error in body["description"]) == (True, True), body
    assert fake.violations


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("setWebhook", {"url": "https://a.vn/x"}),
        ("setWebhook", {"url": "https://a.vn/x", "secret_token": "s", "drop_pending_updates": True}),
        ("deleteWebhook", {"drop_pending_updates": True}),
        ("getUpdates", {"offset": -1}),
        ("getUpdates", {"limit": 101}),
        ("sendMessage", {"chat_id": CITIZEN, "text": "a&nbsp;b", "parse_mode": "HTML"}),
    ],
)
def test_what_telegram_allows_but_a_right_client_never_does_is_noted(fake, method, params):
    status, _ = call(fake, method, **params)

    assert (status, len(fake.violations)) == (200, 1)


def test_a_caption_has_its_own_limit(fake):
    send_photo = {"chat_id": CITIZEN, "photo": "unknown", "caption": "x" * 1025}

    assert "message caption is too long" in call(fake, "sendPhoto", **send_photo)[1]["description"]


@pytest.mark.parametrize("content", [b"", b"no picture", PNG[:16] + b"\0\0\xff\xff" * 2])
async def test_a_photo_must_be_one(fake, bot, content):
    with pytest.raises(BadRequest):
        await bot.send_photo(CITIZEN, content)


async def test_an_album_is_of_one_kind_and_has_two_items(fake, bot):
    with pytest.raises(BadRequest, match="2-10 items"):
        await bot.send_media_group(CITIZEN, [InputMediaDocument(b"a")])


async def test_edits_must_change_something_that_is_there(fake, bot):
    sent = await bot.send_message(CITIZEN, "x")

    with pytest.raises(BadRequest, match="is not modified"):
        await bot.edit_message_text("x", CITIZEN, sent.message_id)
    with pytest.raises(BadRequest, match="is not modified"):
        await bot.edit_message_reply_markup(CITIZEN, sent.message_id)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("y", CITIZEN, 999)
    with pytest.raises(BadRequest, match="to delete not found"):
        await bot.delete_message(CITIZEN, 999)
    assert fake.violations == []


async def test_a_callback_query_is_answered_once_and_only_if_it_is_known(fake, bot):
    citizen = TelegramCitizen(fake, CITIZEN, deliver=swallow)
    button = InlineKeyboardButton("Có", callback_data="y")
    await bot.send_message(CITIZEN, "Có?", reply_markup=InlineKeyboardMarkup([[button]]))
    citizen.tap("Có")
    (callback_id,) = fake.unanswered

    await bot.answer_callback_query(callback_id, "Đã ghi")

    assert fake.answers[callback_id]["text"] == "Đã ghi"
    for unknown in (callback_id, "1"):
        with pytest.raises(BadRequest, match="is too old"):
            await bot.answer_callback_query(unknown)


async def test_chats_that_cannot_be_reached_say_why(fake, bot):
    fake.add_private(1002, started=False)
    fake.add_private(1003)
    fake.forget(1003)
    fake.block(CITIZEN)
    fake.migrate(GROUP, -1002002)
    fake.add_group(-1003003)
    fake.kick(-1003003)

    for chat_id, error, words in [
        (5, BadRequest, "Chat not found"),
        (1003, BadRequest, "Chat not found"),
        (1002, Forbidden, "can't initiate conversation"),
        (CITIZEN, Forbidden, "blocked by the user"),
        (-1003003, Forbidden, "kicked from the supergroup chat"),
        (GROUP, ChatMigrated, "-1002002"),
    ]:
        with pytest.raises(error, match=words):
            await bot.send_message(chat_id, "x")
    await bot.send_message(-1002002, "x")
    assert fake.violations == []


async def test_another_token_is_refused(fake):
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=f"{fake.base_url}/bot"):
            pass
    assert send(fake, token="1:wrong")[0] == 401


def test_html_is_read_as_telegram_reads_it():
    text, entities = parse_html(
        "😀<b>đậm <i>nghiêng</i></b> &lt;&#x27;&apos; <a href='https://a.vn'>x</a> a & b > c"
    )

    assert text == "😀đậm nghiêng <'&apos; x a & b > c"
    assert [(e["type"], e["offset"], e["length"]) for e in entities] == [
        ("bold", 2, 11),
        ("italic", 6, 7),
        ("text_link", 23, 1),
    ]
    for wrong in ("<span>x</span>", "<b", "</", "<!-- x -->", "<a href='x>y</a>"):
        with pytest.raises(TextRefusedError):
            parse_html(wrong)


def test_what_clients_make_clickable_is_seen(fake):
    send(fake, "a@b.vn @ten_nguoi /start #the http://x.vn <code>/stop</code>", parse_mode="HTML")

    kinds = sorted(entity["type"] for entity in fake.messages(CITIZEN)[0].entities)
    assert kinds == ["bot_command", "code", "email", "hashtag", "mention", "url"]


def test_the_tables_agree_with_the_description_of_the_whole_api():
    path = os.environ.get(SPEC_VARIABLE)
    if not path:
        pytest.skip(f"{SPEC_VARIABLE} names no description of the Bot API")

    assert (
        spec_problems({"methods": METHODS, "types": OBJECTS}, json.loads(Path(path).read_text("utf-8"))) == []
    )
