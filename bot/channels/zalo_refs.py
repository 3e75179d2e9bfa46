"""The ids Zalo gives to messages, as they are kept. Its pages name no longest one: what would not fit is known by its hash."""

import hashlib

MAX_REF = 64  # characters that are kept of the id of a message


def fit_ref(ref: str) -> str:
    """Return an id as it is kept, the same wherever it comes from: the answer to a message, an echo, a quotation."""
    return ref if len(ref) <= MAX_REF else hashlib.sha256(ref.encode("utf-8", "replace")).hexdigest()
