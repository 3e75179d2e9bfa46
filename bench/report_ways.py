"""`python -m bench.report_ways WAY URL`: one way to the figures of a quarter, in a process of its own; prints JSON.

hailong: the whole report, with two other quarters to compare and what small groups hide; then all files.
sql: the plain aggregate somebody would write: counts and satisfied answers by unit and procedure, nothing else.
pandas: every row is read into a frame, the quarter picked out there and the same is counted.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

QUARTER, FROM, TO = "2025-Q4", "2025-09-15", "2025-12-14"
OTHERS = (
    ("one unit", "2025-Q4", "U03"),
    ("a month", "2025-11", ""),
    ("a year with the year before", "2025", ""),
)
_GOOD = ("q3_2", "q3_3", "q3_4", "q3_5", "q3_6", "q3_9", "q3_10")  # the first two options are good
_NOT = ("q3_7", "q3_8")  # the second is

Figures = dict[str, float]


def measure_hailong(url: str) -> Figures:
    """Measure our report and its files."""
    began = time.perf_counter()
    import pandas  # noqa: F401 - reports import it when they need it: measured apart

    from bench.report_rows import AT
    from bot.packing import make_files
    from handlers import digests
    from reports.periods import parse_period
    from storage.database import Database
    from tests.building import build_setup

    loaded = time.perf_counter() - began
    setup, database = build_setup(), Database(url)

    def build(name: str, unit: str = "") -> tuple[object, float]:
        began = time.perf_counter()
        with database.reading() as tx:
            found = digests.build_report(tx, setup, parse_period(name, "administrative"), AT, unit=unit)
        return found, time.perf_counter() - began

    used = time.process_time()
    report, seconds = build(QUARTER)
    found = {"figures, s": seconds, "figures, CPU s": time.process_time() - used}
    began = time.perf_counter()
    make_files(report, "vi")  # type: ignore[arg-type]  # what build gives is a Report
    found["all files, s"] = time.perf_counter() - began
    found["peak memory, MB"] = _peak()
    found["loading the libraries, s"] = loaded
    found["responses"] = report.responses  # type: ignore[attr-defined]  # the same
    found["3.10, %"] = float(report.overall_question.satisfied_pct)  # type: ignore[attr-defined]  # the same
    for title, name, unit in OTHERS:
        found[f"{title}, s"] = build(name, unit)[1]
    database.stop()
    return found


def measure_sql(url: str) -> Figures:
    """Measure the plain aggregate."""
    from sqlalchemy import create_engine, text

    good = [f"sum(case when {name} <= 2 then 1 else 0 end), count({name})" for name in _GOOD]
    good += [f"sum(case when {name} = 2 then 1 else 0 end), count({name})" for name in _NOT]
    statement = text(
        f"SELECT unit_code, procedure_code, count(*), {', '.join(good)} FROM responses"  # noqa: S608 - names of ours
        f" WHERE submitted_on BETWEEN '{FROM}' AND '{TO}' GROUP BY unit_code, procedure_code"
    )
    engine = create_engine(_driver(url))
    began, used = time.perf_counter(), time.process_time()
    with engine.connect() as connection:
        rows = connection.execute(statement).all()
    cost = _cost(began, used)
    place = 3 + 2 * _GOOD.index("q3_10")
    share = 100 * sum(row[place] for row in rows) / sum(row[place + 1] for row in rows)
    responses = sum(row[2] for row in rows)
    return {**cost, "peak memory, MB": _peak(), "responses": responses, "3.10, %": share}


def measure_pandas(url: str) -> Figures:
    """Measure reading all rows into a frame."""
    import pandas
    from sqlalchemy import create_engine

    engine = create_engine(_driver(url))
    began, used = time.perf_counter(), time.process_time()
    frame = pandas.read_sql("SELECT * FROM responses", engine)
    frame = frame[frame["submitted_on"].astype(str).between(FROM, TO)]
    keys = [frame["unit_code"], frame["procedure_code"]]
    satisfied = pandas.concat([frame[list(_GOOD)] <= 2, frame[list(_NOT)] == 2], axis=1)
    satisfied.groupby(keys).sum()
    frame[[*_GOOD, *_NOT]].groupby(keys).count()
    cost = _cost(began, used)
    share = 100 * float(satisfied["q3_10"].sum()) / float(frame["q3_10"].count())
    return {**cost, "peak memory, MB": _peak(), "responses": len(frame), "3.10, %": share}


WAYS: dict[str, Callable[[str], Figures]] = {
    "hailong": measure_hailong,
    "sql": measure_sql,
    "pandas": measure_pandas,
}


def _cost(began: float, used: float) -> Figures:
    return {"figures, s": time.perf_counter() - began, "figures, CPU s": time.process_time() - used}


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _peak() -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(WAYS[sys.argv[1]](sys.argv[2])))
