"""Swaps, told stage by stage, whatever happens to the link; and never one more than was asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable

from rxex.errors import AuthRefused, ConnectionClosed, InvalidArgument, NotSent, RequestTimeout, TransientError
from rxex.events import Opened
from rxex.exchanges import theone
from rxex.exchanges.theone.models import OrderStatus, Swap, SwapStage
from rxex.exchanges.theone.sandbox import Limits, OrderFault
from tests.exchanges.theone.broker_world import World, breaches

S = SwapStage
USUAL = [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.PROCESSING]


@pytest.mark.parametrize(("end", "last"), [("FILLED", S.FILLED), ("FAILED", S.FAILED), ("CANCELLED", S.CANCELED)])
def test_a_swap_is_told_at_each_stage_until_its_end(end: str, last: SwapStage) -> None:
    world = World()
    world.exchange.end_next_swap(end)
    told = world.do_swap(slippage_bps=50)
    world.wait(lambda: told.ended)
    assert told.stages == [*USUAL, last]
    assert breaches(world, told) == []
    (request,) = world.sent("swap")
    client_id = told.items[0].client_id
    assert request["data"] == {
        "from": "ETH",
        "to": "USDT",
        "amount": "1.5",
        "slippage_bps": 50,
        "clientOrderId": client_id,
    }
    assert told.items[0] == Swap(client_id, "ETH", "USDT", Decimal("1.5"))
    if last is S.FILLED:
        assert told.last.filled_out == Decimal("3235.93299000")
        assert told.last.tx_hash.startswith("0x")
    assert [message["ch"] for message in world.sent("unsubscribe")] == [f"orders:{told.last.order_id}"]


def test_the_first_stage_with_the_client_id_comes_before_a_byte_has_left() -> None:
    world = World()
    sent_then: list[int] = []
    swap = world.factory("do_swap_factory")("1", "ETH", "USDT")
    swap.subscribe(lambda _: sent_then.append(len(world.sent("swap"))))
    assert sent_then[0] == 0


def test_it_completes_at_the_stage_that_is_waited_for() -> None:
    world = World()
    told = world.do_swap(until=S.PENDING)
    world.pass_time(2)
    assert told.ended
    assert told.stages == USUAL[:3]
    (record,) = world.exchange.swaps
    assert record.status == "FILLED"
    for until in (S.UNKNOWN, S.SUBMITTING):
        with pytest.raises(InvalidArgument):
            world.do_swap(until=until)


def test_each_subscription_is_a_swap_of_its_own_and_one_is_asked_for_after_the_other() -> None:
    world = World()
    swap = world.factory("do_swap_factory")("1", "ETH", "USDT")
    told = [world.hear(swap) for _ in range(3)]
    assert world.sent("swap") == []
    world.wait(lambda: all(each.ended for each in told))
    assert [each.last.stage for each in told] == [S.FILLED] * 3
    assert len({each.last.client_id for each in told}) == 3
    assert {each.last.order_id for each in told} == {record.id for record in world.exchange.swaps}
    assert [breach for each in told for breach in breaches(world, each)] == []


def test_a_client_id_swaps_once_on_a_connection() -> None:
    world = World()
    first, second = world.do_swap(client_id="mine"), world.do_swap(client_id="mine")
    world.wait(lambda: first.ended)
    third = world.do_swap(client_id="mine")
    assert first.last.stage is S.FILLED
    assert [second.stages, third.stages] == [[S.SUBMITTING, S.NOT_SENT]] * 2
    assert "asked for already" in third.last.reason
    assert len(world.exchange.swaps) == 1


def test_a_client_id_of_which_nothing_came_may_be_used_again() -> None:
    world = World()
    refused = world.do_swap(client_id="mine", amount="99999999")
    world.pass_time(1)
    world.link.dispose()  # type: ignore[union-attr]
    not_sent = world.do_swap(client_id="mine")
    world.pass_time(2)
    world.link = world.connection.connect()
    world.pass_time(1)
    told = world.do_swap(client_id="mine")
    world.wait(lambda: told.ended)
    assert [refused.last.stage, not_sent.last.stage, told.last.stage] == [S.REJECTED, S.NOT_SENT, S.FILLED]
    assert refused.last.reason == "Insufficient balance"


def test_without_a_socket_it_is_not_sent() -> None:
    world = World(connect=False)
    told = world.do_swap()
    world.pass_time(0.9)
    assert told.stages == [S.SUBMITTING]
    world.pass_time(0.2)
    assert told.stages == [S.SUBMITTING, S.NOT_SENT]
    assert isinstance(told.last.error, NotSent)
    world.link = world.connection.connect()
    world.pass_time(5)
    assert world.sent("swap") == []


def test_disposed_of_in_time_it_is_never_sent() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.LOSE_ANSWER)
    first = world.do_swap()
    world.pass_time(1)
    waiting = world.do_swap(client_id="mine")
    world.pass_time(1)
    waiting.subscription.dispose()
    waiting.subscription.dispose()
    world.wait(lambda: first.ended)
    assert len(world.sent("swap")) == 1
    assert waiting.stages == [S.SUBMITTING]
    again = world.do_swap(client_id="mine")
    world.wait(lambda: again.ended)
    assert again.last.stage is S.FILLED


def test_disposed_of_later_it_goes_on_unheard() -> None:
    world = World()
    told = world.do_swap()
    world.pass_time(0.1)
    told.subscription.dispose()
    world.pass_time(5)
    assert told.stages == USUAL[:3]
    assert [record.status for record in world.exchange.swaps] == ["FILLED"]


def test_a_subscriber_that_raises_ends_its_own_swap_only() -> None:
    world = World()

    def raise_(swap: Swap) -> None:
        if swap.stage is S.PENDING:
            raise ValueError("a bug of the user's")

    world.factory("do_swap_factory")("1", "ETH", "USDT").subscribe(raise_)
    told = world.do_swap()
    world.wait(lambda: told.ended)
    assert told.last.stage is S.FILLED


def test_what_the_exchange_refuses_is_rejected_with_its_text() -> None:
    world = World()
    told = world.do_swap(amount="99999999")
    world.wait(lambda: told.ended)
    assert told.stages == [S.SUBMITTING, S.SUBMITTED, S.REJECTED]
    assert told.last.reason == "Insufficient balance"
    assert isinstance(told.last.error, theone.BrokerRefused)
    assert breaches(world, told) == []


def test_who_is_forgotten_is_told_so_and_the_next_socket_is_good_again() -> None:
    world = World()
    world.exchange.log_out()
    told = world.do_swap()
    world.pass_time(2)
    assert told.last.stage is S.REJECTED
    assert isinstance(told.last.error, AuthRefused)
    again = world.do_swap()
    world.wait(lambda: again.ended)
    assert again.last.stage is S.FILLED


def test_an_exchange_in_trouble_has_not_said_no() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.SERVER_ERROR)
    told = world.do_swap()
    world.wait(lambda: told.ended)
    assert told.stages[:3] == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN]
    assert told.last.stage is S.FILLED
    assert breaches(world, told) == []


@pytest.mark.parametrize(
    "answer",
    ['{"op":"swap"}', '{"op":"swap","data":{}}', '{"op":"swap","data":{"orderId":7}}', '{"op":"swap","data":[1]}'],
)
def test_an_answer_that_cannot_be_read_leaves_it_unknown_until_it_is_asked_for(answer: str) -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.LOSE_ANSWER)
    told = world.do_swap()
    world.pass_time(0.05)
    world.exchange.send_raw(answer)
    world.wait(lambda: told.ended)
    assert told.stages[2] is S.UNKNOWN
    assert told.last.stage is S.FILLED
    assert breaches(world, told) == []


def test_without_an_answer_in_time_it_is_unknown_and_the_socket_is_made_anew() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.LOSE_ANSWER)
    told = world.do_swap(timeout=3.0)
    world.wait(lambda: told.ended)
    assert told.stages[:3] == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN]
    assert told.times[2] == pytest.approx(told.times[1] + 3)
    assert isinstance(told.items[2].error, RequestTimeout)
    assert told.last.stage is S.FILLED
    assert world.exchange.connections == 2


def test_an_answer_to_one_swap_is_never_taken_for_that_to_another() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.LOSE_ANSWER)
    world.exchange.end_next_swap("FAILED", "FILLED")
    first = world.do_swap(timeout=3.0)
    world.pass_time(1)
    second = world.do_swap(timeout=10.0, amount="2")
    world.wait(lambda: first.ended and second.ended)
    third = world.do_swap(amount="3")
    world.wait(lambda: third.ended)
    assert (first.last.stage, second.last.stage, third.last.stage) == (S.FAILED, S.NOT_SENT, S.FILLED)
    amounts = {record.id: record.amount_in for record in world.exchange.swaps}
    assert [amounts[told.last.order_id] for told in (first, third)] == [Decimal("1.5"), Decimal(3)]


def test_after_a_break_its_stages_go_on_where_it_stands() -> None:
    world = World()
    world.exchange.hold_swaps()
    told = world.do_swap()
    world.pass_time(1)
    world.exchange.cut()
    world.pass_time(2)
    assert told.stages == [*USUAL[:3], S.UNKNOWN, S.PENDING]
    assert isinstance(told.items[3].error, ConnectionClosed)
    world.exchange.release_swaps()
    world.wait(lambda: told.ended)
    assert told.stages[-2:] == [S.PROCESSING, S.FILLED]
    order_id = told.last.order_id
    assert [message["ch"] for message in world.sent("subscribe")] == [f"orders:{order_id}"] * 2
    # That the exchange looks for our own ids, too, is in no document.
    assert {message["data"]["id"] for message in world.sent("order_status")} == {order_id}
    assert len(world.sent("swap")) == 1


def test_what_is_told_of_another_order_is_not_believed() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.LOSE_REQUEST)
    told = world.do_swap(patience=5.0, timeout=1.0)
    world.wait(lambda: len(world.of(Opened)) == 2, step=0.01)
    world.pass_time(0.001)
    world.exchange.send_raw(
        '{"op":"order_status","data":{"orderId":"ord_9","status":"FILLED","clientOrderId":"theirs"}}'
    )
    world.wait(lambda: told.ended)
    assert told.last.stage is S.UNKNOWN


def test_what_happens_before_the_channel_is_ours_is_asked_for() -> None:
    world = World(walk=(0.0, 0.0))
    told = world.do_swap()
    world.pass_time(1)
    assert told.ended
    assert told.last.stage is S.FILLED
    assert len(world.sent("order_status")) == 1


def test_where_the_last_word_is_lost_it_is_asked_for_after_a_while() -> None:
    world = World()
    told = world.do_swap(check=20.0)
    world.pass_time(0.05)
    world.exchange.silence("")
    world.wait(lambda: told.ended, most=30)
    assert told.last.stage is S.FILLED
    assert breaches(world, told) == []


def test_an_order_whose_channel_is_refused_is_asked_for() -> None:
    world = World(limits=Limits(1, 65536), connection_options={"channels_per_socket": 5})
    world.hear(world.sockets.pipe(theone.subscribe_balances(world.messages)))
    world.pass_time(1)
    told = world.do_swap(check=20.0)
    world.wait(lambda: told.ended, most=30)
    assert told.last.stage is S.FILLED


def test_past_the_limit_of_the_socket_an_orders_channel_goes_over_another_one() -> None:
    world = World(limits=Limits(1, 65536), connection_options={"channels_per_socket": 1})
    world.hear(world.sockets.pipe(theone.subscribe_balances(world.messages)))
    world.pass_time(1)
    told = world.do_swap(check=60.0)
    world.wait(lambda: told.ended, most=5)
    assert told.stages == [*USUAL, S.FILLED]
    assert world.exchange.connections == 2
    world.pass_time(1)
    assert len(world.exchange.open_sessions) == 1


class Asked:
    """A query of the user's: gives these answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.swaps: list[Swap] = []

    def __call__(self, swap: Swap) -> Observable[OrderStatus]:
        self.swaps.append(swap)
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, ValueError):
            raise answer
        if isinstance(answer, Exception):
            return rx.throw(answer)
        return rx.from_iterable(answer)


