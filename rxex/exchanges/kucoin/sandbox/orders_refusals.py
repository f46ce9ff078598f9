"""The venue's codes and words for no, where orders and accounts are concerned.

Source: the venue's page of error codes; the texts are those that clients of it look for.
"""

from __future__ import annotations

from collections.abc import Mapping

from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.sandbox.orders import Refused, RefusedFor

__all__ = ["FUTURES", "HF", "MARGIN", "STOPS", "UNKNOWN_ORDER", "Texts", "declined", "invalid"]

Texts = Mapping[RefusedFor, tuple[str, str]]


UNKNOWN_ORDER = ("400100", "order_not_exist_or_not_allow_to_cancel")
"""The answer to a cancel of an order that does not exist, or is over."""

_COMMON: Texts = {
    RefusedFor.SYMBOL: ("900001", "symbol not exists"),
    RefusedFor.SIZE: ("400100", "Order size below the minimum requirement."),
    RefusedFor.COST: ("400100", "Order funds below the minimum requirement."),
    RefusedFor.LOT: ("400100", "Order size increment invalid."),
    RefusedFor.TICK: ("400100", "Price increment invalid."),
    RefusedFor.PRICE: ("400100", "Price invalid."),
    RefusedFor.ORDER: UNKNOWN_ORDER,
    RefusedFor.POST_ONLY: ("400100", "Post only order would be filled at once."),
}
HF: Texts = {
    **_COMMON,
    RefusedFor.FUNDS: ("102421", "Balance insufficient!"),
    RefusedFor.CLIENT_ID: ("102426", "Duplicate custom order ID (clientOid)."),
    RefusedFor.TOO_MANY: ("102427", "Too many open orders."),
}
"""Orders of the high-frequency service."""
STOPS: Texts = {
    **_COMMON,
    # The same code as that of a bad parameter.
    RefusedFor.FUNDS: ("400100", "account.available.amount"),
    RefusedFor.CLIENT_ID: ("400100", "Duplicate clientOid."),
    RefusedFor.TOO_MANY: ("200003", "Stop orders limit exceeded."),
}
"""Spot orders that wait for a price."""
MARGIN: Texts = {
    **_COMMON,
    RefusedFor.SYMBOL: ("126004", "Symbol does not support margin trading."),
    RefusedFor.SIZE: ("126003", "Order size below the minimum requirement."),
    RefusedFor.COST: ("126003", "Order funds below the minimum requirement."),
    RefusedFor.FUNDS: ("126013", "Insufficient account balance."),
    RefusedFor.ORDER: ("126043", "The order does not exist."),
    RefusedFor.CLIENT_ID: ("126044", "Duplicate clientOid."),
    RefusedFor.TOO_MANY: ("126011", "Too many open orders."),
}
"""Margin orders."""
FUTURES: Texts = {
    **_COMMON,
    RefusedFor.SYMBOL: ("200003", "The symbol does not exist."),
    RefusedFor.SIZE: ("100001", "Quantity parameter cannot be empty or below 1."),
    RefusedFor.LOT: ("100001", "Quantity must be a whole number of lots."),
    RefusedFor.TICK: ("100001", "The price does not fit the tick size."),
    RefusedFor.PRICE: ("100001", "Price parameter invalid."),
    RefusedFor.FUNDS: ("300003", "Balance insufficient. Please deposit first."),
    RefusedFor.ORDER: ("100004", "The order cannot be canceled."),
    RefusedFor.CLIENT_ID: ("300018", "clientOid parameter repeated"),
    RefusedFor.TOO_MANY: ("300001", "Active orders limit exceeded."),
}
"""Futures orders."""


def invalid(name: str, code: str = "400100") -> Declined:
    """A parameter that cannot be."""
    return Declined(code, f"{name} parameter invalid.")


def declined(refused: Refused, texts: Texts) -> Declined:
    """Give the venue's words for what the engine refuses."""
    if refused.why is RefusedFor.ARGUMENTS:
        return invalid(refused.detail, "100001" if texts is FUTURES else "400100")
    return Declined(*texts[refused.why])
