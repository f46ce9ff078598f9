"""TheOne's channels: balances, the state of an order, and any other as it comes.

Source: TheOne's documents on its WebSocket.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Literal, TypeVar, overload

from reactivex import Observable

from rxex.channel import Answer, Channel, MakeRequest, Number, Parse
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.theone import models
from rxex.exchanges.theone.desk import Desk, desk_of
from rxex.exchanges.theone.models import OrderStatus
from rxex.exchanges.theone.parameters import check_order_id
from rxex.models import Balance
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["route", "subscribe_balances", "subscribe_order", "subscribe_raw"]

T = TypeVar("T")
_CHANNEL = re.compile(r"[\x21-\x7e]{1,200}")


def route(message: Json) -> Hashable | None:
    """Tell whose a message is: that of the channel it names, unless it answers something."""
    if isinstance(message, dict) and not message.get("op") and not message.get("error"):
        channel = message.get("ch")
        if isinstance(channel, str) and channel:
            return (channel,)
    return None


def _request(op: str, name: str, desk: Desk | None) -> MakeRequest:
    def make(_channels: object, _id: int, socket: Socket) -> Json:
        if desk is not None:
            desk.note(socket, op, name)
        return {"op": op, "ch": name}

    return make


def _answers(message: Json) -> Iterable[Answer]:
    """Tell what a message answers that names its channel, where there is no desk to know more."""
    if isinstance(message, dict) and message.get("op") == "subscribe" and isinstance(message.get("ch"), str):
        error = message.get("error")
        yield Answer(key=(message["ch"],), error=str(error) if error else None)


def _channel(
    name: str, symbol: str, wire: Any, parse: Parse[T], messages: Observable[Json], *, keeps_last: bool = False
) -> Channel[T]:
    desk = desk_of(messages)
    whole = f"{name}:{symbol}" if symbol else name
    return Channel(
        name=name,
        symbol=symbol,
        key=(whole,),
        wire=wire,
        start=lambda: parse,
        subscribe=_request("subscribe", whole, desk),
        unsubscribe=_request("unsubscribe", whole, desk),
        answer=_answers if desk is None else desk.answers,
        route=route,
        group="raw" if wire is Any else name,
        keeps_last=keeps_last,
    )


@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Balance]: ...
@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Balance | Notice]: ...
def subscribe_balances(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our balances.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` stands among the balances.

    Emits the `Balance` of each asset that a message of the exchange has; what there is now, `get_balances_factory` asks
    for. See `subscribe_channel` for sharing, errors and thread. Source: TheOne's channel ``balances``.
    """
    channel = _channel("balances", "", models.BalancesWire, models.parse_balances, messages)
    return subscribe_channel(channel, messages, notices=notices)


@overload
def subscribe_order(
    order_id: str, messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, OrderStatus]: ...
@overload
def subscribe_order(
    order_id: str, messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, OrderStatus | Notice]: ...
def subscribe_order(
    order_id: str, messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the state of one order.

    Args:
        order_id: the exchange's id of it.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` stands among the states.

    Emits an `OrderStatus` with each change; how it stands now, `get_order_status_factory` asks for. See
    `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for what cannot be an id. Source:
    TheOne's channel ``orders:<orderId>``.
    """
    name = check_order_id(order_id)
    channel = _channel("orders", name, models.OrderWire, models.parse_order, messages, keeps_last=True)
    return subscribe_channel(channel, messages, notices=notices)


@overload
def subscribe_raw(
    channel: str, messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    channel: str, messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(channel: str, messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to any channel of TheOne's, and get its messages as they come.

    Args:
        channel: as the exchange writes it: ``balances``, ``orders:ord_123456`` …
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` stands among the messages.

    Emits each message decoded, numbers exact; see `subscribe_channel` for sharing, errors and thread. A channel that
    the connection has already as models ends the stream with `InvalidArgument`: `keep_channel` gives its messages.
    Raises `InvalidArgument` for what cannot be a channel.
    """
    if not (_CHANNEL.fullmatch(str(channel))):
        raise InvalidArgument("channel", channel, "give the exchange's name of it, as in 'balances'")
    name, _, symbol = channel.partition(":")
    return subscribe_channel(_channel(name, symbol, Any, _as_it_is, messages), messages, notices=notices)


def _as_it_is(wire: Json, received: int, raw: bytes | Json, number: Number) -> Sequence[Json]:  # noqa: ARG001
    return (wire,)
