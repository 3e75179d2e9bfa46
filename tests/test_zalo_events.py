"""Events of a Zalo Official Account: payloads as the platform's pages show them, read."""

import copy

import pytest

from bot.channels.zalo_events import Misshapen, parse_event
from handlers.happenings import (
    Actor,
    Arrived,
    Attachment,
    CasePress,
    Echo,
    Inbound,
    Joined,
    PhoneArrived,
    PhoneShared,
    Press,
    Rated,
    Reachable,
    ReportPress,
    Seen,
    Start,
    Unreachable,
    Withdrawn,
    Words,
)
from survey.events import Kind
from tests.zalo_payloads import ACCOUNT, GROUP, MESSAGE, OURS, PAYLOADS, PERSON, PUBLIC_URL, changed, parse

TOKEN = "Zk3v9QmTq0b1YpLw7sXa2CdEfGhI"

HAPPENINGS = {
    "user_send_text": Words("Rất hài lòng"),
    "user_send_text_decomposed": Words("Ha\u0300i lo\u0300ng"),
    "user_send_text_code": Words("#abcd 2345"),
    "user_send_text_as_reply": Words("2"),
    "user_send_text_tap": Press(12, "3.2", "4"),
    "user_send_text_tap_case": CasePress(12, "verdict", "done"),
    "user_send_text_tap_report": ReportPress("2026-Q3", "digest", "why"),
    "user_send_text_tap_mangled": Words("#k 12 3.2"),
    "user_send_image": Attachment(Kind.PHOTO, "photo:https://photo-stal.example/full/1.jpg", "Bảng niêm yết"),
    "user_send_gif": Attachment(Kind.PHOTO, "photo:http://photo-stal.example/full/2.gif"),
    "user_send_sticker": Attachment(Kind.STICKER),
    "user_send_file": Attachment(Kind.OTHER, "file:https://file-stal.example/d/3"),
    "user_send_audio": Attachment(Kind.VOICE),
    "user_send_video": Attachment(Kind.PHOTO),
    "user_send_link": Attachment(Kind.OTHER),
    "user_send_business_card": Attachment(Kind.OTHER),
    "user_send_location": Attachment(Kind.LOCATION),
    "follow": Joined(),
    "user_click_chatnow": Joined(),
    "user_withdraw": Withdrawn(),
    "user_submit_info": PhoneShared("84900000001"),
    "widget_interaction_accepted": Start(TOKEN),
    "oa_send_text": Echo(OURS, "Câu 1/10 …"),
    "oa_send_text_by_a_person": Echo(OURS, "Chào ông/bà"),
    "oa_send_image": Echo(OURS, ""),
    "oa_send_gif": Echo(OURS, ""),
    "oa_send_list": Echo(OURS, "Câu 1/10 …"),
    "oa_send_file": Echo(OURS, ""),
    "oa_send_sticker": Echo(OURS, ""),
    "user_received_message": Arrived((OURS,)),
    "user_received_message_from_the_account": Arrived((OURS,)),
    "user_seen_message": Seen((OURS, "a4d0243feee163bd3af2")),
    "user_seen_message_from_the_account": Seen((OURS, "a4d0243feee163bd3af2")),
    "user_received_message_by_phone": PhoneArrived("kh-2026-000123"),
    "user_feedback": Rated("kh-2026-000123", 5, "Nhanh gọn"),
    "user_send_group_text": Words("nhan PA-2026-0012"),
    "user_send_group_text_as_reply": Words("Đã gọi cho dân"),
    "user_send_group_image": Attachment(Kind.PHOTO, "photo:https://photo-stal.example/full/1.jpg"),
    "user_send_group_file": Attachment(Kind.OTHER, "file:https://file-stal.example/d/8"),
    "user_send_group_sticker": Attachment(Kind.STICKER),
    "user_join_group_of_the_account": Reachable(),
    "user_out_group_of_the_account": Unreachable(),
    "delete_group": Unreachable(),
    "disperse_group": Unreachable(),
}
NOTHING = {
    "user_send_text_sample",
    "unfollow",
    "user_submit_info_without_phone",
    "user_click_response_button",
    "widget_interaction_accepted_elsewhere",
    "widget_failed_to_sync_user_external_id",
    "anonymous_send_text",
    "oa_send_anonymous_text",
    "oa_send_group_text",
    "create_group",
    "user_join_group",
    "user_out_group",
    "user_request_join_group",
    "add_group_admin",
    "remove_group_admin",
    "update_group_info",
    "user_reacted_message",
    "oa_reacted_message",
    "add_user_to_tag",
    "remove_user_from_tag",
    "remove_tag",
    "update_user_info",
    "oa_send_consent",
    "user_reply_consent",
    "user_call_oa",
    "oa_call_user",
    "change_template_status",
    "change_template_quality",
    "change_oa_daily_quota",
    "a_kind_of_next_year",
}
NAMELESS = {"user_received_message_by_phone", "user_feedback"}
ANSWERS = {"user_send_text_as_reply", "user_send_group_text_as_reply"}
SAID = {name for name in HAPPENINGS if name.startswith("user_send_")}
FOREIGN = HAPPENINGS.keys() - {"user_received_message_by_phone"}  # its tracking id is ours or nobody's


