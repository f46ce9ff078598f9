"""What the clients share: their arguments, the callback for each item with what it measures, the line of JSON."""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

__all__ = ["Arguments", "Meter", "arguments"]

_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024
_TIME_OUT = 120.0


@dataclass(frozen=True)
class Arguments:
    """What the harness tells a client: where, which variant, how many items, what to measure.

    ``warm`` items come before those that are measured: every feed has had its first message then.
    """

    url: str
    variant: str
    warm: int
    items: int
    mode: str

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return urlsplit(self.url).path.split("/")[1]

    @property
    def http_url(self) -> str:
        """The same place over HTTP."""
        return f"http{self.url.removeprefix('ws')}"


def arguments() -> Arguments:
    """Read the command line, ``URL VARIANT WARM ITEMS MODE [CORE]``, and move to the core."""
    url, variant, warm, items, mode, *core = sys.argv[1:]
    if core:
        os.sched_setaffinity(0, {int(core[0])})
    return Arguments(url, variant, int(warm), int(items), mode)


class Meter:
    """Measures from the last item of the warm-up to the last of all.

    Mode ``cpu``: the processor time of the process, all threads, in the kernel too. ``delay``: that, and the time from
    the server's send to the callback. ``memory``: the resident set at a tenth of the items and at the end.
    """

    def __init__(self, options: Arguments) -> None:
        self.warm = options.warm
        self.items = options.items
        self.count: Callable[[Any], None] = getattr(self, f"_{options.mode}")()
        self.finished = threading.Event()
        self._url = options.url
        self._figures: dict[str, Any] = {}
        self._started = 0.0

    def start(self) -> None:
        """Take the time at the end of the warm-up."""
        self._started = time.process_time()

    def stop(self) -> None:
        """Take the time at the last item."""
        self._figures["cpu"] = time.process_time() - self._started
        self.finished.set()

    def _cpu(self) -> Callable[[Any], None]:
        left, started = self.warm, False

        def count(_item: Any) -> None:
            nonlocal left, started
            left -= 1
            if not left:
                if started:
                    self.stop()
                else:
                    started, left = True, self.items
                    self.start()

        return count

    def _delay(self) -> Callable[[Any], None]:
        arrived: list[int] = []
        add, now = arrived.append, time.monotonic_ns

        def count(_item: Any) -> None:
            add(now())
            if len(arrived) == self.warm:
                self.start()
            elif len(arrived) == self.warm + self.items:
                self._figures["arrived"] = arrived
                self.stop()

        return count

    def _memory(self) -> Callable[[Any], None]:
        left = self.items

        def count(_item: Any) -> None:
            nonlocal left
            left -= 1
            if left == self.items * 9 // 10:
                self.start()
                self._figures["early_kb"] = _resident_kb()
            elif not left:
                self._figures["kb"] = _resident_kb()
                self.stop()

        return count

    def wait(self) -> None:
        """Wait for the last item, then report."""
        if not self.finished.wait(_TIME_OUT):
            raise SystemExit("the stream did not come to its end in time")
        self.report()

    def report(self) -> None:
        """Print the figures and end the process at once: closing is not what is measured."""
        arrived = self._figures.pop("arrived", None)
        if arrived is not None:
            with urlopen(f"http://{urlsplit(self._url).netloc}/sent") as answer:
                sent = json.load(answer)
            both = list(zip(sent, arrived, strict=False))[self.warm :]
            delays = sorted(there - here for here, there in both)
            self._figures |= {f"p{part}": delays[len(delays) * part // 100] / 1000 for part in (50, 99)}
        print(json.dumps(self._figures), flush=True)
        os._exit(0)


def _resident_kb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_KB
