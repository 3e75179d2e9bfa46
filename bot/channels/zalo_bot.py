"""The Zalo Bot Platform: texts and pictures for groups of staff. No buttons, no files, nothing can be drawn over.

Limits: https://docs.zaloplatforms.com/docs/BOT/apis/sendMessage, …/sendPhoto (2026-10-02).
"""

from collections.abc import Callable, Sequence

import structlog

from bot.channels.zalo_refs import fit_ref
from bot.channels.zalo_text import make_label, render_plain
from bot.config import Config
from bot.pace import Pace, Rate
from bot.runtime import Runtime
from bot.zalo.bot_api import BotApi, BotReply
from handlers.outbound import Answer, ChannelDown, Delivered, Rejected, TryLater, Unreachable
from handlers.posting import LINK_LIFE, sign_link
from handlers.setup import Abilities
from storage.outbox import Claimed
from storage.report_files import StoredFile
from survey.message import Message

MAX_TEXT = 2000  # characters, of a caption too
PICTURES = frozenset({".png", ".jpg", ".jpeg"})
_QUOTA_PAUSE = 60.0  # seconds; the platform names none
_NO_REF = "-"  # taken, but the platform did not say under which id
log = structlog.get_logger()


def is_hooked(config: Config) -> bool:
    """Whether Zalo calls us; otherwise we ask. Without a word in the settings: when there is an address it can call."""
    mode = config.zalo_bot.mode
    return mode == "webhook" or (mode is None and has_public_address(config))


def has_public_address(config: Config) -> bool:
    """Whether Zalo can call us and fetch pictures from us."""
    return config.web.public_url.startswith("https://")


def list_abilities(config: Config) -> Abilities:
    """Return what the channel can do: pictures are fetched from our public address."""
    return Abilities(
        can_edit=False,
        can_push=True,
        file_types=PICTURES if has_public_address(config) else frozenset(),
        has_buttons=False,
        is_for_citizens=False,
    )


def build_zalo_bot(runtime: Runtime) -> "ZaloBotChannel":
    """Return the channel of the settings."""
    config, setup, label = runtime.config, runtime.setup, make_label(runtime.setup.wording)

    def link(number: int) -> str:
        until = int((runtime.clock() + LINK_LIFE).timestamp())
        return f"{config.web.public_url}/tep/{number}/{until}/{sign_link(setup, number, until)}"

    return ZaloBotChannel(
        api=BotApi(config.zalo_bot),
        abilities=list_abilities(config),
        render=lambda message: render_plain(message, limit=MAX_TEXT, label=label),
        link=link,
        webhook_url=f"{config.web.public_url}/webhook/zalo-bot" if is_hooked(config) else None,
        webhook_secret=config.zalo_bot.webhook_secret.get_secret_value()
        if config.zalo_bot.webhook_secret
        else "",
    )


class ZaloBotChannel:
    """Sends over one bot."""

    name = "zalo_bot"
    is_platform = True

    def __init__(
        self,
        *,
        api: BotApi,
        abilities: Abilities,
        render: Callable[[Message], str],
        link: Callable[[int], str],
        webhook_url: str | None,
        webhook_secret: str,
    ) -> None:
        """Take how a message becomes text, and how a kept file gets an address that expires."""
        self.abilities = abilities
        self._api = api
        self._render = render
        self._link = link
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret

    def make_pace(self) -> Pace:
        """Return a careful pace: the platform states none."""
        return Pace(private=Rate(per_second=1, burst=3), group=Rate(per_second=0.5, burst=6), per_second=5)

    async def prepare(self) -> None:
        """Set the webhook where there is one, and note what the bot may do."""
        if self._webhook_url is not None and self._webhook_url.startswith("https://"):
            hook = {"url": self._webhook_url, "secret_token": self._webhook_secret}
            reply = await self._api.call("setWebhook", hook)
            if reply.code != 0:
                log.warning("zalo_bot_not_prepared", fault=reply.fault)
        me = await self._api.call("getMe")
        if me.code == 0 and isinstance(me.result, dict):
            log.info("zalo_bot_ready", can_join_groups=me.result.get("can_join_groups") is True)
        else:
            log.warning("zalo_bot_not_ready", fault=me.fault)

    async def send(self, claimed: Claimed) -> Answer:
        """Send one message."""
        if claimed.edits_ref is not None:
            return Delivered(claimed.edits_ref)  # what stands there cannot be changed
        message, _ = claimed.load()
        text = self._render(message)
        kind, _, ref = message.attachment.partition(":")
        if kind == "stored":
            return await self._send_files(claimed, text)
        if kind == "photo" and ref.startswith(("https://", "http://")):
            return await self._send_photo(claimed, ref, text)
        if kind:
            return Rejected("NoFiles")
        return classify(await self._api.call("sendMessage", {"chat_id": claimed.name, "text": text}))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _send_files(self, claimed: Claimed, caption: str) -> Answer:
        """Send kept pictures, each as a message; the first has the caption and gives its id to all."""
        if not claimed.files:
            return Rejected("FileGone")
        if not _are_pictures(claimed.files) or ".png" not in self.abilities.file_types:
            return Rejected("NoFiles")
        first: Answer | None = None
        for file in claimed.files:
            answer = await self._send_photo(claimed, self._link(file.id), "" if first else caption)
            if not isinstance(answer, Delivered):
                return _doubted(answer) if first else answer
            first = first or answer
        return first or Rejected("FileGone")

    async def _send_photo(self, claimed: Claimed, link: str, caption: str) -> Answer:
        body = {"chat_id": claimed.name, "photo": link}
        return classify(await self._api.call("sendPhoto", body | ({"caption": caption} if caption else {})))


def _are_pictures(files: Sequence[StoredFile]) -> bool:
    return all(file.name.lower().endswith(tuple(PICTURES)) for file in files)


def _doubted(answer: Answer) -> Answer:
    """Say of an album that stopped half-way that a part is out: it goes once more as a whole, and not for ever."""
    return TryLater(answer.fault, answer.after, is_doubtful=True) if isinstance(answer, TryLater) else answer


def classify(reply: BotReply) -> Answer:
    """Say what the answer to a message means for it."""
    match reply.code:
        case 0:
            given = reply.result.get("message_id") if isinstance(reply.result, dict) else None
            return Delivered(fit_ref(str(given or _NO_REF)))
        case 401:
            return ChannelDown(reply.fault)
        case 400 if "chat not found" in reply.description.lower():
            return Unreachable("ChatNotFound")
        case 400 | 404 | 413:
            return Rejected(reply.fault)
        case 408:
            return TryLater(reply.fault, is_doubtful=True)
        case 429:
            return TryLater(reply.fault, after=_QUOTA_PAUSE)
    return TryLater(
        reply.fault, is_doubtful=reply.is_doubtful
    )  # 403 is what the platform calls its own error
