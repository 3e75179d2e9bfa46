"""The living pair of tokens of a Zalo app: the refresh token serves once, so every change is a guarded step.

Whoever renews claims the pair of a generation first; the answer makes the next generation. A claim whose owner died
stays, and the age of it tells.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from storage.upsert import insert_or_ignore
from storage.vault import Vault
from storage.zalo_tables import zalo_tokens

PURPOSE = "zalo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An access and a refresh token as Zalo gave them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime  # the refresh token lives three months from here
    expires_at: datetime | None  # of the access token; None when nobody has said


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The pair of an app and how it stands."""

    pair: Pair
    generation: int
    seed_digest: (
        bytes  # of the configured refresh token when the pair was taken from there, or put there by hand
    )
    renewing_at: datetime | None  # since when somebody is renewing
    fault: str | None  # why a person must authorise again
    faulted_at: datetime | None

    @property
    def access(self) -> str:
        """The access token."""
        return self.pair.access


def find(tx: Connection, vault: Vault, app_id: str) -> Kept | None:
    """Return the pair of an app, None when there never was one."""
    row = tx.execute(select(zalo_tokens).where(zalo_tokens.c.app_id == app_id)).first()
    if row is None:
        return None
    pair = Pair(
        access=vault.open(row.sealed_access, PURPOSE),
        refresh=vault.open(row.sealed_refresh, PURPOSE),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )
    return Kept(
        pair=pair,
        generation=row.generation,
        seed_digest=row.seed_digest,
        renewing_at=row.renewing_at,
        fault=row.fault,
        faulted_at=row.faulted_at,
    )


def digest_seed(vault: Vault, refresh: str) -> bytes:
    """Return by what a configured refresh token is known again; "" for none."""
    return vault.digest(PURPOSE, refresh)


def seed(tx: Connection, vault: Vault, app_id: str, pair: Pair) -> bool:
    """Take the configured pair, unless the one that is kept came from the same. True when it was taken."""
    digest = digest_seed(vault, pair.refresh)
    values = _values(vault, pair) | {"seed_digest": digest}
    first = {"app_id": app_id, "generation": 1, **values}
    if tx.execute(insert_or_ignore(tx, zalo_tokens), first).rowcount == 1:
        return True
    changed = update(zalo_tokens).where(zalo_tokens.c.app_id == app_id, zalo_tokens.c.seed_digest != digest)
    return tx.execute(changed.values(generation=zalo_tokens.c.generation + 1, **values)).rowcount == 1


def replace(tx: Connection, vault: Vault, app_id: str, pair: Pair, *, configured: str) -> None:
    """Keep a pair a person has brought. `configured` is the refresh token of the settings: it stays the older one."""
    values = _values(vault, pair) | {"seed_digest": digest_seed(vault, configured)}
    first = {"app_id": app_id, "generation": 1, **values}
    if tx.execute(insert_or_ignore(tx, zalo_tokens), first).rowcount == 1:
        return
    changed = update(zalo_tokens).where(zalo_tokens.c.app_id == app_id)
    tx.execute(changed.values(generation=zalo_tokens.c.generation + 1, **values))


def claim(tx: Connection, app_id: str, generation: int, renewer: str, at: datetime) -> bool:
    """Claim the renewal of a generation. False when another has it, or there is nothing to renew any more."""
    free = update(zalo_tokens).where(
        zalo_tokens.c.app_id == app_id,
        zalo_tokens.c.generation == generation,
        zalo_tokens.c.renewing_at.is_(None),
        zalo_tokens.c.fault.is_(None),
    )
    return tx.execute(free.values(renewing_at=at, renewer=renewer)).rowcount == 1


def take_over(
    tx: Connection, app_id: str, generation: int, renewer: str, *, at: datetime, left_at: datetime
) -> bool:
    """Take a claim that was last held at `left_at`: its owner is dead. False when another was quicker."""
    left = update(zalo_tokens).where(
        zalo_tokens.c.app_id == app_id,
        zalo_tokens.c.generation == generation,
        zalo_tokens.c.renewing_at == left_at,
        zalo_tokens.c.fault.is_(None),
    )
    return tx.execute(left.values(renewing_at=at, renewer=renewer)).rowcount == 1


def hold(tx: Connection, app_id: str, generation: int, renewer: str, at: datetime) -> bool:
    """Say that the owner of a claim still lives. False when it is no longer the owner."""
    ours = update(zalo_tokens).where(*_claimed(app_id, generation, renewer))
    return tx.execute(ours.values(renewing_at=at)).rowcount == 1


def release(tx: Connection, app_id: str, generation: int, renewer: str) -> bool:
    """Give a claim back: Zalo has certainly not renewed. False when it was another's."""
    ours = update(zalo_tokens).where(*_claimed(app_id, generation, renewer))
    return tx.execute(ours.values(renewing_at=None, renewer=None)).rowcount == 1


def store(tx: Connection, vault: Vault, app_id: str, generation: int, pair: Pair) -> bool:
    """Keep the pair that Zalo gave for that of `generation`; whoever claims it now, and whatever was thought of it.

    False when a later pair is there already.
    """
    old = update(zalo_tokens).where(zalo_tokens.c.app_id == app_id, zalo_tokens.c.generation == generation)
    return tx.execute(old.values(generation=generation + 1, **_values(vault, pair))).rowcount == 1


def put_fault(
    tx: Connection, app_id: str, generation: int, renewer: str, *, fault: str, at: datetime
) -> bool:
    """Note that a person must authorise again. False when the claim was another's, or a later pair is there."""
    ours = update(zalo_tokens).where(*_claimed(app_id, generation, renewer))
    values = {"fault": fault[:100], "faulted_at": at, "renewing_at": None, "renewer": None}
    return tx.execute(ours.values(**values)).rowcount == 1


def _claimed(app_id: str, generation: int, renewer: str) -> tuple[ColumnElement[bool], ...]:
    return (
        zalo_tokens.c.app_id == app_id,
        zalo_tokens.c.generation == generation,
        zalo_tokens.c.renewer == renewer,
        zalo_tokens.c.fault.is_(None),
    )


def _values(vault: Vault, pair: Pair) -> dict[str, object]:
    """Return the columns of a good pair that nobody is renewing."""
    return {
        "sealed_access": vault.seal(pair.access, PURPOSE),
        "sealed_refresh": vault.seal(pair.refresh, PURPOSE),
        "issued_at": pair.issued_at,
        "expires_at": pair.expires_at,
        "renewing_at": None,
        "renewer": None,
        "fault": None,
        "faulted_at": None,
    }
