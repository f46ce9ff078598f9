"""What the rows of Bitfinex's orders and executions mean in our models.

Sources: Bitfinex's pages "Orders", "Trades" (of the account) and "Order status".
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.channel import Number
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.exchanges.bitfinex.refusals import refused
from rxex.models import Fee, Fill, OrderUpdate, Side, Stage
from rxex.typing import Json

__all__ = ["TYPES", "OrderStatus", "OrdersRead", "parse_status", "read_trade", "side_of", "type_of"]

_ZERO = Decimal(0)
_TAIL = re.compile(r":? WAS:? ")
_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:E[+-]?[0-9]{1,2})?"
_FILL = re.compile(rf"@ ({_NUMBER}) ?\((-?{_NUMBER})\)")
_STATE = re.compile(r"[A-Z_]+(?: [A-Z_]+)*")
TYPES = {
    "limit": "LIMIT",
    "market": "MARKET",
    "stop-loss": "STOP",
    "stop-loss-limit": "STOP LIMIT",
    "trailing-stop": "TRAILING STOP",
}
"""Our words for types of orders, and Bitfinex's."""
_OUR_TYPES = {theirs: ours for ours, theirs in TYPES.items()} | {"IOC": "limit", "FOK": "limit"}
_CUT_SHORT = {"IOC CANCELED", "FILLORKILL CANCELED"}
# Ends of orders that Bitfinex does not want, or not any more.
_UNWANTED = ("INSUFFICIENT", "POSTONLY", "RSN_")


@frozen
class OrderStatus:
    """The text of a status in its parts: the state, a code of its reason, and executions, the last one first."""

    state: str
    code: str = ""
    fills: tuple[tuple[Decimal, Decimal], ...] = ()
    """Prices, which are rounded, and amounts, which are signed."""

    @property
    def filled(self) -> Decimal:
        """How much the executions are together."""
        return sum((abs(amount) for _, amount in self.fills), _ZERO)


def parse_status(text: str) -> OrderStatus:
    """Take the text of a status apart; of one that cannot be read the state alone is left.

    >>> parse_status("EXECUTED @ 1662.9(0.05): was PARTIALLY FILLED @ 1661.5(0.05)").filled
    Decimal('0.10')
    >>> parse_status("INSUFFICIENT BALANCE (G1) was: PARTIALLY FILLED @ 15(1)")
    OrderStatus(state='INSUFFICIENT BALANCE', code='G1', fills=((Decimal('15'), Decimal('1')),))
    """
    upper = text.upper().strip()
    head = _TAIL.split(upper, maxsplit=1)[0].partition(" @ ")[0]
    state, _, code = head.partition(" (")
    match = _STATE.match(state)
    fills = tuple((Decimal(price), Decimal(amount)) for price, amount in _FILL.findall(upper))
    return OrderStatus(match.group() if match else state, code.rstrip(")"), fills)


def type_of(text: str | None) -> str | None:
    """Give our word for a type of orders.

    >>> type_of("EXCHANGE STOP LIMIT"), type_of("FOK"), type_of("SOMETHING NEW")
    ('stop-loss-limit', 'limit', 'something new')
    """
    if text is None:
        return None
    theirs = text.removeprefix("EXCHANGE ")
    return _OUR_TYPES.get(theirs, theirs.lower())


def side_of(amount: Decimal | None) -> Side | None:
    """Give the side of a signed amount; None where it has no sign."""
    return (Side.BUY if amount > 0 else Side.SELL) if amount else None


@frozen
class _Seen:
    """What is known of an open order."""

    quantity: Decimal
    filled: Decimal
    remaining: Decimal
    fills: tuple[tuple[Decimal, Decimal], ...]


