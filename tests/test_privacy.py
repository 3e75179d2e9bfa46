"""Erasing a person, on SQLite and PostgreSQL: what the citizen is promised is gone, in every dossier she holds."""

import pytest
from sqlalchemy import select

from storage import addresses
from storage.tables import addresses as addresses_table
from storage.tables import answers, conversations, holders, invitations
from tests.talking import Talker, invite

PERSON = 4711


@pytest.fixture
def citizen(runtime):
    """Somebody with two dossiers, in the middle of the second."""
    talker = Talker(runtime, person=PERSON)
    for offer in (invite(runtime), invite(runtime)):
        talker.type(f"/start {offer.token}")
        talker.type("Bắt đầu")
        talker.type("2")
    return talker


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def test_erasing_takes_every_dossier_the_person_holds(runtime, citizen):
    citizen.type("xóa dữ liệu")
    citizen.type("Có, xóa dữ liệu")

    assert column(runtime, invitations.c.dossier_code) == [None, None]
    assert column(runtime, conversations.c.status) == ["erased", "erased"]
    assert column(runtime, holders.c.address_id) == []
    assert column(runtime, answers.c.question) == []


def test_who_blocks_the_bot_right_after_erasing_is_forgotten_all_the_same(runtime, citizen):
    citizen.type("xóa dữ liệu")
    citizen.type("Có, xóa dữ liệu")
    [address] = column(runtime, addresses_table.c.id)

    runtime.database.write(lambda tx: addresses.mark_reachable(tx, address, unreachable_at=runtime.clock()))

    assert column(runtime, addresses_table.c.sealed) == [None]


@pytest.mark.parametrize("words", ["có ạ", "dạ có", "Có.", "yes"])
def test_a_polite_yes_answers_what_was_asked_last(runtime, citizen, words):
    citizen.type("xóa dữ liệu")

    citizen.type(words)

    assert column(runtime, conversations.c.status) == ["erased", "erased"]


@pytest.mark.parametrize("words", ["vâng ạ", "ok"])
def test_a_mere_politeness_erases_nothing_and_answers_nothing(runtime, citizen, words):
    citizen.type("xóa dữ liệu")

    citizen.type(words)

    assert column(runtime, conversations.c.status) == ["open", "open"]
    assert sorted(column(runtime, answers.c.question)) == ["3.1", "3.1"]
