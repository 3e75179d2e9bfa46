"""Reading a typed reply to a prompt that is no question of the form: the words of its buttons, or their numbers."""

import re
from collections.abc import Sequence

from survey.folding import fold

_NUMBER = re.compile(r"^(?:so |chon )?(\d)[.)]?$")
_POLITE = re.compile(r"^(?:da|vang|u|uh)\b[ ,]*|[ ,]*\b(?:a|nhe|nha|em|em oi|chu)$")
_PLAIN_YES, _PLAIN_NO = {"co", "yes", "dong y"}, {"khong", "ko", "no"}
_REFUSALS = {
    *(
        "khong",
        "ko",
        "k",
        "hong",
        "khong a",
        "khong muon",
        "khong tra loi",
        "khong dong y",
        "khong can",
        "khong lam",
    ),
    *("thoi", "thoi khoi", "thoi em", "mien", "khoi", "no", "no thank you", "no thanks"),
}


def is_refusal(words: str) -> bool:
    """Whether `words` refuse the invitation: that must be the easiest thing, only a yes needs its own words."""
    return fold(words).strip(" .,!?").removeprefix("da ") in _REFUSALS


def is_politeness(words: str) -> bool:
    """Whether `words` are no more than a polite sound: "dạ", "vâng ạ", "ok"."""
    return _core(words) in {"", "ok", "oke", "oki", "u", "uh", "duoc", "vang", "da"}


def _core(words: str) -> str:
    """Return the folded words without signs and polite particles around them."""
    core, before = fold(words).strip(" .,!?"), ""
    while core != before:
        before, core = core, _POLITE.sub("", core).strip(" .,!?")
    return core


def read_button(words: str, labels: Sequence[str]) -> int | None:
    """Return the number of the button that `words` are, None when they are none.

    The last button is no, the one before it the least that a plain yes can mean: of "with the dossier code", "without it" and
    "no" a yes that says nothing of the code hides it.
    """
    core = _core(words)
    folded = [fold(label) for label in labels]
    if core in folded:
        return folded.index(core) + 1
    number = _NUMBER.match(core)
    if number and 1 <= int(number[1]) <= len(labels):
        return int(number[1])
    if core in _PLAIN_YES:
        return len(labels) - 1
    return len(labels) if core in _PLAIN_NO else None
