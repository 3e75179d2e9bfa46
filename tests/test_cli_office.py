"""The commands of the office through the command line itself: options, exit statuses, one clear line, no traceback."""

import pytest

from bot import app, cli
from bot.config import load_config
from tests.running import build_settings, write_settings


@pytest.fixture
def office(tmp_path):
    """The settings file of an office whose database is made."""
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db")
    tree["telegram"]["enabled"] = False
    path = write_settings(tmp_path, tree)
    app.migrate(load_config(path, {}))
    return path


def run(office, capsys, *words):
    try:
        status = cli.main([*words, "--config", str(office)])
    except SystemExit as error:  # argparse ends the program itself
        status = error.code
    said = capsys.readouterr()
    return status, said.out.splitlines(), said.err.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        "staff invite --unit QLTM --role officer",
        "staff list",
        "staff list --json",
        "complaints list",
        "complaints list --open --from 2026-01-01 --to 2026-12-31 --unit QLTM --json",
        "complaints list --all",
        "audit",
        "audit --json --from 2026-01-01 --to 2026-12-31",
        "jobs list",
        "jobs run unresolved_complaints --at 2026-11-20T07:30:00+07:00",
        "jobs run unresolved_complaints --at 2026-11-20 --again",
        "doctor",
    ],
)
def test_what_can_be_done_ends_with_0(office, capsys, words):
    status, _, complaints = run(office, capsys, *words.split())

    assert (status, complaints) == (0, [])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("staff invite --unit XX --role officer", 2),
        ("staff invite --unit QLTM --role king", 2),
        ("staff remove 7", 1),
        ("staff remove seven", 2),
        ("complaints list --open --all", 2),
        ("complaints list --unit XX", 2),
        ("complaints show PA-2026-0001", 1),
        ("complaints export --format pdf --out x", 2),
        ("audit --from never", 2),
        ("jobs run dance", 2),
        ("jobs run reminders --at noon", 2),
        ("privacy erase", 2),
        ("privacy erase --dossier H32.99-261120-0001", 1),
        ("privacy erase --person 1001", 2),
        ("privacy erase --person telegram:1001 --dossier x", 2),
        ("init", 1),
    ],
)
def test_what_cannot_be_done_ends_with_a_clear_line(office, capsys, words, status):
    found, _, complaints = run(office, capsys, *words.split())

    assert found == status
    assert complaints
    assert complaints[-1].startswith("hailong")
    assert not [line for line in complaints if "Traceback" in line]


def test_an_export_lands_in_the_file_named(office, capsys, tmp_path):
    path = tmp_path / "cases.csv"

    status, lines, _ = run(office, capsys, "complaints", "export", "--format", "csv", "--out", str(path))

    assert (status, lines) == (0, ["cases.csv: 0 complaints"])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfcomplaint_id,period,")


def test_without_a_schema_every_command_says_what_to_run(tmp_path, capsys):
    office = write_settings(tmp_path, build_settings(f"sqlite:///{tmp_path}/new.db"))

    for words in ("staff list", "complaints list", "audit", "jobs list"):
        status, _, complaints = run(office, capsys, *words.split())

        assert (status, complaints) == (
            1,
            ["hailong: the database has no schema yet; run: hailong migrate"],
        )
