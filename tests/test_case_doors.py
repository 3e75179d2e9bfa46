"""Who is kept out of the chats above a unit, and what the checkup says of chats that are the wrong ones."""

from pathlib import Path

import pytest

from bot.app import utc_now
from bot.checkup.doctor import examine
from bot.config import load_config
from bot.web.room_door import may_enter
from handlers.setup import Chat, Rung, Unit
from storage.staff import Grant, Role
from tests.building import build_setup
from tests.commanding import Listener
from tests.running import build_settings, write_settings
from tests.staffing import UNIT


@pytest.mark.parametrize(
    ("room", "is_let_in"), [("phong", True), ("tren", False), ("lc", False), ("vp", False), ("vh", False),
                            ("bac-thang", True), ("bac-chung", False)]
)  # fmt: skip
def test_the_head_of_a_unit_enters_no_room_above_with_the_code_of_the_unit(room: str, *, is_let_in: bool):
    def web(name: str) -> Chat:
        return Chat(channel="web", name=name)

    setup = build_setup(
        units={"QLTM": Unit(code="QLTM", name="Tổ", staff_chats=(web("phong"),))},
        office_chats=(web("vp"),),
        integrity_chats=(web("lc"),),
        escalation_chats=(web("tren"),),
        operator_chats=(web("vh"),),
        ladder=(
            Rung(name="Trưởng phòng", chat=web("bac-thang"), days=1, units=("QLTM",)),
            Rung(name="Giám đốc", chat=web("bac-chung"), days=2),
        ),
    )

    assert may_enter(setup, room, Grant(unit_code="QLTM", role=Role.HEAD)) is is_let_in
    assert may_enter(setup, room, Grant(unit_code=None, role=Role.HEAD))


def test_doctor_warns_of_integrity_chats_that_are_missing_or_a_units_own(tmp_path: Path):
    def look(**office: object) -> str:
        tree = build_settings(f"sqlite:///{tmp_path}/hailong.db", office=office)
        tree["telegram"]["enabled"] = False
        path, listener = write_settings(tmp_path, tree), Listener()
        examine(load_config(path, {}), path, listener.console, clock=utc_now)
        return "\n".join(line for line in listener.lines if line.startswith("warn"))

    assert "office.integrity_chats: is empty" in look(integrity_chats=[])
    assert "units[0].staff_chats: is where integrity contacts read too" in look(
        integrity_chats=[f"telegram:{UNIT}"]
    )
    assert "integrity" not in look().replace("office.integrity_chats[0]", "")
