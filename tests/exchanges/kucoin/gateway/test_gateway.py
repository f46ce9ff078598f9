"""The order gateway: how it is entered, what it answers, and how its end is met."""

from __future__ import annotations

import base64
import hmac
import logging
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from reactivex import Observable
from reactivex.notification import OnError

from rxex.auth import Credentials, ServerClock
from rxex.connection import Connection
from rxex.errors import (
    AnswerLost,
    AuthRefused,
    ClockSkew,
    ConnectError,
    ConnectionClosed,
    InvalidArgument,
    NotSent,
    RateLimited,
    RequestTimeout,
)
from rxex.events import Closed, Heartbeat, Opened
from rxex.exchanges.kucoin.dialect import ServerNotice
from rxex.exchanges.kucoin.gateway import gateway_connection, order_gateway
from rxex.exchanges.kucoin.gateway.connection import GATEWAY, greeted, signed_address
from rxex.exchanges.kucoin.rest.models.orders import CanceledIds
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.models import Stage
from rxex.orders import OrderRefused, Refusal
from rxex.testing import Recording, marble_connection, record
from tests.exchanges.kucoin.gateway.worlds import GatewayWorld
from tests.fakes.raw_server import Peer, RawServer, frame
from tests.fakes.watch import Watch

S = Stage
KEYS = Credentials("canary-key", "canary-secret", "canary-passphrase")
LIMIT = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1000", "size": "0.01"}
ORDER = {**LIMIT, "client_oid": "c"}


def error_of(answer: Recording[Any]) -> Exception:
    last = answer.notifications[-1][1]
    assert isinstance(last, OnError)
    return last.exception


# Getting in


def signed(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha256").digest()).decode()


def test_the_address_is_signed_as_kucoin_wants_it() -> None:
    credentials = Credentials("key", "secret", "pass/word+")
    address = signed_address("wss://x/v1/private", credentials, ServerClock(lambda: 1_700_000_000_123_456_789))
    assert address.startswith("wss://x/v1/private?")
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "apikey": "key",
        "sign": signed("secret", "key1700000000123"),
        "passphrase": signed("secret", "pass/word+"),
        "timestamp": "1700000000123",
    }


def refused_with(frame: Any) -> Exception | None:
    """Why a link is given up on which this frame comes before any welcome."""
    live = marble_connection("o-a--", {"a": frame}, GATEWAY)
    greeted(live.connection._source, lambda *_: None, KEYS, 5.0).subscribe(lambda _: None, lambda _: None)
    live.scheduler.advance_to(4)
    (socket,) = live.sockets
    return None if socket.closed is None else socket.closed.error


def test_what_cannot_be_read_before_the_welcome_is_passed_over_and_the_code_of_a_yes_is_no_refusal() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame('{"sessionId":"s","timestamp":1}'))
        peer.read()
        peer.send(frame("nonsense") + frame('{"sessionId":"s","data":"welcome","code":"200000"}'))
        peer.wait_for_end()

    with RawServer(serve) as server:
        connection = gateway_connection(KEYS, server.url, attempts=0)
        with Watch(connection.link) as watch, connection.connect():
            watch.wait(Opened)


def test_a_link_is_open_once_its_challenge_is_answered_and_we_are_welcome() -> None:
    world = GatewayWorld()
    assert [type(event) for event in world.gateway_events] == [Opened]
    (first, *_) = [record.text for record in world.exchange.requests]
    assert not first.startswith("{")  # the proof is a bare text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("400001", AuthRefused),
        ("400002", ClockSkew),
        ("400003", AuthRefused),
        ("400008", AuthRefused),
        ("400011", AuthRefused),
        ("400012", ConnectionClosed),
        ("429000", RateLimited),
        ("500000", ConnectError),
        ("503000", ConnectError),
    ],
)
def test_a_refusal_at_the_door_says_whether_another_try_may_help(code: str, kind: type[Exception]) -> None:
    error = refused_with({"code": code, "msg": "why"})
    assert isinstance(error, kind)
    assert code in str(error)


@pytest.mark.parametrize("spoilt", ["key", "secret", "passphrase", "clock"])
def test_who_cannot_prove_who_he_is_does_not_get_in(spoilt: str) -> None:
    world = GatewayWorld()
    good: Any = world.exchange.credentials()
    parts = {name: KEYS.key if name == spoilt else getattr(good, name) for name in ("key", "secret", "passphrase")}
    world.credentials = Credentials(parts["key"], parts["secret"], parts["passphrase"])
    if spoilt == "clock":
        world.rest.clock = ServerClock(lambda: 1)
    connection = Connection(world.links, GATEWAY)
    events: list[Any] = []
    errors: list[Exception] = []
    connection.link.subscribe(events.append, errors.append)
    connection.connect()
    world.pass_time(3)
    assert Opened not in {type(event) for event in events}
    if spoilt == "clock":
        assert isinstance(events[0].error, ClockSkew)  # it is tried again
        assert errors == []
    else:
        assert isinstance(errors[0], AuthRefused)
        assert "canary" not in str(errors[0])


