"""Make tables of the results."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks import streams
from benchmarks.cases import BUDGETS, CLIENTS, Budget, Case
from benchmarks.runner import Results

__all__ = ["report"]

_FLOODS = {
    "kraken": "Ticker and trade of 10 pairs, 20 feeds",
    "kraken-100": "The same messages over 50 pairs, 100 feeds",
    "trades": "Trades alone, 10 feeds",
    "books": "Books of 1,000 levels a side in messages of v1, best bid and ask read on each update, {} feeds",
    "books-2": "The same in messages of v2, {} feeds",
    "orders": "Books order by order, 100 prices a side, best bid and ask read on each update, {} feeds",
    "short": "Short messages, {} feeds",
    "kucoin": "KuCoin: ticker, trades and changes of books of 10 symbols, {} feeds",
    "bitfinex": "Bitfinex: ticker, trades and books of 7 pairs, numbered messages, {} feeds",
}


def report(cases: Sequence[Case], results: Results, *, repetitions: int) -> str:
    """Give the whole report as Markdown."""
    how = f"Medians (lowest to highest) of {repetitions} interleaved repetitions; ratios within each repetition."
    parts = ["# Results\n", f"Of `python -m benchmarks`: {streams.source()}. {how} {_machine()}\n"]
    parts += _budgets(cases, results)
    for stream, title in _FLOODS.items():
        parts += _flood(
            stream, title, [case for case in cases if case.stream == stream and case.mode == "cpu"], results
        )
    parts += _subscriptions(cases, results)
    parts += _delays([case for case in cases if case.mode == "delay"], results)
    return "\n".join(parts)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    pinned = "server and client pinned to a core each" if cores > 1 else "server and client on the same core"
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("websocket-client", "reactivex", "msgspec", "orjson"))
    return f"{names[0] if names else platform.machine()}, {pinned}; Python {platform.python_version()}, {libraries}."


def _cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _figure(values: Sequence[float], digits: int = 2) -> str:
    if not values:
        return "-"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _budgets(cases: Sequence[Case], results: Results) -> list[str]:
    known = {case.name for case in cases}
    rows = [_budget(budget, results) for budget in BUDGETS if {budget.case, budget.base or budget.case} <= known]
    return ["## Budgets\n", *_table(("what", "limit", "measured", "kept"), rows), ""] if rows else []


def _budget(budget: Budget, results: Results) -> list[str]:
    if budget.unit == "KB":
        feeds = [int(name.rpartition("-")[2]) for name in (budget.case, budget.base)]
        values = results.together(
            budget.case, budget.base, budget.figure, lambda one, other: (one - other) / (feeds[0] - feeds[1])
        )
    elif budget.base:
        values = results.ratio(budget.case, budget.base, budget.figure)
    else:
        values = results.of(budget.case, budget.figure)
    limit = f"{'≥' if budget.at_least else '≤'} {budget.limit:g} {budget.unit}"
    if not values:
        return [budget.what, limit, _why(budget, results), "not measured"]
    kept = median(values) >= budget.limit if budget.at_least else median(values) <= budget.limit
    return [budget.what, limit, _figure(values), "yes" if kept else "**no**"]


def _why(budget: Budget, results: Results) -> str:
    return results.failures.get(budget.case) or results.failures.get(budget.base) or "-"


def _flood(stream: str, title: str, cases: Sequence[Case], results: Results) -> list[str]:
    if not cases:
        return []
    flood = streams.load(stream)
    rows = []
    for case in cases:
        figures = [_figure(results.ratio(case.name, f"floor {stream}")), _figure(results.of(case.name, "cpu"))]
        if case.name in results.failures:
            figures = [results.failures[case.name], "-"]
        rows.append([CLIENTS[case.client].title, *figures])
    head = f"## {title.format(len(streams.feeds(stream)))} ({flood.mean_size:.0f} B a message on average)\n"
    return [head, *_table(("client", "x floor", "µs a message"), rows), ""]


def _subscriptions(cases: Sequence[Case], results: Results) -> list[str]:
    rows = []
    for case in cases:
        if case.stream.startswith("tickers-") and case.mode == "cpu":
            ratio = _figure(results.ratio(case.name, f"{case.client} tickers-1"))
            spent = results.failures.get(case.name) or _figure(results.of(case.name, "cpu"))
            rows.append([CLIENTS[case.client].title, case.stream.partition("-")[2], ratio, spent])
    head = ("client", "subscriptions", "x 1 subscription", "µs a message")
    return ["## Number of subscriptions (tickers)\n", *_table(head, rows), ""] if rows else []


def _delays(cases: Sequence[Case], results: Results) -> list[str]:
    rows = []
    for case in cases:
        figures = [_figure(results.of(case.name, figure), 1) for figure in ("p50", "p99", "cpu")]
        if case.name in results.failures:
            figures = [results.failures[case.name], "-", "-"]
        rows.append([CLIENTS[case.client].title, *figures])
    head = ("client", "p50 µs", "p99 µs", "CPU µs a message")
    return ["## Delay from send to callback at 5,000 messages a second\n", *_table(head, rows), ""] if rows else []
