"""Notifications as answers: whether a request was accepted for processing. Source: Bitfinex's page "Notifications"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rxex.codec import number
from rxex.exchanges.bitfinex.notifications import Notification, read_notification
from rxex.exchanges.bitfinex.rest.wire import refusal

__all__ = ["accepted", "notice", "notification", "plain_or_accepted"]

T = TypeVar("T")
_TEXT = 7  # the place of the text of a notification
_NO = frozenset({"ERROR", "FAILURE"})


def notification(values: Any, received: int) -> Notification:
    """Read a notification."""
    return read_notification("n", values, received, values, number)


def accepted(
    request: str, make: Callable[[Notification, Any, int], T], *, orders: bool
) -> Callable[[Any, Any, int], T]:
    """Read a notification of success; any other is raised, whatever the status of HTTP was."""

    def read(result: Any, parameters: Any, received: int) -> T:
        note = notification(result, received)
        if not note.is_success:
            text = note.text or note.status or "without a reason"
            raise refusal(request, text, result, orders=orders, is_refusal=note.status in _NO)
        return make(note, parameters, received)

    return read


def plain_or_accepted(make: Callable[[Any], T]) -> Callable[[Any, Any, int], T]:
    """Read any result; one that is a notification has to be one of success."""

    def read(result: Any, parameters: Any, received: int) -> T:
        kind = result[1] if isinstance(result, list) and len(result) > _TEXT else None
        if not (isinstance(kind, str) and kind.endswith("-req")):
            return make(result)
        return accepted(kind, lambda *_: make(result), orders=False)(result, parameters, received)

    return read


def notice(note: Notification, _: Any, __: int) -> Notification:
    """Give the notification as it is."""
    return note
