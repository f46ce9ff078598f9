"""Public topics of spot and margin on the simulated KuCoin: they hang together, and keep the venue's rhythm."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.exchanges.kucoin.market_watchers import Watcher
from tests.exchanges.kucoin.virtual_clients import World

D = Decimal
TICKER, MATCH, LEVEL1 = "/market/ticker:BTC-USDT", "/market/match:BTC-USDT", "/spotMarket/level1:BTC-USDT"
CANDLES = "/market/candles:BTC-USDT_1min"


def test_trades_move_the_ticker_which_has_the_last_one_and_the_best_prices() -> None:
    world = World()
    watcher = Watcher(world, TICKER, MATCH, LEVEL1)
    watcher.watch(60.0)
    tickers, trades = watcher.rows(TICKER), watcher.rows(MATCH)
    best = watcher.rows(LEVEL1)
    compared = 0
    for row in tickers[1:]:
        assert set(row) == {"sequence", "price", "size", "bestAsk", "bestAskSize", "bestBid", "bestBidSize", "time"}
        assert all(isinstance(value, str) for name, value in row.items() if name != "time")
        known = [trade for trade in trades if int(trade["time"]) // 10**6 < row["time"]]
        if known:
            assert (row["price"], row["size"]) == (known[-1]["price"], known[-1]["size"])
        level1 = [each for each in best if each["timestamp"] <= row["time"]]
        if level1:
            compared += 1
            assert [row["bestAsk"], row["bestAskSize"]] == level1[-1]["asks"]
            assert [row["bestBid"], row["bestBidSize"]] == level1[-1]["bids"]
        assert D(row["bestBid"]) < D(row["bestAsk"])
    assert compared > 20
    assert [int(row["sequence"]) for row in tickers] == sorted(int(row["sequence"]) for row in tickers)


def test_a_ticker_comes_at_most_ten_times_a_second_and_level_1_a_hundred_times() -> None:
    world = World(speed=40)
    watcher = Watcher(world, TICKER, LEVEL1)
    watcher.watch(3.0)
    for topic, interval in ((TICKER, 0.1), (LEVEL1, 0.01)):
        gaps = [after - before for before, after in pairwise(watcher.times(topic))]
        assert min(gaps) > interval - 1e-6
        assert min(gaps) < interval + 1e-6


def test_the_ticker_of_all_names_the_symbol_as_its_subject() -> None:
    world = World(symbols=["BTC-USDT", "XRP-USDT", "XBTUSDTM"])
    watcher = Watcher(world, "/market/ticker:all", "/market/ticker:XRP-USDT")
    watcher.watch(30.0)
    frames = watcher.pushes("/market/ticker:all")
    assert {frame["subject"] for frame in frames} == {"BTC-USDT", "XRP-USDT"}
    mine = [frame["data"] for frame in frames if frame["subject"] == "XRP-USDT"]
    assert mine == watcher.rows("/market/ticker:XRP-USDT") != []


def test_trades_are_texts_with_nanoseconds_and_rising_numbers() -> None:
    watcher = Watcher(World(), "/market/match:BTC-USDT,ETH-USDT")
    watcher.watch(60.0)
    for symbol in ("BTC-USDT", "ETH-USDT"):
        rows = watcher.rows(f"/market/match:{symbol}")
        assert all(isinstance(value, str) for row in rows for value in row.values())
        assert {row["symbol"] for row in rows} == {symbol}
        assert all(row["sequence"] == row["tradeId"] for row in rows)
        numbers = [int(row["sequence"]) for row in rows]
        assert numbers == sorted(set(numbers))
        times = [int(row["time"]) for row in rows]
        assert times == sorted(times)
        assert all(len(row["time"]) == 19 for row in rows)
        assert {row["side"] for row in rows} == {"buy", "sell"}
        assert len({row["takerOrderId"] for row in rows} & {row["makerOrderId"] for row in rows}) == 0


def test_candles_are_what_was_traded_and_a_new_one_is_announced_empty() -> None:
    world = World()
    watcher = Watcher(world, CANDLES, MATCH)
    watcher.watch(200.0)
    frames, trades = watcher.pushes(CANDLES), watcher.rows(MATCH)
    added = [frame["data"]["candles"] for frame in frames if frame["subject"] == "trade.candles.add"]
    assert len(added) >= 2
    for begin, *prices, volume, amount in added:
        assert int(begin) % 60 == 0
        assert len(set(prices)) == 1
        assert (volume, amount) == ("0", "0")
    last: dict[int, Any] = {int(frame["data"]["candles"][0]): frame["data"]["candles"] for frame in frames}
    # The first minute began before anybody listened, and the last one goes on.
    whole = sorted(last)[1:-1]
    assert len(whole) >= 2
    for begin in whole:
        _, opened, closed, high, low, volume, amount = map(D, last[begin])
        mine = [trade for trade in trades if begin <= int(trade["time"]) // 10**9 < begin + 60]
        prices = [D(trade["price"]) for trade in mine]
        assert (opened, closed, high, low) == (prices[0], prices[-1], max(prices), min(prices))
        assert volume == sum(D(trade["size"]) for trade in mine)
        cost = sum(D(trade["size"]) * D(trade["price"]) for trade in mine)
        assert amount == pytest.approx(cost, rel=D("0.0001"))
    for frame in frames:
        assert frame["data"]["symbol"] == "BTC-USDT"
        assert len(str(frame["data"]["time"])) == 19


def test_a_trade_of_a_client_is_in_the_candles_and_the_day_too() -> None:
    world = World()
    watcher = Watcher(world, CANDLES, MATCH, "/market/snapshot:BTC-USDT")
    watcher.watch(1.0)
    _, ask = world.market()
    world.add("b", price=str(ask + 500), size="0.5")
    mine = watcher.rows(MATCH)[-1]
    assert watcher.rows(CANDLES)[-1]["candles"][2] == mine["price"]
    world.pass_time(0.05)
    stats = world.ask("GET", "/api/v1/market/stats", query={"symbol": "BTC-USDT"}, wait=0.03).data
    assert stats["last"] == mine["price"]


def test_snapshots_come_every_two_seconds_as_numbers_one_level_deeper() -> None:
    world = World()
    topic = "/market/snapshot:BTC-USDT"
    watcher = Watcher(world, topic, MATCH)
    watcher.watch(21.0)
    assert [after - before for before, after in pairwise(watcher.times(topic))] == pytest.approx([2.0] * 9)
    trades = watcher.rows(MATCH)
    for row in watcher.rows(topic):
        assert isinstance(row["sequence"], str)
        data = row["data"]
        known = [trade for trade in trades if int(trade["time"]) // 10**6 <= data["datetime"]]
        if known:
            assert D(data["lastTradedPrice"]) == D(data["close"]) == D(known[-1]["price"])
        assert data["low"] <= data["lastTradedPrice"] <= data["high"]
        assert data["changePrice"] == data["close"] - data["open"]
        assert data["buy"] < data["sell"]
        hour, day = data["marketChange1h"], data["marketChange24h"]
        assert hour["vol"] <= day["vol"]
        assert day["low"] <= hour["low"] <= hour["high"] <= day["high"]


def test_a_market_snapshot_is_a_frame_for_each_symbol_and_small_numbers_have_exponents() -> None:
    world = World()
    watcher = Watcher(world, "/market/snapshot:BTC", "/market/snapshot:USDS")
    watcher.watch(3.0)
    assert [row["data"]["symbol"] for row in watcher.rows("/market/snapshot:BTC")] == ["ETH-BTC", "KCS-BTC"]
    assert {row["data"]["quoteCurrency"] for row in watcher.rows("/market/snapshot:USDS")} == {"USDT"}
    (text,) = [text for text in watcher.texts if '"KCS-BTC"' in text]
    assert '"lastTradedPrice":1.' in text
    assert "E-4" in text


def test_an_opening_auction_is_silent_but_for_its_time() -> None:
    world = World()
    topics = ("/callauction/level2Depth50:BTC-USDT", "/callauction/callauctionData:BTC-USDT")
    watcher = Watcher(world, *topics)
    watcher.watch(10.0)
    assert not any(watcher.rows(topic) for topic in topics)
    query = {"symbol": "BTC-USDT"}
    assert world.ask("GET", "/api/v1/market/callauctionData", query=query).message["code"] == "400100"
    world.exchange.start_auction("BTC-USDT")
    watcher.watch(10.0)
    depth, data = (watcher.rows(topic)[-1] for topic in topics)
    assert len(depth["bids"]) == 50
    assert D(data["estimatedPrice"]) == D(depth["asks"][0][0])
    told = world.ask("GET", "/api/v1/market/callauctionData", query=query).data
    assert set(told) == set(data)
    assert world.ask("GET", "/api/v2/symbols/BTC-USDT").data["callauctionIsEnabled"] is True
    world.exchange.end_auction("BTC-USDT")
    watcher.watch(0.3)
    before = [len(watcher.rows(topic)) for topic in topics]
    watcher.watch(5.0)
    assert [len(watcher.rows(topic)) for topic in topics] == before


def test_index_and_mark_prices_are_in_bitcoin_once_a_second() -> None:
    world = World()
    index, mark = "/indicator/index:USDT-BTC", "/indicator/markPrice:ETH-BTC"
    watcher = Watcher(world, index, mark, "/indicator/index:BTC-USDT")
    watcher.watch(10.5)
    for topic in (index, mark):
        assert [after - before for before, after in pairwise(watcher.times(topic))] == pytest.approx([1.0] * 9)
        frames = watcher.pushes(topic)
        assert len({frame["id"] for frame in frames}) == 10
        assert {frame["subject"] for frame in frames} == {"tick"}
        assert set(frames[0]["data"]) == {"symbol", "granularity", "timestamp", "value"}
    bid, ask = world.market()
    assert 1 / watcher.rows(index)[-1]["value"] == pytest.approx((bid + ask) / 2, rel=D("0.001"))
    assert not watcher.rows("/indicator/index:BTC-USDT")
    assert "E-5" in next(text for text in watcher.texts if "USDT-BTC" in text)


def test_what_is_lent_is_told_now_and_then() -> None:
    watcher = Watcher(World(), "/margin/fundingBook:BTC,USDT", "/margin/fundingBook:NOBODY")
    watcher.watch(21.0)
    rows = [row for currency in ("BTC", "USDT") for row in watcher.rows(f"/margin/fundingBook:{currency}")]
    assert len(rows) == 8
    assert {row["currency"] for row in rows} == {"BTC", "USDT"}
    assert len({row["sequence"] for row in rows}) == 8
    assert not watcher.rows("/margin/fundingBook:NOBODY")


def test_periodic_topics_end_with_their_last_subscriber() -> None:
    world = World(symbols=["BTC-USDT"])
    watcher = Watcher(world, "/market/snapshot:BTC-USDT", TICKER)
    watcher.watch(5.0)
    watcher.subscription.dispose()
    world.pass_time(5.0)
    due = world.exchange._run(lambda simulation: simulation.next_due)
    assert due is None
