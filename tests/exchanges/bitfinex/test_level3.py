"""Raw books: orders by id, older ones first, checksums of ids."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.events import Gap
from rxex.exchanges.bitfinex.integrity import checksum
from rxex.exchanges.bitfinex.level3 import subscribe_level3
from tests.exchanges.bitfinex.plain_bitfinex import items, live

BOOK = "[1,[[30,7294.7,1.5],[12,7294.7,2],[7,7294.123456,1],[40,7295,-1],[5,7295,-0.5]]]"


def ids(levels: Any) -> list[list[str]]:
    return [[order.id for order in level.orders] for level in levels]


def test_orders_of_one_price_stand_by_age() -> None:
    (book,) = items(live([BOOK]), subscribe_level3, "tBTCUSD")
    assert ids(book.bids) == [["12", "30"], ["7"]]
    assert ids(book.asks) == [["5", "40"]]
    assert str(book.bids[1].price) == "7294.123456"


def test_an_order_moves_changes_goes_and_turns_its_side() -> None:
    frames = [BOOK, "[1,[30,7294.123456,1.5]]", "[1,[12,0,1]]", "[1,[5,7290,0.5]]", "[1,[99,0,-1]]"]
    book = items(live(frames), subscribe_level3, "tBTCUSD")[-1]
    assert ids(book.bids) == [["7", "30"], ["5"]]
    assert ids(book.asks) == [["40"]]


def test_checksums_are_of_ids_and_amounts() -> None:
    bids, asks = ["12:2", "30:1.5", "7:1"], ["5:-0.5", "40:-1"]
    right = items(live([BOOK, f'[1,"cs",{checksum(bids, asks)}]']), subscribe_level3, "tBTCUSD", notices=True)
    assert len(right) == 1
    wrong = live([BOOK, f'[1,"cs",{checksum(bids, asks[::-1])}]', BOOK.replace("[1,", "[2,", 1)])
    got = items(wrong, subscribe_level3, "tBTCUSD", notices=True)
    assert [isinstance(item, Gap) for item in got] == [False, True, False]


def test_raw_books_are_asked_for_as_such() -> None:
    connection = live([BOOK])
    items(connection, subscribe_level3, "tBTCUSD", depth=100)
    request: Any = connection.sockets[0].sent[0][1]
    assert (request["prec"], request["len"]) == ("R0", "100")
    with pytest.raises(InvalidArgument):
        items(live([BOOK]), subscribe_level3, "tBTCUSD", depth=10)


def test_a_change_before_the_snapshot_is_of_an_earlier_subscription() -> None:
    assert items(live(["[1,[30,7294.7,1.5]]"]), subscribe_level3, "tBTCUSD") == []


@pytest.mark.parametrize("row", ["[8,-7294.7,1]", "[8,7294.7,0]", "[8,7294.7,1e40]", "[8,null,1]", "[8.5,7294.7,1]"])
def test_what_cannot_be_an_order_is_not_shown_and_the_book_is_asked_for_again(row: str) -> None:
    got = items(live([BOOK, f"[1,{row}]", BOOK.replace("[1,", "[2,", 1)]), subscribe_level3, "tBTCUSD", notices=True)
    assert [isinstance(item, Gap) for item in got] == [False, True, False]
    assert ids(got[-1].bids) == [["12", "30"], ["7"]]
