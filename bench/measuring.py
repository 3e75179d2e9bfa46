"""One run: the same citizens against hailong and against the plain bot, one after the other, and what it cost them."""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.citizens import Citizen, Service, Timings, Town
from bench.fake_api import FakeApi
from bench.hailong_service import open_hailong
from bench.plain_bot import open_plain
from bench.processes import cpu_seconds, peak_megabytes

Open = Callable[..., AbstractAsyncContextManager[Service]]
SERVICES: dict[str, Open] = {"hailong": open_hailong, "plain": open_plain}
LANE = 1_000_000  # numbers of the people of each phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked of a program."""

    citizens: int  # of the burst: at once, each without waiting for the next question
    rounds: int  # surveys of each of them
    readers: int  # citizens who read each question before they answer
    questions: int  # that the readers answer
    think: float  # seconds they take; above one, for no chat may get more than a message a second


def run_once(load: Load, port: int) -> dict[str, dict[str, float]]:
    """Measure all programs once; return their figures by name."""
    return {name: asyncio.run(_measure(opener, load, port)) for name, opener in SERVICES.items()}


async def _measure(opener: Open, load: Load, port: int) -> dict[str, float]:
    api = FakeApi()
    await api.start()
    count = load.readers + load.citizens * load.rounds
    connector = aiohttp.TCPConnector(limit=0)
    try:
        with tempfile.TemporaryDirectory(prefix="hailong-bench-") as folder:
            opened = opener(Path(folder), api.base_url, port=port, invitations=count)
            async with opened as service, aiohttp.ClientSession(connector=connector) as client:
                figures = await _read_and_answer(Town(service, api, client, LANE), load)
                figures |= await _burst(Town(service, api, client, 2 * LANE), load, skip=load.readers)
                return figures | {"peak memory, MB": peak_megabytes(service.pid)}
    finally:
        await api.stop()


async def _read_and_answer(town: Town, load: Load) -> dict[str, float]:
    """A few citizens at the pace of people: how soon the next question is there."""
    timings, readers = Timings(), town.settle(load.readers)
    before = cpu_seconds(town.service.pid)
    pauses = (load.think * place / len(readers) for place in range(len(readers)))  # people do not tap in step
    await asyncio.gather(
        *(_read_later(r, timings, load, pause) for r, pause in zip(readers, pauses, strict=True))
    )
    cpu = cpu_seconds(town.service.pid) - before
    return {
        **_quantiles("reading: 200 after, ms", timings.accepted),
        **_quantiles("reading: next question after, ms", timings.asked),
        "reading: CPU s per 1,000 answers": 1000 * cpu / len(timings.accepted),
    }


async def _read_later(reader: Citizen, timings: Timings, load: Load, pause: float) -> None:
    await asyncio.sleep(pause)
    await reader.answer_as_asked(timings, think=load.think, questions=load.questions)


async def _burst(town: Town, load: Load, *, skip: int) -> dict[str, float]:
    """Many citizens at once, as fast as the webhook answers: only the answers are timed, not the opening."""
    for _ in range(skip):
        town.next_token()  # the readers' invitations
    timings, seconds, cpu = Timings(), 0.0, 0.0
    citizens = town.settle(load.citizens)
    loop = asyncio.get_running_loop()
    for _ in range(load.rounds):
        await asyncio.gather(*(_begin(citizen) for citizen in citizens))
        began, used = loop.time(), cpu_seconds(town.service.pid)
        await asyncio.gather(*(citizen.answer_without_waiting(timings) for citizen in citizens))
        seconds += loop.time() - began
        cpu += cpu_seconds(town.service.pid) - used
    return {
        "burst: answers accepted a second": len(timings.accepted) / seconds,
        **_quantiles("burst: 200 after, ms", timings.accepted),
        "burst: CPU s per 1,000 answers": 1000 * cpu / len(timings.accepted),
    }


async def _begin(citizen: Citizen) -> None:
    await citizen.open()
    await citizen.press(citizen.town.service.begin)


def _quantiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        f"{name}, p{percent}": 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
        for percent in (50, 95, 99)
    }


def medians(runs: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Return the median of each figure over the runs."""
    return {
        service: {name: statistics.median(run[service][name] for run in runs) for name in runs[0][service]}
        for service in runs[0]
    }


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before"
