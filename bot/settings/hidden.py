"""Finds the secrets among settings: to keep them out of logs, and to warn of those written out in the file."""

from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from bot.settings.problems import Steps, show_path


def secret_values(settings: BaseModel) -> tuple[str, ...]:
    """Every secret value, longest first, so that replacing one never leaves the tail of another."""
    found = {form for value in _secrets_of(settings) for form in _forms(value)}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def secrets_written_out(tree: Any, model: type[BaseModel]) -> tuple[str, ...]:
    """The paths where a raw settings tree holds a secret itself instead of `${NAME}`."""
    return tuple(show_path(path) for path in _written_out(tree, model, ()))


def _secrets_of(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _secrets_of(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from _secrets_of(item)


def _forms(secret: str) -> Iterator[str]:
    """The secret itself; of an address only its password, plain and as it is written in the address."""
    if "://" not in secret:
        yield secret
        return
    password = urlsplit(secret).password
    if password:
        yield from (password, unquote(password))


def _written_out(value: Any, annotation: Any, path: Steps) -> Iterator[Steps]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(value, dict):
            for key, field in annotation.model_fields.items():
                yield from _written_out(value.get(key), field.annotation, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _written_out(
                item, get_args(annotation)[0] if get_args(annotation) else None, (*path, number)
            )
    elif annotation is SecretStr:
        if isinstance(value, str) and value and "${" not in value and any(_forms(value)):
            yield path
    else:
        for choice in get_args(annotation):
            if choice is SecretStr or get_args(choice):
                yield from _written_out(value, choice, path)
