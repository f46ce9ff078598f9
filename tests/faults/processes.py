"""Scripts in processes of their own, for what only the end of a process shows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from websockets.sync.server import ServerConnection, serve

_ROOT = Path(__file__).parents[2]
_HEAD = """
import os, sys, threading
import rxex
from rxex.exchanges import kraken
from rxex.operators import filter_new_socket_only, keep_messages_only

url, mark = sys.argv[1], int(sys.argv[2])

def say_when():
    os.write(mark, b"!")

connection = kraken.public_connection(url)
messages = connection.pipe(keep_messages_only())
sockets = connection.pipe(filter_new_socket_only())
"""


class Script:
    """A running script. It finds ``connection``, ``messages`` and ``sockets`` prepared, and tells the time by `said`.

    Args:
        body: the script.
        url: of the exchange.
        before: what runs before anything is imported.
    """

    def __init__(self, body: str, url: str, *, before: str = "") -> None:
        self._said, mark = os.pipe()
        # Forking while threads run is what some scripts are about.
        options = ["-W", "ignore::DeprecationWarning"]
        self._process = subprocess.Popen(
            [sys.executable, *options, "-c", before + _HEAD + textwrap.dedent(body), url, str(mark)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[mark],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
        os.close(mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        os.close(self._said)

    def wait_until_said(self) -> None:
        """Wait for the next `say_when` of the script."""
        assert os.read(self._said, 1) == b"!", self._process.communicate()

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        """Stop the process, as Ctrl-Z does; returns once it stands still."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def end(self) -> tuple[int, str, str, float]:
        """Wait for the end: the return code, stdout, stderr, and the seconds that it took from now."""
        start = time.monotonic()
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, out, err, time.monotonic() - start


class Venue:
    """A server of heartbeats, some thousand a second to each client; it keeps the close codes that it was sent."""

    def __init__(self) -> None:
        self.codes: list[int | None] = []
        self._changed = threading.Condition()
        self._server = serve(self._handle, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://{host}:{port}/v2"

    def _handle(self, client: ServerConnection) -> None:
        thread = threading.Thread(target=self._flood, args=(client,))
        thread.start()
        for _ in client:
            pass
        thread.join()
        with self._changed:
            self.codes.append(client.close_code)
            self._changed.notify()

    def _flood(self, client: ServerConnection) -> None:
        pause = threading.Event()
        while client.close_code is None:
            try:
                client.send('{"channel":"heartbeat"}')
            except Exception:  # closed meanwhile
                return
            pause.wait(0.0005)

    def wait_for_codes(self, number: int = 1) -> list[int | None]:
        with self._changed:
            self._changed.wait_for(lambda: len(self.codes) >= number, 5)
            return self.codes

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        venue = cls()
        venue._thread.start()
        try:
            yield venue
        finally:
            venue._server.shutdown()
            venue._thread.join()
