"""What is personal goes when its time is over, all of it; marks, units, procedures and dates stay."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.job_runs import run_job
from handlers import privacy, retention
from handlers.intake import take_entries, take_entry
from handlers.intake_fields import Entry
from handlers.saying import say_notice
from scheduler.jobs import JOBS
from storage import addresses, conversations, inbox, outbox, responses
from storage.invitations import Dossier
from storage.outbox import Lane, State
from storage.responses import Response
from storage.tables import answers, comments, invitations, parked
from storage.tables import outbox as outbox_table
from storage.tables import responses as responses_table
from tests.building import AT
from tests.talking import Talker, invite

YEAR = timedelta(days=365)
[JOB] = [job for job in JOBS if job.name == "retention"]


def column(runtime, wanted):
    with runtime.database.reading() as tx:
        return list(tx.execute(select(wanted)).scalars())


def delete(runtime, at):
    return runtime.database.write(lambda tx: retention.delete_overdue(tx, runtime.setup, at))


def a_form(number, *, submitted_at=AT, **values):
    return Response(
        id=f"form{number}",
        form_id=f"form{number}",
        channel="paper",
        unit_code="QLTM",
        procedure_code="2.000633",
        questionnaire_version="2026-1",
        submitted_at=submitted_at,
        submitted_on=submitted_at.date(),
        answers=(1,) * 10,
        **values,
    )


def report(runtime, *, returned_at, at):
    code = "H32.99-261120-0001"
    dossier = Dossier(
        code=code, code_given=code, procedure_code="2.000633", unit_code="QLTM", returned_at=returned_at
    )
    runtime.database.write(lambda tx: take_entry(tx, runtime.setup, Entry(dossier=dossier), at))


def test_the_time_counts_from_when_the_result_became_known(runtime):
    late = AT + timedelta(days=300)
    report(runtime, returned_at=None, at=AT)
    report(runtime, returned_at=late, at=late)

    early = delete(runtime, AT + YEAR + timedelta(days=1))
    kept = column(runtime, invitations.c.dossier_code)
    delete(runtime, late + YEAR + timedelta(days=1))

    assert (early, kept) == (0, ["H32.99-261120-0001"])
    assert column(runtime, invitations.c.dossier_code) == [None]
    assert column(runtime, invitations.c.procedure_code) == ["2.000633"]


def test_a_dossier_without_a_result_counts_from_when_it_came(runtime):
    report(runtime, returned_at=None, at=AT)

    delete(runtime, AT + YEAR + timedelta(days=1))

    assert column(runtime, invitations.c.dossier_code) == [None]


async def test_one_run_does_everything_that_is_due(runtime):
    codes = [f"H32.99-261120-{number:05}" for number in range(2 * retention.BATCH + 50)]
    entries = [
        Entry(
            dossier=Dossier(
                code=code, code_given=code, procedure_code="2.000633", unit_code="QLTM", returned_at=AT
            )
        )
        for code in codes
    ]
    runtime.database.write(lambda tx: take_entries(tx, runtime.setup, entries, AT))

    done = await run_job(runtime, JOB, AT + YEAR + timedelta(days=1))
    again = await run_job(runtime, JOB, AT + YEAR + timedelta(days=1))

    assert (done, again) == (len(codes), 0)
    assert set(column(runtime, invitations.c.dossier_code)) == {None}


def test_comments_and_dossiers_of_paper_forms_go_and_their_marks_stay(runtime):
    old, new = AT, AT + timedelta(days=200)
    forms = [
        a_form(1, submitted_at=old, comment="cũ", dossier_code="H32.99-261120-0001"),
        a_form(2, submitted_at=new, comment="mới", dossier_code="H32.99-261120-0002"),
    ]
    runtime.database.write(lambda tx: responses.put_responses(tx, runtime.setup.vault, forms))

    delete(runtime, AT + YEAR + timedelta(days=1))

    assert column(runtime, comments.c.response_id) == ["form2"]
    assert set(column(runtime, responses_table.c.dossier_code)) == {None, "H32.99-261120-0002"}
    assert column(runtime, responses_table.c.q3_2) == [1, 1]


def test_what_was_set_aside_goes_after_a_month(runtime):
    vault = runtime.setup.vault

    def keep(tx):
        inbox.keep_for_retry(tx, vault, channel="telegram", key="u1", raw="{}", fault="ValueError", at=AT)

    runtime.database.write(keep)

    delete(runtime, AT + timedelta(days=29))
    kept = column(runtime, parked.c.channel)
    delete(runtime, AT + timedelta(days=31))

    assert (kept, column(runtime, parked.c.channel)) == (["telegram"], [])


def test_accounts_that_hold_nothing_go_and_chats_of_the_office_stay(runtime):
    vault = runtime.setup.vault

    def make(tx, name, *, is_citizen):
        return addresses.get_address(tx, vault, channel="telegram", name=name, is_citizen=is_citizen, at=AT)

    runtime.database.write(lambda tx: make(tx, "1001", is_citizen=True))
    runtime.database.write(lambda tx: make(tx, "-1001", is_citizen=False))
    awaited = runtime.database.write(lambda tx: make(tx, "1002", is_citizen=True))
    runtime.database.write(lambda tx: say_notice(tx, runtime.setup, awaited, "chào", AT))
    invite(runtime, chat_id=1003)

    delete(runtime, AT + timedelta(days=31))

    with runtime.database.reading() as tx:
        found = [
            addresses.find_address(tx, vault, channel="telegram", name=name) is not None
            for name in ("1001", "-1001", "1002", "1003")
        ]
    assert found == [False, True, True, True]


@pytest.mark.parametrize("state", [State.SENT, State.DROPPED, State.FAILED, State.UNKNOWN])
def test_the_bodies_of_all_finished_messages_go_after_a_month(runtime, state):
    vault = runtime.setup.vault

    def work(tx):
        to = addresses.get_address(tx, vault, channel="telegram", name="1", is_citizen=True, at=AT)
        number = outbox.put(tx, vault, address_id=to.id, channel="telegram", body="{}", at=AT)
        outbox.finish(tx, number, state, AT)

    runtime.database.write(work)

    delete(runtime, AT + timedelta(days=31))

    assert column(runtime, outbox_table.c.sealed_body) == [b""]


def test_what_waits_for_a_channel_that_is_off_does_not_wait_for_ever(runtime):
    vault = runtime.setup.vault

    def work(tx):
        to = addresses.get_address(tx, vault, channel="zalo", name="1", is_citizen=True, at=AT)
        outbox.put(tx, vault, address_id=to.id, channel="zalo", body="{}", at=AT, lane=Lane.BULK)

    runtime.database.write(work)

    delete(runtime, AT + YEAR + timedelta(days=1))

    assert column(runtime, outbox_table.c.state) == [State.DROPPED]
    assert column(runtime, outbox_table.c.sealed_body) == [b""]


def test_nothing_leads_from_the_marks_of_an_erased_person_to_the_dossier(runtime):
    offer = invite(runtime)
    citizen = Talker(runtime).open(offer).go_to("summary", option=2)
    citizen.press("summary=submit")
    vault = runtime.setup.vault

    def erase(tx):
        talk = conversations.find_talk_by_id(tx, vault, citizen.conversation_id, lock=True)
        for _ in range(2):  # once more changes nothing
            privacy.erase_invitation(tx, runtime.setup, talk.invitation_id, talk, keep_address=None, at=AT)

    runtime.database.write(erase)
    citizen.type(f"/start {offer.token}")

    with runtime.database.reading() as tx:
        [kept] = responses.stream_responses(tx, vault)
    assert (kept.invitation_id, kept.dossier_code, kept.shows_dossier) == (None, None, None)
    assert (kept.answers[1], kept.unit_code, kept.procedure_code) == (2, "QLTM", "2.000633")
    assert column(runtime, answers.c.question) == []
