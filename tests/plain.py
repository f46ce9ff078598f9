"""A made-up exchange for tests of the shared code: its dialect, its channel, its answers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import msgspec
from attrs import evolve

from rxex.channel import Answer, Channel, Dialect
from rxex.errors import SequenceGap
from rxex.events import Heartbeat, Socket, SocketEvent, SystemStatus
from rxex.typing import Json


class Tick(msgspec.Struct):
    channel: str
    symbol: str
    price: Any
    seq: int | None = None


def route(message: Json) -> Hashable | None:
    if isinstance(message, dict) and "price" in message:
        return message["channel"], message["symbol"]
    return None


def classify(socket: Socket, message: Json) -> SocketEvent | None:
    if isinstance(message, dict):
        if "beat" in message:
            return Heartbeat(socket, raw=message)
        if "system" in message:
            return SystemStatus(socket, message["system"], message["system"] == "online", message)
    return None


def answers(message: Json) -> Iterable[Answer]:
    if isinstance(message, dict) and "ok" in message:
        for symbol in message.get("symbols", [message.get("symbol")]):
            error = None if message["ok"] else str(message["why"])
            yield Answer(message.get("id"), symbol=symbol, error=error, transient=error == "too fast")


def parse(wire: Tick, received: int, raw: bytes | Json, number: Any) -> Sequence[str]:
    return [f"{wire.symbol}={wire.price}"]


class Counted:
    """A parser that insists on numbers without a hole."""

    def __init__(self) -> None:
        self.last: int | None = None

    def __call__(self, wire: Tick, received: int, raw: bytes | Json, number: Any) -> Sequence[str]:
        assert wire.seq is not None
        if self.last is not None and wire.seq != self.last + 1:
            raise SequenceGap(self.last + 1, wire.seq)
        self.last = wire.seq
        return [f"{wire.symbol}={wire.price}"]


def _request(verb: str) -> Any:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        return {"do": verb, "symbols": [channel.symbol for channel in channels], "id": request_id}

    return make


DIALECT = Dialect("plain", route, classify)


def channel(symbol: str = "A", **options: Any) -> Channel[str]:
    plain = Channel[str](
        name="tick",
        symbol=symbol,
        key=("tick", symbol),
        wire=Tick,
        start=lambda: parse,
        subscribe=_request("sub"),
        unsubscribe=_request("unsub"),
        answer=answers,
        route=route,
        group="tick",
    )
    return evolve(plain, **options)


def tick(symbol: str = "A", price: int = 1, **more: Any) -> dict[str, Any]:
    return {"channel": "tick", "symbol": symbol, "price": price, **more}


def yes(message: Json) -> Iterable[Json]:
    """Acknowledge every subscribe."""
    if isinstance(message, dict) and message.get("do") == "sub":
        return [{"ok": True, "id": message["id"], "symbols": message["symbols"]}]
    return []


def no(why: str) -> Any:
    def refuse(message: Json) -> Iterable[Json]:
        if isinstance(message, dict) and message.get("do") == "sub":
            return [{"ok": False, "why": why, "id": message["id"], "symbols": message["symbols"]}]
        return []

    return refuse
