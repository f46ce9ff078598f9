"""How a private Pro link says who we are: with a new token in its address, or with a signed frame.

Sources: KuCoin's page "Get private token", of version 2; for the frame, what other clients do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import reactivex as rx
from attrs import frozen
from reactivex import Observable
from reactivex import operators as ops

from rxex.auth import Credentials, Secret, ServerClock
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.exchanges.kucoin import rest
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.exchanges.kucoin.rest.wire import check_credentials, signature
from rxex.exchanges.kucoin.tokens import fresh
from rxex.rest import NoParameters, Response
from rxex.socket.options import SocketOptions
from rxex.typing import Json

__all__ = ["GetToken", "Login", "Logins", "framed", "with_tokens"]

GetToken: TypeAlias = Callable[[], Observable[Secret]]
"""A source of tokens: each call makes a stream whose first item is a new one.

Where it raises, or gives none within a minute, it is asked again within the connection's own backoff (`TokenError`,
which tells of the error its type only); a `FatalError` is the end of the connection.
"""

_VERIFY = "POST/api/websocket/users/verify"
_AUTH_ID = "auth"


@frozen(repr=False)
class Login:
    """How one link says who we are: a token for its address, or what makes the frame behind the welcome."""

    token: str = ""
    frame: Callable[[], Json] | None = None


@frozen
class Logins:
    """Where logins come from: a cold stream of one new login, and what is to be closed after the last."""

    each: Observable[Login]
    close: Callable[[], None] = lambda: None


def framed(source: Credentials | GetToken, clock: ServerClock) -> Logins:
    """Make frames that are signed with credentials, in KuCoin's time."""
    if not isinstance(source, Credentials):
        raise InvalidArgument("source", None, "a frame is signed: give the credentials")
    check_credentials(source)
    credentials = source

    def frame() -> Json:
        timestamp = str(clock.now() // 10**6)
        passphrase = "" if credentials.passphrase is None else credentials.passphrase.reveal()
        return {
            "id": _AUTH_ID,
            "op": "auth",
            "kc-api-key": credentials.key.reveal(),
            "kc-api-sign": signature(credentials.secret, timestamp + _VERIFY),
            "kc-api-timestamp": timestamp,
            "kc-api-passphrase": signature(credentials.secret, passphrase),
        }

    return Logins(rx.of(Login(frame=frame)))


def with_tokens(source: Credentials | GetToken, rest_url: str | None, options: SocketOptions) -> Logins:
    """Ask for a token for each link: over REST with credentials, or from a source of the user's."""
    if not isinstance(source, Credentials):
        return Logins(_fresh(source))
    client = rest.client(
        source,
        url=rest_url or rest.REST_URL,
        # Reconnecting is what tries again, and tells so.
        delays=lambda: iter(()),
        proxy=options.get("proxy"),
        ca_file=options.get("ca_file"),
    )

    def data_of(response: Response[Secret]) -> Secret:
        return response.data

    return Logins(_fresh(lambda: _TOKEN.__get__(client)().pipe(ops.map(data_of))), client.close)


def _fresh(get: GetToken) -> Observable[Login]:
    """Make the cold stream of one login with a token of ``get``, whatever that does."""

    def login(token: Secret) -> Login:
        return Login(token.reveal())

    return fresh(get, Secret, "source").pipe(ops.map(login))


def _read_token(result: Any, _: Any, __: int) -> Secret:
    token = result["token"]
    if not isinstance(token, str) or not token:
        raise MalformedMessage("there is no token")
    return Secret(token)


_TOKEN = Rows("spot", "Spot").token(
    "pro_private_token",
    "/api/v2/bullet-private",
    NoParameters,
    _read_token,
    weight=10,
    doc="Ask for a token for one private Pro WebSocket.",
)
