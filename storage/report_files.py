"""The files of a posted report: kept with it, so that what is sent late or again is what was frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from storage.report_tables import report_files
from storage.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file: its name without folders, and what is in it."""

    id: int
    name: str
    body: bytes


def put_files(
    tx: Connection, files: Mapping[str, bytes], *, period: str, unit_code: str, version: int
) -> dict[str, int]:
    """Keep the files of a report and return their ids by name; those kept already stay as they are."""
    mine = {"period": period, "unit_code": unit_code, "version": version}
    for name, body in files.items():
        tx.execute(insert_or_ignore(tx, report_files), {**mine, "name": name, "body": body})
    here = (
        (report_files.c.period == period)
        & (report_files.c.unit_code == unit_code)
        & (report_files.c.version == version)
    )
    rows = tx.execute(select(report_files.c.name, report_files.c.id).where(here))
    return {row.name: row.id for row in rows}


def load_files(tx: Connection, ids: Sequence[int]) -> tuple[StoredFile, ...]:
    """Return files in the order asked for; those that are gone are left out."""
    query = select(report_files).where(report_files.c.id.in_(ids))
    found = {
        row.id: StoredFile(id=row.id, name=row.name.rpartition("/")[2], body=row.body)
        for row in tx.execute(query)
    }
    return tuple(found[one] for one in ids if one in found)
