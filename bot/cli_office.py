"""The part of the command line for the office's work: staff, complaints, audit, jobs, privacy, and the installation."""

import argparse
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.console import Console
    from bot.runtime import Runtime

    Work = Callable[[Runtime, Console], int]
    Commands = argparse._SubParsersAction[ArgumentParser]


def add_office_commands(commands: "Commands", common: ArgumentParser) -> None:
    """Add these commands to the parser; `common` holds the options that all of them take."""
    init = _add(commands, common, "init", "ask a few questions and write a config.yaml and an .env template")
    init.set_defaults(run=_init)
    doctor = _add(
        commands, common, "doctor", "look at settings, database, disk, clock, calendar and platforms"
    )
    doctor.set_defaults(run=_doctor)
    _add_staff(commands, common)
    _add_complaints(commands, common)
    _add_jobs(commands, common)
    _add_report(commands, common)
    _add_zalo(commands, common)
    audit = _add(commands, common, "audit", "who did what, one event a line")
    audit.set_defaults(run=_audit)
    _add_days(audit)
    _add_json(audit)
    privacy = _group(commands, "privacy", "personal data")
    erase = _add(privacy, common, "erase", "erase personal data, keep the anonymous answers")
    erase.set_defaults(run=_erase)
    whose = erase.add_mutually_exclusive_group(required=True)
    whose.add_argument("--dossier", metavar="CODE", help="of a dossier")
    whose.add_argument("--person", metavar="CHANNEL:ID", help="of a citizen's account and all it holds")


def _add_staff(commands: "Commands", common: ArgumentParser) -> None:
    staff = _group(commands, "staff", "who may work on complaints")
    invite = _add(staff, common, "invite", "make a one-time code that binds a person or chat")
    invite.add_argument("--unit", metavar="CODE", help="the whole department when left out")
    invite.add_argument("--role", required=True, choices=("officer", "head", "office", "inspection"))
    invite.set_defaults(run=_staff_invite)
    listed = _add(staff, common, "list", "the bindings in force")
    _add_json(listed)
    listed.set_defaults(run=_staff_list)
    remove = _add(staff, common, "remove", "end a binding at once")
    remove.add_argument("number", type=_number, metavar="NUMBER", help="as in staff list")
    remove.set_defaults(run=_staff_remove)


def _add_complaints(commands: "Commands", common: ArgumentParser) -> None:
    complaints = _group(commands, "complaints", "the cases")
    listed = _add(complaints, common, "list", "open cases, the oldest due date first")
    which = listed.add_mutually_exclusive_group()
    which.add_argument("--open", action="store_true", help="open cases only (the default)")
    which.add_argument("--all", action="store_true", help="closed cases too")
    _add_days(listed)
    _add_unit(listed)
    _add_json(listed)
    listed.set_defaults(run=_complaints_list)
    show = _add(complaints, common, "show", "a case with its words and history; noted in the audit log")
    show.add_argument("number", metavar="NUMBER", help="such as PA-2026-0012")
    _add_json(show)
    show.set_defaults(run=_complaints_show)
    export = _add(complaints, common, "export", "all cases as a file, without words and names")
    export.add_argument("--format", choices=("jsonl", "csv", "xlsx"), required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    _add_days(export)
    _add_unit(export)
    export.set_defaults(run=_complaints_export)


def _add_jobs(commands: "Commands", common: ArgumentParser) -> None:
    jobs = _group(commands, "jobs", "what the service does by itself")
    listed = _add(jobs, common, "list", "the jobs, when they come next and came last")
    listed.set_defaults(run=_jobs_list)
    run = _add(jobs, common, "run", "run a job as of a moment")
    run.add_argument("name", metavar="NAME", help="as in jobs list")
    run.add_argument("--at", metavar="ISO8601", help="as of that moment; local time without an offset")
    run.add_argument("--again", action="store_true", help="although it has run for its period")
    run.set_defaults(run=_jobs_run)


def _add_report(commands: "Commands", common: ArgumentParser) -> None:
    report = _add(commands, common, "report", "the figures of a period as files")
    report.add_argument("--period", required=True, metavar="PERIOD", help="such as 2026-Q3, 2026-H1 or 2026")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of the files")
    _add_unit(report)
    report.add_argument(
        "--correct", metavar="REASON", help="freeze the figures as they are now as the next version"
    )
    report.set_defaults(run=_report)


def _add_zalo(commands: "Commands", common: ArgumentParser) -> None:
    zalo = _group(commands, "zalo", "tokens of the Official Account")
    authorize = _add(zalo, common, "authorize", "let the app speak for the Official Account")
    authorize.add_argument(
        "--paste", action="store_true", help="take a pair copied from the API Explorer instead of a link"
    )
    authorize.add_argument(
        "--redirect",
        metavar="URL",
        help="the callback address saved in the app's page; web.public_url if left out",
    )
    authorize.set_defaults(run=_zalo_authorize)
    status = _add(zalo, common, "status", "how the tokens stand, and what Zalo says of the account")
    _add_json(status)
    status.set_defaults(run=_zalo_status)


def _group(commands: "Commands", name: str, text: str) -> "Commands":
    return commands.add_parser(name, help=text).add_subparsers(metavar="ACTION", required=True)


def _add(commands: "Commands", common: ArgumentParser, name: str, text: str) -> ArgumentParser:
    return commands.add_parser(name, help=text, description=text, parents=[common])


def _add_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="a line of JSON for each")


