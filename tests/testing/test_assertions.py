from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument, SubscriptionRefused
from rxex.events import Closed, Gap, Opened, SocketEvent
from rxex.testing import Recording, ScriptedSocket, assert_marbles, assert_sent, record


def recorded(
    marbles: str, values: dict[str, object] | None = None, error: Exception | None = None
) -> Recording[object]:
    clock = TestScheduler()
    lookup: dict[Any, object] = dict(values or {})
    recording = record(rx.from_marbles(marbles, timespan=1.0, lookup=lookup, error=error), clock)
    clock.advance_to(100)
    return recording


def message_of(caught: pytest.ExceptionInfo[AssertionError]) -> list[str]:
    return str(caught.value).splitlines()


def test_a_recording_keeps_notifications_with_their_virtual_times() -> None:
    recording = recorded("-a-b|")
    assert repr(recording) == "<Recording: OnNext(a)@1, OnNext(b)@3, OnCompleted()@4>"
    assert recording.values == ["a", "b"]


def test_a_disposed_recording_keeps_what_it_has() -> None:
    clock = TestScheduler()
    recording = record(rx.interval(1), clock)
    clock.advance_to(2)
    recording.dispose()
    clock.advance_to(9)
    assert recording.values == [0, 1]


@pytest.mark.parametrize("marbles", ["", "-a-b|", "-(a,b)---#", "a-1-(2,|)"])
def test_the_same_marbles_pass(marbles: str) -> None:
    assert_marbles(recorded(marbles), marbles)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("-a|", "--a|"),
        ("-a|", "-a-|"),
        ("-a|", "-a"),
        ("-a", "-a|"),
        ("-a|", "-b|"),
        ("-(a,b)|", "-(b,a)|"),
        ("-a-a|", "-a--|"),
        ("-a--|", "-a-a|"),
        ("-a#", "-a|"),
        ("-a|", "-a#"),
        ("-1", "-x"),
        ("", "-a"),
        ("-a", ""),
    ],
)
def test_other_marbles_fail(received: str, expected: str) -> None:
    with pytest.raises(AssertionError, match="first difference"):
        assert_marbles(recorded(received), expected)


def test_a_value_stands_for_what_it_equals_and_a_class_for_its_instances() -> None:
    socket = ScriptedSocket(TestScheduler())
    events: dict[str, object] = {"o": Opened(socket), "g": Gap("ticker", missed=3), "c": Closed(socket)}
    recording = recorded("o-g-c|", events)
    assert_marbles(recording, "o-g-c|", {"o": Opened, "g": Gap("ticker", missed=3), "c": Closed})
    with pytest.raises(AssertionError):
        assert_marbles(recording, "o-g-c|", {"o": Opened, "g": Gap("ticker", missed=4), "c": Closed})
    with pytest.raises(AssertionError):
        assert_marbles(recording, "o-g-c|", {"o": Opened, "g": Opened, "c": Closed})


def test_an_error_can_be_asked_for_by_its_class() -> None:
    refused = SubscriptionRefused("ticker X/Y", "unknown pair")
    assert_marbles(recorded("-#", error=refused), "-#", error=SubscriptionRefused)
    with pytest.raises(AssertionError) as caught:
        assert_marbles(recorded("-#", error=refused), "-#", error=InvalidArgument)
    assert f"  # = {refused!r} (received)" in message_of(caught)
    assert caught.value.__cause__ is refused


def test_a_failure_shows_both_diagrams_one_above_the_other() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_marbles(
            recorded("--a-----b|", {"a": "buy", "b": "sell"}), "--a---g-b|", {"a": "buy", "b": "sell", "g": Gap}
        )
    assert message_of(caught) == [
        "the stream is not the expected one",
        "  expected  --a---g-b|",
        "  received  --a-----b|",
        "  (one character is 1 s)",
        "first difference: expected g at 6 s, received b at 8 s",
        "  a = 'buy'",
        "  g = <class 'rxex.events.Gap'>",
        "  b = 'sell'",
    ]


