"""The life of a subscription: one channel on one connection, asked for once per socket for all its subscribers.

Everything here but `FeedSet.join` and a subscriber's dispose happens on the thread that emits the connection's items.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any, Generic, TypeVar

import msgspec
from reactivex import Observable, abc

from rxex.channel import Answer, Channel, MakeRequest, Number, decoder
from rxex.codec import number
from rxex.errors import (
    InvalidArgument,
    MalformedMessage,
    NotSent,
    RxexError,
    SequenceGap,
    SubscriptionRefused,
    SubscriptionTimeout,
)
from rxex.events import (
    Gap,
    Malformed,
    Notice,
    Socket,
    SocketEvent,
    Stale,
    SubscriptionState,
    SubscriptionStatus,
)
from rxex.fanout import FanOut, Guard, Receiver
from rxex.typing import Json

__all__ = ["Feed", "FeedSet"]

_log = logging.getLogger(__name__)
_LONGEST_RESYNC_DELAY = 30.0
_PAUSE = 1.0  # seconds before a request that was too much is sent again
_OTHER_OPTIONS = "this connection has it already, with other options; use another connection"
_FORGIVEN = 60 * 10**9  # nanoseconds after which a gap no longer makes the next one be mended more slowly
T = TypeVar("T")
State = SubscriptionState
_LIVE = State.LIVE  # looking a member up takes as long as all the rest of the check


class Feed(Generic[T]):
    """One channel on one connection, shared by its subscribers."""

    def __init__(self, channel: Channel[T], feeds: FeedSet) -> None:
        self.channel = channel
        self.socket: Socket | None = None
        self.state: State | None = None
        self.items: FanOut[Any] = FanOut(lambda: feeds.leave(self))
        self._feeds = feeds
        self._noticing: tuple[Guard[Any], ...] = ()
        self._decode: Callable[[Any], Any] = decoder(channel.wire)
        self._parse = channel.start()
        self._last: Any = None
        self._keeps_last = channel.keeps_last and channel.late is None
        self._received = 0
        self._acked_at = 0
        self._broken: str | None = None
        self._gaps = 0
        self._last_gap = 0
        self._resyncing = False
        self._timer: abc.DisposableBase | None = None

    def add(self, observer: Receiver[Any], *, notices: bool) -> Guard[Any]:
        """Add a subscriber; of a channel whose items tell the whole state it gets the last one first."""
        guard = self.items.guard(observer)
        if notices:
            self._noticing = (*(other for other in self._noticing if other in self.items.guards), guard)
        self.items.add(guard)
        socket, seen = self.socket, self._received
        if socket is not None and self.channel.keeps_last:

            def arrive(*_: Any) -> None:
                late = self.channel.late
                last = self._last if late is None else late(self._parse)
                if last is not None and self._received == seen:
                    guard.on_next(last)

            # On the thread that emits, so that it does not come at the same time as a newer one.
            socket.scheduler.schedule(arrive)
        return guard

    def on_socket(self, socket: Socket) -> None:
        """Ask for the channel on a new socket; once, however many subscribers hand that socket in."""
        if socket == self.socket or not self._feeds.is_for(self, socket):
            return
        self.socket = socket
        self._parse = self.channel.start()
        self._request()

    def _request(self) -> None:
        socket = self.socket
        if socket is None:
            return
        self._enter(State.REQUESTED)
        self._after(socket, self.channel.ack_timeout, self._unanswered)
        self._feeds.ask(self, socket)

    def on_answer(self, answer: Answer, received: int) -> None:
        """Take the exchange's yes or no."""
        if answer.error is None:
            if self.state is State.REQUESTED:
                self._acked(received)
        elif answer.transient and self.socket is not None:
            self._feeds.ask_later(self, self.socket)  # the deadline of the first request stays in force
        else:
            self.fail(
                SubscriptionRefused(
                    self.channel.label,
                    answer.error,
                    channel=self.channel.name,
                    symbol=self.channel.symbol,
                    remedy=answer.remedy,
                )
            )

    def _acked(self, received: int) -> None:
        self._acked_at = received
        self._enter(State.ACKED)
        self._mend(received)
        self._wait(None)
        silence = self.channel.first_timeout
        if silence is not None and self.socket is not None:
            self._after(self.socket, silence, self._silent)

    def _unanswered(self) -> None:
        if self.state is State.REQUESTED:
            self.fail(SubscriptionTimeout(self.channel.label, self.channel.ack_timeout), unsubscribe=True)

    def _silent(self) -> None:
        if self.state not in {State.ACKED, State.LIVE}:
            return
        began = self.state is State.LIVE
        self._enter(State.STALE)
        self._notify(Stale(self.channel.label, self._received or self._acked_at))
        if self.channel.needs_all and not began:
            self._ask_again()

    def on_message(self, raw: bytes | Json, received: int, make_number: Number = number) -> bool:
        """Parse one message of the channel, decoded or not, for all subscribers; tell whether it could be parsed."""
        try:
            wire = self._decode(raw) if raw.__class__ is bytes else msgspec.convert(raw, self.channel.wire)
            items = self._parse(wire, received, raw, make_number)
        except Exception as error:
            self._trouble(error, raw if isinstance(raw, bytes) else str(raw).encode(), received)
            return False
        if self.state is not _LIVE and items:
            self._live(received)
        self._received = received
        guards = self.items.guards
        for item in items:
            if self._keeps_last:
                self._last = item
            for guard in guards:
                guard.on_next(item)
        return True

    def _live(self, received: int) -> None:
        self._wait(None)
        self._enter(State.LIVE)
        self._mend(received)
        self._watch_silence()

    def _watch_silence(self) -> None:
        silence, socket = self.channel.stale_after, self.socket
        if silence is None or socket is None:
            return
        seen = self._received

        def look(*_: Any) -> None:
            # One timer for the whole life, not one per message: it only asks whether anything came meanwhile.
            if self._received == seen:
                self._silent()
            else:
                self._watch_silence()

        self._wait(socket.scheduler.schedule_relative(silence, look))

    def _trouble(self, error: Exception, frame: bytes, received: int) -> None:
        if isinstance(error, SequenceGap):
            self._gap(error, received)
            return
        if not isinstance(error, RxexError | ValueError | ArithmeticError | LookupError | TypeError):
            _log.error("the parser of %s raised", self.channel.label, exc_info=error)
        if self.socket is not None:
            reason = MalformedMessage(str(error), bytes(frame[:200]))
            self._feeds.announce(Malformed(self.socket, bytes(frame[:200]), reason, self.channel.label))
        if self.channel.needs_all:
            self._gap(SequenceGap(None, None, self.channel.label, "a message could not be read"), received)

    def _gap(self, gap: SequenceGap, until: int) -> None:
        """Withhold the channel and ask for it anew; the others do not stop."""
        if self.state is State.GAP:
            self._parse = self.channel.start()
            return  # it is told, and will be asked for again
        missed = None if gap.expected is None or gap.received is None else max(0, gap.received - gap.expected)
        self._notify(
            Gap(
                self.channel.label,
                gap.expected,
                gap.received,
                missed,
                self._received,
                until,
                gap.reason or str(gap),
            )
        )
        self._enter(State.GAP, gap)
        if until - self._last_gap > _FORGIVEN:
            self._gaps = 0
        self._last_gap = until
        self._ask_again()

    def _ask_again(self) -> None:
        """Start over: at once for the first time, then ever more slowly."""
        self._parse = self.channel.start()
        self._last = None
        self._gaps += 1
        self._resyncing = True
        socket = self.socket
        if socket is None:
            return
        delay = 0.0 if self._gaps == 1 else min(2.0 ** (self._gaps - 2), _LONGEST_RESYNC_DELAY)

        def resync(*_: Any) -> None:
            if self.socket == socket:
                self._feeds.send(self, socket, self.channel.unsubscribe)
                self._request()

        if delay:
            self._wait(socket.scheduler.schedule_relative(delay, resync))
        else:
            resync()

    def on_closed(self, reason: str) -> None:
        """The socket is gone: nothing can come until the next one."""
        if self.state in {State.ACKED, State.LIVE, State.STALE}:
            self._broken = reason
        self.socket = None
        self.state = None
        self._last = None
        self._gaps = 0
        self._wait(None)

    def _mend(self, until: int) -> None:
        if self._broken is not None:
            reason, self._broken = self._broken, None
            self._notify(Gap(self.channel.label, since=self._received or None, until=until, reason=reason))
        elif not self._resyncing:
            return
        self._resyncing = False
        self._feeds.announce(SubscriptionStatus(self.channel.name, self.channel.symbol, State.RESTORED))

    def fail(self, error: Exception, *, unsubscribe: bool = False) -> None:
        """End all subscriptions of this channel with ``error``, and this channel alone."""
        socket = self.socket
        self._enter(State.REFUSED, error)
        self._feeds.forget(self)
        self.stop()
        if unsubscribe and socket is not None:
            # The request may still be on its way through the exchange; nobody wants its data any more.
            self._feeds.send(self, socket, self.channel.unsubscribe)
        self.items.fail(error)

    def stop(self) -> None:
        """Forget the socket and every timer."""
        self.socket = None
        self.state = None
        self._wait(None)

    def _notify(self, notice: Notice) -> None:
        for guard in self._noticing:
            if guard in self.items.guards:
                guard.on_next(notice)
        self._feeds.announce(notice)

    def _enter(self, state: State, error: Exception | None = None) -> None:
        self.state = state
        self._feeds.announce(SubscriptionStatus(self.channel.name, self.channel.symbol, state, error))

    def _after(self, socket: Socket, seconds: float, action: Callable[[], None]) -> None:
        self._wait(socket.scheduler.schedule_relative(seconds, lambda *_: action()))

    def _wait(self, timer: abc.DisposableBase | None) -> None:
        """Wait for this and for nothing else: the answer, the first data, the next data, or the next try."""
        before, self._timer = self._timer, timer
        if before is not None:
            before.dispose()


