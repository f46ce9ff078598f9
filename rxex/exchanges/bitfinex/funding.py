"""Our funding at Bitfinex: offers, loans, credits, trades.

Sources: Bitfinex's pages "Funding Offers", "Funding Credits", "Funding Loans", "Funding Trades" and "Funding Info" of
the authenticated WebSocket channels.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from reactivex import Observable

from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex import account_models as models
from rxex.exchanges.bitfinex.account import EachOnce, Latest, Rows, Stream, subscribe_account
from rxex.exchanges.bitfinex.account_models import (
    FundingCredit,
    FundingInfo,
    FundingLoan,
    FundingOffer,
    OwnFundingTrade,
    Snapshot,
)
from rxex.typing import Json, Operator

__all__ = [
    "subscribe_funding_credits",
    "subscribe_funding_info",
    "subscribe_funding_loans",
    "subscribe_funding_offers",
    "subscribe_own_funding_trades",
]


@overload
def subscribe_funding_offers(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingOffer | Snapshot[FundingOffer]]: ...
@overload
def subscribe_funding_offers(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingOffer | Snapshot[FundingOffer] | Notice]: ...
def subscribe_funding_offers(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our offers of funding.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the offers.

    Emits a `Snapshot` of all open ones on each socket, and at once to a late subscriber; then a `FundingOffer` for each
    change, the last of one with ``is_open`` False. See `subscribe_channel` for sharing, errors and thread. Source:
    Bitfinex's page "Funding Offers".
    """
    return subscribe_account(
        [Stream("funding_offers", lambda: Rows("funding_offers", models.read_funding_offer))], messages, notices=notices
    )


@overload
def subscribe_funding_loans(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingLoan | Snapshot[FundingLoan]]: ...
@overload
def subscribe_funding_loans(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingLoan | Snapshot[FundingLoan] | Notice]: ...
def subscribe_funding_loans(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our loans: funding that is in no position.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the loans.

    Emits a `Snapshot` of all open ones on each socket, and at once to a late subscriber; then a `FundingLoan` for each
    change, the last of one with ``is_open`` False. See `subscribe_channel` for sharing, errors and thread. Source:
    Bitfinex's page "Funding Loans".
    """
    return subscribe_account(
        [Stream("funding_loans", lambda: Rows("funding_loans", models.read_funding_loan))], messages, notices=notices
    )


@overload
def subscribe_funding_credits(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingCredit | Snapshot[FundingCredit]]: ...
@overload
def subscribe_funding_credits(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingCredit | Snapshot[FundingCredit] | Notice]: ...
def subscribe_funding_credits(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to our credits: funding that is used in positions.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the credits.

    Emits a `Snapshot` of all open ones on each socket, and at once to a late subscriber; then a `FundingCredit` for
    each change, the last of one with ``is_open`` False. See `subscribe_channel` for sharing, errors and thread. Source:
    Bitfinex's page "Funding Credits".
    """
    return subscribe_account(
        [Stream("funding_credits", lambda: Rows("funding_credits", models.read_funding_credit))],
        messages,
        notices=notices,
    )


@overload
def subscribe_own_funding_trades(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, OwnFundingTrade]: ...
@overload
def subscribe_own_funding_trades(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, OwnFundingTrade | Notice]: ...
def subscribe_own_funding_trades(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of our funding offers.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the trades.

    Emits each `OwnFundingTrade` once, as soon as it is told (Bitfinex tells it once more when it is stored).
    See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's page "Funding Trades".
    """
    return subscribe_account(
        [Stream("funding_trades", lambda: EachOnce(models.read_funding_trade, lambda trade: trade.id))],
        messages,
        notices=notices,
    )


@overload
def subscribe_funding_info(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingInfo]: ...
@overload
def subscribe_funding_info(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingInfo | Notice]: ...
def subscribe_funding_info(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to what we lend and borrow on average.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits a `FundingInfo` of a currency when Bitfinex has calculated it (see `calc_factory`), the last ones at once to a
    late subscriber. See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's page "Funding Info".
    """
    return subscribe_account(
        [Stream("funding_info", lambda: Latest("funding_info", models.read_funding_info))], messages, notices=notices
    )
