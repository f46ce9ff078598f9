"""Clients of the simulated Kraken in virtual time, in its raw protocol."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.exchanges.kraken.sandbox import OrderFaults, VirtualKraken, kraken_sandbox
from rxex.exchanges.kraken.sandbox.controls import PRIVATE_V1, PRIVATE_V2
from tests.virtual import VirtualClient, VirtualWorld

D = Decimal
ONE, ONE_HUNDRED = D("1.0"), D("100.0")
HEARTBEATS: list[Any] = [{"channel": "heartbeat"}, {"event": "heartbeat"}]


class Client(VirtualClient):
    """One connection; keeps what comes, but heartbeats and the greeting."""

    world: World

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world, world.exchange, path)
        self.path = path
        self.inbox.clear()

    def keeps(self, data: Any) -> bool:
        return data not in HEARTBEATS

    def send(self, **message: Any) -> None:
        assert self.socket is not None
        self.socket.send(message)
        self.world.pass_time(0.1)

    def ask(self, **message: Any) -> Any:
        """Send, and give all that comes of it."""
        self.inbox.clear()
        self.send(**message)
        return list(self.inbox)


class PrivateClient(Client):
    """A client of the private v2 endpoint, with a token."""

    def __init__(self, world: World, account: str = "main") -> None:
        super().__init__(world, PRIVATE_V2)
        self.token = world.exchange.mint_token(account)

    def call(self, method: str, **params: Any) -> Any:
        """Ask, and give the one answer without its times."""
        (answer,) = (each for each in self.all(method, **params) if "method" in each)
        return answer

    def all(self, method: str, **params: Any) -> list[Any]:
        """Ask, and give all that comes of it, without the times of answers."""
        frames = self.ask(method=method, params={**params, "token": self.token})
        return [{key: frame[key] for key in frame if key not in {"time_in", "time_out"}} for frame in frames]

    def executions(self, **params: Any) -> list[Any]:
        """Subscribe to the channel; give the snapshot."""
        ack, snapshot = self.all("subscribe", channel="executions", **params)
        assert ack["success"]
        return snapshot["data"]

    def rows(self, channel: str = "executions") -> list[Any]:
        """All rows that came since the last request."""
        return [row for frame in self.inbox if frame.get("channel") == channel for row in frame["data"]]

    def buy(self, price: Any = ONE_HUNDRED, size: Any = ONE, **more: Any) -> Any:
        """Place a limit order far below the market, unless told otherwise."""
        return self.call(
            "add_order",
            **{
                "order_type": "limit",
                "side": "buy",
                "symbol": "BTC/USD",
                "limit_price": price,
                "order_qty": size,
                **more,
            },
        )


class ClientV1(Client):
    """A client of the private v1 endpoint, with a token."""

    def __init__(self, world: World, account: str = "main") -> None:
        super().__init__(world, PRIVATE_V1)
        self.token = world.exchange.mint_token(account)

    def call(self, event: str, **fields: Any) -> list[Any]:
        return self.ask(event=event, token=self.token, **fields)

    def subscribe(self, name: str, **options: Any) -> list[Any]:
        return self.ask(event="subscribe", subscription={"name": name, "token": self.token, **options})


class World(VirtualWorld):
    """A simulated Kraken in virtual time."""

    def __init__(self, order_faults: OrderFaults | None = None, **options: Any) -> None:
        super().__init__()
        sandbox = kraken_sandbox(**{"seed": 5, "order_faults": order_faults, **options})
        self.exchange: VirtualKraken = sandbox.in_virtual_time(self.scheduler)
