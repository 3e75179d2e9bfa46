"""What typed words do. They are read for the place the conversation is at; what is not clear is asked again."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from survey import moves, presses, prompts
from survey.conversation import Conversation, Place, Wish
from survey.effects import Effect, Say, Way
from survey.folding import fold, tidy
from survey.message import Message
from survey.questions import Question
from survey.reading import Lexicon, Reading, Severity, read_comment, read_control
from survey.replies import is_politeness, is_refusal, read_button
from survey.script import Script

Outcome: TypeAlias = tuple[Conversation, tuple[Effect, ...]]

_NUMBERED = re.compile(r"^(?:(?:sua|doi|change)(?: lai)? )?(?:(?:cau|question)(?: so)?|so) (\d{1,2})$")
# Where a free text is asked for, these controls steer in any spelling, and those only as the label of a button.
_MAX_REMARK, _MAX_REMARKS = 300, 5
_LONGEST_STEERING = 10  # words
_WORDS_ONLY = frozenset({"skip", "back", "stop", "help", "human", "privacy", "erase", "language"})
_BUTTONS_ONLY = frozenset({"begin", "later", "decline", "continue", "edit", "submit"})


def read(state: Conversation, script: Script, words: str, *, aside: str = "") -> Outcome:
    """Return what `words` lead to: as an answer to what was asked `aside` just before, or at the present place."""
    words = tidy(words)
    answered = _answer_aside(state, script, words, aside)
    if answered is not None:
        return answered
    if state.is_over:
        return _after_the_end(state, script, words)
    question = script.questionnaire.find(state.place)
    if question is not None:
        return _question(state, script, question, words)
    shown = _press_of_button(prompts.prompt(state, script), words)
    if shown is not None:
        return presses.press(state, script, *shown)
    match state.place:
        case Place.COMMENT:
            return _comment(state, script, words)
        case Place.CONTACT:
            return _contact(state, script, words)
        case Place.REPLY:
            return _reply(state, script, words)
    if state.place == Place.GREETING and is_refusal(words):
        return presses.press(state, script, Place.GREETING, "decline")
    control = read_control(words, script.wording.lexicon)
    return _edit(state, script, words) or _steer(state, script, control) or _miss(state, script, words)


def read_steering(words: str, lexicon: Lexicon) -> str | None:
    """Return the control that words steer to where a free text is asked for; a text of some length never steers."""
    is_short = len(words.split()) <= _LONGEST_STEERING and "\n" not in words
    return read_control(words, lexicon) if is_short else None


def _answer_aside(state: Conversation, script: Script, words: str, aside: str) -> Outcome | None:
    match aside:
        case "erase":
            question = prompts.erase_question(state, script)
            shown = _press_of_button(question, words)
            number = read_button(words, [button.text for button in question.controls])
            if shown is None and number is not None:
                shown = aside, ("erase_yes", "erase_no")[number - 1]
            if shown is None and is_politeness(words):  # "có ạ" here must never answer the question before it
                return moves.ask_aside(state, question)
        case "language":
            shown = _press_of_button(prompts.language_menu(state, script), words)
        case "edit":
            shown = _press_of_button(prompts.edit_menu(state, script), words)
            if shown is None:
                return _edit(state, script, f"câu {words}" if words.isdigit() else words)
        case _:
            return None
    return presses.press(state, script, *shown) if shown else None


def _question(state: Conversation, script: Script, question: Question, words: str) -> Outcome:
    """Read words as an answer first: "dung" may be "đúng hẹn" without its accents, and is no wish to stop then."""
    reading = question.read(words, script.wording.lexicon, script.questionnaire.questions)
    if reading.option is not None:
        return moves.record(_with_remark(state, reading), script, question, reading.option, way=Way.TYPED)
    if len(reading.several) > 1:
        return moves.hold_several(state, script, reading.several)
    shown = _press_of_button(prompts.prompt(state, script), words, is_exact=True)
    if shown is not None:
        return presses.press(state, script, *shown)
    return (
        _edit(state, script, words) or _steer(state, script, reading.control) or _miss(state, script, words)
    )


def _press_of_button(message: Message, words: str, *, is_exact: bool = False) -> tuple[str, str] | None:
    """Return place and choice of the control button whose words were typed."""
    same = str.casefold if is_exact else fold
    for button in message.controls:
        if same(button.text) == same(words):
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
        if control == "continue":  # is no consent: only "Bắt đầu" is
            return presses.press(state, script, "paused", "continue")
        return presses.press(state, script, Place.GREETING, "decline" if control == "stop" else control)
    simple: dict[str, Callable[[], Outcome]] = {
        "help": lambda: moves.ask_again(state, script, prompts.say(state, script, "help")),
        "human": lambda: moves.ask_again(state, script, prompts.human(state, script)),
        "privacy": lambda: (state, (Say(_privacy(state, script)),)),
        "erase": lambda: moves.ask_aside(state, prompts.erase_question(state, script)),
        "language": lambda: moves.ask_aside(state, prompts.language_menu(state, script)),
        "continue": lambda: moves.ask_again(state, script),
        "begin": lambda: moves.ask_again(state, script),
    }
    if control in simple:
        return simple[control]()
    if not state.has_begun:
        return None
    if control == "edit":
        menu = prompts.edit_menu(state, script)
        return moves.ask_aside(state, menu) if menu.has_buttons else moves.ask_again(state, script)
    if control in {"stop", "decline", "later"}:
        return moves.pause(state, script, "later" if control == "later" else "stopped")
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
    if state.is_paused or state.place == Place.DECLINED:
        return moves.stay_paused(state, script)
    state = replace(state, misses=state.misses + 1)
    return moves.ask_again(state, script, prompts.unclear(state, script, words))


def _comment(state: Conversation, script: Script, words: str) -> Outcome:
    other = _not_free_text(state, script, words)
    if other is not None:
        return other
    if len(words) > prompts.MAX_COMMENT:
        too_long = prompts.say(state, script, "comment_too_long", limit=prompts.MAX_COMMENT)
        return moves.ask_again(state, script, too_long)
    return moves.keep_comment(state, script, None if _says_nothing(words, script) else words)


def _contact(state: Conversation, script: Script, words: str) -> Outcome:
    other = _not_free_text(state, script, words)
    if other is not None:
        return other
    if len(words) > prompts.MAX_CONTACT:
        too_long = prompts.say(state, script, "contact_too_long", limit=prompts.MAX_CONTACT)
        return moves.ask_again(state, script, too_long)
    return moves.keep_contact(state, script, None if _says_nothing(words, script) else words)


def _not_free_text(state: Conversation, script: Script, words: str) -> Outcome | None:
    """Return what words that steer lead to where a free text is asked for: those that steer anywhere, and the labels of
    our own buttons. After a pause nothing is taken for the text before the citizen goes on."""
    control = read_steering(words, script.wording.lexicon)
    if control in _WORDS_ONLY or state.is_paused:
        return _steer(state, script, control) or (_miss(state, script, words) if state.is_paused else None)
    if control in _BUTTONS_ONLY and _is_label_of(control, words, script):
        return _steer(state, script, control) or _miss(state, script, words)
    return None


def _is_label_of(control: str, words: str, script: Script) -> bool:
    labels = (script.wording.say(language, f"button_{control}") for language in script.wording.languages)
    return fold(words) in {fold(label) for label in labels}


def _reply(state: Conversation, script: Script, words: str) -> Outcome:
    options = prompts.prompt(state, script).options
    option = read_button(words, [button.text for button in options])
    if option is not None:
        note = prompts.say(state, script, "wish_recorded", label=options[option - 1].text)
        return moves.keep_wish(state, script, tuple(Wish)[option - 1], note=note)
    control = read_control(words, script.wording.lexicon)
    return _edit(state, script, words) or _steer(state, script, control) or _miss(state, script, words)


def _says_nothing(words: str, script: Script) -> bool:
    """Whether `words`, sent as a comment, say that there is none."""
    return read_comment(words, script.wording.lexicon) is Severity.EMPTY


def _with_remark(state: Conversation, reading: Reading) -> Conversation:
    """Keep what was said beside an answer, to be offered for the comment."""
    if not reading.remark or reading.remark in state.remarks:
        return state
    return replace(state, remarks=(*state.remarks, reading.remark[:_MAX_REMARK])[-_MAX_REMARKS:])


def _after_the_end(state: Conversation, script: Script, words: str) -> Outcome:
    control = read_control(words, script.wording.lexicon)
    if control == "erase" and state.place != Place.ERASED:
        return moves.ask_aside(state, prompts.erase_question(state, script))
    if control == "privacy":
        return state, (Say(_privacy(state, script)),)
    return state, (Say(prompts.prompt(state, script)),)


def _privacy(state: Conversation, script: Script) -> Message:
    text = prompts.say(state, script, "privacy", days=script.facts.days)
    controls = () if state.is_over else prompts.paused(state, script, "later").controls
    return Message(text=text, controls=controls, place="paused")
