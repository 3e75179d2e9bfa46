"""The webhook events of a Zalo Official Account, as the platform writes them. A person's event also opens their window.

How they are signed and posted is in `zalo_deliveries.py`.
"""

from typing import Any

from tests.fakes.zalo_world import Event, ShownMessage, World

NOWHERE = "https://media.example"
# One sample of each kind of message that is not text.
ATTACHMENTS: dict[str, dict[str, Any]] = {
    "image": {"thumbnail": f"{NOWHERE}/t.jpg", "url": f"{NOWHERE}/i.jpg"},
    "gif": {"thumbnail": f"{NOWHERE}/t.gif", "url": f"{NOWHERE}/i.gif"},
    "sticker": {"id": "s1", "url": f"{NOWHERE}/s.png"},
    "file": {
        "url": f"{NOWHERE}/f.pdf",
        "name": "bien-lai.pdf",
        "size": "1024",
        "type": "pdf",
        "checksum": "0" * 32,
    },
    "audio": {"url": f"{NOWHERE}/a.amr"},
    "video": {"url": f"{NOWHERE}/v.mp4", "thumbnail": f"{NOWHERE}/v.jpg", "description": ""},
    "link": {"url": f"{NOWHERE}/l", "thumbnail": f"{NOWHERE}/l.jpg", "description": ""},
    "business_card": {"url": f"{NOWHERE}/c", "thumbnail": f"{NOWHERE}/c.jpg", "description": ""},
    "location": {"coordinates": {"latitude": "10.76", "longitude": "106.66"}},
}
# The body that is posted unsigned when the address is saved, and the event that is posted signed.
EMPTY_PROBE = b"{}"
SAMPLE_IDS = ("246845883529197922", "388613280878808600")


# -- what a person does


def text(world: World, user_id: str, words: str, *, quote: str | None = None) -> Event:
    """A person writes; a tap on an `oa.query` button is the same event with the button's payload."""
    message = {"text": words, "msg_id": world.new_id()}
    return _from_person(
        world, user_id, "user_send_text", message | ({"quote_msg_id": quote} if quote else {})
    )


def media(world: World, user_id: str, kind: str, *, words: str = "") -> Event:
    """A person sends one of ATTACHMENTS."""
    shown_as = "link" if kind == "business_card" else kind
    attachments = [{"type": shown_as, "payload": ATTACHMENTS[kind]}]
    message = {"msg_id": world.new_id(), "attachments": attachments} | ({"text": words} if words else {})
    return _from_person(world, user_id, f"user_send_{kind}", message)


def follow(world: World, user_id: str, *, is_following: bool = True) -> Event:
    """A person follows, or no longer."""
    with world.lock:
        person = world.interact(user_id) if is_following else world.people[user_id]
        person.is_following = is_following
    return {
        "oa_id": world.account.oa_id,
        "follower": {"id": user_id},
        "user_id_by_app": person.id_by_app,
        "event_name": "follow" if is_following else "unfollow",
        "source": "oa_profile",
        "app_id": world.account.app_id,
        "timestamp": world.now_ms(),
    }


def click_chatnow(world: World, user_id: str) -> Event:
    """A person taps "Message" for the first time in their life."""
    person = world.interact(user_id)
    about = {"user_id": user_id, "user_id_by_app": person.id_by_app}
    return _of_account(world, "user_click_chatnow", **about)


def submit_info(world: World, user_id: str, **info: str) -> Event:
    """A person answers `request_user_info`: name, phone and so on."""
    event = _from_person(world, user_id, "user_submit_info", {})
    del event["message"]
    return event | {"info": {"name": world.people[user_id].name, **info}}


def withdraw(world: World, user_id: str) -> Event:
    """A person demands that all about them be deleted."""
    about = {"user_id": user_id, "user_id_by_app": world.people[user_id].id_by_app}
    return _of_account(world, "user_withdraw", **about)


def accept_widget(world: World, user_id: str, page: str, *, external_id: str = "") -> Event:
    """A person consents on a page of ours; its address comes along."""
    world.interact(user_id)
    data = {"user_id": user_id, "user_external_id": external_id, "url": page}
    return _of_account(world, "widget_interaction_accepted", data=data)


def react(world: World, user_id: str, message_id: str) -> Event:
    """A person puts a heart on a message."""
    message = {"msg_id": message_id, "react_icon": "/-heart"}
    return _from_person(world, user_id, "user_reacted_message", message)


