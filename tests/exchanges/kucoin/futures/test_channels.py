"""What is particular to KuCoin's futures; their samples are held against the models with those of the spot market."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.exchanges.kucoin import futures
from rxex.models import Candle, Side, Ticker, Trade
from tests.exchanges.kucoin.plain_kucoin import live
from tests.exchanges.kucoin.samples import FUTURES_SAMPLES
from tests.feeding import events_of, feed, items, malformed, requests_of


def test_a_ticker_is_that_of_other_exchanges_and_knows_the_taker() -> None:
    (ticker,) = items(live([FUTURES_SAMPLES["ticker"].frame], futures=True), futures.subscribe_ticker, "XBTUSDTM")
    assert issubclass(futures.FuturesTicker, Ticker)
    assert isinstance(ticker, futures.FuturesTicker)
    assert ticker.side is Side.SELL
    (trade,) = items(live([FUTURES_SAMPLES["trades"].frame], futures=True), futures.subscribe_trades, "XBTUSDTM")
    assert isinstance(trade, Trade)
    assert trade.side is Side.BUY


@pytest.mark.parametrize("side", ["Buy", "", "short"])
def test_a_side_that_there_is_not_is_malformed(side: str) -> None:
    frame = FUTURES_SAMPLES["trades"].frame.replace('"buy"', f'"{side}"')
    connection = live([frame], futures=True)
    events = events_of(connection)
    assert items(connection, futures.subscribe_trades, "XBTUSDTM") == []
    assert len(malformed(events)) == 1


def test_a_candle_has_no_volume_as_the_one_that_comes_is_wrong() -> None:
    frame = FUTURES_SAMPLES["candles"].frame
    frames = [frame, frame.replace("90638.7", "90638.8"), frame.replace("1731898200", "1731898260")]
    told = items(live(frames, futures=True), futures.subscribe_candles, "XBTUSDTM")
    assert [(candle.begin // 10**9, str(candle.close), candle.closed) for candle in told] == [
        (1731898200, "90638.7", False),
        (1731898200, "90638.8", False),
        (1731898200, "90638.8", True),
        (1731898260, "90638.7", False),
    ]
    assert not any(isinstance(candle, Candle) or hasattr(candle, "volume") for candle in told)


def test_mark_price_and_funding_rate_share_one_subscription() -> None:
    frames = [FUTURES_SAMPLES["mark price"].frame, FUTURES_SAMPLES["funding rate"].frame]
    other = frames[0].replace("mark.index.price", "premium.index")
    connection = live([*frames, other], futures=True)
    events = events_of(connection)
    marks: list[Any] = []
    feed(connection, futures.subscribe_mark_price, "XBTUSDTM").subscribe(marks.append)
    rates = items(connection, futures.subscribe_funding_rate, "XBTUSDTM")
    assert [type(item).__name__ for item in marks + rates] == ["MarkPrice", "FundingRate"]
    assert [message["topic"] for message in requests_of(connection)] == ["/contract/instrument:XBTUSDTM"]
    assert malformed(events) == []


def test_a_funding_rate_may_have_a_period() -> None:
    frame = FUTURES_SAMPLES["funding rate"].frame.replace('"granularity"', '"period":1,"granularity"')
    (rate,) = items(live([frame], futures=True), futures.subscribe_funding_rate, "XBTUSDTM")
    assert rate.period == 1


@pytest.mark.parametrize("topic", ["/contract/announcement", "/contract/announcement:XBTUSDTM"])
def test_an_announcement_is_its_contracts_with_the_symbol_in_the_topic_or_without(topic: str) -> None:
    frame = FUTURES_SAMPLES["announcement"].frame.replace('"/contract/announcement"', f'"{topic}","type":"message"')
    ended = frame.replace("funding.begin", "funding.end")
    news = frame.replace("funding.begin", "delisting")
    other = frame.replace("XBTUSDTM", "ETHUSDTM")
    connection = live([frame, other, news, ended], futures=True)
    told = items(connection, futures.subscribe_announcements, "XBTUSDTM")
    assert [(item.symbol, item.is_over) for item in told] == [("XBTUSDTM", False), ("XBTUSDTM", True)]
