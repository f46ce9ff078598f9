"""One request over real HTTP: addresses, TLS, proxies, limits of time and size, and what errors tell."""

from __future__ import annotations

import contextlib
import copy
import gzip
import logging
import pickle
import threading
import time
import traceback
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from rxex.errors import (
    AnswerLost,
    AuthRefused,
    CertificateError,
    ConnectError,
    InvalidArgument,
    RateLimited,
    RedirectRefused,
    RequestRefused,
    RequestTimeout,
)
from rxex.rest.transport import parse_address
from tests.fakes.http_proxy import proxy_server
from tests.fakes.http_server import Asked, HttpServer, cut, dribble, hold, reply
from tests.fakes.raw_server import Peer, RawServer
from tests.fakes.tls import Authority
from tests.rest.plain import CANARY, Outcome, data, error, outcome, plain

NEVER: dict[str, Any] = {"delays": lambda: iter(())}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_addresses(url: str, base: str) -> None:
    assert parse_address(url).base == base


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ws://127.0.0.1",
        "api.example.com",
        "https://",
        "https://a b",
        "https://x:99999",
        "https://[::1",
        f"https://me:{CANARY}@api.example.com",
        f"https://api.example.com/?token={CANARY}",
        f"https://api.example.com/#{CANARY}",
        "https://api.example.com/0/public",
        "",
    ],
)
def test_addresses_that_are_refused_and_what_they_hide(url: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        plain(url)
    assert CANARY not in str(refusal.value)


def test_a_proxy_needs_https() -> None:
    with pytest.raises(InvalidArgument, match="https"):
        plain("http://127.0.0.1:1", proxy="http://proxy.example.com:3128")


# Nothing has left.


def test_a_port_that_refuses_is_a_connect_error() -> None:
    with plain("http://127.0.0.1:1") as rest:
        end = error(rest.order())
    assert isinstance(end, ConnectError)
    assert str(end) == "cannot connect to http://127.0.0.1:1: Connection refused"


def test_a_name_that_nobody_knows_is_a_connect_error() -> None:
    with plain("https://nobody.invalid", **NEVER) as rest:
        assert isinstance(error(rest.order()), ConnectError)


def _mute(peer: Peer) -> None:
    peer.wait_for_end()


def test_tls_that_is_never_agreed_on_is_a_connect_error_in_time() -> None:
    with RawServer(_mute) as server, plain(f"https://127.0.0.1:{server.port}") as rest:
        begin = time.monotonic()
        end = error(rest.order())
        assert isinstance(end, ConnectError)
        assert time.monotonic() - begin < 2


@pytest.mark.parametrize("case", ["unknown", "wrong name", "expired"])
def test_a_certificate_that_is_not_valid_is_fatal_and_nothing_is_sent(case: str, authority: Authority) -> None:
    context = (
        authority.server("other.example.com") if case == "wrong name" else authority.server(expired=case == "expired")
    )
    ca_file = None if case == "unknown" else authority.file
    with HttpServer(reply({"data": 1}), context=context) as server, plain(server.url, ca_file=ca_file) as rest:
        for call in (rest.mine(), rest.order()):
            assert isinstance(error(call), CertificateError)
        assert server.asked == []
        assert server.connections == 2


def test_a_certificate_of_an_authority_that_was_given_is_valid(authority: Authority) -> None:
    options = {"context": authority.server()}
    with HttpServer(reply({"data": 1}), **options) as server, plain(server.url, ca_file=authority.file) as rest:
        assert data(rest.order()) == 1
        assert data(rest.order()) == 1
        assert server.connections == 1


def test_dispose_cuts_a_tls_connection_too(authority: Authority) -> None:
    with (
        HttpServer(hold, context=authority.server()) as server,
        plain(server.url, ca_file=authority.file, read_timeout=60) as rest,
    ):
        call = Outcome(rest.ask())
        server.wait_for(1)
        call.subscription.dispose()


# Proxies.


def test_through_a_proxy(authority: Authority) -> None:
    with HttpServer(reply({"data": 1}), context=authority.server()) as server, proxy_server() as proxy:
        with plain(server.url, ca_file=authority.file, proxy=f"http://127.0.0.1:{proxy.port}") as rest:
            assert data(rest.order()) == 1
            assert data(rest.order()) == 1
        assert len(server.asked) == 2
        assert [head.split(b" ")[0] for head in proxy.heads] == [b"CONNECT"]
        assert CANARY.encode() not in proxy.heads[0]


def test_a_proxy_that_wants_another_password_is_fatal_and_the_password_is_not_shown() -> None:
    def refuse(peer: Peer) -> None:
        peer.answer("407 Proxy Authentication Required")

    with RawServer(refuse) as proxy:
        url = f"http://me:{CANARY}@127.0.0.1:{proxy.port}"
        with plain("https://api.invalid", proxy=url) as rest:
            end = error(rest.order())
            assert isinstance(end, AuthRefused)
            assert end.status == 407
            assert CANARY not in f"{end} {end!r} {rest!r} {rest._transports!r}"
        assert len(proxy.heads) == 1


def test_a_proxy_that_says_no_is_a_connect_error_that_tells_so() -> None:
    with proxy_server(status="502 Bad Gateway") as proxy:
        url = f"http://me:{CANARY}@127.0.0.1:{proxy.port}"
        with plain("https://api.invalid", proxy=url, **NEVER) as rest:
            end = error(rest.order())
    assert isinstance(end, ConnectError)
    assert end.status == 502
    assert str(end) == f"cannot connect to https://api.invalid: the proxy 127.0.0.1:{proxy.port} answered 502"


def test_a_proxy_that_is_gone_is_a_connect_error() -> None:
    with plain("https://api.invalid", proxy="http://127.0.0.1:1", **NEVER) as rest:
        assert isinstance(error(rest.order()), ConnectError)


# It has left.

WHOLE = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"data":1}'


