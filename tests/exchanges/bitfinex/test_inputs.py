"""Offers of funding, calculations and notifications of our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from rxex.errors import InvalidArgument, NotSent, RequestTimeout
from rxex.exchanges.bitfinex import inputs
from rxex.exchanges.bitfinex.inputs import AddFundingOffer
from rxex.exchanges.bitfinex.notifications import subscribe_notifications
from rxex.orders import OrderRefused
from rxex.testing import record
from tests.exchanges.bitfinex.orders.account_desk import Desk, Heard, note
from tests.exchanges.bitfinex.orders.test_factories import CAPS, MAINTENANCE


def asking(desk: Desk, make: Any, *arguments: Any, at: float = 5, **options: Any) -> Heard:
    ask = make(desk.sockets, desk.messages, scheduler=desk.scheduler, **options)
    return desk.told(lambda: ask(*arguments), at)


def test_an_offer_is_placed_and_canceled() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[1] == "fon":
            yield note("fon-req", [41238934, None, None, None, 500])
        else:
            yield note("foc-req", [41238934, None])

    desk = Desk(replies=reply)
    placed = asking(desk, inputs.add_funding_offer_factory, AddFundingOffer("fUST", "500", "0.00020", 2, hidden=True))
    canceled = asking(desk, inputs.cancel_funding_offer_factory, "41238934", at=7)
    desk.world.run()
    assert placed.items == canceled.items == [inputs.FundingOfferAnswer("41238934")]
    assert desk.inputs == [
        [
            0,
            "fon",
            None,
            {"type": "LIMIT", "symbol": "fUST", "amount": "500", "rate": "0.00020", "period": 2, "flags": 64},
        ],
        [0, "foc", None, {"id": 41238934}],
    ]


def test_answers_that_name_no_request_are_taken_in_turn() -> None:
    def reply(message: Any) -> Iterable[Any]:
        if message[3]["amount"] == "-2":
            yield note("fon-req", None, "ERROR", "Invalid offer.")
            yield note("fon-req", [9, None])

    desk = Desk(replies=reply)
    offers = [AddFundingOffer("fUSD", amount, "0.1", 2, offer_type="frr-delta-fixed") for amount in (1, -2)]
    first, second = (asking(desk, inputs.add_funding_offer_factory, offer) for offer in offers)
    desk.world.run()
    assert isinstance(first.error, OrderRefused)
    assert second.items == [inputs.FundingOfferAnswer("9")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("tUSD", 1, "0.1", 2),
        ("fUSD", 0, "0.1", 2),
        ("fUSD", 0.5, "0.1", 2),
        ("fUSD", "0.123456789", "0.1", 2),
        ("fUSD", 1, 0, 2),
        ("fUSD", 1, "0.123456789", 2),
        ("fUSD", 1, "0.1", 1),
        ("fUSD", 1, "0.1", 121),
    ],
)
def test_offers_that_cannot_be_are_not_made(arguments: Any) -> None:
    with pytest.raises(InvalidArgument):
        AddFundingOffer(*arguments)


@pytest.mark.parametrize("offer_id", ["x", "0", True, -1])
def test_what_is_no_id_of_an_offer_is_not_sent(offer_id: Any) -> None:
    desk = Desk()
    with pytest.raises(InvalidArgument):
        inputs.cancel_funding_offer_factory(desk.sockets, desk.messages)(offer_id)


def test_calculations_are_asked_for_at_a_pace_that_bitfinex_takes() -> None:
    desk = Desk(replies=lambda _: ())
    names = [f"wallet_margin_C{number}" for number in range(29)]
    first = asking(desk, inputs.calc_factory, "margin_base", *names)
    second = asking(desk, inputs.calc_factory, *["balance"] * 30)
    desk.world.run()
    assert (first.items, first.is_complete) == ([], True)
    assert isinstance(second.error, NotSent)
    assert "8 things a second" in str(second.error)
    (message,) = desk.inputs
    assert message[:3] == [0, "calc", None]
    assert message[3][:2] == [["margin_base"], ["wallet_margin_C0"]]


@pytest.mark.parametrize("names", [(), ("x",), ("margin_base",) * 31, ("position_BTCUSD",)])
def test_what_cannot_be_calculated_is_not_asked_for(names: Any) -> None:
    desk = Desk()
    with pytest.raises(InvalidArgument):
        inputs.calc_factory(desk.sockets, desk.messages)(*names)


def test_a_calculation_needs_a_socket_that_is_open_now() -> None:
    desk = Desk("o-a-s---#-------|")
    without = asking(desk, inputs.calc_factory, "balance", at=10)
    disposed = asking(desk, inputs.calc_factory, "balance", at=12)
    desk.at(12.1, disposed.dispose)
    desk.world.run()
    assert isinstance(without.error, NotSent)
    assert (disposed.error, disposed.is_complete) == (None, False)


def test_a_notification_of_our_own_is_heard_back_and_by_others() -> None:
    def reply(message: Any) -> Iterable[Any]:
        _, _, message_id, payload = message
        yield note(payload["type"], {"of": "another"}, message_id=message_id + 1)
        yield note(payload["type"], payload["info"], message_id=message_id)

    desk = Desk(replies=reply)
    heard = record(desk.sockets.pipe(subscribe_notifications(desk.messages)), desk.scheduler)
    sent = asking(desk, inputs.notify_factory, {"foo": 1})
    desk.world.run()
    assert [each.info for each in sent.items] == [{"foo": 1}]
    assert [(each.is_custom, each.info) for each in heard.values] == [(True, {"of": "another"}), (True, {"foo": 1})]
    assert desk.inputs[0][3] == {"type": "ucm-test", "info": {"foo": 1}}


def test_a_notification_without_our_id_is_ours_and_without_any_it_is_not_heard() -> None:
    desk = Desk(replies=lambda message: [note(message[3]["type"], message[3]["info"])])
    sent = asking(desk, inputs.notify_factory, "hello", "ucm-notify-ui")
    silent = Desk(replies=lambda _: ())
    lost = asking(silent, inputs.notify_factory, "hello", timeout=2.0)
    for each in (desk, silent):
        each.world.run()
    assert sent.items[0].info == "hello"
    assert isinstance(lost.error, RequestTimeout)
    with pytest.raises(InvalidArgument):
        inputs.notify_factory(desk.sockets, desk.messages)("x", "on-req")


@pytest.mark.parametrize(
    ("names", "marbles", "kind"),
    [({"a": CAPS}, "o-a-s------|", OrderRefused), ({"m": MAINTENANCE}, "o-a-s-m----|", NotSent)],
)
def test_what_bitfinex_would_refuse_now_is_not_sent(names: Any, marbles: str, kind: Any) -> None:
    desk = Desk(marbles, names=names)
    offer = asking(desk, inputs.add_funding_offer_factory, AddFundingOffer("fUSD", 1, "0.1", 2), at=7)
    desk.world.run()
    assert isinstance(offer.error, kind)
    assert desk.inputs == []
