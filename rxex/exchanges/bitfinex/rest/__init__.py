"""Bitfinex's REST endpoints: one table, turned into typed methods.

Names of parameters are Bitfinex's own, and so is their meaning, but that times are given as nanoseconds since the epoch
or as datetimes, and flags as True or False: https://docs.bitfinex.com/reference
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Unpack, overload

from attrs import evolve
from reactivex import Observable

from rxex.auth import Credentials, Secret
from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest import wire
from rxex.exchanges.bitfinex.rest.limits import RestLimits
from rxex.exchanges.bitfinex.rest.models.accepted import plain_or_accepted
from rxex.exchanges.bitfinex.rest.parameters.orders import (
    AddOrder,
    CancelOrder,
    CancelOrders,
    EditOrder,
    Meta,
    OrderFlags,
)
from rxex.exchanges.bitfinex.rest.table.account import Account
from rxex.exchanges.bitfinex.rest.table.funding import Funding
from rxex.exchanges.bitfinex.rest.table.market import Market
from rxex.exchanges.bitfinex.rest.table.orders import Orders
from rxex.exchanges.bitfinex.rest.table.rows import ask, ask_mine
from rxex.rest import Limiter, Response, RestDialect, RestOptions
from rxex.rest.parameters import given

__all__ = [
    "PUBLIC_REST_URL",
    "REST_URL",
    "AddOrder",
    "BitfinexRest",
    "CancelOrder",
    "CancelOrders",
    "EditOrder",
    "Meta",
    "OrderFlags",
    "RestLimits",
    "client",
]

T = TypeVar("T")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:,-]*(?:[./][A-Za-z0-9_:,-]+)*")
_LONGEST = 300
REST_URL = "https://api.bitfinex.com"
PUBLIC_REST_URL = "https://api-pub.bitfinex.com"


def _as_it_is(result: Any) -> Any:
    return result


class BitfinexRest(Market, Orders, Account, Funding):
    """Bitfinex's endpoints as methods; each makes a cold Observable of one `Response`. Made by `client`.

    Calls with one key go out one after the other, as Bitfinex wants their numbers to rise.
    """

    @overload
    def raw(
        self, path: str, parameters: Mapping[str, Any] | None = None, *, effect: bool = True, secret: bool = False
    ) -> Observable[Response[Any]]: ...
    @overload
    def raw(
        self,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        effect: bool = True,
        secret: bool = False,
        read: Callable[[Any], T],
    ) -> Observable[Response[T]]: ...
    def raw(
        self,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        effect: bool = True,
        secret: bool = False,
        read: Callable[[Any], Any] = _as_it_is,
    ) -> Observable[Response[Any]]:
        """Call an endpoint that has no method here, with signature, limits, errors and all.

        Args:
            path: Bitfinex's, behind the version, as in ``auth/r/alerts``; those under ``auth/`` are signed.
            parameters: By Bitfinex's names: texts, whole numbers, Decimals, flags, or lists and objects of such.
            effect: Whether it may change something: it is then sent once at most. False: it is tried again where it
                failed for now. What is public changes nothing.
            secret: Whether the answer holds a secret; its bytes are then not kept.
            read: Makes the data of the decoded result; by default the result itself, its numbers exact. What it raises
                ends the call.

        A notification whose status is not that of success is an error, as everywhere.
        Raises `InvalidArgument` for what cannot be a path or a parameter, for one under ``auth/w/`` without effect, and
        for a private one where there are no credentials.
        """
        asked: object = path
        if not isinstance(asked, str) or len(asked) > _LONGEST or not _PATH.fullmatch(asked):
            raise InvalidArgument("path", path, "give what is behind the version, as in 'auth/r/alerts'")
        if path.startswith("auth/w/") and not effect:
            raise InvalidArgument("effect", effect, "what is under auth/w/ may change something, and is sent once")
        private = path.startswith("auth/")
        if private:
            endpoint = ask_mine(path, path, dict, plain_or_accepted(read), doc="", secret=secret)
        else:
            endpoint = ask(path, path, dict, lambda result, _, __: read(result), pool=path.partition("/")[0], doc="")
        return self.call(evolve(endpoint, effect=private and effect), given(parameters or {}, lists=private))


def client(
    credentials: Credentials | None = None,
    *,
    url: str | None = None,
    public_url: str | None = None,
    token: Secret | str | None = None,
    affiliate: str | None = None,
    limiter: Limiter | None = None,
    **options: Unpack[RestOptions],
) -> BitfinexRest:
    """Prepare a client of Bitfinex's REST endpoints; see `rxex.rest.RestClient` for calls, errors and threads.

    Where one url is given, the other host is not called at all: what is meant for a simulated exchange never reaches
    the real one.

    Args:
        credentials: The API key. Use one object for all that uses the key, WebSockets too: Bitfinex wants its numbers
            to rise. None: public endpoints only.
        url: Where the endpoints are, private and (unless ``public_url`` is given) public ones; None: `REST_URL` and
            `PUBLIC_REST_URL`, unless ``public_url`` is given.
        public_url: Where the public ones are.
        token: A token of Bitfinex's instead of credentials; see `BitfinexRest.token`.
        affiliate: An affiliate's code, told with every order that has none in its ``meta``.
        limiter: Counts calls instead of one made here, as `RestLimits` that several clients share.
        options: See `rxex.rest.RestOptions`.

    Raises `InvalidArgument` for a value that cannot be right.

    >>> with client() as rest:
    ...     call = rest.ticker(symbol="tBTCUSD")
    >>> rest
    <BitfinexRest of https://api.bitfinex.com>
    """
    shown = None if token is None else token if isinstance(token, Secret) else Secret(token)
    if shown is not None:
        if credentials is not None:
            raise InvalidArgument("token", shown, "give credentials or a token, not both")
        credentials = Credentials(shown, shown)
    private, public = url, public_url or url
    if url is public_url is None:
        private, public = REST_URL, PUBLIC_REST_URL
    urls = {base: each for base, each in (("private", private), ("public", public)) if each is not None}
    return BitfinexRest(
        next(iter(urls.values())),
        RestDialect(wire.writer(shown, affiliate), wire.read, native=True),
        urls=urls,
        credentials=credentials,
        limiter=limiter or RestLimits(scheduler=options.get("scheduler")),
        **options,
    )
