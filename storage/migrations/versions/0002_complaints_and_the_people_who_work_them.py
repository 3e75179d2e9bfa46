"""complaints and the people who work them."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """complaints and the people who work them."""
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", storage.types.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("channel", "digest", name=op.f("uq_people_channel_digest")),
    )
    op.create_table(
        "staff_codes",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("expires_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("used_at", storage.types.Instant(length=27), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_codes")),
    )
    op.create_table(
        "bindings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_code", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("bound_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("removed_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (address_id IS NULL)", name=op.f("ck_bindings_one")),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_bindings_address_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bindings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
    )
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.create_index("ix_bindings_address", ["address_id"], unique=False)
        batch_op.create_index("ix_bindings_person", ["person_id"], unique=False)

    op.create_table(
        "visits",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("created_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("removed_at", storage.types.Instant(length=27), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_visits_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_visits")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_person_id"), ["person_id"], unique=False)

    op.create_table(
        "complaints",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("procedure_code", sa.String(length=64), nullable=False),
        sa.Column("questionnaire_version", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=12), nullable=False),
        sa.Column("route", sa.String(length=12), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("is_unfinished", sa.Boolean(), nullable=False),
        sa.Column("is_fallback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wants_reply", sa.Boolean(), nullable=False),
        sa.Column("shows_dossier", sa.Boolean(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("holder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("shown_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("clock_from", storage.types.Instant(length=27), nullable=False),
        sa.Column("pauses", sa.Text(), server_default="[]", nullable=False),
        sa.Column("waiting_since", storage.types.Instant(length=27), nullable=True),
        sa.Column("due_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("claimed_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("resolved_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("was_in_time", sa.Boolean(), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("nots", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reopenings", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("promise_asked_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("was_promise_kept", sa.Boolean(), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_complaints_conversation_id")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["people.id"], name=op.f("fk_complaints_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_complaints_conversation_id")),
        sa.UniqueConstraint("number", name=op.f("uq_complaints_number")),
    )
    with op.batch_alter_table("complaints", schema=None) as batch_op:
        batch_op.create_index(
            "ix_complaints_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('new', 'claimed')"),
            postgresql_where=sa.text("status IN ('new', 'claimed')"),
        )
        batch_op.create_index("ix_complaints_period", ["created_on", "unit_code"], unique=False)

    op.create_table(
        "complaint_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("complaint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("actor", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_complaint_events_complaint_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_complaint_events_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_events")),
    )
    with op.batch_alter_table("complaint_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_complaint_events_complaint_id"), ["complaint_id"], unique=False)

    op.create_table(
        "staff_inputs",
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("complaint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asks", sa.String(length=12), nullable=False),
        sa.Column("sealed_cause", sa.LargeBinary(), nullable=True),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_staff_inputs_address_id")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_staff_inputs_complaint_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_inputs_person_id")),
        sa.PrimaryKeyConstraint("address_id", "person_id", name=op.f("pk_staff_inputs")),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("job", "period", name=op.f("pk_job_runs")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_at", storage.types.Instant(length=27), nullable=True))
        batch_op.create_index(
            "ix_conversations_unfinished",
            ["updated_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('open', 'paused') AND looked_at IS NULL"),
            postgresql_where=sa.text("status IN ('open', 'paused') AND looked_at IS NULL"),
        )

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dossier_digest", sa.LargeBinary(length=32), nullable=True))
        batch_op.create_index("uq_invitations_dossier_digest", ["dossier_digest"], unique=True)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("complaint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "ix_outbox_complaint",
            ["complaint_id", "place"],
            unique=False,
            sqlite_where=sa.text("complaint_id IS NOT NULL"),
        )
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.create_index(
            "ix_responses_dossier_code",
            ["dossier_code"],
            unique=False,
            sqlite_where=sa.text("dossier_code IS NOT NULL"),
        )
