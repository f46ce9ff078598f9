"""A simulated KuCoin: spot, margin and futures over classic and Pro WebSocket, and REST."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.sandbox.controls import KucoinControls
from rxex.exchanges.kucoin.sandbox.gateway import GATEWAY_PATH
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, INSTRUMENTS, PATHS, SPOT
from rxex.exchanges.kucoin.sandbox.parts import Options, protocols
from rxex.exchanges.kucoin.sandbox.playback import Playback
from rxex.exchanges.kucoin.sandbox.pro import PRO_PATHS
from rxex.exchanges.kucoin.sandbox.tokens import TOKEN_LIFE
from rxex.exchanges.kucoin.sandbox.trading_controls import TradingControls
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.choices import Recordings, check_pace, chosen_instruments, exact_balances, paths_of
from rxex.sandbox.order_faults import OrderFault, OrderFaults

__all__ = ["INSTRUMENTS", "KucoinSandbox", "OrderFault", "OrderFaults", "VirtualKucoin", "kucoin_sandbox", "sandbox"]

_REHEARSED = 50.0
"""How fast the market goes of which a flood is made."""
_PATHS = {
    "ws_spot_url": PATHS[SPOT],
    "ws_futures_url": PATHS[FUTURES],
    "ws_gateway_url": GATEWAY_PATH,
    **{f"ws_pro_{market}_url": path for market, path in PRO_PATHS.items()},
}


class VirtualKucoin(TradingControls, KucoinControls, VirtualExchange):
    """A simulated KuCoin in virtual time; `KucoinSandbox.in_virtual_time` makes it."""


class KucoinSandbox(TradingControls, KucoinControls, Sandbox):
    """A simulated KuCoin; see `kucoin_sandbox`."""

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualKucoin:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualKucoin(self._make, scheduler, latency=latency)

    @property
    def endpoints(self) -> dict[str, str]:
        """The URL of each endpoint, by name."""
        spot, futures = f"http://{self.authority()}", f"http://{self.authority(FUTURES)}"
        return {**super().endpoints, "public_url": spot, "rest_url": spot, "futures_rest_url": futures}

    @property
    def rest_url(self) -> str:
        """The URL of REST of spot and margin: scheme, host and port."""
        return self.endpoints["rest_url"]

    @property
    def futures_rest_url(self) -> str:
        """The URL of REST of futures."""
        return self.endpoints["futures_rest_url"]

    @property
    def ws_gateway_url(self) -> str:
        """The URL of the gateway for orders over WebSocket."""
        return self.endpoints["ws_gateway_url"]

    @property
    def public_url(self) -> str:
        """What a connection to spot wants: the address that hands out tokens, of spot and margin."""
        return self.endpoints["public_url"]


def kucoin_sandbox(
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
    token_life: float = TOKEN_LIFE,
    refuse_in_handshake: bool = False,
    instances: int = 1,
) -> KucoinSandbox:
    """Make a simulated KuCoin; it serves inside a ``with``, or in virtual time (`Sandbox.in_virtual_time`).

    It speaks classic WebSocket, with bullet tokens, for spot and margin (path ``/spot``) and futures (``/futures``),
    and REST, for which futures have a port of their own. Orders are matched with the market. Keys are those of
    `KucoinControls.credentials`. Pro is at ``/pro/spot``, ``/pro/futures`` and ``/pro/private``; the last takes
    subscriptions and has nothing to tell.

    Args:
        host: The address to listen on.
        port: The port to listen on, and the next one for REST of futures; 0: any free ones.
        seed: What the market follows from: the same seed, the same prices at the same times.
        speed: How many times faster than usual the market goes (at 1 a symbol has some three events a second), or a
            recording is played; 0 plays it as fast as possible.
        symbols: What is traded, of spot and of futures; None: all of `INSTRUMENTS`.
        playback: Recordings to play instead of the market: lines ``TIME: TEXT`` of frames and ``URL -> TIME: TEXT`` of
            answers over HTTP. Each subscribe is answered with what was recorded of its topics, verbatim and from the
            beginning; the books that were recorded over HTTP are answered as recorded.
        loop: Whether a recording begins again after its end.
        flood: Frames to send after each subscribe, made beforehand and as fast as the client reads, instead of the
            market; 0: none.
        faults: What goes wrong by itself; more can be done on demand while it runs.
        balances: What every account has at first, by asset; None: plenty of everything.
        order_faults: What goes wrong with orders by itself.
        rate_limits: Whether a call is refused where its quota is used up; what is left is told in any case.
        token_life: Seconds in which a token opens connections; those made with it end then, too.
        refuse_in_handshake: Whether a token that is not good is refused with HTTP 401, not with an error frame.
        instances: How many servers a token comes with, to choose of: ``/spot``, ``/spot/2`` and so on.

    Raises `InvalidArgument` for an unknown symbol, a speed that cannot be, a recording that cannot be played.

    >>> from reactivex.testing import TestScheduler
    >>> exchange = kucoin_sandbox(seed=7).in_virtual_time(TestScheduler())
    >>> exchange.connections
    0
    """
    check_pace(speed, plays=playback is not None, flood=flood)
    if not token_life > 0:
        raise InvalidArgument("token_life", token_life, "a number of seconds above 0")
    if instances < 1:
        raise InvalidArgument("instances", instances, "a number of servers, 1 at least")
    instruments = chosen_instruments(symbols, INSTRUMENTS)
    recorded = None if playback is None else Playback(paths_of(playback), speed=speed, loop=loop)
    first = exact_balances(balances)

    def make(start: int, *, rehearsed: bool = False) -> Simulation:
        options = Options(
            balances=first,
            order_faults=None if rehearsed else order_faults,
            rate_limits=rate_limits,
            token_life=token_life,
            refuse_in_handshake=refuse_in_handshake,
            instances=instances,
            playback=recorded,
            flood=0 if rehearsed else flood,
            rhythm=1 / _REHEARSED if rehearsed else 1.0,
            rehearsal=lambda: make(start, rehearsed=True),
        )
        servers, parts = protocols(options)
        return Simulation(
            servers,
            instruments,
            start=start,
            seed=seed,
            speed=_REHEARSED if rehearsed else speed or 1.0,
            faults=None if rehearsed else faults,
            http=lambda _: parts[0].rest,
        )

    return KucoinSandbox(make, _PATHS, host=host, port=port, servers=[FUTURES])


sandbox = kucoin_sandbox
"""The name under which every venue has its simulated exchange."""
