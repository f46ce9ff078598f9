"""Measure, print the tables and write them down: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.cases import CASES, CLIENTS, Case
from benchmarks.report import report
from benchmarks.runner import run

_RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 repetitions of a fifth of the messages")
    parser.add_argument("--only", action="append", metavar="NAME", help="only cases whose name holds NAME; repeatable")
    parser.add_argument("--no-peers", action="store_true", help="nothing that needs a package from the index")
    parser.add_argument("--repetitions", type=int, metavar="N", help="5 without it")
    parser.add_argument("--scale", type=float, metavar="X", help="multiplies the number of messages")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write; RESULTS.md after a complete run")
    options = parser.parse_args()
    repetitions = options.repetitions or (2 if options.quick else 5)
    scale = options.scale or (0.2 if options.quick else 1.0)
    cases = [case for case in CASES if _wanted(case, options.only, peers=not options.no_peers)]
    if not cases:
        parser.error(f"no case holds {' or '.join(options.only)}; there are: {', '.join(case.name for case in CASES)}")
    is_complete = not (options.quick or options.only or options.no_peers or options.scale or options.repetitions)
    results = run(cases, repetitions=repetitions, scale=scale, tell=_tell)
    text = report(cases, results, repetitions=repetitions)
    print(text)
    output = options.output or (_RESULTS if is_complete else None)
    if output is not None:
        output.write_text(text)


def _wanted(case: Case, names: list[str] | None, *, peers: bool) -> bool:
    if CLIENTS[case.client].peer and not peers:
        return False
    return names is None or any(name in case.name for name in names)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
