"""What the operator hears of Zalo's tokens; never over Zalo, which cannot send then."""

from datetime import datetime

from handlers import operators
from handlers.setup import Setup
from storage.database import Transaction

CHANNELS = ("zalo", "zalo_group")


def tell_to_authorize(tx: Transaction, setup: Setup, *, generation: int, fault: str, at: datetime) -> bool:
    """A person must authorise again; once a day for each pair that was lost."""
    return _tell(tx, setup, f"zalo-authorize:{generation}", "operator_zalo_authorize", at, fault=fault)


def tell_of_no_pair(tx: Transaction, setup: Setup, at: datetime) -> bool:
    """There never was a pair."""
    return _tell(tx, setup, "zalo-no-pair", "operator_zalo_no_pair", at)


def tell_of_renewal_trouble(tx: Transaction, setup: Setup, *, fault: str, at: datetime) -> bool:
    """The pair cannot be renewed at the moment, and it matters by now."""
    return _tell(tx, setup, "zalo-renewal", "operator_zalo_renewal", at, fault=fault)


def tell_of_ending(tx: Transaction, setup: Setup, *, ends_at: datetime, at: datetime) -> bool:
    """The three months of the refresh token are nearly over."""
    day = f"{setup.local(ends_at):%d/%m/%Y}"
    return _tell(tx, setup, "zalo-ending", "operator_zalo_ending", at, day=day)


def _tell(tx: Transaction, setup: Setup, name: str, key: str, at: datetime, **values: str) -> bool:
    return operators.tell(
        tx,
        setup,
        name=name,
        key=key,
        at=at,
        avoid=CHANNELS,
        not_before=None,
        otherwise=setup.office_chats,
        **values,
    )
