"""What the public of the simulated Kraken is told of clients' trades, on both versions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.exchanges.kraken.test_sandbox_orders_v2 import market
from tests.exchanges.kraken.virtual_clients import Client, D, PrivateClient, World


@pytest.fixture
def world() -> World:
    return World()


def public(world: World, channel: str, **more: Any) -> Client:
    client = Client(world, "/v2")
    client.ask(method="subscribe", params={"channel": channel, "symbol": ["BTC/USD"], **more})
    return client


def trades(client: Client) -> list[dict[str, Any]]:
    return [row for frame in client.inbox if frame.get("channel") == "trade" for row in frame["data"]]


def fills(client: PrivateClient) -> list[dict[str, Any]]:
    return [row for row in client.rows() if row["exec_type"] == "trade"]


def take(client: PrivateClient, size: str = "2.0", side: str = "buy") -> list[dict[str, Any]]:
    """Trade with the market at once; give the executions."""
    client.inbox.clear()
    params = {"order_type": "market", "side": side, "symbol": "BTC/USD", "order_qty": D(size), "token": client.token}
    client.send(method="add_order", params=params)
    return fills(client)


def as_public(fill: dict[str, Any]) -> tuple[Any, ...]:
    return fill["trade_id"], fill["last_price"], fill["last_qty"], fill["side"]


def test_what_a_client_takes_is_a_public_trade_under_the_same_number(world: World) -> None:
    seen, client = public(world, "trade"), PrivateClient(world)
    client.executions()
    mine = take(client) + take(client, "0.5", "sell")
    told = {row["trade_id"]: row for row in trades(seen)}
    assert len(mine) > 2
    for fill in mine:
        row = told[fill["trade_id"]]
        assert as_public(fill) == (row["trade_id"], row["price"], row["qty"], row["side"])
        assert row["ord_type"] == "market"


def test_numbers_go_up_by_one_whoever_trades(world: World) -> None:
    seen, client = public(world, "trade", snapshot=True), PrivateClient(world)
    client.executions()
    for _ in range(10):
        take(client, "0.3")
        world.pass_time(2)
    numbers = [row["trade_id"] for row in trades(seen)]
    assert len(numbers) > 30
    assert all(after == before + 1 for before, after in pairwise(numbers))
    late = public(world, "trade", snapshot=True)
    assert [row["trade_id"] for row in trades(late)] == numbers[-50:]


def test_a_resting_order_is_filled_by_trades_that_the_public_is_told_once(world: World) -> None:
    seen, client = public(world, "trade"), PrivateClient(world)
    client.executions()
    bid, _ = market(world)
    client.buy(bid, D("0.02"))
    mine: list[dict[str, Any]] = []
    world.wait_for(lambda: bool(mine.extend(fills(client)) or mine), 3600)
    numbers = [row["trade_id"] for row in trades(seen)]
    assert len(numbers) == len(set(numbers))
    assert {fill["trade_id"] for fill in mine} <= set(numbers)


def test_the_ticker_and_the_candle_have_it(world: World) -> None:
    ticker, candles, client = public(world, "ticker"), public(world, "ohlc"), PrivateClient(world)
    client.executions()
    world.wait_for(lambda: len(ticker.inbox) > 3)
    before = ticker.inbox[-1]["data"][0]["volume"]
    ticker.inbox.clear()
    candles.inbox.clear()
    mine = take(client)
    (row,) = ticker.inbox[0]["data"]
    assert row["last"] == mine[-1]["last_price"]
    assert row["volume"] - before >= 2
    assert candles.inbox[0]["data"][0]["close"] == mine[-1]["last_price"]


def test_v1_has_it_too(world: World) -> None:
    seen, client = Client(world, "/"), PrivateClient(world)
    seen.ask(event="subscribe", pair=["XBT/USD"], subscription={"name": "trade"})
    client.executions()
    mine = take(client)
    told = [(D(row[0]), D(row[1]), row[3]) for frame in seen.inbox if isinstance(frame, list) for row in frame[1]]
    assert {(fill["last_price"], fill["last_qty"], "b") for fill in mine} <= set(told)
