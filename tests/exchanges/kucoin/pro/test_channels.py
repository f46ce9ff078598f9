"""Pro channels: each one's sample, how it is asked for, what is wrong with it; and the request of one's own."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.codec import decode, encode, text_of
from rxex.errors import InvalidArgument, SubscriptionRefused
from rxex.events import Stale, SubscriptionStatus
from rxex.exchanges.kucoin import pro
from rxex.exchanges.kucoin.futures import FuturesCandle, FuturesTicker
from rxex.exchanges.kucoin.pro.dialect import PRO
from rxex.models import Candle, Fee, Stage, Ticker
from rxex.operators import keep_messages_only
from rxex.testing import marble_connection
from tests.exchanges.kucoin.pro.plain_pro import acks, live
from tests.exchanges.kucoin.pro.pro_samples import PRIVATE_SAMPLES, PUBLIC_SAMPLES, ProSample
from tests.exchanges.kucoin.samples import read
from tests.feeding import events_of, feed, items, malformed, requests_of
from tests.mutations import mutate

SAMPLES = [pytest.param(sample, id=name) for name, sample in {**PUBLIC_SAMPLES, **PRIVATE_SAMPLES}.items()]
LACKS = object()
WRONG = [LACKS, None, {"a": 1}, [[]]]
NO_NUMBERS = ["NaN", "", "1_0", "\uff11", "1" * 50, True]
WORDS = {"d.oi", "d.s", "d.S", "d.ti", "d.c", "d.eT", "d.os", "d.M", "d.O", "d.ts"}


def told(sample: ProSample, frames: list[Any]) -> list[Any]:
    return items(live(frames), sample.subscribe, *sample.arguments, **sample.options)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_read_digit_for_digit(sample: ProSample) -> None:
    # Twice: the second one of the same shape may go another way. A book takes the second snapshot for a repetition.
    given = told(sample, [sample.frame] * 2)
    for item in given:
        assert {name: read(item, name) for name in sample.told} == sample.told
        assert item.raw == decode(sample.frame.encode())
    assert len(given) == (1 if sample.subscribe is pro.subscribe_book else 2)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_channel_is_asked_for_once_and_ended_when_nobody_listens(sample: ProSample) -> None:
    connection = live([sample.frame] * 3)
    subscription = feed(connection, sample.subscribe, *sample.arguments, **sample.options).subscribe()
    connection.advance_to(0.004)
    subscription.dispose()
    assert requests_of(connection) == [
        {"id": "s1-1", "action": "SUBSCRIBE", **sample.request},
        {"id": "s2-1", "action": "UNSUBSCRIBE", **sample.request},
    ]


@pytest.mark.parametrize("sample", SAMPLES)
def test_without_a_field_that_is_needed_or_with_a_wrong_one_nothing_is_made_up(sample: ProSample) -> None:
    for path in sample.required:
        name = path.removeprefix("d.")
        frames = []
        for wrong in [*WRONG, *(() if path in WORDS else NO_NUMBERS)]:
            message: Any = decode(sample.frame.encode())
            if wrong is LACKS:
                del message["d"][name]
            else:
                message["d"][name] = wrong
            frames.append(encode(message))
        if name == "s" and sample.arguments:
            continue
        connection = live([*frames, sample.frame])
        events = events_of(connection)
        assert len(items(connection, sample.subscribe, *sample.arguments, **sample.options)) == 1, path
        assert len(malformed(events)) == len(frames), path


@pytest.mark.parametrize("sample", SAMPLES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_mutated_message_is_malformed_or_right_but_never_a_crash(sample: ProSample, data: st.DataObject) -> None:
    mutated = mutate(json.loads(sample.frame), data)
    for item in told(sample, [sample.frame, json.dumps(mutated)]):
        for name in sample.told:
            value = item
            for part in name.split("."):
                value = getattr(value, part, None)
            assert not isinstance(value, float)
            assert not isinstance(value, Decimal) or value.is_finite()


def test_what_loses_digits_is_refused_where_the_shape_is_known_too() -> None:
    for name, number in [
        ("ticker", "90968.1"),
        ("trades", "0.00008036"),
        ("depth 5", "85887.1"),
        ("candles", "1.87659044"),
    ]:
        sample = PUBLIC_SAMPLES[name]
        frames = [sample.frame, sample.frame, sample.frame.replace(number, "9" * 45 + ".1"), sample.frame]
        connection = live(frames)
        events = events_of(connection)
        assert len(items(connection, sample.subscribe, *sample.arguments, **sample.options)) == 3, name
        assert len(malformed(events)) == 1, name


def test_spot_and_futures_have_the_models_of_the_classic_channels() -> None:
    kinds = {name: type(told(PUBLIC_SAMPLES[name], [PUBLIC_SAMPLES[name].frame])[0]) for name in PUBLIC_SAMPLES}
    assert kinds["ticker"] is Ticker
    assert kinds["futures ticker"] is FuturesTicker
    assert kinds["candles"] is Candle
    assert kinds["futures candles"] is FuturesCandle


def test_several_tickers_are_asked_for_at_once_and_only_those_of_one_market_together() -> None:
    connection = live([PUBLIC_SAMPLES["ticker"].frame])
    assert len(items(connection, pro.subscribe_ticker, ["ETH-USDT", "BTC-USDT", "XBTUSDTM"])) == 1
    assert requests_of(connection) == [
        {
            "id": "s1-2",
            "action": "SUBSCRIBE",
            "channel": "ticker",
            "tradeType": "SPOT",
            "symbols": ["ETH-USDT", "BTC-USDT"],
        },
        {"id": "s2-1", "action": "SUBSCRIBE", "channel": "ticker", "tradeType": "FUTURES", "symbol": "XBTUSDTM"},
    ]


def test_one_symbol_that_is_refused_does_not_take_the_others_along() -> None:
    def picky(message: Any) -> Any:
        symbols = message.get("symbols", [message.get("symbol")])
        wrong = "XYZ-USDT" in symbols
        yield {"id": message["id"], "result": not wrong, **({"reason": "symbol is invalid"} if wrong else {})}

    connection = live([*[{"type": "pong"}] * 1500, PUBLIC_SAMPLES["ticker"].frame], picky)
    errors: list[Exception] = []
    good: list[Any] = []
    feed(connection, pro.subscribe_ticker, ["ETH-USDT", "XYZ-USDT"]).subscribe(on_error=errors.append)
    feed(connection, pro.subscribe_ticker, "ETH-USDT").subscribe(good.append)
    connection.run()
    (error,) = errors
    assert isinstance(error, SubscriptionRefused)
    assert "symbol is invalid" in str(error)
    assert "XYZ-USDT" in str(error)
    assert len(good) == 1


@pytest.mark.parametrize("member", ["message", "reason"])
def test_a_refusal_says_why_in_either_member(member: str) -> None:
    connection = live([], lambda message: [{"id": message["id"], "result": False, member: "no such thing"}])
    errors: list[Exception] = []
    feed(connection, pro.subscribe_trades, "ETH-USDT").subscribe(on_error=errors.append)
    connection.run()
    assert [type(error) for error in errors] == [SubscriptionRefused]
    assert "no such thing" in str(errors[0])


def test_mark_prices_and_funding_are_understood_in_both_spellings_and_asked_for_in_the_one_that_is_wanted() -> None:
    for name, hyphens, camel in [
        ("mark price", "mark-price", "markPrice"),
        ("funding rate", "funding-fee", "fundingFee"),
        ("all funding rates", "funding-fee-all-symbols", "fundingFeeAllSymbols"),
    ]:
        sample = PUBLIC_SAMPLES[name]
        frames = [
            sample.frame,
            sample.frame.replace(hyphens, camel),
            sample.frame.replace(hyphens, f"{hyphens}.FUTURES"),
        ]
        for spelling, word in [("hyphens", hyphens), ("camel", camel)]:
            connection = live(frames)
            assert len(items(connection, sample.subscribe, *sample.arguments, spelling=spelling)) == 3
            assert requests_of(connection)[0]["channel"] == word
        with pytest.raises(InvalidArgument, match="choose one of hyphens, camel"):
            sample.subscribe(*sample.arguments, live([]).connection, spelling="snake")


def test_all_funding_rates_may_come_one_by_one_or_as_a_list() -> None:
    row = json.loads(PUBLIC_SAMPLES["funding rate"].frame)["d"]
    frames: list[Any] = [
        {"T": "funding-fee-all-symbols", "d": [row, {**row, "s": "ETHUSDTM"}]},
        {"T": "funding-fee-all-symbols", "P": 1790114460967760880, "d": {**row, "s": "SOLUSDTM"}},
    ]
    rates = items(live(frames), pro.subscribe_all_funding_rates)
    assert [(rate.symbol, rate.time is None) for rate in rates] == [
        ("XBTUSDTM", True),
        ("ETHUSDTM", True),
        ("SOLUSDTM", False),
    ]


def test_a_candle_is_closed_when_a_later_one_comes() -> None:
    frame = PUBLIC_SAMPLES["candles"].frame
    later = frame.replace('"O":1768210980', '"O":1768211880')
    candles = items(live([frame, frame, later, frame]), pro.subscribe_candles, "ETH-USDT", interval=900)
    assert [(candle.begin // 10**9, candle.closed) for candle in candles] == [
        (1768210980, False),
        (1768210980, False),
        (1768210980, True),
        (1768211880, False),
        (1768211880, False),
    ]


def test_a_side_of_a_book_that_is_empty_has_no_best_price() -> None:
    message = json.loads(PUBLIC_SAMPLES["spread"].frame)
    message["d"]["b"] = []
    (spread,) = items(live([message]), pro.subscribe_spread, "ETH-USDT")
    assert (spread.bid, spread.bid_size, text_of(spread.ask)) == (None, None, "85973.4")


def test_silence_after_the_yes_is_told() -> None:
    connection = marble_connection("o", {}, PRO, replies=acks)
    notices: list[Any] = []
    feed(connection, pro.subscribe_ticker, "ETH-USDT", notices=True).subscribe(notices.append)
    connection.advance_to(29.0)
    assert notices == []
    connection.advance_to(31.0)
    assert [type(notice) for notice in notices] == [Stale]


def test_orders_tell_fees_and_a_fill_only_where_all_of_it_is_told() -> None:
    message = json.loads(PRIVATE_SAMPLES["orders"].frame)

    def update(**changed: Any) -> Any:
        data = {name: value for name, value in {**message["d"], **changed}.items() if value is not LACKS}
        (item,) = items(live([{**message, "d": data}]), pro.subscribe_orders)
        return item

    assert update().fees == (Fee("USDT", Decimal("0.000788236")),)
    assert update(ls=LACKS).fill is None
    assert update(eT="OPEN").fill is None
    assert update(fC=LACKS).fees is None
    # A size in money is no quantity.
    assert update(qU="QUOTECCY").quantity is None
    assert update(lR="MAKER").fill.is_maker is True


@pytest.mark.parametrize(
    ("status", "filled", "stage"),
    [
        (0, "0", Stage.PENDING),
        (1, "0", Stage.PENDING),
        (2, "0", Stage.OPEN),
        (3, "2", Stage.FILLED),
        (4, "1", Stage.PARTIALLY_FILLED),
        (5, "0", Stage.CANCELED),
        (6, "1", Stage.CANCELED),
        (6, "2", Stage.FILLED),
        (7, "0", None),
    ],
)
def test_the_stage_of_an_order_is_that_of_its_number_unless_all_of_it_is_filled(
    status: int, filled: str, stage: Stage | None
) -> None:
    message = json.loads(PRIVATE_SAMPLES["orders"].frame)
    message["d"].update(os=status, fS=filled, q="2", eT="UPDATE")
    (item,) = items(live([message]), pro.subscribe_orders)
    assert item.stage is stage


def test_a_request_of_ones_own_gives_messages_as_they_come() -> None:
    sample = PUBLIC_SAMPLES["futures depth 50"]
    request = {"channel": "obu", "tradeType": "FUTURES", "symbol": "XBTUSDTM", "depth": "50", "rpiFilter": 1}
    connection = live([sample.frame])
    assert items(connection, pro.subscribe_raw, request) == [decode(sample.frame.encode())]
    assert requests_of(connection)[0] == {"id": "s1-1", "action": "SUBSCRIBE", **request}


def test_a_request_of_ones_own_may_be_about_an_account_or_about_what_nobody_knows_here() -> None:
    balance = json.loads(PRIVATE_SAMPLES["balances"].frame)
    connection = live([balance])
    assert len(items(connection, pro.subscribe_raw, {"channel": "balance", "accountType": "FUTURES"})) == 1
    order = {"T": "order.SPOT", "d": {"s": "ETH-USDT"}}
    connection = live([order, {**order, "d": {"s": "BTC-USDT"}}])
    wanted = {"channel": "order", "tradeType": "SPOT", "symbol": "ETH-USDT"}
    assert items(connection, pro.subscribe_raw, wanted) == [order]
    connection = live([{"T": "news", "d": 1}])
    assert len(items(connection, pro.subscribe_raw, {"channel": "news"})) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"channel": 7},
        {"channel": "ticker", "symbols": ["ETH-USDT"]},
        {"channel": "ticker", "id": "1"},
        {"channel": "ticker", "symbol": None},
    ],
)
def test_a_request_that_cannot_be_one_is_refused_at_once(request_: Any) -> None:
    with pytest.raises(InvalidArgument):
        pro.subscribe_raw(request_, live([]).connection.pipe(keep_messages_only()))


def test_what_cannot_be_is_refused_at_once() -> None:
    messages = live([]).connection.pipe(keep_messages_only())
    for call in (
        lambda: pro.subscribe_ticker("BTC/USDT", messages),
        lambda: pro.subscribe_mark_price("BTC-USDT", messages),
        lambda: pro.subscribe_candles("BTC-USDT", messages, interval=7),
        lambda: pro.subscribe_depth("BTC-USDT", messages, depth=20),
        lambda: pro.subscribe_book("BTC-USDT", messages, depth=0),
        lambda: pro.subscribe_book_updates("BTC-USDT", messages, depth=True),
        lambda: pro.subscribe_orders(messages, trade_type="MARGIN"),  # type: ignore[call-overload]
        lambda: pro.subscribe_balances(messages, account_type="spot"),  # type: ignore[call-overload]
    ):
        with pytest.raises(InvalidArgument):
            call()


def test_books_of_two_depths_and_their_best_prices_go_over_one_connection() -> None:
    connection = live([PUBLIC_SAMPLES[name].frame for name in ("book", "depth 5", "spread")])
    events = events_of(connection)
    got: list[Any] = []
    for subscribe in (pro.subscribe_book, pro.subscribe_depth, pro.subscribe_spread):
        feed(connection, subscribe, "ETH-USDT").subscribe(got.append)
    connection.run()
    assert len(got) == 3
    assert [message["depth"] for message in requests_of(connection)] == ["increment@10ms", "5", "1"]
    live_ones = [event for event in events if isinstance(event, SubscriptionStatus) and event.state == "live"]
    assert len(live_ones) == 3
