"""The whole program on the strict fake of Zalo, and many citizens at once, each answering in ways of her own.

What they send comes as on the platform's bad days: doubled at once, out of order, again much later, between probes, forgeries
and events nobody knows.
"""

import json
import queue
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.crash.service import Service, free_port
from tests.fakes import zalo_events
from tests.fakes.citizen import START, StuckError
from tests.fakes.paper_form import OPTIONS, QUESTIONS, find_options
from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_citizen import ZaloCitizen, numbered_in
from tests.fakes.zalo_deliveries import Delivery
from tests.fakes.zalo_world import Event, ShownMessage
from tests.running import PROCEDURES, write_settings
from tests.zalo_plans import LABELS, NUMBERS, WAYS, Plan, in_pieces, make_plan
from tests.zalo_settings import BOT_GROUP, bot_section, zalo_settings

HOUR = 3600.0
LAST_RETRY = 5  # the platform posts an event for the fifth and last time an hour after the first
PATIENCE = 120.0  # seconds a citizen waits for the next question before she counts as stuck
AT_ONCE = 16  # events under way at a time when all are posted once more


class Screens:
    """Everybody's messages by person: of many citizens only the one with a new message wakes."""

    def __init__(self, zalo: ZaloFake, people: Sequence[str]) -> None:
        self._zalo = zalo
        self._shown: dict[str, list[ShownMessage]] = {person: [] for person in people}
        self._changed = {person: threading.Condition() for person in people}
        self._is_closed = False
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def count(self, person: str) -> int:
        """Return how many messages she has."""
        with self._changed[person]:
            return len(self._shown[person])

    def wait(
        self, person: str, holds: Callable[[ShownMessage], object], *, since: int, seconds: float
    ) -> ShownMessage | None:
        """Wait for the newest message for which it holds, after the first `since`; None in vain."""
        shown = self._shown[person]

        def find() -> ShownMessage | None:
            return next((message for message in reversed(shown[since:]) if holds(message)), None)

        with self._changed[person]:
            return self._changed[person].wait_for(find, seconds)

    def close(self) -> None:
        """End the thread."""
        self._is_closed = True
        self._thread.join(5)

    def _follow(self) -> None:
        world, read = self._zalo.world, 0
        while not self._is_closed:
            with world.changed:
                world.changed.wait_for(lambda: len(world.shown) > read, 0.2)  # noqa: B023 - called at once
                new, read = world.shown[read:], len(world.shown)
            for message in new:
                if message.to in self._shown:
                    with self._changed[message.to]:
                        self._shown[message.to].append(message)
                        self._changed[message.to].notify_all()


class BadDay:
    """Posts one citizen's events as the platform does on a bad day."""

    def __init__(self, zalo: ZaloFake, person: str, seed: int) -> None:
        self.heard: list[Event] = []  # what the product must take in, each once
        self._zalo = zalo
        self._person = person
        self._chance = random.Random(seed)  # noqa: S311 - the same run, the same load; no secret

    def __call__(self, event: Event) -> int:
        """Post an event, and more around it; return the status of the event itself."""
        others = [self._disturb() for _ in range(self._chance.choice((0, 0, 1, 2)))]
        self.heard.append(event)
        copies = self._chance.choice((1, 1, 1, 2, 3))
        signed = {
            "header_timestamp": self._chance.random() < 0.1,
            "prefix": self._chance.random() < 0.8,
        }
        delivery = self._zalo.deliver(event, copies=copies, at_once=True, **signed)
        if self._chance.random() < 0.3:
            again = self._chance.choice(self.heard)
            others.append(self._zalo.deliver(again, num_retry=self._chance.randint(1, 3)))
        for other in (*others, delivery):
            other.wait(PATIENCE)
        return delivery.status

    def deliver_reordered(self, *events: Event) -> None:
        """Post events at once, not in their order."""
        self.heard += events
        for delivery in self._zalo.deliver_reordered(events):
            delivery.wait(PATIENCE)

    def _disturb(self) -> Delivery:
        """Post something that must change nothing."""
        zalo, world, chance = self._zalo, self._zalo.world, self._chance
        forged = zalo_events.text(world, self._person, chance.choice(("1", "5", "Dừng", "xóa dữ liệu")))
        match chance.randrange(9):
            case 0:
                return zalo.probe()
            case 1:
                return zalo.deliver(zalo_events.sample_probe(world))
            case 2:
                return zalo.deliver(forged, secret="NotTheSecretOfTheAccount")
            case 3:
                return zalo.deliver(forged, signature="")
            case 4:
                return zalo.deliver(forged, signature="mac=" + "0" * 64)
            case 5:
                return zalo.deliver(zalo_events.unknown(world, text="1", user_id=self._person))
            case 6:
                return zalo.deliver(zalo_events.react(world, self._person, world.new_id()))
            case 7:
                return zalo.deliver(zalo_events.anonymous_text(world, "2"))
        return zalo.deliver(zalo_events.admin_text(world, self._person, chance.choice(("1", "Dừng", "Tốt"))))


