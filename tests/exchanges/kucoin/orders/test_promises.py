"""What users rely on when they place orders, whatever happens on the way."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.errors import AnswerLost
from rxex.exchanges.kucoin.orders import AddOrder
from rxex.exchanges.kucoin.orders.factories import placed_rows
from rxex.exchanges.kucoin.rest.models.orders import Placed
from rxex.exchanges.kucoin.sandbox import OrderFaults
from rxex.models import Stage
from rxex.orders import OrderRefused, Refusal
from tests.exchanges.kucoin.gateway.worlds import GatewayWorld

REFUSED = OrderRefused("add_order_batch", "too dear", {}, Refusal.INSUFFICIENT_FUNDS)


def test_what_a_stalled_link_brings_late_is_not_told_as_never_taken() -> None:
    # A link to the gateway may be silent for 28 s before it counts as dead; until then a request may still arrive.
    world = GatewayWorld(faults=OrderFaults(request_delay=(25.0, 25.0)))
    world.pass_time(1)
    request = AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000")  # type: ignore[arg-type]
    placed = world.place(world.make("add_order"), request)
    world.pass_time(90)
    assert Stage.REJECTED not in placed.stages
    assert placed.last.stage is Stage.OPEN
    assert len(world.exchange.placed(placed.client_id)) == 1


def row(client_id: str | None, order_id: str | None, error: OrderRefused | None = None) -> Placed:
    return Placed(order_id, client_id, error)


@pytest.mark.parametrize(
    "rows",
    [
        [row("a", "1"), row("b", "2"), row(None, None, REFUSED)],
        [row(None, None, REFUSED), row("b", "2"), row("a", "1")],
        [row("b", "2"), row("a", "1"), row("c", None, REFUSED)],
    ],
)
def test_what_has_become_of_each_of_a_batch_goes_by_its_name_not_by_its_place(rows: Any) -> None:
    told = placed_rows(["a", "b", "c"], rows)
    assert [(each.client_id, each.order_id) for each in told] == [("a", "1"), ("b", "2"), ("c", None)]
    assert told[2].error is REFUSED


def test_without_any_names_the_place_counts() -> None:
    told = placed_rows(["a", "b"], [row(None, "1"), row(None, None, REFUSED)])
    assert [(each.client_id, each.order_id) for each in told] == [("a", "1"), ("b", None)]


@pytest.mark.parametrize("rows", [[row("a", "1")], [row("a", "1"), row("x", "2")], [row("a", "1"), row("a", "2")]])
def test_a_batch_of_which_something_else_is_told_is_not_believed(rows: Any) -> None:
    with pytest.raises(AnswerLost):
        placed_rows(["a", "b"], rows)
