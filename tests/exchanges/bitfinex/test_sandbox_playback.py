"""Recorded sessions and floods of the simulated Bitfinex: every digit as it was, numbers of the connection's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.sandbox import bitfinex_sandbox
from rxex.sandbox.recording import read_recording
from tests.exchanges.bitfinex.sandbox_clients import raw_client
from tests.exchanges.bitfinex.virtual_clients import SEQ_ALL, TIMESTAMP, Client, World

SESSION = """\
wss://api.bitfinex.com/ws/2 <-> 1618665880.0
wss://api.bitfinex.com/ws/2 <- 1618665880.1: {"event":"conf","flags":65536}
1618665880.2: {"event":"info","version":2,"serverId":"083bd8d4","platform":{"status":1}}
1618665880.3: {"event":"conf","status":"OK","flags":65536}
1618665880.4: {"event":"subscribed","channel":"ticker","chanId":232949,"symbol":"tBFTUSD","pair":"BFTUSD"}
1618665880.5: [232949,[0.068965,60157.36709703,0.0774,43.358118629999986,0.001969,0.0262,0.076989,1,7e-7,0.068961],1]
1618665880.7: [232957,"hb",2]
1618665881.0: {"event":"subscribed","channel":"book","chanId":232957,"symbol":"tBFTUSD","prec":"P0","len":"25"}
1618665881.5: [232957,[[60400,1,0.68826974],[60410,1,-0.5]],3]
1618665883.5: [232957,[60400,0,1],4]
1618665885.5: [232949,"hb",5]
1618665885.5: [232957,"hb",6]
"""
TICKER = {"event": "subscribe", "channel": "ticker", "symbol": "tBFTUSD"}
BOOK = {"event": "subscribe", "channel": "book", "symbol": "tBFTUSD", "len": "25"}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    path.write_text(SESSION)
    return path


def messages(world: World) -> list[tuple[float, str]]:
    return [(round(sent.time, 2), sent.text) for sent in world.exchange.sent if sent.text.startswith("[")]


def recorded(path: Path) -> list[str]:
    return [frame.text for frame in read_recording(path) if frame.text.startswith("[")]


def test_what_is_subscribed_to_together_is_played_together_digit_for_digit(session: Path) -> None:
    world = World(playback=session)
    client = Client(world, flags=SEQ_ALL)
    client.send(TICKER)
    client.send({**BOOK, "subId": "b"})
    assert client.inbox[-1]["chanId"] == 232957
    assert client.inbox[-1]["subId"] == "b"
    world.pass_time(8)
    played = messages(world)[: len(recorded(session))]
    assert [text for _, text in played] == recorded(session)
    times = [time for time, _ in played]
    assert [round(time - times[0], 1) for time in times] == [0.0, 0.2, 1.0, 3.0, 5.0, 5.0]


def test_after_the_recording_heartbeats_go_on(session: Path) -> None:
    world = World(playback=session, speed=0)
    client = Client(world, flags=SEQ_ALL)
    client.send(TICKER)
    world.pass_time(40)
    texts = [text for _, text in messages(world)]
    assert texts[1:] == [f'[232949,"hb",{number}]' for number in range(2, 2 + len(texts) - 1)]
    assert len(texts) == 4 or len(texts) == 5


def test_a_channel_alone_is_numbered_without_holes_and_with_the_flags_of_its_client(session: Path) -> None:
    world = World(playback=session, speed=0)
    client = Client(world, flags=SEQ_ALL | TIMESTAMP)
    client.send(BOOK)
    world.pass_time(0.2)
    numbers = [message[-2] for message in [*client.messages(232957), *client.heartbeats]]
    assert sorted(numbers) == [1, 2, 3, 4]
    plain = Client(world)
    plain.send(BOOK)
    world.pass_time(0.2)
    assert plain.messages(232957)[0] == [
        232957,
        [[60400, 1, client.messages(232957)[0][1][0][2]], client.messages(232957)[0][1][1]],
    ]


def test_a_loop_begins_again(session: Path) -> None:
    world = World(playback=session, speed=100, loop=True)
    client = Client(world, flags=SEQ_ALL)
    client.send(BOOK)
    world.pass_time(3.5)
    snapshots = [message for message in client.messages(232957) if len(message[1]) == 2]
    assert len(snapshots) >= 3


def test_what_was_not_recorded_is_refused(session: Path) -> None:
    client = Client(World(playback=session))
    for asked in ({**TICKER, "symbol": "tBTCUSD"}, {**BOOK, "prec": "P1"}, {**BOOK, "len": 100}):
        assert client.error(**asked)[0] == 10300
    assert client.error(event="subscribe", channel="news", symbol="tBFTUSD")[0] == 10302


def test_an_unsubscribe_ends_the_play(session: Path) -> None:
    world = World(playback=session)
    client = Client(world)
    client.send(TICKER)
    client.send({"event": "unsubscribe", "chanId": 232949})
    client.send(BOOK)
    client.send({"event": "unsubscribe", "chanId": 232957})
    world.pass_time(20)
    assert not messages(world)


@pytest.mark.parametrize("text", ["", "no line\n", '1: {"event":"info"}\n', "1: [1,\n", "1: [5,[1,2],3]\n"])
def test_what_is_no_recording_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidArgument, match="bad"):
        bitfinex_sandbox(playback=path)


@pytest.mark.parametrize("speed", [0, 20])
def test_the_recorded_stream_is_played_whole_and_verbatim(recordings: Path, speed: float) -> None:
    path = recordings / "bitfinex.jsonl"
    asked = [
        json.loads(line.split(": ", 1)[1])
        for line in path.read_text().splitlines()
        if "<- " in line and "subscribe" in line
    ]
    world = World(playback=path, speed=speed)
    client = Client(world, flags=SEQ_ALL)
    assert client.socket is not None
    for each in asked:
        client.socket.send(each)
    world.pass_time(60)
    expected = recorded(path)
    assert len(expected) > 900
    assert [text for _, text in messages(world)][: len(expected)] == expected


# Floods.


def test_a_flood_is_of_all_that_was_subscribed_to_and_rightly_numbered() -> None:
    world = World(flood=700)
    client = Client(world, flags=SEQ_ALL)
    for channel in ("ticker", "trades", "book"):
        client.send({"event": "subscribe", "channel": channel, "symbol": "tBTCUSD"}, 0.0)
    world.pass_time(30)
    numbers = {message["chanId"] for message in client.inbox if "chanId" in message}
    arrays = [message for message in client.inbox if isinstance(message, list)]
    assert {message[0] for message in arrays} == numbers
    assert [message[-1] for message in arrays] == list(range(1, 2101))
    assert not client.heartbeats


def test_a_flood_comes_over_sockets_as_fast_as_it_is_read() -> None:
    with bitfinex_sandbox(flood=5000) as exchange, raw_client(exchange.public_url) as client:
        assert client.ask(event="subscribe", channel="ticker", symbol="tBTCUSD")["event"] == "subscribed"
        received: list[Any] = [client.receive() for _ in range(5000)]
        assert client.numbers == list(range(1, 5001))
        assert len({tuple(message[1]) for message in received}) > 100
        assert client.ask(event="ping")["event"] == "pong"