class _Subscriber(abc.DisposableBase):
    """One subscriber of one feed or several: the end of one is the end of all."""

    def __init__(self, observer: Receiver[Any], together: Callable[[], AbstractContextManager[None]]) -> None:
        self.feeds: list[Feed[Any]] = []
        self.guards: list[Guard[Any]] = []
        self.on_next = observer.on_next
        self._observer = observer
        self._together = together
        self._sockets: abc.DisposableBase | None = None
        self._ended = False

    def listen(self, sockets: Observable[Socket | None]) -> None:
        """Ask for the feeds on each of ``sockets``; end when they end."""
        self._sockets = sockets.subscribe(self._on_socket, self._on_sockets_failed, self._on_sockets_completed)
        if self._ended:
            self._sockets.dispose()

    def _on_socket(self, socket: Socket | None) -> None:
        if socket is not None:
            with self._together():
                for feed in self.feeds:
                    feed.on_socket(socket)

    def _on_sockets_failed(self, error: Exception) -> None:
        for guard in self.guards:
            guard.on_error(error)

    def _on_sockets_completed(self) -> None:
        for guard in self.guards:
            guard.on_completed()

    def on_error(self, error: Exception) -> None:
        if not self._ended:
            self.dispose()
            self._observer.on_error(error)

    def on_completed(self) -> None:
        if not self._ended:
            self.dispose()
            self._observer.on_completed()

    def dispose(self) -> None:
        """Leave all feeds."""
        self._ended = True
        for guard in self.guards:
            guard.dispose()
        if self._sockets is not None:
            self._sockets.dispose()


