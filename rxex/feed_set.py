"""All feeds of one connection: who shares what, which request is open, what is sent together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import count
from typing import Any

from reactivex import Observable, abc

from rxex.channel import Answer, Channel, MakeRequest
from rxex.clock import wall_ns
from rxex.errors import InvalidArgument, NotSent
from rxex.events import Socket, SocketEvent, SubscriptionStatus
from rxex.fanout import Guard, Receiver
from rxex.feed import Feed, State
from rxex.typing import Json

__all__ = ["FeedSet"]

_log = logging.getLogger(__name__)
_PAUSE = 1.0  # seconds before a request that was too much is sent again
_OTHER_OPTIONS = "this connection has it already, with other options; use another connection"


class FeedSet:
    """The feeds of one connection.

    ``attach`` and ``detach`` tell the owner that a feed's messages are wanted, or not any more; ``announce`` tells it
    of status events; ``is_for`` says whether a feed is to use a socket; ``batch`` channels at most share a request, and
    ``rate`` of them go out each second.
    What happens later waits for its ``turn``, where several sockets have several threads.
    """

    def __init__(
        self,
        announce: Callable[[SocketEvent], None],
        *,
        attach: Callable[[Feed[Any]], object],
        detach: Callable[[Feed[Any]], object],
        is_for: Callable[[Feed[Any], Socket], bool],
        batch: int = 1,
        rate: float | None = None,
        turn: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.announce = announce
        self.is_for = is_for
        self._turn = turn or nullcontext()
        self._attach = attach
        self._detach = detach
        self._batch = batch
        self._rate = rate
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
        self.schedule(socket, lambda: self.announce(ended))

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
            batch = members[0][0].channel.batch or self._batch
            for start in range(0, len(members), batch):
                chunk = members[start : start + batch]
                self._ask([feed for feed, _ in chunk], chunk[0][1])

    def _ask(self, feeds: list[Feed[Any]], socket: Socket) -> None:
        # Under the lock, so that no unsubscribe of another thread overtakes the subscribe.
        with self._lock:
            wanted = [feed for feed in feeds if feed.socket == socket]
            if not wanted:
                return
            request_id = next(self._ids)
            # Listened for first: an answer may come before send returns.
            delay = len(self._open) / self._rate if self._rate else 0.0
            self._open[request_id] = list(wanted)
            for feed in wanted:
                feed.await_answer(delay)
            failure: Exception | None = None
            request: Json | None = None
            try:
                request = wanted[0].channel.subscribe([feed.channel for feed in wanted], request_id, socket)
                if request is not None:
                    socket.send(request)
            except Exception as error:
                failure = error
            if failure is not None or request is None:
                self._open.pop(request_id, None)
        if failure is None:
            if request is None:
                self._begin(wanted)
            return
        for feed in wanted:
            if not isinstance(failure, NotSent):
                feed.fail(failure)
            elif self.is_for(feed, socket):
                # Too much waits to be sent.
                feed.not_asked()
                self.ask_later(feed, socket)
            else:
                feed.on_closed(str(failure))

    def _begin(self, feeds: list[Feed[Any]]) -> None:
        """Feeds that need not be asked for: as if the exchange had said yes."""
        for feed in feeds:
            feed.on_answer(Answer(), wall_ns())

    def ask_later(self, feed: Feed[Any], socket: Socket) -> None:
        """Send the subscribe request of ``feed`` in a second, if it still belongs on that socket."""
        self.schedule(socket, lambda: self._ask([feed], socket), _PAUSE)

    def schedule(self, socket: Socket, action: Callable[[], None], seconds: float = 0.0) -> abc.DisposableBase:
        """Do something on the thread that emits, now or later."""

        def act(*_: Any) -> None:
            with self._turn:
                action()

        return socket.scheduler.schedule_relative(seconds, act) if seconds else socket.scheduler.schedule(act)

    def send(self, feed: Feed[Any], socket: Socket, make: MakeRequest) -> None:
        """Send a request of which the answer does not matter."""
        try:
            request = make([feed.channel], next(self._ids), socket)
            if request is not None:
                socket.send(request)
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
                meant = self._meant_by(answer)
                for feed in meant:
                    if answer.transient and len(meant) > 1:
                        # Each is asked for alone now; who is last in that row is not to be late because of it.
                        feed.not_asked()
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


def _means(answer: Answer, feed: Feed[Any]) -> bool:
    if answer.key is not None:
        return bool(feed.channel.key == answer.key)
    if answer.symbol is not None:
        return feed.channel.symbol == answer.symbol
    # One that names nobody is for the whole request; without a request it tells only that it was too much at once.
    return answer.id is not None or answer.transient
