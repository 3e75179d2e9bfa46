"""The command `audit`: who did what, one event a line."""

import re
from argparse import Namespace

from bot.console import OK, Console, one_line
from bot.runtime import Runtime
from handlers import exports
from handlers.exports import SpanError
from handlers.setup import Setup
from storage import records, staff
from storage.database import Transaction
from storage.records import AuditEvent
from storage.vault import SealError

_PERSON = re.compile(r"person (\d{1,18})", re.ASCII)


def show_audit(runtime: Runtime, console: Console, options: Namespace) -> int:
    """Show the audit log between two days or instants, oldest first."""
    setup = runtime.setup
    try:
        span = exports.read_span(options.since, options.until, setup)
    except SpanError as error:
        return console.refuse(str(error))
    names: dict[str, str] = {}
    with runtime.database.reading() as tx:
        for event in records.stream_audit(tx, since=span.since, until=span.until):
            if options.json:
                console.say_json(_record(setup, event))
                continue
            if event.actor not in names:
                names[event.actor] = _name(tx, setup, event.actor)
            console.say(_line(setup, event, names[event.actor]))
    return OK


def _record(setup: Setup, event: AuditEvent) -> dict[str, object]:
    return {
        "at": setup.local(event.at).isoformat(timespec="seconds"),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": dict(event.details),
    }


def _line(setup: Setup, event: AuditEvent, name: str) -> str:
    who = f"{event.actor} ({name})" if name else event.actor
    details = " ".join(f"{key}={value}" for key, value in event.details.items() if value is not None)
    parts = [f"{setup.local(event.at):%d/%m/%Y %H:%M:%S}", who, event.action, event.subject or "-", details]
    return "  ".join(one_line(part) for part in parts if part)


def _name(tx: Transaction, setup: Setup, actor: str) -> str:
    """Return the name of a person of the office, "" for other actors and for a name that cannot be opened."""
    found = _PERSON.fullmatch(actor)
    if found is None:
        return ""
    try:
        return staff.find_name(tx, setup.vault, int(found[1])) or ""
    except SealError:
        return ""
