"""TheOne's REST endpoints: one table, turned into typed methods.

Source: TheOne's documents on REST, and its public Python clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.auth import Credentials, Secret
from rxex.errors import InvalidArgument
from rxex.exchanges.theone import models as told
from rxex.exchanges.theone.models import OrderStatus, Swap
from rxex.exchanges.theone.parameters import EstimateParameters
from rxex.exchanges.theone.refusals import BrokerRefused, ErrorCode
from rxex.exchanges.theone.rest import models, parameters, wire
from rxex.exchanges.theone.rest.limits import RestLimits
from rxex.exchanges.theone.signing import KeyDerivation, Signer
from rxex.exchanges.theone.swaps import SwapQuery
from rxex.rest import After, Before, Endpoint, Limiter, NoParameters, Response, RestClient, RestDialect, retry_delays

__all__ = ["REST_URL", "TheOneRest", "client", "swap_query"]

REST_URL = "https://partner-api.the-one.io"
T = TypeVar("T")

_TIME = Endpoint(
    "time", "GET", "/api/v1/time", NoParameters, models.read_server_time, doc="Ask what time it is at TheOne."
)


def _read_estimate(data: Any, asked: EstimateParameters, received: int) -> told.Estimate:
    return told.read_estimate(data, received, asked.asset_in, asked.asset_out, asked.amount)


class TheOneRest(RestClient):
    """TheOne's endpoints as methods; each makes a cold Observable of one `Response`. Made by `client`."""

    server_time = _TIME
    health = Endpoint(
        "healthz", "GET", "/healthz", NoParameters, models.read_health, doc="Ask whether the service is well."
    )
    version = Endpoint(
        "version", "GET", "/version", NoParameters, models.read_version, doc="Ask what the service is made of."
    )
    estimate = Endpoint(
        "estimate",
        "POST",
        "/api/v1/estimate",
        EstimateParameters,
        _read_estimate,
        private=True,
        json=True,
        doc="Ask what a swap would give.",
    )
    swap = Endpoint(
        "swap",
        "POST",
        "/api/v1/swap",
        parameters.Swap,
        lambda data, _, received: told.read_placed(data, received),
        private=True,
        effect=True,
        json=True,
        doc="Swap. Give a client_id: by that it is found again where no answer comes (see order_status).",
    )
    order_status = Endpoint(
        "order_status",
        "GET",
        "/api/v1/orders/{id}/status",
        parameters.OrderId,
        lambda data, _, received: told.read_status(data, received),
        private=True,
        doc="Ask how an order stands.",
    )
    balances = Endpoint(
        "balances",
        "GET",
        "/api/v1/balances",
        NoParameters,
        lambda data, _, received: told.read_balances(data, received),
        private=True,
        doc="Ask for what we have.",
    )
    keys = Endpoint(
        "keys",
        "GET",
        wire.KEYS_PATH,
        parameters.Keys,
        models.read_keys,
        private=True,
        doc="Ask for the API keys; needs the broker's token.",
    )
    key = Endpoint(
        "key",
        "GET",
        f"{wire.KEYS_PATH}/{{uuid}}",
        parameters.KeyId,
        models.read_key,
        private=True,
        doc="Ask for one API key; needs the broker's token.",
    )
    create_key = Endpoint(
        "create_key",
        "POST",
        wire.KEYS_PATH,
        parameters.NewKey,
        models.read_new_key,
        private=True,
        effect=True,
        json=True,
        secret=True,
        doc="Make an API key, whose secret is told now and never again; needs the broker's token.",
    )
    delete_key = Endpoint(
        "delete_key",
        "DELETE",
        f"{wire.KEYS_PATH}/{{uuid}}",
        parameters.KeyId,
        models.read_nothing,
        private=True,
        effect=True,
        doc="Delete an API key; needs the broker's token.",
    )

    signs = False
    has_broker_token = False

    def call(self, endpoint: Endpoint[..., T], parameters: Any) -> Observable[Response[T]]:
        """See `rxex.rest.RestClient.call`; also raises `InvalidArgument` where the broker's token is missing."""
        is_about_keys = endpoint.path.startswith(wire.KEYS_PATH)
        if is_about_keys and not self.has_broker_token:
            raise InvalidArgument("broker_token", None, f"{endpoint.name} needs it; make the client with it")
        if endpoint.private and not is_about_keys and not self.signs:
            raise InvalidArgument("credentials", None, f"{endpoint.name} is private; make the client with credentials")
        return super().call(endpoint, parameters)


def client(
    credentials: Credentials | Signer | None = None,
    *,
    url: str = REST_URL,
    key_derivation: KeyDerivation = "sha256-base64url",
    broker_token: str | Secret | None = None,
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
) -> TheOneRest:
    """Prepare a client of TheOne's REST endpoints; see `rxex.rest.RestClient` for calls, errors and threads.

    Codes are errors: `AuthRefused` (UNAUTHORIZED, INVALID_SIGNATURE, MISSING_API_KEY), `ClockSkew` (EXPIRED_REQUEST,
    INVALID_NONCE), `RateLimited` (RATE_LIMIT; `AnswerLost` of a swap), `AnswerLost` (INTERNAL_ERROR); all others are
    `BrokerRefused` with their `ErrorCode`.

    Args:
        credentials: The API key, or a `Signer` where the secret is to stay elsewhere; None: public endpoints only
            (`credentials_from_environment` gives those of the environment).
        url: Where the endpoints are.
        key_derivation: How the key of the signature is made of the secret; see `derive_key`.
        broker_token: The broker's own token, for the endpoints about API keys.
        limiter: Counts calls instead of a `RestLimits` of this client's own.
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
    ...     call = rest.server_time()
    >>> rest
    <TheOneRest of https://partner-api.the-one.io>
    """
    signer = None if credentials is None else Signer.of(credentials, key_derivation)
    token = Secret(broker_token) if isinstance(broker_token, str) else broker_token
    rest = TheOneRest(
        url,
        RestDialect(wire.writer(signer, token), wire.read, server_time=_TIME, native=True),
        credentials=_stand_in(signer, token),
        limiter=limiter or RestLimits(scheduler=scheduler),
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
    rest.signs, rest.has_broker_token = signer is not None, token is not None
    return rest


def _stand_in(signer: Signer | None, token: Secret | None) -> Credentials | None:
    """Tell the shared client that there is a key. What signs is the dialect's: the secret may be nowhere near."""
    known = signer.key if signer is not None else token
    return None if known is None else Credentials(known, known)


def swap_query(rest: TheOneRest) -> SwapQuery:
    """Make what ``do_swap_factory(query=…)`` takes, of a client with credentials.

    By TheOne's id where it is known, else by the client id. That there is no such order (NOT_FOUND) is believed after
    the factory's ``settle``: REST is documented to look for client ids.
    """

    def nothing(error: Exception, _: Observable[OrderStatus]) -> Observable[OrderStatus]:
        if isinstance(error, BrokerRefused) and error.code is ErrorCode.NOT_FOUND:
            return rx.empty()
        return rx.throw(error)

    def query(swap: Swap) -> Observable[OrderStatus]:
        asked = rest.order_status(swap.order_id or swap.client_id, swap.client_id)
        return asked.pipe(ops.map(_data), ops.catch(nothing))

    return query


def _data(response: Response[OrderStatus]) -> OrderStatus:
    return response.data
