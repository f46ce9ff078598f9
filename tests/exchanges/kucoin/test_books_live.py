"""Books over real sockets: the recorded session as the simulated exchange plays it, and its own market."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Any

import pytest

from rxex.events import Notice
from rxex.exchanges.kucoin import rest
from rxex.exchanges.kucoin.book_snapshots import full_snapshots, order_snapshots
from rxex.exchanges.kucoin.books import subscribe_book
from rxex.exchanges.kucoin.connection import public_connection
from rxex.exchanges.kucoin.futures.books import subscribe_book as subscribe_futures_book
from rxex.exchanges.kucoin.level3 import subscribe_level3
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only
from tests.exchanges.kucoin.plain_books import Plain, recorded, texts


class Reader:
    """Reads books as they come; keeps the last of each symbol as texts, notices and errors."""

    def __init__(self, depth: int = 10) -> None:
        self.depth = depth
        self.ends: dict[str, Any] = {}
        self.count = 0
        self.trouble: list[Any] = []
        self._changed = Condition()

    def on_next(self, item: Any) -> None:
        with self._changed:
            if isinstance(item, Notice):
                self.trouble.append(item)
            else:
                self.count += 1
                self.ends[item.symbol] = tuple(side[: self.depth] for side in texts(item))
            self._changed.notify_all()

    def on_error(self, error: Exception) -> None:
        with self._changed:
            self.trouble.append(error)
            self._changed.notify_all()

    def wait_for(self, done: Any, seconds: float = 10.0) -> bool:
        with self._changed:
            return bool(self._changed.wait_for(done, seconds))


@contextmanager
def reading(
    url: str, subscribe: Any, symbols: Any, *, market: rest.Market = "spot", **options: Any
) -> Iterator[Reader]:
    reader = Reader()
    connection = public_connection(url, market=market)
    messages = connection.pipe(keep_messages_only())
    books = subscribe(symbols, messages, notices=True, **options)
    connection.pipe(filter_new_socket_only(), books).subscribe(reader.on_next, reader.on_error)
    with connection.connect():
        yield reader


@pytest.mark.parametrize("is_whole", [True, False], ids=["the whole book", "the public part"])
def test_the_recorded_session_ends_in_the_books_of_the_file(recordings: Path, *, is_whole: bool) -> None:
    recording = recorded(recordings)
    naive = {symbol: Plain.of(data) for symbol, (_, data) in recording.snapshots.items()}
    for frame in recording.frames:
        message = json.loads(frame)
        if message.get("subject") == "trade.l2update":
            symbol = message["data"]["symbol"]
            naive[symbol].take(message["data"], int(recording.snapshots[symbol][1]["sequence"]))
    ends = {symbol: tuple(side[:10] for side in plain.levels) for symbol, plain in naive.items()}
    files = [recordings / "kucoin.jsonl", recordings / "kucoin_http.jsonl"]
    with (
        kucoin_sandbox(playback=files, speed=0) as exchange,
        rest.client(exchange.credentials(), url=exchange.rest_url) as client,
    ):
        options: dict[str, Any] = {"snapshots": full_snapshots(client), "depth": None} if is_whole else {}
        with reading(exchange.rest_url, subscribe_book, list(naive), **options) as reader:
            reader.wait_for(lambda: reader.ends == ends or reader.trouble)
    assert reader.trouble == []
    assert len(reader.ends) == 9
    assert reader.ends == ends


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox() as exchange:
        yield exchange


def test_books_follow_a_market_without_credentials(exchange: KucoinSandbox) -> None:
    with reading(exchange.rest_url, subscribe_book, ["BTC-USDT", "ETH-USDT"]) as reader:
        assert reader.wait_for(lambda: reader.count > 20 and len(reader.ends) == 2)
    assert reader.trouble == []
    for bids, asks in reader.ends.values():
        assert len(bids) == len(asks) == 10
        assert float(bids[0][0]) < float(asks[0][0])


def test_books_of_futures_follow_a_market(exchange: KucoinSandbox) -> None:
    with reading(exchange.futures_rest_url, subscribe_futures_book, "XBTUSDTM", market="futures") as reader:
        assert reader.wait_for(lambda: reader.count > 20)
    assert reader.trouble == []
    ((bids, asks),) = reader.ends.values()
    assert float(bids[0][0]) < float(asks[0][0])


@pytest.mark.parametrize("version", [1, 2])
def test_books_order_by_order_follow_a_market(exchange: KucoinSandbox, version: int) -> None:
    with rest.client(exchange.credentials(), url=exchange.rest_url) as client:
        options: Any = {"snapshots": order_snapshots(client), "version": version, "depth": None}
        with reading(exchange.rest_url, subscribe_level3, "BTC-USDT", **options) as reader:
            assert reader.wait_for(lambda: reader.count > 20 or reader.trouble)
    assert reader.trouble == []
    ((bids, asks),) = reader.ends.values()
    assert float(bids[0][0]) < float(asks[0][0])
