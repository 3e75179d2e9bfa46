"""Whatever a citizen types, the alert arrives, and nothing in her words is a link, a command, a button or a card of ours."""

import json

import pytest
from sqlalchemy import select

from bot.channels.telegram_updates import Misshapen, parse_update
from storage.outbox import State
from storage.tables import outbox
from survey.folding import tidy
from survey.reading import Severity, read_comment
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import ShownMessage
from tests.nasty import make_comments
from tests.posting import posting
from tests.requirements import IS_LONG
from tests.running import build_settings, open_runtime
from tests.staffing import GOOD, INTEGRITY, OFFICE, UNIT, Clerk, find_case
from tests.talking import Talker, invite, message_update, receive_all

OURS = {"bold", "italic", "code", "blockquote"}
GROUPS = (UNIT, OFFICE, INTEGRITY)
LONGEST = 4000  # letters of a comment
SHOWN = 1500  # letters of a comment on a card
PARTS = 10


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
def runtime(database_url, tmp_path, fake):
    settings = build_settings(database_url, api_base=fake.base_url, complaints={"hold": "0m"})
    with open_runtime(tmp_path, settings) as runtime:
        yield runtime


def raise_case(runtime, fake, person: int, comment: str):
    """Let a citizen type a comment into her form, shorter when it is too long for it. Return her case."""
    fake.add_private(person)
    talker = Talker(runtime, person=person).open(invite(runtime))
    talker.press("greeting=begin")
    for question, option in (GOOD | {"3.3": 5}).items():
        talker.press(f"{question}={option}")
    talker.type(comment)
    if len(tidy(comment)) > LONGEST:
        talker.type(tidy(comment)[:LONGEST])
    if not tidy(comment):
        talker.press("comment=skip")
    for press in ("reply=no", "summary=submit"):
        talker.press(press)
    case = find_case(runtime, talker)
    assert case is not None, comment[:80]
    return case


def shown(fake, chat: str) -> list[ShownMessage]:
    return fake.messages(int(chat))


def cards_of(fake, case) -> list[ShownMessage]:
    """The messages of staff that begin as the card of that case."""
    heads = (f"Phản ánh {case.number} · ", f"⚠ Phản ánh {case.number} · ")
    return [m for chat in GROUPS for m in shown(fake, chat) if m.text.startswith(heads)]


def part_of(message: ShownMessage, kind: str) -> str:
    """What stands in the one entity of that kind."""
    [entity] = [e for e in message.entities if e["type"] == kind] or [{"offset": 0, "length": 0}]
    letters = message.text.encode("utf-16-le")
    return letters[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


def active(fake) -> list[str]:
    """Entities in chats of staff that are not ours."""
    messages = (message for chat in GROUPS for message in shown(fake, chat))
    return [e["type"] for message in messages for e in message.entities if e["type"] not in OURS]


def states(runtime) -> set[str]:
    """What became of all that was to be said."""
    with runtime.database.reading() as tx:
        return set(tx.execute(select(outbox.c.state)).scalars())


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS if IS_LONG else 1))
async def test_every_nasty_comment_arrives_on_a_card_and_is_only_shown(runtime, fake, part: int) -> None:
    comments = make_comments()[part::PARTS]
    cases = [raise_case(runtime, fake, 3000 + n, comment) for n, comment in enumerate(comments)]

    async with posting(runtime) as post:
        await post.send()

    assert len(comments) == 50
    for comment, case in zip(comments, cases, strict=True):
        [card] = cards_of(fake, case)
        said, words = part_of(card, "code"), tidy(comment)
        if not said:  # a comment without a single word is none
            assert read_comment(words, runtime.setup.wording.lexicon) is Severity.EMPTY
            continue
        assert squeezed(said).rstrip("…") == squeezed(words[:SHOWN]), comment[:80]
        assert said == part_of(card, "blockquote")
        assert len(card.text) <= 4096
        assert [button["text"] for button in card.buttons][:2] == ["Nhận xử lý", "Trả lời"]
        outside = card.text.replace(said, "", 1)
        assert len(words) < 12 or squeezed(words[:SHOWN]) not in squeezed(outside)
    assert active(fake) == []
    assert fake.violations == []
    assert {call.status for call in fake.calls} == {200}


@pytest.mark.slow
async def test_nasty_words_stay_harmless_wherever_staff_look_at_them(runtime, fake) -> None:
    comments = make_comments()[::25]
    fake.world.people[501] = {"id": 501, "is_bot": False, "first_name": "Cán bộ Một"}
    for number, comment in enumerate(comments):
        case = raise_case(runtime, fake, 3000 + number, comment)
        chat = INTEGRITY if case.is_critical else UNIT
        clerk = Clerk(runtime, chat=chat)
        clerk.type(f"nhận {case.number}")
        clerk.type(f"ghi chú {case.number}: {comment[:3000]}")
        clerk.type(f"hỏi thêm {case.number}: hôm nào ạ?")
        tell(runtime, 3000 + number, comment)
        for command in ("lịch sử", "xem đủ", "xem"):
            clerk.type(f"{command} {case.number}")

    async with posting(runtime) as post:
        await post.send()

    assert State.FAILED not in states(runtime)
    assert set(active(fake)) <= {"text_mention"}  # of the colleague who is asked for words
    assert fake.violations == []
    assert sum(len(shown(fake, chat)) for chat in GROUPS) > 4 * len(comments)
    assert all(len(message.text) <= 4096 for chat in GROUPS for message in shown(fake, chat))


def tell(runtime, person: int, words: str) -> None:
    """Let the citizen answer the office in words."""
    receive_all(runtime, parse_update(json.loads(json.dumps(message_update(person, words)))))


@pytest.mark.parametrize("letter", ["ﷲ", "\U0001fae0"])
async def test_a_platform_that_refuses_a_letter_gets_the_alert_without_the_words(
    runtime, fake, letter
) -> None:
    fake.refuse_letters(letter)
    case = raise_case(runtime, fake, 3000, f"chờ lâu quá {letter} xem https://lua.example")

    async with posting(runtime) as post:
        await post.send()
        Clerk(runtime).press(case, "card=claim")
        await post.send()

    [card] = cards_of(fake, case)
    assert "Góp ý có ký tự không hiện được" in card.text
    assert "lua.example" not in card.text
    assert "Đang xử lý: Cán bộ Một" in card.text
    assert [button["text"] for button in card.buttons][:2] == ["Nhận xử lý", "Trả lời"]
    assert active(fake) == []


async def test_a_platform_that_refuses_our_markup_gets_the_words_without_effect(runtime, fake) -> None:
    case = raise_case(runtime, fake, 3000, "chậm quá 😀 bấm /xoa hoặc https://lua.example @giamdoc")
    fake.inject("sendMessage", 1, "bad_markup", chat_id=int(UNIT))

    async with posting(runtime) as post:
        await post.send()

    [card] = cards_of(fake, case)
    assert part_of(card, "code") == "│ chậm quá 😀 bấm /xoa hoặc https://lua.example @giamdoc"
    assert active(fake) == []


@pytest.mark.parametrize("half", ["\ud83d", "a\udc00b"])
def test_half_a_letter_is_refused_at_the_door_and_the_form_goes_on(runtime, fake, half: str) -> None:
    update = json.loads(json.dumps(message_update(3000, half)))

    with pytest.raises(Misshapen):
        parse_update(update)

    assert raise_case(runtime, fake, 3000, "lâu quá") is not None
