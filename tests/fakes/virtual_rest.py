"""The way of a call over HTTP in virtual time: to a simulated exchange that has no sockets, and back at once."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import parse_qsl

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

    def __init__(self, exchange: VirtualExchange) -> None:
        self._exchange = exchange

    def close(self) -> None:
        pass

    def send(self, request: HttpRequest, attempt: Attempt) -> RawResponse:
        attempt.sending(_Line())  # type: ignore[arg-type]
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(parse_qsl(request.query))
        body = request.body or b""
        call = HttpCall(0.0, request.method, request.path, query, headers, body, raw_query=request.query)
        reply = self._exchange.ask(call)
        attempt.finish()
        if reply is None:
            return RawResponse(404, {}, b"")
        if reply.status == 0:
            raise AnswerLost(request.name, "the connection broke")
        told = {} if reply.retry_after is None else {"retry-after": f"{reply.retry_after:g}"}
        return RawResponse(reply.status, {"content-type": reply.content_type, **told}, reply.body)


def to_virtual(client: C, exchange: VirtualExchange) -> C:
    """Have a client, made with the scheduler of ``exchange``, call it."""
    transport: Any = VirtualTransport(exchange)
    client._transports = dict.fromkeys(client._transports, transport)
    return client
