"""A small made-up department for tests: its setup, its clock that stands still, and a real database in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.calendars import load_calendar
from bot.texts import load_criteria
from handlers.setup import Abilities, Chat, Links, Procedure, Setup, Unit
from reports.rules import ReportRules
from reports.workdays import OFFICE_HOURS
from storage import records
from storage.database import Database
from storage.vault import Vault
from survey.complaints.rules import DEFAULT_RULES
from survey.questionnaire import Questionnaire, parse_questionnaire
from survey.reading import Lexicon, build_lexicon
from survey.wording import Wording, build_wording
from tests.schema import put_schema

SURVEY = Path(__file__).resolve().parents[1] / "survey"
QUESTIONNAIRE = SURVEY / "questionnaires" / "2026-1.yaml"
KEY = bytes(range(32))
TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)  # a Friday, 09:30 in the department


@cache
def load_questionnaire() -> Questionnaire:
    """Return the official form as the program ships it."""
    return parse_questionnaire(yaml.safe_load(QUESTIONNAIRE.read_text(encoding="utf-8")))


@cache
def load_lexicon() -> Lexicon:
    """Return the tables by which replies are read, as the program ships them."""
    files = sorted((SURVEY / "reading" / "tables").glob("*.yaml"))
    return build_lexicon({file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files})


@cache
def load_wording() -> Wording:
    """Return the sentences as the program ships them, Vietnamese first."""
    texts = {
        name: yaml.safe_load((SURVEY / "texts" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("vi", "en")
    }
    return build_wording(texts, load_lexicon())


def build_setup(**changes) -> Setup:
    """Return the setup of a department with two units and a procedure each, with some fields changed."""
    questionnaire = load_questionnaire()
    trade, energy = "Phòng Quản lý thương mại", "Phòng Quản lý năng lượng"
    setup = Setup(
        vault=Vault(key=KEY, draw=os.urandom),
        wording=load_wording(),
        questionnaires={questionnaire.version: questionnaire},
        questionnaire_version=questionnaire.version,
        department="Sở Mẫu",
        hotline="1022",
        language="vi",
        timezone=TIMEZONE,
        units={
            "QLTM": Unit(code="QLTM", name=trade, staff_chats=(Chat(channel="telegram", name="-1001"),)),
            "QLNL": Unit(code="QLNL", name=energy, staff_chats=(Chat(channel="telegram", name="-1005"),)),
        },
        procedures={
            "2.000633": Procedure(code="2.000633", name="Cấp giấy phép bán buôn rượu", unit_code="QLTM"),
            "2.001561": Procedure(code="2.001561", name="Cấp giấy phép bán lẻ điện", unit_code="QLNL"),
        },
        office_chats=(Chat(channel="telegram", name="-1002"),),
        integrity_chats=(Chat(channel="telegram", name="-1003"),),
        operator_chats=(Chat(channel="telegram", name="-1004"),),
        channels={
            "telegram": Abilities(can_edit=True, can_push=True),
            "zalo": Abilities(can_edit=False, can_push=True),
            "web": Abilities(can_edit=True, can_push=False),
        },
        links=Links(
            public_url="https://khaosat.example", telegram_username="KhaoSatBot", zalo_oa_id="1234567890"
        ),
        invitation_days=30,
        reminders=(timedelta(hours=24), timedelta(hours=72)),
        quiet_from=time(21),
        quiet_until=time(7),
        sampling_pct=100.0,
        retention_days=365,
        alert_hold=timedelta(minutes=60),
        escalation_chats=(Chat(channel="telegram", name="-1002"),),
        complaint_rules=DEFAULT_RULES,
        due_working_days=5,
        is_bound_only=False,
        calendar=load_calendar(None, hours=OFFICE_HOURS, zone=TIMEZONE),
        reporting=ReportRules(criteria=load_criteria()),
    )
    return replace(setup, **changes)


def open_database(url: str, at: datetime = AT) -> Database:
    """Return a started database with the schema and the official form in it. Whoever opens it stops it."""
    put_schema(url)
    database = Database(url)
    database.start()
    body = QUESTIONNAIRE.read_text(encoding="utf-8")
    version = load_questionnaire().version
    database.write(lambda tx: records.keep_questionnaire(tx, version, body, at))
    return database


@contextmanager
def sqlite_database(folder: Path) -> Iterator[Database]:
    """Give a started SQLite database in `folder`, stopped afterwards."""
    database = open_database(f"sqlite:///{folder}/hailong.db")
    try:
        yield database
    finally:
        database.stop()
