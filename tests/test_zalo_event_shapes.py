"""Whatever stands in an event of Zalo, it is read or called misshapen: nothing else is ever raised."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.zalo_events import Misshapen
from handlers.happenings import Inbound, Words
from tests.zalo_payloads import LONE, OURS, PAYLOADS, PERSON, changed, parse, ways_into


@pytest.mark.parametrize("payload", [None, [], "x", 3, {}, {"event_name": 7}, {"event_name": ""}])
def test_what_is_no_event_is_misshapen(payload):
    with pytest.raises(Misshapen):
        parse(payload)


@pytest.mark.parametrize(
    ("name", "way", "value"),
    [
        ("user_send_text", ("sender",), None),
        ("user_send_text", ("sender", "id"), 246845883529197922),
        ("user_send_text", ("sender", "id"), "246 845"),
        ("user_send_text", ("sender", "id"), "2" * 65),
        ("user_send_text", ("sender", "id"), "２４６"),
        ("user_send_text", ("recipient",), []),
        ("user_send_text", ("recipient", "id"), None),
        ("user_send_text", ("message",), "x"),
        ("user_send_text", ("message", "text"), 5),
        ("user_send_text", ("message", "text"), None),
        ("user_send_text", ("message", "text"), LONE),
        ("user_send_text", ("message", "msg_id"), 7),
        ("follow", ("follower",), None),
        ("follow", ("follower", "id"), ""),
        ("user_withdraw", ("user_id",), 5),
        ("user_submit_info", ("info",), "x"),
        ("widget_interaction_accepted", ("data",), 5),
        ("user_seen_message", ("message", "msg_ids"), OURS),
        ("user_received_message_by_phone", ("message", "tracking_id"), 5),
        ("user_send_group_text", ("recipient", "id"), "a\0b"),
        ("delete_group", ("group_id",), None),
    ],
)
def test_a_known_kind_of_a_wrong_shape_is_misshapen_and_repeats_nothing_of_it(name, way, value):
    payload = changed(PAYLOADS[name], way, value)

    with pytest.raises(Misshapen) as raised:
        parse(payload)

    assert "hài lòng" not in str(raised.value)
    assert PERSON not in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
EVENTS = sorted({payload["event_name"] for payload in PAYLOADS.values()})
FIELDS = sorted({key for payload in PAYLOADS.values() for key in payload if key != "event_name"})


@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_misshapen(payload):
    assert is_fine(outcome_of(payload))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(EVENTS), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_a_known_kind_with_any_fields_is_read_or_misshapen(event, fields):
    assert is_fine(outcome_of({**fields, "event_name": event}))


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(PAYLOADS)), JSON)
def test_a_real_event_with_something_odd_anywhere_is_read_or_misshapen(data, name, value):
    way = data.draw(st.sampled_from(ways_into(PAYLOADS[name])))

    assert is_fine(outcome_of(changed(PAYLOADS[name], way, value)))


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_every_field_may_hold_anything(name):
    for value in (None, 0, -1, "", "x", "\0", LONE, [], [[]], {}, {"id": []}, True, 1e308, 2**70, 10**5000):
        for way in ways_into(PAYLOADS[name]):
            assert is_fine(outcome_of(changed(PAYLOADS[name], way, value))), (way, type(value))


@pytest.mark.parametrize("name", ["user_send_text", "user_send_image", "user_send_group_text"])
def test_of_endless_words_only_the_beginning_is_read(name):
    [inbound] = parse(changed(PAYLOADS[name], ("message", "text"), "tốt " * 100_000))

    happening = inbound.happening
    assert len(happening.text if isinstance(happening, Words) else happening.caption) <= 10_000


def test_bottomless_nesting_is_misshapen():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert outcome_of(changed(PAYLOADS["user_send_text"], ("user_id_by_app",), deep)) == "misshapen"


def outcome_of(payload):
    """Return what an event brings; a word when it is refused. Anything else that is raised is a bug."""
    try:
        return parse(payload)
    except Misshapen:
        return "misshapen"


def is_fine(outcome):
    """Whether it was refused, or everything in it has the type and the length that the use cases rely on."""
    return outcome == "misshapen" or all(
        isinstance(inbound, Inbound)
        and re.fullmatch(r"[0-9A-Za-z_-]{0,64}", inbound.name)
        and all(isinstance(key, str) and 0 < len(key) <= 100 for key in inbound.keys)
        and all(is_clean(ref) for ref in [inbound.reply_ref, *getattr(inbound.happening, "refs", ())])
        and is_clean(getattr(inbound.happening, "ref", ""))
        and isinstance(getattr(inbound.happening, "text", ""), str)
        for inbound in outcome
    )


def is_clean(ref):
    return isinstance(ref, str) and ref.isascii() and (ref == "" or ref.isprintable())
