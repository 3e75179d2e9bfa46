"""What each Bot API method does and refuses, in the platform's own words. Called under the world's lock.

getUpdates, which waits, is in `telegram.py`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.fakes.telegram_parts import bad_request, inline_keyboard, reply_keyboard, stored_file
from tests.fakes.telegram_text import Formatted, TextRefusedError, check_length, format_text
from tests.fakes.telegram_world import Chat, SentFile, ShownMessage, World

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ANSWER = 200
WEBHOOK_PORTS = ("", ":443", ":80", ":88", ":8443")
ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)
ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"

Params = dict[str, Any]


def get_me(world: World, params: Params) -> Any:
    """Who the bot is."""
    flags = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
    return {**world.bot, **flags}


def send_message(world: World, params: Params) -> Any:
    """A new text."""
    chat = world.target(params)
    formatted = _formatted(world, params, "text", "entities")
    return world.message_json(_sent(world, chat, params, "sendMessage", formatted))


def edit_message_text(world: World, params: Params) -> Any:
    """Other words, and other buttons or none."""
    message = _message_to_edit(world, params)
    formatted = _formatted(world, params, "text", "entities")
    keyboard = inline_keyboard(params)
    if message.file:
        raise bad_request("there is no text in the message to edit")
    if message.reply_keyboard or message.is_asking_for_reply:
        raise bad_request("message can't be edited")
    if (message.text, message.entities, message.keyboard) == (formatted.text, formatted.entities, keyboard):
        raise bad_request(NOT_MODIFIED, is_violation=False)
    changed = world.change(message, text=formatted.text, entities=formatted.entities, keyboard=keyboard)
    return world.message_json(changed)


def edit_message_reply_markup(world: World, params: Params) -> Any:
    """Other buttons or none."""
    message = _message_to_edit(world, params)
    keyboard = inline_keyboard(params)
    if keyboard == message.keyboard:
        raise bad_request(NOT_MODIFIED, is_violation=False)
    return world.message_json(world.change(message, keyboard=keyboard))


def answer_callback_query(world: World, params: Params) -> Any:
    """The end of the progress ring on a button; an id can be answered once."""
    if len(params.get("text", "")) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    callback_id = params["callback_query_id"]
    if callback_id not in world.callbacks or callback_id in world.answers:
        raise bad_request(TOO_OLD, is_violation=False)
    world.answers[callback_id] = {"text": params.get("text"), "show_alert": params.get("show_alert", False)}
    return True


def delete_message(world: World, params: Params) -> Any:
    """A message of the bot, or one to it, goes away."""
    world.remove(world.target(params), params["message_id"])
    return True


def send_photo(world: World, params: Params) -> Any:
    """A picture with a caption."""
    return _send_file(world, params, kind="photo", method="sendPhoto")


def send_document(world: World, params: Params) -> Any:
    """A file with a caption."""
    return _send_file(world, params, kind="document", method="sendDocument")


def send_media_group(world: World, params: Params) -> Any:
    """An album of photos, or of documents."""
    chat, media = world.target(params), params["media"]
    if not 2 <= len(media) <= 10:
        raise bad_request("media group must include 2-10 items")
    kinds = {item["type"] for item in media}
    if kinds not in ({"photo"}, {"document"}):
        raise bad_request(f"can't use the media of the specified types in the album: {sorted(kinds)}")
    prepared = []
    for item in media:
        file = stored_file(world, {**params, "media": item["media"]}, "media", kind=item["type"])
        prepared.append((file, _formatted(world, item, "caption", "caption_entities")))
    shown = [_sent(world, chat, params, "sendMediaGroup", text, file=file) for file, text in prepared]
    return [world.message_json(message) for message in shown]


def send_chat_action(world: World, params: Params) -> Any:
    """`typing …`"""
    world.target(params)
    if params["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


def set_webhook(world: World, params: Params) -> Any:
    """Where updates go from now on; allowed_updates stays as it was when it is not given."""
    _refuse_dropping(world, params, "setWebhook")
    url, secret = params["url"], params.get("secret_token", "")
    if not url:
        return delete_webhook(world, {})
    address = re.fullmatch(r"(\w+)://[^/:\s]+(:\d+)?(?:/\S*)?", url)
    if address is None or address[1] != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (address[2] or "") not in WEBHOOK_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    if not secret:
        world.note(["setWebhook: no secret_token, anybody could post updates"])
    if not 1 <= params.get("max_connections", 40) <= 100:
        world.note([f"setWebhook: max_connections {params['max_connections']} is outside 1-100"])
    world.allowed_updates = params.get("allowed_updates", world.allowed_updates)
    world.webhook = {"url": url, "secret_token": secret, "max_connections": params.get("max_connections", 40)}
    return True


def delete_webhook(world: World, params: Params) -> Any:
    """Back to getUpdates."""
    _refuse_dropping(world, params, "deleteWebhook")
    world.webhook = {}
    return True


def get_webhook_info(world: World, params: Params) -> Any:
    """What was set, and how much is waiting."""
    return {
        "url": world.webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates),
        "max_connections": world.webhook.get("max_connections", 40),
        "allowed_updates": world.allowed_updates,
    }


def set_my_commands(world: World, params: Params) -> Any:
    """The menu, per scope and language."""
    commands = params["commands"]
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    scope = json.dumps(params.get("scope", {"type": "default"}), sort_keys=True)
    world.commands[f"{scope} {params.get('language_code', '')}".strip()] = commands
    return True


def get_chat(world: World, params: Params) -> Any:
    """A chat in full."""
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    more = {
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    return {**world.target(params).as_json(), **more}


def get_chat_member(world: World, params: Params) -> Any:
    """Somebody's place in a chat; the bot itself is a plain member unless the test says otherwise."""
    chat, user_id = world.target(params), params["user_id"]
    is_bot = user_id == world.bot["id"]
    status = chat.members.get(user_id, "member" if is_bot or user_id == chat.id else "left")
    user = world.bot if is_bot else {"id": user_id, "is_bot": False, "first_name": f"Cán bộ {user_id}"}
    member: dict[str, Any] = {"status": status, "user": user}
    if status == "creator":
        member["is_anonymous"] = False
    if status == "administrator":
        member.update(dict.fromkeys(ADMIN_RIGHTS, False), can_manage_chat=True)
    if status == "kicked":
        member["until_date"] = 0
    return member


