"""Requests about orders and offers, carried out: what WebSocket and REST answer alike, as notifications.

Source: Bitfinex's pages "Notifications", "New order", "Update order", "Cancel order", "Order multi-op".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.bitfinex.sandbox.offers import Offer, Offers
from rxex.exchanges.bitfinex.sandbox.order_requests import amendment, date_of, invalid, new_orders, whole
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.rows import order_row, refused_row
from rxex.exchanges.bitfinex.sandbox.trading import Trading, placed, signed
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order

__all__ = ["MOST_OPS", "Requests", "record_of"]

MOST_OPS = 75
"""Operations that one request may have."""
_WAITING = "Submitted for cancellation; waiting for confirmation"


def record_of(code: str, payload: Any) -> OrderRecord:
    """What the ledger says of a request at first."""
    asked = payload if isinstance(payload, dict) else {"ops": payload}
    cid = asked.get("cid")
    gid = asked.get("gid")
    return OrderRecord(
        time=0.0,
        session=None,
        method=code,
        request=dict(asked),
        client_id=str(cid) if type(cid) is int else None,
        reference=gid if type(gid) is int else None,
    )


class Requests:
    """Carries out what users ask for, and says what is to be answered, as a notification."""

    def __init__(self, trading: Trading, offers: Offers) -> None:
        """Carry out on ``trading`` and ``offers``."""
        self._trading = trading
        self._offers = offers
        self._carry: dict[str, Callable[[str, Any, OrderRecord], tuple[Any, str]]] = {
            "on": self._new,
            "ou": self._update,
            "oc": self._cancel,
            "oc_multi": self._cancel_multi,
            "ox_multi": self._several,
            "fon": self._offer,
            "foc": self._cancel_offer,
            "foc_all": self._cancel_offers,
        }

    @property
    def codes(self) -> frozenset[str]:
        """What can be asked for."""
        return frozenset(self._carry)

    def answer(self, user: str, code: str, payload: Any, record: OrderRecord) -> list[Any]:
        """Carry out a request; give the notification about it, which may be a refusal."""
        try:
            return self.carry_out(user, code, payload, record)
        except Declined as declined:
            return self._notification(code, self._refused(code, payload, declined), "ERROR", declined.text)

    def carry_out(self, user: str, code: str, payload: Any, record: OrderRecord) -> list[Any]:
        """Carry out a request; give the notification about it. Raises `Declined`."""
        record.account = user
        try:
            info, text = self._carry[code](user, payload, record)
        except Declined as declined:
            record.errors.append(declined.text)
            raise
        return self._notification(code, info, "SUCCESS", text)

    def failure(self, code: str, payload: Any) -> list[Any]:
        """The notification that the exchange has failed; it does not say whether the request took effect."""
        info = refused_row(payload) if isinstance(payload, dict) else None
        return self._notification(code, info, "FAILURE", "ERR_UNK: try again later")

    def _notification(self, code: str, info: Any, status: str, text: str) -> list[Any]:
        now: Any = milliseconds(self._trading.simulation.timestamp)
        if code == "on" and status == "SUCCESS":
            # Of new orders the venue tells seconds.
            now = Decimal(now).scaleb(-3)
        return [now, f"{code}-req", None, None, info, None, status, text]

    # Orders.

    def _new(self, user: str, asked: Any, record: OrderRecord) -> tuple[Any, str]:
        request, stop = new_orders(self._trading, asked)
        orders = self._trading.add(user, request, stop)
        record.orders.extend(orders)
        return _submitted(orders[0]), f"Submitting {_words(orders[0])} for {_amount(orders[0])}."

    def _update(self, user: str, asked: Any, record: OrderRecord) -> tuple[Any, str]:
        order = self._found(user, asked)
        record.orders.append(order)
        if not order.is_open:
            raise Declined("Order not found.")
        self._trading.update(order, *amendment(order, asked, self._trading.simulation.timestamp))
        return order_row(order), f"Submitting update to {_words(order)} for {_amount(order)}."

    def _cancel(self, user: str, asked: Any, record: OrderRecord) -> tuple[Any, str]:
        order = self._found(user, asked)
        record.orders.append(order)
        # As it was when the request came: that it is gone is told by the order itself.
        row = order_row(order)
        self._trading.cancel(order)
        if asked.get("id") is None:
            row = refused_row({"cid": asked.get("cid")})
        return row, f"{_WAITING} (ID: {order.id})."

    def _cancel_multi(self, user: str, asked: Any, record: OrderRecord) -> tuple[Any, str]:
        if not isinstance(asked, dict) or not asked:
            raise Declined("input: invalid", 10020)
        orders = self._chosen(user, asked)
        rows = [order_row(order) for order in orders]
        record.orders.extend(self._trading.cancel_these(orders))
        return rows, f"{_WAITING} ({len(rows)} orders)."

    def _chosen(self, user: str, asked: Mapping[str, Any]) -> list[Order]:
        opened = self._trading.open_of(user)
        if asked.get("all"):
            return opened
        ids, gids, cids = (asked.get(name, []) for name in ("id", "gid", "cid"))
        if not all(isinstance(each, list) for each in (ids, gids, cids)):
            raise Declined("input: invalid", 10020)
        wanted = {str(each) for each in ids}
        chosen = [order for order in opened if order.id in wanted or placed(order).gid in gids]
        for each in cids:
            if not isinstance(each, list) or len(each) != 2:
                raise invalid("cid")
            try:
                chosen.append(self._trading.find(user, cid=each[0], date=str(each[1])))
            except Declined:
                continue
        return list(dict.fromkeys(chosen))

    def _several(self, user: str, asked: Any, record: OrderRecord) -> tuple[Any, str]:
        ops = asked.get("ops") if isinstance(asked, dict) else asked
        if not isinstance(ops, list) or not 1 <= len(ops) <= MOST_OPS:
            raise Declined("input: invalid", 10020)
        if not all(isinstance(op, list) and len(op) == 2 and op[0] in _IN_BATCHES for op in ops):
            raise Declined("input: invalid", 10020)
        answers = [self.answer(user, code, payload, record) for code, payload in ops]
        return answers, f"Submitting {len(ops)} order operations."

    def _found(self, user: str, asked: Any) -> Order:
        if not isinstance(asked, dict):
            raise Declined("input: invalid", 10020)
        number, cid = asked.get("id"), whole(asked, "cid")
        if number is None and cid is not None:
            return self._trading.find(user, cid=cid, date=date_of(asked))
        if type(number) is not int or number <= 0:
            raise invalid("id")
        return self._trading.find(user, id=number)

    # Offers.

    def _offer(self, user: str, asked: Any, _: OrderRecord) -> tuple[Any, str]:
        offer = self._offers.submit(user, asked)
        rate = text_of((offer.rate * 100).quantize(Decimal("0.001")))
        what = f"{text_of(offer.amount.normalize() + 0)} {offer.symbol[1:]} at {rate}"
        return offer.row(), f"Submitting funding offer of {what} for {offer.period} days."

    def _cancel_offer(self, user: str, asked: Any, _: OrderRecord) -> tuple[Any, str]:
        number = asked.get("id") if isinstance(asked, dict) else None
        offer = self._offers.cancel(user, number)
        return offer.row(), f"Your {offer.symbol[1:]} offer {offer.id} has been canceled."

    def _cancel_offers(self, user: str, asked: Any, _: OrderRecord) -> tuple[Any, str]:
        currency = asked.get("currency") if isinstance(asked, dict) else None
        symbol = None if currency is None else f"f{currency}"
        offers: list[Offer] = self._offers.open_of(user, symbol)
        for offer in offers:
            self._offers.cancel(user, offer.id)
        return None, "None to cancel" if not offers else f"{len(offers)} offers have been canceled."

    def _refused(self, code: str, payload: Any, declined: Declined) -> Any:
        if not isinstance(payload, dict) or code in {"oc_multi", "ox_multi", "foc_all"}:
            return None
        if code in {"fon", "foc"}:
            return [payload.get("id"), payload.get("symbol"), *[None] * 19]
        if code == "oc" and declined.text == "id: invalid":
            return refused_row({"id": 0})
        if code in {"oc", "ou"}:
            return refused_row({name: payload.get(name) for name in ("id", "cid", "gid")})
        return refused_row(payload)


_IN_BATCHES = {"on", "ou", "oc", "oc_multi"}


def _submitted(order: Order) -> list[Any]:
    """An order as it was when it was accepted, whatever has become of it since."""
    row = order_row(order)
    row[5], row[6], row[13], row[17] = row[4], row[7], "ACTIVE", 0
    return row


def _words(order: Order) -> str:
    return f"{placed(order).words.lower()} {order.request.side} order"


def _amount(order: Order) -> str:
    amount = signed(order.request.size or Decimal(0), order.request.side)
    base = order.request.symbol[1:].partition(":")[0][: None if ":" in order.request.symbol else 3]
    return f"{text_of(amount.normalize() + 0)} {base}"
