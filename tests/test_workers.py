"""The loops survive what befalls them, a dead one ends the service, and a rehearsal calls no platform at all."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import commands, workers
from bot.app import build_channels, utc_now
from bot.web.server import build_application
from handlers.saying import say_notice
from storage import addresses
from storage.outbox import State
from storage.tables import outbox
from tests.fakes.telegram import FakeTelegram
from tests.running import OFFICE, SECRET, STAFF, build_settings, open_runtime, pause, until
from tests.talking import press_update

ANOTHER_TOKEN = "987654321:AAanotherTokenThatTheFakeDoesNotKnow00"
CHATS = (1001, 1002)


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        for chat in (STAFF, OFFICE):
            fake.add_group(chat)
        for chat in CHATS:
            fake.add_private(chat)
        yield fake


def settings(tmp_path, fake, *, mode="live", mode_of_telegram="webhook", **telegram):
    tree = build_settings(
        f"sqlite:///{tmp_path}/hailong.db",
        api_base=fake.base_url,
        telegram={"mode": mode_of_telegram, **telegram},
    )
    pilot = {"pilot_chats": [f"telegram:{CHATS[0]}"]} if mode == "pilot" else {}
    return tree | {"mode": mode} | pilot


@contextlib.asynccontextmanager
async def running(*works):
    """Let some loops run."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def all_loops(runtime):
    senders = [workers.send_for_ever(runtime, channel) for channel in build_channels(runtime)]
    return [*senders, workers.poll_for_ever(runtime), workers.retry_for_ever(runtime)]


def put(runtime, name, *, text="chào", channel="telegram"):
    def work(tx):
        at = runtime.clock()
        address = addresses.get_address(
            tx, runtime.setup.vault, channel=channel, name=str(name), is_citizen=True, at=at
        )
        say_notice(tx, runtime.setup, address, text, at)

    runtime.database.write(work)


def states(runtime, channel="telegram"):
    with runtime.database.reading() as tx:
        query = select(outbox.c.state).where(outbox.c.channel == channel).order_by(outbox.c.id)
        return list(tx.execute(query).scalars())


def methods(fake):
    return {call.method for call in fake.calls}


@pytest.mark.parametrize("way", ["webhook", "polling"])
async def test_a_rehearsal_calls_no_platform(tmp_path, fake, way):
    tree = settings(tmp_path, fake, mode="rehearsal", mode_of_telegram=way)
    with open_runtime(tmp_path, tree, clock=utc_now) as runtime:
        put(runtime, CHATS[0])
        async with running(*all_loops(runtime)):
            await until(lambda: states(runtime) == [State.FAILED])
            await pause(0.3)

    assert fake.calls == []


async def test_a_pilot_sets_up_the_platform_and_writes_to_the_listed_chats_alone(tmp_path, fake):
    with open_runtime(tmp_path, settings(tmp_path, fake, mode="pilot"), clock=utc_now) as runtime:
        for chat in CHATS:
            put(runtime, chat)
        senders = [workers.send_for_ever(runtime, channel) for channel in build_channels(runtime)]
        async with running(*senders):
            await until(lambda: states(runtime) == [State.SENT, State.FAILED])
            await until(lambda: fake.webhook)

    assert [len(fake.messages(chat)) for chat in CHATS] == [1, 0]


@pytest.mark.parametrize(("mode", "answered"), [("live", [1, 1]), ("pilot", [1, 0]), ("rehearsal", [0, 0])])
async def test_presses_are_answered_in_the_webhook_only_where_the_mode_allows(tmp_path, fake, mode, answered):
    with open_runtime(tmp_path, settings(tmp_path, fake, mode=mode), clock=utc_now) as runtime:
        lengths = []
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with TestClient(TestServer(build_application(runtime))) as client:
            for chat in CHATS:
                update = press_update(chat, "1|3.2=1")
                async with client.post("/webhook/telegram", json=update, headers=headers) as answer:
                    assert answer.status == 200
                    lengths.append(int(bool(await answer.read())))

    assert lengths == answered


@pytest.mark.filterwarnings("ignore:Please use 'Bot.getUpdates'")  # the library's word for its own method
async def test_presses_that_come_by_polling_are_answered_only_where_the_mode_allows(tmp_path, fake):
    tree = settings(tmp_path, fake, mode="pilot", mode_of_telegram="polling")
    with open_runtime(tmp_path, tree, clock=utc_now) as runtime:
        updates = [press_update(chat, "1|3.2=1") for chat in reversed(CHATS)]
        with fake.world.lock:
            fake.world.callbacks |= {update["callback_query"]["id"] for update in updates}
        async with running(workers.poll_for_ever(runtime)):
            for update in updates:
                await asyncio.to_thread(fake.deliver_by_polling, update)
            await until(lambda: fake.answers)

    assert list(fake.answers) == [updates[1]["callback_query"]["id"]]


async def test_a_token_refused_while_polling_is_told_to_the_operator(tmp_path, fake):
    tree = settings(tmp_path, fake, token=ANOTHER_TOKEN, mode_of_telegram="polling")
    with open_runtime(tmp_path, tree, clock=utc_now) as runtime:
        async with running(workers.poll_for_ever(runtime)):
            await until(lambda: states(runtime, "web"))

    assert len(states(runtime, "web")) == 1
    assert len(fake.calls) == 1  # and not again at once


async def test_a_message_the_platform_refuses_is_logged_with_its_number(tmp_path, fake):
    with open_runtime(tmp_path, settings(tmp_path, fake), clock=utc_now) as runtime:
        put(runtime, CHATS[0], text="")
        with capture_logs() as logged:
            async with running(*(workers.send_for_ever(runtime, c) for c in build_channels(runtime))):
                await until(lambda: states(runtime) == [State.FAILED])

    [line] = [line for line in logged if line["event"] == "message_rejected"]
    assert (line["message"], line["fault"], line["channel"]) == (1, "BadRequest", "telegram")


@pytest.fixture
def in_the_way(tmp_path):
    """A folder where the lock file of the sender should be."""
    folder = tmp_path / "hailong.db.send-telegram.lock"
    folder.mkdir()
    return folder


async def test_a_sender_outlives_trouble_with_its_lock(tmp_path, fake, in_the_way):
    with open_runtime(tmp_path, settings(tmp_path, fake), clock=utc_now) as runtime:
        put(runtime, CHATS[0])
        senders = [workers.send_for_ever(runtime, channel) for channel in build_channels(runtime)]
        async with running(*senders):
            await pause(0.3)
            before = states(runtime)
            await asyncio.to_thread(in_the_way.rmdir)
            await until(lambda: states(runtime) == [State.SENT])

    assert before == [State.WAITING]


def test_a_worker_that_dies_ends_the_service_with_one_clear_line(tmp_path, fake, capsys):
    with open_runtime(tmp_path, settings(tmp_path, fake), clock=utc_now) as runtime:
        runtime.setup = replace(runtime.setup, timezone="nowhere")

        status = commands._run_service(runtime, ("schedule",))

    said = capsys.readouterr().err.splitlines()
    assert status == 1
    assert [line for line in said if line.startswith("hailong: ")] == [
        "hailong: schedule ended (ZoneInfoNotFoundError); the log says more"
    ]
