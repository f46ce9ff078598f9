"""How Bitfinex's public channels are asked for and answered.

Source: Bitfinex's pages "WebSocket general" (subscribe, unsubscribe, error codes) and "Public channels".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from reactivex import Observable

from rxex.asking import check_names
from rxex.channel import Answer, Channel, Parse
from rxex.errors import InvalidArgument
from rxex.events import MessageStream, Notice, Socket
from rxex.exchanges.bitfinex.dialect import DUPLICATE, Session, Sessions, key_of, route
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["FUNDING", "PAIR", "Kind", "check_symbols", "sessions_of", "subscribe"]

T = TypeVar("T")
PAIR = re.compile(r"t[A-Z0-9]{3,}(?::[A-Z0-9]+)?")
FUNDING = re.compile(r"f[A-Z0-9]{2,}")
_REMEDIES = {
    PAIR: "Bitfinex writes pairs as 'tBTCUSD', 'tDOGE:USD', 'tBTCF0:USTF0'; USDT is UST",
    FUNDING: "Bitfinex writes currencies of funding as 'fUSD'; USDT is UST",
}
_LIMIT = 10305
# "Not ready, try later", "concurrency error", "rate limit".
_PASSING = {10008, 11000, 11010}


@frozen
class Kind(Generic[T]):
    """One kind of channel."""

    name: str
    """Bitfinex's word for it."""
    start: Callable[[str], Parse[T]]
    """Makes the parser for one symbol."""
    wire: Any = list[Any]
    """The type of its messages."""
    options: Mapping[str, str] = field(factory=dict[str, str])
    """What is asked for beside the symbol."""
    key_of_symbol: Callable[[str], str] | None = None
    """Makes the ``key`` of channels that have one instead of a symbol."""
    first_timeout: float | None = 10.0
    keeps_last: bool = False
    late: Callable[[Any], T | None] | None = None
    needs_all: bool = False
    variant: Hashable = None
    """What a subscriber chooses beside what is asked for: two who choose differently cannot share the channel."""


def check_symbols(symbol: str | Sequence[str], pattern: re.Pattern[str] = PAIR) -> list[str]:
    """Check symbols before anything is sent."""
    return check_names("symbol", symbol, pattern, _REMEDIES[pattern])


def subscribe(
    kind: Kind[T], symbols: list[str], messages: Observable[Json], *, notices: bool, sub_id: str | None = None
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    """Subscribe to one kind of channel for symbols; ``sub_id`` is how the request is called on the wire."""
    if sub_id is not None and len(symbols) > 1:
        raise InvalidArgument("sub_id", sub_id, "one name is for one symbol; leave it out for several")
    followed = _Followed(messages)
    return subscribe_channel([_channel(kind, each, followed, sub_id) for each in symbols], messages, notices=notices)


def sessions_of(messages: Observable[Json]) -> Sessions | None:
    """Give the sessions of the connection that messages are of; None for any other stream."""
    options = getattr(messages.dialect, "options", {}) if isinstance(messages, MessageStream) else {}
    sessions = options.get("sessions")
    return sessions if isinstance(sessions, Sessions) else None


class _Followed:
    """The numbers that stand for channels: those of the connection, or followed on any other stream of messages."""

    def __init__(self, messages: Observable[Json]) -> None:
        self._sessions = sessions_of(messages)
        self._own = Session()

    def route(self, message: Json) -> Hashable | None:
        """Give the key of the channel that a message of a plain stream belongs to."""
        if isinstance(message, dict):
            self._own.learn(message)
            return None
        if len(message) < 2 or message[1] == "hb":
            return None
        return route(message) if message[0] == 0 else self._own.find(message[0])

    def want(self, socket: Socket, key: Hashable) -> None:
        """A channel is about to be asked for."""
        session = self._of(socket)
        if session is not None:
            session.want(key)

    def release(self, socket: Socket, key: Hashable) -> int | None:
        """Give the number of a channel that is to end, if it has one."""
        session = self._of(socket)
        return None if session is None else session.release(key, socket)

    def _of(self, socket: Socket) -> Session | None:
        return self._own if self._sessions is None else self._sessions.of(socket)


def _channel(kind: Kind[T], symbol: str, followed: _Followed, sub_id: str | None) -> Channel[T]:
    named = {"symbol": symbol} if kind.key_of_symbol is None else {"key": kind.key_of_symbol(symbol)}
    asked = {"channel": kind.name, **named, **kind.options}
    key = key_of(asked)

    def ask(_: Sequence[Channel[Any]], request_id: int, socket: Socket) -> Json:
        followed.want(socket, key)
        return {"event": "subscribe", **asked, "subId": str(request_id) if sub_id is None else sub_id}

    def end(_: Sequence[Channel[Any]], __: int, socket: Socket) -> Json | None:
        number = followed.release(socket, key)
        return None if number is None else {"event": "unsubscribe", "chanId": number}

    return Channel(
        name=kind.name,
        symbol=symbol,
        key=key,
        wire=kind.wire,
        start=lambda: kind.start(symbol),
        subscribe=ask,
        unsubscribe=end,
        answer=_answers,
        route=followed.route,
        group=(kind.name, kind.variant),
        first_timeout=kind.first_timeout,
        keeps_last=kind.keeps_last,
        late=kind.late,
        needs_all=kind.needs_all,
    )


def _answers(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict) or "channel" not in message:
        return
    if message.get("event") == "subscribed" or message.get("code") == DUPLICATE:
        yield Answer(key=key_of(message))
    elif message.get("event") == "error":
        code = message.get("code")
        remedy = "the socket is full; use a connection of its own" if code == _LIMIT else ""
        error = f"{message.get('msg', 'no reason')} ({code})"
        yield Answer(key=key_of(message), error=error, transient=code in _PASSING, remedy=remedy)
