"""Simulated exchanges in virtual time: their clock, and clients that speak the raw protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex.testing import TestScheduler

from rxex.events import Closed, Message, Opened, Socket, SocketEvent
from rxex.sandbox import VirtualExchange
from rxex.socket import Receive, decode_message


class VirtualWorld:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.scheduler = TestScheduler()

    def pass_time(self, seconds: float) -> None:
        self.scheduler.advance_by(seconds)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 600.0) -> None:
        """Let time pass until something holds."""
        for _ in range(int(seconds * 4)):
            if condition():
                return
            self.pass_time(0.25)
        raise AssertionError("it never came to pass")


class VirtualClient:
    """One connection; keeps what comes."""

    def __init__(
        self, world: VirtualWorld, exchange: VirtualExchange, path: str, receive: Receive = decode_message
    ) -> None:
        self.world = world
        self.inbox: list[Any] = []
        self.closed: Closed | None = None
        self.socket: Socket | None = None
        self.subscription = exchange.source(receive, path=path).subscribe(self._take, lambda _: None)
        world.pass_time(0.1)

    def keeps(self, data: Any) -> bool:
        """Whether a message is of interest."""
        return True

    def _take(self, event: SocketEvent) -> None:
        match event:
            case Opened(socket=socket):
                self.socket = socket
            case Closed():
                self.closed = event
            case Message(data=data) if self.keeps(data):
                self.inbox.append(data)
            case _:
                pass
