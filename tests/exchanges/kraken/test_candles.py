"""Kraken's candles: the samples, when one is closed, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges import kraken
from tests.exchanges.kraken.plain_kraken import feed, items, live

MINUTE = 60 * 10**9
SAMPLE_V2 = (
    '{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:30.524394914Z","data":[{"symbol":"MATIC/USD",'
    '"open":0.5624,"high":0.5628,"low":0.5622,"close":0.5627,"trades":12,"volume":30927.68066226,"vwap":0.5626,'
    '"interval_begin":"2023-10-04T16:25:00.000000000Z","interval":5,"timestamp":"2023-10-04T16:30:00.000000Z"}]}'
)
SAMPLE_V1 = (
    '[42,["1542057314.748456","1542057360.435743","3586.70000","3586.70000","3586.60000","3586.60000","3586.68894",'
    '"0.03373000",2],"ohlc-5","XBT/USD"]'
)


def _v2(*candles: tuple[str, str], kind: str = "update") -> str:
    rows = ",".join(
        f'{{"symbol":"BTC/USD","open":1.0,"high":9.0,"low":0.5,"close":{close},"trades":3,"volume":2.50000000,"vwap":1.5,'
        f'"interval_begin":"2023-10-04T16:{minute}:00.000000000Z","interval":1,"timestamp":"2023-10-04T17:00:00.000000Z"}}'
        for minute, close in candles
    )
    return f'{{"channel":"ohlc","type":"{kind}","timestamp":"2023-10-04T16:26:30.524394914Z","data":[{rows}]}}'


def _v1(minute: int, close: str) -> str:
    end = 1696435200 + 60 * (minute + 1)
    return (
        f'[42,["{end - 30}.748456","{end}.000000","1.0","9.0","0.5","{close}","1.5","2.50000000",3],"ohlc-1","XBT/USD"]'
    )


def _told(candles: list[Any]) -> list[tuple[int, str, bool]]:
    return [(candle.begin // MINUTE % 60, str(candle.close), candle.closed) for candle in candles]


def test_the_v2_sample_digit_for_digit() -> None:
    (candle,) = items(live([SAMPLE_V2]), kraken.subscribe_candles, "MATIC/USD", interval=300)
    assert (candle.symbol, candle.begin, candle.interval) == ("MATIC/USD", 1696436700 * 10**9, 5 * MINUTE)
    assert [
        str(value) for value in (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.vwap)
    ] == [*("0.5624", "0.5628", "0.5622", "0.5627", "30927.68066226", "0.5626")]
    assert (candle.trades, candle.closed, candle.time) == (12, False, 1696436790524394914)
    assert candle.raw["data"][0]["interval"] == 5


def test_the_v1_sample_is_the_same_model() -> None:
    (candle,) = items(live([SAMPLE_V1], 1), kraken.subscribe_candles, "BTC/USD", interval=timedelta(minutes=5))
    assert (candle.symbol, candle.begin, candle.interval) == ("BTC/USD", 1542057060435743000, 5 * MINUTE)
    assert [
        str(value) for value in (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.vwap)
    ] == [*("3586.70000", "3586.70000", "3586.60000", "3586.60000", "0.03373000", "3586.68894")]
    assert (candle.trades, candle.closed, candle.time) == (2, False, 1542057314748456000)


def test_a_candle_is_closed_when_a_later_one_comes_and_told_once_more_then() -> None:
    frames = [_v2(("10", "1.0")), _v2(("10", "2.0")), _v2(("11", "3.0")), _v2(("14", "4.0"))]
    assert _told(items(live(frames), kraken.subscribe_candles, "BTC/USD")) == [
        *((10, "1.0", False), (10, "2.0", False), (10, "2.0", True)),
        *((11, "3.0", False), (11, "3.0", True), (14, "4.0", False)),
    ]


def test_all_candles_of_a_snapshot_but_the_last_are_closed() -> None:
    frames = [_v2(("08", "1.0"), ("09", "2.0"), ("10", "3.0"), kind="snapshot"), _v2(("10", "4.0")), _v2(("11", "5.0"))]
    assert _told(items(live(frames), kraken.subscribe_candles, "BTC/USD")) == [
        *((8, "1.0", True), (9, "2.0", True), (10, "3.0", False)),
        *((10, "4.0", False), (10, "4.0", True), (11, "5.0", False)),
    ]


def test_v1_begins_with_the_last_candle_however_old_and_closes_it_by_the_next() -> None:
    frames = [_v1(3, "1.0"), _v1(40, "2.0"), _v1(40, "3.0"), _v1(41, "4.0")]
    assert _told(items(live(frames, 1), kraken.subscribe_candles, "BTC/USD")) == [
        *((3, "1.0", False), (3, "1.0", True), (40, "2.0", False)),
        *((40, "3.0", False), (40, "3.0", True), (41, "4.0", False)),
    ]


def test_candles_of_two_intervals_are_two_channels_of_one_connection() -> None:
    five = _v2(("10", "7.0")).replace('"interval":1,', '"interval":5,')
    connection = live([_v2(("10", "1.0")), five, _v2(("11", "2.0"))])
    minutes: list[Any] = []
    fives: list[Any] = []
    feed(connection, kraken.subscribe_candles, "BTC/USD").subscribe(minutes.append)
    feed(connection, kraken.subscribe_candles, "BTC/USD", interval=300).subscribe(fives.append)
    connection.run()
    assert [close for _, close, _ in _told(minutes)] == ["1.0", "1.0", "2.0"]
    assert [close for _, close, _ in _told(fives)] == ["7.0"]
    assert [message["params"]["interval"] for _, message in connection.sockets[0].sent] == [1, 5]  # type: ignore[call-overload]


def test_a_request_says_the_interval_and_so_does_the_end() -> None:
    for version, frame in ((1, _v1(3, "1.0")), (2, _v2(("10", "1.0")))):
        connection = live([frame, frame], version)
        subscription = feed(connection, kraken.subscribe_candles, "BTC/USD", interval=3600).subscribe()
        connection.advance_to(0.003)
        subscription.dispose()
        asked, ended = (message for _, message in connection.sockets[0].sent)
        if version == 1:
            wanted = {"name": "ohlc", "interval": 60}
            assert (asked["subscription"], ended["subscription"]) == (wanted, wanted)  # type: ignore[call-overload]
        else:
            wanted = {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 60}
            assert (asked["params"], ended["params"]) == (wanted | {"snapshot": True}, wanted)  # type: ignore[call-overload]


@pytest.mark.parametrize("interval", [0, 1, 61, 5 * 60 + 1, -60, timedelta(seconds=30), timedelta(days=2)])
def test_another_interval_is_refused_with_the_choices(interval: Any) -> None:
    with pytest.raises(InvalidArgument, match="60, 300, 900, 1800, 3600, 14400, 86400, 604800, 1296000 seconds"):
        kraken.subscribe_candles("BTC/USD", live([]).connection.messages, interval=interval)
