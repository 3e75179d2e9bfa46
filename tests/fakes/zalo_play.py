"""A rehearsal: the real service over the strict fake Zalo on this machine, and a terminal in which to be the citizen.

    python -m tests.fakes.zalo_play                # type as the citizen; /help tells what else can be done
    python -m tests.fakes.zalo_play --script FILE  # the same, line by line; ends with 1 when something is not as it says

In a script `{code}` is the code of the latest slip, `< words` says what must be shown by then, `# …` is a note.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bot import app
from bot.config import load_config
from tests.crash.service import Service, free_port
from tests.fakes import zalo_events
from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_world import DAY, ShownMessage
from tests.running import PROCEDURES, write_settings
from tests.zalo_settings import BOT_GROUP, bot_section, zalo_section, zalo_settings

ANSWER_SECONDS = 5.0  # for an answer to what was typed
EXPECTED_SECONDS = 15.0
PAUSE_SECONDS = 0.25  # after which nothing more is coming
TEMPLATE = "123456"
HELP = """Type what the citizen types: {code}, 2, tốt, bỏ qua, xóa dữ liệu … Or:
  /2             tap the second button of the citizen's latest message
  /group WORDS   write into the staff's group of the account, e.g. /group nhận PA-2026-0001
  /office WORDS  write into the office's group, mentioning the bot, e.g. /office baocao 2026-Q3
  /slip          another dossier: a new code
  /phone         another dossier, whose citizen is invited by phone number (not at night)
  /days 8        let so many days pass for Zalo: its windows, tokens and files
  /settings      where the settings and the addresses are
  /quit          the end"""


class Rehearsal:
    """The fake, the service on it, and one citizen."""

    def __init__(
        self, folder: Path, say: Callable[[str], object], *, patience: float = EXPECTED_SECONDS
    ) -> None:
        self.folder = folder
        self.code = ""
        self._say = say
        self._patience = patience  # with what a script says must be shown
        self._zalo = ZaloFake()
        self._port = free_port()
        self._service: Service | None = None
        self._dossiers = 0
        self._shown = 0  # how many messages were told
        self._mark = 0  # how many there were when something was last typed
        self._telling = threading.Lock()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Start everything, and end it."""
        self._zalo.webhook_url = f"http://127.0.0.1:{self._port}/webhook/zalo"
        with self._zalo as zalo:
            self._person = zalo.add_person()
            self._clerk = zalo.add_person("Cán bộ Một")
            self._group = zalo.add_group(members=[self._clerk])
            self._office = zalo.add_bot_chat(BOT_GROUP)
            zalo.add_template(TEMPLATE, "ma_ho_so", "thu_tuc", "han")
            config = write_settings(self.folder, self._settings())
            self._service = service = Service(config, self._port)
            app.migrate(load_config(config, {}))
            try:
                service.start()
                yield
            finally:
                service.terminate()

    def type(self, line: str) -> bool:
        """Do what a line says and wait for what comes of it. False when it was not as it should be."""
        line = self.fill(line)
        command, _, words = line.partition(" ")
        match command:
            case "<":
                return self._expect(words)
            case "/group":
                self._act(f"group:{self._group}", lambda: self._write_to_group(words))
            case "/office":
                self._act(f"bot:{self._office}", lambda: self._write_to_bot(words))
            case "/slip":
                self.hand_out_slip()
            case "/phone":
                self.hand_out_slip(phone=f"0912 000 {100 + self._dossiers}")
            case "/days":
                self._zalo.advance(float(words or 1) * DAY)
            case "/settings":
                self.tell_settings()
            case "/help":
                self._say(HELP.replace("{code}", self.code))
            case _ if command.removeprefix("/").isdigit() and command.startswith("/"):
                self._tap(int(command[1:]))
            case _ if line:
                self._act(self._person, lambda: self._zalo.say(self._person, line).wait().status)
        return True

    def fill(self, line: str) -> str:
        """Return a line with the code in it."""
        return line.strip().replace("{code}", self.code)

    def hand_out_slip(self, phone: str = "") -> None:
        """Report a result, as the one-stop system does, and tell the code that stands on the slip."""
        if self._service is None:
            return
        self._dossiers += 1
        result: dict[str, Any] = {
            "dossier_code": f"H32.99-261118-{self._dossiers:04}",
            "procedure_code": next(iter(PROCEDURES)),
            "returned_at": "2026-11-18T09:30:00+07:00",
        }
        [outcome] = self._service.post_results([result | ({"recipient": {"phone": phone}} if phone else {})])
        self.code = outcome["invitation"]["code"]
        self._say(f"Slip: dossier {result['dossier_code']}, code {self.code}")

    def tell_settings(self) -> None:
        """Tell where everything is, for a second terminal."""
        self._say(f"Settings: {self.folder / 'config.yaml'}    Log: {self.folder / 'service.stderr'}")
        for name, base in self._zalo.bases.items():
            self._say(f"  {name}: {base}")
        self._say(f"  Zalo posts to {self._zalo.webhook_url}; the service: http://127.0.0.1:{self._port}/")

    def tell_shown(self) -> None:
        """Tell what appeared on screens since the last time."""
        with self._telling:
            with self._zalo.world.lock:
                fresh = self._zalo.world.shown[self._shown :]
                self._shown += len(fresh)
            for message in fresh:
                self._say(_draw(message, self._person))

    def watch(self, ended: threading.Event) -> None:
        """Tell what appears until `ended`, whoever caused it."""
        world = self._zalo.world
        while not ended.is_set():
            with world.changed:
                world.changed.wait_for(lambda: len(world.shown) > self._shown, 0.5)
            self.tell_shown()

    @property
    def violations(self) -> list[str]:
        """What the real Zalo would have refused or held against us."""
        return self._zalo.violations

    def _settings(self) -> dict[str, Any]:
        template = {
            "id": TEMPLATE,
            "data": {"ma_ho_so": "{code}", "thu_tuc": "{procedure:.30}", "han": "{until}"},
            "price_vnd": 200,
            "monthly_budget_vnd": 20_000,
        }
        return zalo_settings(
            f"sqlite:///{self.folder}/hailong.db",
            zalo=zalo_section(self._zalo, template=template),
            zalo_bot=bot_section(self._zalo, mode="polling"),
            telegram={"enabled": False},
            web={"port": self._port, "public_url": f"http://127.0.0.1:{self._port}"},
            complaints={"hold": "0m"},
        )

    def _act(self, place: str, act: Callable[[], int | None]) -> None:
        """Act and wait until nothing more comes to `place`."""
        world = self._zalo.world
        with world.lock:
            self._mark, before = len(world.shown), len(self._zalo.messages(place))
        status = act()
        if status not in (None, 200):
            self._say(f"(the service answered Zalo with {status}; its log says more)")
        seconds = ANSWER_SECONDS
        while (count := self._wait_for_more(place, before, seconds)) > before:
            before, seconds = count, PAUSE_SECONDS
        self.tell_shown()

    def _wait_for_more(self, place: str, before: int, seconds: float) -> int:
        """Wait for a further message; return how many there are."""
        self._zalo.wait(place, lambda shown: len(shown) > before, seconds)
        return len(self._zalo.messages(place))

    def _tap(self, number: int) -> None:
        asked = [message for message in self._zalo.messages(self._person) if message.buttons]
        if not asked or not 1 <= number <= len(asked[-1].buttons):
            self._say("(there is no such button)")
            return
        self._act(self._person, lambda: self._zalo.tap(asked[-1], number - 1).wait().status)

    def _write_to_group(self, words: str) -> int:
        event = zalo_events.group_text(self._zalo.world, self._clerk, self._group, words)
        return self._zalo.deliver(event).wait().status

    def _write_to_bot(self, words: str) -> None:
        self._zalo.bot_hears(self._zalo.bot.update(self._office, f"@Bot {words}"))

    def _expect(self, words: str) -> bool:
        world = self._zalo.world

        def is_shown() -> bool:
            return any(words in message.text for message in world.shown[self._mark :])

        with world.changed:
            holds = world.changed.wait_for(is_shown, self._patience)
        self.tell_shown()
        if not holds:
            self._say(f"NOT SHOWN: {words}")
        return holds


