"""What clients are told of their orders, on its way to them through whatever goes wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import define

from rxex.sandbox.order_faults import OrderFault, OrderInjector
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["EventOutbox"]


def _always() -> bool:
    return True


@define
class _Waiting:
    session: Session
    channel: str
    symbol: str
    write: Callable[[], str]
    is_wanted: Callable[[], bool]
    is_fill: bool


class EventOutbox:
    """Keeps events until `flush`, and sends them in their order: late, twice or not at all where that is to be."""

    def __init__(
        self, simulation: Simulation, injector: OrderInjector, *, lost: Callable[[Session], None] | None = None
    ) -> None:
        """Make an empty one.

        Args:
            simulation: The exchange that this is a part of.
            injector: What goes wrong with events.
            lost: Hears, in the turn of a frame that is lost, whose it was, so that its number is missing; None: frames
                have their numbers when they are written.
        """
        self.held_back = False
        """Whether `flush` does nothing, for now."""
        self._simulation = simulation
        self._injector = injector
        self._lost = lost
        self._waiting: list[_Waiting] = []
        self._due: dict[int, float] = {}
        self._cut_after_fill: set[int] = set()

    def put(
        self,
        session: Session,
        channel: str,
        write: Callable[[], str],
        *,
        symbol: str = "",
        is_wanted: Callable[[], bool] = _always,
        is_fill: bool = False,
    ) -> None:
        """Add an event.

        Args:
            session: Whom it is told.
            channel: Its channel, for the faults that silence one.
            write: Makes the frame, when the turn has come to it: numbers of frames are given then.
            symbol: What it is about, for the faults that silence a symbol.
            is_wanted: Whether it is still to be told then.
            is_fill: Whether it tells of a fill.
        """
        self._waiting.append(_Waiting(session, channel, symbol, write, is_wanted, is_fill))

    def flush(self, *, twice: bool = False) -> None:
        """Send what there is; with ``twice`` every frame two times."""
        if self.held_back:
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            session = each.session
            if not session.is_open or not each.is_wanted():
                continue
            faults = self._injector.of_event(session.number, is_fill=each.is_fill)
            text = each.write()
            cuts = each.is_fill and (session.number in self._cut_after_fill or OrderFault.CUT_AFTER_FILL in faults)
            copies = 2 if twice or OrderFault.DUPLICATE_EVENTS in faults else 1
            if OrderFault.LOSE_EVENTS in faults:
                self._lose(session)
                copies = 0
            for _ in range(copies):
                self.send(session, each.channel, text, symbol=each.symbol)
            if cuts:
                self._later(session, partial(self._simulation.cut, session.number))

    def lose(self) -> None:
        """Lose what there is; where frames have numbers, theirs are missing."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.write()
            self._lose(each.session)

    def send(self, session: Session, channel: str, text: str, *, symbol: str = "") -> None:
        """Send a frame now, but after those that are late."""
        due = self._simulation.now + self._injector.event_delay()
        self._due[session.number] = max(due, self._due.get(session.number, 0.0))
        self._later(session, partial(self._simulation.send_data, session, channel, symbol, text))

    def cut_after_fill(self, session: int) -> None:
        """Have the link of a session break right after its next event of a fill."""
        self._cut_after_fill.add(session)

    def forget(self, session: int) -> None:
        """Forget a session that is over."""
        self._due.pop(session, None)
        self._cut_after_fill.discard(session)

    def _lose(self, session: Session) -> None:
        if self._lost is not None and session.is_open:
            self._later(session, partial(self._lost, session))

    def _later(self, session: Session, action: Callable[[], None]) -> None:
        wait = self._due.get(session.number, 0.0) - self._simulation.now
        if wait > 0:
            self._simulation.schedule(wait, action, session)
        else:
            action()
