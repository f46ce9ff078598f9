"""A simulated exchange without sockets, threads or clocks: text and times in, actions out.

A driver opens sessions, hands in what clients send, says what time it is, and carries out the actions; there are two
of them, a server on loopback (`rxex.sandbox.server`) and a scheduler's virtual time (`rxex.sandbox.virtual`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from rxex.codec import decode
from rxex.errors import MalformedMessage
from rxex.sandbox.actions import Action, Close, Cut, Flood, HalfOpen, Refusal, Send
from rxex.sandbox.faults import RESTART_NOTICE, Faults, Injector
from rxex.sandbox.http import CallFault, HttpCall, HttpReply, HttpService
from rxex.sandbox.ledger import Incident, Ledger, Request, Sent
from rxex.sandbox.market import Instrument, MarketEvent
from rxex.sandbox.market_feed import MarketFeed
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.timers import Timers

__all__ = ["Simulation"]

_MOST_TIMERS = 1000
_BEHIND = 1.0


class Simulation:
    """The state of a simulated exchange."""

    def __init__(
        self,
        protocols: Mapping[str, Callable[[Simulation], WireProtocol]],
        instruments: Iterable[Instrument],
        *,
        start: int,
        seed: int = 0,
        speed: float = 1.0,
        faults: Faults | None = None,
        idle_timeout: float | None = None,
        http: Callable[[Simulation], HttpService] | None = None,
    ) -> None:
        """Make an exchange that speaks ``protocols`` (by path) about ``instruments``.

        Args:
            protocols: Makes the protocol of each path; the first path is the usual one.
            instruments: What is traded.
            start: The exchange's time at 0 seconds, in nanoseconds since the epoch.
            seed: What the market and all made-up numbers follow from.
            speed: How many times faster than usual the market goes.
            faults: What goes wrong by itself.
            idle_timeout: Seconds of silence in both directions after which a session is closed; None: never.
            http: Makes what answers calls over HTTP; None: there is nothing of the kind.
        """
        self.now = 0.0
        self.ledger = Ledger()
        self.sessions: dict[int, Session] = {}
        self.system = "online"
        self.refusals: dict[str, str] = {}
        self.silenced: set[str] = set()
        self.heartbeats = True
        self.market = MarketFeed(
            instruments, start=start, seed=seed, speed=speed, schedule=self.schedule, tell=self._tell
        )
        self.random = Random(f"{seed}/exchange")  # noqa: S311 - must be repeatable
        self._start = start
        self._faults = faults or Faults()
        self._handshakes = Random(f"{self._faults.seed}/handshakes")  # noqa: S311
        self._refused_handshakes: list[Refusal] = []
        self._idle_timeout = idle_timeout
        self._timers = Timers()
        self._actions: list[Action] = []
        self.protocols = {path: make(self) for path, make in protocols.items()}
        self.http = None if http is None else http(self)
        self.call_faults: deque[CallFault] = deque()

    # What a driver calls.

    def admit(self, path: str, now: float, query: Mapping[str, str] | None = None) -> Refusal | None:
        """Say whether a handshake for ``path`` with this ``query`` is refused."""
        self._turn(now)
        refusal: Refusal | None = None
        if path not in self.protocols:
            refusal = Refusal(404)
        elif self._refused_handshakes:
            refusal = self._refused_handshakes.pop(0)
        elif self._faults.refuse_handshake and self._handshakes.random() < self._faults.refuse_handshake:
            refusal = Refusal(self._faults.handshake_status, self._faults.retry_after)
        else:
            refusal = self.protocols[path].refuses(query or {})
        if refusal is not None:
            self.ledger.refused_handshakes += 1
        return refusal

    def serve(self, call: HttpCall) -> HttpReply | None:
        """Answer a call over HTTP; None where nothing is served on its path."""
        self._turn(call.time)
        if self.http is None:
            return None
        fault = self.call_faults.popleft() if self.call_faults else None
        self.ledger.calls.append(call)
        if fault is not None and not fault.after_effect:
            return fault.reply
        reply = self.http.answer(call)
        return reply if fault is None else fault.reply

    def open(self, path: str, now: float, query: Mapping[str, str] | None = None) -> int:
        """Open a session on ``path`` with this ``query``; give its number."""
        self._turn(now)
        self.ledger.connections += 1
        number = self.ledger.connections
        injector = Injector(self._faults, number, lambda kind: self._note(number, kind))
        session = Session(number, self.protocols[path], injector, last_activity=self.now, query=query or {})
        self.sessions[number] = session
        for kind, wait in injector.waits():
            self.schedule(wait, self._link_fault(session, kind), session)
        if self._idle_timeout is not None:
            self._close_when_idle(session, self._idle_timeout)
        session.protocol.opened(session)
        return number

    def receive(self, number: int, text: str, now: float) -> None:
        """Take what the client of session ``number`` sent."""
        self._turn(now)
        session = self.sessions.get(number)
        if session is None or session.half_open:
            return
        session.last_activity = self.now
        try:
            message = decode(text.encode())
        except (MalformedMessage, UnicodeEncodeError):
            message = None
        self.ledger.requests.append(Request(number, self.now, text, message))
        session.protocol.received(session, message)

    def leave(self, number: int, now: float) -> None:
        """Forget session ``number``: its client is gone."""
        self._turn(now)
        session = self.sessions.get(number)
        if session is not None:
            self._forget(session)

    def advance(self, now: float) -> None:
        """Let everything happen that is due by ``now``; at most 1,000 things, the rest stays due.

        Where even that leaves more than a second behind, the market skips the rest of the time.
        """
        for _ in range(_MOST_TIMERS):
            timer = self._timers.pop(now)
            if timer is None:
                self._turn(now)
                return
            self._turn(timer.due)
            timer.action()
        if now - self.now > _BEHIND:
            self.market.skip_to(now)

    @property
    def next_due(self) -> float | None:
        """When `advance` is to be called next; None when nothing is due."""
        return self._timers.next_due

    def take(self) -> list[Action]:
        """Give what is to be done, in order."""
        actions, self._actions = self._actions, []
        return actions

    # What a protocol calls.

    @property
    def timestamp(self) -> int:
        """The exchange's time in nanoseconds since the epoch."""
        return self._start + round(self.now * 1e6) * 1000

    def send(self, session: Session, text: str) -> None:
        """Send a frame that no fault but a late or dead link touches."""
        if not session.is_open or session.half_open:
            return
        due = max(self.now + session.injector.delay(), session.last_release)
        if due > self.now:
            session.last_release = due
            self.schedule(due - self.now, lambda: self._emit(session, text), session)
        else:
            self._emit(session, text)

    def answer(self, session: Session, text: str) -> None:
        """Send the answer to a request, unless it is to be lost."""
        if not session.is_open:
            return
        stamped = text if session.stamp is None else session.stamp(text)
        if stamped is not None and not session.injector.loses_answer():
            self.send(session, stamped)

    def send_data(self, session: Session, channel: str, symbol: str, text: str) -> None:
        """Send a data frame of ``channel`` and ``symbol``, through the faults."""
        if not session.is_open or symbol in self.silenced or (channel, symbol) in session.silent:
            return
        stamped = text if session.stamp is None else session.stamp(text)
        if stamped is not None:
            for frame in session.injector.frames(stamped):
                self.send(session, frame)

    def flood(self, session: Session, texts: Sequence[str], frames: int) -> None:
        """Send ``texts`` over and over, ``frames`` in all; no faults, and the ledger does not hold them."""
        if session.is_open and not session.half_open and texts:
            self._actions.append(Flood(session.number, texts, frames))

    def refusal_of(self, session: Session, symbol: str) -> str | None:
        """The exchange's text where a subscription to ``symbol`` is to be refused by a fault; empty: its usual one."""
        if symbol in self.refusals:
            return self.refusals[symbol]
        return "" if session.injector.refuses() else None

    def start_heartbeat(self, session: Session, text: str, every: float) -> None:
        """Send ``text`` each ``every`` seconds from now on, once for a session."""
        if session.has_heartbeat:
            return
        session.has_heartbeat = True
        due = self.now

        def beat() -> None:
            nonlocal due
            if self.heartbeats:
                self.send(session, text)
            due += every
            self.schedule(due + every - self.now, beat, session)

        self.schedule(every, beat, session)

    def schedule(self, wait: float, action: Callable[[], None], session: Session | None = None) -> None:
        """Do ``action`` in ``wait`` seconds, unless ``session`` has ended by then."""
        self._timers.add(self.now + max(0.0, wait), action, session)

    # Faults on demand; without a session number they are done to all.

    def cut(self, number: int | None = None) -> None:
        """Reset connections."""
        for session in self._chosen(number):
            self._note(session.number, "cut")
            self._actions.append(Cut(session.number))
            self._forget(session)

    def close(self, code: int = 1000, reason: str = "", number: int | None = None) -> None:
        """Close connections with a close frame."""
        for session in self._chosen(number):
            if session.half_open:
                continue
            self._note(session.number, "close")
            self._actions.append(Close(session.number, code, reason))
            self._forget(session)

    def half_open(self, number: int | None = None) -> None:
        """Leave connections open and dead."""
        for session in self._chosen(number):
            self._note(session.number, "half_open")
            self._actions.append(HalfOpen(session.number))
            session.half_open = True

    def restart(self, number: int | None = None) -> None:
        """Say in plain text that the proxy restarts, then close with 1001."""
        for session in self._chosen(number):
            self._emit(session, RESTART_NOTICE)
            self.close(1001, RESTART_NOTICE, session.number)

    def send_raw(self, text: str, number: int | None = None) -> None:
        """Send any text as one frame."""
        for session in self._chosen(number):
            self._emit(session, text)

    def refuse_handshakes(self, times: int, status: int, retry_after: float | None) -> None:
        """Answer the next handshakes with an HTTP error."""
        self._refused_handshakes.extend([Refusal(status, retry_after)] * times)

    def set_status(self, status: str) -> None:
        """Change the exchange's state and tell everybody."""
        self.system = status
        for protocol in self.protocols.values():
            protocol.status_changed([session for session in self.sessions.values() if session.protocol is protocol])

    # The inside.

    def _turn(self, now: float) -> None:
        self.now = self.market.now = max(self.now, now)

    def _chosen(self, number: int | None) -> list[Session]:
        if number is None:
            return list(self.sessions.values())
        return [self.sessions[number]] if number in self.sessions else []

    def _emit(self, session: Session, text: str) -> None:
        if not session.is_open or session.half_open:
            return
        session.last_activity = self.now
        self.ledger.sent.append(Sent(session.number, self.now, text))
        self._actions.append(Send(session.number, text, session.is_binary))
        if session.injector.cuts_after_this():
            self.cut(session.number)

    def _forget(self, session: Session) -> None:
        session.is_open = False
        del self.sessions[session.number]
        session.protocol.closed(session)

    def _note(self, number: int, kind: str) -> None:
        self.ledger.incidents.append(Incident(number, self.now, kind))

    def _link_fault(self, session: Session, kind: str) -> Callable[[], None]:
        faults, number = self._faults, session.number
        return {
            "cut": lambda: self.cut(number),
            "close": lambda: self.close(faults.close_code, faults.close_reason, number),
            "half_open": lambda: self.half_open(number),
            "restart": lambda: self.restart(number),
        }[kind]

    def _close_when_idle(self, session: Session, timeout: float) -> None:
        left = session.last_activity + timeout - self.now
        if left > 0:
            self.schedule(left, lambda: self._close_when_idle(session, timeout), session)
        else:
            self.close(1000, "", session.number)

    def _tell(self, event: MarketEvent) -> None:
        for protocol in self.protocols.values():
            protocol.happened(event)
