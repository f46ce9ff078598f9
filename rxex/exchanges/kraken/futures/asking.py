"""How Kraken's futures feeds are asked for and answered.

The exchange acknowledges each product of a request by name, but its errors and alerts name neither request nor product.
One is taken to be about the oldest request without an answer. As this is not promised, and as a request can ask for
several products, each product of that request is asked for again by itself; only the second error about it refuses it.

Sources: the pages of the Futures WebSocket reference; the texts of alerts are as recorded by clients.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import reactivex as rx
from attrs import Factory, define, frozen
from reactivex import Observable

from rxex.asking import check_names
from rxex.channel import Answer, Channel, Dialect, MakeRequest, Parse
from rxex.errors import ConnectionClosed, InvalidArgument
from rxex.events import MessageStream, Notice, Socket
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["Kind", "Proven", "Requests", "about_subscriptions", "check_products", "proof_of", "route", "subscribe"]

T = TypeVar("T")
_PRODUCT = re.compile(r"[A-Z0-9]+(_[A-Z0-9.:]+)+", re.IGNORECASE | re.ASCII)
_RATE = re.compile(r"\brate", re.IGNORECASE)
_LATE = timedelta(seconds=10)
_ALREADY = "Already subscribed to feed"
_UNAUTHENTICATED = "Failed to subscribe to authenticated feed"
# What an alert can say about a request that is no subscription.
_UNRELATED = ("Not subscribed to feed",)
_REMEDIES = {
    "Invalid product id": "see Kraken's list of instruments; bitcoin is XBT there, as in 'PF_XBTUSD'",
    _UNAUTHENTICATED: "check that the key is a futures key that may read this",
}


def route(message: Json) -> Hashable | None:
    """Tell whose a message is: the feed (a snapshot's is that of what follows it) and the product, where it has one."""
    if not isinstance(message, dict) or "event" in message:
        return None
    feed, product = message.get("feed"), message.get("product_id")
    if not isinstance(feed, str) or feed == "heartbeat":
        return None
    feed = feed.removesuffix("_snapshot")
    return (feed, product.upper()) if isinstance(product, str) else (feed,)


def about_subscriptions(text: str) -> bool:
    """Tell whether an alert or an error can only be about a subscription."""
    known = (_ALREADY, _UNAUTHENTICATED, *_UNRELATED, *_REMEDIES, "Invalid feed")
    return _RATE.search(text) is not None or text.startswith(known)


@define
class _Request:
    id: int
    socket: Socket
    time: datetime
    keys: set[Hashable]


class Requests:
    """The subscriptions that were asked for on one connection and are not answered yet, oldest first."""

    def __init__(self) -> None:
        self._open: list[_Request] = []
        self._suspects: set[Hashable] = set()
        self._proven: list[tuple[Socket, Hashable]] = []
        # Asked from any thread, answered on the socket's.
        self._lock = threading.Lock()

    def add(self, request_id: int, keys: Sequence[Hashable], socket: Socket) -> None:
        """Remember a request that is about to be sent."""
        with self._lock:
            self._forget_old(socket)
            self._open.append(_Request(request_id, socket, socket.scheduler.now, set(keys)))

    def answers(self, message: Json) -> Sequence[Answer]:
        """Tell what a message that belongs to no feed answers."""
        if not isinstance(message, dict) or not isinstance(message.get("event"), str):
            return ()
        # Some acknowledgements are documented with a blank at their end.
        event, text = message["event"].strip(), str(message.get("message", message["event"]))
        if event in {"subscribed", "subscribed_failed"}:
            keys = _keys_of(message)
            with self._lock:
                for key in keys:
                    self._take(key, is_proven="signed_challenge" in message)
            return [Answer(key=key) if event == "subscribed" else _no(text, key=key) for key in keys]
        if event not in {"error", "alert"} or text.startswith(_UNRELATED):
            return ()
        if _RATE.search(text):
            with self._lock:
                self._open.clear()  # whatever waits will be asked for again
            return (Answer(error=text, transient=True),)
        return self._about_the_oldest(text)

    def _about_the_oldest(self, text: str) -> Sequence[Answer]:
        with self._lock:
            if self._open:
                self._forget_old(self._open[-1].socket)
            if not self._open:
                return ()
            request = self._open.pop(0)
            is_alone = not self._open and len(request.keys) == 1
            is_suspect = is_alone or request.keys <= self._suspects
            was_proven = any((request.socket, key) in self._proven for key in request.keys)
            self._suspects -= request.keys
            if not is_suspect:
                self._suspects |= request.keys
        if text.startswith(_ALREADY):
            return [Answer(request.id, key) for key in request.keys]
        if text.startswith(_UNAUTHENTICATED) and was_proven:
            # The same proof was good for this feed before; it has grown too old, and a new link gets a new one.
            request.socket.drop(ConnectionClosed(None, f"the exchange does not take our proof any more: {text}"))
            return ()
        if is_suspect and len(request.keys) == 1:
            return (_no(text, id=request.id),)
        return (Answer(request.id, error=text, transient=True),)

    def _take(self, key: Hashable, *, is_proven: bool) -> None:
        self._suspects.discard(key)
        for request in self._open:
            if key in request.keys:
                request.keys.discard(key)
                if is_proven:
                    self._proven = [each for each in self._proven if each[0] == request.socket and each[1] != key]
                    self._proven.append((request.socket, key))
        self._open = [request for request in self._open if request.keys]

    def _forget_old(self, socket: Socket) -> None:
        since = socket.scheduler.now - _LATE
        self._open = [request for request in self._open if request.socket == socket and request.time > since]


def _no(text: str, **about: Any) -> Answer:
    remedy = next((remedy for start, remedy in _REMEDIES.items() if text.startswith(start)), "")
    return Answer(**about, error=text, remedy=remedy)


def _keys_of(message: Mapping[str, Any]) -> list[Hashable]:
    feed, products = message.get("feed"), message.get("product_ids")
    if isinstance(products, list) and products and feed not in _WITHOUT_PRODUCTS:
        return [(feed, product.upper()) for product in products if isinstance(product, str)]
    return [(feed,)]


# The one feed that may be asked for of some products, and is one feed all the same.
_WITHOUT_PRODUCTS = {"fills"}


@frozen
class Kind(Generic[T]):
    """One feed of the venue."""

    name: str
    """The venue's word for it."""
    wire: Any
    """The type of its messages."""
    start: Callable[[str], Callable[[], Parse[T]]]
    """Makes, for one product and one subscription, what makes the parser of each socket."""
    options: Mapping[str, Any] = Factory(dict)
    """What is asked for beside the products."""
    variant: Hashable = None
    """What else makes it another feed than one of the same name; both cannot be had on one connection."""
    private: bool = False
    first_timeout: float | None = None
    keeps_last: bool = False
    late: Callable[[Any], T | None] | None = None
    needs_all: bool = False


def subscribe(
    kind: Kind[T], products: str | Sequence[str] | None, messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, Any]:
    """Subscribe to one feed of a product or several; of none where ``products`` is None."""
    symbols = [""] if products is None else check_products(products)

    def _subscribe(sockets: Observable[Socket | None]) -> Observable[T | Notice]:
        def begin(_: object) -> Observable[T | Notice]:
            # Anew for each subscription: parsers and the memory of requests are its own.
            requests = _requests_of(messages)
            channels = [_channel(kind, symbol, requests) for symbol in symbols]
            feeds: Operator[Socket | None, Any] = subscribe_channel(channels, messages, notices=notices)
            return sockets.pipe(feeds)

        return rx.defer(begin)

    return _subscribe


def check_products(products: str | Sequence[str]) -> list[str]:
    """Give the ids of products as the exchange writes them; raises `InvalidArgument` for what cannot be one."""
    names = check_names("product", products, _PRODUCT, "write it as Kraken's futures do, as in 'PF_XBTUSD'")
    return [name.upper() for name in names]


@runtime_checkable
class Proven(Protocol):
    """A socket that can prove who we are."""

    def proof(self) -> Mapping[str, str]:
        """Give the parts of a private request that do so."""
        ...


def proof_of(socket: Socket) -> Mapping[str, str]:
    """Give the parts of a private request that prove who asks; raises `InvalidArgument` on a socket without them."""
    if not isinstance(socket, Proven):
        raise InvalidArgument("socket", socket, "private feeds need the sockets of authenticated_socket()")
    return socket.proof()


def _requests_of(messages: Observable[Json]) -> Requests:
    dialect = messages.dialect if isinstance(messages, MessageStream) else None
    requests = dialect.options.get("requests") if isinstance(dialect, Dialect) else None
    return requests if isinstance(requests, Requests) else Requests()


def _channel(kind: Kind[T], symbol: str, requests: Requests) -> Channel[T]:
    return Channel(
        name=kind.name,
        symbol=symbol,
        key=(kind.name, symbol) if symbol else (kind.name,),
        wire=kind.wire,
        start=kind.start(symbol),
        subscribe=_request("subscribe", kind, requests),
        unsubscribe=_request("unsubscribe", kind, requests),
        answer=requests.answers,
        route=route,
        group=(kind.name, kind.variant, *sorted(f"{name}={value!r}" for name, value in kind.options.items())),
        first_timeout=kind.first_timeout,
        keeps_last=kind.keeps_last,
        late=kind.late,
        needs_all=kind.needs_all,
    )


def _request(event: str, kind: Kind[Any], requests: Requests) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, socket: Socket) -> Json:
        request: dict[str, Any] = {"event": event, "feed": kind.name}
        products = [channel.symbol for channel in channels if channel.symbol]
        if products:
            request["product_ids"] = products
        request |= kind.options
        if kind.private:
            request |= proof_of(socket)
        if event == "subscribe":
            requests.add(request_id, [channel.key for channel in channels], socket)
        return request

    return make
