"""The log: one JSON line each, and no secret in any of them."""

import io
import json
import logging
import warnings

import pytest
import structlog

from bot.logs import build_redactor, render_traceback, setup_logging

TOKEN = "700000001:AAMadeUpMadeUpMadeUpMadeUpMadeUp0042x"
SECRET = "a-configured-secret"


@pytest.fixture
def lines():
    """What is logged, as parsed lines; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    setup_logging("info", [SECRET, "abc", ""], stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_line_is_json_with_its_event_level_time_and_ids(lines):
    structlog.get_logger("bot.web").info("response_submitted", response_id="r-7", count=3)

    (line,) = lines()
    assert line["event"] == "response_submitted"
    assert (line["level"], line["logger"], line["response_id"], line["count"]) == (
        "info",
        "bot.web",
        "r-7",
        3,
    )
    assert line["at"].endswith("Z")


def test_lines_of_libraries_take_the_same_form(lines):
    logging.getLogger("aiohttp.web").warning("slow answer to %s", "conversation 7", extra={"job": "watch"})

    (line,) = lines()
    assert (line["event"], line["job"], line["level"]) == (
        "slow answer to conversation 7",
        "watch",
        "warning",
    )


def test_what_is_less_serious_than_the_level_is_not_written(lines):
    structlog.get_logger("bot").debug("detail")
    logging.getLogger("bot").debug("detail")

    assert lines() == []


@pytest.mark.parametrize("name", ["httpx", "httpcore", "telegram", "aiohttp.access"])
def test_libraries_that_log_whole_addresses_are_quiet(lines, name):
    logging.getLogger(name).info("POST /bot%s/sendMessage", TOKEN)

    assert lines() == []


@pytest.mark.parametrize(
    "leak",
    [
        SECRET,
        f"https://example.org/?token={SECRET}&x=1",
        TOKEN,
        TOKEN.replace(":", "%3A"),
        f"https://api.telegram.org/bot{TOKEN}/getMe",
        "https://api.telegram.org/bot99:short_one/getMe",
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(lines, leak):
    log = structlog.get_logger("bot")
    log.info(leak)
    log.info("called", url=leak, nested={"deep": [leak, (leak,)], leak: 1}, error=ValueError(leak))
    log.info("called %s", leak)
    logging.getLogger("other").error("called %s", leak, extra={"url": leak})

    written = json.dumps(lines())
    for secret in (SECRET, TOKEN, TOKEN.replace(":", "%3A"), "99:short_one", "AAMadeUp"):
        assert secret not in written
    assert written.count("***") >= 6


def test_words_that_only_look_a_little_like_secrets_stay(lines):
    structlog.get_logger("bot").info("abc at 12:30", address="/both/ways", ratio=0.5, ok=True, nothing=None)

    (line,) = lines()
    assert (line["event"], line["address"], line["ratio"], line["ok"], line["nothing"]) == (
        "abc at 12:30",
        "/both/ways",
        0.5,
        True,
        None,
    )


@pytest.mark.parametrize("log", [structlog.get_logger("bot"), logging.getLogger("library")])
def test_of_an_error_only_its_kind_and_the_places_are_written(lines, log):
    try:
        fail_twice()
    except RuntimeError:
        log.exception("job_failed")

    (line,) = lines()
    assert line["error"] == "RuntimeError"
    assert "builtins.KeyError" in line["traceback"]
    assert "in fail_once" in line["traceback"]
    assert "Nguyễn" not in json.dumps(line, ensure_ascii=False)
    assert SECRET not in json.dumps(line)


def test_the_traceback_of_a_group_names_every_error():
    shown = render_traceback(ExceptionGroup("words", [ValueError("words"), KeyError("words")]))

    assert "builtins.ValueError" in shown
    assert "builtins.KeyError" in shown
    assert "words" not in shown


def test_words_of_an_error_nobody_waited_for_stay_out(lines):
    try:
        fail_once()
    except KeyError as error:
        found = error
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: %r", found, exc_info=found
    )

    (line,) = lines()
    assert line["event"] == "Task exception was never retrieved"
    assert (line["error"], "Nguyễn" in json.dumps(line, ensure_ascii=False)) == ("KeyError", False)


def test_a_line_that_cannot_be_formatted_is_not_quoted(lines, capsys):
    record = logging.LogRecord(
        "library", logging.ERROR, "here.py", 7, "%d dossiers", (f"Nguyễn {SECRET}",), None
    )

    logging.getLogger().handlers[0].handle(record)

    (line,) = lines()
    assert line["event"] == "log_line_lost"
    assert capsys.readouterr().err == ""


def test_warnings_go_the_same_way(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"careful with {SECRET}", stacklevel=1)

    (line,) = lines()
    assert "careful with ***" in line["event"]


def test_a_terminal_gets_readable_lines_without_secrets():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = Terminal()
    try:
        setup_logging("info", [SECRET], stream=stream)
        structlog.get_logger("bot").info("started", port=8080, secret=SECRET)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()

    assert "started" in stream.getvalue()
    assert "***" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_the_longer_of_two_secrets_is_hidden_whole():
    hide = build_redactor(["secret", "secret-and-more"])

    assert hide("secret-and-more, secret") == "***, ***"


def fail_once():
    raise KeyError(f"Nguyễn Văn A {SECRET}")


def fail_twice():
    try:
        fail_once()
    except KeyError as error:
        raise RuntimeError(f"said Nguyễn, {SECRET}") from error
