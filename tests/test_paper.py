"""Who answered on paper is not asked by chat, whichever came first; one response for a dossier."""

from datetime import timedelta

from sqlalchemy import select

from handlers import privacy
from handlers.imports import import_responses, name_form, read_response_row
from handlers.intake import take_entry
from handlers.intake_fields import Entry
from handlers.reminders import send_reminders
from storage import conversations, invitations, responses
from storage.invitations import Dossier
from storage.outbox import State
from storage.tables import ANSWERS, outbox
from storage.tables import conversations as talks
from tests.building import AT
from tests.talking import Talker, find_talk, invite, said, send_all

CODE = "H32.99-261119-0009"


def answer_on_paper(runtime, code, **values):
    row = {
        "submitted_at": "19/11/2026",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "dossier_code": code,
        **dict.fromkeys(ANSWERS, "1"),
        **values,
    }
    form, problems = read_response_row(row, runtime.setup, AT)
    assert problems == ()
    named = name_form(runtime.setup, form, {})
    [taken] = runtime.database.write(lambda tx: import_responses(tx, runtime.setup, [named], AT))
    return taken


def report(runtime, code=CODE, chat_id="1001"):
    dossier = Dossier(code=code, code_given=code, procedure_code="2.000633", unit_code="QLTM", returned_at=AT)
    entry = Entry(dossier=dossier, telegram_chat_id=chat_id)
    return runtime.database.write(lambda tx: take_entry(tx, runtime.setup, entry, AT))


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def test_a_paper_answer_stops_the_invitation_that_waits_and_all_reminders(runtime):
    offer = invite(runtime, chat_id=1001)

    answer_on_paper(runtime, offer.dossier_code)
    later = AT + timedelta(days=10)
    reminded = runtime.database.write(lambda tx: send_reminders(tx, runtime.setup, later))

    assert column(runtime, outbox.c.state) == [State.DROPPED]
    assert find_talk(runtime, offer).remind_at is None
    assert reminded == 0


def test_a_reminder_that_is_due_all_the_same_is_not_sent(runtime):
    offer = invite(runtime, chat_id=1001)
    send_all(runtime)
    answer_on_paper(runtime, offer.dossier_code)
    runtime.database.write(lambda tx: tx.execute(talks.update().values(remind_at=AT)))

    assert runtime.database.write(lambda tx: send_reminders(tx, runtime.setup, AT)) == 0


def test_a_result_that_comes_after_the_paper_answer_invites_nobody(runtime):
    answer_on_paper(runtime, CODE)

    taken = report(runtime)

    assert (taken.status, taken.offer.state) == (201, "submitted")
    assert column(runtime, outbox.c.id) == []
    with runtime.database.reading() as tx:
        found = invitations.find_by_dossier(tx, CODE)
        assert responses.find_response(tx, invitation_id=found.id) is not None


def test_an_answered_dossier_is_not_offered_after_another_one(runtime):
    first, second = invite(runtime, chat_id=1001), invite(runtime, chat_id=1001)
    send_all(runtime)
    answer_on_paper(runtime, second.dossier_code)
    citizen = Talker(runtime).open(first).go_to("summary")

    citizen.press("summary=submit")

    assert "giấy" not in said(runtime)[-1].text
    assert find_talk(runtime, second).status == "new"


def test_the_form_of_an_erased_dossier_is_refused_unless_it_was_taken_before(runtime):
    kept, refused = invite(runtime), invite(runtime)
    answer_on_paper(runtime, kept.dossier_code, comment="Chậm quá")
    for offer in (kept, refused):
        runtime.database.write(lambda tx, offer=offer: erase(tx, runtime, offer.dossier_code))

    again = answer_on_paper(runtime, kept.dossier_code, comment="Chậm quá")
    new = answer_on_paper(runtime, refused.dossier_code)

    assert (again.status, new.status) == (200, 409)
    assert [problem.field for problem in new.problems] == ["dossier_code"]
    with runtime.database.reading() as tx:
        [response] = responses.stream_responses(tx, runtime.setup.vault)
    assert (response.comment, response.dossier_code) == (None, None)


def erase(tx, runtime, code):
    vault = runtime.setup.vault
    found = invitations.find_by_dossier(tx, code)
    talk = conversations.find_talk(tx, vault, invitation_id=found.id)
    privacy.erase_invitation(tx, runtime.setup, found.id, talk, keep_address=None, at=AT)
