"""The simulated exchange as a server on loopback, in one thread of its own."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from reactivex.abc import SchedulerBase

from rxex.clock import wall_ns
from rxex.codec import encode
from rxex.errors import InvalidArgument
from rxex.sandbox.controls import Controls
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.virtual import VirtualExchange

if TYPE_CHECKING:
    from rxex.sandbox._loop import ServerLoop

__all__ = ["Sandbox"]

T = TypeVar("T")
_LONGEST_STOP = 2.0
_LAST_PORT = 65_535


def _say(line: str) -> None:
    # Who waits for this line reads it through a pipe.
    print(line, flush=True)


class Sandbox(Controls):
    """A simulated exchange: a server on loopback inside a ``with``, or in virtual time with `in_virtual_time`.

    The server is one daemon thread named ``rxex-sandbox``. It needs the extra ``sandbox``; virtual time needs none.
    """

    def __init__(
        self,
        make: Callable[[int], Simulation],
        paths: Mapping[str, str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        servers: Sequence[str] = (),
    ) -> None:
        """Prepare an exchange; nothing runs before `start`.

        Args:
            make: Makes the simulation, given its start in nanoseconds since the epoch.
            paths: The path of each endpoint, by the endpoint's name.
            host: The address to listen on.
            port: The port to listen on; 0: any free one.
            servers: Names of further addresses to listen on, as `HttpCall.server` has them: each at a port of its own,
                ``port`` + 1 and so on.

        Raises `InvalidArgument` where there are not so many ports.
        """
        if port and port + len(servers) > _LAST_PORT:
            raise InvalidArgument("port", port, f"this exchange needs {len(servers)} more after it")
        self._make = make
        self._paths = dict(paths)
        self._addresses = {name: (host, port and port + place) for place, name in enumerate(("", *servers))}
        self._loop: ServerLoop | None = None
        self._stopped: Simulation | None = None
        self._changed = threading.Event()

    # The life of the server.

    def start(self) -> Self:
        """Listen. Raises `OSError` where the port is taken, `InvalidArgument` when it runs already."""
        if self._loop is not None:
            raise InvalidArgument("start", "a running sandbox", "stop it first, or make another one")
        try:
            from rxex.sandbox._loop import ServerLoop  # noqa: PLC0415 - virtual time does without aiohttp
        except ModuleNotFoundError as error:
            raise InvalidArgument("sandbox", error.name, "it is missing: pip install 'rxex[sandbox]'") from error
        simulation = self._make(wall_ns())
        listeners: dict[str, socket.socket] = {}
        try:
            for name, address in self._addresses.items():
                listeners[name] = socket.create_server(address)
        except OSError:
            for listener in listeners.values():
                listener.close()
            raise
        self._addresses = {name: listener.getsockname()[:2] for name, listener in listeners.items()}
        self._loop = ServerLoop(simulation, listeners, self._changed.set)
        self._loop.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening, within 2 s; what happened can still be asked for. Idempotent."""
        loop = self._loop
        if loop is not None:
            loop.stop(_LONGEST_STOP)
            self._stopped, self._loop = loop.simulation, None
            self._changed.set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def endpoints(self) -> dict[str, str]:
        """The URL of each endpoint, by name."""
        return {name: f"ws://{self.authority()}{path}" for name, path in self._paths.items()}

    def authority(self, server: str = "") -> str:
        """Host and port of one of the addresses, the first one unless named."""
        host, port = self._addresses[server]
        return f"{host}:{port}"

    def serve_forever(self, announce: Callable[[str], None] = _say) -> None:
        """Announce the endpoints as one line of JSON, then serve until SIGINT or SIGTERM. For the main thread."""
        # SimpleQueue, because the handler may run while this very thread waits in it.
        ended: SimpleQueue[None] = SimpleQueue()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.put(None)

        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self:
                announce(encode(dict(self.endpoints)))
                ended.get()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualExchange:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualExchange(self._make, scheduler, latency=latency)

    # Asking and waiting.

    def wait_until(self, condition: Callable[[Self], bool], timeout: float = 5.0) -> bool:
        """Wait until ``condition`` of this exchange holds; False when it does not within ``timeout`` seconds.

        It is looked at whenever a client comes, goes or sends something, and every 50 ms.
        """
        give_up = time.monotonic() + timeout
        while True:
            self._changed.clear()
            if condition(self):
                return True
            left = give_up - time.monotonic()
            if left <= 0:
                return False
            self._changed.wait(min(left, 0.05))

    def _run(self, action: Callable[[Simulation], T]) -> T:
        loop = self._loop
        if loop is not None:
            return loop.run(action)
        if self._stopped is None:
            raise InvalidArgument("sandbox", "not started", "use it inside `with`, or call start()")
        return action(self._stopped)
