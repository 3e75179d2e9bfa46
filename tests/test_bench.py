"""The measurements run, end by themselves, and measure something."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SMALL = ("--citizens", "4", "--readers", "1", "--questions", "2", "--think", "0.2", "--runs", "1")


@pytest.mark.slow
def test_a_tiny_run_measures_both_programs(tmp_path):
    file = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench", *SMALL, "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    written = json.loads(file.read_text(encoding="utf-8"))
    ours, plain = written["medians"]["hailong"], written["medians"]["plain"]
    assert written["n"] == 1
    assert ours.keys() == plain.keys()
    assert all(value > 0 for name, value in (*ours.items(), *plain.items()) if "CPU" not in name)
    assert all(name in done.stdout for name in ours)


@pytest.mark.slow
def test_three_ways_to_the_figures_of_a_quarter_agree_and_are_measured(tmp_path):
    file = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench.reports", "--responses", "900", "--runs", "1", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))["medians"]
    assert list(found) == ["hailong", "sql", "pandas"]
    assert {one["responses"] for one in found.values()} == {found["hailong"]["responses"]}
    assert all(one["figures, s"] > 0 and one["peak memory, MB"] > 0 for one in found.values())
    assert "all files, s" in done.stdout


def test_figures_of_several_runs_become_medians():
    from bench.measuring import medians

    runs = [{"hailong": {"ms": value}} for value in (3.0, 1.0, 2.0)]

    assert medians(runs) == {"hailong": {"ms": 2.0}}
