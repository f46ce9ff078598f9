from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from reactivex import Observable
from reactivex import operators as ops

from rxex.channel import Answer, Channel, Dialect
from rxex.errors import ConnectionClosed, InvalidArgument, LinkRefused, LinkStale, NotSent, SubscriptionRefused
from rxex.events import (
    Closed,
    Gap,
    Heartbeat,
    Malformed,
    Message,
    Opened,
    Reconnected,
    Reconnecting,
    Socket,
    SocketEvent,
)
from rxex.operators import filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import MarbleConnection, Recording, assert_marbles, assert_sent, marble_connection, record
from rxex.typing import Json


def route(message: Json) -> Hashable | None:
    return ("price", message["of"]) if isinstance(message, dict) and "price" in message else None


def classify(socket: Socket, message: Json) -> SocketEvent | None:
    return Heartbeat(socket, raw=message) if "beat" in message else None


DIALECT = Dialect("toy", route, classify)


def prices(of: str = "X") -> Channel[Decimal]:
    def answer(message: Json) -> Iterable[Answer]:
        if isinstance(message, dict) and "ok" in message:
            yield Answer(message["ok"], error=message.get("error"))

    return Channel(
        name="price",
        symbol=of,
        key=("price", of),
        wire=dict[str, Any],
        start=lambda: lambda wire, received, raw, number: [wire["price"]],
        subscribe=lambda channels, id_, socket: {"subscribe": of, "id": id_},
        unsubscribe=lambda channels, id_, socket: {"unsubscribe": of, "id": id_},
        answer=answer,
        route=route,
    )


def accept(message: Json) -> Iterable[Json]:
    assert isinstance(message, dict)
    return [{"ok": message["id"]}]


def price(value: str) -> str:
    return f'{{"of":"X","price":{value}}}'


def feed(world: MarbleConnection) -> Observable[Any]:
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    return sockets.pipe(subscribe_channel(prices(), messages, notices=True))


def played(marbles: str, messages: dict[str, Any] | None = None, **options: Any) -> Recording[SocketEvent]:
    world = marble_connection(marbles, messages, DIALECT, **options)
    events = record(world.connection, world.scheduler)
    world.run()
    return events


def test_the_events_and_their_order_are_those_of_a_real_connection() -> None:
    world = marble_connection("o-a-#--o-----|", {"a": {"id": 1}})
    events = record(world.connection, world.scheduler)
    world.run()
    first, second = world.sockets
    error = first.closed.error if first.closed else None
    assert isinstance(error, ConnectionClosed)
    values = {
        "O": Opened(first),
        "a": Message(first, {"id": 1}, 2_000_000_000),
        "C": Closed(first, error=error),
        "r": Reconnecting(1, 3.0, error),
        "P": Opened(second),
        "R": Reconnected(1, timedelta(seconds=3)),
        "D": Closed(second, 1000),
    }
    assert_marbles(events, "O---a---(C,r)-(P,R)-------(D,|)", values, step=0.5)
    assert second.closed == Closed(second, 1000)


def test_nothing_happens_before_it_runs() -> None:
    world = marble_connection("o-a", {"a": {}})
    events = record(world.connection, world.scheduler)
    assert events.notifications == []
    assert world.sockets == []
    assert not world.connection.is_connected


def test_time_goes_where_the_test_wants_it() -> None:
    world = marble_connection("o-a-a", {"a": {"id": 1}})
    events = record(world.connection, world.scheduler)
    world.advance_to(1)
    assert [type(event) for event in events.values] == [Opened]
    assert world.connection.is_connected
    world.advance_to(2)
    assert len(events.values) == 2
    world.advance_to(1000)
    assert len(events.values) == 3
    assert world.connection.is_connected, "a diagram without end leaves the link open"


def test_time_does_not_go_back() -> None:
    world = marble_connection("o---")
    world.advance_to(2)
    for time in (2, 1, float("nan")):
        with pytest.raises(InvalidArgument, match="it is 2 s already"):
            world.advance_to(time)


