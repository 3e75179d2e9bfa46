"""The state behind the fake Bot API: chats, what their screens show, updates waiting, callback queries. No HTTP here.

One lock guards everything; each chat has a condition on it, so that a test waits without polling.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

Button = dict[str, Any]


class ApiError(Exception):
    """A call that Telegram refuses. `is_violation`: a right client never makes such a call."""

    def __init__(self, code: int, description: str, *, is_violation: bool = True, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.is_violation = is_violation
        self.parameters = parameters


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A photo or document on the screen."""

    kind: str  # photo or document
    file_id: str
    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class ShownMessage:
    """One message of the bot as the chat shows it now."""

    message_id: int
    chat_id: int
    method: str
    text: str  # of a file: its caption
    date: int
    changed_at: float  # by the fake's clock: when it was sent or last edited
    entities: tuple[dict[str, Any], ...] = ()
    keyboard: tuple[tuple[Button, ...], ...] = ()
    reply_keyboard: tuple[tuple[str, ...], ...] = ()
    is_asking_for_reply: bool = False  # ForceReply: opens the reply field
    asks_whom: tuple[int, ...] = ()  # whose reply field, when it is selective; () for everybody's
    file: SentFile | None = None
    reply_to: int | None = None
    edits: int = 0
    history: tuple[str, ...] = ()  # the texts before each edit, oldest first

    @property
    def buttons(self) -> list[Button]:
        """All inline buttons in reading order."""
        return [button for row in self.keyboard for button in row]


