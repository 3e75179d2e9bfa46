"""What a channel is to the rest of the program."""

from typing import Protocol

from bot.pace import Pace
from handlers.outbound import Answer
from handlers.setup import Abilities
from storage.outbox import Claimed


class Misshapen(ValueError):
    """What a platform delivered has a wrong shape: the message says what is wrong, without repeating any of it."""


class Channel(Protocol):
    """A way to reach people."""

    name: str
    abilities: Abilities
    is_platform: (
        bool  # whether sending leaves this machine: not in rehearsal, and in pilot only to the listed chats
    )

    def make_pace(self) -> Pace:
        """Return how fast the platform may be used."""

    async def prepare(self) -> None:
        """Tell the platform what it must know before messages flow. Failures are logged, never raised."""

    async def send(self, claimed: Claimed) -> Answer:
        """Send one message and say how it went. Never raises for what a platform does."""

    async def close(self) -> None:
        """Give connections back."""
