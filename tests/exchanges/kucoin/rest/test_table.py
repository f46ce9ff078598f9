"""The table of endpoints: each is called at its own host, by its method and path, and signed where it is private."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

from rxex.auth import Credentials
from rxex.clock import wall_ns
from rxex.exchanges.kucoin.rest import KucoinRest, RestLimits, client
from rxex.rest import Endpoint
from tests.exchanges.kucoin.rest.calls import CALLS
from tests.fakes.http_server import Asked, HttpServer, reply
from tests.rest.plain import data

KEY = Credentials("key", "secret", "passphrase")
ENDPOINTS: dict[str, Endpoint[..., Any]] = {
    name: value for kind in KucoinRest.__mro__ for name, value in vars(kind).items() if isinstance(value, Endpoint)
}


def test_every_endpoint_has_a_sample_and_its_method_its_name() -> None:
    assert set(ENDPOINTS) == set(CALLS)
    assert {name: each.name for name, each in ENDPOINTS.items()} == {name: name for name in ENDPOINTS}


def test_every_endpoint_counts_in_a_pool_and_says_what_it_is() -> None:
    pools = RestLimits().pools
    for name, endpoint in ENDPOINTS.items():
        assert endpoint.pool in pools, name
        assert 1 <= endpoint.cost <= 30, name
        assert endpoint.doc.endswith("."), name
        assert endpoint.base in {"spot", "futures", "broker"}, name
        assert endpoint.private or not endpoint.effect, name
        assert not (endpoint.method == "GET" and (endpoint.effect or endpoint.json)), name
        assert (endpoint.method == "DELETE") <= endpoint.effect, name


def test_no_two_endpoints_are_the_same_call() -> None:
    calls = [(each.base, each.method, each.path) for each in ENDPOINTS.values()]
    assert len(set(calls)) == len(calls)


def _is_signed(asked: Asked) -> None:
    """Check the signature as the other side does."""
    told = asked.headers
    message = f"{told['kc-api-timestamp']}{asked.method}{unquote(asked.target)}{asked.body.decode()}"
    secret = KEY.secret.reveal().encode()
    code = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    assert told["kc-api-sign"] == base64.b64encode(code).decode()
    assert abs(int(told["kc-api-timestamp"]) - wall_ns() // 10**6) < 60_000


def test_every_endpoint_is_called_at_its_host_and_signed_where_it_is_private() -> None:
    spot = [name for name in CALLS if ENDPOINTS[name].base == "spot"]
    futures = [name for name in CALLS if ENDPOINTS[name].base == "futures"]
    assert len(spot) + len(futures) == len(CALLS)
    now = wall_ns() // 10**6
    answers = [
        [_ok(now if name.endswith("server_time") else CALLS[name][1]) for name in names] for names in (spot, futures)
    ]
    with (
        HttpServer(*answers[0]) as one,
        HttpServer(*answers[1]) as two,
        client(KEY, url=one.url, futures_url=two.url, vip=12) as rest,
    ):
        for name in spot + futures:
            data(getattr(rest, name)(**CALLS[name][0]))
        for name, asked in zip(spot + futures, one.asked + two.asked, strict=True):
            endpoint = ENDPOINTS[name]
            assert asked.method == endpoint.method, name
            path, _, query = asked.target.partition("?")
            places, parts = endpoint.path.split("/"), path.split("/")
            assert len(places) == len(parts), name
            assert all(place == part or "{" in place for place, part in zip(places, parts, strict=True)), name
            assert "{" not in path + query, name
            assert bool(asked.body) <= (endpoint.json or endpoint.method == "POST"), name
            if endpoint.private:
                _is_signed(asked)
            else:
                assert "kc-api-key" not in asked.headers, name


def _ok(result: Any) -> Any:
    return reply({"code": "200000", "data": result})
