"""What TheOne's REST endpoints are asked, where the WebSocket has nothing of the kind.

Source: TheOne's documents on REST.
"""

from __future__ import annotations

from typing import Annotated

from attrs import field, frozen

from rxex.exchanges.theone.parameters import SwapParameters
from rxex.rest.parameters import checked, text, whole

__all__ = ["KeyId", "Keys", "NewKey", "OrderId", "Swap"]


@frozen(field_transformer=checked)
class Swap(SwapParameters):
    """A swap, with the key that makes it one however often it is asked for."""

    idempotency_key: Annotated[
        str | None, text("sent as Idempotency-Key; None: the client id, or a new one for each call")
    ] = field(default=None, kw_only=True)


@frozen(field_transformer=checked)
class OrderId:
    """An order."""

    id: Annotated[str, text("the exchange's id of the order, or our client id of it")]
    client_id: Annotated[str | None, text("our client id of it", wire="clientOrderId")] = None


@frozen(field_transformer=checked)
class Keys:
    """A page of keys."""

    limit: Annotated[int | None, whole("how many; None: 20", 1, 100)] = None
    offset: Annotated[int | None, whole("how many to leave out", 0, 10**9)] = None


@frozen(field_transformer=checked)
class NewKey:
    """A key to be made."""

    name: Annotated[str | None, text("what to call it")] = None


@frozen(field_transformer=checked)
class KeyId:
    """A key."""

    uuid: Annotated[str, text("the id of the key")]
