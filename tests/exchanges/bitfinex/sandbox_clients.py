"""Clients of the simulated Bitfinex that are not ours: raw protocol over the `websockets` library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect


class RawClient:
    """Speaks JSON, and counts the numbered messages; numbers are texts, as they were on the wire."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.numbers: list[int] = []

    def send(self, message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self) -> Any:
        text = self.socket.recv(timeout=5)
        assert isinstance(text, str)
        message = json.loads(text, parse_float=str, parse_int=str)
        if isinstance(message, list):
            self.numbers.append(int(message[-1]))
        return message

    def ask(self, **event: Any) -> Any:
        """Send an event and give the next one that comes."""
        self.send(event)
        while True:
            message = self.receive()
            if isinstance(message, dict):
                return message


@contextmanager
def raw_client(url: str) -> Iterator[RawClient]:
    """Connect, take the greeting, and have messages numbered and books summed."""
    with connect(url, close_timeout=1) as socket:
        client = RawClient(socket)
        assert client.receive()["version"] == "2"
        assert client.ask(event="conf", flags=196_608)["status"] == "OK"
        yield client
