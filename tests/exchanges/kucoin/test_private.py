"""KuCoin's private channels: each one's sample, how it is asked for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import reduce
from typing import Any

import pytest
from attrs import evolve

from rxex.codec import decode, encode, text_of
from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin import private
from rxex.exchanges.kucoin.dialect import FUTURES, SPOT
from rxex.exchanges.kucoin.futures import private as futures
from rxex.models import Balance
from rxex.testing import MarbleConnection
from tests.exchanges.kucoin.plain_kucoin import acks
from tests.exchanges.kucoin.private_samples import BALANCE, FUTURES_SAMPLES, ORDER, SPOT_SAMPLES, PrivateSample, push
from tests.feeding import events_of, fed, feed, items, malformed, requests_of

SAMPLES = [
    *(pytest.param(sample, False, id=name) for name, sample in SPOT_SAMPLES.items()),
    *(pytest.param(sample, True, id=f"futures {name}") for name, sample in FUTURES_SAMPLES.items()),
]

# Nothing is made of these.
UNREAD = {
    *(
        "orderTime",
        "originSize",
        "canceledSize",
        "remainSize",
        "available",
        "relationContext",
        "feeRate",
        "orderType",
        "marginMode",
    ),
    *("crossMode", "isolatedFundingFeeMargin", "totalCrossMargin", "crossPosMargin"),
}


def live(frames: list[Any], *, of_futures: bool = False) -> MarbleConnection:
    return fed(frames, evolve(FUTURES if of_futures else SPOT, options={}), acks)


def told(sample: PrivateSample, of_futures: bool, frames: list[Any]) -> list[Any]:  # noqa: FBT001
    connection = live(frames, of_futures=of_futures)
    return items(connection, sample.subscribe, *sample.arguments, **sample.options)


def _step(item: Any, name: str) -> Any:
    if isinstance(item, dict):
        return item[name]
    return item[int(name)] if isinstance(item, tuple) else getattr(item, name)


def read(item: Any, path: str) -> Any:
    value = reduce(_step, path.split("."), item)
    return text_of(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize(("sample", "of_futures"), SAMPLES)
def test_every_sample_is_read_digit_for_digit(sample: PrivateSample, of_futures: bool) -> None:  # noqa: FBT001
    (item,) = told(sample, of_futures, [sample.frame])
    assert {name: read(item, name) for name in sample.told} == sample.told
    assert item.raw == decode(encode(sample.frame).encode())


@pytest.mark.parametrize(("sample", "of_futures"), SAMPLES)
def test_a_topic_is_asked_for_as_private_once_for_all(sample: PrivateSample, of_futures: bool) -> None:  # noqa: FBT001
    connection = live([sample.frame] * 3, of_futures=of_futures)
    subscriptions = [feed(connection, sample.subscribe, *sample.arguments, **sample.options).subscribe() for _ in "ab"]
    connection.advance_to(0.003)
    for subscription in subscriptions:
        subscription.dispose()
    asked, ended = requests_of(connection)
    wanted = {"topic": sample.topic, "privateChannel": True, "response": True}
    assert asked == {"id": "s1-1", "type": "subscribe", **wanted}
    assert ended == {"id": "s2-1", "type": "unsubscribe", **wanted}


def _without(holder: Any, path: tuple[str, ...]) -> Any:
    name, *rest = path
    changed = dict(holder)
    if rest:
        changed[name] = _without(holder[name], tuple(rest))
    else:
        changed[name] = [{"not": "this"}]
    return changed


def _paths(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in data.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from _paths(value, (*path, name))


@pytest.mark.parametrize(("sample", "of_futures"), SAMPLES)
def test_what_is_wrong_is_told_as_malformed_or_is_not_read(sample: PrivateSample, of_futures: bool) -> None:  # noqa: FBT001
    for path in _paths(sample.frame["data"]):
        wrong = {**sample.frame, "data": _without(sample.frame["data"], path)}
        connection = live([wrong, sample.frame], of_futures=of_futures)
        got: list[Any] = []
        events = events_of(connection)
        feed(connection, sample.subscribe, *sample.arguments, **sample.options).subscribe(got.append)
        connection.run()
        # Where nothing was made of it, the second may be passed over as being the first once more.
        known = [{name: read(item, name) for name in sample.told} for item in got]
        assert known in ([sample.told], [sample.told] * 2), path
        assert malformed(events) or UNREAD & set(path), path


def test_a_connection_has_one_of_the_two_versions_of_orders() -> None:
    connection = live([])
    messages = connection.connection.messages
    private.subscribe_orders(messages, version=1)
    with pytest.raises(InvalidArgument, match="this connection has the other one"):
        private.subscribe_orders(messages)
    wrongs: list[Any] = [3, "2", True, None]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument, match="choose 2 or 1"):
            private.subscribe_orders(messages, version=wrong)


def test_identical_bookings_come_once_and_those_of_one_trade_all() -> None:
    frames = [
        push("/account/balance", "account.balance", row)
        for row in (
            BALANCE,
            BALANCE,
            {**BALANCE, "currency": "BTC"},
            {**BALANCE, "relationEvent": "trade.setted", "hold": "0"},
            BALANCE,
            {**BALANCE, "relationEventId": "354689988084001"},
        )
    ]
    balances: list[Balance] = items(live(frames), private.subscribe_balances)
    assert [(each.asset, each.kind) for each in balances] == [
        ("USDT", "trade.hold"),
        ("BTC", "trade.hold"),
        ("USDT", "trade.setted"),
        ("USDT", "trade.hold"),
    ]


@pytest.mark.parametrize(
    ("event", "wallet"),
    [("main.deposit", "main"), ("isolated_BTC-USDT.hold", "isolated_BTC-USDT"), ("other", "other"), ("", None)],
)
def test_the_account_of_a_booking_is_in_its_event(event: str, wallet: str | None) -> None:
    frame = push("/account/balance", "account.balance", {**BALANCE, "relationEvent": event, "relationContext": {}})
    (balance,) = items(live([frame]), private.subscribe_balances)
    assert balance.wallet == wallet


def test_a_booking_without_changes_or_a_time_tells_none() -> None:
    row = {name: BALANCE[name] for name in ("currency", "total", "available", "hold")}
    (balance,) = items(live([push("/account/balance", "account.balance", row)]), private.subscribe_balances)
    assert (balance.change, balance.kind, balance.time) == (None, None, None)


def test_a_subject_of_margin_that_nobody_knows_is_passed_over() -> None:
    frames = [push("/margin/position", "position.new", {"type": "X"}), SPOT_SAMPLES["margin status"].frame]
    (status,) = items(live(frames), private.subscribe_margin)
    assert status.status == "FROZEN_FL"


def test_order_updates_come_once_however_many_subscribe() -> None:
    frame = push("/spotMarket/tradeOrdersV2", "orderChange", ORDER)
    connection = live([frame, frame])
    got: list[list[Any]] = [[], []]
    for each in got:
        feed(connection, private.subscribe_executions).subscribe(each.append)
    connection.run()
    assert [len(each) for each in got] == [1, 1]


def test_symbols_and_currencies_are_checked() -> None:
    messages = live([]).connection.messages
    wrongs: list[Any] = ["BTCUSDT", "BTC/USDT", "", []]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument):
            private.subscribe_isolated_margin(wrong, messages)
    with pytest.raises(InvalidArgument):
        private.subscribe_loans("BTC-USDT", messages)
    with pytest.raises(InvalidArgument):
        futures.subscribe_positions(messages, symbol="BTC-USDT")