def _add_days(command: ArgumentParser) -> None:
    command.add_argument("--from", dest="since", metavar="DATE", help="first day (YYYY-MM-DD)")
    command.add_argument("--to", dest="until", metavar="DATE", help="last day (YYYY-MM-DD)")


def _add_unit(command: ArgumentParser) -> None:
    command.add_argument("--unit", metavar="CODE")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError("a number as in: hailong staff list")
    return int(text)


def _init(options: Namespace) -> int:
    from bot.beginning import ask_terminal, begin
    from bot.console import terminal

    return begin(_config_path(options), terminal(), ask_terminal)


def _doctor(options: Namespace) -> int:
    from bot.checkup.doctor import examine
    from bot.commands import with_config
    from bot.console import terminal

    path = _config_path(options)
    return with_config(path, os.environ, lambda config: examine(config, path, terminal()))


def _staff_invite(options: Namespace) -> int:
    from bot.staff_commands import invite

    return _run(
        options, lambda runtime, console: invite(runtime, console, unit_code=options.unit, role=options.role)
    )


def _staff_list(options: Namespace) -> int:
    from bot.staff_commands import list_staff

    return _run(options, lambda runtime, console: list_staff(runtime, console, is_json=options.json))


def _staff_remove(options: Namespace) -> int:
    from bot.staff_commands import remove

    return _run(options, lambda runtime, console: remove(runtime, console, number=options.number))


def _complaints_list(options: Namespace) -> int:
    from bot.complaint_commands import list_complaints

    return _run(options, lambda runtime, console: list_complaints(runtime, console, options))


def _complaints_show(options: Namespace) -> int:
    from bot.complaint_commands import show_complaint

    return _run(
        options,
        lambda runtime, console: show_complaint(runtime, console, options.number, is_json=options.json),
    )


def _complaints_export(options: Namespace) -> int:
    from bot.complaint_commands import export_complaints

    return _run(options, lambda runtime, console: export_complaints(runtime, console, options))


def _audit(options: Namespace) -> int:
    from bot.audit_commands import show_audit

    return _run(options, lambda runtime, console: show_audit(runtime, console, options))


def _jobs_list(options: Namespace) -> int:
    from bot.job_commands import list_jobs

    return _run(options, list_jobs)


def _jobs_run(options: Namespace) -> int:
    from bot.job_commands import run_by_name

    return _run(
        options,
        lambda runtime, console: run_by_name(
            runtime, console, options.name, at=options.at, is_again=options.again
        ),
    )


def _report(options: Namespace) -> int:
    from bot.report_commands import write_report

    return _run(options, lambda runtime, console: write_report(runtime, console, options))


def _zalo_authorize(options: Namespace) -> int:
    from bot.beginning import ask_terminal
    from bot.zalo_commands import ask_secretly, authorize

    return _run(
        options,
        lambda runtime, console: authorize(
            runtime,
            console,
            ask_secretly if options.paste else ask_terminal,
            is_pasted=options.paste,
            redirect=options.redirect,
        ),
    )


def _zalo_status(options: Namespace) -> int:
    from bot.zalo_commands import status

    return _run(options, lambda runtime, console: status(runtime, console, is_json=options.json))


def _erase(options: Namespace) -> int:
    from bot.privacy_commands import erase_dossier, erase_person

    if options.dossier is not None:
        return _run(options, lambda runtime, console: erase_dossier(runtime, console, options.dossier))
    return _run(options, lambda runtime, console: erase_person(runtime, console, options.person))


def _run(options: Namespace, work: "Work") -> int:
    """Load the settings, put the program together and do the work; known troubles become lines and a status."""
    from bot.commands import with_runtime
    from bot.console import terminal

    return with_runtime(_config_path(options), os.environ, lambda runtime: work(runtime, terminal()))


def _config_path(options: Namespace) -> Path:
    path: Path = getattr(options, "config", Path("config.yaml"))
    return path
