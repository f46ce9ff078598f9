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
