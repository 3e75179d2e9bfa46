"""The examination: a line for each check, and exit status 1 when one does not hold."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import app
from bot.checkup.doctor import examine
from bot.config import load_config
from tests.building import AT
from tests.commanding import Listener
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.running import INTEGRITY, OFFICE, STAFF, build_settings, write_settings

OTHER_KEY = "00" * 32
HOOK = {"url": "https://khaosat.example/webhook/telegram", "secret_token": "x"}


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        for chat in (STAFF, OFFICE, INTEGRITY):
            fake.add_group(chat)
        with fake.world.lock:
            fake.world.webhook = dict(HOOK)
        yield fake


def look(folder, tree, *, is_migrated=True, at=None):
    """Examine an office; the clock runs unless `at` says what it shows."""
    path = write_settings(folder, tree)
    config = load_config(path, {})
    if is_migrated:
        app.migrate(config)
    listener = Listener()
    status = examine(config, path, listener.console, clock=(lambda: at) if at else app.utc_now)
    return status, listener.lines


def settings(url, fake=None, **changes):
    tree = build_settings(url, **({"api_base": fake.base_url} if fake else {}), **changes)
    if fake is None:
        tree["telegram"]["enabled"] = False
    return tree


def failures(lines):
    return [line for line in lines if line.startswith("FAIL")]


def line_of(lines, words):
    [found] = [line for line in lines if words in line]
    return found


def test_an_office_in_order_passes(new_database_url, tmp_path, fake):
    status, lines = look(tmp_path, settings(new_database_url, fake))

    assert failures(lines) == []
    assert status == 0
    assert f"ok    units[0].staff_chats[0] telegram:{STAFF}: member; the bot can write there" in lines
    assert "ok    telegram.token: belongs to @KhaoSatBot" in lines
    assert "ok    telegram.mode: the webhook is set, 0 updates wait" in lines


def test_secrets_in_the_file_are_warned_of(new_database_url, tmp_path):
    _, lines = look(tmp_path, settings(new_database_url))

    assert line_of(lines, "web.api_tokens[0]").startswith("warn")
    assert not [line for line in lines if "made-up-api-token" in line]


def test_a_database_without_schema_fails(new_database_url, tmp_path):
    status, lines = look(tmp_path, settings(new_database_url), is_migrated=False)

    assert status == 1
    assert "run: hailong migrate" in line_of(lines, "FAIL  database")


def test_a_database_that_is_not_there_fails_and_the_other_checks_go_on(tmp_path):
    tree = settings("postgresql://nobody:secret@127.0.0.1:9/none")

    status, lines = look(tmp_path, tree, is_migrated=False)

    assert status == 1
    assert "the database does not answer" in line_of(lines, "FAIL  database.url")
    assert line_of(lines, "disk:")
    assert "secret" not in "".join(failures(lines))


def test_a_key_of_another_database_fails(new_database_url, tmp_path):
    tree = settings(new_database_url)
    look(tmp_path, tree)
    tree["security"]["key"] = OTHER_KEY

    path = write_settings(tmp_path, tree)
    listener = Listener()
    status = examine(load_config(path, {}), path, listener.console)

    assert (status, len(failures(listener.lines))) == (1, 1)
    assert "another key" in failures(listener.lines)[0]


@pytest.mark.postgres
def test_a_clock_that_differs_from_the_databases_fails(postgres_with_schema, tmp_path):
    late = datetime.now(UTC) - timedelta(minutes=5)

    status, lines = look(tmp_path, settings(postgres_with_schema), is_migrated=False, at=late)

    assert status == 1
    assert "set both by NTP" in line_of(lines, "FAIL  clock")


@pytest.mark.parametrize(("year", "mark"), [(2026, "ok"), (2027, "warn"), (2040, "FAIL")])
def test_the_calendar_must_know_this_year(tmp_path, year, mark):
    at = AT.replace(year=year)

    _, lines = look(tmp_path, settings(f"sqlite:///{tmp_path}/hailong.db"), at=at)

    assert line_of(lines, f"the days off of {year} ").startswith(mark)


def test_a_chat_of_a_channel_that_is_off_is_warned_of(tmp_path):
    _, lines = look(tmp_path, settings(f"sqlite:///{tmp_path}/hailong.db"))

    assert line_of(lines, "office.chats[0]").startswith("warn")
    assert "warn  units[1].staff_chats: is empty" in "\n".join(lines)


@pytest.mark.parametrize("status_of_bot", ["left", "kicked"])
def test_a_bot_that_is_not_in_a_chat_of_the_office_fails(tmp_path, fake, status_of_bot):
    fake.add_group(OFFICE, members={int(TOKEN.partition(":")[0]): status_of_bot})

    status, lines = look(tmp_path, settings(f"sqlite:///{tmp_path}/hailong.db", fake))

    assert status == 1
    assert failures(lines)[0].startswith(f"FAIL  office.chats[0] telegram:{OFFICE}: the bot")


def test_a_chat_telegram_does_not_know_fails(tmp_path, fake):
    tree = settings(f"sqlite:///{tmp_path}/hailong.db", fake, operator={"chats": ["telegram:-100777"]})

    status, lines = look(tmp_path, tree)

    assert status == 1
    assert "knows no such chat" in line_of(lines, "operator.chats[0]")


def test_a_webhook_that_is_not_ours_fails(tmp_path, fake):
    with fake.world.lock:
        fake.world.webhook = {"url": "https://elsewhere.example/hook"}

    status, lines = look(tmp_path, settings(f"sqlite:///{tmp_path}/hailong.db", fake))

    assert status == 1
    assert "another webhook is set" in line_of(lines, "FAIL  telegram.mode")


def test_a_token_that_is_refused_fails_and_is_not_shown(tmp_path, fake):
    other = "987654321:AAanotherTokenThatTheFakeDoesNotKnow00"
    tree = settings(f"sqlite:///{tmp_path}/hailong.db", fake, telegram={"token": other})

    status, lines = look(tmp_path, tree)

    assert status == 1
    assert failures(lines) == ["FAIL  telegram.token: Telegram refuses it; ask @BotFather for the right one"]


def test_links_to_another_bot_fail(tmp_path, fake):
    tree = settings(f"sqlite:///{tmp_path}/hailong.db", fake, telegram={"username": "AnotherBot"})

    _, lines = look(tmp_path, tree)

    assert "the links lead to @AnotherBot" in line_of(lines, "FAIL  telegram.username")


def test_telegram_that_cannot_be_reached_fails_without_the_token(tmp_path):
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db")

    status, lines = look(tmp_path, tree)

    assert status == 1
    assert "cannot be reached" in failures(lines)[0]
    assert TOKEN not in "".join(lines)


def test_a_rehearsal_calls_nobody(tmp_path, fake):
    tree = settings(f"sqlite:///{tmp_path}/hailong.db", fake) | {"mode": "rehearsal"}

    look(tmp_path, tree)

    assert fake.calls == []
