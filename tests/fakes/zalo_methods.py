"""What each endpoint of openapi and business does and refuses, by the platform's error codes. Called under the world's lock.

Tokens are in `zalo_oauth.py`, the shape of messages in `zalo_shapes.py`, the Bot Platform in `zalo_bot.py`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.fakes import zalo_events as events
from tests.fakes.zalo_shapes import Content, invalid, object_in, read_group_message, read_message
from tests.fakes.zalo_world import (
    ACCESS_SECONDS,
    DAY,
    FREE_SECONDS,
    MOST_DEAD_CALLS,
    OPEN_SECONDS,
    Call,
    Person,
    Refusal,
    ShownMessage,
    Template,
    Upload,
    World,
)

Data = dict[str, Any]
MEGABYTE = 1 << 20
UPLOADS = {  # endings and largest size; XLSX is not among them
    "image": ((".jpg", ".jpeg", ".png"), MEGABYTE),
    "gif": ((".gif",), 5 * MEGABYTE),
    "file": ((".pdf", ".doc", ".docx", ".csv"), 5 * MEGABYTE),
}
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
MOST_GROUPS = 50
VIETNAM = timezone(timedelta(hours=7))
MENTION = re.compile(r"\[@([^\]]*)\]")
DEAD_PATHS = ("/v2.0/oa/message", "/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address of the API."""

    host: str
    method: str
    do: Callable[[World, Call], Data]
    is_counted: bool = True  # under the rate of the Official Account


def respond(world: World, call: Call) -> tuple[int, Data, dict[str, str]]:
    """Give status, body and headers of the answer."""
    headers: dict[str, str] = {}
    try:
        endpoint = _find(world, call)
        if endpoint is None:
            return 404, {"error": -404, "message": "empty api"}, headers
        _check_token(world, call)
        if endpoint.is_counted:
            headers = _pace(world)
        _check_body(call, endpoint)
        data = endpoint.do(world, call)
    except Refusal as refusal:
        if refusal.violation:
            world.note(f"{call.path}: {refusal.violation}")
        return 200, {"error": refusal.code, "message": refusal.message}, headers
    return 200, {"data": data, "error": 0, "message": "Success"}, headers


def _find(world: World, call: Call) -> Endpoint | None:
    endpoint = ENDPOINTS.get(call.path)
    if endpoint is not None and endpoint.host == call.host:
        if endpoint.method != call.method:
            raise Refusal(-201, "method is invalid", f"{call.method} instead of {endpoint.method}")
        return endpoint
    if endpoint is not None:
        world.note(f"{call.path}: wrong host, {call.host} instead of {endpoint.host}")
    elif call.host == "openapi" and call.path.startswith(DEAD_PATHS):
        raise Refusal(-240, "This API was shut down", "an API that was shut down")
    else:
        world.note(f"{call.path}: unknown path on {call.host}")
    return None


def _check_token(world: World, call: Call) -> None:
    invalid_code, aged_code = (-124, -124) if call.host == "business" else (-216, -220)
    if not call.token:
        raise Refusal(invalid_code, "Access token is invalid", "no header access_token")
    token = world.access.get(call.token)
    if (
        token is not None
        and not token.is_dead
        and not token.is_aged
        and world.now() - token.at <= ACCESS_SECONDS
    ):
        return
    is_loop = False
    if token is not None:
        token.dead_calls += 1
        is_loop = token.dead_calls > MOST_DEAD_CALLS
    violation = f"{MOST_DEAD_CALLS} calls and more with one dead token" if is_loop else ""
    if token is None or token.is_dead:
        raise Refusal(invalid_code, "Access token is invalid", violation)
    raise Refusal(aged_code, "Access token is expired or removed", violation)


def _pace(world: World) -> dict[str, str]:
    left = world.count_call()
    if left < 0:
        limit = world.requests_per_minute
        raise Refusal(-32, "OA is over its requests per minute", f"over the rate of {limit} calls a minute")
    return {"X-RateLimit-Limit": str(world.requests_per_minute), "X-RateLimit-Remain": str(left)}


