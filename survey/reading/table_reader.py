"""Typed access to tables read from YAML. Faults are collected with their place, never raised one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class TableReader:
    """All tables, and the problems found while reading them."""

    tables: Mapping[str, object]
    problems: list[str] = field(default_factory=list)

    def table(self, name: str) -> "Table":
        """Return the table `name`; a missing one is a problem and reads as empty."""
        return Table(name, _as_mapping(self.tables.get(name), name, self.problems), self.problems)


@dataclass(slots=True)
class Table:
    """One table, or a part of one; `place` says where for error messages."""

    place: str
    rows: Mapping[object, object]
    problems: list[str]

    def names(self) -> tuple[str, ...]:
        """The names of the sections, in the order of the file."""
        return tuple(str(name) for name in self.rows)

    def at(self, name: str) -> "Table":
        """Return the section `name`."""
        place = f"{self.place}.{name}"
        return Table(place, _as_mapping(self.rows.get(name), place, self.problems), self.problems)

    def text(self, name: str) -> str | None:
        """Return the text at `name`, None when there is none."""
        value = self.rows.get(name)
        if value is None or isinstance(value, str):
            return value
        self.problems.append(f"{self.place}.{name}: must be text, is {value!r}")
        return None

    def words(self, name: str) -> tuple[str, ...]:
        """Return the list of phrases at `name`, in lower case."""
        value = self.rows.get(name)
        if not isinstance(value, list) or not value:
            self.problems.append(f"{self.place}.{name}: must be a list of phrases")
            return ()
        wrong = [phrase for phrase in value if not isinstance(phrase, str) or not phrase.strip()]
        if wrong:
            self.problems.append(f"{self.place}.{name}: {wrong[0]!r} must be text; put it in quotation marks")
        return tuple(phrase.strip() for phrase in value if isinstance(phrase, str) and phrase.strip())

    def pairs(self, name: str) -> dict[str, str]:
        """Return the mapping of text to text at `name`."""
        rows = self.at(name).rows
        for left, right in rows.items():
            if not isinstance(left, str) or not isinstance(right, str):
                self.problems.append(
                    f"{self.place}.{name}: {left!r}: {right!r} must be text on both sides; put them in quotation marks"
                )
        return {
            left: right for left, right in rows.items() if isinstance(left, str) and isinstance(right, str)
        }

    def steps(self, name: str) -> dict[str, int]:
        """Return the mapping to whole numbers at `name`; the left side is kept as text."""
        rows = self.at(name).rows
        for left, right in rows.items():
            if not isinstance(right, int):
                self.problems.append(f"{self.place}.{name}.{left}: must be a whole number, is {right!r}")
        return {str(left): right for left, right in rows.items() if isinstance(right, int)}


def _as_mapping(value: object, place: str, problems: list[str]) -> Mapping[object, object]:
    if isinstance(value, Mapping) and value:
        return value
    problems.append(f"{place}: must be a table with named sections")
    return {}
