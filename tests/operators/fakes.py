"""A connection that gives its parts but no events."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NoReturn

from reactivex import Observable, Subject, abc

from rxex.events import EventStream, MessageStream, SocketEvent
from rxex.typing import Json


class FakeMessages(MessageStream):
    """A stream of messages by key: `push` is what the exchange sends. ``listened`` tells which keys were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.listened: list[Hashable] = []
        self.announced: list[SocketEvent] = []
        self._lanes: dict[Hashable, Subject[Json]] = {}
        self._all = Subject[Json]()

    def _subscribe_core(
        self, observer: abc.ObserverBase[Json], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        return self._all.subscribe(observer)

    def push(self, message: Json, key: Hashable = None) -> None:
        self._all.on_next(message)
        if key in self._lanes:
            self._lanes[key].on_next(message)

    def keyed(self, key: Hashable) -> Observable[Json]:
        self.listened.append(key)
        return self._lanes.setdefault(key, Subject())

    def feeds(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError

    def announce(self, event: SocketEvent) -> None:
        self.announced.append(event)

    @property
    def dialect(self) -> object:
        return None


class FakeConnection(EventStream):
    """Gives its parts; whoever asks for all events gets an error, for that would build one for each message."""

    def __init__(self) -> None:
        super().__init__()
        self._link = Subject[SocketEvent]()
        self._messages = FakeMessages()

    def _subscribe_core(self, *_: Any) -> NoReturn:
        raise AssertionError("all events were asked for")

    @property
    def link(self) -> Subject[SocketEvent]:
        return self._link

    @property
    def messages(self) -> FakeMessages:
        return self._messages
