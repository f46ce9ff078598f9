"""The simulated exchange as a server, spoken to by a client that is not ours."""

from __future__ import annotations

import gc
import json
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rxex.errors import InvalidArgument
from rxex.sandbox import Faults, HttpCall, Sandbox, Simulation
from rxex.sandbox._loop import frame
from rxex.sandbox.actions import Refusal
from rxex.sandbox.http import HttpReply
from rxex.sandbox.session import Session
from tests.sandbox.plain import INSTRUMENTS, PlainProtocol, make, sandbox


@pytest.fixture
def exchange() -> Iterator[Sandbox]:
    with sandbox() as exchange:
        yield exchange


def client(exchange: Sandbox) -> ClientConnection:
    return connect(exchange.endpoints["url"], close_timeout=1)


def ended(client: ClientConnection) -> ConnectionClosed:
    """Read until the connection ends; give what it ended with."""
    while True:
        try:
            client.recv(timeout=5)
        except ConnectionClosed as closed:
            return closed


def test_the_server_greets_and_answers_on_a_free_port(exchange: Sandbox) -> None:
    with client(exchange) as link:
        assert link.recv(timeout=5) == "hello"
        link.send('{"a":1}')
        assert link.recv(timeout=5) == "echo {'a': 1}"
        assert exchange.open_sessions == [1]
        assert [request.message for request in exchange.requests] == [{"a": 1}]
        assert [sent.text for sent in exchange.sent] == ["hello", "echo {'a': 1}"]
    assert exchange.wait_until(lambda exchange: exchange.open_sessions == [])


def test_a_protocol_may_want_its_texts_in_binary_frames() -> None:
    class Binary(PlainProtocol):
        def opened(self, session: Session) -> None:
            session.is_binary = True
            super().opened(session)

    def make_binary(start: int) -> Simulation:
        return Simulation({"/": Binary}, INSTRUMENTS, start=start)

    with Sandbox(make_binary, {"url": "/"}) as exchange, client(exchange) as link:
        assert link.recv(timeout=5) == b"hello"


def test_the_server_is_one_named_daemon_thread(exchange: Sandbox) -> None:
    with client(exchange):
        (thread,) = [thread for thread in threading.enumerate() if thread.name.startswith("rxex")]
        assert thread.name == "rxex-sandbox"
        assert thread.daemon


def test_stopping_with_live_clients_says_goodbye_and_leaves_nothing() -> None:
    with ExitStack() as clients:
        with sandbox() as exchange:
            links = [clients.enter_context(client(exchange)) for _ in range(5)]
            exchange.half_open(5)
        for link in links[:4]:
            assert ended(link).rcvd is not None
        assert ended(links[4]).rcvd is None
        assert exchange.connections == 5
    # The autouse fixture sees to it that no thread and no file is left.


def test_stopping_in_a_flood_that_nobody_reads_takes_less_than_two_seconds() -> None:
    with ExitStack() as clients, sandbox() as exchange:
        links = [clients.enter_context(client(exchange)) for _ in range(3)]
        for link in links:
            link.send('{"flood":1000000000}')
        assert exchange.wait_until(lambda exchange: len(exchange.requests) == 3)
        begin = time.monotonic()
        exchange.stop()
        assert time.monotonic() - begin < 2.0


def test_asking_while_the_server_stops_gives_an_answer_all_the_same() -> None:
    exchange = sandbox().start()
    answers: list[int] = []
    ready = threading.Event()

    def ask() -> None:
        for _ in range(2000):
            answers.append(exchange.connections)
            ready.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert ready.wait(5)
    exchange.stop()
    asking.join(10)
    assert answers == [0] * 2000


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "rxex.sandbox._loop")
    with pytest.raises(InvalidArgument, match=r"pip install 'rxex\[sandbox\]'"):
        sandbox().start()


def test_stopping_twice_and_stopping_what_never_ran_do_nothing() -> None:
    exchange = sandbox()
    exchange.stop()
    exchange.start()
    exchange.stop()
    exchange.stop()


def test_a_stopped_server_starts_again_on_the_same_port() -> None:
    exchange = sandbox()
    for _ in range(2):
        with exchange, client(exchange) as link:
            assert link.recv(timeout=5) == "hello"
            port = exchange.endpoints["url"]
    assert exchange.endpoints["url"] == port
    assert exchange.connections == 1


def test_a_running_server_does_not_start_again(exchange: Sandbox) -> None:
    with pytest.raises(InvalidArgument, match="running"):
        exchange.start()


def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        sandbox(port=taken.getsockname()[1]).start()


def test_what_never_ran_cannot_be_asked() -> None:
    with pytest.raises(InvalidArgument, match="start"):
        _ = sandbox().connections


