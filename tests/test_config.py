"""Settings: what a short file gives, what the environment changes, and where secrets are."""

import json
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.config import Chat, Config, load_config, secrets_in_file
from tests.settings_samples import TOKEN, load_from, minimal, problems_of, the_problem, with_telegram

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def load(tmp_path):
    return partial(load_from, tmp_path)


@pytest.fixture
def problems(tmp_path):
    return partial(problems_of, tmp_path)


# ------------------------------------------------------------------------------------------ what is accepted


def test_the_sample_file_is_valid_as_it_is():
    config = load_config(ROOT / "config.yaml", {})

    assert config.department.code == "H32.99"
    assert len(config.units) == 3
    assert not config.telegram.enabled


def test_the_sample_file_names_every_setting():
    sample = (ROOT / "config.yaml").read_text(encoding="utf-8")

    missing = [name for name in names_of_settings(Config) if f"{name}:" not in sample]

    assert missing == []


def test_every_group_and_every_setting_is_described():
    undescribed = [
        f"{model.__name__}.{name}"
        for model in models_within(Config)
        for name, field in model.model_fields.items()
        if not field.description or not model.__doc__
    ]

    assert undescribed == []


def test_a_short_file_is_enough(load, tmp_path):
    config = load(minimal())

    assert config.mode == "live"
    assert config.web.public_url == "http://127.0.0.1:8080"
    assert config.database.url.get_secret_value() == f"sqlite:///{tmp_path}/var/hailong.db"
    assert config.security.key_file == tmp_path / "var" / "hailong.key"
    assert config.survey.reminders == (timedelta(hours=24), timedelta(hours=72))
    assert config.scoring.targets == {"overall": Decimal(85)}
    assert config.folder == tmp_path


def test_a_section_whose_lines_are_commented_out_takes_its_defaults(load):
    config = load(minimal() | {"survey": None, "telegram": None})

    assert config.survey.invitation_days == 30
    assert not config.telegram.enabled


def test_values_are_read_as_people_write_them(load):
    config = load(
        minimal()
        | {
            "survey": {"reminders": ["90s", "3d"], "quiet_hours": "22:30-06:00", "sampling_pct": 12.5},
            "complaints": {"hold": "0m"},
            "office": {"chats": ["telegram:-1001", "web:van-phong", "zalo_group:g246"]},
        }
    )

    assert config.survey.reminders == (timedelta(seconds=90), timedelta(days=3))
    assert str(config.survey.quiet_hours) == "22:30-06:00"
    assert config.survey.sampling_pct == Decimal("12.5")
    assert config.complaints.hold == timedelta(0)
    assert config.office.chats == (
        Chat("telegram", "-1001"),
        Chat("web", "van-phong"),
        Chat("zalo_group", "g246"),
    )


def test_the_office_stands_in_where_no_other_chats_are_named(load):
    config = load(minimal() | {"office": {"chats": ["web:van-phong"]}})

    office = (Chat("web", "van-phong"),)
    assert (config.operator_chats, config.escalation_chats, config.integrity_chats) == (
        office,
        office,
        office,
    )


def test_chats_of_a_channel_that_is_off_are_accepted_and_can_be_listed(load):
    config = load(minimal() | {"office": {"chats": ["web:van-phong", "telegram:-1001"]}})

    assert config.chats_of_channels_off() == ("office.chats[1]",)


def test_zalo_may_be_switched_on_without_a_first_pair_of_tokens(load):
    zalo = {"enabled": True, "app_id": 123, "app_secret": "${A}", "oa_id": "456", "oa_secret": "${B}"}

    config = load(minimal() | {"zalo": zalo}, A="secret-a", B="secret-b")

    assert config.zalo.app_id == "123"
    assert config.zalo.access_token is None


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@db.example.vn/hailong", "postgresql:///hailong", "sqlite:////a/b.db"]
)
def test_an_absolute_database_address_stays_as_it_is(load, url):
    assert load(minimal() | {"database": {"url": url}}).database.url.get_secret_value() == url


def test_procedures_come_from_a_csv_as_well(load, tmp_path):
    (tmp_path / "p.csv").write_text(
        "code;name;unit;lĩnh vực\n2.000001;Đăng ký;TM;x\n\n", encoding="utf-8-sig"
    )

    config = load(minimal() | {"procedures_file": "p.csv"})

    assert [procedure.code for procedure in config.procedures] == ["2.000633", "2.000001"]


# ------------------------------------------------------------------------------------------ the environment


