"""What a book is, without any cleverness: an exchange of dictionaries that numbers its changes, and the recording."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import reactivex as rx
from attrs import define, field
from reactivex import Observable
from reactivex import operators as ops

from rxex.channel import Dialect
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import subscribe_book
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.models import Book
from rxex.testing import MarbleConnection, marble_connection
from tests.exchanges.kucoin.plain_kucoin import acks
from tests.feeding import feed, requests_of

BTC = "BTC-USDT"
Texts = tuple[list[tuple[str, str]], list[tuple[str, str]]]


@define
class Plain:
    """One book as dictionaries of texts, sorted when it is read."""

    sides: dict[str, dict[Decimal, tuple[str, str]]] = field(factory=lambda: {"bids": {}, "asks": {}})

    @classmethod
    def of(cls, data: Any) -> Plain:
        """The book of a snapshot."""
        plain = cls()
        for side in plain.sides:
            for price, size, *_ in data[side]:
                plain.set(side, str(price), str(size))
        return plain

    def set(self, side: str, price: str, size: str) -> None:
        self.sides[side].pop(Decimal(price), None)
        if Decimal(price) and Decimal(size):
            self.sides[side][Decimal(price)] = (price, size)

    def take(self, data: Any, after: int) -> None:
        """Apply the changes of a message that are newer than ``after``."""
        for side, changes in data["changes"].items():
            for price, size, sequence in sorted(changes, key=lambda change: int(change[2])):
                if int(sequence) > after:
                    self.set(side, price, size)

    @property
    def levels(self) -> Texts:
        bids, asks = self.sides["bids"], self.sides["asks"]
        return [bids[price] for price in sorted(bids, reverse=True)], [asks[price] for price in sorted(asks)]


def texts(book: Any) -> Texts:
    """Everything that can be read of a book."""
    assert getattr(book, "time", None) is None or book.time > 0
    bids, asks = ([(f"{level.price:f}", f"{level.size:f}") for level in side] for side in (book.bids, book.asks))
    return bids, asks


class PlainMarket:
    """Changes of one spot book, the truth after each, its messages (some merged), and its snapshots."""

    def __init__(self, seed: int, steps: int = 60, *, first: int = 1000, symbol: str = "BTC-USDT") -> None:
        random = Random(seed)
        self.first = first
        self.symbol = symbol
        plain = Plain()
        for tick in range(30):
            plain.set("bids", f"{99 - tick}.50", f"{random.randint(1, 9)}.5")
            plain.set("asks", f"{101 + tick}.50", f"{random.randint(1, 9)}.5")
        self.truths: dict[int, Texts] = {first: plain.levels}
        """The book after each change, by its number."""
        changes: list[tuple[str, str, str, int]] = []
        for number in range(first + 1, first + 1 + steps):
            side, price, size = self._change(random, plain)
            plain.set(side, price, size)
            changes.append((side, price, size, number))
            self.truths[number] = plain.levels
        self.last = first + steps
        self.events: list[dict[str, Any]] = []
        """The messages, in order."""
        while changes:
            taken = random.choice([1, 1, 1, 2, 3, 5])
            self.events.append(self._event(changes[:taken]))
            del changes[:taken]

    def _change(self, random: Random, plain: Plain) -> tuple[str, str, str]:
        kind = random.choice(["nothing", "set", "set", "remove", "remove", "absent"])
        side = random.choice(["bids", "asks"])
        if kind == "nothing":
            return side, "0", "0"
        known = list(plain.sides[side].values())
        if kind == "remove" and len(known) > 1:
            return side, random.choice(known[:6] if random.random() < 0.7 else known)[0], "0"
        tick = random.randint(1, 45)
        price = f"{100 - tick}.{random.choice(['00', '50'])}" if side == "bids" else f"{100 + tick}.50"
        return side, price, "0" if kind == "absent" else f"{random.randint(1, 99)}.{random.randint(0, 9)}0"

    def _event(self, changes: Sequence[tuple[str, str, str, int]]) -> dict[str, Any]:
        merged: dict[str, dict[str, list[str]]] = {"asks": {}, "bids": {}}
        for side, price, size, number in changes:
            merged[side][price] = [price, size, str(number)]
        rows = {side: sorted(merged[side].values(), key=lambda row: Decimal(row[0])) for side in merged}
        return event(changes[0][3], changes[-1][3], rows, self.symbol)

    def snapshot(self, number: int, levels: int | None = None) -> BookSnapshot:
        bids, asks = (side[:levels] for side in self.truths[number])
        data = {"time": 1619378326628, "sequence": str(number), "bids": list(map(list, bids)), "asks": list(asks)}
        return BookSnapshot.of(self.symbol, data, levels)


def event(first: int, last: int, changes: dict[str, Any], symbol: str = "BTC-USDT") -> dict[str, Any]:
    return {
        "type": "message",
        "topic": f"/market/level2:{symbol}",
        "subject": "trade.l2update",
        "data": {
            "changes": {"asks": changes.get("asks", []), "bids": changes.get("bids", [])},
            "sequenceEnd": last,
            "sequenceStart": first,
            "symbol": symbol,
            "time": 1729816425625,
        },
    }


def live(frames: Sequence[Any], dialect: Dialect, *, after: str = "", **options: Any) -> MarbleConnection:
    """A connection on which these frames come, one each two milliseconds."""
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    diagram = "-".join(["o", *names]) + f"-{after}|"
    return marble_connection(diagram, names, dialect, replies=acks, step=0.001, **options)


def requests(world: MarbleConnection, socket: int = 0) -> list[tuple[str, str]]:
    """What was asked for on a socket."""
    return [(message["type"], message["topic"]) for message in requests_of(world, socket)]


def later(world: MarbleConnection, seconds: float, answer: Any) -> Observable[Any]:
    """Answer after some virtual seconds; errors, too."""
    return rx.timer(seconds, scheduler=world.scheduler).pipe(
        ops.flat_map(lambda _: rx.throw(answer) if isinstance(answer, Exception) else rx.just(answer))
    )


@define
class Recording:
    """The recorded stream of level 2 with its snapshots: each frame, and each snapshot with the frames before it."""

    frames: list[str]
    snapshots: dict[str, tuple[int, Any]]


def recorded(recordings: Path) -> Recording:
    lines = (recordings / "kucoin.jsonl").read_text().splitlines()
    matches = [match for line in lines if (match := re.fullmatch(r"(\d+\.\d+): (\{.*\})\s*", line))]
    times = [float(match[1]) for match in matches]
    snapshots = {}
    for line in (recordings / "kucoin_http.jsonl").read_text().splitlines():
        match = re.fullmatch(r"\S*level2\?symbol=(\S+) -> (\d+\.\d+): (\{.*\})\s*", line)
        if match:
            before = sum(time < float(match[2]) for time in times)
            snapshots[match[1]] = before, json.loads(match[3])["data"]
    return Recording([match[2] for match in matches], snapshots)


class Shop:
    """Gives one snapshot after the other, the last one again and again; keeps who asked when."""

    def __init__(self, *answers: Any, delay: float = 0.0) -> None:
        self.answers = list(answers)
        self.delay = delay
        self.asked: list[tuple[float, str]] = []
        self.world: MarbleConnection | None = None

    def __call__(self, symbol: str) -> Observable[Any]:
        assert self.world is not None
        now = self.world.scheduler
        self.asked.append((round(now.to_seconds(now.now), 4), symbol))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return later(self.world, self.delay, answer)


def seen(
    frames: list[Any], shop: Shop, symbols: Any = BTC, subscribe: Any = subscribe_book, **options: Any
) -> list[Any]:
    """Read all of each item while it is new: books as texts, notices as they are, and the error in the end."""
    world: MarbleConnection = options.pop("world", None) or live(frames, SPOT, after="-" * 20)
    shop.world = world
    got: list[Any] = []
    options = {"depth": None, "notices": True} | options
    feed(world, subscribe, symbols, snapshots=shop, **options).subscribe(
        lambda item: got.append(texts(item) if isinstance(item, Book) else item), got.append
    )
    world.run()
    return got


def truths(market: PlainMarket, events: list[Any]) -> list[Any]:
    """The books after messages; those that only count are no changes."""
    return [market.truths[each["data"]["sequenceEnd"]] for each in events if any_change(each)]


def any_change(message: Any) -> bool:
    return any(row[0] != "0" for side in message["data"]["changes"].values() for row in side)
