"""Orders on the simulated Bitfinex: what is answered, what is told, in the venue's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.exchanges.bitfinex.virtual_clients import SEQ_ALL, AccountClient, World

D = Decimal


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> AccountClient:
    return AccountClient(world, flags=SEQ_ALL)


def test_an_order_is_accepted_and_then_told_of_as_open(client: AccountClient) -> None:
    notification, opened = client.new(gid=7)
    assert notification[1] == "n"
    moment, kind, message_id, _, row, code, status, text = notification[2]
    assert (kind, message_id, code, status) == ("on-req", None, None, "SUCCESS")
    assert text == "Submitting exchange limit buy order for 1 BTC."
    assert moment < 10**11  # of new orders the venue tells seconds
    assert opened[:2] == [0, "on"]
    assert row == opened[2]
    assert len(row) == 32
    assert row[1:4] == [7, 1_767_225_600_000, "tBTCUSD"]
    assert row[6:9] == [1, 1, "EXCHANGE LIMIT"]
    assert (row[12], row[13], row[16], row[17]) == (0, "ACTIVE", 100, 0)
    assert row[0] > 2**31


def test_an_order_that_fills_at_once_is_told_of_only_when_it_is_over(client: AccountClient) -> None:
    client.new(type="EXCHANGE MARKET", price=None, amount="0.5")
    assert "on" not in client.types()
    (row,) = client.told("oc")
    fills = client.told("te")
    assert sum(fill[4] for fill in fills) == D("0.5")
    assert row[6] == 0
    assert row[13].startswith("EXECUTED @ ")
    assert row[13].count("PARTIALLY FILLED @ ") == len(fills) - 1
    client.world.pass_time(2)
    stored = client.told("tu")
    assert {fill[0] for fill in stored} == {fill[0] for fill in fills}
    assert all(fill[9] < 0 and fill[10] == "BTC" for fill in stored)


def test_an_order_that_fills_in_part_at_once_is_open_with_that_part(client: AccountClient) -> None:
    client.new(type="EXCHANGE LIMIT", price="63040", amount="9")
    opened, *updates = client.told("on", "ou")
    assert opened[13].startswith("PARTIALLY FILLED @ ")
    assert opened[6] == 9 - sum(fill[4] for fill in client.told("te"))
    assert not updates


def test_the_venue_takes_a_cid_twice(client: AccountClient) -> None:
    for _ in range(2):
        assert client.new(cid=5)[0][2][6] == "SUCCESS"
    assert len(client.world.exchange.placed(5)) == 2


@pytest.mark.parametrize(
    ("order", "text"),
    [
        ({"amount": "0"}, "amount: invalid"),
        ({"amount": "many"}, "amount: invalid"),
        ({"cid": 2**45}, "cid: invalid"),
        ({"cid": "5"}, "cid: invalid"),
        ({"type": "exchange limit"}, "type: invalid"),
        ({"symbol": "tNOPE"}, "symbol: invalid"),
        ({"price": "-1"}, "Invalid price."),
        ({"price": None}, "price: invalid"),
        ({"tif": "2020-01-01"}, "tif: invalid"),
        ({"amount": "0.00001"}, "Invalid order: minimum size for BTC/USD is 0.00004"),
        ({"amount": "-11", "price": "70000"}, "Invalid order: not enough exchange balance for -11 BTC/USD"),
        ({"price": "999000", "amount": "9"}, "Invalid order: not enough exchange balance for 9 BTC/USD"),
    ],
)
def test_what_cannot_be_is_refused_in_the_venues_words(client: AccountClient, order: dict[str, Any], text: str) -> None:
    (notification,) = client.new(**order)
    assert notification[2][1] == "on-req"
    assert notification[2][6:] == ["ERROR", text]
    assert notification[2][4][0] is None
    assert not client.world.exchange.orders


# Changing and canceling.


def test_an_update_sets_what_is_left_and_keeps_the_order(client: AccountClient) -> None:
    number = client.new()[0][2][4][0]
    client.input("ou", {"id": number, "amount": "2", "price": "110"})
    (notification,), (row,) = client.told("n"), client.told("ou")
    assert notification[1:3] + notification[6:] == [
        "ou-req",
        None,
        "SUCCESS",
        "Submitting update to exchange limit buy order for 1 BTC.",
    ]
    assert notification[4] == row
    assert (row[0], row[6], row[7], row[13], row[16]) == (number, 2, 1, "ACTIVE", 110)
    client.input("ou", {"id": number, "delta": "-0.5"})
    assert client.told("ou")[0][6] == D("1.5")


def test_an_update_of_a_sale_has_its_sign(client: AccountClient) -> None:
    number = client.new(amount="-1", price="90000")[0][2][4][0]
    client.input("ou", {"id": number, "delta": "-0.5"})
    assert client.told("ou")[0][6] == D("-1.5")
    client.input("ou", {"id": number, "amount": "1"})
    assert client.told("n")[0][7] == "amount: invalid"


def test_an_update_by_cid_wants_its_day(client: AccountClient) -> None:
    client.new(cid=77)
    client.input("ou", {"cid": 77, "cid_date": "2026-01-01", "price": "120"})
    assert client.told("ou")[0][16] == 120


@pytest.mark.parametrize(
    ("asked", "text", "number"),
    [
        ({"id": 5}, "Order not found.", 5),
        ({"id": "5"}, "id: invalid", 0),
        ({}, "id: invalid", 0),
        ({"cid": 5}, "cid_date: invalid", None),
        ({"cid": 5, "cid_date": "2026-01-01"}, "Order not found.", None),
    ],
)
def test_a_cancel_of_what_is_not_there_says_so(
    client: AccountClient, asked: dict[str, Any], text: str, number: int | None
) -> None:
    (notification,) = client.input("oc", asked)
    assert notification[2][1] == "oc-req"
    assert notification[2][6:] == ["ERROR", text]
    assert notification[2][4][:3] == [number, None, asked.get("cid")]
    client.input("ou", {**asked, "price": "110"})
    assert client.told("n")[0][6] == "ERROR"


def test_a_cancel_is_accepted_first_and_then_told(client: AccountClient) -> None:
    number = client.new()[0][2][4][0]
    client.input("oc", {"id": number})
    (notification,), (row,) = client.told("n"), client.told("oc")
    assert notification[4][0] == number
    assert notification[4][13] == "ACTIVE"
    assert notification[7] == f"Submitted for cancellation; waiting for confirmation (ID: {number})."
    assert (row[0], row[6], row[13]) == (number, 1, "CANCELED")
    client.input("oc", {"id": number})
    assert client.types() == ["n"]
    assert client.told("n")[0][7] == "Order not found."


def test_a_cancel_by_cid_is_answered_with_the_cid_alone(client: AccountClient) -> None:
    number = client.new(cid=77)[0][2][4][0]
    client.input("oc", {"cid": 77, "cid_date": "2025-12-31"})
    assert client.told("n")[0][6] == "ERROR"
    client.input("oc", {"cid": 77, "cid_date": "2026-01-01"})
    (notification,) = client.told("n")
    assert [place for place, value in enumerate(notification[4]) if value is not None] == [2, 23]
    assert f"(ID: {number})" in notification[7]
    assert client.told("oc")[0][0] == number


def test_the_day_of_a_cid_is_that_of_its_order(world: World) -> None:
    client = AccountClient(world)
    world.pass_time(86_400 - 1)
    client.new(cid=5)
    world.pass_time(2)
    client.input("oc", {"cid": 5, "cid_date": "2026-01-02"})
    assert client.told("n")[0][6] == "ERROR"
    client.input("oc", {"cid": 5, "cid_date": "2026-01-01"})
    assert client.told("oc")


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (lambda ids: {"id": ids[:2]}, 2),
        (lambda _: {"gid": [9]}, 2),
        (lambda _: {"cid": [[1, "2026-01-01"], [4, "2026-01-01"], [5, "2026-01-01"]]}, 2),
        (lambda ids: {"id": ids[:1], "gid": [9]}, 1),
        (lambda _: {"all": 1}, 0),
    ],
)
def test_several_orders_are_canceled_at_once(client: AccountClient, asked: Any, left: int) -> None:
    ids = [client.new(cid=cid, gid=9 if cid > 2 else None)[0][2][4][0] for cid in (1, 2, 3, 4)]
    client.input("oc_multi", asked(ids))
    (notification,) = client.told("n")
    assert notification[1] == "oc_multi-req"
    assert len(notification[4]) == len(client.told("oc")) == 4 - left
    assert len(client.world.exchange.open_orders()) == left


def test_several_operations_are_answered_each(client: AccountClient) -> None:
    new = {"type": "EXCHANGE LIMIT", "symbol": "tBTCUSD", "amount": "1", "price": "100"}
    client.input("ox_multi", [["on", {**new, "cid": 1}], ["on", {**new, "amount": "x"}], ["oc", {"id": 3}]])
    (notification,) = client.told("n")
    assert (notification[1], notification[6]) == ("ox_multi-req", "SUCCESS")
    assert [(each[1], each[6]) for each in notification[4]] == [
        ("on-req", "SUCCESS"),
        ("on-req", "ERROR"),
        ("oc-req", "ERROR"),
    ]
    assert len(client.told("on")) == 1
    for wrong in ([], [["dance", {}]], {"on": new}, [["on", new]] * 76):
        client.input("ox_multi", wrong)
        assert client.told("n")[0][4] is None
        assert client.told("n")[0][6:] == ["ERROR", "input: invalid"]


# Types and flags.


def end_of(client: AccountClient) -> str:
    (row,) = client.told("oc")
    return str(row[13])


@pytest.mark.parametrize(
    ("order", "end"),
    [
        ({"price": "90000", "flags": 4096, "amount": "0.01"}, "POSTONLY CANCELED"),
        ({"type": "EXCHANGE FOK", "price": "60000"}, "FILLORKILL CANCELED"),
        ({"type": "EXCHANGE IOC", "price": "60000"}, "IOC CANCELED"),
    ],
)
def test_an_order_that_its_type_forbids_is_accepted_and_canceled(
    client: AccountClient, order: dict[str, Any], end: str
) -> None:
    client.new(**order)
    assert client.told("n")[0][6] == "SUCCESS"
    assert not client.told("on")
    assert end_of(client) == end


def test_an_order_to_take_at_once_keeps_what_it_got(client: AccountClient) -> None:
    client.new(type="EXCHANGE IOC", price="63040", amount="9")
    assert end_of(client).startswith("IOC CANCELED was: PARTIALLY FILLED @ ")
    client.new(type="EXCHANGE FOK", price="63100", amount="0.01")
    assert end_of(client).startswith("EXECUTED @ ")


def test_a_stop_waits_for_its_price(world: World) -> None:
    client = AccountClient(world)
    client.new(type="EXCHANGE STOP", price="62000", amount="-0.1")
    client.new(type="EXCHANGE STOP LIMIT", price="62000", price_aux_limit="61990", amount="-0.1")
    assert (client.told("on")[0][16], client.told("on")[0][19]) == (62_000, 61_990)
    client.new(type="EXCHANGE STOP", price="62000", amount="0.1")
    # A buy above its stop is under way at once.
    assert end_of(client).startswith("EXECUTED")
    assert len(world.exchange.open_orders()) == 2
    client.new(type="EXCHANGE STOP LIMIT", price="62000", amount="-0.1")
    assert client.told("n")[0][7] == "price_aux_limit: invalid"


def test_a_trailing_stop_follows_the_market(world: World) -> None:
    client = AccountClient(world)
    client.new(type="EXCHANGE TRAILING STOP", price=None, price_trailing="20", amount="-0.1")
    assert client.told("on")[0][18] == 20
    world.wait_for(lambda: bool(client.told("oc")))
    assert end_of(client).startswith("EXECUTED")


def test_of_two_orders_only_one_is_filled(world: World) -> None:
    client = AccountClient(world)
    client.new(price="63020", amount="0.01", flags=16384, price_oco_stop="99000", cid=1, cid_oco=2)
    first, second = client.told("on")
    assert (first[2], first[8], first[25]) == (1, "EXCHANGE LIMIT", None)
    assert (second[2], second[8], second[16], second[25]) == (2, "EXCHANGE STOP", 99_000, first[0])
    world.wait_for(lambda: len(client.told("oc")) == 2)
    assert [row[13].split(" ")[0] for row in client.told("oc")] == ["EXECUTED", "CANCELED"]


def test_two_orders_are_refused_together(client: AccountClient) -> None:
    for price in ("0", "x", None, "0.000000001"):
        client.new(flags=16384, price_oco_stop=price)
        assert client.told("n")[0][6] == "ERROR"
    client.new(type="EXCHANGE MARKET", price=None, flags=16384, price_oco_stop="99000")
    assert client.told("n")[0][7] == "type: invalid"
    assert not client.world.exchange.orders


def test_an_order_with_a_date_ends_then(world: World) -> None:
    client = AccountClient(world)
    client.new(tif="2026-01-01 00:00:30")
    assert client.told("on")[0][10] == 1_767_225_630_000
    world.pass_time(29)
    assert not client.told("oc")
    world.pass_time(2)
    assert end_of(client) == "CANCELED"


def test_prices_are_cut_to_five_digits_and_amounts_rounded_to_eight(client: AccountClient) -> None:
    client.new(price="62123.9", amount="0.123456789")
    (row,) = client.told("on")
    assert row[16] == 62_123
    assert row[7] == D("0.12345679")
    client.new(symbol="tDOGE:USD", price="0.1012349", amount="100")
    assert client.told("on")[0][16] == D("0.10123")


def test_meta_and_flags_come_back(client: AccountClient) -> None:
    client.new(flags=64 | 4096, meta={"aff_code": "abc"})
    (row,) = client.told("on")
    assert (row[12], row[24], row[31]) == (4160, 1, {"aff_code": "abc", "$F7": 1})


@pytest.mark.parametrize(("meta", "end"), [({"protect_selfmatch": 1}, "CANCELED"), (None, "EXECUTED")])
def test_who_wants_it_does_not_trade_with_himself(client: AccountClient, meta: Any, end: str) -> None:
    _, (ticker,) = client.subscribe("ticker", symbol="tLEOUSD")
    price = str(ticker[1][2] - D("0.0001"))
    sale = {"type": "EXCHANGE LIMIT", "symbol": "tLEOUSD", "amount": "-5", "price": price}
    # At one moment, so that the market does not come in between.
    client.input("ox_multi", [["on", sale], ["on", {**sale, "type": "EXCHANGE IOC", "amount": "5", "meta": meta}]])
    assert {row[13].split(" ")[0] for row in client.told("oc")} == {end}


def test_nothing_is_placed_during_maintenance_and_orders_can_be_canceled(world: World) -> None:
    client = AccountClient(world)
    number = client.new()[0][2][4][0]
    world.exchange.set_status("maintenance")
    client.new()
    assert client.told("n")[0][6:] == ["ERROR", "maintenance"]
    client.input("oc", {"id": number})
    assert client.told("oc")
    world.exchange.set_status("online")
    client.new()
    assert client.told("on")


def test_a_thousand_orders_in_five_minutes_are_enough() -> None:
    client = AccountClient(World(rate_limits=True))
    ops = [["on", {"type": "EXCHANGE LIMIT", "symbol": "tBTCUSD", "amount": "0.001", "price": "10"}]] * 50
    for _ in range(20):
        client.input("ox_multi", ops)
    client.new()
    assert client.told("n")[0][6:] == ["ERROR", "ratelimit: error"]
    client.world.pass_time(301)
    client.new()
    assert client.told("on")


def test_executions_come_before_or_after_what_is_told_of_their_order(world: World) -> None:
    client = AccountClient(world)
    orders: set[tuple[str, ...]] = set()
    for _ in range(12):
        client.new(type="EXCHANGE MARKET", price=None, amount="0.0001")
        orders.add(tuple(kind for kind in client.types() if kind in {"te", "oc"}))
    assert orders == {("te", "oc"), ("oc", "te")}
