"""Who may act on a complaint: members of its chats, or those bound by a code; nobody else, and strangers learn nothing."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.telegram_updates import parse_update
from handlers.complaints import enlisting
from storage import complaints, staff
from storage.staff import Grant, Role
from storage.tables import outbox
from survey.complaints.case import Status
from tests.running import build_settings, open_runtime
from tests.staffing import INTEGRITY, OFFICE, UNIT, Clerk, complain, messages_to, reload
from tests.talking import Talker, invite, message_update, receive_all, send_all

ENERGY = "-1005"  # the other unit's group
STRANGERS = "-4004"
SHARED = "-1009"  # a group of both units
OFFICER = Grant(unit_code="QLTM", role=Role.OFFICER)
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
FORWARDED = {"forward_origin": {"type": "user", "date": 1, "sender_user": {"id": 9, "is_bot": False, "first_name": "X"}}}  # fmt: skip


def settings_of(database_url: str, **complaint_settings):
    """The made-up department, whose second unit has a group of its own and one shared with the first."""
    tree = build_settings(database_url, complaints={"hold": "0m", **complaint_settings})
    tree["units"][0]["staff_chats"] += [f"telegram:{SHARED}"]
    tree["units"][1]["staff_chats"] = [f"telegram:{ENERGY}", f"telegram:{SHARED}"]
    return tree


@pytest.fixture
def database_url(tmp_path):
    """The address of an empty database: which one makes no difference here."""
    return f"sqlite:///{tmp_path}/hailong.db"


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, settings_of(database_url)) as runtime:
        yield runtime


@pytest.fixture
def bound(database_url, tmp_path):
    """The same where only bound accounts may act."""
    with open_runtime(tmp_path, settings_of(database_url, who_may_act="bound_accounts")) as runtime:
        yield runtime


def raised(runtime, **marks):
    """Return a case whose cards have gone out."""
    _, case = complain(runtime, **(marks or {"q3_3": 5}))
    assert case is not None
    send_all(runtime)
    return case


def written(runtime) -> int:
    """How much was ever put into the outbox."""
    with runtime.database.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(outbox)).scalar_one())


def typed(clerk: Clerk, text: str, **changes):
    """Words in the clerk's chat as Telegram brings them, with some fields changed."""
    update = message_update(clerk.person, text, chat=clerk.group)
    update["message"] |= {"from": clerk.user} | changes
    return update


def invitation(runtime, grant: Grant = OFFICER) -> str:
    return runtime.database.write(
        lambda tx: enlisting.invite(tx, runtime.setup, grant, runtime.clock(), actor="test")
    )


def enlist(runtime, clerk: Clerk, grant: Grant = OFFICER) -> None:
    clerk.type(f"/dangky {invitation(runtime, grant)}")


def bindings(runtime):
    with runtime.database.reading() as tx:
        return staff.list_bindings(tx)


# -- strangers and disguises


NOWHERE: Any = None  # the program is put in by the test
STRANGE_PLACES = {
    "a group nobody knows": Clerk(NOWHERE, person=900, chat=STRANGERS),
    "another unit's group": Clerk(NOWHERE, person=901, chat=ENERGY),
    "a private chat": Clerk(NOWHERE, person=902, chat="902"),
}
COMMANDS = (
    "nhận {0}",
    "xem {0}",
    "xem đủ {0}",
    "lịch sử {0}",
    "trả lời {0}: xin chào",
    "giải quyết {0}: 1; 1",
)


@pytest.mark.parametrize("place", STRANGE_PLACES)
def test_from_a_strange_chat_nothing_moves_and_nothing_is_revealed(runtime, place: str) -> None:
    case = raised(runtime)
    clerk = replace(STRANGE_PLACES[place], runtime=runtime)
    there = len(messages_to(runtime, clerk.chat))

    toasts = [clerk.press(case, f"card={name}") for name in ("claim", "reply", "resolve", "escalate", "more")]
    toasts += [clerk.press(case, f"more={name}") for name in ("history", "full", "note", "refer")]
    for command in COMMANDS:
        clerk.type(command.format(case.number))
    clerk.type("danh sách")
    told = [m.plain() for m in messages_to(runtime, clerk.chat)[there:]]
    for command in COMMANDS:
        clerk.type(command.format("PA-2026-0099"))
    clerk.type("danh sách")
    told_of_none = [m.plain() for m in messages_to(runtime, clerk.chat)[there + len(told) :]]

    assert reload(runtime, case) == case
    assert not any(case.number in words or "Thái độ" in words for words in (*toasts, *told))
    assert told == told_of_none


