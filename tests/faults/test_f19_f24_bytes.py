"""F19 to F24: hostile bytes, from frames that cannot be down to fields that should not."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.channel import Dialect
from rxex.connection import Connection
from rxex.errors import ConnectionClosed, MalformedMessage, TransientError
from rxex.events import Closed, Malformed, Message, Opened, SocketEvent
from rxex.exchanges import kraken
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.socket import Receive
from rxex.testing import ScriptedSocket
from tests.fakes.raw_server import CLOSE, PING, Peer, RawServer, frame
from tests.fakes.watch import watch

MIB = 2**20
TEXT, BINARY = 0x81, 0x82


@contextlib.contextmanager
def _at_most(size: int) -> Iterator[None]:
    """Fail if the block needs more memory than that at any moment."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size, f"{peak / MIB:.1f} MiB"


def _flood(first: bytes, block: bytes, codes: list[int | None]) -> Any:
    """Make a script that sends ``first``, then ``block`` until the client has had enough, and notes its close code."""

    def serve(peer: Peer) -> None:
        peer.accept(then=first)
        peer.sock.settimeout(0.2)
        try:
            while True:
                peer.send(block)
        except OSError:
            peer.sock.settimeout(5)
            codes.append(peer.read_close())

    return serve


@pytest.mark.parametrize(
    ("first", "block"),
    [
        (frame("", claim=2**40)[:10], b"x" * 10_000),
        (frame("", claim=4 * MIB + 1), b"x" * 10_000),
        (frame("", first=BINARY, claim=2**40), b"x" * 10_000),
        (b"\x01\x7f" + (2**40).to_bytes(8, "big"), b"x" * 10_000),
        (b"\x01\x01[", (b"\x00\x7e\x27\x10" + b"1" * 10_000)),
        (b"\x01\x01[", b"\x00\x00" * 5_000),
        (b"\x01\x01[", b"\x00\x01 " * 5_000),
    ],
    ids=[
        "1 TiB",
        "one byte too many",
        "1 TiB binary",
        "1 TiB fragment",
        "endless fragments",
        "empty ones",
        "tiny ones",
    ],
)
def test_f19_a_message_that_claims_too_much_is_refused_before_it_is_read(first: bytes, block: bytes) -> None:
    codes = list[int | None]()
    with RawServer(_flood(first, block, codes)) as server, _at_most(8 * MIB), watch(server.url) as seen:
        seen.wait_for_end(10)
        assert isinstance(seen.error, ConnectionClosed)
        assert seen.error.code == 1009
        assert seen.kinds == ["Opened", "Closed"]
        assert server.done.wait(5)
    assert codes in ([1009], [])  # under a flood the link may be torn down before the server has read why


def test_f19_the_largest_message_allowed_needs_little_more_than_itself() -> None:
    wire = frame(b"[" + b" " * (4 * MIB - 2) + b"]")

    def serve(peer: Peer) -> None:
        peer.accept()
        peer.send(wire)
        peer.wait_for_end()

    with RawServer(serve) as server, _at_most(9 * MIB), watch(server.url) as seen:
        seen.wait(Message, 1, 10)


ILLEGAL = {
    "compressed, which was not agreed on": (b"\xc1\x07\xaaVJLLT\x02\x00", 1002),
    "reserved bit 2": (b"\xa1\x00", 1002),
    "reserved bit 3": (b"\x91\x00", 1002),
    "reserved bit on a ping": (b"\xc9\x00", 1002),
    "reserved bit on a fragment": (b"\x01\x01[\x40\x01]", 1002),
    "data opcode 3": (b"\x83\x00", 1002),
    "data opcode 7": (b"\x87\x00", 1002),
    "control opcode 11": (b"\x8b\x00", 1002),
    "control opcode 15": (b"\x8f\x00", 1002),
    "unknown opcode, not final": (b"\x03\x00", 1002),
    "masked text": (frame("[1]", masked=True), 1002),
    "masked ping": (frame("", first=0x80 | PING, masked=True), 1002),
    "fragmented ping": (b"\x09\x00", 1002),
    "fragmented close": (b"\x08\x02\x03\xe8", 1002),
    "ping of 126 bytes": (frame("x" * 126, first=0x80 | PING), 1002),
    "close of 126 bytes": (frame(b"\x03\xe8" + b"x" * 124, first=0x80 | CLOSE), 1002),
    "length with its first bit set": (b"\x81\x7f\xff" + b"\x00" * 7, 1002),
    "continuation of nothing": (b"\x80\x01x", 1002),
    "continuation of nothing, not final": (b"\x00\x01x", 1002),
    "continuation after a whole message": (frame("[1]") + b"\x80\x01x", 1002),
    "text inside fragments": (b"\x01\x01[" + frame("[2]") + b"\x80\x01]", 1002),
    "text start inside fragments": (b"\x01\x01[\x01\x01[", 1002),
    "binary inside fragments": (b"\x01\x01[\x82\x00", 1002),
    "close of one byte": (frame(b"\x03", first=0x80 | CLOSE), 1002),
    **{
        f"close code {code}": (frame(code.to_bytes(2, "big"), first=0x80 | CLOSE), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 2000, 2999, 5000, 65_535)
    },
    "close reason that is not UTF-8": (frame(b"\x03\xe8\xce\xba\xe1\xbd\xb9\xed\xa0\x80", first=0x80 | CLOSE), 1007),
    "close reason cut inside a character": (frame(b"\x03\xe8\xe2\x82", first=0x80 | CLOSE), 1007),
    "text that is not UTF-8": (frame(b'["\xff"]'), 1007),
    "text with a surrogate": (frame(b'["\xed\xa0\x80"]'), 1007),
    "text with an overlong form": (frame(b'["\xc0\xaf"]'), 1007),
    "text beyond Unicode": (frame(b'["\xf4\x90\x80\x80"]'), 1007),
    "text cut inside a character": (frame(b'["\xe2\x82'), 1007),
    "fragments that are not UTF-8": (b'\x01\x02["' + b'\x80\x03\xff"]', 1007),
    "fragments cut inside a character": (b'\x01\x03["\xe2' + b"\x80\x01\x82", 1007),
}


