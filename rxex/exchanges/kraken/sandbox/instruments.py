"""What is traded on the simulated Kraken, with the digits that the venue writes."""

from __future__ import annotations

from collections.abc import Mapping

from rxex.sandbox.market import Instrument

__all__ = ["INSTRUMENTS", "v1_price_digits"]

INSTRUMENTS: Mapping[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        Instrument("BTC/USD", "63000.0", 1, size=0.05, spread=2, volatility=6e-5),
        Instrument("BTC/EUR", "58100.0", 1, size=0.04, spread=3, volatility=6e-5),
        Instrument("BTC/USDT", "63010.0", 1, size=0.03, spread=4, volatility=6e-5),
        Instrument("ETH/USD", "3207.50", 2, size=0.8, spread=2, volatility=8e-5),
        Instrument("ETH/EUR", "2958.20", 2, size=0.6, spread=3, volatility=8e-5),
        Instrument("ETH/BTC", "0.05091", 5, size=1.2, spread=1, volatility=4e-5),
        Instrument("SOL/USD", "142.37", 2, size=12, spread=1, volatility=1e-4),
        Instrument("SOL/EUR", "131.25", 2, size=9, spread=2, volatility=1e-4),
        Instrument("XRP/USD", "0.52340", 5, size=1500, spread=3, volatility=9e-5),
        Instrument("XRP/EUR", "0.48270", 5, size=900, spread=4, volatility=9e-5),
        Instrument("DOGE/USD", "0.1234500", 7, size=6000, spread=30, volatility=1e-4),
        Instrument("ADA/USD", "0.384500", 6, size=2000, spread=20, volatility=1e-4),
        Instrument("DOT/USD", "6.1340", 4, size=150, spread=4, volatility=1e-4),
        Instrument("LTC/USD", "71.55", 2, size=6, spread=2, volatility=8e-5),
        Instrument("LINK/USD", "13.91500", 5, size=60, spread=60, volatility=1e-4),
        Instrument("XMR/USD", "162.40", 2, size=4, spread=4, volatility=7e-5),
        Instrument("ALGO/USD", "0.13870", 5, size=4000, spread=2, volatility=1e-4),
        Instrument("USDT/USD", "0.99980", 5, size=5000, spread=1, volatility=2e-6),
        Instrument("USDC/USD", "1.0000", 4, size=5000, spread=1, volatility=2e-6),
        Instrument("EUR/USD", "1.08430", 5, size=2500, spread=2, volatility=8e-6),
        Instrument("SC/EUR", "0.004310", 6, size=9000, spread=3, volatility=2e-4),
    )
}
"""The instruments by their name on WebSocket v2."""


def v1_price_digits(instrument: Instrument) -> int:
    """Give the digits of a price on v1, which are more than the tick has: 27120.00000."""
    return max(5, instrument.price_digits + (instrument.price_digits > 4))
