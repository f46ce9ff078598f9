"""The simulated exchange, spoken to in the raw protocol: signatures, texts, limits, swaps that walk, faults."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from reactivex.testing import TestScheduler
from websockets.asyncio.client import connect

from rxex.clock import wall_ns
from rxex.errors import InvalidArgument
from rxex.events import Closed, Message, Opened, Socket, SocketEvent
from rxex.exchanges.theone.sandbox import (
    LIMITS_OF_THE_API,
    LIMITS_OF_THE_CLIENT,
    Limits,
    OrderFault,
    OrderFaults,
    VirtualTheOne,
    theone_sandbox,
)
from rxex.sandbox import Faults
from rxex.sandbox.virtual import VIRTUAL_START

SECRETS = {"test_key_1": "test_secret_1", "test_key_2": "test_secret_2"}
_NUMBERS = count(1)


def signature(secret: str, derivation: str, *lines: str) -> str:
    key = secret.encode()
    if derivation != "plain":
        key = base64.urlsafe_b64encode(hashlib.sha256(key).digest())
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def signed(
    op: str, data: Any, ts: int, *, key: str = "test_key_1", derivation: str = "", **more: Any
) -> dict[str, Any]:
    """A message as the seed's client makes it."""
    nonce = more.pop("nonce", f"n{next(_NUMBERS)}")
    body = b"" if data is None else json.dumps(data, separators=(",", ":")).encode()
    path = "/ws/v1/stream" if op == "auth" else f"/ws/v1/{op}"
    digest = hashlib.sha256(body).hexdigest()
    message = {
        "op": op,
        "ts": ts,
        "nonce": nonce,
        "sig": signature(SECRETS.get(key, "?"), derivation, "WS", path, str(ts), nonce, digest),
    }
    return {**message, **({"key": key} if op == "auth" else {"data": data}), **more}


class Client:
    """One connection in virtual time; keeps what comes."""

    def __init__(self, world: World, *, login: bool = True, key: str = "test_key_1", derivation: str = "") -> None:
        self.world, self.key, self.derivation = world, key, derivation
        self.inbox: list[Any] = []
        self.closed: Closed | None = None
        self.socket: Socket | None = None
        self.subscription = world.exchange.source().subscribe(self._take, lambda _: None)
        world.pass_time(0.1)
        if login:
            assert self.ask("auth", None) == [{"op": "auth", "data": {"status": "authenticated"}}]

    def _take(self, event: SocketEvent) -> None:
        match event:
            case Opened(socket=socket):
                self.socket = socket
            case Closed():
                self.closed = event
            case Message(data=data):
                self.inbox.append(data)
            case _:
                pass

    def send(self, message: Any) -> list[Any]:
        self.inbox.clear()
        assert self.socket is not None
        self.socket.send(message)
        self.world.pass_time(0.05)
        return list(self.inbox)

    def ask(self, op: str, data: Any, **more: Any) -> list[Any]:
        given = {"ts": self.world.milliseconds, "key": self.key, "derivation": self.derivation, **more}
        return self.send(signed(op, data, **given))


class World:
    def __init__(self, **options: Any) -> None:
        self.clock = TestScheduler()
        self.exchange: VirtualTheOne = theone_sandbox(**{"seed": 3, **options}).in_virtual_time(self.clock)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(float(seconds))

    @property
    def milliseconds(self) -> int:
        return VIRTUAL_START // 10**6 + round(self.clock.clock * 1000)


SWAP = {"from": "ETH", "to": "USDT", "amount": "1.5", "slippage_bps": 50, "clientOrderId": "mine"}


@pytest.mark.parametrize("key", SECRETS)
@pytest.mark.parametrize("derivation", ["plain", "sha256-base64url"])
def test_both_keys_and_both_derivations_are_good_for_everything(key: str, derivation: str) -> None:
    client = Client(World(), key=key, derivation=derivation)
    (balances,) = client.ask("balances", {})
    assert {row["asset"] for row in balances["data"]["balances"]} >= {"USDT", "ETH"}
    (estimate,) = client.ask("estimate", {"from": "ETH", "to": "USDT", "amount": "1.5"})
    assert estimate["data"]["expectedOut"] == "3235.93299000"


@pytest.mark.parametrize("derivation", ["plain", "sha256-base64url"])
def test_it_can_be_told_to_know_one_derivation_only(derivation: Any) -> None:
    other = "plain" if derivation != "plain" else "sha256-base64url"
    world = World(key_derivation=derivation)
    Client(world, derivation=derivation)
    assert Client(world, login=False, derivation=other).ask("auth", None) == [{"error": "Invalid signature"}]


