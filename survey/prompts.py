"""The messages of the conversation: what is shown at each place, and the words around it."""

from dataclasses import replace

from survey.conversation import Conversation, Place, Wish
from survey.folding import shorten
from survey.message import Button, Message
from survey.questions import Question
from survey.script import Script

MAX_MESSAGE = 400  # characters of any message but the summary
MAX_COMMENT = 4000
MAX_CONTACT = 500
_SHOWN_COMMENT = 300  # characters of a comment in the summary
_SHOWN_WORDS = 30  # characters of words that were not understood
_SHOWN_HOTLINE = 30


def say(state: Conversation, script: Script, key: str, **values: object) -> str:
    """Return the sentence `key` in the language of the conversation."""
    return script.wording.say(state.language, key, **values)


def notice(text: str) -> Message:
    """Return a message that only says something."""
    return Message(text=text)


def prompt(state: Conversation, script: Script, note: str = "") -> Message:
    """Return what the citizen has to answer next, with `note` before it."""
    if note and state.place == Place.GREETING:  # it was shown in full before
        again = say(state, script, "greeting_again")
        return replace(_greeting(state, script), note=note, text=again)
    message = replace(_at(state, script), note=note)
    is_too_long = state.place != Place.SUMMARY and len(message.plain()) > MAX_MESSAGE
    return replace(message, tail="") if is_too_long else message  # the tick at the option says the same


def question_message(state: Conversation, script: Script, question: Question) -> Message:
    """Return the question as it stands in the chat, with a tick at the recorded answer."""
    return _question(state, script, question, is_answered=question.key in state.answers)


def _at(state: Conversation, script: Script) -> Message:
    match state.place:
        case Place.GREETING:
            return _greeting(state, script)
        case Place.SEVERAL:
            return _several(state, script)
        case Place.COMMENT:
            return _comment(state, script)
        case Place.REPLY:
            return _reply(state, script)
        case Place.CONTACT:
            return _contact(state, script)
        case Place.SUMMARY:
            return summary(state, script)
        case Place.SUBMITTED:
            return notice(say(state, script, "already_sent", receipt=state.receipt or ""))
        case Place.DECLINED:
            return paused(state, script, "declined")
        case Place.ERASED:
            return notice(say(state, script, "erase_done"))
        case key:
            question = script.questionnaire.find(key)
            if question is None:
                raise KeyError(f"no question {key} in questionnaire {script.questionnaire.version}")
            return _question(state, script, question, is_answered=False)


def _greeting(state: Conversation, script: Script) -> Message:
    facts = script.facts
    room = MAX_MESSAGE - len(say(state, script, "greeting", department="", procedure="", days=facts.days))
    department = shorten(facts.department, min(len(facts.department), max(room - 20, 12)))
    procedure = shorten(facts.procedure, max(room - len(department), 12))
    text = say(state, script, "greeting", department=department, procedure=procedure, days=facts.days)
    return Message(
        place=Place.GREETING, text=text, controls=_controls(state, script, "begin", "later", "decline")
    )


def _question(state: Conversation, script: Script, question: Question, *, is_answered: bool) -> Message:
    number, total = position(script, question)
    title = say(state, script, "question_title", number=number, total=total)
    chosen = state.answers.get(question.key)
    message = question.ask(language=state.language, title=title, chosen=chosen)
    tail, names = "", ["back", "skip", "stop"]
    if question.key in state.answers:
        label = answer_label(state, script, question)
        if is_answered:
            tail = say(state, script, "chosen", label=label) if chosen else say(state, script, "chosen_skip")
        else:
            tail = say(state, script, "now_recorded", label=shorten(label, 30))
            names.insert(0, "keep")
    return replace(message, tail=tail, controls=_controls(state, script, *names, at=question.key))


def position(script: Script, question: Question) -> tuple[int, int]:
    """Return the number of `question` on the form and how many there are."""
    questions = script.questionnaire.questions
    return questions.index(question) + 1, len(questions)


def answer_label(state: Conversation, script: Script, question: Question) -> str:
    """Return the words of the recorded answer, or those for a skipped one."""
    chosen = state.answers.get(question.key)
    return question.label(chosen, state.language) if chosen else say(state, script, "summary_skipped")


