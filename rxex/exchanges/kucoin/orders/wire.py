"""Requests about spot and margin orders in KuCoin's own terms: the parameters of its endpoints, in snake case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rxex.clock import wall_ns
from rxex.exchanges.kucoin.orders.fields import SELF_TRADE
from rxex.exchanges.kucoin.orders.requests import AddOrder, AddStopOrder, AmendOrder
from rxex.orders.fields import refuse

__all__ = ["add", "amend", "given", "stop"]

_Params = dict[str, Any]
_FORCES = {"gtc": None, "gtd": "GTT", "ioc": "IOC", "fok": "FOK"}


def given(values: Mapping[str, Any]) -> _Params:
    """What is not said is left out."""
    return {name: value for name, value in values.items() if value is not None and value is not False}


def _left(name: str, moment: datetime, parts: int) -> int:
    """How many parts of a second are left until ``moment``, rounded up. Raises `InvalidArgument` where it is over."""
    left = -((wall_ns() * parts // 10**9) - round(moment.timestamp() * parts))
    if left < 1:
        raise refuse(name, moment, "it is over already")
    return left


def _terms(request: AddOrder | AddStopOrder, client_id: str) -> _Params:
    """What orders and stop orders have in common."""
    end = request.expire_time
    return {
        "symbol": request.symbol,
        "side": request.side.value,
        "client_oid": client_id,
        "price": request.limit_price,
        "size": request.quantity,
        "funds": request.cash_quantity,
        "time_in_force": _FORCES[request.time_in_force],
        "cancel_after": request.cancel_after if end is None else _left("expire_time", end, 1),
        "post_only": request.post_only,
        "stp": None if request.self_trade is None else SELF_TRADE[request.self_trade],
        "remark": request.remark,
    }


def add(request: AddOrder, client_id: str) -> _Params:
    """The parameters of an order. Raises `InvalidArgument` where a time of it is over."""
    deadline = request.deadline
    margin = {
        "is_isolated": request.isolated,
        "auto_borrow": request.auto_borrow,
        "auto_repay": request.auto_repay,
    }
    spot = {
        "tags": request.tags,
        "allow_max_time_window": None if deadline is None else _left("deadline", deadline, 1000),
    }
    return given(
        {
            **_terms(request, client_id),
            "type": "market" if request.order_type == "market" else "limit",
            "hidden": request.hidden,
            "iceberg": request.order_type == "iceberg",
            "visible_size": request.display_quantity,
            **(margin if request.margin else spot),
        }
    )


def stop(request: AddStopOrder) -> _Params:
    """The parameters of a stop order. Raises `InvalidArgument` where its end is over."""
    margin = "MARGIN_ISOLATED_TRADE" if request.isolated else "MARGIN_TRADE"
    return given(
        {
            **_terms(request, request.client_id),
            "type": request.order_type,
            "stop_price": request.trigger_price,
            "trade_type": margin if request.margin else None,
        }
    )


def amend(request: AmendOrder, symbol: str) -> _Params:
    """The parameters of a change."""
    return given(
        {
            "symbol": symbol,
            "order_id": request.order_id,
            "client_oid": request.client_id,
            "new_price": request.limit_price,
            "new_size": request.quantity,
        }
    )
