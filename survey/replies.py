"""Reading a typed reply to a prompt that is no question of the form: the words of its buttons, or their numbers."""

import re
from collections.abc import Sequence

from survey.folding import fold

_NUMBER = re.compile(r"^(?:so |cau |chon )?(\d)[.)]?$")
_PLAIN_YES, _PLAIN_NO = {"co", "da co", "co a", "yes", "dong y"}, {"khong", "ko", "khong a", "da khong", "no"}
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


def read_button(words: str, labels: Sequence[str]) -> int | None:
    """Return the number of the button that `words` are, None when they are none.

    Of three buttons the first two are kinds of yes and the last is no: a plain yes says nothing about the dossier code and
    is taken as the second, which hides it.
    """
    core = fold(words).strip(" .,!?")
    folded = [fold(label) for label in labels]
    if core in folded:
        return folded.index(core) + 1
    number = _NUMBER.match(core)
    if number and 1 <= int(number[1]) <= len(labels):
        return int(number[1])
    if core in _PLAIN_YES:
        return 2
    return len(labels) if core in _PLAIN_NO else None
