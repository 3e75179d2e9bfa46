"""What was given out of a period stays as it was; a correction stands beside it; and which digests are due."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from handlers import digests
from handlers.digests import NothingToCorrect, NotOver
from reports.document import dump_report, parse_report
from reports.document_reading import DocumentError
from reports.periods import parse_period, period_a_year_before, periods_inside, previous_period
from storage.report_tables import snapshots
from storage.snapshots import SnapshotAltered
from storage.tables import audit
from tests.figuring import (
    AFTER_Q3,
    IN_Q3,
    Q3,
    SETUP,
    a_day,
    a_response,
    keep_complaints,
    keep_dossiers,
    keep_responses,
)


def freeze(database, *, at=AFTER_Q3, period=Q3, unit=""):
    return database.write(lambda tx: digests.freeze(tx, SETUP, period, at, unit=unit))


def correct(database, *, at=AFTER_Q3, reason="nhập thêm phiếu giấy"):
    return database.write(lambda tx: digests.correct(tx, SETUP, Q3, at, reason=reason, actor="tester"))


def get(database, *, period=Q3, at=AFTER_Q3):
    with database.reading() as tx:
        return digests.get_report(tx, SETUP, period, at)


def count(database):
    with database.reading() as tx:
        return tx.execute(select(func.count()).select_from(snapshots)).scalar_one()


def test_a_period_is_frozen_once_and_later_forms_do_not_move_it(database):
    keep_responses(database, [a_response() for _ in range(6)])
    first = freeze(database)

    keep_responses(database, [a_response() for _ in range(3)])
    again = freeze(database, at=AFTER_Q3 + timedelta(days=30))

    assert again == first == get(database)
    assert (first.responses, first.version, first.frozen_on) == (6, 1, date(2026, 9, 15))
    assert len(first.digest) == 64
    assert count(database) == 1


def test_a_running_period_is_not_frozen(database):
    keep_responses(database, [a_response() for _ in range(6)])

    with pytest.raises(NotOver):
        freeze(database, at=a_day("2026-09-14", "23:59:59"))

    assert get(database, at=IN_Q3).frozen_on is None
    assert count(database) == 0
    assert freeze(database, at=a_day("2026-09-15", "00:00")).frozen_on == date(2026, 9, 15)


def test_a_correction_is_a_version_beside_the_old_and_says_what_changed(database):
    keep_responses(database, [a_response() for _ in range(6)])
    first = freeze(database)
    keep_responses(database, [a_response((1, 5, *[1] * 4, 2, 2, 1, 1)) for _ in range(2)])

    report, changes = correct(database)

    assert (report.version, report.responses) == (2, 8)
    assert ("responses", "6", "8") in changes
    assert ("access", "100.00", "75.00") in changes
    assert get(database).version == 2
    with database.reading() as tx:
        versions = tx.execute(select(snapshots.c.version, snapshots.c.reason).order_by(snapshots.c.version))
        assert [tuple(row) for row in versions] == [(1, None), (2, "nhập thêm phiếu giấy")]
        assert tx.execute(select(audit.c.action)).scalars().all() == ["report.correct"]
        body = tx.execute(select(snapshots.c.digest).where(snapshots.c.version == 1)).scalar_one()
        assert body == first.digest


def test_there_is_nothing_to_correct_when_nothing_has_changed(database):
    keep_responses(database, [a_response() for _ in range(6)])
    freeze(database)

    with pytest.raises(NothingToCorrect):
        correct(database)

    assert count(database) == 1


def test_of_many_who_freeze_at_once_one_does_and_all_get_the_same(database):
    keep_responses(database, [a_response() for _ in range(6)])
    found = []
    threads = [threading.Thread(target=lambda: found.append(freeze(database))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 5
    assert len({report.digest for report in found}) == 1
    assert count(database) == 1


def test_a_snapshot_that_was_altered_is_not_believed(database):
    keep_responses(database, [a_response() for _ in range(6)])
    freeze(database)
    database.write(
        lambda tx: tx.execute(update(snapshots).values(body=func.replace(snapshots.c.body, "100", "99")))
    )

    with pytest.raises(SnapshotAltered):
        get(database)


def test_the_next_quarter_is_held_against_what_was_frozen(database):
    bad = (1, 5, 1, 1, 1, 1, 2, 2, 1, 1)
    keep_responses(database, [a_response() for _ in range(10)])
    freeze(database)
    keep_responses(database, [a_response(bad) for _ in range(10)])
    keep_responses(database, [a_response(at=a_day("2026-10-01")) for _ in range(10)])

    report = get(database, period=parse_period("2026-Q4", "administrative"))

    assert str(report.overall.change_points) == "0.00"
    assert [(point.period, point.n) for point in report.trend] == [("2026-Q3", 10), ("2026-Q4", 10)]


def test_each_unit_has_snapshots_of_its_own(database):
    keep_responses(database, [a_response() for _ in range(6)])

    department, unit = freeze(database), freeze(database, unit="QLTM")

    assert (department.unit, unit.unit) == ("", "QLTM")
    assert count(database) == 2


@pytest.mark.parametrize("size", [0, 3, 40])
def test_a_report_comes_back_from_its_document_as_it_was(database, size):
    keep_responses(database, [a_response((1, place % 5 + 1, *[2] * 8)) for place in range(size)])
    keep_dossiers(database, [{"due_at": IN_Q3, "outcome": "granted"} for _ in range(3 * size)])
    keep_complaints(database, [{}, {"kind": "extra_fee"}])
    report = get(database, at=IN_Q3)
    frozen = freeze(database)

    assert parse_report(dump_report(report)) == report
    assert parse_report(dump_report(frozen)) == frozen
    assert replace(frozen, frozen_on=None, digest="", complaints=report.complaints) == report


@pytest.mark.parametrize(
    "change", [{"responses": "6"}, {"criteria": None}, {"overall": []}, {"quota_pct": None}, {"units": [1]}]
)
def test_what_is_no_report_is_refused(database, change):
    document = dump_report(get(database))

    with pytest.raises(DocumentError, match=next(iter(change))):
        parse_report(document | change)


# --------------------------------------------------------------------------------------------- due


def due(database, at, kind="quarter"):
    with database.reading() as tx:
        return [one.id for one in digests.due_periods(tx, SETUP, at, kind)]


def test_every_quarter_and_every_year_since_the_first_result_is_due(database):
    keep_dossiers(database, [{"returned_at": a_day("2026-04-01")}])

    assert due(database, a_day("2026-06-14", "23:59")) == []
    assert due(database, a_day("2026-06-15", "00:00")) == ["2026-Q2"]
    assert due(database, a_day("2027-04-01")) == ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]
    assert due(database, a_day("2026-12-14", "23:59"), "year") == []
    assert due(database, a_day("2028-01-01"), "year") == ["2026", "2027"]


def test_a_period_whose_digest_was_claimed_is_due_no_more(database):
    keep_dossiers(database, [{"returned_at": a_day("2026-04-01")}])
    period = parse_period("2026-Q2", "administrative")

    first = database.write(lambda tx: digests.claim_digest(tx, period, AFTER_Q3))
    second = database.write(lambda tx: digests.claim_digest(tx, period, AFTER_Q3))

    assert (first, second) == (True, False)
    assert due(database, AFTER_Q3) == ["2026-Q3"]


def test_without_a_result_nothing_is_due(database):
    keep_responses(database, [a_response()])

    assert due(database, AFTER_Q3) == []


@pytest.mark.parametrize("quarter", ["administrative", "calendar"])
@pytest.mark.parametrize(
    ("name", "before", "year_before", "inside"),
    [
        ("2026-Q1", "2025-Q4", "2025-Q1", ""),
        ("2026-Q3", "2026-Q2", "2025-Q3", ""),
        ("2026-H1", "2025-H2", "2025-H1", "2026-Q1 2026-Q2"),
        ("2026-H2", "2026-H1", "2025-H2", "2026-Q3 2026-Q4"),
        ("2026", "2025", "2025", "2026-Q1 2026-Q2 2026-Q3 2026-Q4 2026-H1 2026-H2"),
    ],
)
def test_periods_know_their_neighbours_and_parts(quarter, name, before, year_before, inside):
    period = parse_period(name, quarter)
    parts = periods_inside(period, quarter)

    assert previous_period(period, quarter).id == before
    assert period_a_year_before(period, quarter).id == year_before
    assert [one.id for one in parts] == inside.split()
    assert not parts or (min(p.first for p in parts), max(p.last for p in parts)) == (
        period.first,
        period.last,
    )
    assert previous_period(period, quarter).last + timedelta(days=1) == period.first