def _check_body(call: Call, endpoint: Endpoint) -> None:
    if endpoint.method == "GET" or "/upload/" in call.path:
        return
    if "application/json" not in call.headers.get("content-type", "") or not isinstance(call.body, dict):
        raise invalid("body", "is no JSON object, or not said to be one")


# -- messages


def _send_to_person(world: World, call: Call) -> Data:
    world.note_surplus("body", call.body, ("recipient", "message"))
    user_id = object_in(call.body, "recipient").get("user_id")
    content = read_message(world, call.body)
    person = _reachable(world, _person(world, user_id), content)
    age = world.now() - (person.last_interaction or 0.0)
    shown = world.show(
        person.id,
        kind=content.kind,
        text=content.text,
        buttons=content.buttons,
        file=content.file,
        is_billed=age > FREE_SECONDS,
        body=call.body,
    )
    _report(world, shown)
    quota = {"quota_type": "sub_quota" if shown.is_billed else "reply"}
    sent = {"message_id": shown.message_id, "user_id": person.id, "sent_time": world.now_ms()}
    return {**sent, "quota": quota}


def _person(world: World, user_id: Any) -> Person:
    person = world.people.get(user_id) if isinstance(user_id, str) else None
    if person is None:
        raise invalid("user_id", f"of type {type(user_id).__name__} is of nobody")
    return person


def _reachable(world: World, person: Person, content: Content) -> Person:
    last, closed, refused = person.last_interaction, f"closed {person.id}", f"refused {person.id}"
    if last is None or world.now() - last > OPEN_SECONDS:
        violation = "again and again outside the 7 days" if world.is_again_in_vain(closed) else ""
        raise Refusal(-230, "User has not interacted with the OA in the past 7 days", violation)
    if person.is_blocking:
        violation = "again and again to somebody who blocked" if world.is_again_in_vain(refused) else ""
        raise Refusal(-244, "User has restricted this type of message from the OA", violation)
    if content.buttons and content.shape not in world.button_shapes:
        is_again = world.is_again_in_vain(content.shape, MOST_DEAD_CALLS)
        violation = f"{content.shape} again and again although unsupported" if is_again else ""
        raise Refusal(-233, "Message type is invalid or unsupported", violation)
    for key in (closed, refused):
        world.in_vain.pop(key, None)
    return person


def _report(world: World, shown: ShownMessage) -> None:
    if world.has_echo:
        world.outgoing.append((events.echo(world, shown), {}))
    if world.has_receipts:
        world.outgoing.append((events.received(world, shown), {}))
        world.outgoing.append((events.seen(world, shown), {}))


def _send_to_group(world: World, call: Call) -> Data:
    world.note_surplus("body", call.body, ("recipient", "message"))
    group_id = object_in(call.body, "recipient").get("group_id")
    group = world.groups.get(group_id) if isinstance(group_id, str) else None
    if group is None:
        raise Refusal(-403, "OA is not in the group", f"group_id {group_id!r} is of no group of the account")
    content = read_group_message(world, call.body)
    if group.is_disabled:
        raise Refusal(-237, "Group is disabled")
    strangers = [who for who in MENTION.findall(content.text) if who not in (*group.members, group.id)]
    if strangers:
        world.note(f"{call.path}: mentions of nobody in the group")
    parts = {"kind": content.kind, "text": content.text, "file": content.file, "body": call.body}
    shown = world.show(f"group:{group.id}", **parts)
    if world.has_echo:
        world.outgoing.append((events.group_echo(world, shown, group.id), {}))
    return {"message_id": shown.message_id, "group_id": group.id, "sent_time": world.now_ms()}


