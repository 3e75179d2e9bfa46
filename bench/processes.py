"""The programs that are measured: each a process of its own, with its cost read from /proc."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp

_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
ROOT = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A program under measurement did not start or stopped by itself; the message is the end of what it wrote."""


def find_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process and its threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_megabytes(pid: int) -> float:
    """Return the most memory a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmHWM"))
    return int(found.split()[1]) / 1024


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without settings of ours and without proxies."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("HAILONG_") and not key.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **extra}


async def run(arguments: list[str], folder: Path, extra: Mapping[str, str]) -> None:
    """Run a program to its end. Raises Failed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env=environment(extra),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise Failed(f"{' '.join(arguments)}: {output.decode(errors='replace')[-500:]}")


@contextlib.asynccontextmanager
async def running(
    arguments: list[str], folder: Path, extra: Mapping[str, str], *, ready_url: str
) -> AsyncIterator[int]:
    """Start a program, wait until it answers, give its process id, and end it. Raises Failed."""
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=folder, env=environment(extra), stdout=output, stderr=output
        )
    try:
        await _wait_until_ready(process, ready_url, log)
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _wait_until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    end = asyncio.get_running_loop().time() + _START_SECONDS
    async with aiohttp.ClientSession() as client:
        while asyncio.get_running_loop().time() < end and process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with client.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
    raise Failed(f"{url} does not answer: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-500:]
