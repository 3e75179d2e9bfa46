"""A client of the fake Zalo that checks nothing by itself, to show what the fake refuses."""

import json
import urllib.error
import urllib.request
import uuid
from typing import Any
from urllib.parse import urlencode

from tests.fakes.zalo import ZaloFake

SEND = "/v3.0/oa/message/cs"
TOKENS = "/v4/oa/access_token"


class PlainClient:
    """Calls with one access token, a good one unless told otherwise."""

    def __init__(self, zalo: ZaloFake) -> None:
        self.zalo = zalo
        self.access, self.refresh = zalo.issue_pair()

    def call(
        self,
        path: str,
        body: Any = None,
        *,
        host: str = "api",
        method: str | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Any:
        """Call with a JSON body, or bytes as they are, or none; give the body of the answer, parsed when it is JSON."""
        address = f"{self.zalo.bases[f'{host}_base']}{path}{f'?{urlencode(query)}' if query else ''}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "access_token": self.access, **(headers or {})}
        request = urllib.request.Request(
            address, content, {k: v for k, v in sent.items() if v}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
        return json.loads(text) if text.startswith(("{", "[")) else text

    def send(self, user_id: Any, text: Any = "Xin chào", **message: Any) -> Any:
        """Send a text, or any message, to a person."""
        content = {"text": text, **message} if text is not None else message
        return self.call(SEND, {"recipient": {"user_id": user_id}, "message": content})

    def ask(self, user_id: str, *buttons: Any, **payload: Any) -> Any:
        """Send a text with buttons."""
        attachment = {"type": "template", "payload": {"buttons": list(buttons), **payload}}
        return self.send(user_id, "Câu 1/10", attachment=attachment)

    def attach(self, user_id: str, payload: dict[str, Any], *, kind: str = "template") -> Any:
        """Send an attachment without text."""
        return self.send(user_id, None, attachment={"type": kind, "payload": payload})

    def upload(self, kind: str, name: str, content: bytes, *, field: str = "file") -> Any:
        """Upload a file."""
        mark = uuid.uuid5(uuid.NAMESPACE_URL, name).hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self.call(f"/v2.0/oa/upload/{kind}", body, headers=headers)

    def ask_for_tokens(self, *, secret: str | None = None, **form: str) -> Any:
        """Call the token endpoint with a form."""
        account = self.zalo.account
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "secret_key": account.app_secret if secret is None else secret,
            "access_token": "",
        }
        body = urlencode({"app_id": account.app_id, **form}).encode()
        return self.call(TOKENS, body, host="oauth", headers=headers)

    def renew(self, refresh: str | None = None) -> Any:
        """Use a refresh token."""
        token = self.refresh if refresh is None else refresh
        return self.ask_for_tokens(grant_type="refresh_token", refresh_token=token)

    def bot(self, method: str, *, token: str | None = None, **params: Any) -> Any:
        """Call the Bot Platform."""
        known = self.zalo.account.bot_token if token is None else token
        return self.call(f"/bot{known}/{method}", params, host="bot", headers={"access_token": ""})


def button(**changes: Any) -> dict[str, Any]:
    """A button that is in order, but for the changes."""
    return {"title": "1. Rất tốt", "type": "oa.query.show", "payload": "#k 1 1", **changes}
