"""What the office reports twice, later, or of somebody who was erased."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from handlers import privacy
from handlers.intake import take_entries, take_entry
from handlers.intake_fields import read_entry
from storage import conversations, invitations
from storage.tables import contacts, holders, outbox
from storage.tables import invitations as table
from tests.building import AT
from tests.talking import Talker, said

CODE = "H32.99-261120-0007"
RESULT = {"dossier_code": CODE, "procedure_code": "2.000633", "returned_at": "2026-11-20T08:00:00+07:00"}


def report(runtime, **values):
    """Report a result as the interface does; fields of None are left out."""
    given = {name: value for name, value in {**RESULT, **values}.items() if value is not None}
    entry, problems = read_entry(given, runtime.setup, needs_result=True, at=AT)
    assert problems == ()
    return runtime.database.write(lambda tx: take_entry(tx, runtime.setup, entry, AT))


def erase(runtime):
    def work(tx):
        vault = runtime.setup.vault
        found = invitations.find_by_dossier(tx, CODE)
        talk = conversations.find_talk(tx, vault, invitation_id=found.id, lock=True)
        privacy.erase_invitation(
            tx, runtime.setup, found.id, talk, keep_address=None, at=AT, actor="operator"
        )

    runtime.database.write(work)


def count(runtime, counted):
    with runtime.database.reading() as tx:
        return tx.execute(select(func.count()).select_from(counted)).scalar_one()


def test_an_erased_dossier_reported_again_stays_erased_and_nobody_is_asked(runtime):
    recipient = {"telegram_chat_id": 1001, "phone": "0912 345 678"}
    first = report(runtime, recipient=recipient)
    erase(runtime)
    before = len(said(runtime))

    again = report(runtime, recipient=recipient)

    assert (first.status, again.status, again.offer.state) == (201, 200, "erased")
    assert (again.offer.dossier_code, again.offer.token) == (CODE, first.offer.token)
    assert count(runtime, table) == 1
    assert count(runtime, holders) == count(runtime, contacts) == 0
    assert len(said(runtime)) == before


def test_an_erased_invitation_cannot_be_opened_again(runtime):
    offer = report(runtime).offer
    erase(runtime)

    Talker(runtime).type(f"/start {offer.token}")

    assert count(runtime, holders) == 0
    assert said(runtime)[-1].text == runtime.setup.wording.say("vi", "toast_closed")


def test_an_invitation_of_an_earlier_version_is_found_once_it_is_erased(runtime):
    report(runtime)
    runtime.database.write(lambda tx: tx.execute(table.update().values(dossier_digest=None)))
    erase(runtime)

    assert (report(runtime).status, report(runtime).offer.state) == (200, "erased")


def test_an_invitation_of_an_earlier_version_gets_its_digest_when_it_is_reported_again(runtime):
    report(runtime)
    runtime.database.write(lambda tx: tx.execute(table.update().values(dossier_digest=None)))

    report(runtime)

    with runtime.database.reading() as tx:
        assert tx.execute(select(table.c.dossier_digest)).scalar_one() is not None


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ({"outcome": "refused"}, {}, 200),
        ({}, {"outcome": "refused"}, 200),
        ({"outcome": "refused"}, {"outcome": "granted"}, 409),
        ({"unit_code": "QLNL"}, {}, 200),
        ({"unit_code": "QLNL"}, {"unit_code": "QLTM"}, 409),
        ({"due_at": "2026-11-21T08:00:00+07:00"}, {}, 200),
        ({}, {"due_at": "2026-11-21T08:00:00+07:00"}, 200),
    ],
)
def test_a_field_left_out_is_no_contradiction(runtime, first, second, status):
    report(runtime, **first)

    assert report(runtime, **second).status == status


def test_what_was_left_out_first_is_filled_in_later_and_then_stands(runtime):
    report(runtime)
    report(runtime, outcome="refused")

    statuses = [report(runtime, outcome="granted").status, report(runtime).status]

    with runtime.database.reading() as tx:
        assert invitations.find_by_dossier(tx, CODE).outcome == "refused"
    assert statuses == [409, 200]


def test_entries_of_one_batch_are_taken_in_order(runtime):
    def entry(**values):
        return read_entry({**RESULT, **values}, runtime.setup, needs_result=True, at=AT)[0]

    batch = [entry(), entry(), entry(procedure_code="2.001561"), entry(outcome="refused"), entry()]

    taken = runtime.database.write(lambda tx: take_entries(tx, runtime.setup, batch, AT))

    assert [one.status for one in taken] == [201, 200, 409, 200, 200]
    assert len({one.offer.token for one in taken if one.offer}) == 1
    assert count(runtime, table) == 1


def test_who_is_linked_is_invited_once_and_only_when_the_result_is_there(runtime):
    recipient = {"telegram_chat_id": 1001}
    early = replace_result(runtime, recipient)

    runtime.database.write(lambda tx: take_entry(tx, runtime.setup, early, AT))
    before = count(runtime, outbox)
    report(runtime)
    report(runtime, recipient=recipient)

    assert (before, count(runtime, outbox)) == (0, 1)


def replace_result(runtime, recipient):
    entry = read_entry({**RESULT, "recipient": recipient}, runtime.setup, needs_result=True, at=AT)[0]
    return replace(entry, dossier=replace(entry.dossier, returned_at=None))
