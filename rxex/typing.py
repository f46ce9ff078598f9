"""The types that the whole library speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

from reactivex import Observable

__all__ = ["Json", "Operator", "Step"]

A = TypeVar("A")
B = TypeVar("B")

Json: TypeAlias = dict[str, Any] | list[Any]
"""A decoded message. A number with a fraction is a `decimal.Decimal`, any other an ``int``; there are no floats."""

Operator: TypeAlias = Callable[[Observable[A]], Observable[B]]
"""What ``pipe`` takes: a function from one stream to another."""

Step: TypeAlias = Callable[[A], Iterable[B]]
"""One item in, any number out: the pure part of an operator (see `rxex.operators.lift`)."""
