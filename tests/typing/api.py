"""What the type checkers have to infer in a user's script. Checked by `test_api.py`, never run."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import assert_type

from reactivex import Observable
from reactivex import operators as ops

from rxex.auth import Secret
from rxex.events import EventStream, Socket, SocketEvent, StatusEvent
from rxex.operators import (
    TokenSocket,
    add_token,
    authenticate,
    authenticated_socket,
    backoff_reconnect,
    connected_socket,
    exponential,
    filter_new_socket_only,
    fixed,
    keep_channel,
    keep_messages_only,
    keep_status_only,
    map_socket_only,
    ready_socket,
    request_response,
    response_ok,
    wait_for_response,
)
from rxex.typing import Json, Operator


def get_token() -> str:
    return "b1946ac9"


def observe_token() -> Observable[str]:
    raise NotImplementedError


def route(message: Json) -> Hashable | None:
    return message["channel"] if isinstance(message, dict) else None


def login(socket: TokenSocket) -> Json:
    assert_type(socket.token, Secret)
    return {"event": "auth", "token": socket.token.reveal()}


def plain_login(socket: Socket) -> Json:
    return {"event": "auth"}


def accepted(message: Json) -> bool | None:
    return None


def ping(id_: int) -> Json:
    return {"method": "ping", "req_id": id_}


def is_pong(message: Json, id_: int) -> bool:
    return isinstance(message, dict) and message["req_id"] == id_


def refusal(answer: Json) -> str | None:
    return None


def own_delays() -> Iterator[float]:
    yield from (0, 0, 1)
    yield from fixed(5)


def events_of_a_connection(connection: EventStream) -> None:
    assert_type(connection.pipe(keep_messages_only()), Observable[Json])
    assert_type(connection.pipe(keep_status_only()), Observable[StatusEvent])
    assert_type(connection.pipe(filter_new_socket_only()), Observable[Socket])
    assert_type(connection.pipe(connected_socket()), Observable[Socket | None])
    assert_type(connection.pipe(ready_socket()), Observable[Socket])
    assert_type(connection.pipe(authenticated_socket()), Observable[Socket])
    assert_type(connection.pipe(map_socket_only()), Observable[Socket])
    assert_type(connection.pipe(keep_status_only(), map_socket_only()), Observable[Socket])


def events_of_anything(events: Observable[SocketEvent]) -> None:
    assert_type(events.pipe(keep_messages_only(), keep_channel("ticker", route)), Observable[Json])
    assert_type(events.pipe(backoff_reconnect()), Observable[SocketEvent])
    assert_type(events.pipe(backoff_reconnect(exponential, attempts=3, jitter=0)), Observable[SocketEvent])
    assert_type(events.pipe(backoff_reconnect(lambda: fixed(5))), Observable[SocketEvent])
    assert_type(events.pipe(backoff_reconnect(own_delays), filter_new_socket_only()), Observable[Socket])


def a_public_request(connection: EventStream) -> None:
    """A script of five operators."""
    messages = connection.pipe(keep_messages_only())
    answers = connection.pipe(
        filter_new_socket_only(),
        request_response(ping, messages, matches=is_pong),
        response_ok(refusal, request="ping"),
        ops.take(1),
    )
    assert_type(answers, Observable[Json])
    assert_type(messages.pipe(wait_for_response(lambda message: len(message) == 2)), Observable[Json])


def a_private_session(connection: EventStream) -> None:
    """A token, a login with it, a request."""
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(connected_socket(), add_token(get_token))
    assert_type(sockets, Observable[TokenSocket])
    sessions = sockets.pipe(authenticate(login, accepted, messages))
    assert_type(sessions, Observable[TokenSocket])
    assert_type(sessions.pipe(request_response(ping, messages, matches=is_pong)), Observable[Json])

    at_once = connection.pipe(
        filter_new_socket_only(),
        add_token(observe_token),
        authenticate(login, accepted, messages),
        request_response(ping, messages, matches=is_pong),
        response_ok(refusal),
    )
    assert_type(at_once, Observable[Json])
    plain = connection.pipe(filter_new_socket_only(), authenticate(plain_login, accepted, messages))
    assert_type(plain, Observable[Socket])


def operators_are_values() -> None:
    assert_type(keep_messages_only(), Operator[SocketEvent, Json])
    assert_type(connected_socket(), Operator[SocketEvent, Socket | None])
    assert_type(add_token(get_token), Operator[Socket | None, TokenSocket])
    assert_type(authenticate(login, accepted, Observable()), Operator[TokenSocket | None, TokenSocket])


def mistakes_are_found(connection: EventStream, messages: Observable[Json]) -> None:
    """Each of these lines has to be an error: the checkers complain about an ignore that is not needed."""
    connection.pipe(keep_channel("ticker"))  # type: ignore[arg-type]
    messages.pipe(filter_new_socket_only())  # type: ignore[arg-type]
    connection.pipe(filter_new_socket_only(), authenticate(login, accepted, messages))  # type: ignore[misc]
    backoff_reconnect(exponential())  # type: ignore[arg-type]
    add_token("b1946ac9")  # type: ignore[arg-type]
