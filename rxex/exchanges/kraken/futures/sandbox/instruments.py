"""What is traded on the simulated Kraken futures."""

from __future__ import annotations

from collections.abc import Mapping

from rxex.sandbox.market import Instrument

__all__ = ["INSTRUMENTS", "is_perpetual", "pair_of"]

INSTRUMENTS: Mapping[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        Instrument("PF_XBTUSD", "63005", 0, 4, size=0.05, spread=2, volatility=6e-5),
        Instrument("PF_ETHUSD", "3207.7", 1, 3, size=0.8, spread=2, volatility=8e-5),
        Instrument("PF_SOLUSD", "142.38", 2, 2, size=12, spread=2, volatility=1e-4),
        Instrument("PI_XBTUSD", "63002.5", 1, 0, size=5000, spread=5, volatility=6e-5),
        Instrument("PI_ETHUSD", "3207.45", 2, 0, size=2500, spread=5, volatility=8e-5),
        Instrument("FI_XBTUSD_270326", "64110.0", 1, 0, size=3000, spread=40, volatility=6e-5),
        Instrument("FF_ETHUSD_270326", "3271.2", 1, 3, size=0.6, spread=8, volatility=8e-5),
    )
}
"""The instruments by the ids of products."""


def is_perpetual(product: str) -> bool:
    """Whether a product has no end, and so funding."""
    return product.startswith(("PF_", "PI_"))


def pair_of(product: str) -> str:
    """Give what the ticker calls the pair: ``XBT:USD``."""
    name = product.split("_")[1]
    return f"{name[:-3]}:{name[-3:]}"
