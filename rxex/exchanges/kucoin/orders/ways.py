"""The two ways that requests about orders can go: REST, and the WebSocket order gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from reactivex import Observable
from reactivex import operators as ops

from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.orders import Canceled, Edited, Placed
from rxex.rest import Response

__all__ = ["Params", "RestWay", "Way", "data_of"]

T = TypeVar("T")
Params = Mapping[str, Any]
"""By KuCoin's names in snake case."""


class Way(Protocol):
    """Sends a request when subscribed to, once at most, and gives its answer."""

    def add(self, params: Params, *, margin: bool, sync: bool) -> Observable[Placed]:
        """Place an order; with ``sync`` the answer tells what the matching engine says."""
        ...

    def edit(self, params: Params) -> Observable[Edited]:
        """Put another order in the place of one."""
        ...

    def cancel(self, params: Params, *, margin: bool, sync: bool) -> Observable[Canceled]:
        """Cancel an order by ``order_id`` or ``client_oid``."""
        ...


def data_of(answer: Observable[Response[T]]) -> Observable[T]:
    """What an answer of REST tells."""

    def data(response: Response[T]) -> T:
        return response.data

    return answer.pipe(ops.map(data))


class RestWay:
    """By REST."""

    def __init__(self, rest: KucoinRest) -> None:
        self._rest = rest

    def add(self, params: Params, *, margin: bool, sync: bool) -> Observable[Placed]:
        """See `Way.add`; margin orders are not waited for."""
        rest = self._rest
        ask = rest.margin_add_order if margin else rest.add_order_sync if sync else rest.add_order
        return data_of(ask(**params))

    def edit(self, params: Params) -> Observable[Edited]:
        """See `Way.edit`."""
        return data_of(self._rest.edit_order(**params))

    def cancel(self, params: Params, *, margin: bool, sync: bool) -> Observable[Canceled]:
        """See `Way.cancel`; margin orders are not waited for."""
        rest = self._rest
        by_id = "order_id" in params
        if margin:
            ask = rest.margin_cancel_order if by_id else rest.margin_cancel_order_by_client_oid
        elif sync:
            ask = rest.cancel_order_sync if by_id else rest.cancel_order_by_client_oid_sync
        else:
            ask = rest.cancel_order if by_id else rest.cancel_order_by_client_oid
        return data_of(ask(**params))