@pytest.mark.parametrize("cut_at", range(len(WHOLE)))
def test_an_answer_to_an_order_that_is_cut_at_any_byte_is_lost_and_the_order_is_sent_once(cut_at: int) -> None:
    def answer(_: Asked, peer: Peer) -> None:
        peer.send(WHOLE[:cut_at])

    with HttpServer(answer) as server, plain(server.url) as rest:
        assert type(error(rest.order())) is AnswerLost
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "slow",
    [hold, dribble(WHOLE * 3), dribble(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 900)],
    ids=["silence", "slow header", "slow body"],
)
def test_an_answer_that_does_not_come_in_time_is_a_time_out_however_it_dribbles(slow: Any) -> None:
    with HttpServer(slow) as server, plain(server.url, connect_timeout=0.3, read_timeout=0.4) as rest:
        begin = time.monotonic()
        assert type(error(rest.order())) is RequestTimeout
        assert time.monotonic() - begin < 1.5
        assert len(server.asked) == 1


def test_a_connection_that_the_exchange_closed_while_it_was_kept_is_not_used_again() -> None:
    def last(_: Asked, peer: Peer) -> None:
        peer.send(WHOLE)

    with HttpServer(last) as server, plain(server.url) as rest:
        for _ in range(3):
            assert data(rest.order()) == 1
            server.done.wait(5)
            server.done.clear()
        assert server.connections == 3


@pytest.mark.parametrize(
    ("status", "read", "order"),
    [
        ("204 No Content", AnswerLost, AnswerLost),
        ("301 Moved Permanently", RedirectRefused, RedirectRefused),
        ("302 Found", RedirectRefused, RedirectRefused),
        ("307 Temporary Redirect", RedirectRefused, RedirectRefused),
        ("400 Bad Request", RequestRefused, RequestRefused),
        ("401 Unauthorized", AuthRefused, AuthRefused),
        ("403 Forbidden", AuthRefused, AuthRefused),
        ("404 Not Found", RequestRefused, RequestRefused),
        ("408 Request Timeout", AnswerLost, AnswerLost),
        ("418 I'm a teapot", RateLimited, AnswerLost),
        ("425 Too Early", AnswerLost, AnswerLost),
        ("429 Too Many Requests", RateLimited, AnswerLost),
        ("500 Internal Server Error", AnswerLost, AnswerLost),
        ("502 Bad Gateway", AnswerLost, AnswerLost),
        ("503 Service Unavailable", AnswerLost, AnswerLost),
        ("504 Gateway Timeout", AnswerLost, AnswerLost),
        ("520 Unknown", AnswerLost, AnswerLost),
    ],
)
def test_what_a_status_means_for_a_read_and_for_an_order(status: str, read: type, order: type) -> None:
    with HttpServer(reply(b"<html>", status)) as server, plain(server.url, **NEVER) as rest:
        assert type(error(rest.mine())) is read
        assert type(error(rest.order())) is order
        assert len(server.asked) == 2


