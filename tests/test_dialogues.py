"""Recorded dialogues: what a citizen does and what the service says, word for word. `tests/dialogues/README.txt` explains the signs.

The state is dumped and loaded again before every turn, as in the real service.
"""

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from survey.conversation import Conversation, dump_conversation, load_conversation
from survey.effects import Begin, Erase, Pause, Record, Redraw, Say, SetLanguage, Submit, Toast
from survey.engine import step
from survey.events import Kind, Opened, Pressed, Reminded, Sent, Typed
from survey.message import Message
from survey.script import Facts, Script
from tests.building import load_questionnaire, load_wording

FOLDER = Path(__file__).with_name("dialogues")
FILES = sorted(file for file in FOLDER.glob("*.txt") if file.name != "README.txt")

QUESTIONNAIRE, WORDING = load_questionnaire(), load_wording()
FACTS = Facts(
    department="Sở Công Thương",
    procedure="Cấp giấy phép bán buôn rượu",
    hotline="1022",
    days=365,
    until="20/12/2026",
    receipt="K7M2-9QXA-4TRD",
)
SETTINGS = {"cơ quan": "department", "thủ tục": "procedure", "đường dây nóng": "hotline"}
EVENTS = {
    "mở liên kết": Opened(),
    "đến giờ nhắc": Reminded(),
    "tin thoại": Sent(Kind.VOICE),
    "nhãn dán": Sent(Kind.STICKER),
    "ảnh": Sent(Kind.PHOTO),
    "vị trí": Sent(Kind.LOCATION),
    "tệp": Sent(Kind.OTHER),
}
PLACES = {
    "lời chào": "greeting",
    "góp ý": "comment",
    "nhận trả lời": "reply",
    "liên hệ": "contact",
    "tóm tắt": "summary",
    "sửa": "edit",
    "dừng": "paused",
    "xóa": "erase",
    "ngôn ngữ": "language",
}
WISHES = {"with_code": "có, kèm mã hồ sơ", "without_code": "có, giấu mã hồ sơ", "no": "không", None: "(chưa)"}
ALL_TEN = "mười câu"  # a short way through the questions: the numbers of the options
TITLES = re.compile(r"^(Câu|Question) \d+/\d+\. ")
REST = "…"  # at the end of an expected message: what follows is not repeated


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_dialogue_goes_as_written(file):
    lines = file.read_text(encoding="utf-8").splitlines()

    played = Player().play(read_turns(lines))

    assert [shown for _, shown in played] == [wanted for wanted, _ in played]


def test_a_whole_survey_on_buttons_takes_fourteen_messages():
    lines = (FOLDER / "01-ca-phieu-bang-nut.txt").read_text(encoding="utf-8").splitlines()

    assert "= đến đây 14 tin" in lines


def test_a_wrong_line_is_noticed():
    lines = ["> (mở liên kết)", "< Xin chào …"]

    [(wanted, shown)] = Player().play(read_turns(lines))

    assert wanted != shown


# -- reading a file


@dataclass
class Turn:
    """What the citizen does, and the lines that have to follow."""

    act: str
    said: list[list[str]] = field(default_factory=list)  # new messages, line by line
    edits: list[list[str]] = field(default_factory=list)  # messages drawn over
    flashes: list[str] = field(default_factory=list)  # the toast on a press
    recorded: list[str] = field(default_factory=list)


def read_turns(lines):
    turns, block = [], None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        sign, text = line[:2].rstrip(), line[2:].strip()
        if sign in {">", "@"}:
            turns.append(Turn(act=text if sign == ">" else f"@{text}"))
        elif sign == "<":
            block = [text]
            turns[-1].said.append(block)
        elif sign == "<*":
            block = [text]
            turns[-1].edits.append(block)
        elif sign == "<!":
            turns[-1].flashes.append(text)
        elif sign == "=":
            turns[-1].recorded.append(text)
        elif sign == "" and block is not None:
            block.append(text)
        else:
            raise ValueError(f"line {number} is not understood: {line}")
    return turns


# -- playing it


