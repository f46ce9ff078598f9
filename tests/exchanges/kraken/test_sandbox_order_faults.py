"""Faults of orders on the simulated Kraken: what a client sees, and what the ledger says of it."""

from __future__ import annotations

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.kraken.sandbox import OrderFault, OrderFaults
from rxex.sandbox.orders import OrderState
from tests.exchanges.kraken.test_sandbox_orders_v2 import market
from tests.exchanges.kraken.virtual_clients import ClientV1, D, PrivateClient, World

ORDER = {"order_type": "limit", "side": "buy", "symbol": "BTC/USD", "limit_price": D("100.0"), "order_qty": D("1.0")}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> PrivateClient:
    client = PrivateClient(world)
    client.executions()
    return client


def add(client: PrivateClient, **more: object) -> list[str]:
    """Place an order; tell what came, in short."""
    client.inbox.clear()
    client.send(method="add_order", params={**ORDER, "cl_ord_id": "a", "token": client.token, **more})
    return ["answer" if "method" in each else each["data"][0]["exec_type"] for each in client.inbox]


SEEN = {
    OrderFault.LOSE_REQUEST: ([], 0, True),
    OrderFault.CUT_BEFORE: ([], 0, False),
    OrderFault.CUT_BEFORE_ANSWER: ([], 1, False),
    OrderFault.LOSE_ANSWER: (["pending_new", "new"], 1, True),
    OrderFault.CUT_AFTER_ANSWER: (["answer"], 1, False),
    OrderFault.SERVER_ERROR: (["answer", "pending_new", "new"], 1, True),
    OrderFault.SLOW_ANSWER: (["pending_new", "new"], 1, True),
    OrderFault.EVENTS_FIRST: (["pending_new", "new", "answer"], 1, True),
    OrderFault.DUPLICATE_EVENTS: (["pending_new", "pending_new", "new", "new", "answer"], 1, True),
    OrderFault.LOSE_EVENTS: (["answer"], 1, True),
    OrderFault.CUT_AFTER_FILL: (["answer", "pending_new", "new"], 1, True),
}


@pytest.mark.parametrize("fault", list(OrderFault), ids=str)
def test_each_fault_on_demand_is_what_it_says_and_happens_once(
    world: World, client: PrivateClient, fault: OrderFault
) -> None:
    seen, placed, is_open = SEEN[fault]
    world.exchange.fail_next_request(fault)
    assert add(client) == seen
    assert len(world.exchange.placed("a")) == placed
    assert (client.closed is None) is is_open
    (record,) = world.exchange.order_requests
    assert (record.client_id, record.fault, record.carried_out) == ("a", fault, bool(placed))
    assert bool(record.answers) is ("answer" in seen)
    assert next(incident.kind for incident in world.exchange.incidents) == fault
    if is_open:
        assert add(client, cl_ord_id="b") == ["answer", "pending_new", "new"]


def test_lost_events_leave_a_hole_in_the_numbers_and_doubled_ones_repeat_theirs(
    world: World, client: PrivateClient
) -> None:
    world.exchange.fail_next_request(OrderFault.LOSE_EVENTS, OrderFault.DUPLICATE_EVENTS)
    add(client)
    add(client, cl_ord_id="b")
    assert [each["sequence"] for each in client.inbox if "sequence" in each] == [4, 4, 5, 5]


def test_an_exchange_that_has_failed_says_so_and_placed_the_order_all_the_same(
    world: World, client: PrivateClient
) -> None:
    world.exchange.fail_next_request(OrderFault.SERVER_ERROR)
    add(client)
    assert client.inbox[0]["error"] == "EGeneral:Internal error"
    assert len(world.exchange.placed("a")) == 1
    v1 = ClientV1(world)
    world.exchange.fail_next_request(OrderFault.SERVER_ERROR)
    (answer,) = v1.call("cancelAll")
    assert (answer["errorMessage"], answer["event"]) == ("EGeneral:Internal error", "cancelAllStatus")
    assert world.exchange.open_orders() == []


def test_a_slow_answer_comes_at_last(world: World, client: PrivateClient) -> None:
    world.exchange.fail_next_request(OrderFault.SLOW_ANSWER)
    add(client)
    world.pass_time(9)
    assert client.inbox[-1]["result"]["cl_ord_id"] == "a"
    (record,) = world.exchange.order_requests
    assert len(record.answers) == 1


