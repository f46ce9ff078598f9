"""The harness of the benchmarks runs and makes its tables; nothing is said about time here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def benchmarks(*options: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "RXEX_RECORDINGS"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--repetitions", "1", "--scale", "0.001", "--no-peers", *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_tiny_run_on_simulated_messages_gives_every_table(tmp_path: Path) -> None:
    written = tmp_path / "results.md"
    names = ("floor kraken", "floor short", "app kraken", "rxex-short", "rxex-raw kraken", "rxex-typed kraken")
    output = benchmarks("--output", str(written), *(f"--only={name}" for name in names))
    assert written.read_text() + "\n" == output
    assert "messages of the simulated exchange" in output
    rows = [line for line in output.splitlines() if line.startswith("| ")]
    for title in ("the floor", "websocket-client, WebSocketApp", "rxex, feeds of decoded messages", "raw, 30 B"):
        (row, *_) = [row for row in rows if row.startswith(f"| {title}")]
        assert "| - |" not in row, row
    assert "not measured" not in output


def test_a_run_of_a_part_leaves_the_written_results_alone() -> None:
    results = ROOT / "benchmarks" / "RESULTS.md"
    before = results.read_text()
    assert "the floor" in benchmarks("--only=floor trades")
    assert results.read_text() == before


def test_a_name_that_no_case_holds_is_refused_with_the_names_there_are() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 2
    assert "no case holds nothing" in done.stderr
    assert "floor kraken" in done.stderr
