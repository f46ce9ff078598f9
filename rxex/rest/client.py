"""A client of an exchange's REST endpoints: every call is a cold Observable of one answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import attrs
from attrs import frozen
from reactivex import Observable, abc

from rxex.auth import Credentials, ServerClock
from rxex.clock import default_clock, wall_ns
from rxex.errors import AnswerLost, ClockSkew, InvalidArgument, MalformedMessage, RxexError
from rxex.fanout import GuardedObservable, Receiver
from rxex.rest.call import Call
from rxex.rest.endpoint import Endpoint, NoParameters
from rxex.rest.limits import Limiter
from rxex.rest.messages import HttpRequest, RateLimit, RawResponse, Request, Response
from rxex.rest.parameters import written
from rxex.rest.transport import Address, Attempt, Stopped, Transport, parse_address
from rxex.rest.workers import Workers
from rxex.socket import require_positive

__all__ = ["After", "Before", "RestClient", "RestDialect", "retry_delays"]

T = TypeVar("T")
Before: TypeAlias = Callable[[Request], Request]
After: TypeAlias = Callable[[Request, RawResponse], RawResponse]


def retry_delays() -> Iterator[float]:
    """Three more attempts, after half a second, one and two, and up to a fifth more at random."""
    for delay in (0.5, 1.0, 2.0):
        yield delay * (1 + 0.2 * random.random())  # noqa: S311 - spreads clients, guards nothing


def _tells_nothing(_: RawResponse) -> RateLimit | None:
    return None


@frozen
class RestDialect:
    """How a venue's endpoints are spoken to."""

    write: Callable[[Endpoint[..., Any], Request, Credentials | None, ServerClock], HttpRequest]
    """Writes a request down, and signs it where the endpoint is private."""
    read: Callable[[Endpoint[..., Any], RawResponse], Any]
    """Gives the decoded result of an answer, or raises what the exchange says instead."""
    server_time: Any = None
    """The endpoint whose data has the exchange's ``time`` in nanoseconds since the epoch; a tuple: one for each host,
    the main one first."""
    rate_limit: Callable[[RawResponse], RateLimit | None] = _tells_nothing
    """What an answer tells about the exchange's limits."""
    in_turn: bool = True
    """Whether calls with one key have to arrive in order, as numbers that only rise do."""
    native: bool = False
    """Whether ``write`` is given flags and whole numbers as they are, instead of as texts."""