def test_the_link_breaks_between_two_fills(world: World, client: PrivateClient) -> None:
    world.exchange.fail_next_request(OrderFault.CUT_AFTER_FILL)
    add(client, limit_price=market(world)[0], order_qty=D("2.0"))
    world.wait_for(lambda: client.closed is not None)
    assert [row["exec_type"] for row in client.rows()] == ["pending_new", "new", "trade"]
    (order,) = world.exchange.placed("a")
    world.wait_for(lambda: order.state is OrderState.FILLED, 3600)
    again = PrivateClient(world)
    trades = again.executions(snap_trades=True)
    assert len(trades) == len(order.fills) > 1


def test_events_that_are_held_back_come_in_their_order(world: World, client: PrivateClient) -> None:
    world.exchange.hold_events()
    assert add(client) == ["answer"]
    client.inbox.clear()
    world.exchange.release_events()
    world.pass_time(0.1)
    assert [(row["exec_type"]) for row in client.rows()] == ["pending_new", "new"]


def test_late_events_come_late_and_in_order() -> None:
    world = World(OrderFaults(event_delay=(1.0, 5.0)))
    client = PrivateClient(world)
    client.send(method="subscribe", params={"channel": "executions", "token": client.token})
    assert add(client) == ["answer"]
    world.pass_time(20)
    sequences = [each["sequence"] for each in client.inbox if "sequence" in each]
    assert sequences == [1, 2, 3]


def test_a_request_on_its_way_arrives_though_its_link_breaks() -> None:
    world = World(OrderFaults(request_delay=(2.0, 2.0)))
    client = PrivateClient(world)
    assert add(client) == []
    world.exchange.cut()
    world.pass_time(0.5)
    assert world.exchange.placed("a") == []
    world.pass_time(2)
    (record,) = world.exchange.order_requests
    assert (len(world.exchange.placed("a")), record.answers) == (1, [])


def test_a_request_that_is_too_late_is_refused() -> None:
    world = World(OrderFaults(request_delay=(6.0, 6.0)))
    client = PrivateClient(world)
    add(client)
    world.pass_time(7)
    assert client.inbox[0]["error"] == "EService:Deadline elapsed"
    assert world.exchange.placed("a") == []


def test_the_faults_of_v1_are_the_same(world: World) -> None:
    client = ClientV1(world)
    order = {"pair": "XBT/USD", "type": "buy", "ordertype": "limit", "price": "100.0", "volume": "1.0"}
    world.exchange.fail_next_request(OrderFault.LOSE_ANSWER, OrderFault.CUT_BEFORE)
    assert client.call("addOrder", cl_ord_id="a", **order) == []
    assert client.call("addOrder", cl_ord_id="b", **order) == []
    assert (len(world.exchange.placed("a")), world.exchange.placed("b")) == (1, [])
    assert client.closed is not None


def run(seed: int) -> tuple[list[str | None], list[str]]:
    """Place 40 orders through all faults at once; give what went wrong, and what was placed."""
    chances = dict.fromkeys(
        ("lose_request", "cut_before", "cut_before_answer", "lose_answer", "cut_after_answer", "events_first"), 0.08
    )
    world = World(OrderFaults(seed=seed, duplicate_events=0.1, lose_events=0.1, cut_after_fill=0.1, **chances))
    client = PrivateClient(world)
    for number in range(40):
        if client.closed is not None:
            client = PrivateClient(world)
            client.send(method="subscribe", params={"channel": "executions", "token": client.token})
        client.send(method="add_order", params={**ORDER, "cl_ord_id": f"n{number}", "token": client.token})
    records = world.exchange.order_requests
    lost = {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    for record in records:
        assert record.client_id is not None
        assert len(world.exchange.placed(record.client_id)) == (record.fault not in lost)
        assert record.carried_out is (record.fault not in lost)
    return [record.fault for record in records], [order.id for order in world.exchange.orders]


def test_by_seed_all_faults_happen_and_the_ledger_tells_the_truth() -> None:
    faults = {fault for seed in range(3) for fault in run(seed)[0]}
    assert faults >= {
        None,
        OrderFault.LOSE_REQUEST,
        OrderFault.CUT_BEFORE,
        OrderFault.CUT_BEFORE_ANSWER,
        OrderFault.LOSE_ANSWER,
        OrderFault.CUT_AFTER_ANSWER,
        OrderFault.EVENTS_FIRST,
    }


def test_the_same_seed_gives_the_same_faults() -> None:
    assert run(7) == run(7)
    assert run(7)[0] != run(8)[0]


@pytest.mark.parametrize("faults", [{"lose_answer": 2.0}, {"event_delay": (3.0, 1.0)}])
def test_what_cannot_be_is_refused(faults: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        OrderFaults(**faults)  # type: ignore[arg-type]
