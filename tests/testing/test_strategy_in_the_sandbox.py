"""The strategy of the example on a simulated Kraken in virtual time: nobody writes an answer by hand."""

from __future__ import annotations

from types import ModuleType

from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.exchanges.kraken.connection import V2
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.operators import backoff_reconnect, fixed
from rxex.sandbox import VirtualExchange
from rxex.testing import Recording, record


def run(example: ModuleType, seed: int) -> tuple[Recording[str], VirtualExchange]:
    """Ten seconds of the strategy; the link is cut at 5 s and comes back a second later."""
    clock = TestScheduler()
    exchange = kraken_sandbox(seed=seed).in_virtual_time(clock)
    reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=clock)
    connection = Connection(lambda receive: exchange.source(receive).pipe(reconnect), V2)
    actions = record(example.strategy(connection), clock)
    link = connection.connect()
    clock.advance_to(5)
    exchange.cut()
    clock.advance_to(10)
    link.dispose()
    return actions, exchange


def test_the_strategy_sees_one_gap_and_subscribes_once_on_each_socket(example: ModuleType) -> None:
    actions, exchange = run(example, seed=7)
    assert set(actions.values) == {"wait", "cancel all"}
    cancelled = [time for time, item in actions.notifications if getattr(item, "value", "") == "cancel all"]
    assert len(cancelled) == 1
    assert 6 < cancelled[0] < 7
    assert [request.session for request in exchange.requests] == sorted(
        {request.session for request in exchange.requests}
    )
    assert len(exchange.requests) == 2


def test_the_same_seed_gives_the_same_actions_at_the_same_times(example: ModuleType) -> None:
    assert repr(run(example, seed=7)[0]) == repr(run(example, seed=7)[0])
    assert repr(run(example, seed=7)[0]) != repr(run(example, seed=8)[0])
