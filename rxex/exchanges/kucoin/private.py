"""KuCoin's private channels of the spot servers: our orders, balances, stop orders and margin.

They need the sockets of a `private_connection`. Sources: KuCoin's pages "Order V2", "Order V1", "Account balance",
"Stop Order", "Cross Margin Position" and "Isolated Margin Position" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin import account_models, margin_models
from rxex.exchanges.kucoin.account_models import StopOrder
from rxex.exchanges.kucoin.asking import Kind, check_currencies, check_symbols, subscribe
from rxex.exchanges.kucoin.lookup import accounts, open_orders, options_of, rest_of
from rxex.exchanges.kucoin.margin_models import IsolatedMarginPosition, Loan, MarginDebt, MarginStatus
from rxex.exchanges.kucoin.private_models import OrderFeed, OrderWire
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.models import Balance, Fill, OrderSnapshot, OrderUpdate
from rxex.typing import Json, Operator

__all__ = [
    "subscribe_balance_snapshots",
    "subscribe_balances",
    "subscribe_executions",
    "subscribe_isolated_margin",
    "subscribe_loans",
    "subscribe_margin",
    "subscribe_orders",
    "subscribe_stop_orders",
    "subscribe_trade_fills",
]

_ORDERS = {2: "/spotMarket/tradeOrdersV2", 1: "/spotMarket/tradeOrders"}
_VERSION = "orders_version"


@overload
def subscribe_executions(
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    version: int = 2,
    margin: bool = False,
    notices: Literal[False] = False,
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_executions(
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    version: int = 2,
    margin: bool = False,
    notices: Literal[True],
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_executions(
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    version: int = 2,
    margin: bool = False,
    notices: bool = False,
) -> Operator[Socket | None, Any]:
    """Subscribe to everything that happens to our spot and margin orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the same key, for the open orders; None: that of the connection, if it has one.
        version: 2, or 1, which does not tell that an order was received. A connection has one of the two.
        margin: whether open margin orders are asked for as well; the key needs the permission.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderUpdate` for each event, each once, and, with ``rest``, an `OrderSnapshot` of all open orders on each
    socket, after each gap, and to a late subscriber at once. Fees are not told. See `subscribe_channel` for sharing,
    errors and thread. Raises `InvalidArgument` for a version that there is not, or is not that of the connection.
    Source: KuCoin's pages "Order V2" and "Order V1".
    """
    if version not in _ORDERS or isinstance(version, bool):
        raise InvalidArgument("version", version, "choose 2 or 1")
    if options_of(messages).setdefault(_VERSION, version) != version:
        raise InvalidArgument("version", version, "this connection has the other one; KuCoin wants one of the two")
    client = rest_of(messages, rest)
    kind: Kind[OrderUpdate | OrderSnapshot] = Kind(
        _ORDERS[version],
        OrderWire,
        lambda _: OrderFeed(),
        variant="" if client is None else f"snapshot {margin}",
        private=True,
        keeps_last=True,
        late=OrderFeed.snapshot,
        fetch=None if client is None else lambda _: open_orders(client, margin=margin),
        needs_all=client is not None,
    )
    return subscribe(kind, None, messages, notices=notices)


subscribe_orders = subscribe_executions
"""KuCoin's word for it."""


@overload
def subscribe_balances(
    messages: Observable[Json], *, rest: KucoinRest | None = None, notices: Literal[False] = False
) -> Operator[Socket | None, Balance]: ...
@overload
def subscribe_balances(
    messages: Observable[Json], *, rest: KucoinRest | None = None, notices: Literal[True]
) -> Operator[Socket | None, Balance | Notice]: ...
def subscribe_balances(
    messages: Observable[Json], *, rest: KucoinRest | None = None, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our balances.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the same key, for the balances to begin with; None: that of the connection, if it has one.
        notices: whether `Gap` and `Stale` stand among the balances.

    Emits, with ``rest``, the `Balance` of each account on each socket, then one with ``change`` for each booking, each
    once. ``wallet`` is ``main``, ``trade``, ``margin``, or ``isolated_`` and a symbol. See `subscribe_channel` for
    sharing, errors and thread. Source: KuCoin's page "Account balance".
    """
    client = rest_of(messages, rest)
    kind: Kind[Balance] = Kind(
        "/account/balance",
        account_models.BalanceWire,
        lambda _: account_models.Balances(),
        variant="" if client is None else "snapshot",
        private=True,
        fetch=None if client is None else lambda _: accounts(client),
        needs_all=client is not None,
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_stop_orders(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, StopOrder]: ...
@overload
def subscribe_stop_orders(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, StopOrder | Notice]: ...
def subscribe_stop_orders(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to what happens to our spot and margin orders that wait for a price.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `StopOrder` for each event; the order that one places comes by `subscribe_executions`. See
    `subscribe_channel` for sharing, errors and thread. Source: KuCoin's page "Stop Order".
    """
    kind: Kind[StopOrder] = Kind(
        "/spotMarket/advancedOrders", account_models.StopWire, lambda _: account_models.parse_stops, private=True
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_margin(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarginDebt | MarginStatus]: ...
@overload
def subscribe_margin(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarginDebt | MarginStatus | Notice]: ...
def subscribe_margin(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our cross margin account.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `MarginDebt` every four seconds while something is owed, and a `MarginStatus` for each change of the
    account's state. See `subscribe_channel` for sharing, errors and thread. Source: KuCoin's page "Cross Margin
    Position".
    """
    kind: Kind[MarginDebt | MarginStatus] = Kind(
        "/margin/position", margin_models.MarginWire, lambda _: margin_models.parse_margin, private=True
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_isolated_margin(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, IsolatedMarginPosition]: ...
@overload
def subscribe_isolated_margin(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, IsolatedMarginPosition | Notice]: ...
def subscribe_isolated_margin(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our isolated margin account of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits an `IsolatedMarginPosition` for each change. See `subscribe_channel` for sharing, errors and thread. Raises
    `InvalidArgument` for a symbol that cannot be one. Source: KuCoin's page "Isolated Margin Position".
    """
    kind: Kind[IsolatedMarginPosition] = Kind(
        "/margin/isolatedPosition",
        margin_models.IsolatedWire,
        lambda _: margin_models.parse_isolated,
        batch=1,
        private=True,
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices)


# Of old: not in KuCoin's reference any more; it may not serve them.


@overload
def subscribe_trade_fills(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Fill]: ...
@overload
def subscribe_trade_fills(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Fill | Notice]: ...
def subscribe_trade_fills(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the executions of our spot orders, with fees: undocumented, and silent for some.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits each `Fill`. See `subscribe_channel` for sharing, errors and thread. Source: what other clients saw.
    """
    kind: Kind[Fill] = Kind(
        "/spot/tradeFills", account_models.TradeFillWire, lambda _: account_models.parse_fills, private=True
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_balance_snapshots(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Balance]: ...
@overload
def subscribe_balance_snapshots(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Balance | Notice]: ...
def subscribe_balance_snapshots(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our balances as KuCoin tells them beside its bookings: undocumented; see `subscribe_balances`.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits each `Balance`. See `subscribe_channel` for sharing, errors and thread. Source: what other clients saw.
    """
    kind: Kind[Balance] = Kind(
        "/account/snapshotBalance", account_models.BalanceWire, lambda _: account_models.Balances(), private=True
    )
    return subscribe(kind, None, messages, notices=notices)


@overload
def subscribe_loans(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Loan]: ...
@overload
def subscribe_loans(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Loan | Notice]: ...
def subscribe_loans(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our lending orders of ``currency``, or of several: documented until 2023.

    Args:
        currency: as in ``BTC``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `Loan` for each event. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for
    what cannot be a currency. Source: KuCoin's older page "Margin Trade Order".
    """
    kind: Kind[Loan] = Kind(
        "/margin/loan", margin_models.LoanWire, lambda _: margin_models.parse_loans, batch=1, private=True
    )
    return subscribe(kind, check_currencies(currency), messages, notices=notices)
