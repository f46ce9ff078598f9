"""The connection: who we are comes first, on each socket; and what becomes of it when that does not work."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from reactivex import operators as ops

import rxex
from rxex.auth import Credentials, sign
from rxex.errors import AuthRefused, ClockSkew, ConnectError, ConnectionClosed, InvalidArgument, TokenError
from rxex.events import Authenticated, Closed, Opened, Reconnecting
from rxex.exchanges import theone
from rxex.exchanges.theone.connection import connection_over, reconnect_delays
from rxex.exchanges.theone.sandbox import LIMITS_OF_THE_CLIENT, Limits, theone_sandbox
from rxex.exchanges.theone.signing import Signer, derive_key
from rxex.operators import authenticated_socket, backoff_reconnect, is_connected, keep_messages_only
from tests.exchanges.theone.broker_world import World


def test_the_first_message_says_who_we_are_and_only_then_the_link_counts_as_open() -> None:
    world = World()
    (login,) = [request.message for request in world.exchange.requests]
    assert isinstance(login, dict)
    assert {name: login[name] for name in ("op", "key")} == {"op": "auth", "key": "test_key_1"}
    assert set(login) == {"op", "key", "ts", "nonce", "sig"}
    assert [type(event) for event in world.events] == [Opened, Authenticated]
    assert world.events[1].raw == {"op": "auth", "data": {"status": "authenticated"}}  # type: ignore[attr-defined]
    assert world.connection.is_connected


@pytest.mark.parametrize("derivation", ["plain", "sha256-base64url"])
@pytest.mark.parametrize("accepted", ["plain", "sha256-base64url"])
def test_both_derivations_are_spoken_and_the_wrong_one_is_refused(derivation: Any, accepted: Any) -> None:
    world = World(key_derivation=accepted, connection_options={"key_derivation": derivation})
    assert world.connection.is_connected is (derivation == accepted)
    if derivation != accepted:
        assert isinstance(world.error, AuthRefused)


@pytest.mark.parametrize(
    ("credentials", "text"),
    [
        (Credentials("nobody", "x"), "Invalid API key"),
        (Credentials("test_key_1", "wrong"), "Invalid signature"),
    ],
)
def test_a_refusal_ends_the_connection_with_the_exchanges_text(credentials: Credentials, text: str) -> None:
    world = World(credentials=credentials)
    assert isinstance(world.error, AuthRefused)
    assert world.error.reason == text
    assert world.events == []
    assert world.exchange.connections == 1
    assert not world.connection.is_connected


def test_a_clock_that_is_off_is_told_and_tried_again_until_it_is_right() -> None:
    world = World(connect=False)
    world.time.measure(0, 3_600 * 10**9, 0)
    world.link = world.connection.connect()
    world.pass_time(1.5)
    told = world.of(Reconnecting)
    assert len(told) >= 2
    assert isinstance(told[0].error, ClockSkew)
    assert world.error is None
    world.time.measure(0, 0, 0)
    world.pass_time(1.5)
    assert world.connection.is_connected


def test_no_answer_to_the_login_drops_the_socket_in_ten_seconds() -> None:
    world = World(connect=False)
    world.link = world.connection.connect()
    world.pass_time(0.025)
    world.exchange.half_open()
    world.pass_time(9.9)
    assert world.events == []
    world.pass_time(0.2)
    (told,) = world.of(Reconnecting)
    assert isinstance(told.error, ConnectionClosed)
    world.pass_time(2)
    assert world.connection.is_connected
    assert world.of(Closed) == []


@pytest.mark.parametrize(
    "text",
    ['{"op":"auth","data":{"status":"pending"}}', "[1]", '{"op":"auth"}', '{"ch":"balances","data":[]}', "nonsense"],
)
def test_what_is_no_answer_to_the_login_is_passed_over(text: str) -> None:
    world = World(connect=False)
    world.link = world.connection.connect()
    world.pass_time(0.015)
    world.exchange.send_raw(text)
    world.pass_time(0.5)
    assert [type(event) for event in world.events] == [Opened, Authenticated]


def test_a_link_that_closes_during_the_login_was_never_open() -> None:
    world = World(connect=False)
    world.link = world.connection.connect()
    world.pass_time(0.015)
    world.exchange.cut()
    world.pass_time(0.1)
    assert [type(event) for event in world.events] == [Reconnecting]
    world.pass_time(1)
    assert [type(event) for event in world.events][:2] == [Reconnecting, Opened]


def test_a_signer_that_fails_costs_the_socket_and_is_asked_again() -> None:
    key = derive_key("test_secret_1")
    asked: list[str] = []

    def signs(text: str) -> str:
        asked.append(text)
        if len(asked) == 1:
            raise OSError("the-canary-vault is locked")
        return sign(key, text.encode(), digest="sha256", encoding="hex")

    world = World(credentials=Signer("test_key_1", signs))
    world.pass_time(1)
    (told,) = world.of(Reconnecting)
    assert isinstance(told.error, TokenError)
    assert world.connection.is_connected
    assert asked[1].startswith("WS\n/ws/v1/stream\n")
    assert "canary" not in repr(world.events)


def test_an_operation_is_signed_with_the_path_of_its_name_and_its_data() -> None:
    texts: list[str] = []
    key = derive_key("test_secret_1")

    def signs(text: str) -> str:
        texts.append(text)
        return sign(key, text.encode(), digest="sha256", encoding="hex")

    world = World(credentials=Signer("test_key_1", signs))
    assert world.ask(world.factory("get_balances_factory")()).error is None
    assert world.ask(world.factory("estimate_swap_factory")("1.5", "ETH", "USDT")).error is None
    balances, estimate = (text.split("\n") for text in texts[1:])
    assert balances[:2] == ["WS", "/ws/v1/balances"]
    assert balances[4] == hashlib.sha256(b"{}").hexdigest()
    assert estimate[:2] == ["WS", "/ws/v1/estimate"]
    assert estimate[4] == hashlib.sha256(b'{"from":"ETH","to":"USDT","amount":"1.5"}').hexdigest()


def test_past_the_limit_of_one_socket_further_ones_are_opened_and_authenticated_too() -> None:
    world = World(connection_options={"channels_per_socket": 3}, limits=Limits(3, 65536))
    feeds = [
        world.hear(world.sockets_of_all().pipe(theone.subscribe_order(f"ord_{n}", world.messages))) for n in range(8)
    ]
    world.pass_time(2)
    assert len(world.exchange.open_sessions) == 3
    assert len(world.sent("auth")) == 3
    assert [event.socket for event in world.of(Authenticated)] == [event.socket for event in world.of(Opened)]
    subscribed: dict[int, int] = {}
    for request in world.exchange.requests:
        if isinstance(request.message, dict) and request.message["op"] == "subscribe":
            subscribed[request.session] = subscribed.get(request.session, 0) + 1
    assert sorted(subscribed.values()) == [2, 3, 3]
    assert [feed.error for feed in feeds] == [None] * 8
    world.exchange.cut()
    world.pass_time(2)
    assert len(world.sent("auth")) == 6
    assert len(world.sent("subscribe")) == 16


def test_a_hundred_channels_are_the_limit_unless_told_otherwise() -> None:
    world = World(limits=LIMITS_OF_THE_CLIENT)
    for number in range(101):
        world.hear(world.sockets_of_all().pipe(theone.subscribe_order(f"ord_{number}", world.messages)))
    world.pass_time(2)
    assert len(world.exchange.open_sessions) == 2


def test_by_default_five_attempts_are_made_each_twice_as_late() -> None:
    world = World(connect=False)
    connection = connection_over(
        world.exchange.source,
        world.exchange.credentials(),
        backoff_reconnect(reconnect_delays, jitter=0.0, attempts=5, scheduler=world.clock),
        clock=world.time,
    )
    events: list[Any] = []
    errors: list[Exception] = []
    connection.link.subscribe(events.append, errors.append)
    world.exchange.refuse_handshakes(10)
    connection.connect()
    world.pass_time(60)
    assert [event.delay for event in events if isinstance(event, Reconnecting)] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert isinstance(errors[0], ConnectError)


def test_whether_it_is_connected_is_a_stream_and_a_property() -> None:
    world = World(connect=False)
    states = world.hear(world.connection.pipe(is_connected()))
    assert states.items == [False]
    world.link = world.connection.connect()
    world.pass_time(1)
    late = world.hear(world.connection.pipe(is_connected()))
    world.pass_time(1)
    world.exchange.cut()
    world.pass_time(0.1)
    assert not world.connection.is_connected
    world.pass_time(1)
    assert states.items == [False, True, False, True]
    assert late.items == [True, False, True]
    assert world.connection.is_connected


def test_authenticated_sockets_are_those_of_the_events() -> None:
    world = World(connect=False)
    sockets: list[Any] = []
    world.connection.pipe(authenticated_socket()).subscribe(sockets.append)
    world.link = world.connection.connect()
    world.pass_time(1)
    assert sockets == [event.socket for event in world.of(Opened)]


def test_no_key_and_no_signature_shows_in_events_and_messages() -> None:
    world = World()
    messages: list[Any] = []
    world.connection.pipe(keep_messages_only()).subscribe(messages.append)
    world.ask(world.factory("get_balances_factory")())
    secrets = [message[name] for message in world.sent("auth") + world.sent("balances") for name in ("sig",)]
    shown = f"{world.events} {messages} {world.connection!r}"
    assert not [secret for secret in [*secrets, "test_key_1", "test_secret_1"] if secret in shown]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"url": "ws://partner-api.the-one.io/ws/v1/stream"}, "url"),
        ({"key_derivation": "md5"}, "key_derivation"),
        ({"channels_per_socket": 0}, "channels_per_socket"),
        ({"auth_timeout": 0}, "timeout"),
        ({"max_message": 1}, "max_message"),
        ({"ping_interval": 0}, "ping_interval"),
        ({"rate": (0, 1)}, "rate"),
        ({"attempts": -1}, "attempts"),
    ],
)
def test_what_cannot_be_right_is_told_before_anything_is_opened(options: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        theone.connection(Credentials("key", "secret"), **options)
    assert caught.value.name == name


def test_without_credentials_those_of_the_environment_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROKER_API_KEY", raising=False)
    with pytest.raises(InvalidArgument, match="BROKER_API_KEY"):
        theone.connection()


def test_over_a_real_socket_the_limits_of_the_client_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_API_KEY", "test_key_2")
    monkeypatch.setenv("BROKER_SECRET_KEY", "test_secret_2")
    with theone_sandbox() as exchange:
        connection = theone.connection(url=exchange.ws_url, delays=lambda: iter([0.01] * 50), attempts=50)
        messages = connection.pipe(keep_messages_only())
        link = connection.connect()
        sockets = connection.pipe(rxex.operators.connected_socket())
        get_balances = theone.get_balances_factory(sockets, messages)
        connection.pipe(is_connected(), ops.filter(bool), ops.first()).run()
        assert len(get_balances().run()) == 5
        ends: list[Any] = []
        connection.link.pipe(ops.filter(lambda event: isinstance(event, Closed))).subscribe(ends.append)
        exchange.send_raw('{"ch":"balances","data":"' + "x" * 65536 + '"}')
        assert exchange.wait_until(lambda it: sum('"auth"' in request.text for request in it.requests) == 2)
        link.dispose()
    assert ends[0].code is None or ends[0].code == 1009
    assert [request.session for request in exchange.requests if '"auth"' in request.text] == [1, 2]
    assert all(first.time <= second.time for first, second in pairwise(exchange.requests))
