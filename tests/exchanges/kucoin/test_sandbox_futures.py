"""Public topics of the simulated futures: lots, numbers, funding."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from tests.exchanges.kucoin.market_watchers import Watcher
from tests.exchanges.kucoin.virtual_clients import World

D = Decimal
SYMBOL = "XBTUSDTM"
TICKER, TICKER2 = f"/contractMarket/ticker:{SYMBOL}", f"/contractMarket/tickerV2:{SYMBOL}"
EXECUTION, DEPTH5 = f"/contractMarket/execution:{SYMBOL}", f"/contractMarket/level2Depth5:{SYMBOL}"
CANDLES, SNAPSHOT = f"/contractMarket/limitCandle:{SYMBOL}_1min", f"/contractMarket/snapshot:{SYMBOL}"
INSTRUMENT = f"/contract/instrument:{SYMBOL}"


def futures(world: World, *topics: str, seconds: float = 60.0) -> Watcher:
    watcher = Watcher(world, *topics, market=FUTURES)
    watcher.watch(seconds)
    return watcher


def test_trades_are_lots_and_move_the_first_ticker() -> None:
    watcher = futures(World(), TICKER, EXECUTION)
    trades = watcher.pushes(EXECUTION)
    assert len(trades) > 20
    for frame in trades:
        row = frame["data"]
        assert isinstance(row["size"], int)
        assert frame["sn"] == row["sequence"] == int(row["tradeId"])
        assert row["takerOrderId"].isdigit()
        assert len(str(row["ts"])) == 19
    last = {frame["data"]["sequence"]: frame["data"] for frame in trades}
    tickers = watcher.pushes(TICKER)
    assert tickers
    for frame in tickers:
        row = frame["data"]
        trade = last[row["sequence"]]
        assert frame["sn"] == row["sequence"]
        assert (row["price"], row["size"], row["side"], row["ts"]) == (
            trade["price"],
            trade["size"],
            trade["side"],
            trade["ts"],
        )


def test_the_second_ticker_has_new_best_prices_and_the_number_of_the_book() -> None:
    watcher = futures(World(), TICKER2, DEPTH5, f"/contractMarket/level2:{SYMBOL}", seconds=20.0)
    rows = watcher.rows(TICKER2)
    numbers = {row["sequence"] for row in watcher.rows(f"/contractMarket/level2:{SYMBOL}")}
    assert len(rows) > 10
    assert {row["sequence"] for row in rows} <= numbers
    keys = ("bestBidPrice", "bestBidSize", "bestAskPrice", "bestAskSize")
    assert all([before[key] for key in keys] != [after[key] for key in keys] for before, after in pairwise(rows))
    assert all(frame["sn"] == frame["data"]["sequence"] for frame in watcher.pushes(TICKER2))
    for frame in watcher.pushes(DEPTH5):
        row = frame["data"]
        assert frame["sn"] == row["ts"] == row["timestamp"]
        known = [each for each in rows if each["sequence"] <= row["sequence"]]
        if known:
            best = known[-1]
            assert row["asks"][0] == [best["bestAskPrice"], best["bestAskSize"]]
            assert row["bids"][0] == [best["bestBidPrice"], best["bestBidSize"]]


def test_candles_come_at_most_once_a_second_with_their_close_second() -> None:
    watcher = futures(World(), CANDLES, EXECUTION, seconds=40.0)
    assert all(after - before > 0.999 for before, after in pairwise(watcher.times(CANDLES)))
    trades = watcher.rows(EXECUTION)
    for frame in watcher.pushes(CANDLES):
        assert frame["subject"] == "candle.stick"
        time = frame["data"]["time"]
        known = [trade for trade in trades if trade["ts"] // 10**6 <= time]
        assert frame["data"]["candles"][2] == known[-1]["price"]
        begin, _, close, high, low, *volumes = frame["data"]["candles"]
        assert int(begin) % 60 == 0
        assert D(low) <= D(close) <= D(high)
        assert volumes[0] == volumes[1] + ".0"


def test_mark_and_index_prices_come_each_second_and_the_rate_each_minute() -> None:
    watcher = futures(World(), INSTRUMENT, seconds=125.0)
    frames = watcher.pushes(INSTRUMENT)
    marks = [frame["data"] for frame in frames if frame["subject"] == "mark.index.price"]
    rates = [frame["data"] for frame in frames if frame["subject"] == "funding.rate"]
    assert len(marks) == 125
    assert all(abs(mark["markPrice"] / mark["indexPrice"] - 1) < D("0.05") for mark in marks)
    assert len(rates) == 3
    assert [after["timestamp"] - before["timestamp"] for before, after in pairwise(rates)] == [60_000] * 2
    assert rates[0]["fundingRate"] == D("0.0001")


def test_funding_is_settled_every_eight_hours_and_on_demand() -> None:
    world = World()
    topics = ("/contract/announcement", f"/contract/announcement:{SYMBOL}", "/contract/announcement:NOBODYM")
    watcher = futures(world, *topics, seconds=1.0)
    assert not any(watcher.rows(topic) for topic in topics)
    world.exchange.settle_funding()
    watcher.watch(2.0)
    mine = watcher.pushes(topics[1])
    assert [frame["subject"] for frame in mine] == ["funding.begin", "funding.end"]
    assert mine[0]["data"]["symbol"] == SYMBOL
    assert mine[0]["data"]["fundingTime"] == mine[1]["data"]["fundingTime"]
    everybodys = {frame["data"]["symbol"] for frame in watcher.pushes(topics[0])}
    assert everybodys >= {SYMBOL, "XBTUSDM"}
    # Virtual time begins at midnight.
    watcher.watch(4 * 3600.0)
    due = watcher.pushes(topics[1])[2:]
    assert [frame["subject"] for frame in due] == ["funding.begin", "funding.end"]
    assert due[0]["data"]["fundingTime"] % (8 * 3_600_000) == 4 * 3_600_000
    assert not watcher.pushes(topics[2])


def test_the_day_comes_every_five_seconds() -> None:
    watcher = futures(World(), SNAPSHOT, EXECUTION, "/contractMarket/snapshot:XBTUSDM", seconds=21.0)
    assert [after - before for before, after in pairwise(watcher.times(SNAPSHOT))] == pytest.approx([5.0] * 3)
    trades = watcher.rows(EXECUTION)
    for frame in watcher.pushes(SNAPSHOT):
        row = frame["data"]
        assert (frame["subject"], len(frame["id"])) == ("snapshot.24h", 24)
        known = [trade for trade in trades if trade["ts"] <= row["ts"]]
        if known:
            assert row["lastPrice"] == D(known[-1]["price"])
        assert row["priceChg"] == row["lastPrice"] - row["price24HoursBefore"]
        assert row["turnover"] / row["volume"] == pytest.approx(row["lastPrice"], rel=D("0.05"))


def test_several_contracts_may_be_asked_for_at_once_and_a_depth_of_20_is_not_there() -> None:
    world = World()
    watcher = futures(world, "/contractMarket/execution:XBTUSDTM,ETHUSDTM", seconds=30.0)
    assert watcher.rows(EXECUTION)
    assert watcher.rows("/contractMarket/execution:ETHUSDTM")
    assert watcher.subscribe("/contractMarket/level2Depth20:XBTUSDTM")[-1]["code"] == 404
    assert watcher.subscribe("/market/ticker:BTC-USDT")[-1]["code"] == 404