def test_every_payload_is_expected_to_bring_something_or_nothing():
    assert HAPPENINGS.keys() | NOTHING == PAYLOADS.keys()
    assert not HAPPENINGS.keys() & NOTHING


@pytest.mark.parametrize("name", HAPPENINGS)
def test_an_event_brings(name):
    [inbound] = parse(PAYLOADS[name])

    is_group = "group" in name
    chat = "" if name in NAMELESS else GROUP if is_group else PERSON
    assert inbound == Inbound(
        channel="zalo_group" if is_group else "zalo",
        keys=inbound.keys,
        name=chat,
        happening=HAPPENINGS[name],
        actor=Actor(key=PERSON, name="") if name in SAID else None,
        reply_ref=OURS if name in ANSWERS else "",
        is_group=is_group,
    )


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_an_event_brings_nothing(name):
    assert parse(PAYLOADS[name]) == ()


def test_what_the_account_says_is_never_taken_for_a_citizen():
    by_citizens = Words | Press | CasePress | ReportPress | Attachment | Start | Joined | PhoneShared
    for name in HAPPENINGS:
        payload = copy.deepcopy(PAYLOADS[name])
        if "sender" in payload:
            payload["sender"]["id"] = ACCOUNT

            assert not [i for i in parse(payload) if isinstance(i.happening, by_citizens)], name


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_what_is_said_to_another_account_brings_nothing(name):
    assert parse(PAYLOADS[name], oa_id="1") == ()


@pytest.mark.parametrize("name", sorted({*HAPPENINGS} - {"user_send_group_text"}))
def test_an_account_whose_id_is_not_known_hears_everything_said_to_it(name):
    if name in {"user_join_group_of_the_account", "user_out_group_of_the_account"}:
        assert parse(PAYLOADS[name], oa_id="") == ()
    else:
        assert [inbound.happening for inbound in parse(PAYLOADS[name], oa_id="")] == [HAPPENINGS[name]]


def test_the_sample_of_the_platform_brings_nothing_even_when_it_names_this_account():
    payload = changed(PAYLOADS["user_send_text_sample"], ("recipient", "id"), ACCOUNT)

    assert parse(payload) == ()


def test_a_message_has_the_key_of_its_id_and_other_events_that_of_their_moment():
    assert keys_of("user_send_text") == (f"m{MESSAGE}",)
    assert keys_of("user_send_group_text") == (f"m{MESSAGE}",)
    assert keys_of("follow") == (f"follow:{PERSON}:1792000000000",)
    assert keys_of("oa_send_text") == (f"oa_send_text:{OURS}",)
    assert keys_of("user_received_message") == (f"user_received_message:{OURS}",)


def test_one_message_in_echo_receipt_and_answer_has_different_keys():
    names = ("oa_send_text", "user_received_message", "user_seen_message", "user_send_text")

    assert len({keys_of(name) for name in names}) == len(names)


def test_more_messages_seen_are_no_repetition_of_fewer():
    fewer = changed(PAYLOADS["user_seen_message"], ("message", "msg_ids"), [OURS])

    [first], [second] = parse(fewer), parse(PAYLOADS["user_seen_message"])

    assert first.keys != second.keys


def test_without_id_and_time_a_different_message_is_no_repetition():
    payloads = [PAYLOADS["user_send_text"], changed(PAYLOADS["user_send_text"], ("message", "text"), "khác")]
    for payload in copy.deepcopy(payloads):
        del payload["message"]["msg_id"], payload["timestamp"]
        payloads.append(payload)

    [first], [second], [third], [fourth] = [parse(payload) for payload in payloads]

    assert first.keys == second.keys
    assert third.keys != fourth.keys


def test_long_ids_make_short_keys():
    payload = changed(PAYLOADS["user_send_text"], ("message", "msg_id"), "x" * 5_000)

    [inbound] = parse(payload)

    assert len(inbound.keys[0]) <= 100


@pytest.mark.parametrize(
    "url",
    [
        None,
        5,
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://a b",
        "https://a\nb",
        "https://a/" + "x" * 1000,
    ],
)
def test_an_address_that_cannot_be_used_is_left_out(url):
    way = ("message", "attachments", 0, "payload", "url")

    [inbound] = parse(changed(PAYLOADS["user_send_image"], way, url))

    assert inbound.happening == Attachment(Kind.PHOTO, "", "Bảng niêm yết")