@pytest.mark.parametrize("chat", [UNIT, STRANGERS])
def test_a_forwarded_card_is_dead(runtime, chat: str) -> None:
    case = raised(runtime)
    update = Clerk(runtime, chat=chat).press_update(case, "card=claim")
    update["callback_query"]["message"] |= FORWARDED

    toast = receive_all(runtime, parse_update(update)).toast

    assert toast == "Nút này không dùng được ạ."
    assert reload(runtime, case) == case


def disguises(clerk: Clerk, words: str) -> dict[str, dict]:
    """What looks like an act in the unit's group and is none."""
    plain = typed(clerk, words)
    channel = {"id": -100500, "type": "channel", "title": "Kênh"}
    return {
        "an anonymous admin": typed(clerk, words, **{"from": ANONYMOUS, "sender_chat": clerk.group}),
        "somebody in the name of a channel": typed(clerk, words, sender_chat=channel),
        "a bot": typed(clerk, words, **{"from": {"id": 77, "is_bot": True, "first_name": "Bot"}}),
        "forwarded words": typed(clerk, words, **FORWARDED),
        "an edit": {"update_id": plain["update_id"], "edited_message": plain["message"] | {"edit_date": 2}},
        "a channel's post": {
            "update_id": plain["update_id"],
            "channel_post": {"message_id": 5, "chat": channel, "date": 1, "text": words},
        },
    }


@pytest.mark.parametrize("who", disguises(Clerk(NOWHERE), "x"))
def test_disguised_words_in_the_units_group_do_nothing(runtime, who: str) -> None:
    case = raised(runtime)
    before = written(runtime)

    for command in (*COMMANDS, "danh sách", "giúp"):
        update = disguises(Clerk(runtime), command.format(case.number))[who]
        receive_all(runtime, parse_update(update))

    assert reload(runtime, case) == case
    assert written(runtime) == before


def test_a_bot_presses_nothing(runtime) -> None:
    case = raised(runtime)
    update = Clerk(runtime).press_update(case, "card=claim")
    update["callback_query"]["from"] = ANONYMOUS

    receive_all(runtime, parse_update(update))

    assert reload(runtime, case) == case


def test_what_is_held_back_is_not_known_in_the_chat_before_its_card(database_url, tmp_path) -> None:
    with open_runtime(tmp_path, settings_of(database_url, hold="60m")) as runtime:
        _, case = complain(runtime, reply="no", q3_3=5)
        assert case is not None
        clerk = Clerk(runtime)

        clerk.type(f"xem {case.number}")
        told = messages_to(runtime, UNIT)[-1].plain()
        toast = clerk.press(case, "card=claim")

        assert told == toast == "Không có phản ánh này trong nhóm."
        assert reload(runtime, case) == case


# -- what accuses somebody


@pytest.mark.parametrize("command", [*COMMANDS, "danh sách"])
@pytest.mark.parametrize("chat", [UNIT, SHARED, OFFICE])
def test_what_accuses_somebody_is_shown_by_no_command_outside_the_integrity_chats(
    runtime, command: str, chat: str
) -> None:
    case = raised(runtime, q3_8=1)

    Clerk(runtime, chat=chat).type(command.format(case.number))

    told = " ".join(message.plain() for message in messages_to(runtime, chat))
    assert case.number not in told
    assert "Chi phí" not in told
    assert reload(runtime, case) == case
    Clerk(runtime, chat=INTEGRITY).type("danh sách")
    assert case.number in messages_to(runtime, INTEGRITY)[-1].plain()


def test_what_is_referred_leaves_the_units_chat_at_once(runtime) -> None:
    case = raised(runtime)
    clerk = Clerk(runtime)
    clerk.press(case, "more=refer")
    before = len(messages_to(runtime, UNIT))

    for command in COMMANDS:
        clerk.type(command.format(case.number))

    told = [message.plain() for message in messages_to(runtime, UNIT)[before:]]
    assert set(told) == {"Không có phản ánh này trong nhóm."}
    assert reload(runtime, case).case.status is Status.NEW


