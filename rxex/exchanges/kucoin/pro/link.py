"""Sockets for the Pro servers: what they send stands in binary frames, as plain JSON or (seen by others) deflated.

Source: what was measured of KuCoin's Pro servers.
"""

from __future__ import annotations

import zlib

from reactivex import Observable

from rxex.channel import Dialect
from rxex.events import SocketEvent
from rxex.socket import Receive, open_socket
from rxex.socket.frames import TOO_BIG, Violation
from rxex.socket.options import SocketOptions

__all__ = ["open_binary_socket", "unpacked"]

_PLAIN = (b"{", b"[")


def open_binary_socket(
    url: str, *, receive: Receive, dialect: Dialect, options: SocketOptions
) -> Observable[SocketEvent]:
    """Make a cold stream like that of `rxex.socket.open_socket`, for which a binary message is as good as a text.

    Args:
        url: ``ws://`` or ``wss://``.
        receive: makes the event of one message, text or binary, inflated where it was deflated.
        dialect: what says when silence is too long, and how much may be sent. Silence is met with the ping of the
            protocol: two of KuCoin's own within a second would be one too many.
        options: of the socket.

    Raises `InvalidArgument` at once for a value that cannot be right.
    """
    return open_socket(
        url,
        receive=receive,
        unpack=unpacked,
        ping_interval=dialect.ping_interval,
        pong_timeout=dialect.pong_timeout,
        rate=dialect.rate,
        **options,
    )


def unpacked(message: bytes, limit: int) -> bytes:
    """Give the text of a binary message; what is neither JSON nor deflated is given as it is, for others to refuse.

    Raises `Violation` where it has more than ``limit`` bytes once it is inflated.

    >>> unpacked(b'{"id":"1"}', 100)
    b'{"id":"1"}'
    """
    # No JSON begins with these bytes once it is deflated.
    if message.lstrip()[:1] in _PLAIN:
        return message
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(message, limit + 1)
    except zlib.error:
        return message
    if len(text) > limit:
        raise Violation(TOO_BIG, f"a deflated message has more than the {limit} bytes allowed")
    return text
