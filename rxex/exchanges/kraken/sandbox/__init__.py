"""A simulated Kraken: WebSocket v2 and v1, public and private endpoints, and REST."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from reactivex.abc import SchedulerBase

from rxex.auth import Credentials
from rxex.exchanges.kraken.sandbox.controls import PRIVATE_V1, PRIVATE_V2, TradingControls
from rxex.exchanges.kraken.sandbox.instruments import INSTRUMENTS
from rxex.exchanges.kraken.sandbox.level3 import LEVEL3_PATH, Level3V2
from rxex.exchanges.kraken.sandbox.playback import Playback
from rxex.exchanges.kraken.sandbox.private_v1 import PrivateV1
from rxex.exchanges.kraken.sandbox.private_v2 import PrivateV2
from rxex.exchanges.kraken.sandbox.rest import KEY_PREFIX, RestServer, secret_of
from rxex.exchanges.kraken.sandbox.trading import MAIN, Trading
from rxex.exchanges.kraken.sandbox.trading_rest import TradingRest
from rxex.exchanges.kraken.sandbox.v1 import PublicV1
from rxex.exchanges.kraken.sandbox.v2 import PublicV2
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.choices import Recordings, check_pace, chosen_instruments, exact_balances, paths_of
from rxex.sandbox.order_faults import OrderFault, OrderFaults

__all__ = [
    "INSTRUMENTS",
    "KrakenSandbox",
    "OrderFault",
    "OrderFaults",
    "VirtualKraken",
    "kraken_sandbox",
    "sandbox",
]

_IDLE_TIMEOUT = 60.0
_PATHS = {
    "public_url": "/v2",
    "public_v1_url": "/",
    "private_url": PRIVATE_V2,
    "private_v1_url": PRIVATE_V1,
    "level3_url": LEVEL3_PATH,
}


class VirtualKraken(TradingControls, VirtualExchange):
    """A simulated Kraken in virtual time; `KrakenSandbox.in_virtual_time` makes it."""


class KrakenSandbox(TradingControls, Sandbox):
    """A simulated Kraken; see `kraken_sandbox`."""

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualKraken:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualKraken(self._make, scheduler, latency=latency)

    def credentials(self, account: str = MAIN) -> Credentials:
        """The API key of an account, for REST."""
        key = KEY_PREFIX + account
        return Credentials(key, secret_of(key))

    @property
    def endpoints(self) -> dict[str, str]:
        """The URL of each endpoint, by name."""
        endpoints = super().endpoints
        return {**endpoints, "rest_url": "http" + endpoints["public_v1_url"].removeprefix("ws").rstrip("/")}

    @property
    def rest_url(self) -> str:
        """The URL of REST: scheme, host and port."""
        return self.endpoints["rest_url"]

    @property
    def public_url(self) -> str:
        """The URL of WebSocket v2, public."""
        return self.endpoints["public_url"]

    @property
    def public_v1_url(self) -> str:
        """The URL of WebSocket v1, public."""
        return self.endpoints["public_v1_url"]

    @property
    def private_url(self) -> str:
        """The URL of WebSocket v2, private."""
        return self.endpoints["private_url"]

    @property
    def private_v1_url(self) -> str:
        """The URL of WebSocket v1, private."""
        return self.endpoints["private_v1_url"]

    @property
    def level3_url(self) -> str:
        """The URL of the books order by order, of WebSocket v2."""
        return self.endpoints["level3_url"]


def kraken_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    speed: float = 1.0,
    symbols: Iterable[str] | None = None,
    playback: Recordings | None = None,
    loop: bool = False,
    flood: int = 0,
    faults: Faults | None = None,
    balances: Mapping[str, Decimal | int | str] | None = None,
    order_faults: OrderFaults | None = None,
    rate_limits: bool = False,
) -> KrakenSandbox:
    """Make a simulated Kraken; it serves inside a ``with``, or in virtual time (`Sandbox.in_virtual_time`).

    It speaks WebSocket v2 (path ``/v2``) and v1 (path ``/``), and their private sides (``/ws-auth/v2``, ``/ws-auth``),
    where orders are matched with the market; books order by order are on ``/ws-l3/v2``. Tokens come from
    `TradingControls.mint_token`, and over REST (``/0/``), for the API keys of `KrakenSandbox.credentials`.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        seed: What the market follows from: the same seed, the same prices at the same times.
        speed: How many times faster than usual the market goes (at 1 a symbol has some three events a second), or a
            recording is played; 0 plays it as fast as possible.
        symbols: What is traded, by v2 names; None: all of `INSTRUMENTS`.
        playback: Recordings (lines ``TIME: TEXT``) of tickers, trades and books to play instead of the market: each
            subscribe is answered with what was recorded of its channel (a book: in its depth) and symbols, from the
            beginning, with the recorded spacing. Frames are sent verbatim to the version they came from; those of v1
            also to v2, digit for digit.
        loop: Whether a recording begins again after its end; heartbeats go on in any case.
        flood: Frames to send after each subscribe, made beforehand and as fast as the client reads, instead of the
            market; 0: none.
        faults: What goes wrong by itself; more can be done on demand while it runs.
        balances: What every account has at first, by asset; None: plenty of everything.
        order_faults: What goes wrong with orders by itself; more with `TradingControls.fail_next_request`.
        rate_limits: Whether orders that come too fast are refused, as the venue counts them.

    Raises `InvalidArgument` for an unknown symbol, a speed that cannot be, a recording that cannot be played.

    >>> from reactivex.testing import TestScheduler
    >>> exchange = kraken_sandbox(seed=7).in_virtual_time(TestScheduler())
    >>> exchange.connections
    0
    """
    check_pace(speed, plays=playback is not None, flood=flood)
    instruments = chosen_instruments(symbols, INSTRUMENTS)
    recorded = None if playback is None else Playback(paths_of(playback), speed=speed, loop=loop)
    first = exact_balances(balances)

    def make(start: int) -> Simulation:
        desk: list[Trading] = []

        def trading(simulation: Simulation) -> Trading:
            if not desk:
                desk.append(Trading(simulation, balances=first, faults=order_faults, rate_limits=rate_limits))
            return desk[0]

        return Simulation(
            {
                "/v2": lambda simulation: PublicV2(simulation, trading(simulation), recorded, flood),
                "/": lambda simulation: PublicV1(simulation, trading(simulation), recorded, flood),
                PRIVATE_V2: lambda simulation: PrivateV2(simulation, trading(simulation)),
                PRIVATE_V1: lambda simulation: PrivateV1(simulation, trading(simulation)),
                LEVEL3_PATH: lambda simulation: Level3V2(simulation, trading(simulation)),
            },
            instruments,
            start=start,
            seed=seed,
            speed=speed or 1.0,
            faults=faults,
            idle_timeout=_IDLE_TIMEOUT,
            http=lambda simulation: RestServer(simulation, trading(simulation), TradingRest(trading(simulation)).call),
        )

    return KrakenSandbox(make, _PATHS, host=host, port=port)


sandbox = kraken_sandbox
"""The name under which every venue has its simulated exchange."""
