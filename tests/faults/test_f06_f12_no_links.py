"""F06 to F12: links that cannot be made: who answers wrongly, late, or not at all, and who must not be trusted."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from rxex.errors import (
    AuthRefused,
    CertificateError,
    ConnectError,
    FatalError,
    LinkRefused,
    RedirectRefused,
    TransientError,
)
from rxex.events import Closed, Message, Opened, Reconnecting
from rxex.operators import backoff_reconnect, fixed
from rxex.socket import open_socket, tls_context
from tests.fakes.fault_proxy import FaultProxy, Toxics
from tests.fakes.http_proxy import proxy_server
from tests.fakes.raw_server import Peer, RawServer, Script, accept_and_wait, frame
from tests.fakes.tls import Authority
from tests.fakes.watch import Watch, watch

CANARY = "canary-secret"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def _full_listener() -> Iterator[int]:
    """A port whose queue is full, so that a connection to it is neither taken nor refused."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(3):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)  # noqa: FBT003
            client.connect_ex(address)
        yield address[1]


@contextlib.contextmanager
def _slow_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    leave, real = threading.Event(), socket.getaddrinfo

    def resolve(host: str, *args: Any) -> Any:
        if host == "slow.invalid" and socket.AI_NUMERICHOST not in args:
            leave.wait(10)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args)

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield
        leave.set()


def _hold(peer: Peer) -> None:
    peer.hold()


def _hold_after_request(peer: Peer) -> None:
    peer.head()
    peer.hold()


def _hold_half_way(peer: Peer) -> None:
    peer.head()
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
    peer.hold()


def _dribble(peer: Peer) -> None:
    peer.head()
    for byte in b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" * 10:
        peer.send(bytes([byte]))
        if peer.server.over.wait(0.03):
            return