def _several(state: Conversation, script: Script) -> Message:
    """Return the answers read from one message, to be confirmed by a tap."""
    title = say(state, script, "several_title")
    lines = [_pending_line(state, script, question, is_long=True) for question in _pending(state, script)]
    text = "\n".join(lines)
    if len(title) + len(text) > MAX_MESSAGE - 2:
        text = "\n".join(
            _pending_line(state, script, question, is_long=False) for question in _pending(state, script)
        )
    return Message(
        place=Place.SEVERAL,
        title=title,
        text=text,
        controls=_controls(state, script, "several_yes", "several_no", "stop"),
    )


def _pending(state: Conversation, script: Script) -> list[Question]:
    return [question for question in script.questionnaire.questions if question.key in state.pending]


def _pending_line(state: Conversation, script: Script, question: Question, *, is_long: bool) -> str:
    number, _ = position(script, question)
    label = shorten(question.label(state.pending[question.key], state.language), 30)
    subject = (
        question.subject[state.language] if is_long else say(state, script, "button_edit_question", number="")
    )
    return say(state, script, "summary_line", number=number, subject=subject.strip(), label=label)


def _comment(state: Conversation, script: Script) -> Message:
    title = say(state, script, "comment_title")
    if state.has_commented and state.comment:
        text = say(state, script, "comment_revisit", words=shorten(state.comment, 200))
        controls = _controls(state, script, "keep", "remove_comment", "back", "stop")
    elif state.remarks:
        words = shorten(" / ".join(state.remarks), 150)
        text = say(state, script, "comment_remark", words=words)
        controls = _controls(state, script, "use_remark", "skip", "back", "stop")
    else:
        text, controls = say(state, script, "comment"), _controls(state, script, "back", "skip", "stop")
    return Message(place=Place.COMMENT, title=title, text=text, controls=controls)


def _reply(state: Conversation, script: Script) -> Message:
    choices = (
        ("button_reply_with_code", Wish.WITH_CODE),
        ("button_reply_without_code", Wish.WITHOUT_CODE),
        ("button_no", Wish.NO),
    )
    options = tuple(
        Button(text=say(state, script, key), press=f"{Place.REPLY}={wish}", is_chosen=state.wish is wish)
        for key, wish in choices
    )
    return Message(
        place=Place.REPLY,
        title=say(state, script, "reply_title"),
        text=say(state, script, "reply"),
        options=options,
        controls=_controls(state, script, "back", "stop"),
    )


def _contact(state: Conversation, script: Script) -> Message:
    title = say(state, script, "contact_title")
    if state.contact:
        text, controls = (
            say(state, script, "contact_revisit"),
            _controls(state, script, "keep", "back", "stop"),
        )
    else:
        text, controls = say(state, script, "contact"), _controls(state, script, "back", "skip", "stop")
    return Message(place=Place.CONTACT, title=title, text=text, controls=controls)


def summary(state: Conversation, script: Script, *, is_sent: bool = False) -> Message:
    """Return all answers, with a way to change each and to hand them in."""
    lines = [
        say(
            state,
            script,
            "summary_line",
            number=position(script, question)[0],
            subject=question.subject[state.language],
            label=answer_label(state, script, question),
        )
        for question in script.questionnaire.asked(state.answers)
    ]
    comment = shorten(state.comment or "", _SHOWN_COMMENT)
    lines.append(
        say(state, script, "summary_comment", words=comment)
        if comment
        else say(state, script, "summary_no_comment")
    )
    if state.wish is not None:
        lines.append(say(state, script, f"summary_reply_{state.wish}"))
    if state.wish in {Wish.WITH_CODE, Wish.WITHOUT_CODE}:
        lines.append(say(state, script, "summary_contact" if state.contact else "summary_no_contact"))
    controls: tuple[Button, ...] = ()
    if not is_sent:
        controls = _controls(state, script, "submit", "edit", "stop")
        if state.wish is None and needs_wish(state, script):
            controls += (
                Button(
                    text=say(state, script, "button_edit_reply"), press=f"{Place.SUMMARY}=edit:{Place.REPLY}"
                ),
            )
    return Message(
        place=Place.SUMMARY,
        title=say(state, script, "summary_sent" if is_sent else "summary_title"),
        text="\n".join(lines),
        tail="" if is_sent else say(state, script, "summary_end"),
        controls=controls,
    )


