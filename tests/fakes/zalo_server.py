"""The HTTP side of the fake Zalo: one port for each of its hosts, so that a call to the wrong one is seen. In a thread of its own."""

import asyncio
import json
import re
import threading
import time
from typing import Any

from aiohttp import web

from tests.fakes import zalo_methods, zalo_oauth
from tests.fakes.zalo_bot import Bot
from tests.fakes.zalo_deliveries import How, Poster, event_delivery
from tests.fakes.zalo_world import HANG_SECONDS, Call, Fault, Refusal, World

HOSTS = ("openapi", "oauth", "business", "bot")
BOT_PATH = re.compile(r"/bot([^/]+)/(\w+)")
BUSY_PAGE = "<html><head><title>Zalo</title></head><body>Service unavailable</body></html>"


class _CutError(Exception):
    """Drop the connection without an answer."""


class ZaloServer:
    """Answers the calls of one app, and posts events to it."""

    def __init__(self, world: World, bot: Bot, *, ports: dict[str, int]) -> None:
        self.world = world
        self.bot = bot
        self.ports = {host: ports.get(host, 0) for host in HOSTS}
        self.poster = Poster(world)
        self.webhook_url = ""
        self._hosts: dict[int, str] = {}
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._wake: asyncio.Event | None = None

    def start(self) -> None:
        """Listen; return when requests are answered."""
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="fake-zalo", daemon=True)
        self._thread.start()
        self._ready.wait(10)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self._thread, self._loop = None, None

    def wake_pollers(self) -> None:
        """Let waiting getUpdates calls look again; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake_pollers)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called start()
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping, self._wake = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self.poster.open()
        try:
            for host in HOSTS:
                await web.TCPSite(runner, "127.0.0.1", self.ports[host], backlog=512).start()
                self.ports[host] = runner.addresses[-1][1]
            self._hosts = {port: host for host, port in self.ports.items()}
            self._ready.set()
            await self._stopping.wait()
        finally:
            await self.poster.close()
            await runner.cleanup()

    # -- one request

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call, bot_token = self._arrived(request)
        try:
            call.body, call.files = await _read(request)
            with self.world.lock:
                self._look_for_leaks(call)
                fault = self.world.take_fault(call)
            call.fault = fault.kind if fault else ""
            spoilt = await self._spoil(call, fault) if fault else None
            if spoilt is not None:
                return spoilt
            status, call.answer, headers = await self._respond(call, bot_token)
            self._post_outgoing()
            await self._lose(call, fault)
        except _CutError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        else:
            call.status = status
            return _json(status, call.answer, headers)
        finally:
            self._finish(call)

    def _arrived(self, request: web.Request) -> tuple[Call, str]:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        bot_path = BOT_PATH.fullmatch(request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(
            at=self.world.now(),
            host=self._hosts.get(port, ""),
            method=request.method,
            path=f"/bot/{bot_path[2]}" if bot_path else request.path,
            query=dict(request.query),
            headers=headers,
            token=headers.get("access_token", ""),
        )
        with self.world.changed:
            self.world.calls.append(call)
            self.world.changed.notify_all()
        return call, bot_path[1] if bot_path else ""

    def _look_for_leaks(self, call: Call) -> None:
        if "authorization" in call.headers:
            self.world.note(f"{call.path}: header Authorization; Zalo's is access_token, bare")
        if "secret_key" in call.headers and call.host != "oauth":
            self.world.note(f"{call.path}: shows the secret of the app")
        if "access_token" in call.query:
            self.world.note(f"{call.path}: access_token in the address")

    async def _respond(self, call: Call, bot_token: str) -> tuple[int, Any, dict[str, str]]:
        if bot_token:
            return await self._respond_as_bot(call, bot_token)
        if call.host == "oauth" or call.path in (zalo_oauth.TOKEN_PATH, zalo_oauth.PERMISSION_PATH):
            return self._respond_as_oauth(call)
        with self.world.lock:
            return zalo_methods.respond(self.world, call)

    def _respond_as_oauth(self, call: Call) -> tuple[int, Any, dict[str, str]]:
        with self.world.lock:
            try:
                if call.host == "oauth" and call.path == zalo_oauth.TOKEN_PATH:
                    return 200, zalo_oauth.give_tokens(self.world, call), {}
                if call.host == "oauth" and call.path == zalo_oauth.PERMISSION_PATH:
                    return 302, {}, {"Location": zalo_oauth.permit(self.world, call.query)}
            except Refusal as refusal:
                self._note(refusal)
                return 200, zalo_oauth.error_body(refusal), {}
            is_known = call.path in (
                zalo_oauth.TOKEN_PATH,
                zalo_oauth.PERMISSION_PATH,
                *zalo_methods.ENDPOINTS,
            )
            self.world.note(f"{call.path}: {'wrong host' if is_known else 'unknown path'}, {call.host}")
            return 404, {"error": -404, "message": "empty api"}, {}

    async def _respond_as_bot(self, call: Call, token: str) -> tuple[int, Any, dict[str, str]]:
        if call.host != "bot":
            self.world.note(f"{call.path}: wrong host, {call.host} instead of bot")
            return 404, {"error": -404, "message": "empty api"}, {}
        method = call.path.rpartition("/")[2]
        try:
            with self.world.lock:
                params = self.bot.check(call, token, method)
                result = self.bot.do(method, params) if method != "getUpdates" else None
            if method == "getUpdates":
                result = await self._next_update(params)
        except Refusal as refusal:
            self._note(refusal, where=call.path)
            body = {"ok": False, "error_code": refusal.code, "description": refusal.message}
            return refusal.code, body, {}
        return 200, {"ok": True, "result": result} if result is not None else {"ok": True}, {}

    async def _next_update(self, params: dict[str, Any]) -> Any:
        end: float | None = None
        while True:
            wake = self._wake
            with self.world.lock:
                update, seconds = self.bot.next_update(params)
            if update is not None:
                return update
            end = time.monotonic() + seconds if end is None else end
            left = end - time.monotonic()
            if left <= 0:
                raise Refusal(408, "Request timeout")
            await self._wait_on_loop(wake, left)

    def _note(self, refusal: Refusal, where: str = "") -> None:
        if refusal.violation:
            self.world.note(f"{where}: {refusal.violation}" if where else refusal.violation)

    def _post_outgoing(self) -> None:
        with self.world.lock:
            owed, self.world.outgoing = self.world.outgoing, []
        for event, headers in owed:
            self.poster.start(event_delivery(self.world, self.webhook_url, event, How(headers=headers)))

    # -- faults

    async def _spoil(self, call: Call, fault: Fault) -> web.Response | None:
        match fault.kind:
            case "error":
                call.status, call.answer = _refused(call, int(fault.value))
                return _json(call.status, call.answer, {})
            case "answer":
                call.status, call.answer = 200, fault.value
                return _json(200, fault.value, {})
            case "http" | "not_json":
                call.status = int(fault.value or 200)
                return web.Response(status=call.status, text=BUSY_PAGE, content_type="text/html")
            case "hang":
                await self._wait_on_loop(self._stopping, fault.value or HANG_SECONDS)
                raise _CutError
            case "reset":
                raise _CutError
            case "delay":
                await self._wait_on_loop(self._stopping, fault.value)
        return None

    async def _lose(self, call: Call, fault: Fault | None) -> None:
        if fault is None or fault.kind not in ("drop", "late"):
            return
        with self.world.lock:
            zalo_oauth.lose_answer(self.world, call)
        if fault.kind == "drop":
            raise _CutError
        await self._wait_on_loop(self._stopping, fault.value)

    def _wake_pollers(self) -> None:
        if self._wake is not None:
            self._wake.set()
            self._wake = asyncio.Event()

    @staticmethod
    async def _wait_on_loop(event: asyncio.Event | None, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await (event or asyncio.Event()).wait()
        except TimeoutError:
            return

    def _finish(self, call: Call) -> None:
        with self.world.changed:
            call.is_done = True
            self.world.changed.notify_all()


async def _read(request: web.Request) -> tuple[Any, dict[str, tuple[str, bytes]]]:
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        form: dict[str, str] = {}
        files: dict[str, tuple[str, bytes]] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.filename, value.file.read())
            else:
                form[name] = str(value)
        return form, files
    try:
        return json.loads((await request.read()).decode("utf-8")), {}
    except ValueError:
        return None, {}


def _refused(call: Call, code: int) -> tuple[int, dict[str, Any]]:
    if call.host == "bot":
        return code, {"ok": False, "error_code": code, "description": "Injected"}
    if call.host == "oauth":
        return 200, zalo_oauth.error_body(Refusal(code, "injected"))
    return 200, {"error": code, "message": "Injected"}


def _json(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
