"""The citizens of the fake Telegram find their way by the paper form alone, and reach a webhook as Telegram does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from telegram import Update

from tests.fakes.citizen import REPLY_WITH_CODE, StuckError, TelegramCitizen
from tests.fakes.deliveries import WebhookDelivery
from tests.fakes.paper_form import OPTIONS, QUESTIONS, find_options, question_asked
from tests.fakes.telegram import FakeTelegram
from tests.fakes.updates import attachment_content

CITIZEN, GROUP, SECRET = 1001, -2002, "s3cret"
SUBJECTS = {"3.2": "niêm yết", "3.3": "thái độ", "3.6": "thiết bị", "3.7": "giấy tờ", "3.8": "khoản phí"}
RECEIPT = "ABCD-2345-WXYZ"


class ScriptedBot:
    """Just enough of a survey: asks the next thing after whatever it is sent, and keeps what was tapped or typed."""

    def __init__(self, fake):
        self.fake = fake
        self.heard = []
        self._step = 0

    def __call__(self, update):
        query = update.get("callback_query")
        self.heard.append(query["data"] if query else update["message"]["text"])
        script = [
            self._greet,
            *(self._ask(q) for q in QUESTIONS),
            self._comment,
            self._reply,
            self._summary,
            self._end,
        ]
        script[self._step]()
        self._step += 1
        return 200

    def _say(self, text, *labels):
        rows = [[{"text": f"{n}. {label}", "callback_data": label}] for n, label in enumerate(labels, 1)]
        markup = {"reply_markup": {"inline_keyboard": rows}} if rows else {}
        self.fake.carry_out("sendMessage", {"chat_id": CITIZEN, "text": text, **markup})

    def _greet(self):
        self._say("Kính chào", "Bắt đầu", "Không tham gia")

    def _ask(self, question):
        subject = SUBJECTS.get(question, "")
        return lambda: self._say(f"Câu {question[2:]}/10. {subject}", *OPTIONS[question], "Bỏ qua")

    def _comment(self):
        self._say("Góp ý?", "Bỏ qua")

    def _reply(self):
        self._say("Trả lời về khoản phí?", REPLY_WITH_CODE, "Có, giấu mã hồ sơ", "Không")

    def _summary(self):
        self._say("Tóm tắt", "Gửi phiếu", "Sửa")

    def _end(self):
        self._say(f"Mã biên nhận: {RECEIPT}")


class Webhook:
    """A web server that answers each POST with the next of the given answers and keeps what it got."""

    def __init__(self, *answers):
        self.got = []
        left = iter(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler):  # noqa: N805 - the name is the library's; `self` is the webhook
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.got.append((handler.headers["X-Telegram-Bot-Api-Secret-Token"], json.loads(body)))
                status, answer = next(left)
                handler.send_response(status)
                handler.end_headers()
                handler.wfile.write(answer)

            def log_message(handler, *args):  # noqa: N805 - as above
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook/telegram"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def fake():
    with FakeTelegram() as fake:
        fake.add_group(GROUP)
        yield fake


def keeping(kept):
    def deliver(update):
        kept.append(update)
        return 200

    return deliver


def test_a_citizen_goes_from_the_link_to_the_receipt(fake):
    bot = ScriptedBot(fake)
    citizen = TelegramCitizen(fake, CITIZEN, bot)

    receipt = citizen.survey("tok", [1, 2, 3, 4, 5, None, 1, 2, 3, 4], "ít ghế")

    assert receipt == RECEIPT
    assert bot.heard == [
        "/start tok",
        "Bắt đầu",
        "Qua phương tiện thông tin đại chúng",
        "Tốt",
        "Trung bình",
        "Rườm rà",
        "Rất chậm",
        "Bỏ qua",
        "Có",
        "Không",
        "Trễ hẹn",
        "Không hài lòng",
        "ít ghế",
        "Không",
        "Gửi phiếu",
    ]
    assert citizen.question() == "3.10"
    assert fake.violations == []


def test_a_citizen_who_is_not_asked_says_what_the_screen_showed(fake):
    citizen = TelegramCitizen(fake, CITIZEN, ScriptedBot(fake), timeout=0.01)
    citizen.start()

    with pytest.raises(StuckError, match=r"question 3\.1 .*Kính chào"):
        citizen.shown("3.1")


def test_questions_with_the_same_options_are_told_apart_by_the_words_of_the_form():
    marks, yes_no = OPTIONS["3.2"], OPTIONS["3.7"]

    assert question_asked("Thái độ phục vụ?", marks) == "3.3"
    assert question_asked("Đã ghi: thái độ tốt. Câu 6/10: thiết bị?", marks) == "3.6"
    assert question_asked("Ông/bà thấy sao?", marks) is None
    assert question_asked("Khoản phí khác?", yes_no) == "3.8"
    assert find_options(["2. Tốt", "Trung bình", "1. RẤT TỐT", "Rất kém", "Kém"], "3.2") == [2, 0, 1, 4, 3]


def test_every_update_parses_with_a_real_library(fake):
    kept = []
    citizen = TelegramCitizen(fake, CITIZEN, keeping(kept))
    staff = TelegramCitizen(fake, 77, keeping(kept), chat_id=GROUP)
    citizen.start("tok")
    fake.carry_out("sendMessage", {"chat_id": CITIZEN, "text": "x", "reply_markup": KEYBOARD})
    card = citizen.wait_for("x")
    citizen.press(card, "Có")
    citizen.edit("khác")
    for kind in ("voice", "sticker", "photo", "location"):
        citizen.attach(kind)
    citizen.block()
    citizen.unblock()
    staff.type("đã xong", reply_to=card)
    staff.migrate_group(-1002002)
    fake.carry_out("deleteMessage", {"chat_id": CITIZEN, "message_id": card.message_id})
    citizen.press(card, "Có")

    parsed = [Update.de_json(update, None) for update in kept]

    kinds = [next(iter(update.to_dict().keys() - {"update_id"})) for update in parsed]
    assert kinds == [
        "message",
        "callback_query",
        "edited_message",
        *["message"] * 4,
        *["my_chat_member"] * 2,
        *["message"] * 3,
        "callback_query",
    ]
    assert not any(update.api_kwargs for update in parsed)
    assert (parsed[-3].message.migrate_to_chat_id, parsed[-2].message.migrate_from_chat_id) == (
        -1002002,
        GROUP,
    )
    assert parsed[0].message.entities[0].type == "bot_command"
    assert not parsed[-1].callback_query.message.is_accessible
    assert [act.status for act in citizen.acts] == [200] * 10
    assert attachment_content("photo", "x")["caption"] == "x"


def test_a_webhook_gets_an_update_again_until_it_says_yes_and_its_answer_is_carried_out(fake):
    kept = []
    fake.add_private(CITIZEN)
    fake.carry_out("sendMessage", {"chat_id": CITIZEN, "text": "x", "reply_markup": KEYBOARD})
    TelegramCitizen(fake, CITIZEN, keeping(kept)).tap("Có")
    query_id = kept[0]["callback_query"]["id"]
    answer = json.dumps(
        {"method": "answerCallbackQuery", "callback_query_id": query_id, "text": "Đã ghi"}
    ).encode()

    with Webhook((500, b""), (503, b""), (200, answer)) as webhook:
        delivery = WebhookDelivery(fake, webhook.url, SECRET)
        status = delivery(kept[0])

    assert (status, [attempt[1] for attempt in delivery.attempts]) == (200, [500, 503, 200])
    assert webhook.got == [(SECRET, kept[0])] * 3
    assert fake.answers[query_id]["text"] == "Đã ghi"
    assert fake.unanswered == set()


def test_a_delivery_gives_up_in_time_and_respects_allowed_updates(fake):
    citizen = TelegramCitizen(fake, CITIZEN, keeping([]))
    citizen.type("một")
    update = citizen.acts[0].update

    nobody = WebhookDelivery(fake, "http://127.0.0.1:9/webhook", SECRET, retry_for=0.0)
    assert (nobody(update), len(nobody.attempts)) == (0, 1)
    fake.carry_out("sendChatAction", {"chat_id": CITIZEN, "action": "typing"})
    fake.world.allowed_updates = ["callback_query"]
    assert (nobody(update), len(nobody.attempts)) == (0, 1)


def test_polling_delivers_when_the_offset_passes(fake):
    citizen = TelegramCitizen(fake, CITIZEN, lambda update: fake.deliver_by_polling(update, timeout=5))
    update_id = fake.world.next_update_id() + 1
    poller = threading.Timer(0, confirm, (fake, update_id + 1))
    poller.start()

    assert citizen.type("một") == 200
    poller.join()


def confirm(fake, offset):
    with fake.world.confirmed:
        fake.world.confirm(offset)


KEYBOARD = {"inline_keyboard": [[{"text": "Có", "callback_data": "y"}]]}