# -- bound accounts


def test_only_who_is_bound_may_act(bound) -> None:
    case = raised(bound)
    clerk = Clerk(bound)

    assert "/dangky" in clerk.press(case, "card=claim")
    clerk.type(f"xem {case.number}")
    assert "/dangky" in messages_to(bound, UNIT)[-1].plain()
    assert reload(bound, case) == case
    enlist(bound, clerk)

    assert "nhận xử lý" in clerk.press(case, "card=claim")
    assert "/dangky" in Clerk(bound, person=502).press(case, "card=claim")


def test_an_officer_may_not_act_on_another_units_case_in_a_shared_group(bound) -> None:
    case = raised(bound)
    stranger, own = (Clerk(bound, person=p, chat=SHARED) for p in (601, 602))
    enlist(bound, stranger, Grant(unit_code="QLNL", role=Role.HEAD))
    enlist(bound, own)

    refused = [stranger.press(case, f"card={name}") for name in ("claim", "resolve", "escalate", "reply")]
    stranger.answer_card(case, "xin lỗi bác")
    stranger.type(f"lịch sử {case.number}")

    assert all("/dangky" in toast for toast in refused)
    assert all("/dangky" in message.plain() for message in messages_to(bound, SHARED)[-2:])
    assert reload(bound, case) == case
    assert "nhận xử lý" in own.press(case, "card=claim")


def test_an_edit_or_a_forward_binds_nobody(bound) -> None:
    code = invitation(bound)
    for clerk in (Clerk(bound), Clerk(bound, person=905, chat="905")):
        for who in ("an edit", "an anonymous admin", "a bot"):
            receive_all(bound, parse_update(disguises(clerk, f"/dangky {code}")[who]))

    assert bindings(bound) == []


@pytest.mark.parametrize("mode", ["chat_members", "bound_accounts"])
def test_who_is_removed_loses_everything_at_once(database_url, tmp_path, mode: str) -> None:
    with open_runtime(tmp_path, settings_of(database_url, who_may_act=mode)) as runtime:
        held, closed = raised(runtime), raised(runtime, person=1002, q3_3=4)
        clerk, colleague = Clerk(runtime), Clerk(runtime, person=502, name="Cán bộ Hai")
        for one in (clerk, colleague):
            enlist(runtime, one)
        clerk.press(held, "card=claim")
        clerk.resolve(closed)
        clerk.press(held, "card=reply")
        [mine] = [b for b in bindings(runtime) if b.person_id == reload(runtime, held).case.holder]

        runtime.database.write(
            lambda tx: enlisting.remove(tx, runtime.setup, mine.id, runtime.clock(), actor="test")
        )
        clerk.type("câu này không ai được gửi")
        toasts = [clerk.press(held, "card=claim"), clerk.press(closed, "card=reopen")]

        assert reload(runtime, held).case.status is Status.NEW
        assert reload(runtime, held).case.holder is None
        assert reload(runtime, closed).case.status is Status.RESOLVED
        assert all("quyền" in toast for toast in toasts)
        with runtime.database.reading() as tx:
            assert not complaints.list_events(tx, runtime.setup.vault, held.id, what=("replied",))
        assert "nhận xử lý" in colleague.press(held, "card=claim")


def test_an_unknown_press_reveals_nothing(runtime) -> None:
    case = raised(runtime)
    clerk = Clerk(runtime)

    for press in ("card=steal", "zzz=1", "cause=bribe", "action=nothing", "promise=2026-13-45", "template=7"):
        assert case.number not in clerk.press(case, press)

    assert reload(runtime, case) == case


def test_a_citizen_judges_no_complaint_but_her_own(runtime) -> None:
    case = raised(runtime)
    Clerk(runtime).resolve(case)
    other = Talker(runtime, person=1777).open(invite(runtime))
    closed = reload(runtime, case)

    for press in ("verdict=done", "verdict=not", "rate=5", "tell=yes", "card=reopen"):
        clerk = Clerk(runtime, person=other.person, chat=str(other.person))
        assert case.number not in clerk.press(case, press)

    assert reload(runtime, case) == closed
