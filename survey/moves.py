"""The moves of the engine: recording, going on, going back, pausing. Each returns the new state and its effects."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from survey import prompts
from survey.conversation import Conversation, Place, Wish
from survey.effects import Begin, Effect, Pause, Record, Redraw, Say, SetLanguage, Submit, Toast, Way
from survey.message import Message
from survey.questions import Question
from survey.script import Script

Outcome: TypeAlias = tuple[Conversation, tuple[Effect, ...]]


def next_place(state: Conversation, script: Script) -> str:
    """Return the first place that is not done yet."""
    for question in script.questionnaire.asked(state.answers):
        if question.key not in state.answers:
            return question.key
    if not state.has_commented:
        return Place.COMMENT
    if state.wish is None and not state.is_correcting and prompts.needs_wish(state, script):
        return Place.REPLY
    if state.wish in {Wish.WITH_CODE, Wish.WITHOUT_CODE} and not state.has_left_contact:
        return Place.CONTACT
    return Place.SUMMARY


def go_on(state: Conversation, script: Script, *effects: Effect, note: str = "") -> Outcome:
    """Move to the first place that is not done and ask it; `effects` come around the new message."""
    state = replace(state, place=next_place(state, script), is_paused=False, misses=0)
    if state.place == Place.SUMMARY:
        state = replace(state, is_correcting=False)
    before = tuple(e for e in effects if not isinstance(e, Redraw | Toast))
    after = tuple(e for e in effects if isinstance(e, Redraw | Toast))
    return state, (*before, Say(prompts.prompt(state, script, note)), *after)


def ask_again(state: Conversation, script: Script, note: str = "") -> Outcome:
    """Show the present place once more, with `note` before it."""
    state = replace(state, is_paused=False)
    return state, (Say(prompts.prompt(state, script, note)),)


def begin(state: Conversation, script: Script) -> Outcome:
    """Consent is given: on to the first question."""
    return go_on(state, script, Begin())


def record(
    state: Conversation, script: Script, question: Question, option: int | None, *, way: Way = Way.PRESSED
) -> Outcome:
    """Record an answer: to the question on the screen, or as a correction of an earlier one.

    What was typed is said back before the next question, with the button to go back beside it.
    """
    is_current = question.key == state.place
    if not is_current and question.key not in state.answers:
        return state, (Toast(prompts.say(state, script, "toast_old")),)
    was_answered = question.key in state.answers
    is_same = was_answered and state.answers[question.key] == option
    state = replace(state, answers={**state.answers, question.key: option})
    label = prompts.answer_label(state, script, question)
    number, _ = prompts.position(script, question)
    if option is None:
        toast = Toast(prompts.say(state, script, "chosen_skip"))
        changed = prompts.say(state, script, "changed_skip", number=number)
    else:
        toast = Toast(prompts.say(state, script, "toast_recorded", label=label))
        changed = prompts.say(state, script, "changed", number=number, label=label)
    if is_same and not is_current:
        return state, (toast,)
    recorded: tuple[Effect, ...] = () if is_same else (Record(question.key, option, way),)
    redraw = Redraw(prompts.question_message(state, script, question))
    if is_current:
        is_said_back = (
            way is Way.TYPED and next_place(state, script) != Place.SUMMARY
        )  # which shows it anyway
        said = changed if was_answered else prompts.say(state, script, "read_as", label=label)
        note = said if is_said_back else ""
        return go_on(state, script, *recorded, redraw, toast, note=note)
    effects: list[Effect] = [*recorded, replace(redraw, instead=changed), Toast(changed)]
    if _has_left_the_way(state, script):
        return go_on(state, script, *effects)
    if state.place == Place.SUMMARY:
        effects.append(Redraw(prompts.summary(state, script)))
    return state, tuple(effects)


def hold_several(state: Conversation, script: Script, several: Sequence[tuple[str, int | None]]) -> Outcome:
    """Read several answers back; they are recorded only after a tap."""
    pending = {key: option for key, option in several if option is not None}
    return ask_again(replace(state, place=Place.SEVERAL, pending=pending, misses=0), script)


def confirm_several(state: Conversation, script: Script) -> Outcome:
    """Record the answers that were read back."""
    new = {key: option for key, option in state.pending.items() if state.answers.get(key) != option}
    recorded = tuple(Record(key, option, Way.SEVERAL) for key, option in new.items())
    asked = {*state.answers, next_place(state, script)}  # the others were never shown
    state = replace(state, answers={**state.answers, **state.pending}, pending={})
    shown = (script.questionnaire.find(key) for key in new if key in asked)
    redraws = tuple(Redraw(prompts.question_message(state, script, q)) for q in shown if q is not None)
    return go_on(state, script, *recorded, *redraws, note=prompts.say(state, script, "several_done"))


def drop_several(state: Conversation, script: Script) -> Outcome:
    """Forget the answers that were read back; the question is asked again."""
    return go_on(replace(state, pending={}), script)


def go_back(state: Conversation, script: Script) -> Outcome:
    """Show the place before the present one; from a correction, the summary it was opened from."""
    if state.is_correcting and next_place(state, script) == Place.SUMMARY:
        return go_on(state, script)
    places = _way(state, script)
    earlier = places[: places.index(state.place)] if state.place in places else []
    if not earlier:
        return ask_again(state, script, prompts.say(state, script, "first_question"))
    return ask_again(replace(state, place=earlier[-1], misses=0, is_correcting=False), script)


def visited(state: Conversation, script: Script) -> list[str]:
    """Return the places a citizen passes, in order, up to the first one not done."""
    places, end = _way(state, script), next_place(state, script)
    return places[: places.index(end) + 1] if end in places else places


def _way(state: Conversation, script: Script) -> list[str]:
    """Return the places from the first question to the summary; the present one is among them even when an answer
    that was changed meanwhile has made it needless."""
    places: list[str] = [q.key for q in script.questionnaire.asked(state.answers)]
    places.append(Place.COMMENT)
    if state.wish is not None or state.place == Place.REPLY or prompts.needs_wish(state, script):
        places.append(Place.REPLY)
    if state.wish in {Wish.WITH_CODE, Wish.WITHOUT_CODE}:
        places.append(Place.CONTACT)
    places.append(Place.SUMMARY)
    return places


def _has_left_the_way(state: Conversation, script: Script) -> bool:
    """Whether a changed answer made the present question needless, or another one before it needed."""
    asked = [q.key for q in script.questionnaire.asked(state.answers)]
    if script.questionnaire.find(state.place) is not None and state.place not in asked:
        return True
    before = asked[: asked.index(state.place)] if state.place in asked else asked
    return any(key not in state.answers for key in before)


def open_for_change(state: Conversation, script: Script, place: str) -> Outcome:
    """Open an answer that was given before, for a change."""
    if place not in visited(state, script):
        return state, (Toast(prompts.say(state, script, "toast_old")),)
    is_correcting = state.is_correcting or state.place == Place.SUMMARY
    return ask_again(replace(state, place=place, is_correcting=is_correcting, misses=0), script)


def keep_comment(state: Conversation, script: Script, words: str | None) -> Outcome:
    """Take `words` as item 4, None for no comment, and go on."""
    return go_on(replace(state, comment=words, has_commented=True), script)


def keep_wish(state: Conversation, script: Script, wish: Wish, *, note: str = "") -> Outcome:
    """Take the wish for a reply and go on; without the wish no contact is kept. `note` says a typed one back."""
    contact = state.contact if wish is not Wish.NO else None
    has_left = state.has_left_contact if wish is not Wish.NO else False
    return go_on(replace(state, wish=wish, contact=contact, has_left_contact=has_left), script, note=note)


def keep_contact(state: Conversation, script: Script, words: str | None) -> Outcome:
    """Take `words` as item 5, None for no contact, and go on."""
    return go_on(replace(state, contact=words, has_left_contact=True), script)


def submit(state: Conversation, script: Script) -> Outcome:
    """Hand the form in."""
    facts = script.facts
    sent = replace(state, place=Place.SUBMITTED, receipt=facts.receipt, is_paused=False)
    asked = {q.key for q in script.questionnaire.asked(state.answers)}
    sent = replace(sent, answers={k: v for k, v in state.answers.items() if k in asked})
    return sent, (
        Submit(receipt=facts.receipt, comment=state.comment, wish=state.wish, contact=state.contact),
        Say(prompts.notice(prompts.say(state, script, "receipt", receipt=facts.receipt))),
        Redraw(prompts.summary(state, script, is_sent=True)),
    )


def pause(state: Conversation, script: Script, key: str) -> Outcome:
    """Stop for now: "later" may be reminded, "stopped" and "declined" not."""
    place = Place.DECLINED if key == "declined" else state.place
    state = replace(state, place=place, is_paused=True, is_put_off=key == "later", misses=0)
    return state, (Pause(remind=key == "later"), Say(prompts.paused(state, script, key)))


def stay_paused(state: Conversation, script: Script) -> Outcome:
    """Say goodbye once more: what came is no wish to go on, so nothing that was promised changes."""
    if state.place == Place.DECLINED:
        return state, (Say(prompts.prompt(state, script)),)
    return pause(state, script, "later" if state.is_put_off else "stopped")


def ask_aside(state: Conversation, message: Message) -> Outcome:
    """Ask something besides the present place; the next words may answer it."""
    return replace(state, aside=message.place), (Say(message),)


def set_language(state: Conversation, script: Script, language: str) -> Outcome:
    """Go on in another language."""
    if language not in script.questionnaire.languages or language not in script.wording.languages:
        return state, (Toast(prompts.say(state, script, "toast_dead")),)
    state = replace(state, language=language)
    note = (
        prompts.say(state, script, "language_set") if state.has_begun else ""
    )  # consent needs the whole greeting
    return state, (SetLanguage(language), Say(prompts.prompt(state, script, note)))
