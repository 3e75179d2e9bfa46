"""The schema, in reading order. Every uniqueness that is relied on is a constraint here.

Three things are kept apart: who (addresses, contacts: encrypted), the invitation that links, and the responses.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in INTEGER columns
ANSWERS = tuple(f"q3_{n}" for n in range(1, 11))  # the ten small numbers of a response row

facts = Table(  # what must be the same for every process on this database, such as the key's fingerprint
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

questionnaires = Table(  # every version ever used, so that a conversation can end on the one it began with
    "questionnaires",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("first_used_at", Instant, nullable=False),
)

addresses = Table(  # where somebody is on a channel; also the chats of staff and office
    "addresses",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("digest", LargeBinary(32)),  # keyed hash of the platform's id, to find it; NULL once erased
    Column("sealed", LargeBinary),  # the platform's id, encrypted; NULL once erased
    Column("is_citizen", Boolean, nullable=False),
    Column("language", String(8), nullable=False, server_default="vi"),
    Column(
        "conversation_id", Key
    ),  # what plain words belong to (no foreign key: the two tables name each other)
    Column("unreachable_at", Instant),  # blocked the bot, was deactivated, or the group threw it out
    Column("moved_to_id", Key, ForeignKey("addresses.id")),  # a group that became a supergroup
    Column("created_at", Instant, nullable=False),
    Column("heard_at", Instant),  # when the person wrote last, where a platform counts from there
    UniqueConstraint("channel", "digest"),
)

invitations = Table(  # one for each dossier
    "invitations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dossier_code", String(64), unique=True),  # normalised; NULL once erased
    Column("dossier_code_given", String(64)),  # as it came
    Column("procedure_code", String(64), nullable=False),
    Column("unit_code", String(64), nullable=False),
    Column("received_at", Instant),
    Column("due_at", Instant),
    Column("returned_at", Instant),  # NULL while the dossier is being handled
    Column("outcome", String(16)),
    Column(
        "nonce", LargeBinary(16), nullable=False
    ),  # with the key from the environment it gives token and code
    Column("token_digest", LargeBinary(32), nullable=False, unique=True),
    Column("code_digest", LargeBinary(32), nullable=False, unique=True),
    Column("is_sampled", Boolean, nullable=False),  # whether the bot speaks first
    Column("expires_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("returned_seen_at", Instant),  # when we learned of the result
    Column("dossier_digest", LargeBinary(32)),  # keyed: stays after an erasure, so that nobody is asked again
    Index("uq_invitations_dossier_digest", "dossier_digest", unique=True),
    Index("ix_invitations_returned_at", "returned_at", "unit_code"),
)

contacts = Table(  # what the office or the citizen gave to reach her; deleted when its time is over
    "contacts",
    metadata,
    Column("invitation_id", Key, ForeignKey("invitations.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # phone (from intake) or words (item 5)
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)

conversations = Table(  # where each talk stands
    "conversations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("invitation_id", Key, ForeignKey("invitations.id"), nullable=False, unique=True),
    Column("questionnaire_version", String(64), ForeignKey("questionnaires.version"), nullable=False),
    Column("status", String(16), nullable=False),  # new, open, paused, declined, submitted, erased
    Column("sealed_state", LargeBinary, nullable=False),  # encrypted: it may hold a comment and a contact
    Column("address_id", Key, ForeignKey("addresses.id")),  # the channel used last
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("invited_at", Instant),  # when the first message was put in the outbox
    Column("begun_at", Instant),  # consent
    Column("submitted_at", Instant),
    Column("reminders", SmallInteger, nullable=False, server_default="0"),
    Column("remind_at", Instant),  # when the next reminder is due; NULL when none is
    Column("updated_at", Instant, nullable=False),
    Column("looked_at", Instant),  # when an unfinished form was searched for complaints; NULL after each turn
    Index("ix_conversations_remind_at", "remind_at", sqlite_where=text("remind_at IS NOT NULL")),
    Index(
        "ix_conversations_unfinished",
        "updated_at",
        sqlite_where=text("status IN ('open', 'paused') AND looked_at IS NULL"),
        postgresql_where=text("status IN ('open', 'paused') AND looked_at IS NULL"),
    ),
)

holders = Table(  # in each channel the first account that opens an invitation holds it
    "holders",
    metadata,
    Column("invitation_id", Key, ForeignKey("invitations.id"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("address_id", Key, ForeignKey("addresses.id"), nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
)

answers = Table(  # the durable record, a row each as they come
    "answers",
    metadata,
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True),
    Column("question", String(16), primary_key=True),
    Column("option", SmallInteger),  # NULL: skipped
    Column(
        "way", String(12), nullable=False
    ),  # pressed, typed, several (one of several in a message, confirmed)
    Column("recorded_at", Instant, nullable=False),
)

answer_changes = Table(  # what an answer was before it was corrected
    "answer_changes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("question", String(16), nullable=False),
    Column("option", SmallInteger),
    Column("recorded_at", Instant, nullable=False),
    Column("replaced_at", Instant, nullable=False),
)

responses = Table(  # one wide row for each form handed in; a quarter's figures are one statement over it
    "responses",
    metadata,
    Column("id", String(26), primary_key=True),  # random, so that it tells nothing of order or person
    Column(
        "invitation_id", Key, ForeignKey("invitations.id"), unique=True
    ),  # NULL for paper, and once erased
    Column("form_id", String(64), unique=True),  # of a paper form
    Column("dossier_code", String(64)),  # of a paper form, when it was filled in; NULL once erased
    Column("receipt", String(14), unique=True),
    Column("channel", String(20), nullable=False),
    Column("unit_code", String(64), nullable=False),
    Column("procedure_code", String(64), nullable=False),
    Column("questionnaire_version", String(64), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("submitted_on", Date, nullable=False),  # the department's local day: what periods are made of
    *(Column(name, SmallInteger) for name in ANSWERS),
    Column("feedback_handling", SmallInteger),  # of a paper form: how a feedback case was handled
    Column("wants_reply", Boolean),
    Column("shows_dossier", Boolean),
    Column("complaint_id", String(32)),
    CheckConstraint("channel IN ('telegram', 'zalo', 'web', 'paper')", name="channel"),
    Index("ix_responses_period", "submitted_on", "unit_code", "procedure_code"),
    Index("ix_responses_dossier_code", "dossier_code", sqlite_where=text("dossier_code IS NOT NULL")),
)

comments = Table(  # item 4, apart from the marks; deleted when a person is erased
    "comments",
    metadata,
    Column("response_id", String(26), ForeignKey("responses.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

inbox_keys = Table(  # what was taken in: the second delivery stops here
    "inbox_keys",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
)

parked = Table(  # inbounds whose handling failed: retried, then set aside for a person
    "parked",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("key", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the raw payload, encrypted
    Column("fault", String(100), nullable=False),  # the kind of error, never its words
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("retry_at", Instant),  # NULL: waits for a person
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("channel", "key"),
)

outbox = Table(  # what is to be said; nothing is said that is not here first
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("address_id", Key, ForeignKey("addresses.id"), nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), index=True),
    Column("complaint_id", Key),  # the case it is about (no foreign key: complaints came later)
    Column("turn", Integer),
    Column(
        "place", String(32), nullable=False, server_default=""
    ),  # place of the conversation the message asks for
    Column("lane", SmallInteger, nullable=False),  # 0 live, 1 edits, 2 bulk: lower passes first
    Column(
        "edits_id", Key, ForeignKey("outbox.id")
    ),  # the message this one is drawn over; NULL: a new message
    Column("sealed_body", LargeBinary, nullable=False),  # the message, encrypted
    Column("state", String(12), nullable=False),  # waiting, sending, sent, held, dropped, failed, unknown
    Column("not_before", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column(
        "doubts", SmallInteger, nullable=False, server_default="0"
    ),  # time-outs after which its fate was unknown
    Column("message_ref", String(64)),  # the platform's id of the message
    Column("fault", String(100)),
    Column(
        "erases_address", Boolean, nullable=False, server_default=text("false")
    ),  # a goodbye after an erasure
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("delivered_at", Instant),  # when it was on the person's phone, where a platform tells
    Column("seen_at", Instant),
    Index(
        "ix_outbox_due",
        "channel",
        "lane",
        "id",
        sqlite_where=text("state IN ('waiting', 'sending')"),
        postgresql_where=text("state IN ('waiting', 'sending')"),
    ),
    Index(
        "ix_outbox_chat",
        "address_id",
        "id",
        sqlite_where=text("state IN ('waiting', 'sending')"),
        postgresql_where=text("state IN ('waiting', 'sending')"),
    ),
    Index(
        "ix_outbox_held",
        "address_id",
        sqlite_where=text("state = 'held'"),
        postgresql_where=text("state = 'held'"),
    ),
    Index("ix_outbox_message_ref", "address_id", "message_ref"),
    Index("ix_outbox_complaint", "complaint_id", "place", sqlite_where=text("complaint_id IS NOT NULL")),
)

code_misses = Table(  # wrong short codes: guessing is slowed for each sender
    "code_misses",
    metadata,
    Column("id", Key, primary_key=True),
    Column("sender_digest", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_code_misses_sender", "sender_digest", "at"),
)

notices = Table(  # what an operator was told, once for each incident
    "notices",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("at", Instant, nullable=False),
)

audit = Table(  # who did what; never words, names or numbers
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(64)),
    Column("details", Text),
)