CALLS: dict[str, Callable[[World, Params], Any]] = {
    "getMe": get_me,
    "sendMessage": send_message,
    "editMessageText": edit_message_text,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "answerCallbackQuery": answer_callback_query,
    "deleteMessage": delete_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
}


def _formatted(world: World, params: Params, key: str, entities_key: str) -> Formatted:
    is_text = key == "text"
    try:
        formatted = format_text(
            params.get(key, ""), parse_mode=params.get("parse_mode"), entities=params.get(entities_key)
        )
        what = "message" if is_text else "message caption"
        check_length(formatted.text, limit=MAX_TEXT if is_text else MAX_CAPTION, what=what)
    except TextRefusedError as refused:
        raise bad_request(str(refused)) from None
    if any(letter in formatted.text for letter in world.refused_letters):
        raise bad_request("text contains a letter that is refused", is_violation=False)
    if is_text and not formatted.text:
        raise bad_request("message text is empty")
    world.note(f"{key}: {oddity}" for oddity in formatted.oddities)
    met = [_met(world, entity) for entity in formatted.entities]
    return replace(formatted, entities=tuple(entity for entity in met if entity))


def _met(world: World, entity: dict[str, Any]) -> dict[str, Any] | None:
    """A mention by number becomes the person, and nothing when the bot has never met them."""
    if entity["type"] != "text_mention":
        return entity
    user = world.people.get(entity["user"]["id"])
    return {**entity, "user": user} if user else None


def _sent(
    world: World,
    chat: Chat,
    params: Params,
    method: str,
    formatted: Formatted,
    *,
    file: SentFile | None = None,
) -> ShownMessage:
    markup = params.get("reply_markup", {})
    if not 1 <= len(markup.get("input_field_placeholder", "?")) <= 64:
        raise bad_request("wrong input field placeholder")
    named = [e["user"]["id"] for e in formatted.entities if e["type"] == "text_mention"]
    if markup.get("force_reply") and markup.get("selective") and not named:
        world.note([f"{method}: a selective ForceReply that names nobody opens no reply field"])
    return world.show(
        chat,
        method=method,
        text=formatted.text,
        entities=formatted.entities,
        keyboard=inline_keyboard(params),
        reply_keyboard=reply_keyboard(markup),
        is_asking_for_reply=bool(markup.get("force_reply")),
        asks_whom=tuple(named) if markup.get("selective") else (),
        file=file,
        reply_to=_reply_to(chat, params),
    )


def _reply_to(chat: Chat, params: Params) -> int | None:
    reply = params.get("reply_parameters")
    if reply is None:
        return None
    message_id: int = reply["message_id"]
    if message_id in chat.shown or message_id in chat.incoming:
        return message_id
    if reply.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found", is_violation=False)


def _message_to_edit(world: World, params: Params) -> ShownMessage:
    if "chat_id" not in params or "message_id" not in params:
        raise bad_request(
            "chat_id is empty" if "chat_id" not in params else "message identifier is not specified"
        )
    message = world.target(params).shown.get(params["message_id"])
    if message is None:
        raise bad_request("message to edit not found", is_violation=False)
    return message


def _send_file(world: World, params: Params, *, kind: str, method: str) -> Any:
    chat = world.target(params)
    formatted = _formatted(world, params, "caption", "caption_entities")
    file = stored_file(world, params, kind, kind=kind)
    return world.message_json(_sent(world, chat, params, method, formatted, file=file))


def _refuse_dropping(world: World, params: Params, method: str) -> None:
    if params.get("drop_pending_updates"):
        world.note([f"{method}: drop_pending_updates throws away people's answers"])
