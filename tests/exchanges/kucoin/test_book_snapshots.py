"""Where snapshots of books come from: over REST, from an exchange on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import Observable, Subject
from reactivex import operators as ops

from rxex.auth import Credentials
from rxex.channel import Dialect
from rxex.errors import AnswerLost, InvalidArgument
from rxex.exchanges.kucoin import books, rest
from rxex.exchanges.kucoin.book_snapshots import (
    BookSnapshot,
    OrdersSnapshot,
    Renewal,
    checked,
    full_snapshots,
    futures_snapshots,
    name_of,
    order_snapshots,
    part_snapshots,
    rest_of,
)
from rxex.exchanges.kucoin.dialect import FUTURES, SPOT
from rxex.exchanges.kucoin.futures.books import subscribe_book as subscribe_futures_book
from rxex.operators import keep_messages_only
from rxex.testing import MarbleConnection
from tests.exchanges.kucoin.plain_books import event, live, texts
from tests.fakes.http_server import HttpServer, reply
from tests.feeding import feed

SECOND = 10**9
SPOT_BOOK = {"time": 1619378326628, "sequence": "12", "bids": [["9.50", "2"]], "asks": [["10", "1"]]}
FUTURES_BOOK = {"symbol": "XBTUSDTM", "sequence": 12, "bids": [[9.5, 2]], "asks": [[10, 1]], "ts": 1619378326628000001}
ORDERS = {"sequence": "12", "bids": [["5c24", "9.50", "2", "1545914149935808589"]], "asks": [], "time": 1619378326628}


@contextmanager
def server(data: Any) -> Iterator[HttpServer]:
    with HttpServer(reply({"code": "200000", "data": data})) as answering:
        yield answering


def one(snapshots: Observable[Any]) -> Any:
    return snapshots.run()


@pytest.mark.parametrize(
    ("make", "data", "path", "levels"),
    [
        (part_snapshots, SPOT_BOOK, "/api/v1/market/orderbook/level2_100?symbol=A-B", 100),
        (lambda client: part_snapshots(client, 20), SPOT_BOOK, "/api/v1/market/orderbook/level2_20?symbol=A-B", 20),
        (full_snapshots, SPOT_BOOK, "/api/v3/market/orderbook/level2?symbol=A-B", None),
        (futures_snapshots, FUTURES_BOOK, "/api/v1/level2/snapshot?symbol=A-B", None),
    ],
)
def test_a_source_asks_its_call_and_gives_a_snapshot(make: Any, data: Any, path: str, levels: Any) -> None:
    with server(data) as kucoin, _client(kucoin.url, is_signed=True) as client:
        snapshot = one(make(client)("A-B"))
        (asked,) = kucoin.asked
    assert asked.target == path
    assert ("kc-api-sign" in {name.lower() for name in asked.headers}) == (make is full_snapshots)
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.symbol, snapshot.sequence, snapshot.levels) == ("A-B", 12, levels)
    assert [str(level.size) for level in snapshot.bids] == ["2"]
    assert snapshot.raw["sequence"] in ("12", 12)  # type: ignore[call-overload]


def _client(url: str, *, is_signed: bool = False, **options: Any) -> rest.KucoinRest:
    credentials = Credentials("key", "secret", "passphrase") if is_signed else None
    return rest.client(credentials, url=url, futures_url=url, **options)


def test_orders_are_asked_for_too() -> None:
    with server(ORDERS) as kucoin, _client(kucoin.url, is_signed=True) as client:
        snapshot = one(order_snapshots(client)("A-B"))
        (asked,) = kucoin.asked
    assert asked.target == "/api/v3/market/orderbook/level3?symbol=A-B"
    assert isinstance(snapshot, OrdersSnapshot)
    assert snapshot == OrdersSnapshot.of("A-B", ORDERS)


def test_the_whole_book_wants_credentials() -> None:
    with _client("http://127.0.0.1:1") as client, pytest.raises(InvalidArgument, match="credentials"):
        full_snapshots(client)("A-B").run()


def test_another_number_of_levels_is_refused() -> None:
    with _client("http://127.0.0.1:1") as client, pytest.raises(InvalidArgument, match="20, 100"):
        part_snapshots(client, 50)


def test_sources_of_one_client_are_the_same() -> None:
    with _client("http://127.0.0.1:1") as client, _client("http://127.0.0.1:1") as other:
        assert name_of(full_snapshots(client)) == name_of(full_snapshots(client))
        assert len({name_of(make(each)) for make in (full_snapshots, part_snapshots) for each in (client, other)}) == 4
    unhashable = type("Unhashable", (), {"__hash__": None, "__call__": lambda *_: rx.never()})()
    assert name_of(unhashable) == name_of(unhashable)


def _world(dialect: Dialect, frames: list[Any], url: str) -> MarbleConnection:
    options: dict[str, Any] = {"rest_url": url, "market": "futures" if dialect is FUTURES else "spot"}
    world = live(frames, evolve(dialect, options=options))
    options["rest"] = _client(url, scheduler=world.scheduler)
    return world


def test_without_a_source_a_spot_book_is_made_of_the_public_levels() -> None:
    with server(SPOT_BOOK) as kucoin:
        world = _world(SPOT, [event(13, 13, {"bids": [["9.50", "3", "13"]]})], kucoin.url)
        got: list[Any] = []
        feed(world, books.subscribe_book, "A-B").subscribe(lambda book: got.append(texts(book)))
        world.run()
        assert [asked.target for asked in kucoin.asked] == ["/api/v1/market/orderbook/level2_100?symbol=A-B"]
    assert got[0] == ([("9.50", "2")], [("10", "1")])


def test_without_a_source_a_book_of_futures_is_made_of_the_public_whole() -> None:
    with server(FUTURES_BOOK) as kucoin:
        world = _world(FUTURES, [], kucoin.url)
        got: list[Any] = []
        feed(world, subscribe_futures_book, "XBTUSDTM").subscribe(lambda book: got.append((book.time, texts(book))))
        world.run()
        assert [asked.target for asked in kucoin.asked] == ["/api/v1/level2/snapshot?symbol=XBTUSDTM"]
    assert got == [(1619378326628000001, ([("9.5", "2")], [("10", "1")]))]


@pytest.mark.parametrize(("market", "dialect"), [("spot", SPOT), ("margin", SPOT), ("futures", FUTURES)])
def test_a_connection_has_one_client_of_the_host_that_it_belongs_to(market: str, dialect: Dialect) -> None:
    url = "http://127.0.0.1:1"
    world = live([], evolve(dialect, options={"rest_url": url, "market": market}))
    messages = world.connection.pipe(keep_messages_only())
    with rest_of(messages) as client:
        assert rest_of(messages) is client
        assert repr(client) == f"<KucoinRest of {url}>"
    others: Subject[Any] = Subject()
    for stream in (live([], dialect).connection.pipe(keep_messages_only()), others):
        with rest_of(stream) as client:
            assert repr(client) == "<KucoinRest of https://api.kucoin.com>"
    assert dialect.options == {}


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    def source(symbol: str) -> Observable[BookSnapshot]:
        return rx.just({}).pipe(ops.map(lambda data: BookSnapshot.of(symbol, data)))

    with pytest.raises(AnswerLost, match="snapshot"):
        checked(source, BookSnapshot)("A-B").run()


def test_a_renewal_waits_for_one_answer_at_a_time_and_gives_up_after_30_seconds() -> None:
    calls: list[Subject[Any]] = []

    def ask() -> Observable[Any]:
        calls.append(Subject())
        return calls[-1]

    renewal = Renewal(ask)
    snapshot = BookSnapshot.of("A-B", SPOT_BOOK)
    assert [renewal.start(now * SECOND) for now in (0, 1, 29, 30)] == [True, False, False, True]
    calls[0].on_next(snapshot)
    assert renewal.answer is None
    calls[1].on_next(snapshot)
    assert renewal.answer is snapshot
    renewal.take()
    assert (renewal.is_open, renewal.answer) == (False, None)
    assert [renewal.start(30 * SECOND + more) for more in (0, SECOND // 4 - 1, SECOND // 4)] == [False, False, True]
