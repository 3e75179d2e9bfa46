"""hailong as it is run: `hailong migrate`, `hailong serve`, SQLite in a folder, webhook over HTTP; no setting that helps it."""

import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from bench.citizens import Service
from bench.fake_api import TOKEN
from bench.processes import Failed, find_port, run, running

_SECRET, _API_TOKEN = "BenchWebhookSecret", "bench-api-token"
_BATCH = 500
PRESSES = tuple(f"3.{number}" for number in range(1, 11))


@contextlib.asynccontextmanager
async def open_hailong(folder: Path, api_base: str, *, port: int, invitations: int) -> AsyncIterator[Service]:
    """Give the running service with that many invitations."""
    port = port or find_port()
    path = folder / "config.yaml"
    path.write_text(json.dumps(_settings(port, api_base), ensure_ascii=False), encoding="utf-8")
    extra = {"HAILONG_KEY": secrets.token_hex(32)}
    command = ["-m", "bot.cli", "--config", str(path)]
    await run([*command, "migrate"], folder, extra)
    url = f"http://127.0.0.1:{port}"
    async with running([*command, "serve"], folder, extra, ready_url=f"{url}/readyz") as pid:
        yield Service(
            name="hailong",
            pid=pid,
            webhook=f"{url}/webhook/telegram",
            secret=_SECRET,
            tokens=await _invite(url, invitations),
            begin="greeting=begin",
            answers=tuple(f"{question}=2" for question in PRESSES),
        )


def _settings(port: int, api_base: str) -> dict[str, object]:
    return {
        "department": {"name": "Sở Mẫu", "code": "H32.99", "hotline": "1022"},
        "units": [{"code": "TM", "name": "Phòng Quản lý thương mại"}],
        "procedures": [{"code": "2.000633", "name": "Cấp giấy phép bán buôn rượu", "unit": "TM"}],
        "database": {"url": "sqlite:///hailong.db"},
        "web": {"port": port, "public_url": f"http://127.0.0.1:{port}", "api_tokens": [_API_TOKEN]},
        "telegram": {
            "enabled": True,
            "username": "KhaoSatBot",
            "token": TOKEN,
            "mode": "webhook",
            "webhook_secret": _SECRET,
            "api_base": api_base,
        },
    }


async def _invite(url: str, count: int) -> list[str]:
    """Report returned dossiers and return the tokens of their invitations."""
    returned_at = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="seconds")
    tokens: list[str] = []
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {_API_TOKEN}"}) as client:
        for first in range(0, count, _BATCH):
            numbers = range(first, min(first + _BATCH, count))
            results = [
                {
                    "dossier_code": f"H32.99-261120-{n:05}",
                    "procedure_code": "2.000633",
                    "returned_at": returned_at,
                }
                for n in numbers
            ]
            async with client.post(f"{url}/api/v1/results", json={"results": results}) as answer:
                if answer.status != 200:
                    raise Failed(f"the intake answered {answer.status}: {(await answer.text())[:300]}")
                tokens += [one["invitation"]["token"] for one in (await answer.json())["results"]]
    return tokens
