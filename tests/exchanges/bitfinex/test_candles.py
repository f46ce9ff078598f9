"""Candles: open, close, high, low on the wire; closed when a later one has come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.candles import subscribe_candles
from tests.exchanges.bitfinex.plain_bitfinex import items, live

SNAPSHOT = (
    "[1,[[1574698260000,7379.785503,7383.8,7388.3,7379.785503,1.68829482],"
    "[1574698200000,7399.9,7379.7,7399.9,7371.8,41.63633658]]]"
)


def test_a_candle_is_closed_when_a_later_one_has_come() -> None:
    frames = [
        SNAPSHOT,
        "[1,[1574698260000,7379.785503,7390,7390,7379.785503,2]]",
        "[1,[1574698200000,1,1,1,1,1]]",  # late: that one is closed
        "[1,[1574698380000,7391,7391,7391,7391,0.5]]",
    ]
    candles = items(live(frames), subscribe_candles, "tBTCUSD")
    begun = [(candle.begin // 60_000_000_000 % 100, candle.closed, str(candle.close)) for candle in candles]
    assert begun[:2] == [(70, True, "7379.7"), (71, False, "7383.8")]
    assert begun[-2:] == [(71, True, "7390"), (73, False, "7391")]
    first = candles[0]
    assert [str(figure) for figure in (first.open, first.high, first.low, first.volume)] == [
        "7399.9",
        "7399.9",
        "7371.8",
        "41.63633658",
    ]
    assert (first.interval, first.symbol) == (60_000_000_000, "tBTCUSD")


@pytest.mark.parametrize(
    ("symbol", "options", "key"),
    [
        ("tBTCUSD", {"interval": 300}, "trade:5m:tBTCUSD"),
        ("tBTCUSD", {"interval": timedelta(days=7)}, "trade:1W:tBTCUSD"),
        ("fUSD", {"interval": 3600, "period": "a30:p2:p30"}, "trade:1h:fUSD:a30:p2:p30"),
        ("fUSD", {"period": "p30"}, "trade:1m:fUSD:p30"),
    ],
)
def test_candles_are_asked_for_by_their_key(symbol: str, options: Any, key: str) -> None:
    connection = live(["[1,[]]"])
    assert items(connection, subscribe_candles, symbol, **options) == []
    assert connection.sockets[0].sent[0][1]["key"] == key  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("symbol", "wrong"),
    [
        ("tBTCUSD", {"interval": 61}),
        ("fUSD", {}),
        ("fUSD", {"period": "30"}),
        ("tBTCUSD", {"period": "p30"}),
    ],
)
def test_what_bitfinex_does_not_have_is_refused_at_once(symbol: str, wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        items(live(["[1,[]]"]), subscribe_candles, symbol, **wrong)
