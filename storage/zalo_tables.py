"""The rest of the schema: what only Zalo needs. Its tokens, and its messages by phone number."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table

from storage.tables import Key, metadata
from storage.types import Instant

zalo_tokens = Table(  # the living pair of each app; the refresh token is good for one use only
    "zalo_tokens",
    metadata,
    Column("app_id", String(64), primary_key=True),
    Column("sealed_access", LargeBinary, nullable=False),
    Column("sealed_refresh", LargeBinary, nullable=False),
    Column(
        "generation", Integer, nullable=False
    ),  # counts the pairs; a renewal is a guarded step from n to n + 1
    Column("issued_at", Instant, nullable=False),  # the refresh token lives three months from here
    Column("expires_at", Instant),  # of the access token; NULL when nobody has said
    Column(
        "seed_digest", LargeBinary(32), nullable=False
    ),  # keyed hash of the configured refresh token it came from
    Column("renewing_at", Instant),  # since when somebody is renewing; NULL when nobody is
    Column("renewer", String(64)),  # who
    Column("fault", String(100)),  # why a person must authorise again; NULL while the pair is good
    Column("faulted_at", Instant),
)

phone_invitations = Table(  # invitations sent by phone number, and what came of them
    "phone_invitations",
    metadata,
    Column("invitation_id", Key, ForeignKey("invitations.id"), primary_key=True),
    Column("tracking_id", String(48), nullable=False, unique=True),
    Column("outbox_id", Key, ForeignKey("outbox.id"), nullable=False, index=True),
    Column("price_vnd", Integer, nullable=False),
    Column("put_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("rate", SmallInteger),  # of a rating template: 1 to 5, kept beside the responses, never among them
    Column("sealed_note", LargeBinary),
    Column("rated_at", Instant),
    Index("ix_phone_invitations_put_at", "put_at"),
)
