"""The simulated KuCoin's gateway for orders: getting in, operations, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from rxex.events import Socket, SocketEvent
from rxex.exchanges.kucoin.sandbox import OrderFault, kucoin_sandbox
from rxex.exchanges.kucoin.sandbox.gateway import GATEWAY_PATH
from rxex.sandbox.virtual import VIRTUAL_START
from rxex.socket import decode_message
from tests.exchanges.kucoin.sandbox_clients import signature
from tests.exchanges.kucoin.virtual_clients import ORDER, SYMBOL, D, PrivateClient, World
from tests.virtual import VirtualClient


class GatewayClient(VirtualClient):
    """A client of the gateway, that answers the challenge unless told otherwise."""

    def __init__(
        self,
        world: World,
        *,
        proof: str | None = None,
        silent: bool = False,
        query: Mapping[str, str] | None = None,
    ) -> None:
        credentials = world.exchange.credentials()
        assert credentials.passphrase is not None
        self.secret, key = credentials.secret.reveal(), credentials.key.reveal()
        now = str((VIRTUAL_START + round(world.scheduler.clock * 1e9)) // 10**6)
        usual = {
            "apikey": key,
            "sign": signature(self.secret, key + now),
            "passphrase": signature(self.secret, credentials.passphrase.reveal()),
            "timestamp": now,
        }
        path = f"{GATEWAY_PATH}?{urlencode({**usual, **(query or {})})}"
        self._raw: list[bytes] = []
        super().__init__(world, world.exchange, path, self._receive)
        if self.inbox and not silent and "sessionId" in self.inbox[0]:
            self.say(signature(self.secret, self._raw[0].decode()) if proof is None else proof)

    def _receive(self, socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        self._raw.append(payload)
        return decode_message(socket, payload, received)

    def say(self, text: str) -> None:
        """Send a bare text."""
        assert self.socket is not None
        self.socket.send(msgspec.Raw(text.encode()))  # type: ignore[arg-type]
        self.world.pass_time(0.1)

    def ask(self, op: str, args: Any = None, id: str = "1", **more: Any) -> Any:  # noqa: A002
        """Ask for an operation; give the answer, None where none comes."""
        assert self.socket is not None
        self.inbox.clear()
        self.socket.send({"id": id, "op": op, "args": args, **more})
        self.world.pass_time(0.1)
        return self.inbox[0] if self.inbox else None


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> GatewayClient:
    return GatewayClient(world)


# Getting in.


def test_who_proves_the_secret_is_welcome(client: GatewayClient) -> None:
    challenge, welcome = client.inbox
    assert set(challenge) == {"sessionId", "timestamp"}
    assert welcome == {
        "sessionId": challenge["sessionId"],
        "data": "welcome",
        "pingInterval": 18000,
        "pingTimeout": 10000,
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"sign": ""}, "400001"),
        ({"timestamp": "1"}, "400002"),
        ({"timestamp": "now"}, "400002"),
        ({"apikey": "nobody"}, "400003"),
        ({"passphrase": "x"}, "400004"),
        ({"sign": "ü"}, "400005"),
    ],
)
def test_an_address_that_is_not_good_is_refused(world: World, query: dict[str, str], code: str) -> None:
    client = GatewayClient(world, query=query)
    assert [frame["code"] for frame in client.inbox] == [code]
    assert client.closed is not None


@pytest.mark.parametrize("proof", ["wrong", '"quoted"', "{}"])
def test_a_wrong_proof_ends_the_connection(world: World, proof: str) -> None:
    client = GatewayClient(world, proof=proof)
    assert client.inbox[-1]["code"] == "400011"
    assert client.closed is not None


def test_a_proof_has_to_come_within_half_a_minute(world: World) -> None:
    client = GatewayClient(world, silent=True)
    world.pass_time(31)
    assert client.inbox[-1]["code"] == "400012"
    assert client.closed is not None


def test_pings_are_answered_and_silence_ends_the_connection(world: World, client: GatewayClient) -> None:
    world.pass_time(50)
    pong = client.ask("ping", id="7")
    assert (pong["id"], pong["op"], isinstance(pong["timestamp"], int)) == ("7", "pong", True)
    world.pass_time(59)
    assert client.closed is None
    world.pass_time(2)
    assert client.closed is not None


# Operations.


def test_an_order_is_placed_changed_and_canceled(world: World, client: GatewayClient) -> None:
    feed = PrivateClient(world, "/spotMarket/tradeOrdersV2")
    answer = client.ask("spot.order", {**ORDER, "clientOid": "g"}, id="5c52")
    order_id = answer["data"]["orderId"]
    assert (answer["id"], answer["op"], answer["code"]) == ("5c52", "spot.order", "200000")
    assert answer["data"] == {"orderId": order_id, "clientOid": "g"}
    assert 0 <= answer["outTime"] - answer["inTime"] < 1000
    assert answer["rateLimit"]["remaining"] == 3999
    new = client.ask("spot.modify", {"symbol": SYMBOL, "clientOid": "g", "newPrice": "90"})["data"]
    assert (new["clientOid"], new["newOrderId"] != order_id) == ("g", True)
    gone = client.ask("spot.cancel", {"symbol": SYMBOL, "clientOid": "g"})["data"]
    assert gone == {"orderId": new["newOrderId"], "clientOid": "g"}
    assert feed.types == ["received", "open", "canceled", "received", "open", "canceled"]
    refused = client.ask("spot.cancel", {"symbol": SYMBOL, "orderId": order_id})
    assert (refused["code"], refused["msg"]) == ("400100", "order_not_exist_or_not_allow_to_cancel")


def test_the_operations_that_wait_say_what_the_engine_has_done(client: GatewayClient) -> None:
    added = client.ask("spot.sync_order", {**ORDER, "clientOid": "g"})["data"]
    assert (added["status"], added["remainSize"]) == ("open", "1")
    gone = client.ask("spot.sync_cancel", {"symbol": SYMBOL, "orderId": added["orderId"]})["data"]
    assert (gone["status"], gone["canceledSize"]) == ("done", "1")


def test_refusals_have_the_codes_of_rest(world: World, client: GatewayClient) -> None:
    assert client.ask("spot.order", {**ORDER, "size": "100000"})["code"] == "102421"
    assert client.ask("spot.order", None)["code"] == "400100"
    world.add("a")
    assert client.ask("spot.order", {**ORDER, "clientOid": "a"})["code"] == "102426"
    assert len(world.exchange.placed("a")) == 1


@pytest.mark.parametrize("message", [{"op": "no.such", "id": "1"}, {"op": 1}, {"op": "spot.order", "id": 5}])
def test_what_is_no_operation_is_refused(client: GatewayClient, message: dict[str, Any]) -> None:
    client.inbox.clear()
    client.say(json.dumps(message))
    assert client.inbox[0]["code"] == "4001002"
    client.say("[]")
    assert (client.inbox[1]["code"], "id" in client.inbox[1]) == ("4001002", False)


def test_who_does_nothing_right_is_cut_off(client: GatewayClient) -> None:
    for _ in range(100):
        client.ask("no.such")
    assert client.inbox[-1]["code"] == "420001"
    assert client.closed is not None


def test_quotas_are_those_of_rest(world: World) -> None:
    world = World(rate_limits=True)
    client = GatewayClient(world)
    world.exchange.use_up_quota("spot", "main")
    assert client.ask("spot.order", {**ORDER, "clientOid": "g"})["code"] == "429000"
    assert world.exchange.orders == []
    world.pass_time(31)
    assert client.ask("spot.order", {**ORDER, "clientOid": "g"})["code"] == "200000"


def test_times_are_nanoseconds_where_that_is_wanted(world: World) -> None:
    client = GatewayClient(world, query={"enable_ns": "true"})
    assert client.ask("spot.order", ORDER)["inTime"] > VIRTUAL_START


# What goes wrong.


@pytest.mark.parametrize(
    ("fault", "code", "placed", "is_open"),
    [
        (OrderFault.LOSE_REQUEST, None, 0, True),
        (OrderFault.CUT_BEFORE, None, 0, False),
        (OrderFault.CUT_BEFORE_ANSWER, None, 1, False),
        (OrderFault.LOSE_ANSWER, None, 1, True),
        (OrderFault.SERVER_ERROR, "500000", 1, True),
        (OrderFault.SLOW_ANSWER, None, 1, True),
        (OrderFault.CUT_AFTER_ANSWER, "200000", 1, False),
        (OrderFault.EVENTS_FIRST, "200000", 1, True),
        (OrderFault.LOSE_EVENTS, "200000", 1, True),
    ],
)
def test_requests_go_wrong_as_over_http(
    world: World, client: GatewayClient, fault: OrderFault, code: str | None, placed: int, *, is_open: bool
) -> None:
    world.exchange.fail_next_request(fault)
    answer = client.ask("spot.order", {**ORDER, "clientOid": "g"})
    assert (answer and answer["code"], len(world.exchange.placed("g"))) == (code, placed)
    assert (client.closed is None) is is_open
    (record,) = world.exchange.order_requests
    assert (record.method, record.client_id, record.account, record.fault) == ("spot.order", "g", "main", fault)
    if fault is OrderFault.SLOW_ANSWER:
        world.pass_time(9)
        assert client.inbox[0]["data"]["clientOid"] == "g"


def test_after_a_fill_the_feed_of_the_account_breaks(world: World, client: GatewayClient) -> None:
    feed = PrivateClient(world, "/spotMarket/tradeOrdersV2")
    _, ask = world.market()
    world.exchange.fail_next_request(OrderFault.CUT_AFTER_FILL)
    client.ask("spot.order", {**ORDER, "price": str(ask), "size": "0.01"})
    assert feed.types == ["received", "match"]
    assert (feed.closed is not None, client.closed) == (True, None)
    assert world.exchange.orders[0].filled == D("0.01")


def test_the_gateway_is_an_address_of_the_server() -> None:
    with kucoin_sandbox() as exchange:
        assert exchange.ws_gateway_url.endswith(GATEWAY_PATH)
