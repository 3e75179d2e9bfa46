"""What comes late, twice or out of place: a delivery that was refused, a press that shows nothing, a channel switched off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.channels.zalo_events import parse_event
from bot.runtime import Runtime
from handlers.outbound import Delivered, TryLater, WindowClosed, claim_due, finish
from handlers.privacy import erase_account
from storage import addresses as address_rows
from storage.database import Transaction
from storage.outbox import State, find_due
from storage.tables import addresses, outbox
from survey.conversation import Place
from tests.fakes.zalo import ACCOUNT
from tests.running import Clock, open_runtime
from tests.staffing import messages_to
from tests.talking import find_talk, invite, receive_all, state_of
from tests.test_zalo_windows import complain, reply, states
from tests.zalo_settings import zalo_settings
from tests.zalo_talking import Clerk, Villager, event, send_due


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zalo(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Runtime]:
    with open_runtime(tmp_path, zalo_settings(database_url), clock=clock) as runtime:
        yield runtime


def deliver_late(villager: Villager, text: str, said_at: datetime, key: str = "late-1") -> None:
    payload = event(
        "user_send_text",
        sender={"id": villager.person},
        recipient={"id": ACCOUNT.oa_id},
        message={"text": text, "msg_id": key},
    )
    inbounds = parse_event(payload, oa_id=ACCOUNT.oa_id)
    receive_all(villager.runtime, tuple(replace(one, late_since=said_at) for one in inbounds))


def test_words_said_before_the_question_are_no_answer_to_it(zalo: Runtime, clock: Clock) -> None:
    offer, villager = invite(zalo), Villager(zalo)
    villager.write(offer.code)
    villager.write("Bắt đầu")
    said_at = clock.at + timedelta(seconds=5)  # "5" was refused: the database was down
    clock.at += timedelta(seconds=20)
    villager.write("1")

    deliver_late(villager, "5", said_at)

    state = state_of(zalo, offer)
    assert state.answers == {"3.1": 1}
    assert state.place == "3.2"
    assert messages_to(zalo, villager.person, "zalo")[-1].place == "3.2"  # it is shown again


def test_words_that_come_late_still_answer_what_was_asked_then(zalo: Runtime, clock: Clock) -> None:
    offer, villager = invite(zalo), Villager(zalo)
    villager.write(offer.code)
    villager.write("Bắt đầu")
    said_at = clock.at + timedelta(seconds=5)
    clock.at += timedelta(minutes=5)

    deliver_late(villager, "5", said_at)

    assert state_of(zalo, offer).answers == {"3.1": 5}


def test_a_press_that_changes_nothing_is_answered_in_words(zalo: Runtime, clock: Clock) -> None:
    villager = complain(zalo)
    before = len(messages_to(zalo, villager.person, "zalo"))
    clock.at += timedelta(minutes=5)

    villager.write("#k 1 3.2=5")

    said = messages_to(zalo, villager.person, "zalo")[before:]
    assert len(said) == 1
    assert said[0].text


def test_a_press_that_goes_on_brings_the_question_and_no_other_word(zalo: Runtime, clock: Clock) -> None:
    offer, villager = invite(zalo), Villager(zalo)
    villager.write(offer.code)
    talk = find_talk(zalo, offer).id
    villager.write(f"#k {talk} greeting=begin")
    send_due(zalo, "zalo")
    clock.at += timedelta(seconds=9)

    villager.write(f"#k {talk} 3.1=2")

    assert [message.place for _, message in send_due(zalo, "zalo")] == ["3.2"]


def test_who_writes_while_the_platform_refuses_gets_the_reply_at_once(zalo: Runtime, clock: Clock) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=6, hours=23, minutes=59)
    reply(zalo)
    clock.at += timedelta(seconds=1)
    villager.write("alo")
    send_due(zalo, "zalo", WindowClosed("Zalo-230"))
    assert State.HELD not in states(zalo, "reply")
    clock.at += timedelta(seconds=5)

    send_due(zalo, "zalo")

    assert states(zalo, "reply") == [State.SENT]


def test_staff_hear_once_that_a_reply_waits(zalo: Runtime, clock: Clock) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    clock.at += timedelta(days=8)
    reply(zalo)
    send_due(zalo, "zalo")
    for _ in range(3):
        villager.write("alo")
        clock.at += timedelta(minutes=2)
        send_due(zalo, "zalo", WindowClosed("Zalo-213"))

    told = [
        m.text for m in messages_to(zalo, "g246845883529190001", "zalo_group") if "chưa gửi được" in m.text
    ]
    assert len(told) == 1


def test_who_comes_back_before_her_goodbye_is_out_keeps_her_new_survey(zalo: Runtime) -> None:
    villager = Villager(zalo)
    first, second = invite(zalo), invite(zalo)
    villager.write(first.code)
    villager.write("Bắt đầu")
    villager.write("/delete")
    villager.write("có")
    villager.write(second.code)

    send_due(zalo, "zalo")
    villager.write("Bắt đầu")

    assert state_of(zalo, second).place != Place.GREETING
    with zalo.database.reading() as tx:
        found = address_rows.find_address(tx, zalo.setup.vault, channel="zalo", name=villager.person)
    assert found is not None


def test_words_on_their_way_are_not_sent_again_once_they_are_erased(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)
    setup, at = zalo.setup, zalo.clock()
    claims = zalo.database.write(lambda tx: claim_due(tx, setup, find_due(tx, "zalo", at, limit=9), at))
    villager.deliver(event("user_withdraw", user_id=villager.person, oa_id=ACCOUNT.oa_id))

    def fail(tx: Transaction) -> None:
        for claimed in claims:
            lost = TryLater("TimedOut", after=0.0)
            finish(tx, setup, claimed, lost, channel="zalo", at=at, jitter=0.0)

    zalo.database.write(fail)
    zalo.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]  # the tests' own clock

    assert send_due(zalo, "zalo") == []
    with zalo.database.reading() as tx:
        mine = outbox.c.complaint_id.is_not(None) & (outbox.c.channel == "zalo")
        assert all(not row.sealed_body for row in tx.execute(select(outbox).where(mine)))


def test_what_arrives_after_an_erasure_is_kept_without_its_words(zalo: Runtime) -> None:
    villager = complain(zalo)
    send_due(zalo, "zalo")
    reply(zalo)
    setup, at = zalo.setup, zalo.clock()
    claims = zalo.database.write(lambda tx: claim_due(tx, setup, find_due(tx, "zalo", at, limit=9), at))
    villager.deliver(event("user_withdraw", user_id=villager.person, oa_id=ACCOUNT.oa_id))

    def arrive(tx: Transaction) -> None:
        for claimed in claims:
            finish(tx, setup, claimed, Delivered("x1"), channel="zalo", at=at, jitter=0.0)

    zalo.database.write(arrive)

    with zalo.database.reading() as tx:
        sent = tx.execute(select(outbox.c.sealed_body).where(outbox.c.id.in_([c.due.id for c in claims])))
        assert all(not body for body in sent.scalars())


def test_a_channel_that_was_switched_off_stops_nothing(database_url: str, tmp_path: Path) -> None:
    with open_runtime(tmp_path, zalo_settings(database_url)) as runtime:
        complain(runtime)
        send_due(runtime, "zalo_group")
        Clerk(runtime).write("nhận PA-2026-0001")
    without = zalo_settings(database_url, zalo={"enabled": False}, zalo_bot={"enabled": False})
    without["units"] = [unit | {"staff_chats": ["web:phong"]} for unit in without["units"]]
    without["office"] = without["office"] | {"chats": ["web:van-phong"]}
    with open_runtime(tmp_path, without) as runtime:
        villager = Villager(runtime)
        erased = runtime.database.write(
            lambda tx: erase_account(
                tx, runtime.setup, channel="zalo", name=villager.person, at=runtime.clock(), actor="cli"
            )
        )

    assert erased is not None
    assert erased.dossiers == 1


def test_the_address_row_survives_a_change_of_mind(zalo: Runtime) -> None:
    """Break the guard and this fails: the address of somebody who holds an invitation must not be wiped."""
    villager = Villager(zalo)
    villager.write(invite(zalo).code)

    def wipe(tx: Transaction) -> None:
        tx.execute(update(outbox).values(erases_address=True))

    zalo.database.write(wipe)
    send_due(zalo, "zalo")

    with zalo.database.reading() as tx:
        assert all(row.sealed for row in tx.execute(select(addresses).where(addresses.c.is_citizen)))
