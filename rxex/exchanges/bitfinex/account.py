"""The account's streams: they come by themselves after the authentication, and who comes late gets the state.

Source: Bitfinex's page "Account info".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import reactivex as rx
from attrs import evolve, frozen
from reactivex import Observable

from rxex.channel import Answer, Channel, Number
from rxex.codec import number as exact_number
from rxex.events import Gap, MessageStream, Socket
from rxex.exchanges.bitfinex.account_models import Snapshot
from rxex.exchanges.bitfinex.account_state import KEPT, AccountState
from rxex.exchanges.bitfinex.asking import sessions_of
from rxex.exchanges.bitfinex.dialect import route
from rxex.exchanges.bitfinex.order_models import OrdersRead
from rxex.models import Balance, OrderSnapshot, OrderUpdate
from rxex.operators import lift, subscribe_channel
from rxex.typing import Json, Operator

__all__ = [
    "EachOnce",
    "Latest",
    "OrdersReader",
    "Read",
    "Reader",
    "Rows",
    "Stream",
    "WalletsReader",
    "account_of",
    "subscribe_account",
]

T = TypeVar("T")
Read = Callable[[str, Any, int, bytes | Json, Number], T]
"""Reads one row of a message of a type; see `account_models`."""
_SNAPSHOT_TIMEOUT = 30.0
_MOST_IDS = 4096


class Reader(ABC, Generic[T]):
    """Reads the messages of one stream on one socket."""

    has_state = False
    """Whether the state was told."""

    @abstractmethod
    def take(self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number) -> Sequence[T]:
        """Read one message."""

    def state(self) -> T | None:
        """Give the state as one item; None: there is none to tell."""
        return None


class OrdersReader(Reader[OrderUpdate | OrderSnapshot]):
    """Orders: the list of the open ones, then each change."""

    def __init__(self) -> None:
        self._read = OrdersRead()
        self._last: OrderSnapshot | None = None

    def take(
        self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[OrderUpdate | OrderSnapshot]:
        """Read one message."""
        if kind != "os":
            return (self._read.read(kind, payload, received, raw, number),)
        self._read.start_over(payload, received, raw, number)
        self.has_state = True
        self._last = OrderSnapshot(tuple(self._read.open.values()), (), None, received, raw)
        return (self._last,)

    def state(self) -> OrderSnapshot | None:
        """Give all open orders."""
        return None if self._last is None else evolve(self._last, open=tuple(self._read.open.values()))


class Rows(Reader[T | Snapshot[T]]):
    """What may be open or not: the list of what is, then each change."""

    def __init__(self, stream: str, read: Read[T]) -> None:
        self._kept = KEPT[stream]
        self._read = read
        self._items: dict[Hashable, T] = {}
        self._last: Snapshot[T] | None = None

    def take(
        self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[T | Snapshot[T]]:
        """Read one message."""
        if kind == self._kept.snapshot:
            items = {self._kept.key(row): self._read(kind, row, received, raw, number) for row in payload}
            self._items, self.has_state = items, True
            self._last = Snapshot(tuple(items.values()), None, received, raw)
            return (self._last,)
        item = self._read(kind, payload, received, raw, number)
        if kind == self._kept.end:
            self._items.pop(self._kept.key(payload), None)
        else:
            self._items[self._kept.key(payload)] = item
        return (item,)

    def state(self) -> Snapshot[T] | None:
        """Give all that is open."""
        return None if self._last is None else evolve(self._last, items=tuple(self._items.values()))


class Latest(Reader[tuple[T, ...]]):
    """What is told anew as a whole: the last word about each thing. Items are tuples; see `subscribe_account`."""

    def __init__(self, stream: str, read: Read[T]) -> None:
        self._kept = KEPT[stream]
        self._read = read
        self._items: dict[Hashable, T] = {}

    def take(
        self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[tuple[T, ...]]:
        """Read one message."""
        rows = payload if kind == self._kept.snapshot else [payload]
        items = {self._kept.key(row): self._read(kind, row, received, raw, number) for row in rows}
        self._items |= items
        self.has_state = True
        return (tuple(items.values()),)

    def state(self) -> tuple[T, ...] | None:
        """Give the last of all."""
        return tuple(self._items.values()) or None


class WalletsReader(Latest[Balance]):
    """Wallets: what was there on the socket before and is not told on the next one is empty now."""

    def __init__(self, read: Read[Balance], known: dict[Hashable, Balance]) -> None:
        super().__init__("wallets", read)
        self._known = known

    def take(
        self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[tuple[Balance, ...]]:
        """Read one message."""
        (told,) = super().take(kind, payload, received, raw, number)
        if kind == self._kept.snapshot:
            gone = [balance for key, balance in self._known.items() if key not in self._items and balance.total]
            nothing = exact_number(0)
            told += tuple(Balance(each.asset, nothing, wallet=each.wallet, received=received, raw=raw) for each in gone)
        self._known.clear()
        self._known.update(self._items)
        return (told,)


class EachOnce(Reader[T]):
    """What happens, and is no state; with ``first_of`` it is told once, though several messages tell it."""

    def __init__(self, read: Read[T], id_of: Callable[[T], str] | None = None) -> None:
        self._read = read
        self._id_of = id_of
        self._ids: dict[str, None] = {}

    def take(self, kind: str, payload: Any, received: int, raw: bytes | Json, number: Number) -> Sequence[T]:
        """Read one message."""
        item = self._read(kind, payload, received, raw, number)
        if self._id_of is not None:
            id_ = self._id_of(item)
            if id_ in self._ids:
                return ()
            self._ids[id_] = None
            if len(self._ids) > _MOST_IDS:
                del self._ids[next(iter(self._ids))]
        return (item,)


@frozen
class Stream(Generic[T]):
    """One stream of the account."""

    name: str
    """As in the keys of `dialect.ACCOUNT`."""
    start: Callable[[], Reader[T]]
    """Makes the reader for one socket."""


def account_of(messages: Observable[Json], socket: Socket | None) -> AccountState | None:
    """Give what was told of the account on a socket; None where nobody follows it."""
    sessions = sessions_of(messages)
    session = None if sessions is None or socket is None else sessions.of(socket)
    return None if session is None else session.account


class _Followed(Generic[T]):
    """One stream of one connection, or of any other stream of messages."""

    def __init__(self, stream: Stream[T], messages: Observable[Json]) -> None:
        self.stream = stream
        self._messages = messages
        self._socket: Socket | None = None

    def begin(self, _channels: object, _id: int, socket: Socket) -> None:
        """There is nothing to ask for."""
        self._socket = socket

    def told(self) -> list[tuple[str, Any]] | None:
        """Give what was told on this socket before, as messages."""
        account = account_of(self._messages, self._socket)
        return None if account is None else account.messages(self.stream.name)

    def fetch(self) -> Observable[None]:
        """Give an item where something was told before."""
        return rx.never() if self.told() is None else rx.of(None)

    def gaps(self) -> tuple[Gap, ...]:
        """Tell of a number of the account's own count that did not come.

        It is no reason to distrust the link: its own count has no hole, and healthy links have shown some here. With
        filters it may count what was not wanted.
        """
        account = account_of(self._messages, self._socket)
        if account is None or account.gap is None or not isinstance(self._messages, MessageStream):
            return ()
        (expected, received), account.gap = account.gap, None
        sessions = sessions_of(self._messages)
        if sessions is None or sessions.filters:
            return ()
        gap = Gap("account", expected, received, received - expected, reason="the account's own count has a hole")
        self._messages.announce(gap)
        return (gap,)


class _Parser(Generic[T]):
    """The parser of a channel; it begins with what was told before it was asked for."""

    def __init__(self, followed: _Followed[T]) -> None:
        self._followed = followed
        self.reader = followed.stream.start()

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[T | Gap]:
        items = self.reader.take(wire[1], wire[2], received, raw, number)
        gaps = self._followed.gaps()
        return (*gaps, *items) if gaps else items

    def join(self, _: object, received: int, /) -> Sequence[T]:
        """Give what was told before, unless it was told since."""
        if self.reader.has_state:
            return ()
        items: list[T] = []
        for kind, payload in self._followed.told() or ():
            items += self.reader.take(kind, payload, received, [0, kind, payload], exact_number)
        return items


def _nothing(_: Json) -> Iterator[Answer]:
    return iter(())


def _no_request(_channels: object, _id: int, _socket: Socket) -> None:
    return None


def _late(parser: _Parser[T]) -> T | None:
    return parser.reader.state()


def _channel(stream: Stream[T], messages: Observable[Json]) -> Channel[T | Gap]:
    followed = _Followed(stream, messages)
    kept = KEPT.get(stream.name)
    sessions = sessions_of(messages)
    is_told = kept is not None and kept.snapshot is not None and sessions is not None and not sessions.filters
    return Channel(
        name=stream.name,
        symbol="",
        key=("account", stream.name),
        wire=list[Any],
        start=lambda: _Parser(followed),
        subscribe=followed.begin,
        unsubscribe=_no_request,
        answer=_nothing,
        route=route,
        first_timeout=_SNAPSHOT_TIMEOUT if is_told else None,
        keeps_last=kept is not None,
        late=None if kept is None else _late,
        fetch=None if kept is None or sessions is None else followed.fetch,
        needs_all=kept is not None and sessions is not None,
    )


def subscribe_account(
    streams: Sequence[Stream[Any]], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, Any]:
    """Subscribe to streams of the account; items that are tuples are given one by one."""
    ask = subscribe_channel([_channel(stream, messages) for stream in streams], messages, notices=notices)

    def one_by_one(item: Any) -> Sequence[Any]:
        if isinstance(item, Gap) and not notices:
            return ()
        return item if isinstance(item, tuple) else (item,)

    def _subscribe_account(sockets: Observable[Socket | None]) -> Observable[Any]:
        return sockets.pipe(ask, lift(lambda: one_by_one))

    return _subscribe_account
