"""The state behind the fake Zalo: people and their windows, groups, tokens, uploads, screens, the clock. No HTTP here.

One lock guards everything; `changed` is a condition on it, so that a test waits without polling.
"""

import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

DAY = 86_400.0
FREE_SECONDS = 2 * DAY  # since the last interaction: free of charge
OPEN_SECONDS = 7 * DAY  # and billed until here; refused afterwards
UPLOAD_SECONDS = 7 * DAY
ACCESS_SECONDS = 90_000.0
REFRESH_SECONDS = 90 * DAY
CODE_SECONDS = 600.0
MOST_IN_VAIN = 3  # sends a right product may spend on somebody who cannot be reached
MOST_DEAD_CALLS = 10  # calls with one dead token: those under way when it died, not a loop

FAULTS = {
    "error": "a code: the platform's refusal, nothing is done",
    "http": "a status: a web page in place of JSON, nothing is done",
    "not_json": "status 200 and a web page, nothing is done",
    "answer": "this JSON in place of the true answer, nothing is done",
    "hang": "seconds: then the connection is cut, nothing is done",
    "reset": "the connection is cut at once, nothing is done",
    "delay": "seconds: then all goes well",
    "drop": "all is done, but the connection is cut before the answer",
    "late": "seconds: all is done at once and answered after them",
}
NEED_A_VALUE = ("error", "http", "answer", "delay", "late")
HANG_SECONDS = 75.0

Event = dict[str, Any]
Button = dict[str, Any]


