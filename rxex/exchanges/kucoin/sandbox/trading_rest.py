"""REST of spot orders and accounts, without HTTP: the high-frequency service.

Sources: KuCoin's pages "Add Order", "Cancel Order By OrderId", "Modify Order", "Get Order By ClientOid", "Get Closed
Orders", "Get Trade History", "Set DCP", "Get Account List - Spot" and their neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import SPOT
from rxex.exchanges.kucoin.sandbox.orders_http import Ledgered, Operation
from rxex.exchanges.kucoin.sandbox.orders_refusals import UNKNOWN_ORDER, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import amount, choice, read_wish, text, whole
from rxex.exchanges.kucoin.sandbox.private_balances import account_id
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.trading import Trading
from rxex.exchanges.kucoin.sandbox.trading_records import fill_id, fill_record, order_record, synced
from rxex.sandbox.orders import Order

__all__ = ["SpotRest", "body_of", "object_of", "page_of", "paged"]

Result = dict[str, Any]
_HF = "/api/v1/hf/orders"
_MOST_IN_BATCH = 5
_WEEK = 7 * 86_400_000
_SHORTEST_SWITCH, _LONGEST_SWITCH = 5, 86_400
_MOST_SWITCHED = 50


class SpotRest:
    """The endpoints of one exchange; signatures and quotas are not theirs."""

    def __init__(self, trading: Trading, ledgered: Ledgered) -> None:
        """Serve ``trading``; ``ledgered`` has the record of the request that is being carried out."""
        self._trading = trading
        self._ledgered = ledgered

    @property
    def routes(self) -> list[Route]:
        """The endpoints, for the server."""
        rows: list[tuple[str, str, Callable[[Call], Any], int]] = [
            ("POST", _HF, self._add, 1),
            ("POST", f"{_HF}/sync", self._add_sync, 1),
            ("POST", f"{_HF}/test", self._test, 1),
            ("POST", f"{_HF}/multi", self._add_batch, 1),
            ("POST", f"{_HF}/multi/sync", self._add_batch_sync, 1),
            ("POST", f"{_HF}/alter", self._alter, 1),
            ("DELETE", f"{_HF}/{{orderId}}", self._cancel, 1),
            ("DELETE", f"{_HF}/client-order/{{clientOid}}", self._cancel, 1),
            ("DELETE", f"{_HF}/sync/{{orderId}}", self._cancel_sync, 1),
            ("DELETE", f"{_HF}/sync/client-order/{{clientOid}}", self._cancel_sync, 1),
            ("DELETE", f"{_HF}/cancel/{{orderId}}", self._cancel_part, 2),
            ("DELETE", _HF, self._cancel_symbol, 2),
            ("DELETE", f"{_HF}/cancelAll", self._cancel_all, 30),
            ("GET", f"{_HF}/{{orderId}}", self._get, 2),
            ("GET", f"{_HF}/client-order/{{clientOid}}", self._get, 2),
            ("GET", f"{_HF}/active", self._active, 2),
            ("GET", f"{_HF}/active/page", self._active_page, 2),
            ("GET", f"{_HF}/active/symbols", self._active_symbols, 2),
            ("GET", f"{_HF}/done", self._done, 2),
            ("GET", "/api/v1/hf/fills", self._fills, 2),
            ("POST", f"{_HF}/dead-cancel-all", self._set_switch, 2),
            ("GET", f"{_HF}/dead-cancel-all/query", self._get_switch, 2),
        ]
        accounts = [
            Route(SPOT, "GET", "/api/v1/accounts", self._accounts, "management", 5, is_signed=True),
            Route(SPOT, "GET", "/api/v1/accounts/{accountId}", self._account, "management", 5, is_signed=True),
        ]
        return [Route(SPOT, *row[:3], "spot", row[3], is_signed=True) for row in rows] + accounts

    @property
    def operations(self) -> dict[str, Operation]:
        """What the gateway has of them."""
        return {
            "spot.order": Operation(lambda user, args: _named(self.place(user, object_of(args)))),
            "spot.sync_order": Operation(lambda user, args: self.waited(self.place(user, object_of(args)))),
            "spot.modify": Operation(lambda user, args: self.alter(user, object_of(args))),
            "spot.cancel": Operation(lambda user, args: _named(self.cancel(user, object_of(args)))),
            "spot.sync_cancel": Operation(self._sync_cancel_operation),
        }

    # Placing.

    def place(self, user: str, params: Mapping[str, Any]) -> Order:
        """Place what the body of a request asks for."""
        wish = read_wish(params, now=self._trading.moment(self._ledgered.arrived))
        return self._ledgered.note(self._trading.add(user, wish))

    def _add(self, call: Call) -> Result:
        return _named(self.place(call.account, body_of(call)))

    def _add_sync(self, call: Call) -> Result:
        return self.waited(self.place(call.account, body_of(call)))

    def waited(self, order: Order) -> Result:
        """What is answered by the calls that wait for the engine."""
        times = {"orderTime": order.opened // 10**6, "matchTime": order.changed // 10**6}
        return {**_named(order), **times, **synced(order)}

    def _test(self, call: Call) -> Result:
        wish = read_wish(body_of(call), now=self._trading.simulation.timestamp)
        return _named(self._trading.add(call.account, wish, validate=True))

    def _add_batch(self, call: Call) -> list[Result]:
        return self._batch(call, _named)

    def _add_batch_sync(self, call: Call) -> list[Result]:
        return self._batch(call, self.waited)

    def _batch(self, call: Call, tell: Callable[[Order], Result]) -> list[Result]:
        wishes = body_of(call).get("orderList")
        if not isinstance(wishes, list) or not 1 <= len(wishes) <= _MOST_IN_BATCH:
            raise invalid("orderList")
        results: list[Result] = []
        for wish in wishes:
            try:
                if not isinstance(wish, dict) or wish.get("type") != "limit":
                    raise invalid("type")
                results.append({**tell(self.place(call.account, wish)), "success": True})
            except Declined as declined:
                self._ledgered.refused(declined)
                results.append({"success": False, "failMsg": declined.text})
        return results

    # Changing and canceling.

    def alter(self, user: str, params: Mapping[str, Any]) -> Result:
        """Put another order in place of one."""
        order = self.mine(user, params)
        price, size = amount(params, "newPrice"), amount(params, "newSize")
        if price is None and size is None:
            raise invalid("newPrice")
        self._ledgered.note(order)
        new = self._ledgered.note(self._trading.alter(order, price, size))
        return {"newOrderId": new.id, "clientOid": new.request.client_id or ""}

    def _alter(self, call: Call) -> Result:
        return self.alter(call.account, body_of(call))

    def cancel(self, user: str, params: Mapping[str, Any]) -> Order:
        """Cancel the order of an ``orderId`` or a ``clientOid``."""
        order = self._ledgered.note(self.mine(user, params))
        self._trading.cancel(order)
        return order

    def _cancel(self, call: Call) -> Result:
        self.cancel(call.account, {**call.query, **call.parts})
        return dict(call.parts)

    def _cancel_sync(self, call: Call) -> Result:
        return {**call.parts, **synced(self.cancel(call.account, {**call.query, **call.parts}))}

    def _sync_cancel_operation(self, user: str, args: Any) -> Result:
        order = self.cancel(user, object_of(args))
        return {**_named(order), **synced(order)}

    def _cancel_part(self, call: Call) -> Result:
        order = self._ledgered.note(self.mine(call.account, {**call.query, **call.parts}))
        less = amount(call.query, "cancelSize")
        if less is None:
            raise invalid("cancelSize")
        self._trading.cancel_part(order, less)
        return {"orderId": order.id, "cancelSize": plain(less)}

    def _cancel_symbol(self, call: Call) -> str:
        symbol = text(call.query, "symbol")
        if not symbol:
            raise invalid("symbol")
        self._ledgered.note_all(self._trading.cancel_all(call.account, "TRADE", symbol))
        return "success"

    def _cancel_all(self, call: Call) -> Result:
        orders = self._trading.cancel_all(call.account, "TRADE")
        self._ledgered.note_all(orders)
        return {"succeedSymbols": list(dict.fromkeys(order.request.symbol for order in orders)), "failedSymbols": []}

    # Looking.

    def mine(self, user: str, params: Mapping[str, Any]) -> Order:
        """The order that is meant by ``orderId`` or ``clientOid``, and ``symbol``."""
        symbol, id_, client_id = (text(params, name) for name in ("symbol", "orderId", "clientOid"))
        if not symbol or not (id_ or client_id):
            raise invalid("orderId" if symbol else "symbol")
        order = self._trading.find(user, id=id_ or None, client_id=client_id or None, symbol=symbol)
        if order is None:
            raise Declined(*UNKNOWN_ORDER)
        return order

    def _get(self, call: Call) -> Result:
        try:
            return self.record(self.mine(call.account, {**call.query, **call.parts}))
        except Declined as declined:
            if (declined.code, declined.text) != UNKNOWN_ORDER:
                raise
            raise Declined("400100", "order not exist.") from None

    def record(self, order: Order) -> Result:
        """An order as REST writes it."""
        return order_record(order, self._trading.engine.terms[order.request.symbol])

    def _active(self, call: Call) -> list[Result]:
        symbol = _needed(call.query, "symbol")
        return [self.record(order) for order in reversed(self._trading.open_of(call.account, "TRADE", symbol))]

    def _active_page(self, call: Call) -> Result:
        symbol = _needed(call.query, "symbol")
        orders = self._trading.open_of(call.account, "TRADE", symbol)
        return paged(call.query, [self.record(order) for order in reversed(orders)], number="pageNum", most=50)

    def _active_symbols(self, call: Call) -> Result:
        orders = self._trading.open_of(call.account, "TRADE")
        return {"symbols": list(dict.fromkeys(order.request.symbol for order in orders))}

    def _done(self, call: Call) -> Result:
        return self.done(call, "TRADE")

    def done(self, call: Call, trade_type: str) -> Result:
        """A page of orders that are over, the newest first."""
        symbol = _needed(call.query, "symbol")
        orders = [order for order in self._trading.all_of(call.account, trade_type, symbol) if not order.is_open]
        rows = [(order.number, order.closed or 0, self.record(order)) for order in orders]
        return page_of(call.query, rows)

    def _fills(self, call: Call) -> Result:
        return self.fills(call, "TRADE")

    def fills(self, call: Call, trade_type: str) -> Result:
        """A page of fills, the newest first."""
        symbol, wanted = _needed(call.query, "symbol"), text(call.query, "orderId")
        terms = self._trading.engine.terms.get(symbol)
        fills = [
            fill
            for order in self._trading.all_of(call.account, trade_type, symbol)
            if wanted in {"", order.id}
            for fill in order.fills
        ]
        rows = [(fill_id(fill), fill.time, fill_record(fill, terms)) for fill in fills if terms is not None]
        return page_of(call.query, rows)

    # The dead man's switch.

    def _set_switch(self, call: Call) -> Result:
        body = body_of(call)
        timeout, symbols = whole(body, "timeout"), tuple(filter(None, text(body, "symbols").split(",")))
        if timeout is None or (timeout != -1 and not _SHORTEST_SWITCH <= timeout <= _LONGEST_SWITCH):
            raise invalid("timeout")
        if len(symbols) > _MOST_SWITCHED or any(symbol not in self._trading.engine.terms for symbol in symbols):
            raise invalid("symbols")
        now, due = self._trading.cancel_all_after(call.account, timeout, symbols)
        return {"currentTime": now, "triggerTime": due}

    def _get_switch(self, call: Call) -> Result | None:
        switch = self._trading.switch_of(call.account)
        if switch is None:
            return None
        now = self._trading.simulation.timestamp // 10**9
        times = {"currentTime": now, "triggerTime": switch.due}
        return {"timeout": switch.timeout, "symbols": ",".join(switch.symbols), **times}

    # Accounts.

    def _accounts(self, call: Call) -> list[Result]:
        asset, kind = text(call.query, "currency"), choice(call.query, "type", ("main", "trade", "option"))
        return [row for row in self._rows(call.account) if asset in {"", row["currency"]} and kind in {"", row["type"]}]

    def _account(self, call: Call) -> Result:
        for row in self._rows(call.account):
            if row["id"] == call.parts["accountId"]:
                return {name: row[name] for name in ("currency", "balance", "available", "holds")}
        raise Declined("400100", "account not exist")

    def _rows(self, user: str) -> Iterable[Result]:
        accounts = self._trading.accounts
        for kind in ("main", "trade"):
            account = f"{user}/{kind}"
            self._trading.open_account(account)
            for asset, balance in sorted(accounts.balances(account).items()):
                yield {
                    "id": account_id(account, asset),
                    "currency": asset,
                    "type": kind,
                    "balance": plain(balance),
                    "available": plain(accounts.available(account, asset)),
                    "holds": plain(accounts.held(account, asset)),
                }


def body_of(call: Call) -> Mapping[str, Any]:
    """The object that the body of a call is."""
    return object_of(call.body)


def object_of(value: Any) -> Mapping[str, Any]:
    """The same, where it is an object."""
    if not isinstance(value, dict):
        raise Declined("400100", "The request body is invalid.")
    return value


def paged(
    query: Mapping[str, str], rows: list[Result], *, number: str = "currentPage", usual: int = 20, most: int = 500
) -> Result:
    """One page of rows, numbered from 1."""
    page, size = whole(query, number, 1) or 1, min(whole(query, "pageSize", usual) or usual, most)
    if page < 1 or size < 1:
        raise invalid("pageSize" if page > 0 else number)
    pages = -(-len(rows) // size)
    items = rows[(page - 1) * size : page * size]
    return {"currentPage": page, "pageSize": size, "totalNum": len(rows), "totalPage": pages, "items": items}


def page_of(query: Mapping[str, str], rows: Iterable[tuple[int, int, Result]]) -> Result:
    """The newest rows (number, nanoseconds, record) before ``lastId``, within a week."""
    last, limit = whole(query, "lastId"), whole(query, "limit", 20) or 0
    start, end = whole(query, "startAt"), whole(query, "endAt")
    if not 1 <= limit <= 100 or (start is not None and end is not None and not 0 <= end - start <= _WEEK):
        raise invalid("limit" if not 1 <= limit <= 100 else "startAt")
    side, kind = choice(query, "side", ("buy", "sell")), choice(query, "type", ("limit", "market"))
    found = [
        (number, record)
        for number, time, record in sorted(rows, key=lambda row: row[0], reverse=True)
        if (last is None or not last or number < last)
        and (start is None or time // 10**6 >= start)
        and (end is None or time // 10**6 <= end)
        and side in {"", record["side"]}
        and kind in {"", record["type"]}
    ][:limit]
    return {"lastId": found[-1][0] if found else 0, "items": [record for _, record in found]}


def _needed(query: Mapping[str, str], name: str) -> str:
    value = text(query, name)
    if not value:
        raise invalid(name)
    return value


def _named(order: Order) -> Result:
    return {"orderId": order.id, "clientOid": order.request.client_id or ""}
