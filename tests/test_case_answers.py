"""Words in a chat of staff go where they were meant: a note, or talk among colleagues, never reaches the citizen."""

from datetime import timedelta

import pytest

from bot.runtime import Runtime
from storage.complaints import Complaint
from survey.complaints.case import Status
from tests.staffing import UNIT, Clerk, message_ref, messages_to, raised, reload
from tests.talking import Talker, send_all

SECRET = "bà này hay gây sự"


@pytest.fixture
def case(runtime: Runtime) -> tuple[Talker, Complaint]:
    citizen, case = raised(runtime, q3_3=5)
    send_all(runtime)
    return citizen, case


def sent_to(runtime: Runtime, citizen: Talker) -> str:
    send_all(runtime)
    return "\n".join(message.plain() for message in messages_to(runtime, str(citizen.person)))


def test_an_answer_to_a_note_prompt_is_a_note_whoever_gives_it_and_whenever(runtime: Runtime, case) -> None:
    citizen, complaint = case
    one, two = Clerk(runtime), Clerk(runtime, person=502, name="Cán bộ Hai")
    one.press(complaint, "more=note")
    send_all(runtime)
    prompt = message_ref(runtime, UNIT, "nội bộ")

    one.type(SECRET, answers=prompt)
    one.type(f"{SECRET} lắm", answers=prompt)
    two.type(f"{SECRET} thật", answers=prompt)
    runtime.clock.at += timedelta(minutes=31)  # type: ignore[attr-defined]  # the tests' clock
    one.type(f"{SECRET} mãi", answers=prompt)

    assert SECRET not in sent_to(runtime, citizen)


def test_an_answer_to_a_prompt_that_is_over_goes_nowhere_and_says_so(runtime: Runtime, case) -> None:
    citizen, complaint = case
    clerk = Clerk(runtime)
    clerk.press(complaint, "card=reply")
    send_all(runtime)
    prompt = message_ref(runtime, UNIT, "Viết câu trả lời")
    runtime.clock.at += timedelta(minutes=31)  # type: ignore[attr-defined]  # the tests' clock

    clerk.type("Chúng tôi xin lỗi.", answers=prompt)

    assert "xin lỗi" not in sent_to(runtime, citizen)
    assert "không gửi đi đâu" in messages_to(runtime, UNIT)[-1].text


def test_an_answer_to_a_colleague_is_talk(runtime: Runtime, case) -> None:
    citizen, complaint = case
    clerk = Clerk(runtime)
    clerk.press(complaint, "card=reply")

    clerk.type("ông này là ai, anh biết không?", answers="4242")

    assert "ông này là ai" not in sent_to(runtime, citizen)


def test_talk_in_the_group_does_not_close_a_case(runtime: Runtime, case) -> None:
    _, complaint = case
    clerk = Clerk(runtime)
    clerk.press(complaint, "card=resolve")
    clerk.press(complaint, "cause=staff")
    runtime.clock.at += timedelta(minutes=3)  # type: ignore[attr-defined]  # the tests' clock

    clerk.type("vâng để em đi mua cà phê")

    assert reload(runtime, complaint).case.status is Status.NEW


def test_a_cause_and_an_action_can_be_words(runtime: Runtime, case) -> None:
    citizen, complaint = case
    clerk = Clerk(runtime)
    clerk.press(complaint, "card=resolve")
    clerk.type("Cán bộ mới chưa quen việc")
    clerk.type("Đã cử người khác hướng dẫn lại")

    assert reload(runtime, complaint).case.status is Status.RESOLVED
    assert "đã cử người khác hướng dẫn lại" in sent_to(runtime, citizen)


@pytest.mark.parametrize("command", ["tra loi", "hoi", "ghi chu"])
def test_words_that_do_not_fit_into_a_message_are_refused(runtime: Runtime, case, command: str) -> None:
    citizen, complaint = case

    Clerk(runtime).type(f"/{command.replace(' ', '_')} {complaint.number} {'a' * 3600}")

    assert "aaaa" not in sent_to(runtime, citizen)
    assert "dài quá" in messages_to(runtime, UNIT)[-1].text


def test_a_picture_that_answers_a_note_prompt_is_not_sent(runtime: Runtime, case) -> None:
    citizen, complaint = case
    clerk = Clerk(runtime)
    clerk.press(complaint, "more=note")
    send_all(runtime)
    photo = [{"file_id": "F", "file_unique_id": "f", "width": 1, "height": 1}]

    clerk.type("", answers=message_ref(runtime, UNIT, "nội bộ"), photo=photo, caption=SECRET)

    assert SECRET not in sent_to(runtime, citizen)
