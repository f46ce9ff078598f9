"""How Bitfinex's messages are sorted: by numbers that hold on one socket only, and that are counted there.

Sources: Bitfinex's pages "WebSocket general" (info, error, conf, heartbeats), "Public channels" and "Account info".
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable, Sequence
from enum import IntFlag
from typing import Any, Final
from weakref import WeakValueDictionary

from rxex.channel import Dialect
from rxex.codec import decode
from rxex.errors import AuthRefused, ConnectionClosed, NotSent, SequenceGap
from rxex.events import Authenticated, Heartbeat, Socket, SocketEvent, SystemStatus
from rxex.exchanges.bitfinex.account_state import KEPT, AccountState
from rxex.typing import Json

__all__ = ["ACCOUNT", "DUPLICATE", "Flag", "Session", "Sessions", "classify", "key_of", "make_dialect", "route"]


class Flag(IntFlag):
    """What can be switched on for a connection."""

    TIMESTAMP = 32_768
    """Each message has the exchange's time, in milliseconds, at its end."""
    SEQ_ALL = 65_536
    """Messages are numbered."""
    OB_CHECKSUM = 131_072
    """Books come with checksums."""
    BULK_UPDATES = 536_870_912
    """Several changes of a book come in one message."""


_STREAMS: Final = {
    "orders": ("os", "on", "ou", "oc"),
    "positions": ("ps", "pn", "pu", "pc"),
    "trades": ("te", "tu"),
    "funding_offers": ("fos", "fon", "fou", "foc"),
    "funding_credits": ("fcs", "fcn", "fcu", "fcc"),
    "funding_loans": ("fls", "fln", "flu", "flc"),
    "funding_trades": ("fte", "ftu"),
    "wallets": ("ws", "wu"),
    "balance": ("bu",),
    "margin": ("miu",),
    "funding_info": ("fiu",),
    "notifications": ("n",),
}
ACCOUNT: Final = {kind: ("account", name) for name, kinds in _STREAMS.items() for kind in kinds}
"""The key of the stream that each type of the account's messages belongs to."""

_log = logging.getLogger(__name__)
_LINK = "the messages of this link"
_STOPS, _MAINTENANCE, _RESUMES = 20051, 20060, 20061
_CONF_FAILED = 10050
_NONCE_SMALL = 10114
DUPLICATE = 10301
"""The code of the refusal of a channel that is open already."""


def key_of(event: dict[str, Any]) -> Hashable:
    """Give the key of the channel that an acknowledgement, or an error that repeats a request, speaks of.

    >>> key_of({"event": "subscribed", "channel": "ticker", "chanId": 7, "symbol": "tBTCUSD"})
    ('ticker', 'tBTCUSD')
    """
    channel = event.get("channel")
    if channel == "book":
        precision, frequency, length = event.get("prec", "P0"), event.get("freq", "F0"), event.get("len", "25")
        return (channel, event.get("symbol"), precision, frequency, str(length))
    return (channel, event.get("symbol", event.get("key")))


