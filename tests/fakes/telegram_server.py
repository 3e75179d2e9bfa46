"""The HTTP side of the fake Bot API: reads requests, spoils or refuses them, calls the methods. In a thread of its own."""

import asyncio
import json
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.telegram_limits import Fault, Faults, Rates, is_counted
from tests.fakes.telegram_methods import CALLS
from tests.fakes.telegram_tables import METHODS, Upload, decode, is_only_surplus, problems_of
from tests.fakes.telegram_world import ApiError, World

MAX_POLL_SECONDS = 50
HANG_SECONDS = 75.0
# In the body of a webhook's answer these are ignored: github.com/tdlib/telegram-bot-api
NOT_IN_ANSWERS = ("get", "setwebhook", "deletewebhook", "close", "logout")
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
}
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"
)


@dataclass(kw_only=True)
class Call:
    """One request; `status` is 0 until it is answered and when the connection was cut."""

    at: float  # by the fake's clock
    method: str
    params: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)
    status: int = 0
    error: str = ""
    fault: str = ""
    is_done: bool = False

    @property
    def chat_id(self) -> Any:
        """The chat it is for, as a number where it is one."""
        return decode(self.params.get("chat_id"), "Integer|String")


class _CutError(Exception):
    """Drop the connection without an answer."""


class ApiServer:
    """Answers the calls for one bot."""

    def __init__(
        self,
        world: World,
        *,
        token: str,
        port: int,
        enforce_rate: bool,
        latency: float,
        clock: Callable[[], float],
    ) -> None:
        self.world = world
        self.token = token
        self.port = port
        self.enforce_rate = enforce_rate
        self.latency = latency
        self.clock = clock
        self.calls: list[Call] = []
        self.called = threading.Condition(world.lock)
        self.rates = Rates()
        self.faults = Faults()
        self._polls = 0
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
        self._thread = threading.Thread(target=self._run, name="fake-telegram", daemon=True)
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

    def carry_out(self, method: str, params: dict[str, Any]) -> None:
        """Carry out a call from the body of a webhook's answer; nobody learns how it went."""
        if method.lower().startswith(NOT_IN_ANSWERS):
            return
        call = Call(at=self.clock(), method=method, params=params)
        self._arrive(call)
        try:
            self._execute(call)
            call.status = 200
        except ApiError as error:
            self._refuse(call, error)
        self._finish(call)

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
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port, backlog=512).start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        if path is None:
            return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        name = {known.lower(): known for known in METHODS}.get(path[2].lower(), path[2])
        call = Call(at=self.clock(), method=name, params={})
        self._arrive(call)
        try:
            call.params, call.files = await _read(request)
            return await self._respond(call, token=path[1])
        except ApiError as error:
            return _json(
                error.code, self._refuse(call, error), retry_after=error.parameters.get("retry_after")
            )
        except _CutError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        finally:
            self._finish(call)

    async def _respond(self, call: Call, *, token: str) -> web.StreamResponse:
        if token != self.token:
            raise ApiError(401, "Unauthorized")
        if self.latency:
            await asyncio.sleep(self.latency)
        with self.world.lock:
            fault = self.faults.take(call.method, call.chat_id)
        call.fault = fault.kind if fault else ""
        if fault and fault.kind == "502":
            call.status = 502
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        if fault:
            await self._spoil(call, fault)
        result = await self._get_updates(call) if call.method == "getUpdates" else self._execute(call)
        if call.method == "setWebhook":
            self._wake_pollers()
        if call.fault == "cut_after":
            raise _CutError
        call.status = 200
        if call.fault == "torn_json":
            return web.Response(text='{"ok":true,"result":{"message_id":', content_type="application/json")
        return _json(200, {"ok": True, "result": result})

    async def _spoil(self, call: Call, fault: Fault) -> None:
        match fault.kind:
            case "429":
                self._note_early(call)
                raise self._too_many(call, int(fault.value or 1))
            case "500":
                raise ApiError(500, "Internal Server Error", is_violation=False)
            case "403":
                raise ApiError(403, "Forbidden: bot was blocked by the user", is_violation=False)
            case "bad_markup":
                text = "Bad Request: can't parse entities: Unsupported start tag"
                raise ApiError(400, text, is_violation=False)
            case "migrate":
                self.world.migrate(call.chat_id, int(fault.value or 0))
            case "cut_before":
                raise _CutError
            case "timeout":
                await self._wait_on_loop(self._stopping, fault.value or HANG_SECONDS)
                raise _CutError

    def _execute(self, call: Call) -> Any:
        if call.method not in CALLS:
            raise ApiError(404, "Not Found: method not found")
        with self.world.lock:
            params = self._checked(call)
            if is_counted(call.method):
                self._pace(call)
            return CALLS[call.method](self.world, {**params, "files": call.files})

    def _pace(self, call: Call) -> None:
        left = self._note_early(call)
        if self.enforce_rate and left > 0:
            raise self._too_many(call, math.ceil(left))
        wait = self.rates.take(call.method, call.chat_id, self.clock(), enforce=self.enforce_rate)
        if wait:
            raise self._too_many(call, wait)

    def _note_early(self, call: Call) -> float:
        with self.world.lock:
            counted = is_counted(call.method)
            return self.rates.seconds_too_early(call.method, call.chat_id, self.clock()) if counted else 0.0

    def _too_many(self, call: Call, seconds: int) -> ApiError:
        with self.world.lock:
            self.rates.hold(call.chat_id, self.clock() + seconds)
        text = f"Too Many Requests: retry after {seconds}"
        return ApiError(429, text, is_violation=False, retry_after=seconds)

    def _checked(self, call: Call) -> dict[str, Any]:
        fields, clean = METHODS[call.method], {}
        for name, given in {**call.params, **call.files}.items():
            if name not in fields:
                if f"attach://{name}" not in str(call.params):
                    self.world.note([f"{call.method}: unknown parameter {name}"])
                continue
            if given is None:
                continue
            clean[name] = decode(given, fields[name])
            problems = problems_of(clean[name], fields[name], name)
            self.world.note(f"{call.method}: {problem}" for problem in problems)
            serious = [problem for problem in problems if not is_only_surplus(problem)]
            if serious:
                raise ApiError(400, f"Bad Request: {serious[0]}", is_violation=False)
        for name in fields:
            if fields[name].endswith("!") and name not in clean:
                raise ApiError(400, "Bad Request: " + MISSING.get(name, f'parameter "{name}" is required'))
        return clean

    async def _get_updates(self, call: Call) -> list[dict[str, Any]]:
        with self.world.lock:
            params = self._checked(call)
            offset, limit, timeout = (
                params.get("offset", 0),
                params.get("limit", 100),
                params.get("timeout", 0),
            )
            if not 1 <= limit <= 100 or not 0 <= timeout <= MAX_POLL_SECONDS:
                self.world.note([f"getUpdates: limit {limit} or timeout {timeout} is outside 1-100, 0-50"])
            if offset < 0:
                self.world.note(["getUpdates: a negative offset throws away people's answers"])
            self.world.allowed_updates = params.get("allowed_updates", self.world.allowed_updates)
            self._polls += 1
            mine = self._polls
            self._refuse_poll(mine)
            self.world.confirm(offset)
        self._wake_pollers()
        end = time.monotonic() + min(timeout, MAX_POLL_SECONDS)
        while True:
            wake = self._wake
            with self.world.lock:
                self._refuse_poll(mine)
                ready = self.world.updates[: max(1, min(limit, 100))]
            left = end - time.monotonic()
            if ready or left <= 0:
                return ready
            await self._wait_on_loop(wake, left)

    def _refuse_poll(self, mine: int) -> None:
        if self.world.webhook:
            text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        elif mine != self._polls:
            text = "terminated by other getUpdates request; make sure that only one bot instance is running"
        else:
            return
        raise ApiError(409, f"Conflict: {text}", is_violation=False)

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

    def _refuse(self, call: Call, error: ApiError) -> dict[str, Any]:
        call.status, call.error = error.code, error.description
        if error.is_violation:
            self.world.note([f"{call.method}: {error.description}"])
        body = {"ok": False, "error_code": error.code, "description": error.description}
        return {**body, "parameters": error.parameters} if error.parameters else body

    def _arrive(self, call: Call) -> None:
        with self.called:
            self.calls.append(call)
            self.called.notify_all()

    def _finish(self, call: Call) -> None:
        with self.called:
            call.is_done = True
            self.called.notify_all()


async def _read(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    params: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = await request.json()
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse the JSON of the request") from None
        if not isinstance(body, dict):
            raise ApiError(400, "Bad Request: object expected as request")
        return {**params, **body}, files
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.file.read())
        else:
            params[name] = value
    return params, files


def _json(status: int, body: dict[str, Any], *, retry_after: int | None = None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.Response(
        status=status,
        text=json.dumps(body, ensure_ascii=False),
        content_type="application/json",
        headers=headers,
    )
