"""How updates reach the product: posted to its webhook as Telegram does. (Polling: `FakeTelegram.deliver_by_polling`.)"""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from tests.fakes.telegram import FakeTelegram
from tests.fakes.updates import Update

CALLBACK_SECONDS = 150.0  # an undelivered tap lives no longer: github.com/tdlib/telegram-bot-api
FIRST_PAUSE = 0.1  # Telegram repeats at once, then after 2, 4, 8 … seconds; here in fast motion
LONGEST_PAUSE = 2.0


class WebhookDelivery:
    """Posts an update with the secret until it is answered 2xx, then carries out the method in the answer, if any.

    Calling it returns the last status: 0 when there was no answer, or when allowed_updates leave this kind out.
    """

    def __init__(
        self, fake: FakeTelegram, url: str, secret: str, *, retry_for: float = 30.0, timeout: float = 60.0
    ) -> None:
        self._fake = fake
        self._address = urlsplit(url)
        self._secret = secret
        self._retry_for = retry_for
        self._timeout = timeout
        self._stopped = threading.Event()
        self.attempts: list[tuple[int, int, float]] = []  # update_id, status, seconds it took

    def __call__(self, update: Update) -> int:
        """Deliver one update."""
        if not self._fake.world.is_wanted(update):
            return 0
        lives = min(self._retry_for, CALLBACK_SECONDS) if "callback_query" in update else self._retry_for
        end, pause = time.monotonic() + lives, 0.0
        while True:
            status = self._attempt(update)
            late = time.monotonic() + pause >= end
            if 200 <= status < 300 or late or self._stopped.wait(pause):
                return status
            pause = min(LONGEST_PAUSE, 2 * pause or FIRST_PAUSE)

    def stop(self) -> None:
        """Give up repeating."""
        self._stopped.set()

    def _attempt(self, update: Update) -> int:
        began = time.monotonic()
        try:
            status, body = self._post(json.dumps(update, ensure_ascii=False).encode())
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        self.attempts.append((update["update_id"], status, time.monotonic() - began))
        if 200 <= status < 300:
            self._carry_out(body)
        return status

    def _post(self, body: bytes) -> tuple[int, bytes]:
        address = self._address
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self._timeout)
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self._secret}
        try:
            connection.request("POST", address.path or "/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _carry_out(self, body: bytes) -> None:
        try:
            call = json.loads(body)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            params = {key: value for key, value in call.items() if key != "method"}
            self._fake.carry_out(call["method"], params)
