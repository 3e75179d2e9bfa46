"""The audit log on the command line: one event a line, names of staff only where they can be read."""

from argparse import Namespace
from datetime import timedelta

from sqlalchemy import update

from bot import audit_commands
from storage import records
from storage.case_tables import people
from tests.building import AT
from tests.commanding import Listener
from tests.staffing import Clerk, complain
from tests.talking import send_all


def show(runtime, *, is_json=False, since=None, until=None):
    listener = Listener()
    options = Namespace(json=is_json, since=since, until=until)
    return audit_commands.show_audit(runtime, listener.console, options), listener


def claim(runtime):
    _, case = complain(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).press(case, "card=claim")


def test_events_come_one_a_line_with_the_names_of_staff(runtime):
    claim(runtime)

    _, listener = show(runtime)

    when, who, *what = listener.lines[0].split("  ")
    assert (when, what) == ("20/11/2026 09:30:00", ["complaint_claimed", "PA-2026-0001"])
    assert who.endswith("(Cán bộ Một)")


def test_a_name_that_cannot_be_opened_is_left_out(runtime):
    claim(runtime)
    runtime.database.write(lambda tx: tx.execute(update(people).values(sealed_name=b"nothing to open here")))

    status, listener = show(runtime)

    assert status == 0
    assert any("person" in line for line in listener.lines)
    assert not any("(" in line for line in listener.lines)


def test_json_has_an_object_a_line_and_no_names(runtime):
    claim(runtime)

    _, listener = show(runtime, is_json=True)

    assert set(listener.records[0]) == {"at", "actor", "action", "subject", "details"}
    assert listener.records[0]["at"] == "2026-11-20T09:30:00+07:00"
    assert "Cán bộ" not in "".join(listener.lines)


def test_days_cut_the_log(runtime):
    for days in range(3):
        at = AT + timedelta(days=days)
        runtime.database.write(
            lambda tx, at=at, days=days: records.put_audit(tx, at=at, actor="tester", action=f"day{days}")
        )

    _, listener = show(runtime, is_json=True, since="2026-11-21", until="2026-11-21")

    assert [event["action"] for event in listener.records] == ["day1"]


def test_a_day_that_cannot_be_is_wrong_use(runtime):
    status, listener = show(runtime, since="?")

    assert (status, len(listener.complaints)) == (2, 1)
