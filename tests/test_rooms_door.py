"""The doors of the rooms: one-time codes, cookies that end at once, forms of other sites, what is no form of ours."""

from datetime import timedelta

import pytest

from handlers.complaints import enlisting
from storage import staff
from storage.staff import Role
from survey.complaints.case import Status
from tests.room_visits import (
    ABOVE,
    ENERGY,
    INSPECTION,
    OFFICE,
    OPERATOR,
    TRADE,
    Visitor,
    build_room_settings,
    draw_code,
    enter,
    new_client,
    words_in,
)
from tests.running import open_runtime
from tests.staffing import complain, reload


@pytest.fixture
def runtime(database_url, tmp_path):
    with open_runtime(tmp_path, build_room_settings(database_url)) as runtime:
        yield runtime


@pytest.fixture
async def client(runtime):
    async with new_client(runtime) as client:
        yield client


def bindings_of(runtime):
    with runtime.database.reading() as tx:
        return staff.list_bindings(tx)


@pytest.mark.parametrize("name", ["nowhere", "invitation:1", "TO-THUONG-MAI", "%00"])
async def test_rooms_that_the_settings_do_not_name_do_not_exist(client, name):
    for path in (f"/phong/{name}", f"/phong/{name}/ung-dung.webmanifest"):
        assert (await client.get(path)).status == 404
    for path in (f"/phong/{name}", f"/phong/{name}/vao"):
        assert (await client.post(path, data={"nonce": "a" * 16, "text": "x"})).status == 404


async def test_without_a_code_nobody_sees_a_case(runtime, client):
    complain(runtime, q3_3=5, comment="chờ lâu quá")

    page = await Visitor(client).look()

    assert "Mã dùng một lần" in page
    assert "chờ lâu" not in page
    assert "PA-2026" not in page
    assert (await Visitor(client).ask()).status == 401


async def test_a_code_and_a_name_open_the_room_once(runtime, client):
    code = draw_code(runtime)
    visitor = Visitor(client, name="  Cán bộ\u202e Một  ")

    response = await visitor.knock(code.lower().replace("-", " "))

    assert response.status == 303
    cookie = response.cookies["phong"]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == f"/phong/{TRADE}"
    assert "Tên hiện với đồng nghiệp: Cán bộ Một" in words_in(await visitor.look())
    assert [b.unit_code for b in bindings_of(runtime)] == ["QLTM"]
    again = await Visitor(client).knock(code)
    assert again.status == 200
    assert "đã dùng" in await again.text()


@pytest.mark.parametrize(
    ("code", "who", "said"), [("", "Một", "Chưa nhập mã"), ("ABCDE-FGHJK", " ", "Chưa nhập tên")]
)
async def test_what_is_missing_at_the_door_is_told(client, code, who, said):
    response = await Visitor(client).knock(code, who)

    assert response.status == 200
    assert said in await response.text()


@pytest.mark.parametrize(
    ("room", "unit", "role", "is_let_in"),
    [
        (TRADE, "QLTM", Role.OFFICER, True),
        (TRADE, "QLNL", Role.OFFICER, False),
        (TRADE, "QLNL", Role.HEAD, False),
        (TRADE, None, Role.OFFICER, True),
        (TRADE, None, Role.OFFICE, True),
        (OFFICE, "QLTM", Role.OFFICER, False),
        (OFFICE, "QLTM", Role.HEAD, False),
        (OFFICE, None, Role.OFFICER, True),
        (ABOVE, "QLTM", Role.HEAD, False),
        (OPERATOR, "QLTM", Role.OFFICER, False),
        (OPERATOR, None, Role.OFFICE, True),
        (INSPECTION, "QLTM", Role.HEAD, False),  # what accuses the unit is not for its head
        (INSPECTION, None, Role.HEAD, True),
        (INSPECTION, None, Role.INSPECTION, True),
    ],
)
async def test_a_code_opens_the_rooms_it_is_for_and_is_not_spent_elsewhere(
    runtime, client, room, unit, role, is_let_in
):
    code = draw_code(runtime, unit=unit, role=role)

    response = await Visitor(client, room).knock(code)

    assert (response.status == 303) is is_let_in
    if not is_let_in:
        home = {"QLTM": TRADE, "QLNL": ENERGY}[unit]
        assert bindings_of(runtime) == []
        assert (await Visitor(client, home).knock(code)).status == 303


