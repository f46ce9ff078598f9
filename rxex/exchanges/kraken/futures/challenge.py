"""Who we are, on Kraken's futures: a challenge that is asked for on each new socket, and signed.

Source: Kraken's guide "Futures WebSockets", section "Sign Challenge".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from collections.abc import Callable, Iterator

import reactivex as rx
from attrs import field, frozen
from reactivex import Observable
from reactivex import operators as ops
from reactivex.abc import DisposableBase, SchedulerBase
from reactivex.disposable import CompositeDisposable

from rxex.auth import Credentials, Secret, sign
from rxex.connection import Connection
from rxex.errors import AuthRefused, ConnectionClosed, InvalidArgument, TokenError, TransientError
from rxex.events import Authenticated, MessageStream, Socket, SocketEvent
from rxex.exchanges.kraken.connection import reconnect_delays
from rxex.exchanges.kraken.futures.asking import about_subscriptions
from rxex.exchanges.kraken.futures.connection import make_dialect, open_link
from rxex.operators import TokenSocket, backoff_reconnect, filter_new_socket_only
from rxex.operators._answers import check_timeout, first_answer
from rxex.operators._each_socket import each_socket
from rxex.typing import Json, Operator

__all__ = [
    "PrivateConnection",
    "ProvenSocket",
    "Signer",
    "answer_challenge",
    "private_connection",
    "sign_challenge",
]


def sign_challenge(challenge: str, secret: str | Secret) -> str:
    """Sign a challenge with the secret of an API key, as Kraken's futures want it.

    Raises `InvalidArgument` for a secret that is not base64.

    >>> sign_challenge("c100b894-1729-464d-ace1-52dbce11db42", "c2VjcmV0")[:8]
    'OEjWHBoy'
    """
    text = secret.reveal() if isinstance(secret, Secret) else secret
    try:
        # Some secrets are shown without the padding at their end.
        key: bytes | None = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = None
    if not key:
        raise InvalidArgument("secret", Secret("not shown"), "it has to be the base64 text that came with the API key")
    return sign(key, hashlib.sha256(challenge.encode()).digest(), digest="sha512", encoding="base64")


def _hidden(key: str | Secret) -> Secret:
    return key if isinstance(key, Secret) else Secret(key)


@frozen(eq=False)
class Signer:
    """What signs challenges, where the secret is to stay elsewhere.

    Args:
        key: the public half of the API key.
        sign: gives the signature of a challenge, as `sign_challenge` does; called on the socket's thread.
    """

    key: Secret = field(converter=_hidden)
    sign: Callable[[str], str] = field(repr=False)

    @classmethod
    def of(cls, credentials: Credentials | Signer) -> Signer:
        """Give what signs with ``credentials``. Raises `InvalidArgument` for a secret that cannot be one."""
        if isinstance(credentials, Signer):
            return credentials
        secret = credentials.secret
        sign_challenge("", secret)  # so that a wrong secret is told before anything is sent
        return cls(credentials.key, lambda challenge: sign_challenge(challenge, secret))


class ProvenSocket(TokenSocket):
    """A socket with the proof of who we are; equal to the socket that it stands for. ``token`` is the signature."""

    __slots__ = ("_challenge", "_key")

    def __init__(self, socket: Socket, key: Secret, challenge: str, signature: str) -> None:
        super().__init__(socket, Secret(signature))
        self._key = key
        self._challenge = challenge

    def proof(self) -> dict[str, str]:
        """Give the parts of a private request that prove who asks; to be sent to the exchange and nowhere else."""
        return {
            "api_key": self._key.reveal(),
            "original_challenge": self._challenge,
            "signed_challenge": self.token.reveal(),
        }

    def __repr__(self) -> str:
        return f"<ProvenSocket: {self._socket!r}>"


def answer_challenge(
    signer: Credentials | Signer,
    messages: Observable[Json],
    *,
    timeout: float = 10.0,
    scheduler: SchedulerBase | None = None,
) -> Operator[Socket | None, ProvenSocket]:
    """Ask for a challenge on each new socket, sign it, and give the socket with this proof.

    Listens before it sends. On the messages of a connection `Authenticated` is announced before the socket is given;
    the exchange looks at the proof with each private subscription, not before. A newer socket, or None for one that has
    gone, ends the wait. Emits on the messages' thread. Each subscription asks for a challenge of its own: let all feeds
    of a connection share one, as those of a `private_connection` do.

    Args:
        signer: the API key, or what signs with it.
        messages: the connection's, from ``keep_messages_only()``.
        timeout: seconds for the answer, after which the socket is dropped with `RequestTimeout`: the connection
            reconnects within its own backoff. The same goes for a request that cannot be sent, and, as `TokenError`,
            for a signer that raises.
        scheduler: runs the time-out; default: the socket's.

    Ends with `AuthRefused` where the exchange refuses; the connection goes on. Raises `InvalidArgument` for a
    ``timeout`` that is not above 0, and for a secret that cannot be one. Source: Kraken's guide "Futures WebSockets".
    """
    check_timeout(timeout)
    signs = Signer.of(signer)

    def ask_on(socket: Socket) -> Observable[ProvenSocket]:
        def ask() -> None:
            socket.send({"event": "challenge", "api_key": signs.key.reveal()})

        def judge(message: Json) -> ProvenSocket | None:
            if not isinstance(message, dict):
                return None
            event, text = message.get("event"), message.get("message")
            if event == "challenge" and isinstance(text, str):
                return ProvenSocket(socket, signs.key, text, _signature(signs, text))
            if event in {"error", "alert"} and not about_subscriptions(str(text)):
                raise AuthRefused(str(text))
            return None

        def tell(proven: ProvenSocket) -> ProvenSocket:
            if isinstance(messages, MessageStream):
                messages.announce(Authenticated(proven))
            return proven

        def give_up(error: Exception, _: Observable[ProvenSocket]) -> Observable[ProvenSocket]:
            if not isinstance(error, TransientError):
                return rx.throw(error)
            if not isinstance(error, ConnectionClosed):  # that is the end of the messages, and so of the connection
                socket.drop(error)
            return rx.empty()

        clock = scheduler or socket.scheduler
        answer: Observable[ProvenSocket] = first_answer(
            messages, judge, timeout=timeout, request="the challenge", scheduler=clock, ask=ask
        )
        return answer.pipe(ops.map(tell), ops.catch(give_up))

    return each_socket(ask_on)


def _signature(signer: Signer, challenge: str) -> str:
    kind: str | None = None
    signature: object = None
    try:
        signature = signer.sign(challenge)
    except Exception as error:
        kind = type(error).__name__
    if kind is None and isinstance(signature, str) and signature:
        return signature
    # Raised out here, so that nothing of what the signer held is kept: neither a cause nor a traceback.
    raise TokenError(kind or "EmptySignature")


class PrivateConnection(Connection):
    """A connection that proves who we are on each new socket; see `private_connection`."""

    def __init__(self, source: Callable[..., Observable[SocketEvent]], signer: Credentials | Signer) -> None:
        super().__init__(source, make_dialect())
        self._answer = answer_challenge(signer, self.messages)
        self._proving: DisposableBase | None = None
        self._starting = threading.Lock()

    def connect(self, scheduler: SchedulerBase | None = None) -> DisposableBase:
        """See `Connection.connect`."""
        link = super().connect(scheduler)
        with self._starting:
            is_new = link is not self._proving
            self._proving = link
        if is_new and isinstance(link, CompositeDisposable):
            link.add(self._prove())
        return link

    def _prove(self) -> DisposableBase:
        newest: list[Socket] = []

        def remember(socket: Socket) -> None:
            newest[:] = [socket]

        def refused(error: Exception) -> None:
            # Without it this connection is good for nothing: it ends, for everybody, with the reason.
            if isinstance(error, AuthRefused) and newest:
                newest[0].drop(error)

        sockets = self.pipe(filter_new_socket_only(), ops.do_action(remember))
        return sockets.pipe(self._answer).subscribe(on_error=refused)


def private_connection(
    signer: Credentials | Signer,
    url: str | None = None,
    *,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    open_timeout: float = 10.0,
    max_message: int = 4 * 2**20,
    proxy: str | None = None,
    ca_file: str | None = None,
) -> PrivateConnection:
    """Prepare a connection to Kraken's futures that proves who we are on each new socket.

    Its ``authenticated_socket()`` gives the sockets that private feeds need, to who comes late too. Public feeds can be
    had on it as well.

    Args:
        signer: the API key (`Credentials`), or a `Signer` where the secret is to stay elsewhere.
        url: where to connect; None: Kraken's own address. `DEMO_URL` is its demo, which has keys of its own.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together.
        max_message: bytes that a message may have.
        proxy: ``http://user:password@host:port`` of an HTTP proxy.
        ca_file: a file of further certificate authorities to trust.

    It ends with `AuthRefused` where the exchange does not know the key. No key, challenge or signature shows in any
    event, message or error. Raises `InvalidArgument` for a value that cannot be right.
    """
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    options = {"open_timeout": open_timeout, "max_message": max_message, "proxy": proxy, "ca_file": ca_file}
    return PrivateConnection(lambda receive: open_link(url, receive, options).pipe(reconnect), signer)
