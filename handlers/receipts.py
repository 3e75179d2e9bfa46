"""What platforms tell of our own messages: they settle what nobody answered for, and never count as a citizen's words."""

import unicodedata
from datetime import datetime
from typing import assert_never

from handlers import phones
from handlers.complaints import delivery
from handlers.happenings import Arrived, Echo, Inbound, PhoneArrived, Rated, Seen
from handlers.setup import Setup
from storage import addresses, outbox, receipts
from storage.database import Transaction
from storage.outbox import State

_BEGINNING = 200  # characters by which a message is known again; every channel begins with the plain text
_LEAST = 20  # shorter ones are known only as a whole: others may begin like them


def take(
    tx: Transaction,
    setup: Setup,
    inbound: Inbound,
    happening: Echo | Arrived | Seen | PhoneArrived | Rated,
    at: datetime,
) -> None:
    """Take what a platform tells of messages. Nobody is answered."""
    match happening:
        case PhoneArrived(tracking_id):
            phones.note_arrived(tx, tracking_id, at)
            return
        case Rated(tracking_id, rate, note):
            phones.note_rating(tx, setup, tracking_id, rate=rate, note=note, at=at)
            return
    found = addresses.find_address(tx, setup.vault, channel=inbound.channel, name=inbound.name)
    if found is None:
        return
    match happening:
        case Echo(ref, text):
            _settle(tx, setup, found.id, ref=ref, text=text, at=at)
        case Arrived(refs) | Seen(refs):
            is_seen = isinstance(happening, Seen)
            for number in receipts.note_delivered(tx, address_id=found.id, refs=refs, at=at, is_seen=is_seen):
                _finish(tx, setup, number, None, at)
        case _:
            assert_never(happening)


def _settle(tx: Transaction, setup: Setup, address_id: int, *, ref: str, text: str, at: datetime) -> None:
    """The platform shows a message under `ref`: one that nothing was heard of is out, and is not sent again."""
    if not ref or receipts.is_known(tx, address_id=address_id, message_ref=ref):
        return
    shown = _letters(text)
    for number, state, plain in receipts.list_doubtful(tx, setup.vault, address_id=address_id):
        if _is_shown(_letters(plain), shown):
            if state is State.SENDING:  # its sender will hear, or ask us
                receipts.keep_ref(tx, number, ref)
            else:
                _finish(tx, setup, number, ref, at)
            return


def _finish(tx: Transaction, setup: Setup, number: int, ref: str | None, at: datetime) -> None:
    outbox.finish(tx, number, State.SENT, at, message_ref=ref)
    delivery.note_arrived(tx, setup, outbox.get_due(tx, number), at)


def _is_shown(ours: str, shown: str) -> bool:
    return ours == shown if len(ours) < _LEAST else shown.startswith(ours[:_BEGINNING])


def _letters(text: str) -> str:
    """Return a text without its spaces: channels put some into links and mentions, and platforms move them."""
    return "".join(unicodedata.normalize("NFC", text).split())
