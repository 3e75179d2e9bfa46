"""Looking at the Official Account itself, with a token at hand: what it is, and whether the token lives."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

DEAD, EXPIRED = -216, -220  # of an access token: replaced or unknown, and too old
GOVERNMENT = 4  # oa_type
_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back: a code (0 fine, negative the platform's, None nothing that could be read) and the rest."""

    code: int | None
    fault: str
    data: Mapping[str, Any]  # Any: raw JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What Zalo says of an Official Account; "" and None what it does not say."""

    oa_id: str
    name: str
    is_verified: bool | None
    kind: int | None  # 2 business, 4 government
    package: str
    valid_until: str  # as Zalo writes it


async def ask(api_base: str, path: str, access: str, query: Mapping[str, str] | None = None) -> Asked:
    """Look something up. Never raises for what the platform or the network does."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(
                f"{api_base}{path}",
                params=dict(query or {}),
                headers={"access_token": access},
                allow_redirects=False,
            ) as response,
        ):
            status, body = response.status, await response.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Asked(None, type(error).__name__, {})
    return _read(status, body)


async def look_at_account(api_base: str, access: str) -> Account | Asked:
    """Return the account the token belongs to, or how the asking went instead."""
    asked = await ask(api_base, "/v2.0/oa/getoa", access)
    return read_account(asked.data) if asked.code == 0 else asked


def read_account(data: Mapping[str, Any]) -> Account:  # Any: raw JSON
    """Read the data of getoa, whatever is missing in it."""
    verified, kind = data.get("is_verified"), data.get("oa_type")
    return Account(
        oa_id=_text(data.get("oaid", data.get("oa_id"))),
        name=_text(data.get("name")),
        is_verified=verified if isinstance(verified, bool) else None,
        kind=int(kind) if isinstance(kind, int | str) and str(kind).isdecimal() else None,
        package=_text(data.get("package_name")),
        valid_until=_text(data.get("package_valid_through_date")),
    )


def _read(status: int, body: bytes) -> Asked:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    code = values.get("error") if isinstance(values, Mapping) else None
    if not isinstance(code, int) or isinstance(code, bool) or status >= 500:
        return Asked(None, f"Http{status}" if status != 200 else "Unreadable", {})
    data = values.get("data")
    return Asked(code, f"Zalo{code}" if code else "", data if isinstance(data, Mapping) else {})


def _text(value: object) -> str:
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""
