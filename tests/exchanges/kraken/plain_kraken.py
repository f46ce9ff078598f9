"""A connection that gets the frames of a test, and acknowledges what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reactivex import Observable

from rxex.exchanges.kraken.connection import V1, V2
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection, marble_connection


def acks(message: Any) -> Iterable[Any]:
    """Acknowledge every request, in the version that it is made in."""
    if "method" in message:
        params = message["params"]
        told = {name: value for name, value in params.items() if name != "symbol"}
        for result in [told | {"symbol": symbol} for symbol in params.get("symbol", ())] or [told]:
            yield {"method": message["method"], "req_id": message["req_id"], "result": result, "success": True}
        return
    wanted = message["subscription"]
    parts = [wanted[name] for name in ("depth", "interval") if name in wanted]
    for pair in message["pair"]:
        yield {
            "channelName": "-".join(map(str, [wanted["name"], *parts])),
            "event": "subscriptionStatus",
            "pair": pair,
            "reqid": message["reqid"],
            "status": f"{message['event']}d",
            "subscription": wanted,
        }


def live(frames: Sequence[str], version: int = 2, replies: Any = acks) -> MarbleConnection:
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    diagram = "o-" + "-".join(names) + "-|"
    return marble_connection(diagram, names, V1 if version == 1 else V2, replies=replies, step=0.001)


def feed(connection: MarbleConnection, subscribe: Any, *args: Any, **options: Any) -> Observable[Any]:
    messages = connection.connection.pipe(keep_messages_only())
    return connection.connection.pipe(filter_new_socket_only(), subscribe(*args, messages, **options))


def items(connection: MarbleConnection, subscribe: Any, *args: Any, **options: Any) -> list[Any]:
    got: list[Any] = []
    feed(connection, subscribe, *args, **options).subscribe(got.append)
    connection.run()
    return got
