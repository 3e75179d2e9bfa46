"""`python -m bench.reports`: the figures of a quarter among eight with a million responses, ours beside two plain ways.

The database is made here, with made-up answers; each way runs in a process of its own, as the command does.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import machine, medians
from bench.processes import ROOT, Failed, environment
from bench.report_rows import fill
from bench.report_ways import WAYS

Runs = list[dict[str, dict[str, float]]]


def main() -> int:
    """Fill, measure, print. Exit status 1 when a way failed, or the ways do not agree."""
    options = _options()
    with _database(options) as url:
        described = machine()
        try:
            runs = [{way: _run(way, url) for way in WAYS} for _ in range(options.runs)]
        except Failed as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    figures = medians(runs)
    print(
        f"{described}; {url.partition(':')[0]}; medians of {options.runs} run(s): a quarter of "
        f"{figures['hailong']['responses']:,.0f} responses among {options.responses:,}"
    )
    _print_table(figures)
    if options.json is not None:
        written = {"n": options.runs, "machine": described, "medians": figures, "runs": runs}
        options.json.write_text(json.dumps(written, indent=2), encoding="utf-8")
    return 0 if _agree(figures) else 1


def _agree(figures: dict[str, dict[str, float]]) -> bool:
    """Whether all ways counted the same people and the same satisfied ones."""
    ours = figures["hailong"]
    wrong = [
        way
        for way, found in figures.items()
        if found["responses"] != ours["responses"] or abs(found["3.10, %"] - ours["3.10, %"]) > 0.005
    ]
    for way in wrong:
        print(f"bench: {way} counts otherwise than hailong", file=sys.stderr)
    return not wrong


def _print_table(figures: dict[str, dict[str, float]]) -> None:
    print(f"{'':<44}" + "".join(f"{way:>10}" for way in figures))
    for name in figures["hailong"]:
        values = (found.get(name) for found in figures.values())
        print(
            f"{name:<44}" + "".join(f"{'':>10}" if value is None else f"{value:>10.2f}" for value in values)
        )


def _run(way: str, url: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.report_ways", way, url],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment({}),
    )
    if done.returncode:
        raise Failed(f"{way}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextlib.contextmanager
def _database(options: argparse.Namespace) -> Iterator[str]:
    """Give the address of a filled database."""
    if options.postgres:
        from tests.postgres import fresh_database

        with fresh_database() as url:
            _fill(url, options)
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as folder:
        file = options.database or Path(folder) / "reports.db"
        url = f"sqlite:///{file}"
        if not file.exists():
            _fill(url, options)
        yield url


def _fill(url: str, options: argparse.Namespace) -> None:
    began = time.monotonic()
    fill(url, options.responses, options.seed)
    print(f"filled in {time.monotonic() - began:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.reports", description="Measure the figures of a period."
    )
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help="fill and keep this file, or use it again"
    )
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, in a database of its own")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