def _stage(name: str, stack: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Set up something that never answers at that stage; gives the arguments for `watch`."""

    def serve(script: Script) -> RawServer:
        return stack.enter_context(RawServer(script))

    if name == "look-up":
        stack.enter_context(_slow_resolver(monkeypatch))
        return {"url": "ws://slow.invalid/"}
    if name == "tcp":
        return {"url": f"ws://127.0.0.1:{stack.enter_context(_full_listener())}"}
    if name == "proxy":
        return {"url": "ws://127.0.0.1:1", "proxy": serve(_hold_after_request).url.replace("ws", "http")}
    if name == "tls":
        return {"url": serve(_hold).url.replace("ws", "wss")}
    scripts = {"handshake": _hold_after_request, "half a handshake": _hold_half_way, "dribbled handshake": _dribble}
    return {"url": serve(scripts[name]).url}


STAGES = ["look-up", "tcp", "proxy", "tls", "handshake", "half a handshake", "dribbled handshake"]


@pytest.mark.parametrize("stage", STAGES)
def test_f06_no_answer_at_any_stage_is_a_transient_error_at_the_deadline(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as stack:
        seen = stack.enter_context(watch(**_stage(stage, stack, monkeypatch), open_timeout=0.5))
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert "longer than 0.5 s" in seen.error.reason
        assert 0.45 < seen.seconds < 2.5
        assert seen.events == []


@pytest.mark.parametrize("stage", STAGES)
def test_f06_f49_disposing_at_any_stage_returns_at_once(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        seen = stack.enter_context(watch(**_stage(stage, stack, monkeypatch)))
        threading.Event().wait(0.1)
        begin = time.monotonic()
        seen.subscription.dispose()
        assert time.monotonic() - begin < 1.5
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex-socket")]
        assert (seen.events, seen.error, seen.completed) == ([], None, False)


@pytest.mark.parametrize("line", [b"X-Header: value\r\n", b"x" * 1000], ids=["many headers", "one header"])
def test_f06_endless_headers_are_read_up_to_the_limit(line: bytes) -> None:
    sent = list[int]()

    def serve(peer: Peer) -> None:
        peer.head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        while True:
            peer.send(line)
            sent.append(len(line))

    with RawServer(serve) as server, watch(server.url, max_handshake=2048) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert "more than 2048 bytes" in seen.error.reason
        assert seen.seconds < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 abc Hello\r\n\r\n",
        b"HTTP/2 101\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        b"HTTP/1.1 101 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nno colon\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nA: \xff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 101 Switch",
        b"",
    ],
)
def test_f06_an_answer_that_is_no_handshake_is_a_transient_error(answer: bytes) -> None:
    def serve(peer: Peer) -> None:
        peer.head()
        peer.send(answer)

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert server.url in str(seen.error)


def test_f06_a_handshake_cut_at_any_byte_is_a_transient_error() -> None:
    with RawServer(accept_and_wait) as server, FaultProxy(server.port, Toxics()) as proxy:
        for cut in range(0, 128, 3):
            proxy.toxics = Toxics(limit_data=cut, reset_peer=cut % 2 == 0)
            with watch(proxy.url) as seen:
                seen.wait_for_end()
                assert isinstance(seen.error, ConnectError), f"cut at {cut}"
                assert seen.events == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_f07_a_redirect_is_fatal_and_the_second_host_sees_nothing(status: int) -> None:
    with RawServer(accept_and_wait) as second:

        def serve(peer: Peer) -> None:
            peer.answer(f"{status} Moved", f"Location: {second.url}\r\n")

        with RawServer(serve) as first, watch(first.url, headers={"API-Key": CANARY}) as seen:
            seen.wait_for_end()
            assert isinstance(seen.error, RedirectRefused)
            assert seen.error.status == status
            assert second.connections == 0
            assert CANARY not in str(seen.error)


@pytest.mark.parametrize("status", [401, 403])
def test_f08_refused_credentials_are_fatal_and_tried_once(status: int) -> None:
    def serve(peer: Peer) -> None:
        peer.answer(f"{status} No", body="x" * 200_000)

    with (
        RawServer(serve) as server,
        Watch(open_socket(server.url + f"?token={CANARY}").pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, AuthRefused)
        assert seen.error.status == status
        assert server.connections == 1
        assert CANARY not in str(seen.error)


@pytest.mark.parametrize("status", [400, 404, 405, 410, 426])
def test_f08_a_request_that_is_wrong_is_fatal_and_says_to_check_the_url(status: int) -> None:
    with RawServer(lambda peer: peer.answer(f"{status} No")) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, LinkRefused)
        assert seen.error.code == status
        assert "check the url" in str(seen.error)
        assert server.url in str(seen.error)


@pytest.mark.parametrize("status", [408, 418, 425, 429, 500, 502, 503, 504, 520, 530])
def test_f09_an_exchange_that_is_busy_is_a_transient_error(status: int) -> None:
    with (
        RawServer(lambda peer: peer.answer(f"{status} Busy", "Retry-After: 17\r\n")) as server,
        watch(server.url) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert (seen.error.status, seen.error.retry_after) == (status, 17.0)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("0", 0, 0),
        ("120", 120, 120),
        ("99999999999", 86_400, 86_400),
        ("in 20 s", 15, 20),
        ("20 s ago", 0, 0),
    ],
)
def test_f09_retry_after_is_seconds_or_a_date(value: str, low: float, high: float) -> None:
    if "20 s" in value:
        value = formatdate(time.time() + (20 if value.startswith("in") else -20), usegmt=True)
    with (
        RawServer(lambda peer: peer.answer("503 Busy", f"retry-after:  {value} \r\n")) as server,
        watch(server.url) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert seen.error.retry_after is not None
        assert low <= seen.error.retry_after <= high


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Mon, 99 Foo 2024", "\u00e9"])
def test_f09_a_retry_after_that_makes_no_sense_is_left_out(value: str) -> None:
    with (
        RawServer(lambda peer: peer.answer("429 Busy", f"Retry-After: {value}\r\n")) as server,
        watch(server.url) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert seen.error.retry_after is None


def test_f09_the_next_attempt_waits_as_long_as_asked() -> None:
    def busy(peer: Peer) -> None:
        peer.answer("429 Too Many Requests", "Retry-After: 1\r\n")

    with (
        RawServer(busy, accept_and_wait) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait(Opened)
        assert seen.of(Reconnecting)[0].delay == 1.0
        assert time.monotonic() - seen.begin >= 1.0


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "make_url",
    [
        lambda: "ws://rxex-test.invalid/v2",
        lambda: f"ws://127.0.0.1:{_closed_port()}/v2",
        lambda: f"ws://[::1]:{_closed_port()}/v2",
        lambda: "ws://255.255.255.255/v2",
        lambda: f"ws://{'x' * 64}.invalid/v2",
    ],
    ids=["DNS failure", "refused", "refused by IPv6", "unreachable", "a name too long"],
)
def test_f10_a_host_that_cannot_be_reached_is_a_transient_error(make_url: Callable[[], str]) -> None:
    with watch(make_url() + f"?token={CANARY}") as seen:
        seen.wait_for_end(12)
        assert isinstance(seen.error, ConnectError)
        assert isinstance(seen.error, TransientError)
        assert seen.error.status is None
        assert CANARY not in str(seen.error)


def test_f10_the_second_address_of_a_host_is_tried_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(accept_and_wait) as server, _full_listener() as dead, contextlib.ExitStack() as stack:
        real = socket.getaddrinfo

        def resolve(host: str, *args: Any) -> Any:
            if host != "two.invalid":
                return real(host, *args)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (dead, server.port)]

        patch = stack.enter_context(monkeypatch.context())
        patch.setattr(socket, "getaddrinfo", resolve)
        with watch("ws://two.invalid/", open_timeout=3.0) as seen:
            seen.wait(Opened)
            assert time.monotonic() - seen.begin < 1.0


def test_f11_a_certificate_of_an_authority_that_was_named_is_trusted(authority: Authority) -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame('{"a":1}'))
        while (message := peer.read_message()) is not None:
            peer.text(message)

    with (
        RawServer(serve, context=authority.server()) as server,
        watch(server.url, ca_file=authority.file) as seen,
    ):
        assert seen.wait(Message).data == {"a": 1}
        seen.socket.send({"b": "x" * 1_000_000})
        assert seen.wait(Message, 2).data == {"b": "x" * 1_000_000}
        seen.socket.close()


@pytest.mark.parametrize("problem", ["unknown authority", "wrong host", "expired"])
def test_f11_a_certificate_that_is_not_valid_is_fatal_and_nothing_is_sent(
    problem: str, authority: Authority, tmp_path: Path
) -> None:
    if problem == "unknown authority":
        context, file = Authority(tmp_path).server(), authority.file
    elif problem == "wrong host":
        context, file = authority.server("other.example.com"), authority.file
    else:
        context, file = authority.server(expired=True), authority.file
    with (
        RawServer(accept_and_wait, context=context) as server,
        Watch(open_socket(server.url, ca_file=file).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, CertificateError)
        assert isinstance(seen.error, FatalError)
        assert seen.error.host == "localhost"
        assert server.connections == 1
        assert server.heads == []


def test_f11_an_authority_that_was_not_named_is_not_trusted(authority: Authority) -> None:
    with RawServer(accept_and_wait, context=authority.server()) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, CertificateError)


def test_f11_an_address_in_numbers_is_verified_too(authority: Authority) -> None:
    with RawServer(accept_and_wait, context=authority.server("127.0.0.1")) as server:
        with watch(server.url.replace("localhost", "127.0.0.1"), ca_file=authority.file) as seen:
            seen.wait(Opened)
        with watch(server.url, ca_file=authority.file) as seen:
            seen.wait_for_end()
            assert isinstance(seen.error, CertificateError)


def test_f11_a_server_that_speaks_no_tls_is_a_transient_error() -> None:
    with RawServer(_send_http) as server, watch(server.url.replace("ws", "wss")) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert "TLS" in seen.error.reason


def _send_http(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    peer.wait_for_end()


def test_f11_a_tls_flood_is_read_while_messages_are_sent(authority: Authority) -> None:
    received = list[int]()

    def serve(peer: Peer) -> None:
        peer.accept()
        block = b"".join(frame(f"[{number}]") for number in range(1000))
        for _ in range(100):
            peer.send(block)
        while (message := peer.read_message()) is not None:
            received.append(message[0])
            if len(received) == 2000:
                peer.text(["all"])

    with RawServer(serve, context=authority.server()) as server, watch(server.url, ca_file=authority.file) as seen:
        socket = seen.socket

        def send(first: int) -> None:
            for number in range(first, first + 1000):
                socket.send([number])

        threads = [threading.Thread(target=send, args=(first,)) for first in (0, 1000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seen.wait(Message, 100_001, 30)
        assert sorted(received) == list(range(2000))
        assert [message.data for message in seen.of(Message)] == [[n] for n in range(1000)] * 100 + [["all"]]


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "fin"])
def test_f11_a_tls_link_that_breaks_is_told_like_any_other(reset: bool, authority: Authority) -> None:  # noqa: FBT001
    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]"))
        peer.read_message()
        if reset:
            peer.reset()

    with RawServer(serve, context=authority.server()) as server, watch(server.url, ca_file=authority.file) as seen:
        seen.wait(Message)
        seen.socket.send([1])
        seen.wait_for_end()
        assert seen.of(Closed)[0].code is None
        assert isinstance(seen.error, TransientError)


def test_f12_a_link_goes_through_a_proxy(authority: Authority) -> None:
    with (
        proxy_server(user=f"me:{CANARY}") as proxy,
        RawServer(accept_and_wait) as plain,
        RawServer(accept_and_wait, context=authority.server()) as secure,
    ):
        address = f"http://me:{CANARY}@127.0.0.1:{proxy.port}"
        with watch(plain.url, proxy=address) as seen:
            seen.wait(Opened)
        with watch(secure.url, proxy=address, ca_file=authority.file) as seen:
            seen.wait(Opened)
        assert [head.split(b" ")[0] for head in proxy.heads] == [b"CONNECT", b"CONNECT"]
        assert all(CANARY.encode() not in head for head in (*plain.heads, *secure.heads))


def test_f12_a_proxy_that_asks_for_a_password_is_fatal_and_the_password_is_not_shown() -> None:
    with proxy_server(user="me:right") as proxy, RawServer(accept_and_wait) as server:
        source = open_socket(server.url, proxy=f"http://me:{CANARY}@127.0.0.1:{proxy.port}")
        with Watch(source.pipe(backoff_reconnect(lambda: fixed(0)))) as seen:
            seen.wait_for_end()
            assert isinstance(seen.error, AuthRefused)
            assert seen.error.status == 407
            assert proxy.connections == 1
            assert server.connections == 0
            assert CANARY not in str(seen.error) + repr(seen.error)


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Busy", "403 Forbidden", "abc"])
def test_f12_a_proxy_that_refuses_is_a_transient_error(status: str) -> None:
    with (
        proxy_server(status=status) as proxy,
        RawServer(accept_and_wait) as server,
        watch(server.url, proxy=f"http://me:{CANARY}@127.0.0.1:{proxy.port}") as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert "proxy" in seen.error.reason
        assert CANARY not in str(seen.error) + repr(seen.error)


def test_f12_a_proxy_that_is_gone_is_a_transient_error() -> None:
    with watch("wss://ws.example.com", proxy=f"http://me:{CANARY}@127.0.0.1:{_closed_port()}") as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectError)
        assert CANARY not in str(seen.error) + repr(seen.error)


def test_f12_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{_closed_port()}")
    with RawServer(accept_and_wait) as server, watch(server.url) as seen:
        seen.wait(Opened)


def test_f55_without_a_descriptor_for_the_socket_the_error_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: Any) -> socket.socket:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch, RawServer(accept_and_wait) as server:
        patch.setattr("rxex.socket.dial.socket.socket", none_left)
        with watch(server.url) as seen:
            seen.wait_for_end()
            assert isinstance(seen.error, ConnectError)
            assert "Too many open files" in seen.error.reason


def test_cookies_of_one_link_are_not_sent_on_another() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(headers=f"Set-Cookie: session={CANARY}; Domain=127.0.0.1\r\n")
        peer.wait_for_end()

    with RawServer(serve) as server:
        for _ in range(2):
            with watch(server.url) as seen:
                seen.wait(Opened)
        assert len(server.heads) == 2
        assert all(b"Cookie" not in head for head in server.heads)


def test_certificates_and_host_names_are_always_verified() -> None:
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
