"""Snapshots of KuCoin's books: what they are, how an answer of REST becomes one, and how to ask while a book goes on.

Sources: KuCoin's pages "Get Full OrderBook" and "Get Part OrderBook", of spot and of futures, and the chapter
"Level 3" of its documents of 2020.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import starmap
from typing import Any, Generic, Self, TypeAlias, TypeVar

import reactivex as rx
from attrs import field, frozen
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.asking import check_choice
from rxex.book import BookOrder
from rxex.channel import Dialect
from rxex.codec import number
from rxex.errors import AnswerLost, InvalidArgument, MalformedMessage
from rxex.events import MessageStream
from rxex.exchanges.kucoin.rest import KucoinRest, client
from rxex.exchanges.kucoin.rest.models import Depth, OrderDepth
from rxex.models import Level
from rxex.rest import Response
from rxex.typing import Json

__all__ = [
    "BookSnapshot",
    "OrdersSnapshot",
    "Renewal",
    "Snapshots",
    "checked",
    "full_snapshots",
    "futures_snapshots",
    "name_of",
    "order_snapshots",
    "part_snapshots",
    "rest_of",
]

_log = logging.getLogger(__name__)
_SHORTEST_WAIT = 250_000_000
_LONGEST_WAIT = 30 * 10**9
T = TypeVar("T")


@frozen
class BookSnapshot:
    """The levels of one book, best first, as they were after the change with the number ``sequence``.

    ``levels`` is how many of each side were asked for; a side that has fewer is whole. None: all of both sides.
    """

    symbol: str
    sequence: int
    bids: Sequence[Level]
    asks: Sequence[Level]
    levels: int | None = None
    raw: Json = field(factory=dict, repr=False, eq=False)

    @classmethod
    def of(cls, symbol: str, data: Any, levels: int | None = None) -> Self:
        """Read the ``data`` of an answer; raises `MalformedMessage` for what cannot be one.

        >>> data = {"time": 1, "sequence": "14", "bids": [["9.50", "1"]], "asks": [["10", "2"]]}
        >>> snapshot = BookSnapshot.of("BTC-USDT", data)
        >>> snapshot.sequence, snapshot.bids[0]
        (14, Level(price=Decimal('9.50'), size=Decimal('1')))
        """
        bids, asks = (_rows(data, side, _level) for side in ("bids", "asks"))
        return cls(symbol, _whole(data, "sequence"), bids, asks, levels, _raw(data))


@frozen
class OrdersSnapshot:
    """The orders of one book, best price first, as they were after the change with the number ``sequence``."""

    symbol: str
    sequence: int
    bids: Sequence[BookOrder]
    asks: Sequence[BookOrder]
    raw: Json = field(factory=dict, repr=False, eq=False)

    @classmethod
    def of(cls, symbol: str, data: Any) -> Self:
        """Read the ``data`` of an answer, rows of id, price, size and nanoseconds; see `BookSnapshot.of`.

        >>> data = {"sequence": "14", "bids": [["5c24", "9.50", "1", "1545914149935808589"]], "asks": []}
        >>> OrdersSnapshot.of("BTC-USDT", data).bids[0].time
        1545914149935808589
        """
        bids, asks = (_rows(data, side, _order) for side in ("bids", "asks"))
        return cls(symbol, _whole(data, "sequence"), bids, asks, _raw(data))


Snapshots: TypeAlias = Callable[[str], Observable[T]]
"""A source of snapshots: makes, for a symbol, the stream of one new snapshot of its book."""


@frozen
class _Source(Generic[T]):
    """Snapshots by REST; those of one client are equal, whoever made them."""

    client: KucoinRest
    levels: int | None
    ask: Callable[[KucoinRest, str, int | None], Observable[T]]

    def __call__(self, symbol: str) -> Observable[T]:
        return self.ask(self.client, symbol, self.levels)


def part_snapshots(client: KucoinRest, levels: int = 100) -> Snapshots[BookSnapshot]:
    """Make the source of the best 20 or 100 levels of spot books, which KuCoin gives to everybody.

    Args:
        client: of `rxex.exchanges.kucoin.rest.client`.
        levels: 20 or 100.

    Raises `InvalidArgument` for another number.
    """
    check_choice("levels", levels, (20, 100))
    return _Source(client, levels, _ask_part)


def full_snapshots(client: KucoinRest) -> Snapshots[BookSnapshot]:
    """Make the source of whole spot books, for ``snapshots`` of `subscribe_book`.

    Args:
        client: of `rxex.exchanges.kucoin.rest.client`, with credentials; the key needs the permission "General".

    >>> from rxex.auth import Credentials
    >>> from rxex.exchanges.kucoin import rest
    >>> with rest.client(Credentials("key", "secret", "passphrase")) as client:
    ...     full_snapshots(client) == full_snapshots(client)
    True
    """
    return _Source(client, None, _ask_full)


def futures_snapshots(client: KucoinRest) -> Snapshots[BookSnapshot]:
    """Make the source of whole books of futures, which KuCoin gives to everybody.

    Args:
        client: of `rxex.exchanges.kucoin.rest.client`.
    """
    return _Source(client, None, _ask_futures)


def order_snapshots(client: KucoinRest) -> Snapshots[OrdersSnapshot]:
    """Make the source of whole spot books order by order, of a call that KuCoin has taken out of its documents.

    Args:
        client: of `rxex.exchanges.kucoin.rest.client`, with credentials.
    """
    return _Source(client, None, _ask_orders)


def _ask_part(client: KucoinRest, symbol: str, levels: int | None) -> Observable[BookSnapshot]:
    def read(answer: Response[Depth]) -> BookSnapshot:
        return _of_depth(answer.data, levels)

    return client.depth(symbol=symbol, size=levels or 100).pipe(ops.map(read))


def _ask_full(client: KucoinRest, symbol: str, _: int | None) -> Observable[BookSnapshot]:
    return client.full_depth(symbol=symbol).pipe(ops.map(_of_whole))


def _ask_futures(client: KucoinRest, symbol: str, _: int | None) -> Observable[BookSnapshot]:
    return client.futures_full_depth(symbol=symbol).pipe(ops.map(_of_whole))


def _ask_orders(client: KucoinRest, symbol: str, _: int | None) -> Observable[OrdersSnapshot]:
    def read(answer: Response[OrderDepth]) -> OrdersSnapshot:
        found = answer.data
        bids, asks = (
            tuple(BookOrder(order.id, order.price, order.size, order.time or 0) for order in side)
            for side in (found.bids, found.asks)
        )
        return OrdersSnapshot(symbol, found.sequence, bids, asks, dict(found.raw))

    return client.order_depth(symbol=symbol).pipe(ops.map(read))


def _of_whole(answer: Response[Depth]) -> BookSnapshot:
    return _of_depth(answer.data, None)


def _of_depth(depth: Depth, levels: int | None) -> BookSnapshot:
    return BookSnapshot(depth.symbol, depth.sequence, depth.bids, depth.asks, levels, dict(depth.raw))


def rest_of(messages: Observable[Json]) -> KucoinRest:
    """Give the client of the REST host that belongs to a connection's messages; of others, one of KuCoin's own."""
    dialect = messages.dialect if isinstance(messages, MessageStream) else None
    options: dict[str, Any] = dialect.options if isinstance(dialect, Dialect) else {}
    known, url = options.get("rest"), options.get("rest_url")
    if isinstance(known, KucoinRest):
        return known
    if url is None:
        return client()
    made = client(futures_url=url) if options.get("market") == "futures" else client(url=url)
    # One for all books of the connection.
    kept: KucoinRest = options.setdefault("rest", made)
    return kept


def _rows(data: Any, side: str, read: Callable[..., T]) -> tuple[T, ...]:
    try:
        return tuple(starmap(read, data[side] or ()))
    except (LookupError, TypeError, ArithmeticError) as error:
        raise MalformedMessage(f"{type(error).__name__} in the {side} of a snapshot") from None


def _level(price: Any, size: Any, *_: Any) -> Level:
    return Level(number(price), number(size))


def _order(name: Any, price: Any, size: Any, time: Any = 0, *_: Any) -> BookOrder:
    if not isinstance(name, str):
        raise MalformedMessage("an order of a snapshot has no id")
    return BookOrder(name, number(price), number(size), int(number(time)))


def _raw(data: Any) -> Json:
    # Times are read when somebody wants them; they have to be times.
    for name in ("time", "ts"):
        if data.get(name) is not None:
            _whole(data, name)
    raw: Json = data
    return raw


def _whole(data: Any, name: str) -> int:
    # Spot writes its sequence as a text, futures as a number.
    value = number(data.get(name))
    if value != int(value) or value < 0:
        raise MalformedMessage(f"the {name} of a snapshot is no whole number")
    return int(value)


def name_of(source: object) -> str:
    """Tell apart sources of snapshots; equal ones have the same name."""
    try:
        return str(hash(source))
    except TypeError:
        return str(id(source))


def checked(source: Snapshots[T], kind: type[T]) -> Snapshots[T]:
    """Let only snapshots of the right kind and symbol through; others end the stream with `InvalidArgument`."""

    def ask(symbol: str) -> Observable[T]:
        def check(snapshot: object) -> T:
            if not isinstance(snapshot, kind):
                raise InvalidArgument("snapshots", type(snapshot).__name__, f"it has to give a {kind.__name__}")
            told = getattr(snapshot, "symbol")  # noqa: B009 - what such snapshots have
            if told != symbol:
                raise InvalidArgument("snapshots", told, f"asked for {symbol!r}, it gave another")
            return snapshot

        return source(symbol).pipe(ops.map(check), ops.catch(_lost))

    return ask


def _lost(error: Exception, _: object) -> Observable[Any]:
    # The next answer may be one that can be read.
    return rx.throw(AnswerLost("snapshot", str(error)) if isinstance(error, MalformedMessage) else error)


class Renewal:
    """Gets a newer snapshot while the book goes on: one at a time, four a second at most, after failures fewer.

    The answer may come on any thread; it waits in ``answer`` for the next message of the book.
    """

    def __init__(self, ask: Callable[[], Observable[BookSnapshot]]) -> None:
        self._ask = ask
        self._asked_at: int | None = None
        self._wait = _SHORTEST_WAIT
        self._call: abc.DisposableBase | None = None
        self.is_open = False
        """Whether an answer is waited for, or has come and is not taken yet."""
        self.answer: BookSnapshot | None = None

    def start(self, now: int) -> bool:
        """Ask, if it is time to (``now`` in nanoseconds); tell whether it was."""
        if self._asked_at is not None:
            waited = abs(now - self._asked_at)
            if waited < (_LONGEST_WAIT if self.is_open else self._wait):
                return False
        if self._call is not None:
            self._call.dispose()
        self._asked_at, self.is_open, self.answer = now, True, None
        try:
            self._call = self._ask().pipe(ops.first()).subscribe(self._on_answer, self._on_error)
        except Exception as error:
            self._on_error(error)
        return True

    def take(self) -> None:
        """Be done with an answer."""
        self.is_open, self.answer = False, None

    def _on_answer(self, snapshot: BookSnapshot) -> None:
        self._wait = _SHORTEST_WAIT
        self.answer = snapshot

    def _on_error(self, error: Exception) -> None:
        # What is shown of the book stays right. Where the error lasts, it ends the feed as soon as nothing is left of
        # that part, as the book is then begun anew.
        _log.debug("a book could not be renewed: %s", error)
        self._wait = min(2 * self._wait, _LONGEST_WAIT)
        self.is_open = False
