"""The subscriptions of one connection together: shared, batched, one request each: F36, F39."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.channel import Answer
from rxex.errors import InvalidArgument, NotSent
from rxex.events import Socket
from rxex.operators import connected_socket, filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import ScriptedSocket, marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, channel, no, tick, yes
from tests.subscribing import MESSAGES, asked, feed_of, states_of

BATCHED = evolve(DIALECT, batch=3)


def test_two_subscribers_share_one_request_and_one_parser() -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT, replies=yes)
    parsed: list[int] = []

    def counting(wire: Any, received: int, raw: Any, number: Any) -> list[str]:
        parsed.append(wire.price)
        return [str(wire.price)]

    what = channel(start=lambda: counting)
    first: list[str] = []
    second: list[str] = []
    feed_of(live, what).subscribe(first.append)
    feed_of(live, what).subscribe(second.append)
    live.run()
    assert first == second == ["1", "2"]
    assert parsed == [1, 2]
    assert len(asked(live.sockets[0])) == 1


def test_the_channel_is_asked_for_once_on_each_new_socket() -> None:
    live = marble_connection("o-a-#--o-b-#--o-c-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    feed_of(live).subscribe(ticks.append)
    feed_of(live).subscribe()
    live.run()
    assert ticks == ["A=1", "A=2", "A=3"]
    assert [len(asked(socket)) for socket in live.sockets] == [1, 1, 1]


def test_only_the_last_dispose_unsubscribes_and_only_once() -> None:
    live = marble_connection("o-a------b-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    first = feed_of(live).subscribe()
    second = feed_of(live).subscribe(ticks.append)
    live.advance_to(4)
    first.dispose()
    assert asked(live.sockets[0], "unsub") == []
    second.dispose()
    second.dispose()
    assert len(asked(live.sockets[0], "unsub")) == 1
    live.run()
    assert ticks == ["A=1"]


def test_f36_two_subscribers_one_leaves_a_reconnect_between() -> None:
    live = marble_connection("o-a-#-o-b---c-|", MESSAGES, DIALECT, replies=yes)
    first = feed_of(live).subscribe()
    ticks: list[str] = []
    second = feed_of(live).subscribe(ticks.append)
    live.advance_to(5)
    first.dispose()
    live.advance_to(10)
    second.dispose()
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert [len(asked(socket)) for socket in live.sockets] == [1, 1]
    assert [len(asked(socket, "unsub")) for socket in live.sockets] == [0, 1]


def test_f39_an_answer_that_comes_inside_send_is_heard() -> None:
    live = marble_connection("o-a-|", MESSAGES, DIALECT, replies=yes, delay=None)
    states = states_of(live)
    ticks: list[str] = []
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]
    assert states[:3] == ["A requested", "A acked", "A live"]


def test_what_is_asked_for_at_the_same_time_goes_in_as_few_requests_as_allowed() -> None:
    live = marble_connection("o-----|", MESSAGES, BATCHED, replies=yes)
    for symbol in "ABCD":
        feed_of(live, channel(symbol)).subscribe()
    feed_of(live, channel("E", group="other")).subscribe()
    live.run()
    assert [symbols for _, symbols in asked(live.sockets[0])] == [["A", "B", "C"], ["D"], ["E"]]


def test_several_channels_in_one_call_share_a_request_and_give_one_stream() -> None:
    live = marble_connection("o-a-z-b-|", MESSAGES, BATCHED, replies=yes)
    messages = live.connection.pipe(keep_messages_only())
    ticks: list[str] = []
    both = [channel("A"), channel("Z"), channel("A")]
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(both, messages)).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "Z=9", "A=2"]
    assert [symbols for _, symbols in asked(live.sockets[0])] == [["A", "Z"]]


def test_channels_that_were_refused_together_have_their_deadlines_anew() -> None:
    def by_request(message: Json) -> Iterator[Answer]:
        if isinstance(message, dict) and "ok" in message:
            yield Answer(int(message["id"]), error=None if message["ok"] else "too fast", transient=not message["ok"])

    def reply(message: Any) -> Any:
        if len(message["symbols"]) > 1:
            return no("too fast")(message)
        # As behind a limit of one in two seconds: the second answer comes two seconds after the first, and so on.
        late.append(message)
        clock.schedule_relative(2.0 * len(late), lambda *_: live.sockets[0]._answer(list(yes(message))))
        return []

    late: list[Json] = []
    live = marble_connection("o" + "-" * 40 + "|", MESSAGES, evolve(DIALECT, batch=10, rate=(0.5, 1)), replies=reply)
    clock = live.scheduler
    states = states_of(live)
    errors: list[Exception] = []
    several = [channel(symbol, answer=by_request) for symbol in "ABCDEFGHIJ"]
    messages = live.connection.pipe(keep_messages_only())
    feeds = live.connection.pipe(filter_new_socket_only(), subscribe_channel(several, messages))
    feeds.subscribe(on_error=errors.append)
    live.advance_to(30)
    assert errors == []
    assert [state for state in states if state.endswith("acked")] == [f"{symbol} acked" for symbol in "ABCDEFGHIJ"]


def test_a_request_that_comes_too_fast_is_sent_again_within_the_deadline() -> None:
    replies = [yes, no("too fast")]

    def reply(message: Json) -> Any:
        return replies.pop()(message)

    live = marble_connection("o----a-|", MESSAGES, DIALECT, replies=reply)
    ticks: list[str] = []
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]
    assert len(asked(live.sockets[0])) == 2


def test_a_request_that_found_no_room_is_sent_again_within_the_deadline() -> None:
    refusals = [NotSent("too much waits to be sent")] * 2

    def replies(message: Json) -> Any:
        if refusals:
            raise refusals.pop()
        return yes(message)

    live = marble_connection("o-----a-|", MESSAGES, DIALECT, replies=replies)
    ticks: list[str] = []
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_the_deadline_of_a_request_begins_when_its_turn_to_be_sent_has_come() -> None:
    live = marble_connection("o" + "-" * 30 + "|", MESSAGES, evolve(DIALECT, rate=(0.5, 1)))
    ends: list[tuple[str, float]] = []
    for symbol in "ABC":

        def note(_: Exception, symbol: str = symbol) -> None:
            ends.append((symbol, live.scheduler.to_seconds(live.scheduler.now)))

        feed_of(live, channel(symbol)).subscribe(on_error=note)
    live.run()
    assert ends == [("A", 10.0), ("B", 12.0), ("C", 14.0)]


def test_a_request_that_never_found_room_has_no_deadline_yet() -> None:
    def full(_: Json) -> Any:
        raise NotSent("too much waits to be sent")

    live = marble_connection("o" + "-" * 30 + "|", MESSAGES, DIALECT, replies=full)
    errors: list[Exception] = []
    feed_of(live).subscribe(on_error=errors.append)
    live.run()
    assert errors == []


def test_a_request_that_cannot_be_made_ends_its_own_stream() -> None:
    def broken(*_: Any) -> Json:
        raise KeyError("depth")

    live = marble_connection("o-a-z-|", MESSAGES, DIALECT, replies=yes)
    errors: list[Exception] = []
    ticks: list[str] = []
    feed_of(live, channel(subscribe=broken)).subscribe(on_error=errors.append)
    feed_of(live, channel("Z")).subscribe(ticks.append)
    live.run()
    assert [type(error) for error in errors] == [KeyError]
    assert ticks == ["Z=9"]


def test_one_who_subscribes_late_to_a_new_channel_is_served_on_the_open_socket() -> None:
    live = marble_connection("o------a-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    live.advance_to(3)
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_the_sockets_may_come_from_connected_socket_too() -> None:
    live = marble_connection("o-a-#--o-b-|", MESSAGES, DIALECT, replies=yes)
    messages = live.connection.pipe(keep_messages_only())
    ticks: list[str] = []
    live.connection.pipe(connected_socket(), subscribe_channel(channel(), messages)).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]


def test_on_a_stream_that_is_no_connection_it_works_the_same_but_shares_nothing() -> None:
    scheduler = TestScheduler()
    messages: Subject[Json] = Subject()
    sockets: Subject[Socket] = Subject()
    socket = ScriptedSocket(scheduler)
    ticks: list[str] = []
    errors: list[Exception] = []
    feed = sockets.pipe(subscribe_channel(channel(), messages))
    subscription = feed.subscribe(ticks.append, errors.append)
    feed.subscribe()
    sockets.on_next(socket)
    assert len(asked(socket)) == 2
    first = socket.sent[0][1]
    messages.on_next({"ok": True, "id": first["id"], "symbols": ["A"]})  # type: ignore[call-overload]
    messages.on_next(tick(price=1))
    messages.on_next(tick("Z", 2))
    assert ticks == ["A=1"]
    subscription.dispose()
    assert len(asked(socket, "unsub")) == 1
    assert errors == []


def test_one_channel_with_two_sets_of_options_is_refused_before_anything_is_sent() -> None:
    live = marble_connection("o-a-----b-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    errors: list[Exception] = []
    first = feed_of(live).subscribe(ticks.append)
    live.advance_to(4)
    feed_of(live, channel(group="tick deep")).subscribe(ticks.append, errors.append)
    assert [type(error) for error in errors] == [InvalidArgument]
    assert "use another connection" in str(errors[0])
    assert len(asked(live.sockets[0])) == 1
    first.dispose()
    feed_of(live, channel(group="tick deep")).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert len(asked(live.sockets[0])) == 2
