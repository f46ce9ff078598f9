"""What is asked of Bitfinex and what it answers, endpoint by endpoint."""

from __future__ import annotations

from typing import Any

from rxex.exchanges.bitfinex.rest import AddOrder, CancelOrder, CancelOrders, EditOrder
from tests.exchanges.bitfinex.rest import samples as s
from tests.exchanges.bitfinex.rest.samples import note

_PAIR: dict[str, Any] = {"symbol": "tBTCUSD"}
_USD: dict[str, Any] = {"symbol": "fUSD"}
_TIMES: dict[str, Any] = {"start": 1_700_000_000 * 10**9, "end": 1_700_000_100 * 10**9, "limit": 5}

CALLS: dict[str, tuple[dict[str, Any], Any]] = {
    "system_status": ({}, [1]),
    "config": ({"config": ["pub:list:currency", "pub:fees"]}, [["BTC", "USD"], {"maker": 1}]),
    "assets": (
        {},
        [["BTC", "UST", "BTCF0"], [["UST", "USDT"]], [["BTC", "Bitcoin"]], [["BTCF0", "BTC"]], [["UST", "ETH"]]],
    ),
    "asset_pairs": (
        {},
        [
            [
                ["BTCUSD", [None, None, None, "0.00004", "2000.0", None, None, None, 0.1, 0.05]],
                ["DOGE:USD", [None, None, None, "22.0", "5000000.0", None, None, None, None, None]],
            ],
            [["BTCF0:USTF0", [None, None, None, "0.00004", "100.0", None, None, None, 0.01, 0.005]]],
        ],
    ),
    "ticker": (_PAIR, s.TICKER),
    "funding_ticker": (_USD, s.FUNDING_TICKER),
    "tickers": ({"symbols": ["tBTCUSD", "fUSD"]}, [["tBTCUSD", *s.TICKER], ["fUSD", *s.FUNDING_TICKER]]),
    "tickers_history": ({**_TIMES, "sort": 1}, [["tBTCUSD", 7617.5, None, 7618, *[None] * 8, 1573776000000]]),
    "trades": ({**_PAIR, **_TIMES, "sort": -1}, s.TRADES),
    "funding_trades": (_USD, s.FUNDING_TRADES),
    "depth": ({**_PAIR, "length": 100}, s.DEPTH),
    "order_depth": (_PAIR, s.ORDER_DEPTH),
    "funding_depth": ({**_USD, "precision": "P1"}, s.FUNDING_DEPTH),
    "funding_order_depth": (_USD, s.FUNDING_ORDER_DEPTH),
    "ohlc": ({**_PAIR, "timeframe": "1m", **_TIMES}, s.CANDLES),
    "last_ohlc": ({**_USD, "timeframe": "1h", "period": "a30:p2:p30"}, s.CANDLES[0]),
    "derivatives_status": ({"keys": "tBTCF0:USTF0"}, [["tBTCF0:USTF0", *s.STATUS]]),
    "derivatives_status_history": ({"key": "tBTCF0:USTF0", **_TIMES}, [s.STATUS]),
    "liquidations": (_TIMES, [[s.LIQUIDATION], [s.LIQUIDATION]]),
    "stats": ({"resource": "pos.size:1m:tBTCUSD:long"}, [[1574698260000, 20], [1574698200000, None]]),
    "last_stats": ({"resource": "vwap:1d:tBTCUSD"}, [1574698260000, 7617.25]),
    "rankings": ({"resource": "vol:1w:tGLOBAL:USD"}, [s.RANK]),
    "last_rankings": ({"resource": "vol:1w:tBTCUSD"}, s.RANK),
    "funding_stats": ({**_USD, "limit": 1}, [s.FUNDING_STATISTIC]),
    "fx_rate": ({"ccy1": "EUR", "ccy2": "USD"}, [1.10285]),
    "average_price": ({**_PAIR, "amount": "-2", "rate_limit": "7000"}, [7617.25, 2]),
    "funding_average_rate": ({**_USD, "amount": 100, "period": 2}, [0.0002, 100]),
    "open_orders": ({"symbol": "tETHUSD"}, [s.order()]),
    "closed_orders": ({"id": [1151718504], **_TIMES}, [s.EXECUTED, s.NO_BALANCE]),
    "order_trades": ({"symbol": "tETHUST", "id": "34938060782"}, [s.ORDER_TRADE]),
    "trades_history": ({**_TIMES, "sort": 1}, [s.TRADE]),
    "add_order": (
        {**_PAIR, "amount": "0.1", "price": 10000, "cid": 1575287436979},
        note("on-req", [s.order()], text="Submitting exchange limit sell order.", time=1575287438.515),
    ),
    "edit_order": ({"id": 1185815098, "price": "240"}, note("ou-req", s.order(price=240))),
    "cancel_order": ({"cid": 555, "cid_date": "2018-03-15"}, note("oc-req", s.ONLY_CID)),
    "cancel_orders": ({"id": ["1", 2], "cid": [(5, "2026-11-20")], "gid": 7}, note("oc_multi-req", [s.order()])),
    "cancel_all": ({}, note("oc_multi-req", [])),
    "order_multi": (
        {
            "ops": [
                AddOrder(**_PAIR, amount="0.1", price="1", cid=1),
                EditOrder(id=5, amount="2"),
                CancelOrder(id=6),
                CancelOrders(gid=[7]),
            ]
        },
        note(
            "ox_multi-req",
            [
                note("on-req", [s.order()]),
                note("ou-req", None, "ERROR", "Order not found."),
                note("oc-req", s.ONLY_ID),
                note("oc_multi-req", [s.order(), s.order(id=2)]),
            ],
        ),
    ),
    "balances": ({}, [s.WALLET, ["margin", "BTC", 1, 0, None, None, None]]),
    "balances_history": ({"currency": "USD"}, [["exchange", "USD", 1.5, 0, None, None, 1573521810000]]),
    "available_balance": ({**_PAIR, "type": "EXCHANGE", "dir": 1, "rate": "9000"}, [2.5]),
    "ledgers": ({"currency": "USD", "category": 5, "wallet": "exchange", **_TIMES}, [s.LEDGER]),
    "summary": ({}, s.SUMMARY),
    "margin_info": ({}, s.MARGIN_BASE),
    "margin_symbol": ({"symbol": "tETHUSD"}, s.MARGIN_SYMBOL),
    "margin_symbols": ({}, [s.MARGIN_SYMBOL, s.MARGIN_SYMBOL]),
    "open_positions": ({}, [s.POSITION]),
    "positions_history": ({"id": 142420429, "limit": 50}, [s.PAST_POSITION]),
    "positions_snapshot": (_TIMES, [s.PAST_POSITION]),
    "positions_audit": ({"id": [142420429]}, [s.POSITION]),
    "increase_info": ({**_PAIR, "amount": "5"}, s.INCREASE_INFO),
    "collateral_limits": ({"symbol": "tBTCF0:USTF0"}, [3.5, 100]),
    "user_info": ({}, s.USER),
    "login_history": ({"limit": 5}, [[7, None, 1700000000000, None, "192.0.2.1", None, None, {"agent": "x"}]]),
    "key_permissions": ({}, [["account", 1, 0], ["orders", 1, 1], ["withdraw", 0, 0]]),
    "token": ({"ttl": 60, "caps": ["a", "o"], "write_permission": True}, ["pub:api:b7c4-ada3-some-token"]),
    "claim_position": ({"id": 142420429}, note("pm-req", [s.POSITION])),
    "increase_position": ({**_PAIR, "amount": "1"}, note("pmi-req", ["tBTCUSD", None, 1, 7600])),
    "position_funding_type": ({**_PAIR, "type": 1}, note("puft-req")),
    "set_collateral": ({"symbol": "tBTCF0:USTF0", "collateral": "10.5"}, [[1]]),
    "transfer": (
        {"from_": "exchange", "to": "margin", "currency": "UST", "currency_to": "USTF0", "amount": "1.5"},
        note("acc_tf", [1568736745789, "exchange", "margin", None, "UST", "USTF0", None, 1.5], text="1.5 Tether"),
    ),
    "funding_offers": ({"symbol": "fETH"}, [s.OFFER]),
    "funding_offers_history": (_TIMES, [s.OFFER]),
    "funding_loans": ({}, [s.LOAN]),
    "funding_loans_history": (_USD, [s.LOAN]),
    "funding_credits": ({}, [s.CREDIT]),
    "funding_credits_history": ({}, [s.CREDIT]),
    "funding_trades_history": ({**_USD, "sort": 1}, [s.FUNDING_TRADE]),
    "funding_info": ({"key": "fUSD"}, s.FUNDING_INFO),
    "auto_renew_state": ({"currency": "USD"}, ["USD", 2, 0.0002, 50]),
    "add_funding_offer": ({**_USD, "amount": "-500", "rate": "0.02", "period": 2}, note("fon-req", s.OFFER)),
    "cancel_funding_offer": ({"id": 41237920}, note("foc-req", s.OFFER)),
    "cancel_all_funding_offers": ({"currency": "USD"}, note("foc_all-req")),
    "close_funding": ({"id": 2995442}, note("fc-req")),
    "auto_renew": ({"status": True, "currency": "USD", "rate": 0}, note("fa-req", ["USD", 2, 0, 50])),
    "keep_funding": ({"type": "loan", "id": [2995442]}, note("fk-req")),
}
