"""`keep_channel`."""

from __future__ import annotations

from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as ops

from rxex.errors import InvalidArgument
from rxex.operators import keep_channel
from rxex.typing import Json
from tests.operators.fakes import FakeMessages

TICKER: Json = {"channel": "ticker", "symbol": "BTC/USD"}
TRADE: Json = {"channel": "trade", "symbol": "BTC/USD"}
ANSWER: Json = {"method": "subscribe", "success": True}


def route(message: Json) -> Any:
    return (message["channel"], message["symbol"]) if isinstance(message, dict) and "channel" in message else None


def test_the_messages_of_one_channel_are_kept() -> None:
    messages = rx.of(TICKER, ANSWER, TRADE, TICKER)
    assert messages.pipe(keep_channel(("ticker", "BTC/USD"), route), ops.to_list()).run() == [TICKER, TICKER]


def test_the_key_none_stands_for_what_belongs_to_no_channel() -> None:
    assert rx.of(TICKER, ANSWER, TRADE).pipe(keep_channel(None, route), ops.to_list()).run() == [ANSWER]


def test_the_messages_of_a_connection_are_looked_up_not_filtered() -> None:
    messages = FakeMessages()
    ticker, again = messages.pipe(keep_channel("ticker")), messages.pipe(keep_channel("ticker", route))
    assert messages.listened == ["ticker", "ticker"]
    assert ticker is messages.keyed("ticker")
    assert again is ticker


def test_elsewhere_it_has_to_be_told_how_to_route() -> None:
    with pytest.raises(InvalidArgument, match="route is None"):
        rx.of(TICKER).pipe(keep_channel("ticker"))


def test_a_route_that_raises_ends_the_stream() -> None:
    def broken(message: Json) -> str:
        raise KeyError("channel")

    with pytest.raises(KeyError):
        rx.of(TICKER).pipe(keep_channel("ticker", broken)).run()
