"""Events of a Zalo Official Account turned into inbounds. Pure: untrusted JSON in, typed values out.

A tap on a button arrives as a text of the citizen, every message of ours comes back as an echo, and in receipts either
side may be called the sender: https://docs.zaloplatforms.com/docs/OA/webhook/tong-quan (2026-10-02).
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from bot.channels.channel import Misshapen
from bot.channels.presses import read_press
from bot.channels.zalo_refs import fit_ref
from bot.channels.zalo_signature import timestamp_of
from handlers.happenings import (
    Actor,
    Arrived,
    Attachment,
    Echo,
    Happening,
    Inbound,
    Joined,
    PhoneArrived,
    PhoneShared,
    Rated,
    Reachable,
    Seen,
    Start,
    Unreachable,
    Withdrawn,
    Words,
)
from survey.events import Kind

__all__ = ["Misshapen", "parse_event"]

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_REF = re.compile(r"[!-~]{1,100}")
_TRACKING_ID = re.compile(r"[!-~]{1,48}")
_URL = re.compile(r"https?://[!-~]{1,990}")
_PHONE = re.compile(r"\+?[0-9][0-9 .-]{7,24}")
_TAP = re.compile(r"\s*#k (\S{1,24}) (\S{1,64})\s*")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SAMPLE = "This is message id"  # of the message the platform makes up when the address is saved
_MAX_KEY = 100
_MAX_NOTE = 4_000
_MAX_WORDS = 10_000  # characters that are read of what somebody wrote
_MAX_REFS = 200
_KINDS = {
    "image": Kind.PHOTO,
    "gif": Kind.PHOTO,
    "video": Kind.PHOTO,
    "sticker": Kind.STICKER,
    "audio": Kind.VOICE,
    "location": Kind.LOCATION,
    "file": Kind.OTHER,
    "link": Kind.OTHER,
    "business_card": Kind.OTHER,
}
_REFS = {"image": "photo", "gif": "photo", "file": "file"}  # what can be fetched or sent on by its address


def parse_event(payload: object, *, oa_id: str, public_url: str = "") -> tuple[Inbound, ...]:
    """Return what an event brings: nothing for kinds we do not use and for other accounts. Raises Misshapen."""
    if not isinstance(payload, Mapping):
        raise Misshapen("it is no object")
    name = payload.get("event_name")
    if not isinstance(name, str) or not name:
        raise Misshapen("event_name is missing or no text")
    parse = _PARSERS.get(name)
    if parse is None:
        return ()
    try:
        whole = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    except (TypeError, ValueError, RecursionError) as error:  # halves of letters, bottomless nesting
        raise Misshapen(f"it cannot be read ({type(error).__name__})") from error
    event = _Event(name=name, fields=payload, whole=whole, oa_id=oa_id, public_url=public_url)
    if "oa_id" in payload and not event.is_ours(payload["oa_id"]):
        return ()
    return parse(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    name: str
    fields: Mapping[str, object]
    whole: bytes
    oa_id: str  # "" when it is not known: then every account is ours
    public_url: str

    def is_ours(self, given: object) -> bool:
        return not self.oa_id or given == self.oa_id

    def part(self, name: str) -> Mapping[str, object]:
        found = self.fields.get(name)
        if not isinstance(found, Mapping):
            raise Misshapen(f"{name} is missing or no object")
        return found

    def side(self, name: str) -> str:
        """Return the id of sender or recipient as it stands there."""
        found = self.part(name).get("id")
        if not isinstance(found, str):
            raise Misshapen(f"{name}.id is missing or no text")
        return found

    def key(self, *parts: str) -> str:
        """Return what a repetition has in common: the parts, or the whole where there are none."""
        told = ":".join((self.name, *parts)) if all(parts) else f"{self.name}:{_digest(self.whole)}"
        return told if len(told) <= _MAX_KEY else f"{self.name[:30]}:{_digest(told.encode())}"

    def inbound(self, name: str, happening: Happening, key: str) -> tuple[Inbound, ...]:
        return (Inbound(channel="zalo", keys=(key,), name=name, happening=happening),)


def _parse_said(event: _Event) -> tuple[Inbound, ...]:
    """A citizen wrote to the account; the platform's sample mostly names another one."""
    is_for_us = event.is_ours(event.side("recipient")) and event.side("sender") != event.oa_id
    if not is_for_us or event.part("message").get("msg_id") == _SAMPLE:
        return ()
    return _parse_message(event, "zalo", _id(event.side("sender")), is_group=False)


