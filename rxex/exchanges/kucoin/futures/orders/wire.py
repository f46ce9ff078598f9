"""Requests about futures orders in KuCoin's own terms: the parameters of its endpoints, in snake case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.futures.orders.requests import AddOrder, AddStopOrder
from rxex.exchanges.kucoin.orders.fields import SELF_TRADE
from rxex.exchanges.kucoin.orders.wire import given
from rxex.models import Side

__all__ = ["add", "stop"]

_REFERENCES = {"last": "TP", "index": "IP", "mark": "MP"}


def _upper(word: str | None) -> str | None:
    return None if word is None else word.upper()


def _lots(quantity: Decimal | None) -> int | None:
    return None if quantity is None else int(quantity)


def _terms(request: AddOrder | AddStopOrder, client_id: str) -> dict[str, Any]:
    """What orders and stop orders have in common."""
    return {
        "client_oid": client_id,
        "symbol": request.symbol,
        "side": request.side.value,
        "type": "market" if request.order_type == "market" else "limit",
        "leverage": request.leverage,
        "price": request.limit_price,
        "size": _lots(request.quantity),
        "qty": request.base_quantity,
        "value_qty": request.cash_quantity,
        "reduce_only": request.reduce_only,
        "close_order": request.close_position,
        "margin_mode": _upper(request.margin_mode),
        "position_side": _upper(request.position_side),
        "remark": request.remark,
    }


def add(request: AddOrder, client_id: str) -> dict[str, Any]:
    """The parameters of an order, with its exits where it has any."""
    is_buy = request.side is Side.BUY
    profit, loss = request.take_profit_price, request.stop_loss_price
    exits = {
        "trigger_stop_up_price": profit if is_buy else loss,
        "trigger_stop_down_price": loss if is_buy else profit,
        "stop_price_type": _REFERENCES[request.trigger_reference],
    }
    return given(
        {
            **_terms(request, client_id),
            "time_in_force": None if request.time_in_force == "gtc" else "IOC",
            "post_only": request.post_only,
            "hidden": request.hidden,
            "iceberg": request.order_type == "iceberg",
            "visible_size": request.display_quantity,
            "force_hold": request.force_hold,
            "stp": None if request.self_trade is None else SELF_TRADE[request.self_trade],
            **(exits if request.has_exits else {}),
        }
    )


def stop(request: AddStopOrder) -> dict[str, Any]:
    """The parameters of a stop order."""
    return given(
        {
            **_terms(request, request.client_id),
            "stop": "down" if request.rise_price is None else "up",
            "stop_price": request.fall_price if request.rise_price is None else request.rise_price,
            "stop_price_type": _REFERENCES[request.trigger_reference],
        }
    )
