"""A questionnaire of one's own must fit columns, buttons, messages and the department's language before anything starts."""

import copy
import os
import subprocess
import sys

import pytest
import yaml

from bot.fitting import KEYS, find_misfits
from bot.texts import load_questionnaire
from storage.tables import ANSWERS
from survey.questionnaire import QuestionnaireError, parse_questionnaire
from tests.building import QUESTIONNAIRE
from tests.crash.service import CHECKOUT
from tests.running import build_settings, write_settings
from tests.settings_samples import minimal, problems_of

SHIPPED = yaml.safe_load(QUESTIONNAIRE.read_text(encoding="utf-8"))


def changed(change):
    values = copy.deepcopy(SHIPPED)
    change(values)
    return values


def rename(values, number, key):
    values["questions"][number]["key"] = key


def set_text(values, field, text):
    values["questions"][4][field]["vi"] = text


CHANGES = {
    "a long version": (lambda v: v.update(version="x" * 65), "version: "),
    "nine questions": (lambda v: v["questions"].pop(), "questions: must be the ten 3.1 … 3.10"),
    "another order": (lambda v: v["questions"].insert(0, v["questions"].pop(1)), "questions: must be"),
    "a strange key": (lambda v: rename(v, 4, "q5"), "questions: must be"),
    "a long text": (lambda v: set_text(v, "text", "x" * 401), "question 3.5.text.vi: has 401"),
    "a long subject": (lambda v: set_text(v, "subject", "x" * 81), "question 3.5.subject.vi: has 81"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_fit_is_one_line(name):
    change, line = CHANGES[name]

    [found] = find_misfits(parse_questionnaire(changed(change)), "vi")

    assert found.startswith(line)


def test_a_key_that_no_column_can_hold_is_named_shortened():
    long = parse_questionnaire(changed(lambda values: rename(values, 4, "x" * 500)))

    lines = find_misfits(long, "vi")

    assert lines[0].startswith("question xxxxxxxxxxxxxxxx….key: has 500 characters")
    assert all(len(line) < 300 for line in lines)


def test_the_shipped_questionnaire_fits_in_both_languages():
    assert [find_misfits(parse_questionnaire(SHIPPED), language) for language in ("vi", "en")] == [(), ()]


def test_a_questionnaire_without_the_departments_language_does_not_fit():
    questionnaire = parse_questionnaire(changed(lambda values: values.update(languages=["vi"])))

    assert find_misfits(questionnaire, "vi") == ()
    assert [line.partition(":")[0] for line in find_misfits(questionnaire, "en")] == ["languages"]


def test_the_departments_language_needs_texts(tmp_path):
    tree = minimal()
    tree["department"]["language"] = "fr"

    assert problems_of(tmp_path, tree) == (
        "department.language: there are no texts in this language; known: vi, en",
    )


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"version: [", b"version: 2026-11-20", b"[1, 2]", b"a: &x {b: *x}", b""]
)
def test_a_file_that_is_no_questionnaire_is_told_with_its_name(tmp_path, content):
    path = tmp_path / "form.yaml"
    path.write_bytes(content)

    with pytest.raises(QuestionnaireError) as raised:
        load_questionnaire(path, "vi")

    assert all(problem.startswith("form.yaml: ") for problem in raised.value.problems)


def test_the_service_does_not_start_with_a_questionnaire_that_does_not_fit(tmp_path):
    text = yaml.safe_dump(changed(CHANGES["nine questions"][0]), allow_unicode=True)
    (tmp_path / "form.yaml").write_text(text, encoding="utf-8")
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db", survey={"questionnaire": "form.yaml"})
    config = write_settings(tmp_path, tree)

    migrated, _ = run(config, "migrate")
    status, said = run(config, "serve")

    assert (migrated, status, len(said)) == (0, 2, 1)
    assert said[0].startswith("hailong: form.yaml: questions: must be the ten 3.1 … 3.10")


def run(config, command):
    """Run a command; return its status and its lines on standard error."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HAILONG_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "--config", str(config), command],
        env=environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.decode().splitlines()


def test_the_keys_that_fit_are_the_columns_of_a_response():
    assert tuple(f"q{key.replace('.', '_')}" for key in KEYS) == ANSWERS
