"""What Bitfinex notifies of: outcomes of requests, alerts, and what other programs of the same user send.

Source: Bitfinex's page "Notifications".
"""

from __future__ import annotations

from typing import Any, Literal, overload

import attrs
from attrs import field, frozen
from reactivex import Observable

from rxex.channel import Number
from rxex.codec import number as exact_number
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.account import EachOnce, Stream, subscribe_account
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.exchanges.bitfinex.dialect import ACCOUNT, route
from rxex.models.record import Record
from rxex.operators import keep_channel
from rxex.typing import Json, Operator

__all__ = [
    "NOTIFICATIONS",
    "Notification",
    "notification_of",
    "notifications_of",
    "read_notification",
    "subscribe_notifications",
]

NOTIFICATIONS = Stream("notifications", lambda: EachOnce(read_notification))


@frozen(slots=False)
class Notification(Record):
    """One notification; ``kind`` is Bitfinex's word, as ``on-req`` for the outcome of a new order."""

    kind: str
    status: str
    """``SUCCESS``, or why not: ``ERROR``, ``FAILURE`` …"""
    text: str
    info: Any = field(default=None, repr=False)
    """What it is about: the row of an order or an offer, several of them, what another program sent, or None."""
    message_id: str | int | None = None
    """The id of the message that it answers, where Bitfinex repeats it."""
    code: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def is_success(self) -> bool:
        """Whether the request was accepted for processing."""
        return self.status == "SUCCESS"

    @property
    def is_custom(self) -> bool:
        """Whether a program of the same user sent it; see `notify_factory`."""
        return self.kind.startswith("ucm-")


def read_notification(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> Notification:
    """Read a notification."""
    row = Row(values, number)
    message_id, code = row.at(2), row.at(5)
    return Notification(
        str(row.need(1)),
        row.text(6) or "",
        row.text(7) or "",
        row.at(4),
        message_id if isinstance(message_id, str | int) else None,
        code if isinstance(code, int) else None,
        row.time(0),
        received,
        raw,
    )


def notification_of(message: Json) -> Notification | None:
    """Read a message of the account's that is a notification; None where it is none, or cannot be read."""
    if not (isinstance(message, list) and len(message) > 2 and message[0] == 0 and message[1] == "n"):
        return None
    try:
        return read_notification("n", message[2], 0, message, exact_number)
    except (TypeError, ValueError):
        return None


def notifications_of(messages: Observable[Json]) -> Observable[Json]:
    """Give the messages among which the answers to requests are."""
    return messages.pipe(keep_channel(ACCOUNT["n"], route))


@overload
def subscribe_notifications(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Notification]: ...
@overload
def subscribe_notifications(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Notification | Notice]: ...
def subscribe_notifications(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to notifications: of the outcome of requests, of price alerts, and those that our programs send.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits each `Notification`; ``is_custom`` are those of `notify_factory`. See `subscribe_channel` for errors and
    thread. Source: Bitfinex's page "Notifications".
    """
    return subscribe_account([NOTIFICATIONS], messages, notices=notices)
