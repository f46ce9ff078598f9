"""The stages of one order, whatever is told in which order."""

# ruff: noqa: FBT001, FBT003 - hypothesis draws the arguments of rules

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rxex.errors import ConnectionClosed, NotSent, RequestTimeout
from rxex.models import Fee, Fill, Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.orders import OrderMachine, OrderRefused, Refusal, is_before
from tests.history import Entry, Told, violations

S = Stage
D = Decimal
ASKED = Order("mine", "A/B", Side.BUY, "limit", D(3), D(10))
BREAK = ConnectionClosed(1006, "cut")
REFUSED = OrderRefused("add_order", "EOrder:Insufficient funds", kind=Refusal.INSUFFICIENT_FUNDS)


def fill(number: int, quantity: str = "1", price: str = "10", order_id: str = "O1") -> Fill:
    return Fill(f"T{number}", order_id, D(price), D(quantity), fees=(Fee("B", D("0.1")),))


def told(stage: Stage | None = None, **more: Any) -> OrderUpdate:
    return OrderUpdate(**({"order_id": "O1", "client_id": "mine", "stage": stage} | more))


class Course:
    """A machine, and everything that it gave."""

    def __init__(self, order: Order = ASKED) -> None:
        self.machine = OrderMachine(order)
        self.orders: list[Order] = [order]

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Course:
            self.orders += getattr(self.machine, name)(*arguments)
            return self

        return call

    @property
    def stages(self) -> list[Stage]:
        return [order.stage for order in self.orders]

    @property
    def last(self) -> Order:
        return self.orders[-1]


def test_an_order_goes_through_its_stages() -> None:
    course = Course().sent(7).answer(told(S.PENDING)).update(told(S.PENDING)).update(told(S.OPEN))
    for number in (1, 2):
        course.update(told(S.PARTIALLY_FILLED, fill=fill(number), filled=D(number)))
    course.update(told(S.PARTIALLY_FILLED, fill=fill(3, price="13"), filled=D(3))).update(told(S.FILLED, filled=D(3)))
    assert course.stages == [
        S.SUBMITTING,
        S.SUBMITTED,
        S.PENDING,
        S.OPEN,
        S.PARTIALLY_FILLED,
        S.PARTIALLY_FILLED,
        S.FILLED,
    ]
    assert course.orders[1].received == 7
    assert (course.last.filled, course.last.average_price, course.last.fees) == (D(3), D(11), (Fee("B", D("0.3")),))
    assert [each.id for each in course.last.fills] == ["T1", "T2", "T3"]
    assert course.last.order_id == "O1"


def test_an_execution_that_is_told_again_with_its_fees_gets_them_once() -> None:
    course = Course().sent().update(told(fill=evolve(fill(1), fees=())))
    assert course.last.fees == ()
    course.update(told(fill=fill(1))).update(told(fill=fill(1))).update(told(fill=evolve(fill(1), fees=())))
    assert course.last.fills == (fill(1),)
    assert course.last.fees == (Fee("B", D("0.1")),)
    assert course.stages[2:] == [S.PARTIALLY_FILLED] * 2


def test_an_end_waits_for_the_fees_of_its_executions_where_it_is_to() -> None:
    course = Course()
    course.machine = OrderMachine(ASKED, awaits_fees=True)
    course.sent().update(told(fill=evolve(fill(1), fees=()))).update(told(S.CANCELED, filled=D(1)))
    assert course.last.stage is S.PARTIALLY_FILLED
    assert course.machine.lacks_fills
    assert course.update(told(fill=fill(1))).last.stage is S.CANCELED
    assert course.last.fees == (Fee("B", D("0.1")),)


