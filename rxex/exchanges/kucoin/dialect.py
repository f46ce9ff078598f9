"""How KuCoin's messages are sorted, and the limits that it sets.

Source: KuCoin's WebSocket introduction (welcome, ping, subscribe, limits, error codes), and what was measured of it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from attrs import field, frozen

from rxex.channel import Dialect
from rxex.errors import TokenError
from rxex.events import Heartbeat, Socket, SocketEvent, StatusEvent, SystemStatus
from rxex.typing import Json

__all__ = ["ANNOUNCEMENT", "FUTURES", "REQUEST_ID", "SPOT", "ServerNotice", "classify", "key_of", "ping", "route"]

ANNOUNCEMENT = "/contract/announcement"
REQUEST_ID = re.compile(r"s([0-9]{1,15})-([0-9]{1,5})")
"""The id of a subscribe request and how many topics it asks for.

Errors about a whole link have ids that nobody sent, so ours look like no one else's.
"""

# Topics that are asked for with a symbol or for all symbols at once. Their messages name a symbol in either case, and
# which of the two was asked for cannot be told from them: so each of these is one channel.
_ONE_CHANNEL = {
    "/contractMarket/tradeOrders": "/contractMarket/tradeOrders",
    "/contract/position": "/contract/position",
    "/contract/positionAll": "/contract/position",
}
_TOKEN_REFUSED = 401
_LONGEST_TEXT = 200


@frozen
class ServerNotice(StatusEvent):
    """What KuCoin says about the link as a whole.

    ``kind`` is ``error`` (one that answers none of our requests: too many messages or topics, a ping that came too
    late), ``notice`` or ``command``; ``code`` is that of an error, ``text`` KuCoin's own, at most 200 characters.
    """

    socket: Socket
    kind: str
    text: str
    code: int | None = None
    raw: Json = field(factory=dict, repr=False)


def key_of(topic: str, symbol: object = None) -> Hashable:
    """Give the key of the channel that messages of ``topic`` belong to; ``symbol`` is what their data names.

    >>> key_of("/market/ticker:BTC-USDT"), key_of("/contract/positionAll")
    (('/market/ticker:BTC-USDT',), ('/contract/position',))
    """
    prefix, _, argument = topic.partition(":")
    if prefix in _ONE_CHANNEL:
        return (_ONE_CHANNEL[prefix],)
    if prefix == ANNOUNCEMENT:
        # Documented with the symbol in the topic and without.
        name = argument or symbol
        return (prefix, name) if isinstance(name, str) else (prefix,)
    return (topic,)


def route(message: Json) -> Hashable | None:
    """Tell whose a message is: data have a topic, and the type ``message`` or, announcements of old, none."""
    if not isinstance(message, dict) or message.get("type", "message") != "message":
        return None
    topic = message.get("topic")
    if not isinstance(topic, str):
        return None
    data = message.get("data")
    return key_of(topic, data.get("symbol") if isinstance(data, dict) else None)


def classify(socket: Socket, message: Json) -> SocketEvent | None:
    """Give the event that a message without data stands for; None for answers to our requests, and what is unknown."""
    if not isinstance(message, dict):
        return None
    kind, request_id = message.get("type"), message.get("id")
    if kind == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    if kind == "welcome":
        return SystemStatus(socket, "welcome", is_online=True, raw=message)
    if kind not in ("error", "notice", "command"):
        return None
    if kind == "error" and isinstance(request_id, str) and REQUEST_ID.fullmatch(request_id):
        return None
    code = message.get("code")
    if kind == "error" and code == _TOKEN_REFUSED:
        # Only a new link helps, as it comes with a new token.
        socket.drop(TokenError("ExpiredToken"))
    text = str(message.get("data", message.get("subject", "")))[:_LONGEST_TEXT]
    return ServerNotice(socket, kind, text, code if isinstance(code, int) else None, message)


def ping(number: int) -> Json:
    """Make the ping with this number; its id is no request's."""
    return {"id": f"p{number}", "type": "ping"}


# A connection may send 100 messages in 10 s, pings included: at most 90 here. It is closed after a minute without one.
# How often to ping, and how long to wait for a pong, is told with each token; these are what is told today.
SPOT = Dialect(
    "kucoin",
    route,
    classify,
    batch=100,
    channels_per_socket=400,
    ping=ping,
    ping_interval=18.0,
    pong_timeout=10.0,
    rate=(8.0, 10),
)
"""Spot and margin."""
FUTURES = Dialect(
    "kucoin futures",
    route,
    classify,
    ping=ping,
    ping_interval=18.0,
    pong_timeout=10.0,
    rate=(8.0, 10),
)
