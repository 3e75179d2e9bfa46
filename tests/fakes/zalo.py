"""A strict Zalo on 127.0.0.1, over real HTTP, in a thread of its own. It refuses what Zalo refuses.

    with ZaloFake() as zalo:  # or `async with`
        zalo.webhook_url = "http://127.0.0.1:8080/webhook/zalo"
        person = zalo.add_person()
        zalo.say(person, "ABCD2345").wait()  # or `await zalo.say(…)` where the product shares the loop
        zalo.wait(person, lambda messages: messages and "Câu 1/10" in messages[-1].text, timeout=5)
        assert zalo.violations == []

What endpoints do is in `zalo_methods.py`, `zalo_oauth.py` and `zalo_bot.py`, the shape of messages in `zalo_shapes.py`, events in
`zalo_events.py`, how they are posted in `zalo_deliveries.py`; citizens are in `zalo_citizen.py`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tests.fakes import zalo_events, zalo_oauth
from tests.fakes.paper_form import find_label
from tests.fakes.zalo_bot import Bot, BotChat
from tests.fakes.zalo_deliveries import Delivery, How, Poster, event_delivery
from tests.fakes.zalo_server import ZaloServer
from tests.fakes.zalo_world import Account, Call, Event, Fault, Group, Person, ShownMessage, Template, World

T = TypeVar("T")

ACCOUNT = Account()


class ZaloFake:
    """The servers, and what a test wants to know of them. All views and changes are safe from any thread."""

    def __init__(
        self,
        account: Account = ACCOUNT,
        *,
        webhook_url: str = "",
        bot_webhook_url: str = "",
        requests_per_minute: int = 2000,
        ports: dict[str, int] | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.world = World(account, clock=clock, requests_per_minute=requests_per_minute, seed=seed)
        self.bot = Bot(self.world, secret=account.bot_secret)
        self.bot_webhook_url = bot_webhook_url
        self._server = ZaloServer(self.world, self.bot, ports=ports or {})
        self._server.webhook_url = webhook_url

    # -- life

    def start(self) -> Self:
        """Listen; return when requests are answered."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    @property
    def bases(self) -> dict[str, str]:
        """What stands in the place of Zalo's four hosts, by the names of the settings."""
        names = {
            "api_base": "openapi",
            "oauth_base": "oauth",
            "business_base": "business",
            "bot_base": "bot",
        }
        return {name: f"http://127.0.0.1:{self._server.ports[host]}" for name, host in names.items()}

    @property
    def webhook_url(self) -> str:
        """Where events of the Official Account are posted; "" for nowhere."""
        return self._server.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self._server.webhook_url = url

    # -- time and tokens

    def advance(self, seconds: float) -> None:
        """Let time pass for windows, tokens, uploads and rates."""
        self.world.advance(seconds)

    def issue_pair(self) -> tuple[str, str]:
        """An access and a refresh token, as the developer site gives them by hand."""
        return self.world.issue_pair()

    def expire_access(self) -> None:
        """Let every access token be too old (-220); refresh tokens stay good."""
        self._spoil_tokens(self.world.access, "is_aged")

    def expire_refresh(self) -> None:
        """Let every refresh token be too old: a human must authorise anew."""
        self._spoil_tokens(self.world.refresh, "is_aged")

    def revoke(self) -> None:
        """The admin takes the app's right back: all tokens are dead."""
        self._spoil_tokens(self.world.access, "is_dead")
        self._spoil_tokens(self.world.refresh, "is_aged")

    def authorize(self, link: str) -> str:
        """The admin opens the link of the consent page and agrees; give the address the browser is sent to."""
        parts = urlsplit(link)
        if parts.path != zalo_oauth.PERMISSION_PATH:
            self.world.note(f"permission: unknown path {parts.path}")
        return zalo_oauth.permit(self.world, dict(parse_qsl(parts.query)))

    # -- people, groups, templates

    def add_person(
        self, name: str = "", *, phone: str = "", is_following: bool = True, has_written: bool = False
    ) -> str:
        """Make a person known and give their id; until they have done something nobody may write to them."""
        with self.world.lock:
            number = len(self.world.people) + 1
            person = Person(
                id=str(2_468_458_835_291_970_000 + 7 * number),
                id_by_app=str(5_521_772_797_175_877_000 + 7 * number),
                name=name or f"Người dân {number}",
                phone=phone,
                is_following=is_following,
                last_interaction=self.world.now() if has_written else None,
            )
            self.world.people[person.id] = person
            return person.id

    def block(self, user_id: str, blocked: bool = True) -> None:
        """Let a person restrict the account's messages (-244), or no longer."""
        with self.world.lock:
            self.world.people[user_id].is_blocking = blocked

    def add_group(self, name: str = "Nhóm cán bộ", members: Sequence[str] = ()) -> str:
        """Make a group of the account and give its id."""
        with self.world.lock:
            group_id = f"g{246_845_883_529_190_000 + len(self.world.groups) + 1}"
            self.world.groups[group_id] = Group(id=group_id, name=name, members=set(members))
            return group_id

    def disable_group(self, group_id: str, disabled: bool = True) -> None:
        """Let a group's package run out (-237)."""
        with self.world.lock:
            self.world.groups[group_id].is_disabled = disabled

    def add_template(self, template_id: str, *params: str, by_uid: bool = True) -> None:
        """Approve a template with these parameters."""
        template = Template(id=template_id, name=f"Mẫu {template_id}", params=params, by_uid=by_uid)
        with self.world.lock:
            self.world.templates[template_id] = template

    def add_bot_chat(self, chat_id: str, *, is_group: bool = True) -> str:
        """Let the bot know a chat: a group it was invited to, or somebody who wrote to it."""
        with self.world.lock:
            self.bot.chats[chat_id] = BotChat(id=chat_id, is_group=is_group)
        return chat_id

    # -- events; their makers are in `zalo_events`, the ways of posting are the fields of `How`

    def deliver(self, event: Event, **how: Any) -> Delivery:
        """Post an event, e.g. `deliver(zalo_events.media(zalo.world, person, "image"), copies=2)`."""
        return self._server.poster.start(event_delivery(self.world, self.webhook_url, event, How(**how)))

    def deliver_reordered(self, events: Sequence[Event], **how: Any) -> list[Delivery]:
        """Post events at once, in an order of chance that is not theirs."""
        order = list(events)
        while len(order) > 1 and order == list(events):
            self.world.chance.shuffle(order)
        return [self.deliver(event, **how) for event in order]

    def say(self, user_id: str, words: str, *, quote: str | None = None, **how: Any) -> Delivery:
        """Let a person write."""
        return self.deliver(zalo_events.text(self.world, user_id, words, quote=quote), **how)

    def tap(self, message: ShownMessage, label: str | int, **how: Any) -> Delivery:
        """Let the person tap a button by its label or place, however old the message is."""
        return self.say(message.to, self.payload_of(message, label), **how)

    def payload_of(self, message: ShownMessage, label: str | int) -> str:
        """What a tap on a button sends in the person's name."""
        place = find_label(message.labels, label) if isinstance(label, str) else label
        if place is None or not message.buttons[place]["type"].startswith("oa.query."):
            raise AssertionError(
                f"no button that answers {label!r} on {message.text[:80]!r}, {message.labels}"
            )
        return str(message.buttons[place]["payload"])

    def probe(self, **how: Any) -> Delivery:
        """Post `{}` unsigned, as when the address is saved."""
        unsigned: dict[str, Any] = {"raw": zalo_events.EMPTY_PROBE, "signature": "", "expect": (200,)}
        return self.deliver({}, **{**unsigned, **how})

    def bot_hears(self, update: dict[str, Any] | None, **how: Any) -> Delivery | None:
        """Hand an update of `zalo.bot` to the product: to the webhook where there is one, else to getUpdates."""
        if update is None:
            return None
        if self.bot_webhook_url:
            return self._server.poster.start(self.bot.delivery(self.bot_webhook_url, update, How(**how)))
        with self.world.lock:
            self.bot.updates.append(update)
        self._server.wake_pollers()
        return None

    # -- what was seen

    def messages(self, to: str) -> list[ShownMessage]:
        """The messages to a person, `group:…`, `phone:…` or `bot:…`, oldest first."""
        with self.world.lock:
            return [message for message in self.world.shown if message.to == to]

    def wait(self, to: str, predicate: Callable[[list[ShownMessage]], T], timeout: float = 10.0) -> T | None:
        """Wait until `predicate(messages)` is truthy and return its value; None when the time is over."""
        with self.world.changed:
            return self.world.changed.wait_for(lambda: predicate(self.messages(to)), timeout) or None

    def wait_for_call(
        self, predicate: Callable[[Call], object], timeout: float = 10.0, *, answered: bool = True
    ) -> Call | None:
        """Wait for a call that satisfies the predicate, answered (or cut) unless said otherwise; None in vain."""

        def found() -> Call | None:
            return next((c for c in self.world.calls if c.is_done >= answered and predicate(c)), None)

        with self.world.changed:
            return self.world.changed.wait_for(found, timeout)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is being posted to the product; False in vain."""
        with self.world.changed:
            return self.world.changed.wait_for(lambda: all(d.is_done for d in self.deliveries), timeout)

    @property
    def calls(self) -> list[Call]:
        """Every request so far."""
        with self.world.lock:
            return list(self.world.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event so far, those of the platform's own accord included."""
        with self.world.lock:
            return list(self._server.poster.deliveries)

    @property
    def violations(self) -> list[str]:
        """What a right product never does."""
        with self.world.lock:
            return list(self.world.violations)

    # -- faults

    def inject(
        self,
        path_pattern: str,
        count: int,
        fault: str | tuple[str, Any],
        to: str | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Spoil the next `count` calls that fit, e.g. `inject("/v3.0/oa/message/*", 2, ("error", -32))`. See FAULTS."""
        with self.world.lock:
            return self.world.add_fault(path_pattern, count, fault, to=to, probability=probability)

    def clear_faults(self) -> None:
        """Work well again."""
        self.world.clear_faults()

    @property
    def poster(self) -> Poster:
        """Its `pauses` between re-sends and `most_seconds` for an answer may be changed."""
        return self._server.poster

    @property
    def buttons_supported(self) -> bool:
        """Whether buttons of any shape are taken; `world.button_shapes` holds those that are."""
        return bool(self.world.button_shapes)

    @buttons_supported.setter
    def buttons_supported(self, supported: bool) -> None:
        shapes = {"text_buttons", "button_template", "list"} if supported else set()
        with self.world.lock:
            self.world.button_shapes = shapes

    def _spoil_tokens(self, tokens: dict[str, Any], how: str) -> None:
        with self.world.lock:
            for token in tokens.values():
                setattr(token, how, True)
