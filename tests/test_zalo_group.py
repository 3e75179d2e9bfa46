"""What the Official Account sends to its groups: never a button, never a call for somebody."""

from dataclasses import replace

import pytest

from bot.channels.zalo_group import ABILITIES
from handlers.outbound import Delivered, Rejected, TryLater, Unreachable
from survey.message import Button, Message
from tests.fakes.zalo import ZaloFake
from tests.zalo_sending import QUESTION, claimed, open_api, open_channel, open_group_channel, stored

GROUP = "/v3.0/oa/group/message"
CARD = Message(
    title="PA-2026-0012",
    text="Kiến nghị mới.",
    quote="Gọi [@1234] và xem https://xau.example",
    controls=(Button(text="Nhận xử lý", press="card=claim", words="nhan PA-2026-0012"),),
)


@pytest.fixture
def zalo():
    with ZaloFake() as zalo:
        yield zalo
        assert zalo.violations == []


@pytest.fixture
def group(zalo):
    return zalo.add_group()


@pytest.fixture
async def channel(zalo):
    channel = open_group_channel(open_api(zalo), zalo)
    yield channel
    await channel.close()


def seen(zalo, group):
    return zalo.messages(f"group:{group}")


async def test_a_card_is_words_alone(zalo, group, channel):
    answer = await channel.send(claimed(CARD, group, complaint_id=12))

    (shown,) = seen(zalo, group)
    assert answer == Delivered(shown.message_id)
    assert shown.labels == []
    assert shown.body["recipient"] == {"group_id": group}
    assert shown.body["message"].keys() == {"text"}
    assert shown.text.endswith("Hoặc nhắn: nhan PA-2026-0012")


async def test_a_citizens_words_call_nobody_and_lead_nowhere(zalo, group, channel):
    await channel.send(claimed(CARD, group, complaint_id=12))

    text = seen(zalo, group)[0].text
    assert "│ Gọi [ @1234] và xem https: //xau. example" in text


async def test_a_question_has_no_buttons_either(zalo, group, channel):
    assert isinstance(await channel.send(claimed(QUESTION, group)), Delivered)

    assert "attachment" not in seen(zalo, group)[0].body["message"]


async def test_an_edit_is_taken_as_done_without_a_call(zalo, group, channel):
    assert await channel.send(claimed(CARD, group, edits_ref="63ec")) == Delivered("63ec")
    assert zalo.calls == []


async def test_a_digest_goes_with_its_pictures_and_documents(zalo, group, channel):
    pictures = replace(CARD, attachment="stored:1,2")
    await channel.send(claimed(pictures, group, files=stored("a.png", "b.png")))
    await channel.send(claimed(Message(text="", attachment="stored:3"), group, files=stored("r.docx")))

    assert [one.kind for one in seen(zalo, group)] == ["image", "image", "file"]


async def test_a_workbook_is_refused_it_goes_as_a_link(group, channel):
    assert ".xlsx" not in ABILITIES.file_types
    message = Message(text="", attachment="stored:1")

    assert await channel.send(claimed(message, group, files=stored("r.xlsx"))) == Rejected("FileType")


@pytest.mark.parametrize("code", [-237, -238, -241, -403])
async def test_a_group_that_is_gone_is_unreachable(zalo, group, channel, code):
    zalo.inject(GROUP, 1, ("error", code))

    assert await channel.send(claimed(CARD, group)) == Unreachable(f"Zalo{code}")


async def test_a_group_whose_package_has_run_out_is_unreachable(zalo, group, channel):
    zalo.disable_group(group)

    assert await channel.send(claimed(CARD, group)) == Unreachable("Zalo-237")


async def test_a_platform_that_is_away_is_tried_later(zalo, group, channel):
    zalo.stop()

    answer = await channel.send(claimed(CARD, group))

    assert answer == TryLater(getattr(answer, "fault", ""), is_doubtful=False)


async def test_groups_and_people_share_one_minute(zalo, group):
    person = zalo.add_person(has_written=True)
    api = open_api(zalo, requests_per_minute=2)
    people, groups = open_channel(api, zalo), open_group_channel(api, zalo)
    await people.send(claimed(Message(text="Chào"), person))
    await groups.send(claimed(CARD, group))

    answer = await groups.send(claimed(CARD, group))

    assert answer == TryLater("Zalo-32", after=60.0)
    await people.close()
    await groups.close()


def test_the_groups_have_the_smaller_share_of_the_minute(zalo):
    pace = open_group_channel(open_api(zalo), zalo, requests_per_minute=80).make_pace()

    assert (pace.per_second, pace.span) == (10, 60.0)
