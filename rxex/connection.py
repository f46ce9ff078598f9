"""A connection: the events of one exchange as a `ConnectableObservable`, shared by everyone who subscribes.

Below it lies a cold stream of one socket after another (`open_socket` with `backoff_reconnect` around it). Here its
items are handed out: link and status events to whoever subscribes, messages through the router, and further sockets
are opened where the exchange limits the channels of one.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, TypeVar

from reactivex import ConnectableObservable, Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable

from rxex.channel import Channel, Dialect
from rxex.errors import ConnectionClosed, ForkedError, LinkStale
from rxex.events import (
    Authenticated,
    Closed,
    EventStream,
    Heartbeat,
    Message,
    MessageStream,
    Opened,
    Socket,
    SocketEvent,
)
from rxex.fanout import FanOut, GuardedObservable, Receiver
from rxex.feed import Feed
from rxex.router import Router
from rxex.socket import Receive, taken_in_turn
from rxex.typing import Json

__all__ = ["Connection"]

T = TypeVar("T")
_GOING_AWAY, _BY_US = 1001, "we closed the link"


class _Lane:
    """One socket after another: the connection's own, or a further one for the channels past the limit of one."""

    def __init__(self) -> None:
        self.subscription = SingleAssignmentDisposable()
        self.socket: Socket | None = None
        self.last_beat: datetime | None = None
        self.watch = SerialDisposable()
        self.is_over = False
        """Whether nothing of it is to be heard any more, though its thread may still be at it."""

    def dispose(self) -> None:
        self.is_over = True
        self.subscription.dispose()
        self.watch.dispose()


