"""The rehearsal over the fake Zalo: the real service, a citizen who types, and a script that is kept to."""

from pathlib import Path

import pytest

from tests.fakes.zalo_play import Rehearsal, play_script

SCRIPT = """\
# from the code to the second question, and a look from the group
{code}
/1
2
< Câu 2/10
/group danh sách
< Phản ánh đang mở: 0
/7
"""


@pytest.mark.slow
def test_a_script_is_played_and_what_is_not_as_it_says_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    rehearsal = Rehearsal(tmp_path, said.append, patience=1.0)

    with rehearsal.running():
        rehearsal.hand_out_slip()
        wrong = play_script(rehearsal, SCRIPT.splitlines(), said.append)
        wrong_after = play_script(rehearsal, ["< Mã biên nhận"], said.append)

    screen = "\n".join(said)
    assert (wrong, wrong_after) == (0, 1), screen
    assert f"> {rehearsal.code}" in screen
    assert "  /1  Bắt đầu" in screen
    assert "[group:" in screen
    assert "(there is no such button)" in screen
    assert said[-1] == "NOT SHOWN: Mã biên nhận"
