"""REST of futures orders, without HTTP; sizes are lots.

Sources: KuCoin's futures pages "Add Order", "Cancel Order By OrderId", "Batch Cancel Orders", "Get Order List",
"Get Trade History" and their neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import evolve

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from rxex.exchanges.kucoin.sandbox.orders_futures import FuturesWish, read_futures_wish
from rxex.exchanges.kucoin.sandbox.orders_http import Ledgered, Operation
from rxex.exchanges.kucoin.sandbox.orders_refusals import FUTURES as WORDS
from rxex.exchanges.kucoin.sandbox.orders_refusals import declined, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import amount, choice, text, whole
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop, StopBook
from rxex.exchanges.kucoin.sandbox.positions_rest import contract_of
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.trading_futures import FuturesTrading
from rxex.exchanges.kucoin.sandbox.trading_futures_records import futures_fill, futures_order, futures_stop
from rxex.exchanges.kucoin.sandbox.trading_rest import body_of, object_of, paged
from rxex.sandbox.order_checks import check_request, fits
from rxex.sandbox.orders import Order, Refused, RefusedFor

__all__ = ["FuturesRest"]

Result = dict[str, Any]
FuturesStop: TypeAlias = Stop[FuturesWish]
_MOST_IN_BATCH = 20
_GONE = ("100004", "The order cannot be canceled.")
_DONE_FOR = 86_400 * 10**9


class FuturesRest:
    """The endpoints of one exchange."""

    def __init__(self, trading: FuturesTrading, stops: StopBook[FuturesWish], ledgered: Ledgered) -> None:
        """Serve ``trading`` and ``stops``; ``ledgered`` has the record of the request that is being carried out."""
        self._trading = trading
        self._stops = stops
        self._ledgered = ledgered

    @property
    def routes(self) -> list[Route]:
        """The endpoints, for the server."""
        orders = "/api/v1/orders"
        rows: list[tuple[str, str, Callable[[Call], Any], int]] = [
            ("POST", orders, lambda call: self.place(call.account, body_of(call)), 2),
            ("POST", f"{orders}/test", self._test, 2),
            ("POST", f"{orders}/multi", lambda call: self.place_several(call.account, call.body), 20),
            ("POST", "/api/v1/st-orders", self._add_with_exits, 2),
            ("DELETE", f"{orders}/{{orderId}}", lambda call: self.cancel(call.account, call.parts), 1),
            ("DELETE", f"{orders}/client-order/{{clientOid}}", self._cancel_by_client_id, 1),
            ("DELETE", f"{orders}/multi-cancel", lambda call: self.cancel_several(call.account, body_of(call)), 20),
            ("DELETE", "/api/v3/orders", self._cancel_all, 10),
            ("DELETE", "/api/v1/stopOrders", self._cancel_stops, 15),
            ("GET", f"{orders}/{{orderId}}", self._get, 5),
            ("GET", f"{orders}/byClientOid", self._get_by_client_id, 5),
            ("GET", orders, self._list, 2),
            ("GET", "/api/v1/recentDoneOrders", self._recent, 5),
            ("GET", "/api/v1/stopOrders", self._list_stops, 6),
            ("GET", "/api/v1/openOrderStatistics", self._statistics, 10),
            ("GET", "/api/v1/fills", self._fills, 5),
            ("GET", "/api/v1/recentFills", self._recent_fills, 3),
        ]
        return [Route(FUTURES, *row[:3], "futures", row[3], is_signed=True) for row in rows]

    @property
    def operations(self) -> dict[str, Operation]:
        """What the gateway has of them."""
        return {
            "futures.order": Operation(lambda user, args: self.place(user, object_of(args)), FUTURES, 2),
            "futures.cancel": Operation(self._cancel_operation, FUTURES, 1),
            "futures.multi_order": Operation(self.place_several, FUTURES, 20),
            "futures.multi_cancel": Operation(
                lambda user, args: self.cancel_several(user, object_of(args)), FUTURES, 20
            ),
        }

    # Placing.

    def place(self, user: str, params: Mapping[str, Any]) -> Result:
        """Place an order, or have it wait for a price."""
        wish = self._read(params)
        if wish.stop:
            return self._wait(user, wish)
        order = self._ledgered.note(self._trading.add(user, wish))
        return {"orderId": order.id, "clientOid": wish.client_oid}

    def place_several(self, user: str, wishes: Any) -> list[Result]:
        """Place several, each on its own."""
        if not isinstance(wishes, list) or not 1 <= len(wishes) <= _MOST_IN_BATCH:
            raise invalid("orders", "100001")
        results: list[Result] = []
        for wish in wishes:
            params = wish if isinstance(wish, dict) else {}
            named = {"clientOid": params.get("clientOid"), "symbol": params.get("symbol")}
            try:
                results.append({**named, **self.place(user, params), "code": "200000", "msg": "success"})
            except Declined as refused:
                self._ledgered.refused(refused)
                results.append({"orderId": None, **named, "code": refused.code, "msg": refused.text})
        return results

    def _test(self, call: Call) -> Result:
        wish = self._read(body_of(call))
        order = self._trading.add(call.account, wish.released(), validate=True)
        return {"orderId": order.id, "clientOid": wish.client_oid}

    def _add_with_exits(self, call: Call) -> Result:
        """Place an order, and the stops that take its profit and stop its loss."""
        body = body_of(call)
        prices = {"up": amount(body, "triggerStopUpPrice"), "down": amount(body, "triggerStopDownPrice")}
        kind = choice(body, "stopPriceType", ("TP", "MP", "IP"), "TP")
        wish = self._read({name: value for name, value in body.items() if name != "stopPriceType"})
        for name, price in prices.items():
            if price is not None:
                self._check(evolve(wish, stop=name, stop_price=price))
        order = self._ledgered.note(self._trading.add(call.account, wish))
        exits: list[FuturesStop] = []
        for name, price in prices.items():
            if price is not None:
                out = evolve(
                    wish,
                    side=None,
                    type="market",
                    price=None,
                    close_order=True,
                    stop_price_type=kind,
                    client_oid=f"{wish.client_oid[:36]}-{name}",
                )
                exits.append(self._stop(call.account, out, name, price))
        if len(exits) > 1:
            exits[0].pair, exits[1].pair = exits[1], exits[0]
        for stop in exits:
            self._stops.add(stop)
        return {"orderId": order.id, "clientOid": wish.client_oid}

    def _wait(self, user: str, wish: FuturesWish) -> Result:
        price = self._check(wish)
        if self._stops.find(user, client_id=wish.client_oid) is not None:
            raise declined(Refused(RefusedFor.CLIENT_ID), WORDS)
        stop = self._stop(user, wish, wish.stop, price)
        self._stops.add(stop)
        return {"orderId": stop.id, "clientOid": wish.client_oid}

    def _check(self, wish: FuturesWish) -> Decimal:
        """Decline what could never be placed; give the price that it waits for."""
        terms, price = self._trading.engine.terms[wish.symbol], wish.stop_price
        if price is None or not fits(price, terms.price_digits):
            raise declined(Refused(RefusedFor.TICK), WORDS)
        try:
            if wish.side is not None and wish.lots is not None:
                check_request(wish.new_order(wish.side, wish.lots, Decimal(1)), terms, 0)
        except Refused as refused:
            raise declined(refused, WORDS) from None
        return price

    def _stop(self, user: str, wish: FuturesWish, word: str, price: Decimal) -> FuturesStop:
        now, number = self._trading.simulation.timestamp, self._trading.ids.order()
        return Stop(number, user, wish.symbol, word, price, word == "up", wish, wish.client_oid, now)

    def _read(self, params: Mapping[str, Any]) -> FuturesWish:
        return read_futures_wish(params, {symbol: self._trading.last(symbol) for symbol in self._trading.engine.terms})

    # Canceling.

    def cancel(self, user: str, params: Mapping[str, Any]) -> Result:
        """Cancel the order, or the stop, of an ``orderId``."""
        number = text(params, "orderId")
        order, stop = self._trading.find(user, id=number), self._stops.find(user, id=number)
        if order is not None:
            self._trading.cancel(self._ledgered.note(order))
        elif stop is not None and stop.state == "open":
            self._stops.cancel(stop)
        else:
            raise Declined(*_GONE)
        return {"cancelledOrderIds": [number]}

    def _cancel_by_client_id(self, call: Call) -> Result:
        return self._cancel_operation(call.account, {**call.query, **call.parts})

    def _cancel_operation(self, user: str, args: Any) -> Result:
        params = object_of(args)
        if text(params, "orderId"):
            return self.cancel(user, params)
        oid, symbol = text(params, "clientOid"), text(params, "symbol")
        if not oid or not symbol:
            raise invalid("symbol" if oid else "orderId", "100001")
        order = self._trading.find(user, client_id=oid, symbol=symbol)
        stop = self._stops.find(user, client_id=oid)
        number = order.id if order is not None else stop.id if stop is not None and stop.symbol == symbol else ""
        self.cancel(user, {"orderId": number})
        return {"clientOid": oid}

    def cancel_several(self, user: str, params: Mapping[str, Any]) -> list[Result]:
        """Cancel several by either id, each on its own; here a success has another code."""
        ids, pairs = params.get("orderIdsList"), params.get("clientOidsList")
        wanted: list[Result] = [{"orderId": each} for each in ids] if isinstance(ids, list) else []
        if not wanted and isinstance(pairs, list):
            wanted = [each for each in pairs if isinstance(each, dict)]
        if not 1 <= len(wanted) <= _MOST_IN_BATCH:
            raise invalid("orderIdsList", "100001")
        results: list[Result] = []
        for each in wanted:
            named = {"orderId": each.get("orderId"), "clientOid": each.get("clientOid")}
            try:
                self._cancel_operation(user, each)
                results.append({**named, "code": "200", "msg": "success"})
            except Declined as refused:
                self._ledgered.refused(refused)
                results.append({**named, "code": refused.code, "msg": refused.text})
        return results

    def _cancel_all(self, call: Call) -> Result:
        symbol = text(call.query, "symbol") or None
        orders = self._trading.cancel_these(self._trading.of(call.account, symbol))
        self._ledgered.note_all(orders)
        return {"cancelledOrderIds": [order.id for order in orders]}

    def _cancel_stops(self, call: Call) -> Result:
        stops = self._stops.waiting(call.account, text(call.query, "symbol") or None)
        for stop in stops:
            self._stops.cancel(stop)
        return {"cancelledOrderIds": [stop.id for stop in stops]}

    # Looking.

    def _get(self, call: Call) -> Result:
        return self._record(call.account, id=call.parts["orderId"])

    def _get_by_client_id(self, call: Call) -> Result:
        return self._record(call.account, client_id=text(call.query, "clientOid"))

    def _record(self, user: str, **ids: str) -> Result:
        order, stop = self._trading.find(user, **ids), self._stops.find(user, **ids)
        if order is not None:
            return self._order(order)
        if stop is not None:
            return futures_stop(stop, self._trading.engine.terms[stop.symbol])
        raise Declined("100001", "error.getOrder.orderNotExist")

    def _order(self, order: Order) -> Result:
        return futures_order(order, self._trading.engine.terms[order.request.symbol])

    def _list(self, call: Call) -> Result:
        # Those that are over, unless it is asked for the others.
        is_open = choice(call.query, "status", ("active", "done"), "done") == "active"
        orders = self._trading.of(call.account, text(call.query, "symbol") or None)
        rows = [self._order(order) for order in reversed(orders) if order.is_open is is_open]
        return paged(call.query, _chosen(call.query, rows, "createdAt"), usual=50, most=1000)

    def _recent(self, call: Call) -> list[Result]:
        since = self._trading.simulation.timestamp - _DONE_FOR
        orders = self._trading.of(call.account, text(call.query, "symbol") or None)
        return [self._order(order) for order in reversed(orders) if (order.closed or 0) > since][:1000]

    def _list_stops(self, call: Call) -> Result:
        stops = self._stops.waiting(call.account, text(call.query, "symbol") or None)
        rows = [futures_stop(stop, self._trading.engine.terms[stop.symbol]) for stop in reversed(stops)]
        return paged(call.query, _chosen(call.query, rows, "createdAt"), usual=50, most=1000)

    def _statistics(self, call: Call) -> Result:
        symbol = contract_of(self._trading, call.query)
        terms = self._trading.engine.terms[symbol]
        totals: Result = {}
        for side, word in (("buy", "Buy"), ("sell", "Sell")):
            mine = [order for order in self._trading.of(call.account, symbol) if order.is_open]
            orders = [order for order in mine if order.request.side.value == side]
            lots = sum((order.remaining for order in orders), Decimal(0))
            costs = [abs(terms.value(order.remaining, order.price)) for order in orders if order.price]
            totals[f"openOrder{word}Size"] = int(lots)
            totals[f"openOrder{word}Cost"] = plain(sum(costs, Decimal(0)).quantize(Decimal("1e-8")))
        return {**totals, "settleCurrency": terms.quote}

    def _fills(self, call: Call) -> Result:
        rows = self._fill_rows(call)
        return paged(call.query, _chosen(call.query, rows, "createdAt"), usual=50, most=1000)

    def _recent_fills(self, call: Call) -> list[Result]:
        since = (self._trading.simulation.timestamp - _DONE_FOR) // 10**6
        return [row for row in self._fill_rows(call) if row["createdAt"] > since][:1000]

    def _fill_rows(self, call: Call) -> list[Result]:
        wanted, symbol = text(call.query, "orderId"), text(call.query, "symbol") or None
        fills = [
            fill for order in self._trading.of(call.account, symbol) if wanted in {"", order.id} for fill in order.fills
        ]
        fills.sort(key=lambda fill: fill.trade_id, reverse=True)
        return [futures_fill(fill, self._trading.engine.terms[fill.order.request.symbol]) for fill in fills]


def _chosen(query: Mapping[str, str], rows: Sequence[Result], time: str) -> list[Result]:
    side, kind = choice(query, "side", ("buy", "sell")), text(query, "type")
    start, end = whole(query, "startAt"), whole(query, "endAt")
    return [
        row
        for row in rows
        if side in {"", row["side"]}
        and kind in {"", row.get("type", row.get("orderType"))}
        and (start is None or row[time] >= start)
        and (end is None or row[time] <= end)
    ]
