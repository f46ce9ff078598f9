"""What is watched: one stream of the items of several symbols, and of what happens to the link meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import reactivex as rx
from attrs import field, frozen
from reactivex import Observable
from reactivex import operators as ops

from rxex.cli.venues import Subscribe, Venue, public_url
from rxex.connection import Connection
from rxex.errors import RequestRefused, RequestTimeout, RxexError
from rxex.events import Notice
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.sandbox import Sandbox
from rxex.typing import Operator

__all__ = ["Watched", "connected", "watch"]

T = TypeVar("T")
_END = object()


@frozen
class Watched:
    """Something to look at: ``stream`` comes by ``connection``; ``refused`` fills with the symbols it does without."""

    connection: Connection
    stream: Observable[Any]
    symbols: Sequence[str]
    refused: list[RxexError] = field(factory=list)

    @property
    def is_all_refused(self) -> bool:
        """Whether not one symbol is left."""
        return len(self.refused) == len(self.symbols)


@contextmanager
def connected(venue: Venue, sandbox: Sandbox | None, url: str | None, version: int | None) -> Iterator[Connection]:
    """Prepare a connection to the venue, or to its simulated exchange, which then runs inside the ``with``."""
    if sandbox is None:
        yield venue.connection(url, version)
    else:
        with sandbox:
            yield venue.connection(public_url(sandbox, version), version)


def watch(connection: Connection, subscribe: Subscribe, symbols: Sequence[str], count: int | None) -> Watched:
    """Make the stream of ``symbols`` and of the link: items, notices at their place among them, events of the link.

    It completes after ``count`` items, or when no symbol is left because the exchange refused them all; it fails when
    the connection does for good. Raises `InvalidArgument` for a symbol that cannot be one.
    """
    refused: list[RxexError] = []

    def go_on_without(error: Exception, _source: Observable[Any]) -> Observable[Any]:
        if not isinstance(error, RequestRefused | RequestTimeout):
            return rx.throw(error)
        refused.append(error)
        return rx.empty()

    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(filter_new_socket_only())
    wanted = list(dict.fromkeys(symbols))
    # One feed a symbol, so that a refusal ends that one alone; they share the requests all the same.
    feeds = [sockets.pipe(subscribe(symbol, messages, notices=True), ops.catch(go_on_without)) for symbol in wanted]
    items = rx.merge(*feeds).pipe(_first(count), ops.concat(rx.of(_END)))
    # The notices are in the feeds already, at their exact place.
    link = connection.link.pipe(ops.filter(lambda event: not isinstance(event, Notice)))
    stream = rx.merge(link, items).pipe(ops.take_while(lambda item: item is not _END))
    return Watched(connection, stream, wanted, refused)


def _first(count: int | None) -> Operator[T, T]:
    """End after ``count`` items; notices do not count."""
    left = count

    def goes_on(item: T) -> bool:
        nonlocal left
        if left is not None and not isinstance(item, Notice):
            left -= 1
        return left is None or left > 0

    return ops.take_while(goes_on, inclusive=True)
