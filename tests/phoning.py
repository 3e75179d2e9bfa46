"""A department that invites by phone number: its settings, results with a phone, and what was put for whom."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.channels.zalo_zbs import ABILITIES
from bot.runtime import Runtime
from handlers import privacy
from handlers.intake import Offer, take_entry
from handlers.intake_fields import Entry
from handlers.outbound import Answer, claim_due, finish
from handlers.phones import CHANNEL
from storage import invitations, records
from storage.database import Database
from storage.invitations import Dossier, Invitation
from storage.outbox import Claimed, find_due
from storage.tables import addresses, outbox
from tests.building import TIMEZONE
from tests.running import Clock, open_runtime
from tests.zalo_settings import zalo_section, zalo_settings

PHONE, OTHER_PHONE = "0912 345 678", "0987654321"
NUMBER, OTHER_NUMBER = "84912345678", "84987654321"
TEMPLATE = {
    "id": "123456",
    "data": {"ma": "{code}", "thu_tuc": "{procedure:.20}", "han": "đến {until}"},
    "price_vnd": 200,
    "monthly_budget_vnd": 1000,
}
_numbers = itertools.count(1)


def phone_settings(database_url: str, *, fake: Any = None, **changes: Any) -> dict[str, Any]:
    """Return settings with a template; `changes` are of the template."""
    zalo = zalo_section(fake, template=TEMPLATE | changes)
    return zalo_settings(database_url, fake, zalo=zalo, survey={"quiet_hours": "21:00-07:00"})


def an_entry(runtime: Runtime, *, code: str = "", has_result: bool = True, **recipient: Any) -> Entry:
    """Return a dossier as the office reports it."""
    code = code or f"H32.99-261120-{next(_numbers):05}"
    dossier = Dossier(
        code=code,
        code_given=code,
        procedure_code="2.000633",
        unit_code="QLTM",
        returned_at=runtime.clock() - timedelta(hours=1) if has_result else None,
    )
    return Entry(dossier=dossier, **recipient)


def report(runtime: Runtime, entry: Entry | None = None, *, database: Database | None = None) -> Offer:
    """Take in what the office reports, by default a result with a phone number."""
    entry = entry or an_entry(runtime, phone=PHONE)
    at = runtime.clock()
    offer = (database or runtime.database).write(lambda tx: take_entry(tx, runtime.setup, entry, at)).offer
    assert offer is not None
    return offer


def invitation_of(runtime: Runtime, offer: Offer) -> Invitation:
    """Return the stored invitation."""
    with runtime.database.reading() as tx:
        found = invitations.find_by_token(tx, runtime.setup.vault, offer.token)
    assert found is not None
    return found


def rows(runtime: Runtime, *columns: Any) -> list[tuple[Any, ...]]:
    """Return those columns of every message to a phone number, oldest first."""
    with runtime.database.reading() as tx:
        found = tx.execute(select(*columns).where(outbox.c.channel == CHANNEL).order_by(outbox.c.id))
        return [tuple(row) for row in found]


def numbers(runtime: Runtime) -> list[str]:
    """Return the numbers of all messages, in the order they were put."""
    vault = runtime.setup.vault
    with runtime.database.reading() as tx:
        query = select(addresses.c.sealed).join(outbox, outbox.c.address_id == addresses.c.id)
        found = tx.execute(query.where(outbox.c.channel == CHANNEL).order_by(outbox.c.id)).scalars()
        return [vault.open(sealed, "address") for sealed in found]


def templates(runtime: Runtime) -> list[dict[str, Any]]:
    """Return what the messages carry for the platform."""
    vault = runtime.setup.vault
    return [
        json.loads(vault.open(body, "outbox"))["template"] for (body,) in rows(runtime, outbox.c.sealed_body)
    ]


def claim(runtime: Runtime, *, channel: str = CHANNEL) -> list[Claimed]:
    """Claim what is due on a channel."""
    setup, at = runtime.setup, runtime.clock()
    return runtime.database.write(lambda tx: claim_due(tx, setup, find_due(tx, channel, at, limit=50), at))


def answer(runtime: Runtime, claimed: Claimed, said: Answer, *, channel: str = CHANNEL) -> None:
    """Let the platform answer."""
    setup, at = runtime.setup, runtime.clock()
    runtime.database.write(lambda tx: finish(tx, setup, claimed, said, channel=channel, at=at, jitter=0.0))


def erase(runtime: Runtime, offer: Offer, *, actor: str = "operator") -> None:
    """Erase what is personal about an invitation."""
    number, setup, at = invitation_of(runtime, offer).id, runtime.setup, runtime.clock()
    runtime.database.write(
        lambda tx: privacy.erase_invitation(tx, setup, number, None, keep_address=None, at=at, actor=actor)
    )


def at_local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return the instant of a local time."""
    return datetime(year, month, day, hour, minute, tzinfo=TIMEZONE).astimezone(UTC)


def move(runtime: Runtime, at: datetime) -> None:
    """Let it be another moment."""
    assert isinstance(runtime.clock, Clock)
    runtime.clock.at = at


def audited(runtime: Runtime) -> list[object]:
    """Return why nobody was invited, from the audit log."""
    with runtime.database.reading() as tx:
        found = [event for event in records.stream_audit(tx) if event.action == "phone.not_invited"]
    return [event.details["why"] for event in found]


@contextmanager
def open_office(folder: Path, database_url: str) -> Iterator[Runtime]:
    """Give the program with a template, at half past nine in the morning."""
    with open_runtime(folder, phone_settings(database_url)) as runtime:
        channels = {**runtime.setup.channels, CHANNEL: ABILITIES}
        runtime.setup = replace(runtime.setup, channels=channels)
        yield runtime


def tracking_ids(runtime: Runtime) -> list[str]:
    """Return the tracking ids in the order of the messages."""
    return [one["tracking_id"] for one in templates(runtime)]
