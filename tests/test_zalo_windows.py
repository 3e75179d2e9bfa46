"""A platform that lets us answer for some days only: what it does not take waits for the person, and nobody is misled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot.channels.zalo_text import render_plain
from bot.runtime import Runtime
from handlers.intake import Offer
from handlers.outbound import TryLater, Unreachable, WindowClosed, claim_due, finish
from handlers.saying import say_to
from storage.addresses import find_address
from storage.database import Transaction
from storage.outbox import State, find_due
from storage.tables import addresses, outbox
from survey.message import Message
from tests.fakes.zalo import ACCOUNT
from tests.running import Clock, open_runtime
from tests.staffing import messages_to
from tests.talking import Talker, invite
from tests.zalo_settings import GROUP, zalo_settings
from tests.zalo_talking import Clerk, Villager, event, send_due

LABELS = (
    "Rất tốt",
    "Rất tốt",
    "Rất kém",
    "Rất gọn",
    "Rất nhanh",
    "Rất tốt",
    "Không",
    "Không",
    "Đúng hẹn",
    "Hài lòng",
)
WORDS = "Xin hẹn ông/bà sáng thứ Hai tới nhận lại giấy tờ"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zalo(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Runtime]:
    with open_runtime(tmp_path, zalo_settings(database_url), clock=clock) as runtime:
        yield runtime


def complain(runtime: Runtime, offer: Offer | None = None) -> Villager:
    """Let a citizen hand in a form with a bad mark for attitude, all typed."""
    villager = Villager(runtime)
    villager.write((offer or invite(runtime)).code)
    for words in ("Bắt đầu", "1", *LABELS[1:], "Bỏ qua", "Có, giấu mã hồ sơ", "Bỏ qua", "Gửi phiếu"):
        villager.write(words)
    return villager


def states(runtime: Runtime, place: str) -> list[str]:
    with runtime.database.reading() as tx:
        mine = (outbox.c.place == place) & (outbox.c.complaint_id.is_not(None) | (place != "reply"))
        found = tx.execute(select(outbox.c.state).where(mine).order_by(outbox.c.id))
        return list(found.scalars())


def put_for(runtime: Runtime, person: str, message: Message) -> None:
    """Say something to a citizen."""
    setup, at = runtime.setup, runtime.clock()

    def put(tx: Transaction) -> None:
        address = find_address(tx, setup.vault, channel="zalo", name=person)
        assert address is not None
        say_to(tx, setup, address, message, at)

    runtime.database.write(put)


def newest(runtime: Runtime) -> Row[Any]:
    """Return the newest message to a citizen on Zalo."""
    with runtime.database.reading() as tx:
        query = select(outbox).where(outbox.c.channel == "zalo").order_by(outbox.c.id.desc())
        return tx.execute(query.limit(1)).one()


def reply(runtime: Runtime) -> None:
    clerk = Clerk(runtime)
    clerk.write("nhận PA-2026-0001")
    clerk.write(f"trả lời PA-2026-0001 {WORDS}")


def test_inside_the_window_a_reply_goes_out(zalo: Runtime, clock: Clock) -> None:
    complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=6, hours=23)

    reply(zalo)
    sent = send_due(zalo, "zalo")

    assert any(WORDS in message.text for _, message in sent)
    assert states(zalo, "reply") == [State.SENT]


def test_outside_it_the_reply_waits_and_staff_see_so(zalo: Runtime, clock: Clock) -> None:
    complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=7, minutes=1)

    reply(zalo)

    assert send_due(zalo, "zalo") == []  # the platform is not even asked
    assert states(zalo, "reply") == [State.HELD]
    told = [message.text for message in messages_to(zalo, GROUP, "zalo_group")]
    assert any("chưa gửi được" in text and "PA-2026-0001" in text for text in told)


def test_what_was_held_goes_out_once_when_she_writes_again(zalo: Runtime, clock: Clock) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=8)
    reply(zalo)
    send_due(zalo, "zalo")

    villager.write("alo")
    sent = send_due(zalo, "zalo")

    assert [WORDS in message.text for _, message in sent].count(True) == 1
    assert send_due(zalo, "zalo") == []
    assert states(zalo, "reply") == [State.SENT]


def test_the_platform_overrules_our_own_count(zalo: Runtime) -> None:
    complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)

    send_due(zalo, "zalo", WindowClosed("Zalo-230"))

    assert State.HELD in states(zalo, "reply")


def test_a_question_that_was_held_is_asked_anew_and_not_twice(zalo: Runtime, clock: Clock) -> None:
    villager = Villager(zalo)
    villager.write(invite(zalo).code)
    send_due(zalo, "zalo")
    villager.write("Bắt đầu")
    send_due(zalo, "zalo", WindowClosed("Zalo-230"))
    assert states(zalo, "3.1") == [State.HELD]

    villager.write("alo")

    asked = [message for _, message in send_due(zalo, "zalo") if message.place == "3.1"]
    assert len(asked) == 1


def test_a_dropped_message_stays_dropped_when_she_blocks(zalo: Runtime, clock: Clock) -> None:
    complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=8)
    reply(zalo)
    send_due(zalo, "zalo")

    Villager(zalo).deliver(event("user_withdraw", user_id=Villager(zalo).person, oa_id="388613280878808645"))

    assert State.HELD not in states(zalo, "reply")
    with zalo.database.reading() as tx:
        held = addresses.c.is_citizen & addresses.c.sealed.is_not(None) & (addresses.c.channel == "zalo")
        assert tx.execute(select(addresses.c.id).where(held)).all() == []


def test_an_echo_settles_what_nobody_answered_for(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)
    [(claimed, message)] = send_due(zalo, "zalo", TryLater("TimedOut", is_doubtful=True))[-1:]

    villager.echo(message.plain(), "zalo-msg-77")

    with zalo.database.reading() as tx:
        row = tx.execute(select(outbox).where(outbox.c.id == claimed.due.id)).one()
    assert (row.state, row.message_ref) == (State.SENT, "zalo-msg-77")
    assert all(message.text != again.text for _, again in send_due(zalo, "zalo"))


def test_an_echo_of_other_words_settles_nothing_and_says_nothing(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)
    send_due(zalo, "zalo", TryLater("TimedOut", is_doubtful=True))
    before = len(messages_to(zalo, villager.person, "zalo"))

    villager.echo("Chào ông/bà, tôi là cán bộ trực", "by-a-human")

    assert len(messages_to(zalo, villager.person, "zalo")) == before
    assert State.SENT not in states(zalo, "reply")


def test_an_echo_is_known_though_the_channel_has_broken_a_mention(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    clerk = Clerk(zalo)
    clerk.write("nhận PA-2026-0001")
    clerk.write(f"trả lời PA-2026-0001 [@246845883529197922] {WORDS}")
    [(_, message)] = send_due(zalo, "zalo", TryLater("TimedOut", is_doubtful=True))[-1:]

    villager.echo(render_plain(message, limit=2000, label=str), "zalo-msg-78")

    assert states(zalo, "reply") == [State.SENT]


@pytest.mark.parametrize("text", ["", "Cảm ơn"])
def test_an_echo_of_a_person_does_not_settle_a_short_message(zalo: Runtime, text: str) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    put_for(zalo, villager.person, Message(text=text))
    send_due(zalo, "zalo", TryLater("TimedOut", is_doubtful=True))

    villager.echo("Cảm ơn chị, mời chị mai đến lấy kết quả", "by-a-human")

    assert newest(zalo).state == State.WAITING


def test_an_id_longer_than_is_kept_is_known_again(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)
    [(_, message)] = send_due(zalo, "zalo", TryLater("TimedOut", is_doubtful=True))[-1:]

    villager.echo(message.plain(), "m" * 90)
    villager.deliver(
        event(
            "user_received_message",
            sender={"id": ACCOUNT.oa_id},
            recipient={"id": villager.person},
            message={"msg_id": "m" * 90},
        )
    )

    with zalo.database.reading() as tx:
        row = tx.execute(select(outbox).where(outbox.c.place == "reply", outbox.c.complaint_id > 0)).one()
    assert (row.state, len(row.message_ref)) == (State.SENT, 64)
    assert row.delivered_at is not None


def test_delivered_and_seen_are_noted_and_settle_the_unknown(zalo: Runtime) -> None:
    villager = complain(zalo)
    [(claimed, _), *_] = send_due(zalo, "zalo")
    sides = {"sender": {"id": ACCOUNT_ID}, "recipient": {"id": villager.person}}

    villager.deliver(event("user_received_message", message={"msg_id": f"ref{claimed.due.id}"}, **sides))
    villager.deliver(event("user_seen_message", message={"msg_ids": [f"ref{claimed.due.id}"]}, **sides))

    with zalo.database.reading() as tx:
        row = tx.execute(select(outbox).where(outbox.c.id == claimed.due.id)).one()
    assert row.delivered_at is not None
    assert row.seen_at is not None


def test_a_goodbye_that_zalo_does_not_take_is_not_waited_for(zalo: Runtime) -> None:
    villager = Villager(zalo)
    villager.write(invite(zalo).code)
    send_due(zalo, "zalo")
    villager.write("xóa dữ liệu")
    send_due(zalo, "zalo")
    villager.write("Có")

    send_due(zalo, "zalo", WindowClosed("Zalo-213"))

    assert (newest(zalo).state, newest(zalo).sealed_body) == (State.DROPPED, b"")
    villager.write(invite(zalo).code)
    assert ["Kính chào" in message.text for _, message in send_due(zalo, "zalo")] == [True]


def test_what_was_on_its_way_to_somebody_who_withdrew_is_not_kept(zalo: Runtime) -> None:
    villager = complain(zalo)
    setup, at = zalo.setup, zalo.clock()
    claims = zalo.database.write(lambda tx: claim_due(tx, setup, find_due(tx, "zalo", at, limit=9), at))
    villager.deliver(event("user_withdraw", oa_id=ACCOUNT.oa_id, user_id=villager.person))

    for claimed in claims:
        zalo.database.write(
            lambda tx, one=claimed: finish(  # type: ignore[misc]
                tx, setup, one, WindowClosed("Zalo-230"), channel="zalo", at=at, jitter=0.0
            )
        )

    with zalo.database.reading() as tx:
        kept = tx.execute(
            select(outbox.c.state).where(outbox.c.channel == "zalo", outbox.c.sealed_body != b"")
        )
        assert (len(claims), list(kept.scalars())) == (1, [])


def test_a_blocked_account_loses_what_waited(zalo: Runtime) -> None:
    complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)

    send_due(zalo, "zalo", Unreachable("Zalo-244"))

    assert State.WAITING not in states(zalo, "reply")


ACCOUNT_ID = "388613280878808645"


def test_who_follows_and_opens_the_chat_at_once_is_greeted_once(zalo: Runtime) -> None:
    villager = Villager(zalo)

    for _ in range(2):
        villager.deliver(event("follow", follower={"id": villager.person}, oa_id=ACCOUNT_ID))
    villager.deliver(event("user_click_chatnow", user_id=villager.person, oa_id=ACCOUNT_ID))

    assert len(messages_to(zalo, villager.person, "zalo")) == 1


def test_where_the_answer_may_come_too_late_she_is_told_of_her_page(zalo: Runtime) -> None:
    villager = complain(zalo)

    told = [
        message.text
        for message in messages_to(zalo, villager.person, "zalo")
        if "PA-2026-0001" in message.text
    ]

    assert any("https://khaosat.example/s/" in text for text in told)


def test_a_reply_that_was_held_follows_her_to_another_chat(zalo: Runtime, clock: Clock) -> None:
    offer = invite(zalo)
    complain(zalo, offer)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=8)
    reply(zalo)
    send_due(zalo, "zalo")

    Talker(zalo, person=4711).open(offer)

    assert any(WORDS in message.text for message in messages_to(zalo, "4711"))
    Villager(zalo).write("alo")
    assert all(WORDS not in message.text for _, message in send_due(zalo, "zalo"))
