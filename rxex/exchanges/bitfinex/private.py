"""Bitfinex's authenticated side: sockets that are accepted, orders, executions, positions, wallets, margin.

Sources: Bitfinex's pages "Account info", "Orders", "Trades", "Positions", "Wallets", "Balance" and "Margin".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.events import Authenticated, Closed, Notice, Socket, SocketEvent
from rxex.exchanges.bitfinex import account_models as models
from rxex.exchanges.bitfinex.account import (
    EachOnce,
    Latest,
    OrdersReader,
    Rows,
    Stream,
    WalletsReader,
    subscribe_account,
)
from rxex.exchanges.bitfinex.account_models import BalanceInfo, MarginBase, MarginSymbol, Position, Snapshot
from rxex.exchanges.bitfinex.order_models import read_trade
from rxex.models import Balance, OrderSnapshot, OrderUpdate
from rxex.operators import lift
from rxex.operators._of_type import without_messages
from rxex.typing import Json, Operator

__all__ = [
    "ORDERS",
    "TRADES",
    "executions_of",
    "private_socket",
    "subscribe_balance_info",
    "subscribe_balances",
    "subscribe_executions",
    "subscribe_margin_info",
    "subscribe_orders",
    "subscribe_own_trades",
    "subscribe_positions",
]

ORDERS: Stream[OrderUpdate | OrderSnapshot] = Stream("orders", OrdersReader)
TRADES: Stream[OrderUpdate] = Stream("trades", lambda: EachOnce(lambda _, *rest: read_trade(*rest)))


def private_socket() -> Operator[SocketEvent, Socket | None]:
    """Give the socket of a `private_connection` once Bitfinex has accepted us on it, and None once it has closed.

    What requests need: before, Bitfinex would refuse them. Late subscribers get the open socket first. Emits on the
    socket's thread.

    >>> import reactivex as rx
    >>> events = rx.of(Authenticated("socket 1"), Closed("socket 1"))
    >>> events.pipe(private_socket(), rx.operators.to_list()).run()
    ['socket 1', None]
    """

    def _private_socket(source: Observable[SocketEvent]) -> Observable[Socket | None]:
        accepted: Operator[SocketEvent, Socket | None] = lift(_accepted)
        return without_messages(source).pipe(accepted)

    return _private_socket


def _accepted() -> Callable[[SocketEvent], Iterator[Socket | None]]:
    last: Socket | None = None

    def step(event: SocketEvent) -> Iterator[Socket | None]:
        nonlocal last
        match event:
            case Authenticated(socket) if socket != last:
                last = socket
                yield socket
            case Closed():
                last = None
                yield None

    return step


def executions_of(
    sockets: Observable[Socket | None], messages: Observable[Json]
) -> Observable[OrderUpdate | OrderSnapshot]:
    """Give all that is told of our orders."""
    return sockets.pipe(subscribe_executions(messages))


@overload
def subscribe_executions(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_executions(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_executions(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to everything that happens to our orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderSnapshot` of all open orders on each socket, and at once to a late subscriber; then an `OrderUpdate`
    for each change, and for each execution with its ``fill``: at once without its fee, and once more with it. Nothing
    is told of executions during a break. See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's
    page "Orders" and "Trades".
    """
    return subscribe_account([ORDERS, TRADES], messages, notices=notices)


@overload
def subscribe_orders(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_orders(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_orders(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our orders; their executions come by `subscribe_own_trades`.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderSnapshot` of all open orders on each socket, and at once to a late subscriber; then an `OrderUpdate`
    for each change. See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's page "Orders".
    """
    return subscribe_account([ORDERS], messages, notices=notices)


@overload
def subscribe_own_trades(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, OrderUpdate]: ...
@overload
def subscribe_own_trades(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, OrderUpdate | Notice]: ...
def subscribe_own_trades(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the executions of our orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the executions.

    Emits an `OrderUpdate` with its ``fill`` for each: at once without its fee, and once more with it, under the same
    id. See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's page "Trades".
    """
    return subscribe_account([TRADES], messages, notices=notices)


@overload
def subscribe_positions(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Position | Snapshot[Position]]: ...
@overload
def subscribe_positions(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Position | Snapshot[Position] | Notice]: ...
def subscribe_positions(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our positions.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the positions.

    Emits a `Snapshot` of all open ones on each socket, and at once to a late subscriber; then a `Position` for each
    change, the last of one with ``is_open`` False. See `subscribe_channel` for sharing, errors and thread. Source:
    Bitfinex's page "Positions".
    """
    return subscribe_account(
        [Stream("positions", lambda: Rows("positions", models.read_position))], messages, notices=notices
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
    """Subscribe to our wallets.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the balances.

    Emits the `Balance` of each wallet (``exchange``, ``margin``, ``funding``) and asset on each socket, and at once to
    a late subscriber; then each that changes. What was there before a break and is not told any more has a ``total`` of
    0. ``locked`` is told only after `calc_factory`; an order that reserves funds tells nothing. See `subscribe_channel`
    for sharing, errors and thread. Source: Bitfinex's page "Wallets".
    """
    known: dict[Hashable, Balance] = {}
    return subscribe_account(
        [Stream("wallets", lambda: WalletsReader(models.read_wallet, known))], messages, notices=notices
    )


@overload
def subscribe_balance_info(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, BalanceInfo]: ...
@overload
def subscribe_balance_info(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, BalanceInfo | Notice]: ...
def subscribe_balance_info(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to what the account is worth.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits a `BalanceInfo` for each change, the last one at once to a late subscriber. See `subscribe_channel` for
    sharing, errors and thread. Source: Bitfinex's page "Balance".
    """
    return subscribe_account(
        [Stream("balance", lambda: Latest("balance", models.read_balance_info))], messages, notices=notices
    )


@overload
def subscribe_margin_info(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarginBase | MarginSymbol]: ...
@overload
def subscribe_margin_info(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarginBase | MarginSymbol | Notice]: ...
def subscribe_margin_info(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the margin of the account.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits a `MarginBase`, or a `MarginSymbol` of one symbol, when Bitfinex has calculated it (see `calc_factory`), the
    last ones at once to a late subscriber. See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's
    page "Margin".
    """
    return subscribe_account(
        [Stream("margin", lambda: Latest("margin", models.read_margin))], messages, notices=notices
    )