def test_what_is_all_traded_lacks_its_fees_where_they_are_awaited() -> None:
    course = Course()
    course.machine = OrderMachine(ASKED, awaits_fees=True)
    course.sent().update(told(S.PARTIALLY_FILLED, fill=evolve(fill(1, "3"), fees=())))
    assert course.machine.lacks_fills
    assert course.snapshot(OrderSnapshot(())).last.stage is S.PARTIALLY_FILLED
    assert course.update(told(fill=fill(1, "3"))).last.stage is S.FILLED


def test_what_was_taken_is_refused_later_by_its_own_word_only() -> None:
    course = Course().sent().answer(told(S.PENDING)).lose(BREAK)
    course.answer(told(S.REJECTED, order_id=None))
    assert course.last.stage is S.UNKNOWN
    assert course.answer(told(S.REJECTED, reason="it would take")).last.stage is S.REJECTED


def test_an_event_before_the_answer_is_a_sign_that_it_was_sent() -> None:
    course = Course().update(told(S.OPEN)).sent().answer(told(S.PENDING))
    assert course.stages == [S.SUBMITTING, S.SUBMITTED, S.OPEN]


def test_an_event_without_a_client_id_waits_for_the_answer_that_tells_whose_it_is() -> None:
    course = Course().sent()
    course.update(told(S.OPEN, client_id=None)).update(told(S.OPEN, client_id=None, order_id="of another"))
    course.update(told(client_id=None, fill=fill(1)))
    assert course.stages == [S.SUBMITTING, S.SUBMITTED]
    course.answer(told(S.PENDING))
    assert course.stages[2:] == [S.PENDING, S.OPEN, S.PARTIALLY_FILLED]


def test_of_early_events_nothing_follows_an_end_either() -> None:
    course = Course().sent()
    for number, stage in enumerate((S.OPEN, S.CANCELED, S.OPEN)):
        course.update(told(stage, client_id=None, fill=fill(number)))
    assert course.answer(told(S.PENDING)).stages[2:] == [S.PENDING, S.PARTIALLY_FILLED, S.CANCELED]


def test_an_end_that_tells_the_order_s_id_does_not_hide_what_came_before_it() -> None:
    course = Course().sent().update(told(client_id=None, fill=fill(1))).update(told(S.CANCELED, filled=D(1)))
    assert course.stages[2:] == [S.PARTIALLY_FILLED, S.CANCELED]
    assert course.last.fills == (fill(1),)


def test_what_is_told_of_other_orders_is_passed_over() -> None:
    course = Course().sent().update(told(S.OPEN, client_id="another")).update(OrderUpdate(None, None, S.FILLED))
    course.answer(told(S.PENDING)).update(told(S.FILLED, client_id=None, order_id="O2"))
    assert course.stages == [S.SUBMITTING, S.SUBMITTED, S.PENDING]


def test_a_stage_that_comes_too_late_is_passed_over_and_what_it_tells_is_kept() -> None:
    course = Course(evolve(ASKED, symbol=None)).sent().update(told(S.OPEN)).update(told(S.PENDING, symbol="A/B"))
    course.update(told(S.PARTIALLY_FILLED, fill=fill(1), filled=D(1))).update(told(S.OPEN))
    assert course.stages[2:] == [S.OPEN, S.PARTIALLY_FILLED]
    assert course.last.symbol == "A/B"


def test_a_patch_without_a_status_is_a_partial_fill_and_not_an_end() -> None:
    course = Course().sent().update(told(S.OPEN)).update(told(filled=D(1), average_price=D("9.5"), fees=()))
    assert course.stages[-1] is S.PARTIALLY_FILLED
    assert (course.last.filled, course.last.average_price, course.last.fills) == (D(1), D("9.5"), ())
    course.update(told(filled=D(3))).end()
    assert course.stages[-1] is S.FILLED


def test_an_end_without_an_amount_is_the_whole_order_where_it_is_filled() -> None:
    filled = Course().sent().update(told(S.FILLED)).end().last
    assert (filled.filled, filled.average_price) == (D(3), None)
    assert Course().sent().update(told(S.CANCELED)).last.filled == 0
    part = Course().sent().update(told(S.FILLED, filled=D("2.9"))).end().last  # a quantity in the other asset
    assert (part.stage, part.filled) == (S.FILLED, D("2.9"))


