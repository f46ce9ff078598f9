"""What goes wrong with orders on a simulated exchange, by seed or on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from random import Random

from attrs import frozen

from rxex.sandbox.faults import CHANCE, SPAN

__all__ = ["OrderFault", "OrderFaults", "OrderInjector"]


class OrderFault(StrEnum):
    """One thing that goes wrong with a request about orders, or with what it leads to."""

    LOSE_REQUEST = "lose_request"
    """It never arrives; the link stays."""
    CUT_BEFORE = "cut_before"
    """The link breaks before it arrives."""
    CUT_BEFORE_ANSWER = "cut_before_answer"
    """It is carried out, and the link breaks before anything is said."""
    LOSE_ANSWER = "lose_answer"
    """It is carried out and never answered; the link stays."""
    CUT_AFTER_ANSWER = "cut_after_answer"
    """The link breaks right after the answer, before any event."""
    SERVER_ERROR = "server_error"
    """It is carried out, and the answer says that the exchange has failed."""
    SLOW_ANSWER = "slow_answer"
    """It is carried out, and answered late: its events come long before."""
    EVENTS_FIRST = "events_first"
    """The events that it leads to come before its answer."""
    DUPLICATE_EVENTS = "duplicate_events"
    """The events that it leads to at once come twice."""
    LOSE_EVENTS = "lose_events"
    """The events that it leads to at once never come; their numbers are missing."""
    CUT_AFTER_FILL = "cut_after_fill"
    """The link breaks right after the next event of a fill."""


@frozen(kw_only=True)
class OrderFaults:
    """What goes wrong with orders, and how often. The same seed gives the same faults on the same requests.

    Args:
        seed: What the chances follow from.
        lose_request: Chance of a request to be lost.
        cut_before: Chance of the link to break before a request arrives.
        cut_before_answer: Chance of the link to break after a request was carried out, before its answer.
        lose_answer: Chance of an answer to be lost.
        cut_after_answer: Chance of the link to break between the answer and the events.
        server_error: Chance of a request that was carried out to be answered with a failure.
        slow_answer: Chance of an answer to come ``answer_delay`` late, after its events.
        events_first: Chance of the events of a request to come before its answer.
        duplicate_events: Chance of an event to come twice.
        lose_events: Chance of an event to be lost.
        cut_after_fill: Chance of the link to break after the event of a fill.
        request_delay: Seconds (least, most) until a request that arrived is carried out.
        answer_delay: Seconds (least, most) by which slow answers are late; None: 1 to 8.
        event_delay: Seconds (least, most) by which events come late, in their order.

    Raises `InvalidArgument` for a chance outside 0 to 1, or a range below 0 or the wrong way round.
    """

    seed: int = 0
    lose_request: float = CHANCE
    cut_before: float = CHANCE
    cut_before_answer: float = CHANCE
    lose_answer: float = CHANCE
    cut_after_answer: float = CHANCE
    server_error: float = CHANCE
    slow_answer: float = CHANCE
    events_first: float = CHANCE
    duplicate_events: float = CHANCE
    lose_events: float = CHANCE
    cut_after_fill: float = CHANCE
    request_delay: tuple[float, float] | None = SPAN
    answer_delay: tuple[float, float] | None = SPAN
    event_delay: tuple[float, float] | None = SPAN


_SLOW = (1.0, 8.0)
_OF_REQUESTS = (
    OrderFault.LOSE_REQUEST,
    OrderFault.CUT_BEFORE,
    OrderFault.CUT_BEFORE_ANSWER,
    OrderFault.LOSE_ANSWER,
    OrderFault.CUT_AFTER_ANSWER,
    OrderFault.EVENTS_FIRST,
    OrderFault.SERVER_ERROR,
    OrderFault.SLOW_ANSWER,
)


class OrderInjector:
    """The faults of one exchange; ``planned`` ones come first, one for each request."""

    def __init__(self, faults: OrderFaults, note: Callable[[int, str], None]) -> None:
        """Take the chances; ``note`` hears the session and the name of each fault that happens."""
        self.planned: deque[OrderFault] = deque()
        self._faults = faults
        self._random = Random(f"{faults.seed}/orders")  # noqa: S311 - must be repeatable
        self._note = note

    def of_request(self, session: int) -> OrderFault | None:
        """What goes wrong with this request."""
        fault = self.planned.popleft() if self.planned else None
        for each in _OF_REQUESTS:
            # Every chance is drawn for every request, so that one more fault does not move the others.
            drawn = self._draws(getattr(self._faults, each.value))
            fault = fault or (each if drawn else None)
        if fault is not None:
            self._note(session, fault)
        return fault

    def of_event(self, session: int, *, is_fill: bool) -> set[OrderFault]:
        """What goes wrong with this event."""
        faults = {
            each
            for each in (OrderFault.DUPLICATE_EVENTS, OrderFault.LOSE_EVENTS)
            if self._draws(getattr(self._faults, each.value))
        }
        if self._draws(self._faults.cut_after_fill) and is_fill:
            faults.add(OrderFault.CUT_AFTER_FILL)
        for fault in sorted(faults):
            self._note(session, fault)
        return faults

    def answer_delay(self) -> float:
        """The seconds by which a slow answer is late."""
        return self._random.uniform(*(self._faults.answer_delay or _SLOW))

    def request_delay(self) -> float:
        """The seconds until a request is carried out."""
        span = self._faults.request_delay
        return 0.0 if span is None else self._random.uniform(*span)

    def event_delay(self) -> float:
        """The seconds by which the next event is late."""
        span = self._faults.event_delay
        return 0.0 if span is None else self._random.uniform(*span)

    def _draws(self, chance: float) -> bool:
        return bool(chance) and self._random.random() < chance
