"""KuCoin's candles: when one is closed, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin import candles, futures
from tests.exchanges.kucoin.plain_kucoin import live
from tests.exchanges.kucoin.samples import SPOT_SAMPLES
from tests.feeding import events_of, feed, items, malformed, requests_of

FRAME = SPOT_SAMPLES["candles"].frame.replace("1hour", "1min")


def _frame(begin: object, close: str, word: str = "update") -> str:
    return (
        FRAME.replace("1729839600", str(begin)).replace("67437.6", close).replace("candles.update", f"candles.{word}")
    )


def _told(told: list[Any]) -> list[tuple[int, str, bool]]:
    return [(candle.begin // 10**9, str(candle.close), candle.closed) for candle in told]


def test_a_candle_is_closed_when_a_later_one_comes_whether_as_an_update_or_as_a_new_one() -> None:
    frames = [_frame(60, "1.0", "add"), _frame(60, "2.0"), _frame(120, "3.0", "add"), _frame(300, "4.0")]
    assert _told(items(live(frames), candles.subscribe_candles, "BTC-USDT")) == [
        *((60, "1.0", False), (60, "2.0", False), (60, "2.0", True)),
        *((120, "3.0", False), (120, "3.0", True), (300, "4.0", False)),
    ]


def test_the_candle_of_a_closed_interval_does_not_come_again() -> None:
    frames = [_frame(120, "1.0"), _frame(60, "2.0"), _frame(120, "3.0")]
    told = items(live(frames), candles.subscribe_candles, "BTC-USDT")
    assert (120, "3.0", False) in _told(told)
    assert all(begin == 120 for begin, _, _ in _told(told))


def test_candles_of_two_intervals_are_two_channels() -> None:
    connection = live([_frame(60, "1.0"), _frame(0, "2.0").replace("1min", "5min")])
    minutes: list[Any] = []
    feed(connection, candles.subscribe_candles, "BTC-USDT").subscribe(minutes.append)
    fives = items(connection, candles.subscribe_candles, "BTC-USDT", interval=300)
    assert (_told(minutes), _told(fives)) == ([(60, "1.0", False)], [(0, "2.0", False)])
    assert (minutes[0].interval, fives[0].interval) == (60 * 10**9, 300 * 10**9)


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        *((60 * count, f"{count}min") for count in (1, 3, 5, 15, 30)),
        *((timedelta(hours=count), f"{count}hour") for count in (1, 2, 4, 6, 8, 12)),
        (timedelta(days=1), "1day"),
        (timedelta(weeks=1), "1week"),
    ],
)
def test_each_length_has_its_word(interval: Any, word: str) -> None:
    connection = live([])
    feed(connection, candles.subscribe_candles, "BTC-USDT", interval=interval).subscribe()
    connection.run()
    assert [message["topic"] for message in requests_of(connection)] == [f"/market/candles:BTC-USDT_{word}"]


@pytest.mark.parametrize("interval", [0, 1, 120, -60, timedelta(seconds=59), timedelta(days=30), "1min"])
def test_another_length_is_refused_with_the_choices(interval: Any) -> None:
    messages = live([]).connection.messages
    with pytest.raises(InvalidArgument, match="60, 180, 300, 900, 1800, 3600"):
        candles.subscribe_candles("BTC-USDT", messages, interval=interval)
    with pytest.raises(InvalidArgument, match="60, 180, 300, 900, 1800, 3600"):
        futures.subscribe_candles("XBTUSDTM", messages, interval=interval)


@pytest.mark.parametrize("begin", ["", "-60", "1_0", "1" * 11, "1.5", "NaN", "\uff11"])
def test_what_is_no_begin_is_malformed(begin: str) -> None:
    connection = live([_frame(begin, "1.0"), _frame(60, "2.0")])
    events = events_of(connection)
    assert _told(items(connection, candles.subscribe_candles, "BTC-USDT")) == [(60, "2.0", False)]
    assert len(malformed(events)) == 1
