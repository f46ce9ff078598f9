"""What both private protocols of the simulated Kraken do: requests through their faults, feeds with their numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_faults import OrderFault
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
    """What is remembered of a session: its feeds by channel, when its events are due, what is planned for it."""

    feeds: dict[str, Feed] = field(factory=dict)
    events_due: float = 0.0
    cut_after_fill: bool = False


@define
class _Outgoing:
    feed: Feed
    rows: Any
    is_fill: bool


class PrivateProtocol(WireProtocol, ABC):
    """One protocol of the private endpoint."""

    heartbeat: str

    def __init__(self, simulation: Simulation, trading: Trading) -> None:
        """Serve ``trading``, a part of ``simulation``."""
        self.simulation = simulation
        self.trading = trading
        self.held_back = False
        self._sessions: dict[int, Session] = {}
        self._outbox: list[_Outgoing] = []
        trading.listeners.append(self._heard)
        trading.flushers.append(self._flush)

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

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Greet."""
        session.state = PrivateClient()
        self._sessions[session.number] = session
        self.simulation.send(session, self.status(session))

    def closed(self, session: Session) -> None:
        """Forget the client's feeds; its token is good no more if it is old."""
        self._sessions.pop(session.number, None)
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
        record.time, record.session, record.method = self.simulation.now, session.number, method
        self.trading.ledger.records.append(record)
        fault = self.trading.injector.of_request(session.number)
        record.fault = fault
        if fault is OrderFault.LOSE_REQUEST:
            return
        if fault is OrderFault.CUT_BEFORE:
            self.simulation.cut(session.number)
            return
        wait = self.trading.injector.request_delay()
        if wait:
            # Also where the link breaks meanwhile: what has arrived is carried out.
            self.simulation.schedule(wait, partial(self._carry_out, session, request, record, fault))
        else:
            self._carry_out(session, request, record, fault)

    def _carry_out(
        self, session: Session, request: Mapping[str, Any], record: OrderRecord, fault: OrderFault | None
    ) -> None:
        record.carried_out = True
        client: PrivateClient = session.state
        client.cut_after_fill = client.cut_after_fill or fault is OrderFault.CUT_AFTER_FILL
        answers = list(self.answers(session, request, record))
        if fault is OrderFault.LOSE_EVENTS:
            self._count_lost()
        elif fault is OrderFault.DUPLICATE_EVENTS:
            self._flush(twice=True)
        elif fault is OrderFault.EVENTS_FIRST:
            self._flush()
        if fault is OrderFault.CUT_BEFORE_ANSWER:
            self.simulation.cut(session.number)
        elif fault is not OrderFault.LOSE_ANSWER and session.is_open:
            for text in answers:
                self.simulation.answer(session, text)
            record.answers.extend(answers)
        if fault is OrderFault.CUT_AFTER_ANSWER:
            self.simulation.cut(session.number)
        self.trading.flush()

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
        feed.sequence += 1
        self._send(feed, self.frame(feed, kind, rows))

    def _heard(self, event: OrderEvent) -> None:
        for session in self._sessions.values():
            for feed in session.state.feeds.values():
                if feed.account == event.order.account:
                    rows = self.rows(feed, event)
                    if rows is not None:
                        self._outbox.append(_Outgoing(feed, rows, event.fill is not None))

    def _flush(self, *, twice: bool = False) -> None:
        if self.held_back:
            return
        outbox, self._outbox = self._outbox, []
        for each in outbox:
            feed, session = each.feed, each.feed.session
            if not session.is_open or session.state.feeds.get(feed.channel) is not feed:
                continue
            faults = self.trading.injector.of_event(session.number, is_fill=each.is_fill)
            feed.sequence += 1
            text = self.frame(feed, "update", each.rows)
            client: PrivateClient = session.state
            cuts = each.is_fill and (client.cut_after_fill or OrderFault.CUT_AFTER_FILL in faults)
            copies = 2 if twice or OrderFault.DUPLICATE_EVENTS in faults else 1
            for _ in range(0 if OrderFault.LOSE_EVENTS in faults else copies):
                self._send(feed, text)
            if cuts:
                self._later(session, partial(self.simulation.cut, session.number))

    def _count_lost(self) -> None:
        outbox, self._outbox = self._outbox, []
        for each in outbox:
            each.feed.sequence += 1

    def _send(self, feed: Feed, text: str) -> None:
        # Snapshots too: what comes late comes in its order.
        client: PrivateClient = feed.session.state
        client.events_due = max(self.simulation.now + self.trading.injector.event_delay(), client.events_due)
        self._later(feed.session, partial(self.simulation.send_data, feed.session, feed.channel, "", text))

    def _later(self, session: Session, action: Callable[[], None]) -> None:
        wait = session.state.events_due - self.simulation.now
        if wait > 0:
            self.simulation.schedule(wait, action, session)
        else:
            action()