def test_what_nobody_has_named_gets_a_letter() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_marbles(recorded("-x-y-x-A", {"x": {"p": 1}, "y": {"p": 2}}), "-A")
    assert "  received  -B-C-B-A" in message_of(caught)
    assert "  B = {'p': 1}" in message_of(caught)


def test_what_falls_between_the_steps_is_drawn_finer() -> None:
    clock = TestScheduler()
    recording = record(rx.timer(2.5).pipe(ops.map(lambda _: "a")), clock)
    clock.advance_to(10)
    with pytest.raises(AssertionError) as caught:
        assert_marbles(recording, "--(a,|)")
    assert "  expected  ----(a,|)" in message_of(caught)
    assert "  received  -----(a,|)" in message_of(caught)
    assert "  (one character is 0.5 s)" in message_of(caught)
    assert_marbles(recording, "-----(a,|)", step=0.5)


def test_what_cannot_be_drawn_is_told_in_words() -> None:
    clock = TestScheduler()
    recording = record(rx.timer(7200.123456).pipe(ops.map(lambda _: "a")), clock)
    clock.advance_to(10_000)
    with pytest.raises(AssertionError) as caught:
        assert_marbles(recording, "--(a,|)")
    assert message_of(caught)[1:] == ["first difference: expected a at 2 s, received a at 7200.123456 s", "  a = 'a'"]


def test_more_unknown_items_than_letters_are_still_told_apart() -> None:
    clock = TestScheduler()
    recording = record(rx.interval(2).pipe(ops.map(lambda number: (number,))), clock)
    clock.advance_to(60)
    with pytest.raises(AssertionError, match="expected nothing more, received A at 2 s") as caught:
        assert_marbles(recording, "")
    assert "  Z = (25,)" in message_of(caught)
    assert "  V1 = (26,)" in message_of(caught)
    assert "  V2 = (27,)" in message_of(caught)


def test_bad_marbles_are_no_failed_assertion() -> None:
    with pytest.raises(InvalidArgument, match=r"'\)' at 1 s"):
        assert_marbles(recorded("-a"), "-)")


def test_the_type_of_a_recording_is_that_of_the_stream() -> None:
    events: Observable[SocketEvent] = rx.never()
    recording: Recording[SocketEvent] = record(events, TestScheduler())
    assert recording.values == []


def sent(*pairs: tuple[float, dict[str, object]]) -> ScriptedSocket:
    clock = TestScheduler()
    socket = ScriptedSocket(clock)
    for time, message in pairs:
        if time:
            clock.advance_to(time)
        socket.send(message)
    return socket


def test_what_was_sent_is_compared_with_its_time() -> None:
    socket = sent((0, {"id": 1}), (2.5, {"id": 2}))
    assert_sent(socket, [(0, {"id": 1}), (2.5, {"id": 2})])
    for wrong in (
        [],
        [(0, {"id": 1})],
        [(0, {"id": 1}), (2, {"id": 2})],
        [(0, {"id": 1}), (2.5, {"id": 3})],
        [(2.5, {"id": 2}), (0, {"id": 1})],
        [(0, {"id": 1}), (2.5, {"id": 2}), (3, {"id": 3})],
    ):
        with pytest.raises(AssertionError):
            assert_sent(socket, wrong)


def test_a_value_that_does_not_matter_is_written_as_any() -> None:
    socket = sent((0, {"id": 17, "method": "subscribe"}))
    assert_sent(socket, [(0, {"id": ANY, "method": "subscribe"})])
    with pytest.raises(AssertionError):
        assert_sent(socket, [(0, {"id": ANY, "method": "unsubscribe"})])


def test_a_failure_shows_what_was_expected_and_what_was_sent() -> None:
    socket = sent((1, {"id": 17}), (2, {"id": 18}))
    with pytest.raises(AssertionError) as caught:
        assert_sent(socket, [(1, {"id": ANY}), (3, {"id": 19})])
    lines = message_of(caught)
    assert lines[0] == "<ScriptedSocket: open, 2 sent>: - expected, + sent"
    assert lines[1] == "  at 1 s: {'id': 17}"
    assert "- at 3 s: {'id': 19}" in lines
    assert "+ at 2 s: {'id': 18}" in lines
