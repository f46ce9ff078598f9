"""KuCoin: what the server answers; tickers, trades and the changes of books of ten symbols."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias

from benchmarks.recorded import Numbered, Stream, folder, received

__all__ = ["BULLET", "SYMBOLS", "TOPICS", "Snapshot", "answer", "bullet", "greet", "round_trip", "snapshots", "stream"]

SYMBOLS = (
    *("EQZ-BTC", "ANKR-BTC", "SNX-BTC", "FET-BTC", "BCHSV-USDT"),
    *("NRG-BTC", "CAPP-BTC", "DAPPT-BTC", "COV-BTC", "LTX-USDT"),
)
TICKER, TRADES, BOOK = TOPICS = ("/market/ticker", "/market/match", "/market/level2")
BULLET = "/api/v1/bullet-public"
"""Where a token is asked for."""
_SIMULATED_SECONDS = 2.0


def bullet(endpoint: str) -> dict[str, Any]:
    """Make the answer to a request for a token: ``endpoint`` is where it is good."""
    server = {"endpoint": endpoint, "protocol": "websocket", "pingInterval": 18000, "pingTimeout": 10000}
    # python-kucoin hands "encrypt" on to websockets, which takes nothing but None for an address without TLS.
    return {"code": "200000", "data": {"token": "token", "instanceServers": [server | {"encrypt": None}]}}


def greet(query: Mapping[str, str]) -> dict[str, Any]:
    """Make the first word of a connection."""
    return {"id": query.get("connectId", ""), "type": "welcome"}


def answer(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Give the answers to a request, each with how many feeds it acknowledges."""
    if request.get("type") == "ping":
        yield {"id": str(request["id"]), "type": "pong"}, 0
    elif request.get("type") == "subscribe":
        yield {"id": str(request["id"]), "type": "ack"}, request["topic"].count(",") + 1


Sides: TypeAlias = dict[str, list[tuple[str, str, int]]]
"""Price, size and number of each change, by side."""


@dataclass
class Snapshot:
    """A book, its levels by the texts of their prices, after the change with the number ``sequence``."""

    sequence: int = 0
    bids: dict[str, str] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Snapshot:
        """Give another one of the same book."""
        return Snapshot(self.sequence, dict(self.bids), dict(self.asks))

    def change(self, sides: Sides, last: int) -> Sides:
        """Apply what is newer than the book; give what undoes it, with the numbers of what it undoes."""
        undo: Sides = {}
        for side, levels in (("asks", self.asks), ("bids", self.bids)):
            undo[side] = []
            for price, size, number in sorted(sides[side], key=itemgetter(2)):
                if number <= self.sequence:
                    continue
                # A price of 0 only counts.
                undo[side].append((price, levels.get(price, "0") if float(price) else size, number))
                if float(price):
                    levels[price] = size
                    if not float(size):
                        del levels[price]
        self.sequence = last
        return undo


@dataclass(frozen=True)
class _Update:
    """The changes of the book of ``symbol`` with the numbers from ``first`` to ``last``."""

    symbol: str
    first: int
    last: int
    sides: Sides

    def mirrored(self, sides: Sides, top: int) -> _Update:
        """Give the update that undoes it by ``sides``: numbers go on where they ended, the last is undone first."""
        changes = {side: [(price, size, top - number) for price, size, number in sides[side]] for side in sides}
        return _Update(self.symbol, top - self.last, top - self.first, changes)

    @property
    def is_silent(self) -> bool:
        """Whether it only counts."""
        return not any(float(change[0]) for changes in self.sides.values() for change in changes)

    def numbered(self, step: int) -> Numbered:
        """Write it."""
        asks, bids = (
            ",".join(f'["{price}","{size}","%d"]' for price, size, _ in self.sides[side]) for side in ("asks", "bids")
        )
        text = (
            f'{{"data":{{"sequenceStart":%d,"symbol":"{self.symbol}","changes":{{"asks":[{asks}],"bids":[{bids}]}},'
            f'"sequenceEnd":%d}},"subject":"trade.l2update","topic":"{BOOK}:{self.symbol}","type":"message"}}'
        )
        numbers = (change[2] for side in ("asks", "bids") for change in self.sides[side])
        return Numbered(text, (self.first, *numbers, self.last), step)


def stream() -> Stream:
    """Make the stream: what was received, and back again."""
    return _made()[0]


def snapshots() -> dict[str, Snapshot]:
    """Give the books that the stream begins with, by symbol."""
    return {symbol: _made()[1].get(symbol, Snapshot()) for symbol in SYMBOLS}


