"""How an exchange makes one number of a book, by which both sides know that they have the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from attrs import frozen

__all__ = ["Checksum"]

B = TypeVar("B")
A = TypeVar("A")


@frozen
class Checksum(Generic[B, A]):
    """How an exchange makes one number of the best levels of a book."""

    levels: int
    """How many levels of each side take part; fewer where the side has fewer."""
    text: Callable[[Any], bytes]
    """Writes one level; of a book of orders, one order."""
    bids: Callable[[list[bytes]], B]
    """Makes the bids' part of their texts, best first; called only where one of these levels has changed."""
    asks: Callable[[list[bytes]], A]
    """Makes the asks' part."""
    total: Callable[[B, A], int]
    """Makes the checksum of both parts."""
