"""Giving out responses: what stands in each column, and the line in the audit log when dossier codes go with them."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from handlers.imports import read_when
from handlers.setup import Setup
from reports.periods import Quarter, period_of
from storage import records, responses
from storage.database import Transaction
from storage.responses import Response
from storage.tables import ANSWERS

BEFORE_ANSWERS = (
    "response_id",
    "period",
    "submitted_at",
    "channel",
    "unit_code",
    "procedure_code",
    "questionnaire_version",
)
AFTER_ANSWERS = ("comment", "wants_reply", "complaint_id")
DOSSIER = "dossier_code"
COLUMNS = (*BEFORE_ANSWERS, *ANSWERS, *AFTER_ANSWERS)

_A_MOMENT = timedelta(microseconds=1)

Value = str | int | bool | None


class SpanError(ValueError):
    """The span asked for cannot be understood; the message names what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when responses are wanted, both included. None: without end on that side."""

    since: datetime | None = None
    until: datetime | None = None


def read_span(since: str | None, until: str | None, setup: Setup) -> Span:
    """Return the span between two local days (each in full) or instants. SpanError on anything else."""
    span = Span(
        since=_read_bound(since, "--from", setup, is_end=False),
        until=_read_bound(until, "--to", setup, is_end=True),
    )
    if span.since is not None and span.until is not None and span.since > span.until:
        raise SpanError("--from lies behind --to")
    return span


def days_of(span: Span, setup: Setup) -> tuple[date | None, date | None]:
    """Return the local days a span touches, the first and the last; None: without end on that side."""
    return (
        span.since.astimezone(setup.timezone).date() if span.since else None,
        span.until.astimezone(setup.timezone).date() if span.until else None,
    )


def count_exported(tx: Transaction, setup: Setup, span: Span, unit_code: str | None) -> int:
    """Return about how many records there will be: all of the days the span touches."""
    since, until = days_of(span, setup)
    return responses.count_responses(tx, since=since, until=until, unit_code=unit_code)


def stream_records(
    tx: Transaction, setup: Setup, span: Span, *, quarter: Quarter, unit_code: str | None, has_dossiers: bool
) -> Generator[dict[str, Value], None, None]:
    """Yield a record by column for each response of the span, in order of time."""
    since, until = days_of(span, setup)
    for response in responses.stream_responses(
        tx, setup.vault, since=since, until=until, unit_code=unit_code
    ):
        is_early = span.since is not None and response.submitted_at < span.since
        is_late = span.until is not None and response.submitted_at > span.until
        if is_early or is_late:
            continue
        record = build_record(response, setup, quarter)
        if has_dossiers:
            record[DOSSIER] = response.dossier_code
        yield record


def build_record(response: Response, setup: Setup, quarter: Quarter) -> dict[str, Value]:
    """Return a response by column: nothing in it tells who answered."""
    return {
        "response_id": response.id,
        "period": period_of(response.submitted_on, quarter).id,
        "submitted_at": response.submitted_at.astimezone(setup.timezone).isoformat(timespec="seconds"),
        "channel": response.channel,
        "unit_code": response.unit_code,
        "procedure_code": response.procedure_code,
        "questionnaire_version": response.questionnaire_version,
        **dict(zip(ANSWERS, response.answers, strict=True)),
        "comment": response.comment or None,
        "wants_reply": response.wants_reply,
        "complaint_id": response.complaint_id,
    }


def note_export(
    tx: Transaction,
    *,
    actor: str,
    span: Span,
    unit_code: str | None,
    file_format: str,
    records_given: int,
    at: datetime,
) -> None:
    """Write into the audit log that dossier codes were given out, and how many."""
    details = {
        "format": file_format,
        "records": records_given,
        "from": span.since.isoformat() if span.since else None,
        "to": span.until.isoformat() if span.until else None,
    }
    records.put_audit(
        tx, at=at, actor=actor, action="responses.export.with_dossiers", subject=unit_code, details=details
    )


def _read_bound(words: str | None, option: str, setup: Setup, *, is_end: bool) -> datetime | None:
    if words is None:
        return None
    found = read_when(words, setup.timezone)
    if found is None:
        raise SpanError(f"{option}: '{words}' is no date; write 2026-11-20 or 2026-11-20T09:30:00+07:00")
    has_time = re.search("[:ht]", words.lower()) is not None
    if is_end and not has_time:
        after = datetime.combine(found.date() + timedelta(days=1), time(), setup.timezone)
        found = after.astimezone(UTC) - _A_MOMENT
    return found.astimezone(UTC)
