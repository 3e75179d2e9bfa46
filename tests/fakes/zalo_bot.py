"""The Zalo Bot Platform behind `/bot<token>/<method>`: state, methods, updates. Waiting for an update is left to the server."""

import ipaddress
import json
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.zalo_deliveries import Delivery, How
from tests.fakes.zalo_world import Call, Refusal, World

Result = dict[str, Any]
MAX_TEXT = 2000
MAX_POLL_SECONDS = 50.0
# Method → the parameters it knows. Their names are case-sensitive.
METHODS: dict[str, tuple[str, ...]] = {
    "getMe": (),
    "getUpdates": ("timeout",),
    "setWebhook": ("url", "secret_token"),
    "deleteWebhook": (),
    "getWebhookInfo": (),
    "sendMessage": ("chat_id", "text", "parse_mode", "text_styles"),
    "sendPhoto": ("chat_id", "photo", "caption"),
    "sendSticker": ("chat_id", "sticker"),
    "sendVoice": ("chat_id", "voice_url"),
    "sendChatAction": ("chat_id", "action"),
}


@dataclass(kw_only=True)
class BotChat:
    """A chat the bot has heard from: it cannot begin one."""

    id: str
    is_group: bool
    is_gone: bool = False  # it was thrown out


class Bot:
    """One bot. `secret` is what its webhook shows, until setWebhook names another."""

    def __init__(self, world: World, *, secret: str) -> None:
        self.world = world
        self.secret = secret
        self.chats: dict[str, BotChat] = {}
        self.updates: deque[Result] = deque()
        self.webhook: Result = {}
        self.can_join_groups = True
        self.messages_left = 3_000  # a month, both directions
        self.tells_empty_webhook = False  # an empty url as documented, in place of the 404 seen on a real bot

    # -- what people do

    def update(
        self,
        chat_id: str,
        text: str,
        *,
        is_named: bool = True,
        sender: str = "6ede9afa66b88fe6d6a9",
        name: str = "Cán bộ Một",
    ) -> Result | None:
        """Somebody writes; None in a group when the bot is neither mentioned nor answered, since it is not told."""
        message = {"text": text}
        return self._update(chat_id, "message.text.received", message, is_named, sender, name)

    def image(self, chat_id: str, *, caption: str = "", is_named: bool = True) -> Result | None:
        """Somebody sends a picture."""
        message = {"photo_url": "https://media.example/i.jpg", "caption": caption}
        sender, name = "6ede9afa66b88fe6d6a9", "Cán bộ Một"
        return self._update(chat_id, "message.image.received", message, is_named, sender, name)

    def unsupported(self, chat_id: str) -> Result | None:
        """A protected person writes: the content is withheld."""
        event = "message.unsupported.received"
        return self._update(chat_id, event, {}, True, "7ede9afa66b88fe6d6a9", "Người dân 1")

    def delivery(self, url: str, update: Result, how: How) -> Delivery:
        """Pack an update for the webhook."""
        body = json.dumps({"ok": True, "result": update}, ensure_ascii=False).encode()
        secret = self.secret if how.secret is None else how.secret
        headers = {"Content-Type": "application/json", "X-Bot-Api-Secret-Token": secret, **how.headers}
        sent = body if how.raw is None else how.raw
        return Delivery(name=update["event_name"], url=url, body=sent, headers=headers, how=how)

    def _update(
        self, chat_id: str, event: str, content: Result, is_named: bool, sender: str, name: str
    ) -> Result | None:
        with self.world.lock:
            chat = self.chats[chat_id]
            if chat.is_gone or (chat.is_group and not is_named):
                return None
            self.messages_left -= 1
            message = {
                "from": {"id": sender, "display_name": name, "is_bot": False},
                "chat": {"id": chat_id, "chat_type": "GROUP" if chat.is_group else "PRIVATE"},
                **content,
                "message_id": self.world.new_id(),
                "date": int(self.world.now_ms()),
            }
        return {"event_name": event, "message": message}

    # -- what the product calls

    def check(self, call: Call, token: str, method: str) -> dict[str, Any]:
        """Refuse a wrong token, an unknown method or a strange parameter; give the parameters."""
        if token != self.world.account.bot_token:
            raise Refusal(401, "Unauthorized")
        if call.token:
            self.world.note(f"{call.path}: shows the token of the Official Account")
        if method not in METHODS:
            raise Refusal(404, "Not Found", "unknown method")
        params = {**call.query, **(call.body if isinstance(call.body, dict) else {})}
        if call.files:
            raise Refusal(400, "Bad Request", "uploads a file")
        self.world.note_surplus(call.path, params, METHODS[method])
        return params

    def do(self, method: str, params: dict[str, Any]) -> Any:
        """Carry out any method but getUpdates."""
        match method:
            case "getMe":
                about = {"account_name": "bot.KhaoSat", "account_type": "BASIC"}
                return {"id": "9002", **about, "can_join_groups": self.can_join_groups}
            case "setWebhook":
                return self._set_webhook(params)
            case "deleteWebhook":
                self.webhook = {}
                return {"url": "", "updated_at": int(self.world.now_ms())}
            case "getWebhookInfo":
                return self._webhook_info()
            case "sendChatAction":
                return self._act(params)
        return self._send(method, params)

    def next_update(self, params: dict[str, Any]) -> tuple[Result | None, float]:
        """Take one update, which is then gone; and the seconds a caller waits for the next."""
        if self.webhook:
            raise Refusal(400, "Bad Request: a webhook is set", "polls while a webhook is set")
        try:
            seconds = float(params.get("timeout", 30))
        except (TypeError, ValueError):
            raise Refusal(400, "Bad Request: timeout", "timeout is no number") from None
        found = self.updates.popleft() if self.updates else None
        return found, min(max(seconds, 0.0), MAX_POLL_SECONDS)

    def _set_webhook(self, params: dict[str, Any]) -> Result:
        url, secret = params.get("url"), params.get("secret_token")
        if not isinstance(url, str) or not url.startswith("https://") or not _is_public(url):
            raise Refusal(400, "Bad Request: url", "the webhook is no public https address")
        if not isinstance(secret, str) or not 8 <= len(secret) <= 256:
            raise Refusal(400, "Bad Request: secret_token", "secret_token has not 8 to 256 characters")
        self.secret = secret
        self.webhook = {"url": url, "updated_at": int(self.world.now_ms())}
        return self.webhook

    def _webhook_info(self) -> Result:
        if self.webhook or self.tells_empty_webhook:
            return self.webhook or {"url": ""}
        raise Refusal(404, "Not Found")

    def _act(self, params: dict[str, Any]) -> None:
        self._chat(params)
        if params.get("action") != "typing":
            raise Refusal(400, "Bad Request: action", "an action other than typing")

    def _send(self, method: str, params: dict[str, Any]) -> Result:
        chat, text = self._chat(params), ""
        match method:
            case "sendMessage":
                text = _checked(params.get("text"), "text", least=1)
                if params.get("parse_mode") not in (None, "markdown", "html"):
                    raise Refusal(400, "Bad Request: parse_mode", "parse_mode is neither markdown nor html")
            case "sendPhoto":
                text = _checked(params.get("caption", ""), "caption", least=0)
                _check_public(params.get("photo"), "photo")
            case "sendVoice":
                _check_public(params.get("voice_url"), "voice_url")
                if chat.is_group:
                    raise Refusal(400, "Bad Request: chat", "a voice message to a group")
            case _:
                _checked(params.get("sticker"), "sticker", least=1)
        if self.messages_left <= 0:
            raise Refusal(429, "Quota exceeded")
        self.messages_left -= 1
        kind = method.removeprefix("send").lower().replace("message", "text")
        shown = self.world.show(f"bot:{chat.id}", kind=kind, text=text, body=params)
        return {"message_id": shown.message_id, "date": int(self.world.now_ms())}

    def _chat(self, params: dict[str, Any]) -> BotChat:
        chat = self.chats.get(params["chat_id"]) if isinstance(params.get("chat_id"), str) else None
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found", "a chat the bot never heard from")
        if chat.is_gone:
            raise Refusal(400, "Bad Request: chat not found")
        return chat


def _checked(text: Any, name: str, *, least: int) -> str:
    if not isinstance(text, str) or not least <= len(text) <= MAX_TEXT or (least and not text.strip()):
        length = len(text) if isinstance(text, str) else 0
        raise Refusal(
            400, f"Bad Request: {name}", f"{name} has {length} characters, not {least} to {MAX_TEXT}"
        )
    return text


def _check_public(url: Any, name: str) -> None:
    is_address = isinstance(url, str) and url.startswith(("http://", "https://"))
    if not is_address or not _is_public(url):
        raise Refusal(400, f"Bad Request: {name}", f"{name} is no public web address")


def _is_public(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost"))