def test_a_cut_resets_the_connection(exchange: Sandbox) -> None:
    raw = socket.create_connection(("127.0.0.1", int(exchange.endpoints["url"].rsplit(":")[-1].strip("/"))), timeout=5)
    with raw:
        raw.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        greeting = b""
        while b"hello" not in greeting:
            greeting += raw.recv(4096)
        exchange.cut()
        with pytest.raises(ConnectionResetError):
            raw.recv(4096)


def test_a_cut_ends_only_the_connection_that_it_names(exchange: Sandbox) -> None:
    with client(exchange) as first, client(exchange) as second:
        exchange.cut(1)
        assert ended(first).rcvd is None
        second.send("{}")
        assert [second.recv(timeout=5), second.recv(timeout=5)] == ["hello", "echo {}"]


def test_a_close_carries_code_and_reason(exchange: Sandbox) -> None:
    with client(exchange) as link:
        exchange.close(1013, "Market data unavailable")
        closed = ended(link).rcvd
        assert closed is not None
        assert (closed.code, closed.reason) == (1013, "Market data unavailable")


def test_a_restart_is_told_in_plain_text_first(exchange: Sandbox) -> None:
    with client(exchange) as link:
        exchange.restart()
        assert [link.recv(timeout=5), link.recv(timeout=5)] == ["hello", "CloudFlare WebSocket proxy restarting"]
        closed = ended(link).rcvd
        assert closed is not None
        assert closed.code == 1001


def test_a_half_open_connection_answers_no_ping(exchange: Sandbox) -> None:
    with client(exchange) as link:
        assert link.ping().wait(timeout=5)
        exchange.half_open()
        assert not link.ping().wait(timeout=0.2)
        exchange.cut()


def test_a_client_that_closes_is_answered(exchange: Sandbox) -> None:
    with client(exchange) as link:
        link.close(1000, "bye")
        assert link.close_code == 1000
    assert exchange.wait_until(lambda exchange: exchange.open_sessions == [])


def test_a_refused_handshake_has_a_status_and_says_when_to_come_back(exchange: Sandbox) -> None:
    exchange.refuse_handshakes(1, 429, 7.0)
    with pytest.raises(InvalidStatus) as caught:
        client(exchange)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    with client(exchange) as link:
        assert link.recv(timeout=5) == "hello"


def test_unknown_paths_and_plain_http_are_refused(exchange: Sandbox) -> None:
    host = exchange.endpoints["url"].removeprefix("ws://").strip("/")
    for path, status in (("/elsewhere", 404), ("/", 426)):
        http = HTTPConnection(host, timeout=5)
        http.request("GET", path)
        assert http.getresponse().status == status
        http.close()
    assert exchange.connections == 0


def test_a_status_change_reaches_everybody(exchange: Sandbox) -> None:
    with client(exchange) as first, client(exchange) as second:
        exchange.set_status("maintenance")
        assert [link.recv(timeout=5) for link in (first, second, first, second)] == [
            "hello",
            "hello",
            "maintenance",
            "maintenance",
        ]


def test_a_flood_comes_whole_in_order_and_beside_other_clients(exchange: Sandbox) -> None:
    frames = 50_000
    with client(exchange) as flooded, client(exchange) as other:
        assert flooded.recv(timeout=5) == "hello"
        flooded.send(f'{{"flood":{frames}}}')
        for number in range(frames):
            assert flooded.recv(timeout=5) == f"flood {number % 1000}"
        other.send("{}")
        assert [other.recv(timeout=5), other.recv(timeout=5)] == ["hello", "echo {}"]


def test_a_client_that_leaves_in_a_flood_ends_it(exchange: Sandbox) -> None:
    with client(exchange) as link:
        link.send('{"flood":1000000000}')
        for _ in range(1000):
            link.recv(timeout=5)
    assert exchange.wait_until(lambda exchange: exchange.open_sessions == [])


def test_a_client_that_leaves_in_the_middle_of_a_call_is_nobody_s_error(
    exchange: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    address = urlsplit(exchange.endpoints["url"])
    with socket.create_connection((address.hostname, address.port or 0)) as half:
        half.sendall(b"POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it")
        with client(exchange) as link:  # what comes later has been read later
            assert link.recv(timeout=5) == "hello"
        half.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with client(exchange) as link:
        assert link.recv(timeout=5) == "hello"
    assert caplog.records == []


def test_many_threads_may_ask_and_act_at_once(exchange: Sandbox) -> None:
    def act(number: int) -> int:
        with client(exchange) as link:
            exchange.send_raw(f"text {number}")
            exchange.requests  # noqa: B018
            link.send("{}")
            while link.recv(timeout=5) != "echo {}":
                pass
        return exchange.connections

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(act, range(20))) <= 20
    assert exchange.connections == 20


def test_an_error_in_an_action_comes_out_where_it_was_asked_for(exchange: Sandbox) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        exchange._run(fail)
    assert exchange.connections == 0


