"""Checks a cron line as the scheduler will read it, without the scheduler's library.

Five fields: minute, hour, day of the month, month, day of the week. Days of the week are names only: the scheduler
counts them from Monday = 0, other programs from Sunday = 0, and a digest on the wrong day is noticed too late.
"""

import re

FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 6),
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check_cron(line: str) -> str:
    """Refuse a line that is no schedule; say which field is wrong."""
    parts = line.split()
    if len(parts) != len(FIELDS):
        raise ValueError(
            'must have five fields (minute, hour, day, month, day of the week), such as "30 7 * * mon-fri"'
        )
    for part, (name, low, high) in zip(parts, FIELDS, strict=True):
        for piece in part.lower().split(","):
            _check_piece(piece, name, low, high)
    return line


def _check_piece(piece: str, name: str, low: int, high: int) -> None:
    if piece == "last" and name == "day of the month":
        return
    named = re.fullmatch(r"([a-z]+)(?:-([a-z]+))?()", piece)
    found = named or re.fullmatch(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,3}))?", piece)
    if not found:
        raise ValueError(f"the field for the {name} cannot be read")
    first = _read_bound(found[1], name, low, high) if found[1] else low
    last = _read_bound(found[2], name, low, high) if found[2] else high
    if found[2] and last < first:
        raise ValueError(f"the range in the field for the {name} ends before it begins")
    if found[3] and not 1 <= int(found[3]) <= last - first:
        raise ValueError(f"the step after / in the field for the {name} does not fit into its range")


def _read_bound(word: str, name: str, low: int, high: int) -> int:
    if name == "day of the week":
        if word not in WEEKDAYS:
            raise ValueError(f"write the {name} by its name: {', '.join(WEEKDAYS)}")
        return WEEKDAYS.index(word)
    if name == "month" and word in MONTHS:
        return MONTHS.index(word) + 1
    if not word.isdecimal() or not low <= int(word) <= high:
        raise ValueError(f"the {name} goes from {low} to {high}")
    return int(word)
