"""Responses: one wide row for each form handed in, its comment sealed apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, func, insert, select, update

from storage.tables import ANSWERS, comments, invitations, responses
from storage.upsert import insert_or_ignore
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response. `answers` are the ten option numbers in the order of the form, None when skipped."""

    id: str
    channel: str
    unit_code: str
    procedure_code: str
    questionnaire_version: str
    submitted_at: datetime
    submitted_on: date
    answers: tuple[int | None, ...]
    comment: str | None = None
    wants_reply: bool | None = None
    shows_dossier: bool | None = None
    receipt: str | None = None
    invitation_id: int | None = None
    form_id: str | None = None
    dossier_code: str | None = None
    feedback_handling: int | None = None
    complaint_id: str | None = None


def put_response(tx: Connection, vault: Vault, response: Response) -> bool:
    """Store a response. False when the invitation or the paper form has one already; nothing changes then."""
    if tx.execute(insert_or_ignore(tx, responses), _row(response)).rowcount == 0:
        return False
    if response.comment:
        tx.execute(
            insert(comments), {"response_id": response.id, "sealed": vault.seal(response.comment, "comment")}
        )
    return True


def put_responses(tx: Connection, vault: Vault, batch: Sequence[Response]) -> set[str]:
    """Store many responses of paper forms at once; a form_id known already is passed over. Return the ids stored."""
    if not batch:
        return set()
    rows = [_row(response) for response in batch]
    put = insert_or_ignore(tx, responses).returning(responses.c.id)
    stored = set(tx.execute(put, rows).scalars())
    sealed = [
        {"response_id": response.id, "sealed": vault.seal(response.comment, "comment")}
        for response in batch
        if response.id in stored and response.comment
    ]
    if sealed:
        tx.execute(insert(comments), sealed)
    return stored


def find_forms(tx: Connection, vault: Vault, form_ids: Collection[str | None]) -> dict[str | None, Response]:
    """Return the responses of those paper forms, by form_id."""
    query = _with_comment_and_dossier().where(responses.c.form_id.in_(form_ids))
    return {row.form_id: _response(row, vault) for row in tx.execute(query)} if form_ids else {}


def find_response(tx: Connection, *, invitation_id: int) -> str | None:
    """Return the id of the response of an invitation, or None."""
    wanted = responses.c.invitation_id == invitation_id
    found: str | None = tx.execute(select(responses.c.id).where(wanted)).scalar_one_or_none()
    return found


def find_answered(tx: Connection, invitation_ids: Collection[int]) -> set[int]:
    """Return those of some invitations that have a response."""
    if not invitation_ids:
        return set()
    wanted = responses.c.invitation_id.in_(invitation_ids)
    return {int(i) for i in tx.execute(select(responses.c.invitation_id).where(wanted)).scalars()}


def link_forms(tx: Connection, ids: Mapping[str, int]) -> None:
    """Tie paper forms that came before the invitations of their dossiers; `ids` are these by normalised code.

    Of several forms for one dossier the first handed in is taken.
    """
    loose = responses.c.dossier_code.in_(ids) & responses.c.invitation_id.is_(None)
    query = select(responses.c.id, responses.c.dossier_code).where(loose)
    first: dict[str, str] = {}
    for row in tx.execute(query.order_by(responses.c.submitted_at, responses.c.id)) if ids else ():
        first.setdefault(row.dossier_code, row.id)
    for code, response_id in first.items():
        change = update(responses).where(responses.c.id == response_id)
        tx.execute(change.values(invitation_id=ids[code]))


def stream_responses(
    tx: Connection,
    vault: Vault,
    *,
    since: date | None = None,
    until: date | None = None,
    unit_code: str | None = None,
) -> Iterator[Response]:
    """Yield the responses handed in from `since` to `until` (local days, both included), in order of time."""
    query = _with_comment_and_dossier().order_by(responses.c.submitted_at, responses.c.id)
    query = query.where(*_in_span(since, until, unit_code))
    with tx.execution_options(yield_per=1000).execute(query) as rows:
        for row in rows:
            yield _response(row, vault)


