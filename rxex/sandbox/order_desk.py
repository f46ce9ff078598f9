"""Where requests about orders arrive at a simulated exchange, through whatever goes wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.session import Session
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["OrderDesk"]


class OrderDesk:
    """Takes requests, and writes in the ledger what becomes of them."""

    def __init__(self, floor: TradingFloor, outbox: EventOutbox) -> None:
        """Take requests for ``floor``; ``outbox`` has what they lead to."""
        self._floor = floor
        self._simulation = floor.simulation
        self._outbox = outbox

    def take(self, session: Session, record: OrderRecord, answers: Callable[[], Iterable[str]]) -> None:
        """Take a request that came on ``session``.

        Args:
            session: The connection.
            record: What the ledger is to say of it.
            answers: Carries it out, and gives what is answered.
        """
        record.time, record.session = self._simulation.now, session.number
        self._floor.ledger.records.append(record)
        fault = record.fault = self._floor.injector.of_request(session.number)
        if fault is OrderFault.LOSE_REQUEST:
            return
        if fault is OrderFault.CUT_BEFORE:
            self._simulation.cut(session.number)
            return
        wait = self._floor.injector.request_delay()
        if wait:
            # Also where the link breaks meanwhile: what has arrived is carried out.
            self._simulation.schedule(wait, partial(self._carry_out, session, record, answers, fault))
        else:
            self._carry_out(session, record, answers, fault)

    def _carry_out(
        self,
        session: Session,
        record: OrderRecord,
        answers: Callable[[], Iterable[str]],
        fault: OrderFault | None,
    ) -> None:
        record.carried_out = True
        if fault is OrderFault.CUT_AFTER_FILL:
            self._outbox.cut_after_fill(session.number)
        texts = list(answers())
        if fault is OrderFault.LOSE_EVENTS:
            self._outbox.lose()
        elif fault is OrderFault.DUPLICATE_EVENTS:
            self._outbox.flush(twice=True)
        elif fault is OrderFault.EVENTS_FIRST:
            self._outbox.flush()
        if fault is OrderFault.CUT_BEFORE_ANSWER:
            self._simulation.cut(session.number)
        elif fault is not OrderFault.LOSE_ANSWER and session.is_open:
            for text in texts:
                self._simulation.answer(session, text)
            record.answers.extend(texts)
        if fault is OrderFault.CUT_AFTER_ANSWER:
            self._simulation.cut(session.number)
        self._floor.flush()
