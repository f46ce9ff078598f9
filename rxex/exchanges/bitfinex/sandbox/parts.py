"""What a simulated Bitfinex is made of, put together in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from attrs import frozen

from rxex.exchanges.bitfinex.sandbox.account import Account
from rxex.exchanges.bitfinex.sandbox.book_channel import BookChannel
from rxex.exchanges.bitfinex.sandbox.calculations import Calculations
from rxex.exchanges.bitfinex.sandbox.candle_channel import CandleChannel
from rxex.exchanges.bitfinex.sandbox.feeds import Turns
from rxex.exchanges.bitfinex.sandbox.flood import Flooder
from rxex.exchanges.bitfinex.sandbox.funding import CURRENCIES, FundingMarkets
from rxex.exchanges.bitfinex.sandbox.gathering import GatheredChannel, Gatherer
from rxex.exchanges.bitfinex.sandbox.inputs import Inputs
from rxex.exchanges.bitfinex.sandbox.keys import Keys
from rxex.exchanges.bitfinex.sandbox.limits import Dials
from rxex.exchanges.bitfinex.sandbox.market_channels import TickerChannel, TradesChannel
from rxex.exchanges.bitfinex.sandbox.offers import Offers
from rxex.exchanges.bitfinex.sandbox.playback import Playback, Player
from rxex.exchanges.bitfinex.sandbox.protocol import BitfinexProtocol, Channel, client_of
from rxex.exchanges.bitfinex.sandbox.requests import Requests
from rxex.exchanges.bitfinex.sandbox.rest import RestServer
from rxex.exchanges.bitfinex.sandbox.rest_account import AccountEndpoints
from rxex.exchanges.bitfinex.sandbox.rest_market import MarketEndpoints
from rxex.exchanges.bitfinex.sandbox.status_channel import StatusChannel
from rxex.exchanges.bitfinex.sandbox.trading import Trading
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.session import WireProtocol
from rxex.sandbox.simulation import Simulation

__all__ = ["PRIVATE", "PUBLIC", "Options", "Parts", "parts_of", "protocols"]

PUBLIC, PRIVATE = "/ws/2", "/auth/ws/2"
"""The paths of the public address, and of that of accounts."""


@frozen(kw_only=True)
class Options:
    """What can be chosen of an exchange; see `rxex.exchanges.bitfinex.sandbox.bitfinex_sandbox`."""

    balances: Mapping[str, Decimal] | None = None
    order_faults: OrderFaults | None = None
    rate_limits: bool = False
    single_numbers: bool = False
    playback: Playback | None = None
    flood: int = 0
    rehearsal: Callable[[], Simulation] | None = None
    """Makes an exchange without a flood, whose messages a flood is made of."""
    seed: int = 0
    speed: float = 1.0


class Parts:
    """The parts of one exchange, which know each other."""

    def __init__(self, simulation: Simulation, options: Options) -> None:
        """Make them."""
        self.simulation = simulation
        self.trading = Trading(
            simulation, balances=options.balances, faults=options.order_faults, rate_limits=options.rate_limits
        )
        self.offers = Offers(self.trading, CURRENCIES)
        self.requests = Requests(self.trading, self.offers)
        self.account = Account(self.trading, self.offers, client_of)
        calculations = Calculations(self.account)
        self.inputs = Inputs(self.account, self.requests, calculations, client_of)
        self.turns = Turns(self.trading)
        self.funding = FundingMarkets(
            simulation, self.offers, seed=options.seed, speed=options.speed, flush=self.trading.flush
        )
        self.books = BookChannel(self.turns, self.funding)
        self.status = StatusChannel(self.turns)
        self.channels: dict[str, Channel] = {
            "ticker": TickerChannel(self.turns, self.funding),
            "trades": TradesChannel(self.turns, self.funding, self.trading.random),
            "book": self.books,
            "candles": CandleChannel(self.turns, self.funding),
            "status": self.status,
        }
        market = MarketEndpoints(self.turns, self.funding, self.status)
        account = AccountEndpoints(self.account, self.requests, self.offers, calculations)
        self.rest = RestServer(self.trading, [*market.routes, *account.routes], rate_limits=options.rate_limits)
        gatherer: Gatherer | None = None
        if options.playback is not None:
            gatherer = Player(simulation, options.playback)
        elif options.rehearsal is not None and options.flood:
            gatherer = Flooder(simulation, self.channels, options.rehearsal, options.flood)
        if gatherer is not None:
            self.channels = {name: GatheredChannel(gatherer, name) for name in self.channels}
        self._options = options

    def public(self) -> BitfinexProtocol:
        """Make the public address."""
        dials = Dials(20 if self._options.rate_limits else None, 60.0)
        return _Public(self.simulation, self.channels, self.trading.keys, dials=dials, parts=self)

    def private(self) -> BitfinexProtocol:
        """Make the address of accounts."""
        return BitfinexProtocol(
            self.simulation,
            self.channels,
            self.trading.keys,
            dials=Dials(5 if self._options.rate_limits else None, 15.0),
            account=self.account,
            inputs=self.inputs,
            single_numbers=self._options.single_numbers,
        )


class _Public(BitfinexProtocol):
    """The public address, which has the floor take part in the market: once, whatever number of addresses there is."""

    def __init__(
        self, simulation: Simulation, channels: Mapping[str, Channel], keys: Keys, *, dials: Dials, parts: Parts
    ) -> None:
        super().__init__(simulation, channels, keys, dials=dials)
        self.parts = parts

    def happened(self, event: MarketEvent) -> None:
        """Let the floor take part."""
        self.parts.trading.happened(event)


def parts_of(simulation: Simulation) -> Parts:
    """The parts of a simulated Bitfinex."""
    return cast(_Public, simulation.protocols[PUBLIC]).parts


def protocols(options: Options) -> tuple[dict[str, Callable[[Simulation], WireProtocol]], list[Parts]]:
    """Give what makes each protocol of one simulation, by path, and where its parts are found once it is made."""
    made: list[Parts] = []

    def parts(simulation: Simulation) -> Parts:
        if not made:
            made.append(Parts(simulation, options))
        return made[0]

    return {
        PUBLIC: lambda simulation: parts(simulation).public(),
        PRIVATE: lambda simulation: parts(simulation).private(),
    }, made
