"""Requests without ids: each reply finds the request it answers, and none finds another."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.auth import Credentials, ServerClock
from rxex.errors import AnswerLost, ConnectionClosed, InvalidArgument, NotSent, RequestTimeout, TokenError
from rxex.exchanges.theone.desk import Desk, Request, desk_of
from rxex.exchanges.theone.signing import STREAM_PATH, Signer
from rxex.testing import ScriptedSocket


class Asked:
    """One request, and what it is told."""

    def __init__(self, op: str, data: Any = None, *, alone: bool = False) -> None:
        self.told: list[Any] = []
        self.request = Request(
            op,
            data or dict,
            10.0,
            self.told.append,
            lambda error: self.told.append(("not sent", error)),
            lambda error: self.told.append(("lost", error)),
            alone=alone,
        )

    @property
    def end(self) -> Any:
        (end,) = self.told
        return end


class Line:
    """A socket and its desk."""

    def __init__(self, signer: Signer | None = None) -> None:
        self.clock = TestScheduler()
        self.socket = ScriptedSocket(self.clock)
        self.desk = Desk(signer or Signer.of(Credentials("key", "secret")), ServerClock(), STREAM_PATH)
        self.desk.open(self.socket)

    def ask(self, op: str, data: Any = None, *, alone: bool = False) -> Asked:
        asked = Asked(op, data, alone=alone)
        self.desk.ask(self.socket, asked.request)
        return asked

    def hear(self, **message: Any) -> dict[str, Any]:
        self.desk.hear(self.socket, message)
        return message

    @property
    def ops(self) -> list[str]:
        return [message["op"] for _, message in self.socket.sent]  # type: ignore[call-overload]


def test_replies_are_matched_by_their_operation() -> None:
    line = Line()
    estimate, balances = line.ask("estimate"), line.ask("balances")
    second = line.hear(op="balances", data={"balances": []})
    first = line.hear(op="estimate", data={})
    assert (estimate.end, balances.end) == (first, second)


def test_one_of_a_kind_is_open_at_a_time_and_the_next_goes_when_it_is_answered() -> None:
    line = Line()
    asked = [line.ask("estimate", lambda number=number: {"n": number}) for number in range(3)]
    line.ask("balances")
    assert line.ops == ["estimate", "balances"]
    for number in range(3):
        answer = line.hear(op="estimate", data={"n": number})
        assert asked[number].end == answer
    assert [message["data"] for _, message in line.socket.sent if message["op"] == "estimate"] == [  # type: ignore[call-overload]
        {"n": 0},
        {"n": 1},
        {"n": 2},
    ]


def test_an_error_without_operation_is_about_the_oldest_request() -> None:
    line = Line()
    estimate, balances = line.ask("estimate"), line.ask("balances")
    first, second = line.hear(error="Insufficient balance"), line.hear(error="Invalid signature")
    assert (estimate.end, balances.end) == (first, second)
    line.hear(error="nobody asked")


@pytest.mark.parametrize("empty", [{"op": ""}, {"op": None}, {"op": "", "ch": ""}])
def test_fields_that_are_there_but_empty_say_nothing(empty: dict[str, Any]) -> None:
    line = Line()
    estimate = line.ask("estimate")
    error = line.hear(error="no", **empty)
    assert estimate.end == error


def test_an_error_that_can_only_be_about_a_channel_or_names_its_operation_is_about_that() -> None:
    line = Line()
    swap = line.ask("swap")
    line.desk.note(line.socket, "subscribe", "nonsense")
    estimate = line.ask("estimate")
    error = line.hear(error="Invalid channel format")
    (answer,) = line.desk.answers(error)
    assert (answer.key, answer.error) == (("nonsense",), "Invalid channel format")
    unknown = line.hear(error="Unknown operation: estimate")
    assert estimate.end == unknown
    assert swap.told == []


def test_subscriptions_are_told_by_their_channel_and_count_among_the_oldest() -> None:
    line = Line()
    for name in ("balances", "orders:1", "orders:2"):
        line.desk.note(line.socket, "subscribe", name)
    balances = line.ask("balances")
    (second,) = line.desk.answers(line.hear(op="subscribe", ch="orders:1", data={"status": "subscribed"}))
    assert (second.key, second.error) == (("orders:1",), None)
    (named,) = line.desk.answers(line.hear(ch="orders:2", error="no such order"))
    assert (named.key, named.error) == (("orders:2",), "no such order")
    (oldest,) = line.desk.answers(line.hear(error="Maximum reached"))
    assert (oldest.key, oldest.error) == (("balances",), "Maximum reached")
    assert balances.told == []
    other = line.hear(op="subscribe", ch="orders:9", data={})
    assert line.desk.answers(other) == ()
    assert line.desk.answers({"op": "subscribe"}) == ()


def test_an_answer_to_an_unsubscribe_is_nobodys() -> None:
    line = Line()
    line.desk.note(line.socket, "unsubscribe", "balances")
    assert line.desk.answers(line.hear(op="unsubscribe", ch="balances", data={})) == ()
    balances = line.ask("balances")
    error = line.hear(error="no")
    assert balances.end == error


def test_what_is_not_answered_in_time_costs_the_socket_and_keeps_its_place() -> None:
    line = Line()
    swap, balances = line.ask("swap"), line.ask("balances")
    line.clock.advance_to(5)
    line.hear(op="balances", data={})
    line.clock.advance_to(10)
    kind, error = swap.end
    assert kind == "lost"
    assert isinstance(error, RequestTimeout)
    assert line.socket.closed is not None
    assert line.socket.closed.error is error
    # Late answers are to what was asked, and to nobody after it.
    line.hear(op="swap", data={"orderId": "ord_1"})
    assert len(swap.told) == 1
    assert len(balances.told) == 1


def test_a_request_waits_for_its_turn_for_so_long_and_is_then_not_sent() -> None:
    line = Line()
    line.ask("swap")
    line.clock.advance_to(1)
    waiting = line.ask("swap")
    line.clock.advance_to(9)
    assert waiting.told == []
    line.hear(op="swap", data={})
    assert line.ops == ["swap", "swap"]
    late = line.ask("swap")
    line.clock.advance_to(18.9)
    assert (waiting.told, late.told) == ([], [])
    line.clock.advance_to(19)
    assert waiting.end[0] == "lost"
    kind, error = late.end
    assert kind == "not sent"
    assert isinstance(error, NotSent)


def test_what_waits_can_be_taken_back_and_what_has_left_cannot() -> None:
    line = Line()
    first, second = line.ask("swap"), line.ask("swap")
    assert not line.desk.withdraw(line.socket, first.request)
    assert line.desk.withdraw(line.socket, second.request)
    assert not line.desk.withdraw(line.socket, second.request)
    line.hear(op="swap", data={})
    line.clock.advance_to(60)
    assert line.ops == ["swap"]
    assert second.told == []


def test_the_end_of_the_socket_is_told_to_each_as_it_concerns_it() -> None:
    line = Line()
    sent, waiting = line.ask("swap"), line.ask("swap")
    line.desk.close(line.socket)
    line.desk.close(line.socket)
    assert sent.end[0] == "lost"
    assert isinstance(sent.end[1], ConnectionClosed)
    assert waiting.end[0] == "not sent"
    after = line.ask("swap")
    assert after.end[0] == "not sent"
    line.clock.advance_to(60)
    assert [len(each.told) for each in (sent, waiting, after)] == [1, 1, 1]


def test_what_has_to_be_alone_waits_for_all_others_and_all_others_for_it() -> None:
    line = Line()
    line.ask("estimate")
    line.ask("estimate")
    swap = line.ask("swap", alone=True)
    line.ask("balances")
    assert line.ops == ["estimate"]
    line.hear(op="estimate", data={})
    assert line.ops == ["estimate", "swap"]
    line.ask("order_status")
    no = line.hear(error="Insufficient balance")
    assert swap.end == no
    assert line.ops == ["estimate", "swap", "estimate", "balances", "order_status"]


def test_what_waited_for_one_that_is_taken_back_goes_at_once() -> None:
    line = Line()
    line.ask("estimate")
    swap = line.ask("swap", alone=True)
    line.ask("balances")
    assert line.desk.withdraw(line.socket, swap.request)
    assert line.ops == ["estimate", "balances"]


def test_an_error_that_may_be_about_a_subscription_is_no_refusal_of_what_moves_money() -> None:
    line = Line()
    swap = line.ask("swap", alone=True)
    line.desk.note(line.socket, "subscribe", "balances")
    line.hear(error="Maximum number of subscriptions reached")
    kind, error = swap.end
    assert kind == "lost"
    assert isinstance(error, AnswerLost)
    named = line.ask("swap", alone=True)
    no = line.hear(op="swap", error="Insufficient balance")
    assert named.end == no


def test_a_socket_that_does_not_take_it_has_not_sent_it() -> None:
    line = Line()
    line.socket.close()
    asked = line.ask("swap")
    assert asked.end[0] == "not sent"
    line.hear(error="about nothing")
    assert len(asked.told) == 1


def test_a_socket_that_fails_otherwise_leaves_it_in_doubt() -> None:
    class Odd(ScriptedSocket):
        def send(self, message: Any, *, now: bool = False) -> None:
            super().send(message, now=now)
            raise OSError("after the first bytes")

    line = Line()
    line.socket = Odd(line.clock)
    line.desk.open(line.socket)
    asked = line.ask("swap")
    assert asked.end[0] == "lost"
    assert line.socket.closed is not None


def test_what_cannot_be_signed_or_made_is_not_sent_and_the_next_has_its_turn() -> None:
    def vault(text: str) -> str:
        if "swap" in text:
            raise OSError("locked")
        return "f00d"

    line = Line(Signer("key", vault))
    swap = line.ask("swap")
    assert isinstance(swap.end[1], TokenError)
    first = line.ask("estimate")

    def broken() -> dict[str, Any]:
        raise InvalidArgument("amount", 0, "more")

    bad, good = line.ask("estimate", broken), line.ask("estimate")
    line.hear(op="estimate", data={})
    assert len(first.told) == 1
    assert isinstance(bad.end[1], InvalidArgument)
    assert line.ops == ["estimate", "estimate"]
    line.hear(op="estimate", data={"second": True})
    assert good.end["data"] == {"second": True}


class Vault:
    """Signs, after doing something in the middle of it, as another thread may."""

    def __init__(self, meanwhile: Any) -> None:
        self.meanwhile = meanwhile

    def __call__(self, text: str) -> str:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        thread = threading.Thread(target=meanwhile)  # it would wait for ever if signing kept a lock
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        return "ff"


@pytest.mark.parametrize("op", ["estimate", "swap"])
def test_what_is_taken_back_while_it_is_signed_does_not_leave(op: str) -> None:
    line = Line(Signer("key", Vault(lambda: taken.append(line.desk.withdraw(line.socket, asked[0])))))
    taken: list[bool] = []
    first = Asked(op, alone=op == "swap")
    asked = [first.request]
    line.desk.ask(line.socket, first.request)
    assert taken == [True]
    assert (line.ops, first.told) == ([], [])
    line.ask(op, alone=op == "swap")
    assert line.ops == [op]


def test_what_is_being_signed_when_the_socket_closes_is_not_sent() -> None:
    line = Line(Signer("key", Vault(lambda: line.desk.close(line.socket))))
    swap = line.ask("swap", alone=True)
    assert isinstance(swap.end[1], NotSent)
    assert line.ops == []


def test_what_is_not_signed_in_time_is_not_sent() -> None:
    line = Line(Signer("key", Vault(lambda: line.clock.advance_by(11))))
    swap = line.ask("swap", alone=True)
    assert isinstance(swap.end[1], NotSent)
    assert line.ops == []


def test_nothing_that_comes_while_it_is_signed_is_its_answer() -> None:
    line = Line(Signer("key", Vault(lambda: line.hear(error="Insufficient balance"))))
    swap = line.ask("swap", alone=True)
    assert swap.told == []
    answer = line.hear(op="swap", data={})
    assert swap.end == answer


def test_what_is_signed_sooner_is_the_older_one_on_the_wire() -> None:
    def meanwhile() -> None:
        others.append(line.ask("balances"))

    line = Line(Signer("key", Vault(meanwhile)))
    others: list[Asked] = []
    estimate = line.ask("estimate")
    assert line.ops == ["balances", "estimate"]
    first, second = line.hear(error="one"), line.hear(error="two")
    assert (others[0].end, estimate.end) == (first, second)


def test_nothing_goes_beside_a_swap_that_is_being_signed() -> None:
    line = Line(Signer("key", Vault(lambda: line.ask("balances"))))
    line.ask("swap", alone=True)
    assert line.ops == ["swap"]
    line.hear(op="swap", data={})
    assert line.ops == ["swap", "balances"]


def test_a_thousand_that_wait_for_a_socket_that_takes_none_are_all_told() -> None:
    line = Line()
    asked = [line.ask("balances") for _ in range(2000)]
    line.socket.close()
    line.hear(op="balances", data={})
    assert all(len(each.told) == 1 for each in asked)


def test_who_is_forgotten_says_again_who_he_is() -> None:
    line = Line()
    balances = line.ask("balances")
    line.hear(error="Not authenticated")
    assert balances.end["error"] == "Not authenticated"
    assert line.socket.closed is not None
    assert isinstance(line.socket.closed.error, ConnectionClosed)


@pytest.mark.parametrize("message", [[], [1], {}, {"op": 7}, {"op": ["swap"]}, {"data": {}}, {"op": "swap2"}])
def test_what_answers_nothing_is_passed_over(message: Any) -> None:
    line = Line()
    swap = line.ask("swap")
    line.desk.hear(line.socket, message)
    line.desk.hear(ScriptedSocket(line.clock), {"op": "swap"})
    assert swap.told == []


def test_a_client_id_is_kept_once_unless_it_is_given_back() -> None:
    desk = Line().desk
    assert [desk.reserve("a"), desk.reserve("a"), desk.reserve("b")] == [True, False, True]
    desk.give_back("a")
    desk.give_back("a")
    assert desk.reserve("a")


def test_a_login_is_signed_for_the_stream() -> None:
    texts: list[str] = []
    login = Line(Signer("the key", lambda text: texts.append(text) or "f00d")).desk.login()
    assert isinstance(login, dict)
    assert (login["op"], login["key"], login["sig"]) == ("auth", "the key", "f00d")
    assert texts[0].startswith(f"WS\n/ws/v1/stream\n{login['ts']}\n{login['nonce']}\n")


def test_messages_of_no_connection_have_no_desk() -> None:
    assert desk_of(Subject()) is None
