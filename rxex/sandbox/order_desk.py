"""Where requests about orders arrive at a simulated exchange, through whatever goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.order_faults import OrderFault, OrderInjector
from rxex.sandbox.order_ledger import OrderLedger, OrderRecord
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["Floor", "OrderDesk"]


class Floor(Protocol):
    """The trading side of an exchange, as far as a desk knows it; `rxex.sandbox.trading_floor.TradingFloor` is one."""

    simulation: Simulation
    injector: OrderInjector
    ledger: OrderLedger

    def flush(self) -> None:
        """Send what there is to tell of orders."""


class OrderDesk:
    """Takes requests, and writes in the ledger what becomes of them."""

    def __init__(self, floor: Floor, outbox: EventOutbox) -> None:
        """Take requests for ``floor``; ``outbox`` has what they lead to."""
        self._floor = floor
        self._simulation = floor.simulation
        self._outbox = outbox

    def take(
        self,
        session: Session,
        record: OrderRecord,
        answers: Callable[[], Iterable[str]],
        *,
        failure: Callable[[], str],
        followers: Iterable[int] | None = None,
    ) -> None:
        """Take a request that came on ``session``.

        Args:
            session: The connection.
            record: What the ledger is to say of it.
            answers: Carries it out, and gives what is answered.
            failure: Writes what the exchange says when it has failed.
            followers: The sessions that are told of what it leads to; None: this one.
        """
        record.time, record.session = self._simulation.now, session.number
        self._floor.ledger.records.append(record)
        fault = record.fault = self._floor.injector.of_request(session.number)
        if fault is OrderFault.LOSE_REQUEST:
            return
        if fault is OrderFault.CUT_BEFORE:
            self._simulation.cut(session.number)
            return
        if fault is OrderFault.CUT_AFTER_FILL:
            for number in (session.number,) if followers is None else followers:
                self._outbox.cut_after_fill(number)
        texts = answers if fault is not OrderFault.SERVER_ERROR else partial(_failed, answers, failure)
        wait = self._floor.injector.request_delay()
        if wait:
            # Also where the link breaks meanwhile: what has arrived is carried out.
            self._simulation.schedule(wait, partial(self._carry_out, session, record, texts, fault))
        else:
            self._carry_out(session, record, texts, fault)

    def _carry_out(
        self,
        session: Session,
        record: OrderRecord,
        answers: Callable[[], Iterable[str]],
        fault: OrderFault | None,
    ) -> None:
        record.carried_out = True
        texts = list(answers())
        if fault is OrderFault.LOSE_EVENTS:
            self._outbox.lose()
        elif fault is OrderFault.DUPLICATE_EVENTS:
            self._outbox.flush(twice=True)
        elif fault is OrderFault.EVENTS_FIRST:
            self._outbox.flush()
        if fault is OrderFault.CUT_BEFORE_ANSWER:
            self._simulation.cut(session.number)
        elif fault is OrderFault.SLOW_ANSWER:
            wait = self._floor.injector.answer_delay()
            self._simulation.schedule(wait, partial(self._answer, session, record, texts), session)
        elif fault is not OrderFault.LOSE_ANSWER and session.is_open:
            self._answer(session, record, texts)
        if fault is OrderFault.CUT_AFTER_ANSWER:
            self._simulation.cut(session.number)
        self._floor.flush()

    def _answer(self, session: Session, record: OrderRecord, texts: Iterable[str]) -> None:
        for text in texts:
            self._simulation.answer(session, text)
            record.answers.append(text)


def _failed(answers: Callable[[], Iterable[str]], failure: Callable[[], str]) -> Iterable[str]:
    """Carry out a request, and say that it failed."""
    list(answers())
    return [failure()]
