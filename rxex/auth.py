"""What proves who we are, kept out of sight: secrets, keys, nonces, signatures, and the exchange's clock."""

from __future__ import annotations

import base64
import hmac
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Literal, NoReturn, Self

from attrs import field, frozen
from reactivex.abc import DisposableBase

from rxex.clock import wall_ns
from rxex.errors import InvalidArgument

__all__ = ["Credentials", "NonceSource", "Secret", "ServerClock", "Turns", "sign"]


class Secret:
    """A text that shows nowhere: not in ``str``, ``repr``, a format, a log or a traceback, and that is not pickled.

    Only `reveal` gives it. Raises `InvalidArgument` for an empty text, and for what is no text.

    >>> token = Secret("b1946ac9")
    >>> print(f"token: {token}")
    token: ***
    >>> token.reveal()
    'b1946ac9'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        given: object = text
        if not (isinstance(given, str) and given):
            raise InvalidArgument("text", type(given), "a secret has to be a text that is not empty")
        # In a closure, so that tools that list the attributes of objects do not show it either.
        self._text: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """Give the text, to be sent to the exchange and nowhere else."""
        return self._text()

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class NonceSource:
    """Numbers that only rise, whatever the wall clock does; safe from any thread.

    They are nanoseconds since the epoch, more than any other client is likely to have used with the key before. A
    clock that was set back makes them go on by ones.

    >>> times = iter([1000, 400, 2000])
    >>> source = NonceSource(lambda: next(times))
    >>> [source.next() for _ in range(3)]
    [1000, 1001, 2000]
    """

    __slots__ = ("_last", "_lock", "_now")

    def __init__(self, now: Callable[[], int] = wall_ns) -> None:
        """Take numbers of ``now``, which gives whole numbers, as a rule nanoseconds since the epoch."""
        self._now = now
        self._last = 0
        self._lock = threading.Lock()

    def next(self, unit: int = 1) -> int:
        """Give a number that is larger than all before; ``unit`` 1000 gives microseconds, with the same promise."""
        with self._lock:
            self._last = max(self._last + unit, self._now())
            return self._last // unit


class _Turn(DisposableBase):
    """A place in the queue; then the turn itself. Disposing gives up either."""

    def __init__(self, turns: Turns, start: Callable[[], None]) -> None:
        self.turns = turns
        self.start = start
        self.is_held = False
        self.is_over = False

    def dispose(self) -> None:
        self.turns.give_back(self)


class Turns:
    """Lets one go after the other: numbers that rise arrive in order only if the next waits for the one before.

    >>> turns, order = Turns(), []
    >>> first = turns.take(lambda: order.append("first"))
    >>> read = turns.take(lambda: order.append("read"))
    >>> cancel = turns.take(lambda: order.append("cancel"), urgent=True)
    >>> first.dispose(); cancel.dispose()
    >>> order
    ['first', 'cancel', 'read']
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._urgent: deque[_Turn] = deque()
        self._patient: deque[_Turn] = deque()

    def take(self, start: Callable[[], None], *, urgent: bool = False) -> DisposableBase:
        """Call ``start`` when its turn comes, on this thread or on that of the one before; disposing ends the turn.

        Those that are ``urgent`` come before those that are not. ``start`` must be short, and not raise.
        """
        turn = _Turn(self, start)
        with self._lock:
            if self._is_taken:
                (self._urgent if urgent else self._patient).append(turn)
                return turn
            self._is_taken = turn.is_held = True
        start()
        return turn

    def give_back(self, turn: _Turn) -> None:
        """End a turn, and start the next; or leave the queue. Does nothing for a turn that is over."""
        with self._lock:
            if turn.is_over:
                return
            turn.is_over = True
            if not turn.is_held:
                return
            following = self._following()
            self._is_taken = following is not None
            if following is not None:
                following.is_held = True
        if following is not None:
            following.start()

    def _following(self) -> _Turn | None:
        for queue in (self._urgent, self._patient):
            while queue:
                turn = queue.popleft()
                if not turn.is_over:
                    return turn
        return None


def _hidden(text: str | Secret | None) -> Secret | None:
    return text if text is None or isinstance(text, Secret) else Secret(text)


def _required(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


@frozen(eq=False)
class Credentials:
    """An API key. It shows in no text, and is neither copied nor pickled.

    One object stands for one key: all that use it share its nonces and its turns, so make one for each key, not one
    for each client.

    Args:
        key: The public half, as the exchange names the key.
        secret: The half that signs.
        passphrase: The third part that some exchanges ask for; None: there is none.

    >>> Credentials("the key", "c2VjcmV0")
    Credentials(key=***, secret=***, passphrase=None)
    """

    key: Secret = field(converter=_required)
    secret: Secret = field(converter=_required)
    passphrase: Secret | None = field(default=None, converter=_hidden)
    nonces: NonceSource = field(factory=NonceSource, repr=False, kw_only=True)
    turns: Turns = field(factory=Turns, repr=False, init=False)

    @classmethod
    def from_environment(cls, prefix: str) -> Self:
        """Take them from the variables ``<prefix>_API_KEY``, ``_API_SECRET`` and, if it is set, ``_API_PASSPHRASE``.

        Raises `InvalidArgument` where one of the first two is missing or empty.
        """
        parts = {name: os.environ.get(f"{prefix}_API_{name}") or None for name in ("KEY", "SECRET", "PASSPHRASE")}
        for name in ("KEY", "SECRET"):
            if parts[name] is None:
                raise InvalidArgument(f"{prefix}_API_{name}", None, "set this environment variable")
        return cls(parts["KEY"] or "", parts["SECRET"] or "", parts["PASSPHRASE"])

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, memo: object) -> Credentials:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are not pickled")


def sign(
    key: bytes,
    message: bytes,
    *,
    digest: Literal["sha256", "sha384", "sha512"],
    encoding: Literal["base64", "hex"],
) -> str:
    """Give the HMAC of ``message`` as text.

    >>> sign(b"key", b"message", digest="sha256", encoding="hex")[:16]
    '6e9ef29b75fffc5b'
    """
    code = hmac.digest(key, message, digest)
    return base64.b64encode(code).decode() if encoding == "base64" else code.hex()


class ServerClock:
    """The exchange's time, as far as it was measured; until then our own.

    >>> clock = ServerClock(lambda: 5_000_000_000)
    >>> clock.measure(1_000_000_000, 11_100_000_000, 1_200_000_000)
    >>> clock.offset, clock.now()
    (10.0, 15000000000)
    """

    __slots__ = ("_now", "_offset")

    def __init__(self, now: Callable[[], int] = wall_ns) -> None:
        """Start with ``now``, our own time in nanoseconds since the epoch."""
        self._now = now
        self._offset: int | None = None

    def measure(self, asked: int, server: int, answered: int) -> None:
        """Learn that the exchange said ``server`` between ``asked`` and ``answered``; all nanoseconds since the epoch.

        It is taken to have looked at its clock half-way.
        """
        self._offset = server - (asked + answered) // 2

    @property
    def offset(self) -> float | None:
        """How many seconds the exchange's clock is ahead of ours; None before it was measured."""
        return None if self._offset is None else self._offset / 1e9

    def now(self) -> int:
        """The exchange's time in nanoseconds since the epoch, for timestamps."""
        return self._now() + (self._offset or 0)
