"""Who returned results and who was answered, by unit: what the office watches between two digests."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, case, func, select

from storage.tables import invitations, responses


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFlow:
    """The results and answers of a unit in a window: before its last answer, and since."""

    unit_code: str
    answers: int
    last_answer_at: datetime | None  # None: there was none
    returned_before: int  # results returned up to the last answer
    returned_since: int  # after it; all, when there was none


def count_answers_by_unit(tx: Connection, first: date, last: date) -> dict[str, int]:
    """Return how many responses each unit got on those local days, both included."""
    query = select(responses.c.unit_code, func.count()).group_by(responses.c.unit_code)
    rows = tx.execute(query.where(responses.c.submitted_on.between(first, last)))
    return {row[0]: row[1] for row in rows}


def list_flows(tx: Connection, *, days_from: date, begin: datetime, end: datetime) -> list[UnitFlow]:
    """Return the flow of every unit that returned results from `begin` until `end`, with the answers since `begin`.

    `days_from` is the local day of `begin`: the index of responses is by day.
    """
    answered = (
        select(
            responses.c.unit_code,
            func.count().label("answers"),
            func.max(responses.c.submitted_at).label("last_at"),
        )
        .where(responses.c.submitted_on >= days_from, responses.c.submitted_at >= begin)
        .group_by(responses.c.unit_code)
        .subquery()
    )
    one = invitations.c
    is_since = answered.c.last_at.is_(None) | (one.returned_at > answered.c.last_at)
    query = (
        select(
            one.unit_code,
            answered.c.answers,
            answered.c.last_at,
            func.count(case((~is_since, 1))),
            func.count(case((and_(is_since, one.returned_at < end), 1))),
        )
        .select_from(invitations.outerjoin(answered, answered.c.unit_code == one.unit_code))
        .where(one.returned_at >= begin)
        .group_by(one.unit_code, answered.c.answers, answered.c.last_at)
        .order_by(one.unit_code)
    )
    return [
        UnitFlow(
            unit_code=row[0],
            answers=row[1] or 0,
            last_answer_at=row[2],
            returned_before=row[3],
            returned_since=row[4],
        )
        for row in tx.execute(query)
    ]
