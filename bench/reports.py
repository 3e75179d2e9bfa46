"""`python -m bench.reports`: how long the figures of a quarter take, and how much memory, with a million responses.

The database is made here, with made-up answers; the report runs in a process of its own, as the command does.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from storage.database import Database
from storage.schema import migrate
from storage.tables import ANSWERS

QUARTERS = tuple(f"{year}-Q{number}" for year in (2024, 2025) for number in range(1, 5))
FIRST, DAYS = date(2023, 12, 15), 731
UNITS, PROCEDURES = 12, 20  # procedures of each unit
AT = datetime(2026, 1, 5, 2, tzinfo=UTC)

# Prints seconds to import, seconds of the first and second report, megabytes at most.
_CHILD = """
import json, sys, time
began = time.perf_counter()
from datetime import datetime, UTC
from handlers import digests
from reports.periods import parse_period
from storage.database import Database
from tests.building import build_setup
import pandas
loaded = time.perf_counter() - began
setup, at = build_setup(), datetime(2026, 1, 5, 2, tzinfo=UTC)
database = Database(sys.argv[1])
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
before = peak()
found = {"imports, s": loaded}
for name, period, unit in json.loads(sys.argv[2]):
    began, used = time.perf_counter(), time.process_time()
    with database.reading() as tx:
        report = digests.build_report(tx, setup, parse_period(period, "administrative"), at, unit=unit)
    found[name + ", s"] = time.perf_counter() - began
    found[name + ", CPU s"] = time.process_time() - used
    found[name + ", responses"] = report.responses
    found[name + ", transactions"] = report.transactions
found["peak, MB"] = peak()
found["before the first report, MB"] = before
database.stop()
print(json.dumps(found))
"""
RUNS = (
    ("first quarter (nothing before)", "2024-Q1", ""),
    ("quarter with two compared", "2025-Q4", ""),
    ("one unit of that quarter", "2025-Q4", "U03"),
    ("year with the year before", "2025", ""),
)


def main() -> int:
    """Fill, measure, print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as folder:
        file = options.database or Path(folder) / "reports.db"
        if not file.exists():
            began = time.monotonic()
            fill(file, options.responses, options.seed)
            print(f"filled in {time.monotonic() - began:.0f} s, {file.stat().st_size / 1e6:.0f} MB")
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, f"sqlite:///{file}", json.dumps(RUNS)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        for name, value in json.loads(done.stdout).items():
            print(f"{name:<48}{value:>12,.2f}")
    return 0


def fill(file: Path, responses: int, seed: int) -> None:
    """Make a database of eight quarters: every second transaction answered by chat, an eighth more on paper."""
    database = Database(f"sqlite:///{file}")
    migrate(database.writer)
    database.stop()
    chance = random.Random(seed)
    connection = sqlite3.connect(file)
    connection.executescript("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-400000;")
    connection.execute(
        "INSERT INTO questionnaires(version, body, first_used_at) VALUES ('2026-1', '{}', ?)",
        (_text(AT),),
    )
    by_chat = responses * 8 // 9
    dossiers = sorted(
        _dossiers(2 * by_chat, chance), key=lambda one: one[3]
    )  # as they come, one after the other
    chosen = chance.sample(range(len(dossiers)), responses)
    answered = {place: rank < by_chat for rank, place in enumerate(chosen)}  # whether by chat
    connection.executemany(
        "INSERT INTO invitations(id, procedure_code, unit_code, due_at, returned_at, outcome, nonce, token_digest,"
        " code_digest, is_sampled, created_at) VALUES (?,?,?,?,?,?,zeroblob(16),?,?,1,?)",
        (
            (i, p, u, _text(due), _text(back), outcome, i.to_bytes(32), i.to_bytes(32), _text(back))
            for i, (p, u, due, back, outcome) in enumerate(dossiers, 1)
        ),
    )
    connection.executemany(
        "INSERT INTO conversations(id, invitation_id, questionnaire_version, status, sealed_state, turn, begun_at,"
        " submitted_at, reminders, updated_at) VALUES (?,?,'2026-1','submitted',zeroblob(300),14,?,?,0,?)",
        ((i + 1, i + 1, *[_text(dossiers[i][3])] * 3) for i in sorted(answered) if answered[i]),
    )
    marks = ", ".join(ANSWERS)
    connection.executemany(
        f"INSERT INTO responses(id, invitation_id, channel, unit_code, procedure_code, questionnaire_version,"  # noqa: S608 - column names of ours
        f" submitted_at, submitted_on, {marks}, feedback_handling)"
        f" VALUES (?,?,?,?,?,'2026-1',?,?,{','.join('?' * 11)})",
        _responses(dossiers, answered, chance),
    )
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def _dossiers(count: int, chance: random.Random) -> Iterator[tuple[str, str, datetime, datetime, str]]:
    for _ in range(count):
        unit = chance.randrange(UNITS)
        back = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
            minutes=chance.randrange(DAYS * 1440)
        )
        due = back + timedelta(hours=chance.randrange(-20, 100))
        outcome = chance.choices(("granted", "refused", "supplement"), (90, 6, 4))[0]
        yield f"P{unit:02}-{chance.randrange(PROCEDURES):02}", f"U{unit:02}", due, back, outcome


def _responses(
    dossiers: list[tuple[str, str, datetime, datetime, str]],
    answered: dict[int, bool],
    chance: random.Random,
) -> Iterator[tuple[object, ...]]:
    for place in sorted(answered):
        procedure, unit, _, back, _ = dossiers[place]
        at = back + timedelta(hours=7)  # local days of a zone without other offsets
        is_chat = answered[place]
        marks = [chance.choices((1, 2, 3, 4, 5), (40, 35, 15, 7, 3))[0] for _ in range(6)]
        facts = [chance.choices((1, 2), (4, 96))[0] for _ in range(2)]
        answers = (*marks, *facts, chance.choices((1, 2, 3), (20, 70, 10))[0], marks[1])
        yield (
            f"R{place:025}",
            place + 1 if is_chat else None,
            chance.choice(("telegram", "zalo", "zalo", "web")) if is_chat else "paper",
            unit,
            procedure,
            _text(back),
            at.date().isoformat(),
            *answers,
            None if is_chat else chance.randint(1, 5),
        )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%fZ")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.reports", description="Measure the figures of a period."
    )
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help="fill and keep this one, or use it again"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