def test_an_end_waits_for_its_executions() -> None:
    course = Course().sent().update(told(S.OPEN)).update(told(S.CANCELED, filled=D(2), reason="why"))
    course.update(told(fill=fill(1))).update(told(S.OPEN))
    assert course.stages[-1] is S.OPEN
    assert course.machine.is_ending
    course.update(told(fill=fill(2)))
    assert course.stages[2:] == [S.OPEN, S.CANCELED]
    assert (course.last.reason, [each.id for each in course.last.fills]) == ("why", ["T1", "T2"])
    assert course.end().lose(BREAK).stages[-1] is S.CANCELED


def test_an_end_waits_no_longer_where_they_cannot_come() -> None:
    assert Course().sent().update(told(S.FILLED)).lose(BREAK).stages[2:] == [S.FILLED]
    course = Course().sent().update(told(S.FILLED)).snapshot(OrderSnapshot((), (told(fill=fill(1, "3")),)))
    assert (course.last.stage, course.last.fills) == (S.FILLED, (fill(1, "3"),))
    assert Course().sent().update(told(S.FILLED)).snapshot(OrderSnapshot(())).last.stage is S.SUBMITTED


def test_executions_alone_never_end_an_order() -> None:
    course = Course().sent().update(told(S.OPEN))
    for number in (1, 2, 3):
        course.update(told(fill=fill(number)))
    assert course.last.stage is S.PARTIALLY_FILLED  # its quantity may have been raised on another channel
    assert course.last.filled == 3
    assert course.machine.is_ending
    course.update(told(S.OPEN, quantity=D(4)))
    assert not course.machine.is_ending
    assert course.end().last.stage is S.PARTIALLY_FILLED
    course.update(told(quantity=D(3)))
    assert Course(course.last).end().last.stage is S.FILLED
    assert course.update(told(S.FILLED)).last.average_price == 10


def test_a_change_of_quantity_or_price_is_news_at_the_same_stage() -> None:
    course = Course().sent().update(told(S.OPEN)).update(told(S.OPEN, price=D(11))).update(told(S.OPEN, price=D(11)))
    assert course.stages[2:] == [S.OPEN, S.OPEN]
    assert course.last.price == 11


def test_a_refusal_ends_it_unless_the_order_was_taken() -> None:
    refusal = told(S.REJECTED, order_id=None, reason="no", error=REFUSED)
    course = Course().sent().answer(refusal)
    assert course.stages == [S.SUBMITTING, S.SUBMITTED, S.REJECTED]
    assert (course.last.reason, course.last.error) == ("no", REFUSED)
    assert Course().sent().answer(told(S.PENDING)).answer(refusal).last.stage is S.PENDING
    assert Course().answer(refusal).stages == [S.SUBMITTING, S.SUBMITTED, S.REJECTED]


def test_an_answer_that_does_not_tell_is_unknown() -> None:
    course = Course().sent().answer(told(S.UNKNOWN, reason="EGeneral:Internal error"))
    assert (course.last.stage, course.last.reason) == (S.UNKNOWN, "EGeneral:Internal error")
    assert course.answer(told(S.PENDING)).last.stage is S.PENDING


def test_not_sent_is_told_only_of_what_was_not_sent() -> None:
    error = NotSent("the socket is closed")
    course = Course().not_sent(error)
    assert course.stages == [S.SUBMITTING, S.NOT_SENT]
    assert course.last.error is error
    assert course.sent().lose(BREAK).update(told(S.OPEN)).stages == [S.SUBMITTING, S.NOT_SENT]
    assert Course().sent().not_sent(error).last.stage is S.SUBMITTED
    assert Course().lose(BREAK).stages == [S.SUBMITTING]


