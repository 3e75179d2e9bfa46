"""The worker that keeps Zalo's tokens fresh. It runs in every process: the database decides which of them renews."""

import asyncio

import structlog

from bot.runtime import Runtime
from bot.workers import survive
from bot.zalo.tokens import Tokens

EVERY = 10.0  # seconds; what a dead process has left is settled, and the operator told, within a minute
log = structlog.get_logger()


async def keep_fresh_for_ever(runtime: Runtime, tokens: Tokens) -> None:
    """Look at the tokens again and again. A rehearsal never asks for any."""
    if not runtime.config.may_call_platforms:
        log.info("zalo_tokens_left_out", mode=runtime.config.mode)
        await asyncio.Event().wait()
    try:
        while True:
            await survive("zalo-tokens", tokens.keep_fresh)
            await asyncio.sleep(EVERY)
    finally:
        await tokens.close()