def test_every_text_of_the_documents_is_said() -> None:
    world = World()
    stranger = Client(world, login=False)
    assert stranger.ask("balances", {}) == [{"error": "Not authenticated"}]
    assert stranger.send({"op": "subscribe", "ch": "balances"}) == [{"error": "Not authenticated"}]
    assert stranger.ask("auth", None, key="nobody") == [{"error": "Invalid API key"}]
    assert stranger.ask("auth", None, sig="f00d") == [{"error": "Invalid signature"}]
    late = {"error": "Request timestamp outside allowed window"}
    assert stranger.ask("auth", None, ts=world.milliseconds - 31_000) == [late]
    assert stranger.ask("auth", None, ts=world.milliseconds + 31_000) == [late]
    client = Client(world)
    assert client.ask("balances", {}, sig="f00d") == [{"error": "Invalid signature"}]
    assert client.ask("balances", {}, ts=0) == [late]
    assert client.ask("balances", {}, nonce="again")[0]["op"] == "balances"
    assert client.ask("balances", {}, nonce="again") == [{"error": "Nonce has already been used or is expired"}]
    assert client.ask("withdraw", {}) == [{"error": "Unknown operation: withdraw"}]
    for channel in ("ticker", "orders:", "orders", "", None, 7):
        assert client.send({"op": "subscribe", "ch": channel}) == [{"error": "Invalid channel format"}]
    for text in ("[1]", '"x"'):
        assert client.send(json.loads(text)) == [{"error": "Invalid message format"}]
    assert client.ask("balances", [1]) == [{"error": "Invalid message format"}]


def test_errors_can_say_what_they_are_about() -> None:
    world = World()
    world.exchange.name_operations_in_errors()
    assert Client(world).ask("withdraw", {}) == [{"op": "withdraw", "error": "Unknown operation: withdraw"}]


def test_a_signature_is_of_the_path_and_the_body_it_was_made_for() -> None:
    client = Client(World())
    message = signed("estimate", {"from": "ETH", "to": "USDT", "amount": "1"}, client.world.milliseconds)
    assert client.send({**message, "op": "swap"}) == [{"error": "Invalid signature"}]
    changed = {"from": "ETH", "to": "USDT", "amount": "1000"}
    assert client.send({**message, "data": changed}) == [{"error": "Invalid signature"}]
    assert client.send(message)[0]["op"] == "estimate"


def test_a_nonce_is_remembered_for_as_long_as_its_timestamp_can_be_used() -> None:
    world = World()
    client = Client(world)
    ts = world.milliseconds + 29_000
    assert client.ask("balances", {}, nonce="once", ts=ts)[0]["op"] == "balances"
    for _ in range(5):
        world.pass_time(11.5)
        client.ask("balances", {})
        (answer,) = client.ask("balances", {}, nonce="once", ts=ts)
        assert "error" in answer


def test_a_connection_that_does_not_say_who_it_is_is_closed() -> None:
    world = World()
    client = Client(world, login=False)
    world.pass_time(9)
    assert client.closed is None
    world.pass_time(2)
    assert client.closed is not None
    assert client.closed.code == 1008


def test_a_swap_walks_through_its_states_and_its_channel_and_the_balances_tell() -> None:
    world = World(walk=(1.0, 1.0))
    client = Client(world)
    assert client.send({"op": "subscribe", "ch": "balances"}) == [
        {"op": "subscribe", "ch": "balances", "data": {"status": "subscribed"}}
    ]
    balances, reply = sorted(client.ask("swap", SWAP), key=lambda message: "op" in message)
    assert balances["ch"] == "balances"
    order_id = reply["data"]["orderId"]
    assert reply == {"op": "swap", "data": {"orderId": order_id, "status": "PENDING"}}
    held = {row["asset"]: row["locked"] for row in balances["data"]}
    assert held["ETH"] == "1.5"
    client.send({"op": "subscribe", "ch": f"orders:{order_id}"})
    client.inbox.clear()
    world.pass_time(3)
    updates = [message["data"] for message in client.inbox if message["ch"] == f"orders:{order_id}"]
    assert [update["status"] for update in updates] == ["PROCESSING", "FILLED"]
    assert updates[1]["filledOut"] == "3235.93299000"
    assert updates[1]["txHash"].startswith("0x")
    assert (world.exchange.balance("ETH"), world.exchange.balance("USDT")) == (
        Decimal(999_998) + Decimal("0.5"),
        Decimal(1_000_000) + Decimal("3235.93299000"),
    )
    for wanted in (order_id, "mine"):
        (status,) = client.ask("order_status", {"id": wanted})
        assert status["data"]["status"] == "FILLED"
    assert client.ask("order_status", {"id": "nothing"}) == [{"error": "Order not found"}]


