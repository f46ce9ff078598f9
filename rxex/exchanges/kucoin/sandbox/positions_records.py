"""Positions and futures accounts as REST and the private topics write them: numbers of JSON, not texts.

Sources: KuCoin's futures pages "Get Position Details", "Position Change Events", "Account Balance Events".
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS
from rxex.exchanges.kucoin.sandbox.positions import CROSS, ISOLATED, MAINTENANCE, FuturesAccounts, Position
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.writing import number

__all__ = ["detail", "mark_record", "overview", "position_record", "settlement", "wallet"]

ZERO = Decimal(0)
_RISK_LIMIT = 500_000
Row = dict[str, Any]


def mark_record(position: Position, mark: Decimal, now: int) -> Row:
    """What a new mark price changes of a position, and no more; ``now`` is in nanoseconds since the epoch."""
    profit, value = position.profit(mark), position.value(mark)
    return {
        "symbol": position.terms.symbol,
        "currentTimestamp": now // 10**6,
        "markPrice": number(mark),
        "markValue": number(value),
        "maintMargin": number(position.margin + profit),
        "realLeverage": number(_real_leverage(position, mark)),
        "unrealisedPnl": number(profit),
        "unrealisedPnlPcnt": number(_ratio(profit, abs(position.cost))),
        "unrealisedRoePcnt": number(_ratio(profit, position.initial)),
        "delevPercentage": number(Decimal("0.1") if position.is_open else ZERO),
        "settleCurrency": position.terms.quote,
    }


def position_record(position: Position, mark: Decimal, now: int) -> Row:
    """A whole position."""
    is_cross = position.mode == CROSS
    current = position.cost - position.realised
    paid = position.fees - position.funding
    return {
        "symbol": position.terms.symbol,
        "maintMarginReq": number(MAINTENANCE),
        "riskLimit": _RISK_LIMIT,
        "crossMode": is_cross,
        "openingTimestamp": position.opened // 10**6 if position.is_open else 0,
        "autoDeposit": position.auto_deposit,
        "currentQty": int(position.quantity),
        "currentCost": number(current),
        "currentComm": number(position.fees),
        "unrealisedCost": number(position.cost),
        "realisedGrossCost": number(-position.realised),
        "realisedCost": number(paid - position.realised),
        "isOpen": position.is_open,
        "posCost": number(position.cost),
        "posCross": 0,
        "posInit": number(position.initial if position.is_open else ZERO),
        "posComm": number(position.closing_fee if position.is_open else ZERO),
        "posLoss": 0,
        "posMargin": number(position.margin),
        "posFunding": number(position.funding),
        "posMaint": number(abs(position.cost) * MAINTENANCE + position.closing_fee),
        "realisedGrossPnl": number(position.realised),
        "realisedPnl": number(position.realised - paid),
        "avgEntryPrice": number(position.entry),
        "liquidationPrice": number(position.price_of_loss(position.margin - abs(position.cost) * MAINTENANCE)),
        "bankruptPrice": number(position.price_of_loss(position.margin)),
        "leverage": number(position.leverage),
        "marginMode": position.mode,
        "positionSide": "BOTH",
        **mark_record(position, mark, now),
    }


def detail(user_number: str, position: Position, mark: Decimal, now: int) -> Row:
    """A position as REST has it."""
    is_inverse = CONTRACTS[position.terms.symbol].is_inverse
    return {
        "id": f"{user_number}-{position.terms.symbol}",
        **position_record(position, mark, now),
        "isInverse": is_inverse,
    }


def settlement(position: Position, mark: Decimal, rate: Decimal, got: Decimal, time: int) -> Row:
    """What funding has brought, or cost."""
    return {
        "symbol": position.terms.symbol,
        "fundingTime": time // 10**6,
        "qty": int(position.quantity),
        "markPrice": number(mark),
        "fundingRate": number(rate),
        "fundingFee": number(got),
        "ts": time,
        "settleCurrency": position.terms.quote,
    }


def wallet(accounts: FuturesAccounts, account: str, asset: str, profits: dict[str, Decimal], now: int) -> Row:
    """A futures account's balance in one asset, as the topic tells it; ``profits`` are unrealised, by mode."""
    balance, held = accounts.wallet(account, asset), accounts.held(account, asset)
    isolated, cross = (accounts.bound(account, asset, mode) for mode in (ISOLATED, CROSS))
    available = accounts.available(account, asset)
    return {
        "currency": asset,
        "walletBalance": plain(balance),
        "availableBalance": plain(available),
        "holdBalance": "0",
        "maxWithdrawAmount": plain(max(ZERO, available)),
        "equity": plain(balance + sum(profits.values(), ZERO)),
        "crossPosMargin": plain(cross),
        "crossOrderMargin": "0",
        "crossUnPnl": plain(profits.get(CROSS, ZERO)),
        "isolatedPosMargin": plain(isolated),
        "isolatedOrderMargin": plain(held),
        "isolatedFundingFeeMargin": "0",
        "isolatedUnPnl": plain(profits.get(ISOLATED, ZERO)),
        "totalCrossMargin": plain(available + cross),
        "timestamp": str(now // 10**6),
    }


def overview(accounts: FuturesAccounts, account: str, asset: str, profit: Decimal) -> Row:
    """The same as REST has it."""
    balance, bound = accounts.wallet(account, asset), accounts.bound(account, asset)
    equity = balance + profit
    return {
        "accountEquity": number(equity),
        "unrealisedPNL": number(profit),
        "marginBalance": number(balance),
        "positionMargin": number(bound),
        "orderMargin": number(accounts.held(account, asset)),
        "frozenFunds": 0,
        "availableBalance": number(accounts.available(account, asset)),
        "currency": asset,
        "riskRatio": number(_ratio(bound, equity)),
        "maxWithdrawAmount": number(max(ZERO, accounts.available(account, asset))),
    }


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) if whole else ZERO


def _real_leverage(position: Position, mark: Decimal) -> Decimal:
    margin = position.margin + position.profit(mark)
    value = abs(position.value(mark))
    return (value / margin).quantize(Decimal("0.0000000001"), ROUND_HALF_EVEN) if margin > 0 else ZERO
