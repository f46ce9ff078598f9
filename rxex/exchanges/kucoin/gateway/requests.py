"""Requests about orders through KuCoin's order gateway.

Source: KuCoin's page "Classic Websocket API" (order entry); the arguments are those of its REST reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from reactivex import Observable, abc

from rxex.clock import wall_ns
from rxex.connection import Connection
from rxex.errors import AnswerLost, AuthRefused, RateLimited, RxexError
from rxex.exchanges.kucoin.orders.ways import Params
from rxex.exchanges.kucoin.rest.models import futures as futures_models
from rxex.exchanges.kucoin.rest.models import orders as models
from rxex.exchanges.kucoin.rest.parameters import futures, spot
from rxex.exchanges.kucoin.rest.refusals import UNCLEAR, refused
from rxex.operators import TokenSocket, connected_socket, keep_messages_only
from rxex.operators._answers import check_timeout
from rxex.orders import call
from rxex.rest.parameters import written
from rxex.typing import Json

__all__ = ["OrderGateway", "order_gateway"]

T = TypeVar("T")
Read = Callable[[Mapping[str, Any], int], T]
_OK = "200000"
_RATES = ("429000", "429001", "429002", "420002")
_AUTH = ("400003", "400004", "400005", "400006", "400007", "400008", "400301", "400302", "400303", "400304", "411200")


def order_gateway(
    connection: Connection, *, timeout: float = 5.0, scheduler: abc.SchedulerBase | None = None
) -> OrderGateway:
    """Make requests about orders of a `gateway_connection`, as ``add_order_factory(gateway=…)`` takes them.

    Args:
        connection: the gateway's; to be connected by its owner.
        timeout: seconds for an answer.
        scheduler: runs the waits; default: the socket's.

    Each request is sent once or not at all, when its stream is subscribed to. It ends with `NotSent` where nothing has
    left, with `RequestTimeout`, `ConnectionClosed` or `AnswerLost` where it may have taken effect, with `OrderRefused`
    or `RateLimited` where the gateway says no. Raises `InvalidArgument` for a time that is not above 0.
    """
    return OrderGateway(connection, timeout=timeout, scheduler=scheduler)


class OrderGateway:
    """Requests about orders through the gateway; parameters are those of REST, in snake case. See `order_gateway`."""

    def __init__(
        self, connection: Connection, *, timeout: float = 5.0, scheduler: abc.SchedulerBase | None = None
    ) -> None:
        check_timeout(timeout)
        self._sockets = cast("Observable[TokenSocket | None]", connection.pipe(connected_socket()))
        self._messages = connection.pipe(keep_messages_only())
        self._timeout = timeout
        self._scheduler = scheduler

    def add(self, params: Params, *, margin: bool = False, sync: bool = False) -> Observable[models.Placed]:
        """Place a spot or margin order; ``sync`` (spot): the answer waits for the matching engine."""
        kind = spot.AddMarginOrder if margin else spot.AddOrder
        op = "margin.order" if margin else "spot.sync_order" if sync else "spot.order"
        return self.request(op, _timed(written(kind(**params), native=True)), models.placed)

    def edit(self, params: Params) -> Observable[models.Edited]:
        """Put another order in the place of a spot order."""
        return self.request("spot.modify", written(spot.EditOrder(**params), native=True), models.edited)

    def cancel(self, params: Params, *, margin: bool = False, sync: bool = False) -> Observable[models.Canceled]:
        """Cancel a spot or margin order, by ``order_id`` or ``client_oid``."""
        kind = spot.ByOrderId if "order_id" in params else spot.ByClientOid
        op = "margin.cancel" if margin else "spot.sync_cancel" if sync else "spot.cancel"
        return self.request(op, written(kind(**params), native=True), models.canceled)

    def futures_add(self, params: Params) -> Observable[models.Placed]:
        """Place a futures order."""
        return self.request("futures.order", written(futures.AddOrder(**params), native=True), models.placed)

    def futures_add_batch(self, orders: Sequence[Params]) -> Observable[tuple[models.Placed, ...]]:
        """Place up to 20 futures orders; each is taken or refused on its own."""
        rows = [written(futures.BatchOrder(**each), native=True) for each in orders]
        return self.request_list("futures.multi_order", rows, futures_models.batch_placed)

    def futures_cancel(self, params: Params) -> Observable[models.CanceledIds | models.Canceled]:
        """Cancel a futures order, by ``order_id``, or by ``client_oid`` with ``symbol``."""
        if "order_id" in params:
            return self.request("futures.cancel", {"orderId": params["order_id"]}, models.canceled_ids)
        body = written(futures.ByClientOid(**params), native=True)
        return self.request("futures.cancel", body, models.canceled)

    def futures_cancel_batch(self, params: Params) -> Observable[tuple[futures_models.FuturesCanceled, ...]]:
        """Cancel up to 20 futures orders; each cancel is taken or refused on its own."""
        body = written(futures.CancelOrders(**params), native=True)
        return self.request_list("futures.multi_cancel", body, futures_models.batch_canceled)

    def request(self, op: str, args: Json, read: Read[T]) -> Observable[T]:
        """Ask for any operation of the gateway's; ``read`` makes what is emitted of the data of the answer."""
        return self._call(op, args, lambda data: read(data, wall_ns()))

    def request_list(self, op: str, args: Json, read: Read[T]) -> Observable[tuple[T, ...]]:
        """As `request`, for data that are a list."""
        return self._call(op, args, lambda data: tuple(read(row, wall_ns()) for row in data))

    def _call(self, op: str, args: Json, read: Callable[[Any], T]) -> Observable[T]:
        def make(_: TokenSocket, request_id: int) -> Json:
            return {"id": str(request_id), "op": op, "args": args}

        def answer(message: Json, request_id: int) -> T | None:
            if not isinstance(message, dict) or message.get("id") != str(request_id):
                return None
            code, text = str(message.get("code")), str(message.get("msg", ""))
            if code != _OK:
                raise _error(op, code, text, message)
            try:
                return read(message.get("data"))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise AnswerLost(op, f"it cannot be read ({type(error).__name__})") from error

        return call(
            self._sockets,
            self._messages,
            make,
            answer,
            label=op,
            timeout=self._timeout,
            scheduler=self._scheduler,
        )


def _timed(body: dict[str, Any]) -> dict[str, Any]:
    """Tell the time where an order says how late it may arrive."""
    return {**body, "clientTimestamp": wall_ns() // 10**6} if "allowMaxTimeWindow" in body else body


def _error(op: str, code: str, text: str, raw: dict[str, Any]) -> RxexError:
    reason = f"{code}: {text}" if text else code
    if code in _RATES:
        limits = raw.get("rateLimit")
        reset = limits.get("reset") if isinstance(limits, dict) else None
        return RateLimited(reason, reset / 1000 if isinstance(reset, int) else None)
    if code in UNCLEAR:
        return AnswerLost(op, reason)
    if code in _AUTH:
        return AuthRefused(reason)
    return refused(op, code, text, raw, futures=op.startswith("futures."))
