"""Small groups: whose marks are not shown, so that nobody's answers can be read or computed. The one place for it.

A group is a unit, procedure, channel or outcome, or all of a period. Shown are sums over people; the rules:

1. A group of 1 … k-1 people (k: reporting.min_group) is hidden. Fewer than k in all: every mark of the period is.
2. A longer period (half-year, year) minus what shorter ones show must not leave 1 … k-1 people of a group (or of all):
   such a group is hidden in the longer period too. What was decided first stands: of a month that is decided after its
   quarter, what would leave a few of the quarter is hidden in the month.
3. Of each partition (all = sum of units = of channels = of outcomes; a unit = sum of its procedures) the hidden ones
   together are none, or at least two groups and k people: else the next smallest is hidden as well.
4. What is left is tested: no small group, of this period or of a shorter one inside it (nor a small share of a procedure
   in a unit), may be a combination of what is shown, whatever is added and subtracted (reports.linear). While one is, the
   smallest group that takes part is hidden.

Numbers of responses and of transactions are always shown. What is shown of a group is taken as all its counts, which is more
than a single percentage tells. Periods are taken as they are now: a paper form imported after the cut makes the difference
to a frozen report, as any correction does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reports.linear import Published
from reports.tallies import DIMENSIONS, Dimension, Tally

ALL: tuple[str, str] = ("", "")

Group = tuple[str, str]  # dimension and code; ALL for everybody
Spans = Sequence[tuple[str, Collection[str]]]
_Name = tuple[str, str, str]  # span, dimension, code


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Which marks of a report are not shown."""

    is_all: bool = False
    groups: frozenset[Group] = frozenset()

    def hides(self, dimension: Dimension, code: str) -> bool:
        """Whether the marks of a group are not shown."""
        return self.is_all or (dimension, code) in self.groups


def hide_small(tallies: Iterable[Tally], min_group: int, spans: Spans, wanted: str = "") -> Hidden:
    """Return what is hidden in the wanted span, the last when none is named. Each is decided after those before it.

    A span is its name and the names of the parts (quarters or months) it holds, as in the tallies.
    """
    return _Board.of(tallies, min_group).decide_all(spans, wanted or spans[-1][0])


def hide_small_of_unit(
    tallies: Sequence[Tally], min_group: int, spans: Spans, unit: str, wanted: str = ""
) -> Hidden:
    """Return what is hidden in the report of one unit, beside the report of the department.

    All of it when the unit is hidden there; a procedure hidden there, or shared with another unit. Marks by channel and
    by outcome cut the units' people a second time: they are shown in all units or in none, and only when every channel
    (outcome) of every unit, in every span, has k people or none, nothing is hidden among units, and the test of rule 4 holds.
    Never of a month, whose quarter shows them.
    """
    board = _Board.of(tallies, min_group)
    wanted = wanted or spans[-1][0]
    hidden = board.decide_all(spans, wanted)
    inside = [one for one in tallies if one.part in board.parts[wanted]]
    if hidden.hides("unit", unit) or not any(one.people for one in inside if one.unit == unit):
        return Hidden(is_all=True)
    mine = [one for one in inside if one.unit == unit]
    elsewhere = {one.procedure for one in inside if one.people and one.unit != unit}
    groups = {
        ("procedure", one.procedure)
        for one in mine
        if one.procedure in elsewhere or hidden.hides("procedure", one.procedure)
    }
    is_month = any(frozenset(parts) > board.parts[wanted] for _, parts in spans)
    if is_month or not board.may_cross():
        groups |= {("channel", one.channel) for one in tallies} | {
            ("outcome", one.outcome) for one in tallies
        }
    return Hidden(groups=frozenset(groups))


