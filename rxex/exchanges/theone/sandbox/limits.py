"""What the simulated exchange allows: two tables, as two documents say two things."""

from __future__ import annotations

from attrs import frozen

__all__ = ["LIMITS_OF_THE_API", "LIMITS_OF_THE_CLIENT", "Limits"]


@frozen
class Limits:
    """What a client may do.

    Args:
        channels: Channels of one connection.
        message: Bytes of one message.
        rate: Messages a second on one connection; None: any number.
        connections: Connections of one key; None: any number.
        idle_timeout: Seconds of silence after which a connection is closed; None: never.
        login_timeout: Seconds within which a connection has to say whose it is.
        window: Seconds by which a timestamp may be off, to either side; a nonce is remembered for as long.
        public: Calls over HTTP without a key, in a minute.
        private: Calls with one, in a minute.
    """

    channels: int
    message: int
    rate: int | None = None
    connections: int | None = None
    idle_timeout: float | None = None
    login_timeout: float = 10.0
    window: float = 30.0
    public: int = 100
    private: int = 1000


LIMITS_OF_THE_CLIENT = Limits(100, 64 * 2**10)
"""Those that the README of the Python client tells; the usual ones here."""
LIMITS_OF_THE_API = Limits(50, 2**20, rate=100, connections=100, idle_timeout=300.0)
"""Those that the API's own documents tell."""
