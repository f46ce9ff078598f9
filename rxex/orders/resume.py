"""Tell of orders that were placed by something else: an earlier process, or a batch."""

from __future__ import annotations

from typing import Any, Protocol

from reactivex import Observable, abc

from rxex.errors import InvalidArgument, TransientError
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.orders.following import Desk, Following, Query, check_until

__all__ = ["ResumeOrder", "resume_order_factory"]


class ResumeOrder(Protocol):
    """What `resume_order_factory` gives."""

    def __call__(self, client_id: str, until: Stage | None = None) -> Observable[Order]: ...


def resume_order_factory(
    sockets: Observable[Any],
    executions: Observable[OrderUpdate | OrderSnapshot],
    *,
    query: Query | None = None,
    awaits_fees: bool = False,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> ResumeOrder:
    """Make a function that goes on telling of orders that it did not place.

    ``resume_order(client_id, until=None)`` gives a cold stream that never sends anything to the exchange but the
    questions of ``query``. It emits the `Order` as `Stage.UNKNOWN` first, then, as soon as it is found, where it
    stands and each stage from then on, as the stream of ``add_order`` does, and it ends as that does: in a final stage,
    at ``until``, or as unknown where it was not found in time. An order that the exchange never took ends as
    `Stage.REJECTED`. It waits for a socket for as long as need be.

    Args:
        sockets: gives the socket, and None once it has gone.
        executions: as for `place_order_factory`; the list of open orders that they begin with is where it is found, if
            it is open and they were not listened to before.
        query: asks the exchange what has become of an order. Without it an order that has ended is never found.
        awaits_fees: as for `place_order_factory`.
        settle: seconds from the first socket, after which ``query`` is believed that there is no such order.
        patience: seconds of an open link within which it has to be found.
        check: seconds of silence about a live order after which ``query`` is asked about it.
        scheduler: runs the waits; default: the socket's.

    Emits on the socket's thread, and first on that of the subscriber. Raises `InvalidArgument` for times that are not
    above 0, for an empty id, and for an ``until`` that nobody can wait for.
    """
    desk = Desk(sockets, executions, check, query, settle, patience, check, scheduler, awaits_fees)

    def resume_order(client_id: str, until: Stage | None = None) -> Observable[Order]:
        check_until(until)
        if not client_id:
            raise InvalidArgument("client_id", client_id, "give the id that the order was placed with")
        order = Order(client_id, None, None, None, None, stage=Stage.SUBMITTED)

        def subscribe(observer: abc.ObserverBase[Order], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _Resuming(desk, order, until, observer).start()

        return Observable(subscribe)

    return resume_order


class _Resuming(Following):
    """One subscription: one order, whoever placed it."""

    def start(self) -> abc.DisposableBase:
        self._early: list[object] = []
        unknown = TransientError("it was placed before, and what has become of it is not known yet")
        self._jobs.do(lambda: self._emit(self._machine.lose(unknown)))
        self._listen(self._desk.executions, self._on_execution, self._on_end)
        self._listen(self._desk.sockets, self._on_socket, self._on_sockets_end)
        return self._guard

    def _on_first_socket(self, socket: Any) -> None:
        if socket is not None:
            self._begin_on(socket)
            early, self._early = self._early, []
            for item in early:
                super()._on_execution(item)
            self._follow_up()

    def _on_execution(self, item: object) -> None:
        if self._began_at is not None:
            super()._on_execution(item)
        elif isinstance(item, OrderSnapshot):
            # Of executions that were listened to before, the list comes at once, perhaps before the socket.
            self._early = [item]
        elif self._early:
            self._early.append(item)

    def _give_up(self, error: Exception) -> None:
        self._emit(self._machine.lose(error))
        self._guard.on_completed()

    def _on_sockets_end(self, error: Exception | None) -> None:
        # A source of one socket completes at once; then the executions tell of the end.
        if self._began_at is None or error is not None:
            self._on_end(error)
