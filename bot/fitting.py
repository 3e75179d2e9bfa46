"""Whether a questionnaire fits the rest of the program: the columns of a response, buttons and messages, the languages.

That it is well formed in itself is checked in `survey/questionnaire.py`.
"""

from collections.abc import Iterator

from survey.prompts import MAX_MESSAGE
from survey.questionnaire import Questionnaire

MAX_VERSION = 64  # characters, as of the column
MAX_KEY = 16
MAX_SUBJECT = 80  # a summary has ten of them
KEYS = tuple(f"3.{number}" for number in range(1, 11))  # as the columns q3_1 … q3_10 of a response


def find_misfits(questionnaire: Questionnaire, language: str) -> tuple[str, ...]:
    """Return a line for everything that does not fit; `language` is the department's."""
    return tuple(_misfits(questionnaire, language))


def _misfits(questionnaire: Questionnaire, language: str) -> Iterator[str]:
    if len(questionnaire.version) > MAX_VERSION:
        yield f"version: has {len(questionnaire.version)} characters; at most {MAX_VERSION} can be stored"
    if language not in questionnaire.languages:
        yield f"languages: {language} is missing, the language of the department (department.language)"
    yield from _key_misfits([question.key for question in questionnaire.questions])
    for question in questionnaire.questions:
        name = f"question {_shorten(question.key)}"
        for code in questionnaire.languages:
            if len(question.text[code]) > MAX_MESSAGE:
                yield f"{name}.text.{code}: has {len(question.text[code])} characters; a message takes {MAX_MESSAGE}"
            if len(question.subject[code]) > MAX_SUBJECT:
                yield f"{name}.subject.{code}: has {len(question.subject[code])} characters; a summary takes {MAX_SUBJECT}"


def _key_misfits(keys: list[str]) -> Iterator[str]:
    for key in keys:
        if len(key) > MAX_KEY:
            yield f"question {_shorten(key)}.key: has {len(key)} characters; at most {MAX_KEY} can be stored"
    if tuple(keys) != KEYS:
        found = ", ".join(_shorten(key) for key in keys)
        yield f"questions: must be the ten {KEYS[0]} … {KEYS[-1]} in this order, which fill q3_1 … q3_10; found {found}"


def _shorten(key: str) -> str:
    return key if len(key) <= MAX_KEY else f"{key[:MAX_KEY]}…"
