"""Public channels but for books: every sample in its model, digits kept; requests, answers, refusals."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument, SubscriptionRefused
from rxex.events import Gap, Malformed
from rxex.exchanges.bitfinex.channels import (
    subscribe_derivatives_status,
    subscribe_funding_ticker,
    subscribe_funding_trades,
    subscribe_liquidations,
    subscribe_raw,
    subscribe_ticker,
    subscribe_trades,
)
from rxex.models import Side
from rxex.sandbox.recording import read_recording
from rxex.testing import ScriptedSocket
from tests.exchanges.bitfinex.plain_bitfinex import feed, items, live
from tests.feeding import requests_of
from tests.mutations import mutate

TICKER = "[1,[7616.5,31.89055171,7617.5,43.358118629999986,-550.8,-0.0674,7617.1,8314.71200815,8257.8,7500]]"
INFO = '{"event":"info","version":2,"serverId":"x","platform":{"status":1}}'
ACK = '{"event":"subscribed","channel":"ticker","chanId":1,"symbol":"tBTCUSD","pair":"BTCUSD","subId":"1"}'
DUPLICATE = '{"event":"error","msg":"subscribe: dup","code":10301,"channel":"ticker","symbol":"tBTCUSD"}'
FUNDING_TICKER = (
    "[1,[0.0003193369863013699,0.0002401,30,3939629.6177260396,0.00019012,2,307776.1592138799,-0.00005823,-0.2344,"
    "0.00019016,122156333.45260866,0.00027397,6.8e-7,null,null,3441851.73330503]]"
)
TRADES = "[1,[[401597393,1574694475039,0.005,7244.9],[401597392,1574694470503,-0.01,7245.3]]]"
DERIVATIVES = (
    "[1,[1574700235000,null,7242.85,7246.55,null,413428.41553523,null,1574726400000,0.00005674,870,null,0.00030976,"
    "null,null,7237.91,null,null,155.3675257]]"
)
LIQUIDATION = (
    '[1,[["pos",142397657,1574697680828.2002,null,"tBSVUSD",-2.62932,91.583875238719,null,1,1,null,112.27],'
    '["pos",142397658,1574697680829,null,"tBTCUSD",1,91,null,0,0,null,null]]]'
)


def test_a_ticker_has_its_prices_and_its_day_but_no_sizes() -> None:
    (ticker,) = items(live([TICKER]), subscribe_ticker, "tBTCUSD")
    assert [str(price) for price in (ticker.bid, ticker.ask, ticker.last)] == ["7616.5", "7617.5", "7617.1"]
    assert (ticker.bid_size, ticker.ask_size, ticker.symbol) == (None, None, "tBTCUSD")
    day = ticker.day
    assert [str(figure) for figure in (day.volume, day.high, day.low, day.change)] == [
        "8314.71200815",
        "8257.8",
        "7500",
        "-550.8",
    ]
    assert day.change_percent == Decimal("-6.74")
    assert str(ticker.raw[1][3]) == "43.358118629999986"


def test_a_ticker_of_funding_has_rates_and_periods() -> None:
    (ticker,) = items(live([FUNDING_TICKER]), subscribe_funding_ticker, "fUSD")
    assert (str(ticker.frr), str(ticker.bid), ticker.bid_period, ticker.ask_period) == (
        "0.0003193369863013699",
        "0.0002401",
        30,
        2,
    )
    assert ticker.day.low == Decimal("6.8E-7")
    assert str(ticker.frr_amount_available) == "3441851.73330503"


def test_each_trade_comes_once_as_soon_as_it_is_executed() -> None:
    executed = '[1,"te",[401597395,1574694478808,0.005,7245.3]]'
    stored = '[1,"tu",[401597395,1574694478808,0.005,7245.3]]'
    (trade,) = items(live([TRADES, executed, stored]), subscribe_trades, "tBTCUSD")
    assert (trade.id, trade.time, trade.side, str(trade.size), str(trade.price)) == (
        401597395,
        1574694478808000000,
        Side.BUY,
        "0.005",
        "7245.3",
    )


def test_earlier_trades_come_first_where_they_are_wanted_the_oldest_first() -> None:
    trades = items(live([TRADES]), subscribe_trades, "tBTCUSD", snapshot=True)
    assert [(trade.id, trade.side) for trade in trades] == [(401597392, Side.SELL), (401597393, Side.BUY)]


def test_trades_of_funding_have_a_rate_and_a_period() -> None:
    executed = '[1,"fte",[133323543,1574694605000,-59.84,0.00023647,2]]'
    stored = '[1,"ftu",[133323543,1574694605000,-59.84,0.00023647,2]]'
    (trade,) = items(live(["[1,[]]", executed, stored]), subscribe_funding_trades, "fUSD")
    assert (trade.id, trade.period, trade.side, str(trade.size), str(trade.rate)) == (
        133323543,
        2,
        Side.SELL,
        "59.84",
        "0.00023647",
    )


@pytest.mark.parametrize("more", ["", ",null,null,null,-0.05,0.05,null,7"])
def test_a_contract_has_a_status_in_its_short_and_its_long_form(more: str) -> None:
    frame = DERIVATIVES.replace("]]", more + "]]")
    (status,) = items(live([frame]), subscribe_derivatives_status, "tBTCF0:USTF0")
    assert (str(status.mark_price), status.next_funding_step, str(status.open_interest)) == (
        "7237.91",
        870,
        "155.3675257",
    )
    assert status.next_funding == 1574726400000000000
    assert status.clamp_min == (Decimal("-0.05") if more else None)


def test_each_liquidation_of_a_message_comes() -> None:
    first, second = items(live([LIQUIDATION]), subscribe_liquidations)
    assert (first.symbol, first.position_id, str(first.amount), first.is_match) == (
        "tBSVUSD",
        142397657,
        "-2.62932",
        True,
    )
    assert first.time == 1574697680828200200
    assert (second.is_match, second.price_acquired) == (False, None)


def test_messages_come_as_they_are_where_no_model_is_wanted() -> None:
    connection = live([TICKER])
    assert items(connection, subscribe_raw, "ticker", symbol="tBTCUSD")[0][1][0] == Decimal("7616.5")
    assert connection.sockets[0].sent[0][1] == {
        "event": "subscribe",
        "channel": "ticker",
        "symbol": "tBTCUSD",
        "subId": "1",
    }


def test_a_channel_with_a_key_is_asked_for_by_it() -> None:
    connection = live([LIQUIDATION])
    items(connection, subscribe_raw, "status", key="liq:global")
    assert connection.sockets[0].sent[0][1]["key"] == "liq:global"  # type: ignore[call-overload]


@pytest.mark.parametrize("wrong", [{}, {"symbol": "tBTCUSD", "key": "trade:1m:tBTCUSD"}])
def test_a_raw_channel_has_either_a_symbol_or_a_key(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="either a symbol or a key"):
        items(live([TICKER]), subscribe_raw, "ticker", **wrong)


def test_a_request_is_called_as_the_user_wants() -> None:
    connection = live([TICKER])
    items(connection, subscribe_ticker, "tBTCUSD", sub_id="mine")
    assert connection.sockets[0].sent[0][1]["subId"] == "mine"  # type: ignore[call-overload]
    with pytest.raises(InvalidArgument, match="one name is for one symbol"):
        items(live([TICKER]), subscribe_ticker, ["tBTCUSD", "tETHUSD"], sub_id="mine")


@pytest.mark.parametrize("symbol", ["BTCUSD", "btcusd", "tBTC/USD", "fUSD", "", "tBTC-USD"])
def test_what_cannot_be_a_pair_is_refused_at_once(symbol: str) -> None:
    with pytest.raises(InvalidArgument, match="Bitfinex writes pairs"):
        items(live([TICKER]), subscribe_ticker, symbol)


def test_a_refusal_is_a_typed_error_on_that_stream_alone() -> None:
    refusal = {"event": "error", "msg": "symbol: invalid", "code": 10300}
    subscribed = {"event": "subscribed", "chanId": 1}

    def replies(message: Any) -> Any:
        yield {**message, **(refusal if message["symbol"] == "tNOPE" else subscribed)}

    connection = live([TICKER], replies=replies)
    errors: list[Any] = []
    tickers: list[Any] = []
    feed(connection, subscribe_ticker, "tNOPE").subscribe(on_error=errors.append)
    feed(connection, subscribe_ticker, "tBTCUSD").subscribe(tickers.append)
    connection.run()
    assert isinstance(errors[0], SubscriptionRefused)
    assert "symbol: invalid (10300)" in str(errors[0])
    assert len(tickers) == 1


@pytest.mark.parametrize("code", [11000, 10008])
def test_what_may_pass_is_asked_for_again(code: int) -> None:
    answers = [{"event": "subscribed", "chanId": 1}, {"event": "error", "msg": "not ready", "code": code}]
    connection = live(["[9,[1]]", TICKER], replies=lambda message: [{**message, **answers.pop()}])
    tickers: list[Any] = []
    feed(connection, subscribe_ticker, "tBTCUSD").subscribe(tickers.append, lambda _: None)
    connection.advance_to(0.001)
    assert len(connection.sockets[0].sent) == 1
    connection.run()
    assert len(connection.sockets[0].sent) in {1, 2}


def test_a_channel_that_is_open_already_counts_as_asked_for() -> None:
    def replies(message: Any) -> Any:
        yield {**message, "event": "subscribed", "chanId": 1}
        yield {**message, "event": "error", "msg": "subscribe: dup", "code": 10301}

    assert len(items(live([TICKER], replies=replies), subscribe_ticker, "tBTCUSD")) == 1


def test_who_leaves_before_the_acknowledgement_leaves_no_channel_behind() -> None:
    connection = live([INFO, ACK], replies=lambda _: (), marbles="o-m0-------m1-----|")
    subscription = feed(connection, subscribe_ticker, "tBTCUSD").subscribe()
    connection.advance_to(0.005)
    subscription.dispose()
    connection.run()
    assert [(each["event"], each.get("chanId")) for each in requests_of(connection)] == [
        ("subscribe", None),
        ("unsubscribe", 1),
    ]


def test_who_comes_back_before_the_acknowledgement_gets_the_channel() -> None:
    connection = live([INFO, ACK, DUPLICATE, TICKER], replies=lambda _: (), marbles="o-m0-------m1-m2-m3--|")
    subscription = feed(connection, subscribe_ticker, "tBTCUSD").subscribe()
    connection.advance_to(0.005)
    subscription.dispose()
    tickers: list[Any] = []
    feed(connection, subscribe_ticker, "tBTCUSD").subscribe(tickers.append)
    connection.run()
    assert len(tickers) == 1
    assert not any(each["event"] == "unsubscribe" for each in requests_of(connection))


def test_a_market_without_trades_is_not_told_as_stale() -> None:
    connection = live(["[1,[]]"], marbles=f"o-m0{'-' * 60_000}|")
    assert items(connection, subscribe_trades, "tBTCUSD", notices=True) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((subscribe_ticker, "tBTCUSD", {}), (subscribe_raw, "ticker", {"symbol": "tBTCUSD"})),
        ((subscribe_trades, "tBTCUSD", {}), (subscribe_trades, "tBTCUSD", {"snapshot": True})),
    ],
)
def test_a_channel_that_is_had_in_another_way_is_not_given_in_that_way(first: Any, second: Any) -> None:
    for (subscribe, name, options), (other, its_name, its_options) in ((first, second), (second, first)):
        connection = live([TICKER])
        feed(connection, subscribe, name, **options).subscribe()
        errors: list[Exception] = []
        feed(connection, other, its_name, **its_options).subscribe(on_error=errors.append)
        connection.run()
        assert [type(error) for error in errors] == [InvalidArgument]


def test_numbers_are_followed_on_a_stream_that_is_no_connection_s() -> None:
    messages: Subject[Any] = Subject()
    sockets: Subject[Any] = Subject()
    socket = ScriptedSocket(TestScheduler())
    tickers: list[Any] = []
    subscription = sockets.pipe(subscribe_ticker("tBTCUSD", messages)).subscribe(tickers.append)
    sockets.on_next(socket)
    subscribed = {"event": "subscribed", "channel": "ticker", "chanId": 7, "symbol": "tBTCUSD"}
    for message in (subscribed, json.loads(TICKER.replace("[1,", "[7,", 1), parse_float=Decimal), [7, "hb"], [8, [1]]):
        messages.on_next(message)
    subscription.dispose()
    assert len(tickers) == 1
    assert socket.sent[-1][1] == {"event": "unsubscribe", "chanId": 7}


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_cannot_be_read_is_told_and_nothing_is_invented(data: st.DataObject) -> None:
    frame, subscribe, symbol = data.draw(
        st.sampled_from(
            [
                (TICKER, subscribe_ticker, ["tBTCUSD"]),
                (FUNDING_TICKER, subscribe_funding_ticker, ["fUSD"]),
                ('[1,"te",[401597395,1574694478808,0.005,7245.3]]', subscribe_trades, ["tBTCUSD"]),
                (DERIVATIVES, subscribe_derivatives_status, ["tBTCF0:USTF0"]),
                (LIQUIDATION, subscribe_liquidations, []),
            ]
        )
    )
    _, *rest = json.loads(frame, parse_float=float)
    broken = [1, *mutate(rest, data)]
    connection = live([json.dumps(broken), frame])
    told: list[Any] = []
    connection.connection.subscribe(lambda event: told.append(event) if isinstance(event, Malformed) else None)
    got = items(connection, subscribe, *symbol)
    assert got[-1].raw == json.loads(frame, parse_float=Decimal)


def test_every_array_of_the_recorded_session_is_in_its_model(recordings: Path) -> None:
    frames = [frame.text for frame in read_recording(recordings / "bitfinex.jsonl")]
    events = [json.loads(frame) for frame in frames if frame.startswith("{")]
    asked = [event for event in events if event["event"] == "subscribed"]
    connection = live(frames, replies=lambda _: ())
    counts: Counter[str] = Counter()
    trouble: list[Any] = []
    connection.connection.subscribe(lambda event: trouble.append(event) if isinstance(event, Malformed) else None)
    for channel, subscribe in (("ticker", subscribe_ticker), ("trades", subscribe_trades)):
        symbols = [event["symbol"] for event in asked if event["channel"] == channel]

        def count(item: Any, channel: str = channel) -> None:
            counts[channel] += not isinstance(item, Gap)

        feed(connection, subscribe, symbols).subscribe(count, lambda _: None)
    connection.run()
    numbers = {str(event["chanId"]): event["channel"] for event in asked}
    expected: Counter[str] = Counter()
    for frame in frames:
        channel = numbers.get(frame[1:].partition(",")[0], "")
        if (channel == "ticker" and '"hb"' not in frame) or (channel == "trades" and '"te"' in frame):
            expected[channel] += 1
    assert counts == expected
    assert trouble == []
