"""A simulated Bitfinex: WebSocket v2, public and authenticated, and REST."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.sandbox.controls import BitfinexControls
from rxex.exchanges.bitfinex.sandbox.instruments import INSTRUMENTS
from rxex.exchanges.bitfinex.sandbox.parts import PRIVATE, PUBLIC, Options, protocols
from rxex.exchanges.bitfinex.sandbox.playback import Playback
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.order_faults import OrderFault, OrderFaults

__all__ = [
    "INSTRUMENTS",
    "PRIVATE",
    "PUBLIC",
    "BitfinexSandbox",
    "OrderFault",
    "OrderFaults",
    "VirtualBitfinex",
    "bitfinex_sandbox",
    "sandbox",
]

_REHEARSED = 50.0
"""How fast the market goes of which a flood is made."""
_PATHS = {"public_url": PUBLIC, "private_url": PRIVATE}


class VirtualBitfinex(BitfinexControls, VirtualExchange):
    """A simulated Bitfinex in virtual time; `BitfinexSandbox.in_virtual_time` makes it."""


class BitfinexSandbox(BitfinexControls, Sandbox):
    """A simulated Bitfinex; see `bitfinex_sandbox`."""

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualBitfinex:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualBitfinex(self._make, scheduler, latency=latency)

    @property
    def endpoints(self) -> dict[str, str]:
        """The URL of each endpoint, by name."""
        return {**super().endpoints, "rest_url": f"http://{self.authority()}"}

    @property
    def public_url(self) -> str:
        """The URL of WebSocket, public."""
        return self.endpoints["public_url"]

    @property
    def private_url(self) -> str:
        """The URL of WebSocket for accounts."""
        return self.endpoints["private_url"]

    @property
    def rest_url(self) -> str:
        """The URL of REST: scheme, host and port."""
        return self.endpoints["rest_url"]


def bitfinex_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    speed: float = 1.0,
    symbols: Iterable[str] | None = None,
    playback: Path | str | Sequence[Path | str] | None = None,
    loop: bool = False,
    flood: int = 0,
    faults: Faults | None = None,
    balances: Mapping[str, Decimal | int | str] | None = None,
    order_faults: OrderFaults | None = None,
    rate_limits: bool = False,
    single_numbers: bool = False,
) -> BitfinexSandbox:
    """Make a simulated Bitfinex; it serves inside a ``with``, or in virtual time (`Sandbox.in_virtual_time`).

    It speaks WebSocket v2, public (path ``/ws/2``) and for accounts (``/auth/ws/2``, with the public channels, too),
    and REST (``/v2/``). Orders are matched with the market. Keys are those of `BitfinexControls.credentials`.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        seed: What the market follows from: the same seed, the same prices at the same times.
        speed: How many times faster than usual the market goes (at 1 a symbol has some three events a second), or a
            recording is played; 0 plays it as fast as possible.
        symbols: What is traded; None: all of `INSTRUMENTS`.
        playback: Recordings (lines ``TIME: TEXT``) to play instead of the market. What is subscribed to together is
            played together, from the beginning: the recorded frames under their recorded channel numbers, in their
            order and spacing, with numbers of the connection's own.
        loop: Whether a recording begins again after its end; heartbeats go on in any case.
        flood: Frames to send after each subscribe, made beforehand and as fast as the client reads, instead of the
            market; 0: none.
        faults: What goes wrong by itself; more can be done on demand while it runs.
        balances: What the exchange wallet of every account has at first, by currency; None: plenty of everything. The
            other wallets have plenty.
        order_faults: What goes wrong with orders by itself; more with `BitfinexControls.fail_next_request`.
        rate_limits: Whether connections, orders and calls that come too fast are refused, as the venue does.
        single_numbers: Whether notifications about requests end with the account's number alone, as in an old report;
            else they have both, and count.

    Raises `InvalidArgument` for an unknown symbol, a speed that cannot be, a recording that cannot be played.

    >>> from reactivex.testing import TestScheduler
    >>> exchange = bitfinex_sandbox(seed=7).in_virtual_time(TestScheduler())
    >>> exchange.connections
    0
    """
    if speed < 0 or (speed == 0 and playback is None):
        raise InvalidArgument("speed", speed, "a positive number; 0 only to play a recording as fast as possible")
    if flood < 0:
        raise InvalidArgument("flood", flood, "a number of frames, 0 for none")
    names = list(INSTRUMENTS if symbols is None else symbols)
    unknown = next((name for name in names if name not in INSTRUMENTS), None)
    if unknown is not None:
        raise InvalidArgument("symbols", unknown, f"choose of {', '.join(INSTRUMENTS)}")
    recorded: Playback | None = None
    if playback is not None:
        paths = [playback] if isinstance(playback, str | Path) else playback
        recorded = Playback([Path(path) for path in paths], speed=speed, loop=loop)
    first = None if balances is None else {asset: Decimal(amount) for asset, amount in balances.items()}

    def make(start: int, *, rehearsed: bool = False) -> Simulation:
        pace = _REHEARSED if rehearsed else speed or 1.0
        options = Options(
            balances=first,
            order_faults=None if rehearsed else order_faults,
            rate_limits=rate_limits,
            single_numbers=single_numbers,
            playback=recorded,
            flood=0 if rehearsed else flood,
            rehearsal=lambda: make(start, rehearsed=True),
            seed=seed,
            speed=pace,
        )
        servers, parts = protocols(options)
        return Simulation(
            servers,
            [INSTRUMENTS[name] for name in names],
            start=start,
            seed=seed,
            speed=pace,
            faults=None if rehearsed else faults,
            http=lambda _: parts[0].rest,
        )

    return BitfinexSandbox(make, _PATHS, host=host, port=port)


sandbox = bitfinex_sandbox
"""The name under which every venue has its simulated exchange."""
