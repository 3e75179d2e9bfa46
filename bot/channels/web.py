"""The web channel: what is sent to it is what its pages show, so sending is done once the message is stored."""

from bot.pace import Pace, Rate
from handlers.outbound import Answer, Delivered
from handlers.setup import Abilities
from storage.outbox import Claimed

ABILITIES = Abilities(can_edit=False, can_push=False)


class WebChannel:
    """Web chat of citizens and rooms of staff."""

    name = "web"
    abilities = ABILITIES
    is_platform = False

    def make_pace(self) -> Pace:
        """Return a pace without limits that matter."""
        rate = Rate(per_second=1000.0, burst=1000.0)
        return Pace(private=rate, group=rate, per_second=10_000, reserve=0.0)

    async def prepare(self) -> None:
        """Nothing to prepare."""

    async def send(self, claimed: Claimed) -> Answer:
        """The page shows the message from the outbox."""
        return Delivered(str(claimed.due.id))

    async def close(self) -> None:
        """Nothing to close."""