@dataclass(slots=True)
class _Board:
    """All cells of people, and what is shown of them span by span."""

    min_group: int
    people: list[int]  # of each cell
    cells: list[tuple[str, dict[Dimension, str]]]  # its part, and its code by dimension
    members: dict[_Name, frozenset[int]] = field(default_factory=dict)
    shown: set[_Name] = field(default_factory=set)
    parts: dict[str, frozenset[str]] = field(default_factory=dict)  # by span that was decided
    opened: set[frozenset[str]] = field(default_factory=set)  # parts whose groups are members
    crossed: dict[_Name, set[int]] = field(default_factory=dict)  # shown by units' own reports
    known: set[frozenset[int]] = field(default_factory=set)  # what stood before months were looked at

    @classmethod
    def of(cls, tallies: Iterable[Tally], min_group: int) -> "_Board":
        cells: dict[tuple[str, ...], int] = {}
        for one in tallies:
            if one.people:
                key = (one.part, *(getattr(one, name) for name in DIMENSIONS))
                cells[key] = cells.get(key, 0) + one.people
        listed = [(key[0], dict(zip(DIMENSIONS, key[1:], strict=True))) for key in cells]
        return cls(min_group=min_group, people=list(cells.values()), cells=listed)

    def decide_all(self, spans: Spans, wanted: str) -> Hidden:
        """Decide what the spans show, each given what the earlier ones show; return the decision of the wanted one.

        Where a span comes before one that it holds, such as a quarter before its months, all that it holds are looked at
        together, and with what it is without each: no small group of any may be computed, not of a later one either.
        """
        held = [(name, frozenset(parts)) for name, parts in spans]
        for place, (name, parts) in enumerate(held):
            earlier, later = (
                [one for one in some if one[1] < parts] for some in (held[:place], held[place + 1 :])
            )
            if earlier:
                self._open_inside(name, parts, [*earlier, *later])
            hidden = self.decide(name, parts)
            if name == wanted:
                return hidden
            if later and self.may_cross():
                self.crossed |= self._cross(name)
            if later and not earlier:
                self._open_inside(name, parts, later)
                self.known = self._list_known()
        raise LookupError(f"{wanted} is not among the spans")

    def _open_inside(
        self, span: str, parts: frozenset[str], inside: Iterable[tuple[str, frozenset[str]]]
    ) -> None:
        for name, fewer in inside:
            for title, held in ((name, fewer), (f"{span} - {name}", parts - fewer)):
                if held not in self.opened:
                    self._open(title, held)

    def decide(self, span: str, parts: frozenset[str]) -> Hidden:
        """Decide what a span shows, given what the earlier ones show."""
        self.parts[span] = parts
        groups = self._open(span, parts)
        left = {group: self._left(span, group) for group in groups}
        if self._is_few(self.members[span, *ALL]) or self._is_few(left[ALL]):
            return Hidden(is_all=True)
        hidden = {
            group for group in groups if self._is_few(self.members[span, *group]) or self._is_few(left[group])
        }
        self._hide_more(left, hidden)
        return self._test(span, left, hidden)

    def may_cross(self) -> bool:
        """Whether every unit may show its marks by channel and by outcome, in every span that was decided."""
        crossed: dict[_Name, set[int]] = {}
        for span in self.parts:
            units = {code for name, dimension, code in self.members if (name, dimension) == (span, "unit")}
            if any((span, "unit", code) not in self.shown for code in units):
                return False
            crossed |= self._cross(span)
        if any(self._is_few(cells) for cells in crossed.values()):
            return False
        return self._find_open(crossed) is None

    def _cross(self, span: str) -> dict[_Name, set[int]]:
        """Return the people of each unit by channel and by outcome."""
        crossed: dict[_Name, set[int]] = {}
        for place, (part, codes) in enumerate(self.cells):
            for dimension in ("channel", "outcome"):
                if part in self.parts[span]:
                    name = (span, f"unit × {dimension}", f"{codes['unit']}\0{codes[dimension]}")
                    crossed.setdefault(name, set()).add(place)
        return crossed

    def _open(self, span: str, parts: frozenset[str]) -> list[Group]:
        self.opened.add(parts)
        sums: dict[Group, set[int]] = {ALL: set()}
        shares: dict[
            Group, set[int]
        ] = {}  # of a procedure in a unit: never shown, but not to be computed either
        for place, (part, codes) in enumerate(self.cells):
            if part in parts:
                for group in (ALL, *codes.items()):
                    sums.setdefault(group, set()).add(place)
                share = ("unit × procedure", f"{codes['unit']}\0{codes['procedure']}")
                shares.setdefault(share, set()).add(place)
        self.members |= {(span, *group): frozenset(cells) for group, cells in (sums | shares).items()}
        return list(sums)

    def _left(self, span: str, group: Group) -> frozenset[int]:
        """Return the cells of a group that no span inside this one shows."""
        inside = {name for name, parts in self.parts.items() if parts < self.parts[span]}
        known = [self.members[name] for name in self.shown if name[1:] == group and name[0] in inside]
        return self.members[span, *group].difference(*known)

    def _hide_more(self, left: Mapping[Group, frozenset[int]], hidden: set[Group]) -> None:
        """Hide the next smallest of each partition until the hidden ones together say nothing of a few."""
        for dimension in ("channel", "outcome"):
            self._complete([group for group in left if group[0] == dimension], left, hidden)
        units = [group for group in left if group[0] == "unit"]
        changed = True
        while changed:
            before = len(hidden)
            self._complete(units, left, hidden)
            covert = frozenset().union(*(left[unit] for unit in units if unit in hidden))
            self._complete_within(covert, left, hidden)
            for unit in units:
                if unit not in hidden and not self._complete_within(left[unit], left, hidden):
                    hidden.add(unit)
            changed = len(hidden) > before

    def _complete_within(
        self, cells: frozenset[int], left: Mapping[Group, frozenset[int]], hidden: set[Group]
    ) -> bool:
        """Hide procedures of the unit with those cells until enough are; False when it cannot be done."""
        mine = {g: held & cells for g, held in left.items() if g[0] == "procedure" and held & cells}
        return self._complete(list(mine), mine, hidden)

    def _complete(
        self, partition: Sequence[Group], left: Mapping[Group, frozenset[int]], hidden: set[Group]
    ) -> bool:
        open_ = sorted(
            (g for g in partition if g not in hidden and left[g]), key=lambda g: (self._size(left[g]), g)
        )
        while True:
            covert = [group for group in partition if group in hidden and left[group]]
            together = self._size(frozenset().union(*(left[group] for group in covert)))
            if not covert or (len(covert) > 1 and together >= self.min_group):
                return True
            if not open_:
                return False
            hidden.add(open_.pop(0))

    def _test(self, span: str, left: Mapping[Group, frozenset[int]], hidden: set[Group]) -> Hidden:
        """Hide what takes part in any combination that gives a small group."""
        while True:
            self.shown = {name for name in self.shown if name[0] != span}
            self.shown |= {(span, *group) for group in left if group not in hidden}
            found = self._find_open({})
            if found is None:
                return Hidden(groups=frozenset(hidden))
            mine = [name[1:] for name in found if name[0] == span]
            groups = sorted((group for group in mine if group != ALL), key=lambda g: (self._size(left[g]), g))
            if not groups:
                self.shown = {name for name in self.shown if name[0] != span}
                return Hidden(is_all=True)
            hidden.add(groups[0])
            self._hide_more(left, hidden)

    def _find_open(self, more: Mapping[_Name, Collection[int]]) -> set[_Name] | None:
        """Return shown sums from which a small group can be computed, with `more` shown as well; None when none can."""
        small = self._list_small()
        published = self._publish(more) if small else None
        if published is None:
            return None
        return next((found for cells in small if (found := published.solve(cells)) is not None), None)

    def _list_known(self) -> set[frozenset[int]]:
        """Return the small groups that can be computed already, such as of people whom only one month has."""
        published = self._publish({})
        return {cells for cells in self._list_small() if published.solve(cells) is not None}

    def _list_small(self) -> list[frozenset[int]]:
        listed = dict.fromkeys(cells for name, cells in self.members.items() if name not in self.shown)
        return [cells for cells in listed if self._is_few(cells) and cells not in self.known]

    def _publish(self, more: Mapping[_Name, Collection[int]]) -> Published[_Name]:
        published: Published[_Name] = Published()
        shown: dict[_Name, Collection[int]] = {name: self.members[name] for name in self.shown}
        for name, cells in sorted(
            (shown | self.crossed | dict(more)).items(), key=lambda pair: (len(pair[1]), pair[0])
        ):
            published.add(name, cells)
        return published

    def _is_few(self, cells: Collection[int]) -> bool:
        return 0 < self._size(cells) < self.min_group

    def _size(self, cells: Collection[int]) -> int:
        return sum(self.people[place] for place in cells)
