"""The fake Zalo refuses what Zalo refuses; a test that passes against it means something. Messages, windows, groups, files."""

import json

import pytest
from aiohttp import ClientSession

from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_client import SEND, PlainClient, button
from tests.fakes.zalo_world import DAY

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
GROUP_SEND = "/v3.0/oa/group/message"
UID_TEMPLATE, PHONE_TEMPLATE = "/v3.0/oa/message/template", "/message/template"
PHONE = "84900000001"


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        yield zalo


@pytest.fixture
def client(zalo):
    return PlainClient(zalo)


@pytest.fixture
def person(zalo):
    return zalo.add_person(has_written=True, phone=PHONE)


@pytest.fixture
def group(zalo, person):
    return zalo.add_group(members=[person])


def element(**changes):
    return {"title": "Rất tốt", "subtitle": "Câu 1", **changes}


def a_list(*elements, **more):
    return {"template_type": "list", "elements": list(elements), **more}


def media(**element):
    return {"template_type": "media", "elements": [{"media_type": "image", **element}]}


def request_info(*elements):
    return {"template_type": "request_user_info", "elements": list(elements)}


# -- what a right client does


def test_a_right_client_is_served_without_violations(zalo, client, person, group):
    zalo.add_template("12345", "ten")
    filled = {"template_id": "12345", "template_data": {"ten": "Mẫu"}}
    picture = client.upload("image", "a.png", PNG)["data"]["attachment_id"]
    report = client.upload("file", "báo cáo.docx", b"x")["data"]["token"]
    full = [button(title="x" * 100, payload="y" * 1000)] * 5

    answers = [
        client.send(person, "ồ" * 2000),
        client.ask(person, *full),
        client.ask(person, button(type="oa.open.url", payload={"url": "https://a.vn/x"})),
        client.ask(person, button(type="oa.open.phone", payload={"phone_code": "84919000000"})),
        client.ask(person, button(type="oa.query.hide"), template_type="button"),
        client.attach(person, a_list(element(default_action=button()), element(subtitle=""))),
        client.attach(person, media(attachment_id=picture)),
        client.attach(person, {"token": report}, kind="file"),
        client.attach(person, request_info(element(image_url="https://a.vn/i.png"))),
        client.call(
            GROUP_SEND, {"recipient": {"group_id": group}, "message": {"text": f"[@{person}] [@{group}]"}}
        ),
        client.call(UID_TEMPLATE, {"user_id": person, **filled}),
        client.call(PHONE_TEMPLATE, {"phone": f"+{PHONE}", "tracking_id": "t-1", **filled}, host="business"),
        client.call("/v2.0/oa/getoa"),
        client.call("/v3.0/oa/user/detail", query={"data": json.dumps({"user_id": person})}),
        client.call("/v3.0/oa/quota/message", {"user_id": person}),
        client.call("/v3.0/oa/group/getgroupsofoa", query={"offset": "0", "count": "50"}),
        client.call("/template/info/v2", query={"template_id": "12345"}, host="business"),
    ]

    assert [answer["error"] for answer in answers] == [0] * len(answers), answers
    assert zalo.violations == []
    shown = zalo.messages(person)
    assert [m.kind for m in shown] == [
        "text",
        "text",
        "text",
        "text",
        "text",
        "list",
        "image",
        "file",
        "request_user_info",
        "template",
    ]
    assert (shown[6].file.content, shown[7].text, shown[1].labels) == (PNG, "báo cáo.docx", ["x" * 100] * 5)
    assert zalo.messages(f"phone:{PHONE}")[0].kind == "template"
    assert answers[0]["data"].keys() == {"message_id", "user_id", "sent_time", "quota"}
    assert answers[15]["data"]["groups"] == [{"group_id": group, "name": "Nhóm cán bộ"}]


async def test_it_serves_coroutines_of_the_same_loop():
    async with ZaloFake() as zalo, ClientSession() as session:
        access, _ = zalo.issue_pair()
        person = zalo.add_person(has_written=True)
        body = {"recipient": {"user_id": person}, "message": {"text": "x"}}
        async with session.post(
            zalo.bases["api_base"] + SEND, json=body, headers={"access_token": access}
        ) as answer:
            assert (await answer.json())["error"] == 0
            assert answer.headers["X-RateLimit-Remain"] == "1999"
        assert [call.status for call in zalo.calls] == [200]


