"""What holds of the conversation whatever a citizen does, in whatever order. Single dialogues are in tests/dialogues/."""

import json
import re
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey import prompts
from survey.conversation import Conversation, Place, dump_conversation, load_conversation
from survey.effects import Begin, Erase, Record, Redraw, Say, Submit
from survey.engine import step
from survey.events import Kind, Opened, Pressed, Reminded, Sent, Typed
from survey.message import Message, dump_message, load_message
from survey.questionnaire import parse_questionnaire
from survey.script import Facts, Script
from tests.building import load_questionnaire, load_wording

QUESTIONNAIRE, WORDING = load_questionnaire(), load_wording()
KEYS = [question.key for question in QUESTIONNAIRE.questions]
FACTS = Facts(
    department="Sở Công Thương",
    procedure="Cấp giấy phép bán buôn rượu",
    hotline="1022",
    days=365,
    until="20/12/2026",
    receipt="K7M2-9QXA-4TRD",
)
LONG = replace(
    FACTS, department="Trung tâm Phục " * 14, procedure="thủ tục rất dài " * 13, hotline="1900 " * 12
)
SCRIPT = Script(questionnaire=QUESTIONNAIRE, wording=WORDING, facts=FACTS)
SCRIPTS = [replace(SCRIPT, facts=facts) for facts in (FACTS, LONG, replace(LONG, hotline=""))]
CONDITIONAL = parse_questionnaire(
    {
        "version": "t",
        "languages": ["vi", "en"],
        "questions": [
            {
                "key": key,
                "kind": "choice",
                "subject": {"vi": "Việc", "en": "It"},
                "text": {"vi": "Thế nào ạ?", "en": "How?"},
                "options": [
                    {"key": "good", "label": {"vi": "Tốt", "en": "Good"}},
                    {"key": "bad", "label": {"vi": "Kém", "en": "Poor"}, "is_bad": True},
                ],
                **({"ask_if": condition} if condition else {}),
            }
            for key, condition in [
                ("1", None),
                ("2", {"1": ["bad"]}),
                ("3", {"2": ["bad"]}),
                ("4", None),
                ("5", {"4": ["good"]}),
            ]
        ],
    }
)
NAMED_BUTTONS = re.compile("(?:bấm|press) “([^”]+)”")
WORDS = [
    *(
        WORDING.say(language, key)
        for language in WORDING.languages
        for key in WORDING.tables["vi"]
        if key.startswith("button_") and "{" not in WORDING.tables["vi"][key]
    ),
    *(
        "dừng",
        "bỏ qua giúp em",
        "quay lại câu trước",
        "gặp cán bộ",
        "giúp với",
        "xóa dữ liệu",
        "/stop",
        "/language",
    ),
    *(
        "câu 2 tốt, câu 5 chậm",
        "tất cả đều tốt",
        "tốt nhưng nước uống thì không có",
        "đúng, ghi lại",
        "chưa đúng",
    ),
    *(label for q in QUESTIONNAIRE.questions for o in q.options for label in o.label.values()),
    *map(str, range(12)),
    "có",
    "không",
    "sửa câu 3",
    "câu 9",
    "Nhận trả lời",
    "Có, xóa dữ liệu",
    "không nhớ",
    "x" * 4001,
    "",
    "\u200b",
    "{words} <b>&",
]

# An act: ("press", n) presses the n-th button ever shown, ("option", key, n) any option of any question.
ACTS = st.one_of(
    st.tuples(st.just("press"), st.integers(0, 400)),
    st.tuples(st.just("newest"), st.integers(0, 20)),
    st.tuples(st.just("option"), st.sampled_from([*KEYS, "4"]), st.integers(0, 6)),
    st.tuples(st.just("type"), st.sampled_from(WORDS) | st.text(max_size=30)),
    st.tuples(st.just("send"), st.sampled_from(list(Kind))),
    st.tuples(st.sampled_from(["open", "remind"])),
)
PLAYS = st.lists(ACTS, max_size=40)
FORWARD = [("open",), ("press", 0), *[("newest", 1)] * 10]  # to the comment, by the quickest way
STARTS = st.integers(0, len(FORWARD)).map(lambda count: FORWARD[:count])


@dataclass
class Talk:
    """A conversation under test: what was shown, and the state, dumped and loaded before every turn."""

    script: Script
    state: Conversation = field(default_factory=Conversation)
    presses: list[str] = field(default_factory=list)
    newest: Message | None = None
    said: list[Message] = field(default_factory=list)  # by the last turn

    def take(self, event):
        """Let the conversation have an event; return the state before it and the effects."""
        before = load_conversation(json.loads(json.dumps(dump_conversation(self.state))))
        assert before == self.state
        self.state, effects = step(before, event, self.script)
        self.said = [e.message for e in effects if isinstance(e, Say)]
        for message in [e.message for e in effects if isinstance(e, Say | Redraw)]:
            assert load_message(json.loads(json.dumps(dump_message(message)))) == message
            self.presses += [b.press for b in (*message.options, *message.controls)]
        self.newest = next((m for m in reversed(self.said) if m.has_buttons), self.newest)
        return before, effects

    def event(self, act):
        """Return the event of an act; without any button so far, the opening."""
        match act:
            case ("press", place) if self.presses:
                return press_of(self.presses[place % len(self.presses)])
            case ("newest", place) if self.newest is not None:
                buttons = (*self.newest.options, *self.newest.controls)
                return press_of(buttons[place % len(buttons)].press)
            case ("option", key, number):
                return Pressed(key, str(number))
            case ("type", words):
                return Typed(words)
            case ("send", kind):
                return Sent(kind)
            case ("remind",):
                return Reminded()
        return Opened()


