"""The venue's words for no."""

from __future__ import annotations

from rxex.sandbox.orders import Refused, RefusedFor

__all__ = ["Declined", "declined"]

_TEXTS = {
    RefusedFor.SYMBOL: "symbol: invalid",
    RefusedFor.LOT: "amount: invalid",
    RefusedFor.TICK: "Invalid price.",
    RefusedFor.PRICE: "Invalid price.",
    RefusedFor.ORDER: "Order not found.",
    RefusedFor.POST_ONLY: "Invalid order: post only order would match immediately",
    RefusedFor.TOO_MANY: "Invalid order: too many orders",
}
_FIELDS = {"expire": "tif", "trigger": "price", "size": "amount"}


class Declined(Exception):
    """A request that the venue refuses, with its code and in its words."""

    def __init__(self, text: str, code: int = 10001) -> None:
        super().__init__(code, text)
        self.text = text
        self.code = code


def declined(refused: Refused, *, size: str = "", pair: str = "", minimum: str = "", wallet: str = "") -> Declined:
    """Give the venue's words for what the engine refuses."""
    if refused.why is RefusedFor.ARGUMENTS:
        return Declined(f"{_FIELDS.get(refused.detail, refused.detail)}: invalid", 10020)
    if refused.why is RefusedFor.SIZE:
        return Declined(f"Invalid order: minimum size for {pair} is {minimum}")
    if refused.why is RefusedFor.FUNDS:
        return Declined(f"Invalid order: not enough {wallet} balance for {size} {pair}")
    return Declined(_TEXTS.get(refused.why, "Invalid order."))
