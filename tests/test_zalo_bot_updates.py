"""Updates of the Zalo Bot Platform: payloads as the platform sends them, people made up, and JSON of any other shape."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.zalo_bot_updates import Misshapen, parse_bot_update
from handlers.happenings import Attachment, Inbound, Words
from survey.events import Kind
from tests.test_telegram_updates import JSON, changed, ways_into

FOLDER = Path(__file__).with_name("payloads") / "zalo_bot"
PAYLOADS = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}
PERSON, GROUP, LINK = "6ede9afa66b88fe6d6a9", "zgr-5d2c8e41a7f0b936", "https://photo.example/f/8c1a/tep.jpg"
HAPPENINGS = {
    "text": Words("nhan PA-2026-0012"),
    "text_bare": Words("nhan PA-2026-0012"),
    "text_decomposed": Words("Ha\u0300i lo\u0300ng"),
    "text_with_an_at_sign_in_private": Words("@Bot Mẫu chào"),
    "text_of_a_sender_with_another_field_for_the_name": Words("danh sach"),
    "text_with_ids_as_numbers": Words("giup"),
    "text_with_fields_of_next_year": Words("giup"),
    "group_command": Words("nhan PA-2026-0012"),
    "group_list": Words("danh sách"),
    "group_slash": Words("/baocao 2026-Q3"),
    "group_code": Words("dangky K7M2-9QXA"),
    "group_number": Words("PA-2026-0012 thế nào rồi"),
    "group_words": Words("đã gọi cho người dân"),
    "group_answer_without_a_mention": Words("tra loi PA-2026-0012: đã cấp lại"),
    "group_mention_alone": Words(""),
    "image": Attachment(Kind.PHOTO, f"photo:{LINK}", "Bảng niêm yết"),
    "image_as_documented": Attachment(Kind.PHOTO, f"photo:{LINK}"),
    "image_in_group": Attachment(Kind.PHOTO, f"photo:{LINK}", "tra loi PA-2026-0012"),
    "image_without_address": Attachment(Kind.PHOTO),
    "sticker": Attachment(Kind.STICKER),
    "voice": Attachment(Kind.VOICE),
    "unsupported": Attachment(Kind.OTHER),
}
NOTHING = {"text_from_a_bot", "chat_of_an_unknown_type", "event_of_next_year", "idle_poll", "probe"}


def in_group(text, **options):
    """Return what the words of a group are read as."""
    [inbound] = parse_bot_update(
        changed(PAYLOADS["group_command"], ("result", "message", "text"), text), **options
    )
    return inbound.happening.text


def test_every_payload_is_expected_to_bring_something_or_nothing():
    assert HAPPENINGS.keys() | NOTHING == PAYLOADS.keys()
    assert not HAPPENINGS.keys() & NOTHING


@pytest.mark.parametrize("name", HAPPENINGS)
def test_an_update_brings(name):
    [inbound] = parse_bot_update(PAYLOADS[name])
    is_group = name.startswith("group") or name.endswith("in_group")

    assert (inbound.happening, inbound.channel, inbound.is_group) == (HAPPENINGS[name], "zalo_bot", is_group)
    if name != "text_with_ids_as_numbers":
        assert inbound.name == (GROUP if is_group else PERSON)
        assert (inbound.actor.key, inbound.actor.name) == (PERSON, "Cán bộ Một")
        assert inbound.keys == ("m2d758cb5e222177a4e35",)


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_an_update_brings_nothing(name):
    assert parse_bot_update(PAYLOADS[name]) == ()


@pytest.mark.parametrize(("name", "field"), [("text", "text"), ("image", "caption")])
def test_of_endless_words_only_the_beginning_is_read(name, field):
    [inbound] = parse_bot_update(changed(PAYLOADS[name], ("result", "message", field), "giup " * 100_000))

    happening = inbound.happening
    assert len(happening.text if isinstance(happening, Words) else happening.caption) <= 10_000


def test_ids_that_come_as_numbers_are_read_as_they_are():
    [inbound] = parse_bot_update(PAYLOADS["text_with_ids_as_numbers"])

    assert (inbound.name, inbound.actor.key, inbound.keys) == ("246845883529", "246845883529", ("m44",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@Bot Sở Mẫu Đã cấp lại giấy", "Đã cấp lại giấy"),
        ("@bot sở mẫu, nhận PA-2026-0012", "nhận PA-2026-0012"),
        (
            "@Bot Sở\u031b\u0309 Mẫu Đã cấp",
            "Sở\u031b\u0309 Mẫu Đã cấp",
        ),  # another name: only its first word is sure
        ("  @Bot So\u031b\u0309 Ma\u0302\u0303u xong rồi", "xong rồi"),  # the same letters, written apart
        ("nhờ @Bot Sở Mẫu", "nhờ @Bot Sở Mẫu"),
        ("@Bot Sở Mẫu PA-2026-0012 xong", "PA-2026-0012 xong"),  # "mẫu" is a command too
    ],
)
def test_with_the_bots_name_known_the_mention_is_taken_off_to_the_letter(text, words):
    found = in_group(text, bot_name="Bot Sở Mẫu")

    assert unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", words)


def test_a_long_name_takes_nothing_from_the_words_behind_it():
    assert in_group("@Bot một hai ba bốn năm danh sách") == "danh sách"
    assert in_group("@Bot một hai ba bốn năm sáu danh sách") == "một hai ba bốn năm sáu danh sách"


@pytest.mark.parametrize("payload", [None, [], "x", 3, [{}]])
def test_what_is_no_update_is_misshapen(payload):
    with pytest.raises(Misshapen):
        parse_bot_update(payload)


@pytest.mark.parametrize(
    ("name", "way", "value"),
    [
        ("text", ("event_name",), 7),
        ("text", ("message",), None),
        ("text", ("message",), [1]),
        ("text", ("message", "from"), None),
        ("text", ("message", "from", "id"), ""),
        ("text", ("message", "from", "id"), "có dấu cách"),
        ("text", ("message", "chat"), "6ede9afa66b88fe6d6a9"),
        ("text", ("message", "chat", "id"), None),
        ("text", ("message", "chat", "id"), -5),
        ("text", ("message", "message_id"), True),
        ("text", ("message", "message_id"), "x" * 101),
        ("text", ("message", "text"), 5),
        ("text", ("message", "text"), "nửa chữ \ud800"),
        ("image", ("message", "message_id"), {}),
    ],
)
def test_a_known_kind_of_a_wrong_shape_is_misshapen_and_repeats_nothing_of_it(name, way, value):
    payload = changed(PAYLOADS[name], ("result", *way), value)

    with pytest.raises(Misshapen) as raised:
        parse_bot_update(payload)

    assert PERSON not in str(raised.value)
    assert "PA-2026" not in str(raised.value)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_misshapen(payload):
    assert is_fine(outcome_of(payload))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(PAYLOADS)), JSON)
def test_a_real_update_with_something_odd_anywhere_is_read_or_misshapen(data, name, value):
    ways = ways_into(PAYLOADS[name])
    payload = changed(PAYLOADS[name], data.draw(st.sampled_from(ways)), value) if ways else value

    assert is_fine(outcome_of(payload))


@pytest.mark.parametrize("name", sorted(PAYLOADS))
@pytest.mark.parametrize("value", [None, 0, -1, "", "x", [], {}, True, 1e308, 2**70], ids=repr)
def test_every_field_may_hold_anything(name, value):
    for way in ways_into(PAYLOADS[name]):
        assert is_fine(outcome_of(changed(PAYLOADS[name], way, value))), way


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "Bot Sở Mẫu"]))
def test_words_behind_a_mention_are_always_the_end_of_what_was_written(text, name):
    written = f"@Bot Sở Mẫu {text}"
    found = outcome_of(changed(PAYLOADS["group_command"], ("result", "message", "text"), written), name)

    assert is_fine(found)
    if found != "misshapen":
        assert len(found[0].happening.text) <= len(written)


def outcome_of(payload, name=""):
    """Return what an update brings; a word when it is refused. Anything else that is raised is a bug."""
    try:
        return parse_bot_update(payload, bot_name=name)
    except Misshapen:
        return "misshapen"


def is_fine(outcome):
    """Whether it was refused, or everything in it has the type that the use cases rely on."""
    return outcome == "misshapen" or all(
        isinstance(inbound, Inbound)
        and 0 < len(inbound.name) <= 100
        and all(isinstance(key, str) and 0 < len(key) <= 120 for key in inbound.keys)
        and isinstance(inbound.actor.name, str)
        and isinstance(getattr(inbound.happening, "text", ""), str)
        and isinstance(getattr(inbound.happening, "caption", ""), str)
        for inbound in outcome
    )
