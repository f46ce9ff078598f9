"""Pings that are sent whatever comes in, in virtual time."""

from __future__ import annotations

from typing import Any

import reactivex as rx
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.events import Closed, Opened, SocketEvent
from rxex.socket.pings import ping_every
from rxex.testing import ScriptedSocket
from rxex.typing import Json


def ping(number: int) -> Json:
    return {"event": "ping", "id": number}


def test_the_exchange_is_pinged_each_so_many_seconds_until_the_socket_is_gone() -> None:
    scheduler = TestScheduler()
    first, second = ScriptedSocket(scheduler), ScriptedSocket(scheduler)
    link: Subject[SocketEvent] = Subject()
    for time, event in ((1, Opened(first)), (65, Closed(first)), (100, Opened(second))):
        scheduler.schedule_absolute(float(time), lambda *_, event=event: link.on_next(event))
    events: list[Any] = []
    pinging = link.pipe(ping_every(30.0, ping)).subscribe(events.append)
    scheduler.advance_to(150)
    pinging.dispose()
    scheduler.advance_to(300)
    assert [first.sent, second.sent] == [[(31, ping(1)), (61, ping(2))], [(130, ping(3))]]
    assert [type(event) for event in events] == [Opened, Closed, Opened]


def test_a_ping_that_cannot_be_sent_is_sent_the_next_time() -> None:
    scheduler = TestScheduler()
    socket = ScriptedSocket(scheduler)
    socket.close()
    with rx.of(Opened(socket)).pipe(rx.operators.concat(rx.never()), ping_every(30.0, ping)).subscribe():
        scheduler.advance_to(40)
        socket.closed = None
        scheduler.advance_to(70)
    assert [time for time, _ in socket.sent] == [60]
