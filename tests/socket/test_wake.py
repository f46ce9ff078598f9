"""Waking a thread that polls."""

from __future__ import annotations

import os
import select
import threading

from rxex.socket.wake import Wake


def _is_set(wake: Wake) -> bool:
    return bool(select.select([wake], [], [], 0)[0])


def test_it_becomes_readable_once_however_often_it_is_set() -> None:
    wake = Wake()
    assert not _is_set(wake)
    for _ in range(100_000):  # more than a pipe holds
        wake.set()
    assert _is_set(wake)
    wake.clear()
    assert not _is_set(wake)
    wake.clear()
    wake.set()
    assert _is_set(wake)
    wake.close()


def test_setting_it_after_the_close_harms_nobody() -> None:
    wake = Wake()
    wake.close()
    wake.close()
    read, write = os.pipe()  # most likely with the same numbers
    wake.set()
    assert not select.select([read], [], [], 0)[0]
    os.close(read)
    os.close(write)


def test_setting_and_clearing_from_many_threads_loses_no_wake_up() -> None:
    wake, stop = Wake(), threading.Event()

    def set_always() -> None:
        while not stop.is_set():
            wake.set()

    threads = [threading.Thread(target=set_always) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        assert select.select([wake], [], [], 5)[0]
        wake.clear()
    stop.set()
    for thread in threads:
        thread.join()
    wake.set()
    assert _is_set(wake)
    wake.close()
