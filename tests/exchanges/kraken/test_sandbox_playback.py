"""Recorded sessions, played back: every frame comes out digit for digit."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument
from rxex.events import Message, Opened, SocketEvent
from rxex.exchanges import kraken
from rxex.exchanges.kraken.models import from_v1
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Book
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.sandbox.recording import RecordedFrame, read_recording
from tests.exchanges.kraken.plain_books import Plain, recorded_v1, recorded_v2, texts
from tests.exchanges.kraken.sandbox_clients import raw_client

TRADE = '1618678145.9489012: [1921,[["0.042990","15979.71727919","1618678145.920708","s","l",""]],"trade","SC/EUR"]'
LATER = '1618678147.9489012: [1921,[["0.000000010","1.00000000","1618678147.1234567","b","m",""]],"trade","SC/EUR"]'
TICKER = (
    '1618678146.5: [468,{"a":["56218.30000",0,"0.13690578"],"b":["56119.10000",0,"0.03333108"],'
    '"c":["56218.30000","0.01309422"],"v":["27.65107371","37.46739855"],"p":["56739.22516","56819.12875"],'
    '"t":[1300,1955],"l":["55636.00000","55636.00000"],"h":["57623.00000","57623.00000"],'
    '"o":["56737.90000","57093.00000"]},"ticker","XBT/CHF"]'
)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    path.write_text(
        "wss://ws.kraken.com <-> 1618678132.0\n"
        'wss://ws.kraken.com <- 1618678132.1: {"event":"subscribe"}\n'
        '1618678132.2: {"connectionID":1,"event":"systemStatus","status":"online","version":"1.8.3"}\n'
        f'1618678133.5: {{"event":"heartbeat"}}\n\n{TRADE}\n{TICKER}\n{LATER}\n'
    )
    return path


def text_of(line: str) -> str:
    return line.split(": ", 1)[1]


class Player:
    """Plays a recording in virtual time and keeps what comes, with the times."""

    def __init__(self, path: Any, requests: list[dict[str, Any]], *, version: int = 2, **options: Any) -> None:
        self.scheduler = TestScheduler()
        self.exchange = kraken_sandbox(playback=path, **options).in_virtual_time(self.scheduler, latency=0.001)
        self.texts: list[tuple[float, str]] = []

        def receive(_: Any, payload: bytes, __: int) -> None:
            text = payload.decode()
            if not re.search(r"heartbeat|[sS]tatus|subscribe", text):
                self.texts.append((self.scheduler.to_seconds(self.scheduler.now), text))

        def take(event: SocketEvent) -> None:
            assert isinstance(event, Opened)
            for request in requests:
                event.socket.send(request)

        self.subscription = self.exchange.source(receive, path="/" if version == 1 else None).subscribe(take)


def v1(name: str, *pairs: str) -> dict[str, Any]:
    return {"event": "subscribe", "pair": list(pairs), "subscription": {"name": name}}


def v2(channel: str, *symbols: str, **more: Any) -> dict[str, Any]:
    return {"method": "subscribe", "params": {"channel": channel, "symbol": list(symbols), **more}}


def test_frames_come_verbatim_with_the_recorded_spacing(session: Path) -> None:
    player = Player(session, [v1("trade", "SC/EUR")], version=1)
    player.scheduler.advance_to(60)
    (first, one), (second, two) = player.texts
    assert [one, two] == [text_of(TRADE), text_of(LATER)]
    assert first < 0.1
    assert second - first == pytest.approx(2.0)


def test_speed_divides_the_spacing(session: Path) -> None:
    player = Player(session, [v1("trade", "SC/EUR")], version=1, speed=4)
    player.scheduler.advance_to(60)
    assert player.texts[1][0] - player.texts[0][0] == pytest.approx(0.5)


def test_speed_zero_plays_at_once(session: Path) -> None:
    player = Player(session, [v1("trade", "SC/EUR")], version=1, speed=0)
    player.scheduler.advance_to(60)
    assert player.texts[1][0] == player.texts[0][0]


def test_the_acknowledgement_has_the_recorded_number_of_the_channel(session: Path) -> None:
    with kraken_sandbox(playback=session) as exchange, raw_client(exchange.public_v1_url) as client:
        assert client.ask(**v1("trade", "SC/EUR"))["channelID"] == 1921
    with kraken_sandbox(playback=session) as exchange, raw_client(exchange.public_v1_url) as client:
        assert client.ask(**v1("ticker", "XBT/CHF"))["channelID"] == 468


def test_v1_frames_come_to_a_v2_client_digit_for_digit(session: Path) -> None:
    player = Player(session, [v2("trade", "SC/EUR"), v2("ticker", "BTC/CHF")])
    player.scheduler.advance_to(60)
    assert [text for _, text in player.texts] == [
        (
            '{"channel":"trade","type":"update","data":[{"symbol":"SC/EUR","side":"sell","price":0.042990,'
            '"qty":15979.71727919,"ord_type":"limit","trade_id":1,"timestamp":"2021-04-17T16:49:05.920708Z"}]}'
        ),
        (
            '{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/CHF","bid":56119.10000,"bid_qty":0.03333108,'
            '"ask":56218.30000,"ask_qty":0.13690578,"last":56218.30000,"volume":37.46739855,"vwap":56819.12875,'
            '"low":55636.00000,"high":57623.00000,"change":-874.70000,"change_pct":-1.53,'
            '"timestamp":"2021-04-17T16:49:06.500000Z"}]}'
        ),
        (
            '{"channel":"trade","type":"update","data":[{"symbol":"SC/EUR","side":"buy","price":0.000000010,'
            '"qty":1.00000000,"ord_type":"market","trade_id":2,"timestamp":"2021-04-17T16:49:07.1234567Z"}]}'
        ),
    ]


def test_v2_recordings_come_verbatim(tmp_path: Path) -> None:
    frame = (
        '{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"sell","price":0.5117,"qty":40.0,'
        '"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}]}'
    )
    path = tmp_path / "v2.jsonl"
    path.write_text(f"1695628177.7: {frame}\n1695628177.8: CloudFlare WebSocket proxy restarting\n")
    player = Player(path, [v2("trade", "MATIC/USD")])
    player.scheduler.advance_to(5)
    assert [text for _, text in player.texts] == [frame]


def test_only_what_was_recorded_is_there(session: Path) -> None:
    with kraken_sandbox(playback=session, speed=0) as exchange, raw_client(exchange.public_url) as client:
        for channel, symbol in (("trade", "BTC/USD"), ("ticker", "SC/EUR")):
            assert client.ask(**v2(channel, symbol))["error"] == f"Currency pair not supported {symbol}"


def test_each_subscribe_plays_from_the_beginning_and_an_unsubscribe_ends_it(session: Path) -> None:
    unsubscribe = {"method": "unsubscribe", "params": {"channel": "trade", "symbol": ["SC/EUR"]}}
    player = Player(session, [v2("trade", "SC/EUR"), unsubscribe, v2("trade", "SC/EUR")])
    player.scheduler.advance_to(60)
    assert [json.loads(text)["data"][0]["trade_id"] for _, text in player.texts] == [1, 1, 2]


def test_several_symbols_keep_their_order(session: Path) -> None:
    both = session.with_name("both.jsonl")
    both.write_text(session.read_text().replace("SC/EUR", "KSM/XBT"))
    player = Player([session, both], [v2("trade", "SC/EUR", "KSM/BTC")], speed=0)
    player.scheduler.advance_to(5)
    assert [json.loads(text)["data"][0]["symbol"] for _, text in player.texts] == ["SC/EUR", "KSM/BTC"] * 2


def test_a_loop_begins_again_a_second_after_the_end(session: Path) -> None:
    player = Player(session, [v1("trade", "SC/EUR")], version=1, loop=True)
    player.scheduler.advance_to(8)
    times = [time - player.texts[0][0] for time, _ in player.texts]
    assert times == pytest.approx([0, 2, 3, 5, 6])
    player.subscription.dispose()


def test_heartbeats_go_on_after_the_end(session: Path) -> None:
    scheduler = TestScheduler()
    exchange = kraken_sandbox(playback=session, speed=0).in_virtual_time(scheduler)
    beats: list[Message] = []

    def take(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            event.socket.send(v2("trade", "SC/EUR"))
        elif isinstance(event, Message) and event.data == {"channel": "heartbeat"}:
            beats.append(event)

    exchange.source().subscribe(take)
    scheduler.advance_to(30.5)
    assert len(beats) == 30


@pytest.mark.parametrize(
    "content",
    [
        "",
        '1.0: {"event":"heartbeat"}\n',
        '1.0: [1,[["a","1","2.0","s","l",""]],"trade","SC/EUR"]\n',
        '1.0: [1,[["1","1","2.0","x","l",""]],"trade","SC/EUR"]\n',
        '1.0: [1,{"a":[]},"ticker","SC/EUR"]\n',
        "1.0: [17,[1,2]]\n",
        '1.0: {"channel":"trade","type":"update","data":[{}]}\n',
    ],
)
def test_a_file_that_cannot_be_played_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidArgument, match="bad"):
        kraken_sandbox(playback=path)


BOOK = [
    (
        '1618678133.626511: [1360,{"as":[["10.10000","1.50000000","1618678123.481570"],["10.20000","2.00000000",'
        '"1618678122.000000"]],"bs":[["9.90000","0.50000000","1618678121.5"]]},"book-10","XBT/CHF"]'
    ),
    (
        '1618678134.5: [1360,{"a":[["10.10000","0.00000000","1618678134.400000"]]},{"b":[["9.95000","3.00000000",'
        '"1618678134.450000"]],"c":"CRC"},"book-10","XBT/CHF"]'
    ).replace("CRC", str(crc32(b"102000020000000099500030000000099000050000000"))),
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.jsonl"
    stray = BOOK[1].replace("XBT/CHF", "XBT/EUR")  # of a book that was begun before
    path.write_text("\n".join([stray, *BOOK]) + "\n")
    return path


def test_a_book_of_v1_comes_verbatim_and_to_v2_with_the_same_checksum(book: Path) -> None:
    player = Player(book, [{**v1("book", "XBT/CHF"), "subscription": {"name": "book", "depth": 10}}], version=1)
    player.scheduler.advance_to(5)
    assert [text for _, text in player.texts] == [text_of(line) for line in BOOK]
    player = Player(book, [v2("book", "BTC/CHF", depth=10)])
    player.scheduler.advance_to(5)
    first, second = (json.loads(text, parse_float=str) for _, text in player.texts)
    assert (first["type"], second["type"]) == ("snapshot", "update")
    assert second["data"][0] == {
        "symbol": "BTC/CHF",
        "bids": [{"price": "9.95000", "qty": "3.00000000"}],
        "asks": [{"price": "10.10000", "qty": "0.00000000"}],
        "checksum": crc32(b"102000020000000099500030000000099000050000000"),
        "timestamp": "2021-04-17T16:48:54.450000Z",
    }
    assert first["data"][0]["timestamp"] == "2021-04-17T16:48:43.481570Z"


def test_a_book_is_there_in_its_depth_only(book: Path) -> None:
    deep = {**v1("book", "XBT/CHF"), "subscription": {"name": "book", "depth": 100}}
    with kraken_sandbox(playback=book) as exchange:
        with raw_client(exchange.public_url) as client:
            assert client.ask(**v2("book", "BTC/CHF", depth=100))["error"] == "Subscription depth not supported"
            assert client.ask(**v2("book", "BTC/EUR"))["error"] == "Currency pair not supported BTC/EUR"
        with raw_client(exchange.public_v1_url) as client:
            assert client.ask(**deep)["errorMessage"] == "Subscription depth not supported"


def _played(path: Path, url: str, symbols: list[str], depth: int, count: int, version: int) -> list[Book]:
    """What our client makes of a played book: no gap, each checksum verified."""
    got: list[Any] = []
    done = threading.Event()

    def take(item: Any) -> None:
        got.append(item)
        if len(got) == count:
            done.set()

    with kraken_sandbox(playback=path, speed=0) as exchange:
        connection = kraken.public_connection(exchange.endpoints[url], version=version)
        messages = connection.pipe(keep_messages_only())
        books = kraken.subscribe_book(symbols, messages, depth=depth, notices=True)
        connection.pipe(filter_new_socket_only(), books).subscribe(take, lambda _: done.set())
        link = connection.connect()
        try:
            assert done.wait(20)
        finally:
            link.dispose()
    assert {type(item) for item in got} == {Book}
    return got


@pytest.mark.parametrize(("version", "url"), [(1, "public_v1_url"), (2, "public_url")])
def test_the_recorded_book_of_v1_is_our_client_s_verified_book(recordings: Path, version: int, url: str) -> None:
    frames = recorded_v1(recordings)
    pairs = sorted({json.loads(frame)[-1] for frame in frames})
    path = recordings / "kraken_v1_book1000.jsonl"
    books = _played(path, url, [from_v1(pair) for pair in pairs], 1000, len(frames), version)
    plain = {pair: Plain(1000) for pair in pairs}
    for frame, book in zip(frames, books, strict=True):
        pair = json.loads(frame)[-1]
        plain[pair].take(frame)
        assert book.symbol == from_v1(pair)
        assert book.bid is not None
        assert f"{book.bid:f}" == plain[pair].levels[0][0][0]
    for pair in pairs:
        assert texts(next(book for book in reversed(books) if book.symbol == from_v1(pair))) == plain[pair].levels


def test_the_recorded_book_of_v2_is_our_client_s_verified_book(recordings: Path, tmp_path: Path) -> None:
    frames = recorded_v2(recordings)
    path = tmp_path / "v2.jsonl"
    path.write_text("".join(f"{1_700_000_000 + number}.5: {frame}\n" for number, frame in enumerate(frames)))
    symbol = json.loads(frames[0])["data"][0]["symbol"]
    books = _played(path, "public_url", [symbol], 10, len(frames), 2)
    plain = Plain(10)
    for frame, book in zip(frames, books, strict=True):
        plain.take(frame)
        assert texts(book) == plain.levels


def recorded(path: Path, channel: str) -> dict[str, list[RecordedFrame]]:
    """The recorded frames of a channel by v1 pair."""
    frames: dict[str, list[RecordedFrame]] = {}
    for frame in read_recording(path):
        message = json.loads(frame.text)
        if isinstance(message, list) and message[-2] == channel:
            frames.setdefault(message[-1], []).append(frame)
    return frames


@pytest.mark.parametrize("channel", ["trade", "ticker"])
def test_every_frame_of_the_recorded_session_reaches_a_v1_client(recordings: Path, channel: str) -> None:
    path = recordings / f"kraken_v1_{channel}.jsonl"
    frames = [frame for frame in read_recording(path) if frame.text.startswith("[")]
    pairs = list(recorded(path, channel))
    with kraken_sandbox(playback=path, speed=0) as exchange, raw_client(exchange.public_v1_url) as client:
        client.send(**v1(channel, *pairs))
        for _ in range(len(pairs) + len(frames)):
            client.receive()
        assert client.texts[-len(frames) :] == [frame.text for frame in frames]


@pytest.mark.parametrize("channel", ["trade", "ticker"])
def test_every_number_of_the_recorded_session_reaches_a_v2_client(recordings: Path, channel: str) -> None:
    path = recordings / f"kraken_v1_{channel}.jsonl"
    for pair, frames in recorded(path, channel).items():
        symbol = from_v1(pair)
        with kraken_sandbox(playback=path, speed=0) as exchange, raw_client(exchange.public_url) as client:
            client.ask(**v2(channel, symbol))
            for frame in frames:
                row, text = client.receive()["data"], frame.text
                payload = json.loads(text)[1]
                if channel == "ticker":
                    _check_ticker(row[0], payload, symbol)
                else:
                    _check_trades(row, payload, symbol)


def _check_ticker(row: dict[str, Any], payload: dict[str, Any], symbol: str) -> None:
    assert row["symbol"] == symbol
    for name, expected in {
        "bid": payload["b"][0],
        "bid_qty": payload["b"][2],
        "ask": payload["a"][0],
        "ask_qty": payload["a"][2],
        "last": payload["c"][0],
        "volume": payload["v"][1],
        "vwap": payload["p"][1],
        "low": payload["l"][1],
        "high": payload["h"][1],
    }.items():
        assert format(row[name], "f") == expected
    assert row["change"] == Decimal(payload["c"][0]) - Decimal(payload["o"][1])


def _check_trades(rows: list[dict[str, Any]], payload: list[list[str]], symbol: str) -> None:
    for row, (price, size, time, side, order_type, _) in zip(rows, payload, strict=True):
        assert (format(row["price"], "f"), format(row["qty"], "f")) == (price, size)
        assert (row["side"][0], row["ord_type"][0], row["symbol"]) == (side, order_type, symbol)
        moment = datetime.fromisoformat(row["timestamp"])
        assert f"{int(moment.timestamp())}.{moment.microsecond:06d}" == time