@pytest.mark.parametrize("end", ["FAILED", "CANCELLED"])
def test_a_swap_fails_or_is_canceled_on_demand_and_nothing_is_moved(end: str) -> None:
    world = World()
    world.exchange.end_next_swap(end)
    client = Client(world)
    client.ask("swap", SWAP)
    world.pass_time(3)
    (swap,) = world.exchange.swapped("mine")
    assert (swap.status, swap.filled_out) == (end, None)
    assert swap.history == ["PENDING", "PROCESSING", end]
    (balances,) = client.ask("balances", {})
    rows = balances["data"]["balances"]
    assert {(Decimal(row["total"]), Decimal(row["locked"])) for row in rows} == {(1_000_000, 0)}


def test_swaps_are_held_and_moved_on_demand() -> None:
    world = World()
    client = Client(world)
    world.exchange.hold_swaps()
    client.ask("swap", SWAP)
    world.pass_time(30)
    (swap,) = world.exchange.swaps
    assert swap.status == "PENDING"
    world.exchange.move_swap(swap.id, "CANCELLED")
    world.exchange.move_swap(swap.id, "FILLED")
    world.exchange.release_swaps()
    world.pass_time(5)
    assert swap.status == "CANCELLED"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"from": "DOGE"}, "Unsupported asset: DOGE"),
        ({"to": "ETH"}, "Assets must differ"),
        ({"amount": "0"}, "Invalid amount"),
        ({"amount": "x"}, "Invalid amount"),
        ({"amount": "99999999"}, "Insufficient balance"),
        ({"slippage_bps": 10_001}, "Invalid slippage_bps"),
        ({"slippage_bps": "50"}, "Invalid slippage_bps"),
        ({"network": "mars"}, "Unsupported network: mars"),
        ({"filter": ["nobody"]}, "Invalid filter"),
        ({"clientOrderId": 7}, "Invalid clientOrderId"),
    ],
)
def test_a_swap_that_cannot_be_is_refused(change: dict[str, Any], text: str) -> None:
    world = World()
    assert Client(world).ask("swap", {**SWAP, **change}) == [{"error": text}]
    assert world.exchange.swaps == []
    (record,) = world.exchange.swap_requests
    assert record.errors == [text]


def test_one_account_does_not_see_the_other() -> None:
    world = World()
    first, second = Client(world), Client(world, key="test_key_2")
    second.send({"op": "subscribe", "ch": "balances"})
    (reply,) = first.ask("swap", SWAP)
    order_id = reply["data"]["orderId"]
    second.send({"op": "subscribe", "ch": f"orders:{order_id}"})
    second.inbox.clear()
    world.pass_time(5)
    assert second.inbox == []
    assert second.ask("order_status", {"id": order_id}) == [{"error": "Order not found"}]


@pytest.mark.parametrize(("limits", "most"), [(LIMITS_OF_THE_CLIENT, 100), (LIMITS_OF_THE_API, 50)])
def test_the_channels_of_a_connection_are_limited(limits: Limits, most: int) -> None:
    client = Client(World(limits=limits))
    for number in range(most):
        client.world.pass_time(0.1)
        assert "error" not in client.send({"op": "subscribe", "ch": f"orders:{number}"})[0]
    too_many = {"error": "Maximum number of subscriptions reached"}
    assert client.send({"op": "subscribe", "ch": "balances"}) == [too_many]
    assert "error" not in client.send({"op": "subscribe", "ch": "orders:0"})[0]
    client.send({"op": "unsubscribe", "ch": "orders:0"})
    assert "error" not in client.send({"op": "subscribe", "ch": "balances"})[0]


@pytest.mark.parametrize(("limits", "most"), [(LIMITS_OF_THE_CLIENT, 64 * 2**10), (LIMITS_OF_THE_API, 2**20)])
def test_a_message_that_is_too_big_closes_the_connection(limits: Limits, most: int) -> None:
    world = World(limits=limits)
    client = Client(world)
    frame = {"op": "subscribe", "ch": "x"}
    client.send({**frame, "ch": "x" * (most - len('{"op":"subscribe","ch":""}'))})
    assert client.closed is None
    client.send({**frame, "ch": "x" * most})
    assert client.closed is not None
    assert client.closed.code == 1009


