"""Our names for Bitfinex's refusals, and what says neither yes nor no.

Bitfinex refuses in free text, by a notification, or by an order that ends at once with a status. Sources: Bitfinex's
pages "Notifications", "Order status" and what clients saw.
"""

from __future__ import annotations

from typing import Any

from rxex.errors import TransientError
from rxex.orders import OrderRefused, Refusal

__all__ = ["kind_of", "refused", "unclear"]

# What texts have in them, the more special ones first; the texts of notifications, then the states of orders.
_KINDS = {
    "not enough": Refusal.INSUFFICIENT_FUNDS,
    "insufficient balance": Refusal.INSUFFICIENT_FUNDS,
    "insufficient margin": Refusal.MARGIN,
    "minimum size": Refusal.TOO_SMALL,
    "rsn_dust": Refusal.TOO_SMALL,
    "invalid price": Refusal.INVALID_PRICE,
    "price: invalid": Refusal.INVALID_PRICE,
    "symbol: invalid": Refusal.UNKNOWN_SYMBOL,
    "order not found": Refusal.UNKNOWN_ORDER,
    "id: invalid": Refusal.UNKNOWN_ORDER,
    "postonly": Refusal.WOULD_TAKE,
    "post only": Refusal.WOULD_TAKE,
    "rsn_pos": Refusal.MARGIN,
    "rsn_pause": Refusal.NOT_TRADING,
    "maintenance": Refusal.NOT_TRADING,
    "ratelimit": Refusal.RATE_LIMITED,
    "rate limit": Refusal.RATE_LIMITED,
    "too many": Refusal.TOO_MANY_ORDERS,
    "apikey": Refusal.NOT_PERMITTED,
    "permission": Refusal.NOT_PERMITTED,
    "not allowed": Refusal.NOT_PERMITTED,
    "invalid": Refusal.INVALID_REQUEST,
}
_OURS = ("cid: invalid", "gid: invalid")
_UNCLEAR = ("internal", "timeout", "timed out", "temporarily", "unavailable", "try again", "not ready")


def kind_of(text: str) -> Refusal:
    """Give our name for a text of Bitfinex's.

    >>> kind_of("Invalid order: minimum size for ETC/USD is 0.8").value, kind_of("POSTONLY CANCELED").value
    ('too_small', 'would_take')
    """
    lower = text.lower()
    if lower.startswith(_OURS):
        return Refusal.INVALID_REQUEST
    return next((kind for part, kind in _KINDS.items() if part in lower), Refusal.OTHER)


def refused(request: str, text: str, raw: Any = None) -> OrderRefused:
    """Give the error of a refusal with Bitfinex's ``text``."""
    return OrderRefused(request, text, raw, kind_of(text))


def unclear(request: str, text: str, *, is_refusal: bool) -> TransientError | None:
    """Give the error of an answer that says neither yes nor no; None where it is a no.

    >>> unclear("add_order", "Invalid price.", is_refusal=True) is None
    True
    """
    if is_refusal and not any(part in text.lower() for part in _UNCLEAR):
        return None
    return TransientError(f"Bitfinex answered {request} with {text!r}, which does not tell whether it took effect")
