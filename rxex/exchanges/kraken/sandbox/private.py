"""What both private protocols of the simulated Kraken do: requests through their faults, feeds with their numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import OrderEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation

__all__ = ["Feed", "PrivateClient", "PrivateProtocol"]


@define(eq=False)
class Feed:
    """One client's subscription to a private channel; ``sequence`` is the number of its last frame."""

    session: Session
    channel: str
    account: str
    options: Mapping[str, Any]
    sequence: int = 0


@define(eq=False)
class PrivateClient:
    """What is remembered of a session: its feeds by channel."""

    feeds: dict[str, Feed] = field(factory=dict)


class PrivateProtocol(WireProtocol, ABC):
    """One protocol of the private endpoint."""

    heartbeat: str

    def __init__(self, simulation: Simulation, trading: Trading) -> None:
        """Serve ``trading``, a part of ``simulation``."""
        self.simulation = simulation
        self.trading = trading
        self.outbox = EventOutbox(simulation, trading.injector)
        self._desk = OrderDesk(trading, self.outbox)
        self._sessions: dict[int, Session] = {}
        trading.listeners.append(self._heard)
        trading.flushers.append(self.outbox.flush)

    # What the protocols write.

    @abstractmethod
    def status(self, session: Session | None) -> str:
        """The exchange's state; for the greeting of ``session``, or for everybody (None)."""

    @abstractmethod
    def rows(self, feed: Feed, event: OrderEvent) -> Any:
        """What ``feed`` tells of an event; None: nothing."""

    @abstractmethod
    def frame(self, feed: Feed, kind: str, rows: Any) -> str:
        """A frame of ``rows`` with the feed's number; ``kind`` is ``snapshot`` or ``update``."""

    @abstractmethod
    def answers(self, session: Session, request: Mapping[str, Any], record: OrderRecord) -> Iterable[str]:
        """Carry out a request about orders; give what is answered."""

    @abstractmethod
    def failure(self, method: str, request: Mapping[str, Any]) -> str:
        """What is answered where the exchange has failed."""

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Greet."""
        session.state = PrivateClient()
        self._sessions[session.number] = session
        self.simulation.send(session, self.status(session))

    def closed(self, session: Session) -> None:
        """Forget the client's feeds; its token is good no more if it is old."""
        self._sessions.pop(session.number, None)
        self.outbox.forget(session.number)
        self.trading.tokens.unsubscribed(session.number)

    def happened(self, event: MarketEvent) -> None:
        """Nothing: the market is not told on this endpoint."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Tell of the exchange's new state."""
        for session in sessions:
            self.simulation.send(session, self.status(None))

    # Requests about orders.

    def trade(self, session: Session, method: str, request: Mapping[str, Any], record: OrderRecord) -> None:
        """Take a request about orders through whatever goes wrong with it."""
        record.method = method
        answers = partial(self.answers, session, request, record)
        self._desk.take(session, record, answers, failure=partial(self.failure, method, request))

    # Feeds.

    def subscribe(self, session: Session, channel: str, account: str, token: str, options: Mapping[str, Any]) -> Feed:
        """Begin a feed."""
        feed = Feed(session, channel, account, options)
        session.state.feeds[channel] = feed
        self.trading.tokens.subscribed(token, session.number)
        self.simulation.start_heartbeat(session, self.heartbeat, 1.0)
        return feed

    def unsubscribe(self, session: Session, channel: str) -> None:
        """End a feed."""
        feeds: dict[str, Feed] = session.state.feeds
        del feeds[channel]
        if not feeds:
            self.trading.tokens.unsubscribed(session.number)

    def tell(self, feed: Feed, kind: str, rows: Any) -> None:
        """Send a frame of a feed now, numbered."""
        # Snapshots too: what comes late comes in its order.
        self.outbox.send(feed.session, feed.channel, self._numbered(feed, kind, rows))

    def _numbered(self, feed: Feed, kind: str, rows: Any) -> str:
        feed.sequence += 1
        return self.frame(feed, kind, rows)

    def _heard(self, event: OrderEvent) -> None:
        for session in self._sessions.values():
            for feed in session.state.feeds.values():
                if feed.account == event.order.account:
                    rows = self.rows(feed, event)
                    if rows is not None:
                        self._put(feed, rows, is_fill=event.fill is not None)

    def _put(self, feed: Feed, rows: Any, *, is_fill: bool) -> None:
        def is_wanted() -> bool:
            return feed.session.state.feeds.get(feed.channel) is feed

        write = partial(self._numbered, feed, "update", rows)
        self.outbox.put(feed.session, feed.channel, write, is_wanted=is_wanted, is_fill=is_fill)