def test_faults_by_seed_work_on_real_sockets() -> None:
    with sandbox(faults=Faults(cut_after=(3, 3))) as exchange, client(exchange) as link:
        with suppress(ConnectionClosed):
            for _ in range(5):
                link.send("{}")
        ended(link)
        assert [incident.kind for incident in exchange.incidents] == ["cut"]


def test_an_idle_client_is_closed() -> None:
    with sandbox(idle_timeout=0.1) as exchange, client(exchange) as link:
        closed = ended(link).rcvd
        assert closed is not None
        assert closed.code == 1000


def test_waiting_gives_up(exchange: Sandbox) -> None:
    assert not exchange.wait_until(lambda exchange: exchange.connections == 1, timeout=0.05)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_frames_have_the_shortest_header(size: int) -> None:
    header = {0: 2, 1: 2, 125: 2, 126: 4, 65535: 4, 65536: 10}[size]
    built = frame(b"x" * size)
    assert len(built) == header + size
    assert built[0] == 0x81
    assert built[1] == (size if size < 126 else 126 if size < 65536 else 127)


def test_the_shell_entry_announces_one_line_and_ends_with_a_signal() -> None:
    program = "from tests.sandbox.plain import sandbox\nsandbox().serve_forever()\nprint('ended')\n"
    for number in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with connect(url) as link:
            assert link.recv(timeout=5) == "hello"
            process.send_signal(number)
            out, err = process.communicate(timeout=5)
        assert (out, err, process.returncode) == ("ended\n", "", 0)


class Echo:
    """Answers every call with where and how it came in."""

    def answer(self, call: HttpCall) -> HttpReply | None:
        body = f"{call.server}|{call.path}|{call.query}|{call.raw_query}".encode()
        return HttpReply(body=body, headers={"x-left": "7"})


def test_further_addresses_have_ports_of_their_own_and_calls_say_which_was_called() -> None:
    with Sandbox(lambda start: make(start, http=lambda _: Echo()), {"url": "/"}, servers=["second"]) as exchange:
        answers = []
        for name in ("", "second"):
            connection = HTTPConnection(exchange.authority(name), timeout=5)
            connection.request("GET", "/a?b=c%21&d=e+f")
            response = connection.getresponse()
            answers.append(response.read().decode())
            assert response.headers["x-left"] == "7"
            connection.close()
        assert answers == [f"{name}|/a|{{'b': 'c!', 'd': 'e f'}}|b=c%21&d=e+f" for name in ("", "second")]
        assert exchange.authority() != exchange.authority("second")


def test_there_have_to_be_enough_ports() -> None:
    with pytest.raises(InvalidArgument, match="1 more after it"):
        Sandbox(make, {"url": "/"}, port=65_535, servers=["second"])


def _with_a_free_port_below() -> socket.socket:
    """Take a port whose neighbour nobody has."""
    while True:
        taken = socket.create_server(("127.0.0.1", 0))
        try:
            socket.create_server(("127.0.0.1", taken.getsockname()[1] - 1)).close()
        except OSError:
            taken.close()
        else:
            return taken


def test_an_address_that_is_taken_leaves_the_others_closed() -> None:
    with _with_a_free_port_below() as taken:
        port = taken.getsockname()[1]
        exchange = Sandbox(make, {"url": "/"}, port=port - 1, servers=["second"])
        with pytest.raises(OSError, match="in use"):
            exchange.start()
        with socket.create_server(("127.0.0.1", port - 1)):
            pass


class Doorkeeper(PlainProtocol):
    """Wants a word in the URL, and says it in its greeting."""

    def refuses(self, query: Mapping[str, str]) -> Refusal | None:
        return None if query.get("word") == "sesame!" else Refusal(401)

    def opened(self, session: Session) -> None:
        self.simulation.send(session, session.query["word"])


def test_a_protocol_may_refuse_a_handshake_by_its_query() -> None:
    with Sandbox(lambda start: Simulation({"/": Doorkeeper}, INSTRUMENTS, start=start), {"url": "/"}) as exchange:
        url = exchange.endpoints["url"]
        with pytest.raises(InvalidStatus, match="401"):
            connect(url + "?word=please")
        with connect(url + "?word=sesame%21", close_timeout=1) as link:
            assert link.recv(timeout=5) == "sesame!"
        assert exchange.refused_handshakes == 1


class Late:
    """Answers much too late."""

    def answer(self, _: HttpCall) -> HttpReply:
        return HttpReply(delay=1000.0)


def test_calls_that_nobody_waits_for_any_more_end_with_the_exchange(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(lambda start: make(start, http=lambda _: Late()), {"url": "/"}) as exchange:
        client = HTTPConnection(exchange.authority(), timeout=5)
        client.request("GET", "/anything")
        assert exchange.wait_until(lambda exchange: len(exchange.calls) == 1)
        client.close()
    gc.collect()
    assert caplog.records == []
