"""Zalo: its tokens, invitations by phone, messages that wait for the person to write."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = storage.types.Instant(length=27)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what Zalo needs."""
    op.add_column("addresses", sa.Column("heard_at", _INSTANT, nullable=True))
    op.add_column("outbox", sa.Column("delivered_at", _INSTANT, nullable=True))
    op.add_column("outbox", sa.Column("seen_at", _INSTANT, nullable=True))
    held = sa.text("state = 'held'")
    op.create_index("ix_outbox_held", "outbox", ["address_id"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "zalo_tokens",
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("sealed_access", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_refresh", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=True),
        sa.Column("seed_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("renewing_at", _INSTANT, nullable=True),
        sa.Column("renewer", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.String(length=100), nullable=True),
        sa.Column("faulted_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_zalo_tokens")),
    )
    op.create_table(
        "phone_invitations",
        sa.Column("invitation_id", _KEY, nullable=False),
        sa.Column("tracking_id", sa.String(length=48), nullable=False),
        sa.Column("outbox_id", _KEY, nullable=False),
        sa.Column("price_vnd", sa.Integer(), nullable=False),
        sa.Column("put_at", _INSTANT, nullable=False),
        sa.Column("delivered_at", _INSTANT, nullable=True),
        sa.Column("rate", sa.SmallInteger(), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column("rated_at", _INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_phone_invitations_invitation_id"),
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_phone_invitations_outbox_id")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_phone_invitations")),
        sa.UniqueConstraint("tracking_id", name=op.f("uq_phone_invitations_tracking_id")),
    )
    op.create_index(op.f("ix_phone_invitations_outbox_id"), "phone_invitations", ["outbox_id"])
    op.create_index("ix_phone_invitations_put_at", "phone_invitations", ["put_at"])
