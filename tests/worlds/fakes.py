"""A connection that tests can look into."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from reactivex import ConnectableObservable, Observable, operators
from reactivex.abc import DisposableBase, ObserverBase
from reactivex.disposable import Disposable


def nothing(_: object) -> None:
    """Do nothing."""


class Source:
    """A connection that counts its opening and closing.

    Args:
        then: runs on a thread of its own once connect() has returned; what it gives to the observer is emitted.
        close: runs while the source is closed.
    """

    def __init__(
        self, then: Callable[[ObserverBase[int]], object] = nothing, close: Callable[[], object] = lambda: None
    ) -> None:
        self.opened = 0
        self.closed = 0
        self._then = then
        self._close = close
        self.connection: ConnectableObservable[int] = Observable(self._subscribe).pipe(operators.publish())

    def _subscribe(self, observer: ObserverBase[int], scheduler: Any = None) -> DisposableBase:
        self.opened += 1
        threading.Thread(target=self._go_on, args=(observer,)).start()

        def close() -> None:
            self._close()
            self.closed += 1

        return Disposable(close)

    def _go_on(self, observer: ObserverBase[int]) -> None:
        pause = threading.Event()
        while self.connection.subscription is None:
            pause.wait(0.001)
        self._then(observer)
