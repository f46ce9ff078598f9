"""The life of a subscription, in virtual time: F34 to F39 and what users see of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from reactivex import Observable, Subject
from reactivex.testing import TestScheduler

from rxex.channel import Channel
from rxex.errors import InvalidArgument, NotSent, SequenceGap, SubscriptionRefused, SubscriptionTimeout
from rxex.events import Gap, Malformed, Socket, SocketEvent, Stale, SubscriptionStatus
from rxex.operators import connected_socket, filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import MarbleConnection, ScriptedSocket, marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, Counted, channel, no, tick, yes

MESSAGES = {"a": tick(price=1), "b": tick(price=2), "c": tick(price=3), "z": tick("Z", 9)}
BATCHED = evolve(DIALECT, batch=3)


def _feed(live: MarbleConnection, what: Channel[str] | None = None, *, notices: bool = False) -> Observable[Any]:
    messages = live.connection.pipe(keep_messages_only())
    if notices:
        return live.connection.pipe(
            filter_new_socket_only(), subscribe_channel(what or channel(), messages, notices=True)
        )
    return live.connection.pipe(filter_new_socket_only(), subscribe_channel(what or channel(), messages))


def _states(live: MarbleConnection) -> list[str]:
    states: list[str] = []

    def note(event: SocketEvent) -> None:
        if isinstance(event, SubscriptionStatus):
            states.append(f"{event.symbol} {event.state}")

    live.connection.link.subscribe(note, on_error=lambda _: None)
    return states


def _asked(socket: ScriptedSocket, verb: str = "sub") -> list[tuple[float, list[str]]]:
    return [(time, message["symbols"]) for time, message in socket.sent if message["do"] == verb]  # type: ignore[call-overload]


def test_two_subscribers_share_one_request_and_one_parser() -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT, replies=yes)
    parsed: list[int] = []

    def counting(wire: Any, received: int, raw: Any, number: Any) -> list[str]:
        parsed.append(wire.price)
        return [str(wire.price)]

    what = channel(start=lambda: counting)
    first: list[str] = []
    second: list[str] = []
    _feed(live, what).subscribe(first.append)
    _feed(live, what).subscribe(second.append)
    live.run()
    assert first == second == ["1", "2"]
    assert parsed == [1, 2]
    assert len(_asked(live.sockets[0])) == 1


def test_the_channel_is_asked_for_once_on_each_new_socket() -> None:
    live = marble_connection("o-a-#--o-b-#--o-c-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    _feed(live).subscribe(ticks.append)
    _feed(live).subscribe()
    live.run()
    assert ticks == ["A=1", "A=2", "A=3"]
    assert [len(_asked(socket)) for socket in live.sockets] == [1, 1, 1]


def test_only_the_last_dispose_unsubscribes_and_only_once() -> None:
    live = marble_connection("o-a------b-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    first = _feed(live).subscribe()
    second = _feed(live).subscribe(ticks.append)
    live.advance_to(4)
    first.dispose()
    assert _asked(live.sockets[0], "unsub") == []
    second.dispose()
    second.dispose()
    assert len(_asked(live.sockets[0], "unsub")) == 1
    live.run()
    assert ticks == ["A=1"]


def test_the_life_of_a_subscription_is_told() -> None:
    live = marble_connection("o-a-#--o-b---|", MESSAGES, DIALECT, replies=yes)
    states = _states(live)
    subscription = _feed(live).subscribe()
    live.advance_to(11)
    subscription.dispose()
    live.run()
    assert states == [
        *("A requested", "A acked", "A live"),
        *("A requested", "A acked", "A restored", "A live", "A ended"),
    ]


def test_a_gap_stands_between_what_came_before_and_after_a_cut() -> None:
    live = marble_connection("o-a-#--o-b-|", MESSAGES, DIALECT, replies=yes)
    with_notices: list[Any] = []
    without: list[Any] = []
    _feed(live, notices=True).subscribe(with_notices.append)
    _feed(live).subscribe(without.append)
    live.run()
    assert [item if isinstance(item, str) else type(item) for item in with_notices] == ["A=1", Gap, "A=2"]
    gap = with_notices[1]
    assert gap.channel == "tick A"
    assert gap.missed is None
    assert gap.since is not None
    assert "closed" in gap.reason
    assert without == ["A=1", "A=2"]


def test_the_gap_is_told_among_the_events_in_any_case() -> None:
    live = marble_connection("o-a-#--o-b-|", MESSAGES, DIALECT, replies=yes)
    gaps: list[SocketEvent] = []
    live.connection.link.subscribe(lambda event: gaps.append(event) if isinstance(event, Gap) else None)
    _feed(live).subscribe()
    live.run()
    assert len(gaps) == 1


def test_f34_a_refusal_is_a_typed_error_on_that_stream_alone() -> None:
    def replies(message: Json) -> Any:
        return no("no such thing")(message) if "Z" in message["symbols"] else yes(message)  # type: ignore[call-overload]

    live = marble_connection("o-a-z-b-|", MESSAGES, DIALECT, replies=replies)
    errors: list[Exception] = []
    ticks: list[str] = []
    states = _states(live)
    _feed(live, channel("Z")).subscribe(pytest.fail, errors.append)
    _feed(live).subscribe(ticks.append, errors.append)
    live.run()
    assert ticks == ["A=1", "A=2"]
    (refusal,) = errors
    assert isinstance(refusal, SubscriptionRefused)
    assert (refusal.channel, refusal.symbol, refusal.reason) == ("tick", "Z", "no such thing")
    assert "Z refused" in states


def test_a_refused_channel_can_be_asked_for_again() -> None:
    refuse = [True]
    live = marble_connection(
        "o---a---|", MESSAGES, DIALECT, replies=lambda message: no("later")(message) if refuse.pop() else yes(message)
    )
    errors: list[Exception] = []
    _feed(live).subscribe(on_error=errors.append)
    live.advance_to(2)
    assert len(errors) == 1
    refuse.append(False)
    ticks: list[str] = []
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_f35_without_an_acknowledgement_the_stream_ends_with_a_typed_error_and_late_data_is_ignored() -> None:
    live = marble_connection("o------------a-|", MESSAGES, DIALECT)
    errors: list[Exception] = []
    live.advance_to(0.5)
    _feed(live).subscribe(pytest.fail, errors.append)
    live.run()
    (error,) = errors
    assert isinstance(error, SubscriptionTimeout)
    assert error.timeout == 10.0
    assert "tick A" in str(error)


def test_f35_a_late_acknowledgement_is_ignored() -> None:
    live = marble_connection("o" + "-" * 30 + "|", MESSAGES, DIALECT, replies=yes, delay=12.0)
    errors: list[Exception] = []
    states = _states(live)
    _feed(live).subscribe(on_error=errors.append)
    live.run()
    assert [type(error) for error in errors] == [SubscriptionTimeout]
    assert states == ["A requested", "A refused"]


def test_f36_two_subscribers_one_leaves_a_reconnect_between() -> None:
    live = marble_connection("o-a-#-o-b---c-|", MESSAGES, DIALECT, replies=yes)
    first = _feed(live).subscribe()
    ticks: list[str] = []
    second = _feed(live).subscribe(ticks.append)
    live.advance_to(5)
    first.dispose()
    live.advance_to(10)
    second.dispose()
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert [len(_asked(socket)) for socket in live.sockets] == [1, 1]
    assert [len(_asked(socket, "unsub")) for socket in live.sockets] == [0, 1]


def test_f39_an_answer_that_comes_inside_send_is_heard() -> None:
    live = marble_connection("o-a-|", MESSAGES, DIALECT, replies=yes, delay=None)
    states = _states(live)
    ticks: list[str] = []
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]
    assert states[:3] == ["A requested", "A acked", "A live"]


def test_an_acknowledgement_followed_by_silence_is_noticed() -> None:
    live = marble_connection("o--------a-|", MESSAGES, DIALECT, replies=yes)
    items: list[Any] = []
    states = _states(live)
    _feed(live, channel(first_timeout=4.0), notices=True).subscribe(items.append)
    live.run()
    assert [type(item) for item in items] == [Stale, str]
    assert states == ["A requested", "A acked", "A stale", "A live"]


def test_silence_after_data_is_noticed_where_the_channel_promises_data() -> None:
    live = marble_connection("o-a-b-c--------a-|", MESSAGES, DIALECT, replies=yes)
    items: list[Any] = []
    _feed(live, channel(stale_after=5.0), notices=True).subscribe(items.append)
    live.run()
    assert [item if isinstance(item, str) else type(item) for item in items] == ["A=1", "A=2", "A=3", Stale, "A=1"]


def test_a_hole_asks_for_that_channel_alone_again_and_says_so() -> None:
    counted = {
        "p": tick(price=1, seq=1),
        "q": tick(price=2, seq=4),
        "r": tick(price=3, seq=7),
        "s": tick(price=4, seq=8),
        "z": tick("Z", 9),
    }
    live = marble_connection("o-p-q-r-z-s-|", counted, DIALECT, replies=yes)
    items: list[Any] = []
    other: list[Any] = []
    states = _states(live)
    _feed(live, channel(start=Counted), notices=True).subscribe(items.append)
    _feed(live, channel("Z"), notices=True).subscribe(other.append)
    live.run()
    gap = next(item for item in items if isinstance(item, Gap))
    assert (gap.expected, gap.received, gap.missed) == (2, 4, 2)
    assert [item for item in items if isinstance(item, str)] == ["A=1", "A=3", "A=4"]
    assert other == ["Z=9"]
    assert [symbols for _, symbols in _asked(live.sockets[0], "unsub")] == [["A"]]
    assert [symbols for _, symbols in _asked(live.sockets[0])] == [["A"], ["Z"], ["A"]]
    assert [state for state in states if state.startswith("A")] == [
        *("A requested", "A acked", "A live", "A gap"),
        *("A requested", "A acked", "A restored", "A live"),
    ]


def test_a_channel_that_breaks_again_and_again_is_asked_for_ever_more_slowly() -> None:
    names = "abcdefghij"
    broken = {name: tick(price=1, seq=number * 10) for number, name in enumerate(names)}
    live = marble_connection("o-" + "-".join(names) + "-" * 40 + "|", broken, DIALECT, replies=yes)
    _feed(live, channel(start=Counted)).subscribe()
    live.run()
    times = [time for time, _ in _asked(live.sockets[0])]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) < len(names)
    assert waits[-1] >= 1.0


def test_what_cannot_be_parsed_is_malformed_with_its_channel_and_the_stream_goes_on() -> None:
    wrong = MESSAGES | {"w": {"channel": "tick", "symbol": "A", "price": None, "seq": "seven"}}
    live = marble_connection("o-a-w-b-|", wrong, DIALECT, replies=yes)
    events: list[SocketEvent] = []
    ticks: list[str] = []
    live.connection.link.subscribe(events.append)
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert [event.channel for event in events if isinstance(event, Malformed)] == ["tick A"]


def test_what_is_asked_for_at_the_same_time_goes_in_as_few_requests_as_allowed() -> None:
    live = marble_connection("o-----|", MESSAGES, BATCHED, replies=yes)
    for symbol in "ABCD":
        _feed(live, channel(symbol)).subscribe()
    _feed(live, channel("E", group="other")).subscribe()
    live.run()
    assert [symbols for _, symbols in _asked(live.sockets[0])] == [["A", "B", "C"], ["D"], ["E"]]


def test_several_channels_in_one_call_share_a_request_and_give_one_stream() -> None:
    live = marble_connection("o-a-z-b-|", MESSAGES, BATCHED, replies=yes)
    messages = live.connection.pipe(keep_messages_only())
    ticks: list[str] = []
    both = [channel("A"), channel("Z"), channel("A")]
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(both, messages)).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "Z=9", "A=2"]
    assert [symbols for _, symbols in _asked(live.sockets[0])] == [["A", "Z"]]


def test_a_request_that_comes_too_fast_is_sent_again_within_the_deadline() -> None:
    replies = [yes, no("too fast")]

    def reply(message: Json) -> Any:
        return replies.pop()(message)

    live = marble_connection("o----a-|", MESSAGES, DIALECT, replies=reply)
    ticks: list[str] = []
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]
    assert len(_asked(live.sockets[0])) == 2


def test_a_request_that_found_no_room_is_sent_again_within_the_deadline() -> None:
    refusals = [NotSent("too much waits to be sent")] * 2

    def replies(message: Json) -> Any:
        if refusals:
            raise refusals.pop()
        return yes(message)

    live = marble_connection("o-----a-|", MESSAGES, DIALECT, replies=replies)
    ticks: list[str] = []
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_a_request_that_cannot_be_made_ends_its_own_stream() -> None:
    def broken(*_: Any) -> Json:
        raise KeyError("depth")

    live = marble_connection("o-a-z-|", MESSAGES, DIALECT, replies=yes)
    errors: list[Exception] = []
    ticks: list[str] = []
    _feed(live, channel(subscribe=broken)).subscribe(on_error=errors.append)
    _feed(live, channel("Z")).subscribe(ticks.append)
    live.run()
    assert [type(error) for error in errors] == [KeyError]
    assert ticks == ["Z=9"]


def test_a_late_subscriber_gets_the_last_item_where_one_item_tells_the_state() -> None:
    live = marble_connection("o-a-b------c-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True)
    _feed(live, what).subscribe()
    late: list[str] = []
    live.advance_to(7)
    _feed(live, what).subscribe(late.append)
    live.run()
    assert late == ["A=2", "A=3"]


def test_the_last_item_of_an_old_socket_is_not_given_to_a_late_subscriber() -> None:
    live = marble_connection("o-a-#--o---b-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True)
    _feed(live, what).subscribe()
    late: list[str] = []
    live.advance_to(9)
    _feed(live, what).subscribe(late.append)
    live.run()
    assert late == ["A=2"]


def test_one_who_subscribes_late_to_a_new_channel_is_served_on_the_open_socket() -> None:
    live = marble_connection("o------a-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    live.advance_to(3)
    _feed(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_the_sockets_may_come_from_connected_socket_too() -> None:
    live = marble_connection("o-a-#--o-b-|", MESSAGES, DIALECT, replies=yes)
    messages = live.connection.pipe(keep_messages_only())
    ticks: list[str] = []
    live.connection.pipe(connected_socket(), subscribe_channel(channel(), messages)).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]


def test_a_subscriber_that_disposes_in_its_first_item_harms_no_other() -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT, replies=yes)
    seen: list[str] = []
    others: list[str] = []

    def once(item: str) -> None:
        seen.append(item)
        subscription.dispose()

    subscription = _feed(live).subscribe(once)
    _feed(live).subscribe(others.append)
    live.run()
    assert seen == ["A=1"]
    assert others == ["A=1", "A=2"]


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
    assert len(_asked(socket)) == 2
    first = socket.sent[0][1]
    messages.on_next({"ok": True, "id": first["id"], "symbols": ["A"]})  # type: ignore[call-overload]
    messages.on_next(tick(price=1))
    messages.on_next(tick("Z", 2))
    assert ticks == ["A=1"]
    subscription.dispose()
    assert len(_asked(socket, "unsub")) == 1
    assert errors == []


def _whole(wire: Any, received: int, raw: Any, number: Any) -> list[str]:
    if wire.price == 666:
        raise SequenceGap(None, None, reason="checksum")
    if wire.price == 0:
        return []  # as a book does that has no snapshot yet
    return [f"{wire.symbol}={wire.price}"]


def test_a_message_that_cannot_be_read_is_a_gap_where_every_message_counts() -> None:
    wrong = MESSAGES | {"w": {"channel": "tick", "symbol": "A", "price": None, "seq": "seven"}}
    live = marble_connection("o-a-w-z-b-|", wrong, DIALECT, replies=yes)
    items: list[Any] = []
    other: list[Any] = []
    _feed(live, channel(needs_all=True), notices=True).subscribe(items.append)
    _feed(live, channel("Z"), notices=True).subscribe(other.append)
    live.run()
    assert [item if isinstance(item, str) else (type(item), item.reason) for item in items] == [
        *("A=1", (Gap, "a message could not be read"), "A=2")
    ]
    assert other == ["Z=9"]
    assert [symbols for _, symbols in _asked(live.sockets[0])] == [["A"], ["Z"], ["A"]]


def test_where_every_message_counts_silence_after_the_acknowledgement_is_asked_about_again() -> None:
    idle = MESSAGES | {"i": tick(price=0)}
    live = marble_connection("o-i-i-i-i-i-a-|", idle, DIALECT, replies=yes)
    items: list[Any] = []
    _feed(live, channel(start=lambda: _whole, needs_all=True, first_timeout=4.0), notices=True).subscribe(items.append)
    live.run()
    assert [type(item) for item in items] == [Stale, Stale, str]
    assert [round(time) for time, _ in _asked(live.sockets[0])] == [0, 4, 9]
    assert [round(time) for time, _ in _asked(live.sockets[0], "unsub")] == [4, 9]


def test_a_gap_long_after_another_is_mended_at_once_again() -> None:
    broken = MESSAGES | {"x": tick(price=666)}
    live = marble_connection("o-a-x-a-x-a" + "-" * 70 + "x-a-|", broken, DIALECT, replies=yes)
    items: list[Any] = []
    _feed(live, channel(start=lambda: _whole), notices=True).subscribe(items.append)
    live.run()
    assert [item if isinstance(item, str) else type(item) for item in items] == [
        "A=1",
        Gap,
        "A=1",
        Gap,
        "A=1",
        Gap,
        "A=1",
    ]
    assert [round(time) for time, _ in _asked(live.sockets[0])] == [0, 4, 9, 81]


def test_one_channel_with_two_sets_of_options_is_refused_before_anything_is_sent() -> None:
    live = marble_connection("o-a-----b-|", MESSAGES, DIALECT, replies=yes)
    ticks: list[str] = []
    errors: list[Exception] = []
    first = _feed(live).subscribe(ticks.append)
    live.advance_to(4)
    _feed(live, channel(group="tick deep")).subscribe(ticks.append, errors.append)
    assert [type(error) for error in errors] == [InvalidArgument]
    assert "use another connection" in str(errors[0])
    assert len(_asked(live.sockets[0])) == 1
    first.dispose()
    _feed(live, channel(group="tick deep")).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert len(_asked(live.sockets[0])) == 2


def test_a_parser_can_make_what_a_late_subscriber_gets() -> None:
    live = marble_connection("o-a-b------c-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True, late=lambda parse: f"made by {parse.__name__}")
    _feed(live, what).subscribe()
    late: list[str] = []
    live.advance_to(7)
    _feed(live, what).subscribe(late.append)
    live.run()
    assert late == ["made by parse", "A=3"]
