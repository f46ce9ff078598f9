"""How TheOne's REST endpoints are spoken to: paths, JSON, signatures, and what its errors mean.

Source: TheOne's documents on REST.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from rxex.auth import Credentials, Secret, ServerClock
from rxex.codec import decode, encode
from rxex.errors import AnswerLost, AuthRefused, ClockSkew, MalformedMessage, RateLimited, RxexError
from rxex.exchanges.theone.refusals import BrokerRefused, ErrorCode
from rxex.exchanges.theone.signing import Signer
from rxex.rest import Endpoint, HttpRequest, RawResponse, Request, check_status

__all__ = ["KEYS_PATH", "error_of", "read", "writer"]

KEYS_PATH = "/broker/v1/keys"
_NAME = re.compile(r"\{(\w+)\}")
_AUTH = {ErrorCode.UNAUTHORIZED, ErrorCode.INVALID_SIGNATURE, ErrorCode.MISSING_API_KEY}
_CLOCK = {ErrorCode.EXPIRED_REQUEST, ErrorCode.INVALID_NONCE}


def writer(
    signer: Signer | None, broker_token: Secret | None
) -> Callable[[Endpoint[..., Any], Request, Credentials | None, ServerClock], HttpRequest]:
    """Make what writes requests down, signed by ``signer``; those about keys carry the ``broker_token`` instead."""

    def write(endpoint: Endpoint[..., Any], request: Request, _: Credentials | None, clock: ServerClock) -> HttpRequest:
        values = dict(request.parameters)
        path = _NAME.sub(lambda match: quote(values.pop(match[1]), safe=""), request.path)
        headers = {**request.headers, "Content-Type": "application/json"}
        if endpoint.path == "/api/v1/swap":
            headers["Idempotency-Key"] = (
                values.pop("idempotency_key", None) or values.get("clientOrderId") or str(uuid4())
            )
        body = encode(values).encode() if endpoint.json else None
        query = "" if endpoint.json else urlencode(values)
        if path.startswith(KEYS_PATH) and broker_token is not None:
            headers["Authorization"] = f"Bearer {broker_token.reveal()}"
        elif endpoint.private and signer is not None:
            signed = f"{path}?{query}" if query else path
            proof = signer.prove(request.method, signed, body or b"", clock)
            headers |= {
                "X-API-KEY": signer.key.reveal(),
                "X-API-TIMESTAMP": str(proof.timestamp),
                "X-API-NONCE": proof.nonce,
                "X-API-SIGN": proof.signature.reveal(),
            }
        return HttpRequest(request.name, request.method, path, query, headers, body, endpoint.effect)

    return write


def read(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    """Give the result of an answer, or raise what TheOne says instead."""
    if 200 <= raw.status < 300 and not raw.body:
        return None
    try:
        answer = decode(raw.body)
    except MalformedMessage:
        check_status(endpoint, raw)
        raise
    if raw.status >= 400 and isinstance(answer, dict) and isinstance(answer.get("code"), str):
        raise error_of(endpoint, raw, answer)
    check_status(endpoint, raw)
    return answer


def error_of(endpoint: Endpoint[..., Any], raw: RawResponse, answer: dict[str, Any]) -> RxexError:
    """Give the error that one of TheOne's codes stands for."""
    text, reason = answer["code"], str(answer.get("message") or answer["code"])
    code = ErrorCode(text) if text in set(ErrorCode) else text
    if code in _AUTH:
        return AuthRefused(reason, raw.status)
    if code in _CLOCK:
        return ClockSkew(endpoint.name, reason)
    if code is ErrorCode.INTERNAL_ERROR or raw.status >= 500:
        # What a service in trouble says does not tell what became of the request.
        return AnswerLost(endpoint.name, f"{text}: {reason}", raw.status)
    if code is ErrorCode.RATE_LIMIT:
        return _of_status(endpoint, raw, reason)
    number = answer.get("request_id") or answer.get("requestId")
    return BrokerRefused(endpoint.name, reason, answer, code, None if number is None else str(number))


def _of_status(endpoint: Endpoint[..., Any], raw: RawResponse, reason: str) -> RxexError:
    """Give the error of a status; the shared rule knows whether it can be tried again."""
    try:
        check_status(endpoint, raw)
    except RxexError as error:
        return error
    return RateLimited(reason)