def test_a_step_may_take_any_time() -> None:
    world = marble_connection("o-a-|", {"a": {"id": 1}}, step=0.25)
    messages = record(world.connection.pipe(keep_messages_only()), world.scheduler)
    world.run()
    assert_marbles(messages, "--a-|", {"a": {"id": 1}}, step=0.25)
    assert world.duration == 1.25


def test_messages_are_sorted_by_the_dialect_and_keep_their_digits() -> None:
    world = marble_connection("o-p-h-b-|", {"p": price("0.10000"), "h": {"beat": 1}, "b": b"{not json"}, DIALECT)
    events = record(world.connection, world.scheduler)
    messages = record(world.connection.pipe(keep_messages_only()), world.scheduler)
    world.run()
    assert [type(event) for event in events.values] == [Opened, Message, Heartbeat, Malformed, Closed]
    assert messages.values == [{"of": "X", "price": Decimal("0.10000")}]
    assert str(messages.values[0]["price"]) == "0.10000"  # type: ignore[call-overload]


def test_a_message_may_be_given_as_json_as_text_or_as_bytes() -> None:
    same: dict[str, Any] = {"j": {"id": 1.5}, "t": '{"id":1.5}', "b": b'{"id":1.5}'}
    events = played("o-j-t-b-|", same)
    assert [event.data for event in events.values if isinstance(event, Message)] == [{"id": Decimal("1.5")}] * 3


def test_a_cut_that_no_opening_follows_announces_no_reconnect() -> None:
    assert [type(event) for event in played("o-#---|").values] == [Opened, Closed]


def test_a_cut_and_an_opening_can_fall_on_the_same_instant() -> None:
    events = played("o-(#,o)-a", {"a": {}})
    assert [type(event) for event in events.values] == [Opened, Closed, Reconnecting, Opened, Reconnected, Message]
    assert events.values[2:5:2] == [
        Reconnecting(1, 0.0, events.values[1].error),  # type: ignore[attr-defined]
        Reconnected(1, timedelta(0)),
    ]


def test_a_fatal_cut_ends_the_connection_with_its_error() -> None:
    banned = LinkRefused(1008, "banned")
    assert_marbles(played("o-#---", error=banned), "o-(c,#)", {"o": Opened, "c": Closed}, error=LinkRefused)


def test_a_strategy_that_drops_the_socket_hears_nothing_until_the_next_opens() -> None:
    stale = LinkStale("data", 1.0)
    world = marble_connection("o-a-a-#-o-a|", {"a": {"id": 1}})
    world.connection.pipe(keep_messages_only(), ops.take(1)).subscribe(lambda _: world.sockets[0].drop(stale))
    events = record(world.connection, world.scheduler)
    world.run()
    kinds = [(time, type(getattr(item, "value", None))) for time, item in events.notifications[:-1]]
    assert kinds == [
        (0, Opened),
        (2, Message),
        (2, Closed),
        (2, Reconnecting),
        (8, Opened),
        (8, Reconnected),
        (10, Message),
        (11, Closed),
    ]
    assert events.values[2:4] == [Closed(world.sockets[0], error=stale), Reconnecting(1, 6.0, stale)]


def test_a_drop_is_told_before_an_opening_at_the_same_instant() -> None:
    world = marble_connection("o-(a,#,o)-a-|", {"a": {"id": 1}})
    world.connection.pipe(keep_messages_only(), ops.take(1)).subscribe(
        lambda _: world.sockets[0].drop(ConnectionClosed())
    )
    events = record(world.connection, world.scheduler)
    world.run()
    kinds = [type(event) for event in events.values]
    assert kinds == [Opened, Message, Closed, Reconnecting, Opened, Reconnected, Message, Closed]


@pytest.mark.parametrize("marbles", ["o-a-a-#-o-a|", "o-(a,|)", "o-(a,#,o)"])
def test_a_strategy_that_closes_the_socket_ends_the_connection(marbles: str) -> None:
    world = marble_connection(marbles, {"a": {"id": 1}})
    world.connection.pipe(keep_messages_only()).subscribe(lambda _: world.sockets[0].close(1000, "enough"))
    events = record(world.connection, world.scheduler)
    world.run()
    assert [time for time, _ in events.notifications] == [0, 2, 2, 2]
    assert events.values[-1] == Closed(world.sockets[0], 1000, "enough")
    assert events.notifications[-1][1].kind == "C"
    assert len(world.sockets) == 1


