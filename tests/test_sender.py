"""The sender keeps order, pace and its word, and nobody's trouble is anybody else's. Over HTTP, against the strict fake."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import workers
from bot.app import build_channels, utc_now
from handlers.saying import say, say_notice, say_to
from storage import addresses, conversations
from storage.addresses import Address, load_address
from storage.outbox import Lane, State, find_due
from storage.tables import outbox
from survey.message import Button, Message
from tests.fakes.telegram import FakeTelegram
from tests.running import OFFICE, ROOM, STAFF, build_settings, open_runtime, until
from tests.talking import Talker, invite, message_update

ANOTHER_TOKEN = "987654321:AAanotherTokenThatTheFakeDoesNotKnow00"


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        fake.add_group(STAFF)
        fake.add_group(OFFICE)
        yield fake


@pytest.fixture
def runtime(database_url, tmp_path, fake):
    settings = build_settings(database_url, api_base=fake.base_url)
    with open_runtime(tmp_path, settings, clock=utc_now) as runtime:
        yield runtime


@contextlib.asynccontextmanager
async def sending(runtime):
    """Let the senders of all channels run."""
    loops = [
        asyncio.create_task(workers.send_for_ever(runtime, channel)) for channel in build_channels(runtime)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


def address_of(runtime, name, *, channel="telegram", is_citizen=True) -> Address:
    return runtime.database.write(
        lambda tx: addresses.get_address(
            tx,
            runtime.setup.vault,
            channel=channel,
            name=str(name),
            is_citizen=is_citizen,
            at=runtime.clock(),
        )
    )


def notice(runtime, person, text, **more):
    """Put a text for a person into the outbox, and make her known to the fake."""
    address, at = address_of(runtime, person), runtime.clock()
    runtime.database.write(lambda tx: say_notice(tx, runtime.setup, address, text, at, **more))


def ask(runtime, talker, text, lane=Lane.LIVE):
    """Put a question of a conversation into the outbox."""
    button = Button(text="Tốt", press="3.2=2")
    message, at = Message(place="3.2", text=text, options=(button,)), runtime.clock()

    def put(tx):
        talk = conversations.find_talk_by_id(tx, runtime.setup.vault, talker.conversation_id)
        say(tx, runtime.setup, talk, message, address=load_address(tx, talk.address_id), at=at, lane=lane)

    runtime.database.write(put)


def texts(fake, chat):
    return [message.text.partition("\n")[0] for message in fake.messages(chat)]


def states(runtime):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars())


def calls(fake, method="sendMessage"):
    return [call for call in fake.calls if call.method == method and call.is_done]


async def test_a_retry_after_is_obeyed(runtime, fake):
    fake.add_private(1001)
    fake.inject("sendMessage", 1, ("429", 3))  # longer than our own pace and first retry would wait
    notice(runtime, 1001, "một")

    async with sending(runtime):
        await until(lambda: texts(fake, 1001) == ["một"])

    assert fake.early == []
    assert [call.status for call in calls(fake)] == [429, 200]


async def test_the_order_in_a_chat_survives_failures(runtime, fake):
    fake.add_private(1001)
    fake.inject("sendMessage", 1, "500")
    fake.inject("sendMessage", 1, "502")
    for text in ("một", "hai", "ba"):
        notice(runtime, 1001, text)

    async with sending(runtime):
        await until(lambda: len(texts(fake, 1001)) == 3)

    assert texts(fake, 1001) == ["một", "hai", "ba"]
    assert fake.violations == []


async def test_live_messages_pass_bulk(runtime, fake):
    talkers = [Talker(runtime, person=2000 + number).open(invite(runtime)) for number in range(8)]
    for talker in talkers:
        fake.add_private(talker.person)
        ask(runtime, talker, "nhắc", lane=Lane.BULK)
    fake.add_private(1001)
    notice(runtime, 1001, "trả lời")

    with runtime.database.reading() as tx:
        seen = find_due(tx, "telegram", runtime.clock(), limit=3)
    async with sending(runtime):
        await until(lambda: len(calls(fake)) == 9)

    assert [entry.lane for entry in seen] == [Lane.LIVE, Lane.BULK, Lane.BULK]
    assert min(calls(fake), key=lambda call: call.at).params["text"] == "trả lời"


async def test_a_superseded_question_is_not_sent(runtime, fake):
    fake.add_private(1001)
    talker = Talker(runtime).open(invite(runtime))
    for text in ("câu cũ", "câu cũ hơn", "câu mới"):
        ask(runtime, talker, text)

    async with sending(runtime):
        await until(lambda: texts(fake, 1001) == ["câu mới"])

    assert len(calls(fake)) == 1


async def test_a_question_superseded_while_its_first_try_failed_is_not_sent_again(runtime, fake):
    fake.add_private(1001)
    fault = fake.inject("sendMessage", 1, ("429", 1))
    talker = Talker(runtime).open(invite(runtime))

    async with sending(runtime):
        await until(lambda: fault.used == 1 and State.WAITING in states(runtime))
        ask(runtime, talker, "câu mới")
        await until(lambda: texts(fake, 1001))
        await until(lambda: states(runtime).count(State.SENT) == 1)

    assert texts(fake, 1001) == ["câu mới"]


async def test_a_question_superseded_while_it_is_on_its_way_is_not_sent_again(runtime, fake):
    fake.add_private(1001)
    hanging = fake.inject("sendMessage", 1, ("timeout", 0.5))
    talker = Talker(runtime).open(invite(runtime))

    async with sending(runtime):
        await until(lambda: hanging.used == 1)
        ask(runtime, talker, "câu mới")
        await until(lambda: "câu mới" in texts(fake, 1001))

    assert texts(fake, 1001) == ["câu mới"]


async def test_who_blocked_the_bot_stops_only_herself(runtime, fake):
    for person in (1001, 1002):
        fake.add_private(person)
        notice(runtime, person, "một")
        notice(runtime, person, "hai")
    fake.block(1001)

    async with sending(runtime):
        await until(lambda: texts(fake, 1002) == ["một", "hai"])
        await until(lambda: State.WAITING not in states(runtime))

    assert [call.status for call in calls(fake) if call.chat_id == 1001] == [403]
    assert sorted(states(runtime)) == ["dropped", "failed", "sent", "sent"]


async def test_she_who_comes_back_is_written_to_again(runtime, fake):
    fake.add_private(1001)
    fake.block(1001)
    notice(runtime, 1001, "một")

    async with sending(runtime):
        await until(lambda: states(runtime) == [State.FAILED])
        fake.block(1001, blocked=False)
        Talker(runtime).deliver(message_update(1001, "xin chào"))
        await until(lambda: texts(fake, 1001))

    assert len(texts(fake, 1001)) == 1


async def test_a_group_that_became_a_supergroup_is_followed(runtime, fake):
    group, at = address_of(runtime, STAFF, is_citizen=False), runtime.clock()
    fake.migrate(STAFF, -100777)
    for text in ("một", "hai"):
        runtime.database.write(lambda tx, t=text: say_to(tx, runtime.setup, group, Message(text=t), at))

    async with sending(runtime):
        await until(lambda: len(texts(fake, -100777)) == 2)

    assert texts(fake, -100777) == ["một", "hai"]
    assert len([call for call in calls(fake) if call.chat_id == STAFF]) == 1


async def test_a_message_of_unknown_fate_is_sent_again_once_at_most(runtime, fake):
    fake.add_private(1001)
    fake.inject("sendMessage", 9, "cut_after", chat_id=1001)
    notice(runtime, 1001, "một")

    async with sending(runtime):
        await until(lambda: states(runtime) == [State.UNKNOWN])
        fake.clear_faults()
        notice(runtime, 1001, "hai")
        await until(lambda: "hai" in texts(fake, 1001))

    assert texts(fake, 1001) == ["một", "một", "hai"]


async def test_a_message_that_surely_did_not_leave_is_tried_until_it_does(runtime, fake):
    fake.add_private(1001)
    fake.inject("sendMessage", 3, "502")
    notice(runtime, 1001, "một")

    async with sending(runtime):
        await until(lambda: texts(fake, 1001) == ["một"], seconds=20)

    assert states(runtime) == [State.SENT]


async def test_a_refused_message_does_not_hold_up_the_next(runtime, fake):
    fake.add_private(1001)
    fake.forget(1001)
    fake.add_private(1002)
    notice(runtime, 1001, "một")
    notice(runtime, 1002, "hai")

    async with sending(runtime):
        await until(lambda: states(runtime) == [State.FAILED, State.SENT])

    assert texts(fake, 1002) == ["hai"]


async def test_a_dead_token_pauses_its_channel_and_tells_the_operator(database_url, tmp_path, fake):
    settings = build_settings(database_url, api_base=fake.base_url, telegram={"token": ANOTHER_TOKEN})
    with open_runtime(tmp_path, settings, clock=utc_now) as runtime:
        for person in range(1001, 1041):
            fake.add_private(person)
            notice(runtime, person, "một")
        room = address_of(runtime, ROOM, channel="web", is_citizen=False)

        def told():
            with runtime.database.reading() as tx:
                wanted = (outbox.c.address_id == room.id) & (outbox.c.state == State.SENT)
                return len(tx.execute(select(outbox.c.id).where(wanted)).all())

        async with sending(runtime):
            await until(told)
            notice_web(runtime, "web vẫn chạy")
            await until(lambda: told() == 1 and sent_on_web(runtime) == 2)
            tried = len(calls(fake))

        assert tried <= 16  # those on their way when the first was refused; then nothing more
        assert len(calls(fake)) == tried
        assert states(runtime).count(State.WAITING) == 40
        assert states(runtime).count(State.FAILED) == 0


def notice_web(runtime, text):
    address, at = address_of(runtime, "tab", channel="web"), runtime.clock()
    runtime.database.write(lambda tx: say_notice(tx, runtime.setup, address, text, at))


def sent_on_web(runtime):
    with runtime.database.reading() as tx:
        wanted = (outbox.c.channel == "web") & (outbox.c.state == State.SENT)
        return len(tx.execute(select(outbox.c.id).where(wanted)).all())


async def test_a_message_for_later_waits_for_its_time_and_holds_up_nothing(runtime, fake):
    fake.add_private(1001)
    notice(runtime, 1001, "sau", not_before=runtime.clock() + timedelta(hours=1))
    notice(runtime, 1001, "ngay")

    async with sending(runtime):
        await until(lambda: texts(fake, 1001) == ["ngay"])

    assert states(runtime) == [State.WAITING, State.SENT]


async def test_a_sender_that_stops_finishes_what_is_on_its_way(runtime, fake):
    fake.add_private(1001)
    hanging = fake.inject("sendMessage", 1, ("timeout", 0.3))
    notice(runtime, 1001, "một")

    async with sending(runtime):
        await until(lambda: hanging.used == 1)

    assert states(runtime) == [State.WAITING]  # the connection was cut: noted, and free for the next sender
