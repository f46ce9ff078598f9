"""The best prices among several sources, without those that have gone quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import define
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from rxex.errors import InvalidArgument
from rxex.events import Notice, Overflow, Stale
from rxex.models import BestBidOffer, Ticker
from rxex.operators._timed import Alarm, merge_timed, received_of, span

__all__ = ["best_bid_offer"]

_Said: TypeAlias = tuple[str, Ticker | Notice | None]  # the source's name, and what it said; None: nothing any more


def best_bid_offer(
    sources: Mapping[str, Observable[Ticker | Notice]],
    *,
    max_age: float,
    scheduler: SchedulerBase | None = None,
) -> Observable[BestBidOffer | Stale]:
    """Give the best bid and the best offer among the tickers of several sources, whenever they change.

    Args:
        sources: The tickers of one instrument, by the name of their source. Of equal prices the first source's counts.
        max_age: Seconds after its arrival here from which a ticker is not used any more.
        scheduler: Measures the age; its thread emits what follows from it. All else is emitted on the sources' threads,
            one at a time.

    A source whose last ticker is too old, that says that it is stale or has a gap, or that has completed, is left out
    until it speaks again. Then `Stale` with its name as the channel is emitted, and the best prices of the others if
    these differ. So is a source that has not spoken ``max_age`` seconds after the subscription. What comes out has the
    symbol of the bid.

    Completes when all sources have; the error of one ends the stream: use ``catch`` on a source that may fail.

    Raises:
        InvalidArgument: there is no source, or ``max_age`` is not above 0.

    >>> import reactivex as rx
    >>> from decimal import Decimal
    >>> def quote(bid, ask):
    ...     return rx.concat(rx.of(Ticker("BTC/USD", Decimal(bid), None, Decimal(ask), None, Decimal(bid))), rx.never())
    >>> sources = {"here": quote("7.10", "9.00"), "there": quote("7.20", "9.10")}
    >>> best = best_bid_offer(sources, max_age=5).pipe(rx.operators.element_at(1)).run()
    >>> print(best.bid, best.ask, best.ask_source)
    7.20 9.00 here
    """
    if not sources:
        raise InvalidArgument("sources", sources, "give at least one")
    age = span("max_age", max_age)
    names = tuple(sources)
    named = [_named(name, sources[name]) for name in names]
    return merge_timed(named, lambda alarm: _Quotes(alarm, age, names), scheduler)


def _named(name: str, source: Observable[Ticker | Notice]) -> Observable[_Said]:
    def subscribe(observer: ObserverBase[_Said], scheduler: SchedulerBase | None = None) -> DisposableBase:
        def on_completed() -> None:
            observer.on_next((name, None))
            observer.on_completed()

        return source.subscribe(
            lambda item: observer.on_next((name, item)), observer.on_error, on_completed, scheduler=scheduler
        )

    return Observable(subscribe)


@define
class _Quote:
    """What a source last said, and when; one that is not live is left out."""

    heard: datetime
    ticker: Ticker | None = None
    is_live: bool = True


class _Quotes:
    def __init__(self, alarm: Alarm, age: timedelta, names: Iterable[str]) -> None:
        self._alarm = alarm
        self._age = age
        self._quotes = {name: _Quote(alarm.now) for name in names}
        self._told: tuple[object, ...] | None = None
        alarm.set(alarm.now + age)

    def push(self, said: _Said) -> Iterable[BestBidOffer | Stale]:
        name, item = said
        quote, now = self._quotes[name], self._alarm.now
        if isinstance(item, Ticker):
            quote.ticker, quote.heard, quote.is_live = item, now, True
            if not self._alarm.is_set:
                self._alarm.set(now + self._age)
        elif not isinstance(item, Overflow):
            yield from self._leave_out(name, now)
        # The alarm may be late; what is too old is not used all the same.
        yield from self._leave_out_old(now)
        yield from self._best()

    def expire(self) -> Iterable[BestBidOffer | Stale]:
        yield from self._leave_out_old(self._alarm.now)
        oldest = min((quote.heard for quote in self._quotes.values() if quote.is_live), default=None)
        if oldest is not None:
            self._alarm.set(oldest + self._age)
        yield from self._best()

    def finish(self, _error: Exception | None, /) -> Iterable[BestBidOffer | Stale]:
        return ()

    def _leave_out_old(self, now: datetime) -> Iterable[Stale]:
        for name, quote in self._quotes.items():
            if now - quote.heard >= self._age:
                yield from self._leave_out(name, now)

    def _leave_out(self, name: str, now: datetime) -> Iterable[Stale]:
        quote = self._quotes[name]
        if quote.is_live:
            quote.is_live = False
            silence = (now - quote.heard) // timedelta(microseconds=1) * 1000
            yield Stale(name, received_of(quote.ticker) or self._alarm.epoch_ns - silence)

    def _best(self) -> Iterable[BestBidOffer]:
        live = [(name, quote.ticker) for name, quote in self._quotes.items() if quote.is_live and quote.ticker]
        if not live:
            self._told = None
            return
        bid_source, high = max(live, key=lambda each: each[1].bid)
        ask_source, low = min(live, key=lambda each: each[1].ask)
        best = (high.symbol, high.bid, bid_source, low.ask, ask_source, high.bid_size, low.ask_size)
        if best != self._told:
            self._told = best
            time = max((each.time for each in (high, low) if each.time is not None), default=None)
            yield BestBidOffer(*best, time=time, received=max(high.received, low.received))