class Refusal(Exception):
    """A call the platform refuses; `violation` says what a right product would not have done, if it is to blame."""

    def __init__(self, code: int, message: str, violation: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.violation = violation


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the developer site shows of the app, the Official Account and the bot; all of it made up."""

    app_id: str = "360846524940903967"
    app_secret: str = "MadeUpAppSecretKey20"
    oa_id: str = "388613280878808645"
    oa_secret: str = "MadeUpOaSecretKey123"
    bot_token: str = "123456789:made-up-token-of-the-fake-bot"
    bot_secret: str = "MadeUpBotWebhookSecret-0123456789"


@dataclass(kw_only=True)
class Person:
    """Somebody on Zalo, as this Official Account knows them."""

    id: str
    id_by_app: str
    name: str
    phone: str
    is_following: bool
    last_interaction: float | None = None  # by the fake's clock
    is_blocking: bool = False
    is_admin: bool = False  # of the Official Account: gets templates in development mode


@dataclass(kw_only=True)
class Group:
    """A group that belongs to the Official Account."""

    id: str
    name: str
    members: set[str]
    is_disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file on Zalo's servers; `kind` is image, gif or file."""

    kind: str
    name: str
    content: bytes
    at: float


@dataclass(frozen=True, kw_only=True)
class Template:
    """An approved template for messages by phone or user id."""

    id: str
    name: str
    params: tuple[str, ...]
    by_uid: bool


@dataclass(kw_only=True)
class Token:
    """An access or refresh token, or the code of an authorisation with its challenge."""

    at: float
    is_dead: bool = False
    is_aged: bool = False
    answer_was_lost: bool = False  # of a used refresh token: its owner cannot know the new pair
    challenge: str = ""
    dead_calls: int = 0


@dataclass(frozen=True, kw_only=True)
class ShownMessage:
    """A message on somebody's screen; `to` is a user id, `group:…`, `phone:…` or `bot:…`."""

    message_id: str
    to: str
    kind: str
    text: str
    at: float
    buttons: tuple[Button, ...] = ()
    file: Upload | None = None
    is_billed: bool = False
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """The titles of the buttons in order."""
        return [button["title"] for button in self.buttons]


@dataclass(kw_only=True)
class Call:
    """One request; `status` is 0 until it is answered and when the connection was cut."""

    at: float  # by the fake's clock
    host: str  # openapi, oauth, business or bot
    method: str
    path: str  # of a bot call without its token: /bot/sendMessage
    query: dict[str, str]
    headers: dict[str, str]  # names in small letters
    body: Any = None
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    token: str = ""
    status: int = 0
    answer: Any = None
    fault: str = ""
    is_done: bool = False

    @property
    def error(self) -> int | None:
        """The error code of the answer; 0 is success."""
        return self.answer.get("error", self.answer.get("error_code")) if type(self.answer) is dict else None

    @property
    def to(self) -> str:
        """Whom it is for, where it is for somebody."""
        body = self.body if isinstance(self.body, dict) else {}
        recipient = body.get("recipient")
        found = {**body, **recipient} if isinstance(recipient, dict) else body
        return str(next((found[k] for k in ("user_id", "group_id", "phone", "chat_id") if k in found), ""))


@dataclass(kw_only=True)
class Fault:
    """A rule that spoils the next `left` calls it fits; `used` counts those it has spoilt."""

    pattern: str
    left: int
    kind: str
    value: Any
    to: str | None
    probability: float
    used: int = 0


class World:
    """Everything that calls change and tests look at."""

    def __init__(
        self, account: Account, *, clock: Callable[[], float], requests_per_minute: int, seed: int
    ) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.account = account
        self.requests_per_minute = requests_per_minute
        self.chance = random.Random(seed)  # noqa: S311 - the same run, the same ids; no secret
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.templates: dict[str, Template] = {}
        self.uploads: dict[str, Upload] = {}
        self.access: dict[str, Token] = {}
        self.refresh: dict[str, Token] = {}
        self.codes: dict[str, Token] = {}
        self.expires_in: str | int = "90000"  # some documents show a number
        self.redirect_uri = ""  # the one saved in the console; "" takes any
        self.button_shapes = {"text_buttons", "button_template", "list"}
        self.is_night_refused = False  # the phone host answers -133 between 22:00 and 06:00
        self.uploads_per_month = 5_000
        self.templates_per_day = 500
        self.has_echo = True
        self.has_receipts = False
        self.shown: list[ShownMessage] = []
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.outgoing: list[tuple[Event, dict[str, str]]] = []  # events the platform owes, with extra headers
        self.in_vain: Counter[str] = Counter()
        self.template_sends: deque[float] = deque()
        self._clock = clock
        self._offset = 0.0
        self._minute: deque[float] = deque()
        self._faults: list[Fault] = []

    # -- time, ids, notes

    def now(self) -> float:
        """Seconds since 1970, by the fake's clock."""
        return self._clock() + self._offset

    def now_ms(self) -> str:
        """The same in milliseconds, as Zalo writes it."""
        return str(int(self.now() * 1000))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self.lock:
            self._offset += seconds

    def new_id(self) -> str:
        """An id of a message, in Zalo's form."""
        return f"{self.chance.getrandbits(80):020x}"

    def new_token(self, kind: str) -> str:
        """A token that tells its kind and nothing else."""
        return f"{kind}-{self.chance.getrandbits(160):040x}"

    def note(self, violation: str) -> None:
        """Remember what a right product would not have done."""
        with self.lock:
            self.violations.append(violation)

    def note_surplus(self, where: str, given: dict[str, Any], known: tuple[str, ...]) -> None:
        """Note fields the platform does not know."""
        for name in given.keys() - set(known):
            self.note(f"{where}: unknown field {name}")

    def is_again_in_vain(self, key: str, most: int = MOST_IN_VAIN) -> bool:
        """Count a refusal; tell whether there have been too many in a row."""
        self.in_vain[key] += 1
        return self.in_vain[key] > most

    # -- tokens and rate

    def issue_pair(self) -> tuple[str, str]:
        """A new access and refresh token; the access token before dies."""
        with self.lock:
            for token in self.access.values():
                token.is_dead = True
            access, refresh = self.new_token("access"), self.new_token("refresh")
            self.access[access] = Token(at=self.now())
            self.refresh[refresh] = Token(at=self.now())
            return access, refresh

    def count_call(self) -> int:
        """Count a call under the rate; give how many are left in this minute, -1 when it is one too many."""
        now = self.now()
        while self._minute and now - self._minute[0] >= 60:
            self._minute.popleft()
        if len(self._minute) >= self.requests_per_minute:
            return -1
        self._minute.append(now)
        return self.requests_per_minute - len(self._minute)

    # -- people and screens

    def interact(self, user_id: str) -> Person:
        """A person wrote, tapped or followed: the window opens anew."""
        with self.lock:
            person = self.people[user_id]
            person.last_interaction = self.now()
            self.in_vain.pop(f"closed {user_id}", None)
            return person

    def show(self, to: str, **parts: Any) -> ShownMessage:
        """Put a message on a screen."""
        with self.changed:
            message = ShownMessage(message_id=self.new_id(), to=to, at=self.now(), **parts)
            self.shown.append(message)
            self.changed.notify_all()
            return message

    def uploaded(self, upload_id: Any, kinds: tuple[str, ...], field_name: str) -> Upload:
        """Find an upload a message refers to, or refuse."""
        upload = self.uploads.get(upload_id) if isinstance(upload_id, str) else None
        if upload is None or upload.kind not in kinds:
            raise Refusal(
                -201, f"{field_name} is invalid", f"{field_name} of no upload of {' or '.join(kinds)}"
            )
        if self.now() - upload.at > UPLOAD_SECONDS:
            raise Refusal(-100, "Attachment id is invalid or expired")
        return upload

    # -- faults

    def add_fault(
        self, pattern: str, count: int, fault: str | tuple[str, Any], *, to: str | None, probability: float
    ) -> Fault:
        """Add a rule; a fault is a name of FAULTS, or a name with its value."""
        kind, value = (fault, None) if isinstance(fault, str) else fault
        if kind not in FAULTS or (kind in NEED_A_VALUE and value is None):
            raise ValueError(f"no such fault: {fault!r}; there are {FAULTS}")
        rule = Fault(pattern=pattern, left=count, kind=kind, value=value, to=to, probability=probability)
        self._faults.append(rule)
        return rule

    def clear_faults(self) -> None:
        """End all rules."""
        with self.lock:
            self._faults.clear()

    def take_fault(self, call: Call) -> Fault | None:
        """Give the rule that spoils this call, if any."""
        for rule in self._faults:
            fits = fnmatchcase(call.path, rule.pattern) and rule.to in (None, call.to)
            if rule.left > 0 and fits and self.chance.random() < rule.probability:
                rule.left -= 1
                rule.used += 1
                return rule
        return None
