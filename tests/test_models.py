"""Models: frozen, exact, with times as integers and as dates, and the message they were made of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest

from rxex.errors import MalformedMessage
from rxex.models import BestBidOffer, Candle, Day, Order, Side, Stage, Ticker, Trade, quick

TRADE = Trade("A/B", Decimal("1.50"), Decimal(2), Side.BUY, 7, "limit", 1_695_628_177_708_706_001, 5, b'[1,"x"]')


def test_a_model_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        TRADE.price = Decimal(1)  # type: ignore[misc]


def test_raw_is_the_decoded_message_whether_it_came_in_bytes_or_not() -> None:
    assert TRADE.raw == [1, "x"]
    assert Trade("A", Decimal(1), Decimal(1), Side.SELL, raw=[1]).raw == [1]


def test_times_are_nanoseconds_and_dates_in_utc() -> None:
    assert TRADE.datetime == dt.datetime(2023, 9, 25, 7, 49, 37, 708706, dt.UTC)
    assert TRADE.received_datetime == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert Trade("A", Decimal(1), Decimal(1), Side.SELL).datetime is None


def test_two_models_are_equal_by_their_fields_and_not_by_their_bytes() -> None:
    assert attrs.evolve(TRADE, raw=b"[]") == TRADE
    assert attrs.evolve(TRADE, price=Decimal("1.51")) != TRADE
    assert hash(attrs.evolve(TRADE, raw=b"[]")) == hash(TRADE)


def test_the_bytes_do_not_show_in_the_repr() -> None:
    assert "raw" not in repr(TRADE)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Ticker, ("A", Decimal(1), Decimal(2), Decimal(3), Decimal(4), Decimal(5), None, 6, 7, b"[]", Day(Decimal(8)))),
        (Trade, ("A", Decimal(1), Decimal(2), Side.BUY, 3, "market", 4, 5, b"[]")),
    ],
)
def test_a_quickly_made_model_is_the_same_as_any_other(model: Any, values: tuple[Any, ...]) -> None:
    made, usual = quick(model)(*values), model(*values)
    assert type(made) is model
    assert made == usual
    assert repr(made) == repr(usual)
    assert hash(made) == hash(usual)
    assert quick(model)(*values[:6]) == model(*values[:6])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.symbol = "B"


def test_the_day_of_a_ticker_is_read_once_and_only_when_asked_for() -> None:
    read: list[Any] = []

    def day(message: Any) -> Day:
        read.append(message)
        return Day(volume=Decimal(9))

    numbers = [Decimal(1)] * 5
    ticker = Ticker("A", *numbers, raw=b'{"v":9}', day=day)
    assert read == []
    assert (ticker.day.volume, ticker.day.high) == (Decimal(9), None)
    assert ticker.day is ticker.day
    assert read == [b'{"v":9}']


def test_a_ticker_without_a_day_has_an_empty_one() -> None:
    assert Ticker("A", *[Decimal(1)] * 5).day == Day()


def test_a_day_that_cannot_be_read_says_so() -> None:
    def day(message: Any) -> Day:
        raise MalformedMessage("not a number")

    with pytest.raises(MalformedMessage):
        _ = Ticker("A", *[Decimal(1)] * 5, day=day).day


def test_the_spread_of_crossed_sources_is_negative() -> None:
    assert BestBidOffer("A", Decimal(3), "x", Decimal(2), "y").spread == -1


def test_a_candle_says_whether_it_is_closed_and_whole() -> None:
    candle = Candle("A", 0, 60, *[Decimal(1)] * 5)
    assert (candle.closed, candle.complete) == (False, True)


def test_six_stages_are_final_and_unknown_is_not() -> None:
    final = {stage for stage in Stage if stage.is_final}
    refused = {Stage.REJECTED, Stage.NOT_SENT}
    assert final == {Stage.FILLED, Stage.CANCELED, Stage.EXPIRED, Stage.VALIDATED} | refused


def test_what_remains_of_an_order_is_known_where_its_quantity_is() -> None:
    order = Order("id", "A/B", Side.BUY, "limit", Decimal("1.00"), filled=Decimal("0.25"))
    assert order.remaining == Decimal("0.75")
    assert attrs.evolve(order, quantity=None).remaining is None
    assert attrs.evolve(order, error=ValueError("x")) == order
