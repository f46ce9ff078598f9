"""What TheOne's errors mean: texts over the WebSocket, codes over REST.

Sources: TheOne's documents on errors.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import define

from rxex.errors import AuthRefused, ClockSkew, RequestRefused, RxexError

__all__ = ["BrokerRefused", "ErrorCode", "error_of_text", "is_uncertain", "is_about_login"]


class ErrorCode(StrEnum):
    """TheOne's own codes, as far as it names them."""

    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_REQUEST = "INVALID_REQUEST"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    RATE_LIMIT = "RATE_LIMIT"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    EXPIRED_REQUEST = "EXPIRED_REQUEST"
    INVALID_NONCE = "INVALID_NONCE"
    MISSING_API_KEY = "MISSING_API_KEY"
    DUPLICATE_REQUEST = "DUPLICATE_REQUEST"
    SWAP_ERROR = "SWAP_ERROR"


@define(eq=False)
class BrokerRefused(RequestRefused):
    """TheOne refused ``request`` with ``reason``, its own text.

    ``code`` is its code (a text for one that is in no document; None over the WebSocket, which has none); a number for
    its support is in ``request_id``.
    """

    code: ErrorCode | str | None = None
    request_id: str | None = None

    def __str__(self) -> str:
        code = "" if self.code is None else f" ({self.code})"
        return f"the exchange refused {self.request}{code}: {self.reason}"


NOT_AUTHENTICATED = "Not authenticated"
_SIGNATURE = ("Invalid signature", "Invalid API key", NOT_AUTHENTICATED)
_CLOCK = ("Request timestamp outside allowed window", "Nonce has already been used or is expired")
_IN_TROUBLE = ("internal", "timeout", "timed out", "unavailable", "try again", "temporar")


def error_of_text(request: str, text: str, raw: object = None) -> RxexError:
    """Give the error that a text of the WebSocket stands for.

    >>> type(error_of_text("swap", "Invalid signature")).__name__
    'AuthRefused'
    """
    if text.startswith(_SIGNATURE):
        return AuthRefused(text)
    if text.startswith(_CLOCK):
        return ClockSkew(request, text)
    return BrokerRefused(request, text, raw)


def is_about_login(text: str) -> bool:
    """Tell whether the exchange has forgotten who we are."""
    return text.startswith(NOT_AUTHENTICATED)


def is_uncertain(text: str) -> bool:
    """Tell whether the exchange says that it is in trouble, and so not what became of the request."""
    return any(word in text.lower() for word in _IN_TROUBLE)
