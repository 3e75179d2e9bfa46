"""The fake Zalo refuses what Zalo refuses: templates, look-ups, addresses, secrets, tokens, the rate, consent."""

import http.client
import json
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.fakes.zalo_client import SEND, TOKENS, PlainClient
from tests.fakes.zalo_oauth import challenge_of
from tests.fakes.zalo_world import DAY

UID_TEMPLATE, PHONE_TEMPLATE = "/v3.0/oa/message/template", "/message/template"
PHONE = "84900000001"
CALLBACK = "https://khaosat.example/zalo/callback"
VERIFIER = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
MIDNIGHT = 1_792_000_000 // 86_400 * 86_400  # UTC, seven hours behind Vietnam
NOON, NIGHT = MIDNIGHT + 5 * 3600, MIDNIGHT + 16 * 3600


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


# -- templates


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"phone": "0900000001"}, -108),
        ({"phone": 84900000001}, -108),
        ({"tracking_id": None}, -1122),
        ({"tracking_id": "x" * 49}, -1122),
        ({"template_id": "9"}, -109),
        ({"template_data": {}}, -1122),
        ({"template_data": {"ten": 5}}, -1122),
    ],
)
def test_a_template_by_phone_is_complete(zalo, client, person, changes, error):
    zalo.add_template("1", "ten")
    body = {"phone": PHONE, "template_id": "1", "template_data": {"ten": "x"}, "tracking_id": "t", **changes}

    assert client.call(PHONE_TEMPLATE, body, host="business")["error"] == error
    assert len(zalo.violations) == 1


def test_a_template_may_not_arrive():
    at = [NOON]
    with ZaloFake(clock=lambda: at[0]) as zalo:
        client, known = PlainClient(zalo), zalo.add_person(phone=PHONE)
        zalo.add_template("1", by_uid=False)

        def send(**changes):
            body = {"phone": PHONE, "template_id": "1", "template_data": {}, "tracking_id": "t", **changes}
            return client.call(PHONE_TEMPLATE, body, host="business")["error"]

        zalo.world.is_night_refused = True
        assert (send(), send(phone="84900000009"), send(mode="development")) == (0, -118, -127)
        uid = {"user_id": known, "template_id": "1", "template_data": {}}
        assert client.call(UID_TEMPLATE, uid)["error"] == -249
        zalo.block(known)
        assert send() == -114
        zalo.add_template("2")
        assert client.call(UID_TEMPLATE, {**uid, "template_id": "2"})["error"] == -244
        zalo.world.templates_per_day = 1
        assert send() == -144
        at[0] = NIGHT
        assert send() == -133
        assert zalo.violations == []
        assert client.call(UID_TEMPLATE, {**uid, "template_id": "9"})["error"] == -201
        assert client.call(UID_TEMPLATE, {**uid, "tracking_id": "t"})["error"] == -249
        assert len(zalo.violations) == 2


def test_surplus_in_a_template_is_noted(zalo, client, person):
    zalo.add_template("1", "ten")
    body = {"phone": PHONE, "template_id": "1", "template_data": {"ten": "x", "ho": "y"}, "tracking_id": "t"}

    assert client.call(PHONE_TEMPLATE, {**body, "colour": "red"}, host="business")["error"] == 0
    assert len(zalo.violations) == 2


# -- looking things up


def test_details_are_asked_for_as_json_and_of_followers(zalo, client, person):
    def detail(**query):
        return client.call("/v3.0/oa/user/detail", query=query)["error"]

    zalo.world.people[person].is_following = False
    assert detail(data=json.dumps({"user_id": person})) == -213
    assert zalo.violations == []
    assert (detail(user_id=person), detail(data=json.dumps({"user_id": "1"}))) == (-201, -201)
    assert client.call("/v3.0/oa/group/getgroupsofoa", query={"count": "51"})["error"] == -201
    assert client.call("/v3.0/oa/quota/message", {"user_id": "1"})["error"] == -201
    assert len(zalo.violations) == 4


# -- addresses, headers, tokens, pace


@pytest.mark.parametrize(
    ("host", "path", "method", "error"),
    [
        ("oauth", SEND, "POST", -404),
        ("business", SEND, "POST", -404),
        ("bot", SEND, "POST", -404),
        ("api", PHONE_TEMPLATE, "POST", -404),
        ("api", TOKENS, "POST", -404),
        ("api", "/v3.0/oa/message/cs/", "POST", -404),
        ("api", "/v3.0/oa/message/transaction", "POST", -240),
        ("api", "/v2.0/oa/message", "POST", -240),
        ("api", SEND, "GET", -201),
        ("api", "/v2.0/oa/getoa", "POST", -201),
    ],
)
def test_wrong_addresses_are_refused_and_noted(zalo, client, host, path, method, error):
    assert client.call(path, {} if method == "POST" else None, host=host, method=method)["error"] == error
    assert len(zalo.violations) == 1


def test_a_bot_call_on_another_host_is_seen(zalo, client):
    assert (
        client.call(f"/bot{zalo.account.bot_token}/getMe", {}, headers={"access_token": ""})["error"] == -404
    )
    assert len(zalo.violations) == 1
    assert zalo.account.bot_token not in str(zalo.calls)


@pytest.mark.parametrize(
    ("headers", "query"),
    [({"Authorization": "Bearer x"}, {}), ({"secret_key": "x"}, {}), ({}, {"access_token": "x"})],
)
def test_secrets_in_the_wrong_place_are_noted(zalo, client, headers, query):
    client.call("/v2.0/oa/getoa", headers=headers, query=query)

    assert len(zalo.violations) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"text=x"])
def test_a_body_is_a_json_object(zalo, client, body):
    assert client.call(SEND, body, method="POST")["error"] == -201
    assert len(zalo.violations) == 1


