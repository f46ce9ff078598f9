"""Other ways to read a stream than a callback: a script that blocks, a ``for`` loop, asyncio."""

from __future__ import annotations

from rxex.worlds._run import run

__all__ = ["run"]
