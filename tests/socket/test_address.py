"""Urls: refused early, shown without their secrets."""

from __future__ import annotations

import base64
from typing import cast

import pytest

from rxex.errors import InvalidArgument
from rxex.socket.address import parse_address, parse_proxy, require_secure

CANARY = "canary-secret"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://ws.example.com", "wss://ws.example.com:443/"),
        ("ws://ws.example.com/v2", "ws://ws.example.com:80/v2"),
        ("WSS://WS.Example.COM:8443/a/b", "wss://ws.example.com:8443/a/b"),
        (f"wss://me:{CANARY}@ws.example.com/v2?token={CANARY}#{CANARY}", "wss://ws.example.com:443/v2"),
        ("ws://[::1]:9000/x", "ws://[::1]:9000/x"),
        ("ws://127.0.0.1:1", "ws://127.0.0.1:1/"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, shown: str) -> None:
    address = parse_address(url)
    assert str(address) == shown
    assert address.secure == shown.startswith("wss")
    assert CANARY not in repr(address)


def test_the_query_goes_to_the_exchange_and_the_user_into_a_header() -> None:
    address = parse_address("wss://me:pa%20ss@ws.example.com:443/v2?token=t#fragment")
    assert address.url == "wss://ws.example.com:443/v2?token=t"
    assert address.authorization == "Basic " + base64.b64encode(b"me:pa ss").decode()
    assert parse_address("wss://ws.example.com").authorization is None


UNFIT = [
    "",
    "   ",
    None,
    7,
    b"wss://ws.example.com",
    "ws.example.com",
    "ws:/ws.example.com",
    "ws:ws.example.com",
    "wss://",
    "wss:///v2",
    "wss://:443/v2",
    "http://ws.example.com",
    "https://ws.example.com/v2",
    "file:///etc/passwd",
    "wss://ws.example.com:0",
    "wss://ws.example.com:65536",
    "wss://ws.example.com:-1",
    "wss://ws.example.com:port",
    "wss://ws.example.com/a b",
    "wss://ws.example.com/a\r\nX-Evil: 1",
    "wss://ws.example.com/\x00",
    "wss://ws.exam\u0440le.com",
    "wss://[::1",
]


def test_an_address_that_cannot_be_right_is_refused_with_the_remedy() -> None:
    for url in UNFIT:
        with pytest.raises(InvalidArgument, match=r"url is .*: .*wss://ws.example.com/v2"):
            parse_address(cast("str", url))


@pytest.mark.parametrize(
    "url",
    [
        f"http://me:{CANARY}@host/v2?token={CANARY}",
        f"wss://me:{CANARY}@host:99999/?{CANARY}",
        f"me:{CANARY}@host",
        f"wss:me:{CANARY}@host/#{CANARY}",
        f"wss://me:{CANARY}@/v2",
        f"wss://host/ ?{CANARY}",
    ],
)
def test_a_refusal_shows_no_secret(url: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_address(url)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)


def test_a_proxy_is_shown_without_its_password() -> None:
    proxy = parse_proxy(f"http://me:{CANARY}@proxy.example.com:3128")
    assert str(proxy) == "proxy.example.com:3128"
    assert CANARY not in repr(proxy)
    assert parse_proxy("http://proxy.example.com").port == 80


def test_a_proxy_is_asked_for_a_tunnel() -> None:
    request = parse_proxy("http://me:pass@proxy.example.com:3128").request(parse_address("wss://[::1]/v2?token=t"))
    assert request == (
        b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n"
        b"Proxy-Authorization: Basic " + base64.b64encode(b"me:pass") + b"\r\n\r\n"
    )


@pytest.mark.parametrize(
    "url", ["", "proxy:3128", "socks5://proxy:1080", "https://proxy:3128", "http://", "http://p:0"]
)
def test_a_proxy_that_cannot_be_right_is_refused(url: str) -> None:
    with pytest.raises(InvalidArgument, match="proxy is"):
        parse_proxy(url)


@pytest.mark.parametrize("url", ["wss://ws.example.com/v2", "ws://127.0.0.1:80/", "ws://localhost/", "ws://[::1]:9/"])
def test_who_we_are_may_be_told_over_tls_and_on_this_machine(url: str) -> None:
    assert require_secure(url) == parse_address(url)


@pytest.mark.parametrize(
    "url", ["ws://ws.example.com/v2?token=secret", "ws://127.0.0.1.example.com/", "ws://10.0.0.1/"]
)
def test_who_we_are_is_told_nowhere_else(url: str) -> None:
    with pytest.raises(InvalidArgument, match="over wss:// only") as caught:
        require_secure(url)
    assert "secret" not in str(caught.value)
