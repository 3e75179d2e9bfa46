"""Zalo's Official Account, one person at a time: text, up to five buttons, pictures and files.

Limits: docs.zaloplatforms.com/docs/OA, gui-tin-tu-van-dang-van-ban and phu-luc/cau-truc-cua-tham-so-buttons (2026-11).
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Literal

import structlog

from bot.channels.zalo_line import build_line, group_share
from bot.channels.zalo_text import make_harmless, one_line, render_plain, render_text
from bot.metrics import ZALO_BUTTONS
from bot.pace import Pace, Rate
from bot.settings.channels import Zalo
from bot.zalo.api import SPAN, Reply, ZaloApi
from bot.zalo.codes import OA_CODES
from bot.zalo.posting import FILE_TYPES, MAX_TEXT
from handlers.outbound import Answer, Delivered
from handlers.setup import Abilities
from storage.outbox import Claimed
from survey.folding import shorten
from survey.message import Button, Message
from survey.wording import Wording

MAX_BUTTONS = 5
MAX_TITLE = 100  # characters on a button
MAX_SUBTITLE = 500
WINDOW = timedelta(days=7)  # after that Zalo takes nothing until the person has written again
REFUSES_BUTTONS = (-233, -201, -210)
_NOT_SUPPORTED = -233  # whatever the message; the others may be about this one alone
_ENOUGH_REFUSED = 3  # messages in a row, where buttons were taken before
PERSON = Rate(per_second=2, burst=5)  # Zalo states none for one chat
log = structlog.get_logger()


def build_abilities(settings: Zalo) -> Abilities:
    """Return what the channel can do with these settings."""
    return Abilities(
        can_edit=False,
        can_push=True,
        file_types=FILE_TYPES,
        has_buttons=settings.buttons != "none",
        has_toasts=False,
        window=WINDOW,
    )


def render(
    message: Message,
    subject: str,
    *,
    style: Literal["text_buttons", "button_template", "list", "none"],
    action: Literal["hide", "show"],
    label: Callable[[str], str],
) -> dict[str, object]:
    """Return `message` as Zalo takes it: all options and as many controls as buttons as fit, the others as words.

    `subject` is what the buttons belong to: "12" a conversation, "c12" a complaint, "r2026-Q3" a report, "" nothing.
    """
    numbered = list(enumerate(message.options, 1)) if len(message.options) <= MAX_BUTTONS else []
    room = MAX_BUTTONS - len(numbered)
    titled = [
        *((f"{number}. {option.text}", option) for number, option in numbered),
        *((control.text, control) for control in message.controls[:room]),
    ]
    if not subject or style == "none" or not titled:
        return {"text": render_plain(message, limit=MAX_TEXT, label=label)}
    text = render_text(message, message.controls[room:], limit=MAX_TEXT, label=label)
    buttons = [_button(title, button, subject, action=action) for title, button in titled]
    if style == "list":
        payload = _list(make_harmless(message), buttons)
    elif style == "button_template":
        payload = {"template_type": "button", "buttons": buttons}
    else:
        payload = {"buttons": buttons}
    return {"text": text, "attachment": {"type": "template", "payload": payload}}


def _button(title: str, button: Button, subject: str, *, action: str) -> dict[str, str]:
    shown = shorten(one_line(f"✓ {title}" if button.is_chosen else title), MAX_TITLE)
    return {"title": shown or "…", "type": f"oa.query.{action}", "payload": f"#k {subject} {button.press}"}


def _list(message: Message, buttons: list[dict[str, str]]) -> dict[str, object]:
    """Return the list of what can be tapped; each line of it needs a second one, and the question is shown there."""
    subtitle = shorten(message.title or message.text, MAX_SUBTITLE) or "…"
    elements = [
        {
            "title": button["title"],
            "subtitle": subtitle,
            "default_action": {"type": button["type"], "payload": button["payload"]},
        }
        for button in buttons
    ]
    return {"template_type": "list", "elements": elements}


class ZaloChannel:
    """Sends to people who have written to the Official Account."""

    name = "zalo"
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
        self.abilities = build_abilities(settings)
        self._api = api
        self._settings = settings
        self._line = build_line(
            api,
            path="/v3.0/oa/message/cs",
            recipient="user_id",
            codes=OA_CODES,
            wording=wording,
            clock=clock,
            timezone=timezone,
        )
        self._takes_buttons = settings.buttons != "none"
        self._is_tried = False  # whether a message with buttons has gone out
        self._refused = 0  # messages in a row whose buttons were refused
        self._trying = asyncio.Lock()

    def make_pace(self) -> Pace:
        """Return what the account is allowed in a minute, without the share of its groups."""
        limit = max(1, self._settings.requests_per_minute - group_share(self._settings))
        return Pace(private=PERSON, group=PERSON, per_second=limit, span=SPAN, used_at_start=limit // 2)

    async def prepare(self) -> None:
        """Look the account up, so that the log says whether it may do what is asked of it."""
        reply = await self._api.call("/v2.0/oa/getoa", method="GET")
        if not reply.is_fine:
            log.warning("zalo_not_prepared", code=reply.code, fault=reply.fault)
            return
        package, kind = reply.text("package_name"), reply.text("oa_type")
        is_verified = reply.data.get("is_verified") is True
        log.info("zalo_account", is_verified=is_verified, package=package, oa_type=kind)

    async def send(self, claimed: Claimed) -> Answer:
        """Send one message. What went out cannot be drawn over: an edit is taken as done."""
        if claimed.edits_ref is not None:
            return Delivered(claimed.edits_ref)
        message, subject = claimed.load()
        body = self._render(message, subject)
        if message.attachment or "attachment" not in body:
            return await self._line.send_plain(claimed, message)
        if self._is_tried:
            return await self._send_buttons(claimed, message, body)
        async with self._trying:  # one finds out whether Zalo takes buttons, for all that wait here
            return await self._send_buttons(claimed, message, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _send_buttons(self, claimed: Claimed, message: Message, body: Mapping[str, object]) -> Answer:
        """Send with buttons; where Zalo refuses them, once more without, and without from then on."""
        if not self._takes_buttons:
            return await self._line.send_plain(claimed, message)
        reply = await self._line.screen.put(claimed.name, body)
        if reply.is_fine:
            self._is_tried, self._refused = True, 0
            ZALO_BUTTONS.set(1)
        if reply.code not in REFUSES_BUTTONS:
            return self._line.judge(reply, claimed)
        answer = await self._line.send_plain(claimed, message)
        if isinstance(answer, Delivered):  # otherwise it was not the buttons
            self._remember_refusal(reply)
        return answer

    def _remember_refusal(self, reply: Reply) -> None:
        """Send no buttons any more; where they were taken before, not because of one odd message."""
        self._refused += 1
        is_odd = self._is_tried and reply.code != _NOT_SUPPORTED and self._refused < _ENOUGH_REFUSED
        if not self._takes_buttons or is_odd:
            return
        self._takes_buttons, self._is_tried = False, True
        ZALO_BUTTONS.set(0)
        log.warning("zalo_refused_buttons", code=reply.code, style=self._settings.buttons)

    def _render(self, message: Message, subject: str) -> dict[str, object]:
        style, action = self._settings.buttons, self._settings.button_action
        return render(message, subject, style=style, action=action, label=self._line.label)
