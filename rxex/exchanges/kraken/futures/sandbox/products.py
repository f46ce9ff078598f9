"""The feeds of one product as the simulated exchange writes them, each with its numbers.

Source: the pages "Book", "Trade", "Ticker" and "Ticker Lite" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from rxex.codec import text_of
from rxex.exchanges.kraken.futures.sandbox.instruments import is_perpetual, pair_of
from rxex.models import Trade
from rxex.sandbox.ladder import Ladder
from rxex.sandbox.market import Pair

__all__ = ["Product"]

_HOUR = 3600 * 1000
_LEVELS = 25
_ZERO = Decimal(0)


class Product:
    """One product: its book and trades as they were told last."""

    def __init__(self, pair: Pair, *, seed: int) -> None:
        self._pair = pair
        self.name = pair.instrument.symbol
        self._ladder = Ladder(pair.instrument, seed=seed, levels=_LEVELS)
        self._bids, self._asks = self._ladder.quotes(pair)
        self.book_number = 1000 + len(self.name)
        self.ticker_told = -1.0
        self._trade_numbers: dict[int | str | None, int] = {}
        self._trade_number = 0
        self.catch_up()

    def catch_up(self) -> None:
        """Take the market as it is, where nobody has heard of what happened meanwhile."""
        self._bids, self._asks = self._ladder.quotes(self._pair)
        self.book_number += 1
        for trade in self._pair.recent:
            self._number_of(trade)

    # What a new subscription is sent.

    def book_snapshot(self, milliseconds: int) -> str:
        """All levels, best first."""
        bids, asks = (
            ",".join(f'{{"price":{text_of(price)},"qty":{text_of(size)}}}' for price, size in levels)
            for levels in (sorted(self._bids.items(), reverse=True), sorted(self._asks.items()))
        )
        return (
            f'{{"feed":"book_snapshot","product_id":"{self.name}","timestamp":{milliseconds},"seq":{self.book_number},'
            f'"tickSize":null,"bids":[{bids}],"asks":[{asks}]}}'
        )

    def trade_snapshot(self) -> str:
        """The last trades, newest first."""
        rows = ",".join(self.trade(trade) for trade in reversed(self._pair.recent))
        return f'{{"feed":"trade_snapshot","product_id":"{self.name}","trades":[{rows}]}}'

    def ticker(self, milliseconds: int) -> str:
        """Everything; small numbers with exponents, as the venue writes them."""
        pair, day = self._pair, self._pair.day
        index = (pair.bid + pair.ask) / 2
        rate = (pair.last / index - 1) / 1000
        next_time = (milliseconds // _HOUR + 1) * _HOUR
        funding = (
            f'"funding_rate":{rate / index:.10e},"funding_rate_prediction":{rate / index / 2:.10e},'
            f'"relative_funding_rate":{rate:.12e},"relative_funding_rate_prediction":{rate / 2:.12e},'
            f'"next_funding_rate_time":{next_time},'
        )
        return (
            f'{{"time":{milliseconds},"product_id":"{self.name}",{funding if is_perpetual(self.name) else ""}'
            f'"feed":"ticker","bid":{text_of(pair.bid)},"ask":{text_of(pair.ask)},"bid_size":{text_of(pair.bid_size)},'
            f'"ask_size":{text_of(pair.ask_size)},"volume":{text_of(day.volume)},"dtm":0,"leverage":"50x",'
            f'"index":{text_of(index)},"premium":{rate * 100:.1f},"last":{text_of(pair.last)},'
            f'"change":{100 * (pair.last / day.open - 1):.16f},"suspended":false,"tag":"{self._tag}",'
            f'"pair":"{pair_of(self.name)}","openInterest":{text_of(day.volume)},"markPrice":{index:.14f},'
            f'"maturityTime":0,"post_only":false,"volumeQuote":{text_of(day.volume)},"open":{text_of(day.open)},'
            f'"high":{text_of(day.high)},"low":{text_of(day.low)}}}'
        )

    def ticker_lite(self) -> str:
        """The best prices and little else."""
        pair, day = self._pair, self._pair.day
        return (
            f'{{"feed":"ticker_lite","product_id":"{self.name}","bid":{text_of(pair.bid)},"ask":{text_of(pair.ask)},'
            f'"change":{100 * (pair.last / day.open - 1):.16f},"premium":0.0,"volume":{text_of(day.volume)},'
            f'"tag":"{self._tag}","pair":"{pair_of(self.name)}","dtm":0,"maturityTime":0,'
            f'"volumeQuote":{text_of(day.volume)}}}'
        )

    # What follows.

    def trade(self, trade: Trade) -> str:
        """One trade."""
        number = self._number_of(trade)
        uid = UUID(int=(int(trade.id or 0) << 64) + len(self.name), version=4)
        return (
            f'{{"feed":"trade","product_id":"{self.name}","uid":"{uid}","side":"{trade.side}","type":"fill",'
            f'"seq":{number},"time":{(trade.time or 0) // 10**6},"qty":{text_of(trade.size)},'
            f'"price":{text_of(trade.price)}}}'
        )

    def book_updates(self, milliseconds: int) -> Iterator[str]:
        """Tell each level that has changed; those that are crossed by others are taken away first."""
        before = {"buy": self._bids, "sell": self._asks}
        self._bids, self._asks = self._ladder.quotes(self._pair)
        after = {"buy": self._bids, "sell": self._asks}
        best_bid, best_ask = max(self._bids), min(self._asks)
        gone = [(side, price, _ZERO) for side in before for price in before[side] if price not in after[side]]
        crossed = [each for each in gone if (each[1] >= best_ask if each[0] == "buy" else each[1] <= best_bid)]
        changed = [
            (side, price, size)
            for side in after
            for price, size in after[side].items()
            if before[side].get(price) != size
        ]
        rest = [each for each in gone if each not in crossed]
        for side, price, size in (*crossed, *changed, *rest):
            self.book_number += 1
            yield (
                f'{{"feed":"book","product_id":"{self.name}","side":"{side}","seq":{self.book_number},'
                f'"price":{text_of(price)},"qty":{text_of(size)},"timestamp":{milliseconds}}}'
            )

    @property
    def _tag(self) -> str:
        return "perpetual" if is_perpetual(self.name) else "quarter"

    def _number_of(self, trade: Trade) -> int:
        # Trades have numbers of their own here, without a hole, however long nobody has looked.
        if trade.id not in self._trade_numbers:
            self._trade_number += 1
            self._trade_numbers[trade.id] = self._trade_number
            if len(self._trade_numbers) > 1000:
                del self._trade_numbers[next(iter(self._trade_numbers))]
        return self._trade_numbers[trade.id]
