"""Calls over HTTP, as a simulated exchange sees and answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

__all__ = ["CallFault", "HttpCall", "HttpReply", "HttpService"]


@frozen
class HttpCall:
    """What a client asked at ``time`` (seconds since the exchange started).

    Names of headers are in lower case. ``raw_query`` is the query as it was written in the URL, ``server`` the name of
    the address that was called, where an exchange has several.
    """

    time: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    raw_query: str = field(default="", repr=False)
    server: str = ""


@frozen
class HttpReply:
    """What the client is answered, ``delay`` seconds late; ``status`` 0: nothing, the connection is reset."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    retry_after: float | None = None
    headers: Mapping[str, str] = field(factory=dict[str, str])
    delay: float = 0.0


@frozen
class CallFault:
    """What goes wrong with one call: it is answered ``status``, before or after it took effect.

    Status 0 resets the connection instead; ``retry_after`` is the seconds that the answer asks to wait.
    """

    status: int = 0
    after_effect: bool = False
    retry_after: float | None = None

    @property
    def reply(self) -> HttpReply:
        """What the client is answered."""
        body = b"<html><body>a page of the proxy before the exchange</body></html>"
        return HttpReply(self.status, body, "text/html", self.retry_after)


class HttpService(Protocol):
    """The side of an exchange that answers calls."""

    def answer(self, call: HttpCall) -> HttpReply | None:
        """Answer a call; None where nothing is served on its path."""
        ...
