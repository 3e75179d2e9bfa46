"""Files that are damaged, missing or not what they should be end a command with one clear line and no traceback."""

import pytest

from bot import commands
from tests.running import build_settings, write_settings


@pytest.fixture
def office(tmp_path):
    """Settings with a key file and a database in a folder; what a command says is in its `said`."""
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db")
    tree["security"] = {"key_file": "hailong.key"}
    config = write_settings(tmp_path, tree)
    assert commands.migrate(config, {}) == 0
    return tmp_path


@pytest.fixture
def tell(office, capsys):
    """Run all commands that open the database; return their statuses and lines."""

    def tell():
        config, told = office / "config.yaml", []
        for command in (commands.migrate, commands.show_parked):
            capsys.readouterr()
            status = command(config, {})
            told.append((status, capsys.readouterr().err.splitlines()))
        return told

    return tell


@pytest.mark.parametrize("content", [b"", b"no hex at all", b"00" * 31, b"\xff" * 64, b"00" * 33, b"\0"])
def test_a_damaged_key_file(office, tell, content):
    (office / "hailong.key").write_bytes(content)

    for status, lines in tell():
        assert (status, len(lines)) == (1, 1)
        assert lines[0].startswith("hailong: security.key_file: hailong.key does not hold 32 bytes")


def test_a_key_file_that_cannot_be_read(office, tell):
    (office / "hailong.key").unlink()
    (office / "hailong.key").mkdir()

    for status, lines in tell():
        assert (status, len(lines)) == (1, 1)
        assert lines[0].startswith("hailong: security.key_file: hailong.key cannot be read")


@pytest.mark.parametrize("content", [b"no database" * 500, b"PK\x03\x04" + b"\0" * 5000])
def test_a_database_file_that_is_no_database(office, tell, content):
    for path in office.glob("hailong.db*"):
        path.unlink()
    (office / "hailong.db").write_bytes(content)

    for status, lines in tell():
        assert (status, len(lines)) == (1, 1)
        assert lines[0].startswith("hailong: database.url: this file is no SQLite database")


def test_a_database_file_with_a_hole_in_it(office, tell):
    path = office / "hailong.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    for status, lines in tell():
        assert (status, len(lines)) == (1, 1)
        assert lines[0].startswith("hailong: database.url: ")


def test_a_folder_that_cannot_be_made_for_the_database(tmp_path, capsys):
    (tmp_path / "var").touch()
    config = write_settings(tmp_path, build_settings(f"sqlite:///{tmp_path}/var/hailong.db"))

    status = commands.migrate(config, {})

    said = capsys.readouterr().err.splitlines()
    assert (status, len(said)) == (1, 1)
    assert said[0].startswith("hailong: database.url: the folder ")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: [", b"\x00\x01", None])
def test_a_config_that_cannot_be_read(tmp_path, capsys, content):
    config = tmp_path / "config.yaml"
    if content is None:
        config.mkdir()
    else:
        config.write_bytes(content)

    status = commands.migrate(config, {})

    said = capsys.readouterr().err.splitlines()
    assert (status, len(said)) == (2, 1)
    assert "config.yaml" in said[0]


@pytest.mark.parametrize(
    ("section", "values", "path"),
    [
        ("survey", {"questionnaire": "~nobody-here/form.yaml"}, "survey.questionnaire"),
        ("survey", {"questionnaire": "x" * 5000}, "survey.questionnaire"),
        ("security", {"key": None, "key_file": "~nobody-here/key"}, "security.key_file"),
    ],
)
def test_a_path_that_is_none(tmp_path, capsys, section, values, path):
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db", **{section: values})

    status = commands.migrate(write_settings(tmp_path, tree), {})

    assert status == 2
    assert capsys.readouterr().err.startswith(f"hailong: {path}: ")


def test_a_table_of_procedures_with_an_endless_cell(tmp_path, capsys):
    (tmp_path / "procedures.csv").write_text('code,name,unit\n2.000633,"' + "x" * 200_000 + '",QLTM\n')
    tree = build_settings(f"sqlite:///{tmp_path}/hailong.db") | {"procedures_file": "procedures.csv"}

    status = commands.migrate(write_settings(tmp_path, tree), {})

    assert status == 2
    assert capsys.readouterr().err.startswith("hailong: procedures_file: procedures.csv")
