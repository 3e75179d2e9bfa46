"""Telegram's updates turned into inbounds. Pure: untrusted JSON in, typed values out."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update, User

from bot.channels.channel import Misshapen
from bot.channels.presses import read_press
from handlers.happenings import (
    Actor,
    Attachment,
    Dead,
    Happening,
    Inbound,
    Moved,
    Reachable,
    Start,
    Unreachable,
    Words,
)
from survey.events import Kind
from survey.folding import tidy

__all__ = ["ALLOWED_UPDATES", "Misshapen", "parse_update"]

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
_CALLBACK = re.compile(r"[!-~]{1,64}")
_START = re.compile(r"^/start(?:@\w+)?(?:\s+(\S{1,64}))?\s*$")
_COMMAND = re.compile(r"^(/[a-z_]{1,32})(?:@\w+)?\s*$", re.IGNORECASE)
_ADDRESSED = re.compile(r"^(/[a-z_]{1,32})@\w+(?=\s)", re.IGNORECASE)
_MAX_ID = 2**52
MAX_NAME = 100


def parse_update(payload: object) -> tuple[Inbound, ...]:
    """Return what an update brings, nothing for kinds we do not use. Raises Misshapen."""
    if not isinstance(payload, Mapping):
        raise Misshapen("it is no object")
    update_id = payload.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id < _MAX_ID:
        raise Misshapen("update_id is missing or no number")
    try:
        json.dumps(
            payload, ensure_ascii=False
        ).encode()  # halves of letters and bottomless nesting go no further
        return _parse(Update.de_json(dict(payload), None), f"u{update_id}")
    except Misshapen:
        raise
    except (TypeError, KeyError, AttributeError, ValueError, OverflowError, OSError, RecursionError) as error:
        raise Misshapen(f"it cannot be read ({type(error).__name__})") from error


def _parse(update: Update, key: str) -> tuple[Inbound, ...]:
    if update.message is not None:
        return _parse_message(update.message, key, is_edit=False)
    if update.edited_message is not None:
        return _parse_message(update.edited_message, key, is_edit=True)
    if update.callback_query is not None:
        return _parse_press(update.callback_query, key)
    if update.my_chat_member is not None:
        return _parse_membership(update.my_chat_member, key)
    return ()


def _parse_message(message: Message, key: str, *, is_edit: bool) -> tuple[Inbound, ...]:
    chat_id = _id_of(message.chat.id)
    if message.migrate_to_chat_id is not None:
        return (_inbound(key, chat_id, Moved(_id_of(message.migrate_to_chat_id))),)
    sender, is_group = message.from_user, message.chat.type in {"group", "supergroup"}
    if sender is None or sender.is_bot or not (is_group or message.chat.type == "private"):
        return ()  # channel posts, other bots, admins who hide behind the group
    if is_group and (is_edit or message.sender_chat is not None or message.forward_origin is not None):
        return ()
    if not is_group and _id_of(sender.id) != chat_id:
        return ()
    happening = _read_message(message, is_edit=is_edit)
    if happening is None:
        return ()
    keys = (key,) if is_edit else (key, f"m{chat_id}:{_id_of(message.message_id)}")
    answered = message.reply_to_message
    found = _inbound(key, chat_id, happening, keys=keys)
    ref = "" if answered is None or is_edit else str(answered.message_id)
    return (replace(found, actor=_actor(sender), reply_ref=ref, is_group=is_group),)


def _actor(sender: User) -> Actor:
    first: object = sender.first_name  # the library takes whatever stands there
    name = sender.full_name if isinstance(first, str) else ""
    return Actor(key=_id_of(sender.id), name=tidy(name)[:MAX_NAME])


def _read_message(message: Message, *, is_edit: bool) -> Happening | None:
    text = message.text
    if text is not None:
        if not isinstance(text, str):
            raise Misshapen("text is no text")
        start = _START.match(text)
        if start is not None:
            return None if is_edit else Start(start[1] or "")
        command = _COMMAND.match(text)
        return Words(command[1].lower() if command else _ADDRESSED.sub(r"\1", text), is_edit=is_edit)
    if is_edit:
        return None
    photo, document = message.photo, message.document
    if photo and isinstance(photo[-1].file_id, str):
        return Attachment(Kind.PHOTO, f"photo:{photo[-1].file_id}", _caption(message))
    if document is not None and isinstance(document.file_id, str):
        return Attachment(Kind.OTHER, f"file:{document.file_id}", _caption(message))
    kinds = (
        (message.voice or message.audio or message.video_note, Kind.VOICE),
        (message.sticker or message.dice, Kind.STICKER),
        (message.photo or message.video or message.animation, Kind.PHOTO),
        (message.location or message.venue, Kind.LOCATION),
        (message.document or message.contact or message.poll, Kind.OTHER),
    )
    found = next((kind for value, kind in kinds if value), None)
    return None if found is None else Attachment(found)


def _caption(message: Message) -> str:
    return message.caption if isinstance(message.caption, str) else ""


def _parse_press(query: CallbackQuery, key: str) -> tuple[Inbound, ...]:
    callback: object = query.id  # the library takes whatever stands there
    if not isinstance(callback, str) or not _CALLBACK.fullmatch(callback):
        raise Misshapen("the id of the press is missing or none")
    message, person = query.message, _id_of(query.from_user.id)
    if message is None:
        return (_inbound(key, person, Dead(), callback=callback),)
    chat_id = _id_of(message.chat.id)
    forwarded = isinstance(message, Message) and message.forward_origin is not None
    is_private = message.chat.type == "private" and chat_id == person
    is_group = message.chat.type in {"group", "supergroup"}
    is_live = not forwarded and not query.from_user.is_bot and (is_private or is_group)
    happening = _read_press(query.data, is_private=is_private) if is_live else Dead()
    found = _inbound(key, chat_id, happening, callback=callback, keys=(key, f"c{callback}"[:100]))
    return (replace(found, actor=_actor(query.from_user), is_group=is_group),)


def _read_press(data: object, *, is_private: bool) -> Happening:
    found = read_press(data, is_private=is_private) if isinstance(data, str) else None
    return Dead() if found is None else found


def _parse_membership(change: ChatMemberUpdated, key: str) -> tuple[Inbound, ...]:
    happening: Happening = (
        Unreachable() if change.new_chat_member.status in {"kicked", "left"} else Reachable()
    )
    return (_inbound(key, _id_of(change.chat.id), happening),)


def _inbound(
    key: str,
    name: str,
    happening: Happening,
    *,
    callback: str = "",
    keys: tuple[str, ...] = (),
) -> Inbound:
    return Inbound(
        channel="telegram",
        keys=keys or (key,),
        name=name,
        happening=happening,
        callback=callback,
    )


def _id_of(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool) or not -_MAX_ID < value < _MAX_ID:
        raise Misshapen("an id is no number")
    return str(value)
