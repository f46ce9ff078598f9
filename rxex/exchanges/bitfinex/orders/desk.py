"""What all requests on one connection share: ids, what was asked and is not answered, whether asking makes sense now.

Sources: Bitfinex's pages "Authenticated inputs" and "Notifications".
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections import OrderedDict
from typing import Any

from attrs import define
from reactivex import Observable

from rxex.auth import NonceSource
from rxex.clock import wall_ns
from rxex.errors import NotSent
from rxex.events import MessageStream, Socket
from rxex.exchanges.bitfinex.account_state import AccountState
from rxex.exchanges.bitfinex.asking import sessions_of
from rxex.exchanges.bitfinex.dialect import Sessions
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.exchanges.bitfinex.orders.wire import Known
from rxex.orders import OrderRefused, Refusal
from rxex.rest import CallCounter
from rxex.typing import Json

__all__ = ["Asked", "Desk", "desk_of", "ids_of"]

_OPTION = "desk"
_MOST = 10_000
_BANDS = 2**44  # with the time in milliseconds on top an id has 45 bits, which is what Bitfinex takes
_CALCULATIONS, _CALCULATIONS_A_SECOND = 30, 8.0


@define(eq=False)
class Asked:
    """A request that waits for its notification, which names the order or, in some errors, nothing."""

    kind: str
    """The type of the notification: ``oc-req``."""
    order_id: str | None = None
    client_id: str | None = None
    message_id: int | None = None
    """Of the request itself, where Bitfinex repeats that."""


def ids_of(info: Any) -> tuple[str | None, str | None]:
    """Give both ids of the row of an order; None for each that is not told, or is 0.

    >>> ids_of([7, None, 555, "tBTCUSD"]), ids_of([0, None]), ids_of(None)
    (('7', '555'), (None, None), (None, None))
    """
    row = info if isinstance(info, list) else []
    ids = [str(value) if type(value) is int and value else None for value in (*row[:1], *row[2:3])]
    return (*ids, None, None)[0], (*ids, None, None)[1]


class Desk:
    """The requests of one connection. Safe from any thread."""

    def __init__(self, sessions: Sessions | None = None) -> None:
        self._sessions = sessions
        # Two programs of one account make ids at the same time; each counts in a band of its own.
        band = secrets.randbelow(_BANDS)
        self._ids = NonceSource(lambda: band + wall_ns() // 1_000_000)
        self._days: OrderedDict[str, dt.date] = OrderedDict()
        self._waiting: dict[str, list[Asked]] = {}
        self._last: tuple[Json | None, Asked | None] = (None, None)
        self._lock = threading.Lock()
        self.calculations = CallCounter(_CALCULATIONS, _CALCULATIONS_A_SECOND)

    def new_client_id(self) -> str:
        """Make a client order id: each is larger than all before."""
        return str(self._ids.next())

    # Whether asking makes sense

    def account(self, socket: Socket) -> AccountState | None:
        """What was told of the account on a socket; None where nobody follows it."""
        session = None if self._sessions is None else self._sessions.of(socket)
        return None if session is None else session.account

    def check(self, socket: Socket, request: str, what: str = "", *, is_answered: bool = True) -> None:
        """Raise why a request makes no sense now: `NotSent`, or `OrderRefused` where the key may not change that."""
        if self._sessions is None:
            return
        account = self.account(socket)
        if account is None or not account.is_authenticated:
            raise NotSent(f"{request} needs a socket that Bitfinex has accepted us on, as private_socket() gives it")
        if account.in_maintenance:
            raise NotSent(f"Bitfinex is in maintenance and would refuse {request}")
        if is_answered and self._sessions.filters and "notify" not in self._sessions.filters:
            raise NotSent(f"the outcome of {request} would not be heard: the connection's filters leave out 'notify'")
        if what and not account.may_write(what):
            raise OrderRefused(request, f"the key may not change {what}", kind=Refusal.NOT_PERMITTED)

    # Orders

    def note(self, client_id: str) -> None:
        """Remember the day on which an order is placed."""
        with self._lock:
            self._days[client_id] = dt.datetime.fromtimestamp(wall_ns() // 1_000_000_000, dt.UTC).date()
            while len(self._days) > _MOST:
                self._days.popitem(last=False)

    def check_new(self, socket: Socket, request: str, client_id: str) -> None:
        """Raise `OrderRefused` where an open order has that id: Bitfinex would take the new one all the same."""
        if self.find(socket, None, client_id).order_id is not None:
            text = f"an open order has the client id {client_id} already"
            raise OrderRefused(request, text, kind=Refusal.DUPLICATE_CLIENT_ID)

    def find(self, socket: Socket, order_id: str | None, client_id: str | None) -> Known:
        """Give what is known of an order: open ones are known with all, placed ones with their day."""
        account = self.account(socket)
        row = None
        if account is not None:
            place, wanted = (0, order_id) if client_id is None else (2, client_id)
            row = account.find("orders", lambda row: len(row) > place and str(row[place]) == wanted)
        if row is not None:
            return Known.of_row(row)
        with self._lock:
            return Known(order_id, client_id, None if client_id is None else self._days.get(client_id))

    # Answers

    def wait(self, asked: Asked) -> None:
        """A request is about to be sent."""
        with self._lock:
            self._waiting.setdefault(asked.kind, []).append(asked)

    def leave(self, asked: Asked) -> None:
        """Nobody waits for its answer any more."""
        with self._lock:
            waiting = self._waiting.get(asked.kind, [])
            if asked in waiting:
                waiting.remove(asked)

    def owner(self, message: Json, notification: Notification) -> Asked | None:
        """Give the request that a notification answers; of one that names nothing, the oldest of its kind."""
        with self._lock:
            # Each who waits asks, and what they are told must be the same, though the first leaves meanwhile.
            if self._last[0] is not message:
                self._last = (message, self._find(notification))
            return self._last[1]

    def _find(self, notification: Notification) -> Asked | None:
        waiting = self._waiting.get(notification.kind, [])
        order_id, client_id = ids_of(notification.info)
        for asked in waiting:
            if asked.order_id is not None and asked.order_id == order_id:
                return asked
            if asked.client_id is not None and asked.client_id == client_id:
                return asked
            if asked.message_id is not None and asked.message_id == notification.message_id:
                return asked
        # One that is known by nothing is answered in turn; so is any, by a notification that names nothing.
        is_nameless = order_id is None and client_id is None
        return next((asked for asked in waiting if _may_own(asked, notification, is_nameless=is_nameless)), None)


def _may_own(asked: Asked, notification: Notification, *, is_nameless: bool) -> bool:
    if asked.message_id is not None:
        return notification.message_id is None
    return is_nameless or (asked.order_id is None and asked.client_id is None)


def desk_of(messages: Observable[Json]) -> Desk:
    """Give the desk of the connection that messages are of; for any other stream one that nobody shares."""
    options = getattr(messages.dialect, "options", None) if isinstance(messages, MessageStream) else None
    if not isinstance(options, dict):
        return Desk()
    desk = options.setdefault(_OPTION, Desk(sessions_of(messages)))
    return desk if isinstance(desk, Desk) else Desk()
