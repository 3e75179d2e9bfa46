"""The funnel from returned results to forms handed in: of all, and by unit, outcome and channel. Numbers, no marks."""

from collections.abc import Iterable, Mapping, Sequence

from reports.figures import FunnelFigure, GroupFunnel
from reports.tallies import UNKNOWN, Returns

STEPS = ("returned", "invited", "reached", "started", "submitted")
_KINDS = (("units", "unit"), ("outcomes", "outcome"), ("channels", "channel"))


def measure_funnel(returns: Iterable[Returns]) -> FunnelFigure:
    """Return how many results were returned and how far their invitations came; paper is not among them."""
    listed = list(returns)
    return FunnelFigure(**{step: sum(getattr(one, step) for one in listed) for step in STEPS})


def measure_funnels(returns: Sequence[Returns], units: Mapping[str, str]) -> tuple[GroupFunnel, ...]:
    """Return the funnel of each unit, outcome and channel that has transactions: those of a kind add up to that of all.

    A channel is the one a conversation was last on; unknown where there was none, or it was erased.
    """
    found = []
    for kind, name in _KINDS:
        groups: dict[str, list[Returns]] = {}
        for one in returns:
            groups.setdefault(getattr(one, name), []).append(one)
        places = {code: place for place, code in enumerate(units)} if kind == "units" else {}
        for code in sorted(groups, key=lambda code: (code == UNKNOWN, places.get(code, len(places)), code)):
            title = units.get(code, code) if kind == "units" else code
            found.append(GroupFunnel(kind=kind, code=code, name=title, funnel=measure_funnel(groups[code])))
    return tuple(found)