class Connection(EventStream, ConnectableObservable[SocketEvent]):
    """The events of one exchange. Nothing happens before `connect`; what that returns ends it when disposed.

    Subscribers stay through reconnects, and through a dispose and a new `connect`. ``on_error`` comes once, for a fatal
    end; then a new `connect` starts over for those who subscribe again. All items are emitted by the thread of the
    socket, in wire order, one at a time.

    Args:
        source: makes the cold stream of sockets; the function that it is given takes each message in bytes.
        dialect: how the exchange's messages are sorted, and its limits.
    """

    def __init__(self, source: Callable[[Receive], Observable[SocketEvent]], dialect: Dialect) -> None:
        Observable.__init__(self)
        self._source = source
        self._dialect = dialect
        self._events: FanOut[SocketEvent] = FanOut()
        self._link: FanOut[SocketEvent] = FanOut()
        self._link_stream = GuardedObservable(self.join_link)
        self._lanes: list[_Lane] = []
        self._lane_of: dict[Feed[Any], _Lane] = {}
        # What a late subscriber has to be told of the open sockets: that they are, and that we are authenticated.
        self._told: tuple[Opened | Authenticated, ...] = ()
        # Closed by us, in silence: who stays through a dispose and a new connect hears of it before the new socket.
        self._gone: list[Socket] = []
        self._connection: abc.DisposableBase | None = None
        self._process = 0
        self._later: deque[SocketEvent] | None = None
        self._lock = threading.RLock()
        # Several sockets have several threads; with one there is nothing to keep apart.
        turn = None if dialect.channels_per_socket is None else threading.RLock()
        self._turn: AbstractContextManager[Any] = turn or nullcontext()
        self._in_turn = None if turn is None else threading.Condition(turn)
        self._router = Router(dialect, self.announce, self._events, self._is_for, self._on_left, turn=self._turn)
        self._messages = _Messages(self)

    # What users see

    @property
    def link(self) -> Observable[SocketEvent]:
        """All events but messages; a late subscriber gets `Opened` and `Authenticated` of the open socket first."""
        return self._link_stream

    @property
    def messages(self) -> MessageStream:
        """The decoded messages: neither heartbeats nor the exchange's status."""
        return self._messages

    @property
    def is_connected(self) -> bool:
        """Whether a socket is open now."""
        return bool(self._told)

    def connect(self, scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        """Open the connection, once; a second call gives the same disposable. Thread-safe.

        Disposing it closes everything within 2 s and is safe from any thread, in a callback and more than once.
        Raises `ForkedError` in a forked child, where the connection is the parent's.
        """
        if self._connection is not None and self._process != os.getpid():
            raise ForkedError
        with self._lock:
            if self._connection is not None:
                return self._connection
            self._process = os.getpid()
            # Composite, as the one of reactivex is: who waits for the end adds what shall happen then.
            connection = self._connection = CompositeDisposable(Disposable(lambda: self._disconnect(connection)))
            lane = self._new_lane()
        self._open(lane, scheduler)
        return connection

    def _disconnect(self, connection: abc.DisposableBase) -> None:
        with self._lock:
            if self._connection is not connection:
                return
            self._connection = None
            lanes, self._lanes = self._lanes, []
            self._gone += [event.socket for event in self._told if isinstance(event, Opened)]
            self._told = ()
            self._lane_of.clear()
        for lane in lanes:
            lane.is_over = True
        is_emitting = len(lanes) > 1 and self._is_emitting()
        for lane in lanes:
            if is_emitting and lane.socket is not None:
                # Its thread may wait for this one to be done with its item: it is told to stop, and not waited for.
                lane.socket.drop(ConnectionClosed(None, _BY_US))
                lane.socket.scheduler.schedule(_disposing(lane))
            else:
                lane.dispose()
        for lane in lanes:
            socket, lane.socket = lane.socket, None
            if socket is not None:
                self._router.on_closed(socket, _BY_US)

    def _subscribe_core(
        self,
        observer: abc.ObserverBase[SocketEvent],
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002
    ) -> abc.DisposableBase:
        return self._events.subscribe(observer)

    # From the sockets

    def _open(self, lane: _Lane, scheduler: abc.SchedulerBase | None = None) -> None:
        # Who reads takes the turn, for all messages of one read together.
        receive = self._router.receive if self._in_turn is None else taken_in_turn(self._router.receive, self._turn)
        lane.subscription.disposable = self._source(receive).subscribe(
            lambda event: self._on_event(lane, event),
            lambda error: self._on_end(lane, error),
            lambda: self._on_end(lane, None),
            scheduler=scheduler,
        )

    def _is_emitting(self) -> bool:
        """Whether this very thread has the turn, so that the threads of other sockets may wait for it."""
        try:
            if self._in_turn is not None:
                self._in_turn.notify()
        except RuntimeError:  # what a condition raises where the lock is not ours
            return False
        return self._in_turn is not None

    def _on_event(self, lane: _Lane, event: SocketEvent) -> None:
        with self._turn:
            if not lane.is_over:
                self._take(lane, event)

    def _take(self, lane: _Lane, event: SocketEvent) -> None:
        if isinstance(event, Message):
            self._router.sort(event)
            return
        if isinstance(event, Opened):
            with self._lock:
                lane.socket = event.socket
                lane.last_beat = None
                gone, self._gone = self._gone, []
            for socket in gone:
                self.announce(Closed(socket, _GOING_AWAY, _BY_US))
        elif isinstance(event, Closed):
            with self._lock:
                lane.socket = None
            lane.watch.disposable = None
            reason = event.error or ConnectionClosed(event.code, event.reason)
            self._router.on_closed(event.socket, str(reason))
        with self._router.feeds.together():
            self.announce(event)

    def announce(self, event: SocketEvent) -> None:
        """Emit ``event`` after the one that is being emitted, if any: nobody is called from inside another call."""
        with self._turn:
            self._announce(event)

    def _announce(self, event: SocketEvent) -> None:
        if self._later is not None:
            self._later.append(event)
            return
        self._later = deque((event,))
        try:
            while self._later:
                self._emit(self._later.popleft())
        finally:
            self._later = None

    def _emit(self, event: SocketEvent) -> None:
        self._events.emit(event)
        if isinstance(event, Message):
            return
        with self._lock:
            # Who subscribes later is told of open sockets by `join_link`, who came before by this event.
            guards = self._link.guards
            if isinstance(event, Opened | Authenticated):
                self._told = (*self._told, event)
            elif isinstance(event, Closed):
                self._told = tuple(told for told in self._told if told.socket != event.socket)
        for guard in guards:
            guard.on_next(event)
        if isinstance(event, Heartbeat) and not event.solicited:
            self._beat(event.socket)

    def _beat(self, socket: Socket) -> None:
        silence = self._dialect.heartbeat_timeout
        if silence is None:
            return
        for lane in self._lanes:
            if lane.socket == socket:
                if lane.last_beat is None:
                    lane.last_beat = socket.scheduler.now
                    self._watch_beats(lane, socket, silence)
                lane.last_beat = socket.scheduler.now

    def _watch_beats(self, lane: _Lane, socket: Socket, silence: float) -> None:
        def look(*_: Any) -> None:
            if lane.socket != socket or lane.last_beat is None:
                return
            late = silence - (socket.scheduler.now - lane.last_beat).total_seconds()
            if late <= 0:
                socket.drop(LinkStale("heartbeat of the exchange", silence))
            else:
                lane.watch.disposable = socket.scheduler.schedule_relative(late, look)

        lane.watch.disposable = socket.scheduler.schedule_relative(silence, look)

    def _on_end(self, lane: _Lane, error: Exception | None) -> None:
        with self._lock:
            lane.socket = None
            if lane not in self._lanes:
                return
            is_main = lane is self._lanes[0]
            if is_main:
                ended, self._lanes, self._connection, lost = self._lanes, [], None, []
                self._told = ()
                self._lane_of.clear()
            else:
                ended, lost = [lane], [feed for feed, its in self._lane_of.items() if its is lane]
                self._lanes.remove(lane)
        for its in ended:
            its.dispose()
        if is_main:
            tell = _end_with(error)
            self._router.end(tell)
            tell(self._link)
            tell(self._events)
            return
        # A further socket that cannot be had concerns the channels on it alone.
        for feed in lost:
            feed.fail(error or ConnectionClosed(reason="the link for this channel has ended"))

    # To the subscribers

    def join_link(self, observer: Receiver[SocketEvent]) -> abc.DisposableBase:
        """Subscribe to all events but messages; the `Opened` and `Authenticated` of open sockets first."""
        guard = self._link.guard(observer)
        with self._lock:
            told = self._told
            self._link.add(guard)

        def arrive(*_: Any) -> None:
            # On the thread that emits, so that these come at their place in the order of things.
            with self._turn, self._router.feeds.together():
                for event in told:
                    if event in self._told:
                        guard.on_next(event)

        if told:
            told[0].socket.scheduler.schedule(arrive)
        return guard

    def join_feeds(
        self,
        channels: Sequence[Channel[Any]],
        sockets: Observable[Socket | None],
        observer: Receiver[Any],
        *,
        notices: bool,
    ) -> abc.DisposableBase:
        """Subscribe to channels, each shared with all who asked for it on this connection."""
        return self._router.feeds.join(channels, sockets, observer, notices=notices)

    # Several sockets

    def _new_lane(self) -> _Lane:
        lane = _Lane()
        self._lanes.append(lane)
        return lane

    def _is_for(self, feed: Feed[Any], socket: Socket) -> bool:
        """Whether ``feed`` belongs on ``socket``; finds or opens a socket with room for it."""
        limit = self._dialect.channels_per_socket
        with self._lock:
            if limit is None:
                return any(lane.socket == socket for lane in self._lanes)
            if self._connection is None:
                return False  # it was disposed of meanwhile: nobody would ever close what is opened now
            lane, is_new = self._lane_of.get(feed), False
            if lane is None:
                lane, is_new = self._lane_with_room(limit)
                self._lane_of[feed] = lane
        if is_new:
            self._open(lane)
        return lane.socket is not None and lane.socket == socket

    def _lane_with_room(self, limit: int) -> tuple[_Lane, bool]:
        for lane in self._lanes:
            if sum(its is lane for its in self._lane_of.values()) < limit:
                return lane, False
        return self._new_lane(), True

    def _on_left(self, feed: Feed[Any]) -> None:
        """Close a further socket that has no channel any more."""
        with self._lock:
            lane = self._lane_of.pop(feed, None)
            if lane is None or lane in self._lane_of.values():
                return
            # Without a channel the exchange may well be silent; from the next heartbeat on they are awaited again.
            lane.last_beat = None
            if lane is self._lanes[0]:
                return
            self._lanes.remove(lane)
            socket, lane.socket = lane.socket, None
        if socket is None:
            lane.dispose()
        else:
            # On the socket's own thread, after the unsubscribe, and so that nobody waits for that thread here.
            socket.scheduler.schedule(lambda *_: self._part_with(lane, socket))

    def _part_with(self, lane: _Lane, socket: Socket) -> None:
        lane.dispose()
        # What we close ends in silence, but whoever has been told that it is open has to hear of it.
        with self._turn:
            if any(event.socket == socket for event in self._told):
                self._announce(Closed(socket, _GOING_AWAY, _BY_US))


def _disposing(lane: _Lane) -> Callable[..., None]:
    return lambda *_: lane.dispose()


def _end_with(error: Exception | None) -> Callable[[FanOut[Any]], None]:
    return (lambda fan_out: fan_out.complete()) if error is None else (lambda fan_out: fan_out.fail(error))


class _Messages(GuardedObservable[Json], MessageStream):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection._router.messages.subscribe)
        self._connection = connection
        self._router = connection._router

    def keyed(self, key: Hashable | None) -> Observable[Json]:
        return GuardedObservable(lambda observer: self._router.subscribe(key, observer))

    def feeds(
        self, channels: Sequence[Channel[T]], sockets: Observable[Socket | None], *, notices: bool
    ) -> Observable[Any]:
        join = self._connection.join_feeds
        return GuardedObservable(lambda observer: join(channels, sockets, observer, notices=notices))

    def announce(self, event: SocketEvent) -> None:
        self._connection.announce(event)

    @property
    def dialect(self) -> Dialect:
        return self._router.dialect
