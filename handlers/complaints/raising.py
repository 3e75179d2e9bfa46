"""A complaint is raised: by a form that was handed in, or by one that was begun and left."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.complaints import cards, dates
from handlers.setup import Setup
from storage import complaints, conversations, invitations, responses
from storage.complaints import Complaint
from storage.conversations import Talk
from storage.database import Transaction
from storage.invitations import Invitation
from storage.responses import Response
from survey.complaints.case import Case, Status
from survey.complaints.rules import Finding, Route, find_reasons, names_somebody
from survey.reading import Severity, read_comment

ABANDONED_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What a complaint is made of."""

    talk: Talk
    invitation: Invitation
    finding: Finding
    comment: str | None
    shows_dossier: bool
    is_unfinished: bool


def raise_of_response(
    tx: Transaction, setup: Setup, response: Response, *, talk: Talk, invitation: Invitation, at: datetime
) -> Complaint | None:
    """Raise the complaint that a form gives reason for, or complete the one that the unfinished form had raised.

    Return it, None without one; the citizen is told of it with `citizen.acknowledge`. Reading the comment only ever adds attention: the citizen's wish stands.
    """
    keys = [question.key for question in setup.questionnaire(response.questionnaire_version).questions]
    answers = {key: number for key, number in zip(keys, response.answers, strict=False) if number}
    finding = _look(setup, answers, response.comment, wants_reply=bool(response.wants_reply))
    earlier = complaints.find_by_conversation(tx, setup.vault, talk.id, lock=True)
    if finding is None:
        if earlier is not None:
            _withdraw(tx, setup, earlier, at)
        return None
    form = _Form(
        talk=talk,
        invitation=invitation,
        finding=finding,
        comment=response.comment,
        shows_dossier=bool(response.shows_dossier),
        is_unfinished=False,
    )
    made = _make(tx, setup, form, at) if earlier is None else _complete(tx, setup, earlier, form, at)
    responses.set_complaint(tx, response.id, made.number)
    return made


def raise_one(tx: Transaction, setup: Setup, conversation_id: int, at: datetime) -> bool:
    """Raise the complaint of a form that was left for a quarter of an hour. False when it gives no reason for one."""
    talk = conversations.find_talk_by_id(tx, setup.vault, conversation_id, lock=True)
    complaints.mark_looked_at(tx, conversation_id, at)
    if talk is None or talk.state.is_over or not talk.state.has_begun:
        return False
    answers = {key: number for key, number in talk.state.answers.items() if number}
    finding = _look(setup, answers, talk.state.comment, wants_reply=False)
    earlier = complaints.find_by_conversation(tx, setup.vault, conversation_id, lock=True)
    if finding is None or (earlier is not None and not _says_more(earlier, finding, talk.state.comment)):
        return False
    form = _Form(
        talk=talk,
        invitation=invitations.load_invitation(tx, talk.invitation_id),
        finding=finding,
        comment=talk.state.comment,
        shows_dossier=False,
        is_unfinished=True,
    )
    if earlier is None:
        _make(tx, setup, form, at)
    else:
        _complete(tx, setup, earlier, form, at)
    return True


def _says_more(earlier: Complaint, finding: Finding, comment: str | None) -> bool:
    """Whether a form that is still unfinished says more than its case knows, so that it cannot wait until it is sent.

    A case that was closed waits for that, unless somebody is accused now.
    """
    if not earlier.is_unfinished:
        return False
    if finding.route is Route.INTEGRITY and earlier.case.route is not Route.INTEGRITY:
        return True
    has_new_answer = not finding.answers.items() <= earlier.answers.items()
    has_new_words = finding.has_comment and comment != earlier.words
    is_worse = finding.is_critical and not earlier.is_critical
    return earlier.case.is_open and (has_new_answer or has_new_words or is_worse)


def _look(
    setup: Setup, answers: Mapping[str, int], comment: str | None, *, wants_reply: bool
) -> Finding | None:
    severity = read_comment(comment, setup.wording.lexicon) if comment else Severity.EMPTY
    return find_reasons(setup.complaint_rules, answers, severity, wants_reply=wants_reply)


