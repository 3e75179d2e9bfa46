"""The commands `staff invite`, `staff list` and `staff remove`: who may work on complaints."""

from bot.console import OK, Console, one_line
from bot.runtime import Runtime
from handlers.complaints import enlisting, roster
from handlers.complaints.roster import Member
from handlers.setup import Chat, Setup
from storage.staff import Grant, Role

ACTOR = "command line"
_EVERYWHERE = {Role.OFFICE, Role.INSPECTION}  # roles that may be given for the whole department


def invite(runtime: Runtime, console: Console, *, unit_code: str | None, role: str) -> int:
    """Make a one-time code, say until when it is valid and how it is used."""
    setup, at = runtime.setup, runtime.clock()
    known = ", ".join(sorted(setup.units)) or "none"
    grant = Grant(unit_code=unit_code, role=Role(role))
    if unit_code is None and grant.role not in _EVERYWHERE:
        return console.refuse(f"--unit: the role {role} belongs to a unit; known: {known}")
    if unit_code is not None and unit_code not in setup.units:
        return console.refuse(f"--unit: {unit_code} is not among the units of the settings; known: {known}")
    code = runtime.database.write(lambda tx: enlisting.invite(tx, setup, grant, at, actor=ACTOR))
    console.say(f"code: {code}")
    console.say(f"valid until: {setup.local(at + enlisting.CODE_LIFE):%d/%m/%Y %H:%M}, once")
    console.say(f"in the chat: /dangky {code}")
    for room in _rooms(setup, grant):
        console.say(f"on the web: {setup.links.public_url}/phong/{room}")
    return OK


def list_staff(runtime: Runtime, console: Console, *, is_json: bool) -> int:
    """List the bindings in force."""
    with runtime.database.reading() as tx:
        members = roster.list_members(tx, runtime.setup)
    if is_json:
        for member in members:
            console.say_json(_record(runtime.setup, member))
    elif members:
        console.say_table(_row(runtime.setup, member) for member in members)
    else:
        console.say("nobody is bound; make a code with: hailong staff invite")
    return OK


def remove(runtime: Runtime, console: Console, *, number: int) -> int:
    """End a binding at once, and say what became free."""
    setup, at = runtime.setup, runtime.clock()
    freed = runtime.database.write(lambda tx: roster.remove_member(tx, setup, number, at, actor=ACTOR))
    if freed is None:
        return console.fail(f"there is no binding {number} in force; see: hailong staff list")
    console.say(f"binding {number} has ended; cases free again: {freed}")
    return OK


def _rooms(setup: Setup, grant: Grant) -> list[str]:
    """Return the rooms on the web whose staff the code is meant for."""
    chats: tuple[Chat, ...]
    if grant.unit_code is not None:
        chats = setup.units[grant.unit_code].staff_chats
    else:
        chats = setup.integrity_chats if grant.role is Role.INSPECTION else setup.office_chats
    return [chat.name for chat in chats if chat.channel == "web"]


def _record(setup: Setup, member: Member) -> dict[str, object]:
    return {
        "number": member.number,
        "is_chat": member.is_chat,
        "channel": member.channel,
        "name": member.name,
        "unit_code": member.unit_code,
        "role": str(member.role),
        "since": setup.local(member.since).isoformat(timespec="seconds"),
    }


def _row(setup: Setup, member: Member) -> list[str]:
    return [
        str(member.number),
        "chat" if member.is_chat else "person",
        member.channel,
        one_line(member.name) or "-",
        member.unit_code or "whole department",
        str(member.role),
        f"{setup.local(member.since):%d/%m/%Y}",
    ]
