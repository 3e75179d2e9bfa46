"""What Telegram is sent and how its errors are taken, over HTTP with the real client, against the strict fake."""

from dataclasses import replace

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram import MAX_DATA, TelegramChannel, answer_callback, render
from bot.channels.telegram_updates import parse_update
from handlers.happenings import Press
from handlers.outbound import ChannelDown, Delivered, GroupMoved, Rejected, TryLater, Unreachable
from handlers.saying import dump_body
from storage.outbox import Claimed, Due
from survey import prompts
from survey.conversation import Conversation
from survey.message import Button, Message
from survey.script import Facts, Script
from tests.building import load_questionnaire, load_wording
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_text import format_text
from tests.talking import press_update

CITIZEN, GROUP, TALK = 1001, -2002, 31
NASTY = (
    "<b>&amp; \"'</b> <a href='x'>@admin</a> /stop https://xau.example \u202egnud\u202c 👩‍🌾 &nbsp; ]]> {x}"
)
QUESTION = Message(
    place="3.2",
    title="Câu 2/10.",
    text="Việc hướng dẫn, niêm yết thông tin về thủ tục thế nào ạ?",
    options=(Button(text="Rất tốt", press="3.2=1"), Button(text="Tốt", press="3.2=2", is_chosen=True)),
    controls=(Button(text="Quay lại", press="3.2=back"), Button(text="Bỏ qua", press="3.2=skip")),
)
SCRIPT = Script(
    questionnaire=load_questionnaire(),
    wording=load_wording(),
    facts=Facts(
        department="Sở Mẫu",
        procedure="Cấp phép",
        hotline="1022",
        days=365,
        until="20/12/2026",
        receipt="K7M2-9QXA-4TRD",
    ),
)


def build_channel(api_base, token=TOKEN):
    return TelegramChannel(
        token=token,
        api_base=api_base,
        proxy=None,
        wording=load_wording(),
        webhook_url="https://khaosat.example/webhook/telegram",
        webhook_secret="MadeUpSecret",
    )


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        fake.add_private(CITIZEN)
        fake.add_group(GROUP)
        yield fake


@pytest.fixture
async def channel(fake):
    channel = build_channel(fake.base_url)
    yield channel
    await channel.close()


def claimed(message=QUESTION, *, to=CITIZEN, edits=None):
    due = Due(
        id=1,
        address_id=1,
        lane=0,
        edits_id=None if edits is None else 1,
        conversation_id=TALK,
        attempts=0,
        doubts=0,
        is_group=to < 0,
    )
    return Claimed(due=due, name=str(to), body=dump_body(message, conversation_id=TALK), edits_ref=edits)


def all_prompts():
    """Every message that a citizen can be shown, in both languages."""
    given = {q.key: len(q.options) for q in SCRIPT.questionnaire.questions}
    places = ["greeting", *given, "comment", "reply", "contact", "summary"]
    states = [
        Conversation(
            place=place, language=language, answers=answers, comment=comment, has_commented=bool(comment)
        )
        for place in places
        for language in ("vi", "en")
        for answers, comment in (({}, None), (given, NASTY))
    ]
    shown = [prompts.prompt(state, SCRIPT, NASTY[:30]) for state in states]
    last = states[-1]
    asides = [
        f(last, SCRIPT)
        for f in (prompts.edit_menu, prompts.language_menu, prompts.erase_question, prompts.reminder)
    ]
    return [*shown, *asides]


def shown_by(rendered):
    return format_text(rendered.text, parse_mode="HTML", entities=None)


# -- rendering


async def test_every_prompt_is_sent_without_a_violation_and_shown_as_it_was_meant(fake, channel):
    for message in all_prompts():
        answer = await channel.send(claimed(message))
        shown = fake.messages(CITIZEN)[-1]

        assert answer == Delivered(str(shown.message_id))
        assert [line for line in shown.text.split("\n") if line] == [
            line for line in message.plain().split("\n") if line
        ]
        labels = [button["text"].removeprefix("✓ ") for button in shown.buttons]
        assert labels == [button.text for button in (*message.options, *message.controls)]
    assert fake.violations == []


