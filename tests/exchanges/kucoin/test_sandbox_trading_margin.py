"""The simulated KuCoin's margin: orders with borrowed money, debts, what is told of them, transfers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchanges.kucoin.test_sandbox_gateway import GatewayClient
from tests.exchanges.kucoin.virtual_clients import ORDER, SYMBOL, Asked, D, PrivateClient, World

HF = "/api/v3/hf/margin"
ORDERS, BALANCE = "/spotMarket/tradeOrdersV2", "/account/balance"
CROSS, ISOLATED = {"tradeType": "MARGIN_TRADE"}, {"tradeType": "MARGIN_ISOLATED_TRADE"}


@pytest.fixture
def world() -> World:
    return World(symbols=[SYMBOL, "ETH-USDT"], balances={"USDT": 10_000, "BTC": 1, "ETH": 0})


def order(world: World, client_id: str = "m", **more: Any) -> Asked:
    body = {**ORDER, "clientOid": client_id, "size": "0.01", "price": "1000", **more}
    return world.ask("POST", f"{HF}/order", {key: each for key, each in body.items() if each is not None})


def cross(world: World) -> dict[str, dict[str, Any]]:
    """The cross margin account, by asset."""
    return {row["currency"]: row for row in world.ask("GET", "/api/v3/margin/accounts").data["accounts"]}


def test_margin_orders_are_told_with_those_of_spot_and_have_an_account_of_their_own(world: World) -> None:
    client = PrivateClient(world, ORDERS, BALANCE)
    data = order(world).data
    assert (data["clientOid"], data["borrowSize"]) == ("m", "0")
    assert client.types == ["received", "open"]
    (row,) = client.rows(BALANCE)
    assert (row["relationEvent"], row["holdChange"]) == ("margin.hold", "10.01")
    assert (world.exchange.held("USDT"), world.exchange.held("USDT", kind="margin")) == (D(0), D("10.01"))
    (record,) = world.ask("GET", f"{HF}/orders/active", query={"symbol": SYMBOL, **CROSS}).data
    assert (record["id"], record["tradeType"]) == (data["orderId"], "MARGIN_TRADE")
    assert world.ask("GET", f"{HF}/order/active/symbols", query=CROSS).data == {"symbolSize": 1, "symbols": [SYMBOL]}
    assert world.ask("GET", "/api/v1/hf/orders/active", query={"symbol": SYMBOL}).data == []
    query = {"symbol": SYMBOL}
    assert world.ask("GET", f"{HF}/orders/client-order/m", query=query).data == record
    assert world.ask("DELETE", f"{HF}/orders/client-order/m", query=query).data == {"clientOid": "m"}
    done = world.ask("GET", f"{HF}/orders/done", query={"symbol": SYMBOL, **CROSS}).data["items"]
    assert [row["cancelExist"] for row in done] == [True]


def test_what_is_missing_is_borrowed_and_paid_back(world: World) -> None:
    client = PrivateClient(world, BALANCE)
    body = {"symbol": SYMBOL, "side": "sell", "type": "market", "size": "1.5", "price": None}
    data = order(world, "a", **body, autoBorrow=True).data
    assert (data["borrowSize"], bool(data["loanApplyId"])) == ("0.5", True)
    assert world.exchange.debt("BTC") == D("0.5")
    assert cross(world)["BTC"]["liability"] == "0.5"
    assert client.rows()[0]["relationEvent"] == "margin.other"
    back = order(world, "b", **{**body, "side": "buy", "size": "0.4"}, autoRepay=True).data
    world.pass_time(0.1)
    assert world.exchange.placed("b")[0].id == back["orderId"]
    assert world.exchange.debt("BTC") == D("0.1")
    fills = world.ask("GET", f"{HF}/fills", query={"symbol": SYMBOL, **CROSS}).data["items"]
    assert {fill["tradeType"] for fill in fills} == {"MARGIN_TRADE"}


def test_too_much_is_not_lent(world: World) -> None:
    refused = order(world, price="50000", size="100", autoBorrow=True)
    assert refused.refusal == ("126013", "Insufficient account balance.")
    assert world.exchange.debt("USDT") == 0
    assert order(world, price="50000", size="1").refusal[0] == "126013"
    assert world.ask(
        "POST", "/api/v3/margin/borrow", {"currency": "USDT", "size": 10**7, "timeInForce": "FOK"}
    ).refusal[0] == ("130204")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"clientOid": None}, "400100"),
        ({"symbol": "NO-SUCH"}, "126004"),
        ({"size": "0.000001"}, "126003"),
        ({"autoBorrow": "perhaps"}, "400100"),
    ],
)
def test_what_cannot_be_is_refused_with_the_codes_of_margin(world: World, more: dict[str, Any], code: str) -> None:
    assert order(world, **more).refusal[0] == code
    assert world.exchange.orders == []


def test_orders_of_spot_are_not_margins(world: World) -> None:
    world.add("s", size="0.1")
    query = {"symbol": SYMBOL}
    for method in ("GET", "DELETE"):
        assert world.ask(method, f"{HF}/orders/client-order/s", query=query).refusal[0] == "126043"
    assert world.ask("DELETE", f"{HF}/orders/1", query=query).refusal[0] == "126043"
    assert order(world, "s").refusal[0] == "126044"
    assert world.ask("GET", f"{HF}/orders/active", query=query).refusal == ("400100", "tradeType parameter invalid.")


def test_a_test_places_and_lends_nothing(world: World) -> None:
    body = {**ORDER, "clientOid": "t", "side": "sell", "price": "90000", "size": "1.5", "autoBorrow": True}
    assert world.ask("POST", f"{HF}/order/test", body).data["borrowSize"] == "0.5"
    assert world.exchange.orders == []
    assert world.exchange.debt("BTC") == 0
    assert cross(world)["BTC"]["total"] == "1"


def test_all_of_a_pair_are_canceled(world: World) -> None:
    order(world, "a")
    order(world, "b", isIsolated=True)
    assert world.ask("DELETE", f"{HF}/orders", query={"symbol": SYMBOL, **ISOLATED}).data == "success"
    assert [each.request.client_id for each in world.exchange.open_orders()] == ["a"]


# Debts.


def test_debts_of_the_cross_account_are_told_every_four_seconds_while_there_are_any(world: World) -> None:
    client = PrivateClient(world, "/margin/position")
    borrowed = world.ask("POST", "/api/v3/margin/borrow", {"currency": "USDT", "size": 1000, "timeInForce": "FOK"}).data
    assert borrowed["actualSize"] == "1000"
    world.pass_time(12.5)
    assert len(client.rows()) == 3
    frame = client.inbox[0]
    row = frame["data"]
    assert (frame["topic"], frame["subject"]) == ("/margin/position", "debt.ratio")
    assert row["debtList"] == {"BTC": "0", "ETH": "0", "USDT": "1000"}
    assert row["assetList"]["USDT"] == {"total": "11000", "available": "11000", "hold": "0"}
    assert 0 < row["debtRatio"] < D("0.05")
    body = {"currency": "USDT", "size": 5000}
    assert world.ask("POST", "/api/v3/margin/repay", body).data["actualSize"] == "1000"
    client.inbox.clear()
    world.pass_time(10)
    assert client.inbox == []
    for path, number in (("borrow", borrowed["orderNo"]), ("repay", None)):
        (loan,) = world.ask("GET", f"/api/v3/margin/{path}", query={"currency": "USDT"}).data["items"]
        assert (loan["size"], loan["status"]) == ("1000", "SUCCESS")
        assert number in {None, loan["orderNo"]}


def test_an_order_to_lend_is_told_step_by_step(world: World) -> None:
    client = PrivateClient(world, "/margin/loan:USDT")
    world.exchange.lend("USDT", D(100))
    world.exchange.lend("BTC", D(1))
    world.pass_time(0.1)
    assert [frame["subject"] for frame in client.inbox] == ["order.open", "order.update", "order.done"]
    assert [row.get("lentSize") for row in client.rows()] == [0, 50, None]


def test_a_state_of_the_account_is_told(world: World) -> None:
    client = PrivateClient(world, "/margin/position")
    world.exchange.margin_status("FROZEN_FL")
    world.pass_time(0.1)
    (frame,) = client.inbox
    assert (frame["subject"], frame["data"]["type"]) == ("position.status", "FROZEN_FL")


def test_an_isolated_account_is_told_of_what_changes_it(world: World) -> None:
    client = PrivateClient(world, f"/margin/isolatedPosition:{SYMBOL}")
    body = {"currency": "USDT", "size": 500, "timeInForce": "FOK", "isIsolated": True, "symbol": SYMBOL}
    world.ask("POST", "/api/v3/margin/borrow", body)
    order(world, type="market", price=None, isIsolated=True)
    world.ask("POST", "/api/v3/margin/repay", body)
    borrowed, *filled, repaid = client.inbox
    assert (borrowed["subject"], borrowed["data"]["status"], borrowed["data"]["statusBizType"]) == (
        "positionChange",
        "DEBT",
        "USER_BORROW",
    )
    assert borrowed["data"]["changeAssets"]["USDT"] == {
        "total": "10500",
        "hold": "0",
        "liabilityPrincipal": "500",
        "liabilityInterest": "0",
    }
    assert {frame["data"]["statusBizType"] for frame in filled} == {"DEFAULT_DEBT"}
    assert (repaid["data"]["status"], repaid["data"]["accumulatedPrincipal"]) == ("CLEAR", "0")
    accounts = world.ask("GET", "/api/v3/isolated/accounts", query={"symbol": SYMBOL}).data
    (pair,) = accounts["assets"]
    assert (pair["symbol"], pair["status"], pair["baseAsset"]["total"]) == (SYMBOL, "CLEAR", "1.01")
    assert world.exchange.debt("USDT", kind=f"isolated_{SYMBOL}") == 0


# Transfers, and the gateway.


def test_money_moves_between_the_accounts_of_a_user(world: World) -> None:
    client, futures = PrivateClient(world, BALANCE), PrivateClient(world, "/contractAccount/wallet", market="futures")
    body = {"clientOid": "1", "type": "INTERNAL", "currency": "USDT", "amount": "100"}
    path = "/api/v3/accounts/universal-transfer"
    assert world.ask("POST", path, {**body, "fromAccountType": "TRADE", "toAccountType": "CONTRACT"}).data["orderId"]
    tag = {"toAccountType": "ISOLATED", "toAccountTag": SYMBOL}
    assert world.ask("POST", path, {**body, "fromAccountType": "MAIN", **tag}).data
    told = [(row["relationEvent"], row["availableChange"]) for row in client.rows()]
    assert told == [
        ("trade.transfer", "-100"),
        ("main.transfer", "-100"),
        (f"isolated_{SYMBOL}.transfer", "100"),
    ]
    assert [row["walletBalance"] for row in futures.rows()] == ["10100"]
    more = {**body, "amount": "99999", "fromAccountType": "TRADE", "toAccountType": "MAIN"}
    assert world.ask("POST", path, more).refusal == ("400100", "account.available.amount")
    assert world.ask("POST", path, {**more, "toAccountType": "HOME"}).refusal[0] == "400100"


def test_the_gateway_takes_margin_and_futures_orders(world: World) -> None:
    world = World(symbols=[SYMBOL, "XBTUSDTM"])
    client = GatewayClient(world)
    data = client.ask("margin.order", {**ORDER, "clientOid": "g"})["data"]
    assert data["borrowSize"] == "0"
    assert client.ask("margin.cancel", {"symbol": SYMBOL, "clientOid": "g"})["data"] == {
        "orderId": data["orderId"],
        "clientOid": "g",
    }
    contract = {"symbol": "XBTUSDTM", "side": "buy", "type": "limit", "price": "100", "size": 1, "leverage": 2}
    number = client.ask("futures.order", {**contract, "clientOid": "h"})["data"]["orderId"]
    assert client.ask("futures.cancel", {"orderId": number})["data"] == {"cancelledOrderIds": [number]}
    placed = client.ask("futures.multi_order", [{**contract, "clientOid": "i"}])["data"]
    assert placed[0]["code"] == "200000"
    gone = client.ask("futures.multi_cancel", {"orderIdsList": [placed[0]["orderId"]]})["data"]
    assert gone[0]["code"] == "200"