@pytest.mark.parametrize(("wire", "code"), ILLEGAL.values(), ids=ILLEGAL)
def test_f20_f21_what_the_protocol_forbids_closes_the_link_with_the_right_code(wire: bytes, code: int) -> None:
    codes = list[int | None]()

    def serve(peer: Peer) -> None:
        peer.accept(then=wire + frame('{"after":1}'))
        codes.append(peer.read_close())

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectionClosed)
        assert isinstance(seen.error, TransientError)
        assert seen.error.code == code
        assert seen.of(Closed)[0].code is None
        assert seen.of(Closed)[0].error is seen.error
        assert all(message.data != {"after": 1} for message in seen.of(Message))
        assert server.done.wait(3)
        assert codes == [code]


LEGAL = {
    "ping between fragments": (
        b"\x01\x02[1" + frame("p", first=0x80 | PING) + b"\x00\x01,\x80\x022]",
        [1, 2],
    ),
    "pong unasked": (b"\x8a\x7d" + b"x" * 125 + frame("[1]"), [1]),
    "text of nothing but fragments": (b"\x01\x00\x00\x00\x00\x01[\x00\x00\x80\x01]", []),
    "a character split between fragments": (b'\x01\x03["\xe2' + b'\x00\x01\x82\x80\x03\xac"]', ["\u20ac"]),
    "16-bit length for few bytes": (b"\x81\x7e\x00\x03[1]", [1]),
    "64-bit length for few bytes": (b"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x03[1]", [1]),
    "non-characters of Unicode": (frame(b'["\xef\xbf\xbf\xf4\x8f\xbf\xbf"]'), ["\uffff\U0010ffff"]),
}


@pytest.mark.parametrize(("wire", "data"), LEGAL.values(), ids=LEGAL)
def test_f21_what_the_protocol_allows_comes_through(wire: bytes, data: Any) -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=wire + frame('{"after":1}'))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for(lambda: any(message.data == {"after": 1} for message in seen.of(Message)))
        assert seen.error is None
        assert seen.of(Message)[0].data == data


def test_f22_what_cannot_be_understood_is_one_malformed_event_and_the_stream_goes_on() -> None:
    sample = b'{"channel":"ticker","data":[{"symbol":"BTC/USD","bid":0.10000,"note":"\\u00e9"}]}'
    bad = [sample[:stop] for stop in range(len(sample))]
    bad += [b"", b" ", b"null", b"1", b'"x"', b"{'a':1}", b"[1,]", sample + b"x", b"\x00"]

    def serve(peer: Peer) -> None:
        peer.accept()
        for payload in bad:
            peer.send(frame(payload) + frame("[1]"))
        peer.send(frame(b"\x00\xff", first=BINARY) + frame(sample))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message, len(bad) + 1)
        malformed = seen.of(Malformed)
        assert len(malformed) == len(bad) + 1
        assert all(isinstance(event.error, MalformedMessage) for event in malformed)
        assert all(len(event.excerpt) <= 200 for event in malformed)
        assert "binary" in str(malformed[-1].error)
        assert seen.error is None


HOSTILE = [
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"[" * 3_000_000,
    b'{"a":' + b"9" * 4301 + b"}",
    b'{"a":' + b"9" * 3_000_000 + b"}",
    b'{"a":0.' + b"9" * 3_000_000 + b"}",
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":1e999}',
    b'{"a":1e-999}',
    b'{"a":1e999999999999999999}',
    b'{"a":1,"a":2}',
    b'{"a" :1,"a":2}',
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
]


def test_f23_hostile_json_is_malformed_and_the_stream_goes_on() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for payload in HOSTILE:
            peer.send(frame(payload) + frame("[1]"))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message, len(HOSTILE), 20)
        assert len(seen.of(Malformed)) == len(HOSTILE)
        assert seen.error is None


