"""One request through a private socket, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import reactivex as rx

from rxex.errors import ConnectionClosed, InvalidArgument, NotSent, RequestTimeout
from rxex.orders import OrderRefused, Refusal, call
from rxex.orders.calls import new_request_id
from rxex.testing import Recording, assert_marbles, record
from rxex.typing import Json
from tests.orders.desk import TOKEN, World


def read(message: Json, request_id: int) -> str | None:
    assert isinstance(message, dict)
    if message.get("id") != request_id:
        return None
    if "why" in message:
        raise OrderRefused("cancel_order", message["why"], message, Refusal.UNKNOWN_ORDER)
    return str(message["done"])


def cancelled(message: Json) -> Iterable[Json]:
    assert isinstance(message, dict)
    assert message["token"] == TOKEN
    return [{"id": 1, "done": "of another"}, {"id": message["id"], "done": "yes"}]


def unknown(message: Json) -> Iterable[Json]:
    assert isinstance(message, dict)
    return [{"id": message["id"], "why": "EOrder:Unknown order"}]


def cancel(world: World, **options: Any) -> rx.Observable[str]:
    return call(
        world.sockets,
        world.messages,
        lambda socket, id_: {"cancel": "O1", "id": id_, "token": socket.token.reveal()},
        read,
        label="cancel_order",
        scheduler=world.scheduler,
        **options,
    )


def at(world: World, time: float, source: Callable[[], rx.Observable[str]]) -> Recording[str]:
    later = rx.timer(time, scheduler=world.scheduler).pipe(rx.operators.flat_map(lambda _: source()))
    return record(later, world.scheduler)


def error_of(recording: Recording[str]) -> Any:
    return recording.notifications[-1][1].exception  # type: ignore[attr-defined]


def test_it_asks_once_and_gives_the_answer() -> None:
    world = World("o-------|", cancelled, delay=1)
    answer = at(world, 2, lambda: cancel(world))
    world.world.run()
    assert_marbles(answer, "---(a,|)", {"a": "yes"})
    assert len(world.sent) == 1


def test_an_answer_inside_send_is_heard() -> None:
    world = World("o-------|", cancelled, delay=None)
    answer = at(world, 2, lambda: cancel(world))
    world.world.run()
    assert_marbles(answer, "--(a,|)", {"a": "yes"})


def test_a_refusal_is_a_typed_error() -> None:
    world = World("o-------|", unknown)
    answer = at(world, 2, lambda: cancel(world))
    world.world.run()
    assert_marbles(answer, "--#", error=OrderRefused)
    assert str(error_of(answer)) == "the exchange refused cancel_order (unknown_order): EOrder:Unknown order"


@pytest.mark.parametrize(("marbles", "time"), [("o#-----o---|", 2), ("-----o-----|", 3)])
def test_without_a_socket_nothing_is_sent_then_or_later(marbles: str, time: float) -> None:
    world = World(marbles, cancelled)
    answer = at(world, 2, lambda: cancel(world))
    world.world.run()
    assert [when for when, _ in answer.notifications] == [time]
    assert str(error_of(answer)) == "not sent: there is no socket for cancel_order"
    assert world.sent == []


def test_a_source_that_ends_without_a_socket_sends_nothing() -> None:
    world = World("o---|", cancelled)
    answer = record(
        call(rx.empty(), world.messages, lambda *_: {}, read, label="it", scheduler=world.scheduler), world.scheduler
    )
    world.world.run()
    assert isinstance(error_of(answer), NotSent)


def test_what_must_not_be_sent_now_is_not_sent() -> None:
    def check() -> None:
        raise NotSent("the exchange is in maintenance")

    world = World("o---|", cancelled)
    answer = at(world, 2, lambda: cancel(world, check=check))
    world.world.run()
    assert_marbles(answer, "--#", error=NotSent)
    assert world.sent == []


def test_no_answer_is_not_a_failure_but_a_time_out() -> None:
    world = World("o----------|", lambda _: ())
    answer = at(world, 2, lambda: cancel(world, timeout=3.0))
    world.world.run()
    assert_marbles(answer, "-----#", error=RequestTimeout)
    with pytest.raises(InvalidArgument):
        cancel(world, timeout=0.0)


def test_a_break_is_told_at_once_and_nothing_is_sent_again() -> None:
    world = World("o---#--o--|", lambda _: ())
    answer = at(world, 2, lambda: cancel(world))
    world.world.run()
    assert_marbles(answer, "----#", error=ConnectionClosed)
    assert len(world.sent) == 1


def test_a_new_socket_alone_tells_of_the_break_too() -> None:
    world = World("o---#--o--|", lambda _: ())
    sockets = world.sockets.pipe(rx.operators.filter(lambda socket: socket is not None))
    ask = call(sockets, world.messages, lambda *_: {}, read, label="it", scheduler=world.scheduler, timeout=60.0)
    answer = at(world, 2, lambda: ask)
    world.world.run()
    assert_marbles(answer, "-------#", error=ConnectionClosed)


def test_disposing_ends_the_wait() -> None:
    world = World("o-------|", cancelled, delay=3)
    answer = at(world, 2, lambda: cancel(world))
    world.at(3, answer.dispose)
    world.world.run()
    assert answer.notifications == []


def test_ids_are_not_those_of_subscriptions() -> None:
    ids = {new_request_id() for _ in range(100)}
    assert len(ids) == 100
    assert max(ids) < 2**53
