"""REST of spot orders that wait for a price, and of two of which one cancels the other.

Source: KuCoin's pages "Add Stop Order", "Get Stop Order By OrderId", "Add OCO Order" and their neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import evolve

from rxex.exchanges.kucoin.sandbox.instruments import SPOT
from rxex.exchanges.kucoin.sandbox.orders_refusals import STOPS, UNKNOWN_ORDER, declined, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import TRADE_TYPES, Wish, amount, choice, read_wish, text
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop, StopBook
from rxex.exchanges.kucoin.sandbox.private import user_id
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.trading import Trading
from rxex.exchanges.kucoin.sandbox.trading_rest import body_of, paged
from rxex.sandbox.order_checks import check_request, fits
from rxex.sandbox.orders import Refused, RefusedFor

__all__ = ["StopRest", "stop_row"]

Result = dict[str, Any]
SpotStop: TypeAlias = Stop[Wish]
_STOPS, _OCO = "/api/v1/stop-order", "/api/v3/oco"
_STATES = {"open": "NEW", "triggered": "TRIGGERED", "cancel": "CANCELLED"}


class StopRest:
    """The endpoints of one exchange."""

    def __init__(self, trading: Trading, stops: StopBook[Wish]) -> None:
        """Serve ``stops``, which release orders on ``trading``."""
        self._trading = trading
        self._stops = stops
        self._pairs: dict[str, tuple[SpotStop, SpotStop]] = {}

    @property
    def routes(self) -> list[Route]:
        """The endpoints, for the server."""
        rows: list[tuple[str, str, Callable[[Call], Any], int]] = [
            ("POST", _STOPS, self._add, 1),
            ("DELETE", f"{_STOPS}/{{orderId}}", self._cancel, 3),
            ("DELETE", f"{_STOPS}/cancelOrderByClientOid", self._cancel_by_client_id, 5),
            ("DELETE", f"{_STOPS}/cancel", self._cancel_several, 3),
            ("GET", _STOPS, self._list, 8),
            ("GET", f"{_STOPS}/{{orderId}}", self._get, 3),
            ("GET", f"{_STOPS}/queryOrderByClientOid", self._get_by_client_id, 3),
            ("POST", f"{_OCO}/order", self._add_pair, 2),
            ("DELETE", f"{_OCO}/order/{{orderId}}", self._cancel_pair, 3),
            ("DELETE", f"{_OCO}/client-order/{{clientOid}}", self._cancel_pair, 3),
            ("DELETE", f"{_OCO}/orders", self._cancel_pairs, 3),
            ("GET", f"{_OCO}/order/{{orderId}}", self._get_pair, 2),
            ("GET", f"{_OCO}/client-order/{{clientOid}}", self._get_pair, 2),
            ("GET", f"{_OCO}/order/details/{{orderId}}", self._get_pair_details, 2),
            ("GET", f"{_OCO}/orders", self._list_pairs, 2),
        ]
        return [Route(SPOT, *row[:3], "spot", row[3], is_signed=True) for row in rows]

    # One stop.

    def _add(self, call: Call) -> Result:
        body = body_of(call)
        trade_type = choice(body, "tradeType", TRADE_TYPES, "TRADE")
        wish = read_wish(body, trade_type=trade_type, now=self._trading.simulation.timestamp)
        price = _needed(body, "stopPrice")
        self._check(wish, price)
        rises = price >= self._trading.last(wish.symbol)
        word = choice(body, "stop", ("loss", "entry"), "entry" if rises else "loss")
        if wish.client_oid is not None and self._stops.find(call.account, client_id=wish.client_oid) is not None:
            raise declined(Refused(RefusedFor.CLIENT_ID), STOPS)
        stop = self._stop(call.account, wish, word, price, rises=word == "entry")
        self._stops.add(stop)
        return {"orderId": stop.id, "clientOid": wish.client_oid or ""}

    def _cancel(self, call: Call) -> Result:
        return {"cancelledOrderIds": self._end([self._mine(call, id=call.parts["orderId"])])}

    def _cancel_by_client_id(self, call: Call) -> Result:
        stop = self._mine(call, client_id=text(call.query, "clientOid"))
        return {"clientOid": stop.client_id, "cancelledOrderId": self._end([stop])[0]}

    def _cancel_several(self, call: Call) -> Result:
        return {"cancelledOrderIds": self._end(self._wanted(call, self._stops.waiting(call.account)))}

    def _list(self, call: Call) -> Result:
        stops = self._wanted(call, reversed(self._stops.waiting(call.account)))
        return paged(call.query, [self._record(stop) for stop in stops], usual=50)

    def _get(self, call: Call) -> Result | None:
        stop = self._stops.find(call.account, id=call.parts["orderId"])
        return None if stop is None else self._record(stop)

    def _get_by_client_id(self, call: Call) -> list[Result]:
        stop = self._stops.find(call.account, client_id=text(call.query, "clientOid"))
        return [] if stop is None else [self._record(stop)]

    # Two of which one cancels the other.

    def _add_pair(self, call: Call) -> Result:
        body = body_of(call)
        limit = read_wish({**body, "type": "limit"}, now=self._trading.simulation.timestamp)
        if limit.client_oid is None:
            raise invalid("clientOid")
        if self._pair(call.account, client_id=limit.client_oid) is not None:
            raise declined(Refused(RefusedFor.CLIENT_ID), STOPS)
        trigger, stop_limit = _needed(body, "stopPrice"), _needed(body, "limitPrice")
        if limit.price is None or (trigger > limit.price) is not (limit.side.value == "buy"):
            raise invalid("stopPrice")
        self._check(limit, trigger)
        try:
            self._trading.add(call.account, limit, validate=True)
        except Declined as refused:
            raise (declined(Refused(RefusedFor.FUNDS), STOPS) if refused.code == "102421" else refused) from None
        buys = limit.side.value == "buy"
        plain_wish = evolve(limit, client_oid=None)
        # Each releases a limit order: one at its own price, the other at another one.
        first = self._stop(call.account, plain_wish, "l_l_o" if buys else "e_l_o", limit.price, rises=not buys)
        stop_wish = evolve(plain_wish, price=stop_limit)
        second = self._stop(call.account, stop_wish, "e_s_o" if buys else "l_s_o", trigger, rises=buys)
        first.pair, second.pair = second, first
        first.client_id = second.client_id = limit.client_oid
        number = self._trading.stop_id()
        self._pairs[number] = first, second
        for stop in (first, second):
            self._stops.add(stop)
        return {"orderId": number}

    def _cancel_pair(self, call: Call) -> Result:
        number = self._number_of(call)
        ended = self._end(stop for stop in self._pairs[number] if stop.state == "open")
        if not ended:
            raise Declined(*UNKNOWN_ORDER)
        return {"cancelledOrderIds": ended}

    def _cancel_pairs(self, call: Call) -> Result:
        symbol, ids = text(call.query, "symbol"), text(call.query, "orderIds")
        wanted = [
            stop
            for number, pair in self._pairs.items()
            for stop in pair
            if stop.user == call.account
            and stop.state == "open"
            and symbol in {"", stop.symbol}
            and (not ids or number in ids.split(","))
        ]
        return {"cancelledOrderIds": self._end(wanted)}

    def _get_pair(self, call: Call) -> Result:
        return self._pair_record(self._number_of(call))

    def _get_pair_details(self, call: Call) -> Result:
        number = self._number_of(call)
        orders = [
            {
                "id": stop.id,
                "symbol": stop.symbol,
                "side": stop.wish.side.value,
                "price": plain(stop.wish.price or stop.price),
                "stopPrice": plain(stop.price),
                "size": plain(stop.wish.size or Decimal(0)),
                "status": _STATES[stop.state],
            }
            for stop in self._pairs[number]
        ]
        return {**self._pair_record(number), "orders": orders}

    def _list_pairs(self, call: Call) -> Result:
        symbol = text(call.query, "symbol")
        numbers = [
            number
            for number, (stop, _) in self._pairs.items()
            if stop.user == call.account and symbol in {"", stop.symbol}
        ]
        return paged(call.query, [self._pair_record(number) for number in reversed(numbers)], usual=50)

    # The inside.

    def _check(self, wish: Wish, price: Decimal) -> None:
        """Decline what could never be placed, whatever the account and the market are like then."""
        terms = self._trading.engine.terms.get(wish.symbol)
        if terms is None:
            raise declined(Refused(RefusedFor.SYMBOL), STOPS)
        if not fits(price, terms.price_digits):
            raise declined(Refused(RefusedFor.TICK), STOPS)
        now = self._trading.simulation.timestamp
        try:
            if wish.funds is None:
                check_request(wish.new_order(now), terms, now)
        except Refused as refused:
            raise declined(refused, STOPS) from None

    def _stop(self, user: str, wish: Wish, word: str, price: Decimal, *, rises: bool) -> SpotStop:
        now = self._trading.simulation.timestamp
        named = evolve(wish, stop=word)
        return Stop(self._trading.stop_id(), user, wish.symbol, word, price, rises, named, wish.client_oid, now)

    def _mine(self, call: Call, *, id: str | None = None, client_id: str | None = None) -> SpotStop:  # noqa: A002
        stop = self._stops.find(call.account, id=id, client_id=client_id)
        if stop is None or stop.state != "open":
            raise Declined(*UNKNOWN_ORDER)
        return stop

    def _end(self, stops: Iterable[SpotStop]) -> list[str]:
        ended: list[str] = []
        for stop in list(stops):
            self._stops.cancel(stop)
            ended.append(stop.id)
        return ended

    def _wanted(self, call: Call, stops: Iterable[SpotStop]) -> list[SpotStop]:
        query = call.query
        symbol, kind, ids, side = (text(query, name) for name in ("symbol", "tradeType", "orderIds", "side"))
        return [
            stop
            for stop in stops
            if symbol in {"", stop.symbol}
            and kind in {"", stop.wish.trade_type}
            and side in {"", stop.wish.side.value}
            and (not ids or stop.id in ids.split(","))
        ]

    def _pair(self, user: str, *, client_id: str) -> str | None:
        return next(
            (number for number, (stop, _) in self._pairs.items() if stop.user == user and stop.client_id == client_id),
            None,
        )

    def _number_of(self, call: Call) -> str:
        number = call.parts.get("orderId") or self._pair(call.account, client_id=call.parts.get("clientOid", ""))
        pair = self._pairs.get(number or "")
        if number is None or pair is None or pair[0].user != call.account:
            raise Declined("400100", "order not exist.")
        return number

    def _pair_record(self, number: str) -> Result:
        first, second = self._pairs[number]
        states = {first.state, second.state}
        word = "TRIGGERED" if "triggered" in states else "NEW" if "open" in states else "CANCELLED"
        done = next((stop.order for stop in (first, second) if stop.order is not None), None)
        return {
            "orderId": number,
            "symbol": first.symbol,
            "clientOid": first.client_id,
            "orderTime": first.created // 10**6,
            "status": "DONE" if done is not None and not done.is_open else word,
        }

    def _record(self, stop: SpotStop) -> Result:
        wish, terms = stop.wish, self._trading.engine.terms[stop.symbol]
        return {
            "id": stop.id,
            "symbol": stop.symbol,
            "userId": user_id(stop.user),
            "status": _STATES[stop.state],
            "type": wish.type,
            "side": wish.side.value,
            "price": plain(wish.price or Decimal(0)),
            "size": None if wish.size is None else plain(wish.size),
            "funds": None if wish.funds is None else plain(wish.funds),
            "stp": wish.stp or None,
            "timeInForce": wish.time_in_force,
            "cancelAfter": wish.cancel_after,
            "postOnly": wish.post_only,
            "hidden": wish.hidden,
            "iceberg": wish.iceberg,
            "visibleSize": None if wish.visible_size is None else plain(wish.visible_size),
            "channel": "API",
            "clientOid": stop.client_id or "",
            "remark": wish.remark or None,
            "tags": wish.tags or None,
            "orderTime": stop.created,
            "domainId": "kucoin",
            "tradeSource": "USER",
            "tradeType": wish.trade_type,
            "feeCurrency": terms.quote,
            "takerFeeRate": plain(terms.taker),
            "makerFeeRate": plain(terms.maker),
            "createdAt": stop.created // 10**6,
            "stop": stop.word,
            "stopTriggerTime": None if stop.triggered is None else stop.triggered // 10**6,
            "stopPrice": plain(stop.price),
            "relatedNo": None if stop.pair is None else stop.pair.id,
            "limitPrice": None if stop.pair is None else plain(wish.price or stop.price),
        }


def stop_row(stop: SpotStop, kind: str, now: int) -> Result:
    """What the private topic tells of a stop: ``open``, ``triggered`` or ``cancel``."""
    wish = stop.wish
    success = {"triggerSuccess": stop.order is not None} if kind == "triggered" else {}
    amounts: Mapping[str, Decimal | None] = {"orderPrice": wish.price, "size": wish.size, "funds": wish.funds}
    return {
        "orderId": stop.id,
        **{name: plain(value) for name, value in amounts.items() if value is not None},
        "orderType": "stop",
        "side": wish.side.value,
        "stop": stop.word,
        "stopPrice": plain(stop.price),
        "symbol": stop.symbol,
        "tradeType": wish.trade_type,
        "type": kind,
        **success,
        "createdAt": stop.created // 10**6,
        "ts": now,
    }


def _needed(params: Mapping[str, Any], name: str) -> Decimal:
    value = amount(params, name)
    if value is None:
        raise invalid(name)
    return value
