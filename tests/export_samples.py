"""Made-up responses, the export of them into a file, and the file read back."""

import csv
import io
import json

from openpyxl import load_workbook

from bot.exporting import export_responses_file
from storage import responses
from storage.responses import Response
from tests.building import AT, build_setup

SETUP = build_setup()
FORMATS = ["jsonl", "csv", "xlsx"]
ids = (f"R{number:025}" for number in range(10**9))


def a_response(**changes):
    values = {
        "id": next(ids),
        "channel": "telegram",
        "unit_code": "QLTM",
        "procedure_code": "2.000633",
        "questionnaire_version": SETUP.questionnaire_version,
        "submitted_at": AT,
        "answers": (4, 1, 2, 2, 3, 1, 2, 2, 2, None),
        **changes,
    }
    day = values["submitted_at"].astimezone(SETUP.timezone).date()
    return Response(submitted_on=day, **values)


def keep(database, *kept):
    def work(tx):
        for response in kept:
            responses.put_response(tx, SETUP.vault, response)

    database.write(work)


def run(database, path, *, file_format, **changes):
    """Run an export and return its exit status, its summary and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    wanted = {
        "quarter": "administrative",
        "since": None,
        "until": None,
        "unit_code": None,
        "with_dossiers": False,
    }
    wanted |= {"actor": "tester", "out": out, "err": err, "show_progress": False, **changes}
    status = export_responses_file(database, SETUP, path, AT, file_format=file_format, **wanted)
    return status, out.getvalue().strip(), err.getvalue().strip()


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_csv(path):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def read_xlsx(path):
    with path.open("rb") as file:
        book = load_workbook(file)
        cells = [list(row) for row in book.active.iter_rows()]
        assert {cell.data_type for row in cells for cell in row} <= {"s", "n", "b"}  # never a formula
        assert not any(cell.hyperlink for row in cells for cell in row)
        assert book.active.freeze_panes == "A2"
        return [[cell.value for cell in row] for row in cells]


def ids_in(path):
    return [record["response_id"] for record in read_jsonl(path)]
