"""The fake Zalo's own part: faults, events as the platform posts them."""

import asyncio
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fakes import zalo_events
from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_client import SEND, TOKENS, PlainClient
from tests.fakes.zalo_deliveries import sign
from tests.fakes.zalo_world import FAULTS

CUT = (http.client.HTTPException, OSError)


class Receiver:
    """A web server that answers each POST with the next of its statuses, then 200, and keeps headers and body."""

    def __init__(self):
        self.statuses = []
        self.got = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler):  # noqa: N805 - the name is the library's; `self` is the receiver
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.got.append((dict(handler.headers), body))
                handler.send_response(self.statuses.pop(0) if self.statuses else 200)
                handler.end_headers()

            def log_message(handler, *args):  # noqa: N805 - as above
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/zalo"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def names(self):
        return [json.loads(body).get("event_name") for _, body in self.got]


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def zalo(receiver):
    with ZaloFake(webhook_url=receiver.url) as zalo:
        zalo.poster.pauses = (0.001,) * 5
        yield zalo
        assert zalo.settle()


@pytest.fixture
def client(zalo):
    return PlainClient(zalo)


@pytest.fixture
def person(zalo):
    return zalo.add_person(has_written=True)


# -- faults


def test_each_fault_spoils_the_calls_it_is_for_and_no_other(zalo, client, person):
    other = zalo.add_person(has_written=True)
    zalo.inject(SEND, 1, ("error", -32), to=person)
    assert [client.send(who)["error"] for who in (other, person, person)] == [0, -32, 0]

    zalo.inject("/v3.0/*", 1, ("http", 502))
    assert "Service unavailable" in client.send(person)
    zalo.inject(SEND, 1, "not_json")
    assert "Service unavailable" in client.send(person)
    zalo.inject(SEND, 1, ("answer", {"odd": 1}))
    assert client.send(person) == {"odd": 1}
    zalo.inject(SEND, 1, ("delay", 0.001))
    assert client.send(person)["error"] == 0
    zalo.inject(TOKENS, 1, ("error", -14014))
    assert client.renew()["error_name"] == "Invalid refresh token"
    zalo.inject("/bot/getMe", 1, ("error", 429))
    assert client.bot("getMe")["error_code"] == 429
    assert [call.fault for call in zalo.calls if call.fault] == [
        "error",
        "http",
        "not_json",
        "answer",
        "delay",
        "error",
        "error",
    ]
    assert (len(zalo.messages(person)), zalo.violations) == (2, [])


@pytest.mark.parametrize(
    ("fault", "shown"), [("reset", 0), (("hang", 0.01), 0), ("drop", 1), (("late", 0.01), 1)]
)
def test_a_cut_comes_before_or_after_the_deed(zalo, client, person, fault, shown):
    zalo.inject(SEND, 1, fault)

    if fault == ("late", 0.01):
        client.send(person)
    else:
        with pytest.raises(CUT):
            client.send(person)
    assert len(zalo.messages(person)) == shown


def hang_up(client):
    with pytest.raises(CUT):
        client.call("/v2.0/oa/getoa")


def test_a_hanging_call_ends_with_the_server(receiver):
    with ZaloFake() as zalo:
        client = PlainClient(zalo)
        zalo.inject("/v2.0/oa/getoa", 1, "hang")
        thread = threading.Thread(target=hang_up, args=(client,))
        thread.start()
        assert zalo.wait_for_call(lambda call: call.fault == "hang", answered=False)
    thread.join(5)
    assert not thread.is_alive()


def test_an_unknown_fault_is_an_error_of_the_test(zalo):
    for fault in ("explode", "error"):
        with pytest.raises(ValueError, match="no such fault"):
            zalo.inject("*", 1, fault)
    assert len(FAULTS) == 9


# -- events


def test_the_signature_is_that_of_the_published_vectors():
    for words, mac in (
        ("HS 12345", "c51a0ac9a085d6d418a8c96f3a94aab2d8554949a55764f4ba0fa02c11a5594c"),
        ("Rất hài lòng", "6f80b1e3993051bfb2b227a6d2818ea6481d4fe293cb9e9085ccc738c38ae0bd"),
    ):
        body = (
            '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
            f'"event_name":"user_send_text","message":{{"text":"{words}","msg_id":"96d3cdf3af150460909"}},"timestamp":"1792000000000"}}'
        )
        assert sign("360846524940903967", body.encode(), "1792000000000", "demo-oa-secret") == mac


def test_a_text_is_posted_signed_over_its_bytes(zalo, receiver, person):
    delivery = zalo.say(person, "Rất hài lòng", quote="m1").wait()

    ((headers, body),) = receiver.got
    event, account = json.loads(body), zalo.account
    digest = sign(account.app_id, body, event["timestamp"], account.oa_secret)
    assert (delivery.status, headers["X-ZEvent-Signature"]) == (200, f"mac={digest}")
    assert (event["sender"], event["recipient"]) == ({"id": person}, {"id": account.oa_id})
    assert event["message"].keys() == {"text", "msg_id", "quote_msg_id"}
    assert "Rất hài lòng".encode() in body


