"""A socket without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reactivex import Observable, Subject
from reactivex.abc import SchedulerBase

from rxex.codec import decode, encode
from rxex.errors import NotSent
from rxex.events import Closed
from rxex.typing import Json

__all__ = ["Replies", "ScriptedSocket"]

Replies = Callable[[Json], Iterable[Json]]
"""What the other side answers to one message. It may raise `NotSent`: then the message counts as not sent."""


def silence(_: Json) -> Iterable[Json]:
    return ()


class ScriptedSocket:
    """A `rxex.events.Socket` that records what is sent on it, and when, and can answer.

    Args:
        scheduler: The virtual time, also for the timers of whatever uses the socket.
        replies: Gives the answers to each message that is sent; without it nobody answers.
        delay: Seconds until the answers come. 0: at the same virtual time, after what is under way. None: before
            `send` has returned, the worst that can happen to a caller who speaks before it listens.

    Answers are emitted by `messages`; none comes once the socket is closed. For one thread.

    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> socket = ScriptedSocket(clock, replies=lambda message: [{"pong": message["ping"]}], delay=0.5)
    >>> _ = socket.messages.subscribe(lambda message: print(clock.clock, message))
    >>> clock.advance_to(2)
    >>> socket.send({"ping": 7})
    >>> clock.advance_to(3)
    2.5 {'pong': 7}
    >>> socket.sent
    [(2.0, {'ping': 7})]
    """

    def __init__(self, scheduler: SchedulerBase, replies: Replies = silence, *, delay: float | None = 0.0) -> None:
        self.scheduler = scheduler
        self.sent: list[tuple[float, Json]] = []
        """Virtual seconds and message, as the other side reads it (numbers as `rxex.typing.Json` has them)."""
        self.closed: Closed | None = None
        """How the socket ended; None while it is open."""
        self.closed_at: float | None = None
        """When it ended, in virtual seconds."""
        self.failure: Exception | None = None
        """What ``replies`` raised, if it did."""
        self._replies = replies
        self._delay = delay
        self._messages: Subject[Json] = Subject()
        self._ends: Subject[Closed] = Subject()

    def __repr__(self) -> str:
        state = "open" if self.closed is None else f"closed at {self.closed_at:.10g} s"
        return f"<ScriptedSocket: {state}, {len(self.sent)} sent>"

    @property
    def messages(self) -> Observable[Json]:
        """The answers, as they come."""
        return self._messages

    @property
    def ends(self) -> Observable[Closed]:
        """Emits once: when `close` or `drop` was called, at the same virtual time and after what is under way."""
        return self._ends

    def send(self, message: Json, *, now: bool = False) -> None:  # noqa: ARG002 - nothing waits here
        """Record ``message`` and answer it.

        Raises `NotSent` once the socket is closed, and whatever ``replies`` raises.
        """
        if self.closed is not None:
            raise NotSent("the socket is closed")
        heard = decode(encode(message).encode())
        try:
            answers = list(self._replies(heard))
        except NotSent:
            raise
        except Exception as error:
            self.failure = error
            raise
        self.sent.append((self._now(), heard))
        if self._delay is None:
            self._answer(answers)
        elif answers:
            self.scheduler.schedule_relative(self._delay, lambda *_: self._answer(answers))

    def _answer(self, answers: list[Json]) -> None:
        for answer in answers:
            if self.closed is None:
                self._messages.on_next(answer)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close for good, unless the socket has ended already."""
        self._end(Closed(self, code, reason))

    def drop(self, error: Exception) -> None:
        """Give the socket up because of ``error``, unless it has ended already."""
        self._end(Closed(self, error=error))

    def cut(self, error: Exception) -> None:
        """End as if the other side or the network had ended it: nothing is told to `ends`."""
        if self.closed is None:
            self.closed, self.closed_at = Closed(self, error=error), self._now()

    def _end(self, event: Closed) -> None:
        if self.closed is None:
            self.closed, self.closed_at = event, self._now()
            self.scheduler.schedule(lambda *_: self._ends.on_next(event))

    def _now(self) -> float:
        return self.scheduler.to_seconds(self.scheduler.now)
