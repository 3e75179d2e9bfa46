"""One invitation on several channels: begun on one, finished on another, counted once, answered where she was last."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.runtime import Runtime
from bot.web.server import build_application
from handlers.intake import Offer
from handlers.reminders import send_reminders
from storage.outbox import State
from storage.responses import Response, stream_responses
from storage.tables import outbox
from survey.conversation import Place
from tests.running import Clock, open_runtime
from tests.staffing import messages_to
from tests.talking import Talker, find_talk, invite, state_of
from tests.web_fixture import look, send
from tests.zalo_settings import GROUP, zalo_settings
from tests.zalo_talking import Clerk, Villager, send_due

OPTIONS = (2, 1, 3, 1, 2, 1, 2, 2, 1, 2)
LABELS = ("2", "Rất tốt", "Trung bình", "Rất gọn", "nhanh", "rat tot", "Không", "2", "trước hẹn", "Hài lòng")
RUDE = (*OPTIONS[:2], 5, *OPTIONS[3:])
WORDS = "Xin hẹn ông/bà sáng thứ Hai tới nhận lại giấy tờ"
TAKEN = "đã có người mở bằng tài khoản khác"
OTHER = "2468458835291970002"

Answer = Callable[[int], object]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Runtime]:
    with open_runtime(tmp_path, zalo_settings(database_url), clock=clock) as runtime:
        yield runtime


@pytest.fixture
async def client(office: Runtime):
    async with TestClient(TestServer(build_application(office)), auto_decompress=True) as client:
        yield client


def begin_on_zalo(office: Runtime, offer: Offer, *, questions: int) -> Villager:
    """Consent and answer so many questions."""
    villager = Villager(office)
    for words in (offer.code, "Bắt đầu", *LABELS[:questions]):
        villager.write(words)
    return villager


def press_all(talker: Talker, options: dict[int, int], *more: str) -> None:
    """Press the options of those questions, and then more."""
    for press in (*(f"3.{number}={option}" for number, option in options.items()), *more):
        talker.press(press)


def from_question(first: int, options: tuple[int, ...] = OPTIONS) -> dict[int, int]:
    return {number: options[number - 1] for number in range(first, 11)}


def responses_of(office: Runtime) -> list[Response]:
    with office.database.reading() as tx:
        return list(stream_responses(tx, office.setup.vault))


def told_on_zalo(office: Runtime, person: str) -> str:
    return messages_to(office, person, "zalo")[-1].plain()


def complain_on_zalo(office: Runtime, offer: Offer) -> Villager:
    """Hand in a form with a bad mark, wishing for a reply."""
    villager = Villager(office)
    labels = (*LABELS[:2], "Rất kém", *LABELS[3:])
    for words in (offer.code, "Bắt đầu", *labels, "Bỏ qua", "Có, giấu mã hồ sơ", "Bỏ qua", "Gửi phiếu"):
        villager.write(words)
    return villager


def reply_to_her(office: Runtime) -> None:
    clerk = Clerk(office)
    clerk.write("nhận PA-2026-0001")
    clerk.write(f"trả lời PA-2026-0001 {WORDS}")


def test_begun_on_zalo_it_is_finished_on_telegram(office: Runtime) -> None:
    offer = invite(office)
    begin_on_zalo(office, offer, questions=4)

    talker = Talker(office).open(offer)
    shown = messages_to(office, "1001")[-1].plain()
    press_all(talker, from_question(5), "comment=skip", "reply=no", "summary=submit")

    assert "Câu 5/10" in shown
    [response] = responses_of(office)
    assert (response.answers, response.channel) == (OPTIONS, "telegram")


def test_begun_on_telegram_it_is_finished_on_zalo(office: Runtime) -> None:
    offer = invite(office)
    talker = Talker(office).open(offer)
    press_all(talker, {}, "greeting=begin", *(f"3.{n}={OPTIONS[n - 1]}" for n in range(1, 7)))

    villager = Villager(office)
    villager.write(offer.code)
    shown = told_on_zalo(office, villager.person)
    for words in (*LABELS[6:], "Bỏ qua", "Gửi phiếu"):
        villager.write(words)

    assert "Câu 7/10" in shown
    [response] = responses_of(office)
    assert (response.answers, response.channel) == (OPTIONS, "zalo")


async def test_begun_on_zalo_it_is_finished_on_the_web(office: Runtime, client) -> None:
    offer = invite(office)
    begin_on_zalo(office, offer, questions=8)

    page = await look(client, offer.token)
    for number, option in from_question(9).items():
        await send(client, offer.token, press=f"3.{number}={option}")
    await send(client, offer.token, text="Nên thêm ghế chờ.")
    for press in ("reply=no", "summary=submit"):
        await send(client, offer.token, press=press)

    assert "Câu 9/10" in page
    [response] = responses_of(office)
    assert (response.answers, response.channel) == (OPTIONS, "web")
    assert str(response.receipt) in await look(client, offer.token)


async def test_what_is_handed_in_is_handed_in_on_every_channel(office: Runtime, client) -> None:
    offer = invite(office)
    villager = begin_on_zalo(office, offer, questions=10)
    talker = Talker(office).open(offer)
    for words in ("Bỏ qua", "Gửi phiếu"):
        villager.write(words)
    before = responses_of(office)

    press_all(talker, {3: 5}, "summary=submit")
    villager.write(f"#k {talker.conversation_id} 3.3=5")
    villager.write(f"#k {talker.conversation_id} summary=submit")
    await send(client, offer.token, text="5")

    assert [response.channel for response in before] == ["zalo"]
    assert responses_of(office) == before


def test_an_old_button_on_zalo_still_corrects_what_was_answered_on_telegram(office: Runtime) -> None:
    offer = invite(office)
    villager = begin_on_zalo(office, offer, questions=2)
    talker = Talker(office).open(offer)
    press_all(talker, {3: 5, 4: 1})

    villager.write(f"#k {talker.conversation_id} 3.3=3")

    state = state_of(office, offer)
    assert (state.answers["3.3"], state.place) == (3, "3.5")


def test_a_second_account_on_zalo_is_told_that_the_code_is_taken(office: Runtime) -> None:
    offer = invite(office)
    begin_on_zalo(office, offer, questions=1)
    before = find_talk(office, offer)

    stranger = Villager(office, OTHER)
    stranger.write(offer.code)
    told = told_on_zalo(office, OTHER)
    stranger.write(f"#k {before.id} 3.2=5")
    stranger.write("1")

    assert TAKEN in told
    assert "Câu 2/10" not in "".join(message.plain() for message in messages_to(office, OTHER, "zalo"))
    assert find_talk(office, offer) == before


def test_a_second_account_is_told_so_after_the_first_went_on_elsewhere(office: Runtime) -> None:
    offer = invite(office)
    begin_on_zalo(office, offer, questions=1)
    Talker(office).open(offer)

    Villager(office, OTHER).write(offer.code)

    assert TAKEN in told_on_zalo(office, OTHER)


@pytest.mark.parametrize("last", ["telegram", "zalo"])
def test_a_reminder_goes_where_she_was_last(office: Runtime, clock: Clock, last: str) -> None:
    offer = invite(office)
    villager = begin_on_zalo(office, offer, questions=2)
    talker = Talker(office).open(offer)
    talker.press("3.3=2")
    if last == "zalo":
        villager.write("Gọn")
    for channel in ("zalo", "telegram"):
        send_due(office, channel)

    clock.at += timedelta(hours=25)
    office.database.write(lambda tx: send_reminders(tx, office.setup, clock()))

    reminded = {channel: len(send_due(office, channel)) for channel in ("zalo", "telegram")}
    assert reminded == {"zalo": 0, "telegram": 0} | {last: 1}


def test_a_reply_of_the_office_goes_where_she_was_last(office: Runtime) -> None:
    offer = invite(office)
    villager = complain_on_zalo(office, offer)
    Talker(office).open(offer)

    reply_to_her(office)

    assert any(WORDS in message.plain() for message in messages_to(office, "1001"))
    assert all(WORDS not in message.plain() for message in messages_to(office, villager.person, "zalo"))


async def test_a_reply_that_zalo_no_longer_takes_is_on_her_page(
    office: Runtime, client, clock: Clock
) -> None:
    offer = invite(office)
    complain_on_zalo(office, offer)
    send_due(office, "zalo")
    clock.at += timedelta(days=8)

    reply_to_her(office)
    sent = send_due(office, "zalo")
    page = await look(client, offer.token)

    assert sent == []
    assert states_of_replies(office) == [State.HELD]
    assert any("chưa gửi được" in m.text for m in messages_to(office, GROUP, "zalo_group"))
    assert state_of(office, offer).place == Place.SUBMITTED
    assert WORDS in page


def states_of_replies(office: Runtime) -> list[str]:
    with office.database.reading() as tx:
        mine = (outbox.c.place == "reply") & outbox.c.complaint_id.is_not(None)
        return list(tx.execute(select(outbox.c.state).where(mine)).scalars())