TICKER = json.loads(
    '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1.5,"bid_qty":2.5,"ask":1.6,"ask_qty":3.5,'
    '"last":1.55,"volume":9.5,"vwap":1.51,"low":1.1,"high":1.9,"change":0.1,"change_pct":0.5}]}'
)
TRADE = json.loads(
    '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","qty":1.5,"price":2.5,'
    '"ord_type":"limit","trade_id":1,"timestamp":"2023-09-25T07:49:37.708706Z"}]}'
)
NEEDED = {
    "ticker": ["bid", "bid_qty", "ask", "ask_qty", "last", "volume"],
    "trade": ["side", "qty", "price", "trade_id", "timestamp"],
}


class _Venue:
    """A connection to which messages come as bytes, with one subscriber of each channel."""

    def __init__(self) -> None:
        self.events: list[SocketEvent] = []
        self.items: list[Any] = []
        self.errors: list[Exception] = []
        self.socket = ScriptedSocket(TestScheduler())
        self._receive: Receive
        dialect = kraken.public_connection().messages.dialect
        assert isinstance(dialect, Dialect)
        connection = Connection(self._source, dialect)
        connection.subscribe(self.events.append)
        messages = connection.pipe(keep_messages_only())
        sockets = connection.pipe(filter_new_socket_only())
        for feed in (kraken.subscribe_ticker("BTC/USD", messages), kraken.subscribe_trades("BTC/USD", messages)):
            sockets.pipe(feed).subscribe(self.items.append, self.errors.append)
        connection.connect()

    def _source(self, receive: Receive) -> Observable[SocketEvent]:
        self._receive = receive
        return rx.concat(rx.of(Opened(self.socket)), rx.never())

    def take(self, message: Any) -> list[Malformed]:
        """Give what was malformed of one message."""
        before = len(self.events)
        event = self._receive(self.socket, json.dumps(message).encode(), 1)
        told = [event for event in self.events[before:] if isinstance(event, Malformed)]
        assert event is None or isinstance(event, Malformed)
        return told if event is None else [*told, event]


def _with(sample: Any, key: str, value: object) -> Any:
    message = json.loads(json.dumps(sample))
    message["data"][0][key] = value
    return message


def _without(sample: Any, key: str) -> Any:
    message = json.loads(json.dumps(sample))
    del message["data"][0][key]
    return message


def test_f24_sound_messages_come_through() -> None:
    venue = _Venue()
    assert venue.take(TICKER) == []
    assert venue.take(TRADE) == []
    assert [type(item).__name__ for item in venue.items] == ["Ticker", "Trade"]


@pytest.mark.parametrize("sample", [TICKER, TRADE], ids=["ticker", "trade"])
def test_f24_a_missing_field_or_a_wrong_type_is_malformed_with_the_channel_and_the_stream_goes_on(sample: Any) -> None:
    venue, name = _Venue(), sample["channel"]
    wrong: list[Any] = [None, True, "x", "", [], {}, "NaN", -1e300]
    for key in NEEDED[name]:
        for message in [_without(sample, key), *(_with(sample, key, value) for value in wrong)]:
            count = len(venue.items)
            malformed = venue.take(message)
            assert len(malformed) == 1, message
            assert malformed[0].channel in {f"{name} BTC/USD", ""}
            assert isinstance(malformed[0].error, MalformedMessage)
            assert len(venue.items) == count, message
            assert venue.take(sample) == []
            assert len(venue.items) == count + 1
    assert venue.errors == []


@pytest.mark.parametrize("sample", [TICKER, TRADE], ids=["ticker", "trade"])
def test_f24_unknown_fields_and_channels_are_ignored(sample: Any) -> None:
    venue = _Venue()
    assert venue.take(_with(sample, "new", {"deep": [1.5, None]})) == []
    assert len(venue.items) == 1
    assert venue.take({**sample, "new": 1.5}) == []
    assert len(venue.items) == 2
    assert venue.take({**sample, "channel": "news"}) == []
    assert venue.take(_with(sample, "symbol", "ETH/USD")) == []
    assert len(venue.items) == 2


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**50), 10**50) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_f24_whatever_stands_in_a_message_nothing_but_malformed_comes_of_it(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from([TICKER, TRADE]))
    message = json.loads(json.dumps(sample))
    place = data.draw(st.sampled_from([message, message["data"], message["data"][0]]))
    key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else [0]))
    place[key] = data.draw(_json)
    venue = _Venue()
    venue.take(message)
    assert venue.errors == []
    for item in venue.items:
        prices = [item.price, item.size] if hasattr(item, "price") else [item.bid, item.ask, item.last]
        assert all(isinstance(price, Decimal) and price.is_finite() for price in prices)
    count = len(venue.items)
    assert venue.take(sample) == []
    assert len(venue.items) == count + 1
