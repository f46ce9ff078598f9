"""What came out and what was sent, compared with what should have; failures show both."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from itertools import chain, count
from string import ascii_uppercase
from typing import Any, Generic, TypeVar

from reactivex import Notification, Observable
from reactivex.abc import DisposableBase, SchedulerBase
from reactivex.notification import OnCompleted, OnError, OnNext

from rxex.testing.marbles import Mark, draw, is_element, parse
from rxex.testing.scripted_socket import ScriptedSocket
from rxex.typing import Json

__all__ = ["Recording", "assert_marbles", "assert_sent", "record"]

T = TypeVar("T")
_NOTATION = "'#' is an error, '|' the end, anything else an item"


class Recording(DisposableBase, Generic[T]):
    """What a stream has given so far; see `record`."""

    def __init__(self, observable: Observable[T], scheduler: SchedulerBase) -> None:
        self.notifications: list[tuple[float, Notification[T]]] = []
        """Each with its time in virtual seconds."""

        def keep(notification: Notification[T]) -> None:
            self.notifications.append((scheduler.to_seconds(scheduler.now), notification))

        self._subscription = observable.subscribe(
            lambda item: keep(OnNext(item)),
            lambda error: keep(OnError(error)),
            lambda: keep(OnCompleted()),
            scheduler=scheduler,
        )

    def __repr__(self) -> str:
        return f"<Recording: {', '.join(f'{item}@{time:.10g}' for time, item in self.notifications)}>"

    @property
    def values(self) -> list[T]:
        """The items alone."""
        return [item.value for _, item in self.notifications if isinstance(item, OnNext)]

    def dispose(self) -> None:
        """Unsubscribe; what was recorded stays."""
        self._subscription.dispose()


def record(observable: Observable[T], scheduler: SchedulerBase) -> Recording[T]:
    """Subscribe to ``observable`` and keep what it gives, and when, by the virtual time of ``scheduler``.

    >>> import reactivex as rx
    >>> from reactivex.testing import TestScheduler
    >>> clock = TestScheduler()
    >>> recording = record(rx.timer(2).pipe(rx.operators.map(lambda _: "x")), clock)
    >>> clock.advance_to(10)
    >>> recording
    <Recording: OnNext(x)@2, OnCompleted()@2>
    >>> assert_marbles(recording, "--(x,|)")
    """
    return Recording(observable, scheduler)


def assert_marbles(
    recording: Recording[Any],
    marbles: str,
    values: Mapping[str, object] | None = None,
    *,
    error: type[Exception] = Exception,
    step: float = 1.0,
) -> None:
    """Fail unless the recording is what ``marbles`` shows, time by time.

    An element stands for its value in ``values``, without one for itself (digits: for the number). A value that is a
    class stands for any instance of it, so ``{"g": Gap}`` says that there is a gap whatever it tells. ``#`` is an
    ``error``. The first character is at 0 seconds, each takes ``step``.

    Raises `AssertionError` that shows the expected and the received diagram one above the other, drawn finer where
    the steps of ``marbles`` cannot show what was received, and the first difference; `InvalidArgument` for bad marbles.
    """
    __tracebackhide__ = True
    expected = parse(marbles, step=step, legend=_NOTATION, ends="#|").marks
    comparison = _Comparison(expected, recording.notifications, values or {}, error)
    if not comparison.is_same():
        raise AssertionError(comparison.text(step)) from comparison.failure()


class _Comparison:
    def __init__(
        self,
        expected: Sequence[Mark],
        received: Sequence[tuple[float, Notification[Any]]],
        values: Mapping[str, object],
        error: type[Exception],
    ) -> None:
        self._expected = expected
        self._received = received
        names = (mark.name for mark in expected)
        self._meanings: dict[str, object] = {name: int(name) if name.isdecimal() else name for name in names}
        self._meanings.update(values)
        self._error = error

    def is_same(self) -> bool:
        return self._first_difference() == len(self._expected) == len(self._received)

    def failure(self) -> Exception | None:
        """The error that the stream ended with, to be shown with its own traceback."""
        return next((item.exception for _, item in self._received if isinstance(item, OnError)), None)

    def _first_difference(self) -> int:
        pairs = zip(self._expected, self._received, strict=False)
        same = [mark.time == time and self._matches(mark.name, item) for mark, (time, item) in pairs]
        return same.index(False) if False in same else len(same)

    def _matches(self, name: str, item: object) -> bool:
        match item:
            case OnError():
                return name == "#" and isinstance(item.exception, self._error)
            case OnNext():
                meaning = self._meanings.get(name)
                is_instance = isinstance(meaning, type) and isinstance(item.value, meaning)
                return name not in {"#", "|"} and (is_instance or item.value == meaning)
        return name == "|"

    def text(self, step: float) -> str:
        received = self._name_received()
        lines = ["the stream is not the expected one"]
        drawn = draw([self._expected, received], step)
        if drawn is not None:
            lines += [
                f"  expected  {drawn[1][0]}",
                f"  received  {drawn[1][1]}",
                f"  (one character is {drawn[0]:.10g} s)",
            ]
        place = self._first_difference()
        told = [
            f"{what} {marks[place].name} at {marks[place].time:.10g} s"
            if place < len(marks)
            else f"{what} nothing more"
            for what, marks in (("expected", self._expected), ("received", received))
        ]
        lines.append("first difference: " + ", ".join(told))
        names = dict.fromkeys(mark.name for mark in (*self._expected, *received) if mark.name != "|")
        lines += [f"  {name} = {self._describe(name)}" for name in names]
        return "\n".join(lines)

    def _describe(self, name: str) -> str:
        if name != "#":
            return repr(self._meanings[name])
        failure = self.failure()
        return self._error.__name__ if failure is None else f"{failure!r} (received)"

    def _name_received(self) -> list[Mark]:
        return [
            Mark(time, self._name(item, self._expected[place].name if place < len(self._expected) else None))
            for place, (time, item) in enumerate(self._received)
        ]

    def _name(self, item: object, expected: str | None) -> str:
        match item:
            case OnError():
                return "#"
            case OnNext():
                candidates = [*([expected] if expected else []), *self._meanings]
                known = next((name for name in candidates if self._matches(name, item)), None)
                return known or self._new_name(item.value)
        return "|"

    def _new_name(self, value: object) -> str:
        """Name an item that nobody has given a name: by its own text where that will do, else by a letter or number."""
        own = [str(value)] if type(value) in {str, int} and is_element(str(value)) else []
        free = chain(own, ascii_uppercase, (f"V{number}" for number in count(1)))
        name = next(name for name in free if name not in self._meanings)
        self._meanings[name] = value
        return name


def assert_sent(socket: ScriptedSocket, expected: Sequence[tuple[float, Json]]) -> None:
    """Fail unless exactly ``expected`` was sent on ``socket``: pairs of a time (virtual seconds) and a message.

    Where a value does not matter, a request's id for one, write `unittest.mock.ANY`. Raises `AssertionError` with a
    diff: what was ``-`` expected and what was ``+`` sent.
    """
    __tracebackhide__ = True
    wanted = [(round(time, 6), message) for time, message in expected]
    if wanted == socket.sent:
        return
    # A line that is as it should be reads the same on both sides, with what stands for ANY.
    shown = list(wanted)
    for place, (want, have) in enumerate(zip(wanted, socket.sent, strict=False)):
        shown[place] = have if want == have else want
    diff = difflib.ndiff([_line(*pair) for pair in shown], [_line(*pair) for pair in socket.sent])
    raise AssertionError("\n".join([f"{socket!r}: - expected, + sent", *diff]))


def _line(time: float, message: Json) -> str:
    return f"at {time:.10g} s: {message!r}"