class Player:
    """Lets the engine have the turns of one dialogue."""

    def __init__(self):
        self.facts = FACTS
        self.state = Conversation()
        self.screen: list[Message] = []  # what has buttons, oldest first
        self.count = 0

    def play(self, turns):
        """Give (wanted, shown) for each turn; edits and flashes are compared where a turn lists any."""
        return [(turn, self._take(turn)) for turn in turns]

    def _take(self, turn):
        shown = Turn(act=turn.act)
        if turn.act.startswith("@"):
            key, _, value = turn.act[1:].partition(":")
            self.facts = replace(self.facts, **{SETTINGS[key.strip()]: value.strip()})
            return shown
        if turn.act.startswith(f"({ALL_TEN}: "):
            return self._answer_ten(turn)
        before, effects = self._step(self._event(turn.act))
        for effect in effects:
            self._show(effect, shown)
        shown.recorded += describe_changes(before, self.state)
        shown.recorded += [line for line in turn.recorded if line == f"đến đây {self.count} tin"]
        shown.said = shorten_like(shown.said, turn.said)
        shown.edits = shorten_like(shown.edits, turn.edits) if turn.edits else []
        shown.flashes = shown.flashes if turn.flashes else []
        return shown

    def _answer_ten(self, turn):
        """Press through the ten questions by the options' numbers; only the last message is looked at."""
        options = turn.act[:-1].removeprefix(f"({ALL_TEN}: ").split()
        for question, option in zip(QUESTIONNAIRE.questions, options, strict=True):
            shown = Turn(act=turn.act)
            for effect in self._step(Pressed(question.key, option))[1]:
                self._show(effect, shown)
        shown.said, shown.edits, shown.flashes, shown.recorded = (
            shorten_like(shown.said, turn.said),
            [],
            [],
            [],
        )
        return shown

    def _step(self, event):
        before = load_conversation(json.loads(json.dumps(dump_conversation(self.state))))
        script = Script(questionnaire=QUESTIONNAIRE, wording=WORDING, facts=self.facts)
        self.state, effects = step(before, event, script)
        return before, effects

    def _event(self, act):
        if act.startswith("(") and act.endswith(")"):
            return EVENTS[act[1:-1]]
        if act.startswith("[") and act.endswith("]"):
            where, _, label = act[1:-1].rpartition(": ")
            return Pressed(*self._find_press(where, label))
        return Typed(act.replace("\\n", "\n"))

    def _find_press(self, where, label):
        place = PLACES.get(where, where)
        message = next(m for m in reversed(self.screen) if not where or m.place == place)
        press = next(b.press for b in (*message.options, *message.controls) if b.text == label)
        owner, _, choice = press.partition("=")
        return owner, choice

    def _show(self, effect, shown):
        match effect:
            case Say(message):
                self.count += 1
                shown.said.append(describe(message))
                if message.has_buttons:
                    self.screen.append(message)
            case Redraw(message):
                shown.edits.append(describe(message))
                places = [m.place for m in self.screen]
                self.screen[len(places) - 1 - places[::-1].index(message.place)] = message
            case Toast(text):
                shown.flashes.append(text)
            case Begin():
                shown.recorded.append("đồng ý trả lời")
            case Record(question, option):
                found = QUESTIONNAIRE.find(question)
                label = found.label(option, "vi") if option else "(bỏ qua)"
                shown.recorded.append(f"{question}: {label}")
            case Submit(receipt):
                shown.recorded.append(f"gửi phiếu {receipt}")
            case Pause(remind):
                shown.recorded.append("tạm nghỉ, sẽ nhắc" if remind else "dừng, không nhắc")
            case Erase():
                shown.recorded.append("xóa dữ liệu cá nhân")
            case SetLanguage(language):
                shown.recorded.append(f"ngôn ngữ: {language}")


def describe(message):
    """Return a message line by line: options numbered as in the text, each with its button; then the other buttons."""
    head = f"{message.title} {message.text}" if message.title and "\n" not in message.text else message.text
    lines = [message.note, *([message.title] if "\n" in message.text else []), *head.split("\n")]
    lines += [f"{n}. {button(option)}" for n, option in enumerate(message.options, 1)]
    lines += [message.tail, " ".join(button(control) for control in message.controls)]
    return [line for line in lines if line]


def button(value):
    return f"[✓ {value.text}]" if value.is_chosen else f"[{value.text}]"


def describe_changes(before, after):
    """Return what was noted besides the answers."""
    if after.place == "erased":
        return []
    lines = []
    if (before.has_commented, before.comment) != (after.has_commented, after.comment):
        lines.append("góp ý: " + (after.comment or "(không có)").replace("\n", "\\n"))
    if before.wish != after.wish:
        lines.append(f"muốn trả lời: {WISHES[after.wish]}")
    if (before.has_left_contact, before.contact) != (after.has_left_contact, after.contact):
        lines.append(f"liên hệ: {after.contact or '(không có)'}")
    return lines


def shorten_like(shown, wanted):
    """Cut each shown message where the wanted one ends in "…"."""
    cut = list(shown)
    for place, lines in enumerate(wanted[: len(shown)]):
        if lines[-1].endswith(f" {REST}") or lines[-1] == REST:
            cut[place] = _cut(shown[place], lines)
    return cut


def _cut(shown, wanted):
    last = len(wanted) - 1
    if shown[:last] != wanted[:last] or len(shown) <= last:
        return shown
    start = wanted[last].removesuffix(REST).rstrip()
    return wanted if shown[last].startswith(start) else shown
