"""Other ways to read a stream than a callback: a script that blocks, a ``for`` loop, asyncio."""

from __future__ import annotations

from rxex.worlds._aiter import AsyncFeed, aiter  # noqa: A004
from rxex.worlds._blocking import blocking
from rxex.worlds._run import run

__all__ = ["AsyncFeed", "aiter", "blocking", "run"]
