"""The options of a client that a venue hands on as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypedDict

from reactivex.abc import SchedulerBase

from rxex.rest.client import After, Before

__all__ = ["RestOptions"]


class RestOptions(TypedDict, total=False):
    """What `rxex.rest.RestClient` takes and every venue's client takes too; its defaults are those there."""

    delays: Callable[[], Iterator[float]]
    """Makes the seconds to wait before each further attempt of a call that changes nothing; `retry_delays`."""
    connect_timeout: float
    """Seconds to connect, for each address of the host; 5."""
    read_timeout: float
    """Seconds for the answer to come whole, and between two parts of it; 10."""
    patience: float
    """Seconds that a call waits for its turn, for the limits, or because the exchange asks to; 30."""
    before: Sequence[Before]
    """Interceptors: each sees and may replace a request before it is written down and signed."""
    after: Sequence[After]
    """Interceptors: each sees and may replace an answer before it is read."""
    max_answer: int
    """Bytes that an answer may have, decompressed; 16 MiB."""
    hosts: int
    """Hosts to keep connections for; 1."""
    connections: int
    """Connections to keep for each host, and calls that wait for an answer at once; 8."""
    keep_alive: bool
    """Whether a connection is used again; True."""
    proxy: str | None
    """``http://user:password@host:port`` of an HTTP proxy; none."""
    ca_file: str | None
    """A file of further certificate authorities to trust; none."""
    scheduler: SchedulerBase | None
    """Runs calls and pauses; threads of the client, and `rxex.clock.default_clock`."""
