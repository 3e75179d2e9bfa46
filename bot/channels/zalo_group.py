"""Groups of the Official Account (GMF), for staff and offices: text, pictures, files, no buttons.

Page: docs.zaloplatforms.com/docs/OA/nhom-chat-gmf (2026-11).
"""

from collections.abc import Callable
from datetime import datetime, tzinfo

from bot.channels.zalo_line import build_line, group_share
from bot.pace import Pace, Rate
from bot.settings.channels import Zalo
from bot.zalo.api import SPAN, ZaloApi
from bot.zalo.codes import GROUP_CODES
from bot.zalo.posting import FILE_TYPES
from handlers.outbound import Answer, Delivered
from handlers.setup import Abilities
from storage.outbox import Claimed
from survey.wording import Wording

ABILITIES = Abilities(
    can_edit=False, can_push=True, file_types=FILE_TYPES, has_buttons=False, is_for_citizens=False
)
GROUP = Rate(per_second=1, burst=5)  # Zalo states none for one group


class ZaloGroupChannel:
    """Sends to groups that belong to the Official Account."""

    name = "zalo_group"
    abilities = ABILITIES
    is_platform = True

    def __init__(
        self,
        *,
        api: ZaloApi,
        settings: Zalo,
        wording: Wording,
        clock: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._api = api
        self._settings = settings
        self._line = build_line(
            api,
            path="/v3.0/oa/group/message",
            recipient="group_id",
            codes=GROUP_CODES,
            wording=wording,
            clock=clock,
            timezone=timezone,
        )

    def make_pace(self) -> Pace:
        """Return the groups' share of what the account is allowed in a minute."""
        limit = group_share(self._settings)
        return Pace(private=GROUP, group=GROUP, per_second=limit, span=SPAN, used_at_start=limit // 2)

    async def prepare(self) -> None:
        """Nothing to prepare: the account is looked up by its channel for people."""

    async def send(self, claimed: Claimed) -> Answer:
        """Send one message. What went out cannot be drawn over: an edit is taken as done."""
        if claimed.edits_ref is not None:
            return Delivered(claimed.edits_ref)
        message, _ = claimed.load()
        return await self._line.send_plain(claimed, message)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()