def test_a_redirect_is_not_followed() -> None:
    with HttpServer(reply({"data": 1})) as elsewhere:
        answer = reply(status="307 Temporary Redirect", headers=f"Location: {elsewhere.url}/order\r\n")
        with HttpServer(answer) as server, plain(server.url) as rest:
            assert isinstance(error(rest.order()), RedirectRefused)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("x", None), ("²", None), ("9" * 99, None)])
def test_what_retry_after_says_is_in_the_error(text: str, seconds: float | None) -> None:
    answer = reply(status="503 Service Unavailable", headers=f"Retry-After: {text}\r\n".encode().decode("latin-1"))
    with HttpServer(answer) as server, plain(server.url, **NEVER) as rest:
        end = error(rest.order())
    assert isinstance(end, AnswerLost)
    assert (end.status, end.retry_after) == (503, seconds)


# Sizes.


@pytest.mark.parametrize("size", [999, 1000, 1001])
@pytest.mark.parametrize("compress", [None, gzip.compress, zlib.compress], ids=["plain", "gzip", "deflate"])
def test_an_answer_may_have_so_many_bytes_decompressed(size: int, compress: Any) -> None:
    body = b'{"data":"' + b"x" * (size - 11) + b'"}'
    headers = "" if compress is None else f"Content-Encoding: {compress.__module__.replace('zlib', 'deflate')}\r\n"
    with (
        HttpServer(reply(compress(body) if compress else body, headers=headers)) as server,
        plain(server.url, max_answer=1000, **NEVER) as rest,
    ):
        end = outcome(rest.ask())
    if size <= 1000:
        assert end.items[0].raw.body == body
    else:
        assert isinstance(end.error, AnswerLost)
        assert "more than 1000 bytes" in str(end.error)


def test_f20_a_gzip_bomb_is_refused_and_takes_no_memory() -> None:
    # 64 MiB in 64 KiB; of it at most the limit is ever unpacked.
    bomb = gzip.compress(bytes(64 * 2**20))
    with (
        HttpServer(reply(bomb, headers="Content-Encoding: gzip\r\n")) as server,
        plain(server.url, max_answer=2**20, read_timeout=5, **NEVER) as rest,
    ):
        begin = time.monotonic()
        assert isinstance(error(rest.ask()), AnswerLost)
        assert time.monotonic() - begin < 1


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x", "gzip"), (gzip.compress(b'{"data":1}')[:-9], "gzip"), (b'{"data":1}', "br"), (b'{"data":1}', "gzip, gzip")],
)
def test_an_answer_that_cannot_be_decompressed_is_lost(body: bytes, encoding: str) -> None:
    with (
        HttpServer(reply(body, headers=f"Content-Encoding: {encoding}\r\n")) as server,
        plain(server.url, **NEVER) as rest,
    ):
        assert isinstance(error(rest.ask()), AnswerLost)


def test_what_is_left_of_a_refused_answer_is_not_taken_for_the_next() -> None:
    with HttpServer(reply(b" " * 10**6), reply({"data": 1})) as server:
        with plain(server.url, max_answer=1000, **NEVER) as rest:
            assert isinstance(error(rest.ask()), AnswerLost)
            assert data(rest.ask()) == 1
        assert server.connections == 2


# Races and secrets.


