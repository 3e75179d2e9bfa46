"""What a press does. A press names the place it belongs to: one of an earlier place corrects that place or is refused."""

from dataclasses import replace
from typing import TypeAlias

from survey import moves, prompts
from survey.conversation import Conversation, Place, Wish
from survey.effects import Effect, Erase, Say, Toast
from survey.questions import Question
from survey.script import Script

Outcome: TypeAlias = tuple[Conversation, tuple[Effect, ...]]


def press(state: Conversation, script: Script, place: str, choice: str) -> Outcome:
    """Return what pressing `choice` on a message of `place` leads to."""
    if place == "erase":
        return _erase(state, script, choice)
    if state.is_over:
        return _refuse(state, script, "toast_sent" if state.place == Place.SUBMITTED else "toast_closed")
    match place:
        case "language":
            return moves.set_language(state, script, choice)
        case "paused":
            return _continue(state, script) if choice == "continue" else _refuse(state, script, "toast_dead")
        case Place.GREETING:
            return _greeting(state, script, choice)
    if not state.has_begun:
        return _refuse(state, script, "toast_dead")
    if choice == "stop":
        return moves.pause(state, script, "stopped")
    question = script.questionnaire.find(place)
    if question is not None:
        return _question(state, script, question, choice)
    return _press_prompt(state, script, place, choice)


def _press_prompt(state: Conversation, script: Script, place: str, choice: str) -> Outcome:
    """Press a button of what is asked around the ten questions."""
    match place:
        case Place.SEVERAL:
            return _several(state, script, choice)
        case Place.COMMENT:
            return _comment(state, script, choice)
        case Place.REPLY:
            return _reply(state, script, choice)
        case Place.CONTACT:
            return _contact(state, script, choice)
        case Place.SUMMARY:
            return _summary(state, script, choice)
    return _refuse(state, script, "toast_dead")


def _refuse(state: Conversation, script: Script, key: str) -> Outcome:
    return state, (Toast(prompts.say(state, script, key)),)


def _continue(state: Conversation, script: Script) -> Outcome:
    place = Place.GREETING if state.place == Place.DECLINED else state.place
    return moves.ask_again(replace(state, place=place, misses=0), script)


def _greeting(state: Conversation, script: Script, choice: str) -> Outcome:
    if state.place not in {Place.GREETING, Place.DECLINED}:
        return _refuse(state, script, "toast_old")
    match choice:
        case "begin":
            return moves.begin(state, script)
        case "later":
            return moves.pause(state, script, "later")
        case "decline":
            return moves.pause(state, script, "declined")
    return _refuse(state, script, "toast_dead")


def _question(state: Conversation, script: Script, question: Question, choice: str) -> Outcome:
    if choice == "back":
        return (
            moves.go_back(state, script)
            if question.key == state.place
            else _refuse(state, script, "toast_old")
        )
    if choice == "skip":
        return moves.record(state, script, question, None)
    if choice == "keep":
        is_answered = question.key == state.place and question.key in state.answers
        return moves.go_on(state, script) if is_answered else _refuse(state, script, "toast_old")
    if not (choice.isascii() and choice.isdigit()) or not 1 <= int(choice) <= len(question.options):
        return _refuse(state, script, "toast_dead")
    return moves.record(state, script, question, int(choice))


def _several(state: Conversation, script: Script, choice: str) -> Outcome:
    if state.place != Place.SEVERAL:
        return _refuse(state, script, "toast_old")
    match choice:
        case "several_yes":
            return moves.confirm_several(state, script)
        case "several_no":
            return moves.drop_several(state, script)
    return _refuse(state, script, "toast_dead")


def _comment(state: Conversation, script: Script, choice: str) -> Outcome:
    if state.place != Place.COMMENT:
        return _refuse(state, script, "toast_old")
    match choice:
        case "skip" | "remove_comment":
            return moves.keep_comment(state, script, None)
        case "keep":
            return moves.keep_comment(state, script, state.comment)
        case "use_remark" if state.remarks:
            return moves.keep_comment(state, script, "\n".join(state.remarks))
        case "back":
            return moves.go_back(state, script)
    return _refuse(state, script, "toast_dead")


def _reply(state: Conversation, script: Script, choice: str) -> Outcome:
    if state.place != Place.REPLY:
        return _refuse(state, script, "toast_old")
    if choice == "back":
        return moves.go_back(state, script)
    if choice not in set(Wish):
        return _refuse(state, script, "toast_dead")
    return moves.keep_wish(state, script, Wish(choice))


def _contact(state: Conversation, script: Script, choice: str) -> Outcome:
    if state.place != Place.CONTACT:
        return _refuse(state, script, "toast_old")
    match choice:
        case "skip":
            return moves.keep_contact(state, script, None)
        case "keep":
            return moves.keep_contact(state, script, state.contact)
        case "back":
            return moves.go_back(state, script)
    return _refuse(state, script, "toast_dead")


def _summary(state: Conversation, script: Script, choice: str) -> Outcome:
    if choice.startswith("edit:"):
        return moves.open_for_change(state, script, choice.removeprefix("edit:"))
    if state.place != Place.SUMMARY:
        return _refuse(state, script, "toast_old")
    match choice:
        case "submit":
            return moves.submit(state, script)
        case "edit":
            return moves.ask_aside(state, prompts.edit_menu(state, script))
        case "back":
            return moves.go_back(state, script)
    return _refuse(state, script, "toast_dead")


def _erase(state: Conversation, script: Script, choice: str) -> Outcome:
    match choice:
        case "erase_yes" if state.place != Place.ERASED:
            erased = Conversation(place=Place.ERASED, language=state.language)
            return erased, (Erase(), Say(prompts.prompt(erased, script)))
        case "erase_no" if state.place != Place.ERASED:
            return moves.ask_again(state, script, prompts.say(state, script, "erase_kept"))
    return _refuse(state, script, "toast_closed")
