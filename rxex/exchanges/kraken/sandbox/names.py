"""What REST calls instruments and assets: keys, alternative names, names on WebSocket v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from rxex.exchanges.kraken.models import to_v1
from rxex.exchanges.kraken.sandbox.instruments import INSTRUMENTS
from rxex.exchanges.kraken.sandbox.trading import Declined

__all__ = ["ASSETS", "PAIRS", "AssetNames", "PairNames", "altname", "rest_asset", "rest_pair", "symbol_of"]

# Assets of the first years have a letter before their name, and so have the pairs of two of them.
_OLD = {"XBT": "XXBT", "ETH": "XETH", "XRP": "XXRP", "LTC": "XLTC", "XMR": "XXMR", "USD": "ZUSD", "EUR": "ZEUR"}
_KEYS = {**_OLD, "XDG": "XXDG"}


@frozen
class AssetNames:
    """An asset: its key, its alternative name, and what the feeds call it."""

    key: str
    name: str
    symbol: str


@frozen
class PairNames:
    """An instrument: its key, its alternative name, and what v1 and v2 call it."""

    key: str
    name: str
    websocket: str
    symbol: str
    base: AssetNames
    quote: AssetNames


def _asset(symbol: str) -> AssetNames:
    name = to_v1(symbol)
    return AssetNames(_KEYS.get(name, name), name, symbol)


def _pair(symbol: str) -> PairNames:
    base, quote = map(_asset, symbol.split("/"))
    old = {base.name, quote.name} <= _OLD.keys()
    key = base.key + quote.key if old else base.name + quote.name
    return PairNames(key, base.name + quote.name, to_v1(symbol), symbol, base, quote)


PAIRS: Mapping[str, PairNames] = {symbol: _pair(symbol) for symbol in INSTRUMENTS}
"""The names of each instrument by that on WebSocket v2.

>>> PAIRS["BTC/USD"].key, PAIRS["DOGE/USD"].key, PAIRS["BTC/USDT"].key
('XXBTZUSD', 'XDGUSD', 'XBTUSDT')
"""

ASSETS: Mapping[str, AssetNames] = {asset.symbol: asset for pair in PAIRS.values() for asset in (pair.base, pair.quote)}
"""The names of each asset by that on WebSocket v2."""

_SYMBOLS = {
    name: names.symbol for names in PAIRS.values() for name in (names.key, names.name, names.websocket, names.symbol)
}


def symbol_of(pair: Any) -> str:
    """The symbol of a pair in any of the venue's ways: ``XBT/USD``, ``XBTUSD``, ``XXBTZUSD``, ``BTC/USD``."""
    symbol = _SYMBOLS.get(str(pair))
    if symbol is None:
        raise Declined("EQuery:Unknown asset pair")
    return symbol


def altname(symbol: str) -> str:
    """The alternative name of an instrument: ``XBTUSD``."""
    return PAIRS[symbol].name


def rest_pair(symbol: str) -> str:
    """The key of an instrument: ``XXBTZUSD``."""
    return PAIRS[symbol].key


def rest_asset(asset: str) -> str:
    """The key of an asset: ``XXBT``."""
    return _asset(asset).key