@pytest.mark.parametrize("attachments", [None, [], [None], [{}], [{"payload": []}], {}, "x"])
def test_a_picture_without_a_readable_address_is_still_a_picture(attachments):
    payload = changed(PAYLOADS["user_send_image"], ("message", "attachments"), attachments)

    assert parse(payload)[0].happening == Attachment(Kind.PHOTO, "", "Bảng niêm yết")


@pytest.mark.parametrize(
    ("text", "happening"),
    [
        ("#k 12 3.2=4", Press(12, "3.2", "4")),
        (" #k 12 3.2=4\n", Press(12, "3.2", "4")),
        ("#k 12 summary=edit:3.10", Press(12, "summary", "edit:3.10")),
        ("#k r2026 digest=why", ReportPress("2026", "digest", "why")),
        ("#k r2026-H1 digest=why", ReportPress("2026-H1", "digest", "why")),
        *(
            (text, Words(text))
            for text in (
                "#k",
                "#k 0 3.2=4",
                "#k -1 3.2=4",
                "#k 12 3.2=",
                "#k 12 3.2=4 x",
                "#k 12|3.2=4 3.2=4",
                "#K 12 3.2=4",
                "#k " + "9" * 40 + " 3.2=4",
                "#k ١٢ 3.2=4",
                "#k r٢٠٢٦ digest=why",
                "k 12 3.2=4",
                "#ABCD2345",
                "#",
                "",
            )
        ),
    ],
)
def test_only_what_a_button_says_is_a_tap(text, happening):
    payload = changed(PAYLOADS["user_send_text"], ("message", "text"), text)

    assert parse(payload)[0].happening == happening


def test_a_button_is_no_button_in_a_group():
    payload = changed(PAYLOADS["user_send_group_text"], ("message", "text"), "#k 12 3.2=4")

    assert parse(payload)[0].happening == Words("#k 12 3.2=4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[@{ACCOUNT}]", ""),
        (f"nhan [@{ACCOUNT}] PA-2026-0012", "nhan PA-2026-0012"),
        (f"tra loi PA-2026-0012: đã xong [@{ACCOUNT}]", "tra loi PA-2026-0012: đã xong"),
        (f"[@{PERSON}] xem giúp", f"[@{PERSON}] xem giúp"),
    ],
)
def test_the_mention_of_the_account_is_taken_out_and_no_other(text, words):
    payload = changed(PAYLOADS["user_send_group_text"], ("message", "text"), text)

    assert parse(payload)[0].happening == Words(words)


@pytest.mark.parametrize(
    ("url", "public_url", "token"),
    [
        (f"https://khaosat.example/s/{TOKEN}", PUBLIC_URL, TOKEN),
        (f"https://KhaoSat.example/s/{TOKEN}/#zalo", PUBLIC_URL, TOKEN),
        (f"https://so.example/khaosat/s/{TOKEN}", "https://so.example/khaosat", TOKEN),
        (f"https://so.example/s/{TOKEN}", "https://so.example/khaosat", ""),
        (f"https://anything.example/s/{TOKEN}", "", TOKEN),
        (f"https://khaosat.example:444/s/{TOKEN}", PUBLIC_URL, ""),
        (f"https://khaosat.example@khac.example/s/{TOKEN}", PUBLIC_URL, ""),
        (f"https://khaosat.example/cong-bo/{TOKEN}", PUBLIC_URL, ""),
        (f"https://khaosat.example/s/{TOKEN}/qr.png", PUBLIC_URL, ""),
        ("https://khaosat.example/s/", PUBLIC_URL, ""),
        (f"https://khaosat.example/s/{'x' * 65}", PUBLIC_URL, ""),
        ("https://[khaosat/s/x", PUBLIC_URL, ""),
        (7, PUBLIC_URL, ""),
        (None, PUBLIC_URL, ""),
    ],
)
def test_the_widget_opens_the_invitation_of_its_own_page_only(url, public_url, token):
    payload = changed(PAYLOADS["widget_interaction_accepted"], ("data", "url"), url)

    found = parse_event(payload, oa_id=ACCOUNT, public_url=public_url)

    assert [inbound.happening for inbound in found] == ([Start(token)] if token else [])


@pytest.mark.parametrize("rate", ["1", 1, "5", 5])
def test_a_mark_may_be_written_as_text_or_number(rate):
    payload = changed(PAYLOADS["user_feedback"], ("message", "rate"), rate)

    assert parse(payload)[0].happening == Rated("kh-2026-000123", int(rate), "Nhanh gọn")


@pytest.mark.parametrize("rate", [None, 0, 6, "6", "", True, 4.5, "٣", []])
def test_a_mark_that_is_none_is_misshapen(rate):
    with pytest.raises(Misshapen):
        parse(changed(PAYLOADS["user_feedback"], ("message", "rate"), rate))


def keys_of(name):
    return parse(PAYLOADS[name])[0].keys