def test_a_break_makes_it_unknown_once_and_the_next_word_resolves_it() -> None:
    course = Course().sent().lose(BREAK).lose(BREAK)
    assert course.stages == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN]
    assert course.last.error is BREAK
    course.answer(told(S.PENDING)).update(told(S.OPEN)).lose(BREAK).update(told(S.PENDING))
    assert course.stages[3:] == [S.PENDING, S.OPEN, S.UNKNOWN, S.OPEN]
    assert course.last.reason == ""


def test_the_list_of_open_orders_resolves_what_is_in_it() -> None:
    course = Course().sent().lose(BREAK)
    course.snapshot(OrderSnapshot((told(S.OPEN, filled=D(2)),), (told(client_id=None, fill=fill(1, "2")),)))
    assert course.stages[3:] == [S.PARTIALLY_FILLED]
    assert (course.last.filled, course.last.fills) == (D(2), (fill(1, "2"),))


def test_an_order_that_left_the_list_with_all_its_executions_is_filled() -> None:
    course = Course().sent().answer(told(S.PENDING)).update(told(S.PARTIALLY_FILLED, fill=fill(1), filled=D(1)))
    course.lose(BREAK).snapshot(OrderSnapshot((), (told(fill=fill(1)), told(fill=fill(2, "2")))))
    assert course.stages[-2:] == [S.UNKNOWN, S.FILLED]
    assert course.last.filled == 3


def test_an_order_that_left_the_list_otherwise_stays_unknown_until_its_executions_come() -> None:
    course = Course().sent().update(told(S.OPEN)).lose(BREAK).update(told(fill=fill(1)))
    course.snapshot(OrderSnapshot(())).update(told(fill=fill(1))).update(told(fill=fill(2)))
    assert course.last.stage is S.UNKNOWN
    assert course.update(told(fill=fill(3))).last.stage is S.FILLED


def test_an_order_that_left_the_list_unheard_is_unknown() -> None:
    course = Course().sent().update(told(S.OPEN)).snapshot(OrderSnapshot((told(S.OPEN, order_id="O2", client_id="b"),)))
    assert course.stages[-1] is S.UNKNOWN
    assert "left the open orders" in course.last.reason


def test_a_list_that_may_be_older_than_the_order_tells_nothing() -> None:
    assert Course().sent().snapshot(OrderSnapshot(())).last.stage is S.SUBMITTED
    assert Course().snapshot(OrderSnapshot((told(S.OPEN),))).stages == [S.SUBMITTING]


def test_an_order_that_the_exchange_does_not_have_was_never_taken() -> None:
    assert Course().sent().lose(BREAK).absent().last.stage is S.REJECTED
    assert Course().sent().absent().last.stage is S.SUBMITTED
    # It had it once, so it cannot say this.
    assert Course().sent().answer(told(S.PENDING)).lose(BREAK).absent().last.stage is S.UNKNOWN


def test_a_machine_can_start_with_an_order_that_has_executions() -> None:
    order = evolve(ASKED, stage=S.PARTIALLY_FILLED, order_id="O1", filled=D(1), fills=(fill(1),))
    course = Course(order).update(told(fill=fill(1), filled=D(1))).update(told(fill=fill(2, "2"), filled=D(3)))
    assert course.stages == [S.PARTIALLY_FILLED, S.FILLED]
    assert course.last.average_price == 10


def test_sums_are_exact_however_many_digits() -> None:
    course = Course(evolve(ASKED, quantity=None)).sent()
    amounts = [D("0.1"), D("1000000000000000000.00000000000000000001"), D("1e-30")]
    for number, amount in enumerate(amounts):
        course.update(told(fill=fill(number, str(amount))))
    assert str(course.last.filled) == "1000000000000000000.100000000000000000010000000001"


