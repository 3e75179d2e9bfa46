"""An alert always reaches somebody, a reply reaches its citizen once, and staff see which. Over HTTP, against the strict fake."""

from datetime import timedelta

import pytest

from bot.channels.telegram_updates import parse_update
from handlers.complaints import watching
from storage.tables import outbox
from tests.fakes.citizen import TelegramCitizen
from tests.fakes.telegram import FakeTelegram
from tests.posting import posting
from tests.running import Clock, build_settings, open_runtime
from tests.staffing import INTEGRITY, OFFICE, OPERATOR, UNIT, complain, messages_to, reload
from tests.talking import receive_all

GROUPS = (UNIT, OFFICE, INTEGRITY)
PATIENCE = timedelta(minutes=2)


@pytest.fixture
def database_url(tmp_path):
    """The address of an empty database: which one makes no difference here."""
    return f"sqlite:///{tmp_path}/hailong.db"


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        for group in GROUPS:
            fake.add_group(int(group))
        yield fake


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def runtime(database_url, tmp_path, fake, clock):
    settings = build_settings(database_url, api_base=fake.base_url, complaints={"hold": "0m"})
    with open_runtime(tmp_path, settings, clock=clock) as runtime:
        yield runtime


def on_telegram(runtime, fake, person: int, *, chat: str = "", name: str = "Cán bộ Một") -> TelegramCitizen:
    """Somebody who does on the fake what a thumb can do, taken in at once in this process."""

    def deliver(update) -> int:
        if not fake.world.is_wanted(update):
            return 0
        outcome = receive_all(runtime, parse_update(update))
        if "callback_query" in update:
            params = {"callback_query_id": update["callback_query"]["id"]}
            fake.carry_out("answerCallbackQuery", params | ({"text": outcome.toast} if outcome.toast else {}))
        return 200

    return TelegramCitizen(fake, person, deliver, chat_id=int(chat) if chat else None, name=name, timeout=2)


def raised(runtime, fake, person: int = 1001, **marks):
    """Let a citizen complain. Return her and her case."""
    fake.add_private(person)
    citizen, case = complain(runtime, person=person, **(marks or {"q3_3": 5}))
    assert case is not None
    return citizen, case


def alerts(fake, chat: str, case) -> list:
    """The cards of a case on a chat's screen."""
    head = f"Phản ánh {case.number} · "
    return [m for m in fake.messages(int(chat)) if m.text.removeprefix("⚠ ").startswith(head)]


def texts(fake, chat) -> list[str]:
    return [message.text for message in fake.messages(int(chat))]


def operator_told(runtime) -> list[str]:
    return [m.text for m in messages_to(runtime, OPERATOR, "web") if "Không gửi được phản ánh" in m.text]


# -- a chat that cannot be reached


