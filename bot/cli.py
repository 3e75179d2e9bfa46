"""The command line. Exit status: 0 done, 1 what was asked for failed, 2 wrong use or an invalid setting."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot import __version__
from bot.cli_office import add_office_commands

OK, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Errors are one clear line each, never a traceback."""
    options = _build_parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return OK if options.run in {_serve, _demo} else FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED


def _build_parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="PATH", help="settings file (config.yaml)"
    )
    parser = argparse.ArgumentParser(
        prog="hailong",
        description="Asks citizens how a procedure went, by chat, and keeps the answers.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"hailong {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=[common])
        command.set_defaults(run=run)
        return command

    serve = add("serve", _serve, "run the service")
    serve.add_argument(
        "--roles", type=_roles, default=("web", "poll", "send", "schedule"), help="web,poll,send,schedule"
    )
    demo = add("demo", _demo, "run the whole service on embedded defaults, without any token")
    demo.add_argument("--port", type=_port, default=8080)
    demo.add_argument("--fresh", action="store_true", help="begin with an empty database")
    add("migrate", _migrate, "bring the database to this version's schema")
    interpret = add(
        "interpret", _interpret, "read replies from standard input, say what each is understood as"
    )
    interpret.add_argument(
        "--explain", action="store_true", help="add the rule that decided, and what was said besides"
    )
    add("parked", _parked, "what came in and could not be handled")
    _add_results(commands, common)
    _add_responses(commands, common)
    add_office_commands(commands, common)
    return parser


def _add_results(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    results = commands.add_parser("results", help="returned dossiers").add_subparsers(
        metavar="ACTION", required=True
    )
    command = results.add_parser("import", help="returned dossiers from CSV or XLSX", parents=[common])
    command.add_argument("file", type=Path)
    command.add_argument("--dry-run", action="store_true", help="check the file, change nothing")
    command.set_defaults(run=_import_results)


def _add_responses(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    responses = commands.add_parser("responses", help="filled forms").add_subparsers(
        metavar="ACTION", required=True
    )
    command = responses.add_parser("import", help="filled paper forms from CSV or XLSX", parents=[common])
    command.add_argument("file", type=Path)
    command.add_argument("--dry-run", action="store_true", help="check the file, change nothing")
    command.set_defaults(run=_import_responses)
    command = responses.add_parser("export", help="all responses as a file", parents=[common])
    command.add_argument("--format", choices=("jsonl", "csv", "xlsx"), required=True)
    command.add_argument("--out", type=Path, required=True, metavar="FILE")
    command.add_argument("--from", dest="since", metavar="DATE", help="first day (YYYY-MM-DD) or instant")
    command.add_argument("--to", dest="until", metavar="DATE", help="last day (YYYY-MM-DD) or instant")
    command.add_argument("--unit", metavar="CODE")
    command.add_argument(
        "--with-dossiers", action="store_true", help="add the dossier codes; noted in the audit log"
    )
    command.set_defaults(run=_export_responses)


def _serve(options: argparse.Namespace) -> int:
    from bot.commands import serve

    return serve(_config_path(options), os.environ, options.roles)


def _demo(options: argparse.Namespace) -> int:
    from bot.commands import demo

    return demo(options.port, is_fresh=options.fresh)


def _migrate(options: argparse.Namespace) -> int:
    from bot.commands import migrate

    return migrate(_config_path(options), os.environ)


def _interpret(options: argparse.Namespace) -> int:
    from bot.interpreting import interpret

    return interpret(sys.stdin, sys.stdout, sys.stderr, explains=options.explain)


def _parked(options: argparse.Namespace) -> int:
    from bot.commands import show_parked

    return show_parked(_config_path(options), os.environ)


def _import_results(options: argparse.Namespace) -> int:
    from bot.commands import import_results

    return import_results(_config_path(options), os.environ, options.file, is_dry=options.dry_run)


def _import_responses(options: argparse.Namespace) -> int:
    from bot.commands import import_responses

    return import_responses(_config_path(options), os.environ, options.file, is_dry=options.dry_run)


def _export_responses(options: argparse.Namespace) -> int:
    from bot.commands import export_responses

    return export_responses(_config_path(options), os.environ, options)


def _config_path(options: argparse.Namespace) -> Path:
    return getattr(options, "config", Path("config.yaml"))


def _roles(text: str) -> tuple[str, ...]:
    known = ("web", "poll", "send", "schedule")
    given = tuple(part.strip() for part in text.split(",") if part.strip())
    if not given or any(part not in known for part in given):
        raise argparse.ArgumentTypeError(f"roles are some of {','.join(known)}")
    return given


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
