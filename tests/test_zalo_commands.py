"""Authorising Zalo from the command line: by the link, by pasting, and what is said of the tokens afterwards."""

import contextlib
import re

import pytest

from bot import zalo_commands
from storage import zalo_tokens
from storage.records import stream_audit
from tests.commanding import Listener
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.fakes.zalo_oauth import TOKEN_PATH, challenge_of
from tests.tokening import NOBODY, open_office


@pytest.fixture
def fake():
    """The platform; what it blames us for fails the test."""
    with ZaloFake() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def start(tmp_path, fake):
    """Put the program together with these settings of Zalo."""
    with contextlib.ExitStack() as opened:
        yield lambda **zalo: opened.enter_context(open_office(tmp_path, fake, **zalo))


def find(runtime):
    with runtime.database.reading() as tx:
        return zalo_tokens.find(tx, runtime.setup.vault, ACCOUNT.app_id)


def link_in(listener):
    return re.search(r"http\S+/v4/oa/permission\?\S+", "\n".join(listener.lines))[0]


def authorize(runtime, answer, **how):
    """Authorise with what a person pastes, made from what was said so far."""
    listener = Listener()
    status = zalo_commands.authorize(runtime, listener.console, lambda _question: answer(listener), **how)
    return status, listener


def consent(fake, change=lambda address: address):
    """Open the link as the account's administrator and paste the address the browser is sent to."""
    return lambda listener: change(fake.authorize(link_in(listener)))


def test_the_link_is_opened_and_the_address_pasted(start, fake):
    runtime = start()

    status, listener = authorize(runtime, consent(fake))

    kept = find(runtime)
    assert (status, listener.complaints) == (0, [])
    assert fake.world.access[kept.access].is_dead is False
    assert (kept.generation, kept.fault) == (1, None)


def test_the_code_alone_will_do(start, fake):
    status, _ = authorize(start(), consent(fake, lambda address: re.search(r"code=([^&]+)", address)[1]))

    assert status == 0


def test_the_link_carries_a_challenge_and_a_state_of_this_run(start, fake):
    runtime = start()

    links = [link_in(authorize(runtime, consent(fake))[1]) for _ in range(2)]

    challenges = {re.search(r"code_challenge=([^&]+)", link)[1] for link in links}
    assert len(challenges) == 2
    assert all(len(one) == len(challenge_of("a" * 43)) for one in challenges)
    assert len({re.search(r"state=(\w+)", link)[1] for link in links}) == 2
    assert all("redirect_uri=https%3A%2F%2Fkhaosat.example&" in link for link in links)


def test_another_callback_address_may_be_given(start, fake):
    fake.world.redirect_uri = "https://noi-khac.example/zalo"

    status, listener = authorize(start(), consent(fake), redirect="https://noi-khac.example/zalo")

    assert (status, listener.complaints) == (0, [])


def test_no_token_is_ever_shown(start, fake):
    runtime = start()

    _, listener = authorize(runtime, consent(fake))

    kept, said = find(runtime), "\n".join([*listener.lines, *listener.complaints])
    for secret in (kept.access, kept.pair.refresh, ACCOUNT.app_secret):
        assert secret not in said


def test_who_authorised_stands_in_the_audit_log(start, fake):
    runtime = start()

    authorize(runtime, consent(fake))

    with runtime.database.reading() as tx:
        [event] = stream_audit(tx)
    assert (event.actor, event.action) == ("command line", "zalo_authorized")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _address: "", "no code"),
        (lambda address: address.split("?")[0] + "?x=1", "no code"),
        (lambda address: re.sub(r"state=\w+", "state=other", address), "another run"),
        (lambda address: re.sub(r"oa_id=\w+", "oa_id=123", address), "zalo.oa_id"),
        (lambda address: re.sub(r"code=[^&]+", "code=never%20given", address), "no code"),
    ],
)
def test_a_wrong_paste_is_one_clear_line_and_asks_nobody(start, fake, change, words):
    runtime = start()

    status, listener = authorize(runtime, consent(fake, change))

    [line] = listener.complaints
    assert (status, words in line, find(runtime)) == (1, True, None)
    assert not any(call.path == TOKEN_PATH for call in fake.calls)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("error", -14003), "--redirect"),
        (("error", -14005), "once and for 10 minutes"),
        ("not_json", "Unreadable"),
        (("http", 502), "try again"),
        ("reset", "try again"),
    ],
)
def test_an_exchange_that_fails_changes_nothing(start, fake, fault, words):
    runtime = start()
    fake.inject(TOKEN_PATH, 1, fault)

    status, listener = authorize(runtime, consent(fake))

    [line] = listener.complaints
    assert (status, words in line, find(runtime)) == (1, True, None)


