"""Settings that cannot be used: every problem is told at once, with its place, and never with the value."""

from functools import partial

import pytest
import yaml
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ConfigError, load_config
from bot.settings.cron import check_cron
from tests.settings_samples import TOKEN, load_from, minimal, problems_of, the_problem, with_telegram


@pytest.fixture
def load(tmp_path):
    return partial(load_from, tmp_path)


@pytest.fixture
def problems(tmp_path):
    return partial(problems_of, tmp_path)


def test_everything_that_is_wrong_is_told_at_once(problems):
    tree = with_telegram(token="700000001:short", mode="webhook") | {
        "mode": "pilot",
        "departmant": {},
        "units": [
            {"code": "TM", "name": "A"},
            {"code": "TM", "name": "B", "staff_chats": ["web:Tổ 1", "fax:1"]},
        ],
        "procedures": [{"code": 2.000633, "name": "x" * 201, "unit": "XX"}],
        "web": {"port": "eighty", "public_url": "http://khaosat.example.vn"},
        "survey": {"reminders": ["24"], "quiet_hours": "21-7", "quota_pct": 101},
        "complaints": {"hold": "an hour", "due_working_days": 0, "who_may_act": "anyone"},
        "reporting": {"min_group": 2},
        "schedule": {"watch": "* * * *", "reminders": "0 8 * * 1"},
        "database": {"url": "mysql://db/x"},
    }
    del tree["department"]

    found = problems(tree)

    assert {line.partition(": ")[0] for line in found} == {
        "department",
        "departmant",
        "telegram.token",
        "telegram.webhook_secret",
        "pilot_chats",
        "units[1].code",
        "units[1].staff_chats[0]",
        "units[1].staff_chats[1]",
        "procedures[0].code",
        "procedures[0].name",
        "procedures[0].unit",
        "web.port",
        "web.public_url",
        "survey.reminders[0]",
        "survey.quiet_hours",
        "survey.quota_pct",
        "complaints.hold",
        "complaints.due_working_days",
        "complaints.who_may_act",
        "reporting.min_group",
        "schedule.watch",
        "schedule.reminders",
        "database.url",
    }
    assert len(found) == 23


def test_a_problem_never_repeats_a_value(problems):
    bad = "badsecretvalue with spaces"
    tree = with_telegram(token=bad, webhook_secret=bad, proxy=bad) | {
        "web": {"api_tokens": [bad]},
        "database": {"url": bad},
        "security": {"key": bad},
    }

    assert bad not in "\n".join(problems(tree))


def test_a_misspelt_key_is_told_with_the_right_one(problems):
    line = the_problem(problems(minimal() | {"web": {"prot": 1}}), "web.prot")

    assert line.endswith("did you mean port?")


@pytest.mark.parametrize(
    ("path", "tree"),
    [
        ("telegram.username", with_telegram(username="") | {}),
        ("zalo.oa_secret", minimal() | {"zalo": {"enabled": True, "app_id": "1", "app_secret": "s", "oa_id": "2"}}),
        ("zalo_bot.token", minimal() | {"zalo_bot": {"enabled": True, "webhook_secret": "s"}}),
        ("department.timezone", minimal() | {"department": {"name": "A", "code": "B", "timezone": "Asia/Mẫu"}}),
        ("units", minimal() | {"units": []}),
        ("procedures", minimal() | {"procedures": []}),
        ("scoring.targets.acess", minimal() | {"scoring": {"targets": {"acess": 80}}}),
        ("survey.questionnaire", minimal() | {"survey": {"questionnaire": "none.yaml"}}),
        ("web.api_tokens[0]", minimal() | {"web": {"api_tokens": [""]}}),
        ("web.trusted_proxies[0]", minimal() | {"web": {"trusted_proxies": ["proxy"]}}),
        ("complaints.rules[0]", minimal() | {"complaints": {"rules": [{"question": "3.7", "options": [], "kind": "x"}]}}),
        ("complaints.rules[0].question", minimal() | {"complaints": {"rules": [{"question": 3.7, "options": [2], "kind": "x"}]}}),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(problems, path, tree):
    found = problems(tree, TELEGRAM_TOKEN=TOKEN)

    assert the_problem(found, path)
    assert len(found) == 1


HOOKED = {"web": {"public_url": "https://khaosat.example.vn"}}


BOT = {"enabled": True, "token": "123456789:made-up"}


@pytest.mark.parametrize(
    ("settings", "others"),
    [({}, HOOKED), ({"mode": "webhook"}, {}), ({"webhook_secret": "7-signs"}, HOOKED)],
)
def test_a_zalo_bot_that_zalo_is_to_call_needs_a_secret_of_a_length_it_takes(problems, settings, others):
    found = problems(minimal() | others | {"zalo_bot": BOT | settings})

    assert [line.partition(": ")[0] for line in found] == ["zalo_bot.webhook_secret"]


@pytest.mark.parametrize(
    ("settings", "others"),
    [({"webhook_secret": "8--signs"}, HOOKED), ({"mode": "polling"}, HOOKED), ({"mode": None}, {})],
)
def test_a_zalo_bot_that_asks_by_itself_or_has_a_secret_is_fine(load, settings, others):
    assert load(minimal() | others | {"zalo_bot": BOT | settings}).zalo_bot.enabled


@pytest.mark.parametrize(
    "chat",
    ["-1001", "telegram:", "telegram:abc", "telegram:１２", "web:Van", "web:" + "a" * 41, "zalo:a b", "zalo:", "x:1", 5, None],
)  # fmt: skip
def test_a_chat_of_another_shape_is_refused(problems, chat):
    assert the_problem(problems(minimal() | {"office": {"chats": [chat]}}), "office.chats[0]")


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "https://khaosat.example.vn/"])
def test_a_public_address_is_https_or_this_machine(load, url):
    assert load(minimal() | {"web": {"public_url": url}}).web.public_url == url.rstrip("/")


