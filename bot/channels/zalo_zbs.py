"""Invitations by phone number: Zalo's ZBS template messages. What is in them was filled in when they were put.

They cost money and cannot be taken back: one that may be out already is not sent again.
Page: docs.zaloplatforms.com/docs/zbs (2026-11).
"""

import json
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from bot.channels.zalo_refs import fit_ref
from bot.pace import Pace, Rate
from bot.settings.channels import Zalo
from bot.zalo.api import ZaloApi
from bot.zalo.codes import PHONE_CODES, classify
from handlers.outbound import Answer, Delivered, Rejected, TryLater
from handlers.phones import CHANNEL
from handlers.setup import Abilities
from storage.outbox import Claimed

ABILITIES = Abilities(can_edit=False, can_push=True, has_buttons=False, is_for_citizens=False)
PATH = "/message/template"
ONE = Rate(per_second=1, burst=1)
PER_SECOND = 10  # Zalo states none for templates; they do not count as the account's requests


class ZaloZbsChannel:
    """Sends the approved template to phone numbers; nothing comes back this way but that it arrived, or a mark."""

    name = CHANNEL
    abilities = ABILITIES
    is_platform = True

    def __init__(
        self, *, api: ZaloApi, settings: Zalo, clock: Callable[[], datetime], timezone: tzinfo
    ) -> None:
        self._api = api
        self._is_trial = settings.template is not None and settings.template.mode == "development"
        self._clock = clock
        self._timezone = timezone

    def make_pace(self) -> Pace:
        """Return a pace at which a morning's invitations are out in minutes."""
        return Pace(private=ONE, group=ONE, per_second=PER_SECOND, reserve=0.0)

    async def prepare(self) -> None:
        """Nothing to prepare: the account is looked up by its channel for people."""

    async def send(self, claimed: Claimed) -> Answer:
        """Send one invitation, once: of one that may be out nothing is known until Zalo says that it arrived."""
        if claimed.is_repeat:
            return TryLater("Doubtful", is_doubtful=True)
        body = render(claimed, is_trial=self._is_trial)
        if body is None:
            return Rejected("NoTemplate")
        reply = await self._api.call(PATH, body, host="business")
        if reply.is_fine:
            return Delivered(fit_ref(reply.text("msg_id")) or f"-{claimed.due.id}")
        local = self._clock().astimezone(self._timezone)
        return classify(reply, local=local, tries=claimed.due.attempts, codes=PHONE_CODES)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def render(claimed: Claimed, *, is_trial: bool) -> dict[str, object] | None:
    """Return the body of the call; None when the message is no template: nothing else can be said to a phone number."""
    template: dict[str, Any] | None = json.loads(claimed.body).get("template")  # Any: our own JSON
    if template is None:
        return None
    body: dict[str, object] = {
        "phone": claimed.name,
        "template_id": template["id"],
        "template_data": template["data"],
        "tracking_id": template["tracking_id"],
    }
    return body | {"mode": "development"} if is_trial else body