def test_a_code_from_yesterday_is_refused(start, fake):
    def wait(address):
        fake.advance(86_400)
        return address

    status, listener = authorize(start(), consent(fake, wait))

    assert status == 1
    assert "once and for 10 minutes" in listener.complaints[0]


def test_zalo_away_is_one_clear_line(start, fake):
    runtime = start(oauth_base=NOBODY)

    status, listener = authorize(runtime, lambda _listener: "a-code")

    assert (status, len(listener.complaints), find(runtime)) == (1, 1, None)
    assert "zalo.oauth_base" in listener.complaints[0]


def test_without_somebody_to_answer_nothing_is_done(start):
    def nobody(_listener):
        raise EOFError

    status, listener = authorize(start(), nobody)

    assert (status, len(listener.complaints)) == (2, 1)


def test_without_the_app_there_is_nothing_to_authorise(start):
    status, listener = authorize(start(enabled=False, app_id=""), lambda _listener: "x")

    assert status == 2
    assert listener.complaints[0].startswith("hailong: zalo.app_id: ")


# -- pasting a pair


def paste(runtime, *tokens):
    left = list(tokens)
    return authorize(runtime, lambda _listener: left.pop(0), is_pasted=True)


def test_a_copied_pair_is_kept(start, fake):
    runtime = start()
    access, refresh = fake.issue_pair()

    status, _ = paste(runtime, f" {access} ", refresh)

    kept = find(runtime)
    assert (status, kept.access, kept.pair.refresh) == (0, access, refresh)


@pytest.mark.parametrize("tokens", [("", "b"), ("a", ""), ("a b", "c"), ("a", "ü")])
def test_half_a_pair_is_refused(start, tokens):
    runtime = start()

    status, listener = paste(runtime, *tokens)

    assert (status, len(listener.complaints), find(runtime)) == (1, 1, None)


def test_a_brought_pair_outlives_the_older_one_of_the_settings(start, fake):
    old = dict(zip(("access_token", "refresh_token"), fake.issue_pair(), strict=True))
    runtime = start(**old)
    access, refresh = fake.issue_pair()

    paste(runtime, access, refresh)
    settings, vault = runtime.config.zalo, runtime.setup.vault
    pair = zalo_commands.configured_pair(settings, runtime.clock())
    is_taken = runtime.database.write(lambda tx: zalo_tokens.seed(tx, vault, ACCOUNT.app_id, pair))

    assert (is_taken, find(runtime).access) == (False, access)


# -- status


def status(runtime):
    listener = Listener()
    code = zalo_commands.status(runtime, listener.console, is_json=True)
    return code, listener.records[0]


def test_the_status_of_a_good_pair(start, fake):
    runtime = start()
    authorize(runtime, consent(fake))

    code, record = status(runtime)

    assert code == 0
    wanted = {"pair": "kept", "generation": 1, "fault": None, "is_verified": True, "package": "Growth"}
    assert wanted.items() <= record.items()
    assert (record["access_until"], record["refresh_until"][:10]) == (
        "2026-11-21T10:30:00+07:00",
        "2027-02-18",
    )
    assert (record["kind"], record["person_needed"]) == ("government", False)


def test_without_a_pair_a_person_is_needed(start):
    code, record = status(start())

    assert (code, record["pair"], record["person_needed"]) == (1, "none", True)


def test_a_pair_in_the_settings_will_be_taken(start, fake):
    pair = dict(zip(("access_token", "refresh_token"), fake.issue_pair(), strict=True))

    code, record = status(start(**pair))

    assert (code, record["pair"], record["zalo_says"]) == (0, "in the settings, not taken yet", "ok")


def test_a_fault_is_shown_with_what_to_do(start, fake):
    runtime = start()
    authorize(runtime, consent(fake))
    at = runtime.clock()
    runtime.database.write(lambda tx: zalo_tokens.claim(tx, ACCOUNT.app_id, 1, "x", at))
    runtime.database.write(
        lambda tx: zalo_tokens.put_fault(tx, ACCOUNT.app_id, 1, "x", fault="PairLost", at=at)
    )
    listener = Listener()

    code = zalo_commands.status(runtime, listener.console, is_json=False)

    assert code == 1
    assert listener.lines[-1] == "a person must authorise: hailong zalo authorize"
    assert any(line.startswith("fault ") and line.endswith("PairLost") for line in listener.lines)


def test_a_refused_access_token_alone_needs_nobody(start, fake):
    runtime = start()
    authorize(runtime, consent(fake))
    fake.expire_access()

    code, record = status(runtime)

    assert (code, record["zalo_says"]) == (0, "Zalo-220")


def test_the_status_of_a_channel_that_is_off_needs_nobody(start):
    assert status(start(enabled=False)) == (0, {"enabled": False, "person_needed": False})
