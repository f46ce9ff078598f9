"""What the endpoints of market data of both markets share."""

from __future__ import annotations

from collections.abc import Mapping

from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call
from rxex.exchanges.kucoin.sandbox.snapshots import Books
from rxex.exchanges.kucoin.sandbox.tapes import Tapes

__all__ = ["MarketRest", "whole"]


class MarketRest:
    """Endpoints of one market; the codes are those for a symbol that is missing or unknown."""

    missing: str
    unknown: str

    def __init__(self, tapes: Tapes, books: Books) -> None:
        """Serve what these have."""
        self.tapes = tapes
        self.books = books
        self.simulation = tapes.simulation

    @property
    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self.simulation.timestamp // 10**6

    def symbol_in(self, call: Call) -> str:
        """The instrument that a call is about; raises `Declined`."""
        symbol = call.parts.get("symbol") or call.query.get("symbol")
        if symbol is None:
            raise Declined(self.missing, "Required parameter symbol is missing", 400)
        if symbol not in self.tapes.symbols:
            raise Declined(self.unknown, f"symbol {symbol} not exists")
        return symbol


def whole(query: Mapping[str, str], name: str, usual: int = 0) -> int:
    """Read a whole number; raises `Declined`."""
    given = query.get(name, "")
    if not given:
        return usual
    if not (given.isascii() and given.isdigit()):
        raise Declined("400100", f"Parameter {name} is invalid", 400)
    return int(given)
