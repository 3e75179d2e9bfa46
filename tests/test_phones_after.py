"""What comes after an invitation by phone number: refusals, erasing, the closed window, that it arrived."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from handlers import privacy
from handlers.happenings import Inbound, PhoneArrived
from handlers.outbound import Delivered, TryLater, Unreachable, WindowClosed
from handlers.phones import CHANNEL
from storage import addresses as address_store
from storage.figures import Span, count_returns
from storage.outbox import State
from storage.tables import addresses, holders, outbox
from tests.building import AT, TIMEZONE
from tests.phoning import (
    NUMBER,
    OTHER_NUMBER,
    OTHER_PHONE,
    PHONE,
    an_entry,
    answer,
    audited,
    claim,
    erase,
    invitation_of,
    move,
    numbers,
    open_office,
    report,
    rows,
    tracking_ids,
)
from tests.talking import Talker, receive_all

USER = "2468458835291970007"


@pytest.fixture
def office(database_url, tmp_path):
    """The program with a template, at half past nine in the morning."""
    with open_office(tmp_path, database_url) as runtime:
        yield runtime


def arrived(runtime, tracking_id):
    inbound = Inbound(channel="zalo", keys=(), name=NUMBER, happening=PhoneArrived(tracking_id))
    receive_all(runtime, (inbound,))


def test_a_number_that_refused_is_never_written_to_again(office):
    report(office)
    [claimed] = claim(office)
    answer(office, claimed, Unreachable("Zalo-139"))

    report(office)
    report(office, an_entry(office, phone=OTHER_PHONE))

    assert numbers(office) == [NUMBER, OTHER_NUMBER]
    assert audited(office) == ["refused"]


def test_a_refusal_drops_what_waits_for_the_same_number(office):
    report(office)
    report(office)
    claimed, *_ = claim(office)

    answer(office, claimed, Unreachable("Zalo-114"))

    assert rows(office, outbox.c.state) == [(State.FAILED,), (State.DROPPED,)]


def test_whoever_declined_is_not_written_to_about_a_later_dossier(office):
    offer = report(office)
    Talker(office).open(offer).press("greeting=decline")

    report(office)

    assert numbers(office) == [NUMBER]
    assert audited(office) == ["refused"]


@pytest.mark.parametrize(("actor", "expected"), [("operator", 1), ("retention", 2)])
def test_whoever_had_her_data_erased_is_left_alone_but_time_erases_for_good(office, actor, expected):
    erase(office, report(office), actor=actor)

    report(office)

    assert len(rows(office, outbox.c.id)) == expected


def test_a_number_that_refused_stays_refused_when_its_time_is_over(office):
    offer = report(office)
    [claimed] = claim(office)
    answer(office, claimed, Unreachable("Zalo-139"))
    erase(office, offer, actor="retention")

    report(office)

    assert len(rows(office, outbox.c.id)) == 1


def test_erasing_takes_number_message_and_what_waits(office):
    offer = report(office)

    erase(office, offer)

    with office.database.reading() as tx:
        assert list(tx.execute(select(addresses.c.sealed)).scalars()) == [None]
        assert tx.execute(select(func.count()).select_from(holders)).scalar_one() == 0
    assert rows(office, outbox.c.state, outbox.c.sealed_body) == [(State.DROPPED, b"")]
    assert claim(office) == []


def test_a_number_is_erased_with_its_dossier_when_it_is_named(office):
    offer = report(office)
    setup = office.setup

    erased = office.database.write(
        lambda tx: privacy.erase_account(tx, setup, channel=CHANNEL, name=NUMBER, at=AT, actor="command line")
    )

    assert (erased.dossiers, erased.accounts) == (1, 1)
    assert invitation_of(office, offer).is_erased


def test_whoever_declined_is_left_alone_when_her_time_is_over(office):
    offer = report(office)
    Talker(office).open(offer).press("greeting=decline")
    erase(office, offer, actor="retention")

    report(office)

    assert len(rows(office, outbox.c.id)) == 1
    assert audited(office) == ["refused"]


def test_the_money_of_an_erased_dossier_stays_spent(office):
    for _ in range(5):
        erase(office, report(office), actor="retention")

    report(office)

    assert len(rows(office, outbox.c.id)) == 5


def test_a_number_with_another_dossier_is_kept_for_that_when_time_erases_the_first(office):
    erase(office, report(office), actor="retention")
    first, second = report(office), report(office)

    erase(office, first, actor="retention")

    assert [one.name for one in claim(office)] == [NUMBER]
    assert invitation_of(office, second).dossier_code is not None


# -- the closed window


@pytest.mark.parametrize("phone", [PHONE, None])
def test_an_invitation_that_zalo_holds_back_goes_by_phone_where_one_is_known(office, phone):
    report(office, an_entry(office, phone=phone, zalo_user_id=USER))
    [claimed] = claim(office, channel="zalo")

    answer(office, claimed, WindowClosed("Zalo-230"), channel="zalo")

    assert numbers(office) == ([NUMBER] if phone else [])


def test_an_invitation_to_somebody_who_wrote_too_long_ago_goes_by_phone(office):
    def hear(tx):
        known = address_store.get_address(
            tx, office.setup.vault, channel="zalo", name=USER, is_citizen=True, at=AT
        )
        address_store.mark_heard(tx, known.id, AT - timedelta(days=8))

    office.database.write(hear)
    report(office, an_entry(office, phone=PHONE, zalo_user_id=USER))

    assert claim(office, channel="zalo") == []
    assert numbers(office) == [NUMBER]


# -- what comes back


def test_what_arrived_is_reached_and_what_was_put_is_invited(office):
    report(office)
    report(office, an_entry(office, phone=OTHER_PHONE))
    for claimed in claim(office):
        answer(office, claimed, Delivered("m1"))

    arrived(office, tracking_ids(office)[0])
    arrived(office, "unknown")

    day = AT.date()
    with office.database.reading() as tx:
        [found] = count_returns(tx, Span(first=day, last=day, zone=TIMEZONE))
    assert (found.returned, found.invited, found.reached, found.started) == (2, 2, 1, 0)


def test_a_message_whose_fate_was_unknown_is_sent_once_zalo_says_that_it_arrived(office):
    report(office)
    [tracking_id] = tracking_ids(office)
    for _ in range(2):
        [claimed] = claim(office)
        answer(office, claimed, TryLater("Timeout", is_doubtful=True))
        move(office, office.clock() + timedelta(minutes=1))
    assert rows(office, outbox.c.state) == [(State.UNKNOWN,)]

    arrived(office, tracking_id)

    assert rows(office, outbox.c.state) == [(State.SENT,)]


def test_a_doubtful_message_that_arrived_is_not_sent_again(office):
    report(office)
    [claimed] = claim(office)
    arrived(office, tracking_ids(office)[0])
    answer(office, claimed, TryLater("Timeout", is_doubtful=True))
    move(office, office.clock() + timedelta(minutes=1))

    assert claim(office) == []
    assert rows(office, outbox.c.state) == [(State.SENT,)]
