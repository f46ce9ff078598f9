"""What KuCoin answers about spot, margin and accounts, in the shapes of its reference."""

from __future__ import annotations

from typing import Any

BULLET: dict[str, Any] = {
    "token": "2neAiuYvAU61ZDXANAGAsiL4-iAExhsBXZxftpOeh_55i3Ysy2q2LEsEWU64mdzUOPusi34M_wGoSf7i==.abc",
    "instanceServers": [
        {
            "endpoint": "wss://ws-api-spot.kucoin.com/",
            "encrypt": True,
            "protocol": "websocket",
            "pingInterval": 18000,
            "pingTimeout": 10000,
        },
        {"endpoint": "wss://other.example/", "pingInterval": 50000, "pingTimeout": 500},
    ],
}
CURRENCY = {
    "currency": "BTC",
    "name": "BTC",
    "fullName": "Bitcoin",
    "precision": 8,
    "confirms": None,
    "contractAddress": None,
    "isMarginEnabled": True,
    "isDebitEnabled": False,
    "chains": [
        {
            "chainName": "BTC",
            "withdrawalMinSize": "0.001",
            "depositMinSize": "0.0002",
            "withdrawFeeRate": "0",
            "withdrawalMinFee": "0.0005",
            "isWithdrawEnabled": True,
            "isDepositEnabled": True,
            "confirms": 3,
            "preConfirms": 1,
            "contractAddress": "",
            "withdrawPrecision": 8,
            "maxWithdraw": None,
            "maxDeposit": None,
            "needTag": False,
            "chainId": "btc",
        }
    ],
}
SYMBOL = {
    "symbol": "BTC-USDT",
    "name": "BTC-USDT",
    "baseCurrency": "BTC",
    "quoteCurrency": "USDT",
    "feeCurrency": "USDT",
    "market": "USDS",
    "baseMinSize": "0.00001",
    "quoteMinSize": "0.1",
    "baseMaxSize": "10000000000",
    "quoteMaxSize": "99999999",
    "baseIncrement": "0.00000001",
    "quoteIncrement": "0.000001",
    "priceIncrement": "0.1",
    "priceLimitRate": "0.1",
    "minFunds": "0.1",
    "isMarginEnabled": True,
    "enableTrading": True,
    "feeCategory": 1,
    "makerFeeCoefficient": "1.00",
    "takerFeeCoefficient": "1.00",
    "st": False,
    "callauctionIsEnabled": False,
    "callauctionPriceFloor": None,
    "tradingStartTime": None,
}
TICKER = {
    "time": 1729172965609,
    "sequence": "14609309753",
    "price": "67269",
    "size": "0.000025",
    "bestBid": "67267.5",
    "bestBidSize": "0.000025",
    "bestAsk": "67267.6",
    "bestAskSize": "1.24808993",
}
STATS = {
    "symbol": "BTC-USDT",
    "buy": "67192.5",
    "sell": "67192.6",
    "changeRate": "-0.0014",
    "changePrice": "-98.5",
    "high": "68321.4",
    "low": "66683.3",
    "vol": "1836.03034612",
    "volValue": "124068431.06726933",
    "last": "67193",
    "averagePrice": "67281.21437289",
    "takerFeeRate": "0.001",
    "makerFeeRate": "0.001",
    "takerCoefficient": "1",
    "makerCoefficient": "1",
}
NEW_STATS = {"symbol": "NEW-USDT", "buy": None, "sell": "", "last": None}
DEPTH = {
    "time": 1729176273859,
    "sequence": "14610502970",
    "bids": [["66976.4", "0.69109872"], ["66976.3", "0.14377"]],
    "asks": [["66976.5", "0.05408199"], ["66976.8", "0.0005"]],
}
ORDER_DEPTH = {
    "time": 1577936685107,
    "sequence": "1573503933086",
    "asks": [["5e0d672d2e53ef0009eaf8fa", "8.2", "3.5", "1577936685107462900"]],
    "bids": [["5e0d672d2e53ef0009eaf8fb", "8.1", "583.6298", "1577936671595901518"]],
}
TRADES = [
    {"sequence": "10976028003549185", "price": "67122", "size": "0.000025", "side": "buy", "time": 1729177117877000000},
    {
        "sequence": "10976028003549188",
        "price": "67122",
        "size": "0.01792257",
        "side": "sell",
        "time": 1729177117890000000,
    },
]
CANDLES = [
    ["1566789780", "5", "6", "7", "4", "11", "66"],
    ["1566789720", "10411.5", "10401.9", "10411.5", "10396.3", "29.11357276", "302889.301529914"],
]
MARK_PRICE = {"symbol": "USDT-BTC", "timePoint": 1729676888000, "value": 1.5045e-05}
BALANCES = [
    {
        "id": "548674591753",
        "currency": "USDT",
        "type": "trade",
        "balance": "26.66",
        "available": "25.66",
        "holds": "1.00",
    },
    {
        "id": "63355cd156298d0001b66e61",
        "currency": "USDT",
        "type": "main",
        "balance": "0",
        "available": "0",
        "holds": "0",
    },
]
MARGIN_BALANCE = {
    "currency": "USDT",
    "total": "38.68855864",
    "available": "20.01916691",
    "hold": "18.66939173",
    "liability": "3",
    "maxBorrowSize": "163",
    "borrowEnabled": True,
    "transferInEnabled": True,
}
MARGIN_ACCOUNT = {
    "totalAssetOfQuoteCurrency": "40.8648372",
    "totalLiabilityOfQuoteCurrency": "3",
    "debtRatio": "0.07",
    "status": "EFFECTIVE",
    "accounts": [MARGIN_BALANCE],
}
ISOLATED = {
    "totalAssetOfQuoteCurrency": "3.4939947",
    "totalLiabilityOfQuoteCurrency": "0.00239066",
    "timestamp": 1668062174000,
    "assets": [
        {
            "symbol": "MANA-USDT",
            "status": "DEBT",
            "debtRatio": "0.0007",
            "baseAsset": {**MARGIN_BALANCE, "currency": "MANA"},
            "quoteAsset": MARGIN_BALANCE,
        }
    ],
}
FUTURES_ACCOUNT = {
    "accountEquity": 394.439280806,
    "unrealisedPNL": 20.15278,
    "marginBalance": 371.394298816,
    "positionMargin": 102.20664159,
    "orderMargin": 10.06002012,
    "frozenFunds": 0.0,
    "availableBalance": 290.326799096,
    "currency": "USDT",
    "riskRatio": 0.0065289525,
    "maxWithdrawAmount": 290.326419096,
}
PLACED = {"orderId": "670fd33bf9406e0007ab3945", "clientOid": "5c52e11203aa677f33e493fb"}
PLACED_SYNC = {
    **PLACED,
    "orderTime": 1729248896393,
    "originSize": "0.00001",
    "dealSize": "0.00000400",
    "remainSize": "0.00000600",
    "canceledSize": "0",
    "status": "open",
    "matchTime": 1729248896402,
}
BATCH = [
    {**PLACED, "success": True},
    {"success": False, "failMsg": "The order funds should more then 0.1 USDT. balance insufficient", "clientOid": "b"},
]
ORDER = {
    "id": "6717422bd51c29000775ea03",
    "symbol": "BTC-USDT",
    "opType": "DEAL",
    "type": "limit",
    "side": "buy",
    "price": "70000",
    "size": "0.00001",
    "funds": "0.7",
    "dealSize": "0.00001",
    "dealFunds": "0.677176",
    "fee": "0.000677176",
    "feeCurrency": "USDT",
    "stp": None,
    "timeInForce": "GTC",
    "postOnly": False,
    "hidden": False,
    "iceberg": False,
    "visibleSize": "0",
    "cancelAfter": 0,
    "channel": "API",
    "clientOid": "5c52e11203aa677f33e493fb",
    "remark": "order remarks",
    "tags": None,
    "cancelExist": False,
    "createdAt": 1729577515444,
    "lastUpdatedAt": 1729577515481,
    "tradeType": "TRADE",
    "inOrderBook": False,
    "cancelledSize": "0",
    "cancelledFunds": "0",
    "remainSize": "0",
    "remainFunds": "0",
    "tax": "0",
    "active": False,
}
FILL = {
    "id": 19814995255305,
    "symbol": "BTC-USDT",
    "tradeId": 11029373945659392,
    "orderId": "6717422bd51c29000775ea03",
    "counterOrderId": "67174228135f9e000709da8c",
    "side": "buy",
    "liquidity": "taker",
    "forceTaker": False,
    "price": "67717.6",
    "size": "0.00001",
    "funds": "0.677176",
    "fee": "0.000677176",
    "feeRate": "0.001",
    "feeCurrency": "USDT",
    "stop": "",
    "tradeType": "TRADE",
    "type": "limit",
    "createdAt": 1729577515473,
}
STOP_ORDER = {
    "id": "vs93gptvr9t2fsql003l8k5p",
    "symbol": "BTC-USDT",
    "userId": "633559791e1cbc0001f319bc",
    "status": "NEW",
    "type": "limit",
    "side": "buy",
    "price": "50000.00000000000000000000",
    "size": "0.00001000000000000000",
    "funds": None,
    "stp": None,
    "timeInForce": "GTC",
    "cancelAfter": -1,
    "postOnly": False,
    "hidden": False,
    "iceberg": False,
    "visibleSize": None,
    "channel": "API",
    "clientOid": "5c52e11203aa677f222233e493fb",
    "remark": "order remarks",
    "tags": None,
    "orderTime": 1740626554883000024,
    "domainId": "kucoin",
    "tradeSource": "USER",
    "tradeType": "TRADE",
    "feeCurrency": "USDT",
    "takerFeeRate": "0.00100000000000000000",
    "makerFeeRate": "0.00100000000000000000",
    "createdAt": 1740626554884,
    "stop": "loss",
    "stopTriggerTime": None,
    "stopPrice": "60000.00000000000000000000",
}
OCO = {
    "orderId": "674c40d38b4b2f00073deaaf",
    "symbol": "BTC-USDT",
    "clientOid": "5c52e11203aa677f33e493fb",
    "orderTime": 1733050579089,
    "status": "NEW",
}
OCO_DETAILS = {
    **OCO,
    "orders": [
        {
            "id": "vs93gpruc69s00cs003tat0g",
            "symbol": "BTC-USDT",
            "side": "sell",
            "price": "94000",
            "stopPrice": "",
            "size": "0.00001",
            "status": "NEW",
        },
        {
            "id": "vs93gpruc5q45taf003545fj",
            "symbol": "BTC-USDT",
            "side": "sell",
            "price": "96000",
            "stopPrice": "98000",
            "size": "0.00001",
            "status": "NEW",
        },
    ],
}
