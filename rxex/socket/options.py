"""The options of a socket that a venue's connections hand on as they are."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["SocketOptions"]


class SocketOptions(TypedDict, total=False):
    """What `rxex.socket.open_socket` takes and every venue's connection takes too; its defaults are those there."""

    open_timeout: float
    """Seconds for name look-up, TCP, TLS and handshake together; 10."""
    send_timeout: float
    """Seconds that what was sent may wait for the other side to read, before the link ends; 5."""
    max_message: int
    """Bytes that a message may have; 4 MiB."""
    proxy: str | None
    """``http://user:password@host:port`` of an HTTP proxy; none."""
    ca_file: str | None
    """A file of further certificate authorities to trust; none."""
