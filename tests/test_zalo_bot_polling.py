"""Fetching updates of the Zalo bot: one at a time and stored before the next, whatever the platform or a stop does."""

import asyncio
import contextlib
import itertools
from collections import Counter
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.app import utc_now
from bot.runtime import Runtime
from bot.zalo_bot_polling import poll_zalo_bot_for_ever
from storage.database import DatabaseDown
from storage.outbox import count_by_state
from storage.tables import inbox_keys
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.running import build_settings, open_runtime, pause, until
from tests.test_zalo_bot_updates import GROUP

POLL, DROP = "/bot/getUpdates", "/bot/deleteWebhook"
_seeds = itertools.count(1)  # each platform makes ids of its own


@pytest.fixture
def fake():
    with ZaloFake(seed=next(_seeds)) as fake:
        fake.add_bot_chat(GROUP)
        yield fake


@pytest.fixture(scope="module")
def department(tmp_path_factory):
    """The program put together once; each test points it to its own platform and counts what is new."""
    folder = tmp_path_factory.mktemp("zalo_bot")
    bot = {"enabled": True, "token": ACCOUNT.bot_token, "mode": "polling"}
    office = {"chats": [f"zalo_bot:{GROUP}"]}
    tree = build_settings(f"sqlite:///{folder}/hailong.db", zalo_bot=bot, office=office)
    with open_runtime(folder, tree, clock=utc_now) as runtime:
        yield runtime


@pytest.fixture
def runtime(department, fake):
    config = department.config
    bot = config.zalo_bot.model_copy(update={"api_base": fake.bases["bot_base"]})
    return replace(department, config=config.model_copy(update={"zalo_bot": bot}), chance=lambda: 0.0)


@pytest.fixture
def taken(department):
    """Return a function that says how many messages have come in since the test began."""

    def count():
        with department.database.reading() as tx:
            return tx.execute(select(func.count()).select_from(inbox_keys)).scalar_one()

    before = count()
    return lambda: count() - before


@pytest.fixture
def said(department):
    """Return a function that says how many messages were put on a channel since the test began."""

    def count():
        with department.database.reading() as tx:
            return sum((Counter({channel: n}) for (channel, _), n in count_by_state(tx).items()), Counter())

    before = count()
    return lambda channel: count()[channel] - before[channel]


@contextlib.asynccontextmanager
async def polling(runtime):
    """Let the loop run."""
    task = asyncio.create_task(poll_zalo_bot_for_ever(runtime))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def hear(fake, words="@Bot danh sách"):
    fake.bot_hears(fake.bot.update(GROUP, words))


def asked(fake, path=POLL):
    return [call for call in fake.calls if call.path == path]


async def test_everything_that_comes_is_taken_one_by_one_and_answered(fake, runtime, taken, said):
    for _ in range(3):
        hear(fake)
    async with polling(runtime):
        await until(lambda: taken() == 3)
        await until(lambda: len(asked(fake)) == 4)  # the fourth waits
        hear(fake)
        await until(lambda: taken() == 4)

    assert said("zalo_bot") == 4
    assert asked(fake)[0].body == {"timeout": "30"}
    assert fake.violations == []


async def test_a_webhook_of_before_is_taken_away_first(fake, runtime, taken):
    fake.bot.webhook = {"url": "https://khaosat.example/webhook/zalo-bot", "updated_at": 1}
    hear(fake)

    async with polling(runtime):
        await until(lambda: taken() == 1)

    assert fake.bot.webhook == {}
    assert fake.violations == []


async def test_a_webhook_that_is_set_meanwhile_is_taken_away_too(fake, runtime, taken):
    fake.inject(POLL, 1, ("error", 400))
    hear(fake)

    async with polling(runtime):
        await until(lambda: taken() == 1)

    assert len(asked(fake, DROP)) == 2


@pytest.mark.parametrize("refused", [400, 404])
async def test_having_no_webhook_to_take_away_is_no_trouble(fake, runtime, taken, refused):
    fake.inject(DROP, 1, ("error", refused))
    hear(fake)

    async with polling(runtime):
        await until(lambda: taken() == 1)

    assert len(asked(fake, DROP)) == 1


@pytest.mark.parametrize("fault", [("error", 408), ("error", 403), ("http", 502), "not_json", "reset"])
async def test_it_goes_on_after_whatever_the_platform_answers(fake, runtime, taken, fault):
    fake.inject(POLL, 1, fault)
    hear(fake)

    async with polling(runtime):
        await until(lambda: taken() == 1)


@pytest.mark.parametrize("result", [None, [], "x", {"event_name": "message.text.received"}, [{}, 5]])
async def test_it_goes_on_after_what_is_no_update(fake, runtime, taken, result):
    fake.inject(POLL, 1, ("answer", {"ok": True, "result": result}))
    hear(fake)

    async with polling(runtime):
        await until(lambda: taken() == 1)


@pytest.mark.parametrize(("path", "days"), [(POLL, 1), (DROP, 2)])
async def test_a_token_refused_is_told_to_the_operator_and_not_tried_again_at_once(
    fake, runtime, said, path, days
):
    fake.inject(path, 1, ("error", 401))
    runtime.clock = lambda: utc_now() + timedelta(days=days)  # the operator is told once a day

    async with polling(runtime):
        await until(lambda: said("web") == 1)
        await pause(0.2)

    assert len(asked(fake, path)) == 1


async def test_a_rehearsal_asks_for_nothing(fake, runtime):
    runtime.config = runtime.config.model_copy(update={"mode": "rehearsal"})
    hear(fake)

    async with polling(runtime):
        await pause(0.2)

    assert fake.calls == []


async def test_of_two_programs_one_asks(fake, runtime):
    async with polling(runtime):
        await until(lambda: asked(fake))
        async with polling(runtime):
            await pause(0.2)

    assert len(asked(fake)) == 1


class Troubled(Runtime):
    """A program whose database is away for the next `left` writes; `gate` opens when the last of them may go."""

    left = 0
    gate: asyncio.Event | None = None
    reached: asyncio.Event | None = None

    async def write(self, work):
        if Troubled.left:
            Troubled.left -= 1
            raise DatabaseDown("away")
        if Troubled.gate is not None:
            Troubled.reached.set()
            await Troubled.gate.wait()
        return await super().write(work)


@pytest.fixture
def troubled(runtime):
    Troubled.left, Troubled.gate, Troubled.reached = 0, None, None
    yield Troubled(**{field.name: getattr(runtime, field.name) for field in fields(runtime)})
    Troubled.left, Troubled.gate, Troubled.reached = 0, None, None


async def test_what_came_is_stored_before_the_next_is_asked_for_however_long_it_takes(fake, troubled, taken):
    Troubled.left = 1
    for _ in range(2):
        hear(fake)

    async with polling(troubled):
        await until(lambda: Troubled.left == 0)
        before = (taken(), len(asked(fake)))
        await until(lambda: taken() == 2)

    assert before == (0, 1)


async def test_a_stop_waits_until_what_came_is_stored(fake, troubled, taken):
    Troubled.gate, Troubled.reached = asyncio.Event(), asyncio.Event()
    hear(fake)

    async with polling(troubled) as task:
        await Troubled.reached.wait()
        task.cancel()
        await pause(0.05)
        is_over_at_once = task.done()
        Troubled.gate.set()
        await until(task.done)

    assert not is_over_at_once
    assert taken() == 1
