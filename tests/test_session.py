"""Numbers that stand for channels on one socket only, and a count of its messages, in virtual time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from attrs import evolve

from rxex.codec import decode
from rxex.errors import SequenceGap
from rxex.events import Closed, Gap, Malformed, Message, Socket, SocketEvent
from rxex.operators import keep_channel, keep_messages_only
from rxex.testing import marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, channel
from tests.subscribing import feed_of, states_of


class Numbered:
    """Channels are numbers that the acknowledgement tells; every message of a channel is counted."""

    def __init__(self, _: Socket) -> None:
        self.symbols: dict[int, str] = {}
        self.count = 0

    def route(self, frame: bytes) -> Hashable | None:
        message: Any = decode(frame)
        if isinstance(message, dict):
            if "number" in message:
                self.symbols[message["number"]] = message["symbols"][0]
            return None
        number, _, count = message
        if count != self.count + 1:
            raise SequenceGap(self.count + 1, count, "socket")
        self.count = count
        symbol = self.symbols.get(number)
        return None if symbol is None else ("tick", symbol)


def parse(wire: Any, received: int, raw: bytes | Json, number: Any) -> Sequence[str]:
    return [f"{wire[0]}={wire[1]}"]


NUMBERED = evolve(DIALECT, session=Numbered)
A = channel("A", wire=list[Any], start=lambda: parse)
B = channel("B", wire=list[Any], start=lambda: parse)


def yes(message: Json) -> Iterable[Json]:
    """Give A the number 7 and B the number 8."""
    if isinstance(message, dict) and message["do"] == "sub":
        number = 7 if message["symbols"] == ["A"] else 8
        return [{"ok": True, "id": message["id"], "symbols": message["symbols"], "number": number}]
    return []


def messages_of(*rows: tuple[int, int, int]) -> dict[str, Json]:
    return {name: list(row) for name, row in zip("abcdef", rows, strict=False)}


def test_messages_reach_the_channel_that_their_number_stands_for_on_that_socket() -> None:
    live = marble_connection("o-a-b-#--o-c-|", messages_of((7, 10, 1), (8, 20, 2), (7, 30, 1)), NUMBERED, replies=yes)
    ticks: list[str] = []
    feed_of(live, A).subscribe(ticks.append)
    feed_of(live, B).subscribe(ticks.append)
    live.run()
    assert ticks == ["7=10", "8=20", "7=30"]


def test_a_hole_in_the_count_drops_the_socket_and_is_told_to_each_channel() -> None:
    live = marble_connection("o-a-b-#--o-c-|", messages_of((7, 10, 1), (8, 20, 3), (7, 30, 1)), NUMBERED, replies=yes)
    seen: list[Any] = []
    closed: list[SocketEvent] = []
    live.connection.link.subscribe(lambda event: closed.append(event) if isinstance(event, Closed) else None)
    feed_of(live, A, notices=True).subscribe(seen.append)
    live.run()
    assert [item if isinstance(item, str) else type(item) for item in seen] == ["7=10", Gap, "7=30"]
    assert "expected number 2" in seen[1].reason
    assert "received 3" in seen[1].reason


def test_a_message_of_an_unknown_number_is_seen_by_who_listens_to_all() -> None:
    live = marble_connection("o-a-|", messages_of((9, 10, 1)), NUMBERED, replies=yes)
    messages: list[Json] = []
    events: list[SocketEvent] = []
    live.connection.pipe(keep_messages_only()).subscribe(messages.append)
    live.connection.subscribe(events.append)
    live.run()
    assert messages == [[9, 10, 1]]
    assert [event.data for event in events if isinstance(event, Message)] == [[9, 10, 1]]


def test_the_decoded_messages_of_a_channel_can_be_had_beside_its_items() -> None:
    live = marble_connection("o-a-b-|", messages_of((7, 10, 1), (7, 20, 2)), NUMBERED, replies=yes)
    raw: list[Json] = []
    feed_of(live, A).subscribe()
    live.connection.pipe(keep_messages_only(), keep_channel(("tick", "A"))).subscribe(raw.append)
    live.run()
    assert raw == [[7, 10, 1], [7, 20, 2]]


def test_a_message_that_its_session_cannot_read_is_told_and_harms_nothing() -> None:
    live = marble_connection("o-a-b-|", {"a": [7], "b": [7, 20, 1]}, NUMBERED, replies=yes)
    ticks: list[str] = []
    told: list[SocketEvent] = []
    live.connection.subscribe(lambda event: told.append(event) if isinstance(event, Malformed) else None)
    feed_of(live, A).subscribe(ticks.append)
    live.run()
    assert ticks == ["7=20"]
    assert len(told) == 1


def test_a_channel_that_comes_by_itself_is_acknowledged_without_a_request() -> None:
    by_itself = channel("A", subscribe=lambda *_: None, unsubscribe=lambda *_: None)
    live = marble_connection("o-a-|", {"a": {"channel": "tick", "symbol": "A", "price": 1}}, DIALECT)
    states = states_of(live)
    ticks: list[str] = []
    subscription = feed_of(live, by_itself).subscribe(ticks.append)
    live.advance_to(3)
    subscription.dispose()
    live.run()
    assert ticks == ["A=1"]
    assert live.sockets[0].sent == []
    assert states == ["A requested", "A acked", "A live", "A ended"]
