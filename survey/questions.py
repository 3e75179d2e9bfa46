"""The kinds of question. A question asks itself (`ask`) and reads its own reply (`read`); nothing else asks which kind it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from survey.message import Button, Message
from survey.reading import Lexicon, Reading, read_reply

Texts: TypeAlias = Mapping[str, str]  # language → text


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a question, in the order of the form."""

    number: int  # 1 is the first on the form
    key: str
    label: Texts
    is_bad: bool = False  # worth a question whether a reply is wanted
    is_integrity: bool = False  # accuses somebody: never shown to the unit itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option out of several."""

    key: str
    subject: Texts  # three or four words for summaries
    text: Texts
    options: tuple[Option, ...]
    is_fact: bool = False  # yes/no about what happened: politeness is no answer
    ask_if: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # earlier question → option numbers

    def ask(self, *, language: str, title: str, chosen: int | None) -> Message:
        """Return the question with its options; `chosen` carries the tick."""
        buttons = tuple(
            Button(
                text=self.label(o.number, language),
                press=f"{self.key}={o.number}",
                is_chosen=o.number == chosen,
            )
            for o in self.options
        )
        return Message(place=self.key, title=title, text=self.text[language], options=buttons)

    def read(self, words: str, lexicon: Lexicon, questions: Sequence["Choice"] = ()) -> Reading:
        """Return what `words` mean as an answer to this question, or to several of `questions`; never a guess."""
        return read_reply(words, self, lexicon, questions)

    def label(self, number: int, language: str) -> str:
        """Return the words of option `number`. KeyError when there is no such option."""
        return self.option(number).label[language]

    def option(self, number: int) -> Option:
        """Return option `number`. KeyError when there is no such option."""
        if not 1 <= number <= len(self.options):
            raise KeyError(number)
        return self.options[number - 1]


Question: TypeAlias = Choice

KINDS = {"choice": Choice}
