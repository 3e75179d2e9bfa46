"""The command `init`: a few questions on a terminal, then a settings file and a template for the secrets.

What is not asked keeps its default; chats of staff begin as rooms on the web, which need no account anywhere.
"""

import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.console import OK, Console
from bot.settings.channels import PlatformId, Username
from bot.settings.problems import WORDS
from bot.settings.values import Code, Name, ProcedureCode, PublicUrl
from survey.folding import fold

Ask = Callable[[str], str]
Tree = dict[str, Any]  # Any: settings as YAML holds them

_HEAD = """\
# Settings of hailong, begun by `hailong init`. Everything is checked at start; `hailong doctor` looks at the rest.
# All that can be set stands, with its default and a line of explanation, in the config.yaml that comes with hailong.
# Secrets do not belong here: ${NAME} is taken from the environment or from the file .env beside this one.
"""


def begin(path: Path, console: Console, ask: Ask) -> int:
    """Ask, then write the settings and the template of the secrets beside them. Nothing is overwritten."""
    dotenv = path.absolute().parent / ".env"
    for file in (path, dotenv):
        if file.exists():
            return console.fail(f"{file.name} is there already; move it away first, it is not overwritten")
    try:
        tree = _ask_all(_Asker(ask=ask, console=console))
    except EOFError:
        return console.refuse("init asks questions and the input has ended; run it on a terminal")
    try:
        _write_new(path, _HEAD + "".join(_section(key, value) for key, value in tree.items()), mode=0o644)
        _write_new(dotenv, _dotenv(tree), mode=0o600)
    except OSError as error:
        return console.fail(f"{error.filename or path}: cannot be written ({error.strerror})")
    console.say(f"wrote {path.name} and .env; fill in what .env still lacks, then:")
    console.say("  hailong migrate")
    console.say("  hailong doctor")
    console.say("  hailong serve")
    return OK


def ask_terminal(question: str) -> str:
    """Ask on the terminal. Raises EOFError when nobody can answer."""
    if sys.stdin is None or sys.stdin.closed:
        raise EOFError
    return input(question)


class _Asker:
    """Asks until the answer can be used."""

    def __init__(self, *, ask: Ask, console: Console) -> None:
        self._ask = ask
        self._console = console

    def text(self, question: str, kind: Any, *, default: str | None = None) -> str:  # Any: a type of pydantic
        """Return an answer of that kind, the default for an empty one."""
        hint = "" if default is None else f" [{default}]" if default else " (may be empty)"
        adapter: TypeAdapter[str] = TypeAdapter(kind)
        while True:
            given = self._ask(f"{question}{hint}: ").strip()
            if not given and default is not None:
                return default
            if not given:
                self._console.say("  must not be empty")
                continue
            try:
                return adapter.validate_python(given)
            except ValidationError as error:
                self._console.say(f"  {_explain(error)}")

    def truth(self, question: str) -> bool:
        """Return yes or no; an empty answer is no."""
        while True:
            given = self._ask(f"{question} (y/n) [n]: ").strip().lower()
            if given in {"y", "yes", "c", "có", "co"}:
                return True
            if given in {"", "n", "no", "k", "không", "khong"}:
                return False
            self._console.say("  answer y or n")


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    context = first.get("ctx", {})
    reason = context.get("error")
    return str(reason) if reason else WORDS.get(first["type"], first["msg"]).format(**context)


