"""The life of a subscription: one channel on one connection, asked for once per socket for all its subscribers.

Everything here but `Feed.add` and a subscriber's dispose happens on the thread that emits the connection's items.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec
from reactivex import abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable

from rxex.channel import Answer, Channel, JoiningParse, Number, decoder
from rxex.clock import wall_ns
from rxex.codec import number
from rxex.errors import (
    MalformedMessage,
    RequestTimeout,
    RxexError,
    SequenceGap,
    SubscriptionRefused,
    SubscriptionTimeout,
    TokenError,
    TransientError,
)
from rxex.events import (
    Gap,
    Malformed,
    Notice,
    Socket,
    Stale,
    SubscriptionState,
    SubscriptionStatus,
)
from rxex.fanout import FanOut, Guard, Receiver
from rxex.typing import Json

if TYPE_CHECKING:
    from rxex.feed_set import FeedSet

__all__ = ["Feed", "State"]

_log = logging.getLogger(__name__)
_LONGEST_RESYNC_DELAY = 30.0
_LONGEST_FETCH = 60.0
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
        self._awaits_answer = False
        self._fetches = 0
        self._fetching = SerialDisposable()
        self._timer: abc.DisposableBase | None = None

    def add(self, observer: Receiver[Any], *, notices: bool) -> Guard[Any]:
        """Add a subscriber; of a channel whose items tell the whole state it gets the last one first."""
        guard = self.items.guard(observer)
        if notices:
            self._noticing = (*(other for other in self._noticing if other in self.items.guards), guard)
        self.items.add(guard)
        socket, seen = self.socket, self._received
        if socket is not None and self.channel.keeps_last:

            def arrive() -> None:
                late = self.channel.late
                last = self._last if late is None else late(self._parse)
                # What is made now is newer than any message that came meanwhile; what was kept would be older.
                if last is not None and (late is not None or self._received == seen):
                    guard.on_next(last)

            # On the thread that emits, so that it does not come at the same time as a newer one.
            self._feeds.schedule(socket, arrive)
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
        self._wait(None)
        self._awaits_answer = False
        self._feeds.ask(self, socket)

    def await_answer(self, delay: float) -> None:
        """The request goes out, ``delay`` seconds from now at the latest; if it went out before, that counts."""
        if self.socket is not None and not self._awaits_answer:
            self._awaits_answer = True
            self._after(self.socket, delay + self.channel.ack_timeout, self._unanswered)

    def not_asked(self) -> None:
        """The request did not go out; it will be sent again."""
        self._awaits_answer = False
        self._wait(None)

    def on_answer(self, answer: Answer, received: int) -> None:
        """Take the exchange's yes or no."""
        if answer.error is None:
            if self.state is State.REQUESTED:
                self._acked(received)
        elif answer.transient and self.socket is not None:
            self._feeds.ask_later(self, self.socket)  # the deadline of the first request stays in force
        elif answer.expired and self._resyncing and self.socket is not None:
            # It counted before, so it was only too old to start over with; the next socket brings a new one.
            self._resyncing, self._broken = False, answer.error
            self.socket.drop(TokenError("ExpiredToken"))
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
        self._fetch()
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
        self._give(items, received)
        return True

    def _give(self, items: Sequence[T], received: int) -> None:
        if self.state is not _LIVE and items:
            if self.state is State.GAP and self.channel.fetch is None:
                # Of the subscription that is given up; it may look like the beginning of the next one, and is not.
                self._parse = self.channel.start()
                return
            self._live(received)
        self._received = received
        guards = self.items.guards
        for item in items:
            if self._keeps_last:
                self._last = item
            for guard in guards:
                guard.on_next(item)

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

        def look() -> None:
            # One timer for the whole life, not one per message: it only asks whether anything came meanwhile.
            if self._received == seen:
                self._silent()
            else:
                self._watch_silence()

        self._after(socket, silence, look)

    def _fetch(self) -> None:
        """Ask for what the parser needs besides messages; what comes is for this parser on this socket only."""
        fetch, socket, parse = self.channel.fetch, self.socket, self._parse
        if fetch is None or socket is None:
            return

        def settle(action: Callable[[Any], None], answer: Any) -> None:
            def act() -> None:
                if self.socket == socket and self._parse is parse:
                    deadline.dispose()
                    action(answer)

            self._feeds.schedule(socket, act)

        late = RequestTimeout(f"what {self.channel.label} needs", _LONGEST_FETCH)
        deadline = self._feeds.schedule(socket, lambda: settle(self._not_fetched, late), _LONGEST_FETCH)
        # In its place before it is filled: an answer may come from inside subscribe.
        asking = SingleAssignmentDisposable()
        self._fetching.disposable = CompositeDisposable(asking, deadline)
        try:
            answers = fetch().pipe(ops.first())
        except Exception as error:
            settle(self._not_fetched, error)
            return
        asking.disposable = answers.subscribe(
            lambda answer: settle(self._join, (answer, wall_ns())), lambda error: settle(self._not_fetched, error)
        )

    def _join(self, fetched: tuple[Any, int]) -> None:
        answer, received = fetched
        try:
            items = cast("JoiningParse[T]", self._parse).join(answer, received)
        except Exception as error:
            self._trouble(error, b"", received)
            return
        if items is None:
            self._fetch_later()
        else:
            self._fetches = 0
            self._give(items, received)

    def _not_fetched(self, error: Exception) -> None:
        if isinstance(error, TransientError):
            _log.debug("%s could not be fetched: %s", self.channel.label, error)
            self._fetch_later(getattr(error, "retry_after", None) or 0.0)
        else:
            self.fail(error, unsubscribe=True)

    def _fetch_later(self, least: float = 0.0) -> None:
        socket = self.socket
        if socket is not None:
            delay = max(least, min(2.0**self._fetches, _LONGEST_RESYNC_DELAY))
            self._fetches += 1
            self._fetching.disposable = self._feeds.schedule(socket, self._fetch, delay)

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
            if self.channel.fetch is not None:
                self._fetch_later()
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

        def resync() -> None:
            if self.socket != socket:
                return
            if self.channel.fetch is not None:
                self._fetch()
                return
            self._feeds.send(self, socket, self.channel.unsubscribe)
            self._request()

        if delay:
            self._after(socket, delay, resync)
        else:
            resync()

    def on_closed(self, reason: str) -> None:
        """The socket is gone: nothing can come until the next one."""
        if self.state in {State.ACKED, State.LIVE, State.STALE}:
            self._broken = reason
        self.socket = None
        self.state = None
        self._last = None
        self._gaps = self._fetches = 0
        self._wait(None)
        self._fetching.disposable = None

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
        self._fetching.disposable = None

    def _notify(self, notice: Notice) -> None:
        for guard in self._noticing:
            if guard in self.items.guards:
                guard.on_next(notice)
        self._feeds.announce(notice)

    def _enter(self, state: State, error: Exception | None = None) -> None:
        self.state = state
        self._feeds.announce(SubscriptionStatus(self.channel.name, self.channel.symbol, state, error))

    def _after(self, socket: Socket, seconds: float, action: Callable[[], None]) -> None:
        self._wait(self._feeds.schedule(socket, action, seconds))

    def _wait(self, timer: abc.DisposableBase | None) -> None:
        """Wait for this and for nothing else: the answer, the first data, the next data, or the next try."""
        before, self._timer = self._timer, timer
        if before is not None:
            before.dispose()
