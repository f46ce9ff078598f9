"""What REST's private endpoints do about orders and balances, without HTTP: parameters in, results out.

https://docs.kraken.com/api/docs/rest-api/add-order and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from rxex.codec import encode, text_of
from rxex.exchanges.kraken.sandbox.funds_rest import bookings, trade_balance
from rxex.exchanges.kraken.sandbox.names import ASSETS, PAIRS
from rxex.exchanges.kraken.sandbox.order_requests import deadline, invalid
from rxex.exchanges.kraken.sandbox.records_v1 import described, rest_order, rest_trade
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.requests_v1 import amendment_v1, edited_v1, flag, integer, new_order_v1
from rxex.exchanges.kraken.sandbox.tokens import TOKEN_LIFE
from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Fill, Order

__all__ = ["TradingRest"]

Params = Mapping[str, Any]
Result = dict[str, Any]
_PAGE = 50
_SHORTEST_DEADLINE = 2 * 10**9
# Requests about orders: these stand in the ledger.
_ABOUT_ORDERS = {
    "AddOrder",
    "AddOrderBatch",
    "AmendOrder",
    "EditOrder",
    "CancelOrder",
    "CancelOrderBatch",
    "CancelAll",
    "CancelAllOrdersAfter",
}


class TradingRest:
    """The private endpoints of one exchange; who may call them is for the caller to check."""

    def __init__(self, trading: Trading) -> None:
        """Serve ``trading``."""
        self._trading = trading
        self._endpoints: dict[str, Callable[[str, Params, OrderRecord], Result]] = {
            "GetWebSocketsToken": self._token,
            "Balance": self._balance,
            "BalanceEx": self._balance_ex,
            "OpenOrders": self._open_orders,
            "ClosedOrders": self._closed_orders,
            "QueryOrders": self._query_orders,
            "OrderAmends": self._order_amends,
            "TradeBalance": self._trade_balance,
            "OpenPositions": self._open_positions,
            "Ledgers": self._ledgers,
            "QueryLedgers": self._query_ledgers,
            "TradesHistory": self._trades_history,
            "QueryTrades": self._query_trades,
            "AddOrder": self._add_order,
            "AddOrderBatch": self._add_order_batch,
            "AmendOrder": self._amend_order,
            "EditOrder": self._edit_order,
            "CancelOrder": self._cancel_order,
            "CancelOrderBatch": self._cancel_order_batch,
            "CancelAll": self._cancel_all,
            "CancelAllOrdersAfter": self._cancel_all_after,
        }

    @property
    def endpoints(self) -> dict[str, Callable[[str, Params], Result]]:
        """The endpoints by name, as functions of the account and the parameters; see `call`."""
        return {name: partial(self._call_of, name) for name in self._endpoints}

    def _call_of(self, endpoint: str, account: str, params: Params) -> Result:
        return self.call(account, endpoint, params)

    def call(self, account: str, endpoint: str, params: Params) -> Result:
        """Give the ``result`` of an endpoint for ``account``; raises `Declined` with the text for ``error``.

        ``params`` are those of the body without nonce and password: texts, or what JSON has.
        """
        carry_out = self._endpoints.get(endpoint)
        if carry_out is None:
            raise Declined("EGeneral:Unknown Method")
        self._trading.open_account(account)
        record = self._record(account, endpoint, params)
        if endpoint in _ABOUT_ORDERS:
            self._trading.ledger.records.append(record)
        try:
            result = carry_out(account, params, record)
        except Declined as declined:
            record.errors.append(declined.text)
            record.answers.append(encode({"error": [declined.text]}))
            raise
        else:
            record.answers.append(encode({"error": [], "result": result}))
            return result
        finally:
            self._trading.flush()

    def _record(self, account: str, endpoint: str, params: Params) -> OrderRecord:
        client_id, reference = params.get("cl_ord_id"), str(params.get("userref", ""))
        return OrderRecord(
            time=self._trading.simulation.now,
            session=None,
            method=endpoint,
            request=dict(params),
            client_id=None if client_id is None else str(client_id),
            reference=int(reference) if reference.lstrip("-").isdigit() else None,
            account=account,
            carried_out=True,
        )

    # Funds.

    def _token(self, account: str, _params: Params, _record: OrderRecord) -> Result:
        return {"token": self._trading.mint_token(account), "expires": TOKEN_LIFE}

    def _balance(self, account: str, _params: Params, _record: OrderRecord) -> Result:
        balances = self._trading.accounts.balances(account)
        return {_asset(asset): text_of(amount) for asset, amount in sorted(balances.items())}

    def _balance_ex(self, account: str, _params: Params, _record: OrderRecord) -> Result:
        accounts = self._trading.accounts
        return {
            _asset(asset): {"balance": text_of(amount), "hold_trade": text_of(accounts.held(account, asset))}
            for asset, amount in sorted(accounts.balances(account).items())
        }

    def _trade_balance(self, account: str, params: Params, _record: OrderRecord) -> Result:
        return trade_balance(self._trading, account, params)

    def _open_positions(self, _account: str, _params: Params, _record: OrderRecord) -> Result:
        return {}  # nothing is traded on margin here

    def _ledgers(self, account: str, params: Params, _record: OrderRecord) -> Result:
        wanted = set(str(params.get("asset", "all")).split(","))
        kinds = {str(params.get("type", "all")), "trade"}
        dated = [
            (time, (name, row))
            for time, name, row in bookings(self._fills(account))
            if "all" in wanted or row["asset"] in wanted
        ]
        found = dated if kinds <= {"all", "trade"} else []
        page, count = _page(found, params, lambda each: self._moment(account, each))
        return {"ledger": dict(page), "count": count}

    def _query_ledgers(self, account: str, params: Params, _record: OrderRecord) -> Result:
        rows = {name: row for _, name, row in bookings(self._fills(account))}
        ids = _listed(params.get("id"), 20)
        if not rows.keys() >= set(ids):
            raise invalid("id")
        return {each: rows[each] for each in ids}

    # Looking at orders.

    def _open_orders(self, account: str, params: Params, _record: OrderRecord) -> Result:
        orders = _chosen(self._trading.engine.open_orders(account), params)
        return {"open": {order.id: _order(order, params) for order in reversed(orders)}}

    def _closed_orders(self, account: str, params: Params, _record: OrderRecord) -> Result:
        orders = [order for order in self._trading.orders_of(account) if not order.is_open]
        by_open = params.get("closetime") == "open"
        dated = [(order.opened if by_open else order.closed or 0, order) for order in _chosen(orders, params)]
        page, count = _page(dated, params, lambda each: self._moment(account, each))
        return {"closed": {order.id: _order(order, params) for order in page}, "count": count}

    def _query_orders(self, account: str, params: Params, _record: OrderRecord) -> Result:
        ids = _listed(params.get("txid"), 50)
        return {each: _order(self._trading.find(account, id=each), params) for each in ids}

    def _order_amends(self, account: str, params: Params, _record: OrderRecord) -> Result:
        order = self._trading.find(account, id=str(params.get("order_id")))
        amends = [_original(order), *self._trading.amends.get(order.id, [])]
        return {"count": len(amends), "amends": amends}

    def _trades_history(self, account: str, params: Params, _record: OrderRecord) -> Result:
        dated = [(fill.time, fill) for fill in self._fills(account)]
        page, count = _page(dated, params, lambda each: self._moment(account, each))
        return {"trades": {fill.id: _trade(fill) for fill in page}, "count": count}

    def _query_trades(self, account: str, params: Params, _record: OrderRecord) -> Result:
        fills = {fill.id: fill for fill in self._fills(account)}
        ids = _listed(params.get("txid"), 20)
        if not fills.keys() >= set(ids):
            raise invalid("txid")
        return {each: _trade(fills[each]) for each in ids}

    def _fills(self, account: str) -> list[Fill]:
        return [fill for order in self._trading.orders_of(account) for fill in order.fills]

    def _moment(self, account: str, text: str) -> int:
        """A moment: unix time, or when an order was placed."""
        try:
            return int(Decimal(text) * 10**9)
        except ArithmeticError:
            return self._trading.find(account, id=text).opened

    # Placing and changing orders.

    def _add_order(self, account: str, params: Params, record: OrderRecord) -> Result:
        validate = flag(params.get("validate"))
        request = new_order_v1(self._trading, params)
        order = self._trading.add(account, request, deadline=self._deadline(params), validate=validate)
        if validate:
            return {"descr": {"order": described(order)}}
        record.orders.append(order)
        return {"descr": {"order": described(order)}, "txid": [order.id]}

    def _add_order_batch(self, account: str, params: Params, record: OrderRecord) -> Result:
        wishes = params.get("orders")
        if not isinstance(wishes, list) or not 2 <= len(wishes) <= 15:
            raise invalid("orders")
        validate = flag(params.get("validate"))
        requests = [new_order_v1(self._trading, {**wish, "pair": params.get("pair")}) for wish in wishes]
        self._trading.check_batch(requests)
        placed = self._trading.add_batch(account, requests, deadline=self._deadline(params), validate=validate)
        results: list[Result] = []
        for each in placed:
            if isinstance(each, Declined):
                record.errors.append(each.text)
                results.append({"error": each.text})
            else:
                record.orders.extend([] if validate else [each])
                named = {} if validate else {"txid": each.id}
                results.append({**named, "descr": {"order": described(each)}})
        return {"orders": results}

    def _amend_order(self, account: str, params: Params, record: OrderRecord) -> Result:
        ids = {name: str(params[name]) for name in ("txid", "cl_ord_id") if name in params}
        if len(ids) != 1:
            raise invalid("txid")
        order = self._trading.find(account, id=ids.get("txid"), client_id=ids.get("cl_ord_id"))
        record.orders.append(order)
        change = amendment_v1(params, order, self._trading.last(order.request.symbol))
        return {"amend_id": self._trading.amend(account, order, change, deadline=self._deadline(params))}

    def _edit_order(self, account: str, params: Params, record: OrderRecord) -> Result:
        (old, *_) = self._orders(account, params.get("txid"))
        request = edited_v1(params, old, self._trading.last(old.request.symbol))
        validate = flag(params.get("validate"))
        new = self._trading.edit(account, old, request, deadline=self._deadline(params), validate=validate)
        record.orders.extend([old] if validate else [old, new])
        return {
            "status": "ok",
            "txid": new.id,
            "originaltxid": old.id,
            "volume": f"{new.size:.8f}",
            "price": "0" if new.price is None else text_of(new.price),
            "price2": "0",
            "orders_cancelled": 0 if validate else 1,
            "descr": {"order": described(new)},
        }

    def _cancel_order(self, account: str, params: Params, record: OrderRecord) -> Result:
        if "cl_ord_id" in params:
            orders = [self._trading.find(account, client_id=str(params["cl_ord_id"]))]
        else:
            orders = self._orders(account, params.get("txid"))
        return self._cancel(orders, record, in_batch=False)

    def _cancel_order_batch(self, account: str, params: Params, record: OrderRecord) -> Result:
        ids, client_ids = params.get("orders", []), params.get("cl_ord_ids", [])
        if not 1 <= len(ids) + len(client_ids) <= 50:
            raise invalid("orders")
        orders: list[Order] = []
        for each in ids:
            orders += self._orders(account, each)
        orders += [self._trading.find(account, client_id=str(each)) for each in client_ids]
        return self._cancel(orders, record, in_batch=True)

    def _cancel_all(self, account: str, _params: Params, record: OrderRecord) -> Result:
        record.orders.extend(self._trading.cancel_all(account))
        return {"count": len(record.orders)}

    def _cancel_all_after(self, account: str, params: Params, _record: OrderRecord) -> Result:
        timeout = integer(params.get("timeout"), "timeout")
        if timeout is None:
            raise invalid("timeout")
        now, due = self._trading.cancel_all_after(account, timeout)
        return {"currentTime": _second(now), "triggerTime": "0" if due is None else _second(due)}

    def _cancel(self, orders: Iterable[Order], record: OrderRecord, *, in_batch: bool) -> Result:
        for order in orders:
            self._trading.cancel(order, in_batch=in_batch)
            record.orders.append(order)
        return {"count": len(record.orders)}

    def _orders(self, account: str, wanted: Any) -> list[Order]:
        """The orders of an id, or of a user's number."""
        text = str(wanted)
        if text.lstrip("-").isdigit():
            orders = self._trading.by_reference(account, int(text))
            if not orders:
                raise Declined("EOrder:Unknown order")
            return orders
        return [self._trading.find(account, id=text)]

    def _deadline(self, params: Params) -> int:
        return deadline(params.get("deadline"), self._trading.simulation.timestamp, _SHORTEST_DEADLINE)


