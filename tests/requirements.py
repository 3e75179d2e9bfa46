"""What a test needs beyond Python: used when found, otherwise the test is skipped in one line, or fails on REQUIRE_ALL=1."""

import os
from typing import TypeVar

import pytest

T = TypeVar("T")
IS_LONG = os.environ.get("HAILONG_LONG") == "1"  # run what takes minutes, and whole sets instead of samples
# The databases of a test that takes minutes: the second one only when there is time.
SQLITE_FIRST = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.long])]


def require(found: T | None, what: str) -> T:
    """Return what was found. Without it the test is skipped; with REQUIRE_ALL=1 it fails."""
    if found is not None:
        return found
    line = f"{what} was not found"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{line}, and REQUIRE_ALL=1 wants it", pytrace=False)
    pytest.skip(line)
