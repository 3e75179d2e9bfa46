"""What stands in a button, read back: "<subject>|<place>=<choice>". Each channel takes its own wrapping off first.

The subject is the number of a conversation (12), of a complaint (c12), or the period of a report (r2026-Q3).
"""

import re

from handlers.happenings import CasePress, Press, ReportPress

_PRESS = re.compile(r"(c?)([1-9][0-9]{0,17})\|([a-z0-9.]{1,16})=([a-z0-9_:.-]{1,32})")
_REPORT = re.compile(r"r([0-9]{4}(?:-(?:[QH][1-4]|[01][0-9]))?)\|([a-z]{1,16})=([a-z]{1,16})")


def read_press(data: str, *, is_private: bool) -> Press | CasePress | ReportPress | None:
    """Return what a button means, None when it means nothing. Conversations live in private chats alone."""
    report = _REPORT.fullmatch(data)
    if report is not None:
        return ReportPress(report[1], report[2], report[3])
    press = _PRESS.fullmatch(data)
    if press is not None and press[1]:
        return CasePress(int(press[2]), press[3], press[4])
    if press is not None and is_private:
        return Press(int(press[2]), press[3], press[4])
    return None
