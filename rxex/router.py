"""Sort messages to whoever wants them: one look-up per message, whatever the number of subscriptions.

The key of the look-up is the message's shape, that is its bytes without their digits: what was decoded strictly and
routed by the dialect once need not be looked into again to know that it is well formed and whose it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from itertools import pairwise
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from attrs import define
from reactivex import abc

from rxex.channel import Dialect, Session
from rxex.codec import DIGITS, decode, decode_known, encode, exact, shape_of
from rxex.errors import MalformedMessage, SequenceGap
from rxex.events import Malformed, Message, Socket, SocketEvent
from rxex.fanout import FanOut, Receiver
from rxex.feed import Feed
from rxex.feed_set import FeedSet
from rxex.typing import Json

if TYPE_CHECKING:
    from rxex.socket import Receive

__all__ = ["Router"]

_MOST_SHAPES = 4096
_LONGEST_SHAPE = 2048  # bytes; longer messages are snapshots, which are rare and all different
_EXCERPT = 200


@define(eq=False)
class _Known:
    """What was learned of a shape, and who wants its messages.

    ``key`` is that of its messages, None where it has to be asked of each. ``is_of_key`` tells whether a message of the
    same shape has the same key: whether it holds the words of the key with the same digits in them. ``trusted`` is the
    feed that has parsed such a message with every number checked; only digits can differ in the next one, so its
    numbers need not be checked again.

    The rest is looked up anew when the router's ``turn`` is another: ``goes_on`` tells whether a message goes to
    ``raw`` and ``feed`` and to nobody else; None: it does not.
    """

    key: Hashable | None
    is_of_key: Callable[[bytes], bool] | None = None
    trusted: Feed[Any] | None = None
    turn: object = None
    goes_on: Callable[[bytes], bool] | None = None
    raw: FanOut[Json] | None = None
    feed: Feed[Any] | None = None


@define(eq=False)
class _Route:
    """Who wants the messages of one key."""

    raw: FanOut[Json]
    feed: Feed[Any] | None = None


class Router:
    """The subscribers of one connection's messages.

    ``events`` gets a `Message` for each message, and only if it has subscribers; ``messages`` gets them decoded; feeds
    get their own in bytes. ``emit`` is where other events go.
    """

    def __init__(
        self,
        dialect: Dialect,
        emit: Callable[[SocketEvent], None],
        events: FanOut[SocketEvent],
        is_for: Callable[[Feed[Any], Socket], bool],
        left: Callable[[Feed[Any]], None],
        *,
        turn: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.dialect = dialect
        self.receive: Receive = self._receive if dialect.session is None else self._receive_in_session
        """Takes one message in bytes; gives back a `Malformed` for what cannot be understood, else None."""
        self._make_session = dialect.session
        self._sessions: dict[int, Session] = {}  # by the id of the socket that they are of
        self._route_of = dialect.route
        self._is_open = False
        self.messages: FanOut[Json] = FanOut(self._turn_over)
        self.feeds = FeedSet(
            emit,
            attach=self._attach,
            detach=self._detach,
            is_for=is_for,
            batch=dialect.batch,
            rate=dialect.rate[0] if dialect.rate else None,
            turn=turn,
        )
        self._emit = emit
        self._left = left
        self._events = events
        self._answers: FanOut[Json] = FanOut()
        self._routes: dict[Hashable, _Route] = {}
        self._shapes: dict[bytes, _Known] = {}
        self._find = self._shapes.get
        # Replaced whenever somebody else wants messages than before, which makes every look-up of a route stale.
        self._turn = object()
        self._lock = threading.RLock()
        events.on_change = self._turn_over

    def subscribe(self, key: Hashable | None, observer: Receiver[Json]) -> abc.DisposableBase:
        """Subscribe to one channel's messages, decoded; to answers where ``key`` is None."""
        if key is None:
            return self._answers.subscribe(observer)
        with self._lock:
            return self._route(key).raw.subscribe(observer)

    def end(self, tell: Callable[[FanOut[Json]], None]) -> None:
        """Tell all subscribers of decoded messages of the end of the stream."""
        for fan_out in (self.messages, self._answers, *(route.raw for route in tuple(self._routes.values()))):
            tell(fan_out)

    def _turn_over(self) -> None:
        self._turn = object()

    def _route(self, key: Hashable) -> _Route:
        route = self._routes.get(key)
        if route is None:
            route = self._routes[key] = _Route(FanOut(lambda: self._tidy(key)))
        return route

    def _tidy(self, key: Hashable) -> None:
        with self._lock:
            self._turn_over()
            route = self._routes.get(key)
            if route is not None and route.feed is None and not route.raw.guards:
                del self._routes[key]

    def _attach(self, feed: Feed[Any]) -> None:
        with self._lock:
            self._route(feed.channel.key).feed = feed
            self._turn_over()

    def _detach(self, feed: Feed[Any]) -> None:
        with self._lock:
            route = self._routes.get(feed.channel.key)
            if route is not None and route.feed is feed:
                route.feed = None
                self._tidy(feed.channel.key)
        self._left(feed)

    def on_closed(self, socket: Socket, reason: str) -> None:
        """Forget what held on ``socket`` only, and tell its feeds."""
        self._sessions.pop(id(socket), None)
        self.feeds.on_closed(socket, reason)

    def _receive_in_session(self, socket: Socket, frame: bytes, received: int) -> SocketEvent | None:
        session = self._sessions.get(id(socket))
        if session is None and self._make_session is not None:
            session = self._sessions[id(socket)] = self._make_session(socket)
        try:
            key = None if session is None else session.route(frame)
            route = self._routes.get(key)
            if key is None or self.messages.guards or self._events.guards:
                self._sort(socket, decode(frame), key, frame, received)
            elif route is not None:
                if route.raw.guards:
                    route.raw.emit(decode(frame))
                if route.feed is not None:
                    route.feed.on_message(frame, received)
        except SequenceGap as gap:
            socket.drop(gap)
        except Exception as error:
            return _malformed(socket, frame, error)
        return None

    def _receive(self, socket: Socket, frame: bytes, received: int) -> SocketEvent | None:
        known = self._find(frame.translate(None, DIGITS))
        try:
            if known is None:
                self._meet(socket, frame, received)
                return None
            if known.turn is not self._turn:
                self._look_up(known)
            goes_on = known.goes_on
            if goes_on is None or not goes_on(frame):
                message = decode_known(frame)
                key = self._route_of(message)
                if key is None or self._is_open:
                    self._sort(socket, message, key, frame, received)
                elif (route := self._routes.get(key)) is not None:
                    for guard in route.raw.guards:
                        guard.on_next(message)
                    if route.feed is not None:
                        route.feed.on_message(frame, received)
                return None
            raw, feed = known.raw, known.feed
            if raw is not None:
                data = decode_known(frame)
                for guard in raw.guards:
                    guard.on_next(data)
            if feed is None:
                return None
            if feed is known.trusted:
                feed.on_message(frame, received, exact)
            elif feed.on_message(frame, received):
                known.trusted = feed
        except Exception as error:
            return _malformed(socket, frame, error)
        return None

    def _look_up(self, known: _Known) -> None:
        turn = self._turn
        # Where all messages are listened to, each is taken the long way.
        self._is_open = bool(self.messages.guards or self._events.guards)
        known.goes_on = None if self._is_open else known.is_of_key
        route = self._routes.get(known.key)
        known.raw = route.raw if route is not None and route.raw.guards else None
        known.feed = None if route is None else route.feed
        known.turn = turn

    def _meet(self, socket: Socket, frame: bytes, received: int) -> None:
        """Take a message of an unknown shape: decode it strictly, and learn the shape."""
        message = decode(frame)
        # An escape can hide a digit in a key.
        if len(frame) <= _LONGEST_SHAPE and b"\\" not in frame and not _has_digits_in_keys(message):
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            shape = shape_of(frame)
            self._shapes[shape] = _learn(self._route_of(message), frame, shape)
        self._sort(socket, message, self._route_of(message), frame, received)

    def _sort(self, socket: Socket, message: Json, key: Hashable | None, frame: bytes | None, received: int) -> None:
        """Take one decoded message to everyone who wants it."""
        if key is None:
            event = self.dialect.classify(socket, message)
            if event is not None:
                self._emit(event)
                return
        if self._events.guards:
            self._emit(Message(socket, message, received))
        self.messages.emit(message)
        if key is None:
            self._answers.emit(message)
            with self.feeds.together():
                self.feeds.on_answer(message, received)
            return
        route = self._routes.get(key)
        if route is None:
            return
        route.raw.emit(message)
        if route.feed is not None:
            route.feed.on_message(message if frame is None else frame, received)

    def sort(self, event: Message) -> None:
        """Take a message that comes decoded, from a source that is no socket."""
        if self._make_session is not None:
            malformed = self._receive_in_session(event.socket, encode(event.data).encode(), event.received)
            if malformed is not None:
                self._emit(malformed)
            return
        try:
            self._sort(event.socket, event.data, self._route_of(event.data), None, event.received)
        except Exception as error:
            self._emit(_malformed(event.socket, str(event.data).encode(), error))


