"""An exchange as plain as can be, for tests of what is not any exchange's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from attrs import frozen
from reactivex import Observable

from rxex.auth import Credentials, ServerClock
from rxex.codec import decode
from rxex.errors import ClockSkew, RateLimited
from rxex.rest import (
    Endpoint,
    HttpRequest,
    NoParameters,
    RawResponse,
    Request,
    Response,
    RestClient,
    RestDialect,
    check_status,
)
from rxex.rest.parameters import checked, text, whole

T = TypeVar("T")
CANARY = "canary-5up3r-s3cr3t"


@frozen
class Time:
    time: int


@frozen(kw_only=True, field_transformer=checked)
class Numbers:
    name: Annotated[str | None, text("a name")] = None
    count: Annotated[int | None, whole("how many", 0, 10)] = None


def _data(result: Any, _: Any, __: int) -> Any:
    return result["data"]


TIME = Endpoint("Time", "GET", "/time", NoParameters, lambda result, _, __: Time(result["ns"]), doc="The time.")


class PlainRest(RestClient):
    time = TIME
    ask = Endpoint("Ask", "GET", "/ask", Numbers, _data, doc="A public read.")
    mine = Endpoint("Mine", "POST", "/mine", Numbers, _data, private=True, doc="A private read.")
    order = Endpoint("Order", "POST", "/order", Numbers, _data, private=True, effect=True, doc="An order.")
    token = Endpoint("Token", "POST", "/token", NoParameters, _data, private=True, secret=True, doc="A secret.")


def write(
    endpoint: Endpoint[..., Any], request: Request, credentials: Credentials | None, _: ServerClock
) -> HttpRequest:
    query = urlencode(request.parameters)
    if credentials is None:
        return HttpRequest(request.name, request.method, request.path, query, request.headers)
    body = f"nonce={credentials.nonces.next()}&{query}".encode()
    headers = {**request.headers, "Key": credentials.key.reveal(), "Sign": credentials.secret.reveal()}
    return HttpRequest(request.name, request.method, request.path, "", headers, body)


def read(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    check_status(endpoint, raw)
    result = decode(raw.body)
    if isinstance(result, dict) and "error" in result:
        raise {"nonce": ClockSkew(endpoint.name, "nonce"), "rate": RateLimited("rate", 0.2)}[result["error"]]
    return result


def plain(url: str, **options: Any) -> PlainRest:
    """Make a client with a key, that does not wait long before it tries again."""
    defaults: dict[str, Any] = {
        "credentials": Credentials(f"key-{CANARY}", f"secret-{CANARY}"),
        "delays": lambda: iter((0.01, 0.02)),
        "connect_timeout": 0.5,
        "read_timeout": 0.5,
    }
    return PlainRest(url, RestDialect(write, read, server_time=TIME), **(defaults | options))


class Outcome(Generic[T]):
    """One subscription to a call and everything it was told."""

    def __init__(self, call: Observable[T], on_next: Callable[[T], None] | None = None) -> None:
        self.items: list[T] = []
        self.error: Exception | None = None
        self.threads: list[str] = []
        self.ended = threading.Event()
        self._on_next = on_next
        self.subscription = call.subscribe(self._next, self._error, self.ended.set)

    def _next(self, item: T) -> None:
        assert not self.ended.is_set()
        self.threads.append(threading.current_thread().name)
        self.items.append(item)
        if self._on_next is not None:
            self._on_next(item)

    def _error(self, error: Exception) -> None:
        assert not self.ended.is_set()
        self.error = error
        self.ended.set()

    def wait(self, seconds: float = 5.0) -> Outcome[T]:
        assert self.ended.wait(seconds), "no end"
        return self


def outcome(call: Observable[Response[T]]) -> Outcome[Response[T]]:
    """Subscribe and wait for the end."""
    return Outcome(call).wait()


def data(call: Observable[Response[T]]) -> T:
    """Subscribe, and give the data of the answer; fails with the error if there is none."""
    end = outcome(call)
    if end.error is not None:
        raise end.error
    (response,) = end.items
    return response.data


def error(call: Observable[Any]) -> Exception:
    """Subscribe, and give the error that it ends with."""
    end = outcome(call)
    assert end.error is not None, f"no error, but {end.items}"
    return end.error