def _parse_said_in_group(event: _Event) -> tuple[Inbound, ...]:
    if event.side("sender") == event.oa_id:
        return ()
    return _parse_message(event, "zalo_group", _group_of(event), is_group=True)


def _parse_message(event: _Event, channel: str, name: str, *, is_group: bool) -> tuple[Inbound, ...]:
    message, person = event.part("message"), _id(event.side("sender"))
    what = event.name.rpartition("_send_group_" if is_group else "_send_")[2]
    if what == "text":
        happening = _read_text(event, message.get("text"), is_group=is_group)
    else:
        happening = _read_attachment(event, what, message)
    inbound = Inbound(
        channel=channel,
        keys=(_message_key(event, message, name),),
        name=name,
        happening=happening,
        actor=Actor(key=person, name=""),
        reply_ref=_ref(message.get("quote_msg_id")),
        is_group=is_group,
    )
    return (inbound,)


def _message_key(event: _Event, message: Mapping[str, object], name: str) -> str:
    number = message.get("msg_id", "")
    if not isinstance(number, str):
        raise Misshapen("msg_id is no text")
    if not number:
        return event.key(name, timestamp_of(event.fields))
    return (
        f"m{number}" if _REF.fullmatch(number) and len(number) < _MAX_KEY else f"m{_digest(number.encode())}"
    )


def _read_text(event: _Event, text: object, *, is_group: bool) -> Happening:
    if not isinstance(text, str):
        raise Misshapen("text is missing or no text")
    text = text[:_MAX_WORDS]
    if is_group:
        return Words(_without_mention(event, text))
    tap = _TAP.fullmatch(text)
    press = read_press(f"{tap[1]}|{tap[2]}", is_private=True) if tap is not None else None
    return Words(text) if press is None else press


def _read_attachment(event: _Event, what: str, message: Mapping[str, object]) -> Attachment:
    """Return what was sent instead of words; where its address cannot be used, only what it was."""
    attachments, text = message.get("attachments"), message.get("text")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    payload = first.get("payload") if isinstance(first, Mapping) else None
    url = payload.get("url") if isinstance(payload, Mapping) else None
    is_usable = what in _REFS and isinstance(url, str) and _URL.fullmatch(url) is not None
    caption = _without_mention(event, text[:_MAX_WORDS]) if isinstance(text, str) else ""
    return Attachment(_KINDS[what], f"{_REFS[what]}:{url}" if is_usable else "", caption)


def _without_mention(event: _Event, text: str) -> str:
    if not event.oa_id:
        return text
    return re.sub(rf"\s*\[@{re.escape(event.oa_id)}\]\s*", " ", text).strip()


def _group_of(event: _Event) -> str:
    recipient = event.fields.get("recipient")
    within = recipient if isinstance(recipient, Mapping) else {}
    candidates = (event.fields.get("group_id"), within.get("group_id"), within.get("id"))
    return _id(next((found for found in candidates if found and found != event.oa_id), None))


def _parse_joined(event: _Event) -> tuple[Inbound, ...]:
    person = _id(event.part("follower").get("id") if event.name == "follow" else event.fields.get("user_id"))
    return event.inbound(person, Joined(), event.key(person, timestamp_of(event.fields)))


def _parse_withdrawn(event: _Event) -> tuple[Inbound, ...]:
    person = _id(event.fields.get("user_id"))
    return event.inbound(person, Withdrawn(), event.key(person, timestamp_of(event.fields)))


def _parse_phone(event: _Event) -> tuple[Inbound, ...]:
    if not event.is_ours(event.side("recipient")) or event.side("sender") == event.oa_id:
        return ()
    person, phone = _id(event.side("sender")), event.part("info").get("phone")
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone.strip()):
        return ()  # she left it out
    key = event.key(person, timestamp_of(event.fields))
    return event.inbound(person, PhoneShared(phone.strip()), key)


def _parse_consent(event: _Event) -> tuple[Inbound, ...]:
    """The widget on an invitation's page was accepted: the page's address holds the token."""
    about = event.part("data")
    person, token = _id(about.get("user_id")), _token_in(about.get("url"), event.public_url)
    if not token:
        return ()
    return event.inbound(person, Start(token), event.key(person, timestamp_of(event.fields)))


def _token_in(url: object, public_url: str) -> str:
    page, ours = _split(url), _split(public_url)
    if page is None or (public_url and (ours is None or page.netloc.lower() != ours.netloc.lower())):
        return ""
    prefix = f"{ours.path.rstrip('/') if ours is not None else ''}/s/"
    token = page.path.removeprefix(prefix).rstrip("/").removesuffix("/zalo")
    return token if page.path.startswith(prefix) and _TOKEN.fullmatch(token) else ""


