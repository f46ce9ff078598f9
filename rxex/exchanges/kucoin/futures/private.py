"""KuCoin's private futures channels: our orders, stop orders, wallet, positions, margin modes and leverages.

They need the sockets of a ``private_connection(market="futures")``. What KuCoin tells of a contract cannot be told from
what it tells of all: there is one subscription to all of them, and ``symbol`` chooses. Sources: KuCoin's pages "All
Order", "Stop Orders", "Balance", "All Position", "Margin Mode" and "Cross Leverage" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops

from rxex.events import Notice, Socket
from rxex.exchanges.kucoin import account_models
from rxex.exchanges.kucoin.account_models import StopOrder
from rxex.exchanges.kucoin.asking import Kind, check_contracts, subscribe
from rxex.exchanges.kucoin.futures import account_models as wallets
from rxex.exchanges.kucoin.futures.account_models import CrossLeverage, MarginMode, WalletBalance
from rxex.exchanges.kucoin.futures.lookup import open_orders, positions
from rxex.exchanges.kucoin.futures.position_models import (
    Position,
    PositionFeed,
    PositionWire,
    RiskLimitChange,
    Settlement,
)
from rxex.exchanges.kucoin.lookup import rest_of
from rxex.exchanges.kucoin.private_models import OrderFeed, OrderWire
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.models import OrderSnapshot, OrderUpdate
from rxex.typing import Json, Operator

__all__ = [
    "subscribe_balances",
    "subscribe_cross_leverages",
    "subscribe_executions",
    "subscribe_margin_modes",
    "subscribe_orders",
    "subscribe_positions",
    "subscribe_stop_orders",
]


def _only(symbol: str | Sequence[str] | None) -> Operator[Any, Any]:
    """Let what is of these contracts pass, and notices; None: everything."""
    if symbol is None:
        return lambda source: source
    symbols = frozenset(check_contracts(symbol))

    def is_chosen(item: Any) -> bool:
        return isinstance(item, Notice | OrderSnapshot) or item.symbol in symbols

    def chosen(item: Any) -> Any:
        if not isinstance(item, OrderSnapshot):
            return item
        return evolve(item, open=tuple(row for row in item.open if row.symbol in symbols))

    return lambda source: source.pipe(ops.filter(is_chosen), ops.map(chosen))


def _of(
    kind: Kind[Any], messages: Observable[Json], symbol: str | Sequence[str] | None, *, notices: bool
) -> Operator[Socket | None, Any]:
    ask, choose = subscribe(kind, None, messages, notices=notices), _only(symbol)
    return lambda sockets: choose(ask(sockets))


@overload
def subscribe_executions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: Literal[False] = False,
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_executions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: Literal[True],
) -> Operator[Socket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_executions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: bool = False,
) -> Operator[Socket | None, Any]:
    """Subscribe to everything that happens to our futures orders.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        symbol: the contract, as in ``XBTUSDTM``, or several; None: all of them.
        rest: a client with the same key, for the open orders; None: that of the connection, if it has one.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderUpdate` for each event, each once, sizes in lots, and, with ``rest``, an `OrderSnapshot` of all open
    orders on each socket, after each gap, and to a late subscriber at once. Fees are not told. See `subscribe_channel`
    for sharing, errors and thread. Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's pages
    "Order" and "All Order".
    """
    client = rest_of(messages, rest)
    kind: Kind[OrderUpdate | OrderSnapshot] = Kind(
        "/contractMarket/tradeOrders",
        OrderWire,
        lambda _: OrderFeed(),
        variant="" if client is None else "snapshot",
        private=True,
        keeps_last=True,
        late=OrderFeed.snapshot,
        fetch=None if client is None else lambda _: open_orders(client),
        needs_all=client is not None,
    )
    return _of(kind, messages, symbol, notices=notices)


subscribe_orders = subscribe_executions
"""KuCoin's word for it."""


@overload
def subscribe_stop_orders(
    messages: Observable[Json], *, symbol: str | Sequence[str] | None = None, notices: Literal[False] = False
) -> Operator[Socket | None, StopOrder]: ...
@overload
def subscribe_stop_orders(
    messages: Observable[Json], *, symbol: str | Sequence[str] | None = None, notices: Literal[True]
) -> Operator[Socket | None, StopOrder | Notice]: ...
def subscribe_stop_orders(
    messages: Observable[Json], *, symbol: str | Sequence[str] | None = None, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to what happens to our futures orders that wait for a price.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        symbol: the contract, as in ``XBTUSDTM``, or several; None: all of them.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `StopOrder` for each event; the order that one places comes by `subscribe_executions`. See
    `subscribe_channel` for sharing, errors and thread. Source: KuCoin's page "Stop Orders".
    """
    kind: Kind[StopOrder] = Kind(
        "/contractMarket/advancedOrders", account_models.StopWire, lambda _: account_models.parse_stops, private=True
    )
    return _of(kind, messages, symbol, notices=notices)


@overload
def subscribe_positions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: Literal[False] = False,
) -> Operator[Socket | None, Position | Settlement | RiskLimitChange]: ...
@overload
def subscribe_positions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: Literal[True],
) -> Operator[Socket | None, Position | Settlement | RiskLimitChange | Notice]: ...
def subscribe_positions(
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    rest: KucoinRest | None = None,
    notices: bool = False,
) -> Operator[Socket | None, Any]:
    """Subscribe to our futures positions.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        symbol: the contract, as in ``XBTUSDTM``, or several; None: all of them.
        rest: a client with the same key, for the positions to begin with; None: that of the connection, if it has one.
        notices: whether `Gap` and `Stale` stand among them.

    Emits, with ``rest``, each `Position` on each socket and after each gap, then the whole `Position` for each change
    of it, also where only its mark price has changed; a `Settlement` for each funding, a `RiskLimitChange` for each
    change of a limit. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for what cannot
    be a contract. Source: KuCoin's pages "Position" and "All Position".
    """
    client = rest_of(messages, rest)
    kind: Kind[Position | Settlement | RiskLimitChange] = Kind(
        "/contract/positionAll",
        PositionWire,
        lambda _: PositionFeed(),
        variant="" if client is None else "snapshot",
        private=True,
        fetch=None if client is None else lambda _: positions(client),
        needs_all=client is not None,
    )
    return _of(kind, messages, symbol, notices=notices)


@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, WalletBalance]: ...
@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, WalletBalance | Notice]: ...
def subscribe_balances(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our futures wallet.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the balances.

    Emits the `WalletBalance` (a `Balance`) of a currency whenever it changes; what is older than what came before is
    passed over. See `subscribe_channel` for sharing, errors and thread. Source: KuCoin's page "Balance".
    """
    kind: Kind[WalletBalance] = Kind(
        "/contractAccount/wallet", wallets.WalletWire, lambda _: wallets.Wallet(), private=True
    )
    return _of(kind, messages, None, notices=notices)


@overload
def subscribe_margin_modes(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarginMode]: ...
@overload
def subscribe_margin_modes(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarginMode | Notice]: ...
def subscribe_margin_modes(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the margin modes of our contracts.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `MarginMode` for each change. See `subscribe_channel` for sharing, errors and thread. Source: KuCoin's page
    "Margin Mode".
    """
    kind: Kind[MarginMode] = Kind(
        "/contract/marginMode", wallets.MarginModeWire, lambda _: wallets.parse_margin_modes, private=True
    )
    return _of(kind, messages, None, notices=notices)


@overload
def subscribe_cross_leverages(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, CrossLeverage]: ...
@overload
def subscribe_cross_leverages(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, CrossLeverage | Notice]: ...
def subscribe_cross_leverages(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the leverages of our contracts with cross margin.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `CrossLeverage` for each change. See `subscribe_channel` for sharing, errors and thread. Source: KuCoin's
    page "Cross Leverage".
    """
    kind: Kind[CrossLeverage] = Kind(
        "/contract/crossLeverage", wallets.CrossLeverageWire, lambda _: wallets.parse_leverages, private=True
    )
    return _of(kind, messages, None, notices=notices)