def press_of(press):
    place, _, choice = press.partition("=")
    return Pressed(place, choice)


def played(acts, script=SCRIPT, language="vi"):
    talk = Talk(script, Conversation(language=language))
    for act in acts:
        talk.take(talk.event(act))
    return talk


# -- whatever happens


@settings(max_examples=150, deadline=None)
@given(STARTS, PLAYS, st.sampled_from(SCRIPTS), st.sampled_from(["vi", "en"]))
def test_every_message_is_short_and_every_prompt_has_a_way_on(start, acts, script, language):
    talk = Talk(script, Conversation(language=language))
    for act in [*start, *acts]:
        talk.take(talk.event(act))

        for message in talk.said:
            if message.place != Place.SUMMARY:
                assert len(message.plain()) <= prompts.MAX_MESSAGE, message.plain()
            assert len(message.plain()) <= 4096
            assert message.has_buttons or not message.place
            labels = {button.text for button in (*message.options, *message.controls)}
            assert all(labels)
            if message.place != Place.SUMMARY or message.controls:
                assert set(NAMED_BUTTONS.findall(f"{message.note} {message.text} {message.tail}")) <= labels
        if talk.said and not talk.state.is_over:
            assert talk.said[-1].has_buttons


@settings(max_examples=150, deadline=None)
@given(STARTS, PLAYS)
def test_an_answer_changes_only_by_its_own_press_or_by_words_for_the_question_asked(start, acts):
    talk = Talk(SCRIPT)
    for act in [*start, *acts]:
        event = talk.event(act)
        before, effects = talk.take(event)

        changed = changed_answers(before, talk.state)
        if any(isinstance(e, Erase) for e in effects):
            assert talk.state.answers == {}
            continue
        allowed = {event.place} if isinstance(event, Pressed) else set()
        allowed |= {before.place} if isinstance(event, Typed) else set()
        if before.place == Place.SEVERAL:
            allowed |= set(before.pending)  # read back, and confirmed by this very press
        assert set(changed) <= allowed
        assert changed == {e.question: e.option for e in effects if isinstance(e, Record)}


@settings(max_examples=150, deadline=None)
@given(STARTS, PLAYS)
def test_nothing_changes_after_submission_but_erasure(start, acts):
    talk = played([*start, *FORWARD[len(start) :], ("type", "bỏ qua"), ("type", "gửi phiếu")])
    sent = talk.state
    assert sent.place == Place.SUBMITTED
    for act in acts:
        _, effects = talk.take(talk.event(act))

        assert not any(isinstance(e, Begin | Record | Submit) for e in effects)
        if talk.state.place == Place.ERASED:
            assert talk.state == Conversation(place=Place.ERASED, language=sent.language)
        else:
            assert replace(talk.state, aside="") == sent


@settings(max_examples=100, deadline=None)
@given(STARTS, PLAYS)
def test_there_is_consent_before_any_answer_and_it_is_given_by_the_button_or_its_words_only(start, acts):
    talk, has_begun = Talk(SCRIPT), False
    for act in [*start, *acts]:
        event = talk.event(act)
        _, effects = talk.take(event)

        if any(isinstance(e, Begin) for e in effects):
            has_begun = True
            assert event == Pressed(Place.GREETING, "begin") or isinstance(event, Typed)
        assert has_begun or not talk.state.answers
        assert has_begun or not any(isinstance(e, Record | Submit) for e in effects)


@settings(max_examples=100, deadline=None)
@given(STARTS, PLAYS, st.sampled_from([QUESTIONNAIRE, CONDITIONAL]))
def test_from_any_state_before_submission_there_is_a_way_to_submit(start, acts, questionnaire):
    talk = played([*start, *acts], replace(SCRIPT, questionnaire=questionnaire))
    if talk.state.is_over:
        return

    for _ in range(2 * len(questionnaire.questions) + 10):
        talk.take(way_on(talk))
        if talk.state.place == Place.SUBMITTED:
            break

    assert talk.state.place == Place.SUBMITTED
    assert set(talk.state.answers) == {q.key for q in questionnaire.asked(talk.state.answers)}


@settings(max_examples=100, deadline=None)
@given(STARTS, PLAYS, st.sampled_from([QUESTIONNAIRE, CONDITIONAL]))
def test_the_summary_has_a_line_for_each_question(start, acts, questionnaire):
    talk = Talk(replace(SCRIPT, questionnaire=questionnaire))
    for act in [*start, *acts]:
        _, effects = talk.take(talk.event(act))

        for message in (e.message for e in effects if isinstance(e, Say | Redraw)):
            if message.place == Place.SUMMARY:
                asked = questionnaire.asked(talk.state.answers)
                numbered = [line for line in message.text.splitlines() if line.split(".")[0].isdigit()]
                assert len(numbered) == len(asked)
                assert all(q.key in talk.state.answers for q in asked)


