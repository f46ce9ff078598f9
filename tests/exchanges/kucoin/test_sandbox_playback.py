"""Recorded sessions of KuCoin, played back verbatim, with the books that join them; and floods."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.sandbox.recording import read_answers, read_recording
from tests.exchanges.kucoin.market_watchers import Watcher, joined_spot
from tests.exchanges.kucoin.sandbox_clients import http, raw_client, signed
from tests.exchanges.kucoin.virtual_clients import World

FULL = "/api/v3/market/orderbook/level2"
LEVEL2, MATCH = "/market/level2:XYZ-USDT", "/market/match:XYZ-USDT"


def change(time: float, number: int, side: str, price: str, size: str) -> str:
    changes = {"asks": [], "bids": [], side: [[price, size, str(number)]]}
    data = {"sequenceStart": number, "symbol": "XYZ-USDT", "changes": changes, "sequenceEnd": number}
    frame = {"data": data, "subject": "trade.l2update", "topic": LEVEL2, "type": "message"}
    return f"{time}: {json.dumps(frame, separators=(',', ':'))}"


TRADE = (
    '1619378327.9: {"data":{"symbol":"XYZ-USDT","sequence":"1612701563869","side":"buy","size":"81.8814",'
    '"price":"0.0000001117","takerOrderId":"6085c097587c2000060cde57","time":"1619378327739050725","type":"match",'
    '"makerOrderId":"6085c06144b3790006512a4d","tradeId":"6085c09769bc506996295e36"},"subject":"trade.l3match",'
    '"topic":"/market/match:XYZ-USDT","type":"message"}'
)
CHANGES = [
    change(1619378326.4, 11, "asks", "0", "0"),
    change(1619378327.4, 12, "bids", "0.10", "5.00"),
    change(1619378329.4, 13, "asks", "0.12", "0"),
]
BOOK = '{"time":1,"sequence":"11","bids":[["0.09","7"]],"asks":[["0.12","1.50"],["0.13","2"]]}'


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    lines = [
        "wss://push-private.kucoin.com/endpoint?token=TOKEN <-> 1619378325.3",
        'wss://push-private.kucoin.com/endpoint?token=TOKEN <- 1619378326.1: {"id":1,"type":"subscribe"}',
        '1619378326.13: {"id":"NSkIrWGB1s","type":"welcome"}',
        '1619378326.32: {"id":"1","type":"ack"}',
        "1619378326.33: not json",
        f'https://api.kucoin.com{FULL}?symbol=XYZ-USDT -> 1619378326.6: {{"code":"200000","data":{BOOK}}}',
        CHANGES[0],
        CHANGES[1],
        TRADE,
        CHANGES[2],
    ]
    path.write_text("\n".join(lines) + "\n\n")
    return path


def text_of(line: str) -> str:
    return line.split(": ", 1)[1]


def played(watcher: Watcher) -> list[str]:
    return [text for text in watcher.texts if '"type":"message"' in text]


def test_frames_come_verbatim_with_the_recorded_spacing(session: Path) -> None:
    watcher = Watcher(World(playback=session), LEVEL2, MATCH)
    watcher.watch(10.0)
    assert played(watcher) == [text_of(line) for line in (CHANGES[0], CHANGES[1], TRADE, CHANGES[2])]
    (first, second, third), (trade,) = watcher.times(LEVEL2), watcher.times(MATCH)
    assert (second - first, third - second) == pytest.approx((1.0, 2.0))
    # Topics keep their places beside each other.
    assert trade - second == pytest.approx(0.5)


@pytest.mark.parametrize(("speed", "seconds"), [(4.0, 0.75), (0, 0.0)])
def test_speed_divides_the_spacing_and_zero_leaves_none(session: Path, speed: float, seconds: float) -> None:
    watcher = Watcher(World(playback=session, speed=speed), LEVEL2)
    watcher.watch(5.0)
    times = watcher.times(LEVEL2)
    assert times[-1] - times[0] == pytest.approx(seconds)


def test_the_recorded_book_is_answered_verbatim_and_in_parts(session: Path) -> None:
    with kucoin_sandbox(playback=session, speed=0) as exchange:
        query = {"symbol": "XYZ-USDT"}
        full = signed(exchange.rest_url, exchange.credentials(), "GET", FULL, query=query)
        assert full.text == '{"code":"200000","data":' + BOOK + "}"
        part = http(exchange.rest_url, "GET", "/api/v1/market/orderbook/level2_20", query=query).data
        assert part == full.data
        unknown = signed(exchange.rest_url, exchange.credentials(), "GET", FULL, query={"symbol": "BTC-USDT"})
        assert unknown.message["code"] == "900001"
        assert http(exchange.rest_url, "GET", "/api/v1/market/orderbook/level2_7", query=query).status == 404


def test_what_was_not_recorded_is_acknowledged_and_silent(session: Path) -> None:
    watcher = Watcher(World(playback=session), "/market/level2:BTC-USDT", "/market/ticker:XYZ-USDT", "/nowhere:X")
    watcher.watch(10.0)
    assert [(frame["type"], frame.get("code")) for frame in watcher.answers] == [
        ("welcome", None),
        ("ack", None),
        ("ack", None),
        ("error", 404),
    ]
    assert not played(watcher)


def test_each_subscribe_plays_from_the_beginning_and_an_unsubscribe_ends_it(session: Path) -> None:
    watcher = Watcher(World(playback=session), LEVEL2)
    watcher.watch(0.5)
    watcher.ask(id="u", type="unsubscribe", topic=LEVEL2, response=True)
    watcher.watch(5.0)
    assert len(watcher.rows(LEVEL2)) == 1
    watcher.subscribe(LEVEL2)
    watcher.watch(5.0)
    assert len(watcher.rows(LEVEL2)) == 4


def test_a_loop_begins_again_a_second_after_the_end(session: Path) -> None:
    watcher = Watcher(World(playback=session, loop=True), LEVEL2)
    watcher.watch(7.5)
    times = [time - watcher.times(LEVEL2)[0] for time in watcher.times(LEVEL2)]
    assert times == pytest.approx([0, 1, 3, 4, 5, 7])
    watcher.subscription.dispose()


@pytest.mark.parametrize(
    "content",
    [
        "",
        '1.0: {"id":"1","type":"ack"}\n',
        '1.0: {"type":"message","topic":"/market/match:X"}\n',
        f'https://api.kucoin.com{FULL}?symbol=X -> 1.0: {{"code":"200000"}}\n',
        f'https://api.kucoin.com{FULL}?symbol=X -> 1.0: {{"code":"200000","data":{{"sequence":1}}}}\n',
        f"https://api.kucoin.com{FULL}?symbol=X -> 1.0: <html>\n",
    ],
)
def test_a_file_that_cannot_be_played_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidArgument, match="bad"):
        kucoin_sandbox(playback=path)
    with pytest.raises(InvalidArgument, match="missing"):
        kucoin_sandbox(playback=tmp_path / "missing")
    with pytest.raises(InvalidArgument, match="at least one"):
        kucoin_sandbox(playback=[])


# The recording.


def requests_of(path: Path) -> list[dict[str, Any]]:
    """What the recording client sent."""
    return [
        json.loads(match[1])
        for line in path.read_text().splitlines()
        if (match := re.match(r"wss\S+ <- [\d.]+: (.*)", line))
    ]


def test_every_frame_of_the_recorded_session_comes_over_a_real_socket_and_every_book_joins(recordings: Path) -> None:
    frames_path, books_path = recordings / "kucoin.jsonl", recordings / "kucoin_http.jsonl"
    texts = [frame.text for frame in read_recording(frames_path)]
    data = [text for text in texts if json.loads(text)["type"] == "message"]
    requests = requests_of(frames_path)
    with kucoin_sandbox(playback=[frames_path, books_path], speed=0) as exchange:
        with raw_client(exchange.rest_url) as client:
            for request in requests:
                client.send(**request)
            acks = 0
            while acks < len(requests) or len(client.texts) < 1 + len(requests) + len(data):
                acks += client.receive()["type"] == "ack"
        received = [text for text in client.texts if '"type":"message"' in text]
        assert sorted(received) == sorted(data)
        for request in requests:
            topics = {f"{request['topic'].partition(':')[0]}:{each}" for each in _arguments(request)}
            assert _of(received, topics) == _of(data, topics)
        snapshots = [answer for answer in read_answers(books_path) if FULL in answer.url]
        assert len(snapshots) >= 9
        for answer in snapshots:
            symbol = answer.url.rpartition("=")[2]
            told = signed(exchange.rest_url, exchange.credentials(), "GET", FULL, query={"symbol": symbol})
            assert told.message == json.loads(answer.text)
            rows = [json.loads(text)["data"] for text in _of(received, {f"/market/level2:{symbol}"})]
            book, last = joined_spot(told.data, rows)
            assert last == max([int(told.data["sequence"]), *(row["sequenceEnd"] for row in rows)])
            assert max(book.bids) < min(book.asks)


def _arguments(request: dict[str, Any]) -> list[str]:
    return request["topic"].partition(":")[2].split(",")


def _of(texts: list[str], topics: set[str]) -> list[str]:
    return [text for text in texts if json.loads(text)["topic"] in topics]


def test_the_recorded_session_keeps_its_spacing_in_virtual_time(recordings: Path) -> None:
    path = recordings / "kucoin.jsonl"
    topics = [request["topic"] for request in requests_of(path)]
    recorded = [frame for frame in read_recording(path) if '"type":"message"' in frame.text]
    watcher = Watcher(World(playback=path), *topics)
    watcher.watch(float(recorded[-1].time) - float(recorded[0].time) + 1.0)
    told = [time for time, frame in watcher.frames if frame["type"] == "message"]
    assert len(told) == len(recorded)
    shift = told[0] - float(recorded[0].time)
    assert told == pytest.approx([float(frame.time) + shift for frame in recorded], abs=1e-3)


# Floods.


@pytest.mark.parametrize(
    ("market", "topic", "prefix"),
    [
        ("spot", "/market/ticker:BTC-USDT,ETH-USDT", "/market/ticker:"),
        ("spot", "/market/level2:BTC-USDT", "/market/level2:BTC-USDT"),
        ("futures", "/contractMarket/execution:XBTUSDTM", "/contractMarket/execution:XBTUSDTM"),
        ("futures", "/contract/announcement", ""),
    ],
)
def test_a_flood_sends_so_many_frames_of_what_was_asked_for(market: str, topic: str, prefix: str) -> None:
    with kucoin_sandbox(flood=700) as exchange:
        url = exchange.rest_url if market == "spot" else exchange.futures_rest_url
        with raw_client(url) as client:
            client.subscribe(topic)
            frames = [client.receive() for _ in range(700 if prefix else 0)]
            assert all(frame["topic"].startswith(prefix) and frame["data"] for frame in frames)
            pong = client.ask(id=1, type="ping")
            assert pong["type"] == "pong"
