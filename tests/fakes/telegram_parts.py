"""Parts that several Bot API methods share: keyboards, files, and the wording of a refusal."""

import re
import struct
from typing import Any

from tests.fakes.telegram_tables import INLINE_ACTIONS, Upload
from tests.fakes.telegram_world import ApiError, SentFile, World

MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
MAX_DATA_BYTES = 64
MAX_PHOTO_BYTES = 10 << 20
MAX_FILE_BYTES = 50 << 20

Params = dict[str, Any]


def bad_request(description: str, *, is_violation: bool = True) -> ApiError:
    """A 400 as the server words it: its first letter small, unless it is a code in capitals."""
    if not description[:2].isupper():
        description = description[0].lower() + description[1:]
    return ApiError(400, f"Bad Request: {description}", is_violation=is_violation)


def inline_keyboard(params: Params) -> tuple[tuple[dict[str, Any], ...], ...]:
    """Check the inline buttons of a call and give their rows."""
    rows = params.get("reply_markup", {}).get("inline_keyboard", [])
    if any(len(row) > MAX_BUTTONS_IN_ROW for row in rows) or sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _check_inline_button(button)
    return tuple(tuple(row) for row in rows if row)


def _check_inline_button(button: dict[str, Any]) -> None:
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: Text of the button must be non-empty")
    actions = [name for name in INLINE_ACTIONS if name in button]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request(
            f"can't parse inline keyboard button: exactly one optional field must be used, not {actions}"
        )
    if button.get("style", "primary") not in ("primary", "success", "danger"):
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(https?|tg)://\S+", button["url"]):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def reply_keyboard(markup: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Check the buttons below the text field and give their rows."""
    rows = tuple(tuple(button["text"] for button in row) for row in markup.get("keyboard", []))
    if any(not text.strip() for row in rows for text in row):
        raise bad_request("can't parse keyboard button: Text of the button must be non-empty")
    return rows


def stored_file(world: World, params: Params, key: str, *, kind: str) -> SentFile:
    """Keep an uploaded file, or find the one whose file_id is given."""
    given = params[key]
    if isinstance(given, str) and given.startswith("attach://"):
        given = params["files"].get(given.removeprefix("attach://"), given)
    if isinstance(given, str):
        if given not in world.files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if world.files[given].kind != kind:
            found, wanted = world.files[given].kind.capitalize(), kind.capitalize()
            raise bad_request(f"can't use file of type {found} as {wanted}")
        return world.files[given]
    _check_upload(given, kind)
    file_id = f"BQACAgUAAx{len(world.files):08x}"
    world.files[file_id] = SentFile(kind=kind, file_id=file_id, name=given.name, content=given.content)
    return world.files[file_id]


def _check_upload(upload: Upload, kind: str) -> None:
    content = upload.content
    if not content:
        raise bad_request("file must be non-empty")
    if len(content) > MAX_FILE_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if kind != "photo":
        return
    if len(content) > MAX_PHOTO_BYTES:
        raise bad_request("too big for a photo")
    is_png = content.startswith(b"\x89PNG\r\n\x1a\n")
    if not is_png and not content.startswith(b"\xff\xd8\xff"):
        raise bad_request("IMAGE_PROCESS_FAILED")
    if is_png and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
