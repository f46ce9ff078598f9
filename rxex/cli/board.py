"""What the live table shows: kept up to date on the connection's thread, read by the one that draws."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from attrs import Factory, define, field

from rxex.cli.texts import news
from rxex.clock import monotonic
from rxex.events import (
    Closed,
    Gap,
    Opened,
    Reconnected,
    Reconnecting,
    SocketEvent,
    SubscriptionState,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.models import Book, Ticker

__all__ = ["Board", "Row", "change_of", "price_of"]

_WINDOW = 5.0  # seconds over which a rate is measured
_RESTORED_FOR = 3.0  # seconds that "restored" is shown


def price_of(item: object) -> Decimal | None:
    """The price of a ticker's last trade, or of a trade."""
    price: Decimal | None = item.last if isinstance(item, Ticker) else getattr(item, "price", None)
    return price


def change_of(ticker: Ticker) -> Decimal | None:
    """The change of the last 24 hours in percent: as the exchange tells it, else reckoned from the opening price."""
    day = ticker.day
    if day.change_percent is None and day.open:
        return 100 * (ticker.last - day.open) / day.open
    return day.change_percent


@define
class Row:
    """One symbol. ``rate`` (items a second), ``age`` (seconds) and ``shown_state`` are as of the last `look`."""

    symbol: str
    state: str = ""
    item: Any = None
    direction: int = 0
    """Where the price went when it last moved: 1 up, -1 down."""
    rate: float = 0.0
    age: float | None = None
    shown_state: str = ""
    restored: float | None = None
    _count: int = 0
    _seen: float | None = None
    _samples: deque[tuple[float, int]] = Factory(deque)

    def take(self, item: object, now: float) -> None:
        """Take the newest item."""
        before, price = price_of(self.item), price_of(item)
        if before is not None and price is not None and price != before:
            self.direction = 1 if price > before else -1
        self.item, self._seen = item, now
        self._count += 1

    def look(self, now: float) -> None:
        """Measure what changes with time; to be called once a frame."""
        samples = self._samples
        samples.append((now, self._count))
        while len(samples) > 2 and samples[1][0] <= now - _WINDOW:
            samples.popleft()
        start, count = samples[0]
        self.rate = (self._count - count) / (now - start) if now > start else 0.0
        self.age = None if self._seen is None else max(0.0, now - self._seen)
        is_back = self.restored is not None and now - self.restored < _RESTORED_FOR
        self.shown_state = "restored" if is_back and self.state == SubscriptionState.LIVE else self.state


@define
class Board:
    """All of it. `take` is called with each item and event; `looked_at` gives a moment in which nothing changes."""

    rows: dict[str, Row] = field(factory=dict)
    tape: deque[Any] = Factory(lambda: deque(maxlen=50))
    """The latest items that are no tickers and no books, of which only the newest counts."""
    log: deque[str] = Factory(lambda: deque(maxlen=50))
    link: str = "connecting"
    reconnect_at: float | None = None
    items: int = 0
    reconnects: int = 0
    gaps: int = 0
    _lock: threading.Lock = Factory(threading.Lock)

    @contextmanager
    def looked_at(self, now: float) -> Iterator[None]:
        """Hold everything still, as of ``now``."""
        with self._lock:
            for row in self.rows.values():
                row.look(now)
            yield

    def take(self, item: object) -> None:
        """Take an item of a feed, or an event of the link."""
        with self._lock:
            if isinstance(item, SocketEvent):
                self._take_event(item, monotonic())
            else:
                self._take_item(item, monotonic())

    def _row(self, symbol: str) -> Row:
        return self.rows.setdefault(symbol, Row(symbol))

    def _take_item(self, item: Any, now: float) -> None:
        self.items += 1
        self._row(item.symbol).take(item, now)
        if not isinstance(item, Ticker | Book):
            self.tape.append(item)

    def _take_event(self, event: SocketEvent, now: float) -> None:
        text = news(event)
        is_restored = isinstance(event, SubscriptionStatus) and event.state is SubscriptionState.RESTORED
        if text is not None and not is_restored:  # its row says it
            self.log.append(text)
        match event:
            case Opened():
                self.link, self.reconnect_at = "connected", None
            case Closed():
                self.link = "closed"
                for row in self.rows.values():
                    if row.state != SubscriptionState.REFUSED:
                        row.state = "waiting"
            case Reconnecting():
                self.link, self.reconnect_at = "reconnecting", now + event.delay
            case Reconnected():
                self.reconnects += 1
            case SystemStatus():
                self.link = "connected" if event.is_online else event.status
            case SubscriptionStatus(state=SubscriptionState.RESTORED):
                self._row(event.symbol).restored = now
            case SubscriptionStatus():
                self._row(event.symbol).state = event.state
            case Gap():
                self.gaps += 1
