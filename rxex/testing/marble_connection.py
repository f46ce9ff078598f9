"""A real connection whose sockets and messages come from a marble diagram, in virtual time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from attrs import define, field
from reactivex.abc import DisposableBase
from reactivex.testing import TestScheduler

from rxex.channel import Dialect
from rxex.codec import encode
from rxex.connection import Connection
from rxex.errors import ConnectionClosed, InvalidArgument, TransientError
from rxex.testing.marble_source import Script
from rxex.testing.marbles import Mark, parse, refused
from rxex.testing.scripted_socket import Replies, ScriptedSocket, silence
from rxex.typing import Json

__all__ = ["MarbleConnection", "marble_connection"]

_log = logging.getLogger("rxex")
_MARKS = {"o": "opens the link", "#": "cuts it", "|": "ends the stream"}
_PLAIN = Dialect("marbles", route=lambda _: None)


class _Reports(logging.Handler):
    """Collects the errors that the library can only log, so that no assertion in a callback fails unseen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])


@define(eq=False)
class MarbleConnection:
    """What `marble_connection` makes: a connection, its virtual time, and the sockets that it has opened so far."""

    connection: Connection
    scheduler: TestScheduler
    sockets: list[ScriptedSocket]
    """One for each ``o`` that was reached, in order."""
    duration: float
    """Seconds that the diagram takes, its last character included."""
    _link: DisposableBase | None = field(default=None, init=False, repr=False)

    def run(self) -> None:
        """Connect, and let the time of the whole diagram pass; see `advance_to`."""
        self.advance_to(self.duration)

    def advance_to(self, time: float) -> None:
        """Connect (the first time), and let the time until ``time`` (virtual seconds) pass.

        Raises `InvalidArgument` unless ``time`` lies ahead; and what ``replies`` or a subscriber raised meanwhile: live
        that is only logged, as it ends that one subscription, but in a test it must not go unseen.
        """
        now = self.scheduler.to_seconds(self.scheduler.now)
        if not time > now:
            raise InvalidArgument("time", time, f"it is {now:.10g} s already, and virtual time only moves on")
        reports = _Reports()
        _log.addHandler(reports)
        try:
            if self._link is None:
                self._link = self.connection.connect()
            self.scheduler.advance_to(float(time))
        finally:
            _log.removeHandler(reports)
            # After an exception the scheduler would take itself for running, and never move again.
            self.scheduler.stop()
        for error in (*(socket.failure for socket in self.sockets), *reports.errors):
            if error is not None:
                raise error

    def dispose(self) -> None:
        """Dispose of the connection, as a user does who has seen enough."""
        if self._link is not None:
            self._link.dispose()


def marble_connection(
    marbles: str,
    messages: Mapping[str, Json | str | bytes] | None = None,
    dialect: Dialect = _PLAIN,
    *,
    replies: Replies = silence,
    delay: float | None = 0.0,
    error: Exception | None = None,
    step: float = 1.0,
) -> MarbleConnection:
    """Make a connection that lives through ``marbles``, in virtual time.

    ``o`` opens the link with a new `ScriptedSocket`, ``#`` cuts it (the next ``o`` is the reconnect), ``|`` closes it
    for good and completes; every other element is a message. Events and their order are those of a real connection:
    `Opened`, messages by way of ``dialect``, `Closed`, `Reconnecting`, `Opened`, `Reconnected`. What a strategy does to
    a socket counts too: after a `drop` nothing comes until the next ``o``.

    Args:
        marbles: The diagram, as in ``"o-a-b-#--o-a|"``; its first character is at 0 seconds.
        messages: What the elements mean: a message, or its text or bytes on the wire (malformed ones included).
        dialect: How messages are sorted: a venue's, or none.
        replies: What the other side answers to what is sent; see `ScriptedSocket`.
        delay: Seconds until it answers; see `ScriptedSocket`.
        error: Why ``#`` cuts the link, by default a `ConnectionClosed`. One that is no `TransientError` ends the
            connection.
        step: Seconds that each character takes.

    Raises `InvalidArgument` for a diagram that cannot happen.
    """
    payloads = {name: _payload(message) for name, message in (messages or {}).items()}
    reason = error or ConnectionClosed()
    legend = ", ".join(f"{name!r} {does}" for name, does in (_MARKS | dict.fromkeys(payloads, "is a message")).items())
    diagram = parse(marbles, step=step, legend=legend, ends="|" if isinstance(reason, TransientError) else "|#")
    for mark, why in _impossible(diagram.marks, payloads):
        raise refused(marbles, mark.name, mark.time, why, legend)
    scheduler = TestScheduler()
    sockets: list[ScriptedSocket] = []

    def open_socket() -> ScriptedSocket:
        sockets.append(ScriptedSocket(scheduler, replies, delay=delay))
        return sockets[-1]

    script = Script(diagram.marks, payloads, reason, scheduler, open_socket)
    return MarbleConnection(Connection(script.source, dialect), scheduler, sockets, diagram.duration)


def _payload(message: Json | str | bytes) -> bytes:
    if isinstance(message, bytes):
        return message
    return (message if isinstance(message, str) else encode(message)).encode()


def _impossible(marks: Iterable[Mark], payloads: Mapping[str, bytes]) -> Iterable[tuple[Mark, str]]:
    is_open = False
    for mark in marks:
        if mark.name in _MARKS and mark.name in payloads:
            yield mark, "cannot be a message as well"
        elif mark.name not in _MARKS and mark.name not in payloads:
            yield mark, "has no meaning"
        elif mark.name == "o" and is_open:
            yield mark, "opens a link while one is open"
        elif mark.name not in {"o", "|"} and not is_open:
            yield mark, "comes while no link is open"
        is_open = mark.name == "o" or (is_open and mark.name != "#")
