"""What every channel promises to the rest of the program. The same tests for all of `bot.app.build_channels`.

A new channel is added to PLATFORMS below: how a stand-in of its platform is started, which settings point to it, and the
id of a person there. Nothing else in this file may know a channel.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from bot.app import build_channels
from bot.pace import Pace
from handlers.outbound import Answer, Delivered, TryLater
from handlers.saying import dump_body
from handlers.setup import Abilities
from storage.outbox import Claimed, Due
from survey import prompts
from survey.conversation import Conversation, Place
from survey.message import Button, Message
from survey.script import Facts, Script
from tests.building import load_questionnaire, load_wording
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo import ZaloFake
from tests.running import build_settings, open_runtime
from tests.zalo_settings import bot_section, zalo_section

NASTY = "<b>&amp; \"'</b> <script> [x](y) *a* _b_ `c` \\ /stop @admin https://xau.example \u202egnud\u202c 👩‍🌾 {x} %s \x85"
TALK = 31


@dataclass(kw_only=True)
class Platform:
    """A stand-in of what is behind a channel."""

    person: str  # the platform's id of somebody who can be written to
    stranger: str  # the id of nobody
    settings: dict[str, Any] = field(default_factory=dict)
    stop: Callable[[], object] = lambda: None
    violations: Callable[[], list[str]] = list  # what a right client never does


def start_telegram(_shared):
    fake = FakeTelegram().start()
    fake.add_private(1001)
    settings = {"telegram": {"api_base": fake.base_url}}
    return Platform(
        person="1001", stranger="1002", settings=settings, stop=fake.stop, violations=lambda: fake.violations
    )


def start_web(_shared):
    return Platform(person="invitation:1", stranger="invitation:2")


def share_zalo(shared):
    """Return the one fake behind all that is Zalo."""
    if "zalo" not in shared:
        shared["zalo"] = ZaloFake().start()
    return shared["zalo"]


def start_zalo(shared):
    fake = share_zalo(shared)
    person = fake.add_person()
    fake.say(person, "Chào").wait()
    return Platform(
        person=person,
        stranger="2468458835291979999",
        settings={"zalo": zalo_section(fake)},
        stop=fake.stop,
        violations=lambda: fake.violations,
    )


def start_zalo_group(shared):
    fake = share_zalo(shared)
    return Platform(
        person=fake.add_group(), stranger="g-of-others", stop=fake.stop, violations=lambda: fake.violations
    )


def start_zalo_bot(shared):
    fake = share_zalo(shared)
    return Platform(
        person=fake.add_bot_chat("zgr-1"),
        stranger="zgr-9",
        settings={"zalo_bot": bot_section(fake)},
        stop=fake.stop,
        violations=lambda: fake.violations,
    )


PLATFORMS = {
    "telegram": start_telegram,
    "zalo": start_zalo,
    "zalo_group": start_zalo_group,
    "zalo_bot": start_zalo_bot,
    "web": start_web,
}


@pytest.fixture
def platforms():
    shared: dict[str, Any] = {}
    platforms = {name: start(shared) for name, start in PLATFORMS.items()}
    yield platforms
    for platform in platforms.values():
        platform.stop()


@pytest.fixture
async def channels(tmp_path, platforms):
    changes = {
        section: values for platform in platforms.values() for section, values in platform.settings.items()
    }
    with open_runtime(tmp_path, build_settings(f"sqlite:///{tmp_path}/hailong.db", **changes)) as runtime:
        channels = build_channels(runtime)
        yield channels
        for channel in channels:
            await channel.close()


def claimed(message, name, edits_ref=None):
    due = Due(
        id=7, address_id=1, lane=0, edits_id=None, conversation_id=TALK, attempts=0, doubts=0, is_group=False
    )
    return Claimed(due=due, name=name, body=dump_body(message, conversation_id=TALK), edits_ref=edits_ref)


def questions():
    """Return every message a citizen is asked something with, in both languages."""
    facts = Facts(
        department=NASTY,
        procedure=NASTY,
        hotline=NASTY,
        days=365,
        until="20/12/2026",
        receipt="K7M2-9QXA-4TRD",
    )
    script = Script(questionnaire=load_questionnaire(), wording=load_wording(), facts=facts)
    keys = [question.key for question in script.questionnaire.questions]
    places = [Place.GREETING, *keys, Place.COMMENT, Place.REPLY, Place.CONTACT, Place.SUMMARY]
    answers = dict.fromkeys(keys, 1)
    states = [
        Conversation(place=place, language=language, answers=answers, comment=NASTY, has_commented=True)
        for place in places
        for language in ("vi", "en")
    ]
    return [prompts.prompt(state, script, NASTY[:40]) for state in states]


async def test_every_channel_has_its_platform_here(channels):
    assert {channel.name for channel in channels} == PLATFORMS.keys()


async def test_it_says_what_it_is(channels):
    for channel in channels:
        assert channel.name
        assert channel.name == channel.name.lower()
        assert isinstance(channel.abilities, Abilities)
        assert isinstance(channel.is_platform, bool)
        assert isinstance(channel.make_pace(), Pace)
        assert channel.make_pace() is not channel.make_pace()


async def test_it_sends_every_question_of_the_survey(channels, platforms):
    for channel in channels:
        for message in questions():
            answer = await channel.send(claimed(message, platforms[channel.name].person))

            assert isinstance(answer, Delivered), (channel.name, message.place, answer)
            assert answer.message_ref
        assert platforms[channel.name].violations() == []


async def test_it_sends_a_notice_whatever_is_in_it(channels, platforms):
    message = Message(
        title=NASTY, text=f"{NASTY}\n{NASTY}", note=NASTY, quote=f"{NASTY}\n{NASTY}", tail=NASTY
    )
    for channel in channels:
        answer = await channel.send(claimed(message, platforms[channel.name].person))

        assert isinstance(answer, Delivered), (channel.name, answer)
        assert platforms[channel.name].violations() == []


async def test_it_draws_over_a_message_and_the_same_once_more(channels, platforms):
    question = Message(place="3.2", text="?", options=(Button(text="Tốt", press="3.2=1"),))
    chosen = Message(place="3.2", text="?", options=(Button(text="Tốt", press="3.2=1", is_chosen=True),))
    for channel in channels:
        person = platforms[channel.name].person
        sent = await channel.send(claimed(question, person))
        assert isinstance(sent, Delivered)

        for _ in range(2):
            answer = await channel.send(claimed(chosen, person, edits_ref=sent.message_ref))

            assert isinstance(answer, Delivered), (channel.name, answer)


async def test_it_answers_for_somebody_who_is_not_there(channels, platforms):
    for channel in channels:
        answer = await channel.send(claimed(Message(text="Chào"), platforms[channel.name].stranger))

        assert isinstance(answer, get_args(Answer)), (channel.name, answer)
        assert not isinstance(answer, TryLater), channel.name  # it would be tried for hours


async def test_it_answers_while_its_platform_is_away(channels, platforms):
    for channel in channels:
        platforms[channel.name].stop()

        answer = await channel.send(claimed(Message(text="Chào"), platforms[channel.name].person))

        assert isinstance(answer, TryLater if channel.is_platform else Delivered), (channel.name, answer)
        assert answer in (Delivered("7"), TryLater(getattr(answer, "fault", ""), is_doubtful=False))


async def test_preparing_never_raises_even_while_the_platform_is_away(channels, platforms):
    for channel in channels:
        await channel.prepare()
        platforms[channel.name].stop()
        await channel.prepare()


async def test_many_messages_at_once_are_sent(channels, platforms):
    for channel in channels:
        person = platforms[channel.name].person
        messages = [claimed(Message(text=f"Tin {number}"), person) for number in range(20)]

        answers = await asyncio.gather(*(channel.send(one) for one in messages))

        assert all(isinstance(answer, Delivered) for answer in answers), channel.name


ODD = [
    *"<>&\"'`*_\\|%{}[]#",
    "a < b && c > d",
    "</b>",
    "&lt;",
    "\r\n dòng\r\n",
    "\u2028\u2029\x85\u200f\u202e",
    "Hài lòng",
    "👩‍🌾" * 60,
    "x" * 3900,
    "ạ" * 3900,
    "\n" * 50 + "cuối",
]


async def test_any_words_can_be_sent(channels, platforms):
    for channel in channels:
        for words in ODD:
            option = Button(text=words[:60], press="3.2=1")
            answer = await channel.send(
                claimed(Message(text=f"{words}.", options=(option,)), platforms[channel.name].person)
            )

            assert isinstance(answer, Delivered), (channel.name, words[:20], answer)