def _send_template_by_uid(world: World, call: Call) -> Data:
    world.note_surplus("body", call.body, ("user_id", "template_id", "template_data"))
    person = _person(world, call.body.get("user_id"))
    template = world.templates.get(str(call.body.get("template_id")))
    if template is None:
        raise invalid("template_id", "is of no approved template")
    text = _filled(world, call.body, template, code=-201)
    if not template.by_uid:
        raise Refusal(-249, "Template cannot be sent by UID")
    if person.is_blocking:
        raise Refusal(-244, "User has restricted this type of message from the OA")
    shown = world.show(person.id, kind="template", text=text, is_billed=True, body=call.body)
    sent = {"message_id": shown.message_id, "user_id": person.id, "sent_time": world.now_ms()}
    return {**sent, "quota": {"quota_type": "purchase_quota"}}


def _send_template_by_phone(world: World, call: Call) -> Data:
    world.note_surplus("body", call.body, ("phone", "template_id", "template_data", "tracking_id", "mode"))
    phone, tracking_id = call.body.get("phone"), call.body.get("tracking_id")
    if not isinstance(phone, str) or not re.fullmatch(r"\+?84\d{9,10}", phone):
        raise invalid("phone", "is not written 84… or +84…", -108)
    if not isinstance(tracking_id, str) or not 1 <= len(tracking_id) <= 48:
        raise invalid("tracking_id", "is not of 1 to 48 characters", -1122)
    template = _approved(world, call.body.get("template_id"))
    text = _filled(world, call.body, template, code=-1122)
    person = next((p for p in world.people.values() if p.phone.lstrip("+") == phone.lstrip("+")), None)
    if person is None:
        raise Refusal(-118, "Zalo account is not existed")
    if call.body.get("mode") == "development" and not person.is_admin:
        raise Refusal(-127, "Template in development mode goes to admins only")
    if world.is_night_refused and not 6 <= _vietnam_time(world.now()).hour < 22:
        raise Refusal(-133, "ZNS is not sent at night, from 22:00 to 06:00")
    left = world.templates_per_day - _recent(world)
    if left <= 0:
        raise Refusal(-144, "OA is over its daily quota")
    if person.is_blocking:
        raise Refusal(-114, "User does not want to receive")
    world.template_sends.append(world.now())
    shown = world.show(
        f"phone:{phone.lstrip('+')}", kind="template", text=text, is_billed=True, body=call.body
    )
    if world.has_receipts:
        receipt = events.template_received(world, shown, phone, tracking_id)
        world.outgoing.append((receipt, {"X-ZEvent-Server": "ZNS"}))
    quota = {"dailyQuota": str(world.templates_per_day), "remainingQuota": str(left - 1)}
    sent = {"msg_id": shown.message_id, "sent_time": world.now_ms(), "sending_mode": "1"}
    return {**sent, "quota": quota}


def _approved(world: World, template_id: Any) -> Template:
    template = world.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None:
        raise invalid("template_id", "is of no approved template", -109)
    return template


def _filled(world: World, body: Data, template: Template, *, code: int) -> str:
    values = object_in(body, "template_data")
    world.note_surplus("template_data", values, template.params)
    for name in template.params:
        if not isinstance(values.get(name), str) or not values[name].strip():
            raise invalid("template_data", f"has no text for {name}", code)
    return json.dumps(values, ensure_ascii=False)


def _recent(world: World) -> int:
    while world.template_sends and world.now() - world.template_sends[0] >= DAY:
        world.template_sends.popleft()
    return len(world.template_sends)


def _vietnam_time(at: float) -> datetime:
    return datetime.fromtimestamp(at, VIETNAM)


# -- uploads


