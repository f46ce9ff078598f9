"""What of an engine can be listened to, order by order, and how the market makes room for its own trades."""

from __future__ import annotations

from decimal import Decimal

from rxex.models import Side, Trade
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.orders import Order
from rxex.sandbox.trading_floor import TradingFloor
from tests.sandbox.engine import BUY, SELL, SYMBOL, TERMS, Bench, PlainIds
from tests.sandbox.plain import make

D = Decimal


class Heard:
    """Everything that is told of orders."""

    def __init__(self, bench: Bench) -> None:
        self.orders: list[tuple[str, str, Decimal]] = []
        self.matches: list[tuple[str, str, Decimal, Decimal]] = []
        self.book: OrderBook = bench.engine.books[SYMBOL]
        self.book.order_listeners.append(self._order)
        bench.engine.match_listeners.append(self._match)

    def _order(self, what: str, order: Order) -> None:
        self.orders.append((what, order.id, order.visible))

    def _match(self, maker: Order, taker: Order, size: Decimal, price: Decimal, number: int) -> None:
        # The book is put right after it.
        assert self.book.size_at(maker.request.side, price) >= size
        assert number > 0
        self.matches.append((maker.id, taker.id, size, price))


def test_orders_are_told_one_by_one_and_matches_with_both_orders() -> None:
    bench = Bench()
    heard = Heard(bench)
    maker = bench.order(SELL, "1", "100")
    taker = bench.order(BUY, "0.4", "100", account="bob")
    bench.engine.cancel(maker)
    assert heard.matches == [(maker.id, taker.id, D("0.4"), D(100))]
    assert heard.orders == [("add", maker.id, D(1)), ("update", maker.id, D("0.6")), ("remove", maker.id, D("0.6"))]


def test_a_taker_is_told_as_added_only_where_a_part_of_it_rests() -> None:
    bench = Bench()
    heard = Heard(bench)
    maker = bench.order(SELL, "0.4", "100")
    taker = bench.order(BUY, "1", "100", account="bob")
    assert heard.orders == [
        ("add", maker.id, D("0.4")),
        ("update", maker.id, D(0)),
        ("remove", maker.id, D(0)),
        ("add", taker.id, D("0.6")),
    ]


def test_the_market_offers_what_it_is_going_to_trade_at_that_price_and_nothing_better() -> None:
    bench = Bench()
    bids, asks = {D("99.9"): D(1)}, {D("100.0"): D(1), D("100.1"): D(1), D("100.2"): D(1)}
    bench.engine.requote(SYMBOL, bids, asks)
    bench.engine.offer(SYMBOL, SELL, D("100.1"), D(5))
    book = bench.engine.books[SYMBOL]
    assert book.levels(Side.SELL) == [(D("100.1"), D(5)), (D("100.2"), D(1))]
    bench.engine.take(SYMBOL, BUY, D("100.1"), D(5))
    assert [(trade.price, trade.size) for trade in bench.trades] == [(D("100.1"), D(5))]
    # What is there already is left as it is.
    bench.engine.offer(SYMBOL, SELL, D("100.2"), D("0.5"))
    assert book.levels(Side.SELL) == [(D("100.2"), D(1))]
    bench.engine.requote(SYMBOL, bids, asks)
    assert [price for price, _ in book.levels(Side.SELL)] == sorted(asks)


def test_an_order_of_a_client_stands_before_what_the_market_offers() -> None:
    bench = Bench()
    mine = bench.order(SELL, "1", "100.1")
    bench.engine.offer(SYMBOL, SELL, D("100.1"), D(5))
    bench.engine.take(SYMBOL, BUY, D("100.1"), D(5))
    assert mine.filled == D(1)
    assert bench.engine.books[SYMBOL].levels(Side.SELL) == [(D("100.1"), D(1))]


def test_a_preview_hears_of_each_trade_of_the_market_before_it_takes_place() -> None:
    simulation = make()
    floor = TradingFloor(simulation, [TERMS], ids=lambda _: PlainIds(), balances={})
    told: list[tuple[Trade, int]] = []
    taken: list[Trade] = []
    floor.previews.append(lambda trade: told.append((trade, len(taken))))
    floor.engine.trade_listeners.append(taken.append)
    floor.watch_book(SYMBOL)
    expected: list[Trade] = []
    for _ in range(20):
        event = simulation.market.pair(SYMBOL).step()
        expected += event.trades
        floor.happened(event)
    assert [trade for trade, _ in told] == expected != []
    assert told[0][1] == 0
    assert taken
