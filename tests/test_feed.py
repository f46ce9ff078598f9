"""The life of a subscription, in virtual time: F34 to F39 and what users see of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from reactivex import Observer
from reactivex.disposable import Disposable
from reactivex.testing import TestScheduler

from rxex.errors import SequenceGap, SubscriptionRefused, SubscriptionTimeout
from rxex.events import Gap, Malformed, SocketEvent, Stale
from rxex.feed import Feed
from rxex.testing import ScriptedSocket, marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, Counted, channel, no, tick, yes
from tests.subscribing import MESSAGES, asked, feed_of, states_of


def test_the_life_of_a_subscription_is_told() -> None:
    live = marble_connection("o-a-#--o-b---|", MESSAGES, DIALECT, replies=yes)
    states = states_of(live)
    subscription = feed_of(live).subscribe()
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
    feed_of(live, notices=True).subscribe(with_notices.append)
    feed_of(live).subscribe(without.append)
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
    feed_of(live).subscribe()
    live.run()
    assert len(gaps) == 1


def test_f34_a_refusal_is_a_typed_error_on_that_stream_alone() -> None:
    def replies(message: Json) -> Any:
        return no("no such thing")(message) if "Z" in message["symbols"] else yes(message)  # type: ignore[call-overload]

    live = marble_connection("o-a-z-b-|", MESSAGES, DIALECT, replies=replies)
    errors: list[Exception] = []
    ticks: list[str] = []
    states = states_of(live)
    feed_of(live, channel("Z")).subscribe(pytest.fail, errors.append)
    feed_of(live).subscribe(ticks.append, errors.append)
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
    feed_of(live).subscribe(on_error=errors.append)
    live.advance_to(2)
    assert len(errors) == 1
    refuse.append(False)
    ticks: list[str] = []
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1"]


def test_f35_without_an_acknowledgement_the_stream_ends_with_a_typed_error_and_late_data_is_ignored() -> None:
    live = marble_connection("o------------a-|", MESSAGES, DIALECT)
    errors: list[Exception] = []
    live.advance_to(0.5)
    feed_of(live).subscribe(pytest.fail, errors.append)
    live.run()
    (error,) = errors
    assert isinstance(error, SubscriptionTimeout)
    assert error.timeout == 10.0
    assert "tick A" in str(error)


def test_f35_a_late_acknowledgement_is_ignored() -> None:
    live = marble_connection("o" + "-" * 30 + "|", MESSAGES, DIALECT, replies=yes, delay=12.0)
    errors: list[Exception] = []
    states = states_of(live)
    feed_of(live).subscribe(on_error=errors.append)
    live.run()
    assert [type(error) for error in errors] == [SubscriptionTimeout]
    assert states == ["A requested", "A refused"]


def test_an_acknowledgement_followed_by_silence_is_noticed() -> None:
    live = marble_connection("o--------a-|", MESSAGES, DIALECT, replies=yes)
    items: list[Any] = []
    states = states_of(live)
    feed_of(live, channel(first_timeout=4.0), notices=True).subscribe(items.append)
    live.run()
    assert [type(item) for item in items] == [Stale, str]
    assert states == ["A requested", "A acked", "A stale", "A live"]


def test_silence_after_data_is_noticed_where_the_channel_promises_data() -> None:
    live = marble_connection("o-a-b-c--------a-|", MESSAGES, DIALECT, replies=yes)
    items: list[Any] = []
    feed_of(live, channel(stale_after=5.0), notices=True).subscribe(items.append)
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
    states = states_of(live)
    feed_of(live, channel(start=Counted), notices=True).subscribe(items.append)
    feed_of(live, channel("Z"), notices=True).subscribe(other.append)
    live.run()
    gap = next(item for item in items if isinstance(item, Gap))
    assert (gap.expected, gap.received, gap.missed) == (2, 4, 2)
    assert [item for item in items if isinstance(item, str)] == ["A=1", "A=3", "A=4"]
    assert other == ["Z=9"]
    assert [symbols for _, symbols in asked(live.sockets[0], "unsub")] == [["A"]]
    assert [symbols for _, symbols in asked(live.sockets[0])] == [["A"], ["Z"], ["A"]]
    assert [state for state in states if state.startswith("A")] == [
        *("A requested", "A acked", "A live", "A gap"),
        *("A requested", "A acked", "A restored", "A live"),
    ]


def test_a_channel_that_breaks_again_and_again_is_asked_for_ever_more_slowly() -> None:
    names = "abcdefghij"
    broken = {name: tick(price=1, seq=number * 10) for number, name in enumerate(names)}
    live = marble_connection("o-" + "-".join(names) + "-" * 40 + "|", broken, DIALECT, replies=yes)
    feed_of(live, channel(start=Counted)).subscribe()
    live.run()
    times = [time for time, _ in asked(live.sockets[0])]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) < len(names)
    assert waits[-1] >= 1.0


def test_what_cannot_be_parsed_is_malformed_with_its_channel_and_the_stream_goes_on() -> None:
    wrong = MESSAGES | {"w": {"channel": "tick", "symbol": "A", "price": None, "seq": "seven"}}
    live = marble_connection("o-a-w-b-|", wrong, DIALECT, replies=yes)
    events: list[SocketEvent] = []
    ticks: list[str] = []
    live.connection.link.subscribe(events.append)
    feed_of(live).subscribe(ticks.append)
    live.run()
    assert ticks == ["A=1", "A=2"]
    assert [event.channel for event in events if isinstance(event, Malformed)] == ["tick A"]


def test_a_late_subscriber_gets_the_last_item_where_one_item_tells_the_state() -> None:
    live = marble_connection("o-a-b------c-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True)
    feed_of(live, what).subscribe()
    late: list[str] = []
    live.advance_to(7)
    feed_of(live, what).subscribe(late.append)
    live.run()
    assert late == ["A=2", "A=3"]


class Waiting:
    """Stands for the feeds of a connection: what is to be done later waits until it is told to be done."""

    def __init__(self) -> None:
        self.actions: list[Any] = []

    def schedule(self, _socket: Any, action: Any, _seconds: float = 0.0) -> Any:
        self.actions.append(action)
        return Disposable()

    def announce(self, event: SocketEvent) -> None: ...

    def leave(self, feed: Any) -> None: ...


def test_a_late_subscriber_gets_the_state_though_a_message_comes_before_it() -> None:
    waiting: Any = Waiting()
    feed = Feed(channel(keeps_last=True, start=Counted, late=lambda parser: f"state {parser.last}"), waiting)
    feed.socket = ScriptedSocket(TestScheduler())
    feed.on_message(tick(seq=1), 1)
    late: list[str] = []
    feed.add(Observer(late.append), notices=False)
    feed.on_message(tick(seq=2), 2)
    for action in waiting.actions:
        action()
    assert late == ["A=1", "state 2"]


def test_the_last_item_of_an_old_socket_is_not_given_to_a_late_subscriber() -> None:
    live = marble_connection("o-a-#--o---b-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True)
    feed_of(live, what).subscribe()
    late: list[str] = []
    live.advance_to(9)
    feed_of(live, what).subscribe(late.append)
    live.run()
    assert late == ["A=2"]


def test_a_subscriber_that_disposes_in_its_first_item_harms_no_other() -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT, replies=yes)
    seen: list[str] = []
    others: list[str] = []

    def once(item: str) -> None:
        seen.append(item)
        subscription.dispose()

    subscription = feed_of(live).subscribe(once)
    feed_of(live).subscribe(others.append)
    live.run()
    assert seen == ["A=1"]
    assert others == ["A=1", "A=2"]


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
    feed_of(live, channel(needs_all=True), notices=True).subscribe(items.append)
    feed_of(live, channel("Z"), notices=True).subscribe(other.append)
    live.run()
    assert [item if isinstance(item, str) else (type(item), item.reason) for item in items] == [
        *("A=1", (Gap, "a message could not be read"), "A=2")
    ]
    assert other == ["Z=9"]
    assert [symbols for _, symbols in asked(live.sockets[0])] == [["A"], ["Z"], ["A"]]


def test_where_every_message_counts_silence_after_the_acknowledgement_is_asked_about_again() -> None:
    idle = MESSAGES | {"i": tick(price=0)}
    live = marble_connection("o-i-i-i-i-i-a-|", idle, DIALECT, replies=yes)
    items: list[Any] = []
    feed_of(live, channel(start=lambda: _whole, needs_all=True, first_timeout=4.0), notices=True).subscribe(
        items.append
    )
    live.run()
    assert [type(item) for item in items] == [Stale, Stale, str]
    assert [round(time) for time, _ in asked(live.sockets[0])] == [0, 4, 9]
    assert [round(time) for time, _ in asked(live.sockets[0], "unsub")] == [4, 9]


def test_a_gap_long_after_another_is_mended_at_once_again() -> None:
    broken = MESSAGES | {"x": tick(price=666)}
    live = marble_connection("o-a-x-a-x-a" + "-" * 70 + "x-a-|", broken, DIALECT, replies=yes)
    items: list[Any] = []
    feed_of(live, channel(start=lambda: _whole), notices=True).subscribe(items.append)
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
    assert [round(time) for time, _ in asked(live.sockets[0])] == [0, 4, 9, 81]


def test_a_parser_can_make_what_a_late_subscriber_gets() -> None:
    live = marble_connection("o-a-b------c-|", MESSAGES, DIALECT, replies=yes)
    what = channel(keeps_last=True, late=lambda parse: f"made by {parse.__name__}")
    feed_of(live, what).subscribe()
    late: list[str] = []
    live.advance_to(7)
    feed_of(live, what).subscribe(late.append)
    live.run()
    assert late == ["made by parse", "A=3"]
