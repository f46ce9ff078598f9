"""Turn a refusal into an error."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import operators as ops

from rxex.errors import RequestRefused
from rxex.typing import Json, Operator

__all__ = ["response_ok"]


def response_ok(refusal: Callable[[Json], str | None], *, request: str = "the request") -> Operator[Json, Json]:
    """Pass on answers that say yes; end with `RequestRefused` at the first that says no.

    Emits on the source's thread.

    Args:
        refusal: gives the exchange's reason where an answer says no, None where it says yes. What it raises ends the
            stream.
        request: what the error calls the request.

    >>> import reactivex as rx
    >>> def refusal(answer):
    ...     return answer.get("error")
    >>> rx.of({"error": "EOrder:Insufficient funds"}).pipe(response_ok(refusal, request="add_order")).run()
    Traceback (most recent call last):
    ...
    rxex.errors.RequestRefused: the exchange refused add_order: EOrder:Insufficient funds
    """

    def check(answer: Json) -> Json:
        reason = refusal(answer)
        if reason is not None:
            raise RequestRefused(request, reason, answer)
        return answer

    return ops.map(check)
