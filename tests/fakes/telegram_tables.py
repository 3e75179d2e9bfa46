"""What the fake knows of the Bot API: methods and objects with their fields, written by hand from core.telegram.org/bots/api.

A field is `"Type"` or `"Type|Other"`, with `!` when it is required. Objects that are not listed in OBJECTS are opaque: any
JSON object passes. `spec_problems` compares these tables with a machine-readable description of the whole API.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, str]

MARKUP = "InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply"
CHAT = "Integer|String!"

_SENT_FROM: Fields = {"business_connection_id": "String", "chat_id": CHAT, "message_thread_id": "Integer"}
_SENT_HOW: Fields = {
    "disable_notification": "Boolean",
    "protect_content": "Boolean",
    "allow_paid_broadcast": "Boolean",
    "message_effect_id": "String",
    "reply_parameters": "ReplyParameters",
}
_SENT_ALONE: Fields = {
    **_SENT_FROM,
    **_SENT_HOW,
    "direct_messages_topic_id": "Integer",
    "suggested_post_parameters": "SuggestedPostParameters",
    "reply_markup": MARKUP,
}
_CAPTION: Fields = {"caption": "String", "parse_mode": "String", "caption_entities": "Array of MessageEntity"}
_EDITED: Fields = {
    "business_connection_id": "String",
    "chat_id": "Integer|String",
    "message_id": "Integer",
    "inline_message_id": "String",
    "reply_markup": "InlineKeyboardMarkup",
}

METHODS: Mapping[str, Fields] = {
    "getMe": {},
    "sendMessage": {
        **_SENT_ALONE,
        "text": "String!",
        "parse_mode": "String",
        "entities": "Array of MessageEntity",
        "link_preview_options": "LinkPreviewOptions",
    },
    "editMessageText": {
        **_EDITED,
        "text": "String",
        "parse_mode": "String",
        "entities": "Array of MessageEntity",
        "link_preview_options": "LinkPreviewOptions",
        "rich_message": "InputRichMessage",
    },
    "editMessageReplyMarkup": _EDITED,
    "answerCallbackQuery": {
        "callback_query_id": "String!",
        "text": "String",
        "show_alert": "Boolean",
        "url": "String",
        "cache_time": "Integer",
    },
    "deleteMessage": {"chat_id": CHAT, "message_id": "Integer!"},
    "sendPhoto": {
        **_SENT_ALONE,
        **_CAPTION,
        "photo": "InputFile|String!",
        "show_caption_above_media": "Boolean",
        "has_spoiler": "Boolean",
    },
    "sendDocument": {
        **_SENT_ALONE,
        **_CAPTION,
        "document": "InputFile|String!",
        "thumbnail": "InputFile|String",
        "disable_content_type_detection": "Boolean",
    },
    "sendMediaGroup": {
        **_SENT_FROM,
        **_SENT_HOW,
        "direct_messages_topic_id": "Integer",
        "media": "Array of InputMediaDocument|Array of InputMediaPhoto!",
    },
    "sendChatAction": {**_SENT_FROM, "action": "String!"},
    "setWebhook": {
        "url": "String!",
        "certificate": "InputFile",
        "ip_address": "String",
        "max_connections": "Integer",
        "allowed_updates": "Array of String",
        "drop_pending_updates": "Boolean",
        "secret_token": "String",
    },
    "deleteWebhook": {"drop_pending_updates": "Boolean"},
    "getWebhookInfo": {},
    "getUpdates": {
        "offset": "Integer",
        "limit": "Integer",
        "timeout": "Integer",
        "allowed_updates": "Array of String",
    },
    "setMyCommands": {
        "commands": "Array of BotCommand!",
        "scope": "BotCommandScope",
        "language_code": "String",
    },
    "getChat": {"chat_id": CHAT},
    "getChatMember": {"chat_id": CHAT, "user_id": "Integer!"},
}

INLINE_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

OBJECTS: Mapping[str, Fields] = {
    "InlineKeyboardMarkup": {"inline_keyboard": "Array of Array of InlineKeyboardButton!"},
    "InlineKeyboardButton": {
        "text": "String!",
        "icon_custom_emoji_id": "String",
        "style": "String",
        "url": "String",
        "callback_data": "String",
        "web_app": "WebAppInfo",
        "login_url": "LoginUrl",
        "switch_inline_query": "String",
        "switch_inline_query_current_chat": "String",
        "switch_inline_query_chosen_chat": "SwitchInlineQueryChosenChat",
        "copy_text": "CopyTextButton",
        "callback_game": "CallbackGame",
        "pay": "Boolean",
    },
    "ReplyKeyboardMarkup": {
        "keyboard": "Array of Array of KeyboardButton!",
        "is_persistent": "Boolean",
        "resize_keyboard": "Boolean",
        "one_time_keyboard": "Boolean",
        "input_field_placeholder": "String",
        "selective": "Boolean",
    },
    "KeyboardButton": {
        "text": "String!",
        "icon_custom_emoji_id": "String",
        "style": "String",
        "request_users": "KeyboardButtonRequestUsers",
        "request_chat": "KeyboardButtonRequestChat",
        "request_managed_bot": "KeyboardButtonRequestManagedBot",
        "request_contact": "Boolean",
        "request_location": "Boolean",
        "request_poll": "KeyboardButtonPollType",
        "web_app": "WebAppInfo",
    },
    "ReplyKeyboardRemove": {"remove_keyboard": "Boolean!", "selective": "Boolean"},
    "ForceReply": {"force_reply": "Boolean!", "input_field_placeholder": "String", "selective": "Boolean"},
    "LinkPreviewOptions": {
        "is_disabled": "Boolean",
        "url": "String",
        "prefer_small_media": "Boolean",
        "prefer_large_media": "Boolean",
        "show_above_text": "Boolean",
    },
    "ReplyParameters": {
        "message_id": "Integer!",
        "chat_id": "Integer|String",
        "allow_sending_without_reply": "Boolean",
        "quote": "String",
        "quote_parse_mode": "String",
        "quote_entities": "Array of MessageEntity",
        "quote_position": "Integer",
        "checklist_task_id": "Integer",
        "poll_option_id": "String",
    },
    "MessageEntity": {
        "type": "String!",
        "offset": "Integer!",
        "length": "Integer!",
        "url": "String",
        "user": "User",
        "language": "String",
        "custom_emoji_id": "String",
        "unix_time": "Integer",
        "date_time_format": "String",
    },
    "BotCommand": {"command": "String!", "description": "String!"},
    "InputMediaPhoto": {
        "type": "String!",
        "media": "String!",
        **_CAPTION,
        "show_caption_above_media": "Boolean",
        "has_spoiler": "Boolean",
    },
    "InputMediaDocument": {
        "type": "String!",
        "media": "String!",
        **_CAPTION,
        "thumbnail": "String",
        "disable_content_type_detection": "Boolean",
    },
}


class Upload:
    """A file that came in a part of a multipart request."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def __repr__(self) -> str:
        return f"<{self.name}, {len(self.content)} bytes>"