class OrdersRead:
    """The orders of one socket, one message after the other.

    A row tells what remains of an order, and what it was at first. What remains becomes less by executions, which the
    text of the status lists, and is changed by the user, which it does not tell; so both are told apart here.
    """

    def __init__(self) -> None:
        self.open: dict[str, OrderUpdate] = {}
        """The last word about each open order, by Bitfinex's id."""
        self._seen: dict[str, _Seen] = {}

    def start_over(self, rows: Any, received: int, raw: bytes | Json, number: Number) -> None:
        """Take the list of all open orders; one that cannot be read changes nothing."""
        if not isinstance(rows, list):
            raise TypeError("a list of orders was expected")
        fresh = OrdersRead()
        for row in rows:
            fresh.read("on", row, received, raw, number)
        self.open, self._seen = fresh.open, fresh._seen

    def read(self, kind: str, values: Any, received: int, raw: bytes | Json, number: Number) -> OrderUpdate:
        """Read one order, which with ``oc`` is over, for whatever reason."""
        row = Row(values, number)
        order_id = row.need_id(0)
        status = parse_status(row.text(13) or "")
        amount, original = row.number(6), row.number(7)
        remaining = abs(_ZERO if amount is None else amount)
        first = remaining if original is None else abs(original)
        is_over = kind == "oc"
        seen = self._count(order_id, status, remaining, first, is_over=is_over)
        stage = Stage.PARTIALLY_FILLED if seen.filled else Stage.OPEN
        error = None
        if is_over:
            stage = _end_of(status, seen, row)
            if stage is Stage.REJECTED:
                error = refused("add_order", row.text(13) or "", values)
        update = OrderUpdate(
            order_id,
            row.id(2),
            stage,
            row.text(3),
            side_of(original) or side_of(amount),
            type_of(row.text(8)),
            seen.quantity or None,
            _limit_of(row),
            # Without a quantity the message tells that it was filled, and not how much that is.
            seen.filled if seen.quantity or stage is not Stage.FILLED else None,
            (row.number(17) or None) if seen.filled else None,
            reason=(row.text(13) or "") if is_over and stage is not Stage.FILLED else "",
            error=error,
            time=row.time(5) or row.time(4),
            received=received,
            raw=raw,
        )
        if is_over:
            self.open.pop(order_id, None)
            self._seen.pop(order_id, None)
        else:
            self.open[order_id] = update
            self._seen[order_id] = seen
        return update

    def _count(self, order_id: str, status: OrderStatus, remaining: Decimal, first: Decimal, *, is_over: bool) -> _Seen:
        before = self._seen.get(order_id)
        if is_over and _is_executed(status) and not remaining:
            quantity = first if before is None else before.quantity
            return _Seen(quantity, quantity, remaining, status.fills)
        if before is None:
            # Where its amount was changed before, only the text tells what was executed.
            return _Seen(status.filled + remaining, status.filled, remaining, status.fills)
        less = before.remaining - remaining
        if is_over:
            filled = max(before.filled, before.filled + less)
            return _Seen(max(before.quantity, filled), filled, remaining, status.fills)
        if status.fills == before.fills or not status.fills:
            return _Seen(before.filled + remaining, before.filled, remaining, status.fills)
        news = less if less > 0 else max(_ZERO, status.filled - sum((abs(each) for _, each in before.fills), _ZERO))
        filled = before.filled + news
        return _Seen(filled + remaining, filled, remaining, status.fills)


def _is_executed(status: OrderStatus) -> bool:
    return status.state.startswith(("EXECUTED", "FORCED EXECUTED"))


def _end_of(status: OrderStatus, seen: _Seen, row: Row) -> Stage:
    """How an order has ended; that it has, the type of the message tells."""
    if _is_executed(status):
        return Stage.CANCELED if seen.remaining else Stage.FILLED
    if status.state.startswith(_UNWANTED):
        return Stage.CANCELED if seen.filled else Stage.REJECTED
    if status.state in _CUT_SHORT:
        return Stage.EXPIRED
    if not status.state.startswith("CANCELED"):
        return Stage.FILLED if seen.filled and not seen.remaining else Stage.CANCELED
    until, at = row.time(10), row.time(5)
    return Stage.EXPIRED if until is not None and at is not None and at >= until else Stage.CANCELED


def _limit_of(row: Row) -> Decimal | None:
    """The limit is the second price of a stop; a market order may have a price, which is no limit."""
    kind = type_of(row.text(8))
    if kind == "stop-loss-limit":
        return row.number(19) or None
    return (row.number(16) or None) if kind == "limit" else None


def read_trade(values: Any, received: int, raw: bytes | Json, number: Number) -> OrderUpdate:
    """Read one execution; its fee is told later, in another message."""
    row = Row(values, number)
    amount, fee, asset = row.need_number(4), row.number(9), row.text(10)
    order_id, symbol, side, time = row.need_id(3), row.text(1), side_of(amount), row.time(2)
    fees = () if fee is None or asset is None else (Fee(asset, -fee),)
    maker = row.at(8)
    is_maker = None if maker is None else maker == 1
    price, quantity = row.need_number(5), abs(amount)
    fill = Fill(row.need_id(0), order_id, price, quantity, symbol, side, fees, is_maker, time, received, raw)
    return OrderUpdate(
        order_id,
        row.id(11),
        None,
        symbol,
        side,
        type_of(row.text(6)),
        fill=fill,
        time=time,
        received=received,
        raw=raw,
    )
