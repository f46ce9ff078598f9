"""Kraken's public REST endpoints, served from the market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.kraken.sandbox.base import INTERVALS, MOST_CANDLES
from rxex.exchanges.kraken.sandbox.instruments import v1_price_digits
from rxex.exchanges.kraken.sandbox.names import ASSETS, PAIRS, PairNames, symbol_of
from rxex.exchanges.kraken.sandbox.terms import TERMS
from rxex.exchanges.kraken.sandbox.trading import Declined, Trading
from rxex.models import Side, Trade
from rxex.sandbox.market import Pair
from rxex.sandbox.simulation import Simulation

__all__ = ["PublicEndpoints"]

_FIAT = {"USD", "EUR"}


class PublicEndpoints:
    """The endpoints that need no key."""

    def __init__(self, simulation: Simulation, trading: Trading) -> None:
        """Serve the market of ``simulation``; ``trading`` has the books."""
        self._simulation = simulation
        self._trading = trading
        self._pairs = {symbol: names for symbol, names in PAIRS.items() if symbol in simulation.market.instruments}
        self._endpoints: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "Time": self._time,
            "SystemStatus": self._system_status,
            "Assets": self._assets,
            "AssetPairs": self._asset_pairs,
            "Ticker": self._ticker,
            "Depth": self._depth,
            "Trades": self._trades,
            "Spread": self._spread,
            "OHLC": self._ohlc,
        }

    def answer(self, name: str, query: Mapping[str, str]) -> Any:
        """Give the result of a call; raises `Declined`."""
        if name not in self._endpoints:
            raise Declined("EGeneral:Unknown method")
        return self._endpoints[name](query)

    def _time(self, _: Mapping[str, str]) -> Any:
        seconds = self._simulation.timestamp // 10**9
        date = datetime.fromtimestamp(seconds, UTC)
        return {"unixtime": seconds, "rfc1123": f"{date:%a, %d %b %y %H:%M:%S} +0000"}

    def _system_status(self, _: Mapping[str, str]) -> Any:
        date = datetime.fromtimestamp(self._simulation.timestamp // 10**9, UTC)
        return {"status": self._simulation.system, "timestamp": f"{date:%Y-%m-%dT%H:%M:%SZ}"}

    def _assets(self, query: Mapping[str, str]) -> Any:
        by_name = {name: names for names in ASSETS.values() for name in (names.key, names.name, names.symbol)}
        wanted = query["asset"].split(",") if "asset" in query else list(ASSETS)
        if not by_name.keys() >= set(wanted):
            raise Declined("EQuery:Unknown asset")
        return {
            by_name[name].key: {
                "aclass": "currency",
                "altname": by_name[name].name,
                "decimals": 4 if by_name[name].symbol in _FIAT else 10,
                "display_decimals": 2 if by_name[name].symbol in _FIAT else 5,
                "status": "enabled",
            }
            for name in wanted
        }

    def _asset_pairs(self, query: Mapping[str, str]) -> Any:
        return {names.key: self._asset_pair(names) for names in self._wanted(query)}

    def _asset_pair(self, names: PairNames) -> Any:
        terms = TERMS[names.symbol]
        return {
            "altname": names.name,
            "wsname": names.websocket,
            "aclass_base": "currency",
            "base": names.base.key,
            "aclass_quote": "currency",
            "quote": names.quote.key,
            "lot": "unit",
            "cost_decimals": terms.cost_digits,
            "pair_decimals": terms.price_digits,
            "lot_decimals": terms.size_digits,
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, terms.taker * 100]],
            "fees_maker": [[0, terms.maker * 100]],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": text_of(terms.minimum),
            "costmin": text_of(terms.minimum_cost),
            "tick_size": text_of(Decimal(1).scaleb(-terms.price_digits)),
            "status": "online",
        }

    def _ticker(self, query: Mapping[str, str]) -> Any:
        return {names.key: _ticker(self._simulation.market.pair(names.symbol)) for names in self._wanted(query)}

    def _depth(self, query: Mapping[str, str]) -> Any:
        names = self._one(query)
        count = _whole(query, "count", 100, 500)
        book, write = self._trading.book(names.symbol), _Writer(self._simulation.market.pair(names.symbol))
        now = self._simulation.timestamp // 10**9

        def levels(side: Side) -> list[Any]:
            return [[write.price(price), write.rounded(size), now] for price, size in book.levels(side, count)]

        return {names.key: {"asks": levels(Side.SELL), "bids": levels(Side.BUY)}}

    def _trades(self, query: Mapping[str, str]) -> Any:
        names = self._one(query)
        pair, since = self._simulation.market.pair(names.symbol), _whole(query, "since", 0, 2**63)
        if since < 10**12:
            since *= 10**9
        trades = [trade for trade in pair.recent if (trade.time or 0) > since][: _whole(query, "count", 1000, 1000)]
        write = _Writer(pair)
        last = trades[-1].time if trades else since
        return {names.key: [write.trade(trade) for trade in trades], "last": str(last)}

    def _spread(self, query: Mapping[str, str]) -> Any:
        names = self._one(query)
        pair = self._simulation.market.pair(names.symbol)
        write, now = _Writer(pair), self._simulation.timestamp // 10**9
        return {names.key: [[now, write.price(pair.bid), write.price(pair.ask)]], "last": now}

    def _ohlc(self, query: Mapping[str, str]) -> Any:
        names = self._one(query)
        minutes = _whole(query, "interval", 1, 21600)
        if minutes not in INTERVALS:
            raise Declined("EGeneral:Invalid arguments")
        pair = self._simulation.market.pair(names.symbol)
        rows = _candles(pair, minutes, self._simulation.timestamp // 10**9)
        since = _whole(query, "since", 0, 2**63)
        return {names.key: [row for row in rows if row[0] > since], "last": rows[-2][0]}

    def _wanted(self, query: Mapping[str, str]) -> list[PairNames]:
        if "pair" not in query:
            return list(self._pairs.values())
        return [self._names(name) for name in query["pair"].split(",")]

    def _one(self, query: Mapping[str, str]) -> PairNames:
        if "pair" not in query:
            raise Declined("EGeneral:Invalid arguments")
        return self._names(query["pair"])

    def _names(self, name: str) -> PairNames:
        symbol = symbol_of(name)
        if symbol not in self._pairs:
            raise Declined("EQuery:Unknown asset pair")
        return self._pairs[symbol]


def _whole(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise Declined("EGeneral:Invalid arguments")
    return int(text)


class _Writer:
    """Numbers of one instrument in the digits that REST has."""

    def __init__(self, pair: Pair) -> None:
        self._tick = Decimal(1).scaleb(-v1_price_digits(pair.instrument))

    def price(self, value: Decimal) -> str:
        return text_of(value.quantize(self._tick))

    def rounded(self, size: Decimal) -> str:
        return text_of(size.quantize(Decimal("0.001"), ROUND_DOWN))

    def trade(self, trade: Trade) -> list[Any]:
        seconds = Decimal(trade.time or 0).scaleb(-9).normalize()
        kind = (trade.order_type or "limit")[0]
        return [self.price(trade.price), text_of(trade.size), seconds, trade.side[0], kind, "", trade.id]


def _ticker(pair: Pair) -> Any:
    write, day, today = _Writer(pair), pair.day, pair.today

    def best(price: Decimal, size: Decimal) -> list[str]:
        return [write.price(price), text_of(size.to_integral_value(ROUND_DOWN)), write.rounded(size)]

    return {
        "a": best(pair.ask, pair.ask_size),
        "b": best(pair.bid, pair.bid_size),
        "c": [write.price(pair.last), text_of(pair.last_size)],
        "v": [text_of(today.volume), text_of(day.volume)],
        "p": [write.price(today.vwap), write.price(day.vwap)],
        "t": [today.trades, day.trades],
        "l": [write.price(today.low), write.price(day.low)],
        "h": [write.price(today.high), write.price(day.high)],
        "o": write.price(today.open),
    }


def _candles(pair: Pair, minutes: int, now: int) -> list[list[Any]]:
    """Write the last candles; those without any trade are flat, and the last one is not finished."""
    write, interval = _Writer(pair), minutes * 60
    current = now // interval * interval
    known = {candle.begin // 10**9: candle for candle in pair.candles(minutes)}
    begin = max(min([*known, current - interval]), current - (MOST_CANDLES - 1) * interval)
    close = next((candle.open for at, candle in known.items() if at >= begin), pair.last)
    rows: list[list[Any]] = []
    while begin <= current:
        candle = known.get(begin)
        if candle is None:
            texts, vwap, volume, trades = [write.price(close)] * 4, Decimal(0), Decimal("0E-8"), 0
        else:
            close = candle.close
            texts = [write.price(price) for price in (candle.open, candle.high, candle.low, close)]
            vwap, volume, trades = candle.vwap or close, candle.volume, candle.trades or 0
        rows.append([begin, *texts, write.price(vwap), text_of(volume.quantize(Decimal("1E-8"))), trades])
        begin += interval
    return rows
