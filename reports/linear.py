"""Whether a set of people can be computed from published sums, by whatever additions and subtractions.

Each published sum is a row of ones over the cells it holds; a set can be computed when it is a combination of these rows.
Elimination modulo a prime of 61 bits: exact but for a chance of about 2⁻⁶¹, and sparse as the rows are.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)

_PRIME = (1 << 61) - 1

Vector = dict[int, int]


@dataclass(slots=True)
class _Row(Generic[Name]):
    pivot: int
    values: Vector  # the pivot's is 1, and none at a pivot of an earlier row
    parts: dict[Name, int]  # the published sums it is combined of


@dataclass(slots=True)
class Published(Generic[Name]):
    """Published sums, by name."""

    _rows: list[_Row[Name]] = field(default_factory=list)

    def add(self, name: Name, cells: Collection[int]) -> None:
        """Publish the sum over some cells."""
        values, parts = self._reduce(dict.fromkeys(cells, 1), {name: 1})
        if values:
            pivot = next(iter(values))
            inverse = pow(values[pivot], -1, _PRIME)
            self._rows.append(
                _Row(
                    pivot=pivot,
                    values={cell: value * inverse % _PRIME for cell, value in values.items()},
                    parts={one: value * inverse % _PRIME for one, value in parts.items()},
                )
            )

    def solve(self, cells: Collection[int]) -> set[Name] | None:
        """Return the published sums from which the sum over `cells` can be computed; None when it cannot be."""
        values, parts = self._reduce(dict.fromkeys(cells, 1), {})
        return None if values else {name for name, factor in parts.items() if factor}

    def _reduce(self, values: Vector, parts: dict[Name, int]) -> tuple[Vector, dict[Name, int]]:
        for row in self._rows:
            factor = values.get(row.pivot)
            if factor:
                _subtract(values, row.values, factor)
                _subtract(parts, row.parts, factor)
        return values, parts


Key = TypeVar("Key", bound=Hashable)


def _subtract(values: dict[Key, int], row: dict[Key, int], factor: int) -> None:
    for key, value in row.items():
        left = (values.get(key, 0) - factor * value) % _PRIME
        if left:
            values[key] = left
        else:
            values.pop(key, None)
