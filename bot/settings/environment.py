"""What environment variables do to settings: `HAILONG_A__B` replaces a.b, `${NAME}` takes a value.

Trees here are raw YAML, before any check: that is why they hold Any.
"""

import json
import re
import types
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from bot.settings.problems import Steps, show_path

PREFIX = "HAILONG_"
NOT_SETTINGS = ("HAILONG_KEY", "HAILONG_TEST_")
CHANNELS_OFF_BY_DEFAULT = ("telegram", "zalo", "zalo_bot")
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DROPPED = object()


def apply_overrides(
    tree: dict[str, Any], model: type[BaseModel], environ: Mapping[str, str], problems: list[str]
) -> set[Steps]:
    """Replace settings by `HAILONG_` variables; answer the paths that were, whose words are taken literally."""
    replaced: set[Steps] = set()
    for variable in sorted(environ):
        words = variable.removeprefix(PREFIX).split("__")
        if not variable.startswith(PREFIX) or variable.startswith(NOT_SETTINGS):
            continue
        # A lone word that is no key may be a secret the file takes by ${HAILONG_API_TOKEN}.
        if len(words) == 1 and words[0].lower() not in model.model_fields:
            continue
        try:
            path, wanted = _find_setting(words, model)
            _put(tree, path, _read_value(environ[variable], wanted))
        except ValueError as error:
            problems.append(f"{variable}: {error}")
        else:
            replaced.add(path)
    return replaced


def substitute(
    tree: dict[str, Any], environ: Mapping[str, str], literal: set[Steps], problems: list[str]
) -> None:
    """Put the values of environment variables in place of `${NAME}`; a channel that is off needs none of them."""
    for section, value in list(tree.items()):
        mine: list[str] = []
        tree[section] = _substituted(value, (section,), environ, literal, mine)
        if not (section in CHANNELS_OFF_BY_DEFAULT and not is_enabled(tree, section)):
            problems.extend(mine)


def is_enabled(tree: Mapping[str, Any], section: str) -> bool:
    """Tell whether a channel's raw settings switch it on."""
    settings = tree.get(section)
    enabled = settings.get("enabled", False) if isinstance(settings, dict) else False
    return str(enabled).strip().lower() in ("1", "on", "t", "true", "y", "yes")


def _substituted(
    value: Any, path: Steps, environ: Mapping[str, str], literal: set[Steps], problems: list[str]
) -> Any:
    if path in literal:
        return value
    if isinstance(value, dict):
        inner = {
            key: _substituted(item, (*path, key), environ, literal, problems) for key, item in value.items()
        }
        return {key: item for key, item in inner.items() if item is not _DROPPED}
    if isinstance(value, list):
        items = [_substituted(item, (*path, n), environ, literal, problems) for n, item in enumerate(value)]
        return [item for item in items if item is not _DROPPED]
    if not isinstance(value, str):
        return value
    names = REFERENCE.findall(value)
    missing = [name for name in names if not environ.get(name)]
    problems.extend(
        f"{show_path(path)}: the environment variable {name} is not set; set it, or put it into .env"
        for name in missing
    )
    if missing:
        return _DROPPED
    return REFERENCE.sub(lambda found: environ[found[1]], value)


def _find_setting(words: list[str], model: type[BaseModel]) -> tuple[Steps, Any]:
    """Walk down the models by the words of a variable; answer the path and the type that stands there."""
    path: Steps = ()
    wanted: Any = model
    for word in words:
        key = word.lower()
        here = _inside(wanted)
        if isinstance(here, type) and issubclass(here, BaseModel):
            if key not in here.model_fields:
                raise ValueError(
                    f"there is no setting {show_path((*path, key))}; see config.yaml for the names"
                )
            step: str | int = key
            wanted = here.model_fields[key].annotation
        elif get_origin(here) is dict:
            step, wanted = key, get_args(here)[1]
        elif get_origin(here) is tuple and key.isdecimal():
            step, wanted = int(key), get_args(here)[0]
        else:
            raise ValueError(f"there is no setting {show_path((*path, key))}; see config.yaml for the names")
        path = (*path, step)
    return path, wanted


def _read_value(text: str, wanted: Any) -> Any:
    here = _inside(wanted)
    is_optional = type(None) in get_args(_bare(wanted))
    if is_optional and text.strip() in ("", "null"):
        return None
    if get_origin(here) in (dict, tuple) or (isinstance(here, type) and issubclass(here, BaseModel)):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict | list):
            raise ValueError('must be JSON, such as ["a", "b"] or {"key": "value"}')
        return found
    return text


def _put(tree: Any, path: Steps, value: Any) -> None:
    for step, following in pairwise(path):
        if isinstance(tree, list):
            _check_place(tree, step)
            tree = tree[int(step)]
        else:
            if not isinstance(tree.get(step), dict | list):
                tree[step] = [] if isinstance(following, int) else {}
            tree = tree[step]
    if isinstance(tree, list):
        _check_place(tree, path[-1])
        tree[int(path[-1])] = value
    else:
        tree[path[-1]] = value


def _check_place(items: list[Any], step: str | int) -> None:
    if not isinstance(step, int) or step >= len(items):
        raise ValueError(f"the list in the file has {len(items)} entries; give the whole list as JSON")


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _inside(annotation: Any) -> Any:
    """The type behind Annotated[...] and `| None`."""
    annotation = _bare(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        others = [_inside(choice) for choice in get_args(annotation) if choice is not type(None)]
        return others[0] if len(others) == 1 else str
    return annotation