def decode(value: Any, types: str) -> Any:
    """Read a form value, always a string on the wire, as the type its table names; leave what does not fit as it is."""
    if not isinstance(value, str):
        return value
    wanted = types.rstrip("!").split("|")
    if "Integer" in wanted and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    if "String" in wanted:
        return value
    if wanted == ["Boolean"] and value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        return json.loads(value)
    except ValueError:
        return value


def problems_of(value: Any, types: str, path: str) -> list[str]:
    """Say what keeps `value` from being any of the types, judged by the alternative it comes closest to."""
    alternatives = [_problems_of_one(value, type_name, path) for type_name in types.rstrip("!").split("|")]
    return min(
        alternatives, key=lambda problems: (sum(not is_only_surplus(p) for p in problems), len(problems))
    )


def is_only_surplus(problem: str) -> bool:
    """Tell whether Telegram would overlook this problem, as it does fields it does not know."""
    return "no such field in" in problem


def _problems_of_one(value: Any, type_name: str, path: str) -> list[str]:
    if type_name.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{path}: not an array"]
        inner = type_name.removeprefix("Array of ")
        return [p for i, item in enumerate(value) for p in problems_of(item, inner, f"{path}[{i}]")]
    match type_name:
        case "Integer":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "Boolean":
            fits = isinstance(value, bool)
        case "String":
            fits = isinstance(value, str)
        case "InputFile":
            fits = isinstance(value, Upload)
        case _:
            return _problems_of_object(value, type_name, path)
    return [] if fits else [f"{path}: not of type {type_name}: {str(value)[:40]!r}"]


def _problems_of_object(value: Any, type_name: str, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not an object ({type_name})"]
    fields = OBJECTS.get(type_name)
    if fields is None:
        return []
    problems = [f"{path}.{name}: no such field in {type_name}" for name in value if name not in fields]
    for name, types in fields.items():
        if name in value:
            problems += problems_of(value[name], types, f"{path}.{name}")
        elif types.endswith("!"):
            problems.append(f"{path}.{name}: missing in {type_name}")
    return problems


def spec_problems(tables: Mapping[str, Mapping[str, Fields]], spec: Mapping[str, Any]) -> list[str]:
    """Compare `{"methods": METHODS, "types": OBJECTS}` with a description of the whole API of the same two keys.

    A table may allow fewer types than the API (what the fake does not model), never others.
    """
    problems = []
    for group, table in tables.items():
        for name, fields in table.items():
            if name not in spec[group]:
                problems.append(f"{name}: not in the API")
                continue
            problems += _field_problems(name, fields, spec[group][name].get("fields", []))
    return problems


def _field_problems(owner: str, fields: Fields, described: list[dict[str, Any]]) -> list[str]:
    real = {field["name"]: field for field in described}
    problems = [f"{owner}.{name}: not in the API" for name in fields if name not in real]
    problems += [f"{owner}.{name}: missing here" for name in real if name not in fields]
    for name in fields.keys() & real.keys():
        if fields[name].endswith("!") != real[name]["required"]:
            problems.append(f"{owner}.{name}: required is {real[name]['required']}")
        others = set(fields[name].rstrip("!").split("|")) - set(real[name]["types"])
        if others:
            problems.append(f"{owner}.{name}: has no type {sorted(others)}")
    return problems
