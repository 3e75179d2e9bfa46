"""What a message of an Official Account may look like: lengths, buttons, attachments. Knows no people and no windows."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from tests.fakes.zalo_world import Button, Refusal, Upload, World

# docs.zaloplatforms.com: OA, tin nhắn tư vấn; phụ lục: cấu trúc của tham số buttons
MAX_TEXT = 2000
MAX_BUTTONS = 5
MAX_ELEMENTS = 5
MAX_TITLE = 100
MAX_SUBTITLE = 500
MAX_PAYLOAD = 1000
MAX_SMS = 160
INTERNATIONAL_PHONE = re.compile(r"84\d{8,10}")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, kw_only=True)
class Content:
    """A message that is in order."""

    kind: str  # text, image, gif, file, list, request_user_info
    text: str = ""
    buttons: tuple[Button, ...] = ()
    shape: str = ""  # of the buttons: text_buttons, button_template or list
    file: Upload | None = None


def object_in(body: Any, name: str) -> dict[str, Any]:
    """Give the object under a name, or refuse."""
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise invalid(name, "is not an object")
    return found


def invalid(name: str, why: str, code: int = -201) -> Refusal:
    """The refusal of a parameter that only a wrong product sends."""
    return Refusal(code, f"Parameter {name} is invalid", f"{name} {why}")


def checked_text(text: Any, name: str = "text", most: int = MAX_TEXT) -> str:
    """Give a text that is there, can be written down and is not too long; letters are counted as NFC."""
    if not isinstance(text, str) or not text.strip():
        raise invalid(name, "is missing or empty")
    if any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        raise invalid(name, "has half a letter (a lone surrogate)")
    length = len(unicodedata.normalize("NFC", text))
    if length > most:
        raise invalid(name, f"has {length} characters, at most {most}", -210 if name == "text" else -201)
    return text


def read_message(world: World, body: dict[str, Any]) -> Content:
    """Read the `message` of a call to one person."""
    message = object_in(body, "message")
    world.note_surplus("message", message, ("text", "attachment", "quote_message_id"))
    if "attachment" not in message:
        return Content(kind="text", text=checked_text(message.get("text")))
    attachment = object_in(message, "attachment")
    payload = object_in(attachment, "payload")
    match attachment.get("type"), payload.get("template_type"):
        case "file", None:
            return _file(world, message, payload)
        case "template", "media":
            return _media(world, message, payload)
        case "template", "list":
            return _list(message, payload)
        case "template", "request_user_info":
            return _request(payload)
        case "template", None | "button":
            return _with_buttons(world, message, payload)
    raise invalid("attachment", f"of type {attachment.get('type')!r}, {payload.get('template_type')!r}", -233)


def read_group_message(world: World, body: dict[str, Any]) -> Content:
    """Read the `message` of a call to a group: the same without buttons and templates."""
    attachment = object_in(body, "message").get("attachment")
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    has_buttons = isinstance(payload, dict) and "buttons" in payload
    content = read_message(world, body) if not has_buttons else None
    if content is None or content.kind not in ("text", "image", "gif", "file"):
        raise invalid("attachment", "for a group has buttons or a template", -233)
    return content


def _file(world: World, message: dict[str, Any], payload: dict[str, Any]) -> Content:
    if message.get("text"):
        world.note("message: a text beside a file is lost")
    upload = world.uploaded(payload.get("token"), ("file",), "token")
    return Content(kind="file", text=upload.name, file=upload)


def _media(world: World, message: dict[str, Any], payload: dict[str, Any]) -> Content:
    (element,) = _elements(payload, most=1)
    kind = element.get("media_type")
    if kind not in ("image", "gif"):
        raise invalid("media_type", f"is {kind!r}")
    if ("url" in element) == ("attachment_id" in element):
        raise invalid("elements", "needs one of url and attachment_id")
    if "url" in element:
        _check_address(element["url"], "url")
    text = checked_text(message["text"]) if message.get("text") else ""
    found = (
        world.uploaded(element["attachment_id"], (kind,), "attachment_id") if "url" not in element else None
    )
    return Content(kind=kind, text=text, file=found)


def _list(message: dict[str, Any], payload: dict[str, Any]) -> Content:
    elements = _elements(payload, most=MAX_ELEMENTS)
    lines, buttons = [checked_text(message["text"])] if message.get("text") else [], []
    for place, element in enumerate(elements):
        title = checked_text(element.get("title"), "title", MAX_TITLE)
        subtitle = element.get("subtitle", "")
        if place == 0 or subtitle:
            checked_text(subtitle, "subtitle", MAX_SUBTITLE)
        lines += [title, subtitle] if subtitle else [title]
        if "image_url" in element:
            _check_address(element["image_url"], "image_url")
        if "default_action" in element:
            action = object_in(element, "default_action")
            target = {"url": action["url"]} if "url" in action else action.get("payload")
            buttons.append({"title": title, "type": action.get("type"), "payload": target})
    if "buttons" in payload:
        raise invalid("buttons", "at the top of a list template", -233)
    for button in buttons:
        _check_button(button)
    return Content(kind="list", text="\n".join(lines), buttons=tuple(buttons), shape="list")


def _request(payload: dict[str, Any]) -> Content:
    (element,) = _elements(payload, most=1)
    title = checked_text(element.get("title"), "title", MAX_TITLE)
    subtitle = checked_text(element.get("subtitle"), "subtitle", MAX_SUBTITLE)
    _check_address(element.get("image_url"), "image_url")
    return Content(kind="request_user_info", text=f"{title}\n{subtitle}")


def _with_buttons(world: World, message: dict[str, Any], payload: dict[str, Any]) -> Content:
    is_template = payload.get("template_type") == "button"
    world.note_surplus(
        "payload", payload, ("buttons", "template_type", "text") if is_template else ("buttons",)
    )
    text = checked_text(message.get("text") or (payload.get("text") if is_template else None))
    buttons = payload.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MAX_BUTTONS:
        count = len(buttons) if isinstance(buttons, list) else "no list of"
        raise invalid("buttons", f"holds {count} buttons, not 1 to {MAX_BUTTONS}")
    for button in buttons:
        _check_button(button)
        world.note_surplus("button", button, ("title", "type", "payload", "image_icon"))
    shape = "button_template" if is_template else "text_buttons"
    return Content(kind="text", text=text, buttons=tuple(buttons), shape=shape)


def _check_button(button: Any) -> None:
    if not isinstance(button, dict):
        raise invalid("buttons", "holds something that is no object")
    checked_text(button.get("title"), "title", MAX_TITLE)
    kind, payload = button.get("type"), button.get("payload")
    match kind:
        case "oa.query.show" | "oa.query.hide":
            checked_text(payload, "payload", MAX_PAYLOAD)
        case "oa.open.url":
            _check_address(object_in(button, "payload").get("url"), "payload.url")
        case "oa.open.phone":
            _check_phone(object_in(button, "payload"))
        case "oa.open.sms":
            _check_phone(object_in(button, "payload"))
            checked_text(object_in(button, "payload").get("content"), "payload.content", MAX_SMS)
        case _:
            raise invalid("type", f"of a button is {kind!r}")


def _check_phone(payload: dict[str, Any]) -> None:
    phone = payload.get("phone_code")
    if not isinstance(phone, str) or not INTERNATIONAL_PHONE.fullmatch(phone):
        raise invalid("phone_code", "is not written 84…")


def _check_address(address: Any, name: str) -> None:
    if not isinstance(address, str) or not WEB_ADDRESS.fullmatch(address):
        raise invalid(name, "is no web address")


def _elements(payload: dict[str, Any], *, most: int) -> list[dict[str, Any]]:
    elements = payload.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        raise invalid("elements", f"is not a list of 1 to {most}")
    if not all(isinstance(element, dict) for element in elements):
        raise invalid("elements", "holds something that is no object")
    return elements
