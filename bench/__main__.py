"""`python -m bench`: run, print the table, end. Exit status 1 when a program under measurement failed."""

import argparse
import json
import sys
import time
from pathlib import Path

from bench.citizens import Stuck
from bench.measuring import Load, machine, medians, run_once
from bench.processes import Failed

_ENOUGH = 75.0  # seconds after which no further run begins: the whole stays below two minutes


def main() -> int:
    """Measure and print."""
    options = _options()
    load = Load(
        citizens=options.citizens,
        rounds=options.rounds,
        readers=options.readers,
        questions=options.questions,
        think=options.think,
    )
    described, began = machine(), time.monotonic()
    runs: list[dict[str, dict[str, float]]] = []
    try:
        while len(runs) < options.runs and time.monotonic() - began < _ENOUGH:
            runs.append(run_once(load, options.port))
    except (Failed, Stuck) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    figures = medians(runs)
    answers = load.citizens * load.rounds * 10
    print(
        f"{described}; medians of {len(runs)} run(s): {answers} answers of {load.citizens} citizens at once, "
        f"{load.readers * load.questions} of {load.readers} who read; {time.monotonic() - began:.0f} s"
    )
    _print_table(figures)
    if options.json is not None:
        written = {"n": len(runs), "machine": described, "medians": figures, "runs": runs}
        options.json.write_text(json.dumps(written, indent=2), encoding="utf-8")
    return 0


def _print_table(figures: dict[str, dict[str, float]]) -> None:
    ours, plain = figures["hailong"], figures["plain"]
    print(f"{'':<44}{'hailong':>10}{'plain bot':>11}{'ratio':>8}")
    for name, value in ours.items():
        print(
            f"{name:<44}{value:>10.1f}{plain[name]:>11.1f}{value / plain[name] if plain[name] else 0:>8.2f}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure hailong beside a plain bot."
    )
    parser.add_argument("--citizens", type=int, default=40, help="answering at once in the burst")
    parser.add_argument("--rounds", type=int, default=1, help="surveys of each of them")
    parser.add_argument("--readers", type=int, default=10, help="citizens who read before they answer")
    parser.add_argument("--questions", type=int, default=5, help="how many questions the readers answer")
    parser.add_argument("--think", type=float, default=1.1, help="seconds the readers take for each answer")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=0, help="of the webhook; 0 for any free one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
