"""What can be asked of a running simulated exchange, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from rxex.sandbox.http import CallFault, HttpCall
from rxex.sandbox.ledger import Incident, Request, Sent
from rxex.sandbox.simulation import Simulation

__all__ = ["Controls"]

T = TypeVar("T")


class Controls(ABC):
    """The handle of a running exchange. Thread-safe. Sessions (connections) are numbered from 1."""

    @abstractmethod
    def _run(self, action: Callable[[Simulation], T]) -> T:
        """Do ``action`` where the simulation lives, and carry out what follows from it."""

    # What happened.

    @property
    def connections(self) -> int:
        """How many connections were opened since the start."""
        return self._run(lambda simulation: simulation.ledger.connections)

    @property
    def open_sessions(self) -> list[int]:
        """The numbers of the connections that are open now."""
        return self._run(lambda simulation: list(simulation.sessions))

    @property
    def refused_handshakes(self) -> int:
        """How many handshakes were answered with an HTTP error."""
        return self._run(lambda simulation: simulation.ledger.refused_handshakes)

    @property
    def requests(self) -> list[Request]:
        """What clients sent, in order: the last 100,000."""
        return self._run(lambda simulation: list(simulation.ledger.requests))

    @property
    def calls(self) -> list[HttpCall]:
        """What clients asked over HTTP, in order: the last 100,000."""
        return self._run(lambda simulation: list(simulation.ledger.calls))

    @property
    def sent(self) -> list[Sent]:
        """What the exchange sent, in order: the last 100,000 frames, floods not included."""
        return self._run(lambda simulation: list(simulation.ledger.sent))

    @property
    def incidents(self) -> list[Incident]:
        """The faults that happened, in order: the last 100,000."""
        return self._run(lambda simulation: list(simulation.ledger.incidents))

    # What can be done. ``session`` is the number of a connection, None stands for all that are open.

    def cut(self, session: int | None = None) -> None:
        """Reset connections, as a failing line does."""
        self._run(lambda simulation: simulation.cut(session))

    def close(self, code: int = 1000, reason: str = "", session: int | None = None) -> None:
        """Close connections with a close frame."""
        self._run(lambda simulation: simulation.close(code, reason, session))

    def half_open(self, session: int | None = None) -> None:
        """Let connections go dead: they stay open, but nothing is sent or read on them any more."""
        self._run(lambda simulation: simulation.half_open(session))

    def restart(self, session: int | None = None) -> None:
        """Say in plain text that the exchange's proxy restarts, then close with 1001."""
        self._run(lambda simulation: simulation.restart(session))

    def send_raw(self, text: str, session: int | None = None) -> None:
        """Send ``text`` as one frame, whatever it is."""
        self._run(lambda simulation: simulation.send_raw(text, session))

    def refuse(self, symbol: str, text: str = "") -> None:
        """Refuse subscriptions to ``symbol`` from now on, with ``text`` (empty: the exchange's usual one)."""
        self._run(lambda simulation: simulation.refusals.__setitem__(symbol, text))

    def accept(self, symbol: str) -> None:
        """Undo `refuse` and `silence`."""

        def accept(simulation: Simulation) -> None:
            simulation.refusals.pop(symbol, None)
            simulation.silenced.discard(symbol)

        self._run(accept)

    def silence(self, symbol: str) -> None:
        """Acknowledge subscriptions to ``symbol``, and send no data of it any more."""
        self._run(lambda simulation: simulation.silenced.add(symbol))

    def refuse_handshakes(self, times: int = 1, status: int = 503, retry_after: float | None = None) -> None:
        """Answer the next ``times`` handshakes with HTTP ``status``, asking to wait ``retry_after`` seconds."""
        self._run(lambda simulation: simulation.refuse_handshakes(times, status, retry_after))

    def fail_next_call(self, *faults: CallFault) -> None:
        """Have these go wrong with the next calls over HTTP, one with each."""
        self._run(lambda simulation: simulation.call_faults.extend(faults))

    def set_status(self, status: str) -> None:
        """Change the exchange's own state and tell every client."""
        self._run(lambda simulation: simulation.set_status(status))

    def stop_heartbeats(self) -> None:
        """Send no heartbeats from now on."""
        self._run(lambda simulation: setattr(simulation, "heartbeats", False))

    def start_heartbeats(self) -> None:
        """Undo `stop_heartbeats`."""
        self._run(lambda simulation: setattr(simulation, "heartbeats", True))