@pytest.mark.parametrize("how", ["before", "between", "inside", "twice"])
def test_a_disposed_connection_says_nothing_more(how: str) -> None:
    world = marble_connection("o-a-a-#-o-a|", {"a": {"id": 1}})
    events = record(world.connection, world.scheduler)
    if how == "inside":
        world.connection.pipe(keep_messages_only()).subscribe(lambda _: world.dispose())
    world.dispose()
    world.advance_to(3)
    if how != "inside":
        world.dispose()
    if how == "twice":
        world.dispose()
    world.run()
    assert [type(event) for event in events.values] == [Opened, Message]
    assert world.sockets[0].closed == Closed(world.sockets[0], 1000)
    assert len(world.sockets) == 1


def test_replies_come_back_through_the_connection() -> None:
    world = marble_connection("o------|", replies=accept, delay=1.5)
    world.connection.pipe(filter_new_socket_only()).subscribe(lambda socket: socket.send({"id": 7}))
    messages = record(world.connection.pipe(keep_messages_only()), world.scheduler)
    world.run()
    assert_marbles(messages, "---a----------|", {"a": {"ok": 7}}, step=0.5)


@pytest.mark.parametrize("delay", [None, 0.0, 0.5])
def test_a_feed_sees_the_gap_and_is_asked_for_once_on_each_socket(delay: float | None) -> None:
    world = marble_connection("o-a-#--o-b|", {"a": price("1"), "b": price("2")}, DIALECT, replies=accept, delay=delay)
    seen = record(feed(world), world.scheduler)
    world.run()
    restored = 7 + (delay or 0)
    assert [(time, type(getattr(item, "value", None))) for time, item in seen.notifications] == [
        (2, int),
        (restored, Gap),
        (9, int),
        (10, type(None)),
    ]
    for socket, time, id_ in zip(world.sockets, (0, 7), (1, 2), strict=True):
        assert_sent(socket, [(time, {"subscribe": "X", "id": id_})])


def test_a_refusal_ends_the_feed_alone() -> None:
    def refuse(message: Json) -> Iterable[Json]:
        assert isinstance(message, dict)
        return [{"ok": message["id"], "error": "unknown"}]

    world = marble_connection("o-a-|", {"a": {"id": 1}}, DIALECT, replies=refuse)
    seen = record(feed(world), world.scheduler)
    others = record(world.connection.pipe(keep_messages_only()), world.scheduler)
    world.run()
    assert_marbles(seen, "#", error=SubscriptionRefused)
    assert {"id": 1} in others.values


def test_a_message_that_is_refused_is_not_sent_and_the_link_goes_on() -> None:
    def refuse(_: Json) -> Iterable[Json]:
        raise NotSent("the queue is full")

    world = marble_connection("o-#-o-a|", {"a": {"id": 1}}, DIALECT, replies=refuse)
    seen = record(feed(world), world.scheduler)
    world.run()
    assert [socket.sent for socket in world.sockets] == [[], []]
    assert_marbles(seen, "-------|")


def test_an_error_of_the_replies_ends_the_test() -> None:
    def check(message: Json) -> Iterable[Json]:
        raise AssertionError("never subscribe to Y")

    world = marble_connection("o-a-|", {"a": {}}, DIALECT, replies=check)
    record(feed(world), world.scheduler)
    with pytest.raises(AssertionError, match="never subscribe to Y"):
        world.run()


def test_an_error_of_the_replies_ends_the_test_even_where_the_strategy_swallows_it() -> None:
    def check(message: Json) -> Iterable[Json]:
        raise AssertionError("never subscribe to Y")

    def speak(socket: Socket) -> None:
        with suppress(AssertionError):
            socket.send({"subscribe": "Y"})

    world = marble_connection("o-|", replies=check)
    world.connection.pipe(filter_new_socket_only()).subscribe(speak)
    with pytest.raises(AssertionError, match="never subscribe to Y"):
        world.run()


