"""Our names for Kraken's refusals, and what says neither yes nor no.

Source: Kraken's page "API Error Messages".
"""

from __future__ import annotations

from rxex.errors import TransientError
from rxex.orders import OrderRefused, Refusal
from rxex.typing import Json

__all__ = ["refused", "unclear"]

# By their beginnings, the more special ones first.
_KINDS = {
    "EOrder:Insufficient funds": Refusal.INSUFFICIENT_FUNDS,
    "EOrder:Insufficient margin": Refusal.MARGIN,
    "EOrder:Margin": Refusal.MARGIN,
    "EOrder:Cannot open": Refusal.MARGIN,
    "EOrder:Reduce only": Refusal.MARGIN,
    "EOrder:Unknown position": Refusal.MARGIN,
    "EBM:limit exceeded": Refusal.MARGIN,
    "EOrder:Order minimum not met": Refusal.TOO_SMALL,
    "EOrder:Cost minimum not met": Refusal.TOO_SMALL,
    "EGeneral:Invalid arguments:volume": Refusal.TOO_SMALL,
    "EOrder:Tick size check failed": Refusal.INVALID_PRICE,
    "EOrder:Invalid price": Refusal.INVALID_PRICE,
    "EGeneral:Invalid arguments:price": Refusal.INVALID_PRICE,
    "EGeneral:Invalid arguments:Index unavailable": Refusal.UNAVAILABLE,
    "EGeneral:Invalid arguments:cl_ord_id not unique": Refusal.DUPLICATE_CLIENT_ID,
    "EOrder:Duplicate": Refusal.DUPLICATE_CLIENT_ID,
    "EOrder:Post only": Refusal.WOULD_TAKE,
    "EQuery:Unknown asset pair": Refusal.UNKNOWN_SYMBOL,
    "Currency pair not": Refusal.UNKNOWN_SYMBOL,
    "EOrder:Unknown order": Refusal.UNKNOWN_ORDER,
    "EOrder:Orders limit exceeded": Refusal.TOO_MANY_ORDERS,
    "EOrder:Positions limit exceeded": Refusal.TOO_MANY_ORDERS,
    "EOrder:Scheduled orders limit exceeded": Refusal.TOO_MANY_ORDERS,
    "EOrder:Rate limit exceeded": Refusal.RATE_LIMITED,
    "EOrder:Domain rate limit exceeded": Refusal.RATE_LIMITED,
    "EAPI:Rate limit exceeded": Refusal.RATE_LIMITED,
    "EAuth:Rate limit exceeded": Refusal.RATE_LIMITED,
    "EAuth:Too many requests": Refusal.RATE_LIMITED,
    "EService: Throttled": Refusal.RATE_LIMITED,
    "EService:Throttled": Refusal.RATE_LIMITED,
    "Exceeded msg rate": Refusal.RATE_LIMITED,
    "ESession:Invalid session": Refusal.SESSION_EXPIRED,
    "Token(s) not found": Refusal.SESSION_EXPIRED,
    "EGeneral:Permission denied": Refusal.NOT_PERMITTED,
    "EGeneral:Temporary lockout": Refusal.NOT_PERMITTED,
    "EAccount:": Refusal.NOT_PERMITTED,
    "EAuth:": Refusal.NOT_PERMITTED,
    "EAPI:": Refusal.NOT_PERMITTED,
    "EService:Market in": Refusal.NOT_TRADING,
    "ETrade:Locked": Refusal.NOT_TRADING,
    "EService:Deadline elapsed": Refusal.TOO_LATE,
    "EGeneral:Invalid arguments": Refusal.INVALID_REQUEST,
    "EGeneral:Unknown Method": Refusal.INVALID_REQUEST,
    "ETrade:Invalid request": Refusal.INVALID_REQUEST,
    "Unsupported": Refusal.INVALID_REQUEST,
    "Malformed request": Refusal.INVALID_REQUEST,
}
# What a service in trouble says does not tell whether the request was carried out.
_UNCLEAR = ("EService:Unavailable", "EService:Busy", "EService:Timeout", "EGeneral:Internal error")


def refused(request: str, text: str, raw: Json) -> OrderRefused:
    """Give the error of a refusal with Kraken's ``text``.

    >>> refused("add_order", "EOrder:Insufficient funds", {}).kind.value
    'insufficient_funds'
    """
    kind = next((kind for start, kind in _KINDS.items() if text.startswith(start)), None)
    if kind is None:
        kind = Refusal.INVALID_REQUEST if " field must be " in text else Refusal.OTHER
    return OrderRefused(request, text, raw, kind)


def unclear(request: str, text: str) -> TransientError | None:
    """Give the error of an answer that says neither yes nor no; None where it does."""
    if text.startswith(_UNCLEAR):
        return TransientError(f"Kraken answered {request} with {text}, which does not tell whether it took effect")
    return None