@settings(max_examples=100, deadline=None)
@given(STARTS, PLAYS, st.sampled_from(KEYS), st.integers(1, 5))
def test_an_option_of_a_question_not_reached_changes_nothing(start, acts, key, number):
    talk = played([*start, *acts])
    before = replace(talk.state, aside="")
    if key in before.answers or key == before.place:
        return

    _, effects = talk.take(Pressed(key, str(number)))

    assert replace(talk.state, aside="") == before
    assert not any(isinstance(e, Say | Record | Redraw) for e in effects)


@settings(max_examples=100, deadline=None)
@given(STARTS, PLAYS, st.data())
def test_any_answer_can_be_corrected_by_one_tap_on_its_old_button(start, acts, data):
    talk = played([*start, *acts])
    if talk.state.is_over or not talk.state.answers:
        return
    key = data.draw(st.sampled_from(sorted(talk.state.answers)))
    number = data.draw(st.integers(1, len(QUESTIONNAIRE.find(key).options)))
    others = {k: v for k, v in talk.state.answers.items() if k != key}

    talk.take(Pressed(key, str(number)))

    assert talk.state.answers == {**others, key: number}


def test_a_correction_from_the_summary_is_two_taps_from_the_menu_and_ends_at_the_summary():
    talk = played([*FORWARD, ("type", "bỏ qua")])
    talk.take(Pressed("summary", "edit"))
    menu = [button.press for button in talk.newest.controls]

    talk.take(press_of(menu[4]))  # "Câu 5"
    talk.take(Pressed("3.5", "1"))

    assert menu[:10] == [f"summary=edit:{key}" for key in KEYS]
    assert (talk.state.answers["3.5"], talk.state.place) == (1, Place.SUMMARY)


@pytest.mark.parametrize("key", ["3.7", "3.8"])
def test_two_taps_at_once_count_once(key):
    talk = played([*FORWARD[: 2 + KEYS.index(key)]])

    taps = [talk.take(Pressed(key, "2"))[1] for _ in range(2)]

    assert [sum(isinstance(e, Record) for e in effects) for effects in taps] == [1, 0]
    assert [sum(isinstance(e, Say) for e in effects) for effects in taps] == [1, 0]


@pytest.mark.parametrize("start", range(len(FORWARD) + 1))
@pytest.mark.parametrize(
    "words", ["bỏ qua", "quay lại", "dừng", "gặp cán bộ", "/help", "/language", "/delete"]
)
def test_every_control_word_is_answered_everywhere_and_loses_nothing(start, words):
    talk = played([("open",), *FORWARD[:start]])
    answers = dict(talk.state.answers)

    talk.take(Typed(words))

    assert talk.said
    assert {key: talk.state.answers[key] for key in answers} == answers


@pytest.mark.parametrize("start", ["open", "later", "decline"])
@pytest.mark.parametrize("words", ["làm tiếp", "tiếp tục", "cảm ơn", "1", "👍"])
def test_only_the_words_of_the_button_are_consent(start, words):
    talk = played([("open",)])
    if start != "open":
        talk.take(Pressed(Place.GREETING, start))

    _, effects = talk.take(Typed(words))

    assert not talk.state.has_begun
    assert not any(isinstance(e, Begin) for e in effects)


@pytest.mark.parametrize("choice", ["stop", "decline"])
@pytest.mark.parametrize("event", [Typed("cảm ơn nhé"), Sent(Kind.STICKER)])
def test_thanks_after_a_goodbye_do_not_bring_reminders_back(choice, event):
    talk = played(FORWARD[: 5 if choice == "stop" else 1])
    talk.take(Pressed("3.3" if choice == "stop" else Place.GREETING, choice))

    talk.take(event)

    assert talk.state.is_paused
    assert not talk.state.is_put_off


def test_a_state_of_an_older_program_is_read_with_defaults():
    state = Conversation(place="3.4", answers={"3.1": 2, "3.2": None}, misses=1)
    old = {
        key: value for key, value in dump_conversation(state).items() if key in {"place", "answers", "misses"}
    }

    assert load_conversation(old) == state


def changed_answers(before, after):
    nothing = object()
    keys = before.answers.keys() | after.answers.keys()
    return {
        key: after.answers.get(key)
        for key in keys
        if before.answers.get(key, nothing) != after.answers.get(key, nothing)
    }


def way_on(talk):
    """Return the press that a citizen in a hurry would make, reading nothing but the newest message of the place."""
    message = prompts.prompt(talk.state, talk.script)
    buttons = [b.press for b in (*message.options, *message.controls)]
    for wanted in ("begin", "continue", "submit", "skip", "keep", "no"):
        found = next((press for press in buttons if press.partition("=")[2] == wanted), None)
        if found:
            return press_of(found)
    return press_of(buttons[0])
