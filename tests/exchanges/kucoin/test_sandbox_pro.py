"""The simulated Pro WebSocket, spoken to by a client that is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.exchanges.kucoin.sandbox.parts import parts_of
from rxex.exchanges.kucoin.sandbox.writing import text
from rxex.models import Side
from rxex.sandbox import Simulation
from tests.exchanges.kucoin.plain_books import Plain
from tests.exchanges.kucoin.sandbox_clients import signature, signed
from tests.exchanges.kucoin.virtual_clients import World
from tests.virtual import VirtualClient

BTC, XBT = "BTC-USDT", "XBTUSDTM"
OBU = {"channel": "obu", "tradeType": "SPOT", "symbol": BTC, "depth": "increment@10ms", "rpiFilter": 0}


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox(seed=6, speed=20) as exchange:
        yield exchange


class Client:
    """Speaks JSON in texts, and hears it in binary frames."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self) -> Any:
        data = self.socket.recv(timeout=5)
        assert isinstance(data, bytes)
        return json.loads(data, parse_float=Decimal)

    def ask(self, **message: Any) -> Any:
        """Send a request, and give its answer; data may come before it."""
        self.send(id="1", **message)
        while "T" in (answer := self.receive()):
            pass
        return answer

    def data(self, word: str, count: int = 1) -> list[Any]:
        """Give the next frames of a kind."""
        found: list[Any] = []
        while len(found) < count:
            message = self.receive()
            if message.get("T") == word:
                found.append(message)
        return found


@contextmanager
def client(exchange: KucoinSandbox, market: str = "spot", query: str = "") -> Iterator[Client]:
    with connect(exchange.endpoints[f"ws_pro_{market}_url"] + query, close_timeout=1) as socket:
        client = Client(socket)
        welcome = client.receive()
        assert (welcome["message"], welcome["pingInterval"]) == ("welcome", 18000)
        assert welcome["sessionId"]
        yield client


def test_it_welcomes_pings_back_and_says_yes_and_no(exchange: KucoinSandbox) -> None:
    with client(exchange) as pro:
        pong = pro.ask(type="ping")
        assert (pong["type"], pong["id"]) == ("pong", "1")
        assert pro.ask(action="SUBSCRIBE", **OBU) == {"id": "1", "result": True}
        assert pro.ask(action="UNSUBSCRIBE", **OBU) == {"id": "1", "result": True}


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({**OBU, "depth": "20"}, "depth is invalid"),
        ({**OBU, "tradeType": "FUTURES"}, "tradeType is invalid"),
        ({**OBU, "symbol": None, "symbols": [BTC]}, "symbol is invalid"),
        ({"channel": "nothing", "tradeType": "SPOT"}, "channel nothing is not found"),
        ({"channel": "kline", "tradeType": "SPOT", "symbol": BTC, "interval": "7min"}, "interval is invalid"),
        ({"channel": "mark-price", "tradeType": "SPOT", "symbol": BTC}, "channel mark-price is not found"),
    ],
)
def test_it_refuses_what_the_exchange_refuses(exchange: KucoinSandbox, request_: Any, said: str) -> None:
    with client(exchange) as pro:
        assert pro.ask(action="SUBSCRIBE", **request_) == {"id": "1", "result": False, "message": said}


def test_nonsense_is_refused(exchange: KucoinSandbox) -> None:
    with client(exchange) as pro:
        assert pro.ask(action="DANCE")["result"] is False
        assert pro.ask(action=["SUBSCRIBE"], type=[], op={})["result"] is False
        assert pro.ask(**{**OBU, "action": "SUBSCRIBE", "symbol": [BTC], "channel": {}, "depth": []})["result"] is False
        pro.socket.send("nonsense")
        assert pro.receive()["result"] is False


def test_a_second_ping_within_a_second_ends_the_link(exchange: KucoinSandbox) -> None:
    with client(exchange) as pro:
        pro.ask(type="ping")
        with pytest.raises(ConnectionClosed):
            pro.ask(op="ping")


def test_a_book_starts_with_changes_then_a_snapshot_and_all_of_it_hangs_together(exchange: KucoinSandbox) -> None:
    with client(exchange) as pro:
        pro.ask(action="SUBSCRIBE", **OBU)
        frames = pro.data("obu.SPOT", 60)
    kinds = [frame["t"] for frame in frames]
    assert kinds.count("snapshot") == 1
    assert kinds[0] == "delta"
    assert {frame["dp"] for frame in frames} == {"increment@10ms"}
    deltas = [frame["d"] for frame in frames if frame["t"] == "delta"]
    assert all(data["O"] <= data["C"] for data in deltas)
    assert all(after["O"] == before["C"] + 1 for before, after in pairwise(deltas))
    (whole,) = (frame["d"] for frame in frames if frame["t"] == "snapshot")
    assert whole["O"] == whole["C"]
    plain = Plain.of({"bids": whole["b"], "asks": whole["a"]})
    for data in deltas:
        if data["C"] > whole["C"]:
            for side, name in (("bids", "b"), ("asks", "a")):
                for price, size in data[name]:
                    plain.set(side, price, size)
            bids, asks = plain.levels
            assert Decimal(bids[0][0]) < Decimal(asks[0][0])