class FeedSet:
    """All feeds of one connection: who shares what, which request is open, what is sent together.

    ``attach`` and ``detach`` tell the owner that a feed's messages are wanted, or not any more; ``announce`` tells it
    of status events; ``is_for`` says whether a feed is to use a socket; ``batch`` channels at most share a request.
    """

    def __init__(
        self,
        announce: Callable[[SocketEvent], None],
        *,
        attach: Callable[[Feed[Any]], object],
        detach: Callable[[Feed[Any]], object],
        is_for: Callable[[Feed[Any], Socket], bool],
        batch: int = 1,
    ) -> None:
        self.announce = announce
        self.is_for = is_for
        self._attach = attach
        self._detach = detach
        self._batch = batch
        self._feeds: dict[Any, Feed[Any]] = {}
        self._open: dict[int, list[Feed[Any]]] = {}
        self._ids = count(1)
        self._held: list[tuple[Feed[Any], Socket]] | None = None
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[Feed[Any]]:
        return iter(tuple(self._feeds.values()))

    def join(
        self,
        channels: Sequence[Channel[Any]],
        sockets: Observable[Socket | None],
        observer: Receiver[Any],
        *,
        notices: bool,
    ) -> abc.DisposableBase:
        """Subscribe ``observer`` to channels, which are asked for on each of ``sockets``."""
        subscriber = _Subscriber(observer, self.together)
        wanted = {channel.key: channel for channel in channels}
        with self._lock:
            for channel in wanted.values():
                feed = self._feeds.get(channel.key)
                if feed is not None and feed.channel.group != channel.group:
                    raise InvalidArgument("channel", channel.label, _OTHER_OPTIONS)
            for channel in wanted.values():
                feed = self._feeds.get(channel.key)
                if feed is None:
                    feed = self._feeds[channel.key] = Feed(channel, self)
                    self._attach(feed)
                subscriber.feeds.append(feed)
                subscriber.guards.append(feed.add(subscriber, notices=notices))
        subscriber.listen(sockets)
        return subscriber

    def leave(self, feed: Feed[Any]) -> None:
        """The last subscriber has gone: tell the exchange, once."""
        with self._lock:
            if feed.items.guards or self._feeds.get(feed.channel.key) is not feed:
                return
            self.forget(feed)
            socket, wanted = feed.socket, feed.state is not None
            feed.stop()
            if socket is None or not wanted:
                return
            self.send(feed, socket, feed.channel.unsubscribe)
        ended = SubscriptionStatus(feed.channel.name, feed.channel.symbol, State.ENDED)
        socket.scheduler.schedule(lambda *_: self.announce(ended))

    def forget(self, feed: Feed[Any]) -> None:
        """Take no further messages and answers for ``feed``."""
        with self._lock:
            if self._feeds.get(feed.channel.key) is feed:
                del self._feeds[feed.channel.key]
                self._detach(feed)
            self._wait_no_longer(feed)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Collect what is asked for inside, and ask for it in as few requests as the exchange allows."""
        if self._held is not None or self._batch == 1:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self._ask_together(held)

    def ask(self, feed: Feed[Any], socket: Socket) -> None:
        """Send the subscribe request of ``feed``, or let it wait for others that go with it."""
        if self._held is None:
            self._ask([feed], socket)
        else:
            self._held.append((feed, socket))

    def _ask_together(self, held: list[tuple[Feed[Any], Socket]]) -> None:
        groups: dict[Any, list[tuple[Feed[Any], Socket]]] = {}
        for place, (feed, socket) in enumerate(held):
            group = feed.channel.group
            groups.setdefault((id(socket), place if group is None else group), []).append((feed, socket))
        for members in groups.values():
            for start in range(0, len(members), self._batch):
                chunk = members[start : start + self._batch]
                self._ask([feed for feed, _ in chunk], chunk[0][1])

    def _ask(self, feeds: list[Feed[Any]], socket: Socket) -> None:
        # Under the lock, so that no unsubscribe of another thread overtakes the subscribe.
        with self._lock:
            wanted = [feed for feed in feeds if feed.socket == socket]
            if not wanted:
                return
            request_id = next(self._ids)
            # Listened for first: an answer may come before send returns.
            self._open[request_id] = list(wanted)
            failure: Exception | None = None
            try:
                socket.send(wanted[0].channel.subscribe([feed.channel for feed in wanted], request_id, socket))
            except Exception as error:
                failure = error
                self._open.pop(request_id, None)
        if failure is None:
            return
        for feed in wanted:
            if not isinstance(failure, NotSent):
                feed.fail(failure)
            elif self.is_for(feed, socket):
                # Too much waits to be sent; the deadline of the request stays in force.
                self.ask_later(feed, socket)
            else:
                feed.on_closed(str(failure))

    def ask_later(self, feed: Feed[Any], socket: Socket) -> None:
        """Send the subscribe request of ``feed`` in a second, if it still belongs on that socket."""
        socket.scheduler.schedule_relative(_PAUSE, lambda *_: self._ask([feed], socket))

    def send(self, feed: Feed[Any], socket: Socket, make: MakeRequest) -> None:
        """Send a request of which the answer does not matter."""
        try:
            socket.send(make([feed.channel], next(self._ids), socket))
        except NotSent as error:
            _log.debug("the exchange was not told of %s: %s", feed.channel.label, error)

    def on_answer(self, message: Json, received: int) -> None:
        """Give a message that belongs to no channel to the feeds whose request it answers."""
        if not self._open:
            return
        with self._lock:
            waiting = [feed for feeds in self._open.values() for feed in feeds]
        for answers in {feed.channel.answer: None for feed in waiting}:
            for answer in answers(message):
                for feed in self._meant_by(answer):
                    feed.on_answer(answer, received)

    def _meant_by(self, answer: Answer) -> list[Feed[Any]]:
        """Give the feeds that an answer is for, which wait no longer. An id that is not open is of another request."""
        meant: list[Feed[Any]] = []
        with self._lock:
            for request_id in list(self._open) if answer.id is None else [answer.id]:
                waiting = self._open.get(request_id, [])
                hit = [feed for feed in waiting if _means(answer, feed)]
                meant += hit
                self._keep_waiting(request_id, [feed for feed in waiting if feed not in hit])
        return meant

    def _keep_waiting(self, request_id: int, feeds: list[Feed[Any]]) -> None:
        if feeds:
            self._open[request_id] = feeds
        else:
            self._open.pop(request_id, None)

    def on_closed(self, socket: Socket, reason: str) -> None:
        """Tell the feeds of ``socket`` that it is gone."""
        for feed in self:
            if feed.socket == socket:
                self._wait_no_longer(feed)
                feed.on_closed(reason)

    def _wait_no_longer(self, feed: Feed[Any]) -> None:
        with self._lock:
            for request_id, waiting in list(self._open.items()):
                self._keep_waiting(request_id, [other for other in waiting if other is not feed])


def _means(answer: Answer, feed: Feed[Any]) -> bool:
    if answer.key is not None:
        return bool(feed.channel.key == answer.key)
    if answer.symbol is not None:
        return feed.channel.symbol == answer.symbol
    # One that names nobody is for the whole request; without a request it tells only that it was too much at once.
    return answer.id is not None or answer.transient