class Session:
    """What holds on one socket: which number stands for which channel, and how many messages there were."""

    def __init__(self, socket: Socket | None = None) -> None:
        self.socket = socket
        self._keys: dict[bytes, Hashable] = {}
        self._unwanted: dict[Hashable, Socket] = {}
        """Channels that were given up before Bitfinex told their numbers."""
        self._ending: dict[bytes, Hashable] = {}
        """Those that were given up, until Bitfinex confirms it."""
        self._lock = threading.Lock()  # who gives a channel up does so on any thread
        self._counts = False
        self._after_count = 0  # how many numbers follow the count in a message
        self._count = 0
        self._unsure = 0
        """The number of a notification of which it is not sure that it was counted; 0: there is none."""
        self._account_count = 0
        self.missed_account_messages = 0
        """How many numbers of the account's own count did not come; healthy connections have shown some."""
        self.account = AccountState()

    def route(self, frame: bytes) -> Hashable | None:
        """Give the key of a message's channel; see `rxex.channel.Session`."""
        if not frame.startswith(b"["):
            self.learn(decode(frame))
            return None
        comma = frame.index(b",")
        number = frame[1:comma]
        if number == b"0":
            return self._route_account(frame)
        if self._counts:
            # Written out: this is done for each message.
            behind = self._after_count
            count = _number_at_end(frame, behind) if behind else int(frame[frame.rindex(b",") + 1 : -1])
            if count != self._count + 1:
                self._doubt(count)
            self._count = count
        # A heartbeat is no channel's message.
        return None if frame.startswith(b'"hb"', comma + 1) else self._keys.get(number)

    def find(self, number: object) -> Hashable | None:
        """Give the key of the channel that a number stands for."""
        return self._keys.get(str(number).encode())

    def want(self, key: Hashable) -> None:
        """A channel is about to be asked for."""
        with self._lock:
            self._unwanted.pop(key, None)

    def release(self, key: Hashable, socket: Socket) -> int | None:
        """Give the number of a channel that is to end; what still comes under it belongs to nobody.

        None: it has no number yet, or not any more. One that gets it later is ended then.
        """
        with self._lock:
            for number, its in self._keys.items():
                if its == key:
                    self._ending[number] = self._keys.pop(number)
                    return int(number)
            self._unwanted[key] = socket
            return None

    def _begin(self, number: Any, key: Hashable) -> None:
        with self._lock:
            socket = self._unwanted.pop(key, None)
            if socket is None:
                self._keys[str(number).encode()] = key
                return
            try:
                # Inside the lock: who asks for it once more does so behind this.
                socket.send({"event": "unsubscribe", "chanId": number})
            except NotSent as error:
                _log.debug("a channel that nobody wants was not ended: %s", error)
                self._ending[str(number).encode()] = key

    def _end(self, number: bytes) -> None:
        with self._lock:
            self._keys.pop(number, None)
            self._ending.pop(number, None)

    def _go_on(self, key: Hashable) -> None:
        """A channel is open already: that it was to end, Bitfinex was not told, as that could not be sent."""
        with self._lock:
            for number, its in tuple(self._ending.items()):
                if its == key and key not in self._keys.values():
                    self._keys[number] = self._ending.pop(number)

    def learn(self, event: Json) -> None:
        """Take an event: an acknowledgement tells a channel's number, or that messages are counted from now on."""
        if not isinstance(event, dict):
            return
        match event.get("event"):
            case "subscribed":
                self._begin(event.get("chanId"), key_of(event))
            case "unsubscribed":
                self._end(str(event.get("chanId")).encode())
            case "error" if event.get("code") == DUPLICATE:
                self._go_on(key_of(event))
            case "auth" if event.get("status") == "OK":
                self.account.authenticate(event)
            case "info":
                state = _state_of(event)
                self.account.in_maintenance = state == "maintenance" or (state is None and self.account.in_maintenance)
            case "conf" if event.get("status") == "OK" and isinstance(event.get("flags"), int):
                flags = Flag(event["flags"])
                self._counts = Flag.SEQ_ALL in flags
                self._after_count = 1 if Flag.TIMESTAMP in flags else 0

    def _take(self, number: int) -> None:
        if number != self._count + 1:
            self._doubt(number)
        self._count = number

    def _doubt(self, number: int) -> None:
        """Raise `SequenceGap`, unless the last message was a notification that may not have been counted."""
        if number != self._count or number != self._unsure:
            raise SequenceGap(self._count + 1, number, _LINK)
        self._unsure = 0

    def _route_account(self, frame: bytes) -> Hashable | None:
        kind = frame[frame.index(b'"') + 1 : frame.index(b'"', frame.index(b'"') + 1)].decode()
        if self._counts:
            if kind == "hb":
                self._take(_number_at_end(frame, self._after_count))
            else:
                self._count_account(kind, _trailing(frame)[: -self._after_count or None])
        key = ACCOUNT.get(kind)
        if key is not None and key[1] in KEPT:
            self.account.take(key[1], kind, decode(frame))
        return key

    def _count_account(self, kind: str, numbers: list[int]) -> None:
        if kind == "n":
            # Notifications about requests do not always have both numbers, nor always count.
            if numbers and numbers[0] == self._count + 1:
                self._count += 1
                # A single number may be the account's own, and only by chance the next one of the link.
                self._unsure = self._count if len(numbers) == 1 else 0
            return
        if not numbers:
            raise SequenceGap(self._count + 1, None, _LINK, "a message has no number")
        self._take(numbers[0])
        own = numbers[1] if len(numbers) > 1 else 0
        if own:  # snapshots are not counted
            expected, self._account_count = self._account_count + 1, own
            if own > expected > 1:
                self.missed_account_messages += own - expected
                self.account.gap = (expected, own)


