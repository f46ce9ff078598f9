"""Where the library's log goes: one helper for programs that set up no logging of their own."""

from __future__ import annotations

import logging

from reactivex.abc import DisposableBase
from reactivex.disposable import Disposable

from rxex.errors import InvalidArgument

__all__ = ["log_to"]

_FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def log_to(filename: str | None = None, *, level: str = "INFO") -> DisposableBase:
    """Write what the library logs to a file, or to stderr; disposing stops it.

    Args:
        filename: the file, to which is appended; None: stderr.
        level: the least that is written: ``DEBUG``, ``INFO``, ``WARNING``, ``ERROR`` or ``CRITICAL``.

    All loggers are below ``rxex`` in `logging`, for programs that set it up themselves. Secrets are never logged.
    Raises `InvalidArgument` for another level, ``OSError`` where the file cannot be opened.
    """
    if level not in _LEVELS:
        raise InvalidArgument("level", level, f"choose one of {', '.join(_LEVELS)}")
    handler = logging.StreamHandler() if filename is None else logging.FileHandler(filename, encoding="utf-8")
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("rxex")
    before = logger.level
    if not logger.isEnabledFor(logging.getLevelName(level)):
        logger.setLevel(level)
    logger.addHandler(handler)

    def stop() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()

    return Disposable(stop)
