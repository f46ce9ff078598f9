"""KuCoin's private Pro channels: our orders, executions, balances, positions, leverage and risk.

They need the sockets of a `private_connection`, and tell what happens from the subscription on: what was there before
is to be asked for over REST. Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args, overload

from reactivex import Observable

from rxex.asking import check_choice
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.futures.position_models import Position
from rxex.exchanges.kucoin.pro import private_models as models
from rxex.exchanges.kucoin.pro import risk_models
from rxex.exchanges.kucoin.pro.asking import Kind, subscribe_mine
from rxex.exchanges.kucoin.pro.risk_models import Leverage, RiskWarning
from rxex.models import Balance, Fill, OrderUpdate
from rxex.typing import Json, Operator

__all__ = [
    "AccountType",
    "FuturesType",
    "TradeType",
    "subscribe_balances",
    "subscribe_executions",
    "subscribe_leverage",
    "subscribe_orders",
    "subscribe_positions",
    "subscribe_risk_warnings",
    "subscribe_trade_fills",
]

TradeType: TypeAlias = Literal["SPOT", "FUTURES", "ISOLATED", "CROSS", "UNIFIED"]
AccountType: TypeAlias = Literal["FUNDING", "SPOT", "TRADING", "FUTURES", "CROSS", "ISOLATED", "UNIFIED"]
FuturesType: TypeAlias = Literal["FUTURES", "UNIFIED"]

_ORDERS: Kind[OrderUpdate] = Kind("orderAll", models.OrderWire, models.orders, has_symbol=False)
_FILLS: Kind[Fill] = Kind("execution", models.FillWire, models.fills, has_symbol=False)
_BALANCES: Kind[Balance] = Kind("balance", models.BalanceWire, models.balances, has_symbol=False)
_POSITIONS: Kind[Position] = Kind("positionAll", risk_models.PositionWire, risk_models.positions, has_symbol=False)
_LEVERAGE: Kind[Leverage] = Kind("leverage", risk_models.LeverageWire, risk_models.leverages, has_symbol=False)
_RISK: Kind[RiskWarning] = Kind("lw", risk_models.RiskWire, risk_models.risks, has_symbol=False)


def _mine(
    kind: Kind[Any], member: str, word: str, choices: object, messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, Any]:
    check_choice("account_type" if member == "accountType" else "trade_type", word, get_args(choices))
    return subscribe_mine(kind, {member: word}, messages, notices=notices)


@overload
def subscribe_executions(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: Literal[False] = False
) -> Operator[Socket | None, OrderUpdate]: ...
@overload
def subscribe_executions(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: Literal[True]
) -> Operator[Socket | None, OrderUpdate | Notice]: ...
def subscribe_executions(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to everything that happens to our orders.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        trade_type: whose orders: ``SPOT``, ``FUTURES``, ``ISOLATED``, ``CROSS``, or ``UNIFIED`` for a unified account.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderUpdate` for each event, with the fees so far; its ``quantity`` is None where the size of the order is
    in the other currency. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for another
    type. Source: KuCoin's page on the Pro channel "orderAll".
    """
    return _mine(_ORDERS, "tradeType", trade_type, TradeType, messages, notices=notices)


subscribe_orders = subscribe_executions
"""KuCoin's word for it."""


@overload
def subscribe_trade_fills(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: Literal[False] = False
) -> Operator[Socket | None, Fill]: ...
@overload
def subscribe_trade_fills(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: Literal[True]
) -> Operator[Socket | None, Fill | Notice]: ...
def subscribe_trade_fills(
    messages: Observable[Json], *, trade_type: TradeType = "SPOT", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the executions of our orders.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        trade_type: see `subscribe_executions`.
        notices: whether `Gap` and `Stale` stand among them.

    Emits each `Fill`, with its fee. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument`
    for another type. Source: KuCoin's page on the Pro channel "execution".
    """
    return _mine(_FILLS, "tradeType", trade_type, TradeType, messages, notices=notices)


@overload
def subscribe_balances(
    messages: Observable[Json], *, account_type: AccountType = "SPOT", notices: Literal[False] = False
) -> Operator[Socket | None, Balance]: ...
@overload
def subscribe_balances(
    messages: Observable[Json], *, account_type: AccountType = "SPOT", notices: Literal[True]
) -> Operator[Socket | None, Balance | Notice]: ...
def subscribe_balances(
    messages: Observable[Json], *, account_type: AccountType = "SPOT", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our balances.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        account_type: ``FUNDING``, ``SPOT``, ``FUTURES``, ``CROSS``, ``ISOLATED`` or ``UNIFIED``; some clients call the
            account of spot ``TRADING``.
        notices: whether `Gap` and `Stale` stand among the balances.

    Emits a `Balance` for each change, ``wallet`` being the type; margins and profits are in its ``raw``. See
    `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for another type.
    Source: KuCoin's page on the Pro channel "balance".
    """
    return _mine(_BALANCES, "accountType", account_type, AccountType, messages, notices=notices)


@overload
def subscribe_positions(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[False] = False
) -> Operator[Socket | None, Position]: ...
@overload
def subscribe_positions(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[True]
) -> Operator[Socket | None, Position | Notice]: ...
def subscribe_positions(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to our positions.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        trade_type: ``FUTURES``, or ``UNIFIED`` for a unified account.
        notices: whether `Gap` and `Stale` stand among the positions.

    Emits a `Position` for each change, as far as it is told; its ``quantity`` is negative where it is short. See
    `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for another type.
    Source: KuCoin's page on the Pro channel "positionAll".
    """
    return _mine(_POSITIONS, "tradeType", trade_type, FuturesType, messages, notices=notices)


@overload
def subscribe_leverage(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[False] = False
) -> Operator[Socket | None, Leverage]: ...
@overload
def subscribe_leverage(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[True]
) -> Operator[Socket | None, Leverage | Notice]: ...
def subscribe_leverage(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to changes of the leverage of contracts.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        trade_type: ``FUTURES``, or ``UNIFIED`` for a unified account.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `Leverage` for each change. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument`
    for another type. Source: KuCoin's page on the Pro channel "leverage".
    """
    return _mine(_LEVERAGE, "tradeType", trade_type, FuturesType, messages, notices=notices)


@overload
def subscribe_risk_warnings(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[False] = False
) -> Operator[Socket | None, RiskWarning]: ...
@overload
def subscribe_risk_warnings(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: Literal[True]
) -> Operator[Socket | None, RiskWarning | Notice]: ...
def subscribe_risk_warnings(
    messages: Observable[Json], *, trade_type: FuturesType = "FUTURES", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to warnings before a liquidation, and what follows.

    Args:
        messages: those of a `private_connection`, from ``keep_messages_only()``.
        trade_type: ``FUTURES``, or ``UNIFIED`` for a unified account.
        notices: whether `Gap` and `Stale` stand among them.

    Emits a `RiskWarning` for each. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for
    another type. Source: KuCoin's page on the Pro channel "lw".
    """
    return _mine(_RISK, "tradeType", trade_type, FuturesType, messages, notices=notices)