def test_urls_and_keys_are_checked_at_once() -> None:
    with pytest.raises(InvalidArgument, match="wss"):
        gateway_connection(KEYS, "ws://example.com/v1/private")
    with pytest.raises(InvalidArgument, match="passphrase"):
        gateway_connection(Credentials("key", "secret"))
    connection = gateway_connection(KEYS)
    assert not connection.is_connected
    with pytest.raises(InvalidArgument):
        order_gateway(connection, timeout=0.0)


# Requests


def ask(world: GatewayWorld, source: Observable[Any], seconds: float = 1.0) -> Recording[Any]:
    answer = record(source, world.clock)
    world.pass_time(seconds)
    return answer


def test_spot_orders_are_placed_changed_and_canceled() -> None:
    world = GatewayWorld()
    (placed,) = ask(world, world.gateway.add({**LIMIT, "client_oid": "mine"}, sync=True)).values
    assert (placed.client_oid, placed.status) == ("mine", "open")
    (edited,) = ask(world, world.gateway.edit({"symbol": "BTC-USDT", "client_oid": "mine", "new_price": "1001"})).values
    assert edited.order_id != placed.order_id
    (canceled,) = ask(
        world, world.gateway.cancel({"symbol": "BTC-USDT", "order_id": edited.order_id}, sync=True)
    ).values
    assert (canceled.order_id, canceled.status) == (edited.order_id, "done")
    (margin,) = ask(world, world.gateway.add({**LIMIT, "client_oid": "borrowed"}, margin=True)).values
    assert ask(world, world.gateway.cancel({"symbol": "BTC-USDT", "client_oid": "borrowed"}, margin=True)).values
    assert margin.order_id


def test_a_window_of_time_is_told_with_our_time() -> None:
    world = GatewayWorld()
    ask(world, world.gateway.add({**LIMIT, "client_oid": "late", "allow_max_time_window": 1000}))
    (record_,) = world.exchange.order_requests
    assert record_.request["allowMaxTimeWindow"] == 1000
    assert record_.request["clientTimestamp"] > 1.7e12


def test_a_refusal_is_typed() -> None:
    world = GatewayWorld(balances={"USDT": 1})
    error = error_of(ask(world, world.gateway.add({**LIMIT, "client_oid": "mine"})))
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.request) == (Refusal.INSUFFICIENT_FUNDS, "spot.order")


def replies(**answer: Any) -> Any:
    def reply(message: Any) -> list[Any]:
        return [{"id": message["id"], "op": message["op"], **answer}] if "args" in message else []

    return reply


def asking(live: Any, at: float, make: Any) -> list[Recording[Any]]:
    """Ask at that time; the list gets what comes of it."""
    told: list[Recording[Any]] = []

    def ask_now(*_: Any) -> None:
        told.append(record(make(), live.scheduler))

    live.scheduler.schedule_absolute(at, ask_now)
    return told


def answered(**answer: Any) -> Recording[Any]:
    """What comes of an order on which the gateway says this."""
    live = marble_connection("o---------|", {}, GATEWAY, replies=replies(**answer))
    gateway = order_gateway(live.connection, timeout=3.0, scheduler=live.scheduler)
    told = asking(live, 1, lambda: gateway.add(ORDER))
    live.run()
    return told[0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"code": "429000", "rateLimit": {"reset": 1500}}, RateLimited),
        ({"code": "429002"}, RateLimited),
        ({"code": "500000", "msg": "?"}, AnswerLost),
        ({"code": "400007", "msg": "no"}, AuthRefused),
        ({"code": "102426", "msg": "double"}, OrderRefused),
        ({"code": "200000", "data": None}, AnswerLost),
        ({"code": "200000", "data": {"orderId": {}}}, AnswerLost),
        ({"code": None}, OrderRefused),
    ],
)
def test_every_answer_says_what_is_known(answer: dict[str, Any], kind: type[Exception]) -> None:
    if answer.get("data") == {"orderId": {}}:
        assert answered(**answer).values[0].order_id  # a text of whatever it is
        return
    error = error_of(answered(**answer))
    assert type(error) is kind
    if answer.get("rateLimit"):
        assert isinstance(error, RateLimited)
        assert error.retry_after == 1.5


