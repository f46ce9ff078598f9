"""The simulated order gateway in virtual time, beside the private connection of a `TradingWorld`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from reactivex import Observable

from rxex.connection import Connection
from rxex.exchanges.kucoin.gateway import OrderGateway, order_gateway
from rxex.exchanges.kucoin.gateway.connection import GATEWAY, GATEWAY_URL, greeted, signed_address
from rxex.operators import backoff_reconnect, fixed
from tests.exchanges.kucoin.trading import TradingWorld


class GatewayWorld(TradingWorld):
    """Orders go through the gateway."""

    def start(self) -> None:
        super().start()
        self.credentials = self.exchange.credentials()
        self.gateway_connection = Connection(self.links, GATEWAY)
        self.gateway_events: list[Any] = []
        self.gateway_connection.link.subscribe(self.gateway_events.append, lambda _: None)
        self.gateway: OrderGateway = order_gateway(self.gateway_connection, scheduler=self.clock)
        self.gateway_link = self.gateway_connection.connect()

    def links(self, receive: Any) -> Observable[Any]:
        """One link to the gateway after the other."""

        def dial(take: Any) -> Observable[Any]:
            address = urlsplit(signed_address(GATEWAY_URL, self.credentials, self.rest.clock))
            return self.exchange.source(take, path=f"{address.path}?{address.query}")

        reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, scheduler=self.clock)
        return greeted(dial, receive, self.credentials, 10.0).pipe(reconnect)

    def make(self, name: str, **options: Any) -> Any:
        return super().make(name, **{"gateway": self.gateway, **options})
