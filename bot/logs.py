"""The log: one JSON line on standard error for each thing that happened, readable lines on a terminal.

Callers log ids and counts, never names, numbers or words of people. What still slips through of secrets is taken out
here, as the last step before a line is written: in the message, in every value, and in tracebacks, of which only the
kinds of errors and the places in the code remain.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "***"
# Shorter values would blot out ordinary words; real secrets are longer.
SHORTEST_SECRET = 4
# httpx and python-telegram-bot write whole addresses, and with them the bot's token, at INFO; the others only chatter.
TALKATIVE = ("httpx", "httpcore", "telegram", "aiohttp.access", "alembic", "apscheduler")
# It shows the whole body of an answer it cannot read, and in that a citizen's words.
SILENT = ("telegram.request",)
DEEPEST = 8
# Telegram's addresses hold the token after /bot; elsewhere it is known by its shape.
_TOKEN_IN_URL = re.compile(r"/bot[^/\s\"']{8,}(?=[/\s\"']|$)")
_BOT_TOKEN = re.compile(r"[0-9]{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")


def setup_logging(level: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send all logs, those of libraries too, through one formatter that hides secrets."""
    target = sys.stderr if stream is None else stream
    hide = build_redactor(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if target.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared, _shorten_asyncio],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _render_errors,
            lambda _logger, _method, line: _redact_line(line, hide),
            renderer,
        ],
    )
    handler = _Handler(target)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def build_redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that takes the secrets, and whatever looks like a bot token, out of a text."""
    known = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
    configured = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def hide(text: str) -> str:
        if configured is not None:
            text = configured.sub(HIDDEN, text)
        return _BOT_TOKEN.sub(HIDDEN, _TOKEN_IN_URL.sub(f"/bot{HIDDEN}", text))

    return hide


def render_traceback(error: BaseException) -> str:
    """The kinds of errors and the places in the code, without the words of the errors: these may quote anything."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines.extend(
            f"  {place.filename}:{place.lineno} in {place.name}"
            for place in traceback.extract_tb(current.__traceback__)
        )
        if isinstance(current, BaseExceptionGroup):
            lines.extend(f"  with {inner}" for inner in map(render_traceback, current.exceptions))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if current is not None:
            lines.append("after")
    return "\n".join(lines)


class _Handler(logging.StreamHandler[TextIO]):
    """Says that a line was lost; logging's own words would quote the line and its values."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name logging calls
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f'{{"event": "log_line_lost", "level": "error", "line": {record.lineno}}}\n')


def _shorten_asyncio(_logger: object, _method: str, line: EventDict) -> EventDict:
    # asyncio's first line says what happened; those after it show the error with its words.
    if line.get("logger") == "asyncio":
        line["event"] = str(line["event"]).partition("\n")[0]
    return line


def _render_errors(_logger: object, _method: str, line: EventDict) -> EventDict:
    error = _error_of(line.pop("exc_info", None))
    line.pop("exc_text", None)
    if error is not None:
        line["error"] = type(error).__name__
        line["traceback"] = render_traceback(error)
    return line


def _error_of(
    exc_info: BaseException | tuple[type[BaseException], BaseException, TracebackType | None] | object,
) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _redact_line(line: EventDict, hide: Callable[[str], str]) -> EventDict:
    return {hide(str(key)): _redact(value, hide, DEEPEST) for key, value in line.items()}


def _redact(value: object, hide: Callable[[str], str], left: int) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # A number may be a secret too; one that is stays hidden.
        return value if hide(str(value)) == str(value) else HIDDEN
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, dict) and left:
        return {hide(str(key)): _redact(item, hide, left - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and left:
        return [_redact(item, hide, left - 1) for item in value]
    return hide(value if isinstance(value, str) else str(value))
