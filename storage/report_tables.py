"""The rest of the schema: reports as they were frozen, and the files made of them."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from storage.tables import Key, metadata
from storage.types import Instant

snapshots = (
    Table(  # the figures of a period as they were given out; a correction is a new version beside the old
        "snapshots",
        metadata,
        Column("period", String(16), primary_key=True),
        Column("unit_code", String(64), primary_key=True),  # "" of the whole department
        Column("version", Integer, primary_key=True),
        Column("frozen_at", Instant, nullable=False),
        Column("reason", Text),  # why it was corrected; NULL of the first
        Column("changes", Text, nullable=False, server_default="[]"),  # JSON: what the correction changed
        Column("body", Text, nullable=False),  # JSON: the figures
        Column("digest", String(64), nullable=False),  # SHA-256 of the body, in hex
    )
)

report_files = Table(  # what was posted of a frozen report; chats and links show these bytes
    "report_files",
    metadata,
    Column("id", Key, primary_key=True),
    Column("period", String(16), nullable=False),
    Column("unit_code", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("period", "unit_code", "version", "name"),
)
