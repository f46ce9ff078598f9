"""The trades of a market as the public hears of them: whole, in order, numbered as fills are."""

from __future__ import annotations

from decimal import Decimal

from rxex.models import Side, Trade
from rxex.sandbox.orders import NewOrder, Order, OrderType
from rxex.sandbox.public_trades import PublicTrades
from rxex.sandbox.trading_floor import TradingFloor
from tests.sandbox.engine import SYMBOL, TERMS, PlainIds
from tests.sandbox.plain import make

D = Decimal


class Floor(TradingFloor):
    """One that clients can place orders on."""

    def __init__(self) -> None:
        self.told: list[Trade] = []
        super().__init__(make(), [TERMS], ids=lambda _: PlainIds(), balances={"BTC": D(100), "USD": D(10**7)})
        self.trades = PublicTrades(self)
        self.trades.listeners.append(self.told.append)

    def place(self, side: Side, size: Decimal, price: Decimal | None) -> Order:
        self._begin("main", SYMBOL)
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        order = self.engine.submit("main", NewOrder(symbol=SYMBOL, side=side, type=kind, size=size, price=price))
        self.flush()
        return order

    def step(self) -> list[Trade]:
        """Let the market go on until it trades; give what it says that was traded."""
        while True:
            event = self.simulation.market.pair(SYMBOL).step()
            self.happened(event)
            if event.trades:
                return list(event.trades)


def summed(trades: list[Trade]) -> dict[tuple[Side, Decimal], Decimal]:
    sums: dict[tuple[Side, Decimal], Decimal] = {}
    for trade in trades:
        place = trade.side, trade.price
        sums[place] = sums.get(place, D(0)) + trade.size
    return sums


def test_what_the_market_trades_is_told_at_its_prices_and_whole() -> None:
    floor = Floor()
    floor.watch_book(SYMBOL)
    for _ in range(20):
        floor.told.clear()
        expected = floor.step()
        told = summed(floor.told)
        # Sizes of the market are finer than those of this book.
        assert {place: told[place] for place in summed(expected)}.keys() == summed(expected).keys()
        assert {trade.time for trade in expected} <= {trade.time for trade in floor.told}


def test_what_a_client_trades_is_told_under_the_numbers_of_its_fills() -> None:
    floor = Floor()
    floor.watch_book(SYMBOL)
    order = floor.place(Side.BUY, D(3), None)
    assert [(trade.id, trade.price, trade.size) for trade in floor.told] == [
        (fill.trade_id, fill.price, fill.size) for fill in order.fills
    ]
    assert {trade.side for trade in floor.told} == {Side.BUY}
    assert floor.simulation.market.pair(SYMBOL).last == order.fills[-1].price
    assert floor.trades.recent(SYMBOL)[-1].id == order.fills[-1].trade_id


def test_a_resting_order_that_the_market_takes_is_told_once() -> None:
    floor = Floor()
    book = floor.watch_book(SYMBOL)
    order = floor.place(Side.BUY, D("0.5"), book.best(Side.BUY))
    while order.is_open:
        floor.step()
    numbers = [trade.id for trade in floor.told]
    assert {fill.trade_id for fill in order.fills} <= set(numbers)
    assert len(numbers) == len(set(numbers))


def test_what_was_traded_while_nobody_watched_is_remembered_with_rising_numbers() -> None:
    floor = Floor()
    first = floor.trades.recent(SYMBOL)
    assert len(first) > 10
    assert [trade.id for trade in first] == sorted(trade.id for trade in first if isinstance(trade.id, int))
    assert floor.trades.recent(SYMBOL) == first
    floor.simulation.advance(60)
    later = floor.trades.recent(SYMBOL)
    assert later[-1].time is not None
    assert first[-1].time is not None
    assert later[-1].time > first[-1].time
    assert len({trade.id for trade in [*first, *later]}) > len(first)
