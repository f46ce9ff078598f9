"""`resequence`, and the sequencer inside it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
import reactivex as rx
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.clock import default_clock
from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Gap, Notice, Overflow
from rxex.operators import resequence
from rxex.operators._sequencer import Sequencer
from tests.operators.timeline import END, Timeline


def run(*moments: tuple[float, Any], number: Callable[[Any], int] = int, **options: Any) -> list[Any]:
    timeline = Timeline(*moments)
    return timeline.run(resequence(number, scheduler=timeline.clock, **options))


def test_the_first_number_is_the_base() -> None:
    assert run((210, 7), (220, 8)) == [(210, 7), (220, 8)]


def test_duplicates_and_old_numbers_are_dropped() -> None:
    assert run((210, 7), (220, 7), (230, 8), (240, 7)) == [(210, 7), (230, 8)]


def test_what_comes_early_is_held_until_the_rest_is_there() -> None:
    messages = (210, 1), (210.1, 4), (210.2, 3), (210.3, 3), (210.4, 2)
    assert run(*messages) == [(210, 1), (210.4, 2), (210.4, 3), (210.4, 4)]


def test_a_number_that_does_not_come_in_time_ends_the_stream_and_leaves_the_source() -> None:
    timeline = Timeline((210, 1), (220, 4), (230, 5))
    [first, (time, error)] = timeline.run(resequence(int, wait=2, channel="orders", scheduler=timeline.clock))
    assert (first, time) == ((210, 1), 222)
    assert isinstance(error, SequenceGap)
    assert str(error) == "expected number 2 in orders, received 4"
    assert timeline.left_at == 222


def test_with_notices_a_gap_stands_where_the_number_is_missing_and_the_stream_goes_on() -> None:
    messages = (210, 1), (220, 4), (230, 5)
    gap = Gap("orders", expected=2, received=4, missed=2)
    assert run(*messages, wait=2, channel="orders", notices=True) == [(210, 1), (222, gap), (222, 4), (230, 5)]


def test_an_item_waits_no_longer_behind_a_second_hole() -> None:
    # 6 comes at 211.5 and must be out at 213.5, although the hole before 4 is given up at 212 only.
    messages = (209, 1), (210, 4), (211.5, 6), (211.6, 8), (213, 7)
    assert run(*messages, wait=2, notices=True) == [
        (209, 1),
        (212, Gap("", 2, 4, 2)),
        (212, 4),
        (213.5, Gap("", 5, 6, 1)),
        (213.5, 6),
        (213.5, 7),
        (213.5, 8),
    ]


def test_an_alarm_for_the_first_hole_leaves_one_for_the_second() -> None:
    assert run((209, 1), (210, 4), (211.5, 6), wait=2, notices=True)[3:] == [(213.5, Gap("", 5, 6, 1)), (213.5, 6)]


def test_an_early_item_that_comes_again_does_not_wait_longer() -> None:
    assert run((209, 1), (210, 3), (211, 3), wait=2, notices=True)[1:] == [(212, Gap("", 2, 3, 1)), (212, 3)]


def test_holes_before_an_item_whose_time_is_up_are_given_up_together() -> None:
    messages = (209, 1), (210, 6), (211, 4)
    assert run(*messages, wait=2, notices=True) == [
        (209, 1),
        (212, Gap("", 2, 4, 2)),
        (212, 4),
        (212, Gap("", 5, 6, 1)),
        (212, 6),
    ]


def test_a_late_number_that_comes_just_in_time_stops_the_alarm() -> None:
    messages = (210, 1), (220, 3), (221, 2), (230, 5), (231, 4)
    assert run(*messages, wait=2) == [(210, 1), (221, 2), (221, 3), (231, 4), (231, 5)]


def test_a_full_window_gives_the_first_hole_up_at_once() -> None:
    messages = (210, 1), (211, 3), (212, 5), (213, 6)
    assert run(*messages, window=2, wait=None, notices=True) == [(210, 1), (213, Gap("", 2, 3, 1)), (213, 3)]


def test_without_a_window_nothing_is_held() -> None:
    assert run((210, 1), (211, 3), window=0, wait=None, notices=True) == [
        (210, 1),
        (211, Gap("", 2, 3, 1)),
        (211, 3),
    ]


def test_without_a_time_limit_items_wait_for_the_window() -> None:
    assert run((210, 1), (211, 3), (999, 2), wait=None) == [(210, 1), (999, 2), (999, 3)]


def test_numbers_that_start_over_are_a_gap() -> None:
    messages = (210, 500), (220, 1), (230, 2)
    gap = Gap("", 501, 1, None, reason="the numbers start over")
    assert run(*messages, notices=True) == [(210, 500), (220, gap), (220, 1), (230, 2)]
    [first, (time, error)] = run(*messages)
    assert (first, time) == ((210, 500), 220)
    assert str(error) == "expected number 501, received 1: the numbers start over"


def test_what_is_held_comes_out_before_the_numbers_start_over() -> None:
    messages = (210, 500), (211, 502), (211.5, 1)
    assert run(*messages, notices=True) == [
        (210, 500),
        (211.5, Gap("", 501, 502, 1)),
        (211.5, 502),
        (211.5, Gap("", 503, 1, None, reason="the numbers start over")),
        (211.5, 1),
    ]


def test_the_oldest_duplicate_and_the_youngest_new_beginning_lie_a_window_apart() -> None:
    assert run((210, 10), (220, 7), window=3, notices=True) == [(210, 10)]
    assert run((210, 10), (220, 6), window=3, notices=True)[2] == (220, 6)


def test_what_is_held_comes_out_before_the_end() -> None:
    messages = (210, 1), (210.5, 3), (211, END)
    gap = Gap("", 2, 3, 1)
    assert run(*messages, notices=True) == [(210, 1), (211, gap), (211, 3), (211, END)]
    [first, (time, error)] = run(*messages)
    assert (first, time) == ((210, 1), 211)
    assert isinstance(error, SequenceGap)


def test_the_error_of_the_source_comes_last_and_as_it_is() -> None:
    error = ValueError("the end")
    messages = (210, 1), (210.5, 3), (211, error)
    assert run(*messages, notices=True) == [(210, 1), (211, Gap("", 2, 3, 1)), (211, 3), (211, error)]
    assert run(*messages) == [(210, 1), (211, error)]


def test_notices_of_the_source_pass_and_are_not_asked_for_a_number() -> None:
    lost = Overflow("", 3)
    source: rx.Observable[int | Notice] = rx.of(1, lost, 2)
    assert source.pipe(resequence(int, notices=True)).pipe(ops.to_list()).run() == [1, lost, 2]


def test_a_gap_tells_the_arrivals_around_it() -> None:
    @frozen
    class Item:
        number: int
        received: int

    items = rx.of(Item(1, 100), Item(2, 110), Item(5, 140), Item(6, 150))
    seen = items.pipe(resequence(lambda item: item.number, notices=True)).pipe(ops.to_list()).run()
    assert seen[2] == Gap("", 3, 5, 2, since=110, until=140)


def test_a_number_that_cannot_be_had_is_an_error_of_the_stream() -> None:
    timeline = Timeline((210, "1"), (220, "x"))
    [first, (time, error)] = timeline.run(resequence(int, scheduler=timeline.clock))
    assert (first, time) == ((210, "1"), 220)
    assert isinstance(error, ValueError)
    assert timeline.left_at == 220


def test_state_belongs_to_one_subscription() -> None:
    numbers = rx.of(1, 3, 2).pipe(resequence(int), ops.to_list())
    assert numbers.run() == [1, 2, 3]
    assert numbers.run() == [1, 2, 3]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"window": -1}, "window is -1: give the number of items to hold, 0 or more"),
        ({"wait": -0.5}, "wait is -0.5: give seconds, 0 or more"),
        ({"wait": float("nan")}, "wait is nan: give seconds, 0 or more"),
        ({"wait": float("inf")}, "wait is inf: give seconds, 0 or more"),
    ],
)
def test_values_that_cannot_be_right_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        resequence(int, **options)
    assert str(refused.value) == text


def test_nothing_comes_after_a_dispose_inside_the_callback() -> None:
    source, seen = Subject[int](), list[int]()

    def stop_at_two(item: int) -> None:
        seen.append(item)
        if item == 2:
            subscription.dispose()

    subscription = source.pipe(resequence(int)).subscribe(stop_at_two)
    for number in (1, 3, 2, 4):
        source.on_next(number)
    assert seen == [1, 2]


def test_a_subscriber_that_raises_ends_its_subscription_and_its_timer() -> None:
    clock, source = TestScheduler(), Subject[int]()

    def fail(item: Any) -> None:
        raise LookupError(item)

    source.pipe(resequence(int, scheduler=clock, notices=True)).subscribe(fail)
    with pytest.raises(LookupError):
        source.on_next(1)
    assert source.observers == []
    clock.advance_to(10)


def test_a_subscriber_that_raises_at_the_alarm_ends_its_subscription_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()

    def fail_at_a_gap(item: Any) -> None:
        seen.append(item)
        if isinstance(item, Gap):
            raise LookupError("no gaps")

    source.pipe(resequence(int, scheduler=clock, notices=True)).subscribe(fail_at_a_gap)
    source.on_next(1)
    source.on_next(3)
    with caplog.at_level(logging.ERROR):
        clock.advance_to(10)
    source.on_next(4)
    assert seen == [1, Gap("", 2, 3, 1)]
    assert source.observers == []
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["no gaps"]


def test_an_alarm_and_an_item_never_tell_the_subscriber_at_the_same_time() -> None:
    source, seen = Subject[int](), list[Any]()
    in_alarm, go_on, done = Event(), Event(), Event()

    def observe(item: Any) -> None:
        if isinstance(item, Gap):
            in_alarm.set()
            assert go_on.wait(5)
        seen.append(item)
        if item == 4:
            done.set()

    subscription = source.pipe(resequence(int, wait=0.01, notices=True)).subscribe(observe)
    source.on_next(1)
    source.on_next(3)
    assert in_alarm.wait(5)
    sender = Thread(target=lambda: source.on_next(4))
    sender.start()
    sender.join(0.05)
    assert sender.is_alive()
    go_on.set()
    sender.join(5)
    assert done.wait(5)
    assert seen == [1, Gap("", 2, 3, 1), 3, 4]
    subscription.dispose()


def test_a_dispose_inside_an_alarm_does_not_wait_for_the_item_that_waits_for_the_alarm() -> None:
    in_alarm, sent, finished = Event(), Event(), Event()
    source, seen = Subject[int](), list[Any]()

    def dispose_at_a_gap(item: Any) -> None:
        seen.append(item)
        if isinstance(item, Gap):
            in_alarm.set()
            assert sent.wait(5)
            subscription.dispose()
            finished.set()

    subscription = source.pipe(resequence(int, wait=0.01, notices=True)).subscribe(dispose_at_a_gap)
    source.on_next(1)
    source.on_next(3)
    assert in_alarm.wait(5)
    sender = Thread(target=lambda: source.on_next(4))
    sender.start()
    sent.set()
    assert finished.wait(1)
    sender.join(5)
    assert seen == [1, Gap("", 2, 3, 1)]


def test_a_dispose_from_another_thread_waits_for_the_alarm_in_progress() -> None:
    source, in_alarm, go_on, disposed = Subject[int](), Event(), Event(), Event()
    seen: list[Any] = []

    def observe(item: Any) -> None:
        if isinstance(item, Gap):
            in_alarm.set()
            assert go_on.wait(5)
        seen.append(item)

    subscription = source.pipe(resequence(int, wait=0.01, notices=True)).subscribe(observe)

    def dispose() -> None:
        subscription.dispose()
        disposed.set()

    source.on_next(1)
    source.on_next(3)
    assert in_alarm.wait(5)
    disposer = Thread(target=dispose)
    disposer.start()
    assert not disposed.wait(0.05)
    go_on.set()
    assert disposed.wait(5)
    disposer.join(5)
    assert seen == [1, Gap("", 2, 3, 1)]


def test_the_default_clock_has_no_timer_left_after_a_dispose() -> None:
    source = Subject[int]()
    subscription = source.pipe(resequence(int, wait=1000)).subscribe()
    source.on_next(1)
    source.on_next(3)
    subscription.dispose()
    assert default_clock().run_due() is None


@given(data=st.data(), length=st.integers(1, 30), base=st.integers(-5, 10**12))
@settings(max_examples=100, deadline=None)
def test_any_permutation_with_duplicates_comes_out_sorted(data: st.DataObject, length: int, base: int) -> None:
    rest = list(range(base + 1, base + length))
    repeated = data.draw(st.lists(st.sampled_from([base, *rest]), max_size=20))
    sent = [base, *data.draw(st.permutations(rest + repeated))]
    sequencer = Sequencer(int)
    assert [item for number in sent for item in sequencer.push(number)] == [base, *rest]


@given(sent=st.lists(st.integers(0, 400), min_size=1, max_size=80), window=st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_every_number_is_delivered_once_or_told_missing(sent: list[int], window: int) -> None:
    sequencer: Sequencer[int] = Sequencer(int, window)
    out: list[int | Gap] = []
    for number in sent:
        out += sequencer.push(number)
        assert len(sequencer.held) <= window
    out += sequencer.give_up_all()
    assert out[0] == sent[0]
    expected = sent[0]
    for item in out:
        if isinstance(item, int):
            assert item == expected
            expected = item + 1
            continue
        assert item.expected == expected
        assert item.received is not None
        if item.missed is None:
            assert item.received < expected
        else:
            assert item.missed > 0
            assert item.received == expected + item.missed
        expected = item.received
    assert {item for item in out if isinstance(item, int)} <= set(sent)
