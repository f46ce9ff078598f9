"""The README is true: its scripts run as they stand there, its commands are the CI's, its links lead somewhere."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rxex.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PRICE = r"\d+\.\d"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


FIRST_SCRIPT, ORDER, STRATEGY, GAPS = blocks("python")
SEE_IT, RUN_THE_TESTS, SHELL = blocks("sh")


@contextmanager
def script(text: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_first_script_prints_tickers_until_ctrl_c() -> None:
    with script(FIRST_SCRIPT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, err = process.communicate(timeout=10)
        seconds = time.monotonic() - start
    assert line.startswith("Ticker(symbol='BTC/USD', bid=Decimal('")
    assert (process.returncode, err) == (0, "")
    assert seconds < 2


def test_the_order_is_told_at_each_stage_until_it_is_filled() -> None:
    with script(ORDER) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    stages = [line.split()[0] for line in out.splitlines()]
    assert stages[:4] == ["submitting", "submitted", "pending", "open"]
    assert set(stages[4:-1]) <= {"partially_filled"}
    assert re.fullmatch(rf"filled 0\.01000000 {PRICE}\d*", out.splitlines()[-1])


def test_the_strategy_passes_its_test() -> None:
    namespace: dict[str, object] = {"__name__": "readme"}
    exec(STRATEGY, namespace)
    tests = [value for name, value in namespace.items() if name.startswith("test_")]
    assert len(tests) == 1
    tests[0]()  # type: ignore[operator]


def test_the_feed_tells_its_gaps() -> None:
    with script(GAPS) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert re.fullmatch(rf"((missed some: .+|{PRICE})\n)+", out)
    assert out.count("missed some: the link was closed") >= 1


def test_the_ci_runs_the_second_command() -> None:
    run = ROOT / ".ci" / "run"
    assert RUN_THE_TESTS in run.read_text()
    assert run.stat().st_mode & 0o111


@pytest.mark.parametrize("command", [SEE_IT, RUN_THE_TESTS])
def test_a_command_is_one_line_that_needs_nothing_but_python(command: str) -> None:
    steps = command.removesuffix("\n").split(" && ")
    assert steps[0] == "python3 -m venv .venv"
    assert all(step.startswith(".venv/bin/") for step in steps[1:])


@pytest.mark.parametrize("line", [*SEE_IT.split(" && ")[-1:], *SHELL.splitlines()])
def test_the_shell_has_the_commands_and_options_of_the_readme(line: str) -> None:
    """Each is run as far as its options, with a venue that does not exist."""
    command = line.partition("#")[0].partition("|")[0].split()
    assert command.pop(0) in {"rxex", ".venv/bin/rxex"}
    assert command[1] == "kraken"
    result = CliRunner().invoke(app, [command[0], "nowhere", *command[2:]])
    assert result.stderr.startswith("rxex: venue is 'nowhere': choose one of: ")
    assert result.exit_code == 2


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
