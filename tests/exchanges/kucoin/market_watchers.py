"""Who watches the simulated KuCoin in virtual time, in its raw protocol; books put together by the venue's rules."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from attrs import define, field

from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.exchanges.kucoin.sandbox.instruments import PATHS
from tests.exchanges.kucoin.virtual_clients import World

D = Decimal


class Watcher:
    """A connection that keeps all that comes, with the times; topics are subscribed to as soon as it is open."""

    def __init__(self, world: World, *topics: str, market: str = "spot", account: str = "", token: str = "") -> None:
        self.world = world
        self.frames: list[tuple[float, Any]] = []
        self.texts: list[str] = []
        self.closed: Closed | None = None
        self.errors: list[Exception] = []
        self.socket: Socket | None = None
        self._topics = topics
        token = token or world.exchange.mint_token(account, market=market)
        path = f"{PATHS[market]}?token={quote(token, safe='')}&connectId=me"
        source = world.exchange.source(self._receive, path=path)
        self.subscription = source.subscribe(self._take, self.errors.append)
        world.pass_time(0.1)

    def _receive(self, _: Socket, payload: bytes, __: int) -> None:
        self.texts.append(payload.decode())
        self.frames.append((self.world.scheduler.clock, json.loads(payload, parse_float=Decimal)))

    def _take(self, event: SocketEvent) -> None:
        if isinstance(event, Opened):
            self.socket = event.socket
            for number, topic in enumerate(self._topics, 1):
                self.send(id=number, type="subscribe", topic=topic, response=True)
        elif isinstance(event, Closed):
            self.closed = event

    def send(self, **message: Any) -> None:
        assert self.socket is not None
        self.socket.send(message)

    def ask(self, **message: Any) -> list[Any]:
        """Send a frame, and give what comes in the next tenth of a second."""
        before = len(self.frames)
        self.send(**message)
        self.world.pass_time(0.1)
        return [frame for _, frame in self.frames[before:]]

    def subscribe(self, topic: str, **more: Any) -> list[Any]:
        return self.ask(**{"id": "s", "type": "subscribe", "topic": topic, "response": True, **more})

    def pushes(self, topic: str) -> list[Any]:
        """The data frames of a topic."""
        return [frame for _, frame in self.frames if frame.get("topic") == topic]

    def rows(self, topic: str) -> list[Any]:
        """What is in them."""
        return [frame["data"] for frame in self.pushes(topic)]

    def times(self, topic: str) -> list[float]:
        """When they came."""
        return [time for time, frame in self.frames if frame.get("topic") == topic]

    @property
    def answers(self) -> list[Any]:
        """All frames but data."""
        return [frame for _, frame in self.frames if frame["type"] != "message"]

    def watch(self, seconds: float) -> None:
        """Let time pass; ping often enough to stay."""
        while seconds > 0:
            step = min(seconds, 20.0)
            self.world.pass_time(step)
            seconds -= step
            if self.closed is None:
                self.send(id="p", type="ping")


@define
class Levels:
    """A book of dictionaries: sizes by price, as texts."""

    bids: dict[Decimal, Decimal] = field(factory=dict)
    asks: dict[Decimal, Decimal] = field(factory=dict)

    @classmethod
    def of(cls, snapshot: Any) -> Levels:
        return cls(*({D(str(price)): D(str(size)) for price, size in snapshot[side]} for side in ("bids", "asks")))

    def set(self, side: str, price: str, size: str) -> None:
        levels = self.bids if side in {"bids", "buy"} else self.asks
        if D(size):
            levels[D(price)] = D(size)
        else:
            levels.pop(D(price), None)


def joined_spot(snapshot: Any, rows: Iterable[Any]) -> tuple[Levels, int]:
    """Put a book together by the venue's rule; give it with the number of its last change."""
    book, last = Levels.of(snapshot), int(snapshot["sequence"])
    for row in rows:
        if row["sequenceEnd"] <= last:
            continue
        assert row["sequenceStart"] <= last + 1
        for side, changes in row["changes"].items():
            for price, size, number in changes:
                if int(number) > last and D(price):
                    book.set(side, price, size)
        last = row["sequenceEnd"]
    return book, last


def joined_futures(snapshot: Any, rows: Iterable[Any]) -> tuple[Levels, int]:
    """Do the same for futures: one level a message."""
    book, last = Levels.of(snapshot), snapshot["sequence"]
    for row in rows:
        if row["sequence"] <= last:
            continue
        assert row["sequence"] == last + 1
        price, side, size = row["change"].split(",")
        book.set(side, price, size)
        last = row["sequence"]
    return book, last
