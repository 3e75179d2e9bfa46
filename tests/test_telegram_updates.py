"""Telegram's updates: payloads as Telegram sends them, people and tokens made up, and JSON of any other shape."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.telegram_updates import Misshapen, parse_update
from handlers.happenings import Attachment, Dead, Inbound, Moved, Press, Reachable, Start, Unreachable, Words
from survey.events import Kind

FOLDER = Path(__file__).with_name("payloads") / "telegram"
PAYLOADS = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}
PERSON, GROUP, SUPERGROUP = "5012345678", "-4012345678", "-1002012345678"
CALLBACK = "2152800000000000001"

HAPPENINGS = {
    "text": Words("Nên có thêm ghế chờ"),
    "text_decomposed": Words("Ha\u0300i lo\u0300ng"),
    "text_with_link": Words("xem https://khaosat.example/s/abc"),
    "text_as_reply": Words("2"),
    "text_in_topic_of_private_chat": Words("Tốt"),
    "forwarded_text": Words("Tin chuyển tiếp"),
    "start_with_token": Start("Zk3v9QmTq0b1YpLw7sXa2C-dEfGhIjKlMnOpQrStUv"),
    "start_bare": Start(""),
    "command_with_bot_name": Words("/help"),
    "edited_text": Words("Nên có thêm ghế chờ và quạt", is_edit=True),
    "voice": Attachment(Kind.VOICE),
    "video_note": Attachment(Kind.VOICE),
    "sticker": Attachment(Kind.STICKER),
    "dice": Attachment(Kind.STICKER),
    "photo": Attachment(Kind.PHOTO, "photo:AgACAgUAB", "Bảng niêm yết"),
    "location": Attachment(Kind.LOCATION),
    "venue": Attachment(Kind.LOCATION),
    "contact": Attachment(Kind.OTHER),
    "document": Attachment(Kind.OTHER, "file:BQACAgUAA", ""),
    "poll": Attachment(Kind.OTHER),
    "group_text": Words("Ai xử lý hồ sơ này?"),
    "press": Press(31, "3.2", "2"),
    "press_of_the_edit_menu": Press(31, "summary", "edit:3.10"),
    "press_on_an_inaccessible_message": Press(31, "3.2", "2"),
    "press_with_mangled_data": Dead(),
    "press_on_a_forwarded_message": Dead(),
    "press_in_a_group": Dead(),
    "press_of_an_inline_message": Dead(),
    "press_of_a_game": Dead(),
    "blocked": Unreachable(),
    "unblocked": Reachable(),
    "removed_from_group": Unreachable(),
    "added_to_group": Reachable(),
    "group_migrated_to": Moved(SUPERGROUP),
}
CHATS = {
    "group_text": "-1002012345678",
    "press_in_a_group": SUPERGROUP,
    "removed_from_group": SUPERGROUP,
    "added_to_group": SUPERGROUP,
    "group_migrated_to": GROUP,
}
NOTHING = {
    "text_from_a_bot",
    "edited_start",
    "edited_photo_caption",
    "pinned_message",
    "checklist",
    "group_migrated_from",
    "group_text_of_an_anonymous_admin",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "business_connection",
    "guest_message",
    "message_reaction",
    "poll_answer",
    "subscription",
    "a_kind_of_next_year",
}


def test_every_payload_is_expected_to_bring_something_or_nothing():
    assert HAPPENINGS.keys() | NOTHING == PAYLOADS.keys()
    assert not HAPPENINGS.keys() & NOTHING


@pytest.mark.parametrize("name", HAPPENINGS)
def test_an_update_brings(name):
    [inbound] = parse_update(PAYLOADS[name])

    assert (inbound.happening, inbound.name, inbound.channel) == (
        HAPPENINGS[name],
        CHATS.get(name, PERSON),
        "telegram",
    )
    assert inbound.callback == (CALLBACK if name.startswith("press") else "")


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_an_update_brings_nothing(name):
    assert parse_update(PAYLOADS[name]) == ()


def test_a_repetition_under_another_update_id_has_a_key_in_common():
    for name in ("text", "press", "voice", "start_with_token"):
        again = {**PAYLOADS[name], "update_id": 1}
        [first], [second] = parse_update(PAYLOADS[name]), parse_update(again)

        assert set(first.keys) & set(second.keys), name


def test_edits_of_one_message_are_not_taken_for_repetitions_of_it():
    edited = copy.deepcopy(PAYLOADS["edited_text"])
    first = {"update_id": 1, "message": {**edited["edited_message"], "text": "Nên có thêm ghế"}}
    del first["message"]["edit_date"]
    [sent], [changed] = parse_update(first), parse_update(edited)

    assert not set(sent.keys) & set(changed.keys)


@pytest.mark.parametrize(
    "payload", [None, [], "x", 3, {}, {"update_id": "7"}, {"update_id": True}, {"update_id": -1}]
)
def test_what_is_no_update_is_misshapen(payload):
    with pytest.raises(Misshapen):
        parse_update(payload)


@pytest.mark.parametrize(
    ("name", "way", "value"),
    [
        ("text", ("message", "chat", "id"), "5012345678"),
        ("text", ("message", "chat", "id"), 2**60),
        ("text", ("message", "chat"), None),
        ("text", ("message", "date"), "yesterday"),
        ("text", ("message", "text"), 5),
        ("text", ("message", "message_id"), None),
        ("text", ("message", "from"), []),
        ("press", ("callback_query", "id"), 7),
        ("press", ("callback_query", "id"), ""),
        ("press", ("callback_query", "from"), None),
        ("blocked", ("my_chat_member", "new_chat_member"), None),
        ("group_migrated_to", ("message", "migrate_to_chat_id"), "-100"),
        ("text", ("message",), [1]),
        ("text", ("message",), "text"),
    ],
)
def test_a_known_kind_of_a_wrong_shape_is_misshapen_and_repeats_nothing_of_it(name, way, value):
    payload = changed(PAYLOADS[name], way, value)

    with pytest.raises(Misshapen) as raised:
        parse_update(payload)

    assert "Nên có thêm" not in str(raised.value)
    assert PERSON not in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
KINDS = sorted({key for payload in PAYLOADS.values() for key in payload if key != "update_id"})


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_misshapen(payload):
    assert is_fine(outcome_of(payload))


@settings(deadline=None)
@given(st.sampled_from(KINDS), JSON)
def test_any_json_in_the_place_of_a_known_kind_is_read_or_misshapen(kind, value):
    assert is_fine(outcome_of({"update_id": 1, kind: value}))


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(PAYLOADS)), JSON)
def test_a_real_update_with_something_odd_anywhere_is_read_or_misshapen(data, name, value):
    way = data.draw(st.sampled_from(ways_into(PAYLOADS[name])))

    assert is_fine(outcome_of(changed(PAYLOADS[name], way, value)))


@pytest.mark.parametrize("name", sorted(PAYLOADS))
@pytest.mark.parametrize("value", [None, 0, -1, "", "x", [], {}, True, 1e308, 2**70], ids=repr)
def test_every_field_may_hold_anything(name, value):
    for way in ways_into(PAYLOADS[name]):
        assert is_fine(outcome_of(changed(PAYLOADS[name], way, value))), way


def outcome_of(payload):
    """Return what an update brings; a word when it is refused. Anything else that is raised is a bug."""
    try:
        return parse_update(payload)
    except Misshapen:
        return "misshapen"


def is_fine(outcome):
    """Whether it was refused, or everything in it has the type that the use cases rely on."""
    return outcome == "misshapen" or all(
        isinstance(inbound, Inbound)
        and inbound.name.lstrip("-").isdigit()
        and all(isinstance(key, str) and 0 < len(key) <= 120 for key in inbound.keys)
        and isinstance(inbound.callback, str)
        and all(isinstance(word, str) for word in [getattr(inbound.happening, "text", "")])
        for inbound in outcome
    )


def ways_into(value, way=()):
    """Return the ways to everything inside `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in inside for found in ((*way, key), *ways_into(inner, (*way, key)))]


def changed(payload, way, value):
    """Return `payload` with `value` in the place to which `way` leads."""
    result = copy.deepcopy(payload)
    holder = result
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = value
    return result
