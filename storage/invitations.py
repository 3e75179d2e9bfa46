"""Invitations: one for each dossier, found by token, code or dossier; and who holds them on which channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.tables import code_misses, contacts, holders, invitations
from storage.upsert import insert_or_ignore, insert_or_replace
from storage.vault import Vault

PHONE = "phone"
WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What the office said of a dossier."""

    code: str  # normalised
    code_given: str
    procedure_code: str
    unit_code: str
    received_at: datetime | None = None
    due_at: datetime | None = None
    returned_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation as stored. Without a dossier code it is erased."""

    id: int
    dossier_code: str | None
    dossier_code_given: str | None
    procedure_code: str
    unit_code: str
    received_at: datetime | None
    due_at: datetime | None
    returned_at: datetime | None
    outcome: str | None
    nonce: bytes
    is_sampled: bool
    expires_at: datetime | None
    has_digest: bool

    @property
    def is_erased(self) -> bool:
        """Whether its link to the dossier was cut."""
        return self.dossier_code is None


def put_invitation(
    tx: Connection,
    vault: Vault,
    dossier: Dossier,
    *,
    is_sampled: bool,
    expires_at: datetime | None,
    at: datetime,
) -> bool:
    """Make the invitation of a dossier. False when the dossier has one already; nothing changes then."""
    draft = Draft(dossier=dossier, nonce=vault.draw(16), is_sampled=is_sampled, expires_at=expires_at)
    return bool(put_invitations(tx, vault, [draft], at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An invitation to be made."""

    dossier: Dossier
    nonce: bytes
    is_sampled: bool
    expires_at: datetime | None


def put_invitations(tx: Connection, vault: Vault, drafts: Sequence[Draft], at: datetime) -> set[str]:
    """Make the invitations of some dossiers, each named once. Return the codes of those that had none before."""
    made: set[str] = set()
    left = list(drafts)
    while left:
        rows = [_draft_row(vault, draft, at) for draft in left]
        put = insert_or_ignore(tx, invitations).returning(invitations.c.dossier_code)
        made.update(tx.execute(put, rows).scalars())
        known = find_known(
            tx, vault, [draft.dossier.code for draft in left if draft.dossier.code not in made]
        )
        # One that is neither new nor known met a short code that was taken: draw again.
        left = [
            replace(draft, nonce=vault.draw(16))
            for draft in left
            if draft.dossier.code not in made and draft.dossier.code not in known
        ]
    return made


def _draft_row(vault: Vault, draft: Draft, at: datetime) -> dict[str, object]:
    dossier, nonce = draft.dossier, draft.nonce
    return {
        "dossier_code": dossier.code,
        "dossier_code_given": dossier.code_given,
        "dossier_digest": _digest(vault, dossier.code),
        "procedure_code": dossier.procedure_code,
        "unit_code": dossier.unit_code,
        "received_at": dossier.received_at,
        "due_at": dossier.due_at,
        "returned_at": dossier.returned_at,
        "outcome": dossier.outcome,
        "nonce": nonce,
        "token_digest": vault.digest("token", vault.token(nonce)),
        "code_digest": vault.digest("code", vault.code(nonce)),
        "is_sampled": draft.is_sampled,
        "expires_at": draft.expires_at,
        "created_at": at,
        "returned_seen_at": at if dossier.returned_at else None,
    }


def _digest(vault: Vault, code: str) -> bytes:
    return vault.digest("dossier", code)


def find_by_dossier(tx: Connection, code: str, *, lock: bool = False) -> Invitation | None:
    """Return the invitation of a dossier, or None; `lock` holds the row until the commit. Not one that was erased."""
    query = select(invitations).where(invitations.c.dossier_code == code)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _invitation(row)


def find_known(
    tx: Connection, vault: Vault, codes: Collection[str], *, lock: bool = False
) -> dict[str, Invitation]:
    """Return the invitations of those dossiers by normalised code, erased ones too; `lock` holds them until the commit."""
    if not codes:
        return {}
    by_digest = {_digest(vault, code): code for code in codes}
    wanted = invitations.c.dossier_code.in_(codes) | invitations.c.dossier_digest.in_(by_digest)
    query = select(invitations).where(wanted).order_by(invitations.c.id)
    rows = tx.execute(query.with_for_update() if lock else query).all()
    return {row.dossier_code or by_digest[bytes(row.dossier_digest)]: _invitation(row) for row in rows}


def fill_digests(tx: Connection, vault: Vault, known: Mapping[str, Invitation]) -> None:
    """Give the invitations made by an earlier version the digest their dossier is found by once it is erased."""
    for code, invitation in known.items():
        if not invitation.has_digest:
            change_invitation(tx, invitation.id, dossier_digest=_digest(vault, code))


def find_by_token(tx: Connection, vault: Vault, token: str) -> Invitation | None:
    """Return the invitation with that token, or None."""
    wanted = invitations.c.token_digest == vault.digest("token", token)
    row = tx.execute(select(invitations).where(wanted)).one_or_none()
    return None if row is None else _invitation(row)


def find_by_code(tx: Connection, vault: Vault, code: str) -> Invitation | None:
    """Return the invitation with that short code, or None."""
    wanted = invitations.c.code_digest == vault.digest("code", code)
    row = tx.execute(select(invitations).where(wanted)).one_or_none()
    return None if row is None else _invitation(row)


def load_invitation(tx: Connection, invitation_id: int) -> Invitation:
    """Return the invitation with that id."""
    return _invitation(tx.execute(select(invitations).where(invitations.c.id == invitation_id)).one())


def change_invitation(tx: Connection, invitation_id: int, **values: object) -> None:
    """Overwrite some columns of an invitation."""
    tx.execute(update(invitations).where(invitations.c.id == invitation_id).values(**values))


