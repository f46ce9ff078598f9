"""What is traded on the simulated Bitfinex: pairs, perpetual contracts, funding, and the terms of orders."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from rxex.sandbox.market import Instrument
from rxex.sandbox.orders import Terms

__all__ = [
    "DERIVATIVES",
    "FIRST_BALANCES",
    "INSTRUMENTS",
    "TERMS",
    "currencies_of",
    "cut_price",
    "is_funding",
    "significant",
]

INSTRUMENTS: Mapping[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        Instrument("tBTCUSD", "63000", 0, size=0.05, spread=1, volatility=6e-5),
        Instrument("tBTCUST", "63010", 0, size=0.03, spread=2, volatility=6e-5),
        Instrument("tBTCEUR", "58100", 0, size=0.04, spread=2, volatility=6e-5),
        Instrument("tETHUSD", "3207.5", 1, size=0.8, spread=2, volatility=8e-5),
        Instrument("tETHUST", "3208.1", 1, size=0.6, spread=3, volatility=8e-5),
        Instrument("tETHBTC", "0.050910", 6, size=1.2, spread=4, volatility=4e-5),
        Instrument("tSOLUSD", "142.37", 2, size=12, spread=1, volatility=1e-4),
        Instrument("tXRPUSD", "0.52340", 5, size=1500, spread=3, volatility=9e-5),
        Instrument("tLTCUSD", "71.550", 3, size=6, spread=9, volatility=8e-5),
        Instrument("tXMRUSD", "162.40", 2, size=4, spread=4, volatility=7e-5),
        Instrument("tLEOUSD", "5.9120", 4, size=40, spread=6, volatility=3e-5),
        # Six digits: only the raw book has them all.
        Instrument("tDOGE:USD", "0.123450", 6, size=6000, spread=12, volatility=1e-4),
        Instrument("tLINK:USD", "13.9150", 4, size=60, spread=40, volatility=1e-4),
        Instrument("tSHIB:USD", "0.00001823", 8, size=4_000_000, spread=1, volatility=3e-4),
        Instrument("tBTT:USD", "0.00000071", 8, size=90_000_000, spread=1, volatility=3e-4),
        Instrument("tTESTBTC:TESTUSD", "63000", 0, size=0.05, spread=1, volatility=6e-5),
        Instrument("tBTCF0:USTF0", "63020", 0, size=0.2, spread=1, volatility=6e-5),
        Instrument("tETHF0:USTF0", "3208.6", 1, size=3, spread=2, volatility=8e-5),
    )
}
"""The pairs by their names."""

DERIVATIVES: Mapping[str, str] = {"tBTCF0:USTF0": "tBTCUST", "tETHF0:USTF0": "tETHUST"}
"""The perpetual contracts, and the pair that each follows."""

# The smallest orders of the venue, by base; they change with the prices there.
_MINIMA = {
    "BTC": "0.00004",
    "ETH": "0.0008",
    "SOL": "0.02",
    "XRP": "4",
    "LTC": "0.04",
    "XMR": "0.02",
    "LEO": "0.4",
    "DOGE": "22",
    "LINK": "0.2",
    "SHIB": "140000",
    "BTT": "3000000",
    "TESTBTC": "0.00004",
    "BTCF0": "0.0001",
    "ETHF0": "0.002",
}


def currencies_of(symbol: str) -> tuple[str, str]:
    """The two currencies of a pair; those of more than three letters are told apart by a colon.

    >>> currencies_of("tBTCUSD"), currencies_of("tDOGE:USD")
    (('BTC', 'USD'), ('DOGE', 'USD'))
    """
    base, colon, quote = symbol[1:].partition(":")
    return (base, quote) if colon else (symbol[1:4], symbol[4:])


def significant(price: Decimal, digits: int, rounding: str) -> Decimal:
    """A price with so many significant digits.

    >>> significant(Decimal("0.123456"), 5, ROUND_DOWN), significant(Decimal("63021"), 3, ROUND_DOWN)
    (Decimal('0.12345'), Decimal('6.30E+4'))
    """
    return price.quantize(Decimal(1).scaleb(price.adjusted() - digits + 1), rounding)


def cut_price(price: Decimal) -> Decimal:
    """The price that an order gets: what goes beyond five significant digits, or eight after the point, is cut."""
    if not price:
        return price
    return significant(price, 5, ROUND_DOWN).quantize(Decimal("1E-8"), ROUND_DOWN).normalize()


def _terms(instrument: Instrument) -> Terms:
    base, quote = currencies_of(instrument.symbol)
    return Terms(
        symbol=instrument.symbol,
        base=base,
        quote=quote,
        price_digits=instrument.price_digits,
        size_digits=8,
        cost_digits=8,
        minimum=Decimal(_MINIMA[base]),
        maker=Decimal("0.001"),
        taker=Decimal("0.002"),
    )


TERMS: Mapping[str, Terms] = {symbol: _terms(instrument) for symbol, instrument in INSTRUMENTS.items()}
"""The terms of each pair; the fees are those of a new account."""

FIRST_BALANCES: Mapping[str, Decimal] = {
    **{terms.base: Decimal(100_000) for terms in TERMS.values()},
    **dict.fromkeys(("USD", "UST", "EUR", "TESTUSD", "USTF0"), Decimal(1_000_000)),
    "BTC": Decimal(10),
    "TESTBTC": Decimal(10),
    "ETH": Decimal(200),
    "SHIB": Decimal(10**9),
    "BTT": Decimal(10**10),
}
"""What each wallet of an account has at first, by currency."""


def is_funding(symbol: str) -> bool:
    """Whether a symbol is that of a currency's funding."""
    return symbol.startswith("f")
