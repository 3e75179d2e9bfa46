"""A made-up database of eight quarters: every second transaction answered by chat, an eighth more on paper."""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from storage.database import Database
from storage.schema import migrate
from storage.tables import ANSWERS

FIRST, DAYS = date(2023, 12, 15), 731
UNITS, PROCEDURES = 12, 20  # procedures of each unit
AT = datetime(2026, 1, 5, 2, tzinfo=UTC)

Row = tuple[object, ...]
_INVITATIONS = "id procedure_code unit_code due_at returned_at outcome nonce token_digest code_digest is_sampled created_at"
_CONVERSATIONS = "id invitation_id questionnaire_version status sealed_state turn begun_at submitted_at reminders updated_at"
_RESPONSES = (
    "id invitation_id channel unit_code procedure_code questionnaire_version submitted_at submitted_on "
    f"{' '.join(ANSWERS)} feedback_handling"
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A transaction."""

    procedure: str
    unit: str
    due: datetime
    back: datetime
    outcome: str


def fill(url: str, responses: int, seed: int) -> None:
    """Bring an empty database to the schema and fill it."""
    database = Database(url)
    migrate(database.writer)
    database.stop()
    tables = list(_tables(responses, random.Random(seed)))
    if url.startswith("sqlite"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), tables)
    else:
        _fill_postgres(url, tables)


def _tables(responses: int, chance: random.Random) -> Iterator[tuple[str, str, Iterable[Row]]]:
    """Yield each table with its columns and its rows, in the order of their keys."""
    by_chat = responses * 8 // 9
    dossiers = sorted(_dossiers(2 * by_chat, chance), key=lambda one: one.back)  # one after the other
    chosen = chance.sample(range(len(dossiers)), responses)
    answered = {place: rank < by_chat for rank, place in enumerate(chosen)}  # whether by chat
    yield "questionnaires", "version body first_used_at", [("2026-1", "{}", _text(AT))]
    yield "invitations", _INVITATIONS, (_invitation(i, one) for i, one in enumerate(dossiers, 1))
    talks = (place for place in sorted(answered) if answered[place])
    yield "conversations", _CONVERSATIONS, (_conversation(i + 1, dossiers[i]) for i in talks)
    yield "responses", _RESPONSES, _responses(dossiers, answered, chance)


def _fill_sqlite(file: Path, tables: list[tuple[str, str, Iterable[Row]]]) -> None:
    connection = sqlite3.connect(file)
    connection.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-400000;")
    for table, columns, rows in tables:
        names = columns.split()
        statement = f"INSERT INTO {table}({','.join(names)}) VALUES ({','.join('?' * len(names))})"  # noqa: S608 - names of ours
        connection.executemany(statement, rows)
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def _fill_postgres(url: str, tables: list[tuple[str, str, Iterable[Row]]]) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        for table, columns, rows in tables:
            names = sql.SQL(",").join(map(sql.Identifier, columns.split()))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _dossiers(count: int, chance: random.Random) -> Iterator[Dossier]:
    for _ in range(count):
        unit = chance.randrange(UNITS)
        back = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
            minutes=chance.randrange(DAYS * 1440)
        )
        due = back + timedelta(hours=chance.randrange(-20, 100))
        outcome = chance.choices(("granted", "refused", "supplement"), (90, 6, 4))[0]
        procedure = f"P{unit:02}-{chance.randrange(PROCEDURES):02}"
        yield Dossier(procedure, f"U{unit:02}", due, back, outcome)


def _invitation(number: int, one: Dossier) -> Row:
    key, back = number.to_bytes(32), _text(one.back)
    return (
        number, one.procedure, one.unit, _text(one.due), back, one.outcome, bytes(16), key, key, True, back,
    )  # fmt: skip


def _conversation(number: int, one: Dossier) -> Row:
    back = _text(one.back)
    return (number, number, "2026-1", "submitted", bytes(300), 14, back, back, 0, back)


def _responses(dossiers: list[Dossier], answered: dict[int, bool], chance: random.Random) -> Iterator[Row]:
    for place in sorted(answered):
        one, is_chat = dossiers[place], answered[place]
        at = one.back + timedelta(hours=7)  # local days of a zone without other offsets
        marks = [chance.choices((1, 2, 3, 4, 5), (40, 35, 15, 7, 3))[0] for _ in range(6)]
        facts = [chance.choices((1, 2), (4, 96))[0] for _ in range(2)]
        yield (
            f"R{place:025}",
            place + 1 if is_chat else None,
            chance.choice(("telegram", "zalo", "zalo", "web")) if is_chat else "paper",
            one.unit,
            one.procedure,
            "2026-1",
            _text(one.back),
            at.date().isoformat(),
            *marks,
            *facts,
            chance.choices((1, 2, 3), (20, 70, 10))[0],
            marks[1],
            None if is_chat else chance.randint(1, 5),
        )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%fZ")
