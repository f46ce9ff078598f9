"""The example of a strategy test is itself tested: it passes, and it fails for strategies that do the wrong thing."""

from __future__ import annotations

from types import ModuleType

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.connection import Connection
from rxex.events import Notice
from rxex.exchanges import kraken
from rxex.models import Ticker
from rxex.operators import filter_new_socket_only, keep_messages_only


def buy_below_100(item: Ticker | Notice) -> str:
    if isinstance(item, Notice):
        return "cancel all"
    return "buy" if item.ask < 100 else "wait"


def run(example: ModuleType) -> None:
    example.test_the_strategy_cancels_after_a_cut_and_subscribes_once_on_the_new_socket()


def test_the_example_passes(example: ModuleType) -> None:
    run(example)


def test_it_fails_a_strategy_that_does_not_ask_again_on_the_new_socket(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once(connection: Connection) -> Observable[str]:
        first = connection.pipe(filter_new_socket_only(), ops.take(1), ops.merge(rx.never()))
        messages = connection.pipe(keep_messages_only())
        tickers = first.pipe(kraken.subscribe_ticker("BTC/USD", messages, notices=True))
        return tickers.pipe(ops.map(buy_below_100))

    monkeypatch.setattr(example, "strategy", once)
    with pytest.raises(AssertionError) as caught:
        run(example)
    assert "  expected  --b-w----c-b-|" in str(caught.value).splitlines()


def test_it_fails_a_strategy_that_buys_through_a_gap(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(connection: Connection) -> Observable[str]:
        messages = connection.pipe(keep_messages_only())
        tickers = connection.pipe(filter_new_socket_only(), kraken.subscribe_ticker("BTC/USD", messages))
        return tickers.pipe(ops.map(buy_below_100))

    monkeypatch.setattr(example, "strategy", blind)
    with pytest.raises(AssertionError, match="expected c at 9 s, received b at 11 s"):
        run(example)


def test_it_fails_a_strategy_that_says_too_much(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = example.strategy

    def loud(connection: Connection) -> Observable[str]:
        request = {"method": "subscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}, "req_id": 99}
        connection.pipe(filter_new_socket_only()).subscribe(lambda socket: socket.send(request))
        stream: Observable[str] = quiet(connection)
        return stream

    monkeypatch.setattr(example, "strategy", loud)
    with pytest.raises(AssertionError, match=r"\+ at 0 s: .*'req_id': 99"):
        run(example)
