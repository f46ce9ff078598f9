"""Making a link: what is handed over, and that nothing stays behind; faults/test_f06_f12 has what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from rxex.errors import ConnectError
from rxex.socket.address import parse_address
from rxex.socket.dial import Dialer
from rxex.socket.wake import Stopped, Wake
from tests.fakes.raw_server import Peer, RawServer, frame


@pytest.fixture
def wake() -> Iterator[Wake]:
    made = Wake()
    yield made
    made.close()


def _dialer(url: str, timeout: float = 5.0) -> Dialer:
    return Dialer(parse_address(url), timeout, 65_536, {"API-Key": "canary"}, None, None)


def test_a_link_is_not_blocking_and_comes_with_what_was_read_already(wake: Wake) -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]"))
        peer.wait_for_end()

    with RawServer(serve) as server:
        dialed = _dialer(f"{server.url}?token=t").dial(wake, lambda: False)
        with dialed.sock:
            assert dialed.sock.gettimeout() == 0
            assert frame("[1]").startswith(dialed.rest)
        request = server.heads[0].decode().split("\r\n")
        assert request[0] == "GET /v2?token=t HTTP/1.1"
        assert f"Host: 127.0.0.1:{server.port}" in request
        assert "API-Key: canary" in request


def test_a_name_is_looked_up_on_a_thread_of_its_own(wake: Wake) -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.wait_for_end()

    with RawServer(serve) as server:
        dialed = _dialer(server.url.replace("127.0.0.1", "localhost")).dial(wake, lambda: False)
        dialed.sock.close()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex")]


def test_a_dialer_that_was_stopped_before_does_nothing(wake: Wake) -> None:
    with RawServer() as server, pytest.raises(Stopped):
        _dialer(server.url).dial(wake, lambda: True)
    assert server.connections == 0


def test_without_a_thread_for_the_look_up_the_error_is_transient(wake: Wake, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    with pytest.raises(ConnectError, match="looking up the host failed: can't start new thread"):
        _dialer("ws://localhost:1").dial(wake, lambda: False)


def test_a_dialer_shows_no_header() -> None:
    assert "canary" not in repr(_dialer("ws://localhost:1"))
