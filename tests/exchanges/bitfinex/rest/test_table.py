"""The table of endpoints: each is called at its own host, by its method and path, and signed where it is private."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from rxex.auth import Credentials
from rxex.clock import wall_ns
from rxex.exchanges.bitfinex.rest import BitfinexRest, client
from rxex.rest import Endpoint
from tests.exchanges.bitfinex.rest.calls import CALLS
from tests.fakes.http_server import Asked, HttpServer, reply
from tests.rest.plain import data

KEY = Credentials("key", "secret")
ENDPOINTS: dict[str, Endpoint[..., Any]] = {
    name: value for kind in BitfinexRest.__mro__ for name, value in vars(kind).items() if isinstance(value, Endpoint)
}


def test_every_endpoint_has_a_sample_and_its_method_its_name() -> None:
    assert set(ENDPOINTS) == set(CALLS)
    assert {name: each.name for name, each in ENDPOINTS.items()} == {name: name for name in ENDPOINTS}


def test_every_endpoint_says_what_it_is() -> None:
    for name, endpoint in ENDPOINTS.items():
        assert endpoint.pool, name
        assert endpoint.doc.endswith("."), name
        assert endpoint.base == ("private" if endpoint.private else "public"), name
        assert endpoint.private == endpoint.path.startswith("/v2/auth/"), name
        assert endpoint.effect == ("/w/" in endpoint.path and name != "token"), name
        assert (endpoint.method == "GET") == (not endpoint.private and "/calc/" not in endpoint.path), name


def _is_signed(asked: Asked) -> None:
    """Check the signature as the other side does."""
    told = asked.headers
    message = f"/api{asked.target}{told['bfx-nonce']}{asked.body.decode()}"
    code = hmac.new(KEY.secret.reveal().encode(), message.encode(), hashlib.sha384).hexdigest()
    assert told["bfx-signature"] == code
    assert told["bfx-apikey"] == "key"
    assert abs(int(told["bfx-nonce"]) - wall_ns() // 1000) < 60_000_000
    assert told["content-type"] == "application/json"
    assert isinstance(json.loads(asked.body), dict)


def test_every_endpoint_is_called_at_its_host_and_signed_where_it_is_private() -> None:
    private = [name for name in CALLS if ENDPOINTS[name].private]
    public = [name for name in CALLS if not ENDPOINTS[name].private]
    answers = [[reply(CALLS[name][1]) for name in names] for names in (private, public)]
    with (
        HttpServer(*answers[0]) as one,
        HttpServer(*answers[1]) as two,
        client(KEY, url=one.url, public_url=two.url) as rest,
    ):
        for name in private + public:
            data(getattr(rest, name)(**CALLS[name][0]))
        for name, asked in zip(private + public, one.asked + two.asked, strict=True):
            assert asked.method == ENDPOINTS[name].method, name
            assert not set("{}[]%") & set(asked.target), name
            if ENDPOINTS[name].private:
                _is_signed(asked)
            else:
                assert not {each for each in asked.headers if each.startswith("bfx-")}, name
        nonces = [int(asked.headers["bfx-nonce"]) for asked in one.asked]
        assert nonces == sorted(set(nonces))
