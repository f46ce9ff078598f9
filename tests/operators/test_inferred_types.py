"""What mypy and pyright infer of a pipeline; `assert_type` is checked by them, and what it passes on by the test."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

import reactivex as rx
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.events import Gap, Notice, Overflow, Stale
from rxex.models import BestBidOffer, Candle, Side, Ticker, Trade
from rxex.operators import (
    best_bid_offer,
    candles,
    in_sequence,
    on_backpressure_buffer,
    on_backpressure_drop,
    on_backpressure_latest,
    resequence,
    retry_on_gap,
    stale_after,
)

TRADE = Trade("BTC/USD", Decimal(1), Decimal(1), Side.BUY, id=7, time=1)


def first(stream: Observable[object]) -> object:
    seen: list[object] = []
    stream.subscribe(seen.append)
    return seen[0]


def test_operators_keep_the_type_of_the_items_in_a_long_pipeline() -> None:
    clock, trades = TestScheduler(), rx.of(TRADE)
    pipeline = trades.pipe(
        in_sequence(lambda trade: trade.id),
        resequence(lambda trade: trade.id, scheduler=clock),
        retry_on_gap(scheduler=clock),
        on_backpressure_latest(lambda trade: trade.symbol, scheduler=clock),
        on_backpressure_drop(scheduler=clock),
        on_backpressure_buffer(10, scheduler=clock),
    )
    assert_type(pipeline, Observable[Trade])
    seen: list[Trade] = []
    pipeline.subscribe(seen.append)
    clock.advance_to(1)
    assert seen == [TRADE]


def test_notices_show_in_the_type() -> None:
    clock, trades = TestScheduler(), rx.of(TRADE)
    numbered = trades.pipe(resequence(lambda trade: trade.id, notices=True, scheduler=clock))
    retried = trades.pipe(retry_on_gap(notices=True, scheduler=clock))
    watched = trades.pipe(stale_after(5, scheduler=clock))
    buffered = trades.pipe(on_backpressure_buffer(10, notices=True, scheduler=clock))
    latest = trades.pipe(on_backpressure_latest(notices=True, scheduler=clock))
    dropped = trades.pipe(on_backpressure_drop(notices=True, scheduler=clock))
    assert first(assert_type(numbered, Observable[Trade | Notice])) == TRADE
    assert first(assert_type(retried, Observable[Trade | Gap])) == TRADE
    assert first(assert_type(watched, Observable[Trade | Stale])) == TRADE
    for stream in (
        assert_type(buffered, Observable[Trade | Overflow]),
        assert_type(latest, Observable[Trade | Notice]),
        assert_type(dropped, Observable[Trade | Overflow]),
    ):
        seen: list[object] = []
        stream.subscribe(seen.append)
        clock.advance_by(1)
        assert seen == [TRADE]


def test_candles_take_trades_with_and_without_notices() -> None:
    trades: Observable[Trade] = rx.of(TRADE)
    noticing: Observable[Trade | Notice] = rx.of(TRADE)
    made, also_made = trades.pipe(candles(60)), noticing.pipe(candles(60))
    assert isinstance(first(assert_type(made, Observable[Candle])), Candle)
    assert isinstance(first(assert_type(also_made, Observable[Candle])), Candle)


def test_best_bid_offer_takes_tickers_with_and_without_notices() -> None:
    ticker = Ticker("BTC/USD", Decimal(1), None, Decimal(2), None, Decimal(1))
    tickers: Observable[Ticker] = rx.of(ticker)
    noticing: Observable[Ticker | Notice] = rx.of(ticker)
    best = best_bid_offer({"here": tickers, "there": noticing}, max_age=5, scheduler=TestScheduler())
    assert isinstance(first(assert_type(best, Observable[BestBidOffer | Stale])), BestBidOffer)
