"""What typed words do. They are read for the place the conversation is at; what is not clear is asked again."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from survey import moves, presses, prompts
from survey.conversation import Conversation, Place, Wish
from survey.effects import Effect, Say
from survey.folding import fold, tidy
from survey.message import Message
from survey.replies import is_no_comment, read_choice, read_control
from survey.script import Script

Outcome: TypeAlias = tuple[Conversation, tuple[Effect, ...]]

_NUMBERED = re.compile(r"^(?:sua |doi |change |question )?(?:cau )?(?:so )?(\d{1,2})$")
_WORDS_ONLY = frozenset(
    {"skip", "back", "stop", "help", "human", "privacy", "erase", "language"}
)  # controls inside free text


def read(state: Conversation, script: Script, words: str) -> Outcome:
    """Return what `words` lead to at the present place."""
    words = tidy(words)
    if state.is_over:
        return _after_the_end(state, script, words)
    shown = _press_of_button(prompts.prompt(state, script), words)
    if shown is not None:
        return presses.press(state, script, *shown)
    question = script.questionnaire.find(state.place)
    if question is not None:
        reading = question.read(words, script.wording)
        if reading.option is not None:
            return moves.record(state, script, question, reading.option)
        return (
            _steer(state, script, reading.control)
            or _edit(state, script, words)
            or _miss(state, script, words)
        )
    match state.place:
        case Place.COMMENT:
            return _comment(state, script, words)
        case Place.CONTACT:
            return _contact(state, script, words)
        case Place.REPLY:
            return _reply(state, script, words)
    control = read_control(words, script.wording)
    return _steer(state, script, control) or _edit(state, script, words) or _miss(state, script, words)


def _press_of_button(message: Message, words: str) -> tuple[str, str] | None:
    """Return place and choice of the control button whose words were typed."""
    folded = fold(words)
    for button in message.controls:
        if fold(button.text) == folded:
            place, _, choice = button.press.partition("=")
            return place, choice
    return None


def _steer(state: Conversation, script: Script, control: str | None) -> Outcome | None:
    """Return what a control word leads to here, None when it means nothing at this place."""
    if control is None:
        return None
    if state.place in {Place.GREETING, Place.DECLINED} and control in {
        "begin",
        "later",
        "decline",
        "stop",
        "continue",
    }:
        choice = {"stop": "decline", "continue": "begin"}.get(control, control)
        return presses.press(state, script, Place.GREETING, choice)
    simple: dict[str, Callable[[], Outcome]] = {
        "help": lambda: moves.ask_again(state, script, prompts.say(state, script, "help")),
        "human": lambda: moves.ask_again(state, script, prompts.human(state, script)),
        "privacy": lambda: (state, (Say(_privacy(state, script)),)),
        "erase": lambda: (state, (Say(prompts.erase_question(state, script)),)),
        "language": lambda: (state, (Say(prompts.language_menu(state, script)),)),
        "continue": lambda: moves.ask_again(state, script),
        "begin": lambda: moves.ask_again(state, script),
    }
    if control in simple:
        return simple[control]()
    if not state.has_begun:
        return None
    if control == "edit":
        return state, (Say(prompts.edit_menu(state, script)),)
    if control in {"stop", "later"}:
        return moves.pause(state, script, "stopped" if control == "stop" else "later")
    if control in {"back", "skip", "submit"}:
        outcome = presses.press(state, script, state.place, control)
        return outcome if any(isinstance(effect, Say) for effect in outcome[1]) else None
    return None


def _edit(state: Conversation, script: Script, words: str) -> Outcome | None:
    """Open a question named by its number ("sửa câu 3") for a change."""
    named = _NUMBERED.match(fold(words))
    if named is None or not state.has_begun:
        return None
    number = int(named[1])
    questions = script.questionnaire.questions
    if not 1 <= number <= len(questions) or questions[number - 1].key not in state.answers:
        return None
    return moves.open_for_change(state, script, questions[number - 1].key)


def _miss(state: Conversation, script: Script, words: str) -> Outcome:
    if state.place in {Place.GREETING, Place.DECLINED}:
        state = replace(state, place=Place.GREETING, is_paused=False)
        return state, (Say(prompts.prompt(state, script)),)
    state = replace(state, misses=state.misses + 1)
    return moves.ask_again(state, script, prompts.unclear(state, script, words))


def _comment(state: Conversation, script: Script, words: str) -> Outcome:
    control = read_control(words, script.wording)
    if control in _WORDS_ONLY:
        steered = _steer(state, script, control)
        if steered is not None:
            return steered
    if len(words) > prompts.MAX_COMMENT:
        return moves.ask_again(
            state, script, prompts.say(state, script, "comment_too_long", limit=prompts.MAX_COMMENT)
        )
    return moves.keep_comment(state, script, None if is_no_comment(words, script.wording) else words)


def _contact(state: Conversation, script: Script, words: str) -> Outcome:
    control = read_control(words, script.wording)
    if control in _WORDS_ONLY:
        steered = _steer(state, script, control)
        if steered is not None:
            return steered
    if len(words) > prompts.MAX_CONTACT:
        return moves.ask_again(
            state, script, prompts.say(state, script, "contact_too_long", limit=prompts.MAX_CONTACT)
        )
    return moves.keep_contact(state, script, None if is_no_comment(words, script.wording) else words)


def _reply(state: Conversation, script: Script, words: str) -> Outcome:
    options = prompts.prompt(state, script).options
    labels = {button.text: number for number, button in enumerate(options, 1)}
    plain_yes = {
        "có": 2,
        "yes": 2,
        "no": 3,
    }  # a plain yes says nothing about the dossier code: it stays hidden
    reading = read_choice(words, {**labels, **plain_yes}, script.wording)
    if reading.option is not None:
        return moves.keep_wish(state, script, tuple(Wish)[reading.option - 1])
    return (
        _steer(state, script, reading.control) or _edit(state, script, words) or _miss(state, script, words)
    )


def _after_the_end(state: Conversation, script: Script, words: str) -> Outcome:
    control = read_control(words, script.wording)
    if control == "erase" and state.place != Place.ERASED:
        return state, (Say(prompts.erase_question(state, script)),)
    if control == "privacy":
        return state, (Say(_privacy(state, script)),)
    return state, (Say(prompts.prompt(state, script)),)


def _privacy(state: Conversation, script: Script) -> Message:
    text = prompts.say(state, script, "privacy", days=script.facts.days)
    controls = () if state.is_over else prompts.paused(state, script, "later").controls
    return Message(text=text, controls=controls, place="paused")