# -- messages Zalo refuses


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, -201),
        ({"text": ""}, -201),
        ({"text": " \n"}, -201),
        ({"text": 5}, -201),
        ({"text": "\ud800"}, -201),
        ({"text": "ạ" * 2001}, -210),
        ({"text": "x", "attachment": {"type": "template"}}, -201),
        ({"text": "x", "attachment": {"type": "image", "payload": {}}}, -233),
        ({"text": "x", "attachment": {"type": "template", "payload": {"template_type": "carousel"}}}, -233),
        ({"attachment": {"type": "file", "payload": {"token": "unknown"}}}, -201),
        ({"attachment": {"type": "template", "payload": {"buttons": [button()]}}}, -201),
    ],
)
def test_a_message_zalo_would_refuse_is_refused_and_noted(zalo, client, person, message, error):
    body = {"recipient": {"user_id": person}, "message": message}

    assert client.call(SEND, body)["error"] == error
    assert (len(zalo.violations), zalo.messages(person)) == (1, [])


@pytest.mark.parametrize(
    "buttons",
    [
        [],
        [button()] * 6,
        ["x"],
        [button(title="")],
        [button(title="x" * 101)],
        [button(type="oa.query")],
        [button(payload="")],
        [button(payload="x" * 1001)],
        [button(payload={"a": 1})],
        [button(type="oa.open.url", payload="https://a.vn")],
        [button(type="oa.open.url", payload={"url": "a.vn"})],
        [button(type="oa.open.phone", payload={"phone_code": "0919000000"})],
        [button(type="oa.open.sms", payload={"phone_code": "84919000000", "content": "x" * 161})],
    ],
)
def test_wrong_buttons_are_refused_and_noted(zalo, client, person, buttons):
    assert client.ask(person, *buttons)["error"] == -201
    assert (len(zalo.violations), zalo.messages(person)) == (1, [])


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (a_list(), -201),
        (a_list(*[element()] * 6), -201),
        (a_list("x"), -201),
        (a_list(element(subtitle="")), -201),
        (a_list(element(subtitle="x" * 501)), -201),
        (a_list(element(title="x" * 101)), -201),
        (a_list(element(image_url="x")), -201),
        (a_list(element(default_action=button(payload=5))), -201),
        (a_list(element(), buttons=[button()]), -233),
        (media(), -201),
        (media(attachment_id="unknown"), -201),
        (media(url="x"), -201),
        (media(url="https://a.vn/i.png", attachment_id="a"), -201),
        (media(media_type="video", url="https://a.vn/v"), -201),
        (request_info(), -201),
        (request_info(element(image_url="https://a.vn/i"), element()), -201),
    ],
)
def test_wrong_templates_are_refused_and_noted(zalo, client, person, payload, error):
    assert client.attach(person, payload)["error"] == error
    assert (len(zalo.violations), zalo.messages(person)) == (1, [])


@pytest.mark.parametrize("user_id", [None, 2468458835291970007, "1"])
def test_a_person_is_named_by_a_known_string(zalo, client, person, user_id):
    assert client.send(user_id)["error"] == -201
    assert len(zalo.violations) == 1


def test_what_zalo_overlooks_is_noted(zalo, client, person, group):
    token = client.upload("file", "a.pdf", b"x")["data"]["token"]
    file = {"attachment": {"type": "file", "payload": {"token": token}}}

    client.send(person, colour="red")
    client.ask(person, button(colour="red"))
    client.ask(person, button(), colour="red")
    client.send(person, "mất", **file)
    for path, who in ((SEND, {"user_id": person}), (GROUP_SEND, {"group_id": group})):
        client.call(path, {"recipient": who, "message": {"text": "x"}, "colour": "red"})

    noted = [text.partition(":")[0] for text in zalo.violations]
    assert noted == ["message", "button", "payload", "message", "body", "body"]


# -- whom it may write to, and when