def test_what_is_on_a_button_comes_back_as_its_press():
    for message in all_prompts():
        longest = 10**17
        keyboard = render(message, longest).keyboard
        data = [button.callback_data for row in keyboard.inline_keyboard for button in row]
        presses = [parse_update(press_update(CITIZEN, one))[0].happening for one in data]

        assert all(len(one.encode()) <= MAX_DATA for one in data)
        assert presses == [
            Press(longest, *button.press.split("=", 1)) for button in (*message.options, *message.controls)
        ]


def test_options_are_numbered_in_the_text_and_the_chosen_one_is_ticked_on_its_button():
    rendered = render(QUESTION, TALK)

    assert rendered.text.endswith("\n\n1. Rất tốt\n2. Tốt")
    assert [[b.text for b in row] for row in rendered.keyboard.inline_keyboard] == [
        ["Rất tốt", "✓ Tốt"],
        ["Quay lại", "Bỏ qua"],
    ]


def test_long_options_have_a_row_each():
    message = replace(
        QUESTION, options=tuple(Button(text=f"Đọc bảng niêm yết {n}", press=f"3.1={n}") for n in (1, 2))
    )

    assert [len(row) for row in render(message, TALK).keyboard.inline_keyboard] == [1, 1, 2]


def test_a_press_that_does_not_fit_a_button_is_a_bug_that_is_heard():
    with pytest.raises(ValueError, match="too long for a button"):
        render(replace(QUESTION, options=(Button(text="x", press="3.2=" + "1" * 60),)), TALK)


def test_a_message_of_no_conversation_has_no_buttons():
    assert render(QUESTION, None).keyboard is None


WORDS = st.text(min_size=1, max_size=40).filter(lambda words: words.strip() and "\r" not in words)


@settings(deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
def test_whatever_stands_in_a_message_is_shown_and_none_of_it_is_active(
    text, note, title, tail, quote, option
):
    message = Message(
        text=text,
        note=note,
        title=title,
        tail=tail,
        quote=quote,
        options=(Button(text=option, press="3.2=1"),),
    )

    formatted = shown_by(render(message, TALK))

    for words in (text, note, title, tail, quote, option):
        assert words.strip() in formatted.text
    assert {e["type"] for e in formatted.entities if "url" in e} == set()
    kinds = {"bold", "italic", "blockquote", "code", "url", "email", "mention", "bot_command", "hashtag"}
    assert {e["type"] for e in formatted.entities} <= kinds


def test_nothing_in_a_quotation_can_be_tapped():
    formatted = shown_by(render(Message(text="Góp ý", quote=NASTY), TALK))

    assert NASTY in formatted.text
    assert {entity["type"] for entity in formatted.entities} == {"blockquote", "code"}


def test_a_toast_is_cut_to_what_telegram_takes_and_an_empty_one_is_left_out():
    assert len(str(answer_callback("1", "ạ" * 300)["text"])) == 200
    assert "text" not in answer_callback("1", "")


# -- editing, preparing


async def test_a_message_is_drawn_over_in_its_place(fake, channel):
    sent = await channel.send(claimed())
    answer = await channel.send(claimed(replace(QUESTION, tail="Đã ghi: Tốt"), edits=sent.message_ref))

    [shown] = fake.messages(CITIZEN)
    assert (answer, shown.edits) == (sent, 1)
    assert "Đã ghi: Tốt" in shown.text


async def test_drawing_the_same_once_more_is_as_good_as_done(fake, channel):
    sent = await channel.send(claimed())

    assert await channel.send(claimed(edits=sent.message_ref)) == sent


async def test_the_menu_and_the_webhook_are_set_for_every_language(fake, channel):
    await channel.prepare()

    menus = [[command["command"] for command in menu] for menu in fake.commands.values()]
    assert menus == [["start", "help", "stop", "privacy", "delete", "language"]] * 3
    assert fake.webhook["secret_token"] == "MadeUpSecret"
    assert set(fake.webhook["allowed_updates"]) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }
    assert fake.violations == []