@pytest.mark.parametrize("end", [S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED])
def test_nothing_follows_an_end(end: Stage) -> None:
    course = Course().sent().update(told(end, reason="why")).end()
    assert course.last.reason == "why"
    course.update(told(S.OPEN)).update(told(S.FILLED, fill=fill(9))).lose(BREAK).answer(told(S.PENDING))
    course.snapshot(OrderSnapshot((told(S.OPEN),))).absent().sent().not_sent(NotSent("x"))
    assert course.stages == [S.SUBMITTING, S.SUBMITTED, end]


def test_stages_have_an_order_in_which_unknown_has_no_place() -> None:
    assert is_before(S.SUBMITTING, S.SUBMITTED)
    assert not is_before(S.OPEN, S.OPEN)
    assert not is_before(S.UNKNOWN, S.OPEN)
    assert not is_before(S.OPEN, S.UNKNOWN)


_STEPS = [
    *("part", "part", "part", "part", "part", "part", "whole", "close", "cut", "time", "of another"),
    *("answer", "update", "update", "update", "execution", "execution", "reconnect", "reconnect"),
]


class Interleavings(RuleBasedStateMachine):
    """One order on an exchange that tells answers, orders and executions on streams of their own, cut at any moment.

    The state of the exchange moves by itself; what it tells waits in queues, of which the front ones arrive in any
    order between the queues. A cut loses what waits.
    """

    @initialize(
        separate=st.booleans(),
        names_client=st.booleans(),
        acknowledged=st.booleans(),
        answered_inside=st.booleans(),
        fails=st.integers(0, 9),
    )
    def start(self, separate: bool, names_client: bool, acknowledged: bool, answered_inside: bool, fails: int) -> None:
        self.course = Course()
        self.separate = separate  # executions on a channel of their own, without totals
        self.names_client = names_client
        self.answers: deque[OrderUpdate] = deque()
        self.updates: deque[OrderUpdate] = deque()
        self.executions: deque[OrderUpdate] = deque()
        self.acknowledged = acknowledged
        self.in_flight = False
        self.stage: Stage | None = None
        self.trades: dict[str, Decimal] = {}
        self.linked = True
        self.numbers = iter(range(1, 1000))
        self.send(fails == 9, answered_inside)

    # What the exchange does

    def publish(self, stage: Stage | None, **more: Any) -> None:
        client = "mine" if self.names_client or stage is S.PENDING else None
        if self.linked:
            self.updates.append(told(stage, client_id=client, **more))

    @property
    def filled(self) -> Decimal:
        return sum(self.trades.values(), D(0))

    @property
    def live(self) -> bool:
        return self.stage is not None and not self.stage.is_final

    def exchange_moves(self, step: str) -> None:
        if self.in_flight:
            self.decide(step != "close")
        elif self.stage is S.PENDING and step != "close":
            self.open()
        elif self.live and step == "close":
            self.close(S.CANCELED if self.trades else S.EXPIRED)
        elif self.live:
            self.trade(step == "whole")

    def decide(self, accepted: bool) -> None:
        self.in_flight = False
        if accepted:
            self.stage = S.PENDING
            self.publish(S.PENDING)
        if self.acknowledged and self.linked:
            error = None if accepted else REFUSED
            self.answers.append(
                told(S.PENDING if accepted else S.REJECTED, order_id="O1" if accepted else None, error=error)
            )

    def open(self) -> None:
        self.stage = S.OPEN
        self.publish(S.OPEN)

    def trade(self, whole: bool) -> None:
        left = 3 - self.filled
        whole = whole or left <= D("0.25")
        execution = fill(next(self.numbers), str(left if whole else D("0.25")))
        self.trades[execution.id] = execution.quantity
        self.stage = S.FILLED if whole else S.PARTIALLY_FILLED
        client = "mine" if self.names_client else None
        if self.separate:
            if self.linked:
                self.executions.append(told(None, client_id=client, fill=execution))
            self.publish(S.FILLED if whole else None, **({} if whole else {"filled": self.filled}))
        else:
            self.publish(S.PARTIALLY_FILLED, fill=execution, filled=self.filled)  # also where it is the last
            if whole:
                self.publish(S.FILLED)

    def close(self, end: Stage) -> None:
        self.stage = end
        self.publish(end, filled=self.filled)

    # What happens to us

    def sent_already(self) -> bool:
        return self.course.last.stage is not S.SUBMITTING

    def send(self, fails: bool, answered_inside: bool) -> None:
        if fails:
            self.course.not_sent(NotSent("the socket is closed"))
            return
        self.in_flight = True
        if answered_inside:
            self.decide(True)
            self.message_arrives("answer")
            self.message_arrives("update")
        self.course.sent(1)

    # Hypothesis takes rules as often as it likes; this way what is likely in life is likely here.
    @rule(what=st.sampled_from(_STEPS))
    def step(self, what: str) -> None:
        if what in {"part", "whole", "close"}:
            self.exchange_moves(what)
        elif what == "cut":
            self.cut()
        elif what == "reconnect":
            self.reconnect()
        elif what == "time":
            self.time_is_up()
        else:
            self.message_arrives(what)

    def message_arrives(self, what: str) -> None:
        if what == "answer" and self.answers:
            self.course.answer(self.answers.popleft())
        elif what == "update" and self.updates:
            self.course.update(self.updates.popleft())
        elif what == "execution" and self.executions:
            self.course.update(self.executions.popleft())
        elif what == "of another":
            self.course.update(told(S.CANCELED, order_id="O9", client_id="theirs"))
            self.course.update(told(S.FILLED, order_id="O9", client_id=None))

    def time_is_up(self) -> None:
        if self.course.last.stage is S.SUBMITTED:
            self.course.lose(RequestTimeout("add_order", 5.0))

    def cut(self) -> None:
        for queue in (self.answers, self.updates, self.executions):
            queue.clear()
        self.linked = False
        self.course.lose(BREAK)

    def last_executions(self) -> Sequence[OrderUpdate]:
        client = "mine" if self.names_client else None
        return [told(None, client_id=client, fill=fill(int(key[1:]), str(size))) for key, size in self.trades.items()]

    def reconnect(self) -> None:
        if self.linked:
            return
        self.linked = True
        row = told(S.OPEN if self.stage is S.PARTIALLY_FILLED else self.stage, filled=self.filled)
        executions = self.last_executions()
        if self.separate:
            self.executions.extend(executions)
            executions = ()
        self.course.snapshot(OrderSnapshot((row,) if self.live else (), tuple(executions)))

    # What has to hold

    @invariant()
    def the_history_is_true(self) -> None:
        if hasattr(self, "course"):
            assert self.breaches(ended=self.course.last.stage.is_final) == []

    def breaches(self, *, ended: bool) -> list[str]:
        ledger = [] if self.stage is None else [Entry("mine", self.stage, self.trades)]
        return violations(ledger, [Told("mine", self.course.orders, ended)])

    def teardown(self) -> None:
        if not hasattr(self, "course"):
            return
        if self.in_flight:
            self.decide(True)
        self.reconnect()
        while self.answers or self.updates or self.executions:
            for what in ("answer", "update", "execution"):
                self.message_arrives(what)
        self.time_is_up()
        self.course.end()
        if self.course.last.stage is S.UNKNOWN:  # so the exchange is asked
            if self.stage is None:
                self.course.absent()
            else:
                for execution in self.last_executions():
                    self.course.update(evolve(execution, client_id="mine"))
                self.course.update(told(self.stage, filled=self.filled)).end()
        if self.live:
            self.close(S.CANCELED)
            self.message_arrives("update")
            self.course.end()
        if self.sent_already():
            assert self.breaches(ended=True) == []
            last = self.course.last
            if not self.separate and last.fills:
                assert sum(each.quantity for each in last.fills) == last.filled


Interleavings.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestInterleavings = Interleavings.TestCase
