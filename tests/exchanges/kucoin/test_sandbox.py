"""The simulated KuCoin as a server: tokens, welcome, pings, topics, limits."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from reactivex.testing import TestScheduler
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from rxex.errors import AuthRefused, InvalidArgument
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.sandbox import Faults
from tests.exchanges.kucoin.market_watchers import Watcher
from tests.exchanges.kucoin.sandbox_clients import RawClient, bullet_url, http, raw_client, signed
from tests.exchanges.kucoin.virtual_clients import World

TICKER = "/market/ticker:BTC-USDT"
MATCH = "/market/match:BTC-USDT"


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox(speed=50) as exchange:
        yield exchange


# Over real sockets.


def test_a_token_opens_a_connection_that_is_welcomed_by_its_id(exchange: KucoinSandbox) -> None:
    assert exchange.public_url == exchange.rest_url != exchange.futures_rest_url
    for url in (exchange.rest_url, exchange.futures_rest_url):
        with raw_client(url) as client:
            assert client.texts == ['{"id":"me","type":"welcome"}']
    with connect(bullet_url(exchange.rest_url).removesuffix("&connectId=me"), close_timeout=1) as socket:
        assert len(RawClient(socket).receive()["id"]) == 10


def test_a_private_token_is_for_those_who_sign(exchange: KucoinSandbox) -> None:
    for url in (exchange.rest_url, exchange.futures_rest_url):
        with raw_client(url, exchange.credentials()) as client:
            client.subscribe("/account/balance" if url == exchange.rest_url else "/contract/announcement", **PRIVATE)
        assert http(url, "POST", "/api/v1/bullet-private").message["code"] == "400001"


def test_a_bullet_names_a_server_and_its_pings(exchange: KucoinSandbox) -> None:
    data = http(exchange.rest_url, "POST", "/api/v1/bullet-public").data
    (server,) = data["instanceServers"]
    assert server == {
        "endpoint": exchange.endpoints["ws_spot_url"],
        "encrypt": False,
        "protocol": "websocket",
        "pingInterval": 18000,
        "pingTimeout": 10000,
    }
    assert len(data["token"]) > 150


def test_a_ping_is_answered_with_its_id_as_a_text(exchange: KucoinSandbox) -> None:
    with raw_client(exchange.rest_url) as client:
        pong = client.ask(id=1545910590801, type="ping")
        assert (pong["id"], pong["type"]) == ("1545910590801", "pong")
        assert len(str(pong["timestamp"])) == 16


def test_a_ping_of_the_websocket_is_answered_and_does_not_count(exchange: KucoinSandbox) -> None:
    def heard(exchange: KucoinSandbox) -> float:
        return exchange._run(lambda simulation: simulation.sessions[1].state.last_frame)

    with raw_client(exchange.rest_url) as client:
        before = heard(exchange)
        assert client.socket.ping().wait(5)
        assert heard(exchange) == before
        client.ask(id=1, type="ping")
        assert heard(exchange) > before


def test_a_token_that_is_not_good_is_refused_with_an_error_and_a_close(exchange: KucoinSandbox) -> None:
    expired = bullet_url(exchange.rest_url)
    exchange.expire_tokens()
    elsewhere = bullet_url(exchange.futures_rest_url).replace("/futures?", "/spot?")
    elsewhere = elsewhere.replace(urlsplit(elsewhere).netloc, urlsplit(expired).netloc)
    nobodys = exchange.endpoints["ws_spot_url"] + "?token=nobodys&connectId=me"
    for url, text in ((expired, "token is expired"), (elsewhere, "token is invalid"), (nobodys, "token is invalid")):
        with connect(url, close_timeout=1) as socket:
            error = RawClient(socket).receive()
            assert error == {"id": "me", "type": "error", "code": 401, "data": text}
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=5)


def test_a_token_that_is_not_good_may_be_refused_in_the_handshake() -> None:
    with kucoin_sandbox(refuse_in_handshake=True) as exchange:
        url = bullet_url(exchange.rest_url)
        exchange.expire_tokens()
        with pytest.raises(InvalidStatus, match="401"):
            connect(url)
        with raw_client(exchange.rest_url):
            assert exchange.refused_handshakes == 1


def test_the_bullet_endpoints_fail_on_demand_and_nothing_else_does(exchange: KucoinSandbox) -> None:
    exchange.fail_bullets(2)
    exchange.fail_bullets(status=503)
    statuses = []
    for _ in range(4):
        assert http(exchange.rest_url, "GET", "/api/v1/timestamp").status == 200
        answer = http(exchange.rest_url, "POST", "/api/v1/bullet-public")
        statuses.append((answer.status, answer.text == ""))
    assert statuses == [(500, True), (500, True), (503, True), (200, False)]


def test_a_token_opens_a_connection_to_any_of_its_servers() -> None:
    with kucoin_sandbox(instances=3, speed=50) as exchange:
        servers = http(exchange.rest_url, "POST", "/api/v1/bullet-public").data["instanceServers"]
        endpoints = [server["endpoint"] for server in servers]
        first = exchange.endpoints["ws_spot_url"]
        assert endpoints == [first, f"{first}/2", f"{first}/3"]
        url = bullet_url(exchange.rest_url)
        rows = []
        for endpoint in endpoints:
            with connect(url.replace(first, endpoint), close_timeout=1) as socket:
                client = RawClient(socket)
                client.receive()
                client.subscribe(MATCH)
                rows += client.pushes(MATCH, 2)
        # One market, which goes on once.
        numbers = [int(row["data"]["sequence"]) for row in rows]
        assert numbers == sorted(set(numbers))


def test_a_connection_too_many_is_told_so_and_closed(exchange: KucoinSandbox) -> None:
    exchange.turn_away()
    with connect(bullet_url(exchange.rest_url), close_timeout=1) as socket:
        error = RawClient(socket).receive()
        assert (error["id"], error["type"], error["code"]) == ("me", "error", 509)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    with raw_client(exchange.rest_url):
        pass


def test_real_frames_of_the_market_come_over_real_sockets(exchange: KucoinSandbox) -> None:
    with raw_client(exchange.rest_url) as client:
        client.subscribe(TICKER)
        (frame,) = client.pushes(TICKER)
        assert (frame["type"], frame["subject"]) == ("message", "trade.ticker")
        assert set(frame["data"]) == {
            *("sequence", "price", "size", "bestAsk", "bestAskSize", "bestBid", "bestBidSize", "time")
        }
    with raw_client(exchange.futures_rest_url) as client:
        client.subscribe("/contractMarket/execution:XBTUSDTM")
        (frame,) = client.pushes("/contractMarket/execution:XBTUSDTM")
        assert frame["sn"] == frame["data"]["sequence"] == int(frame["data"]["tradeId"])


def test_faults_of_the_link_happen_here_too() -> None:
    with kucoin_sandbox() as exchange, raw_client(exchange.rest_url) as client:
        exchange.close(1012, "service restart")
        with pytest.raises(ConnectionClosed) as closed:
            client.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"speed": -1}, "speed"),
        ({"speed": 0}, "speed"),
        ({"flood": -1}, "flood"),
        ({"symbols": ["BTC/USD"]}, "symbols"),
        ({"token_life": 0}, "token_life"),
        ({"instances": 0}, "instances"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, object], name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        kucoin_sandbox(**options)


def test_the_server_ends_with_its_with(exchange: KucoinSandbox) -> None:
    with raw_client(exchange.rest_url):
        exchange.stop()
    for url in (exchange.rest_url, exchange.futures_rest_url):
        connection = HTTPConnection(urlsplit(url).netloc, timeout=1)
        with pytest.raises(OSError, match="refused"):
            connection.request("GET", "/api/v1/timestamp")


def test_the_order_of_parameters_and_their_letters_do_not_matter(exchange: KucoinSandbox) -> None:
    query = {"symbol": "BTC-USDT", "remark": "a b+c!@#11"}
    answer = signed(exchange.rest_url, exchange.credentials(), "GET", "/api/v3/market/orderbook/level2", query=query)
    assert answer.data["bids"]


# In virtual time.

PRIVATE = {"privateChannel": True}


def test_a_silent_client_is_closed_after_a_minute_however_much_it_is_sent() -> None:
    world = World()
    watchers = [Watcher(world, TICKER) for _ in range(6)]
    world.pass_time(59.2)
    assert all(watcher.closed is None for watcher in watchers)
    world.pass_time(1.2)
    told = set()
    for watcher in watchers:
        assert watcher.closed is not None
        assert (watcher.closed.code, watcher.closed.reason) == (1000, "Bye")
        told.add(watcher.answers[-1].get("data"))
    # Some are told why, others are not.
    assert told == {None, "ping timeout"}


def test_any_frame_of_the_client_keeps_the_connection() -> None:
    world = World()
    pinging, asking = Watcher(world), Watcher(world)
    for _ in range(6):
        world.pass_time(30.0)
        pinging.send(id=1, type="ping")
        asking.send(id=1, type="nonsense")
    world.pass_time(1.0)
    assert pinging.closed is None
    assert asking.closed is None


def test_a_connection_ends_when_the_day_of_its_token_is_over() -> None:
    world = World(token_life=100.0)
    watcher = Watcher(world)
    token = world.exchange.mint_token()
    watcher.watch(99.0)
    assert watcher.closed is None
    watcher.watch(2.0)
    assert watcher.closed is not None
    assert watcher.closed.reason == "Bye"
    late = Watcher(world, token=token)
    assert late.answers[-1]["data"] == "token is expired"


def test_tokens_expire_on_demand_with_or_without_their_connections() -> None:
    world = World()
    first = Watcher(world)
    world.exchange.expire_tokens(close=False)
    world.pass_time(0.1)
    assert first.closed is None
    world.exchange.expire_tokens()
    world.pass_time(0.1)
    assert first.closed is not None
    assert Watcher(world).answers == [{"id": "me", "type": "welcome"}]


def test_a_refused_handshake_is_an_error_in_virtual_time_too() -> None:
    world = World(refuse_in_handshake=True)
    watcher = Watcher(world, token="nobodys")
    assert [type(error) for error in watcher.errors] == [AuthRefused]


def test_an_acknowledgement_comes_only_where_it_is_asked_for_and_its_id_is_a_text() -> None:
    watcher = Watcher(World())
    assert watcher.ask(id=7, type="subscribe", topic=TICKER, response=True)[0] == {"id": "7", "type": "ack"}
    for more in ({}, {"response": False}, {"response": "true"}):
        assert not [each for each in watcher.ask(id=8, type="subscribe", topic=MATCH, **more) if each["type"] == "ack"]
    assert watcher.ask(id=9, type="unsubscribe", topic=MATCH, response=True)[-1] == {"id": "9", "type": "ack"}


def errors_of(frames: list[dict[str, object]]) -> list[object]:
    return [(frame["id"], frame["code"], frame["data"]) for frame in frames if frame["type"] == "error"]


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ({"type": "subscribe"}, 406, "topic is required"),
        ({"type": "subscribe", "topic": 5}, 400, "topic is invalid"),
        ({"type": "subscribe", "topic": "market/ticker:X"}, 400, "topic is invalid"),
        ({"type": "subscribe", "topic": "/market/tickerr:X"}, 404, "topic /market/tickerr:X is not found"),
        ({"type": "subscribe", "topic": "/market/ticker"}, 404, "topic /market/ticker is not found"),
        ({"type": "unsubscribe", "topic": "/nowhere:X"}, 404, "topic /nowhere:X is not found"),
        ({"type": "subscribe", "topic": "/account/balance", "privateChannel": True}, 403, "login is required"),
        ({"type": "subscribe", "topic": "/market/ticker:"}, 400, "topic is invalid"),
        ({"type": "subscribe", "topic": "/market/ticker:BTC-USDT,"}, 400, "topic is invalid"),
        ({"type": ["subscribe"], "topic": {}}, 415, "command type is invalid"),
        ({"type": None}, 415, "command type is invalid"),
        ({"type": "openTheDoor"}, 415, "command type is invalid"),
        ({}, 415, "command type is invalid"),
    ],
)
def test_a_request_that_is_wrong_is_refused_with_its_id(message: dict[str, object], code: int, text: str) -> None:
    watcher = Watcher(World())
    assert errors_of(watcher.ask(id="mine", response=True, **message)) == [("mine", code, text)]


def test_a_private_topic_wants_an_account_and_the_word_private() -> None:
    watcher = Watcher(World(), account="ada")
    assert errors_of(watcher.subscribe("/account/balance")) == [("s", 403, "login is required")]
    assert watcher.subscribe("/account/balance", **PRIVATE) == [{"id": "s", "type": "ack"}]


def test_a_frame_that_is_no_json_is_refused_with_an_id_of_nobodys() -> None:
    with kucoin_sandbox() as exchange, raw_client(exchange.rest_url) as client:
        for text in ("{", "[1,2]", '"text"'):
            client.socket.send(text)
            error = client.receive()
            assert (error["type"], error["code"]) == ("error", 400)
            assert len(error["id"]) == 10


def test_an_unknown_symbol_is_acknowledged_and_silent() -> None:
    watcher = Watcher(World(), "/market/ticker:NOBODY-USDT", "/market/candles:BTC-USDT_1century", "/market/match:")
    watcher.watch(20.0)
    kinds = [(frame["type"], frame.get("code")) for frame in watcher.answers]
    assert kinds == [("welcome", None), ("ack", None), ("ack", None), ("error", 400)]
    assert not watcher.pushes("/market/ticker:NOBODY-USDT")


def test_the_same_topic_twice_is_two_acknowledgements_and_one_stream() -> None:
    once, twice = World(), World()
    one, two = Watcher(once, MATCH), Watcher(twice, MATCH, MATCH)
    for watcher in (one, two):
        watcher.watch(30.0)
    assert [frame["type"] for frame in two.answers].count("ack") == 2
    assert two.rows(MATCH) == one.rows(MATCH) != []
    two.ask(id="u", type="unsubscribe", topic=MATCH, response=True)
    before = len(two.rows(MATCH))
    two.watch(30.0)
    assert len(two.rows(MATCH)) == before


def test_an_unsubscribe_ends_its_symbols_and_no_others() -> None:
    watcher = Watcher(World(), "/market/match:BTC-USDT,ETH-USDT")
    watcher.ask(id="u", type="unsubscribe", topic="/market/match:BTC-USDT,XRP-USDT", response=True)
    watcher.watch(30.0)
    assert not watcher.rows("/market/match:BTC-USDT")[1:]
    assert watcher.rows("/market/match:ETH-USDT")


def test_more_than_a_hundred_topics_at_once_are_refused_with_an_id_of_nobodys() -> None:
    watcher = Watcher(World())
    topic = "/market/ticker:" + ",".join(f"X{number}-USDT" for number in range(101))
    ((name, code, text),) = errors_of(watcher.subscribe(topic))
    assert (code, text) == (509, "exceed max subscription count limitation of 100 per time")
    assert name != "s"
    assert watcher.subscribe(topic.rpartition(",")[0]) == [{"id": "s", "type": "ack"}]


def test_a_connection_to_spot_has_at_most_four_hundred_topics() -> None:
    world = World()
    watcher, futures = Watcher(world), Watcher(world, market="futures")
    prefixes = ("/market/ticker", "/market/match", "/market/level2", "/spotMarket/level1")
    for prefix in prefixes:
        topic = f"{prefix}:" + ",".join(f"X{number}-USDT" for number in range(100))
        assert watcher.subscribe(topic) == [{"id": "s", "type": "ack"}]
    ((_, code, text),) = errors_of(watcher.subscribe("/market/ticker:ONE-MORE"))
    assert (code, text) == (509, "exceed max subscription count limitation of 400 per session")
    # What it has already may be asked for again, and what is given back makes room.
    assert watcher.subscribe("/market/ticker:X0-USDT") == [{"id": "s", "type": "ack"}]
    watcher.ask(id="u", type="unsubscribe", topic="/market/ticker:X0-USDT", response=True)
    assert watcher.subscribe("/market/ticker:ONE-MORE") == [{"id": "s", "type": "ack"}]
    for start in range(0, 500, 100):
        topic = "/contractMarket/tickerV2:" + ",".join(f"X{number}M" for number in range(start, start + 100))
        assert futures.subscribe(topic) == [{"id": "s", "type": "ack"}]


def test_more_than_a_hundred_frames_in_ten_seconds_are_refused_and_do_nothing() -> None:
    world = World()
    watcher = Watcher(world)
    for number in range(100):
        watcher.send(id=number, type="ping")
    ((name, code, text),) = errors_of(watcher.subscribe(MATCH))
    assert (code, text) == (509, "exceed max permits per 10 seconds")
    assert name != "s"
    world.pass_time(10.0)
    assert watcher.subscribe(MATCH)[0] == {"id": "s", "type": "ack"}


def test_symbols_are_refused_and_silenced_on_demand_candles_included() -> None:
    world = World()
    world.exchange.refuse("BTC-USDT")
    world.exchange.refuse("ETH-USDT", "no")
    watcher = Watcher(world)
    topics = (TICKER, "/market/candles:BTC-USDT_1min", "/market/ticker:LTC-USDT,ETH-USDT")
    assert [errors_of(watcher.subscribe(topic))[0][1:] for topic in topics] == [
        (404, f"topic {TICKER} is not found"),
        (404, "topic /market/candles:BTC-USDT_1min is not found"),
        (404, "no"),
    ]
    world.exchange.accept("BTC-USDT")
    world.exchange.silence("XRP-USDT")
    watcher.subscribe("/market/candles:BTC-USDT_1min")
    watcher.subscribe("/market/candles:XRP-USDT_1min")
    watcher.watch(20.0)
    assert watcher.rows("/market/candles:BTC-USDT_1min")
    assert not watcher.rows("/market/candles:XRP-USDT_1min")


def test_faults_by_seed_drop_answers_and_data() -> None:
    world = World(faults=Faults(seed=1, drop=0.5, lose_answer=0.5))
    plain = World()
    watchers = [Watcher(each, MATCH) for each in (world, plain)]
    for watcher in watchers:
        for _ in range(10):
            watcher.watch(20.0)
    assert 0 < len(watchers[0].rows(MATCH)) < len(watchers[1].rows(MATCH))
    assert 0 < len(watchers[0].answers) < len(watchers[1].answers)


def test_the_same_seed_is_the_same_run_to_the_last_digit() -> None:
    runs = []
    for _ in range(2):
        watcher = Watcher(World(seed=11), "/market/level2:BTC-USDT", MATCH, "/market/snapshot:USDS")
        watcher.watch(10.0)
        runs.append(watcher.texts)
    assert runs[0] == runs[1]


def test_an_exchange_in_virtual_time_needs_no_server() -> None:
    exchange = kucoin_sandbox().in_virtual_time(TestScheduler())
    assert exchange.connections == 0
