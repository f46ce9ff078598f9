"""Frames of Kraken's futures as its pages and clients show them, and what a simulated exchange would answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from rxex.events import Malformed, SocketEvent
from rxex.exchanges.kraken.futures.connection import make_dialect
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection, marble_connection

TICKER = (
    b'{"time":1676393235406,"product_id":"PI_XBTUSD","funding_rate":-6.2604214e-11,'
    b'"funding_rate_prediction":-3.65989977e-10,"relative_funding_rate":-1.380384722222e-6,'
    b'"relative_funding_rate_prediction":-8.047629166667e-6,"next_funding_rate_time":1676394000000,"feed":"ticker",'
    b'"bid":21978.5,"ask":21987.0,"bid_size":2536.0,"ask_size":13948.0,"volume":31403908.0,"dtm":0,"leverage":"50x",'
    b'"index":21984.54,"premium":-0.0,"last":21983.5,"change":1.9974017538161748,"suspended":false,"tag":"perpetual",'
    b'"pair":"XBT:USD","openInterest":30072580.0,"markPrice":21979.68641534714,"maturityTime":0,"post_only":false,'
    b'"volumeQuote":31403908.0,"open":21968.5,"high":22123.0,"low":21456.0}'
)
TICKER_LITE = (
    b'{"feed":"ticker_lite","product_id":"PI_XBTUSD","bid":34932,"ask":34949.5,"change":3.3705205220015966,'
    b'"premium":0.1,"volume":264126741,"tag":"perpetual","pair":"XBT:USD","dtm":0,"maturityTime":0,'
    b'"volumeQuote":264126741}'
)
TRADE = (
    b'{"feed":"trade","product_id":"PI_XBTUSD","uid":"05af78ac-a774-478c-a50c-8b9c234e071e","side":"sell",'
    b'"type":"fill","seq":653355,"time":1612266317519,"qty":15000,"price":34969.5}'
)
BOOK_SNAPSHOT = (
    b'{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1612269825817,"seq":326072249,"tickSize":null,'
    b'"bids":[{"price":34892.5,"qty":6385},{"price":34892,"qty":10924}],'
    b'"asks":[{"price":34911.5,"qty":20598},{"price":34912,"qty":2300}]}'
)

FILLS = (
    b'{"feed":"fills","username":"6a70e882-4405-4dc5-9c49-010ddf2a6746","fills":[{"instrument":"PF_ETHUSD","time":'
    b'1765185437003,"price":3162.0,"seq":1,"buy":true,"qty":0.001,"remaining_order_qty":0.0,"order_id":'
    b'"a08aed17-f1a6-4db6-876c-2de5df84951c","cli_ord_id":"b661bad0-7037-4b73-9e07-a65b515e4ef7","fill_id":'
    b'"6a22a3fb-e18e-4e76-b841-8689735c9158","fill_type":"taker","fee_paid":0.001581,"fee_currency":"USD",'
    b'"taker_order_type":"market","order_type":"market"}]}'
)


def book_update(seq: int, side: str, price: str, qty: str, product: str = "PI_XBTUSD") -> bytes:
    return (
        f'{{"feed":"book","product_id":"{product}","side":"{side}","seq":{seq},"price":{price},"qty":{qty},'
        f'"timestamp":1612269953629}}'
    ).encode()


def trade(seq: int, product: str = "PI_XBTUSD") -> dict[str, Any]:
    return {
        "feed": "trade",
        "product_id": product,
        "uid": f"uid {seq}",
        "side": "sell",
        "type": "fill",
        "seq": seq,
        "time": 1612266317519,
        "qty": 15000,
        "price": Decimal("34969.5"),
    }


def trade_snapshot(*seqs: int, product: str = "PI_XBTUSD") -> dict[str, Any]:
    return {
        "feed": "trade_snapshot",
        "product_id": product,
        "trades": [trade(seq, product) for seq in sorted(seqs, reverse=True)],
    }


def acks(message: Any) -> Iterator[Any]:
    """Acknowledge as the exchange does: each product by itself."""
    if message["event"] == "subscribe":
        for product in message.get("product_ids", [None]):
            named = {} if product is None else {"product_ids": [product.upper()]}
            proof = {name: message[name] for name in message if name.endswith(("key", "challenge"))}
            yield {"event": "subscribed", "feed": message["feed"], **named, **proof}


def live(frames: dict[str, Any], marbles: str = "o-a-|", **options: Any) -> MarbleConnection:
    return marble_connection(marbles, frames, make_dialect(), **options)


def items_of(world: MarbleConnection, operator: Any) -> list[Any]:
    """What ``operator(messages)`` gives on each new socket, its error included."""
    items: list[Any] = []
    messages = world.connection.pipe(keep_messages_only())
    world.connection.pipe(filter_new_socket_only(), operator(messages)).subscribe(items.append, items.append)
    world.run()
    return items


def events_of(world: MarbleConnection, kind: type[Any]) -> list[Any]:
    events: list[SocketEvent] = []
    world.connection.link.subscribe(lambda event: events.append(event) if isinstance(event, kind) else None)
    return events


def recorded(recordings: Path) -> list[bytes]:
    """The frames that the exchange sent."""
    lines = (recordings / "kraken_futures.jsonl").read_text().splitlines()
    matches = (re.fullmatch(r"\d+\.\d+: (\{.*\})\s*", line) for line in lines)
    return [match[1].encode() for match in matches if match]


def plain(frame: bytes) -> Any:
    """A frame, its numbers as the texts that they came as."""
    return json.loads(frame, parse_float=str, parse_int=str)


def replay(frames: list[bytes], operator: Any, **options: Any) -> tuple[list[Any], MarbleConnection]:
    """Everything that ``operator`` makes of frames that come one after the other."""
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    world = live(names, "o-" + "-".join(names) + "-|", step=0.001, **options)
    malformed = events_of(world, Malformed)
    items = items_of(world, operator)
    assert malformed == []
    return items, world
