"""The settings of the made-up department for tests that run the program, and the program put together in this process."""

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import app
from bot.config import load_config
from bot.runtime import Runtime
from tests.building import AT, KEY
from tests.fakes.telegram import TOKEN
from tests.schema import put_schema

SECRET = "MadeUpWebhookSecret-0123456789abcdef"
API_TOKEN = "made-up-api-token-0123456789"
STAFF, OFFICE, INTEGRITY = -1001, -1002, -1003
ROOM = "truc-ky-thuat"  # the operator's room on the web
PROCEDURES = {"2.000633": "QLTM", "2.001561": "QLNL"}


def build_settings(
    database_url: str, *, api_base: str = "http://127.0.0.1:9", **changes: Any
) -> dict[str, Any]:
    """Return the settings as config.yaml holds them; `changes` replaces or adds keys inside the sections."""
    tree: dict[str, Any] = {
        "department": {"name": "Sở Mẫu", "code": "H32.99", "hotline": "1022"},
        "units": [
            {"code": "QLTM", "name": "Phòng Quản lý thương mại", "staff_chats": [f"telegram:{STAFF}"]},
            {"code": "QLNL", "name": "Phòng Quản lý năng lượng"},
        ],
        "procedures": [
            {"code": code, "name": f"Thủ tục {code}", "unit": u} for code, u in PROCEDURES.items()
        ],
        "office": {"chats": [f"telegram:{OFFICE}"], "integrity_chats": [f"telegram:{INTEGRITY}"]},
        "operator": {"chats": [f"web:{ROOM}"]},
        "database": {"url": database_url},
        "web": {"public_url": "https://khaosat.example", "api_tokens": [API_TOKEN]},
        "telegram": {
            "enabled": True,
            "username": "KhaoSatBot",
            "token": TOKEN,
            "mode": "webhook",
            "webhook_secret": SECRET,
            "api_base": api_base,
        },
        "survey": {"quiet_hours": None},
        "security": {"key": base64.b64encode(KEY).decode()},
    }
    for section, values in changes.items():
        tree[section] = {**tree.get(section, {}), **values}
    return tree


def write_settings(folder: Path, tree: dict[str, Any]) -> Path:
    """Write the settings into a folder and return the file."""
    path = folder / "config.yaml"
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return path


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@contextlib.contextmanager
def open_runtime(
    folder: Path, tree: dict[str, Any], *, clock: Callable[[], datetime] | None = None
) -> Iterator[Runtime]:
    """Give the program put together as `serve` does it, without its loops; the clock stands still unless given."""
    config = load_config(write_settings(folder, tree), {})
    put_schema(config.database.url.get_secret_value())
    runtime = app.build_runtime(config, clock=clock or Clock())
    try:
        yield runtime
    finally:
        runtime.database.stop()


async def until(holds: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Let the program go on until `holds()` is true. TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while not holds():
            await pause(0.005)


async def pause(seconds: float) -> None:
    """Let the program go on for a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
