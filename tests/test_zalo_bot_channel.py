"""What the Zalo Bot Platform is sent and how its errors are taken, over HTTP with the real client, against the strict fake."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.channels.zalo_bot import MAX_TEXT, build_zalo_bot, is_hooked, list_abilities
from bot.web.server import build_application
from handlers.outbound import ChannelDown, Delivered, Rejected, TryLater, Unreachable
from handlers.posting import LINK_LIFE
from handlers.saying import dump_body
from storage import report_files
from storage.outbox import Claimed, Due
from survey.message import Button, Message
from tests.fakes.zalo import ACCOUNT, ZaloFake
from tests.running import Clock, build_settings, open_runtime

GROUP, PERSON = "zgr-5d2c8e41a7f0b936", "6ede9afa66b88fe6d6a9"
SCREEN = f"bot:{GROUP}"
PNG = b"\x89PNG\r\n\x1a\nmade up"
CARD = Message(
    title="PA-2026-0012",
    text="Thu thêm phí",
    quote="[@2468] xem https://xau.example\ngọi tôi",
    controls=(
        Button(text="Nhận xử lý", press="card=claim", words="nhan PA-2026-0012"),
        Button(text="Khác", press="card=more"),
    ),
)


@pytest.fixture
def fake():
    with ZaloFake() as fake:
        fake.add_bot_chat(GROUP)
        fake.add_bot_chat(PERSON, is_group=False)
        yield fake


@pytest.fixture(scope="module")
def department(tmp_path_factory):
    """The program put together once; each test points it to its own platform."""
    folder = tmp_path_factory.mktemp("zalo_bot")
    bot = {"enabled": True, "token": ACCOUNT.bot_token, "webhook_secret": ACCOUNT.bot_secret}
    with open_runtime(folder, build_settings(f"sqlite:///{folder}/hailong.db", zalo_bot=bot)) as runtime:
        yield runtime


def with_settings(department, fake, *, public_url="https://khaosat.example", **changes):
    """Return the program with other settings of the bot, and a clock of its own."""
    config = department.config
    bot = config.zalo_bot.model_copy(update={"api_base": fake.bases["bot_base"], **changes})
    web = config.web.model_copy(update={"public_url": public_url})
    return replace(department, config=config.model_copy(update={"zalo_bot": bot, "web": web}), clock=Clock())


@pytest.fixture
def runtime(department, fake):
    return with_settings(department, fake)


@pytest.fixture
async def channel(runtime):
    channel = build_zalo_bot(runtime)
    yield channel
    await channel.close()


def claimed(message=CARD, *, to=GROUP, edits=None, files=()):
    due = Due(
        id=7, address_id=1, lane=0, edits_id=None, conversation_id=None, attempts=0, doubts=0, is_group=True
    )
    return Claimed(due=due, name=to, body=dump_body(message), edits_ref=edits, files=files)


def charts(runtime, *names):
    """Keep pictures as the files of a report and return what a claim brings along."""

    def work(tx):
        kept = report_files.put_files(
            tx, {f"charts/{n}": PNG for n in names}, period="2026-Q3", unit_code="", version=1
        )
        return report_files.load_files(tx, [kept[f"charts/{name}"] for name in names])

    return runtime.database.write(work)


def album(files, text="Biểu đồ quý III"):
    numbers = ",".join(str(file.id) for file in files)
    return claimed(Message(text=text, attachment=f"stored:{numbers}"), files=tuple(files))


# -- what is shown


async def test_a_card_is_plain_text_with_the_words_to_type_and_nothing_in_it_is_active(fake, channel):
    answer = await channel.send(claimed())

    [shown] = fake.messages(SCREEN)
    assert answer == Delivered(shown.message_id)
    assert shown.body == {"chat_id": GROUP, "text": shown.text}
    assert shown.text.splitlines()[0] == "PA-2026-0012 Thu thêm phí"
    assert shown.text.splitlines()[-1].endswith("nhan PA-2026-0012 · Khác")
    assert "[@" not in shown.text
    assert "https://xau" not in shown.text
    assert fake.violations == []


@pytest.mark.parametrize("length", [1999, 2000, 2001, 9000])
async def test_a_text_is_never_longer_than_the_platform_takes(fake, channel, length):
    answer = await channel.send(claimed(replace(CARD, quote="", text="ạ" * length)))

    assert isinstance(answer, Delivered)
    [shown] = fake.messages(SCREEN)
    assert len(shown.text) <= MAX_TEXT
    assert "nhan PA-2026-0012" in shown.text
    assert fake.violations == []


async def test_what_was_sent_cannot_be_drawn_over_and_nothing_is_called(fake, channel):
    assert await channel.send(claimed(edits="2d758cb5e222177a4e35")) == Delivered("2d758cb5e222177a4e35")
    assert fake.calls == []


# -- pictures


async def test_pictures_go_by_links_that_serve_them_to_anybody_until_they_expire(fake, runtime, channel):
    files = await asyncio.to_thread(charts, runtime, "a.png", "b.png")

    answer = await channel.send(album(files))

    shown = fake.messages(SCREEN)
    assert [message.text for message in shown] == ["Biểu đồ quý III", ""]
    assert answer == Delivered(shown[0].message_id)
    assert fake.violations == []
    links = [message.body["photo"].removeprefix("https://khaosat.example") for message in shown]
    async with TestClient(TestServer(build_application(runtime))) as client:
        for link in links:
            async with client.get(link) as got:
                assert (got.status, got.content_type, await got.read()) == (200, "image/png", PNG)
                assert "Set-Cookie" not in got.headers
        runtime.clock.at += LINK_LIFE
        async with client.get(links[0]) as got:
            assert got.status == 200
        runtime.clock.at += LINK_LIFE / 1000
        async with client.get(links[0]) as got:
            assert got.status == 404


async def test_an_album_that_stops_half_way_is_in_doubt(fake, runtime, channel):
    files = await asyncio.to_thread(charts, runtime, "a.png", "b.png", "c.png")
    fake.inject("/bot/sendPhoto", 1, ("delay", 0.01))
    fake.inject("/bot/sendPhoto", 1, ("http", 503))

    assert await channel.send(album(files)) == TryLater("Status503", is_doubtful=True)
    assert len(fake.messages(SCREEN)) == 1


async def test_what_cannot_be_sent_as_a_picture_is_refused_here_already(fake, runtime, channel):
    files = await asyncio.to_thread(charts, runtime, "a.png")
    document = replace(files[0], name="report.docx")

    assert await channel.send(album([document])) == Rejected("NoFiles")
    assert await channel.send(album([])) == Rejected("FileGone")
    for ref in ("file:https://tep.example/a.pdf", "photo:AgACAgUAB", "file:BQACAgUAA"):
        assert await channel.send(claimed(Message(text="Ảnh", attachment=ref))) == Rejected("NoFiles")
    assert fake.calls == []


async def test_a_picture_that_zalo_keeps_itself_goes_on_by_its_address(fake, channel):
    link = "https://photo.example/f/8c1a/tep.jpg"

    assert isinstance(await channel.send(claimed(Message(text="", attachment=f"photo:{link}"))), Delivered)
    [shown] = fake.messages(SCREEN)
    assert shown.body == {"chat_id": GROUP, "photo": link}


@pytest.mark.parametrize(
    ("public_url", "types"),
    [("https://khaosat.example", {".png", ".jpg", ".jpeg"}), ("http://127.0.0.1:8080", set())],
)
def test_pictures_can_only_be_fetched_from_a_public_address(department, fake, public_url, types):
    abilities = list_abilities(with_settings(department, fake, public_url=public_url).config)

    assert abilities.file_types == types
    assert (abilities.has_buttons, abilities.is_for_citizens, abilities.can_edit) == (False, False, False)


# -- preparing


async def test_the_webhook_is_set_with_its_secret(fake, channel):
    await channel.prepare()

    assert fake.bot.webhook["url"] == "https://khaosat.example/webhook/zalo-bot"
    assert fake.bot.secret == ACCOUNT.bot_secret
    assert fake.violations == []


@pytest.mark.parametrize(
    ("mode", "public_url", "hooked"),
    [
        (None, "https://khaosat.example", True),
        (None, "http://127.0.0.1:8080", False),
        ("polling", "https://khaosat.example", False),
        ("webhook", "http://127.0.0.1:8080", True),
    ],
)
async def test_whether_zalo_calls_or_we_ask(department, fake, mode, public_url, hooked):
    runtime = with_settings(department, fake, public_url=public_url, mode=mode)
    channel = build_zalo_bot(runtime)
    await channel.prepare()
    await channel.close()

    assert is_hooked(runtime.config) is hooked
    assert bool(fake.bot.webhook) is (hooked and public_url.startswith("https"))
    assert fake.violations == []  # an address on this machine is never set


@pytest.mark.parametrize("fault", [("error", 401), ("error", 400), ("http", 502), "not_json", "reset"])
async def test_preparing_survives_whatever_the_platform_answers(fake, channel, fault):
    fake.inject("/bot/*", 2, fault)

    with capture_logs() as logged:
        await channel.prepare()

    assert [line["log_level"] for line in logged] == ["warning", "warning"]


# -- the error table


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (("error", 400), Rejected("BadRequest")),
        (("error", 401), ChannelDown("Unauthorized")),
        (("error", 403), TryLater("InternalError")),
        (("error", 404), Rejected("NotFound")),
        (("error", 408), TryLater("RequestTimeout", is_doubtful=True)),
        (("error", 429), TryLater("TooManyRequests", after=60.0)),
        (("error", 500), TryLater("Code500")),
        (("http", 502), TryLater("Status502")),
        (("http", 401), ChannelDown("Unauthorized")),
        (("answer", {"ok": False, "error_code": 401, "description": "x"}), ChannelDown("Unauthorized")),
        (("answer", {"ok": True, "error_code": 0, "result": {"message_id": 44}}), Delivered("44")),
        (("answer", {"ok": True}), Delivered("-")),
        (("answer", {"ok": "yes"}), TryLater("Unreadable", is_doubtful=True)),
        (("answer", [1]), TryLater("Unreadable", is_doubtful=True)),
        ("not_json", TryLater("Unreadable", is_doubtful=True)),
        ("reset", TryLater("ServerDisconnectedError", is_doubtful=True)),
        ("drop", TryLater("ServerDisconnectedError", is_doubtful=True)),
    ],
)
async def test_an_error_is_taken_for_what_it_is(fake, channel, fault, answer):
    fake.inject("/bot/sendMessage", 1, fault)

    assert await channel.send(claimed()) == answer


async def test_a_month_that_is_used_up_waits(fake, channel):
    fake.bot.messages_left = 0

    assert await channel.send(claimed()) == TryLater("TooManyRequests", after=60.0)


async def test_chats_that_are_gone_or_were_never_there_are_unreachable(fake, channel):
    fake.bot.chats[GROUP].is_gone = True

    answers = [await channel.send(claimed(to=chat)) for chat in (GROUP, "zgr-0000000000000000")]

    assert answers == [Unreachable("ChatNotFound")] * 2


async def test_an_answer_that_never_comes_leaves_it_in_doubt(fake, runtime):
    fake.inject("/bot/sendMessage", 1, "hang")
    channel = build_zalo_bot(runtime)
    sending = asyncio.create_task(channel._api.call("sendMessage", {}, patience=0.05))

    reply = await sending
    await channel.close()

    assert (reply.code, reply.is_doubtful) == (None, True)


async def test_what_never_left_is_surely_not_out_and_no_error_tells_the_token(fake, channel):
    await asyncio.to_thread(fake.stop)

    with capture_logs() as logged:
        await channel.prepare()
        answer = await channel.send(claimed())

    assert answer == TryLater("ClientConnectorError")
    assert ACCOUNT.bot_token not in str(logged)


async def test_a_dead_token_stops_the_channel(department, fake):
    token = SecretStr("123456789:another-made-up-token")
    channel = build_zalo_bot(with_settings(department, fake, token=token))
    answer = await channel.send(claimed())
    await channel.close()

    assert answer == ChannelDown("Unauthorized")
