"""What people and groups of one Official Account have in common: its plain texts, its attachments, its answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from bot.channels.zalo_refs import fit_ref
from bot.channels.zalo_text import make_label, render_plain
from bot.settings.channels import Zalo
from bot.zalo.api import Reply, ZaloApi
from bot.zalo.codes import Reaction, classify
from bot.zalo.posting import MAX_TEXT, Screen, Unfit
from handlers.outbound import Answer, Delivered, Rejected, TryLater
from storage.outbox import Claimed
from survey.message import Message
from survey.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way out of the account: where to, and what its codes mean there."""

    screen: Screen
    codes: Mapping[int, Reaction]
    label: Callable[[str], str]
    clock: Callable[[], datetime]
    timezone: tzinfo

    def render(self, message: Message) -> str:
        """Return the message without buttons."""
        return render_plain(message, limit=MAX_TEXT, label=self.label)

    async def send_plain(self, claimed: Claimed, message: Message) -> Answer:
        """Send a message without buttons, with what is attached to it."""
        try:
            if message.attachment:
                return await self._send_attachment(claimed, message)
            return self.judge(await self.screen.put_text(claimed.name, self.render(message)), claimed)
        except Unfit as unfit:
            return Rejected(str(unfit))

    def judge(self, reply: Reply, claimed: Claimed) -> Answer:
        """Return what a reply means for the message; one that got no id from Zalo gets one of ours."""
        if reply.is_fine:
            return Delivered(fit_ref(reply.text("message_id")) or f"-{claimed.due.id}")
        local = self.clock().astimezone(self.timezone)
        return classify(reply, local=local, tries=claimed.due.attempts, codes=self.codes)

    async def _send_attachment(self, claimed: Claimed, message: Message) -> Answer:
        """Send kept files, or a picture that lies at Zalo's own address, with the message's text as caption."""
        kind, _, ref = message.attachment.partition(":")
        caption, has_begun = self.render(message), False
        if kind == "stored":
            reply, has_begun = await self.screen.put_files(claimed.name, claimed.files, caption)
        elif kind == "photo":
            reply = await self.screen.put_picture_at(claimed.name, ref, caption)
        else:
            raise Unfit("FileElsewhere")
        answer = self.judge(reply, claimed)
        if has_begun and isinstance(answer, TryLater):
            return replace(answer, is_doubtful=True)  # what has gone out goes out once more, and not for ever
        return answer


def build_line(
    api: ZaloApi,
    *,
    path: str,
    recipient: str,
    codes: Mapping[int, Reaction],
    wording: Wording,
    clock: Callable[[], datetime],
    timezone: tzinfo,
) -> Line:
    """Return the way to `path`, where the field `recipient` says who gets it."""
    screen = Screen(api=api, path=path, recipient=recipient)
    return Line(screen=screen, codes=codes, label=make_label(wording), clock=clock, timezone=timezone)


def group_share(settings: Zalo) -> int:
    """Return how many calls a minute are kept for the account's groups."""
    return max(1, settings.requests_per_minute // 8)
