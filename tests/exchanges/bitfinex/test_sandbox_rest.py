"""REST of the simulated Bitfinex: signatures, errors, limits, and the same truth as WebSocket's."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from rxex.sandbox import CallFault, HttpCall
from tests.exchanges.bitfinex.virtual_clients import AccountClient, Caller, Client, World

D = Decimal
BUY = {"type": "EXCHANGE LIMIT", "symbol": "tBTCUSD", "amount": "1", "price": "100"}


@pytest.fixture
def world() -> World:
    world = World()
    world.pass_time(1)
    return world


@pytest.fixture
def rest(world: World) -> Caller:
    return Caller(world)


# Keys, errors, limits.


def test_the_very_bytes_that_are_sent_are_signed(rest: Caller) -> None:
    for body in (b"", b"{}", b'{ "limit":1 }'):
        assert rest.call("auth/r/wallets", body)[0] == 200
    path = "auth/r/wallets"
    assert rest.call(path, b"{}", rest.headers(path, b"{ }")) == (500, ["error", 10100, "apikey: digest invalid"])
    assert rest.call(path, b"", {**rest.headers(path, b""), "bfx-apikey": "x"})[1][2] == "apikey: invalid"
    assert rest.call(path, b"", {})[1] == ["error", 10100, "apikey: invalid"]
    assert rest.call(path, b"[1]")[1] == ["error", 10020, "request: invalid"]
    assert rest.call(path, b"\xff", rest.headers(path, b""))[1][1] == 10100


def test_a_nonce_has_to_rise_over_rest_and_websocket_together(world: World, rest: Caller) -> None:
    path = "auth/r/wallets"
    late = rest.headers(path, b"")
    assert AccountClient(world).login["status"] == "OK"
    assert rest.call(path, b"", late)[1] == ["error", 10114, "nonce: small"]
    assert rest.call(path, b"", rest.headers(path, b"", 2**53))[1][1] == 10114


def test_a_token_stands_for_the_key(rest: Caller) -> None:
    (token,) = rest.ask("auth/w/token", scope="api", ttl=60)
    assert rest.call("auth/r/orders", b"", {"bfx-token": token}) == (200, [])
    rest.world.pass_time(61)
    assert rest.call("auth/r/orders", b"", {"bfx-token": token})[1][1] == 10100
    assert rest.refused("auth/w/token", ttl=60) == (10020, "scope: invalid")


def test_what_is_not_there_is_an_error(rest: Caller) -> None:
    assert rest.get("nothing")[0] == 404
    assert rest.get("auth/r/wallets")[0] == 404
    assert rest.call("platform/status")[0] == 404
    assert rest.world.exchange.ask(HttpCall(0.0, "GET", "/elsewhere", {}, {}, b"")) is None


def test_too_many_calls_a_minute_are_refused_with_an_object() -> None:
    rest = Caller(World(rate_limits=True))
    answers = [rest.get("liquidations/hist") for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 429]
    assert answers[-1][1] == {"error": "ERR_RATE_LIMIT"}
    rest.world.pass_time(61)
    assert rest.get("liquidations/hist")[0] == 200


def test_a_call_may_fail_before_or_after_it_took_effect(world: World, rest: Caller) -> None:
    for fault, placed in ((CallFault(503), 0), (CallFault(502, after_effect=True), 1)):
        world.exchange.fail_next_call(fault)
        body = json.dumps(BUY).encode()
        call = HttpCall(0.0, "POST", "/v2/auth/w/order/submit", {}, rest.headers("auth/w/order/submit", body), body)
        reply = world.exchange.ask(call)
        assert reply is not None
        assert reply.status == fault.status
        assert len(world.exchange.orders) == placed


def test_maintenance_refuses_all_but_its_own_status(world: World, rest: Caller) -> None:
    assert rest.get("platform/status") == (200, [1])
    world.exchange.set_status("maintenance")
    assert rest.get("platform/status") == (200, [0])
    assert rest.refused("auth/r/wallets") == (20060, "maintenance")
    assert rest.get("ticker/tBTCUSD")[1] == ["error", 20060, "maintenance"]


# Orders.


def test_an_order_is_submitted_updated_and_canceled(world: World, rest: Caller) -> None:
    client = AccountClient(world)
    client.inbox.clear()
    submitted = rest.ask("auth/w/order/submit", **BUY, cid=7)
    assert submitted[1] == "on-req"
    assert submitted[0] < 10**11
    (row,) = submitted[4]
    assert rest.ask("auth/r/orders") == [row]
    assert rest.ask("auth/r/orders/tETHUSD") == []
    updated = rest.ask("auth/w/order/update", id=row[0], price="110")
    assert updated[4][16] == 110
    assert rest.ask("auth/r/orders", cid=7, cid_date="2026-01-01")[0][16] == 110
    assert rest.ask("auth/w/order/cancel", id=row[0])[4][0] == row[0]
    assert rest.refused("auth/w/order/cancel", id=row[0]) == (10001, "Order not found.")
    (over,) = rest.ask("auth/r/orders/hist")
    assert over[13] == "CANCELED"
    world.pass_time(0.1)
    # Who listens is told of it, but gets no notification.
    assert client.types() == ["on", "ou", "oc"]
    assert client.told("oc") == [over]
    records = world.exchange.order_requests
    assert [(record.method, record.session, record.client_id) for record in records] == [
        ("on", None, "7"),
        ("ou", None, None),
        ("oc", None, None),
        ("oc", None, None),
    ]
    assert records[-1].errors == ["Order not found."]


def test_two_orders_of_which_one_is_to_be_filled_are_submitted_together(rest: Caller) -> None:
    submitted = rest.ask("auth/w/order/submit", **BUY, flags=16384, price_oco_stop="90000")
    assert [row[8] for row in submitted[4]] == ["EXCHANGE LIMIT", "EXCHANGE STOP"]


def test_orders_that_cannot_be_are_refused_with_code_and_text(rest: Caller) -> None:
    assert rest.refused("auth/w/order/submit", **{**BUY, "amount": "x"}) == (10020, "amount: invalid")
    code, text = rest.refused("auth/w/order/submit", **{**BUY, "price": "90000", "amount": "100"})
    assert (code, text) == (10001, "Invalid order: not enough exchange balance for 100 BTC/USD")


def test_several_at_once(rest: Caller) -> None:
    answer = rest.ask("auth/w/order/multi", ops=[["on", BUY], ["on", {**BUY, "symbol": "tX"}]])
    assert [(each[1], each[6]) for each in answer[4]] == [("on-req", "SUCCESS"), ("on-req", "ERROR")]
    assert len(rest.ask("auth/w/order/cancel/multi", all=1)[4]) == 1
    assert rest.refused("auth/w/order/multi", ops=[])[1] == "input: invalid"


def test_executions_are_those_of_websocket_with_their_fees(world: World, rest: Caller) -> None:
    client = AccountClient(world)
    client.new(type="EXCHANGE MARKET", price=None, amount="0.5")
    world.pass_time(2)
    told = sorted(client.told("tu"), key=lambda row: -row[0])
    number = client.told("oc")[0][0]
    assert rest.ask(f"auth/r/order/tBTCUSD:{number}/trades") == told
    assert rest.ask("auth/r/trades/tBTCUSD/hist") == told
    assert rest.ask("auth/r/trades/hist", limit=1, sort=1) == told[-1:]
    assert rest.ask("auth/r/trades/tETHUSD/hist") == []
    assert rest.ask("auth/r/trades/hist", start=told[0][2] + 1) == []
    assert rest.refused("auth/r/trades/hist", limit=10_000) == (10020, "limit: invalid")
    entries = rest.ask("auth/r/ledgers/BTC/hist")
    assert sum(row[5] for row in entries) == sum(row[4] + row[9] for row in told)
    assert entries[0][6] == world.exchange.balance("BTC")
    assert {row[5] < 0 for row in rest.ask("auth/r/ledgers/hist", category=201)} == {True}


def test_history_reaches_back_two_weeks(world: World, rest: Caller) -> None:
    number = rest.ask("auth/w/order/submit", **BUY)[4][0][0]
    rest.ask("auth/w/order/cancel", id=number)
    world.pass_time(13 * 86_400)
    assert rest.ask("auth/r/orders/hist", id=[number])[0][0] == number
    world.pass_time(2 * 86_400)
    assert rest.ask("auth/r/orders/hist", id=[number]) == []
    assert rest.refused("auth/r/orders/hist", id=number) == (10020, "id: invalid")


# Money.


def test_wallets_say_what_is_available(rest: Caller) -> None:
    rest.ask("auth/w/order/submit", **{**BUY, "price": "1000", "amount": "2"})
    rows = {(row[0], row[1]): row for row in rest.ask("auth/r/wallets")}
    assert rows["exchange", "USD"][2:5] == [1_000_000, 0, 998_000]
    assert rows["funding", "USD"][4] == 1_000_000


def test_money_is_moved_between_wallets(world: World, rest: Caller) -> None:
    client = AccountClient(world)
    answer = rest.ask("auth/w/transfer", **{"from": "exchange", "to": "margin", "currency": "USD", "amount": "5"})
    assert answer[1] == "acc_tf"
    assert answer[4][1:3] + answer[4][7:] == ["exchange", "margin", 5]
    world.pass_time(0.1)
    assert [row[:3] for row in client.told("wu")] == [["exchange", "USD", 999_995], ["margin", "USD", 1_000_005]]
    wrong = {"from": "exchange", "to": "margin", "currency": "USD", "amount": "5000000"}
    assert rest.refused("auth/w/transfer", **wrong)[0] == 10001
    assert rest.refused("auth/w/transfer", **{**wrong, "from": "pocket"})[1] == "from: invalid"
    assert rest.refused("auth/w/transfer", **{**wrong, "amount": "-1"})[1] == "amount: invalid"


def test_positions_and_margins_are_calculated(rest: Caller) -> None:
    rest.ask("auth/w/order/submit", type="MARKET", symbol="tBTCUSD", amount="0.1")
    (position,) = rest.ask("auth/r/positions")
    assert position[2] == D("0.1")
    assert position[6] is not None
    assert rest.ask("auth/r/info/margin/base")[0] == "base"
    assert rest.ask("auth/r/info/margin/tBTCUSD")[:2] == ["sym", "tBTCUSD"]
    assert len(rest.ask("auth/r/info/margin/sym_all")) == 18
    assert rest.refused("auth/r/info/margin/tX") == (10020, "symbol: invalid")
    assert ["orders", 1, 1] in rest.ask("auth/r/permissions")


def test_offers_are_made_and_taken_back(rest: Caller) -> None:
    offer = {"type": "LIMIT", "symbol": "fUSD", "amount": "500", "rate": "0.5", "period": 2}
    numbers = [rest.ask("auth/w/funding/offer/submit", **offer)[4][0] for _ in range(3)]
    assert [row[0] for row in rest.ask("auth/r/funding/offers/fUSD")] == numbers
    assert rest.ask("auth/w/funding/offer/cancel", id=numbers[0])[4][10] == "CANCELED"
    assert rest.ask("auth/w/funding/offer/cancel/all", currency="UST")[7] == "None to cancel"
    assert rest.ask("auth/w/funding/offer/cancel/all", currency="USD")[1] == "foc_all-req"
    assert rest.ask("auth/r/funding/offers") == []
    assert len(rest.ask("auth/r/funding/offers/fUSD/hist")) == 3
    assert rest.ask("auth/r/funding/credits/fUSD") == rest.ask("auth/r/funding/loans") == []
    assert rest.ask("auth/r/info/funding/fUSD")[:2] == ["sym", "fUSD"]
    assert rest.refused("auth/w/funding/offer/submit", **{**offer, "rate": None}) == (10020, "rate: invalid")


# The market.


def test_the_market_is_the_one_that_websocket_tells_of(world: World, rest: Caller) -> None:
    client = Client(world)
    _, (ticker,) = client.subscribe("ticker", symbol="tETHUSD")
    assert rest.get("ticker/tETHUSD") == (200, ticker[1])
    status, rows = rest.get("tickers?symbols=tETHUSD,fUSD,tNOPE")
    assert status == 200
    assert [row[0] for row in rows] == ["tETHUSD", "fUSD"]
    assert len(rest.get("tickers?symbols=ALL")[1]) == 21
    for precision in ("P0", "P2", "R0"):
        _, (book,) = client.subscribe("book", symbol="tETHUSD", prec=precision)
        assert rest.get(f"book/tETHUSD/{precision}") == (200, book[1])
    _, (trades,) = client.subscribe("trades", symbol="tETHUSD")
    assert rest.get("trades/tETHUSD/hist?limit=30") == (200, trades[1])
    _, (candles,) = client.subscribe("candles", key="trade:5m:tETHUSD")
    assert rest.get("candles/trade:5m:tETHUSD/hist?limit=240") == (200, candles[1])
    assert rest.get("candles/trade:5m:tETHUSD/last") == (200, candles[1][0])
    _, (contract,) = client.subscribe("status", key="deriv:tBTCF0:USTF0")
    ((key, _, *row),) = rest.get("status/deriv?keys=tBTCF0:USTF0")[1]
    assert [key, *row] == ["tBTCF0:USTF0", *contract[1][1:]]
    _, (funding,) = client.subscribe("book", symbol="fUSD")
    assert rest.get("book/fUSD/P0") == (200, funding[1])
    _, (lent,) = client.subscribe("trades", symbol="fUSD")
    assert rest.get("trades/fUSD/hist?limit=30") == (200, lent[1])


def test_pages_of_trades_begin_where_they_are_asked_to(rest: Caller) -> None:
    newest = rest.get("trades/tBTCUSD/hist?limit=20")[1]
    oldest = rest.get("trades/tBTCUSD/hist?limit=20&sort=1")[1]
    assert [row[1] for row in oldest] == sorted(row[1] for row in oldest)
    start, end = newest[10][1], newest[5][1]
    between = rest.get(f"trades/tBTCUSD/hist?start={start}&end={end}")[1]
    assert {row[1] for row in between} <= set(range(start, end + 1))
    assert len(between) >= 6


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("ticker/tNOPE", ["error", 10020, "symbol: invalid"]),
        ("tickers", ["error", 10020, "symbols: invalid"]),
        ("book/tBTCUSD/P7", ["error", 10020, "precision: invalid"]),
        ("book/tBTCUSD/P0?len=250", ["error", 10020, "len: invalid"]),
        ("trades/tBTCUSD/hist?limit=x", ["error", 10020, "limit: invalid"]),
        ("candles/trade:1m:fUSD/hist", []),
        ("candles/trade:7m:tBTCUSD/last", None),
        ("liquidations/hist", []),
        ("conf/pub:list:pair:futures", [["BTCF0:USTF0", "ETHF0:USTF0"]]),
        ("conf/pub:nothing,pub:map:currency:undl", [None, [["BTCF0", "BTC"], ["ETHF0", "ETH"]]]),
    ],
)
def test_answers_of_odd_questions(rest: Caller, url: str, answer: Any) -> None:
    assert rest.get(url)[1] == answer


def test_the_configuration_knows_every_pair(rest: Caller) -> None:
    (pairs, info, margin) = rest.get("conf/pub:list:pair:exchange,pub:info:pair,pub:list:pair:margin")[1]
    assert len(pairs) == 16
    assert [row[0] for row in info] == pairs
    assert info[0][1][3] == "0.00004"
    assert set(margin) <= set(pairs)


def test_liquidations_are_remembered(world: World, rest: Caller) -> None:
    world.exchange.liquidate("tBTCUSD", D("-0.5"), D(60_000))
    ((match,), (trigger,)) = rest.get("liquidations/hist")[1]
    assert (trigger[8], match[8]) == (0, 1)
