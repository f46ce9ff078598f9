"""Clients of the simulated Bitfinex in virtual time, in its raw protocol."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rxex.auth import Credentials, sign
from rxex.exchanges.bitfinex.sandbox import PRIVATE, PUBLIC, OrderFaults, VirtualBitfinex, bitfinex_sandbox
from rxex.sandbox import HttpCall
from tests.virtual import VirtualClient, VirtualWorld

NONCES = count(1_700_000_000_000_000)
SEQ_ALL, TIMESTAMP, CHECKSUMS, BULK = 65_536, 32_768, 131_072, 536_870_912


def login(credentials: Credentials, nonce: int | None = None, **more: Any) -> dict[str, Any]:
    """The event that authenticates."""
    nonce = next(NONCES) if nonce is None else nonce
    payload, secret = f"AUTH{nonce}", credentials.secret.reveal().encode()
    proof = {
        "apiKey": credentials.key.reveal(),
        "authSig": sign(secret, payload.encode(), digest="sha384", encoding="hex"),
        "authPayload": payload,
        "authNonce": nonce,
    }
    return {"event": "auth", **proof, **more}


class Client(VirtualClient):
    """One connection; keeps what comes, but heartbeats and the greeting."""

    world: World

    def __init__(self, world: World, path: str = PUBLIC, flags: int = 0) -> None:
        self.heartbeats: list[Any] = []
        super().__init__(world, world.exchange, path)
        self.greeting = self.inbox.pop()
        if flags:
            assert self.ask(event="conf", flags=flags) == [{"event": "conf", "status": "OK", "flags": flags}]

    def keeps(self, data: Any) -> bool:
        is_heartbeat = isinstance(data, list) and data[1] == "hb"
        if is_heartbeat:
            self.heartbeats.append(data)
        return not is_heartbeat

    def send(self, message: Any, wait: float = 0.03) -> None:
        assert self.socket is not None
        self.socket.send(message)
        self.world.pass_time(wait)

    def ask(self, **event: Any) -> list[Any]:
        """Send an event, and give all that comes of it."""
        self.inbox.clear()
        self.send(event)
        return list(self.inbox)

    def subscribe(self, channel: str, **fields: Any) -> tuple[int, list[Any]]:
        """Subscribe; give the channel's number and what came behind the acknowledgement."""
        answers = self.ask(event="subscribe", channel=channel, **fields)
        (ack,) = (each for each in answers if isinstance(each, dict))
        assert ack["event"] == "subscribed", ack
        behind = answers[answers.index(ack) + 1 :]
        return ack["chanId"], [each for each in behind if each[0] == ack["chanId"]]

    def messages(self, number: int) -> list[Any]:
        """What has come of a channel since the last request."""
        return [each for each in self.inbox if isinstance(each, list) and each[0] == number]

    def error(self, **event: Any) -> tuple[int, dict[str, Any]]:
        """Send an event that is refused; give the code and what is repeated of it."""
        (answer,) = (each for each in self.ask(**event) if isinstance(each, dict))
        assert answer.pop("event") == "error"
        assert answer.pop("msg")
        return answer.pop("code"), answer


class AccountClient(Client):
    """A client that has authenticated."""

    def __init__(self, world: World, account: str = "main", flags: int = 0, **more: Any) -> None:
        super().__init__(world, PRIVATE, flags)
        self.cids = count(1_767_225_600_000)
        self.login, *self.snapshots = self.ask(**login(world.exchange.credentials(account), **more))

    def input(self, code: str, payload: Any, message_id: Any = None) -> list[Any]:
        """Send an input, and give all that comes of it at once."""
        self.inbox.clear()
        self.send([0, code, message_id, payload])
        return list(self.inbox)

    def new(self, **order: Any) -> list[Any]:
        """Place an order: unless told otherwise a limit to buy 1 BTC far below the market, with a cid of its own."""
        usual = {"type": "EXCHANGE LIMIT", "symbol": "tBTCUSD", "amount": "1", "price": "100", "cid": next(self.cids)}
        asked = {**usual, **order}
        return self.input("on", {name: value for name, value in asked.items() if value is not None})

    def told(self, *kinds: str) -> list[Any]:
        """The payloads of these types that have come since the last request."""
        return [each[2] for each in self.inbox if isinstance(each, list) and each[1] in kinds]

    def types(self) -> list[str]:
        """The types of all that has come since the last request."""
        return [each[1] for each in self.inbox if isinstance(each, list)]


class World(VirtualWorld):
    """A simulated Bitfinex in virtual time."""

    def __init__(self, order_faults: OrderFaults | None = None, **options: Any) -> None:
        super().__init__()
        sandbox = bitfinex_sandbox(**{"seed": 5, "order_faults": order_faults, **options})
        self.exchange: VirtualBitfinex = sandbox.in_virtual_time(self.scheduler)


class Caller:
    """Calls REST with the key of an account."""

    def __init__(self, world: World, account: str = "main") -> None:
        self.world = world
        self.credentials = world.exchange.credentials(account)

    def headers(self, path: str, body: bytes, nonce: int | None = None) -> dict[str, str]:
        number = str(next(NONCES) if nonce is None else nonce)
        message = f"/api/v2/{path}{number}".encode() + body
        secret = self.credentials.secret.reveal().encode()
        signature = sign(secret, message, digest="sha384", encoding="hex")
        return {"bfx-nonce": number, "bfx-apikey": self.credentials.key.reveal(), "bfx-signature": signature}

    def call(self, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, Any]:
        headers = self.headers(path, body) if headers is None else headers
        return self.answered(HttpCall(0.0, "POST", f"/v2/{path}", {}, headers, body))

    def answered(self, call: HttpCall) -> tuple[int, Any]:
        reply = self.world.exchange.ask(call)
        assert reply is not None
        return reply.status, json.loads(reply.body, parse_float=Decimal)

    def ask(self, path: str, **params: Any) -> Any:
        status, answer = self.call(path, json.dumps(params).encode() if params else b"")
        assert status == 200, answer
        return answer

    def refused(self, path: str, **params: Any) -> tuple[int, str]:
        status, answer = self.call(path, json.dumps(params).encode())
        assert (status, answer[0]) == (500, "error")
        return answer[1], answer[2]

    def get(self, url: str) -> tuple[int, Any]:
        parts = urlsplit(url)
        return self.answered(HttpCall(0.0, "GET", f"/v2/{parts.path}", dict(parse_qsl(parts.query)), {}, b""))
