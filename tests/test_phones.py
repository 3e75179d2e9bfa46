"""Invitations by phone number: to whom one goes, once, by day, within the budget."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from handlers.phones import CHANNEL
from storage import addresses as address_store
from storage.database import Database
from storage.outbox import State
from storage.tables import notices, outbox
from storage.zalo_tables import phone_invitations
from tests.building import AT
from tests.phoning import (
    NUMBER,
    OTHER_PHONE,
    PHONE,
    an_entry,
    at_local,
    audited,
    claim,
    move,
    numbers,
    open_office,
    phone_settings,
    report,
    rows,
    templates,
    tracking_ids,
)
from tests.running import open_runtime
from tests.talking import Talker

USER = "2468458835291970007"


@pytest.fixture
def office(database_url, tmp_path):
    """The program with a template, at half past nine in the morning."""
    with open_office(tmp_path, database_url) as runtime:
        yield runtime


def operator_notices(runtime):
    with runtime.database.reading() as tx:
        named = notices.c.name.startswith("phone_budget", autoescape=True)
        return list(tx.execute(select(notices.c.name).where(named)).scalars())


def test_a_result_with_a_phone_puts_one_message_with_what_the_template_asks_for(office):
    offer = report(office)

    [template] = templates(office)
    assert numbers(office) == [NUMBER]
    assert template["id"] == "123456"
    assert template["data"] == {"ma": offer.code, "thu_tuc": "Thủ tục 2.000633", "han": "đến 20/12/2026"}


def test_a_value_is_cut_where_the_settings_say_so(database_url, tmp_path):
    tree = phone_settings(
        database_url, data={"thu_tuc": "{procedure:.5}", "lk": "{link}", "s": "{department}"}
    )
    with open_runtime(tmp_path, tree) as runtime:
        offer = report(runtime)

        link = f"https://khaosat.example/s/{offer.token}"
        assert templates(runtime)[0]["data"] == {"thu_tuc": "Thủ t", "lk": link, "s": "Sở Mẫu"}


def test_the_tracking_id_is_random_and_tells_nothing_of_the_dossier(office):
    entries = [an_entry(office, phone=PHONE), an_entry(office, phone=OTHER_PHONE)]
    for entry in entries:
        report(office, entry)

    first, second = tracking_ids(office)
    assert first != second
    assert len(first) == len(second) == 32
    assert not any(entry.dossier.code.lower() in one for entry in entries for one in (first, second))


def test_a_result_taken_in_again_puts_no_second_message(office):
    entry = an_entry(office, phone=PHONE)
    for _ in range(3):
        report(office, entry)
    report(office, an_entry(office, code=entry.dossier.code, phone=OTHER_PHONE))

    assert numbers(office) == [NUMBER]


def test_a_phone_from_the_reception_is_used_when_the_result_comes(office):
    early = an_entry(office, has_result=False, phone=PHONE)
    report(office, early)
    assert numbers(office) == []

    report(office, an_entry(office, code=early.dossier.code))

    assert numbers(office) == [NUMBER]


def test_a_phone_that_comes_after_the_result_is_used(office):
    entry = an_entry(office)
    report(office, entry)

    report(office, an_entry(office, code=entry.dossier.code, phone=PHONE))

    assert numbers(office) == [NUMBER]


def test_whoever_is_linked_gets_no_message_by_phone(office):
    report(office, an_entry(office, phone=PHONE, zalo_user_id=USER))
    report(office, an_entry(office, phone=OTHER_PHONE, telegram_chat_id="1001"))

    assert numbers(office) == []


def test_whoever_blocked_the_account_gets_one_by_phone(office):
    def block(tx):
        known = address_store.get_address(
            tx, office.setup.vault, channel="telegram", name="1001", is_citizen=True, at=AT
        )
        address_store.mark_reachable(tx, known.id, unreachable_at=AT)

    office.database.write(block)

    report(office, an_entry(office, phone=PHONE, telegram_chat_id="1001"))

    assert numbers(office) == [NUMBER]


def test_a_number_holds_its_invitation_but_is_no_chat_to_be_written_to(office):
    entry = an_entry(office, phone=PHONE)
    report(office, entry)

    report(office, an_entry(office, code=entry.dossier.code, telegram_chat_id="1001"))

    with office.database.reading() as tx:
        channels = list(tx.execute(select(outbox.c.channel).order_by(outbox.c.id)).scalars())
    assert channels == [CHANNEL, "telegram"]


def test_without_a_template_nobody_is_invited_by_phone(runtime):
    report(runtime)

    assert rows(runtime, outbox.c.id) == []


def test_whoever_was_not_drawn_is_not_invited(database_url, tmp_path):
    tree = phone_settings(database_url)
    with open_runtime(tmp_path, tree | {"survey": {"sampling_pct": 0}}) as runtime:
        report(runtime)

        assert rows(runtime, outbox.c.id) == []


def test_what_is_no_mobile_number_is_noted_once_and_not_written_to(office):
    entry = an_entry(office, phone="024 3825 1234")
    report(office, entry)
    report(office, entry)

    assert rows(office, outbox.c.id) == []
    assert audited(office) == ["number"]


# -- when


def test_a_message_that_could_not_go_by_day_waits_for_the_morning(office):
    report(office)
    move(office, at_local(2026, 11, 20, 22, 5))

    assert claim(office) == []

    assert rows(office, outbox.c.state, outbox.c.not_before) == [
        (State.WAITING, at_local(2026, 11, 21, 7, 0))
    ]
    move(office, at_local(2026, 11, 21, 7, 0))
    assert [one.name for one in claim(office)] == [NUMBER]


def test_whoever_began_by_herself_meanwhile_is_not_written_to(office):
    offer = report(office)
    Talker(office).open(offer).press("greeting=begin")

    assert claim(office) == []
    assert rows(office, outbox.c.state) == [(State.DROPPED,)]


def test_an_invitation_that_ran_out_meanwhile_is_not_sent(office):
    report(office)
    move(office, AT + timedelta(days=40))

    assert claim(office) == []
    assert rows(office, outbox.c.state) == [(State.DROPPED,)]


# -- the budget


def test_the_month_s_money_is_never_exceeded_and_the_operator_is_told_once(office):
    offers = [report(office) for _ in range(8)]

    assert len(numbers(office)) == 5  # 1,000 dong, 200 each
    assert operator_notices(office) == ["phone_budget:2026-11"]
    assert audited(office) == ["budget"] * 3
    assert offers[-1].state == "open"


def test_the_next_month_has_its_own_money(office):
    move(office, at_local(2026, 11, 30, 20, 0))
    for _ in range(6):
        report(office)
    move(office, at_local(2026, 12, 1, 0, 0))

    for _ in range(6):
        report(office)

    assert len(numbers(office)) == 10
    assert operator_notices(office) == ["phone_budget:2026-11", "phone_budget:2026-12"]


def test_a_raised_budget_invites_those_who_are_reported_again(office, database_url, tmp_path):
    entries = [an_entry(office, phone=PHONE) for _ in range(6)]
    for entry in entries:
        report(office, entry)

    with open_runtime(tmp_path, phone_settings(database_url, monthly_budget_vnd=1200)) as richer:
        for entry in entries:
            report(richer, entry)

        assert len(numbers(richer)) == 6


def test_two_processes_together_keep_the_budget(office, database_url):
    others = [Database(database_url) for _ in range(3)]
    entries = [an_entry(office, phone=PHONE) for _ in range(24)]

    def run(database, mine):
        for entry in mine:
            report(office, entry, database=database)

    for one in others:
        one.start()
    threads = [threading.Thread(target=run, args=(one, entries[n::3])) for n, one in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.stop()

    with office.database.reading() as tx:
        spent = tx.execute(select(func.sum(phone_invitations.c.price_vnd))).scalar_one()
    assert spent == 1000
    assert len(numbers(office)) == 5


def test_two_processes_that_take_in_the_same_result_put_one_message(office, database_url):
    other = Database(database_url)
    other.start()
    for _ in range(5):
        entry = an_entry(office, phone=PHONE)
        threads = [
            threading.Thread(target=report, args=(office, entry), kwargs={"database": one})
            for one in (office.database, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    other.stop()

    assert len(numbers(office)) == 5
