"""What an HTTP status means, where the exchange says no more."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from rxex.errors import AnswerLost, AuthRefused, RateLimited, RedirectRefused, RequestRefused
from rxex.rest.endpoint import Endpoint
from rxex.rest.messages import RawResponse
from rxex.socket.handshake import seconds_of

__all__ = ["check_status"]

_SLOW_DOWN = {418, 429}
_UNCERTAIN = {408, 425}


def check_status(endpoint: Endpoint[..., Any], raw: RawResponse, host: str = "the exchange") -> None:
    """Raise unless ``raw`` has a status of success.

    `RedirectRefused`, `AuthRefused` (401, 403) and `RequestRefused` (other 4xx) where nothing happened; `RateLimited`
    (418, 429) likewise, unless the call may change something: nobody has promised that it did not. Everything else is
    `AnswerLost`.
    """
    status = raw.status
    if 200 <= status < 300:
        return
    text = f"HTTP {status} {_phrase(status)}".rstrip()
    retry_after = raw.headers.get("retry-after", "")
    wait = seconds_of(retry_after) if retry_after.isascii() and len(retry_after) <= 64 else None
    if 300 <= status < 400:
        raise RedirectRefused(host, status)
    if status in {401, 403}:
        raise AuthRefused(text, status)
    if status in _SLOW_DOWN and not endpoint.effect:
        raise RateLimited(text, wait)
    if 400 <= status < 500 and status not in _SLOW_DOWN | _UNCERTAIN:
        raise RequestRefused(endpoint.name, text)
    raise AnswerLost(endpoint.name, text, status, wait)


def _phrase(status: int) -> str:
    # The phrase of the answer could be anything.
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
