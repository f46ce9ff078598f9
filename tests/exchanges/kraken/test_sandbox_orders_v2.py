"""The simulated Kraken's private side, WebSocket v2, in virtual time: tokens, feeds, requests about orders."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from rxex.exchanges.kraken.sandbox.controls import trading_of
from rxex.models import Side
from tests.exchanges.kraken.virtual_clients import D, PrivateClient, World

ORDER_ID = re.compile(r"O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> PrivateClient:
    return PrivateClient(world)


def market(world: World, symbol: str = "BTC/USD") -> Any:
    """The best bid and ask."""

    def best(simulation: Any) -> Any:
        book = trading_of(simulation).book(symbol)
        return book.best(Side.BUY), book.best(Side.SELL)

    return world.exchange._run(best)


# Tokens.


@pytest.mark.parametrize(
    ("token", "error"), [({}, "Token(s) not found"), ({"token": "made up"}, "ESession:Invalid session")]
)
def test_without_a_good_token_nothing_is_done(client: PrivateClient, token: dict[str, str], error: str) -> None:
    for method, params in (("subscribe", {"channel": "executions"}), ("cancel_all", {})):
        (answer,) = client.ask(method=method, params={**params, **token}, req_id=3)
        assert (answer["error"], answer["success"], answer["req_id"]) == (error, False, 3)


def test_a_token_not_used_within_15_minutes_is_no_good(world: World, client: PrivateClient) -> None:
    world.pass_time(890)
    other = PrivateClient(world)
    other.token = client.token
    assert other.call("cancel_all")["success"]
    world.pass_time(20)
    again = PrivateClient(world)
    again.token = client.token
    assert again.call("cancel_all")["error"] == "ESession:Invalid session"


def test_a_token_with_a_subscription_stays_good_on_its_connection_alone(world: World, client: PrivateClient) -> None:
    client.executions()
    world.exchange.expire_tokens()
    assert client.buy()["success"]
    other = PrivateClient(world)
    other.token = client.token
    assert other.call("cancel_all")["error"] == "ESession:Invalid session"
    client.call("unsubscribe", channel="executions")
    assert client.call("cancel_all")["error"] == "ESession:Invalid session"


# The life of an order.


def test_an_order_is_acknowledged_described_opened_and_canceled(world: World, client: PrivateClient) -> None:
    assert client.executions() == []
    answer, accepted, opened = client.all(
        "add_order",
        order_type="limit",
        side="buy",
        symbol="BTC/USD",
        limit_price=D("100.0"),
        order_qty=D("1.5"),
        cl_ord_id="mine",
    )
    order_id = answer["result"]["order_id"]
    assert ORDER_ID.fullmatch(order_id)
    assert answer == {
        "method": "add_order",
        "result": {"order_id": order_id, "cl_ord_id": "mine"},
        "success": True,
    }
    (row,) = accepted["data"]
    assert row.pop("timestamp").startswith("2026-01-01T00:00:")
    assert (accepted["type"], accepted["sequence"], opened["sequence"]) == ("update", 2, 3)
    assert row == {
        "order_id": order_id,
        "symbol": "BTC/USD",
        "order_qty": D("1.50000000"),
        "cum_cost": D("0.00000"),
        "time_in_force": "GTC",
        "exec_type": "pending_new",
        "side": "buy",
        "order_type": "limit",
        "cl_ord_id": "mine",
        "limit_price_type": "static",
        "stop_price": D("0.0"),
        "limit_price": D("100.0"),
        "order_status": "pending_new",
        "fee_usd_equiv": D("0.0000"),
        "fee_ccy_pref": "fciq",
    }
    (patch,) = opened["data"]
    assert set(patch) == {"timestamp", "order_status", "exec_type", "cl_ord_id", "order_id"}
    assert client.call("cancel_order", cl_ord_id=["mine"])["result"] == {"cl_ord_id": "mine"}
    (gone,) = client.rows()
    assert (gone["exec_type"], gone["order_status"], gone["reason"]) == ("canceled", "canceled", "User requested")
    assert "symbol" not in gone
    assert world.exchange.open_orders() == []


def test_the_last_fill_says_partially_filled_and_filled_follows(world: World, client: PrivateClient) -> None:
    client.executions()
    ask = market(world)[1]
    client.buy(ask + 1, D("0.01"), order_userref=7)
    *_, fill, filled = client.rows()
    assert (fill["exec_type"], fill["order_status"], fill["liquidity_ind"]) == ("trade", "partially_filled", "t")
    assert (fill["symbol"], fill["last_qty"], fill["cum_qty"]) == ("BTC/USD", D("0.01"), D("0.01"))
    assert fill["cost"] == (fill["last_price"] * D("0.01")).quantize(D("0.00001"))
    assert fill["fees"][0]["asset"] == "USD"
    assert (filled["exec_type"], filled["order_status"]) == ("filled", "filled")
    assert filled["order_userref"] == 7
    assert "symbol" not in filled


def test_the_market_fills_a_resting_order_sooner_or_later_part_by_part(world: World, client: PrivateClient) -> None:
    client.executions()
    bid, _ = market(world)
    client.buy(bid, D("2.0"))
    world.wait_for(lambda: any(row["exec_type"] == "filled" for row in client.rows()), 3600)
    rows = client.rows()
    fills = [row for row in rows if row["exec_type"] == "trade"]
    assert len(fills) > 2
    assert {row["liquidity_ind"] for row in fills} == {"m"}
    assert sum(row["last_qty"] for row in fills) == 2
    assert fills[-1]["cum_cost"] == sum(row["cost"] for row in fills)
    assert len({row["exec_id"] for row in fills}) == len(fills)
    sequences = [frame["sequence"] for frame in client.inbox if frame.get("channel") == "executions"]
    assert sequences == list(range(2, 2 + len(sequences)))


def test_a_snapshot_has_the_open_orders_and_past_trades_where_wanted(world: World, client: PrivateClient) -> None:
    ask = market(world)[1]
    client.buy(ask + 1, D("0.01"))
    client.buy(D("100.0"), D("1.0"), cl_ord_id="waits")
    (waiting,) = client.executions()
    assert (waiting["exec_type"], waiting["order_status"], waiting["cum_qty"]) == ("new", "new", 0)
    assert (waiting["cl_ord_id"], waiting["limit_price"], waiting["symbol"]) == ("waits", 100, "BTC/USD")
    other = PrivateClient(world)
    (trade, *_) = other.executions(snap_orders=False, snap_trades=True)
    assert (trade["exec_type"], trade["order_status"]) == ("trade", "filled")
    assert "cum_qty" not in trade
    nothing = PrivateClient(world)
    assert len(nothing.all("subscribe", channel="executions", snap_orders=False, snap_trades=False)) == 1


def test_without_order_status_only_what_opens_and_closes_is_told(world: World, client: PrivateClient) -> None:
    client.executions(order_status=False)
    client.buy(cl_ord_id="a")
    assert [row["exec_type"] for row in client.rows()] == ["new"]


def test_post_only_orders_that_would_take_are_accepted_and_canceled(world: World, client: PrivateClient) -> None:
    client.executions()
    assert client.buy(market(world)[1] + 1, post_only=True)["success"]
    assert [(row["exec_type"], row.get("reason")) for row in client.rows()] == [
        ("pending_new", None),
        ("canceled", "Post only order"),
    ]


# Balances.


def test_balances_are_rows_of_wallets_then_entries_of_the_ledger(world: World, client: PrivateClient) -> None:
    ack, snapshot = client.all("subscribe", channel="balances")
    assert ack["result"] == {"channel": "balances", "snapshot": True}
    dollars = next(row for row in snapshot["data"] if row["asset"] == "USD")
    assert dollars == {
        "asset": "USD",
        "asset_class": "currency",
        "balance": 1_000_000,
        "wallets": [{"type": "spot", "id": "main", "balance": 1_000_000}],
    }
    client.buy(market(world)[1] + 1, D("0.001"))
    base, quote = client.rows("balances")
    assert base["ref_id"] == quote["ref_id"]
    assert base["ledger_id"] != quote["ledger_id"]
    assert (base["asset"], base["amount"], base["balance"]) == ("BTC", D("0.001"), D("10.001"))
    assert quote["balance"] == 1_000_000 + quote["amount"] - quote["fee"]
    assert world.exchange.balance("USD") == quote["balance"]


# Requests and their answers.


@pytest.mark.parametrize(
    ("error", "change"),
    [
        ("Order_qty field must be a number_float", {"order_qty": "1.0"}),
        ("Limit_price field must be a number_float", {"limit_price": "100.0"}),
        ("Order_userref field must be a number_integer", {"order_userref": "1"}),
        ("Post_only field must be a boolean", {"post_only": 1}),
        ("Unsupported field: 'cost' for the given msg type: add_order", {"cost": 1}),
        ("Currency pair not supported XBT/USD", {"symbol": "XBT/USD"}),
        ("EGeneral:Invalid arguments:volume minimum not met", {"order_qty": D("0.00001")}),
        ("EGeneral:Invalid arguments:volume", {"order_qty": D("0.123456789")}),
        (
            "EOrder:Invalid price:BTC/USD price can only be specified up to 1 decimals.",
            {"limit_price": D("100.05")},
        ),
        ("EOrder:Cost minimum not met", {"order_qty": D("0.001"), "limit_price": D("0.1")}),
        ("EOrder:Insufficient funds", {"order_qty": D("100000.0")}),
        ("EGeneral:Invalid arguments:side", {"side": "up"}),
        ("EGeneral:Invalid arguments:order_type", {"order_type": "limits"}),
        ("EOrder:Unknown position", {"order_type": "settle-position"}),
        ("EOrder:Insufficient margin", {"margin": True}),
        ("EOrder:Reduce only:No position exists", {"reduce_only": True}),
        ("EGeneral:Invalid arguments:cl_ord_id", {"cl_ord_id": "more than eighteen letters"}),
        ("EGeneral:Invalid arguments:cl_ord_id", {"cl_ord_id": "a", "order_userref": 1}),
        ("EGeneral:Invalid arguments:expiretm", {"time_in_force": "gtd"}),
        ("EGeneral:Invalid arguments:expire_time", {"time_in_force": "gtd", "expire_time": "soon"}),
        ("EGeneral:Invalid arguments:deadline", {"deadline": "2026-01-01T01:00:00Z"}),
        ("EService:Deadline elapsed", {"deadline": "2025-01-01T00:00:00Z"}),
    ],
)
def test_refusals_have_the_venues_words_and_place_nothing(
    world: World, client: PrivateClient, error: str, change: dict[str, Any]
) -> None:
    answer = client.buy(price=D("100.0"), size=D("1.0"), **change)
    assert answer == {"error": error, "method": "add_order", "success": False}
    (record,) = world.exchange.order_requests
    assert (record.errors, record.orders, world.exchange.orders) == ([error], [], [])


@pytest.mark.parametrize("client_id", ["a", "b17c7bb34d000200", "3" * 32, "d15708c1-dbb6-465d-b77d-47258319cc90"])
def test_a_client_id_may_be_used_again_only_when_its_order_is_over(
    world: World, client: PrivateClient, client_id: str
) -> None:
    assert client.buy(cl_ord_id=client_id)["success"]
    assert client.buy(cl_ord_id=client_id)["error"] == "EGeneral:Invalid arguments:cl_ord_id not unique"
    client.call("cancel_order", cl_ord_id=[client_id])
    assert client.buy(cl_ord_id=client_id)["success"]
    assert len(world.exchange.placed(client_id)) == 2
    assert [len(record.orders) for record in world.exchange.order_requests if record.method == "add_order"] == [1, 0, 1]


def test_validating_places_nothing(world: World, client: PrivateClient) -> None:
    assert client.buy(validate=True, cl_ord_id="a")["result"] == {"cl_ord_id": "a"}
    assert client.buy(validate=True, size=D("100000.0"))["error"] == "EOrder:Insufficient funds"
    assert world.exchange.orders == []


def test_canceling_several_gives_an_answer_each_and_errors_name_none(client: PrivateClient) -> None:
    first = client.buy()["result"]["order_id"]
    second = client.buy(order_userref=4)["result"]["order_id"]
    frames = client.ask(
        method="cancel_order",
        params={"order_id": [first, "OAAAAA-BBBBB-CCCCCC", second], "token": client.token},
        req_id=9,
    )
    assert {frame["req_id"] for frame in frames} == {9}
    assert [frame.get("result") for frame in frames] == [{"order_id": first}, None, {"order_id": second}]
    assert frames[1]["error"] == "EOrder:Unknown order"
    assert first not in str(frames[1])


def test_an_order_is_canceled_by_its_number_too(world: World, client: PrivateClient) -> None:
    client.buy(order_userref=4)
    client.buy(order_userref=4)
    assert client.call("cancel_order", order_userref=[4])["result"] == {"order_userref": 4}
    assert world.exchange.open_orders() == []
    assert client.call("cancel_order", order_userref=[4])["error"] == "EOrder:Unknown order"
    assert client.call("cancel_order")["error"] == "EGeneral:Invalid arguments:order_id"


def test_a_batch_of_cancels_has_its_number_at_the_top_and_no_result(client: PrivateClient) -> None:
    first = client.buy()["result"]["order_id"]
    client.buy(order_userref=4)
    client.buy(cl_ord_id="a")
    assert client.call("batch_cancel", orders=[first, "4"], cl_ord_id=["a", "b"]) == {
        "method": "batch_cancel",
        "orders_cancelled": 3,
        "success": True,
    }
    assert client.call("batch_cancel", orders=["1"])["error"] == "EGeneral:Invalid arguments:orders"


def test_a_batch_of_orders_is_answered_in_their_order(world: World, client: PrivateClient) -> None:
    order = {"order_type": "limit", "side": "buy", "limit_price": D("100.0"), "order_qty": D("1.0")}
    orders = [{**order, "cl_ord_id": "a"}, {**order, "order_qty": D("90000.0")}, {**order, "order_userref": 3}]
    result = client.call("batch_add", symbol="BTC/USD", orders=orders)["result"]
    assert [list(each) for each in result] == [["order_id", "cl_ord_id"], ["error"], ["order_id", "order_userref"]]
    assert len(world.exchange.open_orders()) == 2
    wrong = client.call("batch_add", symbol="BTC/USD", orders=[order, {**order, "order_qty": D("0.00001")}])
    assert wrong["error"] == "EGeneral:Invalid arguments:volume minimum not met"
    assert len(world.exchange.open_orders()) == 2


def test_amending_keeps_the_id_and_says_what_changed(world: World, client: PrivateClient) -> None:
    client.executions()
    client.buy(cl_ord_id="a")
    answer = client.call("amend_order", cl_ord_id="a", limit_price=D("110.0"), order_qty=D("0.5"))
    assert answer["success"]
    assert answer["result"]["cl_ord_id"] == "a"
    assert re.fullmatch(r"T\w{5}-\w{5}-\w{6}", answer["result"]["amend_id"])
    (row,) = client.rows()
    assert (row["exec_type"], row["order_status"], row["amended"]) == ("amended", "new", True)
    assert (row["limit_price"], row["order_qty"], row["reason"]) == (110, D("0.5"), "User requested")
    assert client.call("amend_order", cl_ord_id="b", order_qty=D("0.5"))["error"] == "EOrder:Unknown order"
    assert client.call("amend_order", order_qty=D("0.5"))["error"] == "EGeneral:Invalid arguments:order_id"
    (order,) = world.exchange.open_orders()
    assert (order.size, order.price) == (D("0.5"), 110)


def test_editing_makes_another_order(world: World, client: PrivateClient) -> None:
    client.executions()
    old = client.buy()["result"]["order_id"]
    answer = client.call("edit_order", order_id=old, symbol="BTC/USD", limit_price=D("120.0"))
    assert answer["result"]["original_order_id"] == old
    assert [(row["exec_type"], row.get("reason")) for row in client.rows()] == [
        ("canceled", "Order replaced"),
        ("pending_new", None),
        ("new", None),
    ]
    (order,) = world.exchange.open_orders()
    assert (order.id, order.price, order.size) == (answer["result"]["order_id"], 120, 1)
    named = client.buy(cl_ord_id="a")["result"]["order_id"]
    refused = client.call("edit_order", order_id=named, symbol="BTC/USD", limit_price=D("120.0"))
    assert refused["error"] == "EGeneral:Invalid arguments"


def test_all_orders_are_canceled_at_once(client: PrivateClient) -> None:
    client.buy()
    client.buy()
    assert client.call("cancel_all")["result"] == {"count": 2}
    assert client.call("cancel_all")["result"] == {"count": 0}


def test_the_dead_mans_switch_goes_off_unless_it_is_renewed(world: World, client: PrivateClient) -> None:
    # Without a subscription the venue closes an idle connection.
    client.executions()
    client.buy()
    assert client.call("cancel_all_orders_after", timeout=60)["success"]
    world.pass_time(50)
    result = client.call("cancel_all_orders_after", timeout=60)["result"]
    assert result == {"currentTime": "2026-01-01T00:00:50Z", "triggerTime": "2026-01-01T00:01:50Z"}
    world.pass_time(50)
    assert len(world.exchange.open_orders()) == 1
    world.pass_time(11)
    assert world.exchange.open_orders() == []
    client.buy()
    client.call("cancel_all_orders_after", timeout=5)
    assert client.call("cancel_all_orders_after", timeout=0)["result"]["triggerTime"] == "0"
    world.pass_time(10)
    assert len(world.exchange.open_orders()) == 1
    assert client.call("cancel_all_orders_after", timeout=90_000)["success"] is False
    assert client.call("cancel_all_orders_after", timeout="5")["error"] == "Timeout field must be a number_integer"


def test_an_order_expires_when_it_said_so(world: World, client: PrivateClient) -> None:
    client.executions()
    client.buy(time_in_force="gtd", expire_time="2026-01-01T00:00:30Z")
    client.inbox.clear()
    world.pass_time(40)
    (row,) = client.rows()
    assert (row["exec_type"], row["order_status"]) == ("expired", "expired")
    assert row["timestamp"] == "2026-01-01T00:00:30.000000Z"


def test_a_triggered_order_tells_of_its_trigger(world: World, client: PrivateClient) -> None:
    client.executions()
    bid = market(world)[0]
    client.call(
        "add_order",
        order_type="stop-loss",
        side="sell",
        symbol="BTC/USD",
        order_qty=D("0.01"),
        triggers={"price": bid - 20, "reference": "last"},
    )
    accepted, _ = client.rows()
    assert accepted["triggers"] == {
        "price": bid - 20,
        "price_type": "static",
        "reference": "last",
        "status": "untriggered",
    }
    world.wait_for(lambda: any(row["exec_type"] == "filled" for row in client.rows()), 7200)
    kinds = [row["exec_type"] for row in client.rows()]
    assert kinds[2] == "status"
    assert client.rows()[2]["triggers"]["status"] == "triggered"


# The exchange's state.


@pytest.mark.parametrize(
    ("status", "add", "cancel"),
    [
        ("maintenance", "EService:Unavailable", "EService:Unavailable"),
        ("cancel_only", "EService:Market in cancel_only mode", None),
        ("post_only", "EService:Market in post_only mode", None),
    ],
)
def test_the_state_of_the_exchange_is_respected(
    world: World, client: PrivateClient, status: str, add: str, cancel: str | None
) -> None:
    client.buy(cl_ord_id="a")
    client.inbox.clear()
    world.exchange.set_status(status)
    world.pass_time(0.1)
    assert client.inbox[0]["data"][0]["system"] == status
    assert client.buy()["error"] == add
    assert client.buy(post_only=True).get("error") == (None if status == "post_only" else add)
    assert client.call("cancel_order", cl_ord_id=["a"]).get("error") == cancel
    world.exchange.set_status("online")
    assert client.buy()["success"]


# The envelope.


def test_everything_else_is_answered_as_the_venue_does(client: PrivateClient) -> None:
    assert client.ask(method="ping", req_id=2**60)[0]["req_id"] == 2**60
    assert client.ask(method="ping", params={})[0]["error"].startswith("Unsupported field: 'params'")
    assert client.ask(method="dance")[0]["error"] == "Unsupported event"
    assert client.ask(method="cancel_all")[0]["error"] == "Params field must be an object"
    assert client.ask(method="cancel_all", req_id="1")[0]["error"] == "Req_id field must be a number_integer"
    assert client.ask(nothing=1)[0]["method"] == "error"
    assert client.call("subscribe", channel="ticker")["error"] == "Subscription name invalid"
    assert client.call("subscribe", channel="executions", symbol=[])["error"].startswith("Unsupported field")
    assert client.call("unsubscribe", channel="executions")["error"] == "Subscription Not Found"
    client.executions()
    assert client.call("subscribe", channel="executions")["error"] == "Already subscribed"


def test_two_accounts_trade_with_each_other_and_hear_of_their_own_orders_alone(world: World) -> None:
    ada, bob = PrivateClient(world, "ada"), PrivateClient(world, "bob")
    ada.executions()
    bob.executions()
    bid, ask = market(world)
    price = (bid + (ask - bid) / 2).quantize(D("0.1"))
    ada.buy(price, D("0.1"), symbol="BTC/USD")
    assert bob.rows() == []
    bob.buy(price, D("0.1"), side="sell")
    assert [row["exec_type"] for row in bob.rows()][-1] == "filled"
    assert [row["exec_type"] for row in ada.rows()][-2:] == ["trade", "filled"]
    first = Decimal(10)
    assert (world.exchange.balance("BTC", "ada"), world.exchange.balance("BTC", "bob")) == (
        first + D("0.1"),
        first - D("0.1"),
    )


def test_the_same_seed_gives_the_same_run() -> None:
    def run() -> list[str]:
        world = World(seed=11)
        client = PrivateClient(world)
        client.executions()
        client.buy(market(world)[0], D("0.5"))
        world.pass_time(60)
        return [sent.text for sent in world.exchange.sent]

    first = run()
    assert len(first) > 65
    assert run() == first


@pytest.mark.parametrize(
    ("wish", "trigger", "limit"),
    [
        (
            {"order_type": "stop-loss-limit", "triggers": {"price": D("70000.0")}, "limit_price": D("70100.0")},
            70000,
            70100,
        ),
        ({"order_type": "take-profit", "triggers": {"price": D("-1000.0"), "price_type": "quote"}}, "last-1000", None),
        ({"order_type": "stop-loss", "triggers": {"price": D("10.0"), "price_type": "pct"}}, "last+10%", None),
        ({"order_type": "trailing-stop", "triggers": {"price": D("10.0"), "price_type": "pct"}}, "last+10%", None),
        (
            {
                "order_type": "trailing-stop-limit",
                "triggers": {"price": D("500.0"), "price_type": "quote"},
                "limit_price": D("20.0"),
            },
            "last+500",
            None,
        ),
        ({"order_type": "stop-loss", "stop_price": D("70000.0"), "trigger": "index"}, 70000, None),
        ({"order_type": "iceberg", "limit_price": D("100.0"), "display_qty": D("0.1")}, None, 100),
    ],
)
def test_every_type_of_order_is_read(
    world: World, client: PrivateClient, wish: dict[str, Any], trigger: Any, limit: Any
) -> None:
    client.executions()
    answer = client.call("add_order", side="buy", symbol="BTC/USD", order_qty=D("1.0"), **wish)
    assert answer["success"], answer
    (order,) = world.exchange.open_orders()
    last = world.exchange._run(lambda simulation: trading_of(simulation).last("BTC/USD"))
    named = {"last-1000": last - 1000, "last+10%": (last * D("1.1")).quantize(D("0.1")), "last+500": last + 500}
    assert (order.trigger_price, order.price) == (named.get(trigger, trigger), limit)
    row = client.rows()[0]
    assert (row["order_type"], row.get("limit_price")) == (wish["order_type"], limit)
    assert ("triggers" in row, row.get("display_qty")) == (trigger is not None, wish.get("display_qty"))


def test_a_market_order_may_be_of_cash(world: World, client: PrivateClient) -> None:
    answer = client.call("add_order", order_type="market", side="buy", symbol="BTC/USD", cash_order_qty=D("1000.0"))
    assert answer["success"]
    (order,) = world.exchange.orders
    assert order.state == "filled"
    assert 999 < order.cost <= 1000


def test_a_fee_may_be_paid_in_the_base(world: World, client: PrivateClient) -> None:
    client.executions()
    client.buy(D("70000.0"), D("0.1"), fee_preference="base")
    fills = [row for row in client.rows() if row["exec_type"] == "trade"]
    assert {row["fees"][0]["asset"] for row in fills} == {"BTC"}
    assert sum(row["fees"][0]["qty"] for row in fills) == world.exchange.orders[0].fee > 0
    assert client.buy(fee_preference="both")["error"] == "EGeneral:Invalid arguments:fee_preference"


def test_a_conditional_close_is_ordered_for_each_fill(world: World, client: PrivateClient) -> None:
    close = {"order_type": "stop-loss-limit", "trigger_price": D("50000.0"), "limit_price": D("49000.0")}
    client.buy(D("70000.0"), D("0.1"), conditional=close)
    first, *_ = world.exchange.orders
    closes = world.exchange.open_orders()
    assert len(closes) == len(first.fills) > 0
    assert sum(order.size for order in closes) == D("0.1")
    assert {(order.request.side, order.trigger_price, order.price) for order in closes} == {("sell", 50000, 49000)}


@pytest.mark.parametrize(
    "wish",
    [
        {"order_type": "trailing-stop", "triggers": {"price": D("10.0"), "price_type": "static"}},
        {"order_type": "stop-loss", "triggers": {"price": D("10.0"), "reference": "moon"}},
        {"order_type": "stop-loss"},
        {"order_type": "iceberg", "limit_price": D("100.0"), "display_qty": D("0.01")},
        {"order_type": "market", "time_in_force": "fok"},
    ],
)
def test_what_does_not_fit_together_is_refused(world: World, client: PrivateClient, wish: dict[str, Any]) -> None:
    answer = client.call("add_order", side="buy", symbol="BTC/USD", order_qty=D("1.0"), **wish)
    assert answer["error"].startswith("EGeneral:Invalid arguments:")
    assert world.exchange.orders == []
