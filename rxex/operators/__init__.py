"""Operators that know no exchange; each works on any Observable. The catalogue in ``operators/`` shows them all."""

from __future__ import annotations

from rxex.operators._lift import lift
from rxex.operators.keep_messages_only import keep_messages_only

__all__ = [
    "keep_messages_only",
    "lift",
]
