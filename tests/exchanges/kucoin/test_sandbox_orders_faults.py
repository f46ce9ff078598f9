"""Faults of orders on the simulated KuCoin over HTTP: what a client sees, and what the ledger says of it."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.exchanges.kucoin.sandbox import OrderFault, OrderFaults
from rxex.sandbox.orders import OrderState
from tests.exchanges.kucoin.virtual_clients import SYMBOL, D, PrivateClient, World

ORDERS = "/spotMarket/tradeOrdersV2"
HF = "/api/v1/hf/orders"


def listening(faults: OrderFaults | None = None) -> tuple[World, PrivateClient]:
    world = World(faults)
    return world, PrivateClient(world, ORDERS)


SEEN = {
    # The status of the answer (0: reset; None: no answer yet), the events, the orders placed, whether the socket lives.
    OrderFault.LOSE_REQUEST: (None, [], 0, True),
    OrderFault.CUT_BEFORE: (0, [], 0, False),
    OrderFault.CUT_BEFORE_ANSWER: (0, [], 1, False),
    OrderFault.LOSE_ANSWER: (None, ["received", "open"], 1, True),
    OrderFault.SERVER_ERROR: (500, ["received", "open"], 1, True),
    OrderFault.SLOW_ANSWER: (None, ["received", "open"], 1, True),
    OrderFault.CUT_AFTER_ANSWER: (200, [], 1, False),
    OrderFault.EVENTS_FIRST: (200, ["received", "open"], 1, True),
    OrderFault.DUPLICATE_EVENTS: (200, ["received", "received", "open", "open"], 1, True),
    OrderFault.LOSE_EVENTS: (200, [], 1, True),
    OrderFault.CUT_AFTER_FILL: (200, ["received", "open"], 1, True),
}


@pytest.mark.parametrize("fault", list(OrderFault), ids=str)
def test_each_fault_on_demand_is_what_it_says_and_happens_once(fault: OrderFault) -> None:
    world, client = listening()
    status, types, placed, is_open = SEEN[fault]
    world.exchange.fail_next_request(fault)
    asked = world.add()
    assert [reply.status for reply in asked.replies if reply] == ([] if status is None else [status])
    assert client.types == types
    assert len(world.exchange.placed("a")) == placed
    assert (client.closed is None) is is_open
    (record,) = world.exchange.order_requests
    assert (record.client_id, record.account, record.fault) == ("a", "main", fault)
    assert record.carried_out is bool(placed)
    assert next(incident.kind for incident in world.exchange.incidents) == fault
    if is_open:
        client.inbox.clear()
        assert world.add("b").data["clientOid"] == "b"
        assert client.types == ["received", "open"]


def test_the_answer_of_an_exchange_that_has_failed_says_nothing_of_what_it_did() -> None:
    world, _ = listening()
    world.exchange.fail_next_request(OrderFault.SERVER_ERROR)
    assert world.add().refusal == ("500000", "Internal Server Error")
    assert world.add().refusal[0] == "102426"


def test_a_slow_answer_comes_at_last_and_a_lost_one_never_does() -> None:
    world, _ = listening()
    world.exchange.fail_next_request(OrderFault.SLOW_ANSWER, OrderFault.LOSE_ANSWER)
    slow, lost = world.add("a"), world.add("b")
    world.pass_time(9)
    assert slow.data["clientOid"] == "a"
    assert lost.replies == []
    world.pass_time(120)
    assert lost.status == 0
    assert len(world.exchange.orders) == 2


class Noting(list[object]):
    """A list that also notes in another one that something came."""

    def __init__(self, came: list[str], word: str) -> None:
        self._came, self._word = came, word

    def append(self, each: object) -> None:
        super().append(each)
        self._came.append(self._word)


@pytest.mark.parametrize("fault", [None, OrderFault.EVENTS_FIRST], ids=str)
def test_answers_come_before_events_unless_a_fault_turns_them_round(fault: OrderFault | None) -> None:
    world, client = listening()
    if fault is not None:
        world.exchange.fail_next_request(fault)
    came: list[str] = []
    client.inbox = Noting(came, "event")
    world.add("a", wait=0.0, replies=Noting(came, "answer"))
    world.pass_time(1)
    assert came == (["answer", "event", "event"] if fault is None else ["event", "event", "answer"])


def test_the_link_breaks_between_two_fills() -> None:
    world, client = listening()
    bid, _ = world.market()
    world.exchange.fail_next_request(OrderFault.CUT_AFTER_FILL)
    world.add(price=str(bid), size="2")
    world.wait_for(lambda: client.closed is not None)
    assert client.types == ["received", "open", "match"]
    (order,) = world.exchange.placed("a")
    world.wait_for(lambda: order.state is OrderState.FILLED, 3600)
    fills = world.ask("GET", "/api/v1/hf/fills", query={"symbol": SYMBOL, "orderId": order.id}).data["items"]
    assert len(fills) == min(len(order.fills), 20) > 1


def test_a_request_whose_link_breaks_may_arrive_later() -> None:
    world, client = listening(OrderFaults(cut_before_answer=1.0, request_delay=(2.0, 2.0)))
    assert world.add().status == 0
    assert (world.exchange.placed("a"), client.closed is None) == ([], False)
    world.pass_time(3)
    assert len(world.exchange.placed("a")) == 1


def test_late_events_come_late_and_in_order() -> None:
    world, client = listening(OrderFaults(event_delay=(1.0, 5.0)))
    world.add()
    assert client.inbox == []
    world.pass_time(20)
    assert client.types == ["received", "open"]


def test_cancels_go_wrong_likewise() -> None:
    world, _ = listening()
    order_id = world.add().data["orderId"]
    world.exchange.fail_next_request(OrderFault.LOSE_REQUEST, OrderFault.LOSE_ANSWER)
    path = f"{HF}/{order_id}"
    assert world.ask("DELETE", path, query={"symbol": SYMBOL}).replies == []
    assert len(world.exchange.open_orders()) == 1
    assert world.ask("DELETE", path, query={"symbol": SYMBOL}).replies == []
    assert world.exchange.open_orders() == []
    assert [record.carried_out for record in world.exchange.order_requests] == [True, False, True]


def test_a_request_that_is_one_too_many_is_not_carried_out() -> None:
    world = World(rate_limits=True)
    world.exchange.use_up_quota("spot", "main")
    world.exchange.overload()
    for _ in range(2):
        assert (world.add().status, world.add().refusal[0]) == (429, "429000")
    assert {record.carried_out for record in world.exchange.order_requests} == {False}
    assert world.exchange.orders == []


def test_looking_never_goes_wrong() -> None:
    world, _ = listening(OrderFaults(lose_request=1.0))
    assert world.ask("GET", f"{HF}/active", query={"symbol": SYMBOL}).data == []
    assert list(world.exchange.order_requests) == []


@pytest.mark.parametrize("seed", range(3))
def test_events_that_come_twice_and_late_are_the_orders_once_put_together(seed: int) -> None:
    faults = OrderFaults(seed=seed, duplicate_events=0.3, event_delay=(0.0, 2.0), events_first=0.5)
    world = World(faults, seed=seed, symbols=[SYMBOL])
    client = PrivateClient(world, ORDERS)
    for number in range(25):
        bid, _ = world.market()
        side = "buy" if number % 2 else "sell"
        world.add(f"n{number}", side=side, price=str(bid + number % 7 - 3), size="0.01", wait=1.0)
        if number % 5 == 4:
            world.ask("DELETE", HF, query={"symbol": SYMBOL})
    world.pass_time(10)
    last: dict[str, Any] = {}
    trades: dict[tuple[str, str], Any] = {}
    for row in client.rows():
        assert D(row.get("filledSize", "0")) >= D(last.get(row["orderId"], {}).get("filledSize", "0"))
        last[row["orderId"]] = row
        if row["type"] == "match":
            trades[row["orderId"], row["tradeId"]] = D(row["matchSize"])
    assert len(client.rows()) > len({str(row) for row in client.rows()}) > 50
    assert last.keys() == {order.id for order in world.exchange.orders}
    for order in world.exchange.orders:
        assert D(last[order.id].get("filledSize", "0")) == order.filled
        assert sum(size for (number, _), size in trades.items() if number == order.id) == order.filled
        assert (last[order.id]["status"] == "done") is not order.is_open


def run(seed: int) -> tuple[list[str | None], list[str]]:
    """Place 30 orders through all faults at once; give what went wrong, and what was placed."""
    chances: dict[str, Any] = dict.fromkeys(
        ("lose_request", "cut_before", "cut_before_answer", "lose_answer", "server_error", "events_first"), 0.08
    )
    world = World(OrderFaults(seed=seed, duplicate_events=0.1, lose_events=0.1, **chances), symbols=[SYMBOL])
    client = PrivateClient(world, ORDERS)
    for number in range(30):
        if client.closed is not None:
            client = PrivateClient(world, ORDERS)
        world.add(f"n{number}")
    records = world.exchange.order_requests
    for record in records:
        is_lost = record.fault in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
        assert record.client_id is not None
        assert len(world.exchange.placed(record.client_id)) == record.carried_out == (not is_lost)
    return [record.fault for record in records], [order.id for order in world.exchange.orders]


def test_by_seed_all_faults_happen_and_the_same_seed_gives_the_same() -> None:
    assert {fault for seed in range(3) for fault in run(seed)[0]} >= {
        None,
        OrderFault.LOSE_REQUEST,
        OrderFault.CUT_BEFORE,
        OrderFault.CUT_BEFORE_ANSWER,
        OrderFault.LOSE_ANSWER,
        OrderFault.SERVER_ERROR,
        OrderFault.EVENTS_FIRST,
    }
    assert run(7) == run(7)
    assert run(7)[0] != run(8)[0]
