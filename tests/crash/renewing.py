"""Processes that renew Zalo's tokens, forked from one that has everything loaded; some end at a step they are told.

Run as a program it reads jobs, a line of JSON each, and forks a process for each. The job `wait` answers with how all of
them ended.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.logs import setup_logging
from bot.settings.channels import Zalo
from bot.zalo.api import ZaloApi
from bot.zalo.tokens import Tokens
from storage.database import Database
from tests.crash.service import CHECKOUT
from tests.tokening import token_setup

KILLED = 77  # the exit status of a process that ended at its step


class Nursery:
    """The process that forks the others."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.renewing"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, **job: Any) -> None:
        """Start a process that does the job."""
        self._say(job)

    def wait(self) -> list[int]:
        """Wait until all processes have ended; return their exit statuses."""
        self._say({"kind": "wait"})
        assert self._process.stdout is not None
        statuses: list[int] = json.loads(self._process.stdout.readline())
        return statuses

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=20)

    def _say(self, job: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()


class Stepper:
    """Counts the steps, writes them down where it is told to, and ends the process at one of them."""

    def __init__(self, *, end_at: int | None = None, end_after_ms: int | None = None) -> None:
        self.names: list[str] = []
        self._end_at = end_at
        self._end_after_ms = end_after_ms

    def __call__(self, name: str) -> None:
        """Take a step."""
        if self._end_at == len(self.names):
            os._exit(KILLED)
        self.names.append(name)
        if name == "asking" and self._end_after_ms is not None:
            threading.Timer(self._end_after_ms / 1000, lambda: os._exit(KILLED)).start()


def build_tokens(database: Database, settings: Zalo, *, step: Any, seconds: float = 0.0) -> Tokens:
    """Return the tokens of a process whose clock is `seconds` ahead."""

    async def pause(_seconds: float) -> None:
        await asyncio.sleep(0.02)

    return Tokens(
        database=database,
        setup=token_setup(),
        settings=settings,
        clock=lambda: datetime.now(UTC) + timedelta(seconds=seconds),
        chance=lambda: 0.5,
        owner=f"{os.getpid()}-{os.urandom(4).hex()}",
        patience=0.4,
        pause=pause,
        step=step,
    )


def _renew(job: dict[str, Any]) -> int:
    """Renew, and perhaps end at a step."""
    database, settings = Database(job["url"]), Zalo.model_validate(job["zalo"])
    database.start()
    step = Stepper(end_at=job.get("end_at"), end_after_ms=job.get("end_after_ms"))
    tokens = build_tokens(database, settings, step=step, seconds=job["seconds"])
    asyncio.run(tokens.keep_fresh())
    if "steps" in job:
        with open(job["steps"], "w") as file:  # noqa: PTH123 - as short as it gets
            file.write(" ".join(step.names))
    database.stop()
    return 0


def _send(job: dict[str, Any]) -> int:
    """Send messages in two streams at a time. The exit status is how many failed."""

    async def send() -> int:
        tokens = build_tokens(database, settings, step=lambda _name: None)
        api = ZaloApi(settings, tokens)
        failed = 0

        async def stream(number: int) -> None:
            nonlocal failed
            for place in range(number, job["count"], 2):
                message = {"text": f"Tin {job['name']}-{place}"}
                reply = await api.call(
                    "/v3.0/oa/message/cs", {"recipient": {"user_id": job["person"]}, "message": message}
                )
                failed += reply.code != 0

        await asyncio.gather(stream(0), stream(1))
        await api.close()
        await tokens.close()
        return failed

    database, settings = Database(job["url"]), Zalo.model_validate(job["zalo"])
    database.start()
    failed = asyncio.run(send())
    database.stop()
    return failed


def _main() -> None:
    setup_logging("CRITICAL", ())
    token_setup()
    children: list[int] = []
    for line in sys.stdin:
        job = json.loads(line)
        if job["kind"] == "wait":
            ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            children.clear()
            print(json.dumps(ended), flush=True)  # noqa: T201 - the answer to whoever asked
            continue
        child = os.fork()
        if child:
            children.append(child)
            continue
        status = 99
        try:
            status = {"renew": _renew, "send": _send}[job["kind"]](job)
        finally:
            os._exit(status)


if __name__ == "__main__":
    _main()
