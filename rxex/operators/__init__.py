"""Operators that know no exchange; each works on any Observable. The catalogue in ``operators/`` shows them all."""

from __future__ import annotations

from rxex.operators.keep_messages_only import keep_messages_only
from rxex.operators.lift import lift

__all__ = [
    "keep_messages_only",
    "lift",
]
