"""The private topics of futures, and what makes them speak: orders, stops, positions, the wallet, settings.

There is no word for an order that was received; a position is told whole where an order or its margin has changed it,
and in part where the mark price has. Sources: KuCoin's futures pages "Order", "All Order", "Stop Orders", "Position
Change Events", "Account Balance Events", "Margin Mode", "Cross Margin Leverage".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.funding import Funding
from rxex.exchanges.kucoin.sandbox.orders_futures import FuturesWish, futures_wish_of
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop
from rxex.exchanges.kucoin.sandbox.positions import Position
from rxex.exchanges.kucoin.sandbox.positions_records import mark_record, position_record, settlement, wallet
from rxex.exchanges.kucoin.sandbox.private import PrivateTopic
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.trading_base import user_of
from rxex.exchanges.kucoin.sandbox.trading_futures import FuturesTrading, futures_account
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.orders import EventKind, Order, OrderEvent, OrderState

__all__ = ["PrivateFutures"]

ORDERS, STOPS = "/contractMarket/tradeOrders", "/contractMarket/advancedOrders"
POSITION, POSITIONS, WALLET = "/contract/position", "/contract/positionAll", "/contractAccount/wallet"
MODE, LEVERAGE = "/contract/marginMode", "/contract/crossLeverage"
ZERO = Decimal(0)
_MARK_EVERY = 1.0
Row = dict[str, Any]


class PrivateFutures:
    """Hears of orders, positions and settings, and tells those who have subscribed."""

    def __init__(self, trading: FuturesTrading, outbox: EventOutbox, funding: Funding) -> None:
        """Listen to ``trading`` and ``funding``; what there is to tell goes into ``outbox``."""
        self._trading = trading
        self._funding = funding
        self._outbox = outbox
        self._orders = PrivateTopic(outbox, "symbolOrderChange", has_argument=None)
        self._stops = PrivateTopic(outbox, "stopOrder")
        self._position = PrivateTopic(outbox, "position.change", has_argument=True)
        self._positions = PrivateTopic(outbox, "position.change")
        self._wallet = PrivateTopic(outbox, "walletBalance.change")
        self._mode = PrivateTopic(outbox, "user.config")
        self._leverage = PrivateTopic(outbox, "user.config")
        self._open: set[str] = set()
        self._touched: dict[str, Order] = {}
        self._wallets: dict[tuple[str, str], Row] = {}
        self._versions: Counter[str] = Counter()
        self._marks: dict[tuple[str, str], Decimal] = {}
        self._is_marking = False
        trading.openers.append(self._opened)
        trading.listeners.append(self._heard)
        trading.settlers.append(self._settled)
        trading.movers.append(self._moved)
        trading.configured.append(self._configured)
        trading.flushers.append(outbox.flush)
        funding.listeners.append(self._funded)

    @property
    def topics(self) -> Mapping[str, PrivateTopic]:
        """The topics by what stands before the colon."""
        return {
            ORDERS: self._orders,
            STOPS: self._stops,
            POSITION: self._position,
            POSITIONS: self._positions,
            WALLET: self._wallet,
            MODE: self._mode,
            LEVERAGE: self._leverage,
        }

    def sessions(self, user: str) -> set[int]:
        """The sessions on which a user is told anything."""
        return {number for topic in self.topics.values() for number in topic.sessions(user)}

    def stopped(self, stop: Stop[FuturesWish], kind: str) -> None:
        """Tell of an order that waits for a price: ``open``, ``triggered`` or ``cancel``."""
        now = self._trading.simulation.timestamp
        self._stops.tell(stop.user, _stop_row(stop, kind, now), more={"id": stop.id})

    def balance_changed(self, user: str, asset: str) -> None:
        """Tell of a balance, if it has changed."""
        account, now = futures_account(user), self._trading.simulation.timestamp
        profits: dict[str, Decimal] = {}
        for position in self._trading.positions(user):
            if position.terms.quote == asset:
                profit = position.profit(self._funding.mark(position.terms.symbol))
                profits[position.mode] = profits.get(position.mode, ZERO) + profit
        row = wallet(self._trading.accounts, account, asset, profits, now)
        kept = {name: row[name] for name in ("walletBalance", "availableBalance", "isolatedOrderMargin")}
        if self._wallets.get((account, asset)) == kept:
            return
        self._wallets[account, asset] = kept
        self._versions[account] += 1
        number = f"{self._trading.random.getrandbits(96):024x}"
        self._wallet.tell(user, {**row, "version": str(1000 + self._versions[account])}, more={"id": number})

    # What is heard.

    def _opened(self, account: str) -> None:
        accounts = self._trading.accounts
        for asset in accounts.balances(account):
            balance = plain(accounts.wallet(account, asset))
            told = {"walletBalance": balance, "availableBalance": balance, "isolatedOrderMargin": "0"}
            self._wallets[account, asset] = told

    def _heard(self, event: OrderEvent) -> None:
        order = event.order
        user = user_of(order.account)
        self._touched[order.id] = order
        if order.queued and event.kind is not EventKind.ACCEPTED:
            filled = order.filled if event.fill is None else order.filled - event.fill.size
            self._tell_open(order, event.time, filled)
        row = _row(event)
        if row is not None:
            self._tell_order(user, row)
        if event.fill is not None:
            position = self._trading.accounts.position(order.account, self._trading.engine.terms[order.request.symbol])
            self._moved(user, position, "positionChange")
        self.balance_changed(user, self._trading.engine.terms[order.request.symbol].quote)

    def _settled(self) -> None:
        for order in self._touched.values():
            if order.is_resting:
                self._tell_open(order, order.changed, order.filled)
        self._touched.clear()

    def _tell_open(self, order: Order, time: int, filled: Decimal) -> None:
        if order.id in self._open:
            return
        self._open.add(order.id)
        sizes = {"filledSize": plain(filled), "remainSize": plain(order.size - filled), "canceledSize": "0"}
        row = {**_described(order, time), "liquidity": "maker", **sizes, "type": "open", "status": "open"}
        self._tell_order(user_of(order.account), row)

    def _tell_order(self, user: str, row: Row) -> None:
        symbol = row["symbol"]
        # Also those who asked for all symbols are told by the symbol's own topic.
        self._orders.tell(user, row, symbol=symbol, is_fill=row["type"] == "match", topic=f"{ORDERS}:{symbol}")

    def _moved(self, user: str, position: Position, reason: str) -> None:
        symbol, now = position.terms.symbol, self._trading.simulation.timestamp
        mark = self._funding.mark(symbol)
        self._marks[user, symbol] = mark
        row = {**position_record(position, mark, now), "changeReason": reason, "riskLimitLevel": position.risk_level}
        self._tell_position(user, symbol, row, "position.change")
        self._watch_marks()
        self._funding.run()

    def _tell_position(self, user: str, symbol: str, row: Row, subject: str) -> None:
        name = f"{POSITION}:{symbol}"
        self._position.tell(user, row, symbol=symbol, subject=subject)
        self._positions.tell(user, row, subject=subject, topic=name)

    def _configured(self, user: str, symbol: str, what: str) -> None:
        if what == "mode":
            self._mode.tell(user, {symbol: self._trading.mode(user, symbol)})
        elif what == "leverage":
            self._leverage.tell(user, {symbol: {"leverage": plain(self._trading.leverage(user, symbol))}})
        else:
            level = self._trading.position(user, symbol).risk_level
            row = {"success": True, "riskLimitLevel": level, "msg": "adjustRiskLimitLevel success"}
            self._tell_position(user, symbol, row, "position.adjustRiskLimit")

    # Mark prices and funding.

    def _watch_marks(self) -> None:
        """Look at the mark prices each second while there are positions."""
        if not self._is_marking:
            self._is_marking = True
            self._trading.simulation.schedule(_MARK_EVERY, self._mark)

    def _mark(self) -> None:
        self._is_marking = False
        now = self._trading.simulation.timestamp
        for user in sorted({user for user, _ in self._marks}):
            for position in self._trading.positions(user):
                symbol = position.terms.symbol
                mark = self._funding.mark(symbol)
                self._watch_marks()
                if mark != self._marks.get((user, symbol)):
                    self._marks[user, symbol] = mark
                    row = {**mark_record(position, mark, now), "changeReason": "markPriceChange"}
                    self._tell_position(user, symbol, row, "position.change")
        self._outbox.flush()

    def _funded(self, symbol: str, phase: str, time: int) -> None:
        if phase != "end" or symbol not in self._trading.engine.terms:
            return
        mark, rate = self._funding.mark(symbol), self._funding.rate(symbol)
        for user, position, got in self._trading.settle(symbol, rate, mark):
            self._tell_position(user, symbol, settlement(position, mark, rate, got, time), "position.settlement")
            self.balance_changed(user, position.terms.quote)
        self._outbox.flush()


def _described(order: Order, time: int) -> Row:
    wish = futures_wish_of(order)
    return {
        "symbol": wish.symbol,
        "orderType": wish.type,
        "side": order.request.side.value,
        "orderId": order.id,
        "clientOid": wish.client_oid,
        "marginMode": wish.mode,
        "tradeType": "trade",
        "orderTime": order.opened,
        "size": plain(order.size),
        "price": plain(order.price or ZERO),
        "ts": time,
    }


def _row(event: OrderEvent) -> Row | None:
    order, fill = event.order, event.fill
    left = order.remaining if order.is_open else ZERO
    canceled = (order.request.size or order.size) - order.filled - left
    sizes = {"filledSize": plain(order.filled), "remainSize": plain(left), "canceledSize": plain(canceled)}
    row = {**_described(order, event.time), **sizes}
    match event.kind:
        case EventKind.FILL if fill is not None:
            word = "maker" if fill.is_maker else "taker"
            match_ = {"matchPrice": plain(fill.price), "matchSize": plain(fill.size), "tradeId": str(fill.trade_id)}
            status = "open" if fill.is_maker else "match"
            return {**row, **match_, "liquidity": word, "feeType": f"{word}Fee", "type": "match", "status": status}
        case EventKind.FILLED | EventKind.CANCELED | EventKind.EXPIRED:
            word = "filled" if order.state is OrderState.FILLED else "canceled"
            return {**row, "type": word, "status": "done"}
        case _:
            return None


def _stop_row(stop: Stop[FuturesWish], kind: str, now: int) -> Row:
    wish = stop.wish
    success: Row = {}
    if kind == "triggered":
        success = {"triggerSuccess": stop.order is not None, **({"error": stop.error} if stop.error else {})}
    return {
        "createdAt": stop.created // 10**6,
        "marginMode": wish.mode,
        "orderId": stop.id,
        "orderPrice": plain(wish.price or ZERO),
        "orderType": "stop",
        "side": "" if wish.side is None else wish.side.value,
        "size": int(wish.lots or 0),
        "stop": stop.word,
        "stopPrice": plain(stop.price),
        "stopPriceType": wish.stop_price_type,
        "symbol": stop.symbol,
        "ts": now,
        "type": kind,
        **success,
    }
