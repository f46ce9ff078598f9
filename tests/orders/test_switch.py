"""A switch is set on each socket and again in time; what fails for now goes on, what is refused for good ends it."""

from __future__ import annotations

from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument, NotSent
from rxex.orders import OrderRefused, Refusal
from rxex.orders.switch import keep_switch
from rxex.testing import Recording, record


class Course:
    """A switch, and the sockets that it is kept on."""

    def __init__(self, **options: Any) -> None:
        self.clock = TestScheduler()
        self.sockets: Subject[Any] = Subject()
        self.asked: list[tuple[str, int]] = []
        self.answers: list[Observable[str]] = []
        options = {"timeout": 10, "every": 4.0, "disarm": True, "scheduler": self.clock} | options
        self.told: Recording[str] = record(self.sockets.pipe(keep_switch(self.call, **options)), self.clock)

    def call(self, socket: Any, seconds: int) -> Observable[str]:
        self.asked.append((socket, seconds))
        return self.answers.pop(0) if self.answers else rx.of("set")


def test_it_is_set_at_once_and_again_in_time_and_on_the_next_socket() -> None:
    course = Course()
    course.sockets.on_next("one")
    course.clock.advance_to(9)
    course.sockets.on_next(None)
    course.clock.advance_to(20)
    assert course.asked == [("one", 10)] * 3
    course.sockets.on_next("two")
    course.clock.advance_to(21)
    assert course.asked[3:] == [("two", 10)]
    assert course.told.values == ["set"] * 4


@pytest.mark.parametrize(("disarm", "last"), [(True, [("one", 0)]), (False, [])])
def test_leaving_switches_it_off_unless_it_is_to_go_off(disarm: bool, last: Any) -> None:  # noqa: FBT001
    course = Course(disarm=disarm)
    course.sockets.on_next("one")
    course.clock.advance_to(1)
    course.told.dispose()
    assert course.asked[1:] == last


def test_what_fails_for_now_goes_on_and_what_is_refused_for_good_ends_it() -> None:
    course = Course()
    course.answers = [
        rx.throw(NotSent("it is down")),
        rx.throw(OrderRefused("switch", "slow down", kind=Refusal.RATE_LIMITED)),
        rx.throw(OrderRefused("switch", "no permission", kind=Refusal.NOT_PERMITTED)),
    ]
    course.sockets.on_next("one")
    course.clock.advance_to(30)
    assert [each[1].kind for each in course.told.notifications] == ["E"]
    assert course.asked == [*[("one", 10)] * 3, ("one", 0)]


@pytest.mark.parametrize("every", [0.0, 10.0])
def test_a_switch_that_would_go_off_between_two_calls_is_refused(every: float) -> None:
    with pytest.raises(InvalidArgument):
        Course(every=every)