def _make(tx: Transaction, setup: Setup, form: _Form, at: datetime) -> Complaint:
    finding, local = form.finding, setup.local(at)
    complaint = Complaint(
        id=0,
        number=complaints.next_number(tx, local.year),
        conversation_id=form.talk.id,
        unit_code=form.invitation.unit_code,
        procedure_code=form.invitation.procedure_code,
        questionnaire_version=form.talk.questionnaire_version,
        kind=finding.kind,
        is_critical=finding.is_critical,
        answers=finding.answers,
        has_comment=finding.has_comment,
        is_unfinished=form.is_unfinished,
        is_fallback=False,
        wants_reply=finding.wants_reply,
        shows_dossier=form.shows_dossier,
        words=form.comment,
        created_at=at,
        created_on=local.date(),
        shown_at=dates.hold_until(setup, at, is_urgent=finding.is_critical or finding.wants_reply),
        clock_from=at,
        due_at=dates.count_due(setup, at).at,
        case=Case(route=finding.route, level=_level(setup, form)),
    )
    made = complaints.put_complaint(tx, setup.vault, complaint)
    complaints.put_event(tx, setup.vault, made.id, at=at, actor="citizen", what="raised")
    cards.post(tx, setup, made, at)
    return made


def _level(setup: Setup, form: _Form) -> int:
    """Return 1 for a complaint that names the unit's own people: it goes to those above."""
    unit = setup.units.get(form.invitation.unit_code)
    if form.finding.route is not Route.UNIT or not form.comment:
        return 0
    names = (*setup.titles, *(unit.people if unit else ()))
    return int(names_somebody(form.comment, names))


def _complete(tx: Transaction, setup: Setup, earlier: Complaint, form: _Form, at: datetime) -> Complaint:
    """The form that was left has been handed in after all, or filled in further: the case learns the rest.

    One that was closed meanwhile is open again: what it was closed on was not all there was to say.
    """
    finding, before = form.finding, earlier.case
    is_urgent = finding.is_critical or finding.wants_reply
    after = replace(
        earlier,
        kind=finding.kind,
        is_critical=finding.is_critical,
        answers=finding.answers,
        has_comment=finding.has_comment,
        is_unfinished=form.is_unfinished,
        wants_reply=finding.wants_reply,
        shows_dossier=form.shows_dossier,
        words=form.comment,
        shown_at=min(earlier.shown_at, at) if is_urgent else earlier.shown_at,
        case=_direct(setup, before, form),
    )
    if (after.case.route, after.case.level) != (before.route, before.level):
        after = replace(after, is_fallback=False)
    if not before.is_open or after.case.route is not before.route:
        after = _restart(setup, after, at)
    saved = complaints.save_complaint(tx, setup.vault, after)
    what = "added" if form.is_unfinished else "completed"
    for happened in (what,) if before.is_open else (what, "reopened"):
        complaints.put_event(tx, setup.vault, saved.id, at=at, actor="citizen", what=happened)
    cards.leave(tx, setup, saved, at)
    if is_urgent:
        cards.hasten(tx, saved.id, at)
    cards.redraw(tx, setup, saved, at, is_fresh=not before.is_open)
    return saved


def _direct(setup: Setup, before: Case, form: _Form) -> Case:
    """Return the case as the rest of the form leaves it: where it belongs now, and with nobody when it goes elsewhere."""
    if Route.INTEGRITY in {before.route, form.finding.route}:
        case = replace(before, route=Route.INTEGRITY, level=0)
    else:
        case = replace(before, level=max(before.level, _level(setup, form)))
    if (case.route, case.level) != (before.route, before.level):
        case = replace(case, status=Status.NEW, holder=None)
    if not before.is_open:
        again = before.reopenings + 1
        case = replace(case, status=Status.NEW, holder=None, verdict=None, rating=None, reopenings=again)
    return case


def _restart(setup: Setup, complaint: Complaint, at: datetime) -> Complaint:
    """Let the clock of a case begin anew."""
    return replace(
        complaint,
        clock_from=at,
        pauses=(),
        due_at=dates.count_due(setup, at).at,
        reminded=0,
        resolved_at=None,
        was_in_time=None,
        case=replace(complaint.case, waiting_since=None),
    )


def _withdraw(tx: Transaction, setup: Setup, earlier: Complaint, at: datetime) -> None:
    """The answers that had raised the case were changed before the form was handed in."""
    case = replace(earlier.case, status=Status.WITHDRAWN, holder=None, waiting_since=None)
    saved = complaints.save_complaint(tx, setup.vault, replace(earlier, is_unfinished=False, case=case))
    complaints.put_event(tx, setup.vault, saved.id, at=at, actor="citizen", what="withdrawn")
    cards.redraw(tx, setup, saved, at)
