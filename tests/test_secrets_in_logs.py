"""Whatever goes wrong, no secret, no name, no chat and none of anybody's words stand in what the service writes."""

import base64
import http.client
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from tests import postgres
from tests.building import KEY
from tests.crash.citizens import make_plans, walk
from tests.crash.service import CHECKOUT, Service, free_port, wait_until
from tests.fakes.citizen import TelegramCitizen
from tests.fakes.deliveries import WebhookDelivery
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.requirements import SQLITE_FIRST
from tests.running import API_TOKEN, INTEGRITY, OFFICE, SECRET, STAFF, build_settings, write_settings

OTHER_TOKEN = "987654321:AAanotherTokenThatTheFakeDoesNotKnow00"
NAME, WORDS, PASSWORD = "Nguyễn Thị Bí Mật", "chữ của riêng tôi 8127 4590 6632", "mat-khau-cua-toi"
FAULTS = ("500", "502", "torn_json", "cut_before", "cut_after", ("429", 1), "403", ("timeout", 0.3))
GARBAGE = (
    b'{"update_id": 1, "message": {"text": "%s"' % WORDS.encode(),
    b'{"update_id": "x", "message": {"text": "%s"}}' % WORDS.encode(),
    b'{"update_id": 3, "callback_query": {"id": "1", "data": "%s"}}' % WORDS.encode(),
    b'{"update_id": 4, "message": {"text": ["%s"], "chat": {"id": 7010000009}}}' % WORDS.encode(),
)


@pytest.mark.slow
@pytest.mark.parametrize("new_database_url", SQLITE_FIRST, indirect=True)
def test_nothing_private_is_written_whatever_goes_wrong(new_database_url, tmp_path):
    with FakeTelegram() as fake, ExitStack() as ending:
        for group in (STAFF, OFFICE, INTEGRITY):
            fake.add_group(group)

        def settings(**telegram):
            return build_settings(
                new_database_url, api_base=fake.base_url, telegram=telegram, logging={"level": "debug"}
            )

        service = Service(write_settings(tmp_path, settings()), free_port())
        ending.callback(service.kill)
        service.migrate()
        service.start()
        plans = make_plans(service, 12, first_person=7_010_000_001)
        live_through(service, fake, plans, new_database_url)
        endings = [service.terminate()]
        write_settings(tmp_path, settings(token=OTHER_TOKEN))
        service.start()
        meet(service, fake, plans[9])
        assert wait_until(
            lambda: any(call.status == 401 for call in fake.calls if call.method == "sendMessage"), 10
        )
        endings.append(service.terminate())
        write_settings(tmp_path, settings(api_base="http://127.0.0.1:9"))
        service.start()
        meet(service, fake, plans[10])
        threading.Event().wait(1.0)
        endings.append(service.terminate())

        said = service.said()

    private = [
        TOKEN,
        OTHER_TOKEN,
        SECRET,
        API_TOKEN,
        base64.b64encode(KEY).decode(),
        NAME,
        WORDS,
        "8127 4590 6632",
        "701000000",
    ]
    private += [plan.token for plan in plans] + [plan.dossier for plan in plans]
    private += [TOKEN.partition(":")[2], OTHER_TOKEN.partition(":")[2], ascii(WORDS)[1:-1], "Góp ý số"]
    assert said.count('"event": "started"') == 3
    assert [needle for needle in private if needle in said] == []
    assert [status for status, _ in endings] == [0, 0, 0]


def live_through(service, fake, plans, database_url):
    """Let citizens meet every fault there is, and the service garbage and a restarted database."""
    for fault, plan in zip(FAULTS, plans, strict=False):
        fake.inject("*", 2, fault, chat_id=plan.person)
        meet(service, fake, plan)
    for body in GARBAGE:
        post_raw(service, body)
    service.request("POST", "/api/v1/results", {"dossier_code": WORDS, "recipient": {"phone": NAME}})
    service.get(f"/s/{plans[0].token}")
    service.get(f"/s/{plans[0].token}x/{WORDS.encode().hex()}")
    if not database_url.startswith("sqlite"):
        with postgres.connect(database_url) as connection:
            postgres.end_connections(connection)
    citizen = citizen_of(service, fake, plans[8])
    walk(citizen, plans[8])  # all faults are over: she gets through


def meet(service, fake, plan):
    """Let a citizen open her invitation and write something; nobody waits for the answers."""
    citizen = citizen_of(service, fake, plan)
    citizen.start(plan.token)
    citizen.type(WORDS)
    citizen.type("ABCD2345")


def citizen_of(service, fake, plan):
    posting = WebhookDelivery(fake, service.webhook, SECRET, retry_for=20)
    return TelegramCitizen(fake, plan.person, posting, name=NAME, timeout=30)


def post_raw(service, body):
    """Post garbage with the right secret."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    connection.request("POST", "/webhook/telegram", body, headers)
    assert connection.getresponse().status < 500
    connection.close()


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path):
    url = f"postgresql://nguoi-dung:{PASSWORD}@127.0.0.1:9/khong-co"
    service = Service(write_settings(tmp_path, build_settings(url)), free_port())

    statuses = [service.command(name).wait(30) for name in ("migrate", "serve")]

    assert statuses == [1, 1]
    assert PASSWORD not in service.said()
    assert "Traceback" not in service.said()
    assert "database.url" in service.said()


def test_an_answer_of_telegram_that_cannot_be_read_is_not_written(tmp_path):
    torn = f'{{"ok": true, "result": {{"text": "{WORDS}'
    program = (
        "import sys; from bot.logs import setup_logging; from telegram import error\n"
        "from telegram.request import BaseRequest\n"
        "setup_logging('debug', ())\n"
        "try: BaseRequest.parse_json_payload(sys.argv[1].encode())\n"
        "except error.TelegramError: print('refused')\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, torn], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "refused\n"
    assert WORDS not in ran.stderr
    assert "8127 4590 6632" not in ran.stderr