def test_the_book_that_the_changes_make_is_the_exchanges() -> None:
    world = World(speed=10)
    pro = VirtualClient(world, world.exchange, "/pro/spot")
    assert pro.socket is not None
    pro.socket.send({"id": "1", "action": "SUBSCRIBE", **OBU})
    world.pass_time(20)

    def look(simulation: Simulation) -> tuple[int, list[list[tuple[str, str]]]]:
        tape = parts_of(simulation).market.spot.tape(BTC)
        sides = [tape.book.levels(side) for side in (Side.BUY, Side.SELL)]
        return tape.sequence, [[(text(price), text(size)) for price, size in side] for side in sides]

    sequence, truth = world.exchange._run(look)
    world.pass_time(0.05)
    frames = [frame for frame in pro.inbox if frame.get("T") == "obu.SPOT" and frame["d"]["C"] <= sequence]
    (place,) = (number for number, frame in enumerate(frames) if frame["t"] == "snapshot")
    whole = frames[place]["d"]
    plain = Plain.of({"bids": whole["b"], "asks": whole["a"]})
    for frame in frames[place + 1 :]:
        for side, name in (("bids", "b"), ("asks", "a")):
            for price, size in frame["d"][name]:
                plain.set(side, price, size)
    assert len(frames) > 100
    assert frames[-1]["d"]["C"] == sequence
    assert list(plain.levels) == truth


def test_tickers_trades_candles_and_depths_tell_the_same_market(exchange: KucoinSandbox) -> None:
    with client(exchange) as pro:
        for more in (
            {"channel": "ticker", "symbols": [BTC, "ETH-USDT"]},
            {"channel": "trade", "symbol": BTC},
            {"channel": "kline", "symbol": BTC, "interval": "1min"},
            {"channel": "obu", "symbol": BTC, "depth": "5"},
            {"channel": "obu", "symbol": BTC, "depth": "1"},
        ):
            assert pro.ask(action="SUBSCRIBE", tradeType="SPOT", **more)["result"] is True
        frames = [pro.receive() for _ in range(200)]
    data = {word: [frame["d"] for frame in frames if frame["T"] == word] for word in {frame["T"] for frame in frames}}
    assert {row["s"] for row in data["ticker.SPOT"]} == {BTC, "ETH-USDT"}
    assert data["kline.SPOT"][-1]["c"] == data["trade.SPOT"][-1]["p"]
    assert all(row["S"] in {"buy", "sell"} and row["ti"] == str(row["E"]) for row in data["trade.SPOT"])
    levels = {frame["dp"]: frame["d"] for frame in frames if frame["T"] == "obu.SPOT"}
    assert (len(levels["5"]["b"]), len(levels["1"]["a"])) == (5, 1)


def test_futures_tell_mark_prices_and_funding() -> None:
    world = World()
    pro = VirtualClient(world, world.exchange, "/pro/futures")
    assert pro.socket is not None
    for channel in ("mark-price", "funding-fee", "funding-fee-all-symbols"):
        pro.socket.send({"id": "1", "action": "SUBSCRIBE", "channel": channel, "tradeType": "FUTURES", "symbol": XBT})
    pro.socket.send({"id": "1", "action": "SUBSCRIBE", "channel": "mark-price", "tradeType": "FUTURES", "symbol": "NO"})
    world.pass_time(61)
    words = [frame.get("T") for frame in pro.inbox]
    assert 58 <= words.count("mark-price") <= 62
    assert words.count("funding-fee") == 1
    (rates,) = (frame["d"] for frame in pro.inbox if frame.get("T") == "funding-fee-all-symbols")
    assert XBT in {row["s"] for row in rates}


def test_who_says_nothing_and_wants_nothing_is_hung_up_on_and_who_wants_something_is_not() -> None:
    world = World()
    idle, busy = (VirtualClient(world, world.exchange, "/pro/spot") for _ in range(2))
    assert busy.socket is not None
    busy.socket.send({"id": "1", "action": "SUBSCRIBE", **OBU})
    world.pass_time(90)
    assert idle.closed is not None
    assert idle.closed.code == 1000
    assert busy.closed is None


def test_the_private_server_wants_a_token_or_a_frame(exchange: KucoinSandbox) -> None:
    orders = {"action": "SUBSCRIBE", "channel": "orderAll", "tradeType": "SPOT"}
    with client(exchange, "private") as pro:
        assert pro.ask(**orders) == {"id": "1", "result": False, "message": "login is required"}
        assert pro.ask(op="auth", **{"kc-api-key": "sandbox-main"})["result"] is False
        credentials, now = exchange.credentials(), signed_time(exchange)
        assert credentials.passphrase is not None
        secret = credentials.secret.reveal()
        frame = {
            "kc-api-key": credentials.key.reveal(),
            "kc-api-sign": signature(secret, f"{now}POST/api/websocket/users/verify"),
            "kc-api-timestamp": str(now),
            "kc-api-passphrase": signature(secret, credentials.passphrase.reveal()),
        }
        assert pro.ask(op="auth", **frame) == {"id": "1", "result": True}
        assert pro.ask(**orders) == {"id": "1", "result": True}
        assert pro.ask(**{**orders, "tradeType": "MARGIN"})["result"] is False
    data = signed(exchange.rest_url, exchange.credentials(), "POST", "/api/v2/bullet-private").data
    assert list(data) == ["token"]
    with client(exchange, "private", f"?token={quote(data['token'], safe='')}") as pro:
        assert pro.ask(**orders)["result"] is True
    with connect(exchange.endpoints["ws_pro_private_url"] + "?token=x", close_timeout=1) as socket:
        assert Client(socket).receive()["code"] == 401


def signed_time(exchange: KucoinSandbox) -> int:
    now: int = signed(exchange.rest_url, exchange.credentials(), "GET", "/api/v1/timestamp").data
    return now
