"""Run the cases in turn, one process each, against the flooding server; collect what they report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from benchmarks import streams
from benchmarks.cases import CLIENTS, Case
from benchmarks.environments import EnvironmentFailed, python_of

__all__ = ["Figures", "Results", "run"]

_ROOT = Path(__file__).parent.parent
_SECONDS = 0.6  # processor time that one run should take
_TIME_OUT = 150.0

Figures: TypeAlias = dict[str, float]


class Results:
    """What the runs of each case gave, by repetition; and why a case gave nothing."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[int, Figures]] = {}
        self.failures: dict[str, str] = {}

    def of(self, case: str, figure: str) -> list[float]:
        """Give one figure of a case, in the order of the repetitions."""
        return [figures[figure] for _, figures in sorted(self.figures.get(case, {}).items())]

    def together(self, case: str, base: str, figure: str, join: Callable[[float, float], float]) -> list[float]:
        """Join one figure of two cases in each repetition that has both."""
        first, second = self.figures.get(case, {}), self.figures.get(base, {})
        return [join(first[turn][figure], second[turn][figure]) for turn in sorted(first.keys() & second.keys())]

    def ratio(self, case: str, base: str, figure: str = "cpu") -> list[float]:
        """Give how many times the figure of ``base`` a case has, in each repetition."""
        return self.together(case, base, figure, lambda one, other: one / other)


@contextmanager
def _server() -> Iterator[str]:
    core = [str(_cores()[0])] if len(_cores()) > 1 else []
    command = [sys.executable, "-m", "benchmarks.server", *core]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def run(cases: Sequence[Case], *, repetitions: int, scale: float, tell: Callable[[str], None]) -> Results:
    """Run every case ``repetitions`` times, in turn; ``scale`` multiplies the number of messages."""
    results = Results()
    pythons = {peer: _python(peer) for peer in {CLIENTS[case.client].peer for case in cases}}
    with _server() as address:
        for turn in range(repetitions):
            for case in cases:
                if case.name in results.failures:
                    continue
                python = pythons[CLIENTS[case.client].peer]
                if isinstance(python, EnvironmentFailed):
                    results.failures[case.name] = str(python)
                    continue
                tell(f"{turn + 1}/{repetitions} {case.name}")
                try:
                    figures = _run_once(case, python, address, scale)
                except RuntimeError as error:
                    results.failures[case.name] = str(error)
                else:
                    results.figures.setdefault(case.name, {})[turn] = figures
    return results


def _python(peer: str) -> str | EnvironmentFailed:
    if not peer:
        return sys.executable
    try:
        return str(python_of(peer))
    except EnvironmentFailed as error:
        return error


def _run_once(case: Case, python: str, address: str, scale: float) -> Figures:
    client, stream = CLIENTS[case.client], streams.load(case.stream)
    size = len(stream.messages)
    messages = max(int((case.messages or _SECONDS * 1e6 / case.cost) * scale), size)
    items = stream.items if client.counts_models else size  # in one round of the stream
    url = f"ws://{address}/{case.stream}/feeds={case.feeds}&rate={case.rate}&count={size + messages * 11 // 10 + 10}"
    numbers = [str(len(stream.first) + items), str(messages * items // size)]
    core = [str(_cores()[1])] if len(_cores()) > 1 else []
    command = [python, "-m", f"benchmarks.clients.{client.program}", url, client.variant, *numbers, case.mode, *core]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_TIME_OUT, check=False)
        figures: Figures = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise RuntimeError("no end in time") from None
    except (IndexError, ValueError):
        lines = done.stderr.strip().splitlines() or ["no figures"]
        raise RuntimeError(lines[-1]) from None
    figures["cpu"] *= 1e6 / messages
    if "early_kb" in figures:
        figures["growth"] = (figures["kb"] - figures["early_kb"]) / 1024
    return figures
