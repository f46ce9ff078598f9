"""How Kraken's REST endpoints are spoken to: forms and JSON, signatures, and what its errors mean.

Sources: Kraken's guides "Spot REST authentication" and "API errors".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from rxex.auth import Credentials, Secret, ServerClock, sign
from rxex.clock import wall_ns
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
from rxex.rest import Endpoint, HttpRequest, RawResponse, Request, check_status

__all__ = ["check_credentials", "error_of", "read", "signature", "write"]

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_LONGEST_WAIT = 86_400.0

# By their beginnings. What a service in trouble says does not tell whether an order was made.
_UNCERTAIN = ("EService:Unavailable", "EService:Busy", "EService:Timeout", "EGeneral:Internal error")
_NONCE = ("EAPI:Invalid nonce",)
_AUTH = (
    "EAPI:Invalid key",
    "EAPI:Invalid signature",
    "EAPI:Feature disabled",
    "EGeneral:Permission denied",
    "EGeneral:Temporary lockout",
    "EAccount:Invalid permissions",
    "EAuth:Account",
    "ESession:Invalid session",
)
_RATE = (
    "EAPI:Rate limit exceeded",
    "EService:Throttled",
    "EAuth:Rate limit exceeded",
    "EAuth:Too many requests",
    "EGeneral:Too many requests",
    "EOrder:Rate limit exceeded",
    "EOrder:Domain rate limit exceeded",
)


def check_credentials(credentials: Credentials) -> None:
    """Refuse a secret that Kraken cannot have made, before anything is sent."""
    try:
        base64.b64decode(credentials.secret.reveal(), validate=True)
    except (binascii.Error, ValueError):
        remedy = "Kraken's is in base64; see that it was copied whole"
        failure = InvalidArgument("credentials.secret", credentials.secret, remedy)
    else:
        return
    raise failure


def signature(secret: Secret, path: str, nonce: str, body: bytes) -> str:
    """Sign ``body``, exactly as it is sent, for ``path`` (from ``/0/private/`` on).

    >>> secret = Secret(base64.b64encode(b"not a real one").decode())
    >>> signature(secret, "/0/private/Balance", "1", b"nonce=1")[:12]
    'DfWzdrZQHAij'
    """
    digest = hashlib.sha256(nonce.encode() + body).digest()
    key = base64.b64decode(secret.reveal())
    return sign(key, path.encode() + digest, digest="sha512", encoding="base64")


def write(
    endpoint: Endpoint[..., Any], request: Request, credentials: Credentials | None, _: ServerClock
) -> HttpRequest:
    """Write a request down; with ``credentials`` as a signed form, or signed JSON."""
    if credentials is None:
        query = urlencode(list(_flat(request.parameters)))
        return HttpRequest(request.name, request.method, request.path, query, request.headers)
    nonce = str(credentials.nonces.next())
    values = {"nonce": nonce, **request.parameters}
    if credentials.passphrase is not None:
        values["otp"] = credentials.passphrase.reveal()
    body = (encode(values) if endpoint.json else urlencode(list(_flat(values)))).encode()
    headers = {
        **request.headers,
        "Content-Type": _JSON if endpoint.json else _FORM,
        "API-Key": credentials.key.reveal(),
        "API-Sign": signature(credentials.secret, request.path, nonce, body),
    }
    return HttpRequest(request.name, request.method, request.path, "", headers, body)


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}[{inner}]", item) for inner, item in value.items())
        else:
            yield name, value


def read(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    """Give the result of an answer, or raise what Kraken says instead; its warnings (``W…``) stay in the raw answer."""
    try:
        answer = decode(raw.body)
    except MalformedMessage:
        check_status(endpoint, raw)
        raise
    errors = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(errors, list):
        texts = [str(each) for each in errors if not str(each).startswith("W")]
        if texts:
            raise error_of(endpoint, texts, answer)
    check_status(endpoint, raw)
    if not isinstance(answer, dict) or "result" not in answer:
        raise MalformedMessage("there is no result")
    return answer["result"]


def error_of(endpoint: Endpoint[..., Any], texts: list[str], answer: Any = None) -> RxexError:
    """Give the error that Kraken's texts stand for."""
    reason = "; ".join(texts)
    plain = [text.replace(": ", ":") for text in texts]

    def told(beginnings: tuple[str, ...]) -> bool:
        return any(text.startswith(beginnings) for text in plain)

    if told(_UNCERTAIN):
        return AnswerLost(endpoint.name, reason)
    if told(_NONCE):
        return ClockSkew(endpoint.name, reason)
    if told(_AUTH):
        return AuthRefused(reason)
    if told(_RATE):
        return RateLimited(reason, _throttled_for(reason))
    return RequestRefused(endpoint.name, reason, answer)


def _throttled_for(reason: str) -> float | None:
    until = re.search(r"Throttled: ?\[?(\d{9,11})\b", reason)
    return None if until is None else min(max(0.0, int(until[1]) - wall_ns() / 1e9), _LONGEST_WAIT)
