"""Channels: whose a message is, what is made of it, and what a subscription goes through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.codec import encode
from rxex.errors import InvalidArgument, SubscriptionRefused
from rxex.events import Gap, Malformed
from rxex.exchanges import theone
from rxex.exchanges.theone.channels import route
from rxex.exchanges.theone.models import OrderStatus, SwapStage
from rxex.models import Balance
from rxex.testing import ScriptedSocket
from tests.exchanges.theone.broker_world import World

D = Decimal
BALANCES = {
    "ch": "balances",
    "data": [
        {"asset": "USDT", "total": "101.23", "locked": "0"},
        {"asset": "ETH", "total": "2.6", "locked": "0.4"},
    ],
}
UPDATE = {
    "ch": "orders:ord_123456",
    "data": {
        "orderId": "ord_123456",
        "status": "FILLED",
        "filledOut": "3245.67",
        "txHash": "0xabc",
        "updatedAt": 1732526402000,
    },
}


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (BALANCES, ("balances",)),
        (UPDATE, ("orders:ord_123456",)),
        ({"op": "", "ch": "balances", "error": "", "data": []}, ("balances",)),
        ({"op": "subscribe", "ch": "balances", "data": {"status": "subscribed"}}, None),
        ({"ch": "balances", "error": "no"}, None),
        ({"op": "balances", "data": {}}, None),
        ({"error": "Invalid signature"}, None),
        ({"ch": 7}, None),
        ([1], None),
    ],
)
def test_a_message_belongs_to_the_channel_it_names(message: Any, key: Any) -> None:
    assert route(message) == key


class Plain:
    """A feed on messages of no connection."""

    def __init__(self, operator: Any, messages: Subject[Any]) -> None:
        self.messages = messages
        self.socket = ScriptedSocket(TestScheduler())
        self.sockets: Subject[Any] = Subject()
        self.items: list[Any] = []
        self.errors: list[Exception] = []
        self.sockets.pipe(operator).subscribe(self.items.append, self.errors.append)
        self.sockets.on_next(self.socket)

    @property
    def sent(self) -> list[Any]:
        return [message for _, message in self.socket.sent]


def test_balances_are_told_row_by_row_exactly() -> None:
    messages: Subject[Any] = Subject()
    feed = Plain(theone.subscribe_balances(messages), messages)
    assert feed.sent == [{"op": "subscribe", "ch": "balances"}]
    messages.on_next({"op": "subscribe", "ch": "balances", "data": {"status": "subscribed"}})
    messages.on_next(BALANCES)
    messages.on_next(UPDATE)
    messages.on_next({"ch": "balances", "data": [{"asset": "BTC", "total": "0.00000001"}]})
    told = [(item.asset, item.total, item.locked) for item in feed.items]
    assert told == [("USDT", D("101.23"), D(0)), ("ETH", D("2.6"), D("0.4")), ("BTC", D("0.00000001"), None)]
    assert isinstance(feed.items[0], Balance)
    assert feed.items[0].raw == BALANCES


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("PENDING", SwapStage.PENDING),
        ("Processing", SwapStage.PROCESSING),
        ("filled", SwapStage.FILLED),
        ("FAILED", SwapStage.FAILED),
        ("CANCELLED", SwapStage.CANCELED),
        ("canceled", SwapStage.CANCELED),
        ("REFUNDED", None),
    ],
)
def test_the_state_of_an_order_is_read_whatever_its_case_and_with_or_without_its_id(word: str, stage: Any) -> None:
    messages: Subject[Any] = Subject()
    feed = Plain(theone.subscribe_order("ord_123456", messages), messages)
    data: dict[str, Any] = {**UPDATE["data"], "status": word}  # type: ignore[dict-item]
    messages.on_next({"ch": UPDATE["ch"], "data": data})
    data.pop("orderId")
    messages.on_next({"ch": UPDATE["ch"], "data": {**data, "filledOut": None, "txHash": ""}})
    first, second = feed.items
    assert isinstance(first, OrderStatus)
    assert (first.order_id, first.status, first.stage) == ("ord_123456", word.upper(), stage)
    assert (first.filled_out, first.tx_hash, first.time) == (D("3245.67"), "0xabc", 1732526402000 * 10**6)
    assert (second.order_id, second.filled_out, second.tx_hash) == ("ord_123456", None, None)


HOSTILE: list[Any] = [
    {"ch": "orders:ord_1", "data": None},
    {"ch": "orders:ord_1", "data": {}},
    {"ch": "orders:ord_1", "data": {"status": None}},
    {"ch": "orders:ord_1", "data": {"status": "FILLED", "filledOut": "NaN"}},
    {"ch": "orders:ord_1", "data": {"status": "FILLED", "filledOut": "much"}},
    {"ch": "orders:ord_1", "data": {"status": "FILLED", "filledOut": [1]}},
    {"ch": "orders:ord_1", "data": {"status": "FILLED", "orderId": "ord_2"}},
    {"ch": "orders:ord_1", "data": {"status": "FILLED", "updatedAt": "yesterday"}},
    {"ch": "orders:ord_1", "data": [1, 2]},
]


@pytest.mark.parametrize("message", HOSTILE)
def test_a_message_that_cannot_be_read_is_told_and_the_feed_goes_on(message: Any) -> None:
    world = World()
    feed = world.hear(world.sockets.pipe(theone.subscribe_order("ord_1", world.messages)))
    world.pass_time(1)
    world.exchange.send_raw(encode(message))
    world.exchange.send_raw('{"ch":"orders:ord_1","data":{"status":"FILLED"}}')
    world.pass_time(1)
    assert [status.status for status in feed.items] == ["FILLED"]
    assert len(world.of(Malformed)) == 1
    assert feed.error is None


@pytest.mark.parametrize(
    "row", [{"asset": "A"}, {"total": "1"}, {"asset": "A", "total": "x"}, {"asset": 1, "total": 1}]
)
def test_a_balance_is_never_invented(row: Any) -> None:
    world = World()
    feed = world.hear(world.sockets.pipe(theone.subscribe_balances(world.messages)))
    world.pass_time(1)
    world.exchange.send_raw(encode({"ch": "balances", "data": [row]}))
    world.pass_time(1)
    assert feed.items == []
    assert len(world.of(Malformed)) == 1


def test_two_subscribers_share_one_channel_and_the_last_to_leave_says_so() -> None:
    world = World()
    feeds = [world.hear(world.sockets.pipe(theone.subscribe_balances(world.messages))) for _ in range(2)]
    world.pass_time(1)
    world.do_swap()
    world.pass_time(3)
    assert feeds[0].items == feeds[1].items
    assert len(feeds[0].items) == 15
    for feed in feeds:
        feed.subscription.dispose()
    world.pass_time(1)
    assert len(world.sent("subscribe")) == 2
    assert [message["ch"] for message in world.sent("unsubscribe")].count("balances") == 1


def test_after_a_break_the_channel_is_asked_for_again_and_the_gap_is_told() -> None:
    world = World()
    sockets = world.sockets
    feed = world.hear(sockets.pipe(theone.subscribe_balances(world.messages, notices=True)))
    world.pass_time(1)
    world.exchange.cut()
    world.pass_time(2)
    assert [message["ch"] for message in world.sent("subscribe")] == ["balances"] * 2
    assert [type(item) for item in feed.items] == [Gap]


@pytest.mark.parametrize("named", [False, True])
def test_a_refused_channel_ends_alone_whether_or_not_the_error_says_what_it_is_about(*, named: bool) -> None:
    world = World()
    if named:
        world.exchange.name_operations_in_errors()
    world.exchange.refuse("orders:ord_9", "Invalid channel format")
    good = world.hear(world.sockets.pipe(theone.subscribe_balances(world.messages)))
    bad = world.hear(world.sockets.pipe(theone.subscribe_order("ord_9", world.messages)))
    world.pass_time(1)
    assert isinstance(bad.error, SubscriptionRefused)
    assert bad.error.reason == "Invalid channel format"
    world.do_swap()
    world.pass_time(3)
    assert good.error is None
    assert len(good.items) == 15


def test_any_channel_can_be_had_as_it_comes() -> None:
    world = World()
    raw = world.hear(world.sockets.pipe(theone.subscribe_raw("orders:ord_1", world.messages)))
    same = world.hear(world.sockets.pipe(theone.subscribe_order("ord_1", world.messages)))
    world.pass_time(1)
    world.exchange.send_raw('{"ch":"orders:ord_1","data":{"status":"FILLED","more":1.50}}')
    world.pass_time(1)
    assert raw.items == [{"ch": "orders:ord_1", "data": {"status": "FILLED", "more": D("1.50")}}]
    assert isinstance(same.error, InvalidArgument)


@pytest.mark.parametrize("order_id", ["", " ", "a b", "é", None, 7])
def test_what_cannot_be_an_order_is_refused_before_anything_is_sent(order_id: Any) -> None:
    with pytest.raises(InvalidArgument):
        theone.subscribe_order(order_id, Subject())
    if order_id not in {None, 7}:
        with pytest.raises(InvalidArgument):
            theone.subscribe_raw(order_id, Subject())


def test_a_state_that_was_told_is_told_to_who_comes_late() -> None:
    world = World()
    world.hear(world.sockets.pipe(theone.subscribe_order("ord_1", world.messages)))
    world.pass_time(1)
    world.exchange.send_raw('{"ch":"orders:ord_1","data":{"status":"PROCESSING"}}')
    world.pass_time(1)
    late = world.hear(world.sockets.pipe(theone.subscribe_order("ord_1", world.messages)))
    world.pass_time(1)
    assert [status.status for status in late.items] == ["PROCESSING"]