@dataclass(kw_only=True)
class Chat:
    """A private chat, a group or a supergroup."""

    id: int
    kind: str
    title: str
    changed: threading.Condition
    is_started: bool = True
    is_blocked: bool = False  # in a group: the bot was kicked
    is_forgotten: bool = False
    migrated_to: int | None = None
    last_message_id: int = 0
    shown: dict[int, ShownMessage] = field(default_factory=dict)
    incoming: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The chat as the Bot API shows it."""
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        return {"id": self.id, "type": self.kind, "title": self.title}

    def next_message_id(self) -> int:
        """Count up; ids are unique in a chat only, as in supergroups."""
        self.last_message_id += 1
        return self.last_message_id


class World:
    """Everything that calls change and tests look at."""

    def __init__(self, *, bot_id: int, username: str, clock: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.bot: dict[str, Any] = {
            "id": bot_id,
            "is_bot": True,
            "first_name": "Khảo sát",
            "username": username,
        }
        self.chats: dict[int, Chat] = {}
        self.violations: list[str] = []
        self.callbacks: set[str] = set()
        self.answers: dict[str, dict[str, Any]] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.allowed_updates: list[str] = []
        self.updates: list[dict[str, Any]] = []
        self.confirmed_below = 0
        self.confirmed = threading.Condition(self.lock)
        self.files: dict[str, SentFile] = {}
        self.people: dict[
            int, dict[str, Any]
        ] = {}  # whom the bot has met: only they can be called by tg://user?id=
        self.refused_letters = ""  # a text with one of them is answered 400, whatever its markup
        self.hears_all_in_groups = False  # the privacy mode of bots is on unless BotFather was told otherwise
        self._last_update_id = 100_000_000

    def add_chat(
        self, chat_id: int, *, kind: str, title: str, is_started: bool, members: dict[int, str]
    ) -> Chat:
        """Make a chat known, or change who is in it."""
        with self.lock:
            chat = self.chats.get(chat_id)
            if chat is None:
                chat = Chat(id=chat_id, kind=kind, title=title, changed=threading.Condition(self.lock))
                self.chats[chat_id] = chat
            chat.is_started = is_started
            chat.members.update(members)
            return chat

    def target(self, params: dict[str, Any]) -> Chat:
        """Find the chat a call is for, or refuse as Telegram does."""
        chat = self.chats.get(params["chat_id"])
        if chat is None or chat.is_forgotten:
            raise ApiError(400, "Bad Request: chat not found", is_violation=False)
        if chat.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, is_violation=False, migrate_to_chat_id=chat.migrated_to)
        if chat.is_blocked:
            where = "blocked by the user" if chat.kind == "private" else f"kicked from the {chat.kind} chat"
            raise ApiError(403, f"Forbidden: bot was {where}", is_violation=False)
        if not chat.is_started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user", is_violation=False)
        return chat

    def migrate(self, old: int, new: int) -> None:
        """Turn a group into a supergroup of another id; the old one answers with the new id from now on."""
        with self.lock:
            chat = self.chats[old]
            self.add_chat(new, kind="supergroup", title=chat.title, is_started=True, members=chat.members)
            chat.migrated_to = new

    def show(self, chat: Chat, **parts: Any) -> ShownMessage:
        """Put a new message of the bot on the screen."""
        now = self.clock()
        message = ShownMessage(
            message_id=chat.next_message_id(), chat_id=chat.id, date=int(time.time()), changed_at=now, **parts
        )
        chat.shown[message.message_id] = message
        chat.changed.notify_all()
        return message

    def change(self, message: ShownMessage, **parts: Any) -> ShownMessage:
        """Edit a message of the bot."""
        chat = self.chats[message.chat_id]
        changed = replace(
            message,
            **parts,
            edits=message.edits + 1,
            history=(*message.history, message.text),
            changed_at=self.clock(),
        )
        chat.shown[message.message_id] = changed
        chat.changed.notify_all()
        return changed

    def remove(self, chat: Chat, message_id: int) -> None:
        """Delete a message of either side."""
        if chat.shown.pop(message_id, None) is None and message_id not in chat.incoming:
            raise ApiError(400, "Bad Request: message to delete not found", is_violation=False)
        chat.incoming.discard(message_id)
        chat.changed.notify_all()

    def next_update_id(self) -> int:
        """Count up by one, as Telegram does."""
        with self.lock:
            self._last_update_id += 1
            return self._last_update_id

    def is_wanted(self, update: dict[str, Any]) -> bool:
        """Tell whether the bot's allowed_updates let this kind of update through."""
        kinds = update.keys() - {"update_id"}
        if self.allowed_updates and not kinds & set(self.allowed_updates):
            return False
        return self._is_heard(update)

    def meet(self, user: dict[str, Any], message: dict[str, Any]) -> None:
        """Somebody wrote or pressed: the bot knows them, and what they sent can be sent on."""
        self.people[user["id"]] = user
        sizes = message.get("photo") or []
        found = [("photo", size, "") for size in sizes]
        if "document" in message:
            found.append(("document", message["document"], message["document"].get("file_name", "")))
        for kind, about, name in found:
            file_id = about["file_id"]
            self.files[file_id] = SentFile(kind=kind, file_id=file_id, name=name, content=b"as sent")

    def _is_heard(self, update: dict[str, Any]) -> bool:
        """Whether privacy mode lets a message in a group through: commands, answers to the bot, its name, service messages."""
        message = update.get("message") or update.get("edited_message")
        if message is None or message["chat"]["type"] == "private" or self.hears_all_in_groups:
            return True
        chat = self.chats[message["chat"]["id"]]
        if chat.members.get(self.bot["id"]) in ("administrator", "creator"):
            return True
        words = message.get("text", message.get("caption"))
        if words is None and not message.keys() & {"photo", "document", "voice", "sticker", "location"}:
            return True
        answered = message.get("reply_to_message", {}).get("from", {}).get("id")
        is_named = f"@{self.bot['username']}".lower() in (words or "").lower()
        return (words or "").startswith("/") or answered == self.bot["id"] or is_named

    def confirm(self, offset: int) -> None:
        """Forget the updates below the offset of a getUpdates call."""
        self.confirmed_below = max(self.confirmed_below, offset)
        self.updates = [u for u in self.updates if u["update_id"] >= self.confirmed_below]
        self.confirmed.notify_all()

    def message_json(self, message: ShownMessage) -> dict[str, Any]:
        """A message of the bot as the Bot API shows it."""
        shown: dict[str, Any] = {
            "message_id": message.message_id,
            "from": self.bot,
            "chat": self.chats[message.chat_id].as_json(),
            "date": message.date,
        }
        text_key, entities_key = ("caption", "caption_entities") if message.file else ("text", "entities")
        if message.text:
            shown[text_key] = message.text
        if message.entities:
            shown[entities_key] = list(message.entities)
        if message.file:
            shown[message.file.kind] = _file_json(message.file)
        if message.edits:
            shown["edit_date"] = int(time.time())
        if message.keyboard:
            shown["reply_markup"] = {"inline_keyboard": [list(row) for row in message.keyboard]}
        return shown

    def note(self, problems: Iterable[str]) -> None:
        """Remember what a right client would not have done."""
        with self.lock:
            self.violations.extend(problems)


def _file_json(file: SentFile) -> Any:
    about = {"file_id": file.file_id, "file_unique_id": f"u{file.file_id}", "file_size": len(file.content)}
    if file.kind == "photo":
        return [{**about, "width": 800, "height": 600}]
    return {**about, "file_name": file.name}
