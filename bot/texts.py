"""Reading the questionnaires and texts from their files, and keeping the versions in use."""

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from bot.fitting import find_misfits
from reports.rules import Criterion
from survey.questionnaire import Questionnaire, QuestionnaireError, parse_questionnaire
from survey.reading import Lexicon, build_lexicon
from survey.wording import Wording, build_wording

LANGUAGES = ("vi", "en")
_BUILT_IN = "2026-1.yaml"
_SAFE_LOADER = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the same, several times faster where it is built


@cache
def load_wording() -> Wording:
    """Return the sentences of all languages, read once. Raises survey.wording.WordingError."""
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


def load_questionnaire(path: Path | None, language: str) -> tuple[Questionnaire, str]:
    """Return the questionnaire new conversations begin with, and its text as it is kept; `language` is the department's.

    Raises QuestionnaireError with a line for each problem, the file's name before it.
    """
    name = path.name if path else _BUILT_IN
    try:
        values = _load(path.read_text("utf-8-sig") if path else _built_in_text())
        return _parse_fitting(values, language), json.dumps(values, ensure_ascii=False, sort_keys=True)
    except OSError as error:
        raise QuestionnaireError((f"{name}: cannot be read ({error.strerror})",)) from error
    except UnicodeDecodeError as error:
        problem = f"{name}: is not UTF-8 (byte {error.start + 1}); save it as UTF-8"
        raise QuestionnaireError((problem,)) from error
    except (
        TypeError,
        RecursionError,
    ) as error:  # a date or another value that JSON has no word for, or a loop
        problem = f"{name}: holds a value that is no text, number or list; put it in quotes"
        raise QuestionnaireError((problem,)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise QuestionnaireError((f"{name}: is no YAML{line}",)) from error
    except QuestionnaireError as error:
        raise QuestionnaireError(tuple(f"{name}: {problem}" for problem in error.problems)) from error


def _parse_fitting(values: object, language: str) -> Questionnaire:
    found = parse_questionnaire(values)
    misfits = find_misfits(found, language)
    if misfits:
        raise QuestionnaireError(misfits)
    return found


def parse_kept(body: str) -> Questionnaire:
    """Return a questionnaire as it was kept."""
    return parse_questionnaire(json.loads(body))


def _load(text: str) -> Any:  # Any: YAML values, checked by whoever asked for them
    return yaml.load(text, Loader=_SAFE_LOADER)  # noqa: S506 - a safe loader, in C


def _built_in_text() -> str:
    return (resources.files("survey") / "questionnaires" / _BUILT_IN).read_text("utf-8")


@cache
def load_criteria() -> tuple[Criterion, ...]:
    """Return the criteria that come with the program."""
    listed = _load((resources.files("reports") / "criteria" / "official.yaml").read_text("utf-8"))
    return tuple(
        Criterion(id=one["id"], number=one["number"], name=one["name"], questions=tuple(one["questions"]))
        for one in listed
    )


def load_report_texts(language: str) -> dict[str, str]:
    """Return what people read in reports, in a language; in Vietnamese where there is no such file."""
    folder = resources.files("reports") / "texts"
    file = folder / f"{language}.yaml"
    found = _load((file if file.is_file() else folder / "vi.yaml").read_text("utf-8"))
    return {str(key): str(value) for key, value in found.items()}


def demo_settings() -> Path:
    """Return the settings file of the demonstration."""
    return Path(str(resources.files("bot") / "demo.yaml"))
