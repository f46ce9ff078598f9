"""Kraken's REST endpoints: one table, turned into typed methods.

Names of parameters and their meaning are Kraken's own: https://docs.kraken.com/api/docs/rest-api/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.auth import Credentials
from rxex.errors import InvalidArgument
from rxex.exchanges.kraken.rate_limit import Tier
from rxex.exchanges.kraken.rest import models, wire
from rxex.exchanges.kraken.rest.endpoints import PRIVATE, PUBLIC, TIME, Endpoints
from rxex.exchanges.kraken.rest.limits import RestLimits
from rxex.rest import After, Before, Endpoint, Limiter, Response, RestDialect, retry_delays
from rxex.rest.parameters import given

__all__ = ["REST_URL", "KrakenRest", "client", "get_websockets_token"]

REST_URL = "https://api.kraken.com"
T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,60}")


def _as_it_is(result: Any) -> Any:
    return result


class KrakenRest(Endpoints):
    """Kraken's endpoints as methods; each makes a cold Observable of one `Response`. Made by `client`."""

    @overload
    def raw(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        private: bool = True,
        effect: bool = True,
        cost: float = 1.0,
        json: bool = False,
    ) -> Observable[Response[Any]]: ...
    @overload
    def raw(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        private: bool = True,
        effect: bool = True,
        cost: float = 1.0,
        json: bool = False,
        read: Callable[[Any], T],
    ) -> Observable[Response[T]]: ...
    def raw(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        private: bool = True,
        effect: bool = True,
        cost: float = 1.0,
        json: bool = False,
        read: Callable[[Any], Any] = _as_it_is,
    ) -> Observable[Response[Any]]:
        """Call an endpoint that has no method here, with signature, limits, errors and all.

        Args:
            name: Kraken's word for it, as in ``TradeVolume``.
            parameters: by Kraken's names: texts, whole numbers, Decimals, flags, or lists and objects of such.
            private: whether it is signed.
            effect: whether it may change something: it is then sent once at most. False: it is tried again where it
                failed for now.
            cost: what it counts against the limit of calls.
            json: whether the parameters are sent as JSON; else as a form, lists with commas between.
            read: makes the data of the decoded result; by default the result itself, its numbers exact. What it raises
                ends the call.

        Raises `InvalidArgument` for what cannot be a name or a parameter, for an endpoint that has a method, and for a
        private one where there are no credentials.
        """
        if not _NAME.fullmatch(str(name)):
            raise InvalidArgument("name", name, "give Kraken's word for the endpoint alone, as in 'TradeVolume'")
        method = next((key for key, each in vars(Endpoints).items() if getattr(each, "name", None) == name), None)
        if method is not None:
            raise InvalidArgument("name", name, f"it has a method of its own: {method}")
        endpoint: Endpoint[Any, Any] = Endpoint(
            name,
            "POST" if private else "GET",
            f"{PRIVATE if private else PUBLIC}{name}",
            dict,
            lambda result, _, __: read(result),
            private=private,
            effect=effect,
            cost=cost,
            json=json,
        )
        return self.call(endpoint, given(parameters or {}, lists=json))


_DIALECT = RestDialect(wire.write, wire.read, server_time=TIME)


def client(
    credentials: Credentials | None = None,
    *,
    url: str = REST_URL,
    tier: Tier | str = Tier.STARTER,
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
    proxy: str | None = None,
    ca_file: str | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> KrakenRest:
    """Prepare a client of Kraken's REST endpoints; see `rxex.rest.RestClient` for calls, errors and threads.

    Args:
        credentials: The API key; a passphrase is sent as its one-time password. None: public endpoints only.
        url: Where the endpoints are.
        tier: How far the account is verified, for the limits that we keep to.
        limiter: Counts calls instead of one made for ``tier``, as `RestLimits` that several clients share.
        delays: As all that follow, see `rxex.rest.RestClient`.
        connect_timeout: Seconds.
        read_timeout: Seconds.
        patience: Seconds.
        before: Interceptors of requests.
        after: Interceptors of answers.
        max_answer: Bytes.
        hosts: Hosts to keep connections for.
        connections: Connections to keep.
        proxy: ``http://user:password@host:port``.
        ca_file: A PEM file.
        scheduler: Runs calls and pauses.

    Raises `InvalidArgument` for a value that cannot be right.

    >>> with client() as rest:
    ...     call = rest.ticker(pair="BTC/USD")
    >>> rest
    <KrakenRest of https://api.kraken.com>
    """
    if credentials is not None:
        wire.check_credentials(credentials)
    return KrakenRest(
        url,
        _DIALECT,
        credentials=credentials,
        limiter=limiter or RestLimits(tier, scheduler=scheduler),
        delays=delays,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        patience=patience,
        before=before,
        after=after,
        max_answer=max_answer,
        hosts=hosts,
        connections=connections,
        proxy=proxy,
        ca_file=ca_file,
        scheduler=scheduler,
    )


def get_websockets_token(rest: KrakenRest | Credentials) -> Callable[[], Observable[str]]:
    """Make a token source for `rxex.operators.add_token`, of a client or of the credentials for one.

    One token is minted at a time, as any call with the same credentials goes out alone.

    >>> from rxex.operators import add_token
    >>> operator = add_token(get_websockets_token(Credentials("key", "c2VjcmV0")))
    """
    source = client(rest) if isinstance(rest, Credentials) else rest

    def ask() -> Observable[str]:
        return source.websockets_token().pipe(ops.map(_reveal))

    return ask


def _reveal(response: Response[models.WebSocketsToken]) -> str:
    return response.data.token.reveal()
