"""Addresses of our own pages in our own messages become links. Everything else stays text, whoever wrote it."""

import re

from markupsafe import Markup, escape


def link_own(text: str, public_url: str) -> Markup:
    """Return `text` escaped, with links where it names a page of this service."""
    if not public_url:
        return escape(text)
    own = re.compile(rf"({re.escape(public_url)}/[^\s<>\"'()]*[^\s<>\"'().,;:!?])")
    parts = own.split(text)
    linked = (
        Markup('<a href="{0}">{0}</a>').format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )
    return Markup("").join(linked)