class Neighbour(ZaloCitizen):
    """A citizen who taps, types numbers and types labels as it comes."""

    def __init__(self, zalo: ZaloFake, screens: Screens, plan: Plan, *, reads: float) -> None:
        self.day = BadDay(zalo, plan.person, plan.seed)
        super().__init__(zalo, user_id=plan.person, deliver=self.day, timeout=PATIENCE)
        self.plan = plan
        self.refused: list[tuple[str, int]] = []
        self._screens = screens
        self._reads = reads
        self._chance = random.Random(plan.seed)  # noqa: S311 - the same run, the same load; no secret

    def fill_in(self) -> str:
        """The whole way; return the receipt code."""
        plan = self.plan
        self.begin_spelled(plan.code_spelled)
        number = 0
        while number < len(QUESTIONS):
            if plan.change is not None and plan.change[0] == number:
                self.answer_two(number)
                number += 2
            else:
                self.answer(QUESTIONS[number], plan.options[number])
                number += 1
        self.by = self._chance.choice(("buttons", "numbers", "labels"))
        comment = plan.comment and self._chance.choice((str, in_pieces))(plan.comment)
        return self.finish(comment, reply=plan.reply)

    def begin_spelled(self, code: str) -> None:
        """From the code to the first question, consenting; some have opened the chat before."""
        if self._chance.random() < 0.3:
            self.act("opens the chat", zalo_events.click_chatnow(self.zalo.world, self.user_id))
        self.say(code)
        greeting = self.wait_for(lambda m: "Bắt đầu" in " ".join((*m.labels, m.text)), what="the greeting")
        self.press(greeting, START)

    def answer(self, question: str, option: int | None, *, timeout: float | None = None) -> int:
        """Give an option in a way of chance, sometimes after a sticker."""
        message = self.shown(question, timeout=timeout)
        if self._chance.random() < 0.05:
            self.send("sticker")
        if option is None:
            return self.say(self._chance.choice(("Bỏ qua", "bo qua")))
        way, labels = self._chance.choice(WAYS), message.labels
        places = find_options(labels, question)
        if way == "tap" and places:
            return self.tap(message, places[option - 1])
        if way == "label":
            return self.say(self._chance.choice(LABELS)(OPTIONS[question][option - 1]))
        lines = numbered_in(message.text)
        places = find_options(list(lines.values()), question)
        if places is None:
            raise StuckError(f"question {question} has no numbered options: {message.text[:200]!r}")
        return self.say(self._chance.choice(NUMBERS)(str(list(lines)[places[option - 1]])))

    def answer_two(self, number: int) -> None:
        """Answer a question, then tap the next answer and a change of the first; these two arrive in any order."""
        if self.plan.change is None:
            return
        first, second = QUESTIONS[number : number + 2]
        option, next_option = self.plan.options[number], self.plan.options[number + 1]
        asked = self.shown(first)
        self.tap(asked, self._place(asked, first, option))
        asked_next = self.shown(second)
        taps = (
            self.zalo.payload_of(asked_next, self._place(asked_next, second, next_option)),
            self.zalo.payload_of(asked, self._place(asked, first, self.plan.change[1])),
        )
        self._mark = self._screens.count(self.user_id)
        world = self.zalo.world
        self.day.deliver_reordered(*(zalo_events.text(world, self.user_id, payload) for payload in taps))

    def act(self, what: str, event: Event) -> int:
        """Deliver any event in her name, after reading what is there."""
        threading.Event().wait(self._chance.uniform(0, self._reads))
        self._mark = self._screens.count(self.user_id)
        self.said.append(what)
        status = self.day(event)
        if status != 200:
            self.refused.append((what, status))
        return status

    def wait_for(
        self,
        wanted: str | Callable[[ShownMessage], object],
        *,
        since: int = 0,
        timeout: float | None = None,
        what: str = "",
    ) -> ShownMessage:
        """Wait for the newest message with these words, or for which the predicate holds."""
        holds = (lambda m: wanted in m.text) if isinstance(wanted, str) else wanted
        seconds = self.timeout if timeout is None else timeout
        found = self._screens.wait(self.user_id, holds, since=since, seconds=seconds)
        if found is None:
            said = " | ".join(self.said[-3:])
            raise StuckError(f"no {what or wanted} after {said!r}; screen: {self.screen()}")
        return found

    @staticmethod
    def _place(message: ShownMessage, question: str, option: int | None) -> int:
        places = find_options(message.labels, question)
        if places is None or option is None:
            raise StuckError(f"question {question} cannot be tapped: {message.labels}")
        return places[option - 1]


