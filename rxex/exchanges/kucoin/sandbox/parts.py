"""What a simulated KuCoin is made of, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.flood import FloodTopic
from rxex.exchanges.kucoin.sandbox.gateway import GATEWAY_PATH
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, PATHS, SPOT, paths_of
from rxex.exchanges.kucoin.sandbox.market_parts import MarketParts
from rxex.exchanges.kucoin.sandbox.playback import Playback, PlayedTopic
from rxex.exchanges.kucoin.sandbox.pro import PRO_PATHS, ProParts
from rxex.exchanges.kucoin.sandbox.protocol import BulletProtocol, Topic
from rxex.exchanges.kucoin.sandbox.rest import RestServer
from rxex.exchanges.kucoin.sandbox.rest_public import common_routes
from rxex.exchanges.kucoin.sandbox.tokens import TOKEN_LIFE, Tokens
from rxex.exchanges.kucoin.sandbox.trading_parts import TradingParts
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.session import WireProtocol
from rxex.sandbox.simulation import Simulation

__all__ = ["Options", "Parts", "parts_of", "protocols"]


@frozen(kw_only=True)
class Options:
    """What can be chosen of an exchange; see `rxex.exchanges.kucoin.sandbox.kucoin_sandbox`."""

    balances: Mapping[str, Decimal] | None = None
    order_faults: OrderFaults | None = None
    rate_limits: bool = False
    token_life: float = TOKEN_LIFE
    instances: int = 1
    refuse_in_handshake: bool = False
    playback: Playback | None = None
    flood: int = 0
    rhythm: float = 1.0
    """What intervals of topics are multiplied by."""
    rehearsal: Callable[[], Simulation] | None = None
    """Makes an exchange without a flood, whose frames a flood is made of."""


class Parts:
    """The parts of one exchange, which know each other."""

    def __init__(self, simulation: Simulation, options: Options) -> None:
        """Make them."""
        self.simulation = simulation
        self.options = options
        self.tokens = Tokens(simulation.random, lambda: simulation.now, options.token_life)
        self.trading = TradingParts(simulation, balances=options.balances, faults=options.order_faults)
        self.floors = self.trading.floors
        self.market = MarketParts(simulation, self.floors, self.trading.funding, rhythm=options.rhythm)
        self.pro = ProParts(simulation, self.market, self.tokens)
        private = self.trading.topics
        self.topics: dict[str, dict[str, Topic]] = {
            market: {**self._public(market), **private[market]} for market in self.floors
        }
        played = [] if options.playback is None else options.playback.routes
        server = self.trading.server(
            [
                *common_routes(simulation, self.tokens, options.instances),
                *self.market.routes,
                *self.pro.routes,
                *played,
            ],
            rate_limits=options.rate_limits,
        )
        self.rest: RestServer = server
        self.gateway = self.trading.gateway(server)

    def _public(self, market: str) -> Mapping[str, Topic]:
        """The public topics: of the market, of recordings, or floods."""
        topics, options, simulation = self.market.topics[market], self.options, self.simulation
        playback, rehearsal = options.playback, options.rehearsal
        if playback is not None:
            return {
                prefix: PlayedTopic(simulation, playback, has_argument=topic.has_argument)
                for prefix, topic in topics.items()
            }
        if rehearsal is not None and options.flood:
            return {
                prefix: FloodTopic(simulation, market, rehearsal, options.flood, has_argument=topic.has_argument)
                for prefix, topic in topics.items()
            }
        return topics

    def server(self, market: str, number: int = 0) -> BulletProtocol:
        """Make one of the servers of a market."""
        return _Server(self, market, is_first=number == 0)


class _Server(BulletProtocol):
    """A server; the first one has its floor take part in the market, once, whatever number of sockets there is."""

    def __init__(self, parts: Parts, market: str, *, is_first: bool) -> None:
        super().__init__(
            parts.simulation,
            market,
            parts.tokens,
            parts.topics[market],
            refuse_in_handshake=parts.options.refuse_in_handshake,
        )
        self.parts = parts
        self._floor = parts.floors[market] if is_first else None

    def happened(self, event: MarketEvent) -> None:
        """Let the floor take part."""
        if self._floor is not None and event.pair.instrument.symbol in self._floor.engine.terms:
            self._floor.happened(event)


def parts_of(simulation: Simulation) -> Parts:
    """The parts of a simulated KuCoin."""
    return cast(_Server, simulation.protocols[PATHS[SPOT]]).parts


def protocols(options: Options) -> tuple[dict[str, Callable[[Simulation], WireProtocol]], list[Parts]]:
    """Give what makes each protocol of one simulation, by path, and where its parts are found once it is made."""
    made: list[Parts] = []

    def parts(simulation: Simulation) -> Parts:
        if not made:
            made.append(Parts(simulation, options))
        return made[0]

    def server(market: str, number: int) -> Callable[[Simulation], WireProtocol]:
        return lambda simulation: parts(simulation).server(market, number)

    def gateway(simulation: Simulation) -> WireProtocol:
        return parts(simulation).gateway

    def pro(market: str) -> Callable[[Simulation], WireProtocol]:
        return lambda simulation: parts(simulation).pro.server(market)

    servers = {
        path: server(market, number)
        for market in (SPOT, FUTURES)
        for number, path in enumerate(paths_of(market, options.instances))
    }
    pros = {path: pro(market) for market, path in PRO_PATHS.items()}
    return {**servers, GATEWAY_PATH: gateway, **pros}, made
