"""The venue's words for no."""

from __future__ import annotations

from rxex.sandbox.orders import Refused, RefusedFor

__all__ = ["Declined", "declined"]

_TEXTS = {
    RefusedFor.SYMBOL: "EQuery:Unknown asset pair",
    RefusedFor.SIZE: "EGeneral:Invalid arguments:volume minimum not met",
    RefusedFor.COST: "EOrder:Cost minimum not met",
    RefusedFor.LOT: "EGeneral:Invalid arguments:volume",
    RefusedFor.PRICE: "EOrder:Invalid price",
    RefusedFor.FUNDS: "EOrder:Insufficient funds",
    RefusedFor.CLIENT_ID: "EGeneral:Invalid arguments:cl_ord_id not unique",
    RefusedFor.ORDER: "EOrder:Unknown order",
    RefusedFor.POST_ONLY: "EOrder:Post only order",
    RefusedFor.TOO_MANY: "EOrder:Orders limit exceeded",
}


class Declined(Exception):
    """A request that the venue refuses, in its words."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def declined(refused: Refused, symbol: str) -> Declined:
    """Give the venue's words for what the engine refuses."""
    if refused.why is RefusedFor.TICK:
        return Declined(f"EOrder:Invalid price:{symbol} price can only be specified up to {refused.detail} decimals.")
    if refused.why is RefusedFor.ARGUMENTS:
        return Declined(f"EGeneral:Invalid arguments:{refused.detail}")
    return Declined(_TEXTS[refused.why])