@dataclass(kw_only=True)
class Town:
    """Everybody who answers, and what became of it."""

    zalo: ZaloFake
    neighbours: list[Neighbour]
    receipts: dict[str, str] = field(default_factory=dict)  # dossier → receipt
    stuck: list[str] = field(default_factory=list)

    @property
    def heard(self) -> int:
        """How many events were theirs, each counted once."""
        return sum(len(neighbour.day.heard) for neighbour in self.neighbours)

    def count_shown(self) -> int:
        """Return how many messages stand on their screens."""
        people = {neighbour.user_id for neighbour in self.neighbours}
        return sum(message.to in people for message in self.zalo.world.shown)

    def fill_in(self) -> None:
        """Let all begin at once, and wait until everybody is done."""
        threads = [
            threading.Thread(target=self._fill_in, args=(one,), daemon=True) for one in self.neighbours
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE * 20)

    def _fill_in(self, neighbour: Neighbour) -> None:
        try:
            self.receipts[neighbour.plan.dossier] = neighbour.fill_in()
        except Exception as error:  # noqa: BLE001 - told by the test
            self.stuck.append(f"{neighbour.plan.dossier}: {error!r}")


@contextmanager
def open_town(zalo: ZaloFake, service: Service, count: int, *, reads: float) -> Iterator[Town]:
    """Report so many results, and give the people who will answer; each reads so many seconds at most before she acts."""
    returned_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    chance = random.Random(count)  # noqa: S311 - the same run, the same load; no secret
    results = [
        {
            "dossier_code": f"H32.99-261120-{number:05}",
            "procedure_code": chance.choice([*PROCEDURES]),
            "returned_at": returned_at,
        }
        for number in range(1, count + 1)
    ]
    plans = [make_plan(zalo, one, seed) for seed, one in enumerate(service.post_results(results))]
    screens = Screens(zalo, [plan.person for plan in plans])
    try:
        yield Town(zalo=zalo, neighbours=[Neighbour(zalo, screens, plan, reads=reads) for plan in plans])
    finally:
        screens.close()


@contextmanager
def open_service(folder: Path, database_url: str) -> Iterator[tuple[ZaloFake, Service]]:
    """Give the program, listening, and the fake it is joined to; the platform tells of everything it shows."""
    port = free_port()
    with ZaloFake() as zalo:
        zalo.webhook_url = f"http://127.0.0.1:{port}/webhook/zalo"
        zalo.world.has_receipts = True
        zalo.add_group(members=[zalo.add_person("Cán bộ Một")])
        zalo.add_bot_chat(BOT_GROUP)
        settings = zalo_settings(
            database_url,
            zalo,
            zalo_bot=bot_section(zalo, mode="polling"),
            telegram={"enabled": False},
        )
        service = Service(write_settings(folder, settings), port)
        service.migrate()
        try:
            service.start()
            yield zalo, service
        finally:
            service.kill()


def post_all_again(zalo: ZaloFake) -> list[Delivery]:
    """Let an hour pass and everything that was ever posted come once more, in an order of chance."""
    zalo.advance(HOUR)
    earlier = zalo.deliveries
    zalo.world.chance.shuffle(earlier)
    left: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    for delivery in earlier:
        how = replace(delivery.how, copies=1, delay=0.0, num_retry=LAST_RETRY)
        left.put(
            Delivery(
                name=delivery.name, url=delivery.url, body=delivery.body, headers=delivery.headers, how=how
            )
        )
    posted: list[Delivery] = []

    def post() -> None:
        while True:
            try:
                delivery = left.get_nowait()
            except queue.Empty:
                return
            posted.append(zalo.poster.start(delivery).wait(PATIENCE))

    threads = [threading.Thread(target=post, daemon=True) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return posted


def export(service: Service, name: str) -> dict[str, dict[str, Any]]:
    """Let the program export all responses; return them by dossier."""
    path = service.config.with_name(name)
    status = service.command(
        "responses", "export", "--format", "jsonl", "--with-dossiers", "--out", str(path)
    ).wait(60)
    assert status == 0, service.said()[-2000:]
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({row["dossier_code"] for row in rows}) == len(rows)
    return {row["dossier_code"]: row for row in rows}
