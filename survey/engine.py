"""The conversation engine: one pure function from state and event to the next state and what should happen."""

from dataclasses import replace
from typing import TypeAlias, assert_never

from survey import moves, presses, prompts, typed
from survey.conversation import Conversation, Place
from survey.effects import Effect, Say
from survey.events import Event, Kind, Opened, Pressed, Reminded, Sent, Typed
from survey.script import Script

Outcome: TypeAlias = tuple[Conversation, tuple[Effect, ...]]


def step(state: Conversation, event: Event, script: Script) -> Outcome:
    """Return the state after `event` and the effects it has, in order. Pure."""
    aside, state = state.aside, replace(state, aside="")
    match event:
        case Opened():
            return _open(state, script)
        case Pressed(place, choice):
            return presses.press(state, script, place, choice)
        case Typed(words):
            return typed.read(state, script, words, aside=aside)
        case Sent(kind):
            return _answer_sent(state, script, kind)
        case Reminded():
            return _remind(state, script)
        case _:
            assert_never(event)


def _open(state: Conversation, script: Script) -> Outcome:
    place = Place.GREETING if state.place == Place.DECLINED else state.place
    state = replace(state, place=place, is_paused=False, misses=0)
    return state, (Say(prompts.prompt(state, script)),)


def _answer_sent(state: Conversation, script: Script, kind: Kind) -> Outcome:
    if state.is_over:
        return state, (Say(prompts.prompt(state, script)),)
    if state.is_paused or state.place == Place.DECLINED:
        return moves.stay_paused(state, script)
    note = prompts.say(state, script, f"got_{kind}")
    return state, (Say(prompts.prompt(state, script, note)),)


def _remind(state: Conversation, script: Script) -> Outcome:
    if state.is_over or state.place == Place.DECLINED:
        return state, ()
    return state, (Say(prompts.reminder(state, script)),)
