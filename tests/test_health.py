"""`/readyz` complains of messages nobody tries to send, and of nothing that is only one chat's trouble."""

from datetime import timedelta

from aiohttp.test_utils import TestClient, TestServer

from bot.web.health import STUCK_AFTER
from bot.web.server import build_application
from handlers.saying import say_notice
from storage import addresses, outbox
from storage.outbox import find_due
from tests.building import AT


def put(runtime, name, *, channel="telegram"):
    def work(tx):
        address = addresses.get_address(
            tx, runtime.setup.vault, channel=channel, name=name, is_citizen=True, at=AT
        )
        say_notice(tx, runtime.setup, address, "chào", AT)

    runtime.database.write(work)


def fail_once(runtime):
    """Let the first due message be tried in vain."""

    def work(tx):
        [entry] = find_due(tx, "telegram", AT, limit=1)
        outbox.claim(tx, runtime.setup.vault, entry, AT)
        later = AT + timedelta(hours=1)
        outbox.try_later(tx, entry.id, not_before=later, fault="502", is_doubtful=False)

    runtime.database.write(work)


async def status_after(runtime, time):
    runtime.clock.at = AT + time
    async with TestClient(TestServer(build_application(runtime))) as client, client.get("/readyz") as answer:
        return answer.status


async def test_a_message_nobody_tries_to_send_is_told(runtime):
    put(runtime, "1001")

    statuses = [await status_after(runtime, time) for time in (timedelta(), STUCK_AFTER * 2)]

    assert statuses == [200, 503]


async def test_one_chat_whose_first_message_keeps_failing_is_no_trouble_of_the_service(runtime):
    put(runtime, "1001")
    fail_once(runtime)
    put(runtime, "1001")

    assert await status_after(runtime, STUCK_AFTER * 2) == 200


async def test_what_waits_for_a_channel_that_is_off_is_no_trouble_of_the_service(runtime):
    put(runtime, "1001", channel="zalo")

    assert await status_after(runtime, STUCK_AFTER * 2) == 200


async def test_what_another_chat_waits_for_in_vain_is_told_all_the_same(runtime):
    put(runtime, "1001")
    fail_once(runtime)
    put(runtime, "1001")
    put(runtime, "1002")

    assert await status_after(runtime, STUCK_AFTER * 2) == 503
