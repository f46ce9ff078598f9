"""Kraken's futures trades: numbered, each once, and those that were missed found again.

Source: the page "Trade" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.errors import SequenceGap
from rxex.exchanges.kraken.futures.models import SIDES, time_ns
from rxex.models import Trade, quick
from rxex.typing import Json

__all__ = ["FuturesTrade", "TradeSnapshotWire", "TradeWire", "Trades"]


class TradeRow(Struct, gc=False):
    """One trade of a snapshot; a message of one trade has the same fields."""

    product_id: str
    uid: str
    side: str
    type: str
    seq: int
    time: int
    price: Any
    qty: Any


class TradeWire(TradeRow, tag_field="feed", tag="trade", gc=False):
    """A trade."""


class TradeSnapshotWire(Struct, tag_field="feed", tag="trade_snapshot", gc=False):
    """The last trades, newest first."""

    product_id: str
    trades: list[TradeRow]


@frozen(slots=False)
class FuturesTrade(Trade):
    """A `Trade` that knows its ``kind``: ``fill``, ``liquidation``, ``termination`` or ``block``."""

    kind: str = "fill"


_trade = quick(FuturesTrade)
_WINDOW = 100  # trades of a snapshot
_PATIENCE = 20  # trades after a hole until it counts as one although the snapshot is still to come


class Trades:
    """The trades of one product, each once and in order, whatever happens to the link.

    The trades that were missed come out of the snapshot that follows a gap or a reconnect, as far as it reaches back.
    """

    def __init__(self, *, snapshot: bool) -> None:
        self._snapshot = snapshot
        self._last: int | None = None
        self._is_whole = False
        self._passed_over = 0

    def start(self) -> Trades:
        """Begin on a new socket, or once more after a gap."""
        self._is_whole = False
        self._passed_over = 0
        return self

    def __call__(
        self, wire: TradeWire | TradeSnapshotWire, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[FuturesTrade]:
        if isinstance(wire, TradeWire):
            return [_made(wire, received, raw, number)] if self._is_next(wire.seq) else ()
        trades = [(row.seq, _made(row, received, raw, number)) for row in wire.trades]
        return list(self._new_of(sorted(trades, key=lambda each: each[0])))

    def _is_next(self, seq: int) -> bool:
        last = self._last
        if last is None or seq == last + 1:
            self._last = seq
            return True
        if last - _WINDOW < seq <= last:
            return False
        self._passed_over += 1
        if not self._is_whole and self._passed_over <= _PATIENCE:
            return False  # it will be in the snapshot, with those before it
        raise SequenceGap(last + 1, seq)

    def _new_of(self, trades: Sequence[tuple[int, FuturesTrade]]) -> Iterator[FuturesTrade]:
        self._is_whole = True
        if not trades:
            return
        last, newest = self._last, trades[-1][0]
        if last is None or newest <= last - _WINDOW:  # the numbers have started, or started over
            self._last = newest
            yield from (trade for _, trade in trades if last is None and self._snapshot)
            return
        self._last = max(last, newest)
        yield from (trade for seq, trade in trades if seq > last)


def _made(row: TradeRow, received: int, raw: bytes | Json, number: Number) -> FuturesTrade:
    return _trade(
        row.product_id,
        number(row.price),
        number(row.qty),
        SIDES[row.side],
        row.uid,
        None,
        time_ns(row.time),
        received,
        raw,
        row.type,
    )
