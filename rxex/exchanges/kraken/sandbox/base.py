"""What both protocols of the simulated Kraken do: who subscribed to what, and what they are sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from attrs import define, field, frozen

from rxex.exchanges.kraken.sandbox.books import BEHIND, Books, BookWindow
from rxex.exchanges.kraken.sandbox.playback import Playback, PlayedFrame, recorded
from rxex.models import Candle
from rxex.sandbox.market import MarketEvent, Pair
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["INTERVALS", "MOST_CANDLES", "KrakenProtocol", "Subscription", "rfc3339"]

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""Minutes that candles may have."""
MOST_CANDLES = 720
_FLOOD_FRAMES = 5000
PRIVATE_REFUSED = "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com"


@define
class Client:
    """What is remembered of a session: its subscriptions by channel and v2 symbol, when it sent its last requests."""

    subscriptions: dict[tuple[str, str], Subscription] = field(factory=dict)
    request_times: deque[float] = field(factory=lambda: deque(maxlen=20))


@frozen(eq=False)
class Subscription:
    """One client's subscription.

    ``symbol`` is the v2 name (empty: it has none), ``trigger`` what makes a ticker, ``depth`` that of a book,
    ``interval`` that of candles, in minutes. ``channel`` tells one from the other: of candles it is ``ohlc-5``.
    """

    session: Session
    channel: str
    symbol: str
    trigger: str = "trades"
    snapshot: bool = field(default=False)
    depth: int = 0
    interval: int = 0


