"""A simulated TheOne: its signed WebSocket and REST, with swaps that walk through their states."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.exchanges.theone.sandbox.broker import Broker, SwapRecord
from rxex.exchanges.theone.sandbox.controls import BrokerControls
from rxex.exchanges.theone.sandbox.keys import KeyRing
from rxex.exchanges.theone.sandbox.limits import LIMITS_OF_THE_API, LIMITS_OF_THE_CLIENT, Limits
from rxex.exchanges.theone.sandbox.protocol import PATH, StreamProtocol
from rxex.exchanges.theone.sandbox.rest import BROKER_TOKEN, RestServer
from rxex.exchanges.theone.signing import KeyDerivation
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.order_faults import OrderFault, OrderFaults

__all__ = [
    "BROKER_TOKEN",
    "LIMITS_OF_THE_API",
    "LIMITS_OF_THE_CLIENT",
    "Limits",
    "OrderFault",
    "OrderFaults",
    "SwapRecord",
    "TheOneSandbox",
    "VirtualTheOne",
    "sandbox",
    "theone_sandbox",
]


class VirtualTheOne(BrokerControls, VirtualExchange):
    """A simulated TheOne in virtual time; `TheOneSandbox.in_virtual_time` makes it."""


class TheOneSandbox(BrokerControls, Sandbox):
    """A simulated TheOne; see `theone_sandbox`."""

    def in_virtual_time(self, scheduler: SchedulerBase, *, latency: float = 0.01) -> VirtualTheOne:
        """Run the same exchange on ``scheduler`` without sockets; each call makes a fresh one."""
        return VirtualTheOne(self._make, scheduler, latency=latency)

    @property
    def endpoints(self) -> dict[str, str]:
        """The URL of each endpoint, by name."""
        endpoints = super().endpoints
        return {**endpoints, "rest_url": "http" + endpoints["ws_url"].removeprefix("ws").removesuffix(PATH)}

    @property
    def ws_url(self) -> str:
        """The URL of the WebSocket."""
        return self.endpoints["ws_url"]

    @property
    def rest_url(self) -> str:
        """The URL of REST: scheme, host and port."""
        return self.endpoints["rest_url"]


def theone_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    key_derivation: KeyDerivation | None = None,
    limits: Limits = LIMITS_OF_THE_CLIENT,
    balances: Mapping[str, Decimal | int | str] | None = None,
    walk: tuple[float, float] = (0.1, 0.5),
    failures: float = 0.0,
    faults: Faults | None = None,
    order_faults: OrderFaults | None = None,
) -> TheOneSandbox:
    """Make a simulated TheOne; it serves inside a ``with``, or in virtual time (`Sandbox.in_virtual_time`).

    It knows the public test keys (`TheOneSandbox.credentials`) and those that are made over REST with `BROKER_TOKEN`.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0: any free one.
        seed: What all made-up numbers follow from.
        key_derivation: How it makes the key of signatures of a secret; None: either way will do.
        limits: What a client may do: `LIMITS_OF_THE_CLIENT` or `LIMITS_OF_THE_API`, or your own.
        balances: What every account has at first, by asset; None: plenty of everything.
        walk: Seconds (least, most) that a swap stays in each state.
        failures: Chance of a swap to end as FAILED, and the same for CANCELLED.
        faults: What goes wrong by itself; more can be done on demand while it runs.
        order_faults: What goes wrong with swaps by itself; more with `BrokerControls.fail_next_swap`.

    Raises `InvalidArgument` for a chance or a range that cannot be.

    >>> from reactivex.testing import TestScheduler
    >>> exchange = theone_sandbox(seed=7).in_virtual_time(TestScheduler())
    >>> exchange.swaps
    []
    """
    if not 0 <= failures <= 0.5:
        raise InvalidArgument("failures", failures, "a chance from 0 to 0.5, as it counts twice")
    if not 0 <= walk[0] <= walk[1]:
        raise InvalidArgument("walk", walk, "a range is (least, most), neither below 0")
    first = None if balances is None else {asset: Decimal(amount) for asset, amount in balances.items()}

    def make(start: int) -> Simulation:
        parts: list[tuple[Broker, KeyRing]] = []

        def behind(simulation: Simulation) -> tuple[Broker, KeyRing]:
            if not parts:
                broker = Broker(simulation, balances=first, faults=order_faults, walk=walk, failures=failures)
                parts.append((broker, KeyRing(simulation, limits.window, key_derivation)))
            return parts[0]

        return Simulation(
            {PATH: lambda simulation: StreamProtocol(simulation, *behind(simulation), limits)},
            (),
            start=start,
            seed=seed,
            faults=faults,
            idle_timeout=limits.idle_timeout,
            http=lambda simulation: RestServer(simulation, *behind(simulation), limits),
        )

    return TheOneSandbox(make, {"ws_url": PATH}, host=host, port=port)


sandbox = theone_sandbox
"""The name under which every venue has its simulated exchange."""
