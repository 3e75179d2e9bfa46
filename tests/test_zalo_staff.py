"""Staff in chats without buttons: everything that is a button elsewhere is done there by words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.runtime import Runtime
from handlers.complaints import enlisting
from storage import complaints, staff
from storage.case_tables import people
from storage.complaints import Complaint
from storage.staff import Grant, Role
from survey.complaints.case import Status
from survey.complaints.words import read_command
from tests.running import open_runtime
from tests.staffing import messages_to
from tests.test_zalo_windows import complain
from tests.zalo_settings import BOT_GROUP, GROUP, zalo_settings
from tests.zalo_talking import Clerk, Villager, send_due, write_to_bot


@pytest.fixture
def zalo(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(tmp_path, zalo_settings(database_url)) as runtime:
        yield runtime


def case_of(runtime: Runtime) -> Complaint:
    with runtime.database.reading() as tx:
        [found] = complaints.list_complaints(tx, runtime.setup.vault)
    return found


def shown(runtime: Runtime, chat: str = GROUP, channel: str = "zalo_group") -> list[str]:
    return [message.plain() for message in messages_to(runtime, chat, channel)]


def test_a_card_tells_the_words_for_each_of_its_buttons(zalo: Runtime) -> None:
    complain(zalo)

    [card] = messages_to(zalo, GROUP, "zalo_group")

    commands = [read_command(button.words, is_answer=False) for button in card.controls]
    verbs = [command.verb for command in commands if command]
    assert verbs == ["claim", "reply", "resolve", "escalate", "back", "help"]
    assert all(command.number == "PA-2026-0001" for command in commands[:5] if command)


def test_a_case_is_worked_from_claim_to_closed_by_words(zalo: Runtime) -> None:
    villager = complain(zalo)
    clerk = Clerk(zalo)

    clerk.write("nhan PA-2026-0001")
    assert case_of(zalo).case.status is Status.CLAIMED
    clerk.write("tra loi PA-2026-0001 Xin lỗi ông/bà, tổ đã nhắc nhở")
    assert any("Xin lỗi ông/bà" in text for text in shown(zalo, villager.person, "zalo"))
    clerk.write("hen PA-2026-0001 25/11")
    assert case_of(zalo).case.promised_on is not None
    clerk.write("giai quyet PA-2026-0001")
    assert "1. " in shown(zalo)[-1]
    clerk.write("1")
    clerk.write("2")

    assert case_of(zalo).case.status is Status.RESOLVED


@pytest.mark.parametrize(("words", "verdict"), [("Đã xong", "done"), ("mot phan", "partly"), ("CHƯA", "not")])
def test_the_citizen_has_the_last_word_without_buttons_too(zalo: Runtime, words: str, verdict: str) -> None:
    villager = complain(zalo)
    Clerk(zalo).write("nhan PA-2026-0001")
    Clerk(zalo).write("giai quyet PA-2026-0001 1; 2")
    send_due(zalo, "zalo")

    villager.write(words)

    case = case_of(zalo).case
    assert case.nots == (1 if verdict == "not" else 0)
    assert verdict == "not" or str(case.verdict) == verdict


def test_her_mark_for_the_handling_is_a_typed_number(zalo: Runtime) -> None:
    villager = complain(zalo)
    Clerk(zalo).write("nhan PA-2026-0001")
    Clerk(zalo).write("giai quyet PA-2026-0001 1; 2")
    send_due(zalo, "zalo")
    villager.write("đã xong")
    send_due(zalo, "zalo")

    villager.write("2")

    assert case_of(zalo).case.rating == 2


def test_talk_among_colleagues_leaves_no_trace(zalo: Runtime) -> None:
    complain(zalo)
    before = shown(zalo)

    Clerk(zalo).write("trưa nay ăn gì")

    assert shown(zalo) == before
    with zalo.database.reading() as tx:
        assert tx.execute(select(func.count()).select_from(people)).scalar_one() == 0


def test_another_group_gets_nothing(zalo: Runtime) -> None:
    complain(zalo)

    Clerk(zalo, group="g246845883529199999").write("nhan PA-2026-0001")

    assert case_of(zalo).case.status is Status.NEW
    assert shown(zalo, "g246845883529199999") == []


def test_a_code_binds_with_the_name_she_gives(zalo: Runtime) -> None:
    grant = Grant(role=Role.OFFICER, unit_code="QLTM")
    at = zalo.clock()
    code = zalo.database.write(lambda tx: enlisting.invite(tx, zalo.setup, grant, at, actor="cli"))

    Clerk(zalo).write(f"dangky {code} Cán bộ Ba")

    with zalo.database.reading() as tx:
        [binding] = staff.list_bindings(tx)
        person = staff.find_person(tx, zalo.setup.vault, binding.person_id)
    assert person is not None
    assert person.name == "Cán bộ Ba"


def test_the_office_asks_for_a_report_by_words(zalo: Runtime) -> None:
    write_to_bot(zalo, "@Bot baocao 2026-Q3")
    write_to_bot(zalo, "@Bot baocao 2026-Q3 vì sao")
    write_to_bot(zalo, "@Bot baocao 2026-Q3 phong")

    digest, why, units = messages_to(zalo, BOT_GROUP, "zalo_bot")
    assert [button.words for button in digest.controls] == [
        "/baocao 2026-Q3 phòng",
        "/baocao 2026-Q3 thủ tục",
        "/baocao 2026-Q3 phản ánh",
        "/baocao 2026-Q3 vì sao",
    ]
    assert why.text != units.text


def test_strangers_who_write_to_the_groups_bot_begin_no_survey(zalo: Runtime) -> None:
    write_to_bot(zalo, "@Bot xin chào", group="zgr-la")

    assert messages_to(zalo, "zgr-la", "zalo_bot") == []


def test_a_forged_press_of_somebody_elses_conversation_changes_nothing(zalo: Runtime) -> None:
    complain(zalo)
    stranger = Villager(zalo, person="2468458835291970099")

    for payload in ("#k 1 3.2=1", "#k c1 verdict=done", "#k c1 card=claim", "#k r2026-Q3 digest=units"):
        stranger.write(payload)

    assert case_of(zalo).case.status is Status.NEW
