"""What Kraken answers to requests about orders, in v2 and v1; correlated by the request's id alone.

Kraken labels some errors with another method than the one they answer. Sources: as of `requests`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from attrs import field, frozen

from rxex.errors import MalformedMessage
from rxex.exchanges.kraken.orders.refusals import refused, unclear
from rxex.models import OrderUpdate, Stage
from rxex.orders import OrderRefused
from rxex.typing import Json

__all__ = [
    "Amended",
    "BatchCanceled",
    "Canceled",
    "CanceledAll",
    "Edited",
    "Placed",
    "SwitchSet",
    "order_answer",
    "read_amended",
    "read_batch_add",
    "read_batch_canceled",
    "read_canceled",
    "read_canceled_all",
    "read_edited",
    "read_switch",
    "reader",
]

T = TypeVar("T")


def _raw() -> Any:
    return field(factory=dict, repr=False, eq=False)


@frozen
class Amended:
    """The order was changed in its place."""

    amend_id: str
    order_id: str | None = None
    client_id: str | None = None
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class Edited:
    """The order was canceled, and ``order_id`` is in its place."""

    order_id: str
    original_order_id: str | None = None
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class Canceled:
    """Kraken takes the request to cancel; that the order is canceled, or was filled before, its executions tell."""

    order_id: str | None = None
    client_id: str | None = None
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class CanceledAll:
    """``count`` orders are canceled."""

    count: int
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class BatchCanceled(CanceledAll):
    """``count`` orders of the batch are canceled."""


@frozen
class SwitchSet:
    """All orders will be canceled at ``trigger_time``, None: never, unless it is set again before."""

    current_time: datetime
    trigger_time: datetime | None
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class Placed:
    """One order of a batch: taken as ``order_id``, or refused with ``error``."""

    client_id: str
    order_id: str | None = None
    error: OrderRefused | None = None


def _result(message: Json, request_id: int) -> tuple[dict[str, Any], str | None] | None:
    """Give the result of the answer with an id and its error; None for any other message."""
    if not isinstance(message, dict):
        return None
    if message.get("req_id") == request_id and isinstance(message.get("success"), bool):
        error = None if message["success"] else str(message.get("error", "no reason given"))
        result = message.get("result")
        return (result if isinstance(result, dict) else message), error
    if message.get("reqid") == request_id and message.get("status") in {"ok", "error"}:
        return message, None if message["status"] == "ok" else str(message.get("errorMessage", "no reason given"))
    return None


def order_answer(message: Json, request_id: int) -> OrderUpdate | None:
    """Read the answer to an order: taken, refused, or neither (see `rxex.orders.OrderDialect`)."""
    answer = _result(message, request_id)
    if answer is None:
        return None
    result, text = answer
    if text is None:
        return OrderUpdate(result.get("order_id", result.get("txid")), None, Stage.PENDING, raw=message)
    doubt = unclear("add_order", text)
    if doubt is not None:
        return OrderUpdate(None, None, Stage.UNKNOWN, reason=text, error=doubt, raw=message)
    error = refused("add_order", text, message)
    return OrderUpdate(None, None, Stage.REJECTED, reason=text, error=error, raw=message)


def reader(label: str, read: Callable[[dict[str, Any], Json], T]) -> Callable[[Json, int], T | None]:
    """Make a reader of answers; raises what a refusal is, or an answer that does not tell."""

    def read_answer(message: Json, request_id: int) -> T | None:
        answer = _result(message, request_id)
        if answer is None:
            return None
        result, text = answer
        if text is not None:
            raise unclear(label, text) or refused(label, text, message)
        return read(result, message)

    return read_answer


def read_amended(result: dict[str, Any], raw: Json) -> Amended:
    """Read the answer to amend_order."""
    return Amended(str(result["amend_id"]), result.get("order_id", result.get("txid")), result.get("cl_ord_id"), raw)


def read_edited(result: dict[str, Any], raw: Json) -> Edited:
    """Read the answer to edit_order."""
    order_id = result.get("order_id", result.get("txid"))
    return Edited(str(order_id), result.get("original_order_id", result.get("originaltxid")), raw)


def read_canceled(result: dict[str, Any], raw: Json) -> Canceled:
    """Read the answer to cancel_order; v1 does not name the order."""
    return Canceled(result.get("order_id"), result.get("cl_ord_id"), raw)


def read_canceled_all(result: dict[str, Any], raw: Json) -> CanceledAll:
    """Read the answer to cancel_all."""
    return CanceledAll(int(result["count"]), raw)


def read_batch_canceled(result: dict[str, Any], raw: Json) -> BatchCanceled:
    """Read the answer to batch_cancel; its page shows ``count``, the exchange sends ``orders_cancelled``."""
    return BatchCanceled(int(result.get("count", result.get("orders_cancelled", 0))), raw)


def read_switch(result: dict[str, Any], raw: Json) -> SwitchSet:
    """Read the answer to cancel_all_orders_after."""
    trigger = result["triggerTime"]
    return SwitchSet(
        datetime.fromisoformat(result["currentTime"]), None if trigger == "0" else datetime.fromisoformat(trigger), raw
    )


def read_batch_add(client_ids: Sequence[str]) -> Callable[[dict[str, Any], Json], tuple[Placed, ...]]:
    """Make a reader of the answer to batch_add, which is in the order of the request."""

    def read(result: dict[str, Any], raw: Json) -> tuple[Placed, ...]:
        rows = result.get("result", result.get("orders"))
        if not isinstance(rows, list) or len(rows) != len(client_ids):
            raise MalformedMessage(f"an answer for {len(client_ids)} orders is expected")
        placed = []
        for client_id, row in zip(client_ids, rows, strict=True):
            text = row.get("error")
            error = None if text is None else refused("batch_add", str(text), raw)
            placed.append(Placed(client_id, row.get("order_id"), error))
        return tuple(placed)

    return read
