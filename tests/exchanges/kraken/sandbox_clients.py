"""Clients of the simulated Kraken that are not ours: raw protocol over the `websockets` library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from websockets.sync.client import ClientConnection, connect

HEARTBEATS: list[Any] = [{"channel": "heartbeat"}, {"event": "heartbeat"}]


class RawClient:
    """Speaks JSON and keeps heartbeats apart."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.texts: list[str] = []

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self) -> Any:
        """Give the next message but heartbeats, its numbers exact."""
        while True:
            text = self.socket.recv(timeout=5)
            assert isinstance(text, str)
            message = json.loads(text, parse_float=Decimal)
            if message not in HEARTBEATS:
                self.texts.append(text)
                return message

    def ask(self, **message: Any) -> Any:
        """Send a message and give the next one that comes."""
        self.send(**message)
        return self.receive()


@contextmanager
def raw_client(url: str) -> Iterator[RawClient]:
    """Connect, and take the greeting."""
    with connect(url, close_timeout=1) as socket:
        client = RawClient(socket)
        client.receive()
        yield client
