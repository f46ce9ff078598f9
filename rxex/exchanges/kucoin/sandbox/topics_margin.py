"""Public topics of margin: index and mark prices, and what is lent.

The venue prices what can be borrowed in BTC: ``USDT-BTC`` is what a USDT is worth.
Sources: KuCoin's pages "Index Price", "Mark Price" and, of 2023, "Order Book Change" of margin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import SPOT_TERMS
from rxex.exchanges.kucoin.sandbox.protocol import Topic
from rxex.exchanges.kucoin.sandbox.tapes import Tapes
from rxex.exchanges.kucoin.sandbox.topics import PeriodicTopic
from rxex.exchanges.kucoin.sandbox.writing import frame, number, text
from rxex.sandbox.market import Pair
from rxex.sandbox.simulation import Simulation

__all__ = ["GRANULARITY", "Prices", "margin_topics"]

GRANULARITY = 5000
"""Milliseconds that an index price is told to hold."""


class Prices:
    """Index and mark prices of spot: what a currency is worth in BTC."""

    def __init__(self, simulation: Simulation) -> None:
        """Make them of the markets of ``simulation``."""
        self._market = simulation.market
        known = [terms for symbol, terms in SPOT_TERMS.items() if symbol in simulation.market.instruments]
        currencies = dict.fromkeys(terms.base for terms in known if terms.quote == "USDT")
        self.symbols = [f"{name}-BTC" for name in ("USDT", *currencies) if name != "BTC"] if "BTC" in currencies else []

    def index(self, symbol: str) -> Decimal:
        """The last prices of the markets; raises `KeyError` for an unknown symbol."""
        return self._price(symbol, lambda pair: pair.last)

    def mark(self, symbol: str) -> Decimal:
        """The middle between bid and ask."""
        return self._price(symbol, lambda pair: (pair.bid + pair.ask) / 2)

    def _price(self, symbol: str, price: Callable[[Pair], Decimal]) -> Decimal:
        if symbol not in self.symbols:
            raise KeyError(symbol)
        currency = symbol.removesuffix("-BTC")
        value = Decimal(1) if currency == "USDT" else price(self._market.pair(f"{currency}-USDT"))
        exact = value / price(self._market.pair("BTC-USDT"))
        return exact.quantize(Decimal("1E-9"), ROUND_HALF_EVEN)


class _Prices(PeriodicTopic):
    """One price after the other."""

    def __init__(self, tapes: Tapes, price: Callable[[str], Decimal]) -> None:
        super().__init__(tapes.simulation, 1.0 * tapes.rhythm)
        self._price = price

    def frames(self, topic: str, argument: str) -> Iterable[str]:
        try:
            value = self._price(argument)
        except KeyError:
            return
        time = self.simulation.timestamp // 10**6
        data = {"symbol": argument, "granularity": GRANULARITY, "timestamp": time, "value": number(value)}
        yield frame(topic, "tick", data, id=f"{self.simulation.random.getrandbits(96):024x}")


class _Lending(PeriodicTopic):
    """What is lent, now at this rate and now at another."""

    def __init__(self, tapes: Tapes) -> None:
        super().__init__(tapes.simulation, 5.0 * tapes.rhythm)
        self._sequence = 1_000_000
        self._random = Random("lending")  # noqa: S311 - must be repeatable
        self._currencies = {asset for terms in SPOT_TERMS.values() for asset in (terms.base, terms.quote)}

    def frames(self, topic: str, argument: str) -> Iterable[str]:
        if argument not in self._currencies:
            return
        self._sequence += 1
        daily = Decimal(self._random.randint(1, 30)).scaleb(-5)
        data: dict[str, Any] = {
            "sequence": self._sequence,
            "currency": argument,
            "dailyIntRate": text(daily),
            "annualIntRate": text((daily * 365).quantize(Decimal("0.0001"))),
            "term": self._random.choice((7, 14, 28)),
            "size": text(Decimal(self._random.randrange(10_000)).scaleb(-1)),
            "side": "lend",
            "ts": self.simulation.timestamp,
        }
        yield frame(topic, "funding.update", data, id=f"{self.simulation.random.getrandbits(96):024x}")


def margin_topics(tapes: Tapes, prices: Prices) -> Mapping[str, Topic]:
    """Give the public topics of margin, by what stands before the colon."""
    return {
        "/indicator/index": _Prices(tapes, prices.index),
        "/indicator/markPrice": _Prices(tapes, prices.mark),
        "/margin/fundingBook": _Lending(tapes),
    }
