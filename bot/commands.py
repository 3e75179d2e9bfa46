"""What the commands do: load the settings, build what is needed, run, and turn every known trouble into clear lines."""

import asyncio
import fcntl
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from bot import app
from bot.app import NotReady
from bot.config import Config, ConfigError, load_config
from bot.keyring import KeyProblem
from bot.logs import setup_logging
from bot.runtime import Runtime
from bot.texts import demo_settings
from storage import inbox
from storage.database import DatabaseDown, NotADatabase
from storage.vault import SealError
from survey.questionnaire import QuestionnaireError
from survey.wording import WordingError

OK, FAILED, WRONG_USE = 0, 1, 2
ROLES = ("web", "poll", "send", "schedule")


def serve(path: Path, environ: Mapping[str, str], roles: tuple[str, ...]) -> int:
    """Run the service until SIGTERM or Ctrl-C."""

    def run(config: Config) -> int:
        _end_on_sigterm()
        runtime = app.build_runtime(config)
        return _run_service(runtime, roles)

    return with_config(path, environ, run)


def demo(port: int, *, is_fresh: bool) -> int:
    """Run everything on embedded defaults in ./var, without any token."""
    folder = Path.cwd() / "var"
    database = folder / "demo.db"
    if is_fresh:
        if _is_running(database):
            return _fail("a demonstration is running on these data; stop it first (Ctrl-C), then use --fresh")
        for file in folder.glob("demo.db*"):
            file.unlink()
    environ = {
        "HAILONG_WEB__PORT": str(port),
        "HAILONG_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HAILONG_DATABASE__URL": f"sqlite:///{database}",
        "HAILONG_SECURITY__KEY_FILE": str(folder / "demo.key"),
    }

    def run(config: Config) -> int:
        _end_on_sigterm()
        app.migrate(config)
        runtime = app.build_runtime(config, is_demo=True)

        def say() -> None:
            print(f"hailong demo: open http://127.0.0.1:{port}/ (Ctrl-C stops it)", flush=True)

        return _run_service(runtime, ROLES, on_ready=say)

    return with_config(demo_settings(), environ, run)


def _is_running(path: Path) -> bool:
    """Whether a process sends from the database in `path`: a sender holds a lock on a file beside it."""
    lock = path.with_name(f"{path.name}.send-web.lock")
    if not lock.exists():
        return False
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def migrate(path: Path, environ: Mapping[str, str]) -> int:
    """Bring the database to this version's schema."""

    def run(config: Config) -> int:
        version = app.migrate(config)
        print(f"the database has schema {version}")
        return OK

    return with_config(path, environ, run)


def show_parked(path: Path, environ: Mapping[str, str]) -> int:
    """List what came in and could not be handled: ids and kinds of error, never what was said."""

    def run(runtime: Runtime) -> int:
        with runtime.database.reading() as tx:
            entries = inbox.list_parked(tx)
        for entry in entries:
            when = entry.retry_at.isoformat() if entry.retry_at else "set aside"
            print(f"{entry.id}\t{entry.channel}\t{entry.key}\t{entry.fault}\t{entry.attempts} tries\t{when}")
        if not entries:
            print("nothing is parked")
        return OK

    return with_runtime(path, environ, run)


def import_results(path: Path, environ: Mapping[str, str], file: Path, *, is_dry: bool) -> int:
    """Import returned dossiers."""
    from bot.importing import import_results_file

    return with_runtime(
        path,
        environ,
        lambda runtime: import_results_file(
            runtime.database,
            runtime.setup,
            file,
            runtime.clock(),
            dry_run=is_dry,
            out=sys.stdout,
            err=sys.stderr,
            show_progress=sys.stderr.isatty(),
        ),
    )


def import_responses(path: Path, environ: Mapping[str, str], file: Path, *, is_dry: bool) -> int:
    """Import filled paper forms."""
    from bot.importing import import_responses_file

    return with_runtime(
        path,
        environ,
        lambda runtime: import_responses_file(
            runtime.database,
            runtime.setup,
            file,
            runtime.clock(),
            dry_run=is_dry,
            out=sys.stdout,
            err=sys.stderr,
            show_progress=sys.stderr.isatty(),
        ),
    )


def _end_on_sigterm() -> None:
    """Let SIGTERM end the program with 0 while it starts; the running service has a handler of its own."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(OK))


def _run_service(runtime: Runtime, roles: tuple[str, ...], on_ready: Callable[[], None] | None = None) -> int:
    from bot import serving

    try:
        asyncio.run(serving.serve(runtime, roles, on_ready=on_ready))
    except serving.WorkerEnded as error:
        return _fail(str(error))
    except OSError as error:
        settings = runtime.config.web
        return _fail(
            f"web.port: cannot listen on {settings.host}:{settings.port} ({error.strerror or error})"
        )
    return OK


def with_runtime(path: Path, environ: Mapping[str, str], run: Callable[[Runtime], int]) -> int:
    """Load the settings, put the program together and run; troubles become clear lines as in `with_config`."""

    def prepare(config: Config) -> int:
        runtime = app.build_runtime(config, is_serving=False)
        try:
            return run(runtime)
        finally:
            runtime.database.stop()

    return with_config(path, environ, prepare)


def with_config(path: Path, environ: Mapping[str, str], run: Callable[[Config], int]) -> int:
    """Load the settings and run; every trouble that is known becomes clear lines and an exit status."""
    try:
        config = load_config(path, environ)
    except ConfigError as error:
        for problem in error.problems:
            print(f"hailong: {problem}", file=sys.stderr)
        return WRONG_USE
    setup_logging(config.logging.level, config.secret_values())
    try:
        return run(config)
    except (ConfigError, QuestionnaireError, WordingError) as error:
        for problem in error.problems:
            print(f"hailong: {problem}", file=sys.stderr)
        return WRONG_USE
    except NotReady as error:
        return _fail(str(error))
    except KeyProblem as error:
        return _fail(str(error))
    except SealError as error:
        return _fail(f"{error}: it was altered, or sealed with another key; restore the key or a backup")
    except NotADatabase as error:
        return _fail(f"database.url: this file is no SQLite database, or a damaged one ({error})")
    except DatabaseDown as error:
        return _fail(f"database.url: the database does not answer ({error})")


def _fail(line: str) -> int:
    print(f"hailong: {line}", file=sys.stderr)
    return FAILED


def export_responses(path: Path, environ: Mapping[str, str], options: Namespace) -> int:
    """Write all responses into a file."""
    from bot.exporting import export_responses_file

    return with_runtime(
        path,
        environ,
        lambda runtime: export_responses_file(
            runtime.database,
            runtime.setup,
            options.out,
            runtime.clock(),
            file_format=options.format,
            quarter=runtime.config.reporting.quarter,
            since=options.since,
            until=options.until,
            unit_code=options.unit,
            with_dossiers=options.with_dossiers,
            actor="command line",
            out=sys.stdout,
            err=sys.stderr,
            show_progress=sys.stderr.isatty(),
        ),
    )