def set_complaint(tx: Connection, response_id: str, number: str) -> None:
    """Note the number of the complaint a response has raised."""
    tx.execute(update(responses).where(responses.c.id == response_id).values(complaint_id=number))


def count_responses(tx: Connection, *, since: date | None, until: date | None, unit_code: str | None) -> int:
    """Return how many responses `stream_responses` yields for the same days and unit."""
    query = select(func.count()).select_from(responses).where(*_in_span(since, until, unit_code))
    return int(tx.execute(query).scalar_one())


def erase_response_links(tx: Connection, *, invitation_id: int, dossier_code: str | None) -> None:
    """Forget the comment and every link to the dossier, of its paper forms too; the marks stay."""
    mine = responses.c.invitation_id == invitation_id
    if dossier_code is not None:
        mine |= responses.c.dossier_code == dossier_code
    _forget(tx, list(tx.execute(select(responses.c.id).where(mine)).scalars()))


def erase_loose_forms(tx: Connection, dossier_code: str) -> int:
    """Forget comment and dossier of the paper forms of a dossier without invitation; the marks stay. Return how many."""
    mine = responses.c.dossier_code == dossier_code
    found = list(tx.execute(select(responses.c.id).where(mine)).scalars())
    _forget(tx, found)
    return len(found)


def forget_forms(tx: Connection, before: datetime, *, limit: int) -> int:
    """Forget comments and dossiers of paper forms handed in before `before`; the marks stay. Return how many."""
    says = exists().where(comments.c.response_id == responses.c.id)
    old = (responses.c.channel == "paper") & (responses.c.submitted_at < before)
    query = select(responses.c.id).where(old, responses.c.dossier_code.is_not(None) | says).limit(limit)
    found = list(tx.execute(query).scalars())
    _forget(tx, found)
    return len(found)


def _forget(tx: Connection, ids: Sequence[str]) -> None:
    tx.execute(delete(comments).where(comments.c.response_id.in_(ids)))
    change = update(responses).where(responses.c.id.in_(ids))
    tx.execute(change.values(shows_dossier=None, dossier_code=None, invitation_id=None))


_PLAIN = (
    "id",
    "channel",
    "unit_code",
    "procedure_code",
    "questionnaire_version",
    "submitted_at",
    "submitted_on",
    "wants_reply",
    "shows_dossier",
    "receipt",
    "invitation_id",
    "form_id",
    "dossier_code",
    "feedback_handling",
    "complaint_id",
)


def _row(response: Response) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(response, name) for name in _PLAIN}
    row.update(zip(ANSWERS, response.answers, strict=True))
    return row


def _in_span(since: date | None, until: date | None, unit_code: str | None) -> list[ColumnElement[bool]]:
    wanted = []
    if since is not None:
        wanted.append(responses.c.submitted_on >= since)
    if until is not None:
        wanted.append(responses.c.submitted_on <= until)
    if unit_code is not None:
        wanted.append(responses.c.unit_code == unit_code)
    return wanted


def _with_comment_and_dossier() -> Select[Any]:  # Any: the columns are named below
    return (
        select(responses, comments.c.sealed, invitations.c.dossier_code_given)
        .outerjoin(comments, comments.c.response_id == responses.c.id)
        .outerjoin(invitations, invitations.c.id == responses.c.invitation_id)
    )


def _response(row: Row[Any], vault: Vault) -> Response:  # Any: the columns are named below
    values: Mapping[Any, Any] = row._mapping  # Any: keyed by column or name
    return Response(
        **{name: values[name] for name in _PLAIN if name != "dossier_code"},
        dossier_code=row.dossier_code or row.dossier_code_given,
        answers=tuple(values[name] for name in ANSWERS),
        comment=None if row.sealed is None else vault.open(row.sealed, "comment"),
    )