def test_a_body_is_said_to_be_json(zalo, client, person):
    body = {"recipient": {"user_id": person}, "message": {"text": "x"}}

    assert client.call(SEND, body, headers={"Content-Type": "text/plain"})["error"] == -201
    assert len(zalo.violations) == 1


def test_tokens_die_and_age(zalo, client, person):
    first = client.access
    assert client.call("/v2.0/oa/getoa", headers={"access_token": ""})["error"] == -216
    assert len(zalo.violations) == 1
    client.access = "never issued"
    assert client.send(person)["error"] == -216
    client.access, _ = zalo.issue_pair()
    zalo.advance(90_001)
    assert client.send(person)["error"] == -220
    assert client.call("/template/info/v2", host="business")["error"] == -124
    client.access = first
    assert [client.send(person)["error"] for _ in range(10)] == [-216] * 10
    assert len(zalo.violations) == 1
    client.send(person)
    assert len(zalo.violations) == 2


def test_the_rate_is_kept_by_the_minute():
    with ZaloFake(requests_per_minute=3) as zalo:
        client = PlainClient(zalo)
        assert [client.call("/v2.0/oa/getoa")["error"] for _ in range(4)] == [0, 0, 0, -32]
        assert len(zalo.violations) == 1
        assert client.call("/template/info/v2", query={"template_id": "1"}, host="business")["error"] == -109
        zalo.advance(61)
        assert client.call("/v2.0/oa/getoa")["error"] == 0


# -- oauth


def test_a_refresh_token_serves_once(zalo, client, person):
    old = client.access
    pair = client.renew()
    client.access = pair["access_token"]

    assert pair["expires_in"] == "90000"
    assert (client.send(person)["error"], zalo.violations) == (0, [])
    assert client.renew()["error_name"] == "Invalid refresh token"
    assert len(zalo.violations) == 1
    client.access = old
    assert client.send(person)["error"] == -216
    zalo.advance(90 * DAY + 60)
    assert client.renew(pair["refresh_token"])["error"] == -14014
    assert len(zalo.violations) == 1


def test_a_lost_answer_excuses_asking_again(zalo, client):
    zalo.inject(TOKENS, 1, "drop")

    with pytest.raises((URLError, http.client.HTTPException, OSError)):
        client.renew()
    assert [client.renew()["error"] for _ in range(3)] == [-14014] * 3
    assert zalo.violations == []
    client.renew()
    assert len(zalo.violations) == 1


@pytest.mark.parametrize(
    ("form", "secret", "error"),
    [
        ({"grant_type": "refresh_token"}, "", -14004),
        ({"grant_type": "refresh_token"}, ACCOUNT.oa_secret, -14004),
        ({"grant_type": "refresh_token", "app_id": "1"}, None, -14002),
        ({"grant_type": "password"}, None, -14006),
        ({"grant_type": "refresh_token", "refresh_token": ""}, None, -14014),
        ({"grant_type": "authorization_code", "code": "x", "code_verifier": VERIFIER}, None, -14005),
    ],
)
def test_wrong_token_calls_are_refused_and_noted(zalo, client, form, secret, error):
    answer = client.ask_for_tokens(secret=secret, **form)

    assert (answer["error"], "access_token" in answer, len(zalo.violations)) == (error, False, 1)


def test_strange_fields_and_a_missing_state_are_noted(zalo, client):
    pair = client.ask_for_tokens(grant_type="refresh_token", refresh_token=client.refresh, scope="x")

    assert pair["access_token"]
    assert len(zalo.violations) == 1
    assert "code=" in zalo.authorize(consent_link(zalo, state=""))
    assert len(zalo.violations) == 2


def test_tokens_are_asked_for_with_a_form(zalo, client):
    headers = {"secret_key": zalo.account.app_secret}

    assert (
        client.call(TOKENS, {"app_id": zalo.account.app_id}, host="oauth", headers=headers)["error"] == -14001
    )
    assert len(zalo.violations) == 1


def consent_link(zalo, **changes):
    query = {
        "app_id": zalo.account.app_id,
        "redirect_uri": CALLBACK,
        "code_challenge": challenge_of(VERIFIER),
        "state": "s",
    }
    return f"https://oauth.zaloapp.com/v4/oa/permission?{urlencode({**query, **changes})}"


def test_a_code_is_exchanged_once_with_its_verifier_in_ten_minutes(zalo, client, person):
    def exchange(code, verifier=VERIFIER):
        return client.ask_for_tokens(grant_type="authorization_code", code=code, code_verifier=verifier)

    def consent():
        told = parse_qs(urlsplit(zalo.authorize(consent_link(zalo))).query)
        assert (told["oa_id"], told["state"]) == ([zalo.account.oa_id], ["s"])
        return told["code"][0]

    assert challenge_of(VERIFIER) == "RqIZl4LIgn8KxW9QO-nTnv7pf0CnNrksx9fF-CXP2FE"
    code = consent()
    client.access = exchange(code)["access_token"]
    assert client.send(person)["error"] == 0
    late = consent()
    zalo.advance(601)
    assert exchange(late)["error"] == -14005
    assert zalo.violations == []
    assert exchange(code)["error"] == exchange(consent(), "A" * 43)["error"] == -14005
    assert len(zalo.violations) == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"app_id": "1"}, -14002),
        ({"redirect_uri": "https://a.vn"}, -14003),
        ({"code_challenge": "x"}, -14001),
    ],
)
def test_a_wrong_consent_link_is_refused(zalo, client, changes, error):
    zalo.world.redirect_uri = CALLBACK
    link = urlsplit(consent_link(zalo, **changes))

    assert client.call(f"{link.path}?{link.query}", host="oauth")["error"] == error
    assert len(zalo.violations) == 1