def _number_at_end(frame: bytes, behind: int) -> int:
    """Give the last number of a message, or the one with so many behind it."""
    return int(frame[:-1].rsplit(b",", behind + 1)[1])


def _trailing(frame: bytes) -> list[int]:
    """Give the numbers after the payload."""
    tail = frame[frame.rfind(b"]", 0, -1) + 1 : -1].strip(b", ")
    try:
        return [int(part) for part in tail.split(b",")] if tail else []
    except ValueError:  # the payload is no array
        message = decode(frame)
        return [each for each in message[3:] if type(each) is int] if isinstance(message, list) else []


class Sessions:
    """The sessions of one connection."""

    def __init__(self, filters: Sequence[str] = ()) -> None:
        self.filters = tuple(filters)
        """What of the account is wanted; nothing here: everything."""
        # For as long as they serve: sessions of sockets that are gone are found no more.
        self._open: WeakValueDictionary[int, Session] = WeakValueDictionary()

    def __call__(self, socket: Socket) -> Session:
        """Begin the session of a socket."""
        session = self._open[id(socket)] = Session(socket)
        return session

    def of(self, socket: Socket) -> Session | None:
        """Find the session of a socket."""
        return self._open.get(id(socket))


def route(message: Json) -> Hashable | None:
    """Give the key of an account's message, which its type tells; those of public channels need a `Session`."""
    if isinstance(message, list) and len(message) > 1 and message[0] == 0 and isinstance(message[1], str):
        return ACCOUNT.get(message[1])
    return None


def classify(socket: Socket, message: Json) -> SocketEvent | None:
    """Give the event that a message of no channel stands for; None for answers to our requests."""
    if isinstance(message, list):
        return Heartbeat(socket, raw=message) if len(message) > 1 and message[1] == "hb" else None
    match message.get("event"):
        case "pong":
            return Heartbeat(socket, solicited=True, raw=message)
        case "info":
            return _informed(socket, message)
        case "auth":
            return _authenticated(socket, message)
        case "conf" if message.get("status") != "OK":
            socket.drop(ConnectionClosed(None, "the exchange refused to number its messages"))
        case "error" if message.get("code") == _CONF_FAILED:
            socket.drop(ConnectionClosed(None, "the exchange refused to number its messages"))
    return None


def _informed(socket: Socket, message: dict[str, Any]) -> SocketEvent | None:
    code = message.get("code")
    if code == _STOPS:
        socket.drop(ConnectionClosed(None, "the exchange restarts"))
        return SystemStatus(socket, "restart", is_online=False, raw=message)
    if code == _RESUMES:
        # Its books stand still since the maintenance began, though their link is open.
        socket.drop(ConnectionClosed(None, "the exchange's maintenance has ended"))
        return SystemStatus(socket, "operative", is_online=True, raw=message)
    state = _state_of(message)
    return None if state is None else SystemStatus(socket, state, is_online=state == "operative", raw=message)


def _state_of(message: dict[str, Any]) -> str | None:
    platform = message.get("platform")
    status = platform.get("status") if isinstance(platform, dict) else None
    if message.get("code") == _MAINTENANCE or status == 0:
        return "maintenance"
    return "operative" if message.get("code") == _RESUMES or status == 1 else None


def _authenticated(socket: Socket, message: dict[str, Any]) -> SocketEvent | None:
    if message.get("status") == "OK":
        return Authenticated(socket, message)
    reason = f"{message.get('msg', 'it gave no reason')} ({message.get('code')})"
    # A nonce that is too small was overtaken by another one; the next link has a larger one.
    is_passing = message.get("code") == _NONCE_SMALL
    socket.drop(ConnectionClosed(None, f"authentication: {reason}") if is_passing else AuthRefused(reason))
    return None


def make_dialect(filters: Sequence[str] = ()) -> Dialect:
    """Make what one connection is told of its exchange, with the sessions of its sockets."""
    sessions = Sessions(filters)
    return Dialect(
        "bitfinex",
        route,
        classify,
        session=sessions,
        channels_per_socket=25,
        ping=lambda number: {"event": "ping", "cid": number},
        # Heartbeats come every 15 s for all channels at once.
        heartbeat_timeout=35.0,
        rate=(20.0, 30),
        options={"sessions": sessions},
    )
