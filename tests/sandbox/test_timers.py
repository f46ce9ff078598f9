"""What is due when."""

from __future__ import annotations

from typing import Any

from rxex.sandbox.faults import Faults, Injector
from rxex.sandbox.session import Session
from rxex.sandbox.timers import Timers


def session() -> Session:
    protocol: Any = None
    return Session(1, protocol, Injector(Faults(), 1, lambda kind: None), 0.0)


def test_timers_come_in_order_and_those_of_one_moment_in_the_order_they_were_made() -> None:
    done: list[str] = []
    timers = Timers()
    for due, name in ((2.0, "late"), (1.0, "first"), (1.0, "second")):
        timers.add(due, lambda name=name: done.append(name))  # type: ignore[misc]
    while (timer := timers.pop(2.0)) is not None:
        timer.action()
    assert done == ["first", "second", "late"]


def test_nothing_comes_before_it_is_due() -> None:
    timers = Timers()
    timers.add(2.0, lambda: None)
    assert timers.pop(1.9) is None
    assert timers.next_due == 2.0


def test_what_belongs_to_a_closed_session_never_comes() -> None:
    timers, gone = Timers(), session()
    timers.add(1.0, lambda: None, gone)
    timers.add(2.0, lambda: None)
    gone.is_open = False
    assert timers.next_due == 2.0
    timer = timers.pop(5.0)
    assert timer is not None
    assert timer.due == 2.0
    assert timers.pop(5.0) is None
