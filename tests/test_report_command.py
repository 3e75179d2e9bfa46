"""`hailong report` and `GET /api/v1/periods/{period}/report`: the same figures, files that are whole, clear refusals."""

import hashlib
import json
from argparse import Namespace
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from bot.cli import main
from bot.report_commands import write_report
from bot.web.server import build_application
from storage.report_tables import snapshots
from tests.commanding import Listener
from tests.figuring import AFTER_Q3, IN_Q3, a_response, keep_dossiers, keep_responses
from tests.running import API_TOKEN, build_settings, write_settings

BEARER = {"Authorization": f"Bearer {API_TOKEN}"}


def command(runtime, folder, *, period="2026-Q3", unit=None, correct=None):
    listener = Listener()
    options = Namespace(period=period, out=folder, unit=unit, correct=correct)
    return write_report(runtime, listener.console, options), listener


def written(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def fill(runtime, *, forms=6):
    keep_responses(runtime.database, [a_response() for _ in range(forms)])
    keep_dossiers(runtime.database, [{} for _ in range(40)])


async def ask(runtime, path, **headers):
    called = {**BEARER, **headers}
    async with TestClient(TestServer(build_application(runtime))) as client:
        answer = await client.get(f"/api/v1/periods/{path}", headers=called)
        return answer.status, await answer.json()


def test_a_period_that_is_over_is_frozen_and_written_out(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = AFTER_Q3

    status, listener = command(runtime, tmp_path / "new" / "out")

    report = written(tmp_path / "new" / "out")
    assert status == 0
    assert listener.lines[0] == "2026-Q3: frozen on 15/09/2026, version 1"
    assert (report["transactions"], report["responses"], report["coverage_pct"]) == (40, 6, 15.0)
    assert report["snapshot"]["frozen_on"] == "2026-09-15"
    names = {file.name for file in (tmp_path / "new" / "out").rglob("*") if file.is_file()}
    assert {"report.json", "digest.txt", "report.xlsx", "report.docx"} <= names
    assert not any(name.endswith(".part") for name in names)


def test_a_running_period_is_computed_on_the_spot_and_says_so(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = IN_Q3

    status, listener = command(runtime, tmp_path)

    assert status == 0
    assert listener.lines[0] == "2026-Q3: still running until 14/09/2026; computed as of now, not frozen"
    assert written(tmp_path)["snapshot"] is None


def test_later_forms_change_only_a_correction(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = AFTER_Q3
    command(runtime, tmp_path)
    fill(runtime, forms=2)

    command(runtime, tmp_path)
    before = written(tmp_path)["responses"]
    status, listener = command(runtime, tmp_path, correct="thêm phiếu giấy")

    assert (before, status, written(tmp_path)["responses"]) == (6, 0, 8)
    assert listener.lines[0] == "2026-Q3: corrected, version 2"
    assert "  responses: 6 -> 8" in listener.lines
    assert written(tmp_path)["snapshot"]["version"] == 2


def test_a_period_of_which_nothing_is_known_is_not_frozen(runtime, tmp_path):
    runtime.clock.at = AFTER_Q3

    _, listener = command(runtime, tmp_path)
    fill(runtime)
    command(runtime, tmp_path)

    assert listener.lines[0] == "2026-Q3: no transactions, no responses; not frozen"
    assert written(tmp_path)["responses"] == 6


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"period": "2026-Q5"}, "--period: '2026-Q5' is no period; write a quarter as 2026-Q3"),
        ({"period": "quý 3"}, "--period: 'quý 3' is no period"),
        ({"unit": "XX"}, "--unit: XX is not among the units of the settings; known: QLNL, QLTM"),
        ({"correct": " "}, "--correct: say why"),
    ],
)
def test_wrong_use_is_told_in_one_line(runtime, tmp_path, wrong, told):
    status, listener = command(runtime, tmp_path, **wrong)

    assert status == 2
    assert len(listener.complaints) == 1
    assert listener.complaints[0].startswith(f"hailong: {told}")
    assert list(tmp_path.glob("*.json")) == []