# -- the error table of the platform, and what each error means for the message


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (("429", 7), TryLater("RetryAfter", after=7.0)),
        ("500", TryLater("NetworkError")),
        ("502", TryLater("NetworkError")),
        ("403", Unreachable("Forbidden")),
        (("migrate", -1009), GroupMoved("-1009")),
        ("torn_json", TryLater("TelegramError", is_doubtful=True)),
        ("cut_before", TryLater("NetworkError", is_doubtful=True)),
        ("cut_after", TryLater("NetworkError", is_doubtful=True)),
        (("timeout", 0.01), TryLater("NetworkError", is_doubtful=True)),
    ],
)
async def test_an_error_is_taken_for_what_it_is(fake, channel, fault, answer):
    fake.inject("sendMessage", 1, fault)

    assert await channel.send(claimed(to=GROUP)) == answer


@pytest.mark.parametrize("fault", ["torn_json", "cut_before", "cut_after"])
async def test_an_edit_of_unknown_fate_can_be_repeated_without_harm(fake, channel, fault):
    sent = await channel.send(claimed())
    fake.inject("editMessageText", 1, fault)

    answer = await channel.send(claimed(replace(QUESTION, tail="x"), edits=sent.message_ref))

    assert isinstance(answer, TryLater)
    assert not answer.is_doubtful


async def test_a_person_who_is_gone_is_unreachable(fake, channel):
    fake.forget(CITIZEN)
    fake.kick(GROUP)
    fake.add_private(1002, started=False)

    answers = [await channel.send(claimed(to=chat)) for chat in (CITIZEN, GROUP, 1002)]

    assert answers == [Unreachable("ChatNotFound"), Unreachable("Forbidden"), Unreachable("Forbidden")]


async def test_a_message_that_can_no_longer_be_edited_is_given_up(channel):
    assert await channel.send(claimed(edits="999")) == Rejected("BadRequest")


async def test_a_dead_token_stops_the_channel(fake):
    channel = build_channel(fake.base_url, token="1:" + "x" * 35)
    answer = await channel.send(claimed())
    await channel.close()

    assert answer == ChannelDown("InvalidToken")


async def test_what_never_left_is_surely_not_out(fake):
    channel = build_channel(fake.base_url)
    fake.stop()
    answer = await channel.send(claimed())
    await channel.close()

    assert answer == TryLater("NetworkError")


class ScriptedApi:
    """A Bot API that answers each call with the next line of a script, for errors the fake never has a reason to give."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), []

    async def answer(self, request):
        self.calls.append(dict(await request.post()))
        status, description = self.answers.pop(0)
        if status == 200:
            message = {"message_id": 5, "date": 1_790_000_000, "chat": {"id": CITIZEN, "type": "private"}}
            return web.json_response({"ok": True, "result": message})
        return web.json_response(
            {"ok": False, "error_code": status, "description": description}, status=status
        )


async def send_to(api, aiohttp_server):
    application = web.Application()
    application.router.add_post("/{tail:.*}", api.answer)
    server = await aiohttp_server(application)
    channel = build_channel(str(server.make_url("")))
    answer = await channel.send(claimed(replace(QUESTION, text=NASTY)))
    await channel.close()
    return answer


@pytest.mark.parametrize(
    ("status", "description", "answer"),
    [
        (404, "Not Found", ChannelDown("InvalidToken")),
        (409, "Conflict: terminated by other getUpdates request", TryLater("Conflict")),
        (413, "Request Entity Too Large", TryLater("NetworkError")),
        (400, "Bad Request: PEER_ID_INVALID", Unreachable("ChatNotFound")),
        (403, "Forbidden: user is deactivated", Unreachable("Forbidden")),
    ],
)
async def test_errors_that_only_the_platform_gives(aiohttp_server, status, description, answer):
    assert await send_to(ScriptedApi((status, description)), aiohttp_server) == answer


async def test_a_message_that_is_refused_however_plain_is_given_up(aiohttp_server):
    api = ScriptedApi(*[(400, "Bad Request: message is too long")] * 2)

    assert await send_to(api, aiohttp_server) == Rejected("BadRequest")


async def test_markup_that_is_refused_goes_out_once_more_as_plain_text(aiohttp_server):
    api = ScriptedApi((400, "Bad Request: can't parse entities: Unsupported start tag"), (200, ""))

    answer = await send_to(api, aiohttp_server)

    assert answer == Delivered("5")
    assert [call.get("parse_mode") for call in api.calls] == ["HTML", None]
    assert NASTY in api.calls[1]["text"]
