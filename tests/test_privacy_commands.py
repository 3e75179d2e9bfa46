"""Erasing on request: the words leave the cards of staff too, the marks stay, and the code is written down nowhere."""

import pytest
from sqlalchemy import select

from bot import privacy_commands
from storage import addresses, responses
from storage.tables import addresses as addresses_table
from storage.tables import audit, comments, invitations, outbox
from storage.tables import responses as responses_table
from tests.building import AT
from tests.commanding import Listener
from tests.export_samples import a_response
from tests.staffing import UNIT, cards_in, complain, find_case, messages_to
from tests.talking import invite, send_all

WORDS = "phải chờ rất lâu mà không ai giải thích"
PERSON = 4711


def erase(runtime, *, dossier=None, person=None):
    listener = Listener()
    if dossier is not None:
        return privacy_commands.erase_dossier(runtime, listener.console, dossier), listener
    return privacy_commands.erase_person(runtime, listener.console, person), listener


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def codes(runtime):
    return [code for code in column(runtime, invitations.c.dossier_code) if code]


@pytest.fixture
def complained(runtime):
    """A citizen whose words stand on a card of the unit."""
    citizen, _ = complain(runtime, person=PERSON, q3_3=5, comment=WORDS, reply="with_code")
    return citizen


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("by", ["dossier", "person"])
def test_the_card_of_staff_loses_the_words_and_the_dossier(runtime, complained, by, is_sent):
    if is_sent:
        send_all(runtime)
    [card] = cards_in(runtime, UNIT)
    [code] = codes(runtime)
    assert card.quote == WORDS
    assert code in card.text

    status, _ = erase(runtime, **({"dossier": code} if by == "dossier" else {"person": f"telegram:{PERSON}"}))

    assert status == 0
    [card] = cards_in(runtime, UNIT)
    assert card.quote == ""
    assert code not in card.text
    assert "PA-2026-0001" in card.title
    shown = [message.plain() for message in messages_to(runtime, UNIT)]
    assert not [text for text in shown if WORDS in text or code in text]


def test_marks_stay_and_everything_personal_is_gone(runtime, complained):
    send_all(runtime)
    [code] = codes(runtime)

    _, listener = erase(runtime, dossier=code.lower())

    assert "dossiers: 1, paper forms: 0, accounts: 1" in listener.lines[0]
    assert codes(runtime) == []
    assert column(runtime, comments.c.response_id) == []
    assert column(runtime, responses_table.c.q3_3) == [5]
    assert column(runtime, responses_table.c.invitation_id) == [None]
    with runtime.database.reading() as tx:
        assert addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=str(PERSON)) is None
        citizens = select(addresses_table.c.id).where(addresses_table.c.is_citizen)
        bodies = tx.execute(select(outbox.c.sealed_body).where(outbox.c.address_id.in_(citizens))).scalars()
        assert set(bodies) == {b""}
    assert find_case(runtime, complained) is None


def test_the_audit_log_says_that_and_who_and_not_which_code(runtime, complained):
    [code] = codes(runtime)

    erase(runtime, dossier=code)

    with runtime.database.reading() as tx:
        rows = tx.execute(select(audit).where(audit.c.action == "privacy.erase")).all()
    assert [row.actor for row in rows] == ["command line"]
    assert code not in str(rows)


def test_a_person_loses_every_dossier_held(runtime):
    for _ in range(2):
        complain(runtime, person=PERSON, q3_3=5)
    complain(runtime, person=PERSON + 1, q3_3=5)

    _, listener = erase(runtime, person=f"telegram:{PERSON}")

    assert "dossiers: 2, paper forms: 0, accounts: 1" in listener.lines[0]
    assert len(codes(runtime)) == 1
    [audited] = {row for row in column(runtime, audit.c.subject) if row and row.startswith("address:")}
    assert str(PERSON) not in audited


def test_an_account_that_holds_nothing_is_erased_too(runtime):
    vault = runtime.setup.vault
    runtime.database.write(
        lambda tx: addresses.get_address(tx, vault, channel="telegram", name="99", is_citizen=True, at=AT)
    )

    status, listener = erase(runtime, person="telegram:99")

    assert (status, "accounts: 1" in listener.lines[0]) == (0, True)


def test_a_paper_form_without_an_invitation_loses_its_dossier_and_comment(runtime):
    form = a_response(channel="paper", form_id="f1", dossier_code="H32.99-261120-0077", comment=WORDS)
    runtime.database.write(lambda tx: responses.put_response(tx, runtime.setup.vault, form))

    status, _ = erase(runtime, dossier="h32.99-261120-0077")

    assert status == 0
    assert column(runtime, responses_table.c.dossier_code) == [None]
    assert column(runtime, comments.c.response_id) == []
    assert column(runtime, responses_table.c.q3_2) == [1]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"dossier": "H32.99-261120-9999"}, 1),
        ({"person": "telegram:1"}, 1),
        ({"person": f"telegram:{UNIT}"}, 1),  # a chat of the office
        ({"person": "telegram:"}, 2),
        ({"person": "fax:1"}, 2),
    ],
)
def test_who_is_not_known_is_an_error_and_what_is_no_account_wrong_use(runtime, complained, wanted, status):
    found, listener = erase(runtime, **wanted)

    assert (found, len(listener.complaints), listener.lines) == (status, 1, [])
    assert len(codes(runtime)) == 1


def test_what_was_erased_is_not_known_any_more(runtime):
    invite(runtime)
    [code] = codes(runtime)
    erase(runtime, dossier=code)

    assert erase(runtime, dossier=code)[0] == 1
