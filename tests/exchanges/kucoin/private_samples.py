"""One message of each private channel as KuCoin's pages show it, and what is to be read in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from rxex.exchanges.kucoin import private
from rxex.exchanges.kucoin.futures import private as futures

__all__ = ["FUTURES_SAMPLES", "SPOT_SAMPLES", "PrivateSample", "push"]

MS = 10**6


def push(topic: str, subject: str, data: Any, **more: Any) -> dict[str, Any]:
    """A message of a private channel."""
    head = {"topic": topic, "type": "message", "subject": subject, "userId": "u", "channelType": "private"}
    return {**head, **more, "data": data}


@frozen
class PrivateSample:
    """A channel, a message of it, and what is read there: texts of numbers, digit for digit."""

    subscribe: Any
    topic: str
    frame: dict[str, Any]
    told: Mapping[str, Any]
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(factory=dict[str, Any])


ORDER = {
    "canceledSize": "0",
    "clientOid": "5c52e11203aa677f33e493fb",
    "filledSize": "0",
    "orderId": "6720ecd9ec71f4000747731a",
    "orderTime": 1730211033305,
    "orderType": "limit",
    "originSize": "0.00001",
    "price": "50000",
    "remainSize": "0.00001",
    "side": "buy",
    "size": "0.00001",
    "status": "open",
    "symbol": "BTC-USDT",
    "ts": 1730211033335000000,
    "type": "open",
}
ORDER_TOLD = {
    "order_id": "6720ecd9ec71f4000747731a",
    "client_id": "5c52e11203aa677f33e493fb",
    "stage": "open",
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "quantity": "0.00001",
    "price": "50000",
    "filled": "0",
    "time": 1730211033335000000,
}
BALANCE = {
    "accountId": "548674591753",
    "currency": "USDT",
    "total": "21.133773386762",
    "available": "20.132773386762",
    "hold": "1.001",
    "availableChange": "-0.5005",
    "holdChange": "0.5004",
    "relationContext": {"symbol": "BTC-USDT", "orderId": "6721d0632db25b0007071fdc"},
    "relationEvent": "trade.hold",
    "relationEventId": "354689988084000",
    "time": "1730269283892",
}
BALANCE_TOLD = {
    "asset": "USDT",
    "total": "21.133773386762",
    "locked": "1.001",
    "wallet": "trade",
    "change": "-0.0001",
    "kind": "trade.hold",
    "time": 1730269283892 * MS,
}
STOP = {
    "orderId": "vs93gpupfa48anof003u85mb",
    "orderPrice": "70000",
    "orderType": "stop",
    "side": "buy",
    "size": "0.00007142",
    "stop": "loss",
    "stopPrice": "71000",
    "symbol": "BTC-USDT",
    "tradeType": "TRADE",
    "type": "open",
    "createdAt": 1742305928064,
    "ts": 1742305928091268493,
}
DEBT = {
    "debtRatio": 0,
    "totalAsset": 0.5,
    "marginCoefficientTotalAsset": "0.0005243177228408",
    "totalDebt": "0",
    "assetList": {"BTC": {"total": "0.00002", "available": "0", "hold": "0.00002"}},
    "debtList": {"BTC": "0", "USDT": "1.50"},
    "timestamp": 1729912435657,
}
ISOLATED = {
    "tag": "BTC-USDT",
    "status": "DEBT",
    "statusBizType": "DEFAULT_DEBT",
    "accumulatedPrincipal": "5.01",
    "changeAssets": {
        "BTC": {"total": "0.00043478", "hold": "0", "liabilityPrincipal": "0", "liabilityInterest": "0"},
        "USDT": {"total": "0.98092004", "hold": "0", "liabilityPrincipal": "26", "liabilityInterest": "0.00025644"},
    },
    "timestamp": 1730121097742,
}
FILL = {
    "fee": 0.018923654848,
    "feeCurrency": "USDT",
    "feeRate": 0.001,
    "orderId": "o",
    "orderType": "market",
    "price": 20019.1,
    "side": "buy",
    "size": 0.00094528,
    "symbol": "BTC-USDT",
    "time": 1663443583763035336,
    "tradeId": "t",
}
SPOT_SAMPLES = {
    "orders": PrivateSample(
        private.subscribe_executions,
        "/spotMarket/tradeOrdersV2",
        push("/spotMarket/tradeOrdersV2", "orderChange", ORDER),
        ORDER_TOLD,
    ),
    "orders v1": PrivateSample(
        private.subscribe_orders,
        "/spotMarket/tradeOrders",
        push("/spotMarket/tradeOrders", "orderChange", ORDER),
        ORDER_TOLD,
        options={"version": 1},
    ),
    "balances": PrivateSample(
        private.subscribe_balances,
        "/account/balance",
        push("/account/balance", "account.balance", BALANCE, id="354689988084000"),
        BALANCE_TOLD,
    ),
    "stop orders": PrivateSample(
        private.subscribe_stop_orders,
        "/spotMarket/advancedOrders",
        push("/spotMarket/advancedOrders", "stopOrder", STOP),
        {
            "order_id": "vs93gpupfa48anof003u85mb",
            "symbol": "BTC-USDT",
            "side": "buy",
            "state": "open",
            "quantity": "0.00007142",
            "trigger_price": "71000",
            "price": "70000",
            "stop": "loss",
            "type": "stop",
            "trade_type": "TRADE",
            "success": None,
            "created": 1742305928064 * MS,
            "time": 1742305928091268493,
        },
    ),
    "margin": PrivateSample(
        private.subscribe_margin,
        "/margin/position",
        push("/margin/position", "debt.ratio", DEBT),
        {
            "ratio": "0",
            "total_asset": "0.5",
            "weighted_asset": "0.0005243177228408",
            "total_debt": "0",
            "assets.BTC.hold": "0.00002",
            "assets.BTC.available": "0",
            "debts.USDT": "1.50",
            "time": 1729912435657 * MS,
        },
    ),
    "margin status": PrivateSample(
        private.subscribe_margin,
        "/margin/position",
        push("/margin/position", "position.status", {"type": "FROZEN_FL", "timestamp": 1553846081210}),
        {"status": "FROZEN_FL", "time": 1553846081210 * MS},
    ),
    "isolated margin": PrivateSample(
        private.subscribe_isolated_margin,
        "/margin/isolatedPosition:BTC-USDT",
        push("/margin/isolatedPosition:BTC-USDT", "positionChange", ISOLATED),
        {
            "symbol": "BTC-USDT",
            "status": "DEBT",
            "cause": "DEFAULT_DEBT",
            "accumulated_principal": "5.01",
            "assets.USDT.interest": "0.00025644",
            "assets.USDT.principal": "26",
            "assets.BTC.total": "0.00043478",
            "time": 1730121097742 * MS,
        },
        arguments=("BTC-USDT",),
    ),
    "trade fills": PrivateSample(
        private.subscribe_trade_fills,
        "/spot/tradeFills",
        push("/spot/tradeFills", "/spot/tradeFills", FILL),
        {
            "id": "t",
            "order_id": "o",
            "price": "20019.1",
            "quantity": "0.00094528",
            "side": "buy",
            "is_maker": None,
            "fees.0.asset": "USDT",
            "fees.0.amount": "0.018923654848",
            "time": 1663443583763035336,
        },
    ),
    "balance snapshots": PrivateSample(
        private.subscribe_balance_snapshots,
        "/account/snapshotBalance",
        push("/account/snapshotBalance", "account.snapshotBalance", {**BALANCE, "relationContext": {}}),
        BALANCE_TOLD,
    ),
    "loans": PrivateSample(
        private.subscribe_loans,
        "/margin/loan:BTC",
        push(
            "/margin/loan:BTC",
            "order.done",
            {
                "currency": "BTC",
                "orderId": "ac928c66ca53498f9c13a127a60e8",
                "reason": "filled",
                "side": "lend",
                "dailyIntRate": 0.0001,
                "term": 7,
                "size": 1,
                "lentSize": 0.5,
                "ts": 1553846081210004941,
            },
        ),
        {
            "order_id": "ac928c66ca53498f9c13a127a60e8",
            "currency": "BTC",
            "event": "done",
            "side": "lend",
            "size": "1",
            "lent": "0.5",
            "daily_rate": "0.0001",
            "term": 7,
            "reason": "filled",
            "time": 1553846081210004941,
        },
        arguments=("BTC",),
    ),
}
FUTURES_ORDER = {
    "symbol": "XBTUSDTM",
    "side": "buy",
    "canceledSize": "0",
    "orderId": "247899236673269761",
    "liquidity": "maker",
    "marginMode": "ISOLATED",
    "type": "open",
    "orderTime": 1731916985768138917,
    "size": "1",
    "filledSize": "0",
    "price": "91670",
    "remainSize": "1",
    "status": "open",
    "ts": 1731916985789000000,
}
FUTURES_ORDER_TOLD = {
    "order_id": "247899236673269761",
    "client_id": None,
    "stage": "open",
    "symbol": "XBTUSDTM",
    "quantity": "1",
    "price": "91670",
    "time": 1731916985789000000,
}
WALLET = {
    "currency": "USDT",
    "walletBalance": "81.072921258",
    "equity": "81.273621258",
    "availableBalance": "26.144281178",
    "holdBalance": "0",
    "crossPosMargin": "0",
    "crossOrderMargin": "0",
    "crossUnPnl": "0",
    "isolatedPosMargin": "36.80984008",
    "isolatedOrderMargin": "18.1188",
    "isolatedFundingFeeMargin": "0",
    "isolatedUnPnl": "0.2007",
    "totalCrossMargin": "26.144281178",
    "version": "1337",
    "timestamp": "1731916996764",
}
POSITION = {
    "symbol": "XBTUSDTM",
    "maintMarginReq": 0.005,
    "riskLimit": 500000,
    "realLeverage": 4.9685590767,
    "crossMode": False,
    "delevPercentage": 0.1,
    "openingTimestamp": 1731916913097,
    "autoDeposit": True,
    "currentTimestamp": 1731924561514,
    "currentQty": -1,
    "currentCost": 91.5306,
    "currentComm": 0.09179284,
    "isOpen": True,
    "markPrice": 91839.79,
    "markValue": 91.83979,
    "posMargin": 18.40492004,
    "avgEntryPrice": 91694.5,
    "liquidationPrice": 73853.0426625,
    "settleCurrency": "USDT",
    "changeReason": "positionChange",
    "riskLimitLevel": 2,
    "unrealisedPnl": 0.14529,
    "leverage": 4.9685590767,
    "marginMode": "ISOLATED",
    "positionSide": "BOTH",
}
POSITION_TOLD = {
    "symbol": "XBTUSDTM",
    "side": "BOTH",
    "margin_mode": "ISOLATED",
    "quantity": "-1",
    "is_open": True,
    "entry_price": "91694.5",
    "mark_price": "91839.79",
    "liquidation_price": "73853.0426625",
    "unrealised_pnl": "0.14529",
    "position_margin": "18.40492004",
    "maintenance_rate": "0.005",
    "auto_deposit": True,
    "risk_limit_level": 2,
    "reason": "positionChange",
    "opened": 1731916913097 * MS,
    "time": 1731924561514 * MS,
}
SETTLED = {
    "fundingTime": 1551770400000,
    "qty": 100,
    "markPrice": 3610.85,
    "fundingRate": -0.002966,
    "fundingFee": -296,
    "ts": 1547697294838004923,
    "settleCurrency": "XBT",
}
FUTURES_SAMPLES = {
    "orders": PrivateSample(
        futures.subscribe_executions,
        "/contractMarket/tradeOrders",
        push("/contractMarket/tradeOrders:XBTUSDTM", "symbolOrderChange", FUTURES_ORDER),
        FUTURES_ORDER_TOLD,
    ),
    "orders of all": PrivateSample(
        futures.subscribe_orders,
        "/contractMarket/tradeOrders",
        push("/contractMarket/tradeOrders", "orderChange", FUTURES_ORDER),
        FUTURES_ORDER_TOLD,
    ),
    "stop orders": PrivateSample(
        futures.subscribe_stop_orders,
        "/contractMarket/advancedOrders",
        push(
            "/contractMarket/advancedOrders",
            "stopOrder",
            {
                "createdAt": 1730194206837,
                "marginMode": "ISOLATED",
                "orderId": "240673378116083712",
                "orderPrice": "0.1",
                "orderType": "stop",
                "side": "buy",
                "size": 1,
                "stop": "down",
                "stopPrice": "1000",
                "stopPriceType": "TP",
                "symbol": "XBTUSDTM",
                "ts": 1730194206843133000,
                "type": "open",
            },
            id="6720ab1ea52a9b0001734392",
        ),
        {
            "order_id": "240673378116083712",
            "state": "open",
            "quantity": "1",
            "trigger_price": "1000",
            "price": "0.1",
            "stop": "down",
            "margin_mode": "ISOLATED",
            "price_type": "TP",
            "created": 1730194206837 * MS,
        },
    ),
    "balances": PrivateSample(
        futures.subscribe_balances,
        "/contractAccount/wallet",
        push("/contractAccount/wallet", "walletBalance.change", WALLET),
        {
            "asset": "USDT",
            "total": "81.072921258",
            "locked": "54.92864008",
            "equity": "81.273621258",
            "available": "26.144281178",
            "unrealised": "0.2007",
            "position_margin": "36.80984008",
            "order_margin": "18.1188",
            "withdrawable": None,
            "version": 1337,
            "kind": "walletBalance.change",
            "time": 1731916996764 * MS,
        },
    ),
    "positions": PrivateSample(
        futures.subscribe_positions,
        "/contract/positionAll",
        push("/contract/position:XBTUSDTM", "position.change", POSITION),
        POSITION_TOLD,
    ),
    "all positions": PrivateSample(
        futures.subscribe_positions,
        "/contract/positionAll",
        push("/contract/positionAll", "position.change", POSITION),
        POSITION_TOLD,
    ),
    "settlements": PrivateSample(
        futures.subscribe_positions,
        "/contract/positionAll",
        push("/contract/position:XBTUSDM", "position.settlement", SETTLED),
        {
            "symbol": "XBTUSDM",
            "quantity": "100",
            "mark_price": "3610.85",
            "rate": "-0.002966",
            "fee": "-296",
            "settle_currency": "XBT",
            "funding_time": 1551770400000 * MS,
            "time": 1547697294838004923,
        },
    ),
    "risk limits": PrivateSample(
        futures.subscribe_positions,
        "/contract/positionAll",
        push(
            "/contract/position:XBTUSDTM",
            "position.adjustRiskLimit",
            {"success": False, "riskLimitLevel": 1, "msg": "Risk limit adjustment failed"},
        ),
        {"symbol": "XBTUSDTM", "success": False, "level": 1, "message": "Risk limit adjustment failed"},
    ),
    "margin modes": PrivateSample(
        futures.subscribe_margin_modes,
        "/contract/marginMode",
        push("/contract/marginMode", "user.config", {"ETHUSDTM": "ISOLATED"}),
        {"symbol": "ETHUSDTM", "mode": "ISOLATED"},
    ),
    "leverages": PrivateSample(
        futures.subscribe_cross_leverages,
        "/contract/crossLeverage",
        push("/contract/crossLeverage", "user.config", {"ETHUSDTM": {"leverage": "8"}}),
        {"symbol": "ETHUSDTM", "leverage": "8"},
    ),
}
