"""Taking in what a platform delivered: handled and committed, or kept for a retry; never lost."""

from collections.abc import Sequence

import structlog

from bot.runtime import Runtime
from handlers.happenings import Inbound, Outcome
from handlers.inbound import receive
from storage import inbox
from storage.database import DatabaseDown

log = structlog.get_logger()


async def take_in(runtime: Runtime, inbounds: Sequence[Inbound], *, raw: str) -> Outcome:
    """Handle a delivery. Returns after the commit; a bug keeps the raw delivery for a retry, then for a person.

    Raises DatabaseDown when nothing could be stored: the platform must deliver again.
    """
    at = runtime.clock()
    first = inbounds[0]
    try:
        return await runtime.write(lambda tx: receive(tx, runtime.setup, inbounds, at))
    except DatabaseDown:
        raise
    except Exception as error:
        fault, vault = type(error).__name__, runtime.setup.vault
        key = inbox.hash_key(vault, first.channel, first.keys[0])
        log.exception("inbound_failed", channel=first.channel, key=key, fault=fault)
        await runtime.write(
            lambda tx: inbox.keep_for_retry(
                tx, vault, channel=first.channel, key=first.keys[0], raw=raw, fault=fault, at=at
            )
        )
        return Outcome()
