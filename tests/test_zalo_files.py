"""Pictures and documents over the Official Account: what goes, in which order, and what half an album is."""

import pytest

from handlers.outbound import Delivered, Rejected, TryLater
from survey.message import Message
from tests.fakes.zalo import ZaloFake
from tests.zalo_sending import PNG, Ticks, Tokens, claimed, open_api, open_channel, stored

CS = "/v3.0/oa/message/cs"


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        yield zalo
        assert zalo.violations == []


@pytest.fixture
def person(zalo):
    return zalo.add_person(has_written=True)


@pytest.fixture
def tokens(zalo):
    return Tokens(zalo)


@pytest.fixture
async def channel(zalo, tokens):
    channel = open_channel(open_api(zalo, tokens=tokens), zalo)
    yield channel
    await channel.close()


async def test_several_pictures_go_one_by_one_and_the_first_has_the_words(zalo, person, channel):
    message = Message(text="Biểu đồ quý.", attachment="stored:1,2,3")

    answer = await channel.send(claimed(message, person, files=stored("a.png", "b.jpg", "c.PNG")))

    shown = zalo.messages(person)
    assert [(one.kind, one.text) for one in shown] == [
        ("image", "Biểu đồ quý."),
        ("image", ""),
        ("image", ""),
    ]
    assert answer == Delivered(shown[0].message_id)


async def test_a_document_follows_its_words(zalo, person, channel):
    message = Message(text="Báo cáo quý.", attachment="stored:1")

    await channel.send(claimed(message, person, files=stored("bao-cao.docx")))

    shown = zalo.messages(person)
    assert [one.kind for one in shown] == ["text", "file"]
    assert shown[1].file.name == "bao-cao.docx"
    assert shown[1].file.content == PNG


async def test_a_document_without_words_goes_alone(zalo, person, channel):
    await channel.send(claimed(Message(text="", attachment="stored:1"), person, files=stored("bao-cao.pdf")))

    assert [one.kind for one in zalo.messages(person)] == ["file"]


UNFIT = [
    (stored("so-lieu.xlsx"), "FileType"),
    (stored("lon.png", body=PNG + bytes(1 << 20)), "TooLarge"),
    (stored("lon.pdf", body=bytes(5 << 20) + b"1"), "TooLarge"),
    (stored("rong.csv", body=b""), "EmptyFile"),
    ((), "FileGone"),
]


@pytest.mark.parametrize(("files", "fault"), UNFIT, ids=[fault for _, fault in UNFIT])
async def test_what_zalo_takes_not_is_refused_before_a_call(zalo, person, channel, files, fault):
    message = Message(text="Số liệu.", attachment="stored:1")

    assert await channel.send(claimed(message, person, files=files)) == Rejected(fault)
    assert zalo.calls == []


async def test_an_upload_that_zalo_has_lost_is_made_again_once(zalo, person, channel):
    zalo.inject(CS, 1, ("error", -100))

    answer = await channel.send(
        claimed(Message(text="", attachment="stored:1"), person, files=stored("a.png"))
    )

    assert isinstance(answer, Delivered)
    assert len([call for call in zalo.calls if "/upload/" in call.path]) == 2


async def test_an_album_that_went_out_in_part_is_doubtful(zalo, person, channel):
    message = Message(text="Biểu đồ.", attachment="stored:1,2")
    zalo.inject("/v2.0/oa/upload/image", 1, ("delay", 0.0))  # the first goes well
    zalo.inject("/v2.0/oa/upload/image", 1, ("http", 502))

    answer = await channel.send(claimed(message, person, files=stored("a.png", "b.png")))

    assert answer == TryLater("Http502", is_doubtful=True)
    assert len(zalo.messages(person)) == 1


async def test_an_upload_that_fails_before_anything_went_out_is_not_doubtful(zalo, person, channel):
    zalo.inject("/v2.0/oa/upload/image", 1, "drop")

    answer = await channel.send(
        claimed(Message(text="", attachment="stored:1"), person, files=stored("a.png"))
    )

    assert isinstance(answer, TryLater)
    assert not answer.is_doubtful


async def test_an_album_waits_until_the_minute_has_room_for_all_of_it(zalo, person, tokens):
    channel = open_channel(open_api(zalo, tokens=tokens, requests_per_minute=6, now=Ticks()), zalo)
    for _ in range(3):
        await channel.send(claimed(Message(text="Chào"), person))

    answer = await channel.send(
        claimed(Message(text="", attachment="stored:1,2"), person, files=stored("a.png", "b.png"))
    )

    assert answer == TryLater("Zalo-32", after=60.0)
    assert len(zalo.calls) == 3
    await channel.close()


async def test_a_picture_of_a_citizen_is_passed_on_by_its_address(zalo, person, channel):
    message = Message(text="PA-2026-0012", attachment="photo:https://anh.example/1.jpg")

    assert isinstance(await channel.send(claimed(message, person)), Delivered)

    (shown,) = zalo.messages(person)
    assert (shown.kind, shown.text) == ("image", "PA-2026-0012")


@pytest.mark.parametrize(
    ("attachment", "fault"),
    [("photo:AgACAgUAAx", "NoAddress"), ("file:https://tep.example/1.pdf", "FileElsewhere")],
)
async def test_what_lies_elsewhere_cannot_be_passed_on(zalo, person, channel, attachment, fault):
    assert await channel.send(claimed(Message(text="", attachment=attachment), person)) == Rejected(fault)
    assert zalo.calls == []
