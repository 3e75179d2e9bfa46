"""Commands run in this process: their console, and what they wrote on it."""

import io
import json
from typing import Any

from bot.console import Console


class Listener:
    """A console that remembers."""

    def __init__(self, *, has_progress: bool = False) -> None:
        self.console = Console(out=io.StringIO(), err=io.StringIO(), has_progress=has_progress)

    @property
    def lines(self) -> list[str]:
        """What was written, line by line."""
        return _text(self.console.out).splitlines()

    @property
    def complaints(self) -> list[str]:
        """What was complained of, line by line."""
        return _text(self.console.err).splitlines()

    @property
    def records(self) -> list[dict[str, Any]]:
        """What was written, as JSON."""
        return [json.loads(line) for line in self.lines]


def _text(stream: Any) -> str:
    text: str = stream.getvalue()
    return text
