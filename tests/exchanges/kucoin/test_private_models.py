"""What KuCoin's messages about orders mean: every course of an order, judged by its sizes and not by words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.codec import number
from rxex.errors import RxexError
from rxex.exchanges.kucoin.private_models import OrderFeed, OrderWire, Seen, stage_at_end
from rxex.models import Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.orders import OrderMachine
from tests.history import Entry, Told, violations

S = Stage
D = Decimal


def event(type_: str, status: str, **more: Any) -> dict[str, Any]:
    """An event of an order of 0.1 that buys at 100, as the exchange tells it."""
    row = {
        "clientOid": "mine",
        "orderId": "O1",
        "orderTime": 1730206271588,
        "orderType": "limit",
        "originSize": "0.1",
        "price": "100",
        "side": "buy",
        "status": status,
        "symbol": "BTC-USDT",
        "ts": 1730206271616000000,
        "type": type_,
    }
    return {key: value for key, value in (row | more).items() if value is not None}


def match(trade_id: str, part: str, filled: str, status: str = "match", **more: Any) -> dict[str, Any]:
    told = {"tradeId": trade_id, "matchSize": part, "matchPrice": "99.5", "filledSize": filled, "feeType": "takerFee"}
    return event("match", status, **({"size": "0.1"} | told | more))


def read(*rows: dict[str, Any], feed: OrderFeed | None = None) -> list[Any]:
    feed = feed or OrderFeed()
    return [item for row in rows for item in feed(msgspec.convert({"data": row}, OrderWire), 7, {"data": row}, number)]


def course(*rows: dict[str, Any], asked: Order | None = None) -> list[Order]:
    """The orders that a subscriber is told."""
    machine = OrderMachine(asked or Order("mine", "BTC-USDT", Side.BUY, "limit", D("0.1"), D(100)))
    orders = machine.sent()
    for update in read(*rows):
        orders += machine.update(update)
    return orders


RECEIVED = event("received", "new")
OPEN = event("open", "open", size="0.1", filledSize="0", remainSize="0.1", canceledSize="0")
FUNDS: dict[str, Any] = {"orderType": "market", "originSize": None, "price": None, "originFunds": "10"}
LEFT = {"filledSize": "0.1", "size": None, "remainSize": None}


@pytest.mark.parametrize(
    ("rows", "stages", "filled"),
    [
        pytest.param([RECEIVED, OPEN], [S.PENDING, S.OPEN], "0", id="it rests"),
        pytest.param(
            [
                RECEIVED,
                match("1", "0.04", "0.04"),
                match("2", "0.06", "0.1"),
                event("filled", "done", filledSize="0.1"),
            ],
            [S.PENDING, S.PARTIALLY_FILLED, S.FILLED],
            "0.1",
            id="it takes all at once",
        ),
        pytest.param(
            [OPEN, match("1", "0.1", "0.1", "open", feeType="makerFee"), event("filled", "done", filledSize="0.1")],
            [S.OPEN, S.FILLED],
            "0.1",
            id="it is hit",
        ),
        pytest.param(
            [RECEIVED, match("1", "0.04", "0.04"), event("open", "open", size="0.1", filledSize="0.04")],
            [S.PENDING, S.PARTIALLY_FILLED],
            "0.04",
            id="it takes a part and rests",
        ),
        pytest.param(
            [RECEIVED, OPEN, event("canceled", "done", size="0.1", filledSize="0", canceledSize="0.1")],
            [S.PENDING, S.OPEN, S.CANCELED],
            "0",
            id="it is canceled",
        ),
        pytest.param(
            [OPEN, match("1", "0.04", "0.04"), event("canceled", "done", filledSize="0.04", canceledSize="0.06")],
            [S.OPEN, S.PARTIALLY_FILLED, S.CANCELED],
            "0.04",
            id="it is canceled with a part",
        ),
        pytest.param(
            [
                OPEN,
                event("update", "open", size="0.06", oldSize="0.1", filledSize="0"),
                match("1", "0.06", "0.06", size="0.06"),
            ],
            [S.OPEN, S.OPEN, S.FILLED],
            "0.06",
            id="a part is taken off and the rest filled",
        ),
        pytest.param(
            [RECEIVED, match("1", "0.1", "0.1"), event("canceled", "done", filledSize="0.1", canceledSize="0")],
            [S.PENDING, S.FILLED],
            "0.1",
            id="the word says canceled and the sizes filled",
        ),
        pytest.param(
            [RECEIVED, event("filled", "done", size="0.1", filledSize="0")],
            [S.PENDING, S.CANCELED],
            "0",
            id="the word says filled and the sizes nothing",
        ),
        pytest.param(
            [event("canceled", "done", size="0.1", filledSize="0", canceledSize="0.1"), OPEN, RECEIVED],
            [S.CANCELED],
            "0",
            id="what came before comes after",
        ),
        pytest.param(
            [OPEN, match("2", "0.06", "0.1"), match("1", "0.04", "0.04"), OPEN],
            [S.OPEN, S.FILLED],
            "0.1",
            id="executions the wrong way round",
        ),
        pytest.param(
            [OPEN, event("update", "done", size="0.1", oldSize="0.1", filledSize="0", remainSize="0")],
            [S.OPEN, S.CANCELED],
            "0",
            id="a self trade takes it away",
        ),
        pytest.param([event("hidden", "open"), OPEN], [S.OPEN], "0", id="a word that nobody knows"),
    ],
)
def test_every_course_ends_by_its_sizes(rows: list[dict[str, Any]], stages: list[Stage], filled: str) -> None:
    orders = course(*rows)
    assert [order.stage for order in orders[1:]] == stages
    assert orders[-1].filled == D(filled)


@pytest.mark.parametrize(
    ("end", "stage"),
    [
        ({"remainFunds": "0", **LEFT}, S.FILLED),
        ({"remainFunds": "0.05", **LEFT}, S.FILLED),
        ({"remainFunds": "0", "canceledFunds": "0.05", **LEFT}, S.FILLED),
        ({"remainFunds": "3", **LEFT}, S.CANCELED),
        ({"remainFunds": "0", "canceledFunds": "3", **LEFT}, S.CANCELED),
        ({**LEFT}, S.FILLED),
        ({"filledSize": "0", "remainFunds": "10"}, S.CANCELED),
        ({"filledSize": "0"}, S.CANCELED),
    ],
)
def test_a_purchase_for_money_that_ends_canceled_is_filled_where_the_money_is_spent(
    end: dict[str, Any], stage: Stage
) -> None:
    asked = Order("mine", "BTC-USDT", Side.BUY, "market", None)
    rows = [event("received", "new", **FUNDS)]
    if end["filledSize"] != "0":
        rows.append(match("1", "0.1", "0.1", size=None, **FUNDS))
    last = course(*rows, event("canceled", "done", **(FUNDS | end)), asked=asked)[-1]
    assert (last.stage, last.filled) == (stage, D(end["filledSize"]))


def test_a_sample_is_read_digit_for_digit() -> None:
    row = match("5efab07a4ee4c7000a82d6d9", "0.0400", "0.0400", ts=1670329987311000001, feeType="makerFee")
    (update,) = read(row)
    fill = update.fill
    assert (fill.id, fill.order_id, str(fill.price), str(fill.quantity)) == (row["tradeId"], "O1", "99.5", "0.0400")
    assert (fill.symbol, fill.side, fill.fees, fill.time) == ("BTC-USDT", Side.BUY, (), 1670329987311000001)
    assert fill.is_maker is True
    assert str(update.filled) == "0.0400"
    assert (update.order_id, update.client_id, update.type, update.price) == ("O1", "mine", "limit", 100)
    assert (update.time, update.received) == (1670329987311000001, 7)
    assert update.raw == fill.raw == {"data": row}


def test_who_paid_which_fee_is_the_truth_and_not_who_rested() -> None:
    (update,) = read(match("1", "0.1", "0.1", liquidity="taker", feeType="makerFee"))
    assert update.fill.is_maker is True
    (update,) = read(match("1", "0.1", "0.1", liquidity="maker", feeType=None))
    assert update.fill.is_maker is True


def test_sizes_and_prices_that_are_empty_or_nothing_are_not_told() -> None:
    (update,) = read(event("open", "open", price="0", size="", originSize="", clientOid=""))
    assert (update.price, update.quantity, update.client_id) == (None, None, None)


@pytest.mark.parametrize(
    "wrong", [{"matchPrice": None}, {"matchSize": "NaN"}, {"side": "both"}, {"filledSize": "1e"}, {"size": True}]
)
def test_a_wrong_number_or_side_is_not_guessed(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError, RxexError)):
        read(match("1", "0.1", "0.1") | wrong)


def test_what_comes_twice_counts_once() -> None:
    rows = [RECEIVED, OPEN, match("1", "0.1", "0.1")]
    assert len(read(*(row for row in rows for _ in range(3)))) == 3
    seen = Seen(2)
    assert [seen.is_new(key) for key in "aabacb"] == [True, False, True, False, True, False]
    assert seen.is_new("a")  # it is long ago


def update(order_id: str, stage: Stage, **more: Any) -> OrderUpdate:
    return OrderUpdate(order_id, f"c-{order_id}", stage, "BTC-USDT", **more)


def ids(snapshot: Any) -> list[str]:
    assert isinstance(snapshot, OrderSnapshot)
    return sorted(row.order_id or "" for row in snapshot.open)


def test_the_list_of_open_orders_is_what_rest_tells_and_what_came_meanwhile() -> None:
    feed = OrderFeed()
    assert feed.snapshot() is None
    read(
        event("canceled", "done", orderId="gone", filledSize="0", size="0.1"),
        event("open", "open", orderId="new", filledSize="0", size="0.1"),
        match("1", "0.04", "0.04", orderId="further"),
        feed=feed,
    )
    fetched = (update("gone", S.OPEN), update("further", S.OPEN, filled=D(0), price=D(99)), update("old", S.OPEN))
    (snapshot,) = feed.join(fetched, 9)
    assert ids(snapshot) == ["further", "new", "old"]
    further = next(row for row in snapshot.open if row.order_id == "further")  # type: ignore[union-attr]
    assert (further.filled, further.stage, further.fill) == (D("0.04"), S.PARTIALLY_FILLED, None)
    # And goes on with what comes.
    read(
        event("canceled", "done", orderId="old", filledSize="0", size="0.1"),
        event("received", "new", orderId="newer"),
        feed=feed,
    )
    assert ids(feed.snapshot()) == ["further", "new", "newer"]


def test_an_open_order_is_told_with_all_that_is_known_of_it() -> None:
    feed = OrderFeed()
    read(OPEN, match("1", "0.04", "0.04", clientOid=None, price=None), feed=feed)
    feed.join((), 9)
    snapshot = feed.snapshot()
    assert snapshot is not None
    (row,) = snapshot.open
    assert (row.client_id, row.price, row.filled, row.fill) == ("mine", D(100), D("0.04"), None)
    read(event("open", "open", size="0.1", filledSize="0.01"), feed=feed)  # it is late
    assert feed.snapshot() == snapshot


@pytest.mark.parametrize(
    ("sizes", "stage"),
    [
        ((None, D(1)), S.CANCELED),
        ((D(0), D(1)), S.CANCELED),
        ((D(1), D(1)), S.FILLED),
        ((D("0.9"), D(1)), S.CANCELED),
        ((D(1), None), S.FILLED),
    ],
)
def test_an_end_is_judged_by_sizes_alone(sizes: Any, stage: Stage) -> None:
    assert stage_at_end(*sizes, word="canceled") is stage
    assert stage_at_end(None, None, word="filled") is S.FILLED


@given(st.data())
def test_whatever_comes_twice_late_or_never_the_course_is_true(data: st.DataObject) -> None:
    """An order is filled by steps and perhaps canceled; its events are lost, repeated and shuffled a little."""
    steps = data.draw(st.lists(st.integers(1, 4), min_size=0, max_size=5))
    total = D(sum(steps)) / 100
    ends = data.draw(st.booleans()) or not steps
    size = total + D(data.draw(st.integers(1, 5))) / 100 if ends else total
    base = {"originSize": str(size), "size": str(size)}
    rows = [event("received", "new", ts=1, **base), event("open", "open", ts=2, filledSize="0", **base)]
    trades, filled = {}, D(0)
    for number_, step in enumerate(steps):
        part = D(step) / 100
        filled += part
        trades[str(number_)] = part
        rows.append(match(str(number_), str(part), str(filled), ts=3 + number_, **base))
    word = data.draw(st.sampled_from(["canceled", "filled"]))
    rows.append(event(word, "done", ts=99, filledSize=str(filled), **base))
    kept = [row for row in rows[:-1] if data.draw(st.integers(0, 9)) or row["type"] == "match"]
    told = [*kept, *data.draw(st.lists(st.sampled_from(rows[:-1]), max_size=3))]
    told = data.draw(st.permutations(told)) if data.draw(st.booleans()) else told
    orders = [
        Order("mine", "BTC-USDT", Side.BUY, "limit", size),
        *course(*told, rows[-1], asked=Order("mine", "BTC-USDT", Side.BUY, "limit", size)),
    ]
    stage = S.CANCELED if ends else S.FILLED
    assert violations([Entry("mine", stage, trades)], [Told("mine", orders)]) == []
    assert orders[-1].stage is stage
