"""The signature on what Zalo delivers: SHA-256 over app id, raw body, timestamp and the account's secret, no HMAC.

The platform's pages take the timestamp from the body, some programs from a header; the prefix is sometimes left out:
https://docs.zaloplatforms.com/docs/OA/webhook/tong-quan (2026-10-02). Pure.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Literal

Source = Literal["body", "header"]
_SIGNATURE = re.compile(r"(?:mac=|sha256=)?([0-9a-f]{64})", re.IGNORECASE | re.ASCII)
# Digits alone: else a part of the body could be moved into the header without changing what was signed.
_TIMESTAMP = re.compile(r"[0-9]{1,20}")


def find_timestamp(
    *,
    app_id: str,
    oa_secret: str,
    raw: bytes,
    header_signature: str,
    body_timestamp: str,
    header_timestamp: str = "",
) -> Source | None:
    """Return where the timestamp stands with which these bytes were signed, None when they were not."""
    given = _SIGNATURE.fullmatch(header_signature.strip())
    if given is None or not app_id or not oa_secret:
        return None
    sources: tuple[tuple[Source, str], ...] = (("body", body_timestamp), ("header", header_timestamp))
    for source, timestamp in sources:
        if not _TIMESTAMP.fullmatch(timestamp):
            continue
        signed = app_id.encode() + raw + timestamp.encode() + oa_secret.encode()
        if hmac.compare_digest(hashlib.sha256(signed).hexdigest(), given[1].lower()):
            return source
    return None


def looks_signed(header_signature: str) -> bool:
    """Whether the header holds what could be a signature."""
    return _SIGNATURE.fullmatch(header_signature.strip()) is not None


def timestamp_of(payload: object) -> str:
    """Return the timestamp an event carries, "" when there is none."""
    found = payload.get("timestamp") if isinstance(payload, Mapping) else None
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 10**20:
        return str(found)
    return found if isinstance(found, str) and _TIMESTAMP.fullmatch(found) else ""
