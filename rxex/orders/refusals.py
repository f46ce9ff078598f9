"""Why an exchange refuses an order, in our words and in its own."""

from __future__ import annotations

from enum import StrEnum

from attrs import define

from rxex.errors import (
    CertificateError,
    ClockSkew,
    ConnectError,
    FatalError,
    InvalidArgument,
    NotSent,
    RateLimited,
    RequestRefused,
)
from rxex.models import OrderUpdate, Stage

__all__ = ["OrderRefused", "Refusal", "outcome_of"]

_NOTHING_LEFT = (NotSent, ConnectError, CertificateError, InvalidArgument)
_REFUSED = (FatalError, RateLimited, ClockSkew)


class Refusal(StrEnum):
    """What is wrong with a request about an order, whatever the exchange calls it."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    TOO_SMALL = "too_small"
    INVALID_PRICE = "invalid_price"
    INVALID_REQUEST = "invalid_request"
    UNKNOWN_SYMBOL = "unknown_symbol"
    UNKNOWN_ORDER = "unknown_order"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    WOULD_TAKE = "would_take"
    MARGIN = "margin"
    TOO_MANY_ORDERS = "too_many_orders"
    RATE_LIMITED = "rate_limited"
    NOT_PERMITTED = "not_permitted"
    SESSION_EXPIRED = "session_expired"
    NOT_TRADING = "not_trading"
    TOO_LATE = "too_late"
    UNAVAILABLE = "unavailable"
    OTHER = "other"


@define(eq=False)
class OrderRefused(RequestRefused):
    """The exchange refused a request about an order with ``reason``, its own text; ``kind`` is our name for it."""

    kind: Refusal = Refusal.OTHER

    def __str__(self) -> str:
        return f"the exchange refused {self.request} ({self.kind}): {self.reason}"


def outcome_of(error: Exception) -> OrderUpdate:
    """Give what the error of a request that places an order tells of the order.

    It was not sent, or the exchange refused it; all else does not tell whether it was placed.

    >>> outcome_of(NotSent("the queue is full")).stage.value, outcome_of(RateLimited("too fast")).stage.value
    ('not_sent', 'rejected')
    >>> outcome_of(TimeoutError()).stage.value
    'unknown'
    """
    stage = Stage.UNKNOWN
    if isinstance(error, _NOTHING_LEFT):
        stage = Stage.NOT_SENT
    elif isinstance(error, _REFUSED):
        stage = Stage.REJECTED
    reason = error.reason if isinstance(error, RequestRefused) else str(error)
    return OrderUpdate(None, None, stage, reason=reason, error=error)