def _draw(message: ShownMessage, person: str) -> str:
    """Draw a message: the citizen's own at the margin, others under where they went."""
    lines = [message.text] if message.text else []
    if message.kind != "text" and not message.buttons:
        lines.append(f"({message.kind}{f': {message.file.name}' if message.file else ''})")
    if message.kind == "template" or message.to.startswith("phone:"):
        lines.append(json.dumps(message.body.get("template_data", {}), ensure_ascii=False))
    lines += [f"  /{number}  {label}" for number, label in enumerate(message.labels, 1)]
    if message.is_billed:
        lines.append("  (after 48 hours: billed)")
    where = "" if message.to == person else f"[{message.to}] "
    return f"\n{where}" + "\n".join(lines)


def play_script(rehearsal: Rehearsal, lines: Iterable[str], say: Callable[[str], object]) -> int:
    """Do what the lines say; return how many were not as they say."""
    wrong = 0
    for line in lines:
        if not line.strip() or line.startswith("# "):
            continue
        if not line.startswith("<"):
            say(f"\n> {rehearsal.fill(line)}")
        wrong += not rehearsal.type(line)
    for violation in rehearsal.violations:
        say(f"ZALO WOULD REFUSE: {violation}")
    return wrong + len(rehearsal.violations)


def _play_by_hand(rehearsal: Rehearsal) -> None:
    rehearsal.tell_settings()
    rehearsal.type("/help")
    ended = threading.Event()
    watching = threading.Thread(target=rehearsal.watch, args=(ended,), daemon=True)
    watching.start()
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        while (line := input().strip()) != "/quit":
            rehearsal.type(line)
    ended.set()
    watching.join()


def main(arguments: list[str], say: Callable[[str], object]) -> int:
    """Rehearse; 0 when all was as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.zalo_play")
    parser.add_argument("--script", type=Path, metavar="FILE", help="do what stands there, and end")
    parser.add_argument("--folder", type=Path, help="an empty folder to keep; a passing one when left out")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        rehearsal = Rehearsal(folder.resolve(), say)
        stack.enter_context(rehearsal.running())
        rehearsal.hand_out_slip()
        if options.script is not None:
            lines = options.script.read_text(encoding="utf-8").splitlines()
            return min(play_script(rehearsal, lines, say), 1)
        _play_by_hand(rehearsal)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], _say))
