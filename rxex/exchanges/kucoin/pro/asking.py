"""How Pro channels are asked for and answered: one action for each symbol, answered by yes or no.

Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from reactivex import Observable

from rxex.asking import as_it_comes, check_names
from rxex.channel import Answer, Channel, MakeRequest, Parse
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.dialect import REQUEST_ID
from rxex.exchanges.kucoin.pro.dialect import key_of, kind_of, route, text_in
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["Kind", "answers", "check_symbols", "is_spot", "subscribe", "subscribe_mine", "subscribe_request"]

T = TypeVar("T")
_SYMBOL = re.compile(r"[A-Za-z0-9]+-[A-Za-z0-9]+|\.?[A-Za-z0-9]+")
_CONTRACT = re.compile(r"\.?[A-Za-z0-9]+")
_OURS = ("id", "action", "symbols")
_TYPES = ("tradeType", "accountType")


@frozen
class Kind(Generic[T]):
    """One kind of channel."""

    channel: str
    wire: Any
    """The type of its messages."""
    start: Callable[[str], Parse[T]]
    """Makes the parser for one symbol."""
    more: Mapping[str, Any] = field(factory=dict)
    """What a request says besides channel and symbol."""
    variant: str = ""
    """Tells apart what cannot be had of one channel on one connection."""
    batch: int = 1
    """Symbols of one request."""
    has_symbol: bool = True
    """Whether it is about one symbol, or about all of an account."""
    first_timeout: float | None = None
    stale_after: float | None = None
    keeps_last: bool = False
    late: Callable[[Any], T | None] | None = None
    needs_all: bool = False


def is_spot(symbol: str) -> bool:
    """Tell pairs of the spot market from contracts.

    >>> is_spot("BTC-USDT"), is_spot("XBTUSDTM")
    (True, False)
    """
    return "-" in symbol


def check_symbols(symbol: str | Sequence[str], *, is_contract: bool = False) -> list[str]:
    """Give one symbol or several, of spot or of futures; raises `InvalidArgument` for what cannot be one."""
    remedy = "write it as KuCoin does, as in 'BTC-USDT' or 'XBTUSDTM'"
    return check_names("symbol", symbol, _CONTRACT if is_contract else _SYMBOL, remedy)


def subscribe(
    kind: Kind[T], symbols: Sequence[str], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    """Subscribe to one kind of channel for symbols that were checked."""
    channels = [_channel(kind, {"tradeType": "SPOT" if is_spot(each) else "FUTURES"}, each) for each in symbols]
    return subscribe_channel(channels, messages, notices=notices)


def subscribe_mine(
    kind: Kind[T], of: Mapping[str, str], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    """Subscribe to a channel without symbols, ``of`` a kind of account or trade, whose word stands for a symbol."""
    return subscribe_channel([_channel(kind, of, *of.values())], messages, notices=notices)


def subscribe_request(
    request: Mapping[str, Any], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, Json] | Operator[Socket | None, Json | Notice]:
    """Subscribe with a request of the user's, and give the messages as they come."""
    channel, symbol = request.get("channel"), request.get("symbol", "")
    if not isinstance(channel, str) or not channel:
        raise InvalidArgument("request", request, "name a channel, as in {'channel': 'ticker', …}")
    if not isinstance(symbol, str) or any(name in request for name in _OURS):
        raise InvalidArgument("request", request, "give one 'symbol' at a time, and neither 'id' nor 'action'")
    of = {name: str(request[name]) for name in _TYPES if name in request}
    more = {name: value for name, value in request.items() if name not in {"channel", "symbol", *of}}
    kind: Kind[Json] = Kind(channel, Any, lambda _: as_it_comes, more, variant="raw", has_symbol=bool(symbol))
    return subscribe_channel([_channel(kind, of, symbol)], messages, notices=notices)


def _channel(kind: Kind[T], of: Mapping[str, str], symbol: str) -> Channel[T]:
    word = kind_of(kind.channel, next(iter(of.values()), ""))
    parts = [str(kind.more[name]) for name in ("depth", "interval") if name in kind.more]
    return Channel(
        name=".".join([kind.channel, *parts]),
        symbol=symbol,
        key=key_of(word, {**kind.more, "symbol": symbol}),
        wire=kind.wire,
        start=lambda: kind.start(symbol),
        subscribe=_request("SUBSCRIBE", kind, of),
        unsubscribe=_request("UNSUBSCRIBE", kind, of),
        answer=answers,
        route=route,
        group=(kind.channel, *of.items(), str(kind.more), kind.variant),
        batch=kind.batch,
        first_timeout=kind.first_timeout,
        stale_after=kind.stale_after,
        keeps_last=kind.keeps_last,
        late=kind.late,
        needs_all=kind.needs_all,
    )


def _request(action: str, kind: Kind[Any], of: Mapping[str, str]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        symbols = [channel.symbol for channel in channels]
        named: dict[str, Any] = {"symbols": symbols} if len(symbols) > 1 else {"symbol": symbols[0]}
        return {
            "id": f"s{request_id}-{len(symbols)}",
            "action": action,
            "channel": kind.channel,
            **of,
            **(named if kind.has_symbol else {}),
            **kind.more,
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
    if message.get("result") is True:
        yield Answer(request_id)
    elif message.get("result") is False or message.get("type") == "error":
        # One symbol that is refused must not take the others of its request with it: each is asked for again alone.
        yield Answer(request_id, error=text_in(message), transient=count > 1, remedy="see KuCoin's Pro channels")
