"""The commands `complaints list`, `complaints show` and `complaints export`."""

import json
from argparse import Namespace
from datetime import date, datetime
from pathlib import Path

from tqdm import tqdm

from bot.console import OK, WRONG_USE, Console, one_line
from bot.record_files import ExportError, Format, Sheet, write_file
from bot.runtime import Runtime
from handlers import exports
from handlers.complaints import overview
from handlers.complaints.overview import Event, File, Line
from handlers.exports import SpanError

ACTOR = "command line"
_A_LIST = ["kind", "unit_code", "procedure_code", "severity", "route", "level", "status"]


def list_complaints(runtime: Runtime, console: Console, options: Namespace) -> int:
    """List cases without a word of the citizens; the open ones unless all are asked for."""
    days = _read_days(runtime, console, options)
    if days is None:
        return WRONG_USE
    with runtime.database.reading() as tx:
        lines = overview.list_lines(
            tx,
            runtime.setup,
            runtime.clock(),
            is_open=None if options.all else True,
            unit_code=options.unit,
            since=days[0],
            until=days[1],
        )
    if options.json:
        for line in lines:
            console.say_json(_record(line))
    elif lines:
        console.say_table(_row(line) for line in lines)
    else:
        console.say("no complaints" if options.all else "no open complaints")
    return OK


def show_complaint(runtime: Runtime, console: Console, number: str, *, is_json: bool) -> int:
    """Show a case with its words and history; who read it stands in the audit log."""
    setup, at = runtime.setup, runtime.clock()
    quarter = runtime.config.reporting.quarter
    file = runtime.database.write(
        lambda tx: overview.open_file(tx, setup, number.upper(), at, quarter=quarter, actor=ACTOR)
    )
    if file is None:
        return console.fail(f"there is no complaint {number}; see: hailong complaints list --all")
    if is_json:
        console.say_json(_file_record(file))
    else:
        _say_file(console, file)
    return OK


def export_complaints(runtime: Runtime, console: Console, options: Namespace) -> int:
    """Write the cases into a file, a row each, without words and names."""
    days = _read_days(runtime, console, options)
    if days is None:
        return WRONG_USE
    path: Path = options.out
    file_format: Format = options.format
    sheet = Sheet(name="complaints", columns=overview.COLUMNS)
    try:
        with runtime.database.reading() as tx:
            records = list(
                overview.stream_records(
                    tx,
                    runtime.setup,
                    quarter=runtime.config.reporting.quarter,
                    unit_code=options.unit,
                    since=days[0],
                    until=days[1],
                )
            )
        with tqdm(records, file=console.err, unit=" complaints", disable=not console.has_progress) as bar:
            count = write_file(path, file_format, sheet, bar)
    except ExportError as error:
        return console.fail(str(error))
    console.say(f"{path.name}: {count} complaints")
    return OK


def _read_days(
    runtime: Runtime, console: Console, options: Namespace
) -> tuple[date | None, date | None] | None:
    """Return the first and the last day asked for; None when they or the unit cannot be, and that was said."""
    setup = runtime.setup
    if options.unit is not None and options.unit not in setup.units:
        known = ", ".join(sorted(setup.units)) or "none"
        console.refuse(f"--unit: {options.unit} is not among the units of the settings; known: {known}")
        return None
    try:
        return exports.days_of(exports.read_span(options.since, options.until, setup), setup)
    except SpanError as error:
        console.refuse(str(error))
        return None


def _row(line: Line) -> list[str]:
    return [
        line.number,
        line.kind,
        line.unit_code,
        line.status,
        line.severity,
        f"level {line.level}",
        one_line(line.holder) or "-",
        f"{line.created_on:%d/%m/%Y}",
        f"due {line.due_on:%d/%m/%Y}",
        "OVERDUE" if line.is_overdue else "",
    ]


def _record(line: Line) -> dict[str, object]:
    return {
        "complaint_id": line.number,
        "kind": line.kind,
        "unit_code": line.unit_code,
        "status": line.status,
        "severity": line.severity,
        "level": line.level,
        "holder": line.holder or None,
        "created_on": line.created_on.isoformat(),
        "due_on": line.due_on.isoformat(),
        "is_overdue": line.is_overdue,
    }


def _file_record(file: File) -> dict[str, object]:
    return {
        **file.facts,
        "holder": file.line.holder or None,
        "is_overdue": file.line.is_overdue,
        "wants_reply": file.wants_reply,
        "answers": file.answers,
        "comment": file.comment,
        "history": [
            {"at": _iso(event), "who": event.who, "what": event.what, "words": event.words}
            for event in file.history
        ],
    }


def _iso(event: Event) -> str:
    return event.at.isoformat(timespec="seconds") if isinstance(event.at, datetime) else event.at.isoformat()


def _say_file(console: Console, file: File) -> None:
    console.say(f"number: {file.line.number}")
    for name in _A_LIST:
        console.say(f"{name}: {file.facts[name]}")
    console.say(f"holder: {one_line(file.line.holder) or '-'}")
    console.say(f"created: {file.line.created_on:%d/%m/%Y}")
    console.say(f"due: {file.line.due_on:%d/%m/%Y}{' OVERDUE' if file.line.is_overdue else ''}")
    for name, value in file.facts.items():
        if name not in {*_A_LIST, "complaint_id", "created_on", "due_on"} and value is not None:
            console.say(f"{name}: {json.dumps(value) if isinstance(value, bool) else value}")
    console.say(f"wants_reply: {json.dumps(file.wants_reply)}")
    for answer in file.answers:
        console.say(f"answer: {one_line(answer)}")
    if file.comment is not None:
        console.say(f"comment: “{one_line(file.comment)}”")
    for event in file.history:
        when = f"{event.at:%d/%m/%Y %H:%M}" if isinstance(event.at, datetime) else f"{event.at:%d/%m/%Y}"
        words = f": “{one_line(event.words)}”" if event.words else ""
        console.say(f"history: {when}  {one_line(event.who)}  {event.what}{words}")