def needs_wish(state: Conversation, script: Script) -> bool:
    """Whether there is something a reply could be wanted for: a comment or a bad answer."""
    if state.comment:
        return True
    chosen = ((q, state.answers.get(q.key)) for q in script.questionnaire.asked(state.answers))
    return any(q.option(number).is_bad for q, number in chosen if number)


def edit_menu(state: Conversation, script: Script) -> Message:
    """Return the buttons that open each answer for a change."""
    entries = [
        (say(state, script, "button_edit_question", number=position(script, q)[0]), q.key)
        for q in script.questionnaire.asked(state.answers)
        if q.key in state.answers
    ]
    if state.has_commented:
        entries.append((say(state, script, "button_edit_comment"), Place.COMMENT))
    if state.wish is not None or (state.has_commented and needs_wish(state, script)):
        entries.append((say(state, script, "button_edit_reply"), Place.REPLY))
    if state.wish in {Wish.WITH_CODE, Wish.WITHOUT_CODE}:
        entries.append((say(state, script, "button_edit_contact"), Place.CONTACT))
    controls = tuple(Button(text=text, press=f"{Place.SUMMARY}=edit:{place}") for text, place in entries)
    if controls:
        controls += _controls(state, script, "continue", at="paused")
    return Message(place="edit", text=say(state, script, "edit_menu"), controls=controls)


def paused(state: Conversation, script: Script, key: str) -> Message:
    """Return the goodbye `key` ("later", "stopped", "declined") with the button to go on."""
    text = say(state, script, key, until=script.facts.until)
    return Message(place="paused", text=text, controls=_controls(state, script, "continue", at="paused"))


def unclear(state: Conversation, script: Script, words: str) -> str:
    """Return what to say about a reply that was not understood: more concrete after the second time."""
    question = script.questionnaire.find(state.place)
    if question is None:
        own = {Place.GREETING: "unclear_greeting", Place.SUMMARY: "unclear_summary"}
        return say(state, script, own.get(Place(state.place), "unclear_prompt"))
    hotline = script.facts.hotline
    keys = ["unclear_plain"]
    if state.misses >= 2:
        keys = ["unclear_again", "unclear_again_no_hotline"] if hotline else ["unclear_again_no_hotline"]
    elif words:
        keys = ["unclear", "unclear_plain"]
    values = {
        "words": shorten(words, _SHOWN_WORDS),
        "last": len(question.options),
        "hotline": shorten(hotline, _SHOWN_HOTLINE),
    }
    notes = [say(state, script, key, **values) for key in keys]
    fitting = (note for note in notes if len(prompt(state, script, note).plain()) <= MAX_MESSAGE)
    return next(fitting, notes[-1])


def human(state: Conversation, script: Script) -> str:
    """Return how to reach a person."""
    hotline = script.facts.hotline
    return (
        say(state, script, "human", hotline=shorten(hotline, _SHOWN_HOTLINE))
        if hotline
        else say(state, script, "human_no_hotline")
    )


def reminder(state: Conversation, script: Script) -> Message:
    """Return a reminder: of the invitation, or of what is unfinished."""
    if state.has_begun:
        return prompt(state, script, say(state, script, "reminder_open"))
    facts = script.facts
    room = MAX_MESSAGE - len(say(state, script, "reminder_new", department="", procedure=""))
    department = shorten(facts.department, room // 2)
    text = say(
        state,
        script,
        "reminder_new",
        department=department,
        procedure=shorten(facts.procedure, room - len(department)),
    )
    return Message(
        place=Place.GREETING, text=text, controls=_controls(state, script, "begin", "later", "decline")
    )


def language_menu(state: Conversation, script: Script) -> Message:
    """Return a button for each language."""
    controls = tuple(
        Button(text=script.wording.say(language, "language_name"), press=f"language={language}")
        for language in script.questionnaire.languages
        if language in script.wording.languages
    )
    return Message(place="language", text=say(state, script, "language_ask"), controls=controls)


def erase_question(state: Conversation, script: Script) -> Message:
    """Return the question whether personal data is really to be erased."""
    return Message(
        place="erase",
        text=say(state, script, "erase_ask"),
        controls=_controls(state, script, "erase_yes", "erase_no", at="erase"),
    )


def _controls(state: Conversation, script: Script, *names: str, at: str = "") -> tuple[Button, ...]:
    place = at or state.place
    return tuple(Button(text=say(state, script, f"button_{name}"), press=f"{place}={name}") for name in names)
