"""A client of the fake Bot API that checks nothing by itself, to show what the fake refuses."""

import json
import urllib.error
import urllib.request
from typing import Any

from tests.fakes.telegram import FakeTelegram


def call(fake: FakeTelegram, method: str, *, token: str | None = None, **params: Any) -> tuple[int, Any]:
    """POST as JSON; give the status and the body, parsed when it is JSON."""
    address = f"{fake.base_url}/bot{token or fake.token}/{method}"
    request = urllib.request.Request(
        address, json.dumps(params).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
        return error.code, json.loads(body) if body.startswith(b"{") else body.decode()
