"""The first settings of an office: asked for, checked as they are typed, written once, and good enough to start with."""

import stat
import subprocess
import sys

import pytest

from bot import app
from bot.beginning import begin
from bot.config import load_config
from tests.commanding import Listener

ANSWERS = {
    "Name of the department": "Sở Mẫu",
    "Its identification code": "H32.99",
    "Phone number": "",
    "Code of a unit": "QLTM",
    "Its name": "Phòng Quản lý thương mại",
    "Code of a procedure": "2.000633",
    "Name of the procedure": "Cấp giấy phép: bán buôn #rượu",
    "Another unit": "n",
    "Address citizens": "",
    "Use Telegram": "n",
    "Use a Zalo": "n",
}


class Answerer:
    """Answers each question by its beginning; a list is used up one by one."""

    def __init__(self):
        self.answers = {question: [answer] for question, answer in ANSWERS.items()}

    def __call__(self, question):
        found = next(left for begun, left in self.answers.items() if question.startswith(begun))
        return found.pop(0) if len(found) > 1 else found[0]


def run(tmp_path, **changes):
    answerer, listener = Answerer(), Listener()
    for question, answers in changes.items():
        answerer.answers[question.replace("_", " ")] = list(answers)
    status = begin(tmp_path / "config.yaml", listener.console, answerer)
    return status, listener


def read(tmp_path, **environ):
    return load_config(tmp_path / "config.yaml", environ)


def test_what_is_written_can_be_used_as_it_is(tmp_path):
    status, listener = run(tmp_path)

    config = read(tmp_path)
    assert status == 0
    assert "hailong migrate" in "\n".join(listener.lines)
    assert config.department.name == "Sở Mẫu"
    assert [(unit.code, str(unit.staff_chats[0])) for unit in config.units] == [("QLTM", "web:to-qltm")]
    assert config.procedures[0].name == "Cấp giấy phép: bán buôn #rượu"
    assert app.migrate(config)


def test_channels_name_their_secrets_and_the_template_asks_for_them(tmp_path):
    run(
        tmp_path,
        Address_citizens=["https://khaosat.example"],
        Use_Telegram=["y"],
        User_name=["@KhaoSatBot"],
        Use_a_Zalo=["y"],
        Id_of=["1234567890"],
    )

    token = "123456789:AAtestTokenOfTheFakeTelegramServer0"
    config = read(tmp_path, TELEGRAM_TOKEN=token, ZALO_APP_SECRET="a" * 20, ZALO_OA_SECRET="b" * 20,
                  ZALO_ACCESS_TOKEN="c" * 20, ZALO_REFRESH_TOKEN="d" * 20)  # fmt: skip
    dotenv = (tmp_path / ".env").read_text(encoding="utf-8")
    assert (config.telegram.mode, config.telegram.username) == ("webhook", "KhaoSatBot")
    assert config.telegram.webhook_secret is not None
    assert "\nTELEGRAM_TOKEN=\n" in dotenv
    assert "\nZALO_OA_SECRET=\n" in dotenv


def test_several_units_get_a_room_each(tmp_path):
    run(
        tmp_path,
        Code_of_a_unit=["A.1", "A-1", "VP"],
        Another_unit=["y", "y", "n"],
        Code_of_a_procedure=["2.000633", ""],
    )

    rooms = [str(unit.staff_chats[0]) for unit in read(tmp_path).units]
    assert rooms == ["web:to-a-1", "web:to-a-1-2", "web:to-vp"]


def test_an_answer_that_cannot_be_used_is_explained_and_asked_for_again(tmp_path):
    status, listener = run(
        tmp_path,
        Name_of_the_department=["", "Sở Mẫu"],
        Code_of_a_procedure=["rượu", "2.000633"],
        Address_citizens=["http://khaosat.example", "https://khaosat.example"],
        Use_Telegram=["maybe", "n"],
    )

    said = "\n".join(listener.lines)
    assert status == 0
    for words in ("must not be empty", "national code", "must begin with https://", "answer y or n"):
        assert words in said


def test_the_secrets_are_for_the_owner_alone(tmp_path):
    run(tmp_path)

    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["config.yaml", ".env"])
def test_nothing_is_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine", encoding="utf-8")

    status, listener = run(tmp_path)

    assert (status, len(listener.complaints)) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-"])
def test_without_anybody_to_ask_it_says_so_and_writes_nothing(tmp_path, stdin):
    command = f"{sys.executable} -m bot.cli init --config {tmp_path}/config.yaml {stdin}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "hailong: init asks questions and the input has ended; run it on a terminal"
    ]
    assert list(tmp_path.iterdir()) == []
