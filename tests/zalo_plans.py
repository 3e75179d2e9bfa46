"""What each of many citizens on Zalo will do, made up before she begins: her answers, and how she spells them."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.building import load_questionnaire
from tests.fakes.citizen import NO_REPLY, REPLY_WITHOUT_CODE
from tests.fakes.paper_form import OPTIONS, QUESTIONS
from tests.fakes.zalo import ZaloFake

FORM = load_questionnaire()
Spelling = Callable[[str], str]


def without_accents(words: str) -> str:
    """Return words as they are typed on a phone without a Vietnamese keyboard."""
    plain = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def in_pieces(words: str) -> str:
    """Return words with their accents apart from their letters, as some phones send them."""
    return unicodedata.normalize("NFD", words)


CODES: tuple[Spelling, ...] = (
    str,
    str.lower,
    lambda code: f"mã {code.lower()}",
    lambda code: f"#{code}",
    lambda code: f"{code[:4]}-{code[4:]}",
    lambda code: f"{code[:4].lower()} {code[4:].lower()}",
    lambda code: f"Mã: {' '.join(code)}",
    lambda code: f"ma so {code[:2]}-{code[2:4]}-{code[4:6]}-{code[6:]}.",
    lambda code: in_pieces(f"  Mã số #{code}\n"),
)
NUMBERS: tuple[Spelling, ...] = (str, lambda number: f" {number} ", lambda number: f"{number}.")
LABELS: tuple[Spelling, ...] = (str, str.upper, in_pieces, without_accents)
WAYS = ("tap", "number", "label")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a citizen will do, made up before she begins."""

    person: str
    dossier: str
    code: str
    code_spelled: str
    options: tuple[int | None, ...]
    comment: str | None
    reply: str
    change: tuple[int, int] | None  # while question number n + 1 is answered, another option is tapped at n
    seed: int

    @property
    def given(self) -> tuple[int | None, ...]:
        """The answers as they must be kept."""
        kept = list(self.options)
        if self.change is not None:
            number, option = self.change
            kept[number] = option
        return tuple(kept)

    @property
    def wants_reply(self) -> bool | None:
        """What she says when she is asked about a reply, None when nothing is asked."""
        chosen = zip(FORM.questions, self.given, strict=True)
        is_asked = self.comment is not None or any(q.option(n).is_bad for q, n in chosen if n)
        return self.reply != NO_REPLY if is_asked else None


def make_plan(zalo: ZaloFake, outcome: dict[str, Any], seed: int) -> Plan:
    """Make up what the citizen of a reported result will do."""
    chance = random.Random(seed)  # noqa: S311 - the same run, the same load; no secret
    options = tuple(
        None if chance.random() < 0.05 else chance.randint(1, len(OPTIONS[question]))
        for question in QUESTIONS
    )
    number = chance.randrange(len(QUESTIONS) - 1)
    other = chance.randint(1, len(OPTIONS[QUESTIONS[number]]))
    is_changed = chance.random() < 0.3 and None not in options[number : number + 2]
    code = outcome["invitation"]["code"]
    return Plan(
        person=zalo.add_person(),
        dossier=outcome["dossier_code"],
        code=code,
        code_spelled=CODES[seed % len(CODES)](code),
        options=options,
        comment=f"Góp ý số {seed}: nên thêm ghế chờ." if chance.random() < 0.4 else None,
        reply=chance.choice((NO_REPLY, REPLY_WITHOUT_CODE)),
        change=(number, other) if is_changed else None,
        seed=seed,
    )
