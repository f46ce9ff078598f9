"""How messages of KuCoin's Pro sockets are sorted, and the limits that it sets.

Sources: KuCoin's pages on the Pro (unified) WebSocket, and what was measured of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rxex.channel import Dialect
from rxex.events import Heartbeat, Socket, SocketEvent, SystemStatus
from rxex.exchanges.kucoin.dialect import REQUEST_ID, ServerNotice
from rxex.typing import Json

__all__ = ["PRO", "classify", "is_welcome", "key_of", "kind_of", "ping", "route", "text_in"]

_SPELLINGS = {
    "markPrice": "mark-price",
    "fundingFee": "funding-fee",
    "fundingFeeAllSymbols": "funding-fee-all-symbols",
}
"""Names of channels as other clients spell them, and as the wire does."""
_ONE_MARKET = {"mark-price", "funding-fee", "funding-fee-all-symbols"}
"""Channels of futures alone, whose messages do not say so."""
_SYMBOL = ("symbol",)
_PARTS: Mapping[str, tuple[str, ...]] = {
    "ticker": _SYMBOL,
    "trade": _SYMBOL,
    "kline": ("symbol", "interval"),
    "obu": ("depth", "symbol"),
    "mark-price": _SYMBOL,
    "funding-fee": _SYMBOL,
    "order": _SYMBOL,
    "position": _SYMBOL,
}
"""What tells channels of one name apart; of others there is one for each kind of account or trade."""
_LONGEST_TEXT = 200


def kind_of(channel: str, trade_type: str = "") -> str:
    """Give the first word of the messages of a channel, in the spelling of the wire.

    >>> kind_of("ticker", "SPOT"), kind_of("markPrice", "FUTURES")
    ('ticker.SPOT', 'mark-price')
    """
    name = _SPELLINGS.get(channel, channel)
    return name if name in _ONE_MARKET or not trade_type else f"{name}.{trade_type}"


def key_of(kind: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the key of the channel of messages of ``kind``; ``told`` is what they, or a request, say of it.

    >>> key_of("kline.SPOT", {"symbol": "BTC-USDT", "interval": "1min", "depth": None})
    ('kline.SPOT', 'BTC-USDT', '1min')
    """
    return (kind, *(str(told.get(part)) for part in _PARTS.get(kind.partition(".")[0], ())))


def route(message: Json) -> tuple[str, ...] | None:
    """Tell whose a message is: data say in ``T`` of which kind they are."""
    if not isinstance(message, dict):
        return None
    word, data = message.get("T"), message.get("d")
    if not isinstance(word, str):
        return None
    channel, _, trade_type = word.partition(".")
    if not isinstance(data, dict):
        return (kind_of(channel, trade_type),)
    told = {"symbol": data.get("s"), "interval": data.get("i"), "depth": message.get("dp")}
    return key_of(kind_of(channel, trade_type), told)


def is_welcome(message: Mapping[str, Any]) -> bool:
    """Tell the first word of a server."""
    return "welcome" in (message.get("message"), message.get("type")) and "result" not in message


def text_in(message: Mapping[str, Any]) -> str:
    """Give what an error says, at most 200 characters."""
    for name in ("message", "reason", "msg", "data", "code"):
        if message.get(name) is not None:
            return str(message[name])[:_LONGEST_TEXT]
    return "no reason was given"


def classify(socket: Socket, message: Json) -> SocketEvent | None:
    """Give the event that a message without data stands for; None for answers to our requests, and what is unknown."""
    if not isinstance(message, dict):
        return None
    if "pong" in (message.get("type"), message.get("op")):
        return Heartbeat(socket, solicited=True, raw=message)
    if is_welcome(message):
        return SystemStatus(socket, "welcome", is_online=True, raw=message)
    if message.get("result") is not False and message.get("type") != "error":
        return None
    if REQUEST_ID.fullmatch(str(message.get("id"))):
        return None
    code = message.get("code")
    number = int(code) if isinstance(code, int | str) and str(code).isdecimal() else None
    return ServerNotice(socket, "error", text_in(message), number, message)


def ping(number: int) -> Json:
    """Make the ping with this number; its id is no request's."""
    return {"id": f"p{number}", "type": "ping"}


# Pages differ: of early 2026, 100 messages in 10 s and 200 topics a connection; of September, 300 and 600. These keep
# to the lower ones, pings included. A link is closed after a minute without a subscription or a ping.
PRO = Dialect(
    "kucoin pro",
    route,
    classify,
    batch=100,
    channels_per_socket=200,
    ping=ping,
    ping_interval=20.0,
    pong_timeout=10.0,
    rate=(8.0, 10),
)
"""Spot, futures and private channels."""
