"""Kraken's books order by order: the venue's example, either queue, what is asked for, and what is refused."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest

from rxex.book import BookOrder, L3Book, OrderBook
from rxex.codec import exact
from rxex.errors import InvalidArgument
from rxex.events import Gap, Stale
from rxex.exchanges import kraken
from rxex.exchanges.kraken.integrity import CHECKSUM_V2
from rxex.exchanges.kraken.level3 import LEVEL3
from rxex.operators import filter_new_socket_only, keep_messages_only, private_socket
from rxex.testing import MarbleConnection, marble_connection
from tests.exchanges.kraken.plain_kraken import acks

ASKS = (
    "44939.5/4.52308393 44939.5/0.00111261 44939.5/0.00100000 44939.5/0.01000000 44950.0/0.10334926 44953.0/0.00064537 "
    "44955.0/0.00250000 44959.6/0.35630000 44959.6/0.35630000 44960.1/0.00338072 44960.2/0.88967575 44967.0/3.14392283 "
    "44978.5/0.06778960 44979.2/0.35630000"
)
BIDS = (
    "44939.4/0.88968699 44939.4/0.45210000 44939.4/0.10000000 44939.4/0.14296323 44939.4/0.25000000 44939.4/0.10292988 "
    "44939.4/0.33880000 44939.4/1.28140860 44937.1/0.03346877 44934.7/0.35630000 44930.2/0.22734299 44930.2/0.01000000 "
    "44930.2/0.05550000 44930.2/0.70000000 44930.2/0.15000000 44928.0/0.00105240 44919.6/0.33870000 44919.5/0.07610000 "
    "44912.0/0.35630000 44909.7/0.06690000 44901.9/0.00088982"
)
OFFICIAL = 1063832831


def _orders(text: str, side: str) -> list[tuple[str, str, str, int]]:
    pairs = [pair.partition("/") for pair in text.split()]
    return [(f"{side}{place}", price, size, place) for place, (price, _, size) in enumerate(pairs)]


def _sum(asks: Any, bids: Any) -> int:
    numbers = [number for row in (*asks, *bids) for number in row[1:3]]
    return crc32("".join(number.replace(".", "").lstrip("0") for number in numbers).encode())


def _row(name: str, price: str, size: str, time: int, event: str = "") -> str:
    told = f'"event":"{event}",' if event else ""
    stamp = f"2023-10-06T17:35:00.{time:09d}Z"
    return f'{{{told}"order_id":"{name}","limit_price":{price},"order_qty":{size},"timestamp":"{stamp}"}}'


def _frame(kind: str, bids: Any, asks: Any, checksum: int, symbol: str = "BTC/USD") -> str:
    sides = [",".join(row if isinstance(row, str) else _row(*row) for row in rows) for rows in (bids, asks)]
    return (
        f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{symbol}","checksum":{checksum},'
        f'"bids":[{sides[0]}],"asks":[{sides[1]}],"timestamp":"2023-10-06T18:21:00.097010033Z"}}]}}'
    )


def _live(frames: list[str], replies: Any = acks) -> MarbleConnection:
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    return marble_connection("o-" + "-".join(names) + "-|", names, LEVEL3, replies=replies, step=0.001)


def _feed(connection: MarbleConnection, symbols: Any, **options: Any) -> list[Any]:
    got: list[Any] = []
    messages = connection.connection.pipe(keep_messages_only())
    sockets = private_socket(lambda: "the-token", scheduler=connection.scheduler)
    books = kraken.subscribe_level3(symbols, messages, notices=True, **options)
    connection.connection.pipe(sockets, books).subscribe(got.append, got.append)
    return got


def _seen(frames: list[str], replies: Any = acks) -> list[Any]:
    connection = _live(frames, replies)
    got = _feed(connection, "BTC/USD")
    connection.run()
    return got


def _ids(levels: Any) -> list[list[str]]:
    return [[order.id for order in level.orders] for level in levels]


def test_the_checksum_is_that_of_the_venues_example() -> None:
    book = L3Book(10, CHECKSUM_V2)
    bids, asks = (
        [BookOrder(name, exact(price), exact(size), time) for name, price, size, time in _orders(text, side)]
        for text, side in ((BIDS, "b"), (ASKS, "a"))
    )
    book.replace(bids, asks)
    assert book.checksum == OFFICIAL
    # In another order they are another book; in this one they are the same by either rule.
    book.rearrange()
    assert book.checksum == OFFICIAL
    book.replace(bids[::-1], asks[::-1])
    assert book.checksum != OFFICIAL
    book.rearrange()
    assert book.checksum == OFFICIAL
    assert _sum(_orders(ASKS, "a"), _orders(BIDS, "b")) == OFFICIAL


def test_the_example_as_a_snapshot_is_a_book() -> None:
    (book,) = _seen([_frame("snapshot", _orders(BIDS, "b"), _orders(ASKS, "a"), OFFICIAL)])
    assert isinstance(book, OrderBook)
    assert (book.symbol, book.depth, len(book.bids), len(book.asks)) == ("BTC/USD", 10, 10, 10)
    assert (str(book.bid), str(book.bid_size), str(book.ask), str(book.ask_size)) == (
        *("44939.4", "3.55788870"),
        *("44939.5", "4.53519654"),
    )
    assert book.checksum == OFFICIAL == book.raw["data"][0]["checksum"]  # type: ignore[call-overload]
    assert book.time == 1696616460097010033
    first = book.asks[0].orders[1]
    assert (first.id, str(first.size), first.time) == ("a1", "0.00111261", 1696613700000000001)


def test_orders_are_added_changed_and_deleted() -> None:
    bids = [("b1", "9.5", "1.00000000", 1)]
    asks = [("a1", "10.0", "1.00000000", 1), ("a2", "10.0", "2.00000000", 2)]
    changed = [("a1", "10.0", "0.40000000", 1), asks[1]]
    added = [*changed, ("a3", "10.5", "5.00000000", 3)]
    deleted = added[1:]
    gone = '{"event":"delete","order_id":"a1"}'
    *books, last = _seen(
        [
            _frame("snapshot", bids, asks, _sum(asks, bids)),
            _frame("update", [], [(*changed[0], "modify")], _sum(changed, bids)),
            _frame("update", [], [(*added[2], "add")], _sum(added, bids)),
            _frame("update", [], [gone, _row("x9", "99.0", "1.0", 1, "delete")], _sum(deleted, bids)),
        ]
    )
    assert [_ids(book.asks) for book in books] == [[["a1", "a2"]], [["a1", "a2"]], [["a1", "a2"], ["a3"]]]
    assert str(books[1].ask_size) == "2.40000000"
    assert _ids(last.asks) == [["a2"], ["a3"]]


@pytest.mark.parametrize("keeps_its_place", [False, True])
def test_a_change_that_is_dated_anew_is_survived_whether_it_keeps_its_place_or_not(*, keeps_its_place: bool) -> None:
    bids = [("b1", "9.5", "1.00000000", 1)]
    asks = [("a1", "10.0", "1.00000000", 1), ("a2", "10.0", "2.00000000", 2)]
    changed = ("a1", "10.0", "0.50000000", 7)
    queue = [changed, asks[1]] if keeps_its_place else [asks[1], changed]
    later = [*queue, ("a3", "10.0", "3.00000000", 8)]
    again = [*((*row[:2], "0.10000000", 9) if row[0] == "a2" else row for row in later)]
    if not keeps_its_place:
        again.append(again.pop(0))
    got = _seen(
        [
            _frame("snapshot", bids, asks, _sum(asks, bids)),
            _frame("update", [], [(*changed, "modify")], _sum(queue, bids)),
            _frame("update", [], [(*later[2], "add")], _sum(later, bids)),
            _frame("update", [], [("a2", "10.0", "0.10000000", 9, "modify")], _sum(again, bids)),
        ]
    )
    assert [_ids(book.asks) for book in got] == [
        [[row[0] for row in rows]] for rows in ([("a1",), ("a2",)], queue, later, again)
    ]


def test_a_wrong_checksum_withholds_that_book_until_its_snapshot_and_the_other_misses_nothing() -> None:
    bids, asks = [("b1", "9.5", "1.00000000", 1)], [("a1", "10.0", "1.00000000", 1)]
    more = [*asks, ("a2", "11.0", "1.00000000", 2)]
    other = [_frame("update", [], [(*more[1], "add")], _sum(more, bids), "ETH/USD")]
    frames = [
        *(_frame("snapshot", bids, asks, _sum(asks, bids), symbol) for symbol in ("BTC/USD", "ETH/USD")),
        _frame("update", [], [(*more[1], "add")], 1),
        *other,
        _frame("update", [], [(*more[1], "add")], _sum(more, bids)),
        _frame("snapshot", bids, more, _sum(more, bids)),
    ]
    connection = _live(frames)
    got = _feed(connection, ["BTC/USD", "ETH/USD"])
    connection.run()
    told = [item.channel if isinstance(item, Gap) else (item.symbol, len(item.asks)) for item in got]
    assert told == [("BTC/USD", 1), ("ETH/USD", 1), "level3 BTC/USD", ("ETH/USD", 2), ("BTC/USD", 2)]
    sent = [(message["method"], message["params"]["symbol"]) for _, message in connection.sockets[0].sent]  # type: ignore[call-overload]
    assert sent == [("subscribe", ["BTC/USD", "ETH/USD"]), ("unsubscribe", ["BTC/USD"]), ("subscribe", ["BTC/USD"])]


@pytest.mark.parametrize(
    "update",
    [
        _frame("update", [], [("a2", "10.0", "1.0", 2, "add")], 0).replace('"checksum":0,', ""),
        _frame("update", [], [("a2", "-10.0", "1.0", 2, "add")], 0),
        _frame("update", [], ['{"event":"add","order_id":"a2","limit_price":10.0,"order_qty":1.0}'], 0),
        _frame("update", [], ['{"event":"add","order_id":"a2","timestamp":"2023-10-06T17:35:00.000000001Z"}'], 0),
        _frame("update", [("b2", "10.0", "1.00000000", 2, "add")], [], 0),
    ],
    ids=["no checksum", "negative price", "no time", "no numbers", "crossed"],
)
def test_what_cannot_be_verified_or_read_is_a_gap(update: str) -> None:
    bids, asks = [("b1", "9.5", "1.00000000", 1)], [("a1", "10.0", "1.00000000", 1)]
    got = _seen([_frame("snapshot", bids, asks, _sum(asks, bids)), update])
    assert [type(item) for item in got] == [OrderBook, Gap]


def test_what_changes_is_told_order_by_order_and_whole_to_who_comes_late() -> None:
    bids = [("b1", "9.5", "1.00000000", 1)]
    asks = [("a1", "10.0", "1.00000000", 1), ("a2", "10.0", "2.00000000", 2)]
    less = [("a1", "10.0", "0.40000000", 1), asks[1]]
    gone = '{"event":"delete","order_id":"a1"}'
    sums = [_sum(asks, bids), _sum(less, bids), _sum(less[1:], bids)]
    connection = _live(
        [
            _frame("snapshot", bids, asks, sums[0]),
            _frame("update", [], [(*less[0], "modify")], sums[1]),
            _frame("update", [], [gone], sums[2]),
        ]
    )
    got, late = list[Any](), list[Any]()
    messages = connection.connection.pipe(keep_messages_only())
    sockets = connection.connection.pipe(private_socket(lambda: "the-token", scheduler=connection.scheduler))
    sockets.pipe(kraken.subscribe_level3_updates("BTC/USD", messages)).subscribe(got.append)
    connection.advance_to(0.0035)
    sockets.pipe(kraken.subscribe_level3_updates("BTC/USD", messages, notices=True)).subscribe(late.append)
    connection.run()
    assert [(item.is_snapshot, item.checksum) for item in got] == list(zip((True, False, False), sums, strict=True))
    assert [[order.id for order in (*item.bids, *item.asks)] for item in got] == [["b1", "a1", "a2"], ["a1"], ["a1"]]
    assert [str(item.asks[0].size) for item in got] == ["1.00000000", "0.40000000", "0"]
    assert [item.time for item in got] == [1696616460097010033] * 3
    assert got[1].raw["data"][0]["asks"][0]["event"] == "modify"
    assert late[0].is_snapshot
    assert [order.id for order in late[0].asks] == ["a1", "a2"]
    again = L3Book(10, CHECKSUM_V2)
    for item in got:
        again.update(item.bids, item.asks)
        assert again.checksum == item.checksum


def test_sixty_deep_books_are_all_acknowledged_though_it_takes_long_to_ask() -> None:
    symbols = [f"X{number}/USD" for number in range(60)]
    answers = {}
    for number, symbol in enumerate(symbols):
        result = {"channel": "level3", "symbol": symbol, "depth": 1000}
        answers[f"m{number:02}"] = {"method": "subscribe", "req_id": number + 1, "result": result, "success": True}
    # Two requests a second leave, and each is answered half a second later.
    connection = marble_connection("o----" + "-".join(answers) + "----|", answers, LEVEL3, step=0.125)
    got = _feed(connection, symbols, depth=1000)
    connection.run()
    assert connection.sockets[0].sent[59][0] == 0
    assert connection.duration > 30
    assert {type(item) for item in got} <= {Stale}


def test_updates_before_the_snapshot_are_not_for_us() -> None:
    bids, asks = [("b1", "9.5", "1.00000000", 1)], [("a1", "10.0", "1.00000000", 1)]
    got = _seen([_frame("update", [], [(*asks[0], "add")], 5), _frame("snapshot", bids, asks, _sum(asks, bids))])
    assert [_ids(book.asks) for book in got] == [[["a1"]]]


@pytest.mark.parametrize(("depth", "most"), [(10, 20), (100, 4), (1000, 1)])
def test_deep_books_are_asked_for_a_few_at_a_time_and_with_the_token(depth: int, most: int) -> None:
    connection = _live([])
    symbols = [f"X{number}/USD" for number in range(21)]
    got = _feed(connection, symbols, depth=depth)
    connection.run()
    requests: list[Any] = [message for _, message in connection.sockets[0].sent]
    assert [len(request["params"]["symbol"]) for request in requests][:-1] == [most] * ((21 - 1) // most)
    assert requests[0]["params"] == {
        "channel": "level3",
        "symbol": symbols[:most],
        "depth": depth,
        "snapshot": True,
        "token": "the-token",
    }
    assert got == []


def test_an_end_tells_the_depth_and_the_token() -> None:
    connection = _live(["{}", "{}"])
    messages = connection.connection.pipe(keep_messages_only())
    sockets = private_socket(lambda: "the-token", scheduler=connection.scheduler)
    feed = connection.connection.pipe(sockets, kraken.subscribe_level3("BTC/USD", messages)).subscribe()
    connection.advance_to(0.003)
    feed.dispose()
    _, (_, ended) = connection.sockets[0].sent
    params = {"channel": "level3", "symbol": ["BTC/USD"], "depth": 10, "token": "the-token"}
    assert ended["params"] == params  # type: ignore[call-overload]
    connection.run()


def test_a_socket_without_a_token_ends_the_stream() -> None:
    connection = _live([])
    got: list[Any] = []
    messages: Any = connection.connection.pipe(keep_messages_only())
    books: Any = kraken.subscribe_level3("BTC/USD", messages)
    connection.connection.pipe(filter_new_socket_only(), books).subscribe(got.append, got.append)
    connection.run()
    assert [type(item) for item in got] == [InvalidArgument]
    assert "private_socket" in str(got[0])


def test_another_depth_a_v1_name_and_an_open_address_are_refused() -> None:
    messages = _live([]).connection.messages
    with pytest.raises(InvalidArgument, match="10, 100, 1000"):
        kraken.subscribe_level3("BTC/USD", messages, depth=25)
    with pytest.raises(InvalidArgument, match="BTC/USD"):
        kraken.subscribe_level3("XBT/USD", messages)
    with pytest.raises(InvalidArgument, match="wss"):
        kraken.level3_connection("ws://ws-l3.kraken.com/v2")
    kraken.level3_connection()
    assert kraken.LEVEL3_URL == "wss://ws-l3.kraken.com/v2"


def test_a_level_without_its_digits_is_another_book() -> None:
    rows = [(name, price, size.rstrip("0"), time) for name, price, size, time in _orders(ASKS, "a")]
    got = _seen([_frame("snapshot", _orders(BIDS, "b"), rows, OFFICIAL)])
    assert [type(item) for item in got] == [Gap]
    assert got[0].reason.startswith(f"checksum {OFFICIAL} is not that of our book")
