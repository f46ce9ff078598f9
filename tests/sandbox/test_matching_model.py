"""The matching engine against a naive one: whatever is asked, the books, the fills and the balances are the same."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rxex.models import Side
from rxex.sandbox.crossing import FEES, MARKET
from rxex.sandbox.orders import Amendment, Order, Refused, RefusedFor, SelfTrade, TimeInForce
from tests.sandbox.engine import BUY, SELL, SYMBOL, TERMS, Bench

D = Decimal
ACCOUNTS = ("ada", "bob")
sides = st.sampled_from([BUY, SELL])
accounts = st.sampled_from(ACCOUNTS)
prices = st.integers(985, 1015).map(lambda ticks: D(ticks) / 10)
sizes = st.integers(100, 60_000).map(lambda lots: D(lots) / 10_000)


@define(eq=False)
class Naive:
    """One order of the model."""

    account: str
    side: Side
    left: Decimal
    price: Decimal | None
    number: int
    alive: bool = True
    filled: Decimal = field(factory=D)


class NaiveMarket:
    """Sorts the whole book for each trade."""

    def __init__(self) -> None:
        self.resting: list[Naive] = []
        self.money = {(account, asset): D(0) for account in (*ACCOUNTS, MARKET, FEES) for asset in ("BTC", "USD")}
        for account in ACCOUNTS:
            self.money[account, "BTC"], self.money[account, "USD"] = D(10), D(10_000)

    def best(self, taker: Naive) -> Naive | None:
        others = [order for order in self.resting if order.side is not taker.side]
        if taker.price is not None:
            limit, buys = taker.price, taker.side is BUY
            others = [
                order
                for order in others
                if order.price == limit or (order.price is not None and (order.price < limit) is buys)
            ]
        sign = 1 if taker.side is BUY else -1
        return min(others, key=lambda order: (sign * (order.price or 0), order.number), default=None)

    def enter(self, taker: Naive, policy: SelfTrade, *, rests: bool) -> None:
        while taker.left and taker.alive and (maker := self.best(taker)) is not None:
            if maker.account == taker.account != MARKET and policy is SelfTrade.DECREASE:
                self.decrease(maker, taker)
                continue
            if maker.account == taker.account != MARKET and policy is not SelfTrade.ALLOW:
                if policy is not SelfTrade.CANCEL_NEWEST:
                    self.drop(maker)
                if policy is not SelfTrade.CANCEL_OLDEST:
                    self.drop(taker)
                continue
            self.trade(maker, taker, min(maker.left, taker.left))
            if not maker.left:
                self.drop(maker)
        if not taker.left or not rests:
            taker.alive = False
        elif taker.alive:
            self.resting.append(taker)

    def trade(self, maker: Naive, taker: Naive, size: Decimal) -> None:
        assert maker.price is not None
        cost = (size * maker.price).quantize(D("0.01"), ROUND_DOWN)
        buyer, seller = (taker, maker) if taker.side is BUY else (maker, taker)
        self.money[buyer.account, "BTC"] += size
        self.money[seller.account, "BTC"] -= size
        self.money[buyer.account, "USD"] -= cost
        self.money[seller.account, "USD"] += cost
        for order, rate in ((maker, TERMS.maker), (taker, TERMS.taker)):
            order.left -= size
            order.filled += size
            if order.account != MARKET:
                fee = (cost * rate).quantize(D("0.01"), ROUND_DOWN)
                self.money[order.account, "USD"] -= fee
                self.money[FEES, "USD"] += fee

    def decrease(self, *orders: Naive) -> None:
        size = min(order.left for order in orders)
        for order in orders:
            order.left -= size
            if not order.left:
                self.drop(order)

    def drop(self, order: Naive) -> None:
        order.alive = False
        if order in self.resting:
            self.resting.remove(order)

    def levels(self, side: Side) -> list[tuple[Decimal, Decimal]]:
        found: dict[Decimal, Decimal] = {}
        for order in self.resting:
            if order.side is side and order.price is not None:
                found[order.price] = found.get(order.price, D(0)) + order.left
        return sorted(found.items(), reverse=side is BUY)


class EngineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.model = NaiveMarket()
        self.pairs: list[tuple[Order, Naive]] = []
        self.number = 0

    def naive(self, *values: Any) -> Naive:
        self.number += 1
        return Naive(*values, self.number)

    def note(self, refused: Refused, *expected: RefusedFor) -> None:
        # The model does not know what is held; that no more is refused than has to be, the rules' own tests say.
        assert refused.why in expected

    @rule(
        account=accounts,
        side=sides,
        size=sizes,
        price=st.none() | prices,
        force=st.sampled_from(list(TimeInForce)),
        policy=st.sampled_from(list(SelfTrade)),
        post_only=st.booleans(),
    )
    def submit(
        self,
        account: str,
        side: Side,
        size: Decimal,
        price: Decimal | None,
        force: TimeInForce,
        policy: SelfTrade,
        post_only: bool,  # noqa: FBT001 - hypothesis draws it
    ) -> None:
        post_only = post_only and price is not None and force is TimeInForce.GTC
        if force in {TimeInForce.GTD, TimeInForce.FOK}:
            force = TimeInForce.GTC
        text = None if price is None else str(price)
        options = {"time_in_force": force, "self_trade": policy, "post_only": post_only}
        try:
            order = self.bench.order(side, str(size), text, account, **options)
        except Refused as refused:
            self.note(refused, RefusedFor.FUNDS)
            return
        mine = self.naive(account, side, size, price)
        if post_only and self.model.best(mine) is not None:
            mine.alive = False
        else:
            self.model.enter(mine, policy, rests=price is not None and force is TimeInForce.GTC)
        self.pairs.append((order, mine))

    @rule(bids=st.dictionaries(prices, sizes, max_size=3), asks=st.dictionaries(prices, sizes, max_size=3))
    def requote(self, bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal]) -> None:
        if bids and asks and max(bids) >= min(asks):
            return
        before = {(order.side, order.price): order for order in self.model.resting if order.account == MARKET}
        self.bench.engine.requote(SYMBOL, bids, asks)
        wanted = {(side, price): size for side, quotes in ((BUY, bids), (SELL, asks)) for price, size in quotes.items()}
        for place, order in before.items():
            if place not in wanted:
                self.model.drop(order)
        for place, size in wanted.items():
            old = before.get(place)
            if old is not None and old.alive and size <= old.left:
                old.left = size
                continue
            if old is not None:
                self.model.drop(old)
            self.model.enter(self.naive(MARKET, place[0], size, place[1]), SelfTrade.CANCEL_NEWEST, rests=True)

    @rule(side=sides, price=prices, size=sizes)
    def take(self, side: Side, price: Decimal, size: Decimal) -> None:
        self.bench.engine.take(SYMBOL, side, price, size)
        self.model.enter(self.naive(MARKET, side, size, price), SelfTrade.CANCEL_NEWEST, rests=False)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        alive = [pair for pair in self.pairs if pair[1].alive]
        if alive:
            order, mine = data.draw(st.sampled_from(alive))
            self.bench.engine.cancel(order)
            self.model.drop(mine)

    @rule(data=st.data(), size=st.none() | sizes, price=st.none() | prices)
    def amend(self, data: st.DataObject, size: Decimal | None, price: Decimal | None) -> None:
        alive = [pair for pair in self.pairs if pair[1].alive]
        if not alive:
            return
        order, mine = data.draw(st.sampled_from(alive))
        try:
            self.bench.engine.amend(order, Amendment(size=size, price=price))
        except Refused as refused:
            self.note(refused, RefusedFor.FUNDS, RefusedFor.POST_ONLY, RefusedFor.COST)
            return
        left = mine.left if size is None else max(size - mine.filled, D(0))
        moves = left > mine.left or price not in {None, mine.price}
        mine.left, mine.price = left, price or mine.price
        if not left:
            self.model.drop(mine)
        elif moves:
            self.model.drop(mine)
            self.number += 1
            mine.number, mine.alive = self.number, True
            self.model.enter(mine, order.request.self_trade, rests=True)

    @invariant()
    def the_books_are_the_same(self) -> None:
        for side in (BUY, SELL):
            assert self.bench.engine.books[SYMBOL].levels(side) == self.model.levels(side)
        bid, ask = (self.bench.engine.books[SYMBOL].best(side) for side in (BUY, SELL))
        assert bid is None or ask is None or bid < ask

    @invariant()
    def the_orders_are_the_same(self) -> None:
        for order, mine in self.pairs:
            assert (order.filled, order.is_open) == (mine.filled, mine.alive)
            assert sum((fill.size for fill in order.fills), D(0)) == order.filled <= order.size

    @invariant()
    def the_money_is_the_same_and_none_is_lost(self) -> None:
        money = self.bench.accounts
        for (account, asset), amount in self.model.money.items():
            assert money.balance(account, asset) == amount
        assert (money.total("BTC"), money.total("USD")) == (20, 20_000)
        for account in ACCOUNTS:
            for asset in ("BTC", "USD"):
                assert 0 <= money.held(account, asset) <= money.balance(account, asset)
            if not self.bench.engine.open_orders(account):
                assert money.held(account, "USD") == money.held(account, "BTC") == 0


TestEngine = EngineMachine.TestCase
TestEngine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
