"""Kraken's ticker and trades, v2 and v1: samples from the protocol, and every recorded line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.codec import text_of
from rxex.errors import InvalidArgument, SubscriptionRefused
from rxex.events import Heartbeat, Malformed, SocketEvent, SystemStatus
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.models import Side, Ticker, Trade
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection, marble_connection
from tests.mutations import mutate

TICKER_V2 = (
    b'{"channel":"ticker","type":"snapshot","data":[{"symbol":"ETH/USDC","bid":3207.04,"bid_qty":0.13280000,'
    b'"ask":3207.71,"ask_qty":0.13280000,"last":3208.47,"volume":2173.29284504,"vwap":3243.14,"low":3177.79,'
    b'"high":3367.99,"change":-119.77,"change_pct":-3.60,"volume_usd":6968011.52,'
    b'"timestamp":"2026-01-19T14:45:24.534338Z"}]}'
)
TRADE_V2 = (
    b'{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"sell","price":0.5117,"qty":40.0,'
    b'"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}]}'
)
TICKER_V1 = (
    b'[1028,{"a":["1.00010000",426789,"426789.57605757"],"b":["1.00000000",5171860,"5171860.64294804"],'
    b'"c":["1.00010000","648.25170000"],"v":["53399.98818390","62399506.36396542"],"p":["1.00001685","1.00009951"],'
    b'"t":[66,9397],"l":["1.00000000","0.99990000"],"h":["1.00010000","1.00030000"],'
    b'"o":["1.00010000","1.00020000"]},"ticker","XBT/USD"]'
)
TRADES_V1 = (
    b'[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],'
    b'["6060.00000","0.02455000","1534614057.324998","b","l",""]],"trade","XBT/USD"]'
)
HEARTBEAT_V1, HEARTBEAT_V2 = b'{"event":"heartbeat"}', b'{"channel":"heartbeat"}'


def _acks_v2(message: Any) -> Iterator[Any]:
    for symbol in message["params"]["symbol"]:
        result = {"channel": message["params"]["channel"], "symbol": symbol, "snapshot": True}
        yield {"method": message["method"], "req_id": message["req_id"], "result": result, "success": True}


def _live(
    frames: dict[str, bytes], *, version: int = 2, marbles: str = "o-a-|", replies: Any = None
) -> MarbleConnection:
    dialect = V1 if version == 1 else V2
    return marble_connection(marbles, frames, dialect, replies=replies or (lambda message: ()))


def _items(live: MarbleConnection, subscribe: Any, symbol: str) -> list[Any]:
    items: list[Any] = []
    messages = live.connection.pipe(keep_messages_only())
    live.connection.pipe(filter_new_socket_only(), subscribe(symbol, messages)).subscribe(items.append)
    live.run()
    return items


def test_a_v2_ticker_keeps_every_digit() -> None:
    (ticker,) = _items(_live({"a": TICKER_V2}), kraken.subscribe_ticker, "ETH/USDC")
    assert isinstance(ticker, Ticker)
    assert str(ticker.bid_size) == "0.13280000"
    assert str(ticker.day.change_percent) == "-3.60"
    assert (ticker.bid, ticker.ask, ticker.last) == (Decimal("3207.04"), Decimal("3207.71"), Decimal("3208.47"))
    assert ticker.time == 1768833924534338000
    assert ticker.raw["data"][0]["volume_usd"] == Decimal("6968011.52")  # type: ignore[call-overload]
    assert (ticker.day.open, ticker.last_size) == (None, None)


def test_a_v1_ticker_is_the_same_model_under_the_same_symbol() -> None:
    (ticker,) = _items(_live({"a": TICKER_V1}, version=1), kraken.subscribe_ticker, "BTC/USD")
    assert ticker.symbol == "BTC/USD"
    assert [str(value) for value in (ticker.bid, ticker.bid_size, ticker.ask, ticker.ask_size)] == [
        "1.00000000",
        "5171860.64294804",
        "1.00010000",
        "426789.57605757",
    ]
    assert [str(value) for value in (ticker.last, ticker.last_size, ticker.day.volume, ticker.day.vwap)] == [
        "1.00010000",
        "648.25170000",
        "62399506.36396542",
        "1.00009951",
    ]
    assert [str(value) for value in (ticker.day.open, ticker.day.high, ticker.day.low)] == [
        "1.00020000",
        "1.00030000",
        "0.99990000",
    ]


def test_a_v2_trade() -> None:
    (trade,) = _items(_live({"a": TRADE_V2}), kraken.subscribe_trades, "MATIC/USD")
    assert (trade.symbol, trade.side, trade.id, trade.order_type) == ("MATIC/USD", Side.SELL, 4665906, "market")
    assert (str(trade.price), str(trade.size)) == ("0.5117", "40.0")
    assert trade.time == 1695628177708706000


def test_several_v1_trades_in_one_message_come_in_order() -> None:
    trades = _items(_live({"a": TRADES_V1}, version=1), kraken.subscribe_trades, "BTC/USD")
    assert [(str(trade.price), trade.side, trade.order_type, trade.time) for trade in trades] == [
        ("5541.20000", Side.SELL, "limit", 1534614057321597000),
        ("6060.00000", Side.BUY, "limit", 1534614057324998000),
    ]


def test_many_symbols_go_in_one_request_and_each_is_acknowledged() -> None:
    live = _live({"a": TRADE_V2}, replies=_acks_v2)
    messages = live.connection.pipe(keep_messages_only())
    errors: list[Exception] = []
    symbols = ["BTC/USD", "ETH/USD", "MATIC/USD"]
    live.connection.pipe(filter_new_socket_only(), kraken.subscribe_trades(symbols, messages)).subscribe(
        on_error=errors.append
    )
    live.run()
    assert [message["params"] for _, message in live.sockets[0].sent] == [  # type: ignore[call-overload]
        {"channel": "trade", "symbol": symbols, "snapshot": False}
    ]
    assert errors == []


def test_on_v1_the_pair_is_asked_for_by_its_old_name() -> None:
    live = _live({"a": TRADES_V1}, version=1)
    _items(live, kraken.subscribe_trades, "BTC/USD")
    assert live.sockets[0].sent[0][1]["pair"] == ["XBT/USD"]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        (
            2,
            {
                "error": "Currency pair not supported NO/USD",
                "method": "subscribe",
                "success": False,
                "symbol": "NO/USD",
            },
        ),
        (
            1,
            {
                "errorMessage": "Currency pair not supported NO/USD",
                "event": "subscriptionStatus",
                "pair": "NO/USD",
                "status": "error",
                "subscription": {"name": "trade"},
            },
        ),
    ],
)
def test_an_unknown_symbol_is_refused_with_the_venues_text_and_a_remedy(version: int, refusal: dict[str, Any]) -> None:
    live = _live({"a": HEARTBEAT_V1}, version=version, replies=lambda message: [refusal])
    messages = live.connection.pipe(keep_messages_only())
    errors: list[Exception] = []
    live.connection.pipe(filter_new_socket_only(), kraken.subscribe_trades("NO/USD", messages)).subscribe(
        on_error=errors.append
    )
    live.run()
    (error,) = errors
    assert isinstance(error, SubscriptionRefused)
    assert "Currency pair not supported NO/USD" in str(error)
    assert "see Kraken's list of pairs" in str(error)


@pytest.mark.parametrize("symbol", ["BTCUSD", "", "BTC/", "/USD", "BTC/USD/EUR", "BTC USD", []])
def test_what_cannot_be_a_symbol_is_refused_before_anything_is_sent(symbol: Any) -> None:
    live = _live({"a": HEARTBEAT_V2})
    with pytest.raises(InvalidArgument, match="BTC/USD"):
        kraken.subscribe_ticker(symbol, live.connection.messages)


def test_v1s_name_on_v2_is_refused_with_the_right_one() -> None:
    live = _live({"a": HEARTBEAT_V2})
    with pytest.raises(InvalidArgument, match="'DOGE/BTC'"):
        kraken.subscribe_trades("XDG/XBT", live.connection.messages)


def test_another_version_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="3"):
        kraken.public_connection(version=3)


def test_heartbeats_status_and_pongs_are_told_apart_from_messages() -> None:
    frames = {
        "h": HEARTBEAT_V2,
        "s": b'{"channel":"status","data":[{"api_version":"v2","system":"maintenance"}],"type":"update"}',
        "p": b'{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z"}',
        "t": TRADE_V2,
    }
    live = _live(frames, marbles="o-h-s-p-t-|")
    events: list[SocketEvent] = []
    messages: list[Any] = []
    live.connection.link.subscribe(events.append)
    live.connection.pipe(keep_messages_only()).subscribe(messages.append)
    live.run()
    assert [event.solicited for event in events if isinstance(event, Heartbeat)] == [False, True]
    assert [(event.status, event.is_online) for event in events if isinstance(event, SystemStatus)] == [
        ("maintenance", False)
    ]
    assert [message["channel"] for message in messages] == ["trade"]


def test_plain_text_from_the_proxy_in_front_is_malformed_and_harms_nothing() -> None:
    live = _live({"x": b"CloudFlare WebSocket proxy restarting", "t": TRADE_V2}, marbles="o-x-t-|")
    events: list[SocketEvent] = []
    live.connection.link.subscribe(events.append)
    assert len(_items(live, kraken.subscribe_trades, "MATIC/USD")) == 1
    assert any(isinstance(event, Malformed) for event in events)


@pytest.mark.parametrize(
    ("frame", "version", "symbol", "subscribe"),
    [
        (TICKER_V2, 2, "ETH/USDC", kraken.subscribe_ticker),
        (TRADE_V2, 2, "MATIC/USD", kraken.subscribe_trades),
        (TICKER_V1, 1, "BTC/USD", kraken.subscribe_ticker),
        (TRADES_V1, 1, "BTC/USD", kraken.subscribe_trades),
    ],
    ids=["ticker v2", "trade v2", "ticker v1", "trade v1"],
)
@given(data=st.data())
def test_a_mutated_message_is_malformed_or_right_but_never_a_crash(
    frame: bytes, version: int, symbol: str, subscribe: Any, data: st.DataObject
) -> None:
    mutated = mutate(json.loads(frame), data)
    live = _live({"a": frame, "x": json.dumps(mutated).encode()}, version=version, marbles="o-a-x-a-|")
    items = _items(live, subscribe, symbol)
    per_message = 2 if frame is TRADES_V1 else 1
    assert len(items) >= 2 * per_message
    for item in items:
        numbers = (item.price, item.size) if isinstance(item, Trade) else (item.bid, item.ask, item.last)
        assert all(isinstance(number, Decimal) and number.is_finite() for number in numbers)


def _recorded(path: Path) -> Iterator[bytes]:
    for line in path.read_text().splitlines():
        time, separator, text = line.partition(": ")
        if separator and time.replace(".", "").isdigit():
            yield text.encode()


def test_every_recorded_v1_ticker_comes_out_digit_for_digit(recordings: Path) -> None:
    frames = list(_recorded(recordings / "kraken_v1_ticker.jsonl"))
    expected = [json.loads(frame) for frame in frames if frame.startswith(b"[")]
    tickers = _replay(frames, kraken.subscribe_ticker, [message[-1] for message in expected])
    assert len(tickers) == len(expected) > 10
    for ticker, message in zip(tickers, expected, strict=True):
        row = message[1]
        assert [text_of(value) for value in (ticker.bid, ticker.bid_size, ticker.ask, ticker.ask_size)] == [
            row["b"][0],
            row["b"][2],
            row["a"][0],
            row["a"][2],
        ]
        assert [text_of(value) for value in (ticker.last, ticker.last_size, ticker.day.volume, ticker.day.vwap)] == [
            row["c"][0],
            row["c"][1],
            row["v"][1],
            row["p"][1],
        ]
        assert [text_of(value) for value in (ticker.day.low, ticker.day.high, ticker.day.open)] == [
            row["l"][1],
            row["h"][1],
            row["o"][1],
        ]
        assert ticker.raw == message


def test_every_recorded_v1_trade_comes_out_digit_for_digit(recordings: Path) -> None:
    frames = list(_recorded(recordings / "kraken_v1_trade.jsonl"))
    messages = [json.loads(frame) for frame in frames if frame.startswith(b"[")]
    trades = _replay(frames, kraken.subscribe_trades, [message[-1] for message in messages])
    expected = [(row, message) for message in messages for row in message[1]]
    assert len(trades) == len(expected) >= len(messages) > 5
    for trade, (row, message) in zip(trades, expected, strict=True):
        assert (text_of(trade.price), text_of(trade.size)) == (row[0], row[1])
        assert f"{trade.time / 10**9:.6f}"[:10] == row[2][:10]
        assert str(trade.time)[:16] == row[2].replace(".", "").ljust(16, "0")[:16]
        assert trade.side == {"b": "buy", "s": "sell"}[row[3]]
        assert trade.raw == message


def _replay(frames: list[bytes], subscribe: Any, symbols: list[str]) -> list[Any]:
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    live = marble_connection("o-" + "-".join(names) + "-|", names, V1, step=0.001)
    malformed: list[SocketEvent] = []
    live.connection.link.subscribe(lambda event: malformed.append(event) if isinstance(event, Malformed) else None)
    items = _items(live, subscribe, symbols)  # type: ignore[arg-type]
    assert malformed == []
    return items