def test_an_answer_that_does_not_come_is_a_time_out_and_one_for_another_is_none() -> None:
    live = marble_connection(
        "o-a-------|", {"a": {"id": "7", "op": "spot.order", "code": "200000", "data": {}}}, GATEWAY
    )
    gateway = order_gateway(live.connection, timeout=3.0, scheduler=live.scheduler)
    told = asking(live, 1, lambda: gateway.add(ORDER))
    live.run()
    assert isinstance(error_of(told[0]), RequestTimeout)


def test_without_a_link_nothing_is_sent_and_a_break_says_that_it_may_have_been() -> None:
    live = marble_connection("--o--#--", {}, GATEWAY)
    gateway = order_gateway(live.connection, timeout=9.0, scheduler=live.scheduler)
    told = [asking(live, time, lambda: gateway.add(ORDER)) for time in (0.5, 3.0)]
    live.run()
    assert [type(error_of(each)) for (each,) in told] == [NotSent, ConnectionClosed]


def test_futures_have_their_own_operations() -> None:
    sent: list[Any] = []

    def reply(message: Any) -> list[Any]:
        if "args" not in message:
            return []
        sent.append((message["op"], message["args"]))
        rows = [{"orderId": "1", "clientOid": "c", "code": "200"}]
        data = {"futures.order": {"orderId": "1", "clientOid": "c"}, "futures.cancel": {"cancelledOrderIds": ["1"]}}
        return [{"id": message["id"], "code": "200000", "data": data.get(message["op"], rows)}]

    live = marble_connection("o---------|", {}, GATEWAY, replies=reply)
    gateway = order_gateway(live.connection, scheduler=live.scheduler)
    order = {"symbol": "XBTUSDTM", "side": "buy", "type": "limit", "price": "9", "size": 1, "client_oid": "c"}
    asks = [
        lambda: gateway.futures_add(order),
        lambda: gateway.futures_cancel({"order_id": "1"}),
        lambda: gateway.futures_cancel({"client_oid": "c", "symbol": "XBTUSDTM"}),
        lambda: gateway.futures_add_batch([order]),
        lambda: gateway.futures_cancel_batch({"order_ids_list": ["1"]}),
    ]
    told = [asking(live, number + 1, each) for number, each in enumerate(asks)]
    live.run()
    wire = {**{name: value for name, value in order.items() if name != "client_oid"}, "clientOid": "c"}
    assert sent == [
        ("futures.order", wire),
        ("futures.cancel", {"orderId": "1"}),
        ("futures.cancel", {"clientOid": "c", "symbol": "XBTUSDTM"}),
        ("futures.multi_order", [wire]),
        ("futures.multi_cancel", {"orderIdsList": ["1"]}),
    ]
    assert told[1][0].values == [CanceledIds(("1",))]
    assert told[4][0].values[0][0].error is None


# What comes by itself


def test_pongs_are_signs_of_life_and_errors_without_a_request_are_told() -> None:
    frames: dict[str, Any] = {
        "a": {"id": "p1", "op": "pong", "timestamp": 5},
        "b": {"code": "420001", "msg": "too many errors"},
        "c": {"code": "501000", "msg": "leaving"},
    }
    live = marble_connection("o-(a,b,c)---", frames, GATEWAY)
    events: list[Any] = []
    live.connection.link.subscribe(events.append, lambda _: None)
    live.run()
    kinds = [type(event) for event in events]
    assert kinds[:4] == [Opened, Heartbeat, ServerNotice, ServerNotice]
    assert Closed in kinds  # it asked us to connect anew
    assert (events[2].code, events[2].text) == (420001, "too many errors")


def test_a_silent_gateway_is_pinged_and_the_link_stays() -> None:
    world = GatewayWorld()
    world.pass_time(200)
    kinds = [type(event) for event in world.gateway_events]
    assert kinds.count(Opened) == 1
    assert kinds.count(Heartbeat) == 11


@pytest.mark.timeout(60)
def test_an_order_through_real_sockets_and_no_secret_in_any_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with kucoin_sandbox(symbols=["BTC-USDT"]) as exchange:
        credentials = exchange.credentials()
        connection = gateway_connection(credentials, exchange.endpoints["ws_gateway_url"])
        events: list[Any] = []
        connection.subscribe(events.append, events.append)
        gateway = order_gateway(connection)
        told: list[Any] = []
        is_open, done = threading.Event(), threading.Event()
        connection.link.subscribe(lambda event: is_open.set() if isinstance(event, Opened) else None)
        link = connection.connect()
        assert is_open.wait(10)
        gateway.add({**LIMIT, "client_oid": "mine"}).subscribe(told.append, told.append, done.set)
        assert done.wait(10)
        link.dispose()
        (order,) = exchange.orders
    assert [placed.order_id for placed in told] == [order.id]
    texts = repr(events) + repr(connection) + repr(gateway) + caplog.text
    for secret in (credentials.secret, credentials.passphrase, credentials.key):
        assert secret is not None
        assert secret.reveal() not in texts
