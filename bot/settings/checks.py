"""Checks that look at more than one setting at a time.

They read the raw tree, so that they also speak up when some setting elsewhere could not be read.
"""

from collections.abc import Iterator
from typing import Any

from bot.settings.environment import is_enabled
from bot.settings.problems import Steps, show_path
from bot.texts import LANGUAGES

EVERY = "*"
BUILT_IN_CRITERIA = ("access", "reception", "procedures", "staff", "results", "feedback")
SHORTEST_ZALO_SECRET = 8
NEEDED = {
    "telegram": {
        "username": "the bot's user name, as @BotFather shows it",
        "token": "the token from @BotFather, as ${TELEGRAM_TOKEN}",
    },
    "zalo": {
        "app_id": "the id of the Zalo app",
        "app_secret": "the app's secret key, as ${ZALO_APP_SECRET}",
        "oa_id": "the id of the Official Account",
        "oa_secret": "the Official Account's secret key, as ${ZALO_OA_SECRET}",
    },
    "zalo_bot": {
        "token": "the bot's token, as ${ZALO_BOT_TOKEN}",
    },
}


def check_together(tree: dict[str, Any]) -> list[str]:
    """All that is wrong between settings, a line each."""
    return [
        *_check_language(tree),
        *_check_channels(tree),
        *_check_units_and_procedures(tree),
        *_check_scoring(tree),
        *_check_mode(tree),
    ]


def _check_language(tree: dict[str, Any]) -> Iterator[str]:
    for path, language in _walk(tree, ("department", "language")):
        is_code = isinstance(language, str) and len(language) == 2
        if is_code and language not in LANGUAGES:
            yield f"{show_path(path)}: there are no texts in this language; known: {_listed([*LANGUAGES])}"


def _check_channels(tree: dict[str, Any]) -> Iterator[str]:
    for section, needed in NEEDED.items():
        if not is_enabled(tree, section):
            continue
        settings = tree[section]
        for key, what in needed.items():
            if _is_empty(settings.get(key)):
                yield f"{section}.{key}: is missing while {section}.enabled is true; give {what}"
        is_webhook = section == "telegram" and settings.get("mode") == "webhook"
        if is_webhook and _is_empty(settings.get("webhook_secret")):
            yield "telegram.webhook_secret: is missing while telegram.mode is webhook; give a secret of your choice"
    if is_enabled(tree, "zalo_bot"):
        yield from _check_zalo_bot(tree)


def _check_zalo_bot(tree: dict[str, Any]) -> Iterator[str]:
    settings, public_url = tree["zalo_bot"], next((url for _, url in _walk(tree, ("web", "public_url"))), "")
    is_https = isinstance(public_url, str) and public_url.startswith("https://")
    mode, secret = settings.get("mode"), settings.get("webhook_secret")
    if mode == "polling" or (_is_empty(mode) and not is_https):
        return
    if _is_empty(secret):
        yield "zalo_bot.webhook_secret: is missing while Zalo is to call public_url; give a secret of your choice, as ${ZALO_BOT_WEBHOOK_SECRET}, or set zalo_bot.mode to polling"
    elif isinstance(secret, str) and len(secret) < SHORTEST_ZALO_SECRET:
        yield f"zalo_bot.webhook_secret: Zalo takes none of fewer than {SHORTEST_ZALO_SECRET} characters; openssl rand -hex 32 makes one"


def _check_units_and_procedures(tree: dict[str, Any]) -> Iterator[str]:
    if not tree.get("units"):
        yield "units: name at least one unit, as {code: ..., name: ...}"
    if not tree.get("procedures"):
        yield "procedures: name at least one procedure, here or in procedures_file"
    yield from _check_repeated(tree, ("units", EVERY, "code"), "unit")
    yield from _check_repeated(tree, ("procedures", EVERY, "code"), "procedure")
    units = [code for _, code in _walk(tree, ("units", EVERY, "code"))]
    for path, unit in _walk(tree, ("procedures", EVERY, "unit")):
        if isinstance(unit, str) and units and unit not in units:
            yield f"{show_path(path)}: there is no unit with this code under units; known: {_listed(units)}"


def _check_scoring(tree: dict[str, Any]) -> Iterator[str]:
    yield from _check_repeated(tree, ("scoring", "criteria", EVERY, "id"), "criterion")
    yield from _check_repeated(tree, ("scoring", "criteria", EVERY, "number"), "criterion")
    known = [criterion for _, criterion in _walk(tree, ("scoring", "criteria", EVERY, "id"))] or [
        *BUILT_IN_CRITERIA
    ]
    targets = (("scoring", "targets", EVERY), ("scoring", "targets_by_year", EVERY, EVERY))
    for path, _ in (found for pattern in targets for found in _walk(tree, pattern)):
        if path[-1] not in ("overall", *known):
            yield f"{show_path(path)}: there is no such criterion; known: overall, {_listed(known)}"
    for path, criterion in _walk(tree, ("scoring", "criteria", EVERY)):
        if not isinstance(criterion, dict) or not isinstance(criterion.get("weights"), dict):
            continue
        questions = criterion.get("questions")
        for question in criterion["weights"]:
            if isinstance(questions, list) and question not in questions:
                yield f"{show_path((*path, 'weights', question))}: the criterion does not pool this question"


def _check_mode(tree: dict[str, Any]) -> Iterator[str]:
    if tree.get("mode") == "pilot" and not tree.get("pilot_chats"):
        yield "pilot_chats: is missing while mode is pilot; list the chats that may be written to"


def _check_repeated(tree: dict[str, Any], pattern: Steps, what: str) -> Iterator[str]:
    first: dict[str, Steps] = {}
    for path, value in _walk(tree, pattern):
        if str(value) in first:
            yield f"{show_path(path)}: another {what} has it already: {show_path(first[str(value)])}"
        first.setdefault(str(value), path)


def _walk(value: Any, pattern: Steps, path: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """All places that match a pattern, with their paths; what has another shape is passed over."""
    if not pattern:
        yield path, value
        return
    step, *rest = pattern
    inside = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
    for key in list(inside) if step == EVERY else [step]:
        if key in inside:
            yield from _walk(inside[key], tuple(rest), (*path, key))


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _listed(words: list[Any]) -> str:
    return ", ".join(str(word) for word in words[:12])
