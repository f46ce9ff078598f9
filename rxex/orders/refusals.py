"""Why an exchange refuses an order, in our words and in its own."""

from __future__ import annotations

from enum import StrEnum

from attrs import define

from rxex.errors import RequestRefused

__all__ = ["OrderRefused", "Refusal"]


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
