"""The trading side of a simulated KuCoin, put together: floors, private topics, endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rxex.exchanges.kucoin.sandbox.funding import Funding
from rxex.exchanges.kucoin.sandbox.gateway import Gateway
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.margin import Margin
from rxex.exchanges.kucoin.sandbox.margin_rest import MarginRest
from rxex.exchanges.kucoin.sandbox.orders_futures import FuturesWish
from rxex.exchanges.kucoin.sandbox.orders_http import Ledgered, OrderServer
from rxex.exchanges.kucoin.sandbox.orders_requests import Wish
from rxex.exchanges.kucoin.sandbox.orders_stops import StopBook
from rxex.exchanges.kucoin.sandbox.positions_rest import PositionRest
from rxex.exchanges.kucoin.sandbox.private_futures import PrivateFutures
from rxex.exchanges.kucoin.sandbox.private_margin import PrivateMargin
from rxex.exchanges.kucoin.sandbox.private_spot import PrivateSpot
from rxex.exchanges.kucoin.sandbox.protocol import Topic
from rxex.exchanges.kucoin.sandbox.rest import Route
from rxex.exchanges.kucoin.sandbox.trading import Trading
from rxex.exchanges.kucoin.sandbox.trading_base import kind_of, user_of
from rxex.exchanges.kucoin.sandbox.trading_futures import FuturesTrading
from rxex.exchanges.kucoin.sandbox.trading_futures_rest import FuturesRest
from rxex.exchanges.kucoin.sandbox.trading_rest import SpotRest
from rxex.exchanges.kucoin.sandbox.trading_stops import StopRest
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["TradingParts"]


class TradingParts:
    """The parts of one exchange that have to do with orders."""

    def __init__(
        self,
        simulation: Simulation,
        *,
        balances: Mapping[str, Decimal] | None = None,
        faults: OrderFaults | None = None,
    ) -> None:
        """Make them.

        Args:
            simulation: The exchange that they are a part of.
            balances: What each account has at first, by asset; None: plenty of everything.
            faults: What goes wrong with orders by itself.
        """
        self._simulation = simulation
        self.ledgered = Ledgered(lambda: simulation.now)
        self.spot = Trading(simulation, balances=balances, faults=faults)
        self.outbox = EventOutbox(simulation, self.spot.injector)
        self.private_spot = PrivateSpot(self.spot, self.outbox)
        self.spot_rest = SpotRest(self.spot, self.ledgered)
        self.stops: StopBook[Wish] = StopBook(self.spot, self.spot.add, self.private_spot.stopped)
        self.spot.settlers.append(self.stops.release)
        self.stop_rest = StopRest(self.spot, self.stops)
        self.margin = Margin(self.spot)
        self.private_margin = PrivateMargin(self.spot, self.margin, self.outbox, self.moved)
        self.funding = Funding(simulation)
        self.futures = FuturesTrading(self.spot, balances=balances)
        self.private_futures = PrivateFutures(self.futures, self.outbox, self.funding)
        self.futures_stops: StopBook[FuturesWish] = StopBook(
            self.futures, lambda user, wish: self.futures.add(user, wish.released()), self.private_futures.stopped
        )
        self.futures.settlers.append(self.futures_stops.release)
        self.margin_rest = MarginRest(
            self.spot, self.margin, self.spot_rest, self.ledgered, floors=self.floors, moved=self.moved
        )
        self.futures_rest = FuturesRest(self.futures, self.futures_stops, self.ledgered)
        self.position_rest = PositionRest(self.futures, self.funding)

    @property
    def floors(self) -> dict[str, TradingFloor]:
        """The floors by market."""
        return {SPOT: self.spot, FUTURES: self.futures}

    @property
    def topics(self) -> dict[str, dict[str, Topic]]:
        """The private topics by market, and by what stands before the colon."""
        return {
            SPOT: {**self.private_spot.topics, **self.private_margin.topics},
            FUTURES: {**self.private_futures.topics},
        }

    def server(self, routes: Iterable[Route], *, rate_limits: bool) -> OrderServer:
        """Make what answers calls over HTTP: ``routes`` and those about orders."""
        return OrderServer(
            self._simulation,
            [
                *routes,
                *self.spot_rest.routes,
                *self.stop_rest.routes,
                *self.margin_rest.routes,
                *self.futures_rest.routes,
                *self.position_rest.routes,
            ],
            floor=self.spot,
            ledgered=self.ledgered,
            outbox=self.outbox,
            flush=self.flush,
            sessions=self.sessions,
            rate_limits=rate_limits,
        )

    def gateway(self, server: OrderServer) -> Gateway:
        """Make the gateway for orders, which shares the quotas of ``server``."""
        return Gateway(
            self._simulation,
            operations={**self.spot_rest.operations, **self.margin_rest.operations, **self.futures_rest.operations},
            server=server,
            desk=OrderDesk(self.spot, self.outbox),
            ledgered=self.ledgered,
            followers=self.sessions,
        )

    def sessions(self, user: str) -> set[int]:
        """The sessions on which a user is told anything of orders."""
        private = (self.private_spot, self.private_margin, self.private_futures)
        return {number for topics in private for number in topics.sessions(user)}

    def moved(self, account: str, asset: str, word: str) -> None:
        """Have it told that a balance has changed without an order; ``word`` is what happened."""
        if kind_of(account) == FUTURES:
            self.private_futures.balance_changed(user_of(account), asset)
        else:
            self.private_spot.moved(account, asset, word)

    def flush(self) -> None:
        """Send what there is to tell."""
        for floor in (self.spot, self.futures):
            floor.flush()
