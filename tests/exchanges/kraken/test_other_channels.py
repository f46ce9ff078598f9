"""Spreads, instruments, channels as they come, and the options of tickers and trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges import kraken
from rxex.models import Ticker
from tests.exchanges.kraken.plain_books import SNAPSHOT_V1, SNAPSHOT_V2, UPDATES_V1, UPDATES_V2
from tests.exchanges.kraken.plain_kraken import feed, items, live

SPREAD = '[0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],"spread","XBT/USD"]'
INSTRUMENTS = (
    '{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"BTC","status":"enabled","precision":10,'
    '"precision_display":5,"borrowable":true,"collateral_value":1.0,"margin_rate":0.01},{"id":"USD","status":"enabled",'
    '"precision":4,"precision_display":2,"borrowable":true,"collateral_value":1.00,"margin_rate":0.025000}],"pairs":['
    '{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-08,'
    '"price_precision":1,"cost_precision":5,"marginable":true,"has_index":true,"cost_min":0.5,"margin_initial":0.2,'
    '"position_limit_long":250,"position_limit_short":200,"tick_size":0.1,"price_increment":0.1,"qty_min":0.0001},'
    '{"symbol":"EUR/USD","base":"EUR","quote":"USD","status":"online","qty_precision":8,"qty_increment":0.00000001,'
    '"price_precision":5,"cost_precision":5,"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":0.00001,'
    '"price_increment":0.00001,"qty_min":0.50000000,"ws_display_price_precision":5}]}}'
)
CHANGE = (
    '{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"EUR/USD","base":"EUR",'
    '"quote":"USD","status":"cancel_only","qty_precision":8,"qty_increment":0.00000001,"price_precision":5,'
    '"cost_precision":5,"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":0.00001,'
    '"price_increment":0.00001,"qty_min":0.50000000}]}}'
)
TICKER = (
    '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1.0,"bid_qty":2.0,"ask":3.0,"ask_qty":4.0,'
    '"last":5.0,"volume":6.0,"vwap":7.0,"low":8.0,"high":9.0,"change":0.0,"change_pct":0.0}]}'
)


def _asked(connection: Any) -> list[Any]:
    return [message.get("params") or message["subscription"] for _, message in connection.sockets[0].sent]


def test_a_spread() -> None:
    (spread,) = items(live([SPREAD], 1), kraken.subscribe_spread, "BTC/USD")
    assert isinstance(spread, kraken.Spread)
    assert [str(value) for value in (spread.bid, spread.bid_size, spread.ask, spread.ask_size)] == [
        *("5698.40000", "1.01234567", "5700.00000", "0.98765432")
    ]
    assert (spread.symbol, spread.time) == ("BTC/USD", 1542057299545897000)
    assert spread.raw[-2] == "spread"


def test_v2_has_no_spread_and_says_what_it_has() -> None:
    with pytest.raises(InvalidArgument, match="event_trigger='bbo'"):
        kraken.subscribe_spread("BTC/USD", live([]).connection.messages)


def test_instruments_come_whole_and_then_as_they_change() -> None:
    connection = live([INSTRUMENTS, CHANGE])
    first, second = items(connection, kraken.subscribe_instruments)
    assert [asset.id for asset in first.assets] == ["BTC", "USD"]
    assert str(first.assets[1].margin_rate) == "0.025000"
    btc, eur = first.pairs
    assert isinstance(btc, kraken.Pair)
    assert (btc.symbol, btc.status, btc.price_precision, btc.size_precision) == ("BTC/USD", "online", 1, 8)
    assert (btc.size_increment, btc.price_increment, btc.size_min) == (
        Decimal("1e-8"),
        Decimal("0.1"),
        Decimal("0.0001"),
    )
    assert (btc.margin_initial, btc.position_limit_long) == (Decimal("0.2"), Decimal(250))
    assert (eur.margin_initial, eur.cost_min) == (None, Decimal("0.50"))
    assert first.is_snapshot
    assert not second.is_snapshot
    assert [(pair.symbol, pair.status) for pair in second.pairs] == [("EUR/USD", "cancel_only")]
    assert _asked(connection) == [{"channel": "instrument", "snapshot": True}]


def test_one_who_comes_late_gets_all_instruments_as_they_are_now() -> None:
    connection = live([INSTRUMENTS, CHANGE, "{}", "{}"])
    feed(connection, kraken.subscribe_instruments).subscribe()
    connection.advance_to(0.009)
    late: list[Any] = []
    feed(connection, kraken.subscribe_instruments).subscribe(late.append)
    connection.run()
    (all_,) = late
    assert all_.is_snapshot
    assert [(pair.symbol, pair.status) for pair in all_.pairs] == [("BTC/USD", "online"), ("EUR/USD", "cancel_only")]
    assert len(all_.assets) == 2


def test_v1_has_no_instruments() -> None:
    with pytest.raises(InvalidArgument, match="use version 2"):
        kraken.subscribe_instruments(live([], 1).connection.messages)


def test_tickers_by_best_prices_are_asked_for_and_ended_as_such() -> None:
    connection = live([TICKER, "{}"])
    got: list[Any] = []
    tickers = feed(connection, kraken.subscribe_ticker, "BTC/USD", event_trigger="bbo").subscribe(got.append)
    connection.advance_to(0.005)
    tickers.dispose()
    assert [type(item) for item in got] == [Ticker]
    wanted = {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "bbo"}
    assert _asked(connection) == [wanted | {"snapshot": True}, wanted]


def test_two_triggers_of_one_ticker_cannot_share_a_connection() -> None:
    connection = live([TICKER])
    errors: list[Exception] = []
    feed(connection, kraken.subscribe_ticker, "BTC/USD").subscribe()
    feed(connection, kraken.subscribe_ticker, "BTC/USD", event_trigger="bbo").subscribe(on_error=errors.append)
    connection.run()
    assert [type(error) for error in errors] == [InvalidArgument]


@pytest.mark.parametrize(("trigger", "version", "text"), [("book", 2, "trades, bbo"), ("bbo", 1, "use version 2")])
def test_a_trigger_that_there_is_not_is_refused(trigger: str, version: int, text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        kraken.subscribe_ticker("BTC/USD", live([], version).connection.messages, event_trigger=trigger)


def test_the_last_trades_are_asked_for_where_they_are_wanted() -> None:
    connection = live(["{}"])
    feed(connection, kraken.subscribe_trades, "BTC/USD", snapshot=True).subscribe()
    connection.run()
    assert _asked(connection) == [{"channel": "trade", "symbol": ["BTC/USD"], "snapshot": True}]
    with pytest.raises(InvalidArgument, match="use version 2"):
        kraken.subscribe_trades("BTC/USD", live([], 1).connection.messages, snapshot=True)


def test_any_channel_as_it_comes() -> None:
    connection = live([SNAPSHOT_V2, UPDATES_V2[0], TICKER])
    got: list[Any] = []
    feed(connection, kraken.subscribe_raw, "book", symbol="BTC/USD", depth=10, snapshot=True).subscribe(got.append)
    connection.run()
    assert [message["type"] for message in got] == ["snapshot", "update"]
    assert str(got[0]["data"][0]["bids"][1]["qty"]) == "0.00005100"
    assert _asked(connection) == [{"channel": "book", "symbol": ["BTC/USD"], "depth": 10, "snapshot": True}]


def test_a_channel_without_a_symbol_as_it_comes() -> None:
    connection = live([INSTRUMENTS])
    (message,) = items(connection, kraken.subscribe_raw, "instrument", include_tokenized_assets=True)
    assert len(message["data"]["pairs"]) == 2
    assert _asked(connection) == [{"channel": "instrument", "include_tokenized_assets": True}]


def test_any_channel_of_v1_as_it_comes() -> None:
    connection = live([SNAPSHOT_V1, UPDATES_V1[0]], 1)
    got = items(connection, kraken.subscribe_raw, "book", symbol="BTC/USD")
    assert [message[-2:] for message in got] == [["book-10", "XBT/USD"]] * 2
    with pytest.raises(InvalidArgument, match="symbol"):
        kraken.subscribe_raw("trade", connection.connection.messages)


def test_a_channel_cannot_be_had_as_models_and_as_it_comes_at_once() -> None:
    connection = live([TICKER])
    errors: list[Exception] = []
    feed(connection, kraken.subscribe_ticker, "BTC/USD").subscribe()
    feed(connection, kraken.subscribe_raw, "ticker", symbol="BTC/USD", snapshot=True).subscribe(on_error=errors.append)
    connection.run()
    assert [type(error) for error in errors] == [InvalidArgument]