def test_a_running_period_cannot_be_corrected(runtime, tmp_path):
    runtime.clock.at = IN_Q3

    status, listener = command(runtime, tmp_path, correct="x")

    assert status == 2
    assert "still running" in listener.complaints[0]


def test_a_folder_that_cannot_be_made_is_told(runtime, tmp_path):
    (tmp_path / "file").write_text("")

    status, listener = command(runtime, tmp_path / "file" / "out")

    assert status == 1
    assert listener.complaints[0].startswith("hailong: --out: ")


def test_the_command_line_takes_it(new_database_url, tmp_path, capsys):
    settings = write_settings(tmp_path, build_settings(new_database_url))
    out = tmp_path / "out"
    assert main(["migrate", "--config", str(settings)]) == 0

    status = main(["report", "--config", str(settings), "--period", "2020-q1", "--out", str(out)])
    wrong = main(["report", "--config", str(settings), "--period", "soon", "--out", str(out)])

    assert (status, wrong) == (0, 2)
    assert date.fromisoformat(written(out)["period"]["from"]) == date(2019, 12, 15)
    assert "2020-Q1: no transactions, no responses; not frozen" in capsys.readouterr().out


def test_a_frozen_report_that_was_altered_is_told(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = AFTER_Q3
    command(runtime, tmp_path)
    runtime.database.write(lambda tx: tx.execute(update(snapshots).values(body="{}")))

    status, listener = command(runtime, tmp_path)

    assert status == 1
    assert "was altered" in listener.complaints[0]


async def test_the_interface_gives_the_same_figures_and_freezes_nothing(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = AFTER_Q3

    status, first = await ask(runtime, "2026-Q3/report")
    command(runtime, tmp_path)
    _, frozen = await ask(runtime, "2026-q3/report")

    assert status == 200
    assert first["snapshot"] is None
    assert frozen == written(tmp_path)
    assert {key: frozen[key] for key in frozen if key != "snapshot"} == {
        k: first[k] for k in first if k != "snapshot"
    }


async def test_the_interface_refuses_without_a_token_and_knows_no_other_names(runtime):
    refused, _ = await ask(runtime, "2026-Q3/report", Authorization="Bearer wrong")
    unknown, error = await ask(runtime, "2026-Q7/report")
    no_unit, _ = await ask(runtime, "2026-Q3/report?unit=XX")
    running, _ = await ask(runtime, "2026-Q4/report?unit=QLTM")

    assert (refused, unknown, no_unit, running) == (401, 404, 404, 200)
    assert error["error"] == "unknown_period"


def test_a_year_that_is_over_brings_its_quarters_and_their_hashes_in_one_file(runtime, tmp_path):
    fill(runtime)
    runtime.clock.at = AFTER_Q3 + timedelta(days=100)

    status, _ = command(runtime, tmp_path, period="2026")

    assert status == 0
    with ZipFile(tmp_path / "evidence.zip") as pack:
        names = pack.namelist()
        assert {"2026-Q3/report.docx", "2026/report.json", "phuong-phap.txt", "MANIFEST.txt"} <= set(names)
        assert not [name for name in names if name.startswith("2026-Q1/")]  # nothing happened in it
        for line in pack.read("MANIFEST.txt").decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(pack.read(name)).hexdigest() == digest


def test_a_period_that_has_not_begun_is_not_said_to_run(database_url, tmp_path, capsys):
    settings = write_settings(tmp_path, build_settings(database_url))
    assert main(["migrate", "--config", str(settings)]) == 0

    assert (
        main(["report", "--config", str(settings), "--period", "2099-Q1", "--out", str(tmp_path / "o")]) == 0
    )

    said = capsys.readouterr().out
    assert "begins on 15/12/2098" in said
    assert "still running" not in said