def _ask_all(asker: _Asker) -> Tree:
    tree: Tree = {
        "mode": "live",
        "department": {
            "name": asker.text("Name of the department, as citizens read it", Name),
            "code": asker.text("Its identification code, such as H32.13", Code),
            "hotline": asker.text("Phone number named to citizens", Name, default=""),
        },
        "units": [],
        "procedures": [],
    }
    while not tree["units"] or asker.truth("Another unit"):
        _ask_unit(asker, tree)
    tree["office"] = {"chats": ["web:van-phong"], "integrity_chats": ["web:thanh-tra"]}
    tree["database"] = {"url": "sqlite:///var/hailong.db"}
    url = asker.text(
        "Address citizens reach it by, such as https://khaosat.example.vn", PublicUrl, default=""
    )
    tree["web"] = {"host": "127.0.0.1", "port": 8080, **({"public_url": url} if url else {})}
    tree["web"]["api_tokens"] = ["${HAILONG_API_TOKEN}"]
    if asker.truth("Use Telegram"):
        tree["telegram"] = _ask_telegram(asker, url)
    if asker.truth("Use a Zalo Official Account"):
        tree["zalo"] = {
            "enabled": True,
            "app_id": asker.text("Id of the Zalo app", PlatformId),
            "app_secret": "${ZALO_APP_SECRET}",
            "oa_id": asker.text("Id of the Official Account", PlatformId),
            "oa_secret": "${ZALO_OA_SECRET}",
            "access_token": "${ZALO_ACCESS_TOKEN}",
            "refresh_token": "${ZALO_REFRESH_TOKEN}",
        }
    return tree


def _ask_unit(asker: _Asker, tree: Tree) -> None:
    code = asker.text("Code of a unit, such as QLTM", Code)
    if any(unit["code"] == code for unit in tree["units"]):
        return
    name = asker.text("Its name", Name)
    rooms = {chat for unit in tree["units"] for chat in unit["staff_chats"]}
    room = f"web:to-{_slug(code)}"
    if room in rooms:
        room = f"{room}-{len(rooms) + 1}"
    tree["units"].append({"code": code, "name": name, "staff_chats": [room]})
    default = "" if tree["procedures"] else None
    procedure = asker.text("Code of a procedure it handles, such as 2.000633", ProcedureCode, default=default)
    known = {p["code"] for p in tree["procedures"]}
    if procedure and procedure not in known:
        title = asker.text("Name of the procedure", Name)
        tree["procedures"].append({"code": procedure, "name": title, "unit": code})


def _ask_telegram(asker: _Asker, url: str) -> Tree:
    settings: Tree = {
        "enabled": True,
        "username": asker.text("User name of the bot, without @", Username),
        "token": "${TELEGRAM_TOKEN}",
        "mode": "webhook" if url.startswith("https://") else "polling",
    }
    if settings["mode"] == "webhook":
        settings |= {"webhook_secret": "${TELEGRAM_WEBHOOK_SECRET}"}
    return settings


def _slug(code: str) -> str:
    """Return a code as rooms on the web may be called."""
    return re.sub(r"[^a-z0-9]+", "-", fold(code)).strip("-")[:30] or "don-vi"


def _section(key: str, value: object) -> str:
    return "\n" + yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=110)


def _dotenv(tree: Tree) -> str:
    lines = [
        "# Secrets of hailong; keep this file to yourself. Variables set in the environment win over it.",
        "",
        "# With this token other systems may use the API.",
        f"HAILONG_API_TOKEN={secrets.token_hex(32)}",
    ]
    if "telegram" in tree:
        lines += ["", "# Telegram: from @BotFather", "TELEGRAM_TOKEN="]
    if "webhook_secret" in tree.get("telegram", {}):
        lines += [
            "# What Telegram must show when it calls",
            f"TELEGRAM_WEBHOOK_SECRET={secrets.token_hex(32)}",
        ]
    if "zalo" in tree:
        lines += ["", "# Zalo: secret keys of the app and of the account; the first pair of tokens"]
        lines += [f"ZALO_{name}=" for name in ("APP_SECRET", "OA_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN")]
    return "\n".join(lines) + "\n"


def _write_new(path: Path, text: str, *, mode: int) -> None:
    """Write a file that must not be there yet; nobody else may read it when `mode` says so."""
    path.touch(mode=mode, exist_ok=False)
    path.write_text(text, encoding="utf-8")
