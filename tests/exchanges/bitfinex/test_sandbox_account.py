"""Channel 0 of the simulated Bitfinex: login, snapshots, filters, wallets, positions, funding, calculations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.exchanges.bitfinex.sandbox import PRIVATE
from tests.exchanges.bitfinex.virtual_clients import (
    SEQ_ALL,
    TIMESTAMP,
    AccountClient,
    Client,
    World,
    login,
)

D = Decimal


@pytest.fixture
def world() -> World:
    return World()


def failure(client: Client, **event: Any) -> tuple[int, str]:
    (answer,) = client.ask(**event)
    assert (answer["event"], answer["status"], answer["chanId"]) == ("auth", "FAILED", 0)
    return answer["code"], answer["msg"]


def test_who_logs_in_is_told_what_the_key_may_do_and_gets_six_snapshots(world: World) -> None:
    client = AccountClient(world, flags=SEQ_ALL)
    assert client.login["status"] == "OK"
    assert client.login["caps"]["orders"] == {"read": 1, "write": 1}
    assert [message[1] for message in client.snapshots] == ["ps", "ws", "os", "fos", "fcs", "fls"]
    # Public numbers go on; the account's are 0 until all snapshots are through.
    assert [tuple(message[3:]) for message in client.snapshots] == [(number, 0) for number in range(1, 7)]


def test_the_proof_has_to_be_right_and_the_nonce_to_rise(world: World) -> None:
    client = Client(world, PRIVATE)
    right = login(world.exchange.credentials())
    assert failure(client, **{**right, "apiKey": "mine"}) == (10100, "apikey: invalid")
    assert failure(client, **{**right, "apiKey": None}) == (10100, "apikey: invalid")
    assert failure(client, **{**right, "authSig": "0" * 96}) == (10113, "apikey: digest invalid")
    assert failure(client, **{**right, "authSig": "short"}) == (10112, "apikey: signature invalid")
    assert failure(client, **{**right, "authPayload": None})[0] == 10111
    assert failure(client, **{**right, "filter": "trading"})[0] == 10111
    assert failure(client, **login(world.exchange.credentials(), 2**53))[0] == 10114
    assert client.ask(**right)[0]["status"] == "OK"
    assert failure(client, **right)[0] == 10100
    other = Client(world, PRIVATE)
    assert failure(other, **right) == (10114, "nonce: small")


def test_nobody_logs_in_at_the_public_address(world: World) -> None:
    assert failure(Client(world), **login(world.exchange.credentials()))[0] == 10100


def test_orders_before_the_login_are_refused(world: World) -> None:
    client = Client(world, PRIVATE)
    client.send([0, "on", None, {"type": "EXCHANGE MARKET", "symbol": "tBTCUSD", "amount": "1"}])
    assert client.inbox[0]["code"] == 10000
    assert not world.exchange.orders


def test_notifications_move_the_public_number_on_and_not_the_accounts(world: World) -> None:
    client = AccountClient(world, flags=SEQ_ALL | TIMESTAMP)
    client.new()
    client.new()
    assert [(each[1], each[3], each[4]) for each in client.inbox] == [("n", 9, 1), ("on", 10, 2)]
    assert all(each[5] > 1_767_225_600_000 for each in client.inbox)
    world.pass_time(20)
    (beat,) = client.heartbeats
    assert beat[:3] == [0, "hb", 11]


def test_an_old_venue_ends_its_notifications_with_one_number() -> None:
    client = AccountClient(World(single_numbers=True), flags=SEQ_ALL)
    client.new()
    client.new()
    assert [tuple(each[3:]) for each in client.inbox] == [(1,), (8, 2)]


@pytest.mark.parametrize(
    ("filters", "snapshots", "told"),
    [
        (["trading"], ["ps", "os"], {"on", "oc", "te"}),
        (["trading-tBTCUSD", "notify"], ["os"], {"n", "on", "oc", "te"}),
        (["trading-tETHUSD", "notify"], [], {"n"}),
        (["wallet"], ["ws"], {"wu"}),
        (["wallet-exchange-BTC"], ["ws"], {"wu"}),
        (["funding"], ["fos", "fcs", "fls"], set()),
    ],
)
def test_filters_let_through_what_they_name(
    world: World, filters: list[str], snapshots: list[str], told: set[str]
) -> None:
    AccountClient(world).new()
    client = AccountClient(world, filter=filters)
    assert [message[1] for message in client.snapshots] == snapshots
    kinds: set[str] = set()
    client.new()
    kinds |= set(client.types())
    client.new(type="EXCHANGE MARKET", price=None, amount="0.02")
    kinds |= set(client.types())
    assert kinds == told
    wallets = {row[1] for row in client.told("wu")}
    assert wallets == ({"BTC", "USD"} if filters == ["wallet"] else {"BTC"} if "wu" in told else set())


def test_an_open_order_stands_in_the_snapshot_of_a_new_connection(world: World) -> None:
    row = AccountClient(world).new()[1][2]
    client = AccountClient(world)
    (orders,) = [message[2] for message in client.snapshots if message[1] == "os"]
    assert orders == [row]


@pytest.mark.parametrize("dms", [4, None])
def test_the_dead_man_switch_cancels_everything_when_its_socket_closes(world: World, dms: int | None) -> None:
    watcher, client = AccountClient(world), AccountClient(world, dms=dms)
    watcher.new()
    client.new(symbol="tETHUSD")
    watcher.inbox.clear()
    world.exchange.cut(2)
    world.pass_time(0.1)
    assert len(watcher.told("oc")) == (2 if dms else 0)
    assert len(world.exchange.open_orders()) == (0 if dms else 2)


def test_accounts_are_apart(world: World) -> None:
    mine, theirs = AccountClient(world), AccountClient(world, "other")
    theirs.inbox.clear()
    number = mine.new()[0][2][4][0]
    assert not theirs.inbox
    (refused,) = theirs.input("oc", {"id": number})
    assert refused[2][6:] == ["ERROR", "Order not found."]
    assert world.exchange.open_orders()
    assert not world.exchange.open_orders("other")


def test_a_token_of_rest_logs_in_until_it_ends(world: World) -> None:
    token = world.exchange.mint_token()
    assert Client(world, PRIVATE).ask(event="auth", token=token)[0]["status"] == "OK"
    world.pass_time(130)
    assert failure(Client(world, PRIVATE), event="auth", token=token)[0] == 10100
    assert failure(Client(world, PRIVATE), event="auth", token=5)[0] == 10100


# Wallets and positions.


def test_a_placed_order_tells_no_wallet_and_a_calculation_what_is_left(world: World) -> None:
    client = AccountClient(world)
    client.new(amount="2", price="50000")
    assert not client.told("wu")
    client.input("calc", [["wallet_exchange_USD"]])
    ((kind, currency, balance, _, available, *_),) = client.told("wu")
    assert (kind, currency, balance, available) == ("exchange", "USD", 1_000_000, 900_000)


def test_wallets_add_up_over_fills(world: World) -> None:
    client = AccountClient(world)
    client.new(type="EXCHANGE MARKET", price=None, amount="0.5")
    client.world.pass_time(2)
    fees = -sum(fill[9] for fill in client.told("tu"))
    cost = sum(fill[4] * fill[5] for fill in client.told("te"))
    last = {row[1]: row[2] for row in client.told("wu")}
    assert last == {"BTC": 10 + D("0.5") - fees, "USD": 1_000_000 - cost}
    assert world.exchange.balance("BTC") == last["BTC"]


def test_a_deposit_is_told(world: World) -> None:
    client = AccountClient(world)
    world.exchange.deposit("USD", D(5))
    world.pass_time(0.1)
    assert client.told("wu")[-1][:3] == ["exchange", "USD", 1_000_005]


def test_a_position_is_opened_grows_and_is_closed_with_its_profit(world: World) -> None:
    client = AccountClient(world)
    client.new(type="MARKET", price=None, amount="0.02")
    opened = client.told("pn")[0]
    assert (opened[0], opened[1], opened[15]) == ("tBTCUSD", "ACTIVE", 0)
    client.new(type="MARKET", price=None, amount="0.3")
    grown = client.told("pu")[-1]
    assert grown[2] == D("0.32")
    assert grown[11] == opened[11]
    client.input("calc", [["position_tBTCUSD"], ["margin_base"]])
    (calculated,) = client.told("pu")
    assert calculated[6] is not None
    assert client.told("miu")[0][0] == "base"
    client.new(type="MARKET", price=None, amount="-0.32")
    closed = client.told("pc")[0]
    assert closed[1:3] == ["CLOSED", 0]
    fills = [fill for order in world.exchange.orders for fill in order.fills]
    profit = sum(-fill.cost if fill.order.request.side == "buy" else fill.cost for fill in fills)
    paid = sum(fill.fee for fill in fills)
    assert world.exchange.balance("USD", wallet="margin") == 1_000_000 + profit - paid
    assert world.exchange.balance("BTC", wallet="margin") == 0


def test_a_position_may_change_its_side(world: World) -> None:
    client = AccountClient(world)
    client.new(type="MARKET", price=None, amount="0.1", symbol="tBTCF0:USTF0")
    client.new(type="MARKET", price=None, amount="-0.3", symbol="tBTCF0:USTF0")
    row = client.told("pu")[-1]
    assert row[2] == D("-0.2")
    assert row[15] == 1


@pytest.mark.parametrize(
    ("order", "end"),
    [
        ({"amount": "0.1", "flags": 1024}, "Invalid order: RSN_POS_REDUCE_INCR"),
        ({"amount": "-0.5", "flags": 1024}, D("-0.2")),
        ({"amount": "0", "flags": 512}, D("-0.2")),
        ({"amount": "-1", "flags": 512}, D("-0.2")),
    ],
)
def test_orders_that_close_do_no_more(world: World, order: dict[str, Any], end: Any) -> None:
    client = AccountClient(world)
    client.new(type="MARKET", price=None, amount="0.2")
    client.new(type="MARKET", price=None, **order)
    if isinstance(end, str):
        assert client.told("n")[0][7] == end
    else:
        assert client.told("oc")[0][7] == end
        assert client.told("pc")


def test_a_short_position_is_closed_whole_by_an_order_without_an_amount(world: World) -> None:
    client = AccountClient(world)
    client.new(type="MARKET", price=None, amount="-0.2")
    client.new(type="MARKET", price=None, amount="0", flags=512)
    assert client.told("oc")[0][7] == D("0.2")
    assert client.told("pc")


def test_an_order_that_may_only_reduce_goes_with_its_position(world: World) -> None:
    client = AccountClient(world)
    client.new(type="MARKET", price=None, amount="0.2")
    client.new(type="LIMIT", price="90000", amount="-0.2", flags=1024)
    client.new(type="MARKET", price=None, amount="-0.2")
    assert [row[13].split(" ")[0] for row in client.told("oc")] == ["EXECUTED", "RSN_POS_NOTFOUND"]
    client.new(type="LIMIT", price="90000", amount="-0.2", flags=1024)
    assert client.told("n")[0][7] == "Invalid order: RSN_POS_NOTFOUND"


def test_margin_orders_hold_collateral(world: World) -> None:
    client = AccountClient(world)
    client.new(type="LIMIT", price="50000", amount="190")
    assert client.told("n")[0][6] == "SUCCESS"
    client.new(type="LIMIT", price="50000", amount="20")
    assert client.told("n")[0][7] == "Invalid order: not enough margin balance for 20 BTC/USD"


# Funding.


def test_an_offer_is_taken_by_the_market_bit_by_bit(world: World) -> None:
    client = AccountClient(world)
    client.input("fon", {"type": "LIMIT", "symbol": "fUSD", "amount": "9000", "rate": "0.0001", "period": 2})
    (notification,), (offer,) = client.told("n"), client.told("fon")
    assert notification[1:] == ["fon-req", None, None, offer, None, "SUCCESS", notification[7]]
    assert len(offer) == 21
    assert (offer[4], offer[10], offer[14], offer[15]) == (9000, "ACTIVE", D("0.0001"), 2)
    client.input("calc", [["wallet_funding_USD"]])
    assert client.told("wu")[0][2:5] == [1_000_000, 0, 991_000]
    world.wait_for(lambda: bool(client.told("foc")))
    end = client.told("foc")[0]
    assert end[4] == 0
    assert end[10].startswith("EXECUTED @ 0.0001(")
    assert sum(trade[4] for trade in client.told("fte")) == 9000
    assert client.told("fte") == client.told("ftu")
    assert sum(row[5] for row in client.told("fcn")) == 9000
    assert [message[2] for message in AccountClient(world).snapshots if message[1] == "fcs"] == [client.told("fcn")]


def test_an_offer_can_be_taken_back_once(world: World) -> None:
    client = AccountClient(world)
    client.input("fon", {"type": "LIMIT", "symbol": "fUSD", "amount": "-500", "rate": "0.00001", "period": 30})
    number = client.told("fon")[0][0]
    client.input("foc", {"id": number})
    assert client.told("foc")[0][10] == "CANCELED"
    client.input("foc", {"id": number})
    (refused,) = client.told("n")
    assert (refused[1], refused[4][0], refused[6], refused[7]) == ("foc-req", number, "ERROR", "Offer not found.")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"type": "MARKET"}, "type: invalid"),
        ({"symbol": "tBTCUSD"}, "symbol: invalid"),
        ({"amount": "0"}, "amount: invalid"),
        ({"rate": "-1"}, "rate: invalid"),
        ({"period": 1}, "period: invalid"),
        ({"period": "2"}, "period: invalid"),
        ({"amount": "2000000"}, "Invalid offer: not enough USD balance in funding wallet"),
    ],
)
def test_offers_that_cannot_be_are_refused(world: World, change: dict[str, Any], text: str) -> None:
    usual = {"type": "LIMIT", "symbol": "fUSD", "amount": "500", "rate": "0.0001", "period": 2}
    client = AccountClient(world)
    client.input("fon", {**usual, **change})
    assert client.told("n")[0][6:] == ["ERROR", text]
    assert not client.told("fon")


# What else there is.


def test_calculations_come_eight_a_second_and_30_at_most(world: World) -> None:
    client = AccountClient(world)
    client.input("calc", [["balance"]] * 20)
    assert len(client.told("bu")) == 8
    world.pass_time(2.1)
    assert len(client.told("bu")) == 20
    assert client.input("calc", [["balance"]] * 31)[0]["event"] == "error"
    assert client.input("calc", {"no": "list"})[0]["event"] == "error"
    assert client.input("calc", [["margin_sym_tBTCUSD"], ["funding_sym_fUSD"], ["nothing_at_all"]]) != []
    assert client.types() == ["miu", "fiu"]


def test_a_message_of_ones_own_goes_to_all_sockets_of_the_user(world: World) -> None:
    clients = [AccountClient(world), AccountClient(world), AccountClient(world, "other")]
    clients[0].input("n", {"type": "ucm-hello", "info": {"a": [1, "b"]}}, message_id=9)
    for client in clients[:2]:
        ((_, kind, message_id, _, info, _, status, _),) = client.told("n")
        assert (kind, message_id, info, status) == ("ucm-hello", 9, {"a": [1, "b"]}, "SUCCESS")
    assert not clients[2].told("n")
    clients[0].input("n", {"type": "hello", "info": {}})
    assert clients[0].told("n")[0][6:] == ["ERROR", "type: invalid"]


def test_events_that_are_held_back_come_when_they_are_released(world: World) -> None:
    client = AccountClient(world, flags=SEQ_ALL)
    world.exchange.hold_events()
    client.new()
    assert client.types() == ["n"]
    world.exchange.release_events()
    world.pass_time(0.1)
    assert client.types() == ["n", "on"]
    assert [message[3] for message in client.inbox] == [7, 8]
