"""WebSocket v1, private endpoint, as its server speaks it.

https://docs.kraken.com/api/docs/websocket-v1/openorders and its neighbours; error texts as recorded from the venue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rxex.codec import encode, text_of
from rxex.exchanges.kraken.models import to_v1
from rxex.exchanges.kraken.sandbox.order_rates import RATE_LIMIT
from rxex.exchanges.kraken.sandbox.order_requests import deadline, invalid
from rxex.exchanges.kraken.sandbox.private import Feed, PrivateProtocol
from rxex.exchanges.kraken.sandbox.records_v1 import described, order_patch, order_record, trade_record
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.requests_v1 import amendment_v1, edited_v1, flag, integer, new_order_v1
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import EventKind, Order, OrderEvent
from rxex.sandbox.session import Session
from rxex.typing import Json

__all__ = ["PrivateV1"]

_CHANNELS = {
    "openOrders": {"name", "token", "reqid", "ratecounter", "rebased"},
    "ownTrades": {"name", "token", "reqid", "snapshot", "consolidate_taker", "rebased"},
}
_PUBLIC = {"ticker", "trade", "book", "ohlc", "spread"}
_METHODS = {"addOrder", "amendOrder", "editOrder", "cancelOrder", "cancelAll", "cancelAllOrdersAfter"}
_RECENT_TRADES = 50
_SHORTEST_DEADLINE = 500 * 10**6


class PrivateV1(PrivateProtocol):
    """The private v1 endpoint."""

    heartbeat = '{"event":"heartbeat"}'

    def status(self, session: Session | None) -> str:
        """A systemStatus frame; only the greeting has a connection id."""
        number = {} if session is None else {"connectionID": 2**63 + self.trading.random.getrandbits(63)}
        return encode({**number, "event": "systemStatus", "status": self.simulation.system, "version": "1.9.1"})

    def frame(self, feed: Feed, kind: str, rows: Any) -> str:  # noqa: ARG002 - v1 has but one kind
        """A frame of a private channel."""
        return encode([rows, feed.channel, {"sequence": feed.sequence}])

    def rows(self, feed: Feed, event: OrderEvent) -> list[dict[str, Any]] | None:
        """An order's change, or a trade."""
        if feed.channel == "ownTrades":
            return None if event.fill is None else [_trade(event.fill)]
        order = event.order
        row = order_patch(event)
        if event.kind is EventKind.ACCEPTED:
            row = {**order_record(order), "status": "pending"}
        if feed.options.get("ratecounter"):
            symbol, now = order.request.symbol, self.simulation.now
            row["ratecount"] = self.trading.rates.count(order.account, symbol, now)
        return [{order.id: row}]

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""
        if not isinstance(message, dict) or not isinstance(message.get("event"), str):
            self._say(session, {"errorMessage": "Malformed request", "event": "error", "status": "error"})
            return
        event: str = message["event"]
        if event == "ping":
            self._say(session, {"event": "pong", **_echo(message)})
        elif event in {"subscribe", "unsubscribe"}:
            self._subscribe_or_unsubscribe(session, message)
        elif event in _METHODS:
            self.trade(session, event, message, _record(event, message))
        else:
            error = {"errorMessage": "Event(s) not found", "event": "error", **_echo(message), "status": "error"}
            self._say(session, error)

    # Feeds.

    def _subscribe_or_unsubscribe(self, session: Session, request: Mapping[str, Any]) -> None:
        subscription = request.get("subscription")
        named = subscription if isinstance(subscription, dict) else {}
        shown = {name: value for name, value in named.items() if name not in {"token", "reqid"}}
        try:
            channel, account = self._wanted(session, subscription)
            status = self._subscribe(session, request, channel, account, named)
        except Declined as declined:
            answer = {"errorMessage": declined.text, "event": "subscriptionStatus", **_echo(request), "status": "error"}
            self._say(session, {**answer, "subscription": shown})
            return
        if status == "subscribed" and channel == "openOrders":
            shown = {"maxratecount": RATE_LIMIT, **shown}
        answer = {"channelName": channel, "event": "subscriptionStatus", **_echo(request), "status": status}
        self._say(session, {**answer, "subscription": shown})
        if status == "subscribed":
            self._begin_feed(session, channel, named)

    def _wanted(self, session: Session, subscription: Any) -> tuple[str, str]:
        if not isinstance(subscription, dict):
            raise Declined("Subscription field must be an object")
        channel = subscription.get("name")
        if channel in _PUBLIC:
            raise Declined("Public channels not available in this endpoint")
        if channel not in _CHANNELS:
            raise Declined("Subscription name invalid")
        if not subscription.keys() <= _CHANNELS[channel]:
            raise Declined("Subscription object unsupported field")
        return channel, self._account(session, subscription)

    def _subscribe(
        self, session: Session, request: Mapping[str, Any], channel: str, account: str, options: Mapping[str, Any]
    ) -> str:
        if request["event"] == "unsubscribe":
            if channel not in session.state.feeds:
                raise Declined("Subscription Not Found")
            self.unsubscribe(session, channel)
            return "unsubscribed"
        if channel in session.state.feeds:
            raise Declined("Already subscribed")
        refusal = self.simulation.refusal_of(session, channel)
        if refusal is not None:
            raise Declined(refusal or "EService:Unavailable")
        self.subscribe(session, channel, account, options["token"], options)
        return "subscribed"

    def _begin_feed(self, session: Session, channel: str, options: Mapping[str, Any]) -> None:
        feed: Feed = session.state.feeds[channel]
        if session.injector.silences():
            session.silent.add((channel, ""))
        if channel == "openOrders":
            orders = self.trading.engine.open_orders(feed.account)
            self.tell(feed, "snapshot", [{order.id: order_record(order)} for order in orders])
        elif options.get("snapshot", True):
            fills = [fill for order in self.trading.orders_of(feed.account) for fill in order.fills]
            newest = sorted(fills, key=lambda fill: fill.trade_id, reverse=True)[:_RECENT_TRADES]
            self.tell(feed, "snapshot", [_trade(fill) for fill in newest])

    # Orders.

    def answers(self, session: Session, request: Mapping[str, Any], record: OrderRecord) -> Iterator[str]:
        """Carry out a request; a cancelOrder of several orders has an answer for each."""
        event: str = request["event"]
        try:
            account = record.account = self._account(session, request)
            if event == "cancelOrder":
                yield from self._cancel_order(account, request, record)
                return
            carry_out: Callable[[str, Mapping[str, Any], OrderRecord], dict[str, Any]]
            carry_out = {
                "addOrder": self._add_order,
                "amendOrder": self._amend_order,
                "editOrder": self._edit_order,
                "cancelAll": self._cancel_all,
                "cancelAllOrdersAfter": self._cancel_all_after,
            }[event]
            answer = carry_out(account, request, record)
        except Declined as declined:
            yield self._declined(event, request, declined, record)
        else:
            yield encode({**answer, "event": f"{event}Status", **_echo(request), "status": "ok"})

    def failure(self, method: str, request: Mapping[str, Any]) -> str:
        """A no that says nothing of what became of the request."""
        error = {"errorMessage": "EGeneral:Internal error", "event": f"{method}Status", **_echo(request)}
        return encode({**error, "status": "error"})

    def _add_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        validate = flag(params.get("validate"))
        due = self._deadline(params, record)
        order = self.trading.add(account, new_order_v1(self.trading, params), deadline=due, validate=validate)
        if validate:
            return {"descr": described(order)}
        record.orders.append(order)
        return {"descr": described(order), "txid": order.id}

    def _amend_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        ids = {name: str(params[name]) for name in ("txid", "cl_ord_id") if name in params}
        if len(ids) != 1:
            raise invalid("txid")
        order = self.trading.find(account, id=ids.get("txid"), client_id=ids.get("cl_ord_id"))
        record.orders.append(order)
        change = amendment_v1(params, order, self.trading.last(order.request.symbol))
        return {"amend_id": self.trading.amend(account, order, change, deadline=self._deadline(params, record)), **ids}

    def _edit_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        (old,) = self._orders(account, str(params.get("orderid")))[:1]
        request = edited_v1(params, old, self.trading.last(old.request.symbol))
        validate = flag(params.get("validate"))
        new = self.trading.edit(account, old, request, deadline=self._deadline(params, record), validate=validate)
        record.orders.extend([old] if validate else [old, new])
        price = "" if new.price is None else f" price = {text_of(new.price)}"
        return {"descr": f"order edited{price}", "originaltxid": old.id, "txid": new.id}

    def _cancel_all(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:  # noqa: ARG002
        record.orders.extend(self.trading.cancel_all(account))
        return {"count": len(record.orders)}

    def _cancel_all_after(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:  # noqa: ARG002
        timeout = integer(params.get("timeout"), "timeout")
        if timeout is None:
            raise invalid("timeout")
        now, due = self.trading.cancel_all_after(account, timeout)
        return {"currentTime": _second(now), "triggerTime": "0" if due is None else _second(due)}

    def _cancel_order(self, account: str, request: Mapping[str, Any], record: OrderRecord) -> Iterator[str]:
        ids, client_ids = request.get("txid", []), request.get("cl_ord_id", [])
        if not isinstance(ids, list) or not isinstance(client_ids, list) or not ids + client_ids:
            raise invalid("txid")
        for name, each in [*(("txid", each) for each in ids), *(("cl_ord_id", each) for each in client_ids)]:
            try:
                found = (
                    self._orders(account, str(each))
                    if name == "txid"
                    else [self.trading.find(account, client_id=str(each))]
                )
                for order in found:
                    self.trading.cancel(order)
                    record.orders.append(order)
            except Declined as declined:
                # The venue does not say which one.
                yield self._declined("cancelOrder", request, declined, record)
            else:
                yield encode({"event": "cancelOrderStatus", **_echo(request), "status": "ok"})

    def _orders(self, account: str, text: str) -> list[Order]:
        """The orders of an id, or of a user's number."""
        if text.lstrip("-").isdigit():
            orders = self.trading.by_reference(account, int(text))
            if not orders:
                raise Declined("EOrder:Unknown order")
            return orders
        return [self.trading.find(account, id=text)]

    # The inside.

    def _account(self, session: Session, params: Mapping[str, Any]) -> str:
        token = params.get("token")
        account = self.trading.tokens.account_of(token, session.number) if isinstance(token, str) else None
        if account is None:
            raise Declined("ESession:Invalid session")
        return account

    def _deadline(self, params: Mapping[str, Any], record: OrderRecord) -> int:
        return deadline(params.get("deadline"), self.trading.moment(record.time), _SHORTEST_DEADLINE)

    def _declined(self, event: str, request: Mapping[str, Any], declined: Declined, record: OrderRecord) -> str:
        # v1 has an older word for it.
        text = declined.text.replace(
            "EGeneral:Invalid arguments:volume minimum not met", "EOrder:Order minimum not met"
        )
        record.errors.append(text)
        return encode({"errorMessage": text, "event": f"{event}Status", **_echo(request), "status": "error"})

    def _say(self, session: Session, answer: Mapping[str, Any]) -> None:
        self.simulation.answer(session, encode(dict(answer)))


def _trade(fill: Any) -> dict[str, Any]:
    return {fill.id: trade_record(fill, to_v1(fill.order.request.symbol))}


def _record(event: str, request: Mapping[str, Any]) -> OrderRecord:
    known = {name: value for name, value in request.items() if name != "token"}
    client_id, reference = known.get("cl_ord_id"), str(known.get("userref", ""))
    return OrderRecord(
        time=0.0,
        session=None,
        method=event,
        request=known,
        client_id=client_id if isinstance(client_id, str) else None,
        reference=int(reference) if reference.lstrip("-").isdigit() else None,
    )


def _echo(request: Mapping[str, Any]) -> dict[str, Any]:
    # The venue's page draws the id of a subscribe inside the subscription, its clients send it outside.
    subscription = request.get("subscription")
    inside = subscription.get("reqid") if isinstance(subscription, dict) else None
    number = request.get("reqid", inside)
    return {} if number is None else {"reqid": number}


def _second(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
