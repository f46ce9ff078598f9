"""How KuCoin's channels are asked for and answered.

A topic is a prefix and, behind a colon, one symbol or several. The exchange acknowledges whole requests by their id,
and symbols that it does not know as well: those stay silent, which is why channels say how soon they expect data.

Sources: KuCoin's pages "Subscribe", "Ack" and "Rate limit" of its WebSocket introduction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen
from reactivex import Observable

from rxex.asking import as_it_comes, check_names
from rxex.channel import Answer, Channel, MakeRequest, Parse
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.dialect import ANNOUNCEMENT, REQUEST_ID, key_of, route
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["Kind", "answers", "check_contracts", "check_currencies", "check_symbols", "subscribe", "subscribe_topics"]

T = TypeVar("T")
_SYMBOL = re.compile(r"[A-Za-z0-9]+-[A-Za-z0-9]+")
_CONTRACT = re.compile(r"\.?[A-Za-z0-9]+")
_CURRENCY = re.compile(r"[A-Za-z0-9]+")
_TOPIC = re.compile(r"/[A-Za-z0-9/_-]+(:[^\s:,\"\\]+(,[^\s:,\"\\]+)*)?")
_MOST_TOPICS = 100
_TOO_MUCH = 509
_REMEDIES = {
    400: "see KuCoin's list of symbols",
    403: "it needs the sockets of a private connection",
    404: "see KuCoin's list of topics; spot and futures have their own servers",
}


@frozen
class Kind(Generic[T]):
    """One kind of channel."""

    topic: str
    """What stands before the colon."""
    wire: Any
    """The type of its messages."""
    start: Callable[[str], Parse[T]]
    """Makes the parser for one symbol."""
    suffix: str = ""
    """What stands behind the symbol: the interval of candles."""
    batch: int | None = None
    """Symbols of one request, where that is less than usual."""
    variant: str = ""
    """Tells apart what cannot be had of one topic on one connection."""
    private: bool = False
    first_timeout: float | None = None
    stale_after: float | None = None
    keeps_last: bool = False
    late: Callable[[Any], T | None] | None = None
    fetch: Callable[[str], Observable[Any]] | None = None
    """Gets what the parser for one symbol needs besides messages."""
    needs_all: bool = False

    def topic_of(self, symbol: str) -> str:
        """The topic of one symbol, or the one of a channel without any."""
        return f"{self.topic}:{symbol}{self.suffix}" if symbol else self.topic


def check_symbols(symbol: str | Sequence[str]) -> list[str]:
    """Give one symbol or several of the spot market; raises `InvalidArgument` for what cannot be one."""
    return check_names("symbol", symbol, _SYMBOL, "write base and quote with a hyphen, as in 'BTC-USDT'")


def check_contracts(symbol: str | Sequence[str]) -> list[str]:
    """Give one contract or several; raises `InvalidArgument` for what cannot be one."""
    return check_names("symbol", symbol, _CONTRACT, "write it as KuCoin's futures do, as in 'XBTUSDTM'")


def check_currencies(currency: str | Sequence[str]) -> list[str]:
    """Give one currency or several; raises `InvalidArgument` for what cannot be one."""
    return check_names("currency", currency, _CURRENCY, "write it as KuCoin does, as in 'BTC'")


def subscribe(
    kind: Kind[T], symbols: Sequence[str] | None, messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    """Subscribe to one kind of channel for symbols that were checked; for none where they are None."""
    names = [""] if symbols is None else symbols
    channels = [_channel(kind, each) for each in names]
    return subscribe_channel(channels, messages, notices=notices)


def subscribe_topics(
    topic: str | Sequence[str], messages: Observable[Json], *, private: bool, notices: bool
) -> Operator[Socket | None, Json] | Operator[Socket | None, Json | Notice]:
    """Subscribe to topics, each with its symbols behind a colon and commas, and give their messages as they come."""
    channels: dict[Any, Channel[Json]] = {}
    remedy = "write it as KuCoin does, as in '/market/ticker:BTC-USDT'"
    for each in check_names("topic", topic, _TOPIC, remedy):
        prefix, _, arguments = each.partition(":")
        symbols = arguments.split(",")
        if prefix == ANNOUNCEMENT and not arguments:
            raise InvalidArgument("topic", each, f"name a contract, as in '{ANNOUNCEMENT}:XBTUSDTM'")
        tells_symbols = key_of(f"{prefix}:symbol") != key_of(prefix)
        kind: Kind[Json] = Kind(
            prefix,
            Any,
            lambda _: as_it_comes,
            # Not all topics can be joined; the user knows which.
            batch=min(len(symbols), _MOST_TOPICS),
            variant="raw" if tells_symbols else f"raw {arguments}",
            private=private,
        )
        for symbol in symbols:
            channel = _channel(kind, symbol)
            if channels.setdefault(channel.key, channel).symbol != symbol:
                raise InvalidArgument("topic", each, "its messages are those of another topic that is asked for here")
    return subscribe_channel(list(channels.values()), messages, notices=notices)


def _channel(kind: Kind[T], symbol: str) -> Channel[T]:
    topic, fetch = kind.topic_of(symbol), kind.fetch
    channel = Channel(
        name=f"{kind.topic}{kind.suffix}",
        symbol=symbol,
        key=key_of(topic),
        wire=kind.wire,
        start=lambda: kind.start(symbol),
        subscribe=_request("subscribe", kind),
        unsubscribe=_request("unsubscribe", kind),
        answer=answers,
        route=route,
        group=(kind.topic, kind.suffix, kind.variant, kind.private),
        batch=kind.batch,
        first_timeout=kind.first_timeout,
        stale_after=kind.stale_after,
        keeps_last=kind.keeps_last,
        late=kind.late,
        needs_all=kind.needs_all,
    )
    return channel if fetch is None else evolve(channel, fetch=lambda: fetch(symbol))


def _request(verb: str, kind: Kind[Any]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        names = ",".join(f"{channel.symbol}{kind.suffix}" for channel in channels if channel.symbol)
        return {
            "id": f"s{request_id}-{len(channels)}",
            "type": verb,
            "topic": f"{kind.topic}:{names}" if names else kind.topic,
            "privateChannel": kind.private,
            "response": True,
        }

    return make


def answers(message: Json) -> Iterator[Answer]:
    """Tell what a message that belongs to no channel answers."""
    if not isinstance(message, dict):
        return
    ours = REQUEST_ID.fullmatch(str(message.get("id")))
    if ours is None:
        return
    request_id, count = map(int, ours.groups())
    if message.get("type") == "ack":
        yield Answer(request_id)
    elif message.get("type") == "error":
        code = message.get("code")
        remedy = _REMEDIES.get(code, "") if isinstance(code, int) else ""
        # One topic that is refused must not take the others of its request with it: each is asked for again alone.
        transient = code == _TOO_MUCH or count > 1
        yield Answer(request_id, error=str(message.get("data", code)), transient=transient, remedy=remedy)