def _malformed(socket: Socket, frame: bytes, error: Exception) -> Malformed:
    excerpt = frame[:_EXCERPT]
    if not isinstance(error, MalformedMessage):
        error = MalformedMessage(f"{type(error).__name__}: {error}", excerpt)
    return Malformed(socket, excerpt, error)


def _has_digits_in_keys(message: Json) -> bool:
    # Two such keys can differ in a digit only, so that a repeated key would look like the shape of two.
    pending: list[Any] = [message]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if any(not key.isascii() or any("0" <= character <= "9" for character in key) for key in item):
                return True
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return False


def _learn(key: Hashable | None, frame: bytes, shape: bytes) -> _Known:
    """Find the words of ``key`` in the message; without them, or with one twice, its shape does not tell the key."""
    words = [f'"{part}"'.encode() if isinstance(part, str) else b"" for part in _parts(key)]
    if not all(word in frame and shape.count(shape_of(word)) == 1 for word in words if word) or not all(words):
        return _Known(None)
    spans = sorted((frame.find(word), frame.find(word) + len(word)) for word in words)
    first, last = spans[0][0], spans[-1][1]
    between = b"".join(frame[end:start] for (_, end), (start, _) in pairwise(spans))
    if shape_of(between) != between:
        return _Known(None)
    # Where nothing but the words has digits up to the end or from the start, their place is fixed: a look at one end
    # of the message takes a third of a search.
    if shape_of(frame[last:]) == frame[last:]:
        return _Known(key, methodcaller("endswith", frame[first:]))
    if shape_of(frame[:first]) == frame[:first]:
        return _Known(key, methodcaller("startswith", frame[:last]))
    return _Known(key, methodcaller("__contains__", frame[first:last]))


def _parts(key: Hashable | None) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