def _split(url: object) -> SplitResult | None:
    try:
        return urlsplit(url) if isinstance(url, str) and _URL.fullmatch(url) else None
    except ValueError:
        return None


def _parse_echo(event: _Event) -> tuple[Inbound, ...]:
    """A message of the account, whoever wrote it. Never a citizen's words."""
    if not event.is_ours(event.side("sender")):
        return ()
    message, person = event.part("message"), _id(event.side("recipient"))
    ref, text = _ref(message.get("msg_id")), message.get("text")
    if not ref:
        return ()
    echo = Echo(ref, text if isinstance(text, str) else "")
    return event.inbound(person, echo, event.key(ref))


def _parse_receipt(event: _Event) -> tuple[Inbound, ...]:
    message = event.part("message")
    tracking_id = message.get("tracking_id")
    if event.name == "user_received_message" and tracking_id:
        if not isinstance(tracking_id, str) or not _TRACKING_ID.fullmatch(tracking_id):
            raise Misshapen("tracking_id is none")
        return event.inbound("", PhoneArrived(tracking_id), event.key(tracking_id))
    sides = [event.side("sender"), event.side("recipient")]
    if event.oa_id and sides.count(event.oa_id) != 1:
        return ()
    person = _id(sides[0] if sides[1] == event.oa_id else sides[1])
    given = message.get("msg_ids") if "msg_ids" in message else [message.get("msg_id")]
    if not isinstance(given, list):
        raise Misshapen("msg_ids is no list")
    refs = tuple(ref for ref in map(_ref, given[:_MAX_REFS]) if ref)
    if not refs:
        return ()
    happening = Seen(refs) if event.name == "user_seen_message" else Arrived(refs)
    return event.inbound(person, happening, event.key(*refs))


def _parse_rating(event: _Event) -> tuple[Inbound, ...]:
    message = event.part("message")
    tracking_id, rate, note = message.get("tracking_id"), message.get("rate"), message.get("note")
    if isinstance(rate, str) and re.fullmatch(r"[1-5]", rate):
        rate = int(rate)
    if not isinstance(rate, int) or isinstance(rate, bool) or not 1 <= rate <= 5:
        raise Misshapen("rate is no number from 1 to 5")
    if not isinstance(tracking_id, str) or not _TRACKING_ID.fullmatch(tracking_id):
        return ()  # an answer to a message that was sent by hand
    words = note[:_MAX_NOTE] if isinstance(note, str) else ""
    return event.inbound("", Rated(tracking_id, rate, words), event.key(tracking_id))


def _parse_group_end(event: _Event) -> tuple[Inbound, ...]:
    return _group_inbound(event, Unreachable())


def _parse_members(event: _Event) -> tuple[Inbound, ...]:
    """Somebody entered or left a group: of interest when it is the account itself."""
    users = event.fields.get("users")
    ids = [user.get("id") for user in users if isinstance(user, Mapping)] if isinstance(users, list) else []
    if not event.oa_id or event.oa_id not in ids:
        return ()
    return _group_inbound(event, Unreachable() if event.name == "user_out_group" else Reachable())


def _group_inbound(event: _Event, happening: Happening) -> tuple[Inbound, ...]:
    group = _group_of(event)
    key = event.key(group, timestamp_of(event.fields))
    return (Inbound(channel="zalo_group", keys=(key,), name=group, happening=happening, is_group=True),)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Misshapen("an id is missing or none")
    return value


def _ref(value: object) -> str:
    """Return the id of a message, "" for what cannot be one."""
    return fit_ref(value) if isinstance(value, str) and _REF.fullmatch(value) else ""


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


_ECHOES = ("text", "image", "gif", "list", "file", "sticker")
_PARSERS: Mapping[str, Callable[[_Event], tuple[Inbound, ...]]] = {
    **{f"user_send_{what}": _parse_said for what in ("text", *_KINDS)},
    **{f"user_send_group_{what}": _parse_said_in_group for what in ("text", *_KINDS)},
    **{f"oa_send_{what}": _parse_echo for what in _ECHOES},
    "follow": _parse_joined,
    "user_click_chatnow": _parse_joined,
    "user_withdraw": _parse_withdrawn,
    "user_submit_info": _parse_phone,
    "widget_interaction_accepted": _parse_consent,
    "user_received_message": _parse_receipt,
    "user_seen_message": _parse_receipt,
    "user_feedback": _parse_rating,
    "delete_group": _parse_group_end,
    "disperse_group": _parse_group_end,
    "user_out_group": _parse_members,
    "user_join_group": _parse_members,
}
