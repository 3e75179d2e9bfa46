"""Only who knows the account's secret gets in: vectors of the rule, both places of the timestamp, with and without prefix."""

import hashlib

import pytest

from bot.channels.zalo_signature import find_timestamp, timestamp_of

APP_ID, SECRET, TIMESTAMP = "360846524940903967", "demo-oa-secret", "1792000000000"
BODY = (
    b'{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},'
    b'"recipient":{"id":"388613280878808645"},"event_name":"user_send_text",'
    b'"message":{"text":"HS 12345","msg_id":"96d3cdf3af150460909"},"timestamp":"1792000000000"}'
)
MAC = "c51a0ac9a085d6d418a8c96f3a94aab2d8554949a55764f4ba0fa02c11a5594c"
VIETNAMESE_BODY = BODY.replace(b"HS 12345", "Rất hài lòng".encode())
VIETNAMESE_MAC = "6f80b1e3993051bfb2b227a6d2818ea6481d4fe293cb9e9085ccc738c38ae0bd"

ODD_TIMES: tuple[object, ...] = (None, "", "x", "1.5", 1.5, True, -1, 10**20, 10**5000, "٣", "1" * 21, [], {})


def check(**changes):
    given = {
        "app_id": APP_ID,
        "oa_secret": SECRET,
        "raw": BODY,
        "header_signature": f"mac={MAC}",
        "body_timestamp": TIMESTAMP,
        "header_timestamp": "",
    }
    return find_timestamp(**{**given, **changes}) is not None


def sign(body, timestamp, *, app_id=APP_ID, secret=SECRET):
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def test_the_vectors_are_right():
    assert check()
    assert check(raw=VIETNAMESE_BODY, header_signature=f"mac={VIETNAMESE_MAC}")


@pytest.mark.parametrize(
    "shown",
    [MAC, f"mac={MAC}", f"MAC={MAC}", f"sha256={MAC}", MAC.upper(), f"mac={MAC.upper()}", f" mac={MAC} "],
)
def test_prefix_and_case_of_the_signature_do_not_matter(shown):
    assert check(header_signature=shown)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "mac=",
        MAC[:-1],
        MAC + "0",
        f"mac=mac={MAC}",
        f"md5={MAC}",
        f"{MAC}\n{MAC}",
        "mac=" + "ü" * 64,
        "0" * 64,
    ],
)
def test_what_is_no_right_signature_is_refused(shown):
    assert not check(header_signature=shown)


@pytest.mark.parametrize(
    "changes",
    [
        {"app_id": "360846524940903968"},
        {"app_id": ""},
        {"oa_secret": "demo-app-secret"},
        {"oa_secret": "demo-oa-secre"},
        {"oa_secret": ""},
        {"raw": BODY + b" "},
        {"raw": BODY.replace(b"12345", b"12346")},
        {"raw": b""},
        {"body_timestamp": "1792000000001"},
        {"body_timestamp": ""},
        {"body_timestamp": "", "header_timestamp": "1792000000001"},
    ],
)
def test_anything_else_that_is_signed_is_refused(changes):
    assert not check(**changes)


def test_a_missing_secret_is_never_taken_for_an_empty_one():
    assert not check(oa_secret="", header_signature=sign(BODY, TIMESTAMP, secret=""))
    assert not check(app_id="", header_signature=sign(BODY, TIMESTAMP, app_id=""))


def test_an_empty_timestamp_signs_nothing():
    assert not check(body_timestamp="", header_signature=sign(BODY, ""))


def test_the_timestamp_may_stand_in_the_body_or_in_a_header():
    other = "1792000099999"
    given = {"app_id": APP_ID, "oa_secret": SECRET, "raw": BODY, "body_timestamp": TIMESTAMP}

    found = [
        find_timestamp(**given, header_signature=sign(BODY, signed), header_timestamp=header)
        for signed, header in ((TIMESTAMP, ""), (TIMESTAMP, other), (TIMESTAMP, TIMESTAMP), (other, other))
    ]

    assert found == ["body", "body", "body", "header"]


def test_a_part_of_the_body_cannot_be_moved_into_the_header():
    head, tail = BODY[:-20], BODY[-20:].decode()

    assert not check(raw=head, body_timestamp="", header_timestamp=tail + TIMESTAMP)


@pytest.mark.parametrize(
    ("payload", "timestamp"),
    [
        ({"timestamp": TIMESTAMP}, TIMESTAMP),
        ({"timestamp": int(TIMESTAMP)}, TIMESTAMP),
        ({"timestamp": "154390853474"}, "154390853474"),
        *(({"timestamp": odd}, "") for odd in ODD_TIMES),
        ({}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_timestamp_is_digits(payload, timestamp):
    assert timestamp_of(payload) == timestamp
