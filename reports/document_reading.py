"""Reading a report.json: every value is of the kind it should be, or the error says which is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from reports.figures import Interval
from reports.periods import Kind

T = TypeVar("T")

_CENT = Decimal("0.01")
_KINDS: tuple[Kind, ...] = ("month", "quarter", "half", "year")


class DocumentError(ValueError):
    """This is no report of ours; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the document, read by key."""

    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """Return a text."""
        return self._of(key, str)

    def find_text(self, key: str) -> str | None:
        """Return a text, or None for null."""
        return None if self.values.get(key) is None else self.text(key)

    def whole(self, key: str) -> int:
        """Return a whole number."""
        return self._of(key, int)

    def find_whole(self, key: str) -> int | None:
        """Return a whole number, or None for null."""
        return None if self.values.get(key) is None else self.whole(key)

    def wholes(self, keys: tuple[str, ...]) -> dict[str, int]:
        """Return some whole numbers by key."""
        return {key: self.whole(key) for key in keys}

    def flag(self, key: str) -> bool:
        """Return true or false."""
        return self._of(key, bool)

    def find_flag(self, key: str) -> bool | None:
        """Return true or false, or None for null."""
        return None if self.values.get(key) is None else self.flag(key)

    def decimal(self, key: str) -> Decimal:
        """Return a number with two decimals."""
        found = self.find_decimal(key)
        if found is None:
            raise DocumentError(f"{key}: is missing")
        return found

    def find_decimal(self, key: str) -> Decimal | None:
        """Return a number with two decimals, or None for null."""
        value = self.values.get(key)
        return None if value is None else _decimal(key, value)

    def find_interval(self, key: str) -> Interval | None:
        """Return two bounds, or None for null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2:
            raise DocumentError(f"{key}: must be two numbers")
        return Interval(low=_decimal(key, value[0]), high=_decimal(key, value[1]))

    def find_counts(self, key: str) -> tuple[int, ...] | None:
        """Return some whole numbers, or None for null."""
        return None if self.values.get(key) is None else self._list(key, int)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return some texts."""
        return self._list(key, str)

    def kind(self, key: str) -> Kind:
        """Return a kind of period."""
        found = next((one for one in _KINDS if one == self.values.get(key)), None)
        if found is None:
            raise DocumentError(f"{key}: must be one of {', '.join(_KINDS)}")
        return found

    def inner(self, key: str) -> "Node":
        """Return the part under a key."""
        found = self.find(key)
        if found is None:
            raise DocumentError(f"{key}: is missing")
        return found

    def find(self, key: str) -> "Node | None":
        """Return the part under a key, or None for null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise DocumentError(f"{key}: must be an object")
        return Node(value)

    def nodes(self, key: str) -> list["Node"]:
        """Return the parts listed under a key."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise DocumentError(f"{key}: must be a list of objects")
        return [Node(one) for one in value]

    def _of(self, key: str, kind: type[T]) -> T:
        value = self.values.get(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise DocumentError(f"{key}: must be of kind {kind.__name__}")
        return value

    def _list(self, key: str, kind: type[T]) -> tuple[T, ...]:
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
            raise DocumentError(f"{key}: must be a list of {kind.__name__}")
        return tuple(value)


def _decimal(key: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise DocumentError(f"{key}: must be a number")
    return Decimal(str(value)).quantize(_CENT)
