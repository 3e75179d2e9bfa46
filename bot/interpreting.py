"""`hailong interpret`: exactly what the conversation would understand, a line of JSON for each reply."""

import json
from collections.abc import Iterable
from typing import TextIO

from bot.texts import built_in_questionnaire, load_lexicon
from survey.questionnaire import Questionnaire
from survey.reading import Lexicon, Reading, explain_comment, read_reply

OK, FAILED = 0, 1
COMMENT = "4"
# The controls the contract names; every other steering word is a wish for something else than an answer.
_RESULTS = {"skip", "back", "stop", "help", "human"}


def interpret(lines: Iterable[str], out: TextIO, err: TextIO, *, explains: bool = False) -> int:
    """Read lines of `{"question", "text"}` and write them with `"result"` added. Return the exit status.

    `explains` adds the rule that decided, the remark beside an answer, and several answers in one message.
    """
    questionnaire, lexicon = built_in_questionnaire(), load_lexicon()
    status = OK
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        problem, values = _read_line(line, questionnaire)
        if problem:
            err.write(f"hailong: line {number}: {problem}\n")
            status = FAILED
            continue
        values |= _read(
            str(values["question"]), str(values["text"]), questionnaire, lexicon, explains=explains
        )
        out.write(json.dumps(values, ensure_ascii=False) + "\n")
    return status


def _read_line(line: str, questionnaire: Questionnaire) -> tuple[str, dict[str, object]]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return "is no JSON", {}
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        return 'needs {"question": …, "text": …}', {}
    key = values.get("question")
    if key != COMMENT and (not isinstance(key, str) or questionnaire.find(key) is None):
        return "question: must be one of the questionnaire's, or 4 for the comment", {}
    return "", values


def _read(
    key: str, text: str, questionnaire: Questionnaire, lexicon: Lexicon, *, explains: bool
) -> dict[str, object]:
    question = questionnaire.find(key)
    if question is None:
        found = explain_comment(text, lexicon)
        return {"result": str(found.severity), **({"rule": found.rule} if explains else {})}
    reading = read_reply(text, question, lexicon, questionnaire.questions)
    if not explains:
        return {"result": describe(reading)}
    several = dict(reading.several)
    return {"result": describe(reading), "rule": reading.rule, "remark": reading.remark, "several": several}


def describe(reading: Reading) -> int | str:
    """Return a reading as the command gives it: an option number, a control, or "unclear"."""
    if reading.option is not None:
        return reading.option
    return reading.control if reading.control in _RESULTS else "unclear"
