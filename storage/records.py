"""Small records: facts about this database, questionnaires used, notices to the operator, the audit log."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.tables import audit, conversations, facts, notices, questionnaires, responses
from storage.upsert import insert_or_ignore


def keep_fact(tx: Connection, name: str, value: str) -> str:
    """Keep `value` unless the fact is known already; return what is known."""
    tx.execute(insert_or_ignore(tx, facts), {"name": name, "value": value})
    return str(tx.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one())


def keep_questionnaire(tx: Connection, version: str, body: str, at: datetime) -> bool:
    """Keep the text of a questionnaire version. False when another text of that version is in use already."""
    row = {"version": version, "body": body, "first_used_at": at}
    tx.execute(insert_or_ignore(tx, questionnaires), row)
    wanted = questionnaires.c.version == version
    kept = tx.execute(select(questionnaires.c.body).where(wanted)).scalar_one()
    if kept == body:
        return True
    talk = select(conversations.c.id).where(conversations.c.questionnaire_version == version)
    paper = select(responses.c.id).where(responses.c.questionnaire_version == version)
    if tx.execute(talk.limit(1)).first() or tx.execute(paper.limit(1)).first():
        return False
    tx.execute(update(questionnaires).where(wanted).values(body=body))
    return True


def list_questionnaires(tx: Connection) -> dict[str, str]:
    """Return the texts of all questionnaires ever used, by version."""
    rows = tx.execute(select(questionnaires.c.version, questionnaires.c.body))
    return {row.version: row.body for row in rows}


def put_notice(tx: Connection, name: str, at: datetime) -> bool:
    """Note that the operator is told of `name`. False when she was told before."""
    return tx.execute(insert_or_ignore(tx, notices), {"name": name[:100], "at": at}).rowcount == 1


def put_audit(
    tx: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write a line into the audit log: ids and counts, never words, names or numbers."""
    row = {
        "at": at,
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": json.dumps(dict(details or {})),
    }
    tx.execute(insert(audit), row)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """A line of the audit log."""

    at: datetime
    actor: str
    action: str
    subject: str | None
    details: Mapping[str, object]


def stream_audit(
    tx: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[AuditEvent]:
    """Yield the audit log from `since` to `until`, both included, oldest first."""
    query = select(audit).order_by(audit.c.id)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at <= until)
    with tx.execution_options(yield_per=1000).execute(query) as rows:
        for row in rows:
            yield AuditEvent(
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                details=json.loads(row.details or "{}"),
            )