def _upload(world: World, call: Call) -> Data:
    kind = call.path.rpartition("/")[2]
    endings, most = UPLOADS[kind]
    if "multipart/form-data" not in call.headers.get("content-type", "") or list(call.files) != ["file"]:
        raise invalid("file", "is not the one field of a multipart form")
    name, content = call.files["file"]
    if not name.lower().endswith(endings):
        raise invalid("file", f"of type {name.rpartition('.')[2]!r}, not one of {', '.join(endings)}")
    if not content or (kind != "file" and not content.startswith(PICTURES)):
        raise invalid("file", "is empty, or no picture")
    if len(content) > most:
        raise invalid("file", f"has {len(content)} bytes, at most {most}", -210)
    month = [upload for upload in world.uploads.values() if world.now() - upload.at < 30 * DAY]
    if len(month) >= world.uploads_per_month:
        raise Refusal(-211, "Out of quota")
    upload_id = world.new_token("upload")
    world.uploads[upload_id] = Upload(kind=kind, name=name, content=content, at=world.now())
    return {"token" if kind == "file" else "attachment_id": upload_id}


# -- looking


def _account(world: World, _call: Call) -> Data:
    return {
        "oaid": world.account.oa_id,
        "name": "Sở Mẫu",
        "is_verified": True,
        "oa_type": 4,
        "package_name": "Growth",
        "package_valid_through_date": "31/12/2099",
        "linked_zca": "",
    }


def _groups(world: World, call: Call) -> Data:
    offset, count = (call.query.get(name, default) for name, default in (("offset", "0"), ("count", "50")))
    if not (offset.isdecimal() and count.isdecimal() and 1 <= int(count) <= MOST_GROUPS):
        raise invalid("count", f"or offset is no number, or count is not 1 to {MOST_GROUPS}")
    page = list(world.groups.values())[int(offset) : int(offset) + int(count)]
    found = [{"group_id": group.id, "name": group.name} for group in page]
    return {"groups": found, "total": len(world.groups)}


def _person_detail(world: World, call: Call) -> Data:
    try:
        asked = json.loads(call.query.get("data", ""))
    except ValueError:
        raise invalid("data", "is no JSON in the query") from None
    person = _person(world, asked.get("user_id") if isinstance(asked, dict) else None)
    if not person.is_following:
        raise Refusal(-213, "User has not followed the OA")
    last = person.last_interaction
    return {
        "user_id": person.id,
        "user_id_by_app": person.id_by_app,
        "user_external_id": "",
        "display_name": person.name,
        "user_is_follower": True,
        "user_last_interaction_date": _vietnam_time(last).strftime("%d/%m/%Y") if last else "",
        "is_sensitive": False,
        "shared_info": {},
    }


def _last_interaction(world: World, call: Call) -> Data:
    person = _person(world, call.body.get("user_id"))
    return {"last_interaction": str(int((person.last_interaction or 0) * 1000))}


def _template_info(world: World, call: Call) -> Data:
    template = _approved(world, call.query.get("template_id"))
    params = [{"name": name, "require": True, "type": "STRING", "maxLength": 100} for name in template.params]
    return {
        "templateId": template.id,
        "templateName": template.name,
        "status": "ENABLE",
        "listParams": params,
        "price_sdt": "200",
        "price_uid": "120",
    }


ENDPOINTS = {
    "/v3.0/oa/message/cs": Endpoint(host="openapi", method="POST", do=_send_to_person),
    "/v3.0/oa/group/message": Endpoint(host="openapi", method="POST", do=_send_to_group),
    "/v3.0/oa/message/template": Endpoint(
        host="openapi", method="POST", do=_send_template_by_uid, is_counted=False
    ),
    "/message/template": Endpoint(
        host="business", method="POST", do=_send_template_by_phone, is_counted=False
    ),
    "/template/info/v2": Endpoint(host="business", method="GET", do=_template_info, is_counted=False),
    **{f"/v2.0/oa/upload/{kind}": Endpoint(host="openapi", method="POST", do=_upload) for kind in UPLOADS},
    "/v2.0/oa/getoa": Endpoint(host="openapi", method="GET", do=_account),
    "/v3.0/oa/group/getgroupsofoa": Endpoint(host="openapi", method="GET", do=_groups),
    "/v3.0/oa/user/detail": Endpoint(host="openapi", method="GET", do=_person_detail),
    "/v3.0/oa/quota/message": Endpoint(host="openapi", method="POST", do=_last_interaction),
}
