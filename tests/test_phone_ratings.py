"""Marks that answer an invitation by phone number: the first stands, none is a form, grave words are shown to staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import zalo_commands
from handlers.chats import get_chat
from handlers.happenings import Inbound, Rated
from handlers.setup import Chat
from storage import phones
from storage.outbox import load_body
from storage.tables import outbox, responses
from storage.zalo_tables import phone_invitations
from tests.building import AT
from tests.commanding import Listener
from tests.figuring import a_response, keep_responses
from tests.phoning import erase, invitation_of, open_office, report, tracking_ids
from tests.talking import receive_all
from tests.zalo_settings import GROUP

BRIBE = "Cán bộ đòi bồi dưỡng 500 nghìn mới trả kết quả"
LATE = "Trả kết quả trễ hẹn hai tuần, không ai xin lỗi"
SPAN = (AT - timedelta(days=1), AT + timedelta(days=1))


@pytest.fixture
def office(database_url, tmp_path):
    """The program with a template, and one message to a phone number."""
    with open_office(tmp_path, database_url) as runtime:
        yield runtime


def rate(runtime, tracking_id, mark, note=""):
    happening = Rated(tracking_id, mark, note)
    receive_all(runtime, (Inbound(channel="zalo", keys=(), name="", happening=happening),))


def counted(runtime):
    with runtime.database.reading() as tx:
        return phones.count_ratings(tx, *SPAN)


def quotations(runtime):
    """The chats that were told, and what was quoted to them."""
    vault = runtime.setup.vault
    chats = {
        "staff": Chat(channel="zalo_group", name=GROUP),
        "integrity": Chat(channel="web", name="liem-chinh"),
    }
    known = runtime.database.write(
        lambda tx: {get_chat(tx, runtime.setup, chat, AT).id: name for name, chat in chats.items()}
    )
    with runtime.database.reading() as tx:
        found = tx.execute(select(outbox).where(outbox.c.place != "").order_by(outbox.c.id)).all()
    full = [row for row in found if row.sealed_body]
    return [(known[row.address_id], load_body(vault, row.sealed_body).quote) for row in full]


def test_a_mark_is_counted_once_and_the_first_stands(office):
    report(office)
    [tracking_id] = tracking_ids(office)

    for mark in (4, 1, 4):
        rate(office, tracking_id, mark)

    assert counted(office) == (0, 0, 0, 1, 0)
    with office.database.reading() as tx:
        assert tx.execute(select(responses.c.id)).all() == []


@pytest.mark.parametrize("mark", [0, 6, -1, 99_999])
def test_a_mark_that_is_none_is_not_kept_and_does_not_take_the_place_of_one(office, mark):
    report(office)
    [tracking_id] = tracking_ids(office)

    rate(office, tracking_id, mark)
    rate(office, tracking_id, 5)

    assert counted(office) == (0, 0, 0, 0, 1)


def test_a_mark_of_nobody_changes_nothing(office):
    report(office)

    rate(office, "unknown", 5, BRIBE)

    assert (counted(office), quotations(office)) == ((0,) * 5, [])


def test_whoever_handed_in_a_form_too_is_not_counted_twice(office):
    offer = report(office)
    rate(office, tracking_ids(office)[0], 5)
    keep_responses(office.database, [a_response(at=AT, invitation_id=invitation_of(office, offer).id)])

    assert counted(office) == (0,) * 5


@pytest.mark.parametrize("has_form", [True, False])
def test_erasing_leaves_the_mark_only_where_there_is_no_form(office, has_form):
    offer = report(office)
    rate(office, tracking_ids(office)[0], 5, "Cảm ơn")
    if has_form:
        keep_responses(office.database, [a_response(at=AT, invitation_id=invitation_of(office, offer).id)])

    erase(office, offer)

    assert counted(office) == (0, 0, 0, 0, 0 if has_form else 1)
    with office.database.reading() as tx:
        assert tx.execute(select(phone_invitations.c.sealed_note)).scalar_one() is None


@pytest.mark.parametrize(
    ("words", "told"), [(BRIBE, "integrity"), (LATE, "staff"), ("Cảm ơn anh chị", None), ("", None)]
)
def test_grave_words_are_quoted_to_those_who_would_see_a_complaint(office, words, told):
    report(office)
    [tracking_id] = tracking_ids(office)

    rate(office, tracking_id, 1, words)
    rate(office, tracking_id, 1, words)

    assert quotations(office) == ([(told, words)] if told else [])


def test_words_are_sealed_and_their_quotation_goes_when_the_citizen_is_erased(office):
    offer = report(office)
    rate(office, tracking_ids(office)[0], 1, LATE)
    with office.database.reading() as tx:
        kept = tx.execute(select(phone_invitations.c.sealed_note)).scalar_one()
        assert phones.load_note(tx, office.setup.vault, invitation_of(office, offer).id) == LATE
    assert LATE.encode() not in kept

    erase(office, offer)

    assert quotations(office) == []


def test_a_mark_of_somebody_erased_is_not_kept(office):
    offer = report(office)
    [tracking_id] = tracking_ids(office)
    erase(office, offer)

    rate(office, tracking_id, 5, LATE)

    assert (counted(office), quotations(office)) == ((0,) * 5, [])


def test_the_status_says_what_the_month_has_cost_and_what_came_back(office):
    report(office)
    [tracking_id] = tracking_ids(office)
    rate(office, tracking_id, 4)
    listener = Listener()

    zalo_commands.status(office, listener.console, is_json=True)

    [record] = listener.records
    assert (record["phone_spent_vnd"], record["phone_budget_vnd"]) == (200, 1000)
    assert [record[f"phone_marks_{mark}"] for mark in range(1, 6)] == [0, 0, 0, 1, 0]
