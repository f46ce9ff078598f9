"""What KuCoin answers to requests about orders, as users see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from rxex.orders import OrderRefused
from rxex.typing import Json

__all__ = ["Amended", "Canceled", "CanceledAll", "Edited", "Placed", "StopPlaced"]


def _raw() -> Any:
    return field(factory=dict, repr=False, eq=False)


@frozen
class Amended:
    """The order was canceled, and ``order_id`` is in its place, with the same client id."""

    order_id: str
    original_order_id: str | None = None
    client_id: str | None = None
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


Edited = Amended
"""KuCoin has one way to change an order."""


@frozen
class Canceled:
    """KuCoin takes the request to cancel; that the order is canceled, or was filled before, its executions tell.

    ``is_over`` says that there was nothing to cancel: KuCoin has no such open order, perhaps not any more.
    """

    order_id: str | None = None
    client_id: str | None = None
    is_over: bool = False
    raw: Json = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class CanceledAll:
    """The orders of ``symbols`` are canceled, those of ``failed`` are not, for KuCoin's reasons; None: of all."""

    symbols: tuple[str, ...] | None = None
    failed: Mapping[str, str] = field(factory=dict[str, str])


@frozen
class Placed:
    """One order of a batch: taken as ``order_id``, or refused with ``error``."""

    client_id: str
    order_id: str | None = None
    error: OrderRefused | None = None


@frozen
class StopPlaced:
    """A stop order was taken; the order that it places has another id."""

    client_id: str
    order_id: str | None
