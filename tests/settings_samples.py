"""Small settings files for tests, and the way they are loaded."""

import json

import pytest

from bot.config import ConfigError, load_config

TOKEN = "700000001:AAMadeUpMadeUpMadeUpMadeUpMadeUp0042x"


def minimal():
    return {
        "department": {"name": "Sở Mẫu", "code": "H32.99"},
        "units": [{"code": "TM", "name": "Phòng Thương mại"}],
        "procedures": [{"code": "2.000633", "name": "Cấp giấy phép", "unit": "TM"}],
    }


def with_telegram(**changes):
    telegram = {"enabled": True, "username": "KhaoSatBot", "token": "${TELEGRAM_TOKEN}", **changes}
    return minimal() | {"telegram": telegram}


def load_from(folder, tree, **environ):
    """Write a tree, or a text, as config.yaml into a folder and load it."""
    path = folder / "config.yaml"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return load_config(path, environ)


def problems_of(folder, tree, **environ):
    """The problems of a tree that must not load."""
    with pytest.raises(ConfigError) as raised:
        load_from(folder, tree, **environ)
    return raised.value.problems


def the_problem(problems, path):
    found = [line for line in problems if line.startswith(f"{path}: ")]
    assert len(found) == 1, problems
    return found[0]
