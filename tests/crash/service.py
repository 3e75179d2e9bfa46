"""The real program in a process of its own: started, killed, ended, and asked over HTTP."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.running import API_TOKEN

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
ALL_ROLES = ("web", "poll", "send", "schedule")


class Service:
    """`hailong serve` on settings in a folder. One object lives through many processes, one after the other."""

    def __init__(
        self, config: Path, port: int, *, roles: Sequence[str] = ALL_ROLES, name: str = "service"
    ) -> None:
        self.config = config
        self.port = port
        self.roles = roles
        self.stderr = config.with_name(f"{name}.stderr")
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def webhook(self) -> str:
        """Where Telegram's updates go."""
        return f"http://127.0.0.1:{self.port}/webhook/telegram"

    def command(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command of the program; what it says goes into the file `stderr`."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("HAILONG_")}
        paths = [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]
        environ |= {"PYTHONPATH": os.pathsep.join(p for p in paths if p), "HAILONG_WEB__PORT": str(self.port)}
        with self.stderr.open("ab") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "--config", str(self.config), *arguments],
                cwd=self.config.parent,
                env=environ,
                stdout=said,
                stderr=said,
            )

    def migrate(self) -> None:
        """Bring the database to the schema."""
        status = self.command("migrate").wait(START_SECONDS)
        assert status == 0, self.said()

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        self.starts += 1
        self.process = self.command("serve", "--roles", ",".join(self.roles))

    def start(self) -> None:
        """Start the process; return when it answers, or at once when it has no web server."""
        self.spawn()
        if "web" in self.roles:
            self.wait_alive()

    def wait_alive(self) -> None:
        """Wait until it answers."""
        assert wait_until(self.is_alive, START_SECONDS), f"the service did not start: {self.said()[-3000:]}"

    def is_alive(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def terminate(self, seconds: float = 15.0) -> tuple[int | None, float]:
        """Send SIGTERM. Return the exit status (None when it had to be killed) and how many seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        try:
            status: int | None = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        took = time.monotonic() - began
        self.kill()
        return status, took

    def said(self) -> str:
        """Return everything it ever wrote."""
        return self.stderr.read_text(encoding="utf-8", errors="replace") if self.stderr.exists() else ""

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask it over HTTP."""
        return self.request("GET", path)

    def post_results(self, results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Report returned results; return what came of each."""
        status, body = self.request("POST", "/api/v1/results", {"results": list(results)})
        assert status == 200, (status, body[:300])
        outcomes: list[dict[str, Any]] = json.loads(body)["results"]
        return outcomes

    def request(self, method: str, path: str, values: object = None) -> tuple[int, bytes]:
        """Send one request with the token of the interface; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = None if values is None else json.dumps(values).encode()
        headers = {"Authorization": f"Bearer {API_TOKEN}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_until(holds: Callable[[], object], seconds: float) -> bool:
    """Look again and again whether it holds; False when the time is over."""
    end, never = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() >= end:
            return False
        never.wait(0.03)
    return True
