"""Updates as Telegram makes them, for a person and a chat of the fake."""

import time
from typing import Any

from tests.fakes.telegram_text import utf16_length
from tests.fakes.telegram_world import ShownMessage, World

Update = dict[str, Any]

# One sample of each kind of message that is not text, with the fields the Bot API requires.
ATTACHMENTS: dict[str, Any] = {
    "voice": {
        "file_id": "v1",
        "file_unique_id": "uv1",
        "duration": 3,
        "mime_type": "audio/ogg",
        "file_size": 9000,
    },
    "sticker": {
        "file_id": "s1",
        "file_unique_id": "us1",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "👍",
    },
    "photo": [{"file_id": "p1", "file_unique_id": "up1", "width": 800, "height": 600, "file_size": 60000}],
    "document": {"file_id": "d1", "file_unique_id": "ud1", "file_name": "bien-lai.pdf", "file_size": 90000},
    "location": {"latitude": 11.53, "longitude": 106.88},
}


def message_update(
    world: World,
    user: dict[str, Any],
    chat_id: int,
    content: dict[str, Any],
    reply_to: ShownMessage | None = None,
) -> Update:
    """A new message; writing to the bot starts the chat and unblocks it."""
    with world.lock:
        chat = world.chats[chat_id]
        chat.is_started = True
        if chat.kind == "private":
            chat.is_blocked = False
        message_id = chat.next_message_id()
        chat.incoming.add(message_id)
        world.meet(user, content)
        about = {"message_id": message_id, "from": user, "chat": chat.as_json(), "date": int(time.time())}
        if reply_to is not None:
            about["reply_to_message"] = world.message_json(reply_to)
    return {"update_id": world.next_update_id(), "message": {**about, **content}}


def text_content(text: str) -> dict[str, Any]:
    """The text of a message, with the entity of a command."""
    if not text.startswith("/"):
        return {"text": text}
    length = utf16_length(text.split(maxsplit=1)[0])
    return {"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def attachment_content(kind: str, caption: str = "") -> dict[str, Any]:
    """A voice message, sticker, photo, document or location."""
    return {kind: ATTACHMENTS[kind], **({"caption": caption} if caption else {})}


def edited_update(world: World, earlier: Update, text: str) -> Update:
    """The person changes the words of a message."""
    message = {key: value for key, value in earlier["message"].items() if key not in ("text", "entities")}
    edited = {**message, **text_content(text), "edit_date": int(time.time())}
    return {"update_id": world.next_update_id(), "edited_message": edited}


def callback_update(world: World, user: dict[str, Any], message: ShownMessage, data: str) -> Update:
    """A tap; the message is shown as it stands now, or as inaccessible when it is gone."""
    with world.lock:
        chat = world.chats[message.chat_id]
        world.meet(user, {})
        now = chat.shown.get(message.message_id)
        gone = {"message_id": message.message_id, "chat": chat.as_json(), "date": 0}
        update_id = world.next_update_id()
        callback_id = str(4_000_000_000_000_000_000 + update_id)
        world.callbacks.add(callback_id)
        query = {
            "id": callback_id,
            "from": user,
            "message": world.message_json(now) if now else gone,
            "chat_instance": str(-7919 * abs(chat.id)),
            "data": data,
        }
    return {"update_id": update_id, "callback_query": query}


def bot_status_update(world: World, user: dict[str, Any], chat_id: int, *, before: str, after: str) -> Update:
    """my_chat_member: the bot was blocked ("kicked"), unblocked ("member"), added, removed or promoted."""
    with world.lock:
        chat = world.chats[chat_id]
        chat.is_blocked = after in ("kicked", "left")
        chat.members[world.bot["id"]] = after
        change = {
            "chat": chat.as_json(),
            "from": user,
            "date": int(time.time()),
            "old_chat_member": _bot_member(world, before),
            "new_chat_member": _bot_member(world, after),
        }
    return {"update_id": world.next_update_id(), "my_chat_member": change}


def migration_updates(world: World, user: dict[str, Any], old: int, new: int) -> tuple[Update, Update]:
    """A group becomes a supergroup: a service message in the old chat and one in the new."""
    world.migrate(old, new)
    told_old = message_update(world, user, old, {"migrate_to_chat_id": new})
    told_new = message_update(world, user, new, {"migrate_from_chat_id": old})
    return told_old, told_new


def _bot_member(world: World, status: str) -> dict[str, Any]:
    return {"status": status, "user": world.bot, **({"until_date": 0} if status == "kicked" else {})}
