"""Token, login and request together on a real connection, in virtual time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from reactivex import Observable
from reactivex.notification import OnError

from rxex.errors import AuthRefused, ConnectError, ConnectionClosed, FatalError, RequestTimeout, TokenError
from rxex.events import Authenticated, Closed, Message
from rxex.operators import (
    TokenSocket,
    add_token,
    authenticate,
    authenticated_socket,
    connected_socket,
    filter_new_socket_only,
    keep_messages_only,
    request_response,
)
from rxex.testing import MarbleConnection, Recording, assert_sent, marble_connection, record
from rxex.typing import Json


def login(socket: TokenSocket) -> Json:
    return {"event": "login", "token": socket.token.reveal()}


def accepted(message: Json) -> bool | None:
    return bool(message["ok"]) if isinstance(message, dict) and "ok" in message else None


def exchange(message: Json) -> Iterable[Json]:
    """Accepts every token but the revoked one, and tells the balance."""
    assert isinstance(message, dict)
    if message["event"] == "login":
        return [{"ok": message["token"] != "revoked"}]
    return [{"balance": 5, "id": message["id"]}]


def error_of(recording: Recording[Any]) -> Exception | None:
    last = recording.notifications[-1][1]
    return last.exception if isinstance(last, OnError) else None


class Session:
    """A connection with public messages ``p``, and a private session with these tokens."""

    def __init__(self, marbles: str, tokens: Iterator[str | FatalError | ConnectError]) -> None:
        self.world: MarbleConnection = marble_connection(marbles, {"p": {"price": 1}}, replies=exchange)
        connection, scheduler = self.world.connection, self.world.scheduler

        def get_token() -> str:
            token = next(tokens)
            if isinstance(token, Exception):
                raise token
            return token

        self.messages = connection.pipe(keep_messages_only())
        self.private: Observable[TokenSocket] = connection.pipe(
            connected_socket(),
            add_token(get_token, scheduler=scheduler),
            authenticate(login, accepted, self.messages),
        )
        self.sessions: Recording[TokenSocket] = record(self.private, scheduler)
        self.public = record(self.messages, scheduler)
        self.events = record(connection, scheduler)

    def run(self) -> Session:
        self.world.run()
        return self

    @property
    def prices(self) -> int:
        return self.public.values.count({"price": 1})


def numbered() -> Iterator[str]:
    return (f"token {number}" for number in count(1))


def test_every_socket_gets_a_token_and_a_login_of_its_own() -> None:
    session = Session("o-p--#--o-p-#-o---", numbered()).run()
    assert session.sessions.values == session.world.sockets
    for number, (socket, time) in enumerate(zip(session.world.sockets, (0, 8, 14), strict=True), 1):
        assert_sent(socket, [(time, {"event": "login", "token": f"token {number}"})])
    told = [event for event in session.events.values if isinstance(event, Authenticated)]
    assert [event.socket for event in told] == session.world.sockets
    assert "token 1" not in repr(
        [event for event in session.events.values if not isinstance(event, Message)] + [session.sessions.values]
    )


def test_a_failing_token_source_is_asked_again_on_the_next_socket() -> None:
    tokens: Iterator[str | FatalError | ConnectError] = iter((ConnectError("rest.example", "status 500"), "second"))
    session = Session("o--#-o-p---", tokens).run()
    first, second = session.world.sockets
    assert first.sent == []
    (closed,) = [event for event in session.events.values if isinstance(event, Closed)]
    assert isinstance(closed.error, TokenError)
    assert session.sessions.values == [second]


def test_a_key_that_is_revoked_ends_the_private_stream_and_not_the_public_ones() -> None:
    for tokens in (iter(("first", "revoked")), iter(("first", AuthRefused("status 401", 401)))):
        session = Session("o-p-#-o-p-p-#-o-p-", tokens).run()
        assert len(session.sessions.values) == 1
        assert isinstance(error_of(session.sessions), AuthRefused)
        assert error_of(session.public) is None
        assert session.prices == 4


def test_a_request_goes_out_once_on_the_authenticated_socket() -> None:
    session = Session("o-p-#-o-p---", numbered())
    ask = request_response(
        lambda id_: {"event": "balance", "id": id_},
        session.messages,
        matches=lambda message, id_: isinstance(message, dict) and message.get("id") == id_,
        ids=count(7),
    )
    sockets = session.world.connection.pipe(authenticated_socket())
    answer = record(sockets.pipe(ask), session.world.scheduler)
    session.run()
    assert answer.values == [{"balance": 5, "id": 7}]
    sent = [message for socket in session.world.sockets for _, message in socket.sent]
    assert sent.count({"event": "balance", "id": 7}) == 1
    assert answer.notifications[-1][1].kind == "C"


def test_a_cut_before_the_answer_is_told_at_once_and_nothing_is_sent_again() -> None:
    world = marble_connection("o-#-o-----")
    ask = request_response(
        lambda id_: {"id": id_}, world.connection.pipe(keep_messages_only()), matches=lambda *_: True
    )
    told = record(world.connection.pipe(connected_socket(), ask), world.scheduler)
    late = record(world.connection.pipe(filter_new_socket_only(), ask), world.scheduler)
    world.run()
    assert (told.values, late.values) == ([], [])
    assert isinstance(error_of(told), ConnectionClosed)
    assert isinstance(error_of(late), RequestTimeout)
    assert [len(socket.sent) for socket in world.sockets] == [2, 0]
