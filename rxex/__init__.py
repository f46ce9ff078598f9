"""Reactive streams of market data and trading."""

from rxex.worlds import aiter, blocking, run  # noqa: A004 - it is to streams what the builtin is to iterables

__all__ = ["aiter", "blocking", "run"]
