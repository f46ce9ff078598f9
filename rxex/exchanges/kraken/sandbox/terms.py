"""What orders on the simulated Kraken must keep to, and what an account has at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from rxex.codec import text_of
from rxex.exchanges.kraken.sandbox.instruments import INSTRUMENTS
from rxex.sandbox.orders import Terms

__all__ = ["FIRST_BALANCES", "TERMS", "instruments_v2"]

# The smallest orders of the venue, by base; they change with the prices there.
_MINIMA = {
    "BTC": "0.00005",
    "ETH": "0.001",
    "SOL": "0.02",
    "XRP": "1.65",
    "DOGE": "13",
    "ADA": "4.4",
    "DOT": "0.6",
    "LTC": "0.04",
    "LINK": "0.2",
    "XMR": "0.015",
    "ALGO": "18",
    "USDT": "5",
    "USDC": "5",
    "EUR": "0.5",
    "SC": "500",
}
_MINIMUM_COSTS = {"USD": "0.5", "EUR": "0.45", "USDT": "0.5", "BTC": "0.00002"}
_COST_DIGITS = {"BTC": 8}


def _terms(symbol: str) -> Terms:
    base, quote = symbol.split("/")
    instrument = INSTRUMENTS[symbol]
    return Terms(
        symbol=symbol,
        base=base,
        quote=quote,
        price_digits=instrument.price_digits,
        size_digits=instrument.size_digits,
        cost_digits=_COST_DIGITS.get(quote, 5),
        minimum=Decimal(_MINIMA[base]),
        minimum_cost=Decimal(_MINIMUM_COSTS[quote]),
        maker=Decimal("0.0025"),
        taker=Decimal("0.0040"),
    )


TERMS: Mapping[str, Terms] = {symbol: _terms(symbol) for symbol in INSTRUMENTS}
"""The terms of each instrument by its name on WebSocket v2; the fees are those of a new account."""

FIRST_BALANCES: Mapping[str, Decimal] = {
    **{terms.base: Decimal(100_000) for terms in TERMS.values()},
    **dict.fromkeys(("USD", "EUR", "USDT", "USDC"), Decimal(1_000_000)),
    "BTC": Decimal(10),
    "ETH": Decimal(200),
    "SOL": Decimal(5000),
}
"""What an account has at first, by asset."""


def instruments_v2(symbols: Iterable[str]) -> str:
    """Write the snapshot of the channel ``instrument``: the assets and pairs of ``symbols``."""
    pairs = [TERMS[symbol] for symbol in symbols]
    assets = ",".join(
        f'{{"id":"{asset}","status":"enabled","precision":{10 if asset == "BTC" else 8},"precision_display":5,'
        f'"borrowable":true,"collateral_value":1.00,"margin_rate":0.025000}}'
        for asset in dict.fromkeys(asset for pair in pairs for asset in (pair.base, pair.quote))
    )
    rows = ",".join(
        f'{{"symbol":"{pair.symbol}","base":"{pair.base}","quote":"{pair.quote}","status":"online",'
        f'"qty_precision":{pair.size_digits},"qty_increment":{_step(pair.size_digits)},'
        f'"price_precision":{pair.price_digits},"cost_precision":{pair.cost_digits},"marginable":false,'
        f'"has_index":true,"cost_min":{text_of(pair.minimum_cost)},"tick_size":{_step(pair.price_digits)},'
        f'"price_increment":{_step(pair.price_digits)},"qty_min":{text_of(pair.minimum)}}}'
        for pair in pairs
    )
    return f'{{"channel":"instrument","type":"snapshot","data":{{"assets":[{assets}],"pairs":[{rows}]}}}}'


def _step(digits: int) -> str:
    return text_of(Decimal(1).scaleb(-digits))
