"""How Kraken's public channels are asked for and answered, in v2 and v1.

Sources: Kraken's pages "Subscribe" and "Unsubscribe" of the Spot WebSocket v2 and v1 references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from reactivex import Observable

from rxex.asking import check_names
from rxex.channel import Answer, Channel, MakeRequest, Parse
from rxex.errors import InvalidArgument
from rxex.events import MessageStream, Notice, Socket
from rxex.exchanges.kraken.connection import V1, V2, check_version
from rxex.exchanges.kraken.models import from_v1, to_v1
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["EXPIRED", "Kind", "only_v2", "subscribe", "version_of"]

T = TypeVar("T")
EXPIRED = "ESession:Invalid session"
"""What Kraken says of a token that does not count, or not any more."""
_SYMBOL = re.compile(r"[^/\s]+/[^/\s]+")
_REMEDIES = {
    "Currency pair not supported": "see Kraken's list of pairs; v2 writes BTC/USD and DOGE/USD, v1 XBT/USD and XDG/USD",
    "Currency pair not in ISO 4217-A3 format": "write base and quote with a slash, as in BTC/USD",
}


@frozen
class Kind(Generic[T]):
    """One kind of channel in one version."""

    name: str
    """Kraken's word for it."""
    wire: Any
    """The type of its messages."""
    start: Callable[[str], Parse[T]]
    """Makes the parser for one symbol."""
    options: Mapping[str, Any] = field(factory=dict[str, Any])
    """What is asked for beside the symbol; an unsubscribe says it, too."""
    snapshot: bool | None = None
    """Whether v2 is to send a snapshot first; None: nothing is said about it."""
    part: Any = None
    """The option that is part of the channel's identity: ``book-10`` on v1, the interval of candles on v2."""
    first_timeout: float | None = None
    keeps_last: bool = False
    late: Callable[[Any], T | None] | None = None
    needs_all: bool = False
    batch: int | None = None
    """Symbols of one request, where that is less than usual."""
    of_socket: Callable[[Socket], Mapping[str, Any]] | None = None
    """Makes what else is told with each request on a socket: its token."""

    @property
    def is_parsed(self) -> bool:
        """Whether items are models, and not the messages themselves."""
        return self.wire is not Any


def only_v2(name: str, value: object, version: int) -> None:
    """Raise `InvalidArgument` for what Kraken's v1 does not have."""
    if version == 1:
        raise InvalidArgument(name, value, "Kraken's v1 does not have it; use version 2")


def version_of(messages: Observable[Json], version: int | None) -> int:
    """The version that is spoken: as the user says, else that of the connection."""
    if version is None:
        version = 1 if isinstance(messages, MessageStream) and messages.dialect is V1 else 2
    check_version(version)
    return version


def subscribe(
    kind: Kind[T], symbol: str | Sequence[str] | None, messages: Observable[Json], *, notices: bool, version: int
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    """Subscribe to one kind of channel for a symbol or several; for none where ``symbol`` is None."""
    symbols = [""] if symbol is None else _symbols(symbol, version)
    return subscribe_channel([_channel(kind, each, version) for each in symbols], messages, notices=notices)


def _channel(kind: Kind[T], symbol: str, version: int) -> Channel[T]:
    request, answers, dialect = (_request_v1, _answers_v1, V1) if version == 1 else (_request_v2, _answers_v2, V2)
    return Channel(
        name=kind.name,
        symbol=symbol,
        key=_key_v1(kind, symbol) if version == 1 else _key_v2(kind.name, symbol, kind.part),
        wire=kind.wire,
        start=lambda: kind.start(symbol),
        subscribe=request("subscribe", kind),
        unsubscribe=request("unsubscribe", kind),
        answer=answers,
        route=dialect.route,
        group=(
            kind.name,
            kind.is_parsed,
            kind.snapshot,
            *(f"{name}={kind.options[name]!r}" for name in sorted(kind.options)),
        ),
        first_timeout=kind.first_timeout,
        keeps_last=kind.keeps_last,
        late=kind.late,
        needs_all=kind.needs_all,
        batch=kind.batch,
    )


def _key_v1(kind: Kind[Any], symbol: str) -> Hashable:
    name = kind.name if kind.part is None else f"{kind.name}-{kind.part}"
    return name, to_v1(symbol)


def _key_v2(*parts: Hashable) -> Hashable:
    return tuple(part for part in parts if part not in {None, ""})


def _request_v2(method: str, kind: Kind[Any]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, socket: Socket) -> Json:
        params: dict[str, Any] = {"channel": kind.name}
        symbols = [channel.symbol for channel in channels if channel.symbol]
        if symbols:
            params["symbol"] = symbols
        params |= kind.options
        if method == "subscribe" and kind.snapshot is not None:
            params["snapshot"] = kind.snapshot
        if kind.of_socket is not None:
            params |= kind.of_socket(socket)
        return {"method": method, "params": params, "req_id": request_id}

    return make


def _request_v1(event: str, kind: Kind[Any]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        pairs = [to_v1(channel.symbol) for channel in channels]
        return {"event": event, "reqid": request_id, "pair": pairs, "subscription": {"name": kind.name, **kind.options}}

    return make


def _answers_v2(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict) or message.get("success") not in {True, False}:
        return
    request_id, error = message.get("req_id"), message.get("error")
    if message["success"]:
        result = message.get("result")
        if message.get("method") == "subscribe" and isinstance(result, dict):
            yield Answer(request_id, _key_v2(result.get("channel"), result.get("symbol"), result.get("interval")))
    elif isinstance(error, str):
        yield _no(error, request_id, message.get("symbol"))


def _answers_v1(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict):
        return
    if "Error" in message:
        yield Answer(error=str(message["Error"]), transient=True)
    if message.get("event") not in {"subscriptionStatus", "error"}:
        return
    request_id, pair, error = message.get("reqid"), message.get("pair"), message.get("errorMessage")
    symbol = from_v1(pair) if isinstance(pair, str) else None
    if message.get("status") == "subscribed":
        yield Answer(request_id, (message.get("channelName"), pair))
    elif isinstance(error, str):
        yield _no(error, request_id, symbol)


def _no(error: str, request_id: int | None, symbol: str | None) -> Answer:
    if error == "Already subscribed":
        return Answer(request_id, symbol=symbol)
    remedy = next((remedy for text, remedy in _REMEDIES.items() if error.startswith(text)), "")
    is_rate = "rate" in error.lower() or "Too many requests" in error
    expired = error.startswith(EXPIRED)
    return Answer(request_id, symbol=symbol, error=error, transient=is_rate, expired=expired, remedy=remedy)


def _symbols(symbol: str | Sequence[str], version: int) -> list[str]:
    """Check symbols before anything is sent; v1's own names are taken on v1 only."""
    symbols = check_names("symbol", symbol, _SYMBOL, "write base and quote with a slash, as in 'BTC/USD'")
    for each in symbols:
        if version == 2 and from_v1(each) != each:
            raise InvalidArgument("symbol", each, f"Kraken's v2 calls it {from_v1(each)!r}")
    return [from_v1(each) for each in symbols]
