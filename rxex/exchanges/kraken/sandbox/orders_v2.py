"""Trading methods of WebSocket v2, carried out and answered.

https://docs.kraken.com/api/docs/websocket-v2/add_order and its neighbours; error texts as recorded from the venue.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rxex.codec import encode
from rxex.exchanges.kraken.sandbox.base import rfc3339
from rxex.exchanges.kraken.sandbox.order_requests import deadline, invalid
from rxex.exchanges.kraken.sandbox.private import PrivateProtocol
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.requests_v2 import METHODS, amendment, check_fields, edited, new_order
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order
from rxex.sandbox.session import Session

__all__ = ["OrdersV2", "echo", "params_of", "record_of"]

_NOT_OF_AN_ORDER = {"token", "deadline", "validate", "symbol"}
_TOP_LEVEL = {"method", "params", "req_id"}
_SHORTEST_DEADLINE = 500 * 10**6
# What the venue takes to answer, and its engine, in nanoseconds.
_ANSWER = 48_000
_ENGINE_ANSWER = 2_604_000


class OrdersV2(PrivateProtocol, ABC):
    """The requests about orders of the private v2 endpoint."""

    def answers(self, session: Session, request: Mapping[str, Any], record: OrderRecord) -> Iterator[str]:
        """Carry out a request; a cancel_order of several orders has an answer for each."""
        method: str = request["method"]
        try:
            params = params_of(method, request)
            account = record.account = self.account_of(session, params)
            check_fields(METHODS[method], params, method)
            if method == "cancel_order":
                yield from self._cancel(account, request, params, record)
                return
            carry_out: Callable[[str, Mapping[str, Any], OrderRecord], dict[str, Any]] = getattr(self, f"_{method}")
            answer = carry_out(account, params, record)
        except Declined as declined:
            record.errors.append(declined.text)
            yield self.refusal(method, request, declined.text, _ENGINE_ANSWER)
        else:
            yield self.text({"method": method, **echo(request), **answer, "success": True}, _ENGINE_ANSWER)

    def failure(self, method: str, request: Mapping[str, Any]) -> str:
        """A no that says nothing of what became of the request."""
        return self.refusal(method, request, "EGeneral:Internal error")

    def _add_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        validate = params.get("validate", False)
        wish = {
            name: value for name, value in params.items() if name not in {"token", "deadline", "validate", "symbol"}
        }
        request = new_order(self.trading, wish, params.get("symbol"))
        order = self.trading.add(account, request, deadline=self._deadline(params, record), validate=validate)
        if not validate:
            record.orders.append(order)
        return {"result": _named(order)}

    def _batch_add(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        wishes = params.get("orders", [])
        if not 2 <= len(wishes) <= 15 or not all(isinstance(wish, dict) for wish in wishes):
            raise invalid("orders")
        requests = [new_order(self.trading, wish, params.get("symbol")) for wish in wishes]
        validate = params.get("validate", False)
        self.trading.check_batch(requests)
        placed = self.trading.add_batch(account, requests, deadline=self._deadline(params, record), validate=validate)
        record.orders.extend(order for order in placed if isinstance(order, Order) and not validate)
        record.errors.extend(order.text for order in placed if isinstance(order, Declined))
        return {"result": [_named(each) if isinstance(each, Order) else {"error": each.text} for each in placed]}

    def _amend_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        ids = {name: params[name] for name in ("order_id", "cl_ord_id") if name in params}
        if len(ids) != 1:
            raise invalid("order_id")
        order = self.trading.find(account, id=ids.get("order_id"), client_id=ids.get("cl_ord_id"))
        record.orders.append(order)
        change = amendment(params, order, self.trading.last(order.request.symbol))
        amend_id = self.trading.amend(account, order, change, deadline=self._deadline(params, record))
        return {"result": {"amend_id": amend_id, **ids}}

    def _edit_order(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        old = self.trading.find(account, id=str(params.get("order_id", "")))
        validate = params.get("validate", False)
        new = self.trading.edit(
            account, old, edited(params, old), deadline=self._deadline(params, record), validate=validate
        )
        record.orders.extend([old] if validate else [old, new])
        return {"result": {"order_id": new.id, "original_order_id": old.id}}

    def _cancel_all(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:  # noqa: ARG002
        record.orders.extend(self.trading.cancel_all(account))
        return {"result": {"count": len(record.orders)}}

    def _cancel_all_orders_after(
        self,
        account: str,
        params: Mapping[str, Any],
        record: OrderRecord,  # noqa: ARG002
    ) -> dict[str, Any]:
        if "timeout" not in params:
            raise invalid("timeout")
        now, due = self.trading.cancel_all_after(account, params["timeout"])
        return {"result": {"currentTime": _second(now), "triggerTime": "0" if due is None else _second(due)}}

    def _batch_cancel(self, account: str, params: Mapping[str, Any], record: OrderRecord) -> dict[str, Any]:
        ids, client_ids = params.get("orders", []), params.get("cl_ord_id", [])
        if not 2 <= len(ids) + len(client_ids) <= 50:
            raise invalid("orders")
        orders: list[Order] = []
        for each in ids:
            reference = _reference(each)
            orders += (
                self._found(account, id=str(each))
                if reference is None
                else self.trading.by_reference(account, reference)
            )
        for each in client_ids:
            orders += self._found(account, client_id=str(each))
        for order in orders:
            if order.is_open:
                self.trading.cancel(order, in_batch=True)
                record.orders.append(order)
        # Not as its page says: the venue puts the number at the top, and has no result.
        return {"orders_cancelled": len(record.orders)}

    def _cancel(
        self, account: str, request: Mapping[str, Any], params: Mapping[str, Any], record: OrderRecord
    ) -> Iterator[str]:
        wanted = [(name, each) for name in ("order_id", "cl_ord_id", "order_userref") for each in params.get(name, [])]
        if not wanted:
            raise invalid("order_id")
        for name, each in wanted:
            try:
                self._cancel_one(account, name, each, record)
            except Declined as declined:
                # The venue does not say which one.
                record.errors.append(declined.text)
                yield self.refusal("cancel_order", request, declined.text, _ENGINE_ANSWER)
            else:
                yield self.acceptance("cancel_order", request, {name: each}, _ENGINE_ANSWER)

    def _cancel_one(self, account: str, name: str, each: Any, record: OrderRecord) -> None:
        if name == "order_userref":
            orders = self.trading.by_reference(account, each)
            if not orders:
                raise Declined("EOrder:Unknown order")
        elif name == "order_id":
            orders = [self.trading.find(account, id=str(each))]
        else:
            orders = [self.trading.find(account, client_id=str(each))]
        for order in orders:
            self.trading.cancel(order)
            record.orders.append(order)

    def _found(self, account: str, **ids: str) -> Sequence[Order]:
        try:
            return [self.trading.find(account, **ids)]
        except Declined:
            return []

    # The inside.

    def account_of(self, session: Session, params: Mapping[str, Any]) -> str:
        """Whose token this is; raises `Declined` where it is nobody's."""
        token = params.get("token")
        if not isinstance(token, str):
            raise Declined("Token(s) not found")
        account = self.trading.tokens.account_of(token, session.number)
        if account is None:
            raise Declined("ESession:Invalid session")
        return account

    def _deadline(self, params: Mapping[str, Any], record: OrderRecord) -> int:
        return deadline(params.get("deadline"), self.trading.moment(record.time), _SHORTEST_DEADLINE)

    def acceptance(
        self, method: str, request: Mapping[str, Any], result: Mapping[str, Any], took: int = _ANSWER
    ) -> str:
        """A yes."""
        return self.text({"method": method, **echo(request), "result": dict(result), "success": True}, took)

    def refusal(self, method: str, request: Mapping[str, Any], error: str, took: int = _ANSWER) -> str:
        """A no, in the venue's words."""
        return self.text({"error": error, "method": method, **echo(request), "success": False}, took)

    def text(self, answer: dict[str, Any], took: int = _ANSWER) -> str:
        """An answer with its times; ``took`` is in nanoseconds."""
        now = self.simulation.timestamp
        return encode({**answer, "time_in": rfc3339(now), "time_out": rfc3339(now + took)})


