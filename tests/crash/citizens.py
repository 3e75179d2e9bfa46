"""Citizens who answer all at once, each on her own phone; what each of them gave, and what was kept of it."""

import os
import queue
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from storage.database import Database
from storage.responses import Response, stream_responses
from storage.tables import invitations, responses
from storage.vault import Vault
from tests.building import KEY, load_questionnaire
from tests.crash.service import Service
from tests.fakes.citizen import (
    NO_REPLY,
    REPLY_WITH_CODE,
    SKIP,
    START,
    SUBMIT,
    Deliver,
    StuckError,
    TelegramCitizen,
)
from tests.fakes.deliveries import WebhookDelivery
from tests.fakes.paper_form import OPTIONS, QUESTIONS, find_label, receipt_in
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import ShownMessage
from tests.fakes.updates import Update
from tests.running import PROCEDURES, SECRET

FORM = load_questionnaire()
PATIENCE = 60.0  # seconds a citizen waits for the next question before she counts as stuck
RETRY_FOR = 600.0  # Telegram repeats an update for a day; the tests last minutes


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a citizen will do, made up before she begins."""

    person: int
    dossier: str
    token: str
    options: tuple[int | None, ...]
    comment: str | None = None
    change: tuple[int, int] | None = None  # after question number n + 1 another option is pressed at n

    @property
    def given(self) -> tuple[int | None, ...]:
        """The answers as they must be kept."""
        kept = list(self.options)
        if self.change is not None:
            number, option = self.change
            kept[number] = option
        return tuple(kept)

    @property
    def is_asked_for_reply(self) -> bool:
        """Whether the form ends with the question about a reply."""
        chosen = zip(FORM.questions, self.given, strict=True)
        return self.comment is not None or any(q.option(n).is_bad for q, n in chosen if n)


def make_plans(service: Service, count: int, *, first_person: int = 1001, seed: int = 1) -> list[Plan]:
    """Report results to the service and return what their citizens will do."""
    chance = random.Random(seed)  # noqa: S311 - the same run, the same load; no secret
    returned_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    codes = [f"H32.99-261120-{(first_person + number) % 100_000:05}" for number in range(count)]
    results = [
        {"dossier_code": c, "procedure_code": chance.choice([*PROCEDURES]), "returned_at": returned_at}
        for c in codes
    ]
    taken = [
        one for start in range(0, count, 200) for one in service.post_results(results[start : start + 200])
    ]
    return [
        _make_plan(chance, first_person + number, one["dossier_code"], one["invitation"]["token"])
        for number, one in enumerate(taken)
    ]


def _make_plan(chance: random.Random, person: int, dossier: str, token: str) -> Plan:
    options = [
        None if chance.random() < 0.05 else chance.randint(1, len(OPTIONS[question]))
        for question in QUESTIONS
    ]
    change = None
    if chance.random() < 0.3:
        number = chance.randrange(len(QUESTIONS) - 1)
        change = (number, chance.randint(1, len(OPTIONS[QUESTIONS[number]])))
    comment = f"Góp ý số {person}: nên thêm ghế" if chance.random() < 0.4 else None
    return Plan(
        person=person, dossier=dossier, token=token, options=tuple(options), comment=comment, change=change
    )


class Impatient:
    """Delivers as Telegram does, and some updates two to four times at the same moment."""

    def __init__(self, deliver: Deliver, *, seed: int, share: float = 0.15) -> None:
        self._deliver = deliver
        self._chance = random.Random(seed)  # noqa: S311 - the same run, the same load; no secret
        self._share = share

    def __call__(self, update: Update) -> int:
        """Deliver; return the status of the first."""
        more = self._chance.randint(1, 3) if self._chance.random() < self._share else 0
        others = [threading.Thread(target=self._deliver, args=(update,), daemon=True) for _ in range(more)]
        for other in others:
            other.start()
        status = self._deliver(update)
        for other in others:
            other.join()
        return status


def walk(citizen: TelegramCitizen, plan: Plan) -> str:
    """Fill in the form, doing each thing once and waiting for what must come; return the receipt code."""
    citizen.start(plan.token)
    greeting = citizen.wait_for(lambda m: _has(m, START), what="the greeting")
    citizen.press(greeting, START)
    for number, question in enumerate(QUESTIONS):
        citizen.answer(question, plan.options[number])
        if plan.change is not None and plan.change[0] == number - 1:
            citizen.answer(QUESTIONS[number - 1], plan.change[1])
    asked = citizen.wait_for(_is_comment_question, what="the question for a comment")
    if plan.comment is None:
        citizen.press(asked, SKIP)
    else:
        citizen.type(plan.comment)
    if plan.is_asked_for_reply:
        citizen.press(
            citizen.wait_for(lambda m: _has(m, REPLY_WITH_CODE), what="the question for a reply"), NO_REPLY
        )
    citizen.tap(SUBMIT)
    return receipt_in(citizen.wait_for(lambda m: receipt_in(m.text), what="the receipt").text) or ""


def _has(message: ShownMessage, label: str) -> bool:
    return find_label([button["text"] for button in message.buttons], label) is not None


def _is_comment_question(message: ShownMessage) -> bool:
    return _has(message, SKIP) and "Góp ý thêm" in message.text


@dataclass
class Crowd:
    """So many citizens at a time; whoever is done makes room for the next."""

    fake: FakeTelegram
    service: Service
    plans: list[Plan]
    width: int = 30
    patience: float = PATIENCE
    done: dict[str, str] = field(default_factory=dict)  # dossier → receipt
    begun: list[Plan] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Let them begin."""
        self._left: queue.SimpleQueue[Plan] = queue.SimpleQueue()
        for plan in self.plans:
            self._left.put(plan)
        self._is_closing = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, daemon=True) for _ in range(self.width)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Let nobody begin any more, and wait for those who have begun."""
        self._is_closing.set()
        for thread in self._threads:
            thread.join(self.patience * 20)

    def wait_all(self) -> None:
        """Wait until everybody is done."""
        for thread in self._threads:
            thread.join(self.patience * 20)

    def _go_on(self) -> None:
        while not self._is_closing.is_set():
            try:
                plan = self._left.get_nowait()
            except queue.Empty:
                return
            self.begun.append(plan)
            try:
                self.done[plan.dossier] = walk(self.make_citizen(plan), plan)
            except StuckError as error:
                self.stuck.append(f"{plan.dossier}: {error}")

    def make_citizen(self, plan: Plan) -> TelegramCitizen:
        """Return the citizen of a plan; her updates are repeated until they are taken."""
        posting = WebhookDelivery(self.fake, self.service.webhook, SECRET, retry_for=RETRY_FOR)
        return TelegramCitizen(
            self.fake, plan.person, Impatient(posting, seed=plan.person), timeout=self.patience
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """What became of everybody's answers."""

    finished: int
    lost: list[str]  # finished, and the kept response is missing or another than was given
    doubled: list[str]  # dossiers or receipts with more than one response
    stuck: list[str]
    invented: list[str]  # responses nobody handed in

    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, stuck or invented."""
        return not (self.lost or self.doubled or self.stuck or self.invented)


def settle(crowd: Crowd, database_url: str) -> Account:
    """Compare what everybody gave with what an export has of it."""
    rows = read_export(database_url)
    by_dossier = dict(rows)
    plans = {plan.dossier: plan for plan in crowd.begun}
    lost = [
        dossier
        for dossier, receipt in crowd.done.items()
        if dossier not in by_dossier or not _is_kept(by_dossier[dossier], plans[dossier], receipt)
    ]
    counted = Counter(dossier for dossier, _ in rows) + Counter(str(row.receipt) for _, row in rows)
    return Account(
        finished=len(crowd.done),
        lost=lost,
        doubled=[name for name, times in counted.items() if times > 1],
        stuck=crowd.stuck,
        invented=[dossier for dossier in by_dossier if dossier not in crowd.done],
    )


def read_export(database_url: str) -> list[tuple[str, Response]]:
    """Return all responses with the dossier each belongs to, as an export reads them."""
    database = Database(database_url)
    try:
        with database.reading() as tx:
            linked = select(responses.c.id, invitations.c.dossier_code_given).join(invitations)
            dossiers = {row.id: row.dossier_code_given for row in tx.execute(linked)}
            return [(dossiers.get(row.id, ""), row) for row in stream_responses(tx, Vault(KEY, os.urandom))]
    finally:
        database.stop()


def _is_kept(row: Response, plan: Plan, receipt: str) -> bool:
    return (row.answers, row.comment, row.receipt) == (plan.given, plan.comment, receipt)
