"""The simulated KuCoin's futures in virtual time, with a private connection of ours and a client of its REST."""

from __future__ import annotations

from typing import Any

from rxex.exchanges.kucoin.futures import orders
from tests.exchanges.kucoin.trading import TradingWorld


class FuturesWorld(TradingWorld):
    """As `TradingWorld`, in a perpetual contract."""

    module: Any = orders
    symbols = ("XBTUSDTM",)
    market = "futures"
