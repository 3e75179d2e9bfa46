"""The whole web application over a real SQLite file, with the settings of the demo and a clock that stands still."""

import asyncio
import contextlib
import functools
import re
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_runtime, migrate
from bot.config import load_config
from bot.web.server import build_application
from handlers.intake import take_entry
from handlers.intake_fields import Entry
from storage import conversations, invitations
from storage.invitations import Dossier

DEMO = Path(__file__).resolve().parents[1] / "bot" / "demo.yaml"
KEY = "00" * 32
QUESTIONS = [f"3.{number}" for number in range(1, 11)]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, at=None):
        self.at = at or datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

    def __call__(self):
        return self.at


@dataclass
class House:
    """A running department: runtime, clock, and the links of its invitations."""

    runtime: object
    clock: Clock
    dossiers: list = field(default_factory=list)

    def invite(self, *, has_result=True, procedure="2.000033"):
        """Return the token of a new invitation."""
        code = f"H32.99-261120-{len(self.dossiers) + 1:04}"
        self.dossiers.append(code)
        at = self.clock()
        dossier = Dossier(
            code=code,
            code_given=code,
            procedure_code=procedure,
            unit_code="TM",
            returned_at=at - timedelta(hours=1) if has_result else None,
        )
        entry = Entry(dossier=dossier)
        taken = self.runtime.database.write(lambda tx: take_entry(tx, self.runtime.setup, entry, at))
        return taken.offer.token

    def code_of(self, token):
        return self.read(
            lambda tx, setup: setup.vault.code(invitations.find_by_token(tx, setup.vault, token).nonce)
        )

    def read(self, work):
        with self.runtime.database.reading() as tx:
            return work(tx, self.runtime.setup)

    def talk(self, token):
        """Return the stored conversation of an invitation, None when nobody has begun it."""

        def find(tx, setup):
            invitation = invitations.find_by_token(tx, setup.vault, token)
            return conversations.find_talk(tx, setup.vault, invitation_id=invitation.id)

        return self.read(find)

    def state(self, token):
        return self.talk(token).state


@functools.cache
def empty_database():
    """Return the bytes of a database file with the schema: made once, copied for each test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        migrate(load_config(DEMO, {"HAILONG_DATABASE__URL": f"sqlite:///{path}", "HAILONG_KEY": KEY}))
        return path.read_bytes()


@contextlib.contextmanager
def open_house(folder, *, is_demo=True, **environ):
    """Give a department whose database lies in `folder`."""
    variables = {
        "HAILONG_DATABASE__URL": f"sqlite:///{folder}/web.db",
        "HAILONG_KEY": KEY,
        "HAILONG_WEB__PUBLIC_URL": "https://khaosat.example.vn",
        **environ,
    }
    config = load_config(DEMO, variables)
    (Path(folder) / "web.db").write_bytes(empty_database())
    clock = Clock()
    runtime = build_runtime(config, is_demo=is_demo, clock=clock)
    try:
        yield House(runtime, clock)
    finally:
        runtime.database.stop()


@contextlib.asynccontextmanager
async def open_client(house):
    """Give a client of the application that follows no redirects by itself."""
    server = TestServer(build_application(house.runtime))
    async with TestClient(server, auto_decompress=True) as client:
        yield client


@contextlib.contextmanager
def serve(house):
    """Serve the application from a thread of its own, for browsers. Gives its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = web.AppRunner(build_application(house.runtime), access_log=None)

    async def start():
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner.addresses[0][1]

    port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def nonce_in(html):
    """Return the nonce of the forms of a page."""
    return re.search(r'name="nonce" value="([^"]+)"', html)[1]


def conversation_in(html):
    found = re.search(r'name="conversation" value="(\d*)"', html)
    return found[1] if found else ""


def heading_in(html):
    """Return the words of the page's one heading of the first rank."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


async def look(client, token):
    response = await client.get(f"/s/{token}")
    return await response.text()


async def send(client, token, *, nonce=None, headers=None, **fields):
    """Send a form as the page has it, without following the way back."""
    page = await look(client, token)
    form = {"nonce": nonce or nonce_in(page), **fields}
    if "press" in fields:
        form.setdefault("conversation", conversation_in(page))
    return await client.post(f"/s/{token}", data=form, headers=headers, allow_redirects=False)


async def answer_all(client, token, option="2"):
    await send(client, token, press="greeting=begin")
    for key in QUESTIONS:
        await send(client, token, press=f"{key}={option}")