def params_of(method: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request; raises `Declined` where it has none, or anything beside them."""
    unknown = next((name for name in request if name not in _TOP_LEVEL), None)
    if unknown is not None:
        raise Declined(f"Unsupported field: '{unknown}' for the given msg type: {method}")
    params = request.get("params")
    if not isinstance(params, dict):
        raise Declined("Params field must be an object")
    return params


def record_of(method: str, request: Mapping[str, Any]) -> OrderRecord:
    """What the ledger says of a request at first."""
    params = request.get("params")
    known = {name: value for name, value in params.items() if name != "token"} if isinstance(params, dict) else {}
    client_id, reference = known.get("cl_ord_id"), known.get("order_userref")
    return OrderRecord(
        time=0.0,
        session=None,
        method=method,
        request=known,
        client_id=client_id if isinstance(client_id, str) else None,
        reference=reference if isinstance(reference, int) else None,
    )


def _named(order: Order) -> dict[str, Any]:
    names = {
        "order_id": order.id or None,
        "order_userref": order.request.reference,
        "cl_ord_id": order.request.client_id,
    }
    return {name: value for name, value in names.items() if value is not None}


def _reference(text: Any) -> int | None:
    return int(text) if str(text).lstrip("-").isdigit() else None


def echo(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request's id, where it has one."""
    return {"req_id": request["req_id"]} if "req_id" in request else {}


def _second(nanoseconds: int) -> str:
    return f"{rfc3339(nanoseconds)[:19]}Z"
