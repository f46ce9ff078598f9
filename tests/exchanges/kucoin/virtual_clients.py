"""Clients of the simulated KuCoin in virtual time, in its raw protocol: calls over HTTP, private sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from attrs import define

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox import OrderFaults, VirtualKucoin, kucoin_sandbox
from rxex.exchanges.kucoin.sandbox.controls import PATHS
from rxex.sandbox.http import HttpReply
from rxex.sandbox.virtual import VIRTUAL_START
from tests.exchanges.kucoin.sandbox_clients import signed_headers
from tests.virtual import VirtualClient, VirtualWorld

D = Decimal
SYMBOL = "BTC-USDT"
ORDER = {"symbol": SYMBOL, "side": "buy", "type": "limit", "price": "100", "size": "1"}


@define
class Asked:
    """A call that was made: what came of it, once it has."""

    replies: list[HttpReply | None]

    @property
    def message(self) -> Any:
        """The whole answer."""
        (reply,) = self.replies
        assert reply is not None
        return json.loads(reply.body, parse_float=Decimal)

    @property
    def data(self) -> Any:
        """What was asked for."""
        assert self.message["code"] == "200000", self.message
        return self.message["data"]

    @property
    def refusal(self) -> tuple[str, str]:
        """The code and the text of a refusal."""
        return self.message["code"], self.message["msg"]

    @property
    def status(self) -> int:
        (reply,) = self.replies
        assert reply is not None
        return reply.status


class World(VirtualWorld):
    """A simulated KuCoin in virtual time."""

    def __init__(self, order_faults: OrderFaults | None = None, **options: Any) -> None:
        super().__init__()
        sandbox = kucoin_sandbox(**{"seed": 5, "order_faults": order_faults, **options})
        self.exchange: VirtualKucoin = sandbox.in_virtual_time(self.scheduler)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        account: str = "main",
        server: str = "",
        wait: float = 0.1,
        replies: list[Any] | None = None,
    ) -> Asked:
        """Make a signed call, and let the time pass that it usually takes."""
        text = "" if body is None else encode(body)
        now = (VIRTUAL_START + round(self.scheduler.clock * 1e9)) // 10**6
        plain = path + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")
        target = path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        headers = signed_headers(self.exchange.credentials(account), now, method, plain, text)
        asked = Asked([] if replies is None else replies)
        self.exchange.call(
            target,
            method=method,
            headers={**headers, "Content-Type": "application/json"},
            body=text.encode(),
            server=server,
        ).subscribe(asked.replies.append)
        self.pass_time(wait)
        return asked

    def add(self, client_id: str = "a", *, wait: float = 0.1, replies: list[Any] | None = None, **more: Any) -> Asked:
        """Place a limit order far below the market, unless told otherwise; None takes a member away."""
        body = {**ORDER, "clientOid": client_id, **more}
        body = {key: each for key, each in body.items() if each is not None}
        return self.ask("POST", "/api/v1/hf/orders", body, wait=wait, replies=replies)

    def market(self, symbol: str = SYMBOL) -> tuple[Any, Any]:
        """The best bid and ask."""

        def best(simulation: Any) -> tuple[Any, Any]:
            pair = simulation.market.pair(symbol)
            return pair.bid, pair.ask

        return self.exchange._run(best)


class PrivateClient(VirtualClient):
    """A private connection that has subscribed to topics; keeps what comes, but the greeting and acknowledgements."""

    world: World

    def __init__(self, world: World, *topics: str, account: str = "main", market: str = "spot") -> None:
        token = world.exchange.mint_token(account, market=market)
        path = f"{PATHS[market]}?token={quote(token, safe='')}&connectId=me"
        super().__init__(world, world.exchange, path)
        for topic in topics:
            self.subscribe(topic)
        self.inbox.clear()

    def subscribe(self, topic: str) -> None:
        assert self.socket is not None
        frame = {"id": "1", "type": "subscribe", "topic": topic, "privateChannel": True, "response": True}
        self.socket.send(frame)
        self.world.pass_time(0.1)
        assert self.inbox[-1] == {"id": "1", "type": "ack"}

    def rows(self, topic: str | None = None) -> list[Any]:
        """The data of all frames that came, or of those of one topic."""
        return [frame["data"] for frame in self.inbox if "data" in frame and topic in {None, frame["topic"]}]

    @property
    def types(self) -> list[str]:
        """What happened to orders, in the words of the frames."""
        return [row["type"] for row in self.rows() if "type" in row]
