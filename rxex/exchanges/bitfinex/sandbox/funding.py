"""The market of funding of the simulated Bitfinex: who lends and borrows at what rate a day, for how many days.

It is made up: offers come and go around a rate that drifts, and now and then somebody takes the best one. Clients'
offers stand among the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from attrs import frozen

from rxex.exchanges.bitfinex.sandbox.offers import Offer, Offers
from rxex.models import Side
from rxex.sandbox.simulation import Simulation

__all__ = ["CURRENCIES", "FundingMarket", "FundingOffer", "FundingTrade", "FundingMarkets"]

CURRENCIES: Mapping[str, Decimal] = {"fUSD": Decimal("0.0002"), "fUST": Decimal("0.00018"), "fBTC": Decimal("0.00002")}
"""The currencies, and where their rates begin."""
_PERIODS = (2, 2, 2, 2, 7, 30, 30, 120)
_DEPTH = 130
_EIGHT, _TEN = Decimal("1E-8"), Decimal("1E-10")
_A_SECOND = 1.5


@frozen
class FundingOffer:
    """What somebody lends (``amount`` above 0) or wants to borrow."""

    id: int
    rate: Decimal
    period: int
    amount: Decimal


@frozen
class FundingTrade:
    """A trade; ``amount`` is above 0 where the taker borrowed; ``time`` in nanoseconds since the epoch."""

    id: int
    time: int
    amount: Decimal
    rate: Decimal
    period: int


class FundingMarket:
    """The market of one currency."""

    def __init__(self, symbol: str, simulation: Simulation, offers: Offers, seed: int, speed: float) -> None:
        """Make up what is offered at first, and what was traded until now."""
        self.symbol = symbol
        self.trades: deque[FundingTrade] = deque(maxlen=500)
        self._simulation = simulation
        self._clients = offers
        self._random = Random(f"{seed}/{symbol}/funding")  # noqa: S311 - a made-up market
        self._speed = speed
        self._mid = CURRENCIES[symbol]
        self._number = self._random.randrange(10**8, 2 * 10**8)
        self._offers: dict[int, FundingOffer] = {}
        for side in (Side.BUY, Side.SELL):
            for _ in range(_DEPTH):
                self._add(side)
        start = simulation.timestamp
        for place in range(60):
            self._record(start - (60 - place) * 20 * 10**9, self._amount(), self._mid, 2)

    def next_wait(self) -> float:
        """The seconds until something happens next."""
        return self._random.expovariate(_A_SECOND * self._speed)

    def step(self) -> FundingTrade | None:
        """Let something happen; give the trade if there was one."""
        random = self._random
        self._mid = max(_EIGHT * 100, self._rounded(self._mid * Decimal(1 + random.gauss(0, 0.002))))
        side = random.choice((Side.BUY, Side.SELL))
        for each in [offer for offer in self._offers.values() if (offer.rate > self._mid) is (offer.amount < 0)]:
            # The rate has gone past it.
            del self._offers[each.id]
        while sum(1 for each in self._offers.values() if (each.amount < 0) is (side is Side.BUY)) < _DEPTH:
            self._add(side)
        if random.random() < 0.5:
            gone = random.choice(list(self._offers))
            del self._offers[gone]
        return self._trade() if random.random() < 0.35 else None

    def offers(self, side: Side) -> list[FundingOffer]:
        """What is wanted (buy) or lent (sell), the best first: the highest and the lowest rate."""
        mine = [each for each in self._offers.values() if (each.amount < 0) is (side is Side.BUY)]
        mine += [
            FundingOffer(each.id, each.rate, each.period, each.amount)
            for each in self._of_clients()
            if (each.amount < 0) is (side is Side.BUY) and not each.flags & 64
        ]
        sign = -1 if side is Side.BUY else 1
        return sorted(mine, key=lambda each: (sign * each.rate, each.period, each.id))

    # The inside.

    def _of_clients(self) -> Iterable[Offer]:
        return [each for each in self._clients.all.values() if each.is_open and each.symbol == self.symbol]

    def _add(self, side: Side) -> None:
        away = self._mid * Decimal(self._random.expovariate(4.0) + 0.002)
        rate = self._rounded(self._mid - away if side is Side.BUY else self._mid + away)
        if rate <= 0:
            rate = _EIGHT
        amount = self._amount()
        self._number += self._random.randrange(1, 9)
        offer = FundingOffer(self._number, rate, self._random.choice(_PERIODS), -amount if side is Side.BUY else amount)
        self._offers[offer.id] = offer

    def _trade(self) -> FundingTrade | None:
        side = self._random.choice((Side.BUY, Side.SELL))
        best = next(iter(self.offers(side)), None)
        if best is None:
            return None
        size = min(abs(best.amount), self._amount())
        client = self._clients.all.get(best.id)
        if client is not None:
            size = self._clients.take(client, size)
        elif size == abs(best.amount):
            del self._offers[best.id]
        else:
            left = best.amount - size if best.amount > 0 else best.amount + size
            self._offers[best.id] = FundingOffer(best.id, best.rate, best.period, left)
        # Who takes what is lent borrows.
        amount = size if side is Side.SELL else -size
        return self._record(self._simulation.timestamp, amount, best.rate, best.period)

    def _record(self, time: int, amount: Decimal, rate: Decimal, period: int) -> FundingTrade:
        self._number += 1
        trade = FundingTrade(self._number, time, amount, rate, period)
        self.trades.append(trade)
        return trade

    def _amount(self) -> Decimal:
        scale = 1.0 if self.symbol == "fBTC" else 3000.0
        return Decimal(scale * self._random.lognormvariate(0.0, 1.0)).quantize(_EIGHT, ROUND_HALF_EVEN) + _EIGHT

    def _rounded(self, rate: Decimal) -> Decimal:
        return rate.quantize(_TEN if rate < Decimal("1E-5") else _EIGHT, ROUND_HALF_EVEN)


class FundingMarkets:
    """The markets of all currencies, told step by step while somebody watches.

    ``listeners`` (a list to add functions to) hear of the currency, and of the trade if there was one.
    """

    def __init__(
        self, simulation: Simulation, offers: Offers, *, seed: int, speed: float, flush: Callable[[], None]
    ) -> None:
        """Prepare the markets.

        Args:
            simulation: The exchange that this is a part of.
            offers: Clients' offers; a market goes on while it has any.
            seed: What the markets follow from.
            speed: How many times faster than usual they go.
            flush: Tells clients what has become of their offers.
        """
        self.simulation = simulation
        self._flush = flush
        self.listeners: list[Callable[[str, FundingTrade | None], None]] = []
        self._make: Callable[[str], FundingMarket] = lambda symbol: FundingMarket(
            symbol, simulation, offers, seed, speed
        )
        self._markets: dict[str, FundingMarket] = {}
        self._watchers: dict[str, int] = {}
        self._ticking: set[str] = set()
        offers.listeners.append(self._offered)

    def __contains__(self, symbol: object) -> bool:
        return symbol in CURRENCIES

    def market(self, symbol: str) -> FundingMarket:
        """The market of ``symbol``."""
        if symbol not in self._markets:
            self._markets[symbol] = self._make(symbol)
        return self._markets[symbol]

    def watch(self, symbol: str) -> FundingMarket:
        """Let it go on, until as many `unwatch`."""
        self._watchers[symbol] = self._watchers.get(symbol, 0) + 1
        if symbol not in self._ticking:
            self._ticking.add(symbol)
            self._schedule(symbol)
        return self.market(symbol)

    def unwatch(self, symbol: str) -> None:
        """End one `watch`."""
        self._watchers[symbol] -= 1

    def _offered(self, _: str, kind: str, row: list[object]) -> None:
        if kind == "fon":
            self.watch(str(row[1]))
        elif kind == "foc":
            self.unwatch(str(row[1]))
        if kind in {"fon", "foc"}:
            self._tell(str(row[1]), None)

    def _schedule(self, symbol: str) -> None:
        self.simulation.schedule(self.market(symbol).next_wait(), lambda: self._turn(symbol))

    def _turn(self, symbol: str) -> None:
        if not self._watchers.get(symbol):
            self._ticking.discard(symbol)
            return
        trade = self.market(symbol).step()
        self._flush()
        self._tell(symbol, trade)
        self._schedule(symbol)

    def _tell(self, symbol: str, trade: FundingTrade | None) -> None:
        for listener in self.listeners:
            listener(symbol, trade)
