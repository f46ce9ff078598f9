"""Events on their way to clients: in order, late, twice, or lost with their numbers."""

from __future__ import annotations

from functools import partial

from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.order_faults import OrderFaults, OrderInjector
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation
from tests.sandbox.plain import make
from tests.sandbox.test_simulation import texts


class Numbered:
    """An exchange that numbers frames when they are sent."""

    def __init__(self, faults: OrderFaults | None = None) -> None:
        self.simulation: Simulation = make()
        self.simulation.open("/", 0.0)
        self.simulation.take()
        self.session = self.simulation.sessions[1]
        self.session.stamp = self._stamp
        self.number = 0
        injector = OrderInjector(faults or OrderFaults(), lambda *_: None)
        self.outbox = EventOutbox(self.simulation, injector, lost=self._lost)

    def put(self, *names: str) -> None:
        for name in names:
            self.outbox.put(self.session, "orders", partial(str, name))

    def _stamp(self, text: str) -> str:
        self.number += 1
        return f"{self.number} {text}"

    def _lost(self, session: Session) -> None:
        assert session is self.session
        self.number += 1


def test_what_is_lost_leaves_holes_in_the_numbers() -> None:
    exchange = Numbered()
    exchange.put("a", "b")
    exchange.outbox.lose()
    exchange.put("c")
    exchange.outbox.flush()
    assert texts(exchange.simulation) == ["3 c"]


def test_each_chance_of_a_loss_leaves_a_hole() -> None:
    exchange = Numbered(OrderFaults(seed=1, lose_events=0.5))
    exchange.put(*map(str, range(1, 41)))
    exchange.outbox.flush()
    sent = texts(exchange.simulation)
    assert 10 < len(sent) < 30
    assert all(text == f"{number} {number}" for text in sent for number in [text.split(" ")[1]])


def test_a_late_loss_takes_its_number_when_its_turn_has_come() -> None:
    exchange = Numbered(OrderFaults(seed=1, lose_events=0.5, event_delay=(1.0, 2.0)))
    exchange.put(*map(str, range(1, 21)))
    exchange.outbox.flush()
    assert texts(exchange.simulation) == []
    while (due := exchange.simulation.next_due) is not None and due < 100:
        exchange.simulation.advance(due)
    sent = texts(exchange.simulation)
    assert sent == [f"{number} {number}" for number in (int(text.split(" ")[0]) for text in sent)]
    assert exchange.number == 20


def test_nothing_is_lost_for_who_has_left() -> None:
    exchange = Numbered()
    exchange.put("a")
    exchange.simulation.cut()
    exchange.outbox.lose()
    assert exchange.number == 0
