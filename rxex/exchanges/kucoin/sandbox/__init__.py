"""A simulated KuCoin: spot, margin and futures over classic WebSocket, and REST."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.sandbox.controls import PATHS, KucoinControls
from rxex.exchanges.kucoin.sandbox.gateway import GATEWAY_PATH
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, INSTRUMENTS, SPOT
from rxex.exchanges.kucoin.sandbox.parts import Options, protocols
from rxex.exchanges.kucoin.sandbox.tokens import TOKEN_LIFE
from rxex.exchanges.kucoin.sandbox.trading_controls import TradingControls
from rxex.sandbox import Faults, Sandbox, Simulation, VirtualExchange
from rxex.sandbox.order_faults import OrderFault, OrderFaults

__all__ = ["INSTRUMENTS", "KucoinSandbox", "OrderFault", "OrderFaults", "VirtualKucoin", "kucoin_sandbox", "sandbox"]

_PATHS = {"ws_spot_url": PATHS[SPOT], "ws_futures_url": PATHS[FUTURES], "ws_gateway_url": GATEWAY_PATH}


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
    playback: Path | str | Sequence[Path | str] | None = None,
    loop: bool = False,
    flood: int = 0,
    faults: Faults | None = None,
    balances: Mapping[str, Decimal | int | str] | None = None,
    order_faults: OrderFaults | None = None,
    rate_limits: bool = False,
    token_life: float = TOKEN_LIFE,
    refuse_in_handshake: bool = False,
) -> KucoinSandbox:
    """Make a simulated KuCoin."""
    names = list(INSTRUMENTS if symbols is None else symbols)
    unknown = next((name for name in names if name not in INSTRUMENTS), None)
    if unknown is not None:
        raise InvalidArgument("symbols", unknown, f"choose of {', '.join(INSTRUMENTS)}")
    options = Options(
        balances=None if balances is None else {asset: Decimal(amount) for asset, amount in balances.items()},
        order_faults=order_faults,
        rate_limits=rate_limits,
        token_life=token_life,
        refuse_in_handshake=refuse_in_handshake,
    )

    def make(start: int) -> Simulation:
        servers, parts = protocols(options)
        return Simulation(
            servers,
            [INSTRUMENTS[name] for name in names],
            start=start,
            seed=seed,
            speed=speed or 1.0,
            faults=faults,
            http=lambda _: parts[0].rest,
        )

    return KucoinSandbox(make, _PATHS, host=host, port=port, servers=[FUTURES])


sandbox = kucoin_sandbox
"""The name under which every venue has its simulated exchange."""
