"""A simulated Kraken futures: WebSocket v1, public and private feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from reactivex.abc import SchedulerBase

from rxex.auth import Credentials
from rxex.errors import InvalidArgument
from rxex.exchanges.kraken.futures.sandbox.accounts import KEY_PREFIX, PRIVATE_FEEDS, secret_of
from rxex.exchanges.kraken.futures.sandbox.instruments import INSTRUMENTS
from rxex.exchanges.kraken.futures.sandbox.playback import Playback
from rxex.exchanges.kraken.futures.sandbox.protocol import FuturesProtocol
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.choices import Recordings, check_pace, chosen_instruments, paths_of
from rxex.sandbox.controls import Controls

__all__ = ["INSTRUMENTS", "FuturesSandbox", "VirtualFutures", "futures_sandbox", "sandbox"]

_PATH = "/ws/v1"
_IDLE_TIMEOUT = 60.0


class _FuturesControls(Controls):
    """What can be done to a simulated Kraken futures beside what can be done to all."""

    def credentials(self, account: str = "main") -> Credentials:
        """The API key of an account."""
        key = KEY_PREFIX + account
        return Credentials(key, secret_of(key))

    def tell(self, feed: str, message: dict[str, Any]) -> None:
        """Send ``message`` of a private feed (without its name, and of balances without its number) to subscribers.

        Raises `InvalidArgument` for what is no private feed.
        """
        if feed not in PRIVATE_FEEDS:
            raise InvalidArgument("feed", feed, f"choose one of {', '.join(sorted(PRIVATE_FEEDS))}")

        def tell(simulation: Simulation) -> None:
            for protocol in simulation.protocols.values():
                if isinstance(protocol, FuturesProtocol):
                    protocol.tell(feed, message)

        self._run(tell)


class VirtualFutures(_FuturesControls, VirtualExchange):
    """A simulated Kraken futures in virtual time; `FuturesSandbox.in_virtual_time` makes it."""


class FuturesSandbox(_FuturesControls, Sandbox):
    """A simulated Kraken futures; see `futures_sandbox`."""

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualFutures:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualFutures(self._make, scheduler, latency=latency)

    @property
    def ws_url(self) -> str:
        """The URL of its WebSocket."""
        return self.endpoints["ws_url"]


def futures_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    speed: float = 1.0,
    symbols: Iterable[str] | None = None,
    playback: Recordings | None = None,
    faults: Faults | None = None,
) -> FuturesSandbox:
    """Make a simulated Kraken futures; it serves inside a ``with``, or in virtual time (`Sandbox.in_virtual_time`).

    It speaks WebSocket v1 (path ``/ws/v1``): ticker, ticker_lite, trade and book with their numbers, heartbeat, and the
    private feeds behind a signed challenge, for the keys of `FuturesSandbox.credentials`. An account has some money and
    does nothing by itself: `FuturesSandbox.tell` makes its feeds speak. The venue takes no orders there either.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        seed: What the market follows from: the same seed, the same prices at the same times.
        speed: How many times faster than usual the market goes (at 1 a product has some three events a second), or a
            recording is played; 0 plays it as fast as possible.
        symbols: What is traded; None: all of `INSTRUMENTS`.
        playback: Recordings (lines ``TIME: TEXT``) to play instead of the market, verbatim: each subscribe is answered
            with what was recorded of its feed and products, from the beginning, with the recorded spacing.
        faults: What goes wrong by itself; more can be done on demand while it runs.

    Raises `InvalidArgument` for an unknown product, a speed that cannot be, a recording that cannot be played.

    >>> from reactivex.testing import TestScheduler
    >>> futures_sandbox(seed=7).in_virtual_time(TestScheduler()).connections
    0
    """
    check_pace(speed, plays=playback is not None)
    instruments = chosen_instruments(symbols, INSTRUMENTS)
    recorded = None if playback is None else Playback(paths_of(playback), speed=speed)
    speak: Callable[[Simulation], FuturesProtocol] = partial(FuturesProtocol, playback=recorded, seed=seed)

    def make(start: int) -> Simulation:
        return Simulation(
            {_PATH: speak},
            instruments,
            start=start,
            seed=seed,
            speed=speed or 1.0,
            faults=faults,
            idle_timeout=_IDLE_TIMEOUT,
        )

    return FuturesSandbox(make, {"ws_url": _PATH}, host=host, port=port)


sandbox = futures_sandbox
"""The name under which every venue has its simulated exchange."""