@cache
def _made() -> tuple[Stream, dict[str, Snapshot]]:
    return round_trip(_received(), _snapshots())


def round_trip(texts: Iterable[str], books: Mapping[str, Snapshot]) -> tuple[Stream, dict[str, Snapshot]]:
    """Give messages and then the same backwards, each change of a book undone, with numbers that go on from there.

    ``books`` are snapshots, by symbol: what they have already is left out. Where there is none, the book begins empty.
    The second value has the books that the stream begins with. Raises `ValueError` where numbers are missing.
    """
    begin = {symbol: book.copy() for symbol, book in books.items()}
    now = {symbol: book.copy() for symbol, book in books.items()}
    kept: list[tuple[str | _Update, Sides]] = []
    for text in texts:
        update = _update(text)
        if update is None:
            kept.append((text, {}))
            continue
        symbol = update.symbol
        if symbol not in now:
            begin[symbol], now[symbol] = Snapshot(update.first - 1), Snapshot(update.first - 1)
        book = now[symbol]
        if update.first > book.sequence + 1:
            raise ValueError(f"there is a hole in the book of {symbol}")
        if update.first == book.sequence + 1:
            kept.append((update, book.change(update.sides, update.last)))
        elif update.last > book.sequence:
            # It reaches beyond the snapshot, which takes what is new of it.
            book.change(update.sides, update.last)
            begin[symbol] = book.copy()
    updates: list[str | _Update] = [each for each, _ in kept]
    for each, undo in reversed(kept):
        updates.append(each if isinstance(each, str) else each.mirrored(undo, 2 * now[each.symbol].sequence + 1))
    steps = {symbol: 2 * (book.sequence - begin[symbol].sequence) for symbol, book in now.items()}
    messages = [Numbered(each) if isinstance(each, str) else each.numbered(steps[each.symbol]) for each in updates]
    silent = sum(isinstance(each, _Update) and each.is_silent for each in updates)
    return Stream.counted(messages, silent=silent), begin


def _update(text: str) -> _Update | None:
    """Read a message about a book; None for any other."""
    message = json.loads(text)
    topic, _, symbol = message["topic"].partition(":")
    if topic != BOOK:
        return None
    data = message["data"]
    sides = {
        side: [(price, size, int(number)) for price, size, number in data["changes"][side]] for side in ("asks", "bids")
    }
    return _Update(symbol, data["sequenceStart"], data["sequenceEnd"], sides)


def _received() -> list[str]:
    path = folder()
    texts = _simulated() if path is None else [text for _, text in received(path / "kucoin.jsonl")]
    return [text for text in texts if '"type":"message"' in text and any(f'"{topic}:' in text for topic in TOPICS)]


def _snapshots() -> dict[str, Snapshot]:
    path = folder()
    books = {}
    for line in [] if path is None else (path / "kucoin_http.jsonl").read_text().splitlines():
        head, _, text = line.partition(": ")
        if text:
            data = json.loads(text)["data"]
            symbol = head.partition("symbol=")[2].partition(" ")[0]
            books[symbol] = Snapshot(int(data["sequence"]), dict(data["bids"]), dict(data["asks"]))
    return books


def _simulated() -> list[str]:
    """Let the simulated exchange run in virtual time; its symbols get the names of the recorded ones."""
    from reactivex.testing import TestScheduler

    from rxex.events import Opened, Socket, SocketEvent
    from rxex.exchanges.kucoin.sandbox import INSTRUMENTS, kucoin_sandbox

    symbols = [symbol for symbol in INSTRUMENTS if "-" in symbol][: len(SYMBOLS)]
    texts: list[str] = []

    def receive(_socket: Socket, frame: bytes, _arrival: int) -> None:
        text = frame.decode()
        name = text.partition('"topic":"')[2].partition('"')[0].partition(":")[2]
        texts.append(text.replace(name, SYMBOLS[symbols.index(name)]) if name in symbols else text)

    def subscribe(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            for topic in TOPICS:
                event.socket.send({"id": "1", "type": "subscribe", "topic": f"{topic}:{','.join(symbols)}"})

    scheduler = TestScheduler()
    exchange = kucoin_sandbox(seed=1, symbols=symbols).in_virtual_time(scheduler)
    with exchange.source(receive, path=f"/spot?token={exchange.mint_token()}").subscribe(subscribe):
        scheduler.advance_to(_SIMULATED_SECONDS)
    return texts