TROUBLES = {
    "the bot was kicked": lambda fake: fake.kick(int(UNIT)),
    "the chat is gone": lambda fake: fake.forget(int(UNIT)),
    "the chat hangs": lambda fake: fake.inject("send*", 999, ("timeout", 0.05), chat_id=int(UNIT)),
    "the connection is cut": lambda fake: fake.inject("send*", 999, "cut_before", chat_id=int(UNIT)),
    "Telegram fails": lambda fake: fake.inject("send*", 999, "500", chat_id=int(UNIT)),
    "Telegram asks for a long pause": lambda fake: fake.inject("send*", 999, ("429", 300), chat_id=int(UNIT)),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_alert_that_cannot_arrive_is_with_those_above_within_two_minutes(
    runtime, fake, clock, trouble: str
) -> None:
    TROUBLES[trouble](fake)
    _, one = raised(runtime, fake)
    _, other = raised(runtime, fake, 1002)
    began = clock.at

    async with posting(runtime) as post:
        await post.send()
        while not (alerts(fake, OFFICE, one) and alerts(fake, OFFICE, other)):
            assert clock.at - began < PATIENCE
            await post.go_on(clock, minutes=1 / 6)
        await post.go_on(clock, minutes=10)

    assert [len(alerts(fake, OFFICE, case)) for case in (one, other)] == [1, 1]
    assert len(operator_told(runtime)) == 1
    assert reload(runtime, one).is_fallback


async def test_what_accuses_somebody_falls_back_to_nobody(runtime, fake, clock) -> None:
    fake.kick(int(INTEGRITY))
    _, case = raised(runtime, fake, q3_8=1)

    async with posting(runtime) as post:
        await post.go_on(clock, minutes=2)

    assert fake.messages(int(OFFICE)) == []
    assert fake.messages(int(UNIT)) == []
    told = [message.plain() for message in messages_to(runtime, OPERATOR, "web")]
    assert [case.number in text and "liêm chính" in text for text in told] == [True]


async def test_a_group_that_migrated_gets_its_alert_under_its_new_number(runtime, fake, clock) -> None:
    new = "-1009876543210"
    fake.migrate(int(UNIT), int(new))
    _, case = raised(runtime, fake)

    async with posting(runtime) as post:
        await post.go_on(clock, minutes=3)
        clerk = on_telegram(runtime, fake, 501, chat=new)
        clerk.press(alerts(fake, new, case)[0], "Nhận xử lý")
        await post.send()

    [card] = alerts(fake, new, case)
    assert "Đang xử lý: Cán bộ Một" in card.text
    assert alerts(fake, OFFICE, case) == []
    assert operator_told(runtime) == []


async def test_a_card_shown_before_the_group_migrated_is_shown_again_in_the_new_one(
    runtime, fake, clock
) -> None:
    new = "-1009876543210"
    _, case = raised(runtime, fake)

    async with posting(runtime) as post:
        await post.send()
        clerk = on_telegram(runtime, fake, 501, chat=UNIT)
        clerk.migrate_group(int(new))
        await post.send()
        clerk.type(f"/nhan {case.number}")
        await post.go_on(clock, minutes=2)

    assert ["Đang xử lý: Cán bộ Một" in card.text for card in alerts(fake, new, case)] == [True]


async def test_many_alerts_that_only_wait_for_their_turn_are_no_failure(runtime, fake, clock) -> None:
    cases = [raised(runtime, fake, 1001 + n)[1] for n in range(12)]
    sent = outbox.c.place == "card"

    async with posting(runtime) as post:
        await post.send()
    with runtime.database.reading() as tx:
        ids = [row.id for row in tx.execute(outbox.select().where(sent).order_by(outbox.c.id))]
    waiting = outbox.update().where(outbox.c.id.in_(ids[6:])).values(state="waiting")
    later = (
        outbox.update().where(outbox.c.id.in_(ids[:6])).values(finished_at=clock.at + timedelta(seconds=80))
    )
    runtime.database.write(lambda tx: (tx.execute(waiting), tx.execute(later)))
    async with posting(runtime) as post:
        clock.at += timedelta(seconds=95)
        runtime.database.write(lambda tx: watching.watch(tx, runtime.setup, clock.at))
        await post.send()

    assert len(cases) == 12
    assert fake.messages(int(OFFICE)) == []
    assert operator_told(runtime) == []


# -- a reply


async def test_staff_work_a_case_with_thumbs_on_a_phone(runtime, fake, clock) -> None:
    citizen, case = raised(runtime, fake)
    one = on_telegram(runtime, fake, 501, chat=UNIT)
    two = on_telegram(runtime, fake, 502, chat=UNIT, name="Cán bộ Hai")
    her = on_telegram(runtime, fake, citizen.person, name="Người dân")

    async with posting(runtime) as post:
        await post.send()
        [card] = alerts(fake, UNIT, case)
        one.press(card, "Nhận xử lý")
        two.press(card, "Nhận xử lý")
        one.press(card, "Trả lời")
        await post.send()
        asked = one.wait_for(lambda m: m.is_asking_for_reply)
        assert two.type("việc riêng trong nhóm") == 0  # privacy mode: the bot does not hear that
        one.type("Chúng tôi đã nhắc nhở và xin lỗi bác.", reply_to=asked)
        await post.send()
        reply = her.wait_for("xin lỗi bác")
        her.type("Cảm ơn, nhưng còn thiếu biên lai", reply_to=reply)
        await post.send()
        one.press(alerts(fake, UNIT, case)[0], "Đã giải quyết")
        await post.send()
        one.tap("Hướng dẫn chưa rõ")
        await post.send()
        one.tap("Đã giải thích")
        await post.send()
        her.tap("Đã xong")
        await post.send()
        her.tap("Hài lòng")
        await post.send()

    assert asked.asks_whom == (501,)
    assert "Cán bộ Hai" not in " ".join(texts(fake, UNIT))
    assert any("Cán bộ Một đang xử lý" in (a["text"] or "") for a in fake.answers.values())
    [card] = alerts(fake, UNIT, case)
    assert "Người dân xác nhận: đã xong." in card.text
    assert card.edits >= 3
    assert sum("còn thiếu biên lai" in text for text in texts(fake, UNIT)) == 1
    assert sum("xin lỗi bác" in text for text in texts(fake, citizen.person)) == 1
    assert reload(runtime, case).case.rating is not None
    assert (fake.violations, fake.unanswered) == ([], set())


async def test_replies_reach_their_own_citizens_once_though_the_sender_dies(runtime, fake, clock) -> None:
    people = [raised(runtime, fake, 1001 + n) for n in range(4)]
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)
    async with posting(runtime) as post:
        await post.send()
    for citizen, case in people:
        clerk.type(f"Trả lời riêng cho người {citizen.person}.", reply_to=alerts(fake, UNIT, case)[0])

    dead = posting(runtime)
    post = await dead.__aenter__()
    await post.sender.round()  # claimed and on their way …
    for task in post.sender.flying.values():
        task.cancel()  # … when the process dies
    await dead.__aexit__(None, None, None)
    async with posting(runtime) as another:
        await another.sender.take_over()
        await another.go_on(clock, minutes=2)

    for citizen, case in people:
        told = [t for t in texts(fake, citizen.person) if "Trả lời riêng" in t]
        assert [f"người {citizen.person}." in text for text in told] in ([True], [True, True])
        [card] = alerts(fake, UNIT, case)
        assert "đã đến người dân" in card.text


