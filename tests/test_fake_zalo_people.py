"""The fake Zalo's bot refuses what the Bot Platform refuses; its citizens find their way by the paper form alone."""

import threading

import pytest

from tests.fakes.citizen import REPLY_WITH_CODE, StuckError
from tests.fakes.paper_form import OPTIONS, QUESTIONS
from tests.fakes.zalo import ZaloFake
from tests.fakes.zalo_citizen import ZaloCitizen, numbered_in
from tests.fakes.zalo_client import PlainClient, button

SUBJECTS = {"3.2": "niêm yết", "3.3": "thái độ", "3.6": "thiết bị", "3.7": "giấy tờ", "3.8": "khoản phí"}
RECEIPT = "ABCD-2345-WXYZ"
GROUP, PRIVATE = "zgr-1", "6ede9afa66b88fe6d6a9"
HOOK = {"url": "https://khaosat.example/webhook/zalo-bot", "secret_token": "12345678"}


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        zalo.add_bot_chat(GROUP)
        zalo.add_bot_chat(PRIVATE, is_group=False)
        yield zalo


@pytest.fixture
def client(zalo):
    return PlainClient(zalo)


# -- the bot


def test_a_right_bot_is_served_without_violations(zalo, client):
    answers = [
        client.bot("getMe"),
        client.bot("sendMessage", chat_id=GROUP, text="x" * 2000, parse_mode="html"),
        client.bot("sendPhoto", chat_id=GROUP, photo="https://khaosat.example/c.png", caption="Biểu đồ"),
        client.bot("sendSticker", chat_id=GROUP, sticker="s1"),
        client.bot("sendVoice", chat_id=PRIVATE, voice_url="https://khaosat.example/v.aac"),
        client.bot("sendChatAction", chat_id=GROUP, action="typing"),
        client.bot("setWebhook", **HOOK),
        client.bot("getWebhookInfo"),
        client.bot("deleteWebhook"),
    ]

    assert [answer["ok"] for answer in answers] == [True] * len(answers), answers
    assert (answers[1]["result"].keys(), answers[7]["result"]["url"]) == ({"message_id", "date"}, HOOK["url"])
    assert [m.text for m in zalo.messages(f"bot:{GROUP}")] == ["x" * 2000, "Biểu đồ", ""]
    assert zalo.violations == []


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("sendmessage", {"chat_id": GROUP, "text": "x"}, 404),
        ("editMessage", {}, 404),
        ("sendMessage", {"chat_id": GROUP, "text": ""}, 400),
        ("sendMessage", {"chat_id": GROUP, "text": "x" * 2001}, 400),
        ("sendMessage", {"chat_id": "zgr-9", "text": "x"}, 400),
        ("sendMessage", {"chat_id": 5, "text": "x"}, 400),
        ("sendMessage", {"chat_id": GROUP, "text": "x", "parse_mode": "HTML"}, 400),
        ("sendPhoto", {"chat_id": GROUP, "photo": "attach://x"}, 400),
        ("sendPhoto", {"chat_id": GROUP, "photo": "http://127.0.0.1/c.png"}, 400),
        ("sendPhoto", {"chat_id": GROUP, "photo": "https://a.vn/c.png", "caption": "x" * 2001}, 400),
        ("sendVoice", {"chat_id": GROUP, "voice_url": "https://a.vn/v.aac"}, 400),
        ("sendChatAction", {"chat_id": GROUP, "action": "dancing"}, 400),
        ("setWebhook", {**HOOK, "url": "http://khaosat.example/x"}, 400),
        ("setWebhook", {**HOOK, "url": "https://localhost/x"}, 400),
        ("setWebhook", {**HOOK, "url": "https://10.0.0.1/x"}, 400),
        ("setWebhook", {**HOOK, "secret_token": "1234567"}, 400),
        ("getUpdates", {"timeout": "soon"}, 400),
    ],
)
def test_a_wrong_bot_call_is_refused_and_noted(zalo, client, method, params, error):
    answer = client.bot(method, **params)

    assert (answer["ok"], answer["error_code"], len(zalo.violations)) == (False, error, 1)


def test_what_else_a_bot_may_meet(zalo, client):
    assert client.bot("getMe", token="1:wrong")["error_code"] == 401
    assert client.bot("getWebhookInfo")["error_code"] == 404
    zalo.bot.tells_empty_webhook = True
    assert client.bot("getWebhookInfo")["result"] == {"url": ""}
    zalo.bot.chats[GROUP].is_gone = True
    assert client.bot("sendMessage", chat_id=GROUP, text="x")["error_code"] == 400
    zalo.bot.messages_left = 0
    assert client.bot("sendMessage", chat_id=PRIVATE, text="x")["error_code"] == 429
    assert zalo.violations == []
    client.bot("sendMessage", chat_id=PRIVATE, text="x", reply_markup={})
    path = f"/bot{zalo.account.bot_token}/getMe"
    client.call(path, {}, host="bot", headers={"access_token": "x"})
    form = b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\nx\r\n--B--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=B", "access_token": ""}
    assert client.call(path, form, host="bot", headers=headers)["error_code"] == 400
    assert len(zalo.violations) == 3


