"""One message of each Pro channel in KuCoin's words, how it is asked for, and what is to be read in it."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from rxex.exchanges.kucoin import pro
from rxex.models import Side, Stage
from tests.exchanges.kucoin.samples import Sample

__all__ = ["PRIVATE_SAMPLES", "PUBLIC_SAMPLES", "ProSample"]

MS = 10**6
LEVELS = (
    '{"T":"obu.%s","dp":"%s","t":"snapshot","P":1790114459840641662,"d":{"s":"%s","O":1747821262585,"C":1747821262585,'
    '"M":1790114459839000000,"a":[["85973.4","12"],["85980.10","7"]],"b":[["85973.3","16236"],["85887.1","98"]]}}'
)
READ_LEVELS = {
    "bids": [("85973.3", "16236"), ("85887.1", "98")],
    "asks": [("85973.4", "12"), ("85980.10", "7")],
    "time": 1790114459839000000,
}
BEST = {"bid": "85973.3", "bid_size": "16236", "ask": "85973.4", "ask_size": "12", "time": 1790114459839000000}
TICKER = (
    '{"T":"ticker.%s","P":1768206966101166007,"d":{"A":"0.97675941","B":"0.02052839","E":25958853459,'
    '"M":1768206966096000000,"S":"BUY","a":"90968.2","b":"90968.1","l":"90968.20","q":"0.00109929","s":"%s"}}'
)
READ_TICKER = {
    "bid": "90968.1",
    "bid_size": "0.02052839",
    "ask": "90968.2",
    "ask_size": "0.97675941",
    "last": "90968.20",
    "last_size": "0.00109929",
    "time": 1768206966096000000,
}
CANDLE = (
    '{"T":"kline.%s","P":1768210985379046302,"d":{"a":"170509.259492364","s":"%s","C":1768211880,"c":"90861.2",'
    '"S":"false","v":"1.87659044","h":"90861.3","i":"15min","l":"90861.20","O":1768210980,"o":"90861.3"}}'
)
READ_CANDLE = {
    "begin": 1768210980 * 10**9,
    "interval": 900 * 10**9,
    "open": "90861.3",
    "high": "90861.3",
    "low": "90861.20",
    "close": "90861.2",
    "closed": False,
    "time": 1768210985379046302,
}
FUNDING_ROW = (
    '{"s":"%s","fr":"-0.000076","ft":1790092800000,"lfr":"-0.000019","nt":1790121600000,"gl":28800000,"fc":"0.003",'
    '"ff":"-0.003"}'
)
READ_FUNDING = {
    "symbol": "XBTUSDTM",
    "rate": "-0.000076",
    "last_rate": "-0.000019",
    "begin": 1790092800000 * MS,
    "due": 1790121600000 * MS,
    "interval": 28800000 * MS,
    "cap": "0.003",
    "floor": "-0.003",
    "time": 1790114460967760880,
}


@frozen
class ProSample(Sample):
    """A sample, and what its request says besides id and action."""

    request: dict[str, Any] = field(kw_only=True)


def _spot(channel: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "tradeType": "SPOT", "symbol": "ETH-USDT", **more}


def _futures(channel: str, **more: Any) -> dict[str, Any]:
    return {"channel": channel, "tradeType": "FUTURES", "symbol": "XBTUSDTM", **more}


_NUMBERS = ("d.b", "d.B", "d.a", "d.A", "d.l", "d.q", "d.M")
_BARS = ("d.o", "d.h", "d.l", "d.c", "d.v", "d.O")
PUBLIC_SAMPLES = {
    "ticker": ProSample(
        pro.subscribe_ticker,
        "ETH-USDT",
        TICKER % ("SPOT", "ETH-USDT"),
        {"symbol": "ETH-USDT", **READ_TICKER},
        _NUMBERS,
        request=_spot("ticker"),
    ),
    "futures ticker": ProSample(
        pro.subscribe_ticker,
        "XBTUSDTM",
        TICKER % ("FUTURES", "XBTUSDTM"),
        {"symbol": "XBTUSDTM", "side": Side.BUY, **READ_TICKER},
        _NUMBERS,
        request=_futures("ticker"),
    ),
    "trades": ProSample(
        pro.subscribe_trades,
        "ETH-USDT",
        '{"T":"trade.SPOT","P":1768802538491160904,"d":{"E":20631804219899904,"M":1768802538480000000,"S":"sell",'
        '"p":"92525.60","q":"0.00008036","s":"ETH-USDT","ti":"20631804219899904"}}',
        {
            "symbol": "ETH-USDT",
            "price": "92525.60",
            "size": "0.00008036",
            "side": Side.SELL,
            "id": "20631804219899904",
            "time": 1768802538480000000,
        },
        ("d.p", "d.q", "d.M"),
        request=_spot("trade"),
    ),
    "candles": ProSample(
        pro.subscribe_candles,
        "ETH-USDT",
        CANDLE % ("SPOT", "ETH-USDT"),
        {"symbol": "ETH-USDT", "volume": "1.87659044", **READ_CANDLE},
        _BARS,
        {"interval": 900},
        request=_spot("kline", interval="15min"),
    ),
    "futures candles": ProSample(
        pro.subscribe_candles,
        "XBTUSDTM",
        CANDLE % ("FUTURES", "XBTUSDTM"),
        {"symbol": "XBTUSDTM", **READ_CANDLE},
        _BARS,
        {"interval": 900},
        request=_futures("kline", interval="15min"),
    ),
    "book": ProSample(
        pro.subscribe_book,
        "ETH-USDT",
        LEVELS % ("SPOT", "increment@10ms", "ETH-USDT"),
        {"symbol": "ETH-USDT", **READ_LEVELS},
        (),
        request=_spot("obu", depth="increment@10ms", rpiFilter=0),
    ),
    "depth 5": ProSample(
        pro.subscribe_depth,
        "ETH-USDT",
        LEVELS % ("SPOT", "5", "ETH-USDT"),
        {"symbol": "ETH-USDT", "depth": 5, **READ_LEVELS},
        ("d.b", "d.a"),
        request=_spot("obu", depth="5", rpiFilter=0),
    ),
    "futures depth 50": ProSample(
        pro.subscribe_depth,
        "XBTUSDTM",
        LEVELS % ("FUTURES", "50", "XBTUSDTM"),
        {"symbol": "XBTUSDTM", "depth": 50, **READ_LEVELS},
        ("d.b", "d.a"),
        {"depth": 50},
        request=_futures("obu", depth="50", rpiFilter=0),
    ),
    "spread": ProSample(
        pro.subscribe_spread,
        "ETH-USDT",
        LEVELS % ("SPOT", "1", "ETH-USDT"),
        {"symbol": "ETH-USDT", **BEST},
        ("d.b", "d.a"),
        request=_spot("obu", depth="1", rpiFilter=0),
    ),
    "mark price": ProSample(
        pro.subscribe_mark_price,
        "XBTUSDTM",
        '{"T":"mark-price","P":1790113097443102278,"d":{"s":"XBTUSDTM","mp":"86201.79","ip":"86248.810",'
        '"oi":"11481754","ts":1790113097000}}',
        {
            "symbol": "XBTUSDTM",
            "price": "86201.79",
            "index_price": "86248.810",
            "open_interest": "11481754",
            "time": 1790113097000 * MS,
        },
        ("d.mp", "d.ip", "d.ts"),
        request=_futures("mark-price"),
    ),
    "funding rate": ProSample(
        pro.subscribe_funding_rate,
        "XBTUSDTM",
        '{"T":"funding-fee","P":1790114460967760880,"d":%s}' % (FUNDING_ROW % "XBTUSDTM"),
        READ_FUNDING,
        ("d.fr",),
        request=_futures("funding-fee"),
    ),
    "all funding rates": ProSample(
        pro.subscribe_all_funding_rates,
        None,
        '{"T":"funding-fee-all-symbols","P":1790114460967760880,"d":[%s]}' % (FUNDING_ROW % "XBTUSDTM"),
        READ_FUNDING,
        (),
        request={"channel": "funding-fee-all-symbols", "tradeType": "FUTURES"},
    ),
}
PRIVATE_SAMPLES = {
    "orders": ProSample(
        pro.subscribe_orders,
        None,
        '{"P":1770107561274139265,"T":"orderAll.SPOT","d":{"O":1770107561253000000,"S":"BUY","U":1770107561263000000,'
        '"f":"0.000788236","p":"0","q":"0.00001","s":"BTC-USDT","t":"0","aP":"78823.6","cS":"0","ci":"mine",'
        '"eT":"FILL","fC":"USDT","fS":"0.00001","lS":"0.00001","ls":"78823.60","lR":"TAKER","oT":"MARKET","oi":"697f",'
        '"os":3,"pO":false,"qU":"BASECCY","rS":"0","ti":"21002796345212928","tIF":"GTC"}}',
        {
            "order_id": "697f",
            "client_id": "mine",
            "stage": Stage.FILLED,
            "symbol": "BTC-USDT",
            "side": Side.BUY,
            "type": "MARKET",
            "quantity": "0.00001",
            "price": None,
            "filled": "0.00001",
            "average_price": "78823.6",
            "fill.id": "21002796345212928",
            "fill.price": "78823.60",
            "fill.quantity": "0.00001",
            "fill.is_maker": False,
            "time": 1770107561263000000,
        },
        ("d.oi", "d.os", "d.s", "d.S"),
        request={"channel": "orderAll", "tradeType": "SPOT"},
    ),
    "executions": ProSample(
        pro.subscribe_trade_fills,
        None,
        '{"P":1770107561276396856,"T":"execution.CROSS","d":{"E":1770107561258000000,"S":"BUY",'
        '"f":"0.00078823600000000000","p":"78823.6","q":"0.00001","s":"BTC-USDT","fC":"USDT","lR":"TAKER",'
        '"oT":"MARKET","oi":"697f","ti":"21002796345212928"}}',
        {
            "id": "21002796345212928",
            "order_id": "697f",
            "price": "78823.6",
            "quantity": "0.00001",
            "symbol": "BTC-USDT",
            "side": Side.BUY,
            "is_maker": False,
            "time": 1770107561258000000,
        },
        ("d.oi", "d.ti", "d.p", "d.q", "d.s", "d.S"),
        {"trade_type": "CROSS"},
        request={"channel": "execution", "tradeType": "CROSS"},
    ),
    "balances": ProSample(
        pro.subscribe_balances,
        None,
        '{"P":1770113416497653438,"T":"balance.FUTURES","d":{"E":488,"U":1770113416495000000,"a":"12.94776376",'
        '"b":"13.96916376","c":"USDT","e":"14.07876376","h":"0","cOM":"0","cPM":"0.0642","cUP":"0.0022",'
        '"iFF":"-0.01171253","iOM":"0","iPM":"0.94548747","iUP":"0.1074","tCM":"13.02587629"}}',
        {
            "asset": "USDT",
            "total": "13.96916376",
            "locked": "0",
            "wallet": "FUTURES",
            "change": None,
            "time": 1770113416495000000,
        },
        ("d.c", "d.b"),
        {"account_type": "FUTURES"},
        request={"channel": "balance", "accountType": "FUTURES"},
    ),
    "positions": ProSample(
        pro.subscribe_positions,
        None,
        '{"P":1770113826322557532,"T":"positionAll.FUTURES","d":{"O":1768876415683000000,"U":1770113826318000000,'
        '"l":"0.8050565291","q":"-1","s":"TRUMPUSDTM","bP":"9.51343735","eP":"4.786","iM":"0.4786","lP":"9.395059599",'
        '"mM":"ISOLATED","mP":"4.243","pV":"0.4786","pi":"5001","mmr":"0.012","mtM":"0.0053461800",'
        '"rPL":"0.16057928","uPL":"0.0543"}}',
        {
            "symbol": "TRUMPUSDTM",
            "margin_mode": "ISOLATED",
            "quantity": "-1",
            "entry_price": "4.786",
            "mark_value": "0.4786",
            "mark_price": "4.243",
            "liquidation_price": "9.395059599",
            "bankrupt_price": "9.51343735",
            "leverage": "0.8050565291",
            "unrealised_pnl": "0.0543",
            "realised_pnl": "0.16057928",
            "initial_margin": "0.4786",
            "maintenance_rate": "0.012",
            "maintenance_margin": "0.0053461800",
            "position_margin": None,
            "opened": 1768876415683000000,
            "time": 1770113826318000000,
        },
        ("d.s",),
        request={"channel": "positionAll", "tradeType": "FUTURES"},
    ),
    "leverage": ProSample(
        pro.subscribe_leverage,
        None,
        '{"T":"leverage.UNIFIED","P":1764570290237940700,"d":{"s":"XBTUSDTM","l":"5.00"}}',
        {"symbol": "XBTUSDTM", "leverage": "5.00", "time": 1764570290237940700},
        ("d.s", "d.l"),
        {"trade_type": "UNIFIED"},
        request={"channel": "leverage", "tradeType": "UNIFIED"},
    ),
    "risk": ProSample(
        pro.subscribe_risk_warnings,
        None,
        '{"T":"lw.FUTURES","P":1729842192785164840,"d":{"eT":"MARGIN_CALL","r":"0.9378","a":"12456.32",'
        '"iM":"58720.00","mM":"5284.80","aM":"1890.45","e":"63710.77","l":"51254.45","U":1729842192785100000}}',
        {
            "kind": "MARGIN_CALL",
            "risk_ratio": "0.9378",
            "equity": "63710.77",
            "adjusted_equity": "12456.32",
            "liability": "51254.45",
            "initial_margin": "58720.00",
            "maintenance_margin": "5284.80",
            "available_margin": "1890.45",
            "time": 1729842192785100000,
        },
        ("d.eT",),
        request={"channel": "lw", "tradeType": "FUTURES"},
    ),
}
