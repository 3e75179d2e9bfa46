"""The pages about Zalo say what the program does: its codes, its messages to the operator, the words of staff."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.settings.channels import Zalo, ZaloBot, ZaloTemplate
from bot.texts import load_wording
from bot.zalo.codes import GROUP_CODES, OA_CODES, PHONE_CODES, Reaction
from handlers.complaints.enlisting import is_code
from survey.complaints.words import read_command

DOCS = Path(__file__).resolve().parents[1] / "docs"
OFFICER, PAGE = "huong-dan-zalo.md", "zalo.md"
SAID = {
    Reaction.AGAIN: "again",
    Reaction.DROP: "given up",
    Reaction.GONE: "unreachable",
    Reaction.WAIT: "waits",
    Reaction.MINUTE: "next minute",
    Reaction.QUOTA: "quota",
    Reaction.TOMORROW: "tomorrow",
    Reaction.MORNING: "morning",
    Reaction.DOWN: "stopped",
}
TABLES = {
    "Codes of the Official Account": OA_CODES,
    "Codes that mean something else in groups": {
        code: reaction for code, reaction in GROUP_CODES.items() if OA_CODES.get(code) is not reaction
    },
    "Codes of invitations by phone number": PHONE_CODES,
}


def rows_under(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    lines = text.split(f"# {heading}\n")[1].split("\n#")[0].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes_in(cell: str) -> list[int]:
    """The codes a cell names, with all of `-1120` to `-1129`."""
    found: list[int] = []
    for first, last in re.findall(r"`(-\d+)`(?: to `(-\d+)`)?", cell):
        found += range(int(first), int(last or first) - 1, -1)
    return found


@pytest.mark.parametrize("heading", TABLES)
def test_every_code_stands_in_the_docs_with_what_is_done_and_no_other(heading: str) -> None:
    table: Mapping[int, Reaction] = TABLES[heading]

    told = {code: row[2] for row in rows_under(PAGE, heading) for code in codes_in(row[0])}

    assert told == {code: SAID[reaction] for code, reaction in table.items()}


def test_no_code_stands_twice_in_a_table() -> None:
    for heading in TABLES:
        codes = [code for row in rows_under(PAGE, heading) for code in codes_in(row[0])]
        assert len(codes) == len(set(codes)), heading


def test_the_messages_to_the_operator_are_those_of_the_program() -> None:
    texts = load_wording().tables["vi"]

    told = {row[0].strip("`") for row in rows_under(PAGE, "What the operator is told")}

    assert told <= texts.keys()
    assert told >= {key for key in texts if key.startswith("operator_zalo_")}


@pytest.mark.parametrize(
    ("page", "heading"), [(PAGE, "Words instead of buttons"), (OFFICER, "Trong nhóm Zalo của đơn vị")]
)
def test_the_words_of_staff_are_understood(page: str, heading: str) -> None:
    examples = [row[0].strip("`") for row in rows_under(page, heading)]
    commands = [text for text in examples if not text.startswith(("dangky", "baocao"))]

    read = {text: read_command(text, is_answer=False) for text in commands}

    assert all(read.values()), [text for text, command in read.items() if command is None]
    assert len({command.verb for command in read.values() if command}) == len(commands)
    assert all(is_code(text) for text in examples if text.startswith("dangky"))


def test_both_pages_name_the_same_words() -> None:
    operator = [row[0] for row in rows_under(PAGE, "Words instead of buttons")]
    officer = [row[0] for row in rows_under(OFFICER, "Trong nhóm Zalo của đơn vị")]

    assert [cell.split(" ")[0] for cell in operator] == [cell.split(" ")[0] for cell in officer]


def test_the_settings_the_page_names_exist() -> None:
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    known = {
        *(f"zalo.{name}" for name in Zalo.model_fields),
        *(f"zalo.template.{name}" for name in ZaloTemplate.model_fields),
        *(f"zalo_bot.{name}" for name in ZaloBot.model_fields),
    }

    named = set(re.findall(r"`(zalo(?:_bot)?\.[a-z_]+(?:\.[a-z_]+)?)(?=[:`])", text))

    assert named <= known
