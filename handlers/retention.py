"""Deleting personal data whose time is over, and what queues need no longer."""

from datetime import datetime, timedelta

from handlers import privacy
from handlers.setup import Setup
from storage import conversations, inbox, invitations, outbox
from storage.database import Transaction

_QUEUES = timedelta(days=30)
_BATCH = 500


def delete_overdue(tx: Transaction, setup: Setup, at: datetime) -> int:
    """Erase what is personal of invitations older than the retention. Return how many; safe to run again."""
    before = at - timedelta(days=setup.retention_days)
    overdue = invitations.find_overdue(tx, before, limit=_BATCH)
    for invitation_id in overdue:
        talk = conversations.find_talk(tx, setup.vault, invitation_id=invitation_id, lock=True)
        privacy.erase_invitation(
            tx, setup.vault, invitation_id, talk, keep_address=None, at=at, actor="retention"
        )
    inbox.forget_keys(tx, at - _QUEUES)
    invitations.forget_misses(tx, at - timedelta(days=1))
    outbox.forget_bodies(tx, at - _QUEUES)
    return len(overdue)