def test_the_window_closes_after_seven_days_and_is_billed_after_two(zalo, client, person):
    stranger = zalo.add_person()
    quotas = [client.send(person)["data"]["quota"]["quota_type"]]
    zalo.advance(2 * DAY + 60)
    client.access, _ = zalo.issue_pair()
    quotas.append(client.send(person)["data"]["quota"]["quota_type"])
    zalo.advance(5 * DAY)
    client.access, _ = zalo.issue_pair()

    assert quotas == ["reply", "sub_quota"]
    assert [m.is_billed for m in zalo.messages(person)] == [False, True]
    assert [client.send(stranger)["error"], client.send(person)["error"]] == [-230, -230]
    zalo.say(person, "chào")
    assert client.send(person)["error"] == 0
    assert zalo.violations == []


def test_whoever_cannot_be_reached_is_left_alone(zalo, client, person):
    stranger = zalo.add_person()
    zalo.block(person)

    for who, error in ((stranger, -230), (person, -244)):
        assert [client.send(who)["error"] for _ in range(3)] == [error] * 3
        before = len(zalo.violations)
        client.send(who)
        assert len(zalo.violations) == before + 1


def test_buttons_may_be_unsupported(zalo, client, person):
    zalo.world.button_shapes = {"list"}

    assert client.ask(person, button())["error"] == -233
    assert client.attach(person, a_list(element(default_action=button())))["error"] == 0
    zalo.buttons_supported = False
    assert client.attach(person, a_list(element(default_action=button())))["error"] == -233
    assert client.send(person)["error"] == 0
    assert zalo.violations == []
    for _ in range(10):
        client.ask(person, button())
    assert len(zalo.violations) == 1


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"text": "x" * 2001}, -210),
        ({"text": "x", "attachment": {"type": "template", "payload": {"buttons": [button()]}}}, -233),
        ({"attachment": {"type": "template", "payload": a_list(element())}}, -233),
    ],
)
def test_a_group_gets_no_buttons_and_no_long_text(zalo, client, group, message, error):
    body = {"recipient": {"group_id": group}, "message": message}

    assert client.call(GROUP_SEND, body)["error"] == error
    assert (len(zalo.violations), zalo.messages(f"group:{group}")) == (1, [])


def test_a_group_may_be_unknown_or_disabled_and_mentions_are_seen(zalo, client, group):
    def post(group_id, text="x"):
        body = {"recipient": {"group_id": group_id}, "message": {"text": text}}
        return client.call(GROUP_SEND, body)["error"]

    assert (post(group, "[@nobody] x"), post("g1")) == (0, -403)
    assert len(zalo.violations) == 2
    zalo.disable_group(group)
    assert post(group) == -237
    assert len(zalo.violations) == 2


# -- files


@pytest.mark.parametrize(
    ("kind", "name", "content", "error"),
    [
        ("file", "a.xlsx", b"x", -201),
        ("file", "a.pdf", b"", -201),
        ("file", "a.csv", b"x" * (5 * 1024 * 1024 + 1), -210),
        ("image", "a.gif", b"GIF89a", -201),
        ("image", "a.png", b"no picture", -201),
        ("image", "a.png", PNG + b"x" * (1024 * 1024), -210),
        ("gif", "a.png", PNG, -201),
    ],
)
def test_files_are_of_few_kinds_and_small(zalo, client, kind, name, content, error):
    assert client.upload(kind, name, content)["error"] == error
    assert len(zalo.violations) == 1


def test_an_upload_has_one_field_lives_seven_days_and_serves_its_kind(zalo, client, person):
    assert client.upload("file", "a.pdf", b"x", field="document")["error"] == -201
    token = client.upload("file", "a.pdf", b"x")["data"]["token"]
    assert client.attach(person, media(attachment_id=token))["error"] == -201
    assert len(zalo.violations) == 2
    zalo.advance(7 * DAY + 60)
    client.access, _ = zalo.issue_pair()
    zalo.say(person, "chào")
    assert client.attach(person, {"token": token}, kind="file")["error"] == -100
    zalo.world.uploads_per_month = 1
    assert client.upload("file", "a.pdf", b"x")["error"] == -211
    assert len(zalo.violations) == 2
