"""All files of a report at once, the year's pack of evidence, and what LibreOffice makes of the Office files."""

import hashlib
import re
import shutil
import subprocess
import time
import zipfile
from io import BytesIO

import pytest

from reports.render import build_pack, render_method, write_all
from tests.report_samples import empty_report, full_report, large_report, load_texts
from tests.requirements import require

VI = load_texts("vi")
NAMES = [
    "digest.txt",
    "charts/criteria.png",
    "charts/trend.png",
    "charts/units.png",
    "charts/funnel.png",
    "report.xlsx",
    "report.docx",
]
A4 = (595, 842)  # points


def test_every_file_is_there_and_not_empty():
    for build in (full_report, empty_report):
        files = write_all(build(), VI)

        assert list(files) == NAMES
        assert all(files.values())


def test_a_large_report_is_written_in_time():
    begun = time.process_time()
    files = write_all(large_report(), VI)

    assert time.process_time() - begun < 15
    assert sum(map(len, files.values())) < 5_000_000


def test_the_same_report_gives_the_same_files():
    assert write_all(empty_report(), VI) == write_all(empty_report(), VI)


# -- the pack


def test_the_pack_holds_every_file_with_its_checksum():
    files = {"2026-Q3": {"digest.txt": b"a", "charts/trend.png": b"b"}, "2026": {"digest.txt": b"c"}}

    pack = build_pack(files, method="phương pháp")

    with zipfile.ZipFile(BytesIO(pack)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = dict(reversed(line.split("  ")) for line in held.pop("MANIFEST.txt").decode().splitlines())
    assert manifest == {name: hashlib.sha256(content).hexdigest() for name, content in held.items()}
    assert held == {
        "2026/digest.txt": b"c",
        "2026-Q3/charts/trend.png": b"b",
        "2026-Q3/digest.txt": b"a",
        "phuong-phap.txt": "phương pháp".encode(),
    }


def test_the_pack_depends_on_its_files_alone():
    one = {"2026-Q1": {"a": b"1", "b": b"2"}, "2026-Q2": {"a": b"3"}}
    other = {"2026-Q2": {"a": b"3"}, "2026-Q1": {"b": b"2", "a": b"1"}}

    assert build_pack(one) == build_pack(other)
    assert build_pack(one) != build_pack({**one, "2026-Q2": {"a": b"4"}})


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a//x", "a\\x", "C:x", ""])
def test_no_name_leaves_its_folder(name):
    with pytest.raises(ValueError, match="is no name"):
        build_pack({"2026-Q3": {name: b""}})


def test_the_method_says_how_marks_are_computed_and_what_is_hidden():
    text = render_method(full_report(), VI)

    assert "hai mức tốt nhất" in text
    assert "(3) Thủ tục hành chính: câu 3.4, 3.7, 3.8" in text
    assert "(6) Tiếp nhận, xử lý thông tin phản hồi: đánh giá của người dân" in text
    assert "dưới 5 người không nêu điểm" in text
    assert "Mã kiểm tra SHA-256 của số liệu: 5f5f" in text


# -- LibreOffice


@pytest.mark.slow
def test_libreoffice_prints_the_office_files_on_a4(tmp_path):
    office = require(shutil.which("soffice") or shutil.which("libreoffice"), "LibreOffice (Writer and Calc)")
    look = require(shutil.which("pdfinfo"), "pdfinfo (poppler-utils)")
    files = write_all(full_report(), VI)
    for name in ("report.docx", "report.xlsx"):
        (tmp_path / name).write_bytes(files[name])
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        subprocess.run(
            [
                office,
                profile,
                "--headless",
                "--convert-to",
                "pdf",
                "--outdir",
                tmp_path / name[-4:],
                tmp_path / name,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )

    told = subprocess.run(
        [look, "-l", "100", tmp_path / "docx" / "report.pdf"], check=True, capture_output=True, text=True
    ).stdout
    sizes = {
        tuple(round(float(side)) for side in re.findall(r"[\d.]+", line.split("size:")[1])[:2])
        for line in told.splitlines()
        if "size:" in line and "pts" in line
    }
    pages = int(next(line for line in told.splitlines() if line.startswith("Pages:")).split()[1])
    assert sizes == {A4}
    assert 8 <= pages <= 16
    assert (tmp_path / "xlsx" / "report.pdf").stat().st_size > 10_000
