"""Orders through the account's socket: each stage told, in whatever order it comes; nothing sent that must not be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable

from rxex.clock import wall_ns
from rxex.errors import ConnectionClosed, InvalidArgument, NotSent, RequestTimeout, TransientError
from rxex.exchanges.bitfinex import orders
from rxex.exchanges.bitfinex.dialect import make_dialect
from rxex.exchanges.bitfinex.orders import AddOrder, BatchAdd, BatchCancel, CancelOrder, EditOrder
from rxex.exchanges.bitfinex.orders.desk import Asked, Desk, desk_of, ids_of
from rxex.models import Fee, Order, OrderUpdate, Stage
from rxex.orders import OrderRefused, Refusal
from tests.exchanges.bitfinex import account_samples as samples
from tests.exchanges.bitfinex.orders import account_desk
from tests.exchanges.bitfinex.orders.account_desk import Heard, note, order_row, taken, trade_row

S = Stage
BUY = AddOrder("tBTCUSD", "buy", "limit", "1", "100")
EXECUTED = "EXECUTED @ 100.0(1)"


def place(desk: account_desk.Desk, request: AddOrder = BUY, at: float = 5, until: Any = None, **options: Any) -> Heard:
    add_order = orders.add_order_factory(desk.sockets, desk.messages, scheduler=desk.scheduler, **options)
    return desk.told(lambda: add_order(request, until), at)


def replying(*frames: Any) -> Any:
    """Answer a new order with frames that are made of its cid."""

    def reply(message: Any) -> Iterable[Any]:
        return [frame(message[3]["cid"]) for frame in frames] if message[1] == "on" else []

    return reply


def n(cid: Any) -> Any:
    return note("on-req", order_row(cid))


def on(cid: Any) -> Any:
    return [0, "on", order_row(cid)]


def ou(cid: Any) -> Any:
    return [0, "ou", order_row(cid, amount=0.5, status="PARTIALLY FILLED @ 100.0(0.5)")]


def te(cid: Any, number: int = 1, amount: Any = 0.5) -> Any:
    return [0, "te", trade_row(cid, amount, number)]


def tu(cid: Any, number: int = 1, amount: Any = 0.5) -> Any:
    return [0, "tu", trade_row(cid, amount, number, fee=-0.25)]


def oc(cid: Any, status: str = EXECUTED, amount: Any = 0) -> Any:
    return [0, "oc", order_row(cid, amount=amount, status=status)]


def test_an_order_tells_each_stage_and_its_fees() -> None:
    desk = account_desk.Desk(replies=replying(n, on, te, ou, tu, lambda cid: te(cid, 2), oc, lambda cid: tu(cid, 2)))
    heard = place(desk)
    desk.world.run()
    assert heard.stages == [
        S.SUBMITTING,
        S.SUBMITTED,
        S.PENDING,
        S.OPEN,
        S.PARTIALLY_FILLED,
        S.PARTIALLY_FILLED,
        S.PARTIALLY_FILLED,
        S.FILLED,
    ]
    last: Order = heard.last
    assert (last.filled, last.average_price, last.fees) == (1, 100, (Fee("USD", last.fees[0].amount),))
    assert str(last.fees[0].amount) == "0.50"
    assert [fill.id for fill in last.fills] == ["1", "2"]
    assert (last.order_id, heard.is_complete, len(desk.inputs)) == ("7", True, 1)
    (code, kind, message_id, payload) = desk.inputs[0]
    assert (code, kind, message_id) == (0, "on", None)
    assert payload == {
        "cid": int(last.client_id),
        "type": "EXCHANGE LIMIT",
        "symbol": "tBTCUSD",
        "amount": "1",
        "price": "100",
    }


@pytest.mark.parametrize("order", list(permutations((n, on, te, tu, oc))))
def test_in_whatever_order_it_is_told_an_order_is_filled_once(order: Any) -> None:
    whole = {te: lambda cid: te(cid, 1, 1), tu: lambda cid: tu(cid, 1, 1)}
    desk = account_desk.Desk(replies=replying(*(whole.get(each, each) for each in order)))
    heard = place(desk)
    desk.world.run()
    assert heard.last.stage is S.FILLED
    assert (heard.last.filled, len(heard.last.fills)) == (1, 1)
    assert heard.stages.count(S.FILLED) == 1
    assert heard.last.fees or order.index(oc) < order.index(tu)


def test_an_order_that_is_filled_at_once_may_have_no_other_word() -> None:
    desk = account_desk.Desk(replies=replying(oc))
    heard = place(desk)
    desk.world.run()
    assert heard.stages == [S.SUBMITTING, S.SUBMITTED, S.FILLED]
    assert heard.times[-1] == 6  # its executions were waited for


@pytest.mark.parametrize(
    ("status", "amount", "stage"),
    [
        ("CANCELED", 1, S.CANCELED),
        ("POSTONLY CANCELED", 1, S.REJECTED),
        ("INSUFFICIENT BALANCE (U1)", 1, S.REJECTED),
        ("FILLORKILL CANCELED", 1, S.EXPIRED),
    ],
)
def test_an_order_that_was_taken_can_still_end_unfilled(status: str, amount: Any, stage: Stage) -> None:
    desk = account_desk.Desk(replies=replying(n, lambda cid: oc(cid, status, amount)))
    heard = place(desk)
    desk.world.run()
    assert heard.stages == [S.SUBMITTING, S.SUBMITTED, S.PENDING, stage]
    assert heard.last.reason == status


def refusing(text: str, status: str = "ERROR") -> Any:
    row = [None, None, None, "tBTCUSD", None, None, 1]
    return replying(lambda cid: note("on-req", [*row[:2], cid, *row[3:]], status, text))


@pytest.mark.parametrize(
    ("text", "status", "stage", "kind"),
    [
        ("Invalid price.", "ERROR", S.REJECTED, Refusal.INVALID_PRICE),
        ("cid: invalid", "ERROR", S.REJECTED, Refusal.INVALID_REQUEST),
        ("Invalid order: not enough exchange balance for x", "FAILURE", S.REJECTED, Refusal.INSUFFICIENT_FUNDS),
        ("Invalid order: minimum size for ETC/USD is 0.8", "ERROR", S.REJECTED, Refusal.TOO_SMALL),
        ("Internal error", "ERROR", S.UNKNOWN, None),
        ("who knows", "SOMETHING", S.UNKNOWN, None),
    ],
)
def test_a_refusal_is_told_by_its_name_and_what_is_neither_is_unknown(
    text: str, status: str, stage: Stage, kind: Any
) -> None:
    desk = account_desk.Desk(replies=refusing(text, status))
    heard = place(desk)
    desk.world.run()
    assert stage in heard.stages
    error = next(order.error for order in heard.items if order.stage is stage)
    assert getattr(error, "kind", None) is kind


def test_an_order_waits_for_the_account_to_be_told() -> None:
    desk = account_desk.Desk("o-a-------s---|")
    heard = place(desk, at=1)
    unheard, late = place(desk, at=4), place(desk, at=6)
    desk.world.run()
    assert heard.stages == [S.SUBMITTING, S.NOT_SENT]  # nobody had accepted us within a second
    assert (unheard.stages, unheard.times[-1]) == ([S.SUBMITTING, S.NOT_SENT], 9)
    assert late.stages[:2] == [S.SUBMITTING, S.SUBMITTED]
    assert late.times[1] == 10


CAPS = '{"event":"auth","status":"OK","chanId":0,"caps":{"orders":{"read":1,"write":0},"funding":{"write":0}}}'
MAINTENANCE = '{"event":"info","code":20060,"msg":"x"}'


@pytest.mark.parametrize(
    ("names", "marbles", "kind", "text"),
    [
        ({"a": CAPS}, "o-a-s------|", OrderRefused, "orders"),
        ({"m": MAINTENANCE}, "o-a-s-m----|", NotSent, "maintenance"),
    ],
)
def test_what_bitfinex_would_refuse_now_is_not_sent(names: Any, marbles: str, kind: Any, text: str) -> None:
    desk = account_desk.Desk(marbles, names=names)
    heard = place(desk, at=7)
    cancel = desk.told(orders.cancel_all_factory(desk.sockets, desk.messages), 7)
    desk.world.run()
    assert heard.stages == [S.SUBMITTING, S.NOT_SENT]
    for error in (heard.last.error, cancel.error):
        assert isinstance(error, kind)
        assert text in str(error)
    assert desk.inputs == []


def test_sockets_that_were_not_accepted_are_refused() -> None:
    desk = account_desk.Desk("o------------|")
    opened: list[Any] = []
    desk.world.connection.link.subscribe(opened.append)

    def cancel() -> Observable[Any]:
        return orders.cancel_all_factory(rx.of(opened[0].socket), desk.messages, scheduler=desk.scheduler)()

    heard = desk.told(cancel)
    desk.world.run()
    assert isinstance(heard.error, NotSent)
    assert "accepted" in str(heard.error)


def test_after_a_break_an_order_is_unknown_until_the_next_list_tells() -> None:
    row = [0, "os", [order_row(0, amount=0.5, status="PARTIALLY FILLED @ 100.0(0.5)")]]
    desk = account_desk.Desk(
        "o-a-s---#-o-a-t------|", names={"t": row}, replies=replying(n, lambda cid: [0, "on", order_row(cid)])
    )
    heard = place(desk)
    desk.world.run()
    assert heard.stages == [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.OPEN, S.UNKNOWN, S.PARTIALLY_FILLED, S.UNKNOWN]
    assert heard.times[4:6] == [8, 14]
    assert str(heard.last.filled) == "0.5"
    assert len(desk.inputs) == 1


def test_an_order_that_has_left_the_list_is_asked_for() -> None:
    asked: list[Order] = []

    def query(order: Order) -> Observable[OrderUpdate]:
        asked.append(order)
        return rx.of(OrderUpdate(order.order_id, order.client_id, S.CANCELED, reason="the dead man's switch"))

    desk = account_desk.Desk("o-a-s---#-o-a-s------|")
    heard = place(desk, query=query)
    desk.world.run()
    assert heard.stages[-2:] == [S.UNKNOWN, S.CANCELED]
    assert len(asked) == len([each for each in desk.inputs if each[1] == "on"]) == 1


def test_no_answer_is_an_unknown_order_and_it_is_not_sent_again() -> None:
    desk = account_desk.Desk(replies=lambda _: ())
    heard = place(desk)
    desk.world.run()
    assert heard.stages[:3] == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN]
    assert isinstance(heard.items[2].error, RequestTimeout)
    assert len(desk.inputs) == 1


def test_two_orders_know_their_own_answers() -> None:
    sent: list[int] = []

    def reply(message: Any) -> Iterable[Any]:
        sent.append(message[3]["cid"])
        if len(sent) == 2:
            for number, cid in enumerate(reversed(sent)):
                yield note("on-req", order_row(cid, 10 + number))

    desk = account_desk.Desk(replies=reply)
    first, second = place(desk), place(desk)
    desk.world.run()
    assert first.last.client_id < second.last.client_id
    assert [heard.items[2].order_id for heard in (first, second)] == ["11", "10"]
    assert {heard.items[2].stage for heard in (first, second)} == {S.PENDING}


def test_client_ids_rise_fit_45_bits_and_are_of_a_band_of_their_own() -> None:
    desks = [Desk() for _ in range(20)]
    for desk in desks:
        ids = [int(desk.new_client_id()) for _ in range(100)]
        assert ids == sorted(set(ids))
        assert ids[-1] < 2**45
    bands = [int(desk.new_client_id()) for desk in desks]
    assert min(abs(one - other) for one in bands for other in bands if one != other) > 1000


# Changes and cancels


def asking(desk: account_desk.Desk, make: Any, request: Any = None, at: float = 7, **options: Any) -> Heard:
    ask = make(desk.sockets, desk.messages, scheduler=desk.scheduler, **options)
    return desk.told(lambda: ask() if request is None else ask(request), at)


def test_a_change_and_a_cancel_are_answered_by_the_id_of_the_order() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[1] in {"ou", "oc"}:
            yield note(f"{message[1]}-req", order_row(1, 999))  # of another program
            yield note(f"{message[1]}-req", order_row(555, message[3]["id"]))
        yield from taken(message)

    desk = account_desk.Desk(replies=reply)
    place(desk, AddOrder("tBTCUSD", "sell", "limit", "1", "100", client_id=555))
    edited = asking(desk, orders.edit_order_factory, EditOrder(client_id=555, quantity="0.5", limit_price=101))
    canceled = asking(desk, orders.cancel_order_factory, CancelOrder(order_id=7))
    unknown = asking(desk, orders.cancel_order_factory, CancelOrder(order_id=8))
    desk.world.run()
    assert edited.items == [orders.Edited("7", "555")]
    assert canceled.items == [orders.Canceled("7", "555")]
    assert unknown.items == [orders.Canceled("8", "555")]
    assert [each[3] for each in desk.inputs[1:]] == [{"id": 7, "amount": "0.5", "price": "101"}, {"id": 7}, {"id": 8}]


def test_an_order_that_is_not_listed_yet_is_canceled_by_our_id_and_its_day() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[1] == "oc":
            yield note("oc-req", [None, None, message[3]["cid"]])

    desk = account_desk.Desk(replies=reply)
    place(desk, AddOrder("tBTCUSD", "buy", "limit", "1", "100", client_id=555))
    canceled = asking(desk, orders.cancel_order_factory, CancelOrder(client_id=555))
    dated = asking(desk, orders.cancel_order_factory, CancelOrder(client_id=556, date=dt.date(2026, 1, 31)))
    stranger = asking(desk, orders.cancel_order_factory, CancelOrder(client_id=557))
    desk.world.run()
    today = dt.datetime.fromtimestamp(wall_ns() / 10**9, dt.UTC)
    assert [each[3] for each in desk.inputs[1:]] == [
        {"cid": 555, "cid_date": f"{today:%Y-%m-%d}"},
        {"cid": 556, "cid_date": "2026-01-31"},
    ]
    assert [each.items for each in (canceled, dated)] == [
        [orders.Canceled(None, "555")],
        [orders.Canceled(None, "556")],
    ]
    assert isinstance(stranger.error, InvalidArgument)


def test_a_refusal_that_names_nothing_is_for_the_oldest_request_of_its_kind() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[3].get("id") == 9:
            yield note("oc-req", None, "ERROR", "Order not found.")
            yield note("oc-req", [9, None, None])

    desk = account_desk.Desk(replies=reply)
    first = asking(desk, orders.cancel_order_factory, CancelOrder(order_id=8))
    second = asking(desk, orders.cancel_order_factory, CancelOrder(order_id=9))
    desk.world.run()
    assert isinstance(first.error, OrderRefused)
    assert first.error.kind is Refusal.UNKNOWN_ORDER
    assert second.items == [orders.Canceled("9", None)]


def test_requests_end_with_what_happened_to_them() -> None:
    desk = account_desk.Desk("o-a-s------#--o|", replies=lambda _: ())
    slow = asking(desk, orders.cancel_all_factory, timeout=2.0)
    broken = asking(desk, orders.cancel_all_factory, timeout=10.0)
    unclear = asking(
        account_desk.Desk(replies=lambda _: [note("oc_multi-req", None, "ERROR", "temporarily unavailable")]),
        orders.cancel_all_factory,
    )
    unclear._desk.world.run()
    desk.world.run()
    assert isinstance(slow.error, RequestTimeout)
    assert isinstance(broken.error, ConnectionClosed)
    assert type(unclear.error) is TransientError


def test_several_are_canceled_at_once() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[1] == "oc_multi":
            info = [order_row(1, 7), order_row(2, 8)] if message[3] == {"all": 1} else None
            yield note("oc_multi-req", info)

    desk = account_desk.Desk(replies=reply)
    everything = asking(desk, orders.cancel_all_factory)
    some = asking(desk, orders.batch_cancel_factory, BatchCancel(order_ids=[7], group_ids=[3]), at=8)
    desk.world.run()
    assert everything.items == [orders.CanceledAll(2)]
    assert some.items == [orders.BatchCanceled(None)]
    assert [each[3] for each in desk.inputs] == [{"all": 1}, {"id": [7], "gid": [3]}]


def each_by_itself(message: Any) -> Iterable[Any]:
    """Answer to several operations with a notification for each, and one for all."""
    (_, good), (_, bad) = message[3]
    yield note("ox_multi-req", None)
    yield note("on-req", [None, None, bad["cid"]], "ERROR", "Invalid price.")
    yield note("on-req", order_row(good["cid"], 7))


def all_in_one(message: Any) -> Iterable[Any]:
    (_, good), (_, bad) = message[3]
    told = [
        note("on-req", order_row(good["cid"], 7))[2],
        note("on-req", [None, None, bad["cid"]], "ERROR", "Invalid price.")[2],
    ]
    yield note("ox_multi-req", [*told, ["x"], [1, 2]])


@pytest.mark.parametrize("reply", [each_by_itself, all_in_one])
def test_a_batch_tells_what_has_become_of_each(reply: Any) -> None:
    desk = account_desk.Desk(replies=reply)
    request = BatchAdd([AddOrder("tBTCUSD", "buy", "limit", "1", "100", client_id=5), BUY])
    heard = asking(desk, orders.batch_add_factory, request)
    desk.world.run()
    ((good, bad),) = heard.items
    assert good == orders.Placed("5", "7", None)
    assert isinstance(bad.error, OrderRefused)
    assert (bad.order_id, bad.error.kind) == (None, Refusal.INVALID_PRICE)
    assert [operation[0] for operation in desk.inputs[0][3]] == ["on", "on"]


def test_a_batch_that_is_told_as_orders_or_refused_as_a_whole() -> None:
    def reply(message: Any) -> Iterable[Any]:
        yield note("ox_multi-req", [order_row(payload["cid"], 7) for _, payload in message[3]])

    desk = account_desk.Desk(replies=reply)
    taken_ = asking(desk, orders.batch_add_factory, BatchAdd([BUY]))
    refused = account_desk.Desk(replies=lambda _: [note("ox_multi-req", None, "ERROR", "input: invalid")])
    not_taken = asking(refused, orders.batch_add_factory, BatchAdd([BUY]))
    for each in (desk, refused):
        each.world.run()
    assert taken_.items[0][0].order_id == "7"
    assert isinstance(not_taken.error, OrderRefused)


def test_anything_can_be_sent_together() -> None:
    desk = account_desk.Desk(replies=lambda _: [note("ox_multi-req", None)])
    heard = asking(desk, orders.multi_factory, [BUY, CancelOrder(order_id=7), BatchCancel(group_ids=[3])])
    desk.world.run()
    assert [each.kind for each in heard.items] == ["ox_multi-req"]
    assert [operation[0] for operation in desk.inputs[0][3]] == ["on", "oc", "oc_multi"]
    with pytest.raises(InvalidArgument):
        orders.multi_factory(desk.sockets, desk.messages)([])


def test_an_order_of_before_is_found_among_the_open_ones() -> None:
    desk = account_desk.Desk("o-a-t---c---|", names={"t": [0, "os", [order_row(555)]], "c": oc(555, "CANCELED", 1)})
    resume = orders.resume_order_factory(desk.sockets, desk.messages, scheduler=desk.scheduler)
    heard = desk.told(lambda: resume("555"))
    desk.world.run()
    assert heard.stages == [S.UNKNOWN, S.OPEN, S.CANCELED]


def test_the_desk_is_the_connection_s() -> None:
    desk = account_desk.Desk()
    assert desk_of(desk.messages) is desk_of(desk.messages)
    assert desk_of(account_desk.Desk().messages) is not desk_of(desk.messages)
    assert make_dialect().options.get("desk") is None
    waiting = Desk()
    asked = Asked("oc-req", "7")
    waiting.wait(asked)
    waiting.leave(asked)
    waiting.leave(asked)
    assert ids_of([True, None, "x"]) == (None, None)
    assert samples.AUTH