class KrakenProtocol(WireProtocol, ABC):
    """One protocol of the public endpoint, served from the market, from recordings, or as a flood."""

    version: int
    heartbeat: str

    def __init__(
        self, simulation: Simulation, trading: Books, playback: Playback | None = None, flood: int = 0
    ) -> None:
        """Serve ``simulation``.

        Args:
            simulation: The exchange that this is a part of.
            trading: What has the books.
            playback: Recordings to serve instead of the market.
            flood: Frames made beforehand to send after each subscribe, instead of the market; 0: none.
        """
        self.simulation = simulation
        self.playback = playback
        self._flood = flood
        self._by_symbol: dict[str, dict[Subscription, None]] = {}
        self._windows: dict[tuple[str, int], Any] = {}
        self._trading = trading
        trading.flushers.append(self._tell_of_books)
        trading.tape.listeners.append(self.happened)
        self._floods: dict[tuple[tuple[str, str], ...], list[str]] = {}

    # What the protocols write.

    @abstractmethod
    def status(self, session: Session | None) -> str:
        """The exchange's state; for the greeting of ``session``, or for everybody (None)."""

    @abstractmethod
    def ticker(self, pair: Pair, kind: str) -> str:
        """A ticker frame of the state of ``pair``; ``kind`` is ``snapshot`` or ``update``."""

    @abstractmethod
    def trades(self, event: MarketEvent) -> str:
        """A frame of the trades of an event."""

    @abstractmethod
    def book(self, symbol: str, depth: int, changes: Sequence[Any] | None) -> str:
        """A book frame: what has changed, or (None) the whole window; ``depth`` is the channel's."""

    @abstractmethod
    def candles(self, candles: Sequence[Candle], kind: str) -> Sequence[str]:
        """Frames of candles, the oldest first; ``kind`` is ``snapshot`` or ``update``."""

    @abstractmethod
    def first_frames(self, subscription: Subscription) -> Iterable[str]:
        """What a new subscription is sent at once."""

    def connection_id(self) -> int:
        """Make up the id of a connection: 64 bits, as the venue's, so that no float can hold it."""
        return 2**63 + self.simulation.random.getrandbits(63)

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Greet."""
        session.state = Client()
        self.simulation.send(session, self.status(session))

    def closed(self, session: Session) -> None:
        """Forget the client's subscriptions."""
        for subscription in list(session.state.subscriptions.values()):
            self.remove(subscription)

    @abstractmethod
    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""

    def happened(self, event: MarketEvent) -> None:
        """Tell of trades and new best prices."""
        pair = event.pair
        symbol = pair.instrument.symbol
        frames: dict[str, Sequence[str]] = {}
        for subscription in list(self._by_symbol.get(symbol, ())):
            channel = subscription.channel
            wanted = event.best_changed if subscription.trigger == "bbo" else bool(event.trades)
            if not wanted or subscription.depth:
                continue
            if channel not in frames:
                frames[channel] = self.updates(subscription, event)
            for text in frames[channel]:
                self.simulation.send_data(subscription.session, channel, symbol, text)

    def updates(self, subscription: Subscription, event: MarketEvent) -> Sequence[str]:
        """What a subscription is told of an event."""
        if subscription.channel == "ticker":
            return [self.ticker(event.pair, "update")]
        if subscription.interval:
            return self.candles(event.pair.candles(subscription.interval, event.trades[0].time or 0), "update")
        return [self.trades(event)]

    def _tell_of_books(self) -> None:
        """Tell of what the market and the clients' orders have changed in this turn."""
        for (symbol, depth), window in list(self._windows.items()):
            changes = window.changes()
            if not changes:
                continue
            text = self.book(symbol, depth, changes)
            for subscription in list(self._by_symbol[symbol]):
                if subscription.depth == depth:
                    self.simulation.send_data(subscription.session, subscription.channel, symbol, text)

    def window(self, symbol: str, depth: int) -> Any:
        """What the clients of this protocol are told of a book; all of them the same."""
        if (symbol, depth) not in self._windows:
            self._windows[symbol, depth] = self.look(self._trading.watch_book(symbol, depth + BEHIND), depth)
        return self._windows[symbol, depth]

    def look(self, book: OrderBook, depth: int) -> Any:
        """Make what clients are told of a book: an object whose ``changes()`` gives what to tell of it."""
        random = Random(f"{book.symbol}/{depth}")  # noqa: S311 - must be repeatable
        return BookWindow(depth, book.levels, random)

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Tell of the exchange's new state."""
        for session in sessions:
            self.simulation.send(session, self.status(None))

    # Subscriptions.

    def find(self, session: Session, channel: str, symbol: str) -> Subscription | None:
        """Give the client's subscription, None when it has none."""
        client: Client = session.state
        return client.subscriptions.get((channel, symbol))

    def refusal(self, session: Session, channel: str, symbol: str, *, name: str, depth: int = 0) -> str | None:
        """The venue's text where it refuses this subscription; ``name`` is the symbol as the client wrote it."""
        unsupported = f"Currency pair not supported {name}"
        if "/" not in name:
            return f"Currency pair not in ISO 4217-A3 format {name}"
        playback = self.playback
        if playback is None:
            known = symbol in self.simulation.market.instruments
        else:
            known = playback.has(self.version, recorded(channel, depth), symbol)
            if not known and depth and playback.has_book(self.version, symbol):
                return "Subscription depth not supported"
        if not known:
            return unsupported
        if self.find(session, channel, symbol) is not None:
            return "Already subscribed"
        refusal = self.simulation.refusal_of(session, symbol)
        return None if refusal is None else refusal or unsupported

    def add(self, subscription: Subscription) -> None:
        """Remember a subscription that was acknowledged."""
        session, symbol = subscription.session, subscription.symbol
        session.state.subscriptions[subscription.channel, symbol] = subscription
        if session.injector.silences():
            session.silent.add((subscription.channel, symbol))
        if self._from_market and symbol:
            self._by_symbol.setdefault(symbol, {})[subscription] = None
            self.simulation.market.watch(symbol)
        self.simulation.start_heartbeat(session, self.heartbeat, 1.0)

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        session, symbol = subscription.session, subscription.symbol
        del session.state.subscriptions[subscription.channel, symbol]
        session.silent.discard((subscription.channel, symbol))
        if self._from_market and symbol:
            del self._by_symbol[symbol][subscription]
            is_last = not any(other.depth == subscription.depth for other in self._by_symbol[symbol])
            if is_last and self._windows.pop((symbol, subscription.depth), None) is not None:
                self._trading.unwatch_book(symbol)
            self.simulation.market.unwatch(symbol)

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Send what follows the acknowledgements of one request."""
        if not subscriptions:
            return
        session = subscriptions[0].session
        if self.playback is not None:
            self._play(self.playback, session, subscriptions)
        elif self._flood:
            keys = tuple((subscription.channel, subscription.symbol) for subscription in subscriptions)
            if keys not in self._floods:
                self._floods[keys] = self._make_flood(subscriptions)
            self.simulation.flood(session, self._floods[keys], self._flood)
        else:
            for subscription in subscriptions:
                for text in self.first_frames(subscription):
                    self.simulation.send_data(session, subscription.channel, subscription.symbol, text)

    @property
    def _from_market(self) -> bool:
        return self.playback is None and not self._flood

    def _play(self, playback: Playback, session: Session, subscriptions: Sequence[Subscription]) -> None:
        wanted = {
            (recorded(subscription.channel, subscription.depth), subscription.symbol): subscription
            for subscription in subscriptions
        }
        frames = playback.play(self.version, wanted)

        def play_on(frame: PlayedFrame | None) -> None:
            while frame is not None:
                subscription = wanted[frame.key]
                if self.find(session, subscription.channel, subscription.symbol) is subscription:
                    self.simulation.send_data(session, subscription.channel, subscription.symbol, frame.text)
                frame = next(frames, None)
                if frame is not None and frame.wait:
                    self.simulation.schedule(frame.wait, partial(play_on, frame), session)
                    return

        play_on(next(frames, None))

    def _make_flood(self, subscriptions: Sequence[Subscription]) -> list[str]:
        instruments, start = self.simulation.market.instruments, self.simulation.timestamp
        pairs = [(each, Pair(instruments[each.symbol], seed=0, start=start)) for each in subscriptions]
        frames: list[str] = []
        while len(frames) < min(self._flood, _FLOOD_FRAMES):
            for subscription, pair in pairs:
                event = pair.step()
                if event.trades or subscription.channel == "ticker":
                    frames += self.updates(subscription, event)
        return frames


def rfc3339(nanoseconds: int, digits: int = 6) -> str:
    """Write a time as the venue does, to the microsecond unless told otherwise.

    >>> rfc3339(1_696_613_755_440_295_000)
    '2023-10-06T17:35:55.440295Z'
    """
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 10 ** (9 - digits):0{digits}d}Z"