def test_what_is_disposed_of_while_it_connects_is_never_sent(authority: Authority) -> None:
    connected, go = threading.Event(), threading.Event()

    def late(peer: Peer) -> None:
        connected.set()
        go.wait(5)
        with (
            contextlib.suppress(OSError),
            authority.server().wrap_socket(peer.sock, server_side=True) as secure,
        ):
            arrived.append(secure.recv(1))

    arrived: list[bytes] = []
    with RawServer(late) as server:
        with plain(f"https://localhost:{server.port}", ca_file=authority.file, connect_timeout=5) as rest:
            call = Outcome(rest.order())
            assert connected.wait(5)
            call.subscription.dispose()
            go.set()
            assert server.done.wait(5)
        assert not call.ended.is_set()
    assert arrived in ([], [b""])


@contextlib.contextmanager
def _failing(case: str, authority: Authority) -> Iterator[str]:
    secret_body = f'{{"data":"{CANARY}"'.encode()
    answers: dict[str, Any] = {
        "cut": cut,
        "hold": hold,
        "status": reply(b"<html>", "403 Forbidden"),
        "redirect": reply(status="302 Found", headers=f"Location: https://x/?{CANARY}\r\n"),
        "malformed": reply(secret_body),
        "short": reply(secret_body, cut_at=60),
        "shape": reply({"other": CANARY}),
        "header": lambda _, peer: peer.send(f"{CANARY}\r\n\r\n".encode()),
        "nonce": reply({"error": "nonce"}),
        "rate": reply({"error": "rate"}),
        "bomb": reply(gzip.compress(bytes(2**21)), headers="Content-Encoding: gzip\r\n"),
    }
    if case == "refused":
        yield "http://127.0.0.1:1"
    elif case == "name":
        yield "https://nobody.invalid"
    elif case == "certificate":
        with HttpServer(hold, context=authority.server("x")) as server:
            yield server.url
    else:
        with HttpServer(answers[case]) as server:
            yield server.url


CASES = ["cut", "hold", "status", "redirect", "malformed", "short", "shape", "header", "nonce", "rate", "bomb"]


@pytest.mark.parametrize("case", [*CASES, "refused", "name", "certificate"])
def test_no_error_log_or_traceback_shows_a_secret(
    case: str, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        _failing(case, authority) as url,
        plain(url, read_timeout=0.2, max_answer=2**20, **NEVER) as rest,
    ):
        for call in (rest.mine(), rest.order(), rest.token()):
            end = error(call)
            trace = traceback.TracebackException.from_exception(end, capture_locals=True)
            shown = [str(end), repr(end), "".join(trace.format()), repr(rest), str(vars(rest)), *map(str, end.args)]
            shown += [repr(attrs.asdict(end))] if attrs.has(type(end)) else []
            assert CANARY not in "\n".join(shown)
            assert end.__context__ is None or end.__suppress_context__ or isinstance(end, RequestRefused)
    assert CANARY not in caplog.text


def test_a_secret_answer_is_nowhere_but_in_its_data(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []

    def look(request: Any, raw: Any) -> Any:
        seen.append((request, raw))
        return raw

    with (
        HttpServer(reply({"data": CANARY})) as server,
        caplog.at_level(logging.DEBUG),
        plain(server.url, after=[look], before=[lambda request: seen.append(request) or request]) as rest,
    ):
        (response,) = outcome(rest.token()).items
    assert response.data == CANARY
    assert CANARY not in str(response.raw) + str(attrs.asdict(response.raw)) + str(seen) + caplog.text


def test_credentials_are_in_no_copy_of_a_client() -> None:
    rest = plain("https://example.invalid")
    with pytest.raises(TypeError):
        pickle.dumps(rest._credentials)
    assert copy.deepcopy(rest._credentials) is rest._credentials


def test_the_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("HOME", str(tmp_path))
    with HttpServer(reply({"data": 1}, headers="Set-Cookie: a=b\r\n")) as server, plain(server.url) as rest:
        assert data(rest.ask()) == 1
        assert data(rest.ask()) == 1
        assert not {"authorization", "cookie"} & server.asked[1].headers.keys()
