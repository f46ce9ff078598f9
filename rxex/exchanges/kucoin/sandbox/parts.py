"""What a simulated KuCoin is made of, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.controls import PATHS
from rxex.exchanges.kucoin.sandbox.gateway import GATEWAY_PATH
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.protocol import BulletProtocol, Topic
from rxex.exchanges.kucoin.sandbox.rest import RestServer
from rxex.exchanges.kucoin.sandbox.rest_public import common_routes
from rxex.exchanges.kucoin.sandbox.tokens import TOKEN_LIFE, Tokens
from rxex.exchanges.kucoin.sandbox.trading_parts import TradingParts
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.session import WireProtocol
from rxex.sandbox.simulation import Simulation

__all__ = ["Options", "Parts", "protocols"]


@frozen(kw_only=True)
class Options:
    """What can be chosen of an exchange; see `rxex.exchanges.kucoin.sandbox.kucoin_sandbox`."""

    balances: Mapping[str, Decimal] | None = None
    order_faults: OrderFaults | None = None
    rate_limits: bool = False
    token_life: float = TOKEN_LIFE
    refuse_in_handshake: bool = False


class Parts:
    """The parts of one exchange, which know each other."""

    def __init__(self, simulation: Simulation, options: Options) -> None:
        """Make them."""
        self.simulation = simulation
        self.options = options
        self.tokens = Tokens(simulation.random, lambda: simulation.now, options.token_life)
        self.trading = TradingParts(simulation, balances=options.balances, faults=options.order_faults)
        self.floors = self.trading.floors
        self.topics: dict[str, dict[str, Topic]] = self.trading.topics
        server = self.trading.server(common_routes(simulation, self.tokens), rate_limits=options.rate_limits)
        self.rest: RestServer = server
        self.gateway = self.trading.gateway(server)

    def server(self, market: str) -> BulletProtocol:
        """Make the server of a market."""
        return _Server(self, market)


class _Server(BulletProtocol):
    """A server that has its floor take part in the market: once, whatever number of other sockets there is."""

    def __init__(self, parts: Parts, market: str) -> None:
        super().__init__(
            parts.simulation,
            market,
            parts.tokens,
            parts.topics[market],
            refuse_in_handshake=parts.options.refuse_in_handshake,
        )
        self.parts = parts
        self._floor = parts.floors[market]

    def happened(self, event: MarketEvent) -> None:
        """Let the floor take part."""
        if event.pair.instrument.symbol in self._floor.engine.terms:
            self._floor.happened(event)


def protocols(options: Options) -> tuple[dict[str, Callable[[Simulation], WireProtocol]], list[Parts]]:
    """Give what makes each protocol of one simulation, by path, and where its parts are found once it is made."""
    made: list[Parts] = []

    def parts(simulation: Simulation) -> Parts:
        if not made:
            made.append(Parts(simulation, options))
        return made[0]

    def server(market: str) -> Callable[[Simulation], WireProtocol]:
        return lambda simulation: parts(simulation).server(market)

    def gateway(simulation: Simulation) -> WireProtocol:
        return parts(simulation).gateway

    # Further sockets, as that of the order gateway, are added here, by path.
    return {**{PATHS[market]: server(market) for market in (SPOT, FUTURES)}, GATEWAY_PATH: gateway}, made