def _asset(symbol: str) -> str:
    return ASSETS[symbol].key if symbol in ASSETS else symbol


def _order(order: Order, params: Params) -> Result:
    record = rest_order(order)
    if not flag(params.get("trades")):
        del record["trades"]
    record["descr"]["pair"] = PAIRS[order.request.symbol].name
    return record


def _original(order: Order) -> Result:
    request = order.request
    limit = {} if request.price is None else {"limit_price": text_of(request.price)}
    size = f"{request.size or order.size:.8f}"
    moment = order.opened // 10**6
    return {"amend_type": "original", "order_qty": size, "remaining_qty": size, **limit, "timestamp": moment}


def _trade(fill: Fill) -> Result:
    return {**rest_trade(fill), "pair": PAIRS[fill.order.request.symbol].key}


def _chosen(orders: Iterable[Order], params: Params) -> list[Order]:
    """Those of a client's id or a user's number, where one is asked for."""
    client_id, reference = params.get("cl_ord_id"), integer(params.get("userref"), "userref")
    return [
        order
        for order in orders
        if (client_id is None or order.request.client_id == client_id)
        and (reference is None or order.request.reference == reference)
    ]


def _page(dated: Iterable[tuple[int, Any]], params: Params, moment: Callable[[str], int]) -> tuple[list[Any], int]:
    """The newest 50 after ``ofs`` others, within the time asked for; and how many there are in all."""
    start, end = params.get("start"), params.get("end")
    least = None if start is None else moment(str(start))
    most = None if end is None else moment(str(end))
    found = [(time, each) for time, each in dated if (least is None or time > least) and (most is None or time <= most)]
    found.sort(key=lambda each: each[0])
    newest = [each for _, each in reversed(found)]
    offset = integer(params.get("ofs", 0), "ofs") or 0
    return newest[offset : offset + _PAGE], len(found)


def _listed(text: Any, most: int) -> list[str]:
    names = [each for each in str(text or "").split(",") if each]
    if not 1 <= len(names) <= most:
        raise invalid("txid")
    return names


def _second(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
