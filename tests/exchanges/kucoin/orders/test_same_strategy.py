"""One strategy, written once: it trades on either exchange where its module and its symbol are changed."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.exchanges import kraken
from rxex.exchanges.kucoin import orders as kucoin
from rxex.exchanges.kucoin import private
from rxex.models import Order, OrderUpdate, Stage
from rxex.orders import OrderRefused, Refusal
from tests.exchanges.kraken.trading import TradingWorld as KrakenWorld
from tests.exchanges.kucoin.trading import TradingWorld as KucoinWorld


def strategy(venue: Any, symbol: str, sockets: Any, messages: Any, told: list[tuple[str, Order]]) -> Any:
    """Bid far below the market, take the bid back once it is open, and buy at the market what is offered."""
    add_order = venue.add_order_factory(sockets, messages)
    cancel_order = venue.cancel_order_factory(sockets, messages)

    def on_bid(order: Order) -> None:
        told.append(("bid", order))
        if order.stage is Stage.OPEN:
            cancel_order(venue.CancelOrder(client_id=order.client_id)).subscribe(lambda _: None)

    bid = venue.AddOrder(symbol, "buy", "limit", "0.01", "1000.0", time_in_force="gtc", post_only=True)
    buy = venue.AddOrder(symbol, "buy", "market", "0.01")
    dear = venue.AddOrder(symbol, "buy", "limit", "9000", "1000.0")
    add_order(bid).subscribe(on_bid)
    add_order(buy).subscribe(lambda order: told.append(("buy", order)))
    add_order(dear).subscribe(lambda order: told.append(("dear", order)))
    return add_order


@pytest.mark.parametrize("name", ["kraken", "kucoin"])
def test_it_is_told_the_same_on_both(name: str) -> None:
    world: Any = KrakenWorld() if name == "kraken" else KucoinWorld()
    venue, symbol = (kraken, "BTC/USD") if name == "kraken" else (kucoin, "BTC-USDT")
    subscribe = kraken.subscribe_executions if name == "kraken" else private.subscribe_executions
    updates: list[Any] = []
    options = {} if name == "kraken" else {"rest": world.rest}
    world.sockets.pipe(subscribe(world.messages, **options)).subscribe(updates.append)
    world.pass_time(1)
    told: list[tuple[str, Order]] = []
    strategy(venue, symbol, world.sockets, world.messages, told)
    world.pass_time(5)

    def course(which: str) -> list[Stage]:
        return list(dict.fromkeys(order.stage for each, order in told if each == which))

    began = [Stage.SUBMITTING, Stage.SUBMITTED, Stage.PENDING]
    assert course("bid") == [*began, Stage.OPEN, Stage.CANCELED]
    assert [stage for stage in course("buy") if stage not in {Stage.OPEN, Stage.PARTIALLY_FILLED}] == [
        *began,
        Stage.FILLED,
    ]
    assert course("dear") == [*began[:2], Stage.REJECTED]
    bought = next(order for each, order in reversed(told) if each == "buy")
    assert bought.filled == bought.quantity == sum(fill.quantity for fill in bought.fills)
    assert bought.fees
    refused = told[-1][1] if told[-1][0] == "dear" else next(order for each, order in reversed(told) if each == "dear")
    assert isinstance(refused.error, OrderRefused)
    assert refused.error.kind is Refusal.INSUFFICIENT_FUNDS
    assert {type(each).__name__ for each in updates} == {"OrderSnapshot", "OrderUpdate"}
    assert any(isinstance(each, OrderUpdate) and each.fill is not None for each in updates)
