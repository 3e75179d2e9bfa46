"""Made-up responses, transactions and complaints of a period, put into the database as they are, and its report."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert

from handlers import digests
from reports.disclosure import Hidden
from reports.document import dump_report
from reports.figures import ComplaintsFigure
from reports.measures import Material, Measuring, Office
from reports.measures import build_report as measure
from reports.periods import parse_period
from reports.rules import build_scales
from reports.tallies import Tally
from storage import responses
from storage.case_tables import complaints
from storage.responses import Response
from storage.tables import conversations, invitations
from tests.building import TIMEZONE, build_setup

SETUP = build_setup()
Q3 = parse_period("2026-Q3", "administrative")
IN_Q3 = datetime(2026, 7, 1, 3, tzinfo=UTC)
AFTER_Q3 = datetime(2026, 9, 15, 2, tzinfo=UTC)
ALL_GOOD = (1, 1, 1, 1, 1, 1, 2, 2, 1, 1)
NOTHING_HIDDEN = Hidden()
_numbers = itertools.count(1)


def a_response(answers=ALL_GOOD, *, at=IN_Q3, **changes):
    number = next(_numbers)
    values = {
        "channel": "paper",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "questionnaire_version": SETUP.questionnaire_version,
        **changes,
    }
    day = at.astimezone(SETUP.timezone).date()
    return Response(id=f"F{number:025}", submitted_at=at, submitted_on=day, answers=answers, **values)


def keep_responses(database, listed):
    def work(tx):
        for one in listed:
            responses.put_response(tx, SETUP.vault, one)

    database.write(work)


def keep_dossiers(database, listed):
    """Keep invitations; each of `listed` holds columns, and `talk` the columns of its conversation. Return their ids."""
    ids = []

    def work(tx):
        for one in listed:
            number = next(_numbers)
            row = {
                "id": number,
                "procedure_code": "2.000633",
                "unit_code": "QLTM",
                "returned_at": IN_Q3,
                "nonce": bytes(16),
                "token_digest": number.to_bytes(32),
                "code_digest": number.to_bytes(32),
                "is_sampled": True,
                "created_at": IN_Q3,
            }
            talk = one.get("talk")
            tx.execute(insert(invitations), row | {k: v for k, v in one.items() if k != "talk"})
            if talk is not None:
                begun = {
                    "id": number,
                    "invitation_id": number,
                    "questionnaire_version": SETUP.questionnaire_version,
                    "status": "open",
                    "sealed_state": b"",
                    "updated_at": IN_Q3,
                }
                tx.execute(insert(conversations), begun | talk)
            ids.append(number)

    database.write(work)
    return ids


def keep_complaints(database, listed):
    def work(tx):
        for one in listed:
            number = next(_numbers)
            created = one.get("created_on", IN_Q3.date())
            at = datetime.combine(created, time(5), UTC)
            row = {
                "number": f"PA-{number}",
                "unit_code": "QLTM",
                "procedure_code": "2.000633",
                "questionnaire_version": SETUP.questionnaire_version,
                "kind": "comment",
                "severity": "normal",
                "route": "unit",
                "level": 0,
                "status": "new",
                "reasons": json.dumps({"answers": {}, "comment": False}),
                "is_unfinished": False,
                "wants_reply": False,
                "shows_dossier": False,
                "created_at": at,
                "created_on": created,
                "shown_at": at,
                "clock_from": at,
                "due_at": at + timedelta(days=7),
            }
            tx.execute(insert(complaints), row | one)

    database.write(work)


def report_of(database, period=Q3, *, at=AFTER_Q3, setup=SETUP, unit=""):
    """The report as report.json holds it, computed now."""
    with database.reading() as tx:
        return dump_report(digests.build_report(tx, setup, period, at, unit=unit))


def measuring(**changes):
    rules = replace(SETUP.reporting, **changes)
    scales = build_scales(
        SETUP.questionnaires, SETUP.questionnaire_version, method=rules.method, language="vi"
    )
    return Measuring(rules=rules, scales=scales)


def pure_report(tallies, *, hidden=NOTHING_HIDDEN, returns=(), ratings=(), unit="", **rules):
    """A report computed without a database."""
    nothing = dict.fromkeys(
        [
            "received",
            "resolved",
            "confirmed",
            "partly",
            "reopened",
            "open",
            "overdue",
            "promises",
            "promises_kept",
        ],
        0,
    )
    material = Material(
        period=Q3,
        tallies=tuple(tallies),
        returns=tuple(returns),
        ratings=tuple(ratings),
        complaints=ComplaintsFigure(**nothing, resolved_in_time_pct=None),
    )
    return measure(material, measuring(**rules), Office(department="Sở Mẫu"), hidden, unit=unit)


def a_tally(people, **changes):
    values = {"part": "2026-Q3", "unit": "QLTM", "procedure": "2.000633", "channel": "paper"}
    return Tally(people=people, **{**values, **changes})


def a_day(day, clock="12:00", zone=TIMEZONE):
    """A moment of a local day."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), zone)
