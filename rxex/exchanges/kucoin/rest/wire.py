"""How KuCoin's REST endpoints are spoken to: signatures, queries and JSON, and what its errors mean.

Sources: KuCoin's pages "Authentication", "Rate limit" and "Error code".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote

from attrs import field, frozen, validators

from rxex.auth import Credentials, Secret, ServerClock, sign
from rxex.codec import decode, encode
from rxex.errors import (
    AnswerLost,
    AuthRefused,
    ClockSkew,
    InvalidArgument,
    MalformedMessage,
    RateLimited,
    RequestRefused,
    RxexError,
)
from rxex.exchanges.kucoin.rest.refusals import UNCLEAR, refused
from rxex.rest import Endpoint, HttpRequest, RateLimit, RawResponse, Request, check_status

__all__ = ["ADDRESS_LIMIT", "Broker", "check_credentials", "error_of", "rate_limit", "read", "signature", "writer"]

ADDRESS_LIMIT = "1015"
"""The code of the limit per address that stands before KuCoin itself."""
_ADDRESS_PAUSE = 30.0
_FUTURES_PAUSE = 10.0
_OK = "200000"
_CLOCK = "400002"
_RATE = "429000"
_AUTH = frozenset(
    {"400001", "400003", "400004", "400005", "400006", "400007", "400008"}
    | {"400301", "400302", "400303", "400304", "40010", "411100"}
)
_FUTURES_RATE = "200002"
_ORDERS = re.compile(r"orders?(/|$)", re.IGNORECASE)
_ADDRESS_PAGE = re.compile(rb"error(\s+code)?:?\s*1015\b", re.IGNORECASE)
_PLACE = re.compile(r"\{([A-Za-z]+)\}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
_WHOLE = re.compile(r"\d{1,12}")
_TOO_MANY = re.compile(r"too many|frequen|rate", re.IGNORECASE)


def _hidden(key: str | Secret) -> Secret:
    return key if isinstance(key, Secret) else Secret(key)


def _check_name(_: Any, attribute: Any, value: Any) -> None:
    if not (isinstance(value, str) and value.isascii() and value.isprintable() and value.strip() == value != ""):
        raise InvalidArgument(f"broker.{attribute.name}", value, "give it as KuCoin wrote it")


@frozen
class Broker:
    """Who a broker or partner of KuCoin is: told, and signed for, with every private call.

    Args:
        partner: The partner's id.
        key: The broker key that KuCoin gave, which signs; not the secret of the API key.
        name: The broker's name, where there is one.
    """

    partner: str = field(validator=_check_name)
    key: Secret = field(converter=_hidden)
    name: str | None = field(default=None, validator=validators.optional(_check_name))


def check_credentials(credentials: Credentials) -> None:
    """Refuse credentials without the passphrase, before anything is sent."""
    if credentials.passphrase is None:
        raise InvalidArgument("credentials.passphrase", None, "give the passphrase that was chosen with the key")


def signature(secret: Secret, message: str) -> str:
    """Sign ``message``, which is timestamp, method, path with query, and body.

    >>> signature(Secret("not a real one"), "1547015186532GET/api/v1/accounts")[:12]
    'jeYDaHjk6toj'
    """
    return sign(secret.reveal().encode(), message.encode(), digest="sha256", encoding="base64")


def writer(
    key_version: Literal[2, 3] = 3, broker: Broker | None = None
) -> Callable[[Endpoint[..., Any], Request, Credentials | None, ServerClock], HttpRequest]:
    """Make what writes requests down, with keys of ``key_version`` and in the name of ``broker``."""
    if key_version not in {2, 3}:
        raise InvalidArgument("key_version", key_version, "give 2 or 3, as KuCoin's page of the key says")

    def write(
        endpoint: Endpoint[..., Any], request: Request, credentials: Credentials | None, clock: ServerClock
    ) -> HttpRequest:
        timestamp = str(clock.now() // 10**6)
        given = dict(request.parameters)
        path = _path(request, given)
        is_body = request.method in {"POST", "PUT"} or endpoint.json
        body = encode(_timed(given.get("[]", given), timestamp)) if is_body and given else ""
        pairs = [] if is_body else list(_pairs(given))
        headers = {**request.headers, **({"Content-Type": "application/json"} if is_body else {})}
        if credentials is not None:
            # The query is signed as it was typed, and sent encoded.
            plain = "&".join(f"{name}={value}" for name, value in pairs)
            target = f"{path}?{plain}" if plain else path
            headers |= _signed(credentials, timestamp, f"{request.method}{target}{body}", key_version)
            headers |= {} if broker is None else _partner(broker, timestamp, credentials.key.reveal())
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        sent = body.encode() if body else None
        return HttpRequest(request.name, request.method, path, query, headers, sent, endpoint.effect)

    return write


def _path(request: Request, given: dict[str, Any]) -> str:
    """Put parameters in their places of the path, and take them out of the others."""

    def place(match: re.Match[str]) -> str:
        value = str(given.pop(match[1], ""))
        if not _SAFE.fullmatch(value):
            raise InvalidArgument(match[1], value, f"it is a part of the path of {request.name}: letters and digits")
        return value

    return _PLACE.sub(place, request.path)


def _timed(body: Any, timestamp: str) -> Any:
    """Tell the time of the request where an order says how late it may arrive."""
    if isinstance(body, list):
        return [_timed(each, timestamp) for each in body]
    if not isinstance(body, dict):
        return body
    timed = {name: _timed(value, timestamp) for name, value in body.items()}
    return {**timed, "clientTimestamp": int(timestamp)} if "allowMaxTimeWindow" in timed else timed


def _pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, str(each).lower() if isinstance(each, bool) else str(each)


def _signed(credentials: Credentials, timestamp: str, request: str, key_version: int) -> dict[str, str]:
    passphrase = "" if credentials.passphrase is None else credentials.passphrase.reveal()
    return {
        "KC-API-KEY": credentials.key.reveal(),
        "KC-API-SIGN": signature(credentials.secret, timestamp + request),
        "KC-API-TIMESTAMP": timestamp,
        "KC-API-PASSPHRASE": signature(credentials.secret, passphrase),
        "KC-API-KEY-VERSION": str(key_version),
    }


def _partner(broker: Broker, timestamp: str, key: str) -> dict[str, str]:
    return {
        "KC-API-PARTNER": broker.partner,
        "KC-API-PARTNER-VERIFY": "true",
        "KC-API-PARTNER-SIGN": signature(broker.key, f"{timestamp}{broker.partner}{key}"),
        **({} if broker.name is None else {"KC-BROKER-NAME": broker.name}),
    }


def rate_limit(raw: RawResponse) -> RateLimit | None:
    """Give what the three headers tell; None where one of them is missing."""
    told = [raw.headers.get(f"gw-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
    if not all(_WHOLE.fullmatch(each) for each in told):
        return None
    limit, remaining, reset = map(int, told)
    return RateLimit(limit, remaining, reset / 1000)


def read(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    """Give the data of an answer, or raise what KuCoin says instead.

    A status of success says nothing: only the code does. Without data it is None.
    """
    try:
        answer = decode(raw.body)
    except MalformedMessage:
        if _ADDRESS_PAGE.search(raw.body):
            raise RateLimited(f"{ADDRESS_LIMIT}: too many requests from this address", _ADDRESS_PAUSE) from None
        limit = rate_limit(raw)
        if raw.status == 429 and limit is not None:
            raise RateLimited("HTTP 429", limit.reset) from None
        check_status(endpoint, raw)
        raise
    code = answer.get("code") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(code, str | int):
        check_status(endpoint, raw)
        raise MalformedMessage("there is no code")
    if str(code) != _OK:
        text = next((str(answer[name]) for name in ("msg", "message", "data") if answer.get(name)), "")
        raise error_of(endpoint, str(code), text, answer, raw)
    check_status(endpoint, raw)
    return answer.get("data")


def error_of(endpoint: Endpoint[..., Any], code: str, text: str, answer: Any, raw: RawResponse) -> RxexError:
    """Give the error that KuCoin's code and text stand for."""
    reason = f"{code}: {text}" if text else code
    futures = endpoint.base == "futures"
    if code == _CLOCK:
        return ClockSkew(endpoint.name, reason)
    if code in _AUTH:
        return AuthRefused(reason, raw.status)
    if code == ADDRESS_LIMIT:
        return RateLimited(reason, _ADDRESS_PAUSE)
    if code == _RATE or raw.status == 429:
        # Without the headers it is not our quota: the exchange itself is overloaded.
        limit = rate_limit(raw)
        return RateLimited(reason, None if limit is None else limit.reset)
    if futures and code == _FUTURES_RATE and _TOO_MANY.search(text):
        return RateLimited(reason, _FUTURES_PAUSE)
    if code in UNCLEAR or raw.status >= 500:
        return AnswerLost(endpoint.name, reason, raw.status)
    if raw.status in {401, 403}:
        return AuthRefused(reason, raw.status)
    if _ORDERS.search(endpoint.path):
        return refused(endpoint.name, code, text, answer, futures=futures)
    return RequestRefused(endpoint.name, reason, answer)
