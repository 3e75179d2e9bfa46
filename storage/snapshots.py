"""Snapshots: the figures of a period as they were frozen; the database decides who freezes, and nothing changes one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage.report_tables import snapshots
from storage.upsert import insert_or_ignore

Change = tuple[str, str, str]  # name of a figure, before, now


class SnapshotAltered(Exception):
    """The stored body is not what was frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Frozen figures. `unit_code` "" is the department."""

    period: str
    unit_code: str
    version: int
    frozen_at: datetime
    reason: str | None
    changes: tuple[Change, ...]
    body: Mapping[str, object]
    digest: str


def put_snapshot(
    tx: Connection,
    body: Mapping[str, object],
    *,
    period: str,
    unit_code: str,
    version: int,
    at: datetime,
    reason: str | None = None,
    changes: Sequence[Change] = (),
) -> bool:
    """Freeze figures. False when that version stands already; of two at once one gets it."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    row = {
        "period": period,
        "unit_code": unit_code,
        "version": version,
        "frozen_at": at,
        "reason": reason,
        "changes": json.dumps(list(changes), ensure_ascii=False),
        "body": text,
        "digest": _digest(text),
    }
    return tx.execute(insert_or_ignore(tx, snapshots), row).rowcount == 1


def find_snapshot(
    tx: Connection, *, period: str, unit_code: str, version: int | None = None
) -> Snapshot | None:
    """Return a version of the frozen figures, the latest when none is named; None when there is none.

    Raises SnapshotAltered.
    """
    mine = (snapshots.c.period == period) & (snapshots.c.unit_code == unit_code)
    if version is not None:
        mine &= snapshots.c.version == version
    query = select(snapshots).where(mine).order_by(snapshots.c.version.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else _snapshot(row)


def find_last_snapshots(tx: Connection, *, periods: Sequence[str], unit_code: str) -> list[Snapshot]:
    """Return the latest version of each of some periods that has one."""
    latest = (
        select(snapshots.c.period, func.max(snapshots.c.version).label("version"))
        .where(snapshots.c.unit_code == unit_code, snapshots.c.period.in_(periods))
        .group_by(snapshots.c.period)
        .subquery()
    )
    same = (snapshots.c.period == latest.c.period) & (snapshots.c.version == latest.c.version)
    query = select(snapshots).join(latest, same).where(snapshots.c.unit_code == unit_code)
    return [_snapshot(row) for row in tx.execute(query.order_by(snapshots.c.period))]


def find_first_frozen(tx: Connection, periods: Sequence[str]) -> dict[str, datetime]:
    """Return when each of some periods was first frozen, of the department or of a unit; those that never were left out."""
    query = select(snapshots.c.period, func.min(snapshots.c.frozen_at)).group_by(snapshots.c.period)
    rows = tx.execute(query.where(snapshots.c.period.in_(periods)))
    return {row[0]: row[1] for row in rows}


def _snapshot(row: Row[Any]) -> Snapshot:  # Any: the columns are named below
    if _digest(row.body) != row.digest:
        raise SnapshotAltered(f"{row.period} version {row.version}")
    return Snapshot(
        period=row.period,
        unit_code=row.unit_code,
        version=row.version,
        frozen_at=row.frozen_at,
        reason=row.reason,
        changes=tuple((str(one[0]), str(one[1]), str(one[2])) for one in json.loads(row.changes)),
        body=json.loads(row.body),
        digest=row.digest,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
