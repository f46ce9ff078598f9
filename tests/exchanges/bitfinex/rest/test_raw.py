"""Endpoints that have no method of their own."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from rxex.auth import Credentials
from rxex.errors import AnswerLost, InvalidArgument, RequestRefused
from rxex.exchanges.bitfinex.rest import BitfinexRest, client
from tests.exchanges.bitfinex.rest.samples import note
from tests.fakes.http_server import HttpServer, reply
from tests.rest.plain import data, error, outcome

BROKEN = reply(b"", "503 Service Unavailable")


def made(url: str) -> BitfinexRest:
    return client(Credentials("key", "secret"), url=url, delays=lambda: iter((0.01,)))


def test_a_private_endpoint_is_signed_and_sent_once() -> None:
    with HttpServer(BROKEN, reply([[1.50]])) as server, made(server.url) as rest:
        assert isinstance(error(rest.raw("auth/r/alerts", {"type": "price"})), AnswerLost)
        (asked,) = server.asked
        assert (asked.method, asked.target) == ("POST", "/v2/auth/r/alerts")
        assert json.loads(asked.body) == {"type": "price"}
        assert asked.headers["bfx-apikey"] == "key"


def test_what_changes_nothing_is_tried_again_and_read_as_told() -> None:
    with HttpServer(BROKEN, reply([[1.50]])) as server, made(server.url) as rest:
        answer = data(rest.raw("auth/r/settings", {"keys": ["api:a"]}, effect=False, read=lambda rows: rows[0]))
        assert answer == [Decimal("1.5")]
        assert [json.loads(asked.body) for asked in server.asked] == [{"keys": ["api:a"]}] * 2


def test_a_public_endpoint_has_a_query() -> None:
    with HttpServer(BROKEN, reply([1])) as server, made(server.url) as rest:
        assert data(rest.raw("pulse/hist", {"limit": 2, "of": ["a", "b"]})) == [1]
        assert server.asked[1].target == "/v2/pulse/hist?limit=2&of=a,b"
        assert not {each for each in server.asked[1].headers if each.startswith("bfx-")}


def test_a_notification_that_is_no_success_is_an_error() -> None:
    answers = (
        reply(note("acc_wd-req", [7])),
        reply(note("acc_wd-req", None, "ERROR", "amount: invalid")),
        reply(note("acc_wd-req", None, "WAITING", "hm")),
    )
    with HttpServer(*answers) as server, made(server.url) as rest:
        assert data(rest.raw("auth/w/withdraw", {"amount": Decimal("1E-3")}))[4] == [7]
        assert json.loads(server.asked[0].body) == {"amount": "0.001"}
        refused = error(rest.raw("auth/w/withdraw"))
        assert isinstance(refused, RequestRefused)
        assert refused.reason == "amount: invalid"
        assert isinstance(error(rest.raw("auth/w/withdraw")), AnswerLost)


def test_the_bytes_of_a_secret_are_not_kept() -> None:
    with HttpServer(reply(["secret"])) as server, made(server.url) as rest:
        (response,) = outcome(rest.raw("auth/w/other", secret=True)).items
        assert response.raw.body == b""


@pytest.mark.parametrize(
    "path",
    ["", "/auth/r/x", "auth//x", "auth/../x", "a?b", "a%2f", "auth/r/", ".", "..", "a/{b}", "a[b]", "a b", None, 5],
)
def test_a_path_that_cannot_be_is_refused(path: Any) -> None:
    with client() as rest, pytest.raises(InvalidArgument, match="path"):
        rest.raw(path)


def test_what_may_change_something_cannot_be_called_a_read() -> None:
    with client(Credentials("key", "secret")) as rest, pytest.raises(InvalidArgument, match="sent once"):
        rest.raw("auth/w/order/submit", effect=False)


def test_a_private_path_needs_credentials_and_parameters_are_exact() -> None:
    with client() as rest:
        with pytest.raises(InvalidArgument, match="credentials"):
            rest.raw("auth/r/alerts")
        with pytest.raises(InvalidArgument, match="whole numbers"):
            rest.raw("pulse/hist", {"limit": 1.5})
