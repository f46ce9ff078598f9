"""What every test gets: nothing may be left behind, and where the recordings are."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What runs tests in the background ignores Ctrl-C, and so would every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _open_files() -> dict[str, str]:
    files = {}
    for link in Path("/proc/self/fd").iterdir():
        try:
            files[link.name] = str(link.readlink())
        except OSError:
            continue  # the listing's own descriptor is gone by now
    return files


def _wait_until(done: Callable[[], bool], seconds: float) -> bool:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if done():
            return True
        pause.wait(0.02)
    return done()


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread, a socket or a file open."""
    threads, files = set(threading.enumerate()), set(_open_files().items())
    yield

    def left_threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread not in threads]

    def left_files() -> list[tuple[str, str]]:
        return [entry for entry in _open_files().items() if entry not in files and "/proc/" not in entry[1]]

    if left_threads() or left_files():
        gc.collect()
    assert _wait_until(lambda: not left_threads(), 3), f"threads left: {left_threads()}"
    assert _wait_until(lambda: not left_files(), 1), f"files left: {left_files()}"


@pytest.fixture
def recordings() -> Path:
    """The folder of recorded frames; the test is skipped where `RXEX_RECORDINGS` names none."""
    folder = os.environ.get("RXEX_RECORDINGS")
    if not folder:
        pytest.skip("RXEX_RECORDINGS names no folder of recordings")
    return Path(folder)
