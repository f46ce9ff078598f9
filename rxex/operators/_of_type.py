"""Keep the items of one class."""

from __future__ import annotations

from typing import TypeVar, cast

from reactivex import Observable
from reactivex import operators as ops

from rxex.events import EventStream, SocketEvent
from rxex.typing import Operator

__all__ = ["of_type", "without_messages"]

T = TypeVar("T")


def of_type(kind: type[T]) -> Operator[object, T]:
    """Keep the items that are a ``kind``, on the source's thread."""

    def is_kind(item: object) -> bool:
        return isinstance(item, kind)

    def _of_type(source: Observable[object]) -> Observable[T]:
        return cast("Observable[T]", source.pipe(ops.filter(is_kind)))

    return _of_type


def without_messages(source: Observable[SocketEvent]) -> Observable[SocketEvent]:
    """Give the part of ``source`` without messages, where it has one, so that none is built for nothing."""
    return source.link if isinstance(source, EventStream) else source