async def test_an_old_code_opens_nothing(runtime, client):
    code = draw_code(runtime)
    runtime.clock.at += timedelta(hours=73)

    assert (await Visitor(client).knock(code)).status == 200


async def test_wrong_codes_are_slowed_for_each_network_address(runtime, client):
    for _ in range(20):
        assert (await Visitor(client).knock("ABCDE-FGHJK")).status == 200

    slowed = await Visitor(client).knock(draw_code(runtime))

    assert slowed.status == 429
    assert int(slowed.headers["Retry-After"]) > 0
    runtime.clock.at += timedelta(minutes=16)
    assert (await Visitor(client).knock(draw_code(runtime))).status == 303


async def test_who_is_removed_is_out_at_once_and_holds_nothing_any_more(runtime, client):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)
    await visitor.press(case, "card=claim")
    [binding] = bindings_of(runtime)

    at = runtime.clock()
    runtime.database.write(lambda tx: enlisting.remove(tx, runtime.setup, binding.id, at, actor="test"))

    assert "Mã dùng một lần" in await visitor.look()
    response = await visitor.post(complaint=str(case.id), press="card=resolve")
    assert (response.status, response.headers["Location"]) == (303, f"/phong/{TRADE}")
    assert (
        await visitor.post(complaint=str(case.id), press="card=claim", headers={"X-Requested-With": "fetch"})
    ).status == 401
    assert reload(runtime, case).case.holder is None


async def test_leaving_ends_the_visit(runtime, client):
    visitor = await enter(client, runtime)

    response = await client.post(
        f"/phong/{TRADE}/roi", headers=visitor.headers, data={}, allow_redirects=False
    )

    assert response.status == 303
    assert "Mã dùng một lần" in await visitor.look()


async def test_a_cookie_opens_its_own_room_only(runtime, client):
    visitor = await enter(client, runtime)
    visitor.room = INSPECTION

    assert "Mã dùng một lần" in await visitor.look()
    visitor.room, visitor.cookie = TRADE, visitor.cookie[:-1] + ("A" if visitor.cookie[-1] != "A" else "B")
    assert "Mã dùng một lần" in await visitor.look()


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_forms_of_other_sites_are_refused(runtime, client, headers):
    _, case = complain(runtime, q3_3=5)
    visitor = await enter(client, runtime)

    response = await visitor.post(complaint=str(case.id), press="card=claim", headers=headers)

    assert response.status == 403
    assert reload(runtime, case).case.status is Status.NEW
    door = await client.post(f"/phong/{TRADE}/vao", data={"code": "x", "who": "x"}, headers=headers)
    assert door.status == 403


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"nonce": "a" * 16},
        {"nonce": "short", "text": "x"},
        {"nonce": "a" * 16, "press": "card=claim"},
        {"nonce": "a" * 16, "press": "nonsense", "complaint": "1"},
        {"nonce": "a" * 16, "press": "card=claim", "complaint": "-1"},
        {"nonce": "a" * 16, "press": "card=claim", "complaint": "9" * 30},
        {"nonce": "a" * 16, "text": "x", "asks": "note"},
        {"nonce": "a" * 16, "text": "x", "asks": "other", "complaint": "1"},
        {"nonce": "a" * 16, "text": "x", "answers": "²"},
    ],
)
async def test_a_form_of_a_wrong_shape_is_refused(runtime, client, form):
    visitor = await enter(client, runtime)

    response = await client.post(f"/phong/{TRADE}", data=form, headers=visitor.headers)

    assert response.status == 400


async def test_an_installed_room_knows_its_name_and_icons(client):
    response = await client.get(f"/phong/{TRADE}/ung-dung.webmanifest")

    values = await response.json(content_type=None)
    assert values["start_url"] == values["scope"] == f"/phong/{TRADE}"
    assert "Phòng Quản lý thương mại" in values["name"]
    for icon in values["icons"]:
        found = await client.get(icon["src"])
        assert (found.status, found.content_type) == (200, icon["type"])
