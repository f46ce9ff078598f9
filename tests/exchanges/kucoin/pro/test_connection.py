"""Pro connections: welcomed, pinged, logged in by token or by frame; over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import repeat
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable

from rxex.auth import Credentials, Secret
from rxex.connection import Connection
from rxex.errors import AuthRefused, ConnectError, InvalidArgument, TokenError
from rxex.events import Gap, Heartbeat, Malformed, Opened, Reconnected, Reconnecting, SystemStatus
from rxex.exchanges.kucoin import pro
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.sandbox import Faults
from tests.exchanges.kucoin.plain_books import texts
from tests.fakes.raw_server import Peer, RawServer, frame
from tests.fakes.watch import Watch

PATIENCE = 10.0


@contextmanager
def connected(connection: Connection) -> Iterator[Watch]:
    with Watch(connection.link) as watch, connection.connect():
        yield watch


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox(seed=3, speed=20) as exchange:
        yield exchange


def soon() -> Iterator[float]:
    return repeat(0.05)


def url_of(exchange: KucoinSandbox, market: str) -> str:
    return exchange.endpoints[f"ws_pro_{market}_url"]


def gathered(connection: Connection, operators: dict[str, Any], enough: int = 2) -> tuple[dict[str, list[Any]], Any]:
    """Subscribe to all; give what comes, and what waits until there is enough of each."""
    got: dict[str, list[Any]] = {name: [] for name in operators}
    changed = threading.Condition()

    def keep(name: str) -> Callable[[Any], None]:
        def take(item: Any) -> None:
            with changed:
                got[name].append(item)
                changed.notify_all()

        return take

    for name, operator in operators.items():
        connection.pipe(filter_new_socket_only(), operator).subscribe(keep(name), keep(name))

    def wait() -> bool:
        with changed:
            return changed.wait_for(lambda: all(len(items) >= enough for items in got.values()), PATIENCE)

    return got, wait


def test_every_public_channel_of_spot_comes_over_one_binary_socket(exchange: KucoinSandbox) -> None:
    connection = pro.public_connection(url_of(exchange, "spot"))
    messages = connection.pipe(keep_messages_only())
    operators = {
        "ticker": pro.subscribe_ticker(["BTC-USDT", "ETH-USDT"], messages, notices=True),
        "trades": pro.subscribe_trades("BTC-USDT", messages, notices=True),
        "candles": pro.subscribe_candles("BTC-USDT", messages, notices=True),
        "book": pro.subscribe_book("BTC-USDT", messages, depth=5, notices=True),
        "updates": pro.subscribe_book_updates("BTC-USDT", messages, notices=True),
        "depth": pro.subscribe_depth("BTC-USDT", messages, notices=True),
        "spread": pro.subscribe_spread("BTC-USDT", messages, notices=True),
        "raw": pro.subscribe_raw({"channel": "ticker", "tradeType": "SPOT", "symbol": "SOL-USDT"}, messages),
    }
    got, wait = gathered(connection, operators)
    with connected(connection) as watch:
        assert wait(), {name: len(items) for name, items in got.items()}
        assert not watch.of(Malformed)
        assert watch.of(SystemStatus)
    assert {type(item).__name__ for item in got["ticker"]} == {"Ticker"}
    assert {type(item).__name__ for item in got["book"]} == {"Book"}
    assert {type(item).__name__ for item in got["updates"]} == {"BookUpdate"}
    assert exchange.connections == 1


def test_every_public_channel_of_futures_comes_as_well(exchange: KucoinSandbox) -> None:
    connection = pro.public_connection(url_of(exchange, "futures"), market="futures")
    messages = connection.pipe(keep_messages_only())
    operators = {
        "ticker": pro.subscribe_ticker("XBTUSDTM", messages, notices=True),
        "trades": pro.subscribe_trades("XBTUSDTM", messages, notices=True),
        "candles": pro.subscribe_candles("XBTUSDTM", messages, notices=True),
        "book": pro.subscribe_book("XBTUSDTM", messages, notices=True),
        "mark price": pro.subscribe_mark_price("XBTUSDTM", messages, notices=True),
    }
    got, wait = gathered(connection, operators, 1)
    with connected(connection) as watch:
        assert wait(), {name: len(items) for name, items in got.items()}
        assert not watch.of(Malformed)
    assert {name: type(items[0]).__name__ for name, items in got.items()} == {
        "ticker": "FuturesTicker",
        "trades": "Trade",
        "candles": "FuturesCandle",
        "book": "Book",
        "mark price": "MarkPrice",
    }


def test_a_cut_is_told_and_every_channel_goes_on(exchange: KucoinSandbox) -> None:
    connection = pro.public_connection(url_of(exchange, "spot"), delays=soon)
    messages = connection.pipe(keep_messages_only())
    again = threading.Event()
    kinds: list[str] = []

    def take(item: Any) -> None:
        kinds.append(type(item).__name__)
        if "Gap" in kinds and kinds[-1] == "Book":
            again.set()
        elif kinds == ["Book"]:
            exchange.cut()

    book = pro.subscribe_book("BTC-USDT", messages, notices=True)
    connection.pipe(filter_new_socket_only(), book).subscribe(take)
    with connected(connection) as watch:
        assert again.wait(PATIENCE)
        watch.wait(Reconnected)
    assert kinds.count("Gap") == 1


def test_a_book_over_a_link_that_loses_and_doubles_messages_is_mended() -> None:
    faults = Faults(drop=0.01, duplicate=0.05, seed=8)
    done = threading.Event()
    items: list[Any] = []

    def take(item: Any) -> None:
        items.append(item)
        if not isinstance(item, Gap) and any(isinstance(each, Gap) for each in items):
            done.set()

    with kucoin_sandbox(seed=4, speed=60, faults=faults) as exchange:
        connection = pro.public_connection(url_of(exchange, "spot"))
        messages = connection.pipe(keep_messages_only())
        book = pro.subscribe_book("BTC-USDT", messages, depth=None, notices=True)
        connection.pipe(filter_new_socket_only(), book).subscribe(take)
        with connected(connection):
            assert done.wait(PATIENCE), len(items)
        sent = {json.loads(each.text)["d"]["C"] for each in exchange.sent if '"T":"obu' in each.text}
    for item in items:
        if not isinstance(item, Gap):
            bids, asks = texts(item)
            assert Decimal(bids[0][0]) < Decimal(asks[0][0])
            assert item.raw["d"]["C"] in sent


def _welcome(peer: Peer, **more: Any) -> None:
    peer.accept()
    peer.text({"sessionId": "9b5a", "message": "welcome", **more})


def test_the_socket_is_open_at_the_welcome_and_not_before() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.text({"type": "pong"})
        peer.wait_for_end()

    with RawServer(serve) as server:
        connection = pro.public_connection(server.url, welcome_timeout=0.2, attempts=0)
        with connected(connection) as watch:
            watch.wait_for(lambda: watch.error is not None)
        assert not watch.of(Opened)
        assert "no greeting" in str(watch.error)


def test_what_comes_before_the_welcome_and_makes_no_sense_is_passed_over() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        nonsense: list[Any] = [[], {}, {"message": ["welcome"], "type": {}}, {"result": [], "pingInterval": "soon"}]
        for each in nonsense:
            peer.text(each)
        peer.send(frame("neither JSON nor"))
        peer.text({"message": "welcome", "pingInterval": "soon"})
        peer.wait_for_end()

    with RawServer(serve) as server, connected(pro.public_connection(server.url)) as watch:
        watch.wait(Opened)
        watch.wait(SystemStatus)
    assert watch.error is None


def test_pings_are_the_exchanges_own_and_never_two_within_a_second() -> None:
    times: list[float] = []
    pings: list[Any] = []

    def serve(peer: Peer) -> None:
        _welcome(peer, pingInterval=1)
        times.append(time.monotonic())
        message = peer.read_message()
        times.append(time.monotonic())
        pings.append(message)
        peer.text({"type": "pong", "id": message["id"], "ts": 1})
        peer.wait_for_end()

    with RawServer(serve) as server, connected(pro.public_connection(server.url)) as watch:
        assert watch.wait(Heartbeat).solicited
    assert pings == [{"id": "p1", "type": "ping"}]
    assert times[1] - times[0] > 1.5


def test_what_is_said_instead_of_a_welcome_is_told() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.text({"result": False, "message": "too many connections"})
        peer.wait_for_end()

    with RawServer(serve) as server, connected(pro.public_connection(server.url, attempts=0)) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, ConnectError)
    assert "too many connections" in str(watch.error)


def test_a_private_connection_logs_in_with_a_token_of_its_own_for_each_socket(exchange: KucoinSandbox) -> None:
    connection = pro.private_connection(
        exchange.credentials(), url_of(exchange, "private"), rest_url=exchange.rest_url, delays=soon
    )
    messages = connection.pipe(keep_messages_only())
    connection.pipe(filter_new_socket_only(), pro.subscribe_orders(messages)).subscribe()
    with connected(connection) as watch:
        assert exchange.wait_until(lambda exchange: len(exchange.requests) == 1)
        exchange.cut()
        watch.wait(Reconnected)
        assert exchange.wait_until(lambda exchange: len(exchange.requests) == 2)
    assert all("orderAll" in request.text for request in exchange.requests)
    assert len([call for call in exchange.calls if call.path == "/api/v2/bullet-private"]) == 2
    assert "token=" not in repr(watch.events)


def test_a_private_connection_logs_in_with_a_frame(exchange: KucoinSandbox) -> None:
    credentials = exchange.credentials()
    connection = pro.private_connection(credentials, url_of(exchange, "private"), login="frame")
    messages = connection.pipe(keep_messages_only())
    errors: list[Exception] = []
    for operator in (
        pro.subscribe_orders(messages, trade_type="UNIFIED"),
        pro.subscribe_balances(messages, account_type="UNIFIED"),
        pro.subscribe_positions(messages),
    ):
        connection.pipe(filter_new_socket_only(), operator).subscribe(on_error=errors.append)
    with connected(connection) as watch:
        watch.wait(Opened)
        assert exchange.wait_until(lambda exchange: len(exchange.requests) == 4)
    auth, *asked = [request.message for request in exchange.requests]
    assert isinstance(auth, dict)
    assert auth["op"] == "auth"
    assert [message["action"] for message in asked] == ["SUBSCRIBE"] * 3  # type: ignore[call-overload, index]
    assert errors == []
    secrets = (credentials.key.reveal(), auth["kc-api-sign"], auth["kc-api-passphrase"])
    assert not any(secret in repr(watch.events) for secret in secrets)


def test_a_frame_that_is_refused_is_the_end(exchange: KucoinSandbox) -> None:
    wrong = Credentials("sandbox-main", "c2VjcmV0", "passphrase")
    connection = pro.private_connection(wrong, url_of(exchange, "private"), login="frame", delays=soon)
    with connected(connection) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, AuthRefused)
    assert not watch.of(Reconnecting)
    assert not watch.of(Opened)


def test_a_key_that_kucoin_does_not_know_is_the_end(exchange: KucoinSandbox) -> None:
    nobody = Credentials("nobody", "c2VjcmV0", "passphrase")
    connection = pro.private_connection(nobody, url_of(exchange, "private"), rest_url=exchange.rest_url, delays=soon)
    with connected(connection) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, AuthRefused)


def test_a_token_that_is_refused_is_told_and_replaced(exchange: KucoinSandbox) -> None:
    tokens = iter(["nonsense", exchange.mint_token("main", market="spot")])
    good = exchange.mint_token("main", market="private")
    given: list[str] = []

    def get_token() -> Observable[Secret]:
        given.append(next(tokens, good))
        return rx.of(Secret(given[-1]))

    connection = pro.private_connection(get_token, url_of(exchange, "private"), delays=soon)
    with connected(connection) as watch:
        watch.wait(Opened)
    assert [type(event.error) for event in watch.of(Reconnecting)] == [TokenError, TokenError]
    assert len(given) == 3
    assert not any(token in repr(watch.events) for token in given)


def test_a_token_that_is_refused_in_the_handshake_is_replaced_too(exchange: KucoinSandbox) -> None:
    exchange.refuse_handshakes(1, 401)
    connection = pro.private_connection(
        exchange.credentials(), url_of(exchange, "private"), rest_url=exchange.rest_url, delays=soon
    )
    with connected(connection) as watch:
        watch.wait(Opened)
    assert [type(event.error) for event in watch.of(Reconnecting)] == [TokenError]


def _raises() -> Observable[Secret]:
    raise ValueError("token 5ec2e7")


@pytest.mark.parametrize(
    ("get_token", "kind"),
    [
        (_raises, "ValueError"),
        (rx.empty, "NoToken"),
        (lambda: rx.of(None), "NoToken"),
        (lambda: rx.throw(ValueError("token 5ec2e7")), "ValueError"),
        (lambda: rx.throw(TokenError("Empty")), "Empty"),
    ],
)
def test_a_source_of_tokens_that_fails_is_asked_again_and_what_it_said_is_not_told(get_token: Any, kind: str) -> None:
    connection = pro.private_connection(get_token, "ws://127.0.0.1:9", delays=soon, attempts=2)
    with connected(connection) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, TokenError)
    assert watch.error.kind == kind
    assert len(watch.of(Reconnecting)) == 2
    assert "5ec2e7" not in repr(watch.events)


def test_what_is_no_token_is_the_end() -> None:
    wrong: Any = lambda: rx.of("5ec2e7")  # noqa: E731
    with connected(pro.private_connection(wrong, "ws://127.0.0.1:9", delays=soon)) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, InvalidArgument)
    assert "5ec2e7" not in str(watch.error)


def test_the_public_servers_refuse_what_is_private(exchange: KucoinSandbox) -> None:
    connection = pro.public_connection(url_of(exchange, "spot"))
    messages = connection.pipe(keep_messages_only())
    told = threading.Event()
    errors: list[Exception] = []

    def fail(error: Exception) -> None:
        errors.append(error)
        told.set()

    connection.pipe(filter_new_socket_only(), pro.subscribe_orders(messages)).subscribe(on_error=fail)
    with connected(connection):
        assert told.wait(PATIENCE)
    assert "not found" in str(errors[0])


def test_what_is_wrong_is_refused_at_once() -> None:
    key = Credentials("key", "c2VjcmV0", "passphrase")
    wrong: list[Callable[[], object]] = [
        lambda: pro.public_connection(market="margin"),  # type: ignore[arg-type]
        lambda: pro.public_connection("https://x-push-spot.kucoin.com"),
        lambda: pro.public_connection(open_timeout=-1),
        lambda: pro.private_connection(key, login="basic"),  # type: ignore[arg-type]
        lambda: pro.private_connection(key, "ws://wsapi-push.kucoin.com"),
        lambda: pro.private_connection(lambda: rx.of(Secret("t")), login="frame"),
        lambda: pro.private_connection(key, "ws://127.0.0.1:9"),
        lambda: pro.private_connection(key, rest_url="http://127.0.0.1:9"),
        lambda: pro.private_connection(Credentials("key", "c2VjcmV0"), login="frame"),
    ]
    for call in wrong:
        with pytest.raises(InvalidArgument):
            call()


def test_nothing_is_left_of_a_connection(exchange: KucoinSandbox) -> None:
    connection = pro.public_connection(url_of(exchange, "spot"))
    subscription = connection.connect()
    with Watch(connection.link) as watch:
        watch.wait(Opened)
        subscription.dispose()
        subscription.dispose()
    assert exchange.wait_until(lambda exchange: exchange.open_sessions == [])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex-socket")]
