"""rxex on short messages, ``[channel number, …]``, with a dialect of three lines."""

from __future__ import annotations

from collections.abc import Hashable

from benchmarks import streams
from benchmarks.clients.meter import Meter, arguments
from rxex.channel import Dialect
from rxex.connection import Connection
from rxex.operators import keep_channel, keep_messages_only
from rxex.socket import open_socket
from rxex.typing import Json


def _number(message: Json) -> Hashable | None:
    return message[0] if isinstance(message, list) else None


def main() -> None:
    """Take the stream."""
    options = arguments()
    meter = Meter(options)
    connection = Connection(lambda receive: open_socket(options.url, receive=receive), Dialect("short", _number))
    messages = connection.pipe(keep_messages_only())
    for _, number in streams.feeds(options.stream):
        messages.pipe(keep_channel(int(number))).subscribe(meter.count)
    connection.connect()
    meter.wait()


if __name__ == "__main__":
    main()
