"""Operations and their answers: each once, each answer to its own question, and typed where there is none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx

from rxex.codec import encode
from rxex.errors import (
    AuthRefused,
    ClockSkew,
    ConnectionClosed,
    InvalidArgument,
    MalformedMessage,
    NotSent,
    RequestTimeout,
)
from rxex.exchanges import theone
from rxex.exchanges.theone.models import SwapStage
from rxex.models import Balance
from tests.exchanges.theone.broker_world import World

D = Decimal
NAMES = ["get_balances_factory", "estimate_swap_factory", "get_order_status_factory"]
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "get_balances_factory": (),
    "estimate_swap_factory": ("1.5", "ETH", "USDT"),
    "get_order_status_factory": ("ord_1",),
}
OPS = {
    "get_balances_factory": "balances",
    "estimate_swap_factory": "estimate",
    "get_order_status_factory": "order_status",
}


def call(world: World, name: str, **options: Any) -> Any:
    return world.factory(name, **options)(*ARGUMENTS[name])


def test_balances_are_what_we_have() -> None:
    world = World(balances={"USDT": "101.230", "ETH": "2.6"})
    told = world.ask(world.factory("get_balances_factory")())
    assert [(item.asset, item.total, item.locked) for item in told.last] == [
        ("USDT", D("101.230"), D(0)),
        ("ETH", D("2.6"), D(0)),
    ]
    assert isinstance(told.last[0], Balance)
    assert world.sent("balances")[0]["data"] == {}


def test_an_estimate_is_exact_and_tells_its_route() -> None:
    world = World()
    estimate = world.factory("estimate_swap_factory")
    told = world.ask(estimate(D("0.00000010"), "ETH", "USDT", network="arbitrum", account="a1", filter=["curve"]))
    assert world.sent("estimate")[0]["data"] == {
        "from": "ETH",
        "to": "USDT",
        "amount": "0.00000010",
        "network": "arbitrum",
        "account": "a1",
        "filter": ["curve"],
    }
    made = told.last
    assert (made.asset_in, made.asset_out, made.amount_in) == ("ETH", "USDT", D("0.00000010"))
    assert (made.price, made.fee, made.expected_out) == (D("2163.78"), D("0.003"), D("0.00021573"))
    assert [(leg.asset_in, leg.asset_out, leg.exchange) for leg in made.route] == [("ETH", "USDT", "curve")]
    assert made.expires_datetime is not None
    assert made.expires_datetime.year == 2026
    assert made.raw["expectedOut"] == "0.00021573"


def test_how_an_order_stands_is_told_by_its_id_or_ours() -> None:
    world = World()
    told = world.do_swap(client_id="mine")
    world.wait(lambda: told.ended)
    for order_id in (told.last.order_id, "mine"):
        status = world.ask(world.factory("get_order_status_factory")(order_id)).last
        assert (status.order_id, status.stage, status.filled_out) == (
            told.last.order_id,
            SwapStage.FILLED,
            told.last.filled_out,
        )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_before_somebody_subscribes_and_each_subscription_asks_once(name: str) -> None:
    world = World()
    question = call(world, name)
    world.pass_time(1)
    assert world.sent(OPS[name]) == []
    first, second = world.ask(question), world.ask(question)
    assert len(world.sent(OPS[name])) == 2
    assert first.ended
    assert second.ended


@pytest.mark.parametrize("name", NAMES)
def test_without_a_socket_in_a_second_it_is_not_sent(name: str) -> None:
    world = World(connect=False)
    told = world.hear(call(world, name))
    world.pass_time(1.1)
    assert isinstance(told.error, NotSent)
    world.link = world.connection.connect()
    world.pass_time(2)
    assert world.sent(OPS[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_link_that_breaks_before_the_answer_is_told_and_nothing_is_sent_again(name: str) -> None:
    world = World()
    told = world.hear(call(world, name))
    world.pass_time(0.005)
    world.exchange.cut()  # it is on its way, and arrives nowhere
    world.pass_time(5)
    assert isinstance(told.error, ConnectionClosed)
    assert world.sent(OPS[name]) == []
    assert world.connection.is_connected


@pytest.mark.parametrize("name", NAMES)
def test_a_time_out_is_typed(name: str) -> None:
    world = World()
    world.exchange.half_open()
    told = world.hear(call(world, name, timeout=3.0))
    world.pass_time(2.9)
    assert told.error is None
    world.pass_time(0.2)
    assert isinstance(told.error, RequestTimeout)
    assert told.error.request == OPS[name]
    world.pass_time(2)
    again = world.ask(world.factory("get_balances_factory")())
    assert again.error is None
    assert world.exchange.connections == 2


def test_what_is_asked_when_we_close_the_link_is_told_so() -> None:
    world = World()
    told = [world.hear(call(world, "get_balances_factory")) for _ in range(2)]
    world.pass_time(0.005)
    world.link.dispose()  # type: ignore[union-attr]
    assert isinstance(told[0].error, ConnectionClosed)
    assert isinstance(told[1].error, NotSent)
    world.link = world.connection.connect()
    world.pass_time(1)
    assert world.ask(call(world, "get_balances_factory")).error is None


def test_questions_of_one_kind_are_answered_in_their_order_and_never_two_at_a_time() -> None:
    world = World()
    estimate = world.factory("estimate_swap_factory")
    told = [world.hear(estimate(str(amount), "ETH", "USDT")) for amount in range(1, 6)]
    world.pass_time(0.015)
    assert len(world.sent("estimate")) == 1
    world.pass_time(1)
    assert [each.last.amount_in for each in told] == [D(amount) for amount in range(1, 6)]
    assert [D(each.last.raw["route"][0]["amount_in"]) for each in told] == [D(amount) for amount in range(1, 6)]


@pytest.mark.parametrize("named", [True, False])
def test_a_no_is_typed_and_given_to_who_asked(*, named: bool) -> None:
    world = World()
    if named:
        world.exchange.name_operations_in_errors()
    bad = world.hear(world.factory("estimate_swap_factory")("1", "ETH", "DOGE"))
    good = world.hear(world.factory("get_balances_factory")())
    world.pass_time(1)
    assert isinstance(bad.error, theone.BrokerRefused)
    assert bad.error.reason == "Unsupported asset: DOGE"
    assert good.error is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Invalid signature", AuthRefused),
        ("Invalid API key", AuthRefused),
        ("Not authenticated", AuthRefused),
        ("Request timestamp outside allowed window", ClockSkew),
        ("Nonce has already been used or is expired", ClockSkew),
        ("Unknown operation: balances", theone.BrokerRefused),
        ("whatever", theone.BrokerRefused),
    ],
)
def test_each_text_of_the_exchange_is_an_error_of_its_kind(text: str, kind: type[Exception]) -> None:
    world = World()
    told = world.hear(world.factory("get_balances_factory")())
    world.exchange.send_raw(encode({"error": text}))
    world.pass_time(1)
    assert type(told.error) is kind
    assert text in str(told.error)


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"balances": None}, {"balances": [{"asset": "A"}]}, {"balances": [{"asset": "A", "total": "NaN"}]}],
)
def test_an_answer_that_cannot_be_read_is_malformed(data: Any) -> None:
    world = World()
    told = world.hear(world.factory("get_balances_factory")())
    world.exchange.send_raw(encode({"op": "balances", "data": data}))
    world.pass_time(1)
    assert isinstance(told.error, MalformedMessage)


@pytest.mark.parametrize("missing", ["expectedOut", "price", "fee"])
def test_no_number_of_an_estimate_is_invented(missing: str) -> None:
    world = World()
    whole = {"expectedOut": "1", "price": "1", "fee": "0", "route": [], "expiresAt": 1}
    told = world.hear(world.factory("estimate_swap_factory")("1", "ETH", "USDT"))
    world.exchange.send_raw(encode({"op": "estimate", "data": {**whole, missing: None}}))
    world.pass_time(1)
    assert isinstance(told.error, MalformedMessage)


def test_disposed_of_while_it_waits_it_is_never_sent_and_afterwards_its_answer_is_nobodys() -> None:
    world = World()
    estimate = world.factory("estimate_swap_factory")
    first, second, third = (world.hear(estimate(str(amount), "ETH", "USDT")) for amount in (1, 2, 3))
    world.pass_time(0.005)
    first.subscription.dispose()
    second.subscription.dispose()
    second.subscription.dispose()
    world.pass_time(1)
    assert (first.items, second.items) == ([], [])
    assert third.last.amount_in == D(3)
    assert [message["data"]["amount"] for message in world.sent("estimate")] == ["1", "3"]


def test_a_subscriber_that_raises_hurts_nobody_else() -> None:
    world = World()

    def raise_(_: Any) -> None:
        raise ValueError("a bug of the user's")

    call(world, "get_balances_factory").subscribe(raise_)
    told = world.ask(call(world, "get_balances_factory"))
    assert told.error is None
    assert world.connection.is_connected


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((1.5, "ETH", "USDT"), {}),
        (("0", "ETH", "USDT"), {}),
        (("-1", "ETH", "USDT"), {}),
        (("1e3", "ETH", "USDT"), {}),
        (("\u0661", "ETH", "USDT"), {}),
        ((True, "ETH", "USDT"), {}),
        ((D("NaN"), "ETH", "USDT"), {}),
        (("1" * 41, "ETH", "USDT"), {}),
        (("1", "", "USDT"), {}),
        (("1", "ETH", "ETH"), {}),
        (("1", "E TH", "USDT"), {}),
        (("1", "ETH", None), {}),
        (("1", "ETH", "USDT"), {"network": ""}),
        (("1", "ETH", "USDT"), {"network": 7}),
        (("1", "ETH", "USDT"), {"filter": []}),
        (("1", "ETH", "USDT"), {"filter": ["a", ""]}),
        (("1", "ETH", "USDT"), {"filter": 7}),
        (("1", "ETH", "USDT"), {"account": "a\n"}),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(arguments: Any, options: dict[str, Any]) -> None:
    world = World()
    for name in ("estimate_swap_factory", "do_swap_factory"):
        with pytest.raises(InvalidArgument):
            world.factory(name)(*arguments, **options)
    world.pass_time(1)
    assert len(world.exchange.requests) == 1


@pytest.mark.parametrize("slippage", [-1, 10_001, 0.5, "50", True])
def test_slippage_is_a_whole_number_of_hundredths_of_a_percent(slippage: Any) -> None:
    with pytest.raises(InvalidArgument, match="slippage_bps"):
        World(connect=False).factory("do_swap_factory")("1", "ETH", "USDT", slippage_bps=slippage)


@pytest.mark.parametrize("slippage", [0, 10_000])
def test_slippage_is_sent_as_a_number(slippage: int) -> None:
    world = World()
    told = world.do_swap(slippage_bps=slippage)
    world.wait(lambda: told.ended)
    assert world.sent("swap")[0]["data"]["slippage_bps"] == slippage
    assert told.last.stage is SwapStage.FILLED


@pytest.mark.parametrize("name", NAMES)
def test_the_messages_have_to_be_a_connections(name: str) -> None:
    with pytest.raises(InvalidArgument, match="messages"):
        getattr(theone, name)(rx.never(), rx.never())


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_time_out_has_to_be_a_time(timeout: float) -> None:
    with pytest.raises(InvalidArgument):
        call(World(connect=False), "get_balances_factory", timeout=timeout)
