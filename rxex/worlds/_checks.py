"""Refuse what cannot be right before anything is opened."""

from __future__ import annotations

from threading import TIMEOUT_MAX

from reactivex import ConnectableObservable

from rxex.errors import InvalidArgument


def check_connection(connection: object) -> None:
    """Refuse what cannot be connected."""
    if not isinstance(connection, ConnectableObservable):
        remedy = "give the connection itself, not a feed made of it and not what connect() returned"
        raise InvalidArgument("connection", connection, remedy)


def check_timeout(timeout: float | None) -> None:
    """Refuse what is no length of time."""
    if timeout is not None and not 0 <= timeout <= TIMEOUT_MAX:
        raise InvalidArgument("timeout", timeout, "give seconds from 0 up, or None for no limit")
