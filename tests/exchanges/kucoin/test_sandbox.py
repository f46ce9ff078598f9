"""The simulated KuCoin as a server: tokens, greetings, pings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from tests.exchanges.kucoin.sandbox_clients import bullet_url, raw_client


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox() as exchange:
        yield exchange


def test_a_token_opens_a_connection_that_is_welcomed_by_its_id(exchange: KucoinSandbox) -> None:
    for url in (exchange.rest_url, exchange.futures_rest_url):
        with raw_client(url) as client:
            pong = client.ask(id=7, type="ping")
            assert (pong["id"], pong["type"]) == ("7", "pong")


def test_a_private_token_is_for_those_who_sign(exchange: KucoinSandbox) -> None:
    for url in (exchange.rest_url, exchange.futures_rest_url):
        with raw_client(url, exchange.credentials()) as client:
            assert client.ask(id=1, type="subscribe", topic="/nowhere:X")["code"] == 404
    assert "token=" in bullet_url(exchange.rest_url)