def hold(tx: Connection, *, invitation_id: int, channel: str, address_id: int, at: datetime) -> bool:
    """Let an address hold the invitation on its channel. False when another one holds it; the first wins."""
    row = {"invitation_id": invitation_id, "channel": channel, "address_id": address_id, "opened_at": at}
    is_first = tx.execute(insert_or_ignore(tx, holders), row).rowcount == 1
    return is_first or find_holder(tx, invitation_id=invitation_id, channel=channel) == address_id


def find_holder(tx: Connection, *, invitation_id: int, channel: str) -> int | None:
    """Return the address that holds the invitation on that channel, or None."""
    here = (holders.c.invitation_id == invitation_id) & (holders.c.channel == channel)
    found = tx.execute(select(holders.c.address_id).where(here)).scalar_one_or_none()
    return None if found is None else int(found)


def list_holders(tx: Connection, invitation_id: int) -> list[int]:
    """Return all addresses that hold the invitation, the latest first."""
    here = holders.c.invitation_id == invitation_id
    return [
        int(i)
        for i in tx.execute(
            select(holders.c.address_id).where(here).order_by(holders.c.opened_at.desc())
        ).scalars()
    ]


def list_held_by(tx: Connection, address_id: int) -> list[int]:
    """Return the invitations an address holds, oldest first."""
    here = select(holders.c.invitation_id).where(holders.c.address_id == address_id)
    return [int(i) for i in tx.execute(here.order_by(holders.c.invitation_id)).scalars()]


def has_other_invitations(tx: Connection, address_id: int) -> bool:
    """Whether an address still holds any invitation."""
    held = select(func.count()).select_from(holders).where(holders.c.address_id == address_id)
    return bool(tx.execute(held).scalar_one())


def put_contact(
    tx: Connection, vault: Vault, *, invitation_id: int, kind: str, words: str, at: datetime
) -> None:
    """Keep a contact, sealed; another of the same kind is replaced."""
    put_contacts(tx, vault, {invitation_id: words}, kind=kind, at=at)


def put_contacts(tx: Connection, vault: Vault, words: Mapping[int, str], *, kind: str, at: datetime) -> None:
    """Keep a contact of each of some invitations, sealed; another of the same kind is replaced."""
    rows = [
        {"invitation_id": number, "kind": kind, "sealed": vault.seal(said, "contact"), "created_at": at}
        for number, said in words.items()
    ]
    if rows:
        put = insert_or_replace(tx, contacts, ("invitation_id", "kind"), ("sealed", "created_at"))
        tx.execute(put, rows)


def find_contact(tx: Connection, vault: Vault, invitation_id: int, *, kind: str) -> str | None:
    """Return what is kept of that kind to reach the citizen of an invitation, or None."""
    mine = (contacts.c.invitation_id == invitation_id) & (contacts.c.kind == kind)
    sealed = tx.execute(select(contacts.c.sealed).where(mine)).scalar_one_or_none()
    return None if sealed is None else vault.open(sealed, "contact")


def delete_contacts(tx: Connection, invitation_id: int) -> None:
    """Forget all contacts of an invitation."""
    tx.execute(delete(contacts).where(contacts.c.invitation_id == invitation_id))


def unlink_dossier(tx: Connection, vault: Vault, invitation_id: int) -> None:
    """Cut the link to the dossier; procedure, unit and dates stay for the counts.

    A keyed digest of the code stays too: when the office reports the dossier once more, nobody is asked again.
    """
    tx.execute(delete(holders).where(holders.c.invitation_id == invitation_id))
    code = load_invitation(tx, invitation_id).dossier_code
    if code is not None:
        change_invitation(
            tx,
            invitation_id,
            dossier_code=None,
            dossier_code_given=None,
            dossier_digest=_digest(vault, code),
        )


def find_overdue(tx: Connection, before: datetime, *, limit: int) -> list[int]:
    """Return invitations whose result became known before `before` and that still carry something personal, oldest first.

    One without a result counts from when it was made.
    """
    seen_at = func.coalesce(invitations.c.returned_seen_at, invitations.c.created_at)
    old = (seen_at < before) & invitations.c.dossier_code.is_not(None)
    query = select(invitations.c.id).where(old).order_by(invitations.c.id).limit(limit)
    return [int(i) for i in tx.execute(query).scalars()]


def count_misses(tx: Connection, vault: Vault, sender: str, since: datetime) -> int:
    """Return how many wrong codes `sender` sent since then."""
    wanted = (code_misses.c.sender_digest == vault.digest("sender", sender)) & (code_misses.c.at >= since)
    return int(tx.execute(select(func.count()).select_from(code_misses).where(wanted)).scalar_one())


def put_miss(tx: Connection, vault: Vault, sender: str, at: datetime) -> None:
    """Note a wrong code of `sender`."""
    tx.execute(insert(code_misses), {"sender_digest": vault.digest("sender", sender), "at": at})


def forget_misses(tx: Connection, before: datetime) -> int:
    """Drop the notes of wrong codes older than `before`."""
    return tx.execute(delete(code_misses).where(code_misses.c.at < before)).rowcount


def _invitation(row: Row[Any]) -> Invitation:  # Any: the columns are named below
    return Invitation(
        id=row.id,
        dossier_code=row.dossier_code,
        dossier_code_given=row.dossier_code_given,
        procedure_code=row.procedure_code,
        unit_code=row.unit_code,
        received_at=row.received_at,
        due_at=row.due_at,
        returned_at=row.returned_at,
        outcome=row.outcome,
        nonce=row.nonce,
        is_sampled=row.is_sampled,
        expires_at=row.expires_at,
        has_digest=row.dossier_digest is not None,
    )