async def test_a_redelivered_reply_is_sent_once(runtime, fake, clock) -> None:
    citizen, case = raised(runtime, fake)
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)

    async with posting(runtime) as post:
        await post.send()
        clerk.type("Một lần thôi.", reply_to=alerts(fake, UNIT, case)[0])
        update = clerk.acts[-1].update
        for _ in range(3):
            clerk.act("again", update)
        await post.send()

    assert sum("Một lần thôi." in text for text in texts(fake, citizen.person)) == 1


@pytest.mark.parametrize("knows", ["before", "while it waits", "when it is sent"])
async def test_a_citizen_who_blocked_the_bot_is_shown_as_not_reachable(
    runtime, fake, clock, knows: str
) -> None:
    citizen, case = raised(runtime, fake)
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)
    her = on_telegram(runtime, fake, citizen.person)

    async with posting(runtime) as post:
        await post.send()
        if knows == "before":
            her.block()
        clerk.type("Xin bác cho biết thêm.", reply_to=alerts(fake, UNIT, case)[0])
        if knows == "while it waits":
            her.block()
        fake.block(citizen.person)
        await post.go_on(clock, minutes=1)

    said = " ".join(texts(fake, UNIT))
    assert "người dân không còn nhận tin" in said
    assert "đã đến người dân" not in said
    if knows != "before":
        assert "chưa gửi được" in alerts(fake, UNIT, case)[0].text


@pytest.mark.parametrize(
    ("fault", "shown"), [("cut_after", "chưa rõ đã đến"), ("500", "chưa gửi được"), (("429", 2), "đã đến")]
)
async def test_the_holder_sees_what_became_of_a_reply(runtime, fake, clock, fault, shown: str) -> None:
    citizen, case = raised(runtime, fake)
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)

    async with posting(runtime) as post:
        await post.send()
        clerk.type("Xin bác cho biết thêm.", reply_to=alerts(fake, UNIT, case)[0])
        waiting = alerts(fake, UNIT, case)
        fake.inject("sendMessage", 2 if isinstance(fault, tuple) else 99, fault, chat_id=citizen.person)
        await post.send()
        for _ in range(14):
            clock.at += timedelta(minutes=31)
            await post.send()

    assert len(waiting) == 1
    [card] = alerts(fake, UNIT, case)
    assert shown in card.text
    assert sum(case.number in text and ("chưa rõ" in text or "không gửi được" in text or "đã đến" in text)
               for text in texts(fake, UNIT) if text != card.text) == 1  # fmt: skip


async def test_pictures_go_both_ways_by_their_number_on_the_platform_and_files_only_to_her(
    runtime, fake, clock
) -> None:
    citizen, case = raised(runtime, fake)
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)
    her = on_telegram(runtime, fake, citizen.person)

    async with posting(runtime) as post:
        await post.send()
        [card] = alerts(fake, UNIT, case)
        clerk.attach("photo", "Biên lai đây ạ " + "rất dài " * 110, reply_to=card)
        clerk.attach("document", reply_to=alerts(fake, UNIT, case)[0])
        clerk.attach("document", "việc riêng")
        await post.send()
        reply = her.wait_for("Biên lai đây ạ")
        her.attach("photo", "đây là giấy hẹn", reply_to=reply)
        her.attach("document", reply_to=reply)
        await post.send()

    files = [(m.file.kind, m.file.file_id) for m in fake.messages(citizen.person) if m.file]
    assert files == [("photo", "p1"), ("document", "d1")]
    passed_on = [(m.file.kind, m.file.file_id) for m in fake.messages(int(UNIT)) if m.file]
    assert passed_on == [("photo", "p1")]  # her document would bring its name along
    assert sum("không chuyển được tệp" in text for text in texts(fake, citizen.person)) == 1
    assert sum("đây là giấy hẹn" in text for text in texts(fake, UNIT)) == 1
    assert fake.violations == []


async def test_a_file_the_platform_refuses_is_shown_as_not_sent(runtime, fake, clock) -> None:
    citizen, case = raised(runtime, fake)
    clerk = on_telegram(runtime, fake, 501, chat=UNIT)

    async with posting(runtime) as post:
        await post.send()
        clerk.attach("photo", "Biên lai đây ạ", reply_to=alerts(fake, UNIT, case)[0])
        del fake.world.files["p1"]
        await post.send()

    assert [m.file for m in fake.messages(citizen.person) if m.file] == []
    assert any("không gửi được" in text for text in texts(fake, UNIT))
