"""What is traded on the simulated KuCoin: spot pairs, and futures whose sizes are lots."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from rxex.sandbox.market import Instrument
from rxex.sandbox.orders import Terms

__all__ = [
    "CONTRACTS",
    "FUTURES",
    "FUTURES_TERMS",
    "INSTRUMENTS",
    "PATHS",
    "SPOT",
    "SPOT_TERMS",
    "Contract",
    "paths_of",
]

SPOT, FUTURES = "spot", "futures"
"""The two markets, which have hosts of their own; margin is on the hosts of spot."""

PATHS = {SPOT: "/spot", FUTURES: "/futures"}
"""Where the first servers of the two markets are, by market."""


def paths_of(market: str, instances: int) -> list[str]:
    """Give where all servers of a market are: ``/spot``, ``/spot/2``."""
    return [PATHS[market], *(f"{PATHS[market]}/{number}" for number in range(2, instances + 1))]


_PAIRS = (
    Instrument("BTC-USDT", "63010.5", 1, size=0.03, spread=2, volatility=6e-5, spacing=8),
    Instrument("ETH-USDT", "3207.52", 2, size=0.6, spread=2, volatility=8e-5, spacing=8),
    Instrument("ETH-BTC", "0.05091", 5, size=1.2, spread=1, volatility=4e-5),
    Instrument("KCS-USDT", "10.437", 3, 4, size=25, spread=3, volatility=8e-5),
    Instrument("KCS-BTC", "0.00016561", 8, 4, size=20, spread=9, volatility=8e-5),
    Instrument("SOL-USDT", "142.37", 2, 4, size=8, spread=1, volatility=1e-4),
    Instrument("XRP-USDT", "0.52341", 5, 4, size=900, spread=2, volatility=9e-5),
    Instrument("DOGE-USDT", "0.12345", 5, 4, size=4000, spread=2, volatility=1e-4),
    Instrument("LTC-USDT", "71.55", 2, 4, size=4, spread=2, volatility=8e-5),
    Instrument("BCHSV-USDT", "47.31", 2, 4, size=5, spread=2, volatility=9e-5),
)
_MINIMA = {
    "BTC": "0.00001",
    "ETH": "0.0001",
    "KCS": "0.01",
    "SOL": "0.01",
    "XRP": "0.1",
    "DOGE": "1",
    "LTC": "0.001",
    "BCHSV": "0.01",
}


@frozen(kw_only=True)
class Contract:
    """A futures contract.

    Args:
        market: How its price moves; its sizes are lots.
        base: What it is about.
        quote: What its price is in.
        settle: What it is settled in.
        multiplier: What a lot is: so much of the base; -1 where a lot is one of the quote (inverse contracts).
        funding: What is paid each eight hours, as a fraction of the value.
        leverage: The most that may be borrowed, as a multiple of what is put in.
    """

    market: Instrument
    base: str
    quote: str
    settle: str
    multiplier: Decimal
    funding: Decimal = Decimal("0.0001")
    leverage: int = 100

    @property
    def symbol(self) -> str:
        """Its name."""
        return self.market.symbol

    @property
    def is_inverse(self) -> bool:
        """Whether it is settled in what it is about."""
        return self.multiplier < 0


def _contract(market: Instrument, multiplier: str) -> Contract:
    base = market.symbol.removesuffix("USDTM")
    return Contract(market=market, base=base, quote="USDT", settle="USDT", multiplier=Decimal(multiplier))


CONTRACTS: Mapping[str, Contract] = {
    contract.symbol: contract
    for contract in (
        _contract(Instrument("XBTUSDTM", "63021.4", 1, 0, size=60, volatility=6e-5, spacing=8), "0.001"),
        _contract(Instrument("ETHUSDTM", "3208.11", 2, 0, size=90, volatility=8e-5, spacing=8), "0.01"),
        _contract(Instrument("SOLUSDTM", "142.392", 3, 0, size=120, spread=4, volatility=1e-4), "0.1"),
        _contract(Instrument("XRPUSDTM", "0.52347", 5, 0, size=150, volatility=9e-5), "10"),
        Contract(
            market=Instrument("XBTUSDM", "63018.0", 1, 0, size=900, spread=3, volatility=6e-5, spacing=8),
            base="XBT",
            quote="USD",
            settle="XBT",
            multiplier=Decimal(-1),
            funding=Decimal("-0.002966"),
        ),
    )
}
"""The contracts by their name."""

INSTRUMENTS: Mapping[str, Instrument] = {
    **{pair.symbol: pair for pair in _PAIRS},
    **{symbol: contract.market for symbol, contract in CONTRACTS.items()},
}
"""Everything that is traded, by its name."""


def _spot_terms(pair: Instrument) -> Terms:
    base, quote = pair.symbol.split("-")
    return Terms(
        symbol=pair.symbol,
        base=base,
        quote=quote,
        price_digits=pair.price_digits,
        size_digits=pair.size_digits,
        cost_digits=pair.price_digits + pair.size_digits,
        minimum=Decimal(_MINIMA[base]),
        minimum_cost=Decimal("0.1") if quote == "USDT" else Decimal("0.000001"),
        maker=Decimal("0.001"),
        taker=Decimal("0.001"),
    )


SPOT_TERMS: Mapping[str, Terms] = {pair.symbol: _spot_terms(pair) for pair in _PAIRS}
"""The terms of each pair; the fees are those of a new account."""

FUTURES_TERMS: Mapping[str, Terms] = {
    symbol: Terms(
        symbol=symbol,
        base=symbol,
        quote=contract.settle,
        price_digits=contract.market.price_digits,
        size_digits=0,
        # A lot of an inverse contract is worth so little that its price would not be told by fewer.
        cost_digits=12 if contract.is_inverse else 8,
        minimum=Decimal(1),
        maker=Decimal("0.0002"),
        taker=Decimal("0.0006"),
        multiplier=contract.multiplier,
    )
    for symbol, contract in CONTRACTS.items()
}
"""The terms of each contract: its lots are bought and sold."""
