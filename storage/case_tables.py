"""The rest of the schema: complaints, what was done about them, and the people of the office who do it."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables import Key, metadata
from storage.types import Instant

counters = Table(  # running numbers that must have no gaps, such as those of complaints
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)

people = Table(  # somebody of the office, as seen on a channel; the chat decides what they may do
    "people",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # keyed hash of the platform's id
    Column("sealed_name", LargeBinary, nullable=False),  # how colleagues know them, encrypted
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("channel", "digest"),
)

bindings = Table(  # a person or a chat with a role in a unit, by a one-time code
    "bindings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("people.id")),  # of a person
    Column("address_id", Key, ForeignKey("addresses.id")),  # of a chat
    Column("unit_code", String(64)),  # NULL: the whole department
    Column("role", String(16), nullable=False),
    Column("bound_at", Instant, nullable=False),
    Column("removed_at", Instant),
    CheckConstraint("(person_id IS NULL) <> (address_id IS NULL)", name="one"),
    Index("ix_bindings_person", "person_id"),
    Index("ix_bindings_address", "address_id"),
)

staff_codes = Table(  # one-time codes that bind
    "staff_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("unit_code", String(64)),
    Column("role", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

visits = Table(  # a browser that has entered a room with a code, until it is sent away
    "visits",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of the cookie
    Column("person_id", Key, ForeignKey("people.id"), nullable=False, index=True),
    Column("room", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

complaints = Table(  # one for a conversation at most, with all its reasons
    "complaints",
    metadata,
    Column("id", Key, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),  # PA-2026-0012
    Column("conversation_id", Key, ForeignKey("conversations.id"), unique=True),  # NULL once erased
    Column("unit_code", String(64), nullable=False),
    Column("procedure_code", String(64), nullable=False),
    Column("questionnaire_version", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("severity", String(12), nullable=False),  # critical, normal
    Column("route", String(12), nullable=False),  # unit, integrity, office
    Column("level", SmallInteger, nullable=False),  # 0 the unit, 1 above it
    Column("status", String(12), nullable=False),  # new, claimed, resolved, withdrawn
    Column("reasons", Text, nullable=False),  # JSON: question → option, and what else raised it
    Column("is_unfinished", Boolean, nullable=False),  # the form was not handed in
    Column("is_fallback", Boolean, nullable=False, server_default=text("false")),  # shown above: chat gone
    Column("wants_reply", Boolean, nullable=False),
    Column("shows_dossier", Boolean, nullable=False),
    Column("sealed_words", LargeBinary),  # the comment as it was; NULL once erased
    Column("holder_id", Key, ForeignKey("people.id")),
    Column("created_at", Instant, nullable=False),
    Column("created_on", Date, nullable=False),  # the department's local day
    Column("shown_at", Instant, nullable=False),  # when staff may see it
    Column("clock_from", Instant, nullable=False),  # what the due date is counted from
    Column("pauses", Text, nullable=False, server_default="[]"),  # JSON: closed pauses of the clock
    Column("waiting_since", Instant),  # the clock stands: the citizen was asked something
    Column("due_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("resolved_at", Instant),
    Column("resolved_on", Date),
    Column("was_in_time", Boolean),  # whether it was resolved by its due date
    Column("cause", String(64)),  # key of the list, or "other"
    Column("action", String(64)),
    Column("verdict", String(8)),  # done, partly: what the citizen said last of a resolved case
    Column("nots", SmallInteger, nullable=False, server_default="0"),  # how often she said "not done"
    Column("reopenings", SmallInteger, nullable=False, server_default="0"),
    Column("rating", SmallInteger),  # 1 … 5, how the case was handled, 1 the best
    Column("rated_on", Date),
    Column("promised_on", Date),
    Column("promise_asked_at", Instant),
    Column("was_promise_kept", Boolean),
    Column("reminded", SmallInteger, nullable=False, server_default="0"),  # which reminder came last
    Column("revision", Integer, nullable=False, server_default="0"),  # guards every change
    Index("ix_complaints_period", "created_on", "unit_code"),
    Index(
        "ix_complaints_open",
        "due_at",
        sqlite_where=text("status IN ('new', 'claimed')"),
        postgresql_where=text("status IN ('new', 'claimed')"),
    ),
)

complaint_events = Table(  # everything that happened to a case, in order; nothing is ever changed here
    "complaint_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("complaint_id", Key, ForeignKey("complaints.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(12), nullable=False),  # staff, citizen, service
    Column("person_id", Key, ForeignKey("people.id")),
    Column("what", String(24), nullable=False),
    Column("details", Text, nullable=False, server_default="{}"),  # JSON: keys and dates, never words
    Column("sealed_words", LargeBinary),  # a reply, a note, the citizen's words; NULL once erased
    Column("message_id", Key),  # the outbox entry that carries it to the citizen
)

staff_inputs = Table(  # what the next words of a person in a chat are for
    "staff_inputs",
    metadata,
    Column("address_id", Key, ForeignKey("addresses.id"), primary_key=True),
    Column("person_id", Key, ForeignKey("people.id"), primary_key=True),
    Column("complaint_id", Key, ForeignKey("complaints.id"), nullable=False),
    Column("asks", String(12), nullable=False),  # reply, note, cause, action, ask
    Column("sealed_cause", LargeBinary),  # of a resolution under way: key of the list or words
    Column("at", Instant, nullable=False),
)

job_runs = Table(  # when a job ran for a period; who puts the row in runs the job, nobody else does
    "job_runs",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("period", String(32), primary_key=True),  # "" of a job that runs at any time: its last run
    Column("at", Instant, nullable=False),
    Column("done", Integer, nullable=False),  # how much it did
)
