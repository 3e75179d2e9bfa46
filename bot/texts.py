"""Reading the questionnaires and texts from their files, and keeping the versions in use."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from survey.questionnaire import Questionnaire, QuestionnaireError, parse_questionnaire
from survey.reading import Lexicon, build_lexicon
from survey.wording import Wording, build_wording

LANGUAGES = ("vi", "en")
_BUILT_IN = "2026-1.yaml"
_SAFE_LOADER = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the same, several times faster where it is built


def load_wording() -> Wording:
    """Return the sentences of all languages. Raises survey.wording.WordingError."""
    folder = resources.files("survey") / "texts"
    tables = {language: _load((folder / f"{language}.yaml").read_text("utf-8")) for language in LANGUAGES}
    return build_wording(tables, load_lexicon())


def load_lexicon() -> Lexicon:
    """Return the tables by which replies are read. Raises survey.reading.LexiconError."""
    folder = resources.files("survey") / "reading" / "tables"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name
    )
    return build_lexicon({file.name.removesuffix(".yaml"): _load(file.read_text("utf-8")) for file in files})


def built_in_questionnaire() -> Questionnaire:
    """Return the questionnaire that comes with the program."""
    return parse_questionnaire(_load(_built_in_text()))


def load_questionnaire(path: Path | None) -> tuple[Questionnaire, str]:
    """Return the questionnaire new conversations begin with, and its text as it is kept.

    Raises QuestionnaireError with a line for each problem, the file's name before it.
    """
    name = path.name if path else _BUILT_IN
    text = path.read_text("utf-8") if path else _built_in_text()
    try:
        values = _load(text)
        return parse_questionnaire(values), json.dumps(values, ensure_ascii=False, sort_keys=True)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise QuestionnaireError((f"{name}: is no YAML{line}",)) from error
    except QuestionnaireError as error:
        raise QuestionnaireError(tuple(f"{name}: {problem}" for problem in error.problems)) from error


def parse_kept(body: str) -> Questionnaire:
    """Return a questionnaire as it was kept."""
    return parse_questionnaire(json.loads(body))


def _load(text: str) -> Any:  # Any: YAML values, checked by whoever asked for them
    return yaml.load(text, Loader=_SAFE_LOADER)  # noqa: S506 - a safe loader, in C


def _built_in_text() -> str:
    return (resources.files("survey") / "questionnaires" / _BUILT_IN).read_text("utf-8")


def demo_settings() -> Path:
    """Return the settings file of the demonstration."""
    return Path(str(resources.files("bot") / "demo.yaml"))