def anonymous_text(world: World, words: str, *, visitor: str = "anonymous-1") -> Event:
    """A visitor without an account writes."""
    message = {"text": words, "msg_id": world.new_id(), "conversation_id": f"conversation-{visitor}"}
    return _between(world, "anonymous_send_text", visitor, world.account.oa_id, message)


def feedback(world: World, message_id: str, tracking_id: str, *, rate: int = 5, note: str = "") -> Event:
    """A person answers a rating template; who they are is not said."""
    message = {
        "rating_type": "csat",
        "option": "five_emotions",
        "rate": rate,
        "note": note,
        "feedbacks": [],
        "submit_time": world.now_ms(),
        "msg_id": message_id,
        "tracking_id": tracking_id,
    }
    return _of_account(world, "user_feedback", message=message)


# -- groups


def group_text(world: World, user_id: str, group_id: str, words: str) -> Event:
    """A member writes in a group of the account."""
    message = {"text": words, "msg_id": world.new_id()}
    event = _between(world, "user_send_group_text", user_id, group_id, message)
    return {**event, "oa_id": world.account.oa_id}


def join_group(world: World, user_id: str, group_id: str) -> Event:
    """A person joins a group of the account."""
    with world.lock:
        world.groups[group_id].members.add(user_id)
    return _of_account(world, "user_join_group", group_id=group_id, users=[{"id": user_id}])


# -- what the platform tells of the account's own messages


def echo(world: World, shown: ShownMessage, *, admin_id: str = "") -> Event:
    """Every message to a person comes back as an event; with `admin_id` when a human wrote it on Zalo's own page."""
    kind = shown.kind if shown.kind in ("image", "gif", "file", "list") else "text"
    message = {"text": shown.text, "msg_id": shown.message_id}
    event = _between(world, f"oa_send_{kind}", world.account.oa_id, shown.to, message)
    if admin_id:
        event["sender"]["admin_id"] = admin_id
    return {**event, "user_id_by_app": world.people[shown.to].id_by_app}


def group_echo(world: World, shown: ShownMessage, group_id: str) -> Event:
    """A message to a group comes back as well."""
    message = {"text": shown.text, "msg_id": shown.message_id}
    event = _between(world, "oa_send_group_text", world.account.oa_id, group_id, message)
    return {**event, "oa_id": world.account.oa_id}


def admin_text(world: World, user_id: str, words: str) -> Event:
    """A human writes to a person on the account's own page: shown to the person, and told by an echo."""
    shown = world.show(user_id, kind="text", text=words)
    return echo(world, shown, admin_id="9001")


def received(world: World, shown: ShownMessage) -> Event:
    """A message arrived on the phone."""
    return _between(
        world, "user_received_message", world.account.oa_id, shown.to, {"msg_id": shown.message_id}
    )


def seen(world: World, shown: ShownMessage) -> Event:
    """A message was looked at; here the person is the sender."""
    return _between(
        world, "user_seen_message", shown.to, world.account.oa_id, {"msg_ids": [shown.message_id]}
    )


def template_received(world: World, shown: ShownMessage, phone: str, tracking_id: str) -> Event:
    """A template arrived at a phone number."""
    message = {"delivery_time": world.now_ms(), "msg_id": shown.message_id, "tracking_id": tracking_id}
    return _between(world, "user_received_message", world.account.oa_id, phone, message)


# -- what else is posted to the address


def sample_probe(world: World) -> Event:
    """The signed sample that is posted when the address is saved: to be answered 200 and forgotten."""
    sender, recipient = SAMPLE_IDS
    message = {"text": "This is testing message", "msg_id": "This is message id"}
    event = _between(world, "user_send_text", sender, recipient, message)
    return {**event, "user_id_by_app": "552177279717587730", "timestamp": "154390853474"}


def unknown(world: World, name: str = "event_of_next_year", **fields: Any) -> Event:
    """An event nobody has heard of."""
    return _of_account(world, name, **fields)


def _from_person(world: World, user_id: str, name: str, message: dict[str, Any]) -> Event:
    person = world.interact(user_id)
    event = _between(world, name, user_id, world.account.oa_id, message)
    return {"app_id": event.pop("app_id"), "user_id_by_app": person.id_by_app, **event}


def _between(world: World, name: str, sender: str, recipient: str, message: dict[str, Any]) -> Event:
    return {
        "app_id": world.account.app_id,
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "event_name": name,
        "message": message,
        "timestamp": world.now_ms(),
    }


def _of_account(world: World, name: str, **fields: Any) -> Event:
    about = {"event_name": name, "oa_id": world.account.oa_id, "app_id": world.account.app_id}
    return {**about, **fields, "timestamp": world.now_ms()}
