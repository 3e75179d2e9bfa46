"""What the Official Account sends to people, over HTTP with the real client, against the strict fake."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.zalo import build_abilities, render
from bot.channels.zalo_text import make_label
from bot.zalo.trouble import TokenTrouble
from handlers.outbound import ChannelDown, Delivered, Rejected, TryLater, Unreachable, WindowClosed
from handlers.saying import dump_body
from storage.outbox import Claimed, Due
from survey.message import Button, Message
from tests.building import load_wording
from tests.fakes.zalo import ZaloFake
from tests.zalo_sending import (
    QUESTION,
    Tokens,
    claimed,
    open_api,
    open_channel,
    settings_for,
)

CS = "/v3.0/oa/message/cs"
LABEL = make_label(load_wording())
STYLES = ["text_buttons", "button_template", "list"]


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        yield zalo
        assert zalo.violations == []


@pytest.fixture
def person(zalo):
    return zalo.add_person(has_written=True)


@pytest.fixture
def tokens(zalo):
    return Tokens(zalo)


@pytest.fixture
async def channel(zalo, tokens):
    channel = open_channel(open_api(zalo, tokens=tokens), zalo)
    yield channel
    await channel.close()


def rendered(message, subject="31", *, style="text_buttons", action="hide"):
    return render(message, subject, style=style, action=action, label=LABEL)


def buttons_of(body):
    return body["attachment"]["payload"]["buttons"]


# -- what a message looks like


def test_a_question_shows_its_options_then_as_many_controls_as_fit():
    body = rendered(QUESTION)

    assert [button["title"] for button in buttons_of(body)] == [
        "1. Rất tốt",
        "✓ 2. Tốt",
        "3. Kém",
        "Quay lại",
        "Bỏ qua",
    ]
    assert body["text"] == f"{QUESTION.plain()}\n\nHoặc nhắn: Dừng"


def test_a_tap_sends_what_it_belongs_to_and_the_press():
    for subject in ("12", "c12", "r2026-Q3"):
        first = buttons_of(rendered(QUESTION, subject))[0]

        assert first["payload"] == f"#k {subject} 3.2=1"
        assert first["type"] == "oa.query.hide"
    assert buttons_of(rendered(QUESTION, action="show"))[0]["type"] == "oa.query.show"


def test_more_than_five_options_are_typed_and_the_controls_have_the_buttons():
    many = replace(QUESTION, options=tuple(Button(text=f"Mục {n}", press=f"3.2={n}") for n in range(1, 7)))

    body = rendered(many)

    assert [button["title"] for button in buttons_of(body)] == ["Quay lại", "Bỏ qua", "Dừng"]
    assert "6. Mục 6" in body["text"]
    assert "Hoặc nhắn" not in body["text"]


def test_five_options_leave_all_controls_to_words():
    five = replace(QUESTION, options=tuple(Button(text=f"Mục {n}", press=f"3.2={n}") for n in range(1, 6)))

    body = rendered(five)

    assert len(buttons_of(body)) == 5
    assert body["text"].endswith("Hoặc nhắn: Quay lại · Bỏ qua · Dừng")


@pytest.mark.parametrize(("subject", "style"), [("", "text_buttons"), ("31", "none")])
def test_where_nothing_can_be_tapped_everything_is_said_in_words(subject, style):
    body = rendered(QUESTION, subject, style=style)

    assert body == {"text": f"{QUESTION.plain()}\n\nHoặc nhắn: Quay lại · Bỏ qua · Dừng"}


def test_a_title_is_one_harmless_line_of_a_hundred_letters():
    wild = Message(text="?", options=(Button(text="[@1]\n" + "dài " * 60, press="a=1"),))

    (button,) = buttons_of(rendered(wild))

    assert button["title"].startswith("1. [ @1] dài")
    assert len(button["title"]) <= 100


@pytest.mark.parametrize("style", STYLES)
async def test_zalo_takes_every_shape_of_buttons_and_a_tap_brings_the_press_back(zalo, person, style):
    channel = open_channel(open_api(zalo, buttons=style), zalo, buttons=style)

    answer = await channel.send(claimed(QUESTION, person))

    (shown,) = zalo.messages(person)
    assert answer == Delivered(shown.message_id)
    assert shown.labels == ["1. Rất tốt", "✓ 2. Tốt", "3. Kém", "Quay lại", "Bỏ qua"]
    assert zalo.payload_of(shown, "3. Kém") == "#k 31 3.2=3"
    assert QUESTION.plain() in shown.text
    await channel.close()


def test_without_buttons_in_the_settings_the_channel_says_so(zalo):
    assert build_abilities(settings_for(zalo)).has_buttons
    assert not build_abilities(settings_for(zalo, buttons="none")).has_buttons
    assert build_abilities(settings_for(zalo)).window == timedelta(days=7)


# -- how sending goes


async def test_a_person_is_written_to_by_an_id_that_is_text(zalo, person, channel):
    await channel.send(claimed(Message(text="Chào"), person))

    assert zalo.calls[0].body["recipient"] == {"user_id": person}


async def test_an_edit_is_taken_as_done_without_a_call(zalo, person, channel):
    answer = await channel.send(claimed(QUESTION, person, edits_ref="63ecf43f"))

    assert answer == Delivered("63ecf43f")
    assert zalo.calls == []


async def test_buttons_that_are_refused_go_as_words_at_once_and_are_not_tried_again(zalo, person, channel):
    zalo.buttons_supported = False

    answers = [await channel.send(claimed(QUESTION, person)) for _ in range(3)]

    assert all(isinstance(answer, Delivered) for answer in answers)
    assert len(zalo.calls) == 4
    for shown in zalo.messages(person):
        assert shown.labels == []
        assert shown.text.endswith("Hoặc nhắn: Quay lại · Bỏ qua · Dừng")


async def test_many_at_once_find_out_by_one_try_that_buttons_are_refused(zalo, person, channel):
    zalo.buttons_supported = False

    answers = await asyncio.gather(*(channel.send(claimed(QUESTION, person)) for _ in range(20)))

    assert all(isinstance(answer, Delivered) for answer in answers)
    assert len(zalo.calls) == 21


async def test_once_buttons_are_known_to_be_taken_nobody_waits_for_another(zalo, person, channel):
    other = zalo.add_person(has_written=True)
    await channel.send(claimed(QUESTION, person))
    zalo.inject(CS, 1, ("late", 1.0), to=person)
    slow = asyncio.create_task(channel.send(claimed(QUESTION, person)))
    await asyncio.to_thread(zalo.wait, person, lambda messages: len(messages) == 2)

    await channel.send(claimed(QUESTION, other))

    assert not slow.done()
    assert isinstance(await slow, Delivered)


@pytest.mark.parametrize("code", [-201, -210, -233])
async def test_each_code_of_refused_buttons_leads_to_words(zalo, person, channel, code):
    zalo.inject(CS, 1, ("error", code))

    answers = [await channel.send(claimed(QUESTION, person)) for _ in range(2)]

    assert all(isinstance(answer, Delivered) for answer in answers)
    assert [shown.labels for shown in zalo.messages(person)] == [[], []]


@pytest.mark.parametrize("code", [-201, -210])
async def test_one_odd_message_takes_nobody_the_buttons_that_were_taken_before(zalo, person, channel, code):
    await channel.send(claimed(QUESTION, person))
    zalo.inject(CS, 1, ("error", code))

    answers = [await channel.send(claimed(QUESTION, person)) for _ in range(2)]

    assert all(isinstance(answer, Delivered) for answer in answers)
    assert [len(shown.labels) for shown in zalo.messages(person)] == [5, 0, 5]


async def test_buttons_that_are_refused_again_and_again_are_given_up(zalo, person, channel):
    await channel.send(claimed(QUESTION, person))
    for _ in range(3):
        zalo.inject(CS, 1, ("error", -201))
        await channel.send(claimed(QUESTION, person))

    await channel.send(claimed(QUESTION, person))

    assert [len(shown.labels) for shown in zalo.messages(person)] == [5, 0, 0, 0, 0]


async def test_a_message_that_is_refused_as_words_too_takes_nobody_else_the_buttons(zalo, person, channel):
    zalo.inject(CS, 2, ("error", -201))

    assert await channel.send(claimed(QUESTION, person)) == Rejected("Zalo-201")
    await channel.send(claimed(QUESTION, person))

    assert len(zalo.messages(person)[0].labels) == 5


async def test_a_refused_plain_message_is_not_repeated(zalo, person, channel):
    zalo.inject(CS, 1, ("error", -201))

    assert await channel.send(claimed(Message(text="Chào"), person)) == Rejected("Zalo-201")
    assert len(zalo.calls) == 1


async def test_after_seven_days_of_silence_the_message_waits_for_the_person(zalo, person, channel):
    zalo.advance(7 * 86_400 + 1)

    assert await channel.send(claimed(QUESTION, person)) == WindowClosed("Zalo-230")


async def test_somebody_who_blocks_the_account_cannot_be_reached(zalo, person, channel):
    zalo.block(person)

    assert await channel.send(claimed(QUESTION, person)) == Unreachable("Zalo-244")


async def test_a_daily_quota_waits_for_the_office_day_to_end(zalo, person, channel):
    zalo.inject(CS, 1, ("error", -218))

    answer = await channel.send(claimed(Message(text="Chào"), person))

    assert answer == TryLater("Zalo-218", after=2 * 3600 + 5 * 60)  # the clock shows 22:00 there


async def test_a_failure_without_a_reason_is_given_up_after_three_tries(zalo, person, channel):
    zalo.inject(CS, 2, ("error", -200))

    assert await channel.send(claimed(Message(text="a"), person)) == TryLater("Zalo-200")
    assert await channel.send(claimed(Message(text="a"), person, attempts=2)) == Rejected("Zalo-200")


async def test_an_answer_that_is_lost_makes_the_message_doubtful(zalo, person, channel):
    zalo.inject(CS, 1, "drop")

    answer = await channel.send(claimed(QUESTION, person))

    assert isinstance(answer, TryLater)
    assert answer.is_doubtful


@pytest.mark.parametrize("is_final", [True, False])
async def test_dead_tokens_stop_the_channel_and_passing_trouble_does_not(person, channel, tokens, is_final):
    tokens.trouble = TokenTrouble("refused", is_final=is_final)

    answer = await channel.send(claimed(QUESTION, person))

    assert answer == (ChannelDown("ZaloTokens", is_told=True) if is_final else TryLater("ZaloTokens"))


async def test_a_message_without_an_id_is_delivered_all_the_same(zalo, person, channel):
    zalo.inject(CS, 1, ("answer", {"error": 0, "message": "Success"}))

    assert await channel.send(claimed(Message(text="Chào"), person)) == Delivered("-7")


async def test_a_message_of_nothing_is_not_sent(zalo, person, channel):
    assert await channel.send(claimed(Message(text="\u202e"), person)) == Rejected("Empty")
    assert zalo.calls == []


async def test_preparing_looks_the_account_up_and_never_raises(zalo, channel, tokens):
    await channel.prepare()
    assert [call.path for call in zalo.calls] == ["/v2.0/oa/getoa"]

    tokens.trouble = TokenTrouble("refused", is_final=True)
    await channel.prepare()
    zalo.stop()
    await channel.prepare()


# -- pace


def test_the_minute_is_shared_with_the_groups_and_starts_careful(zalo):
    channel = open_channel(open_api(zalo), zalo, requests_per_minute=80)

    pace = channel.make_pace()

    assert (pace.per_second, pace.span) == (70, 60.0)
    assert pace.used(0.0) == 35
    assert pace.used(60.0) == 0


def test_the_smallest_account_can_still_send(zalo):
    pace = open_channel(open_api(zalo), zalo, requests_per_minute=1).make_pace()

    assert pace.wait("1", 0.0, is_live=True) == 0.0


def test_the_claimed_subject_is_what_a_tap_belongs_to():
    due = Due(
        id=1,
        address_id=1,
        lane=0,
        edits_id=None,
        conversation_id=None,
        attempts=0,
        doubts=0,
        is_group=False,
    )
    body = dump_body(QUESTION, complaint_id=12)
    message, subject = Claimed(due=due, name="1", body=body, edits_ref=None).load()

    assert buttons_of(rendered(message, subject))[0]["payload"] == "#k c12 3.2=1"
