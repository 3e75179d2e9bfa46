"""Turns what is wrong with settings into lines a person can act on. A line never repeats a value: it may be a secret."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

Steps = tuple[str | int, ...]

# Words of our own for the refusals people meet; pydantic's words for all others.
WORDS = {
    "missing": "is missing; add it",
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "too_short": "needs at least {min_length}",
    "tuple_type": "must be a list, written as [a, b] or as lines beginning with -",
    "list_type": "must be a list, written as [a, b] or as lines beginning with -",
    "dict_type": "must be settings, each written as `key: value`",
    "model_type": "must be settings, each written as `key: value`",
    "model_attributes_type": "must be settings, each written as `key: value`",
    "path_type": "must be the path of a file",
}


def show_path(path: Iterable[str | int]) -> str:
    """Write a path as people do: units[1].code."""
    shown = ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else str(step)
    return shown


def describe_errors(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line for each setting pydantic refused."""
    lines = []
    for found in error.errors(include_url=False, include_input=False):
        path = _without_pydantic_steps(found["loc"])
        if found["type"] == "extra_forbidden":
            words = _describe_unknown(path, model)
        elif found["type"] == "value_error":
            words = str(found["ctx"]["error"])
        else:
            words = WORDS.get(found["type"], found["msg"]).format_map(found.get("ctx") or {})
        lines.append(f"{show_path(path)}: {words}")
    return lines


def _without_pydantic_steps(location: tuple[str | int, ...]) -> Steps:
    # Keys of mappings are reported as (..., "the key", "[key]").
    return tuple(step for step in location if step != "[key]")


def _describe_unknown(path: Steps, model: type[BaseModel]) -> str:
    known = _keys_beside(path, model)
    near = get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"there is no such setting; did you mean {near[0]}?"
    return (
        f"there is no such setting; known here: {', '.join(known)}" if known else "there is no such setting"
    )


def _keys_beside(path: Steps, model: type[BaseModel]) -> list[str]:
    here: Any = model
    for step in path[:-1]:
        if isinstance(step, str):
            here = _model_within(here.model_fields[step].annotation) if step in here.model_fields else None
        if here is None:
            return []
    return list(here.model_fields)


def _model_within(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for choice in get_args(annotation) if (found := _model_within(choice))), None)
