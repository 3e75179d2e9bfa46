"""Where a case goes when it changes: to the integrity contacts and nobody else, away from chats, and back to them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.runtime import Runtime
from handlers.complaints import history, listing, watching
from handlers.setup import Chat
from storage import addresses
from storage.complaints import Complaint
from storage.tables import audit, outbox
from survey.complaints.case import Status
from survey.complaints.rules import Route
from survey.message import Message, load_message
from tests.staffing import (
    GOOD,
    INTEGRITY,
    OFFICE,
    OPERATOR,
    UNIT,
    Clerk,
    cards_in,
    find_case,
    messages_to,
    raised,
    reload,
)
from tests.talking import Talker, invite, send_all

OURS = Chat(channel="telegram", name=UNIT)
ASK = "Muốn xem phải có ở nhóm liêm chính"


def wait(runtime: Runtime, minutes: float) -> None:
    """Let time pass and the job run."""
    runtime.clock.at += timedelta(minutes=minutes)  # type: ignore[attr-defined]  # a clock moved by hand
    runtime.database.write(lambda tx: watching.watch(tx, runtime.setup, runtime.clock()))


def leave_form(runtime: Runtime, *, q3_3: int = 5, minutes: float = 16) -> tuple[Talker, Complaint]:
    """Begin a form with a bad answer and leave it until it has raised a case."""
    talker = Talker(runtime).open(invite(runtime))
    for press in ("greeting=begin", "3.1=1", "3.2=1", f"3.3={q3_3}"):
        talker.press(press)
    wait(runtime, minutes)
    case = find_case(runtime, talker)
    assert case is not None
    return talker, case


def hand_in(talker: Talker, *, reply: str = "no", **marks: int) -> None:
    """Answer the rest of a form that was left after 3.3, and hand it in."""
    answers = GOOD | {name.replace("q3_", "3."): number for name, number in marks.items()}
    for n in range(4, 11):
        talker.press(f"3.{n}={answers[f'3.{n}']}")
    for press in ("comment=skip", f"reply={reply}", "contact=skip", "summary=submit"):
        talker.press(press)


def set_chat(runtime: Runtime, chat: str, *, is_here: bool) -> None:
    """Let a group become reachable or not."""
    old, new = ("left", "member") if is_here else ("member", "left")
    bot = {"id": 2, "is_bot": True, "first_name": "B"}
    set_chat.number += 1  # type: ignore[attr-defined]  # each update has its own
    update = {
        "update_id": 9_000_000 + set_chat.number,  # type: ignore[attr-defined]
        "my_chat_member": {
            "chat": {"id": int(chat), "type": "supergroup", "title": "Tổ"},
            "from": {"id": 1, "is_bot": False, "first_name": "A"},
            "date": 1_790_000_000,
            "old_chat_member": {"status": old, "user": bot},
            "new_chat_member": {"status": new, "user": bot},
        },
    }
    Clerk(runtime).deliver(update)


set_chat.number = 0  # type: ignore[attr-defined]


def change(runtime: Runtime, **fields: object) -> None:
    """Change the setup the program works with."""
    object.__setattr__(runtime, "setup", replace(runtime.setup, **fields))  # type: ignore[arg-type]


def told_operator(runtime: Runtime) -> list[str]:
    return [m.plain() for m in messages_to(runtime, OPERATOR, "web")]


def copies(runtime: Runtime, chat: str, case: Complaint) -> list[Message]:
    """Every message about a case in a chat as it stands there now, its own edits drawn in."""
    with runtime.database.reading() as tx:
        address = addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=chat)
        assert address is not None
        mine = (outbox.c.address_id == address.id) & (outbox.c.complaint_id == case.id)
        mine &= (outbox.c.place == "card") & outbox.c.state.in_(("waiting", "sent"))
        rows = tx.execute(select(outbox).where(mine).order_by(outbox.c.id)).all()
        bodies = {row.edits_id or row.id: row.sealed_body for row in rows}
        opened = [runtime.setup.vault.open(body, "outbox") for body in bodies.values() if body]
    return [load_message(json.loads(body)["message"]) for body in opened]


# -- A: what is answered later


def test_a_critical_answer_given_later_reaches_the_integrity_contacts_before_the_form_is_sent(runtime):
    talker, case = leave_form(runtime)
    for press in ("3.4=1", "3.5=1", "3.6=1", "3.7=2", "3.8=1"):
        talker.press(press)
    wait(runtime, 16)

    after = reload(runtime, case)

    assert (after.case.route, after.is_critical, after.is_unfinished) == (Route.INTEGRITY, True, True)
    assert len(cards_in(runtime, INTEGRITY)) == 1
    assert cards_in(runtime, UNIT) == []  # it was still held


def test_more_reasons_are_added_to_an_unfinished_case_and_the_same_ones_change_nothing(runtime):
    talker, case = leave_form(runtime)
    talker.press("3.4=1")
    wait(runtime, 16)
    same = reload(runtime, case).revision
    for press in ("3.5=1", "3.6=1", "3.7=1"):
        talker.press(press)
    wait(runtime, 16)

    assert same == case.revision
    assert set(reload(runtime, case).answers) == {"3.3", "3.7"}


# -- B: the fallback


def test_what_accuses_somebody_waits_for_the_integrity_contacts_and_the_operator_gets_a_number(runtime):
    set_chat(runtime, INTEGRITY, is_here=False)
    _, case = raised(runtime, q3_8=1)
    wait(runtime, 5)

    [line] = [text for text in told_operator(runtime) if ASK in text]
    assert case.number in line
    assert runtime.setup.unit_name(case.unit_code) not in line
    assert (cards_in(runtime, OFFICE), cards_in(runtime, UNIT)) == ([], [])
    assert not reload(runtime, case).is_fallback


def test_what_accuses_somebody_is_tried_again_until_an_integrity_contact_has_it(runtime):
    set_chat(runtime, INTEGRITY, is_here=False)
    _, case = raised(runtime, q3_8=1)
    wait(runtime, 31)
    wait(runtime, 5)
    waiting = len(cards_in(runtime, INTEGRITY))
    send_all(runtime)

    assert waiting == 1
    assert len(cards_in(runtime, INTEGRITY)) == 1
    with runtime.database.reading() as tx:
        found = addresses.find_address(tx, runtime.setup.vault, channel="telegram", name=INTEGRITY)
    assert found is not None
    assert found.is_reachable
    assert case.case.route is Route.INTEGRITY


def test_without_an_operator_those_above_get_the_number_of_what_cannot_be_shown(runtime):
    change(runtime, operator_chats=())
    set_chat(runtime, INTEGRITY, is_here=False)
    _, case = raised(runtime, q3_8=1)

    [line] = [m.plain() for m in messages_to(runtime, OFFICE)]
    assert ASK in line
    assert case.number in line


def test_a_case_that_had_fallen_back_leaves_those_above_when_it_is_referred(runtime):
    set_chat(runtime, UNIT, is_here=False)
    _, case = raised(runtime, q3_3=5)
    send_all(runtime)
    above = Clerk(runtime, person=601, chat=OFFICE)
    assert reload(runtime, case).is_fallback

    above.press(case, "card=claim")
    above.press(case, "card=more")
    above.press(case, "more=refer")
    above.press(case, "refer=yes")
    after = reload(runtime, case)

    assert after.case.route is Route.INTEGRITY
    assert not after.is_fallback
    assert len(cards_in(runtime, INTEGRITY)) == 1
    assert "chuyển sang nơi khác" in cards_in(runtime, OFFICE)[-1].text


def test_the_rest_of_a_form_takes_a_fallen_back_case_from_those_above(runtime):
    set_chat(runtime, UNIT, is_here=False)
    talker, case = leave_form(runtime)
    assert reload(runtime, case).is_fallback
    hand_in(talker, q3_8=1)

    after = reload(runtime, case)

    assert (after.case.route, after.is_fallback) == (Route.INTEGRITY, False)
    assert cards_in(runtime, OFFICE) == []  # held, and never shown
    assert len(cards_in(runtime, INTEGRITY)) == 1


# -- C: integrity contacts who are the unit itself


def test_a_units_own_chat_never_shows_what_accuses_it_though_the_settings_name_it(runtime):
    change(runtime, integrity_chats=(OURS,))
    _, case = raised(runtime, q3_8=1)

    assert messages_to(runtime, UNIT) == []
    assert cards_in(runtime, OFFICE) == []
    assert [case.number in text for text in told_operator(runtime)] == [True]


def test_the_offices_list_only_counts_what_accuses_somebody_where_a_unit_reads_it_too(runtime):
    change(runtime, office_chats=(OURS,), integrity_chats=(OURS, Chat(channel="telegram", name=INTEGRITY)))
    _, case = raised(runtime, q3_8=1)
    runtime.database.write(lambda tx: listing.post_unresolved(tx, runtime.setup, runtime.clock()))

    [listed] = messages_to(runtime, UNIT)
    assert case.number not in listed.plain()
    assert "liêm chính" in listed.plain()


# -- D: every copy of a card


@pytest.mark.parametrize("what", ["moved", "erased"])
def test_older_copies_of_a_card_lose_the_case_too(runtime, what: str):
    talker, case = raised(runtime, q3_3=5, comment="phòng chờ không có ghế, nhân viên nói năng khó chịu")
    send_all(runtime)
    clerk = Clerk(runtime)
    clerk.type(f"/xem {case.number}")
    clerk.type(f"/xem {case.number}")
    send_all(runtime)
    assert len(copies(runtime, UNIT, case)) == 3

    if what == "moved":
        clerk.press(case, "card=escalate")
    else:
        talker.type("xóa dữ liệu")
        talker.type("Có, xóa dữ liệu")

    shown = copies(runtime, UNIT, case)
    assert len(shown) == 3
    assert [m.quote for m in shown] == [""] * 3
    if what == "moved":
        assert [m.controls for m in shown] == [()] * 3


def test_a_card_that_is_being_tried_again_no_longer_holds_a_case_that_moved(runtime):
    _, case = raised(runtime, q3_3=5)
    runtime.database.write(lambda tx: tx.execute(outbox.update().values(attempts=1)))

    Clerk(runtime).press(case, "card=escalate")

    assert "chuyển sang nơi khác" in copies(runtime, UNIT, case)[0].text
    with runtime.database.reading() as tx:
        mine = (outbox.c.place == "card") & outbox.c.edits_id.is_(None)
        bodies = [
            runtime.setup.vault.open(row.sealed_body, "outbox")
            for row in tx.execute(select(outbox).where(mine))
        ]
    assert "chuyển sang nơi khác" in bodies[0]


# -- E: a form handed in after its case was closed


def test_a_form_handed_in_after_its_case_was_closed_opens_it_again(runtime):
    talker, case = leave_form(runtime)
    wait(runtime, 24 * 60 * 3)
    send_all(runtime)
    Clerk(runtime).resolve(case)
    assert reload(runtime, case).case.status is Status.RESOLVED
    before = len(cards_in(runtime, UNIT))
    hand_in(talker, q3_7=1)

    after = reload(runtime, case)

    assert (after.case.status, after.case.holder, after.case.verdict) == (Status.NEW, None, None)
    assert (after.clock_from, after.reminded, after.resolved_at) == (runtime.clock(), 0, None)
    assert after.due_at > case.due_at
    assert len(cards_in(runtime, UNIT)) == before + 1


def test_the_clock_begins_anew_when_the_rest_of_a_form_moves_a_case(runtime):
    talker, case = leave_form(runtime)
    wait(runtime, 24 * 60 * 3)
    hand_in(talker, q3_8=1)

    assert reload(runtime, case).clock_from == runtime.clock()


# -- F: a case that is withdrawn


def test_a_case_that_is_withdrawn_while_it_is_held_is_never_shown(runtime):
    talker, case = leave_form(runtime)
    talker.press("3.3=1")
    hand_in(talker)
    wait(runtime, 24 * 60 * 3)

    assert reload(runtime, case).case.status is Status.WITHDRAWN
    assert cards_in(runtime, UNIT) == []


def test_of_a_withdrawn_case_that_was_shown_a_line_is_left(runtime):
    talker, case = leave_form(runtime)
    wait(runtime, 24 * 60 * 3)
    send_all(runtime)
    talker.press("3.3=1")
    hand_in(talker)

    [card] = cards_in(runtime, UNIT)
    assert reload(runtime, case).case.status is Status.WITHDRAWN
    assert case.number in card.text
    assert "Thái độ" not in card.plain()
    assert (card.quote, card.controls) == ("", ())


# -- G: a chat that comes back


def test_a_chat_that_comes_back_works_its_cases_again(runtime):
    set_chat(runtime, UNIT, is_here=False)
    _, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime, person=601, chat=OFFICE).press(case, "card=claim")
    set_chat(runtime, UNIT, is_here=True)

    after = reload(runtime, case)

    assert (after.is_fallback, after.case.holder) == (False, None)
    assert len(cards_in(runtime, UNIT)) == 1
    assert "chuyển sang nơi khác" in cards_in(runtime, OFFICE)[-1].text
    assert "nhận xử lý" in Clerk(runtime).press(case, "card=claim")


def test_an_integrity_chat_that_comes_back_gets_what_waited_for_it(runtime):
    set_chat(runtime, INTEGRITY, is_here=False)
    raised(runtime, q3_8=1)
    set_chat(runtime, INTEGRITY, is_here=True)

    assert len(cards_in(runtime, INTEGRITY)) == 1


# -- H: what is over is not shown anew


def test_erasing_a_closed_case_shows_it_to_nobody_anew(runtime):
    talker, case = raised(runtime, q3_3=5)
    send_all(runtime)
    Clerk(runtime).resolve(case)
    send_all(runtime)
    runtime.database.write(lambda tx: tx.execute(outbox.update().values(state="dropped")))
    talker.type("xóa dữ liệu")
    talker.type("Có, xóa dữ liệu")

    assert cards_in(runtime, UNIT) == []


# -- I: the minute of a form


def test_nothing_tells_the_minute_at_which_a_held_case_was_raised(runtime):
    set_chat(runtime, UNIT, is_here=False)
    _, case = raised(runtime, q3_3=5, reply="no")

    with runtime.database.reading() as tx:
        lines = history.list_lines(tx, runtime.setup, reload(runtime, case))
        subjects = list(tx.execute(select(audit.c.subject).where(audit.c.subject == case.number)).scalars())
        waits = select(outbox.c.not_before).where(outbox.c.channel == "web", outbox.c.complaint_id.is_(None))
        notices = list(tx.execute(waits).scalars())
    assert case.shown_at > runtime.clock()
    assert [line.split(" · ")[0] for line in lines] == ["20/11", "20/11"]
    assert subjects == []
    assert notices == [case.shown_at]
