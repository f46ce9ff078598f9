"""Kraken's private futures feeds. They need the sockets of a `private_connection`'s ``authenticated_socket()``.

Sources: the pages "Open Orders", "Open Orders Verbose", "Fills", "Open Positions", "Balances", "Account Log" and
"Notifications" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.events import Notice, Socket
from rxex.exchanges.kraken.futures import account_models, order_models
from rxex.exchanges.kraken.futures.account_models import AccountLogEntry, Notification, Positions
from rxex.exchanges.kraken.futures.asking import Kind, check_products, subscribe
from rxex.models import Balance, Fill, OrderSnapshot, OrderUpdate
from rxex.typing import Json, Operator

__all__ = [
    "subscribe_account_log",
    "subscribe_balances",
    "subscribe_fills",
    "subscribe_notifications",
    "subscribe_open_orders",
    "subscribe_open_positions",
]


@overload
def subscribe_open_orders(
    messages: Observable[Json], *, verbose: bool = False, notices: Literal[False] = False
) -> Operator[Socket | None, OrderSnapshot | OrderUpdate]: ...
@overload
def subscribe_open_orders(
    messages: Observable[Json], *, verbose: bool = False, notices: Literal[True]
) -> Operator[Socket | None, OrderSnapshot | OrderUpdate | Notice]: ...
def subscribe_open_orders(
    messages: Observable[Json], *, verbose: bool = False, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our open orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        verbose: whether post-only orders that were not taken are told, too.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the orders.

    Emits an `OrderSnapshot` on each socket, then an `OrderUpdate` for each change, with the exchange's ``reason``. An
    order that ends is told with its ids alone, at times. See `subscribe_channel` for sharing, errors and thread.
    Source: Kraken's pages "Open Orders" and "Open Orders Verbose".
    """
    kind: Kind[OrderSnapshot | OrderUpdate] = Kind(
        "open_orders_verbose" if verbose else "open_orders",
        order_models.OpenOrdersWire,
        lambda _: lambda: order_models.parse_open_orders,
        private=True,
        first_timeout=10.0,
        needs_all=True,
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_fills(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: Literal[False] = False,
) -> Operator[Socket | None, Fill]: ...
@overload
def subscribe_fills(
    messages: Observable[Json], *, symbol: str | Sequence[str] | None = None, notices: Literal[True]
) -> Operator[Socket | None, Fill | Notice]: ...
def subscribe_fills(
    messages: Observable[Json], *, symbol: str | Sequence[str] | None = None, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the executions of our orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        symbol: the product's id, as in ``PF_XBTUSD``, or several; None: all of them.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the executions.

    Emits each `Fill` once, the last ones before the subscription first; after a reconnect those that were missed, as
    far as the exchange's snapshot reaches back. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a product. Source: Kraken's page "Fills".
    """
    options = {} if symbol is None else {"product_ids": check_products(symbol)}
    kind: Kind[Fill] = Kind(
        "fills",
        order_models.FillsWire,
        lambda _: order_models.Fills().start,
        options=options,
        private=True,
        needs_all=True,
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_open_positions(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Positions]: ...
@overload
def subscribe_open_positions(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Positions | Notice]: ...
def subscribe_open_positions(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our positions.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the positions.

    Emits `Positions`, all of them, each time one changes. See `subscribe_channel` for sharing, errors and thread.
    Source: Kraken's page "Open Positions".
    """
    kind: Kind[Positions] = Kind(
        "open_positions",
        account_models.PositionsWire,
        lambda _: lambda: account_models.parse_positions,
        private=True,
        keeps_last=True,
    )
    return subscribe(kind, None, messages, notices=notices)


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

    Its messages are numbered; where one is missing a `Gap` is told, and all balances come anew.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the balances.

    Emits a `Balance` for each asset of each wallet that a message tells. The ``wallet`` is ``holding``, ``flex`` (that
    of several collaterals), or the exchange's name of one with a single collateral, as in ``F-XBT:USD``; margins are in
    ``raw``. See `subscribe_channel` for sharing, errors and thread. Source: Kraken's page "Balances".
    """
    kind: Kind[Balance] = Kind(
        "balances", account_models.BalancesWire, lambda _: account_models.Balances, private=True, needs_all=True
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_account_log(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, AccountLogEntry]: ...
@overload
def subscribe_account_log(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, AccountLogEntry | Notice]: ...
def subscribe_account_log(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the bookings of our account.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the bookings.

    Emits each `AccountLogEntry` once and in the order of their ids, the last ones before the subscription first. See
    `subscribe_channel` for sharing, errors and thread. Source: Kraken's page "Account Log".
    """
    kind: Kind[AccountLogEntry] = Kind(
        "account_log",
        account_models.AccountLogWire,
        lambda _: account_models.AccountLog().start,
        private=True,
        needs_all=True,
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_notifications(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Notification]: ...
@overload
def subscribe_notifications(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Notification | Notice]: ...
def subscribe_notifications(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the exchange's notices to us: maintenance, new contracts, settlements.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among them.

    Emits each `Notification`. See `subscribe_channel` for sharing, errors and thread. Source: Kraken's page
    "Notifications".
    """
    kind: Kind[Notification] = Kind(
        "notifications_auth",
        account_models.NotificationsWire,
        lambda _: lambda: account_models.parse_notifications,
        private=True,
    )
    return subscribe(kind, None, messages, notices=notices)
