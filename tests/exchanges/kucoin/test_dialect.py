"""How KuCoin's messages are sorted: data, signs of life, and what it says about a link as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.testing import TestScheduler

from rxex.errors import TokenError
from rxex.events import Closed, Heartbeat, SocketEvent, SystemStatus
from rxex.exchanges.kucoin import channels
from rxex.exchanges.kucoin.asking import answers
from rxex.exchanges.kucoin.dialect import FUTURES, SPOT, ServerNotice, classify, key_of, route
from rxex.operators import keep_messages_only, keep_status_only, ready_socket
from rxex.testing import ScriptedSocket
from tests.exchanges.kucoin.plain_kucoin import acks, error, live
from tests.exchanges.kucoin.samples import SPOT_SAMPLES
from tests.feeding import events_of, items, malformed

TICKER = SPOT_SAMPLES["ticker"].frame
ORDER = {"type": "message", "subject": "symbolOrderChange", "channelType": "private", "data": {"symbol": "XBTUSDTM"}}


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ({"type": "message", "topic": "/market/ticker:all", "subject": "BTC-USDT"}, ("/market/ticker:all",)),
        ({"type": "message", "topic": "/market/snapshot:BTC", "id": "7"}, ("/market/snapshot:BTC",)),
        ({"type": "message", "topic": "/account/balance", "userId": "7"}, ("/account/balance",)),
        ({"topic": "/contract/announcement", "data": {"symbol": "A"}}, ("/contract/announcement", "A")),
        ({"topic": "/contract/announcement:A", "data": {}, "type": "message"}, ("/contract/announcement", "A")),
        ({"topic": "/contract/announcement", "data": {"symbol": []}}, ("/contract/announcement",)),
        ({"topic": "/contract/announcement", "data": [1]}, ("/contract/announcement",)),
        (ORDER | {"topic": "/contractMarket/tradeOrders:XBTUSDTM"}, ("/contractMarket/tradeOrders",)),
        (ORDER | {"topic": "/contractMarket/tradeOrders"}, ("/contractMarket/tradeOrders",)),
        (ORDER | {"topic": "/contract/position:XBTUSDTM"}, ("/contract/position",)),
        (ORDER | {"topic": "/contract/positionAll"}, ("/contract/position",)),
        ({"type": "notice", "topic": "/market/ticker:all"}, None),
        ({"type": ["message"], "topic": "/market/ticker:all"}, None),
        ({"type": "message", "topic": None}, None),
        ({"type": "message", "topic": ["/market/ticker:all"]}, None),
        ({"type": "ack", "id": "1"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_message_belongs_to_its_topic(message: Any, key: Any) -> None:
    assert route(message) == key
    hash(route(message))


def test_topics_of_all_symbols_and_of_one_are_one_channel_where_messages_do_not_tell() -> None:
    assert key_of("/contract/positionAll") == key_of("/contract/position:XBTUSDTM") == key_of("/contract/position")
    assert key_of("/market/ticker:A-B") != key_of("/market/ticker:all")


def test_pongs_and_the_welcome_are_told_apart_from_messages() -> None:
    frames = [
        {"id": "hQvf8jkno", "type": "welcome"},
        {"id": "p1", "type": "pong", "timestamp": 1764570290237940},
        {"id": "p2", "type": "pong"},
        TICKER,
    ]
    connection = live(frames)
    events = events_of(connection)
    ready: list[Any] = []
    messages: list[Any] = []
    connection.connection.pipe(ready_socket()).subscribe(ready.append)
    connection.connection.pipe(keep_messages_only()).subscribe(messages.append)
    connection.run()
    assert [event.solicited for event in events if isinstance(event, Heartbeat)] == [True, True]
    assert [event.is_online for event in events if isinstance(event, SystemStatus)] == [True]
    assert ready == connection.sockets
    assert [message["topic"] for message in messages] == ["/market/ticker:BTC-USDT"]


@pytest.mark.parametrize(
    ("frame", "kind", "code", "text"),
    [
        (error(509, "exceed max permits per second"), "error", 509, "exceed max permits per second"),
        (error(400, "ping timeout"), "error", 400, "ping timeout"),
        (error(500, "system error", None), "error", 500, "system error"),
        (error(415, "type is not supported", 7), "error", 415, "type is not supported"),
        ({"type": "error", "code": "x"}, "error", None, ""),
        ({"type": "notice", "topic": "/system", "data": {"a": 1}}, "notice", None, "{'a': 1}"),
        ({"type": "command", "subject": "reconnect"}, "command", None, "reconnect"),
        ({"type": "notice", "data": "x" * 1000}, "notice", None, "x" * 200),
    ],
)
def test_what_is_about_the_link_as_a_whole_is_a_status_event(frame: Any, kind: str, code: Any, text: str) -> None:
    connection = live([frame, TICKER])
    statuses: list[Any] = []
    connection.connection.pipe(keep_status_only()).subscribe(statuses.append)
    assert len(items(connection, channels.subscribe_ticker, "BTC-USDT")) == 1
    (notice,) = [status for status in statuses if isinstance(status, ServerNotice)]
    assert (notice.kind, notice.code, notice.text, notice.raw) == (kind, code, text, frame)
    assert notice.socket is connection.sockets[0]


def test_a_token_that_is_too_old_drops_the_link_so_that_the_next_one_gets_a_new_one() -> None:
    connection = live([error(401, "token is expired"), TICKER])
    events = events_of(connection)
    assert items(connection, channels.subscribe_ticker, "BTC-USDT") == []
    assert [type(event.error) for event in events if isinstance(event, Closed)] == [TokenError]


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "something new", "topic": "/market/ticker:BTC-USDT"},
        {"type": "ack"},
        {"type": ["pong"]},
        {"type": {"a": 1}},
        {"id": ["s1-1"], "type": "error"},
        {"id": {}, "type": "ack"},
        {"topic": 7},
        [],
        {},
        {"type": "error", "id": "s1-1", "code": None, "data": None, "topic": None},
    ],
)
def test_messages_of_unknown_kinds_harm_nothing(frame: Any) -> None:
    connection = live([TICKER, frame, TICKER])
    events: list[SocketEvent] = events_of(connection)
    assert len(items(connection, channels.subscribe_ticker, "BTC-USDT")) == 2
    assert malformed(events) == []


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["message", "error", "s1-1"]),
    lambda inner: st.lists(inner, max_size=3),
)
MESSAGE = st.dictionaries(
    st.sampled_from(["id", "type", "topic", "subject", "data", "code", "symbol"]),
    JSON | st.dictionaries(st.sampled_from(["symbol", "data"]), JSON),
)


@given(message=MESSAGE)
def test_no_message_is_too_odd_to_be_sorted(message: Any) -> None:
    socket = ScriptedSocket(TestScheduler())
    hash(route(message))
    assert isinstance(classify(socket, message), SocketEvent | None)
    for answer in answers(message):
        assert message["id"] == "s1-1"
        assert answer.id == 1


def test_the_ids_of_pings_are_never_those_of_requests() -> None:
    ids: set[Any] = set()

    def note(message: Any) -> Any:
        ids.add(message["id"])
        return acks(message)

    connection = live([TICKER, TICKER], replies=note)
    items(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT"])
    assert SPOT.ping is not None
    assert {SPOT.ping(number)["id"] for number in range(9)}.isdisjoint(ids)  # type: ignore[call-overload]
    assert SPOT.ping(3) == {"id": "p3", "type": "ping"}


@pytest.mark.parametrize("dialect", [SPOT, FUTURES])
def test_no_more_is_sent_in_ten_seconds_than_the_exchange_takes(dialect: Any) -> None:
    per_second, burst = dialect.rate
    assert burst + 10 * per_second <= 90
    assert dialect.ping_interval < 60


def test_the_limits_of_spot_are_not_those_of_futures() -> None:
    assert (SPOT.batch, SPOT.channels_per_socket) == (100, 400)
    assert (FUTURES.batch, FUTURES.channels_per_socket) == (1, None)
