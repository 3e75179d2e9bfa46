"""What the service says, before any channel has rendered it: text, numbered options and control buttons."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from survey.folding import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: its words and the press it stands for."""

    text: str
    press: str  # "<place>=<choice>", for example "3.2=4" or "summary=submit"
    is_chosen: bool = False  # shown with a tick
    words: str = ""  # what to type instead where there are no buttons; "": its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. Plain text everywhere: each channel escapes it for where it is shown."""

    text: str
    place: str = ""  # the place in the conversation it belongs to, "" for a mere notice
    note: str = ""  # said before the text: what was not understood, what was recorded
    title: str = ""  # shown in bold where a channel can
    options: tuple[Button, ...] = ()  # listed in the text with the numbers 1…n, and a button each
    controls: tuple[Button, ...] = ()  # buttons only; on channels without buttons, words to send
    tail: str = ""  # said after the options: the choice made
    quote: str = ""  # somebody else's words, shown so that nothing in them is active or passes for ours
    asked: tuple[str, str] = ("", "")  # whose next words are wanted in a group: the platform's id, the name
    attachment: str = (
        ""  # "photo:REF" or "file:REF": something a platform keeps, sent with the text as caption
    )

    @property
    def has_buttons(self) -> bool:
        """Whether the message can be answered by a press."""
        return bool(self.options or self.controls)

    def plain(self) -> str:
        """Return the whole text with its numbered options, as a channel without formatting shows it."""
        gap = "\n" if "\n" in self.text else " "  # a list begins on a line of its own
        head = f"{self.title}{gap}{self.text}".strip() if self.title else self.text
        listed = "\n".join(f"{number}. {option.text}" for number, option in enumerate(self.options, 1))
        return "\n\n".join(part for part in (self.note, head, self.quoted(), listed, self.tail) if part)

    def find_choice(self, text: str) -> str | None:
        """Return the press that typed words stand for: the number of an option, or the label of one button alone."""
        said = fold(text).strip(" .!")
        if said.isdecimal() and 1 <= int(said) <= len(self.options):
            return self.options[int(said) - 1].press
        named = {one.press for one in (*self.options, *self.controls) if fold(one.text).strip(" .!") == said}
        return named.pop() if len(named) == 1 else None

    def without_quote(self, instead: str) -> "Message":
        """Return the message with `instead` where somebody else's words stood."""
        return replace(self, quote="", tail="\n".join(part for part in (instead, self.tail) if part))

    def quoted(self) -> str:
        """Return the quotation with a mark before each line."""
        return "\n".join(f"│ {line}" for line in self.quote.splitlines())


def dump_message(message: Message) -> dict[str, object]:
    """Return `message` as JSON-ready values."""
    return {
        "text": message.text,
        "place": message.place,
        "note": message.note,
        "title": message.title,
        "tail": message.tail,
        "quote": message.quote,
        "asked": list(message.asked),
        "attachment": message.attachment,
        "options": [[b.text, b.press, b.is_chosen, b.words] for b in message.options],
        "controls": [[b.text, b.press, b.is_chosen, b.words] for b in message.controls],
    }


def load_message(values: Mapping[str, object]) -> Message:
    """Return the message that `dump_message` made into `values`. Raises KeyError on foreign values."""
    return Message(
        text=str(values["text"]),
        place=str(values["place"]),
        note=str(values["note"]),
        title=str(values["title"]),
        tail=str(values["tail"]),
        quote=str(values.get("quote", "")),
        asked=_load_asked(values.get("asked")),
        attachment=str(values.get("attachment", "")),
        options=_load_buttons(values["options"]),
        controls=_load_buttons(values["controls"]),
    )


def _load_asked(pair: object) -> tuple[str, str]:
    if isinstance(pair, list) and len(pair) == 2:
        return str(pair[0]), str(pair[1])
    return "", ""


def _load_buttons(rows: object) -> tuple[Button, ...]:
    if not isinstance(rows, list):
        raise KeyError("buttons")
    return tuple(
        Button(text=str(text), press=str(press), is_chosen=bool(chosen), words="".join(words))
        for text, press, chosen, *words in rows
    )
