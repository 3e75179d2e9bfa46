"""Who may work on complaints, from the command line: a code, the list, the end of a binding."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import staff_commands
from handlers.setup import Chat
from storage.tables import audit
from tests.commanding import Listener
from tests.staffing import UNIT, Clerk, complain, reload
from tests.talking import send_all


def invite(runtime, *, unit_code="QLTM", role="officer"):
    listener = Listener()
    status = staff_commands.invite(runtime, listener.console, unit_code=unit_code, role=role)
    return status, listener


def bind(runtime, clerk, **grant):
    """Let somebody of the office type a fresh code into the group."""
    _, listener = invite(runtime, **grant)
    code = listener.lines[0].removeprefix("code: ")
    clerk.type(f"/dangky {code}")


def listed(runtime):
    listener = Listener()
    staff_commands.list_staff(runtime, listener.console, is_json=True)
    return listener.records


def test_a_code_is_printed_with_its_end_and_how_it_is_used(runtime):
    status, listener = invite(runtime)

    code = listener.lines[0].removeprefix("code: ")
    assert status == 0
    assert len(code) == 11
    assert listener.lines[1:] == ["valid until: 23/11/2026 09:30, once", f"in the chat: /dangky {code}"]


def test_the_rooms_of_the_unit_are_named(runtime):
    unit = replace(runtime.setup.units["QLTM"], staff_chats=(Chat(channel="web", name="to-thuong-mai"),))
    runtime.setup = replace(runtime.setup, units={**runtime.setup.units, "QLTM": unit})

    _, listener = invite(runtime)

    assert listener.lines[-1] == "on the web: https://khaosat.example/phong/to-thuong-mai"


@pytest.mark.parametrize(
    ("unit_code", "role", "status"),
    [
        ("XX", "officer", 2),
        (None, "officer", 2),
        (None, "head", 2),
        (None, "office", 0),
        (None, "inspection", 0),
    ],
)
def test_a_unit_must_be_known_and_may_be_left_out_for_the_whole_department_only(
    runtime, unit_code, role, status
):
    found, listener = invite(runtime, unit_code=unit_code, role=role)

    assert found == status
    if status:
        [line] = listener.complaints
        assert "known: QLNL, QLTM" in line


def test_a_code_typed_in_the_chat_shows_up_in_the_list(runtime):
    bind(runtime, Clerk(runtime))

    [one] = listed(runtime)
    assert (one["channel"], one["name"], one["unit_code"], one["role"]) == (
        "telegram",
        "Cán bộ Một",
        "QLTM",
        "officer",
    )
    listener = Listener()
    staff_commands.list_staff(runtime, listener.console, is_json=False)
    assert listener.lines == [f"{one['number']}  person  telegram  Cán bộ Một  QLTM  officer  20/11/2026"]


def test_a_group_that_was_bound_is_listed_by_its_id(runtime):
    bind(runtime, Clerk(runtime, chat="-1099"))

    [person, chat] = listed(runtime)
    assert (person["is_chat"], chat["is_chat"], chat["name"]) == (False, True, "-1099")


def test_who_is_removed_leaves_the_list_and_their_cases_are_free(runtime):
    clerk = Clerk(runtime)
    bind(runtime, clerk)
    _, case = complain(runtime, q3_3=5)
    send_all(runtime)
    clerk.press(case, "card=claim")
    number = listed(runtime)[0]["number"]

    listener = Listener()
    status = staff_commands.remove(runtime, listener.console, number=number)

    assert (status, listener.lines) == (0, [f"binding {number} has ended; cases free again: 1"])
    assert listed(runtime) == []
    assert reload(runtime, case).case.holder is None


def test_a_number_that_is_not_in_force_is_an_error(runtime):
    bind(runtime, Clerk(runtime, chat=UNIT))
    number = listed(runtime)[0]["number"]
    staff_commands.remove(runtime, Listener().console, number=number)

    listener = Listener()

    assert staff_commands.remove(runtime, listener.console, number=number) == 1
    assert len(listener.complaints) == 1


def test_a_code_is_dead_after_its_time(runtime):
    _, listener = invite(runtime)
    runtime.clock.at += timedelta(hours=73)

    Clerk(runtime).type(f"/dangky {listener.lines[0].removeprefix('code: ')}")

    assert listed(runtime) == []


def test_codes_do_not_stand_in_the_audit_log(runtime):
    _, listener = invite(runtime)
    code = listener.lines[0].removeprefix("code: ")

    with runtime.database.reading() as tx:
        [row] = tx.execute(select(audit)).all()
    assert row.action == "staff_invited"
    assert code not in str(row)
    assert code.replace("-", "") not in str(row)