def test_a_row_of_the_csv_is_named_by_its_file_and_number(problems, tmp_path):
    (tmp_path / "p.csv").write_text("code,name,unit\n2.000001,Đăng ký,TM\n2.1,Đăng ký,XX\n", encoding="utf-8")

    found = problems(minimal() | {"procedures_file": "p.csv"})

    assert the_problem(found, "procedures_file: p.csv row 3, column code")
    assert the_problem(found, "procedures_file: p.csv row 3, column unit")


def test_a_csv_without_its_columns_is_told(problems, tmp_path):
    (tmp_path / "p.csv").write_text("mã,tên\n1,2\n", encoding="utf-8")

    assert problems(minimal() | {"procedures_file": "p.csv"}) == (
        "procedures_file: p.csv row 1: has no column code, name, unit",
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("web:\n  port: [1\nmode: live\n", "config.yaml line 3"),
        ("- a\n- b\n", "config.yaml: must be settings"),
        ("a: &a [*a]\n", "config.yaml: must be settings"),
        ("x: !!python/object:os.system {}\n", "config.yaml line 1"),
    ],
)
def test_a_file_that_is_no_yaml_is_told_with_the_line(problems, text, start):
    assert problems(text)[0].startswith(start)


def test_a_key_written_twice_is_refused(problems):
    text = yaml.safe_dump(minimal()) + "mode: live\nmode: pilot\n"

    assert any("mode is written twice" in line for line in problems(text))


def test_a_file_that_is_missing_or_not_utf8_is_told(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"mode: \xff")

    for name in ("none.yaml", "latin.yaml"):
        with pytest.raises(ConfigError) as raised:
            load_config(tmp_path / name, {})
        assert len(raised.value.problems) == 1
        assert name in raised.value.problems[0]


def test_a_broken_line_of_the_env_file_is_told(problems, tmp_path):
    (tmp_path / ".env").write_text("A=1\n= what\n", encoding="utf-8")

    assert problems(minimal()) == (".env line 2: write it as NAME=value",)


# ------------------------------------------------------------------------------------------ cron

PIECES = st.from_regex(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?", fullmatch=True)
NAMES = st.sampled_from(["*", "mon", "mon-fri", "fri-mon", "jan-mar", "last", "sat,sun", "*/2", "mon/2", "1"])


@given(st.lists(PIECES | NAMES, min_size=5, max_size=5).map(" ".join))
def test_what_is_accepted_as_cron_the_scheduler_accepts(line):
    try:
        check_cron(line)
    except ValueError:
        return

    assert CronTrigger.from_crontab(line, timezone="UTC")


@pytest.mark.parametrize(
    "line", ["0 8 15 3,6,9,12 *", "30 7 * * mon-fri", "*/10 * * * *", "5-50/5 0 last jan-mar sun"]
)
def test_usual_cron_lines_are_accepted(line):
    assert check_cron(line) == line