def test_the_documents_of_the_api_limit_messages_connections_and_silence_too() -> None:
    world = World(limits=LIMITS_OF_THE_API)
    client = Client(world)
    world.pass_time(2)
    for _ in range(101):
        assert client.socket is not None
        client.socket.send({"op": "unsubscribe", "ch": "balances"})
    client.inbox.clear()
    world.pass_time(0.1)
    assert client.inbox[-1] == {"error": "Rate limit exceeded"}
    assert len([message for message in client.inbox if "error" in message]) == 1
    others = [Client(world) for _ in range(99)]
    assert Client(world, login=False).ask("auth", None) == [{"error": "Too many connections"}]
    assert Client(world, key="test_key_2").closed is None
    world.pass_time(301)
    assert all(each.closed is not None for each in others)


def test_the_same_seed_gives_the_same_run() -> None:
    def run(seed: int) -> Any:
        world = World(
            seed=seed,
            order_faults=OrderFaults(seed=seed, lose_answer=0.3, duplicate_events=0.5, event_delay=(0.0, 1.0)),
            failures=0.3,
        )
        client = Client(world)
        client.send({"op": "subscribe", "ch": "balances"})
        for number in range(10):
            client.ask("swap", {**SWAP, "clientOrderId": f"c{number}"})
        world.pass_time(20)
        return [(sent.time, sent.text) for sent in world.exchange.sent], [swap.history for swap in world.exchange.swaps]

    assert run(1) == run(1)
    assert run(1) != run(2)


@pytest.mark.parametrize("fault", OrderFault)
def test_each_fault_of_a_request_to_swap_is_written_down(fault: OrderFault) -> None:
    world = World()
    client = Client(world)
    world.exchange.fail_next_swap(fault)
    client.ask("swap", SWAP)
    world.pass_time(10)
    (record,) = world.exchange.swap_requests
    assert record.fault == fault
    arrived = fault not in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    assert record.carried_out is arrived
    assert len(world.exchange.swapped("mine")) == arrived
    assert fault in {incident.kind for incident in world.exchange.incidents}


def test_links_break_and_events_are_lost_as_on_any_simulated_exchange() -> None:
    world = World(faults=Faults(seed=1, cut_after=(4, 4), drop=1.0))
    client = Client(world)
    client.send({"op": "subscribe", "ch": "balances"})
    client.ask("swap", SWAP)
    world.pass_time(5)
    assert not [message for message in client.inbox if message.get("ch") == "balances"]
    client.ask("balances", {})
    world.pass_time(1)
    assert client.closed is not None


@pytest.mark.parametrize(
    "options", [{"failures": 0.6}, {"failures": -0.1}, {"walk": (2.0, 1.0)}, {"walk": (-1.0, 1.0)}]
)
def test_what_cannot_be_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        theone_sandbox(**options)


def test_a_client_that_is_not_ours_works_with_it() -> None:
    """The protocol of the client's README, spoken with the library that it names."""

    async def talk(url: str) -> list[Any]:
        told: list[Any] = []

        async with connect(url) as socket:
            await socket.send(json.dumps(signed("auth", None, wall_ns() // 10**6, derivation="sha256-base64url")))
            told.append(json.loads(await socket.recv()))
            await socket.send(json.dumps({"op": "subscribe", "ch": "balances"}))
            told.append(json.loads(await socket.recv()))
            await socket.send(json.dumps(signed("swap", SWAP, wall_ns() // 10**6, derivation="plain")))
            reply = json.loads(await socket.recv())
            await socket.send(json.dumps({"op": "subscribe", "ch": f"orders:{reply['data']['orderId']}"}))
            while told[-1].get("data", {}) == {} or "FILLED" not in json.dumps(told[-1]):
                told.append(json.loads(await socket.recv()))
        return told

    with theone_sandbox(walk=(0.02, 0.05)) as exchange:
        told = asyncio.run(asyncio.wait_for(talk(exchange.ws_url), 10))
        assert exchange.endpoints == {"ws_url": exchange.ws_url, "rest_url": exchange.rest_url}
    assert told[0] == {"op": "auth", "data": {"status": "authenticated"}}
    assert told[-1]["data"]["status"] == "FILLED"