def test_the_log_is_left_as_it_was() -> None:
    before = list(logging.getLogger("rxex").handlers)
    marble_connection("o-|").run()
    assert logging.getLogger("rxex").handlers == before


def test_an_assertion_in_a_subscriber_ends_the_test_and_the_others_go_on() -> None:
    def check(message: Json) -> None:
        assert message == {"id": 2}

    world = marble_connection("o-a-a-|", {"a": {"id": 1}})
    world.connection.pipe(keep_messages_only()).subscribe(check)
    others = record(world.connection.pipe(keep_messages_only()), world.scheduler)
    with pytest.raises(AssertionError, match="id"):
        world.run()
    assert_marbles(others, "--a-a-|", {"a": {"id": 1}})
    world.advance_to(100)


def test_a_subscriber_that_is_not_ready_for_a_fatal_end_ends_the_test() -> None:
    world = marble_connection("o-#", error=LinkRefused(1008, "banned"))
    world.connection.subscribe(lambda _: None)
    with pytest.raises(LinkRefused, match="banned"):
        world.run()


def test_time_still_moves_after_an_action_of_the_test_has_raised() -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    world = marble_connection("o-a-a-", {"a": {}})
    events = record(world.connection, world.scheduler)
    world.scheduler.schedule_relative(3, fail)
    with pytest.raises(ZeroDivisionError):
        world.run()
    world.run()
    assert [type(event) for event in events.values] == [Opened, Message, Message]


def test_the_same_marbles_give_the_same_result() -> None:
    def run() -> tuple[str, list[list[tuple[float, Json]]]]:
        messages: dict[str, Any] = {"a": price("1"), "b": price("2"), "m": "{", "h": {"beat": 1}}
        world = marble_connection("o-a-b-m-#--o-h-a-#-o-b|", messages, DIALECT, replies=accept, delay=0.3)
        items = record(feed(world), world.scheduler)
        events = record(world.connection.link, world.scheduler)
        world.run()
        return f"{items} {events}", [socket.sent for socket in world.sockets]

    assert run() == run()


def test_each_subscription_to_the_connection_shares_one_link() -> None:
    world = marble_connection("o-a|", {"a": {}})
    first, second = record(world.connection, world.scheduler), record(world.connection, world.scheduler)
    world.run()
    assert len(world.sockets) == 1
    assert repr(first) == repr(second)


@pytest.mark.parametrize(
    ("marbles", "named"),
    [
        ("o-x", "'x' at 2 s has no meaning"),
        ("oa", "'oa' at 0 s has no meaning"),
        ("a-o", "'a' at 0 s comes while no link is open"),
        ("o-#-a", "'a' at 4 s comes while no link is open"),
        ("#", "'#' at 0 s comes while no link is open"),
        ("o-#-#", "'#' at 4 s comes while no link is open"),
        ("o-o", "'o' at 2 s opens a link while one is open"),
        ("o-|-o", "'o' at 4 s comes after the end '|'"),
        ("o-(a", "'(' at 2 s belongs to no group"),
    ],
)
def test_a_diagram_that_cannot_happen_is_refused_by_character_time_and_legend(marbles: str, named: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        marble_connection(marbles, {"a": {}})
    assert named in str(caught.value)
    assert "'o' opens the link, '#' cuts it, '|' ends the stream, 'a' is a message" in str(caught.value)


def test_nothing_can_follow_a_fatal_cut() -> None:
    with pytest.raises(InvalidArgument, match="'o' at 4 s comes after the end '#'"):
        marble_connection("o-#-o", error=LinkRefused(1008, "banned"))


def test_a_mark_cannot_be_a_message_as_well() -> None:
    with pytest.raises(InvalidArgument, match="'o' at 0 s cannot be a message as well"):
        marble_connection("o-", {"o": {}})


def test_a_connection_without_messages_needs_none() -> None:
    world = marble_connection("-")
    assert isinstance(world.connection, Observable)
    world.run()
    assert world.sockets == []
