"""New tokens from a source that may do anything: raise, hang, give nothing or something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.clock import default_clock
from rxex.errors import InvalidArgument, RxexError, TokenError

__all__ = ["fresh"]

T = TypeVar("T")
_LONGEST_WAIT = 60.0  # seconds for a token: longer than calls of ours wait for their turn and the answer


def fresh(get: Callable[[], Observable[T]], kind: type[T], name: str) -> Observable[T]:
    """Make the cold stream of one new token of ``get``, whose first item has to be of ``kind``.

    Ends with `TokenError` where it raises, or gives none within a minute: a link then asks again; with a `RxexError` of
    its own; and with `InvalidArgument` for ``name`` where it gives something else. Emits on the source's thread.
    """
    late: Observable[T] = rx.throw(TokenError("Timeout"))
    tokens: Observable[T] = rx.defer(lambda _: get())
    given: Observable[object] = tokens.pipe(ops.timeout(_LONGEST_WAIT, late, default_clock()), ops.default_if_empty())

    def checked(token: object) -> T:
        if token is None:
            raise TokenError("NoToken")
        if not isinstance(token, kind):
            raise InvalidArgument(name, type(token).__name__, f"it has to give a stream of a {kind.__name__}")
        return token

    def without_traces(error: Exception, _: object) -> Observable[T]:
        # A text that is not ours can hold the token, and so can a frame of who made it.
        if isinstance(error, RxexError):
            return rx.throw(error)
        return rx.throw(TokenError(type(error).__name__, getattr(error, "retry_after", None)))

    return given.pipe(ops.first(), ops.map(checked), ops.catch(without_traces))
