"""What the simulated Bitfinex says of connections and channels: flags, errors, limits, numbers, heartbeats."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from rxex.events import Opened
from rxex.exchanges.bitfinex.sandbox import PRIVATE, PUBLIC
from tests.exchanges.bitfinex.virtual_clients import SEQ_ALL, TIMESTAMP, AccountClient, Client, World

TICKER = {"event": "subscribe", "channel": "ticker", "symbol": "tBTCUSD"}


@pytest.fixture
def world() -> World:
    return World()


def test_a_client_is_told_the_version_and_whether_the_platform_works(world: World) -> None:
    greeting = Client(world).greeting
    assert {**greeting, "serverId": ""} == {"event": "info", "version": 2, "serverId": "", "platform": {"status": 1}}
    assert len(greeting["serverId"]) == 36
    world.exchange.set_status("maintenance")
    assert Client(world).greeting["platform"] == {"status": 0}
    world.exchange.set_version(3)
    assert Client(world).greeting["version"] == 3


def test_maintenance_begins_and_ends_with_a_notice(world: World) -> None:
    client = Client(world)
    world.exchange.set_status("maintenance")
    world.exchange.set_status("online")
    world.exchange.announce(20051, "stopping")
    world.pass_time(0.1)
    assert [(each["event"], each["code"]) for each in client.inbox] == [
        ("info", 20060),
        ("info", 20061),
        ("info", 20051),
    ]


def test_a_restart_is_announced_and_then_the_connection_is_closed(world: World) -> None:
    client = Client(world)
    world.exchange.restart()
    world.pass_time(0.1)
    assert client.inbox[-1]["code"] == 20051
    assert client.closed is not None
    assert client.closed.code == 1012


def test_flags_are_confirmed_and_a_new_set_replaces_the_old_one(world: World) -> None:
    client = Client(world, flags=SEQ_ALL | TIMESTAMP)
    _, (snapshot,) = client.subscribe("ticker", symbol="tBTCUSD")
    assert len(snapshot) == 4
    assert snapshot[2] == 1
    assert snapshot[3] == 1_767_225_600_000 + round(float(world.exchange.sent[-1].time) * 1000)
    assert client.ask(event="conf", flags=TIMESTAMP) == [{"event": "conf", "status": "OK", "flags": TIMESTAMP}]
    _, (snapshot,) = client.subscribe("ticker", symbol="tETHUSD")
    assert len(snapshot) == 3
    assert snapshot[2] > 1_767_225_600_000


@pytest.mark.parametrize("flags", [1, -1, "65536", None, 2**40])
def test_flags_that_there_are_not_are_refused(world: World, flags: Any) -> None:
    assert Client(world).error(event="conf", flags=flags) == (10050, {})


def test_a_ping_is_answered_with_the_time_and_its_number(world: World) -> None:
    client = Client(world)
    (pong,) = client.ask(event="ping", cid=7)
    assert (pong["event"], pong["cid"]) == ("pong", 7)
    assert pong["ts"] >= 1_767_225_600_000
    assert "cid" not in client.ask(event="ping")[0]


@pytest.mark.parametrize(
    ("asked", "filled"),
    [
        ({"channel": "ticker", "symbol": "tBTCUSD", "subId": "mine"}, {"pair": "BTCUSD"}),
        ({"channel": "ticker", "symbol": "fUSD", "subId": 5}, {"currency": "USD"}),
        ({"channel": "trades", "symbol": "tDOGE:USD"}, {"pair": "DOGE:USD"}),
        ({"channel": "book", "symbol": "tBTCUSD"}, {"prec": "P0", "freq": "F0", "len": "25", "pair": "BTCUSD"}),
        (
            {"channel": "book", "symbol": "tBTCUSD", "prec": "R0", "len": 100, "freq": "F1"},
            {"len": "100", "freq": "F0", "pair": "BTCUSD"},
        ),
        ({"channel": "candles", "key": "trade:1m:tBTCUSD"}, {}),
        ({"channel": "candles", "key": "trade:1h:fUSD:a30:p2:p30"}, {}),
        ({"channel": "status", "key": "liq:global"}, {}),
        ({"channel": "status", "key": "deriv:tBTCF0:USTF0"}, {}),
    ],
)
def test_a_subscribe_is_repeated_with_its_defaults_and_a_number(
    world: World, asked: dict[str, Any], filled: dict[str, Any]
) -> None:
    ack, *behind = Client(world).ask(event="subscribe", **asked)
    number = ack.pop("chanId")
    assert type(number) is int
    assert number > 0
    assert ack == {"event": "subscribed", **asked, **filled}
    assert all(message[0] == number for message in behind)
    assert bool(behind) is (asked.get("key") != "liq:global")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"channel": "ticker", "symbol": "tNOPE", "subId": "x"}, 10300),
        ({"channel": "ticker"}, 10300),
        ({"channel": "ticker", "symbol": 5}, 10300),
        ({"channel": "tickers", "symbol": "tBTCUSD"}, 10302),
        ({"channel": ["ticker"], "symbol": "tBTCUSD"}, 10302),
        ({"channel": "book", "symbol": "tBTCUSD", "prec": "P5"}, 10011),
        ({"channel": "book", "symbol": "tBTCUSD", "len": "26"}, 10012),
        ({"channel": "book", "symbol": "tBTCUSD", "freq": "F2"}, 10020),
        ({"channel": "candles", "key": "trade:2m:tBTCUSD"}, 10300),
        ({"channel": "candles", "key": "trade:1m:fUSD"}, 10300),
        ({"channel": "candles", "key": "trade:1m:tBTCUSD:p30"}, 10300),
        ({"channel": "status", "key": "deriv:tBTCUSD"}, 10300),
    ],
)
def test_a_subscribe_that_cannot_be_is_refused_with_what_was_asked(
    world: World, asked: dict[str, Any], code: int
) -> None:
    assert Client(world).error(event="subscribe", **asked) == (code, asked)


def test_the_same_channel_twice_is_refused_and_others_of_it_are_not(world: World) -> None:
    client = Client(world)
    client.subscribe("book", symbol="tBTCUSD")
    asked = {"channel": "book", "symbol": "tBTCUSD", "len": 25, "subId": "again"}
    assert client.error(event="subscribe", **asked) == (10301, asked)
    client.subscribe("book", symbol="tBTCUSD", prec="P1")


def test_a_connection_has_25_channels_and_the_account_is_one(world: World) -> None:
    for client, most in ((Client(world), 25), (AccountClient(world), 24)):
        frames = ["1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "1W", "14D", "1M"]
        keys = [f"trade:{frame}:{symbol}" for symbol in ("tBTCUSD", "tETHUSD", "tSOLUSD") for frame in frames]
        for key in keys[:most]:
            client.subscribe("candles", key=key)
        asked = {"channel": "candles", "key": keys[-1]}
        assert client.error(event="subscribe", **asked) == (10305, asked)


def test_an_unsubscribe_ends_a_channel(world: World) -> None:
    client = Client(world)
    number, _ = client.subscribe("ticker", symbol="tBTCUSD")
    answers = client.ask(event="unsubscribe", chanId=number)
    assert answers[-1] == {"event": "unsubscribed", "status": "OK", "chanId": number}
    client.inbox.clear()
    world.pass_time(20)
    assert not client.inbox
    assert not client.heartbeats
    assert client.error(event="unsubscribe", chanId=number) == (10401, {"chanId": number})
    assert client.error(event="unsubscribe", chanId="x") == (10400, {"chanId": "x"})
    assert client.subscribe("ticker", symbol="tBTCUSD")[0] != number


@pytest.mark.parametrize("message", [{"event": "dance"}, {"event": 5}, {}, [1, 2], [0, "on", None], [0, 5, None, {}]])
def test_what_makes_no_sense_is_an_error_and_the_connection_stays(world: World, message: Any) -> None:
    client = AccountClient(world)
    client.inbox.clear()
    client.send(message)
    (answer,) = client.inbox
    assert (answer["event"], answer["code"]) == ("error", 10000)
    assert client.ask(event="ping")[0]["event"] == "pong"


def test_every_message_of_a_connection_has_the_next_number_heartbeats_included(world: World) -> None:
    client = Client(world, flags=SEQ_ALL)
    for channel, fields in [
        ("ticker", {"symbol": "tBTCUSD"}),
        ("trades", {"symbol": "tETHUSD"}),
        ("book", {"symbol": "tSOLUSD"}),
        ("candles", {"key": "trade:1m:tBTCUSD"}),
        ("status", {"key": "liq:global"}),
    ]:
        client.subscribe(channel, **fields)
    world.pass_time(40)
    texts = [sent.text for sent in world.exchange.sent if sent.text.startswith("[")]
    numbers = [int(text.removesuffix("]").rpartition(",")[2]) for text in texts]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 200


def test_heartbeats_come_for_all_channels_at_once_every_15_seconds(world: World) -> None:
    client = Client(world)
    numbers = [client.subscribe("ticker", symbol=symbol)[0] for symbol in ("tBTCUSD", "tETHUSD", "tLTCUSD")]
    world.pass_time(60)
    beats = [sent for sent in world.exchange.sent if '"hb"' in sent.text]
    times = sorted({round(sent.time, 3) for sent in beats})
    assert len(times) == 4
    assert {round(after - before, 3) for before, after in pairwise(times)} == {15.0}
    assert [beat[0] for beat in client.heartbeats] == numbers * 4
    world.exchange.stop_heartbeats()
    world.pass_time(20)
    assert len(client.heartbeats) == 12


def test_a_swallowed_message_leaves_a_hole_in_the_numbers(world: World) -> None:
    client = Client(world, flags=SEQ_ALL)
    client.subscribe("ticker", symbol="tBTCUSD")
    client.inbox.clear()
    world.exchange.swallow()
    world.pass_time(5)
    numbers = [message[-1] for message in client.inbox]
    assert numbers == list(range(3, 3 + len(numbers)))


def test_a_connection_that_stalls_is_silent_and_still_answers(world: World) -> None:
    client = Client(world, flags=SEQ_ALL)
    client.subscribe("ticker", symbol="tBTCUSD")
    world.exchange.stall(1)
    client.inbox.clear()
    world.pass_time(40)
    assert not client.inbox
    assert not client.heartbeats
    assert client.ask(event="ping")[0]["event"] == "pong"


def test_a_silenced_symbol_takes_no_numbers(world: World) -> None:
    client = Client(world, flags=SEQ_ALL)
    client.subscribe("ticker", symbol="tBTCUSD")
    number, _ = client.subscribe("ticker", symbol="tETHUSD")
    world.exchange.silence("tETHUSD")
    client.inbox.clear()
    world.pass_time(5)
    assert {message[0] for message in client.inbox} == {message[0] for message in client.inbox} - {number}
    numbers = [message[-1] for message in client.inbox]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize(("path", "most"), [(PUBLIC, 20), (PRIVATE, 5)])
def test_who_connects_too_often_is_refused_for_a_minute(path: str, most: int) -> None:
    world = World(rate_limits=True)
    outcomes: list[Any] = []

    def dial() -> None:
        world.exchange.source(path=path).subscribe(outcomes.append, outcomes.append)
        world.pass_time(0.05)

    def opened() -> list[bool]:
        last, outcomes[:] = [isinstance(each, Opened) for each in outcomes if not hasattr(each, "data")], []
        return last

    for _ in range(most):
        dial()
    assert opened() == [True] * most
    dial()
    assert outcomes.pop().status == 429
    world.pass_time(50)
    dial()
    assert outcomes.pop().status == 429
    world.pass_time(15)
    dial()
    assert opened() == [True]
