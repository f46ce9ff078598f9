"""The market data of a simulated KuCoin, put together: tapes of the floors, public topics, endpoints."""

from __future__ import annotations

from collections.abc import Mapping

from rxex.exchanges.kucoin.sandbox.funding import Funding
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.protocol import Topic
from rxex.exchanges.kucoin.sandbox.rest import Route
from rxex.exchanges.kucoin.sandbox.rest_futures import futures_routes
from rxex.exchanges.kucoin.sandbox.rest_spot import spot_routes
from rxex.exchanges.kucoin.sandbox.snapshots import Books
from rxex.exchanges.kucoin.sandbox.tapes import Tapes
from rxex.exchanges.kucoin.sandbox.topics_futures import futures_topics
from rxex.exchanges.kucoin.sandbox.topics_level3 import level3_topics
from rxex.exchanges.kucoin.sandbox.topics_margin import Prices, margin_topics
from rxex.exchanges.kucoin.sandbox.topics_spot import spot_topics
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["MarketParts"]


class MarketParts:
    """The parts of one exchange that have to do with market data."""

    def __init__(
        self, simulation: Simulation, floors: Mapping[str, TradingFloor], funding: Funding, *, rhythm: float = 1.0
    ) -> None:
        """Make them.

        Args:
            simulation: The exchange that they are a part of.
            floors: Those of both markets.
            funding: What holders of futures pay each other.
            rhythm: What intervals of topics are multiplied by.
        """
        seed = simulation.random.getrandbits(64)
        self.spot = Tapes(floors[SPOT], seed=seed, steps_of_nothing=True, rhythm=rhythm)
        self.futures = Tapes(floors[FUTURES], seed=seed, steps_of_nothing=False, rhythm=rhythm)
        self.books = {SPOT: Books(self.spot), FUTURES: Books(self.futures)}
        self.prices = Prices(simulation)
        self.funding = funding
        self.topics: dict[str, dict[str, Topic]] = {
            SPOT: {
                **spot_topics(self.spot),
                **level3_topics(self.spot),
                **margin_topics(self.spot, self.prices),
            },
            FUTURES: {**futures_topics(self.futures, self.funding)},
        }
        self.routes: list[Route] = [
            *spot_routes(self.spot, self.books[SPOT], self.prices),
            *futures_routes(self.futures, self.books[FUTURES], self.funding),
        ]
