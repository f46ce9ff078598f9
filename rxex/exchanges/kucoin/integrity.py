"""How a book is made of a snapshot over REST and a numbered stream: KuCoin's calibration, the same for all its books.

Messages are kept until the snapshot is there. Those that it has already are dropped, one that reaches beyond it is
taken as far as it is newer, and from then on each begins with the number after the last. Of a snapshot that is older
than the first message that was kept there is nothing to be joined: it is asked for again.

Source: the chapters "Level 2" and "Level 3" of KuCoin's documents, each with its "calibration procedure".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from rxex.channel import Number
from rxex.codec import number as checked_number
from rxex.errors import MalformedMessage, SequenceGap
from rxex.typing import Json

__all__ = ["JoinedBook", "Numbered"]

W = TypeVar("W")
S = TypeVar("S", bound="Numbered")
C = TypeVar("C")
B = TypeVar("B")

_MOST_KEPT = 50_000
"""Messages that wait for a snapshot; of more, the oldest are forgotten."""
_REPEATS = 64
"""Messages back that may come a second time."""
_PATIENCE = 30 * 10**9
"""Nanoseconds from the first message after a snapshot, within which the messages have to have come up to it."""


class Numbered(Protocol):
    """A snapshot; ``sequence`` is the number of the last change that is in it."""

    @property
    def sequence(self) -> int: ...
    @property
    def raw(self) -> Json: ...


class JoinedBook(ABC, Generic[W, S, C, B]):
    """One book on one subscription: a parser of messages ``W``, joined to a snapshot ``S``, that gives books ``B``.

    A subclass says how a message is numbered and what it changes (``C``); the numbers are checked here. Once numbers
    are missing, or are used again for something else, `SequenceGap` is raised and the book is not to be used any more.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        """The number that has to come next; None before the snapshot."""
        self._kept: deque[W] = deque(maxlen=_MOST_KEPT)
        self._recent: deque[W] = deque(maxlen=_REPEATS)
        self._is_behind = False
        """Whether nothing has come yet that is newer than the snapshot."""
        self._behind_since: int | None = None
        """When the first message after the snapshot came, if that has it already."""
        self._received = 0
        self._raw: bytes | Json = b"{}"
        self._is_watching = False
        """Whether `_watch` wants to see each message that has been taken."""

    @abstractmethod
    def _numbers(self, wire: W) -> tuple[int, int]:
        """Give the first and the last number of a message."""

    @abstractmethod
    def _replace(self, snapshot: S) -> None:
        """Forget the book and take that of a snapshot."""

    @abstractmethod
    def _apply(self, wire: W, after: int | None, *, is_checked: bool) -> C | None:
        """Change the book; None: nothing of it has changed. Where ``after`` is given, only by what is newer than it."""

    @abstractmethod
    def _view(self, changes: C | None) -> B:
        """Make the book as it is now; ``changes`` is None where it is new as a whole."""

    def _watch(self, wire: W, received: int) -> bool:  # noqa: ARG002 - for subclasses
        """Look at a message that has been taken; tell whether the whole book was replaced because of it."""
        return False

    def view(self) -> B | None:
        """The book as it is now; None before its snapshot."""
        return None if self._next is None else self._view(None)

    def __call__(self, wire: W, received: int, raw: bytes | Json, number: Number) -> Sequence[B]:
        first, last = self._numbers(wire)
        if first == self._next and first <= last:
            changes = self._apply(wire, None, is_checked=number is not checked_number)
        else:
            after = self._place(wire, first, last, received)
            if after is None:
                return ()
            changes = self._apply(wire, after, is_checked=False)
        self._next = last + 1
        self._is_behind = False
        self._recent.append(wire)
        self._received, self._raw = received, raw
        if self._is_watching and self._watch(wire, received):
            return (self._view(None),)
        return () if changes is None else (self._view(changes),)

    def _place(self, wire: W, first: int, last: int, received: int) -> int | None:
        """Say of a message that does not begin with the next number after which one it is to be taken; None: not."""
        if first > last:
            raise MalformedMessage(f"the numbers of a message go back from {first} to {last}")
        following = self._next
        if following is None:
            self._keep(wire, first, last)
            return None
        if first > following:
            raise SequenceGap(following, first)
        if last >= following:
            return following - 1
        if self._is_behind:
            if self._behind_since is None:
                self._behind_since = received
            if abs(received - self._behind_since) > _PATIENCE:
                raise SequenceGap(following, first, reason="the messages do not come up to the snapshot")
            self._recent.append(wire)
            return None
        if wire in self._recent:
            return None
        raise SequenceGap(following, first, reason="numbers are used again")

    def _keep(self, wire: W, first: int, last: int) -> None:
        """Keep a message for the snapshot; after a hole, or where numbers start over, with those before it forgotten.

        Nobody has seen anything of the book yet, so that nothing is missing: it takes only a later snapshot.
        """
        kept = self._kept
        if kept:
            end = self._numbers(kept[-1])[1]
            if last <= end and wire in self._recent:
                return
            if not first <= end + 1 <= last:
                kept.clear()
        kept.append(wire)
        self._recent.append(wire)

    def join(self, fetched: S, received: int) -> Sequence[B] | None:
        """Begin the book with a snapshot and what was kept; None: the snapshot is too old for that."""
        kept = self._kept
        if kept and fetched.sequence < self._numbers(kept[0])[0] - 1:
            return None
        self._begin(fetched, kept)
        kept.clear()
        self._received = received
        self._raw = fetched.raw
        return (self._view(None),)

    def _begin(self, snapshot: S, messages: Iterable[W]) -> None:
        """Take a snapshot, and of messages in a row what is newer."""
        self._replace(snapshot)
        following = snapshot.sequence + 1
        self._is_behind = True
        for wire in messages:
            _, last = self._numbers(wire)
            if last >= following:
                self._apply(wire, following - 1, is_checked=False)
                following = last + 1
                self._is_behind = False
        self._next = following
