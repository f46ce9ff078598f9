"""A made-up exchange for tests of what simulated exchanges share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rxex.sandbox import Faults, Instrument, Sandbox, Simulation
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.typing import Json

INSTRUMENTS = [Instrument("BTC/USD", "63000.0", 1), Instrument("ETH/USD", "3207.50", 2)]
START = 1_767_225_600_000_000_000


class PlainProtocol(WireProtocol):
    """Greets; echoes what it is sent; ``{"watch": SYMBOL}`` subscribes, ``{"flood": N}`` floods."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    def opened(self, session: Session) -> None:
        session.state = None
        self.simulation.send(session, "hello")

    def received(self, session: Session, message: Json | None) -> None:
        match message:
            case {"watch": str(symbol)}:
                refusal = self.simulation.refusal_of(session, symbol)
                if refusal is not None:
                    self.simulation.answer(session, refusal or "no")
                    return
                self.simulation.answer(session, "yes")
                session.state = symbol
                self.simulation.market.watch(symbol)
                self.simulation.start_heartbeat(session, "beat", 1.0)
                if session.injector.silences():
                    session.silent.add(("tick", symbol))
            case {"flood": int(frames)}:
                self.simulation.flood(session, [f"flood {number}" for number in range(1000)], frames)
            case _:
                self.simulation.answer(session, f"echo {message}")

    def closed(self, session: Session) -> None:
        if session.state is not None:
            self.simulation.market.unwatch(session.state)

    def happened(self, event: MarketEvent) -> None:
        symbol = event.pair.instrument.symbol
        for session in list(self.simulation.sessions.values()):
            if session.state == symbol:
                self.simulation.send_data(session, "tick", symbol, f"tick {event.pair.bid} {event.pair.ask}")

    def status_changed(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            self.simulation.send(session, self.simulation.system)


def make(start: int = START, **options: Any) -> Simulation:
    """Make a simulation with one protocol, on the path ``/``."""
    return Simulation({"/": PlainProtocol}, INSTRUMENTS, start=start, **options)


def sandbox(*, port: int = 0, faults: Faults | None = None, idle_timeout: float | None = None) -> Sandbox:
    """Make a sandbox of it."""
    return Sandbox(lambda start: make(start, faults=faults, idle_timeout=idle_timeout), {"url": "/"}, port=port)
