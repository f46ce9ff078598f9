"""The way of a call over HTTP in virtual time: to a simulated exchange that has no sockets, and back at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.errors import AnswerLost
from rxex.rest import HttpRequest, RawResponse, RestClient
from rxex.rest.transport import Attempt
from rxex.sandbox import VirtualExchange
from rxex.sandbox.http import HttpCall

C = TypeVar("C", bound=RestClient)


class _Line:
    """What an attempt can cut."""

    attempt: Any = None

    def cut(self) -> None:
        pass


class VirtualTransport:
    """Stands in for `rxex.rest.transport.Transport`."""

    def __init__(self, exchange: VirtualExchange, server: str = "") -> None:
        self._exchange = exchange
        self._server = server
        self.delay = 0.0
        """Seconds that the exchange took for its last answer."""

    def close(self) -> None:
        pass

    def send(self, request: HttpRequest, attempt: Attempt) -> RawResponse:
        attempt.sending(_Line())  # type: ignore[arg-type]
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(parse_qsl(request.query))
        body = request.body or b""
        call = HttpCall(
            0.0, request.method, request.path, query, headers, body, raw_query=request.query, server=self._server
        )
        reply = self._exchange.ask(call)
        attempt.finish()
        self.delay = 0.0 if reply is None else reply.delay
        if reply is None:
            return RawResponse(404, {}, b"")
        if reply.status == 0:
            raise AnswerLost(request.name, "the connection broke")
        told = {} if reply.retry_after is None else {"retry-after": f"{reply.retry_after:g}"}
        return RawResponse(reply.status, {"content-type": reply.content_type, **told}, reply.body)


def in_its_time(client: C, exchange: VirtualExchange, latency: Callable[[], float], *servers: str) -> C:
    """As `to_virtual`; answers and errors come after the time that the exchange takes, and ``latency`` seconds."""
    to_virtual(client, exchange, *servers)
    transports: Any = client._transports
    call, scheduler = client.call, exchange._scheduler

    def later(endpoint: Any, parameters: Any) -> Observable[Any]:
        way = latency()

        def delayed(notification: Any) -> Observable[Any]:
            return rx.timer(way + transports[endpoint.base].delay, scheduler=scheduler).pipe(
                ops.map(lambda _: notification)
            )

        answer = call(endpoint, parameters).pipe(ops.materialize(), ops.map(delayed), ops.merge_all())
        return answer.pipe(ops.dematerialize())

    client.call = later  # type: ignore[method-assign]
    return client


def to_virtual(client: C, exchange: VirtualExchange, *servers: str) -> C:
    """Have a client, made with the scheduler of ``exchange``, call it; ``servers`` have an address of their own."""
    transports: Any = {base: VirtualTransport(exchange, base if base in servers else "") for base in client._transports}
    client._transports = transports
    return client