class RestClient:
    """Calls the endpoints of one exchange. Thread-safe; `close` it, or use it in a ``with``.

    Nothing is sent before a call's Observable is subscribed to, and each subscription is one call. It emits one
    `Response` and completes, or ends with an error, on a daemon thread named ``rxex-rest-<host>-<number>``. Disposing
    cancels: what has not been sent is not sent any more, and nothing is emitted.

    Calls that may change something (``Endpoint.effect``) are sent at most once for each subscription. Their errors say
    what is known: `RequestTimeout` and `AnswerLost`: it may have taken effect. `NotSent`, `ConnectError` and
    `CertificateError`: nothing has left. Every other: the exchange, or a proxy before it, refused it.

    Calls with one key go out one after the other where the exchange wants them in order, those that may change
    something first; else as many at once as there are connections.
    """

    def __init__(
        self,
        url: str,
        dialect: RestDialect,
        *,
        urls: Mapping[str, str] | None = None,
        credentials: Credentials | None = None,
        limiter: Limiter | None = None,
        delays: Callable[[], Iterator[float]] = retry_delays,
        connect_timeout: float = 5.0,
        read_timeout: float = 10.0,
        patience: float = 30.0,
        before: Sequence[Before] = (),
        after: Sequence[After] = (),
        max_answer: int = 16 * 2**20,
        hosts: int = 1,
        connections: int = 8,
        keep_alive: bool = True,
        proxy: str | None = None,
        ca_file: str | None = None,
        scheduler: abc.SchedulerBase | None = None,
    ) -> None:
        """Prepare a client; nothing is opened yet.

        Args:
            url: Scheme, host and port of the endpoints; ``https://``, or ``http://`` on this machine.
            dialect: How the exchange is spoken to.
            urls: The same for endpoints that are at other hosts, by their ``base``.
            credentials: The key for private endpoints; None: there are public ones only.
            limiter: Says when calls may go out; None: at once.
            delays: Makes the seconds to wait before each further attempt of a call that changes nothing.
            connect_timeout: Seconds to connect, for each address of the host; the look-up has the system's own limit.
            read_timeout: Seconds for the answer to come whole, and between two parts of it.
            patience: Seconds that a call waits for its turn before it ends with `NotSent` or `RateLimited`; an
                exchange that asks to wait for longer is not waited for either.
            before: Each sees and may replace a request before it is written down and signed, on the call's thread.
            after: Each sees and may replace the answer, before it is read, on the call's thread.
            max_answer: Bytes that an answer may have, decompressed.
            hosts: Hosts to keep connections for.
            connections: Connections to keep for each host, and calls that wait for an answer at once.
            keep_alive: Whether a connection is used again; False: each call asks the exchange to close its own.
            proxy: ``http://user:password@host:port`` of an HTTP proxy. The environment is not looked at.
            ca_file: A PEM file with a certificate authority to trust besides the system's.
            scheduler: Runs calls and pauses; None: threads of the client, and `rxex.clock.default_clock`.

        Raises `InvalidArgument` for a value that cannot be right.
        """
        address = parse_address(url)
        require_positive(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            patience=patience,
            max_answer=max_answer,
            hosts=hosts,
            connections=connections,
        )
        if not callable(delays):
            raise InvalidArgument("delays", delays, "pass the function that makes the delays, not what it gave")
        self._dialect = dialect
        self._credentials = credentials
        self._limiter = limiter
        self._delays = delays
        self._patience = patience
        self._before = tuple(before)
        self._after = tuple(after)

        def transport(address: Address) -> Transport:
            return Transport.make(
                address,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                max_answer=max_answer,
                hosts=hosts,
                connections=connections,
                keep_alive=keep_alive,
                proxy=proxy,
                ca_file=ca_file,
            )

        others = {base: parse_address(each) for base, each in (urls or {}).items()}
        made = {str(each): transport(each) for each in (address, *others.values())}
        self._transports = {base: made[str(each)] for base, each in {"": address, **others}.items()}
        times = dialect.server_time if isinstance(dialect.server_time, tuple) else (dialect.server_time,)
        self._times: tuple[Endpoint[..., Any], ...] = tuple(each for each in times if each is not None)
        self._workers = Workers(f"rxex-rest-{address.host}", connections)
        self._scheduler = scheduler
        self.clock = ServerClock()
        """The exchange's time; measured with each answer of its time endpoint."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._transports[''].address}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def has_credentials(self) -> bool:
        """Whether private endpoints can be called."""
        return self._credentials is not None

    def close(self) -> None:
        """Close the connections that are kept. Calls in progress go on; a later call opens what it needs."""
        for transport in self._transports.values():
            transport.close()

    def call(self, endpoint: Endpoint[..., T], parameters: Any) -> Observable[Response[T]]:
        """Make the Observable of a call; see the class. Endpoints are called by their own methods.

        Raises `InvalidArgument` for a private endpoint where there are no credentials, and for one whose host was not
        given.
        """
        if endpoint.base not in self._transports:
            raise InvalidArgument("url", None, f"{endpoint.name} is at another host; give the url of {endpoint.base!r}")
        if endpoint.private and self._credentials is None:
            raise InvalidArgument("credentials", None, f"{endpoint.name} is private; make the client with credentials")
        one_by_one = endpoint.private and self._dialect.in_turn
        turns = self._credentials.turns if one_by_one and self._credentials is not None else None

        def join(observer: Receiver[Response[T]]) -> abc.DisposableBase:
            call = Call(
                observer,
                endpoint.name,
                wait=lambda: 0.0 if self._limiter is None else self._limiter.wait(endpoint, parameters),
                turns=turns,
                urgent=endpoint.effect,
                run=lambda action: self._run(action, urgent=endpoint.effect),
                work=lambda attempt: self._work(endpoint, parameters, attempt),
                delays=iter(()) if endpoint.effect else self._retries(),
                patience=self._patience,
                scheduler=self._scheduler or default_clock(),
            )
            call.start()
            return call

        return GuardedObservable(join)

    # On the thread of a call.

    def _run(self, action: Callable[[], None], *, urgent: bool) -> None:
        if self._scheduler is None:
            self._workers.run(action, urgent=urgent)
        else:
            self._scheduler.schedule(lambda *_: action())

    def _retries(self) -> Iterator[float]:
        for delay in self._delays():
            if not (isfinite(delay) and delay >= 0):
                raise InvalidArgument("delays", delay, "each of them has to be seconds, 0 or more")
            yield delay

    def _work(self, endpoint: Endpoint[..., T], parameters: Any, attempt: Attempt) -> Response[T]:
        """Do one call; what it raises is what it ends with, or the reason to try again."""
        failure: Exception
        try:
            response = self._ask_in_time(endpoint, parameters, attempt)
        except Stopped:
            raise
        except RxexError as error:
            # What our own errors tell is enough; a frame of theirs could hold what was signed.
            failure = error.with_traceback(None)
        except Exception as error:
            failure = error
        else:
            if self._limiter is not None:
                self._limiter.told(endpoint, parameters, response.data)
            return response
        failure = self._honest(endpoint, failure, attempt)
        if self._limiter is not None:
            self._limiter.told(endpoint, parameters, failure)
        raise failure

    def _honest(self, endpoint: Endpoint[..., Any], error: Exception, attempt: Attempt) -> Exception:
        """Never let an error read as a refusal where nobody knows."""
        if not attempt.is_sent:
            return error
        if isinstance(error, MalformedMessage):
            # Its excerpt could be a part of a secret.
            unreadable = AnswerLost(endpoint.name, f"it cannot be read: {error.reason}")
            unreadable.rate_limit = error.rate_limit
            return unreadable
        if endpoint.effect and not isinstance(error, RxexError):
            lost = AnswerLost(endpoint.name, f"what came was not understood ({type(error).__name__})")
            lost.__cause__ = error
            return lost
        return error

    def _ask_in_time(self, endpoint: Endpoint[..., T], parameters: Any, attempt: Attempt) -> Response[T]:
        try:
            return self._ask(endpoint, parameters, attempt)
        except ClockSkew as error:
            skew = error
        skew.offset = self._offset(endpoint.base, attempt)
        if endpoint.effect:
            raise skew
        try:
            return self._ask(endpoint, parameters, attempt)
        except ClockSkew as error:
            error.offset = skew.offset
            raise

    def _offset(self, base: str, attempt: Attempt) -> float | None:
        if self._times:
            endpoint = next((each for each in self._times if each.base == base), self._times[0])
            try:
                self._ask(endpoint, NoParameters(), attempt)
            except RxexError:
                return None
        return self.clock.offset

    def _ask(self, endpoint: Endpoint[..., T], parameters: Any, attempt: Attempt) -> Response[T]:
        given = written(parameters, native=self._dialect.native)
        request = Request(endpoint.name, endpoint.method, endpoint.path, given)
        for change in self._before:
            request = change(request)
        attempt.begin()
        asked = wall_ns()
        sent = self._dialect.write(endpoint, request, self._credentials if endpoint.private else None, self.clock)
        raw = self._transports[endpoint.base].send(sent, attempt)
        limit = self._dialect.rate_limit(raw)
        if limit is not None and self._limiter is not None:
            self._limiter.told(endpoint, parameters, limit)
        kept = attrs.evolve(raw, body=b"") if endpoint.secret else raw
        for look in self._after:
            kept = look(request, kept)
        try:
            data = self._read(endpoint, parameters, raw if endpoint.secret else kept)
        except RxexError as error:
            error.rate_limit = limit
            raise
        if endpoint in self._times:
            self.clock.measure(asked, getattr(data, "time"), raw.received)  # noqa: B009 - what such data has
        if limit is None and self._limiter is not None:
            limit = self._limiter.rate_limit(endpoint, parameters)
        return Response(data, kept, limit, raw.received)

    def _read(self, endpoint: Endpoint[..., T], parameters: Any, raw: RawResponse) -> T:
        try:
            return endpoint.read(self._dialect.read(endpoint, raw), parameters, raw.received)
        except (LookupError, TypeError, AttributeError, ArithmeticError, ValueError) as error:
            if isinstance(error, RxexError):
                raise
            raise MalformedMessage(f"{type(error).__name__} in the result") from error
