"""Reading typed replies: exact labels and numbers in every spelling, control words. What is not clear is never guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from survey.folding import fold
from survey.wording import Wording

_NUMBER = re.compile(r"^(\d{1,2})\s*[.)\u20e3]?$")
_EDGES = re.compile(r"^[\s\"'“”‘’.,!?…()\-–:;]+|[\s\"'“”‘’.,!?…()\-–:;]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reply was read as: an option, a control, or neither."""

    option: int | None = None
    control: str | None = None


UNCLEAR = Reading()


def read_control(words: str, wording: Wording) -> str | None:
    """Return the control that `words` stand for when they are nothing else, None otherwise."""
    return next((wording.controls[core] for core in _cores(words, wording) if core in wording.controls), None)


def read_choice(words: str, labels: Mapping[str, int], wording: Wording) -> Reading:
    """Return the option whose label or number `words` are, or the control, or UNCLEAR."""
    folded = {_trim(fold(label)): number for label, number in labels.items()}
    numbers = set(labels.values())
    for core in _cores(words, wording):
        if core in folded:
            return Reading(option=folded[core])
        number = _NUMBER.match(core)
        if number and int(number[1]) in numbers:
            return Reading(option=int(number[1]))
        if core in wording.controls:
            return Reading(control=wording.controls[core])
    return UNCLEAR


def is_no_comment(words: str, wording: Wording) -> bool:
    """Whether `words`, sent as a comment, say that there is none."""
    return not _trim(fold(words)) or any(core in wording.no_comment for core in _cores(words, wording))


def _cores(words: str, wording: Wording) -> list[str]:
    """The folded words, then the same with polite words taken from either end, one at a time."""
    rest = _trim(fold(words))
    found = [rest]
    shrinking = True
    while shrinking and rest:
        shrinking = False
        for particle in wording.particles:
            if rest.startswith(particle + " "):
                rest, shrinking = _trim(rest[len(particle) :]), True
            elif rest.endswith(" " + particle):
                rest, shrinking = _trim(rest[: -len(particle)]), True
            else:
                continue
            found.append(rest)
    return found


def _trim(text: str) -> str:
    return _EDGES.sub("", text)
