"""Zalo's token endpoint: the link a person opens, the exchange of the code, the renewal. No answer is ever repeated
in an error: it may hold tokens.

https://docs.zaloplatforms.com/docs/OA/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new (read 2026-11). A refresh token
serves once: what came of a renewal is told apart by whether Zalo can have done it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import urlencode

import aiohttp

from bot.settings.channels import Zalo

PATIENCE = 20.0  # seconds for an answer
_CONNECTING = 8.0
_TOKEN = re.compile(r"[!-~]{1,4096}")
_LONGEST = timedelta(days=366)  # of an access token; a longer life is a misreading


@dataclass(frozen=True, slots=True)
class Issued:
    """A new pair; the one before is dead."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts: timedelta | None  # of the access token; None when the answer does not say


@dataclass(frozen=True, slots=True)
class Refused:
    """Zalo gave no pair, and asking again would not help."""

    fault: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Zalo cannot have renewed (`is_unsent`: the request never left), or says that it could not just now."""

    fault: str
    is_unsent: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The request went out and no answer came: nobody knows whether Zalo has renewed."""

    fault: str


Answer: TypeAlias = Issued | Refused | NotDone | Unanswered


def challenge_of(verifier: str) -> str:
    """Return the PKCE challenge of a verifier of 43 letters and digits."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def permission_link(settings: Zalo, *, redirect: str, verifier: str, state: str) -> str:
    """Return the page on which an administrator of the Official Account lets the app speak for it."""
    query = {
        "app_id": settings.app_id,
        "redirect_uri": redirect,
        "code_challenge": challenge_of(verifier),
        "state": state,
    }
    return f"{settings.oauth_base}/v4/oa/permission?{urlencode(query)}"


async def exchange(settings: Zalo, *, code: str, verifier: str) -> Answer:
    """Ask for the pair that belongs to the code of an authorisation."""
    form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
    return await _ask(settings, form)


async def refresh(settings: Zalo, token: str, *, patience: float = PATIENCE) -> Answer:
    """Ask for the pair that follows. No answer within `patience` seconds is none."""
    return await _ask(settings, {"refresh_token": token, "grant_type": "refresh_token"}, patience)


async def _ask(settings: Zalo, form: Mapping[str, str], patience: float = PATIENCE) -> Answer:
    secret = settings.app_secret.get_secret_value() if settings.app_secret else ""
    url = f"{settings.oauth_base}/v4/oa/access_token"
    timeout = aiohttp.ClientTimeout(total=patience, sock_connect=_CONNECTING)
    try:
        # A connection of its own: on one that was used before, "closed" would not tell whether the request was read.
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url,
                data={"app_id": settings.app_id, **form},
                headers={"secret_key": secret},
                allow_redirects=False,
            ) as response,
        ):
            if response.status >= 500 or response.status == 429:
                return NotDone(f"Http{response.status}", is_unsent=False)
            return read_answer(response.status, await response.read())
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return NotDone(type(error).__name__, is_unsent=True)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Unanswered(type(error).__name__)


def read_answer(status: int, body: bytes) -> Issued | Refused:
    """Read what the endpoint said. Only two tokens are a success: errors come with status 200, too."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, Mapping):
        return Refused(f"Http{status}" if status != 200 else "Unreadable")
    access, refresh_token = values.get("access_token"), values.get("refresh_token")
    if status == 200 and _is_token(access) and _is_token(refresh_token):
        return Issued(str(access), str(refresh_token), _read_life(values.get("expires_in")))
    code = values.get("error")
    if isinstance(code, int | str) and re.fullmatch(r"-?[1-9][0-9]{0,8}", str(code)):
        return Refused(f"Zalo{code}")
    return Refused(f"Http{status}" if status != 200 else "NoTokens")


def is_token(text: str) -> bool:
    """Whether `text` can be a token: it travels in a header."""
    return _TOKEN.fullmatch(text) is not None


def _is_token(value: object) -> bool:
    return isinstance(value, str) and is_token(value)


def _read_life(value: object) -> timedelta | None:
    """Read a number of seconds, which documents show as text and as a number."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        return None
    return min(timedelta(seconds=int(text)), _LONGEST)
