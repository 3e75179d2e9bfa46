"""A questionnaire: the questions of one version in their order, checked in full when it is loaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from survey.questions import KINDS, Choice, Option, Question

MAX_BUTTON = 64  # characters; the longest label of the form has 62, Zalo takes 100, Telegram shows about that on two lines
MAX_OPTIONS = 5  # Zalo's text-with-buttons carries at most five
MAX_QUESTIONS = 10  # the wide response row and the export have ten


class QuestionnaireError(ValueError):
    """A questionnaire cannot be used: `problems` has a line for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """One version of the form."""

    version: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]

    def find(self, key: str) -> Question | None:
        """Return the question with that key, or None."""
        return next((q for q in self.questions if q.key == key), None)

    def asked(self, answers: Mapping[str, int | None]) -> tuple[Question, ...]:
        """Return the questions to ask given the answers so far, in order; an answer to one that is not asked opens none."""
        asked: list[Question] = []
        counted: dict[str, int | None] = {}
        for question in self.questions:
            if all(counted.get(key) in wanted for key, wanted in question.ask_if.items()):
                asked.append(question)
                counted[question.key] = answers.get(question.key)
        return tuple(asked)


@dataclass(slots=True)
class _Checker:
    languages: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    def text(self, value: object, path: str) -> dict[str, str]:
        if not isinstance(value, Mapping):
            self.problems.append(f"{path}: needs a text for each language ({', '.join(self.languages)})")
            return dict.fromkeys(self.languages, "?")
        for language in self.languages:
            if not isinstance(value.get(language), str) or not str(value.get(language)).strip():
                self.problems.append(f"{path}.{language}: the translation is missing")
        return {language: str(value.get(language) or "?") for language in self.languages}


def parse_questionnaire(values: object) -> Questionnaire:
    """Return the questionnaire that `values` (read from YAML) describe.

    Raises QuestionnaireError with every problem at once: missing or duplicate keys, missing translations, labels too
    long for a button, too many options, questions that can never be reached.
    """
    checker = _Checker()
    if not isinstance(values, Mapping):
        raise QuestionnaireError(
            ("the questionnaire is not a mapping with version, languages and questions",)
        )
    languages, listed, version = values.get("languages"), values.get("questions"), values.get("version")
    if not isinstance(version, str) or not version.strip():
        checker.problems.append('version: is missing; give it in quotes, for example "2026-1"')
    if not isinstance(languages, list) or not languages or not all(isinstance(x, str) for x in languages):
        raise QuestionnaireError((*checker.problems, "languages: is missing; for example [vi, en]"))
    if not isinstance(listed, list) or not listed:
        raise QuestionnaireError((*checker.problems, "questions: is missing or empty"))
    checker.languages = tuple(languages)
    if len(listed) > MAX_QUESTIONS:
        checker.problems.append(f"questions: {len(listed)} of them; at most {MAX_QUESTIONS} can be stored")
    questions: list[Question] = []
    for index, entry in enumerate(listed):
        question = _parse_question(entry, f"questions[{index}]", questions, checker)
        if question is not None:
            questions.append(question)
    _check_surplus(values, {"version", "languages", "questions"}, "", checker)
    if checker.problems:
        raise QuestionnaireError(tuple(checker.problems))
    return Questionnaire(version=str(version), languages=checker.languages, questions=tuple(questions))


def _parse_question(
    entry: object, path: str, earlier: Sequence[Question], checker: _Checker
) -> Question | None:
    if not isinstance(entry, Mapping):
        checker.problems.append(f"{path}: is not a mapping")
        return None
    key, kind, listed = entry.get("key"), entry.get("kind"), entry.get("options")
    if not isinstance(key, str) or not key:
        checker.problems.append(f'{path}.key: is missing; give it in quotes, for example "3.2"')
        return None
    path = f"question {_plain(key)}"
    if any(q.key == key for q in earlier):
        checker.problems.append(f"{path}: the key stands twice")
        return None
    build: Callable[..., Question] | None = KINDS.get(str(kind))
    if build is None:
        checker.problems.append(
            f"{path}.kind: '{_plain(kind)}' is not a kind of question ({', '.join(KINDS)})"
        )
        return None
    _check_surplus(entry, {"key", "kind", "subject", "text", "options", "is_fact", "ask_if"}, path, checker)
    if not isinstance(listed, list) or not 2 <= len(listed) <= MAX_OPTIONS:
        checker.problems.append(f"{path}.options: needs 2 to {MAX_OPTIONS} options")
        return None
    options = tuple(_parse_option(o, n, f"{path} option {n}", checker) for n, o in enumerate(listed, 1))
    _check_options(options, path, checker)
    return build(
        key=key,
        subject=checker.text(entry.get("subject"), f"{path}.subject"),
        text=checker.text(entry.get("text"), f"{path}.text"),
        options=options,
        is_fact=bool(entry.get("is_fact", False)),
        ask_if=_parse_condition(entry.get("ask_if"), path, earlier, checker),
    )


def _parse_option(entry: object, number: int, path: str, checker: _Checker) -> Option:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
        checker.problems.append(f"{path}: needs a key and a label")
        return Option(number=number, key=f"?{number}", label=dict.fromkeys(checker.languages, "?"))
    _check_surplus(entry, {"key", "label", "is_bad", "is_integrity"}, path, checker)
    label = checker.text(entry.get("label"), f"{path}.label")
    checker.problems += [
        f"{path}.label.{language}: {len(text)} characters; a button takes at most {MAX_BUTTON}"
        for language, text in label.items()
        if len(text) > MAX_BUTTON
    ]
    return Option(
        number=number,
        key=str(entry["key"]),
        label=label,
        is_bad=bool(entry.get("is_bad", False)),
        is_integrity=bool(entry.get("is_integrity", False)),
    )


def _check_options(options: tuple[Option, ...], path: str, checker: _Checker) -> None:
    if len({o.key for o in options}) < len(options):
        checker.problems.append(f"{path}.options: two options have the same key")
    for language in checker.languages:
        if len({o.label[language].casefold() for o in options}) < len(options):
            checker.problems.append(f"{path}.options: two options have the same label in {language}")


def _parse_condition(
    value: object, path: str, earlier: Sequence[Question], checker: _Checker
) -> dict[str, tuple[int, ...]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not value:
        checker.problems.append(
            f'{path}.ask_if: needs a question and option keys, for example {{"3.9": [late]}}'
        )
        return {}
    condition = {}
    for key, wanted in value.items():
        before = next((q for q in earlier if q.key == key), None)
        keys = wanted if isinstance(wanted, list) else [wanted]
        if not isinstance(before, Choice):
            checker.problems.append(
                f"{path}: can never be reached, ask_if names '{_plain(key)}', which does not come before it"
            )
            continue
        numbers = tuple(o.number for o in before.options if o.key in keys)
        if len(numbers) != len(keys):
            checker.problems.append(
                f"{path}: can never be reached, question {_plain(key)} has no such option among {_plain(keys)}"
            )
        condition[str(key)] = numbers
    return condition


def _check_surplus(entry: Mapping[str, object], known: set[str], path: str, checker: _Checker) -> None:
    checker.problems += [
        f"{path + '.' if path else ''}{_plain(key)}: is not known here" for key in entry if key not in known
    ]


def _plain(value: object) -> str:
    """Return `value` on one line."""
    return " ".join(str(value).split())
