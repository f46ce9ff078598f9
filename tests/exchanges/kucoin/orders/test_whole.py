"""All of an order that was changed is put together from the orders that KuCoin made of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from rxex.errors import AnswerLost
from rxex.exchanges.kucoin.orders.whole import whole_order
from rxex.exchanges.kucoin.rest.models.reading import Cursor
from rxex.models import Fee, Order, Side, Stage
from tests.exchanges.kucoin.test_lookup import Rest, fill, info, run

D = Decimal
S = Stage
ENDED = Order("mine", "BTC-USDT", Side.BUY, "limit", D(2), stage=S.CANCELED, order_id="O1", filled=D(0))
OLD = info("O1", size=D(2), filled=D(1), active=False, created=5)
NEW = info("O2", size=D(3), filled=D(2), active=False, created=6)
LAST = info("O3", size=D(1), filled=D(1), active=False, created=7)
OTHER = info("X", client_oid="another", active=False)
FILLS = {"O1": (fill(1),), "O2": (fill(3, "O2"), fill(2, "O2")), "O3": (fill(4, "O3"),)}


def tell(*infos: Any, ids: tuple[str, ...] = ("O1",), order: Order = ENDED, trade_type: str = "TRADE") -> Any:
    by_id = {each.id: each for each in infos}
    name = "margin_" if trade_type != "TRADE" else ""
    answers = {
        f"{name}closed_orders": lambda **_: Cursor(tuple(each for each in infos if not each.active), None),
        f"{name}query_order": lambda order_id, **_: by_id[order_id],
        f"{name}trades_history": lambda order_id, **_: Cursor(FILLS[order_id], None),
    }
    rest: Any = Rest(**answers)
    (told,) = run(whole_order(rest, lambda _: ids, trade_type)(order))
    return rest.names, told


@pytest.mark.parametrize("trade_type", ["TRADE", "MARGIN_TRADE"])
def test_the_whole_has_all_executions_and_the_stage_of_the_last(trade_type: str) -> None:
    _, told = tell(LAST, NEW, OTHER, OLD, trade_type=trade_type)
    assert (told.order_id, told.stage, told.filled, told.quantity) == ("O3", S.FILLED, 4, 4)
    assert [each.id for each in told.fills] == ["1", "2", "3", "4"]
    assert told.fees == (Fee("USDT", D("0.4")),)
    assert told.average_price == 10


def test_what_was_asked_for_is_what_the_last_could_have_come_to() -> None:
    _, told = tell(NEW, OLD)
    assert (told.order_id, told.stage, told.filled, told.quantity) == ("O2", S.CANCELED, 3, 4)


def test_an_order_without_executions_is_asked_for_none() -> None:
    names, told = tell(evolve(OLD, filled=D(0)))
    assert names == ["closed_orders", "query_order"]
    assert (told.stage, told.filled, told.fills) == (S.CANCELED, 0, ())


def test_an_order_that_never_was_stays_as_it_is_told() -> None:
    never = evolve(ENDED, order_id=None, stage=S.REJECTED)
    assert tell(ids=(), order=never) == (["closed_orders"], never)


@pytest.mark.parametrize("last", [evolve(NEW, active=True), evolve(NEW, filled=D("2.5"))])
def test_nothing_is_told_before_rest_tells_all_of_it(last: Any) -> None:
    with pytest.raises(AnswerLost, match="all executions"):
        tell(last, OLD, ids=("O1", "O2"))
