"""What goes out and what comes back, as users see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from attrs import field, frozen

__all__ = ["HttpRequest", "RateLimit", "RawResponse", "Request", "Response"]

T_co = TypeVar("T_co", covariant=True)


@frozen
class Request:
    """A call before it is written down and signed: what interceptors see, and may replace (``attrs.evolve``)."""

    name: str
    """The exchange's word for the call."""
    method: str
    path: str
    parameters: Mapping[str, Any]
    """By the exchange's names; what was not given is left out."""
    headers: Mapping[str, str] = field(factory=dict[str, str])
    """Further ones; the client's own win."""


@frozen
class HttpRequest:
    """A call as it goes over the wire. What could give the key away is in no text."""

    name: str
    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    effect: bool = False
    """Whether it may change something, so that it is sent once at most."""


@frozen
class RawResponse:
    """The answer as it came. ``headers`` have names in lower case; ``body`` is decompressed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received: int = 0
    """When its first bytes arrived, in nanoseconds since the epoch."""


@frozen
class RateLimit:
    """What is left of what may be asked. ``reset`` is the seconds until all of it is there again.

    ``estimated`` says that the exchange does not tell, and that it is our own count.
    """

    limit: float
    remaining: float
    reset: float | None = None
    estimated: bool = False


@frozen
class Response(Generic[T_co]):
    """The answer to a call.

    ``received`` is when it arrived, in nanoseconds since the epoch; ``rate_limit`` is None where nobody counts.
    """

    data: T_co
    raw: RawResponse
    rate_limit: RateLimit | None
    received: int