def test_updates_come_one_at_a_time_and_in_groups_only_when_named(zalo, client):
    for text, is_named in (("một", True), ("riêng", False), ("hai", True)):
        zalo.bot_hears(zalo.bot.update(GROUP, text, is_named=is_named))
    zalo.bot_hears(zalo.bot.update(PRIVATE, "ba", is_named=False))
    zalo.bot_hears(zalo.bot.image(PRIVATE))
    zalo.bot_hears(zalo.bot.unsupported(PRIVATE))

    heard = [client.bot("getUpdates", timeout="1")["result"] for _ in range(5)]

    assert [update["message"].get("text") for update in heard] == ["một", "hai", "ba", None, None]
    assert [update["message"]["chat"]["chat_type"] for update in heard[1:3]] == ["GROUP", "PRIVATE"]
    idle = client.bot("getUpdates", timeout="0")
    assert idle == {"ok": False, "error_code": 408, "description": "Request timeout"}
    assert zalo.violations == []
    client.bot("setWebhook", **HOOK)
    assert client.bot("getUpdates", timeout="0")["error_code"] == 400
    assert len(zalo.violations) == 1


def test_a_waiting_poll_is_woken(zalo, client):
    heard = []
    thread = threading.Thread(target=lambda: heard.append(client.bot("getUpdates", timeout="5")))
    thread.start()
    assert zalo.wait_for_call(lambda call: call.path == "/bot/getUpdates", answered=False)
    zalo.bot_hears(zalo.bot.update(GROUP, "chào"))
    thread.join(5)

    assert heard[0]["result"]["message"]["text"] == "chào"


# -- citizens


class ScriptedOffice:
    """Just enough of a survey: asks the next thing after whatever it is sent, and keeps what it was told."""

    def __init__(self, client, *, has_buttons):
        self.client = client
        self.has_buttons = has_buttons
        self.heard = []
        self._script = [
            lambda: self._say("Kính chào. Đồng ý thì bấm “Bắt đầu”.", "Bắt đầu", "Để sau"),
            *(self._question(question) for question in QUESTIONS),
            lambda: self._say("Góp ý? Hoặc nhắn “Bỏ qua”."),
            lambda: self._say("Trả lời về khoản phí?", REPLY_WITH_CODE, "Có, giấu mã hồ sơ", "Không"),
            lambda: self._say("Tóm tắt.\n2. Tốt\n7. Không", "Gửi phiếu", "Sửa"),
            lambda: self._say(f"Mã biên nhận: {RECEIPT}"),
        ]

    def __call__(self, event):
        self.heard.append(event["message"]["text"])
        self._person = event["sender"]["id"]
        self._script[len(self.heard) - 1]()
        return 200

    def _question(self, question):
        subject = SUBJECTS.get(question, "")
        return lambda: self._say(f"Câu {question[2:]}/10. {subject}", *OPTIONS[question])

    def _say(self, text, *labels):
        lines = [f"{n}. {label}" for n, label in enumerate(labels, 1)]
        buttons = [button(title=line, payload=f"#k {line}") for line in lines]
        attachment = {"attachment": {"type": "template", "payload": {"buttons": buttons}}}
        more = attachment if self.has_buttons and buttons else {}
        assert self.client.send(self._person, "\n".join([text, *lines]), **more)["error"] == 0


@pytest.mark.parametrize(
    ("by", "has_buttons", "said"),
    [
        ("buttons", True, ["#k 1. Bắt đầu", "#k 1. Qua phương tiện thông tin đại chúng", "#k 2. Tốt"]),
        ("buttons", False, ["Bắt đầu", "1", "2"]),
        ("numbers", True, ["1", "1", "2"]),
        ("labels", True, ["Bắt đầu", "Qua phương tiện thông tin đại chúng", "Tốt"]),
        ("mixed", True, ["#k 1. Bắt đầu", "#k 1. Qua phương tiện thông tin đại chúng", "2"]),
    ],
)
def test_a_citizen_goes_from_the_code_to_the_receipt(zalo, client, by, has_buttons, said):
    office = ScriptedOffice(client, has_buttons=has_buttons)
    citizen = ZaloCitizen(zalo, by=by, deliver=office, timeout=1)

    receipt = citizen.survey("ABCD2345", [1, 2, 3, 4, 5, None, 1, 2, 3, 4], "ít ghế")

    assert (receipt, office.heard[:4]) == (RECEIPT, ["ABCD2345", *said])
    assert (office.heard[6], office.heard[12], len(office.heard)) == (citizen.said[6], "ít ghế", 15)
    assert zalo.violations == []


def test_a_citizen_who_waits_in_vain_tells_the_screen(zalo, client):
    citizen = ZaloCitizen(zalo, deliver=lambda _: 200, timeout=0.01)
    citizen.say("chào")
    client.send(citizen.user_id, "Xin gửi mã hồ sơ")

    with pytest.raises(StuckError, match="Xin gửi mã hồ sơ"):
        citizen.shown("3.1")
    with pytest.raises(AssertionError, match="no button"):
        citizen.tap(zalo.messages(citizen.user_id)[0], "Tốt")


def test_an_old_button_still_answers_but_a_link_does_not(zalo, client):
    heard = []
    citizen = ZaloCitizen(zalo, deliver=lambda event: heard.append(event) or 200)
    citizen.send("sticker")
    link = button(title="Xem", type="oa.open.url", payload={"url": "https://a.vn"})
    client.ask(citizen.user_id, button(title="Tốt", payload="#a"), link)
    client.send(citizen.user_id)
    old = zalo.messages(citizen.user_id)[0]

    citizen.tap(old, "Tốt")

    assert heard[-1]["message"]["text"] == "#a"
    with pytest.raises(AssertionError, match="no button that answers"):
        citizen.tap(old, "Xem")


def test_numbered_lines_are_read_as_people_read_them():
    text = "Câu 2/10\n1. Rất tốt\n2) Tốt\n3 - Trung bình\n4: Kém\n5️⃣ Rất kém\n2. lần nữa"

    assert numbered_in(text) == {1: "Rất tốt", 2: "Tốt", 3: "Trung bình", 4: "Kém", 5: "Rất kém"}
