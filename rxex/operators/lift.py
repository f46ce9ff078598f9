"""Make an operator of a pure step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from rxex.typing import Operator

__all__ = ["lift"]

A = TypeVar("A")
B = TypeVar("B")


def lift(start: Callable[[], Callable[[A], Iterable[B]]]) -> Operator[A, B]:
    """Make an operator of a step that takes one item and gives any number back.

    ``start`` runs once per subscription, so a step may keep state. What a step gave before it raised is emitted, then
    its error. Emits on the source's thread.

    >>> import reactivex as rx
    >>> double = lift(lambda: lambda item: (item, item))
    >>> rx.of(1, 2).pipe(double, rx.operators.to_list()).run()
    [1, 1, 2, 2]
    """

    def _lift(source: Observable[A]) -> Observable[B]:
        def subscribe(observer: ObserverBase[B], scheduler: SchedulerBase | None = None) -> DisposableBase:
            step = start()

            def on_next(item: A) -> None:
                results: list[B] = []
                failure: Exception | None = None
                try:
                    results.extend(step(item))
                except Exception as error:
                    failure = error
                # Outside the try: what a subscriber raises is not the step's error.
                for result in results:
                    observer.on_next(result)
                if failure is not None:
                    observer.on_error(failure)

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return _lift