def test_a_query_that_fails_is_asked_again_and_absence_is_believed_after_a_while_only() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.CUT_BEFORE)
    asked = Asked(ValueError("a bug"), TransientError("502"), [], [])
    told = world.do_swap(query=asked, settle=30.0)
    world.wait(lambda: told.ended)
    assert told.last.stage is S.REJECTED
    assert told.times[-1] >= told.times[1] + 30
    assert {swap.stage for swap in asked.swaps} == {S.UNKNOWN}
    assert len(asked.swaps) > 4


def test_what_cannot_be_learned_ends_as_unknown_and_patience_counts_open_links_only() -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.CUT_BEFORE)
    told = world.do_swap(query=Asked(), settle=500.0, patience=10.0)
    world.pass_time(0.1)
    world.exchange.refuse_handshakes(15)
    world.pass_time(12)
    assert not told.ended
    world.wait(lambda: told.ended, most=30)
    assert told.stages == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN]


def test_the_end_of_the_connection_ends_it() -> None:
    world = World()
    world.exchange.hold_swaps()
    told = world.do_swap()
    world.pass_time(1)
    world.of(Opened)[-1].socket.close()
    world.pass_time(1)
    assert told.ended
    assert told.last.stage is S.UNKNOWN


def test_it_needs_the_messages_of_a_connection() -> None:
    with pytest.raises(InvalidArgument, match="messages"):
        theone.do_swap_factory(rx.never(), rx.never())


@pytest.mark.parametrize("name", ["timeout", "settle", "patience", "check"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_times_have_to_be_above_0(name: str, seconds: float) -> None:
    with pytest.raises(InvalidArgument):
        World(connect=False).do_swap(**{name: seconds})
