"""What goes wrong with orders on the simulated Bitfinex, one thing at a time, and the truth about it."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.exchanges.bitfinex.sandbox import OrderFault, OrderFaults
from tests.exchanges.bitfinex.virtual_clients import SEQ_ALL, AccountClient, World


def failed(fault: OrderFault, **order: Any) -> tuple[World, AccountClient]:
    world = World()
    client = AccountClient(world, flags=SEQ_ALL)
    world.exchange.fail_next_request(fault)
    client.new(cid=7, **order)
    return world, client


def numbers(client: AccountClient) -> list[int]:
    return [message[3] for message in client.inbox if isinstance(message, list)]


@pytest.mark.parametrize(
    ("fault", "placed", "told", "is_open"),
    [
        (OrderFault.LOSE_REQUEST, False, [], True),
        (OrderFault.CUT_BEFORE, False, [], False),
        (OrderFault.CUT_BEFORE_ANSWER, True, [], False),
        (OrderFault.LOSE_ANSWER, True, ["on"], True),
        (OrderFault.CUT_AFTER_ANSWER, True, ["n"], False),
        (OrderFault.EVENTS_FIRST, True, ["on", "n"], True),
        (OrderFault.DUPLICATE_EVENTS, True, ["on", "on", "n"], True),
        (OrderFault.LOSE_EVENTS, True, ["n"], True),
    ],
)
def test_the_ledger_knows_what_a_client_was_not_told(
    fault: OrderFault, told: list[str], *, placed: bool, is_open: bool
) -> None:
    world, client = failed(fault)
    assert client.types() == told
    assert (client.closed is None) is is_open
    (record,) = world.exchange.order_requests
    assert (record.method, record.client_id, record.account, record.fault) == ("on", "7", "main", fault)
    assert record.carried_out is placed
    assert len(record.orders) == len(world.exchange.placed(7)) == placed
    assert bool(record.answers) is ("n" in told)
    assert [incident.kind for incident in world.exchange.incidents if incident.kind != "cut"] == [fault]


def test_what_is_lost_leaves_a_hole_in_both_numbers() -> None:
    world, client = failed(OrderFault.LOSE_EVENTS)
    client.inbox.clear()
    client.new()
    assert [message[3:] for message in client.inbox] == [[9, 1], [10, 2]]
    assert len(world.exchange.open_orders()) == 2


def test_what_comes_twice_has_numbers_of_its_own() -> None:
    _, client = failed(OrderFault.DUPLICATE_EVENTS)
    assert numbers(client) == [7, 8, 9]


def test_an_exchange_that_has_failed_does_not_say_whether_it_did_it() -> None:
    world, client = failed(OrderFault.SERVER_ERROR)
    (notification,) = client.told("n")
    assert notification[4][2] == 7
    assert notification[6] == "FAILURE"
    assert client.told("on")
    assert world.exchange.open_orders()


def test_a_slow_answer_comes_long_after_its_events() -> None:
    world, client = failed(OrderFault.SLOW_ANSWER)
    assert client.types() == ["on"]
    world.pass_time(9)
    assert client.types() == ["on", "n"]
    assert numbers(client) == [7, 8]


def test_the_link_breaks_after_a_fill() -> None:
    world, client = failed(OrderFault.CUT_AFTER_FILL, type="EXCHANGE MARKET", price=None, amount="0.0001")
    assert client.closed is not None
    assert len([kind for kind in client.types() if kind in {"te", "oc"}]) == 1
    assert not world.exchange.open_orders()
    assert world.exchange.placed(7)[0].fills


def test_events_come_late_in_their_order_and_rightly_numbered() -> None:
    world = World(OrderFaults(event_delay=(0.2, 1.0)))
    client = AccountClient(world, flags=SEQ_ALL)
    world.pass_time(5)
    client.subscribe("ticker", symbol="tBTCUSD")
    client.inbox.clear()
    for _ in range(5):
        client.new(type="EXCHANGE MARKET", price=None, amount="0.05")
    client.inbox.clear()
    world.pass_time(10)
    orders = [message[2][0] for message in client.inbox if message[1] == "oc"]
    assert len(orders) == 5
    assert orders == sorted(orders)
    all_numbers = [message[3] if message[0] == 0 else message[-1] for message in client.inbox]
    beats = [message[2] for message in client.heartbeats]
    everything = sorted(all_numbers + [beat for beat in beats if beat > min(all_numbers)])
    assert everything == list(range(everything[0], everything[0] + len(everything)))
    assert all_numbers == sorted(all_numbers)


def test_the_same_seed_makes_the_same_faults() -> None:
    def run(seed: int) -> list[Any]:
        world = World(OrderFaults(seed=seed, lose_answer=0.2, duplicate_events=0.2, lose_events=0.2, events_first=0.2))
        client = AccountClient(world)
        for _ in range(20):
            client.new()
        return [record.fault for record in world.exchange.order_requests]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert len(set(run(1))) > 2


def test_requests_that_are_late_are_carried_out_though_the_link_is_gone() -> None:
    world = World(OrderFaults(request_delay=(1.0, 2.0)))
    client = AccountClient(world)
    client.new(cid=7)
    world.exchange.cut()
    world.pass_time(3)
    assert world.exchange.placed(7)[0].is_open
    assert world.exchange.order_requests[0].carried_out
