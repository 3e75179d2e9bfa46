"""Conversations: the sealed state of each talk, its answers a row each, and when it is to be reminded."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from storage.tables import answer_changes, answers, conversations, holders, responses
from storage.upsert import insert_or_ignore, insert_or_replace
from storage.vault import Vault
from survey.conversation import Conversation, dump_conversation, load_conversation

_PURPOSE = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation as stored: its state and what surrounds it."""

    id: int
    invitation_id: int
    questionnaire_version: str
    status: str
    state: Conversation
    address_id: int | None
    turn: int
    invited_at: datetime | None
    begun_at: datetime | None
    submitted_at: datetime | None
    reminders: int
    remind_at: datetime | None
    updated_at: datetime  # of the last turn


def get_talk(
    tx: Connection,
    vault: Vault,
    *,
    invitation_id: int,
    questionnaire_version: str,
    state: Conversation,
    at: datetime,
) -> Talk:
    """Return the conversation of an invitation, locked until the commit; begun with `state` when there is none."""
    row = {
        "invitation_id": invitation_id,
        "questionnaire_version": questionnaire_version,
        "status": "new",
        "sealed_state": _seal(vault, state),
        "updated_at": at,
    }
    new = tx.execute(insert_or_ignore(tx, conversations).returning(*conversations.c), row).one_or_none()
    if new is not None:
        return _talk(new, vault)
    found = find_talk(tx, vault, invitation_id=invitation_id, lock=True)
    if found is None:
        raise LookupError("a conversation that was just made is not there")
    return found


def find_talk(tx: Connection, vault: Vault, *, invitation_id: int, lock: bool = False) -> Talk | None:
    """Return the conversation of an invitation, or None; `lock` holds it until the commit."""
    query = select(conversations).where(conversations.c.invitation_id == invitation_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _talk(row, vault)


def find_talk_by_id(tx: Connection, vault: Vault, conversation_id: int, *, lock: bool = False) -> Talk | None:
    """Return the conversation with that id, or None; `lock` holds it until the commit."""
    query = select(conversations).where(conversations.c.id == conversation_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _talk(row, vault)


def find_talks(tx: Connection, vault: Vault, invitation_ids: Collection[int]) -> dict[int, Talk]:
    """Return the conversations of some invitations, by invitation."""
    if not invitation_ids:
        return {}
    query = select(conversations).where(conversations.c.invitation_id.in_(invitation_ids))
    return {row.invitation_id: _talk(row, vault) for row in tx.execute(query)}


def save_talk(tx: Connection, vault: Vault, talk: Talk, at: datetime) -> None:
    """Store the state and what surrounds it."""
    change = update(conversations).where(conversations.c.id == talk.id)
    tx.execute(
        change.values(
            status=talk.status,
            sealed_state=_seal(vault, talk.state),
            address_id=talk.address_id,
            turn=talk.turn,
            invited_at=talk.invited_at,
            begun_at=talk.begun_at,
            submitted_at=talk.submitted_at,
            reminders=talk.reminders,
            remind_at=talk.remind_at,
            updated_at=at,
            looked_at=None,
        )
    )


def find_to_remind(tx: Connection, at: datetime, *, limit: int) -> list[int]:
    """Return the conversations whose reminder is due, oldest first."""
    due = conversations.c.remind_at <= at
    query = select(conversations.c.id).where(due).order_by(conversations.c.remind_at).limit(limit)
    return [int(i) for i in tx.execute(query).scalars()]


def stop_reminders(tx: Connection, invitation_ids: Collection[int]) -> None:
    """Let the conversations of some invitations be reminded no more."""
    mine = conversations.c.invitation_id.in_(invitation_ids)
    tx.execute(update(conversations).where(mine).values(remind_at=None))


def find_invited(tx: Connection, *, address_id: int, after_id: int) -> int | None:
    """Return a conversation the address was invited to and has not begun, other than `after_id`; the oldest first.

    One whose dossier was answered on paper is passed over.
    """
    held = select(holders.c.invitation_id).where(holders.c.address_id == address_id)
    answered = exists().where(responses.c.invitation_id == conversations.c.invitation_id)
    waits = (conversations.c.status == "new") & conversations.c.invited_at.is_not(None) & ~answered
    query = select(conversations.c.id).where(
        waits, conversations.c.id != after_id, conversations.c.invitation_id.in_(held)
    )
    found = tx.execute(query.order_by(conversations.c.id).limit(1)).scalar_one_or_none()
    return None if found is None else int(found)


def put_answer(
    tx: Connection, *, conversation_id: int, question: str, option: int | None, way: str, at: datetime
) -> None:
    """Record an answer; the one before it is kept among the changes."""
    here = (answers.c.conversation_id == conversation_id) & (answers.c.question == question)
    before = tx.execute(select(answers.c.option, answers.c.recorded_at).where(here)).one_or_none()
    if before is not None:
        change = {
            "conversation_id": conversation_id,
            "question": question,
            "option": before.option,
            "recorded_at": before.recorded_at,
            "replaced_at": at,
        }
        tx.execute(insert(answer_changes), change)
    row = {
        "conversation_id": conversation_id,
        "question": question,
        "option": option,
        "way": way,
        "recorded_at": at,
    }
    tx.execute(
        insert_or_replace(tx, answers, ("conversation_id", "question"), ("option", "way", "recorded_at")), row
    )


def delete_answers(tx: Connection, conversation_id: int) -> None:
    """Forget the answers of a form that was not handed in."""
    tx.execute(delete(answers).where(answers.c.conversation_id == conversation_id))
    tx.execute(delete(answer_changes).where(answer_changes.c.conversation_id == conversation_id))


def _seal(vault: Vault, state: Conversation) -> bytes:
    return vault.seal(json.dumps(dump_conversation(state), ensure_ascii=False), _PURPOSE)


def _talk(row: Row[Any], vault: Vault) -> Talk:  # Any: the columns are named below
    return Talk(
        id=row.id,
        invitation_id=row.invitation_id,
        questionnaire_version=row.questionnaire_version,
        status=row.status,
        state=load_conversation(json.loads(vault.open(row.sealed_state, _PURPOSE))),
        address_id=row.address_id,
        turn=row.turn,
        invited_at=row.invited_at,
        begun_at=row.begun_at,
        submitted_at=row.submitted_at,
        reminders=row.reminders,
        remind_at=row.remind_at,
        updated_at=row.updated_at,
    )
