"""What the page of a room shows: nothing active, nothing that is not its own, quickly when nothing is new."""

import re
from datetime import timedelta

import pytest

from handlers import operators, saying
from storage import addresses
from storage.staff import Role
from tests.room_visits import (
    ABOVE,
    INSPECTION,
    OPERATOR,
    TRADE,
    build_room_settings,
    case_in,
    enter,
    new_client,
    toast_in,
)
from tests.running import open_runtime
from tests.staffing import complain
from tests.talking import press_update


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, build_room_settings(database_url)) as runtime:
        yield runtime


@pytest.fixture
async def client(runtime):
    async with new_client(runtime) as client:
        yield client


async def test_what_a_citizen_wrote_is_shown_not_active(runtime, client):
    nasty = '<script>alert(1)</script> **to** [x](https://evil.example) @all /xem\u202e \u2066rtl\u2069 "><img src=x title=y>'
    complain(runtime, q3_8=1, comment=nasty)
    who = '<b onclick="x">Một</b>'
    visitor = await enter(client, runtime, INSPECTION, name=who, unit=None, role=Role.INSPECTION)

    page = await visitor.look()

    assert "&lt;script&gt;alert(1)&lt;/script&gt; **to** [x](https://evil.example) @all /xem" in page
    assert "<img" not in page
    assert "<b onclick" not in page
    assert 'href="https://evil' not in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200f]", page)
    assert not re.search(r'<style|style="|\son[a-z]+="[^&]|<script(?![^>]* src=")', page)


async def test_the_citizens_answer_shows_in_the_room(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "card=resolve")
    await visitor.press(case, "cause=staff")
    await visitor.press(case, "action=apologised")

    citizen.deliver(press_update(citizen.person, f"c{case.id}|verdict=not"))
    citizen.type("vẫn chưa ai gọi")

    page = await visitor.look()
    assert page.count("vẫn chưa ai gọi") == 1
    assert "Người dân: nhắn thêm" in case_in(page, case)
    assert "Phản ánh đang mở (1)" in page
    assert "người dân báo CHƯA xong (lần 1)" in case_in(page, case)
    assert "vẫn chưa ai gọi" in case_in(page, case)


async def test_those_above_see_what_was_written_below(runtime, client):
    citizen, case = complain(runtime, q3_3=5)
    below = await enter(client, runtime)
    await below.write(case, "Chúng tôi xin lỗi.")
    citizen.type("vẫn chưa ai gọi")
    await below.press(case, "card=escalate")
    above = await enter(client, runtime, ABOVE, unit=None, role=Role.OFFICE)

    page = case_in(await above.look(), case)

    assert "Cán bộ Một: trả lời người dân Chúng tôi xin lỗi." in page
    assert "vẫn chưa ai gọi" in page


async def test_a_script_is_told_quickly_when_nothing_is_new(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    first = await visitor.ask()
    stamp = first.headers["ETag"]
    assert (await first.text()).lstrip().startswith("<main")

    assert (await visitor.ask(stamp)).status == 304
    await visitor.press(case, "card=claim")
    second = await visitor.ask(stamp)
    assert second.status == 200
    complain(runtime, q3_3=5, person=1002)
    third = await visitor.ask(second.headers["ETag"])
    assert third.status == 200
    assert 'data-open="2"' in await third.text()
    assert (await visitor.ask(third.headers["ETag"])).status == 304


async def test_a_case_that_becomes_late_is_drawn_anew(runtime, client):
    complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    stamp = (await visitor.ask()).headers["ETag"]

    runtime.clock.at += timedelta(days=12)

    late = await visitor.ask(stamp)
    assert late.status == 200
    assert "QUÁ HẠN" in await late.text()


async def test_the_toast_of_a_press_is_shown_once(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)

    response = await visitor.post(complaint=str(case.id), press="card=back")
    assert response.headers["Location"] == f"/phong/{TRADE}#viec{case.id}"
    shown = await client.get(f"/phong/{TRADE}", headers=visitor.headers)

    assert "chưa ai nhận nên không có gì để trả lại" in toast_in(await shown.text())
    assert shown.cookies["phong-bao"].value == ""


async def test_a_room_of_the_operator_shows_notices_and_takes_no_commands(runtime, client):
    at = runtime.clock()
    runtime.database.write(lambda tx: operators.tell_of_parked(tx, runtime.setup, at))
    visitor = await enter(client, runtime, OPERATOR, unit=None, role=Role.OFFICE)

    page = await visitor.look()

    assert "Có tin đến chưa xử lý được" in page
    assert "Lệnh nhanh" not in page


async def test_only_bound_people_act_where_the_settings_want_it(database_url, tmp_path):
    settings = build_room_settings(database_url, complaints={"who_may_act": "bound_accounts"})
    with open_runtime(tmp_path, settings) as runtime:
        async with new_client(runtime) as client:
            _, case = complain(runtime, q3_3=5)
            visitor = await enter(client, runtime)

            assert "nhận xử lý" in await visitor.press(case, "card=claim")


async def test_our_own_addresses_are_links_in_our_own_messages_and_no_others(runtime, client):
    setup, at = runtime.setup, runtime.clock()
    text = "Báo cáo: https://khaosat.example/cong-bo/2026-Q3. Khác: https://khaosat.example.evil/x <b>x</b>"

    def say(tx):
        address = addresses.get_address(
            tx, setup.vault, channel="web", name=OPERATOR, is_citizen=False, at=at
        )
        saying.say_notice(tx, setup, address, text, at)

    runtime.database.write(say)
    visitor = await enter(client, runtime, OPERATOR, unit=None, role=Role.OFFICE)

    page = await visitor.look()

    assert '<a href="https://khaosat.example/cong-bo/2026-Q3">' in page
    assert page.count("<a href=") == 1
    assert "&lt;b&gt;x&lt;/b&gt;" in page