def test_a_secret_comes_from_the_environment(load):
    config = load(with_telegram(), TELEGRAM_TOKEN=TOKEN)

    assert config.telegram.token.get_secret_value() == TOKEN
    assert config.secret_values() == (TOKEN,)


def test_a_secret_comes_from_the_env_file_unless_the_environment_has_it(load, tmp_path):
    (tmp_path / ".env").write_text(f"A={'a' * 10}\nexport B='{'b' * 10}'  # a comment\n", encoding="utf-8")

    config = load(minimal() | {"web": {"api_tokens": ["${A}", "${B}"]}}, A="from-outside")

    assert [token.get_secret_value() for token in config.web.api_tokens] == ["from-outside", "b" * 10]


def test_a_missing_secret_is_named_with_its_place(problems):
    line = the_problem(problems(with_telegram()), "telegram.token")

    assert "TELEGRAM_TOKEN is not set" in line


def test_a_missing_secret_of_a_channel_that_is_off_is_no_problem(load):
    assert load(with_telegram(enabled=False)).telegram.token is None


def test_any_setting_is_overridden_by_its_variable(load):
    config = load(
        minimal(),
        HAILONG_WEB__PORT="9000",
        hailong_web__port="1",
        HAILONG_MODE="rehearsal",
        HAILONG_TELEGRAM__ENABLED="false",
        HAILONG_OFFICE__CHATS='["web:van-phong"]',
        HAILONG_SCORING__TARGETS__OVERALL="90",
        HAILONG_UNITS__0__NAME="Phòng khác",
        HAILONG_SURVEY__QUIET_HOURS="null",
    )

    assert (config.web.port, config.mode, config.units[0].name) == (9000, "rehearsal", "Phòng khác")
    assert config.office.chats == (Chat("web", "van-phong"),)
    assert config.scoring.targets == {"overall": Decimal(90)}
    assert config.survey.quiet_hours is None


def test_an_override_makes_the_variable_in_the_file_unnecessary(load):
    config = load(with_telegram(), HAILONG_TELEGRAM__TOKEN=TOKEN)

    assert config.telegram.token.get_secret_value() == TOKEN


def test_an_override_of_an_unknown_setting_is_named_by_its_variable(problems):
    found = problems(
        minimal(), HAILONG_WEB__PROT="1", HAILONG_UNITS__7__NAME="x", HAILONG_OFFICE__CHATS="web:a"
    )

    assert "there is no setting web.prot" in the_problem(found, "HAILONG_WEB__PROT")
    assert "1 entries" in the_problem(found, "HAILONG_UNITS__7__NAME")
    assert "JSON" in the_problem(found, "HAILONG_OFFICE__CHATS")


def test_variables_that_are_no_settings_are_left_alone(load):
    load(minimal(), HAILONG_API_TOKEN="x", HAILONG_TEST_POSTGRES="x", HAILONG_TEST__A="x", PATH="/bin")


@pytest.mark.parametrize("written", ["ab" * 32, "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="])
def test_the_encryption_key_comes_from_its_variable(load, written):
    config = load(minimal(), HAILONG_KEY=written)

    assert config.security.key_bytes() == b"\xab" * 32
    assert written in config.secret_values()


# ------------------------------------------------------------------------------------------ secrets


def test_secrets_written_out_in_the_file_are_found(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        json.dumps(
            with_telegram(webhook_secret="written-out")
            | {
                "web": {"api_tokens": ["${A}", "written-out"]},
                "database": {"url": "postgresql://u:written@h/d"},
            }
        )
    )

    assert secrets_in_file(path) == ("database.url", "web.api_tokens[1]", "telegram.webhook_secret")


def test_a_database_address_without_password_is_no_secret(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(minimal() | {"database": {"url": "postgresql://h/d"}}))

    assert secrets_in_file(path) == ()


def test_settings_never_show_their_secrets(load):
    config = load(
        with_telegram()
        | {"database": {"url": "postgresql://u:p%40ssw@h/d"}, "web": {"api_tokens": ["${A}"]}},
        TELEGRAM_TOKEN=TOKEN,
        A="an-api-token",
    )

    assert set(config.secret_values()) == {TOKEN, "an-api-token", "p%40ssw", "p@ssw"}
    assert not any(secret in repr(config) + config.model_dump_json() for secret in config.secret_values())


def models_within(model):
    inner = [
        found
        for field in model.model_fields.values()
        for found in models_of_annotation(field.annotation)
    ]  # fmt: skip
    return [model, *[deeper for one in inner for deeper in models_within(one)]]


def models_of_annotation(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in models_of_annotation(part)]


def names_of_settings(model):
    return sorted({name for one in models_within(model) for name in one.model_fields})
