"""Deleting personal data whose time is over, and what queues need no longer. The marks stay."""

from datetime import datetime, timedelta

from handlers import privacy
from handlers.setup import Setup
from storage import addresses, conversations, inbox, invitations, outbox, responses
from storage.database import Transaction

_QUEUES = timedelta(days=30)
BATCH = 200  # dossiers, forms, accounts in one transaction: whatever else must be written waits meanwhile
_BODIES = 5_000


def delete_overdue(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Erase a part of what is overdue and return how much that was; run it again until it was nothing.

    A dossier counts from the day its result became known, a paper form from the day it was handed in. What the queues
    keep, and an account that holds no invitation, go after 30 days at most.
    """
    before = at - timedelta(days=setup.retention_days)
    queues_before = max(before, at - _QUEUES)
    inbox.forget_keys(tx, queues_before)
    invitations.forget_misses(tx, at - timedelta(days=1))
    return (
        _erase_invitations(tx, setup, before, at)
        + responses.forget_forms(tx, before, limit=BATCH)
        + inbox.forget_parked(tx, queues_before)
        + outbox.drop_stale(tx, before, at, limit=_BODIES)
        + outbox.forget_bodies(tx, queues_before, limit=_BODIES)
        + addresses.erase_unused(tx, queues_before, limit=BATCH)
    )


def _erase_invitations(tx: Transaction, setup: Setup, before: datetime, at: datetime) -> int:
    overdue = invitations.find_overdue(tx, before, limit=BATCH)
    for invitation_id in overdue:
        talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation_id, lock=True)
        privacy.erase_invitation(tx, setup, invitation_id, talk, keep_address=None, at=at, actor="retention")
    return len(overdue)