@pytest.mark.parametrize(
    ("how", "is_good"),
    [
        ({"prefix": False}, True),
        ({"header_timestamp": True}, True),
        ({"secret": "another"}, False),
        ({"signature": "mac=00"}, False),
        ({"signature": ""}, False),
    ],
)
def test_a_signature_may_be_odd_or_wrong(zalo, receiver, person, how, is_good):
    receiver.statuses = [200 if is_good else 401]
    zalo.say(person, "x", **how).wait()

    ((headers, body),) = receiver.got
    timestamp = headers.get("X-ZEvent-Timestamp", json.loads(body)["timestamp"])
    right = sign(zalo.account.app_id, body, timestamp, zalo.account.oa_secret)
    assert (headers.get("X-ZEvent-Signature", "").removeprefix("mac=") == right) == is_good
    assert zalo.violations == []
    receiver.statuses = [401 if is_good else 200]
    zalo.say(person, "x", **how).wait()
    assert len(zalo.violations) == 1


def test_an_event_is_posted_again_until_it_is_taken(zalo, receiver, person):
    receiver.statuses = [500, 503]
    delivery = zalo.say(person, "x").wait()

    assert [(post.status, post.num_retry) for post in delivery.posts] == [(500, 0), (503, 1), (200, 2)]
    assert [headers.get("num_retry") for headers, _ in receiver.got] == [None, "1", "2"]
    assert len({body for _, body in receiver.got}) == 1
    assert zalo.violations == []
    receiver.statuses = [500] * 6
    assert len(zalo.say(person, "x").wait().posts) == 6
    assert len(zalo.violations) == 1


def test_nobody_listening_is_no_violation_but_a_slow_answer_is(zalo, receiver, person):
    zalo.webhook_url = "http://127.0.0.1:9/webhook/zalo"
    assert zalo.say(person, "x", retry=False).wait().status == 0
    assert zalo.violations == []
    zalo.webhook_url, zalo.poster.most_seconds = receiver.url, 0.0
    zalo.say(person, "x").wait()
    assert len(zalo.violations) == 1


def test_copies_are_the_same_bytes_and_a_redelivery_says_so(zalo, receiver, person):
    assert len(zalo.say(person, "x", copies=3, at_once=True).wait().posts) == 3
    zalo.say(person, "y", num_retry=3, headers={"X-Extra": "1"}, delay=0.001).wait()

    assert len({body for _, body in receiver.got[:3]}) == 1
    assert (receiver.got[3][0]["num_retry"], receiver.got[3][0]["X-Extra"]) == ("3", "1")


def test_events_may_come_in_another_order(zalo, receiver, person):
    texts = [zalo_events.text(zalo.world, person, words) for words in ("một", "hai", "ba")]

    deliveries = [delivery.wait() for delivery in zalo.deliver_reordered(texts)]

    said = [json.loads(delivery.body)["message"]["text"] for delivery in deliveries]
    assert (sorted(said), said != ["một", "hai", "ba"]) == (["ba", "hai", "một"], True)


def test_probes_are_the_empty_object_and_a_foreign_sample(zalo, receiver):
    zalo.probe().wait()
    zalo.deliver(zalo_events.sample_probe(zalo.world)).wait()
    zalo.deliver(zalo_events.unknown(zalo.world, colour="red")).wait()

    (headers, body), (_, sample), _ = receiver.got
    assert (body, "X-ZEvent-Signature" in headers) == (b"{}", False)
    assert json.loads(sample)["message"]["msg_id"] == "This is message id"
    assert receiver.names[2] == "event_of_next_year"


def test_a_send_is_echoed_and_received_and_seen(zalo, receiver, client, person):
    zalo.world.has_receipts = True
    sent = client.send(person, "Xin chào")["data"]["message_id"]
    assert zalo.settle()

    assert sorted(receiver.names) == ["oa_send_text", "user_received_message", "user_seen_message"]
    assert all(sent in body.decode() for _, body in receiver.got)
    group = zalo.add_group()
    client.call("/v3.0/oa/group/message", {"recipient": {"group_id": group}, "message": {"text": "x"}})
    zalo.world.has_echo = zalo.world.has_receipts = False
    client.send(person)
    assert zalo.settle()
    assert receiver.names[3:] == ["oa_send_group_text"]


def test_every_event_of_the_platform_can_be_made(zalo, receiver, person):
    world, group = zalo.world, zalo.add_group()
    made = [
        *(zalo_events.media(world, person, kind) for kind in zalo_events.ATTACHMENTS),
        zalo_events.follow(world, person),
        zalo_events.follow(world, person, is_following=False),
        zalo_events.click_chatnow(world, person),
        zalo_events.submit_info(world, person, phone="84900000001"),
        zalo_events.withdraw(world, person),
        zalo_events.accept_widget(world, person, "https://khaosat.example/s/tok"),
        zalo_events.react(world, person, "m1"),
        zalo_events.anonymous_text(world, "chào"),
        zalo_events.feedback(world, "m1", "t1"),
        zalo_events.group_text(world, person, group, "chào"),
        zalo_events.join_group(world, person, group),
        zalo_events.admin_text(world, person, "chào"),
    ]
    for event in made:
        zalo.deliver(event).wait()

    assert receiver.names == [event["event_name"] for event in made]
    assert all(event["timestamp"].isdecimal() and event["app_id"] for event in made)
    assert zalo.world.people[person].is_following is False


async def test_a_delivery_can_be_awaited_where_the_product_shares_the_loop():
    heard = []

    async def product(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(product, "127.0.0.1", 0)
    async with server, ZaloFake() as zalo:
        zalo.webhook_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook/zalo"
        delivery = await zalo.say(zalo.add_person(), "chào")
    assert (delivery.status, len(heard)) == (200, 1)
