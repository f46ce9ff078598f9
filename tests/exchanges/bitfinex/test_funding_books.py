"""Books of funding: by rate and period, or offer by offer; here it is those who borrow that have the minus sign."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.funding_books import subscribe_funding_book
from tests.exchanges.bitfinex.plain_bitfinex import items, live

BOOK = "[1,[[0.00023112,30,1,-15190.7005375],[0.00024,2,3,-5],[0.00023157,2,1,66.35007188],[0.00023157,30,2,7]]]"


def rows(levels: Any) -> list[tuple[str, int, str]]:
    return [(str(level.rate), level.period, str(level.size)) for level in levels]


def test_a_level_is_a_rate_and_a_period() -> None:
    frames = [BOOK, "[1,[0.00023157,2,0,1]]", "[1,[0.00024,2,0,-1]]", "[1,[0.00023112,30,4,-9]]", "[1,[0.5,2,0,1]]"]
    first, *_, last = items(live(frames), subscribe_funding_book, "fUSD")
    assert rows(first.bids) == [("0.00024", 2, "5"), ("0.00023112", 30, "15190.7005375")]
    assert rows(first.asks) == [("0.00023157", 2, "66.35007188"), ("0.00023157", 30, "7")]
    assert rows(last.bids) == [("0.00023112", 30, "9")]
    assert rows(last.asks) == [("0.00023157", 30, "7")]
    assert last.bids[0].count == 4


def test_offers_are_known_by_their_ids() -> None:
    frames = ["[1,[[658282397,30,0.000233,-530],[5,2,0.0003,10]]]", "[1,[658282397,2,0.0002,-500]]", "[1,[5,2,0,1]]"]
    *_, last = items(live(frames), subscribe_funding_book, "fUSD", precision="R0")
    assert [(offer.id, str(offer.rate), offer.period, str(offer.size)) for offer in last.bids] == [
        (658282397, "0.0002", 2, "500")
    ]
    assert last.asks == ()


def test_checksums_of_funding_are_passed_over() -> None:
    assert len(items(live([BOOK, '[1,"cs",7]']), subscribe_funding_book, "fUSD", notices=True)) == 1


@pytest.mark.parametrize("wrong", [{"precision": "P9"}, {"depth": 2}, {"frequency": ""}])
def test_what_bitfinex_does_not_have_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        items(live([BOOK]), subscribe_funding_book, "fUSD", **wrong)
