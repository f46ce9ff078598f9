"""Ticker, trades, candles and status of the simulated Bitfinex hang together, and with REST."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.exchanges.bitfinex.virtual_clients import AccountClient, Client, World

D = Decimal


@pytest.fixture
def world() -> World:
    return World()


def test_a_ticker_has_the_best_prices_of_the_book_and_the_last_trade(world: World) -> None:
    client = Client(world)
    book, _ = client.subscribe("book", symbol="tETHUSD")
    trades, _ = client.subscribe("trades", symbol="tETHUSD")
    ticker, (snapshot,) = client.subscribe("ticker", symbol="tETHUSD")
    assert len(snapshot[1]) == 10
    world.pass_time(20)
    rows = {row[0]: row for row in client_rows(world, book)}
    *_, last = [message[2] for message in client.messages(trades) if message[1] == "te"]
    bid, bids, ask, asks, change, relative, price, volume, high, low = client.messages(ticker)[-1][1]
    assert bid == max(price for price, row in rows.items() if row[2] > 0)
    assert ask == min(price for price, row in rows.items() if row[2] < 0)
    assert bids == sum(row[2] for row in rows.values() if row[2] > 0)
    assert asks == -sum(row[2] for row in rows.values() if row[2] < 0)
    assert price == last[3]
    assert low <= price <= high
    assert abs(relative - change / (price - change)) < D("0.0001")
    assert volume > 0


def client_rows(world: World, number: int) -> list[Any]:
    """The rows of a book as it is now."""
    rows: dict[Any, Any] = {}
    for sent in world.exchange.sent:
        if sent.text.startswith(f"[{number},["):
            payload = json.loads(sent.text, parse_float=D)[1]
            for row in payload if isinstance(payload[0], list) else [payload]:
                rows.pop(row[0], None)
                if row[1]:
                    rows[row[0]] = row
    return list(rows.values())


@pytest.mark.parametrize(("symbol", "first", "second"), [("tBTCUSD", "te", "tu"), ("fUSD", "fte", "ftu")])
def test_each_trade_is_told_at_once_and_once_more_when_it_is_stored(
    world: World, symbol: str, first: str, second: str
) -> None:
    client = Client(world)
    number, (snapshot,) = client.subscribe("trades", symbol=symbol)
    rows = snapshot[1]
    assert len(rows) == 30
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    world.pass_time(30)
    told = [(message[1], tuple(message[2])) for message in client.messages(number)[1:]]
    at_once = [row for kind, row in told if kind == first]
    assert len(at_once) > 5
    ids = [row[0] for row in at_once]
    assert ids == sorted(set(ids))
    assert ids[0] > max(row[0] for row in rows)
    stored = [row for kind, row in told if kind == second]
    assert set(stored) <= set(at_once)
    assert max(Counter(stored).values()) == 1
    assert len(at_once) - len(stored) < 10
    for row in stored:
        assert told.index((first, row)) < told.index((second, row))


def test_what_clients_trade_is_told_to_all_under_the_same_number(world: World) -> None:
    client, trader = Client(world), AccountClient(world)
    number, _ = client.subscribe("trades", symbol="tBTCUSD")
    candles, _ = client.subscribe("candles", key="trade:1m:tBTCUSD")
    client.inbox.clear()
    trader.new(type="EXCHANGE MARKET", price=None, amount="-0.5")
    mine = {(row[0], row[4], row[5]) for row in trader.told("te")}
    told = {(row[0], row[2], row[3]) for row in (each[2] for each in client.messages(number) if each[1] == "te")}
    assert mine <= told
    assert client.messages(candles)
    resting = trader.new(price="63015", amount="0.05")[0][2][4][0]
    world.wait_for(lambda: any(row[3] == resting for row in trader.told("te")))
    ours = {row[0] for row in trader.told("te") if row[3] == resting}
    assert ours <= {each[2][0] for each in client.messages(number) if each[1] == "te"}


@pytest.mark.parametrize("frame", ["1m", "5m", "1h", "1D", "1W", "14D", "1M"])
def test_candles_come_newest_first_and_go_on_with_the_trades(world: World, frame: str) -> None:
    client = Client(world)
    trades, _ = client.subscribe("trades", symbol="tBTCUSD")
    number, (snapshot,) = client.subscribe("candles", key=f"trade:{frame}:tBTCUSD")
    begins = [row[0] for row in snapshot[1]]
    assert begins == sorted(set(begins), reverse=True)
    for _, opened, closed, high, low, volume in snapshot[1]:
        assert low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume > 0
    world.pass_time(90)
    *_, last = [each[2] for each in client.messages(trades) if each[1] == "te"]
    updates = [each[1] for each in client.messages(number)[1:]]
    assert updates[-1][2] == last[3]
    assert (len({row[0] for row in updates}) > 1) is (frame == "1m")


def test_a_candle_is_the_sum_of_its_trades(world: World) -> None:
    client = Client(world)
    trades, _ = client.subscribe("trades", symbol="tSOLUSD")
    number, _ = client.subscribe("candles", key="trade:1m:tSOLUSD")
    world.pass_time(125)
    begin = 1_767_225_660_000
    mine = [each[2] for each in client.messages(trades) if each[1] == "te" and 0 <= each[2][1] - begin < 60_000]
    *_, candle = [each[1] for each in client.messages(number) if each[1][0] == begin]
    prices = [row[3] for row in mine]
    assert candle[1:] == [prices[0], prices[-1], max(prices), min(prices), sum(abs(row[2]) for row in mine)]


def test_candles_of_funding_are_those_of_its_periods(world: World) -> None:
    client = Client(world)
    trades, _ = client.subscribe("trades", symbol="fUSD")
    short, _ = client.subscribe("candles", key="trade:1m:fUSD:p2")
    every, _ = client.subscribe("candles", key="trade:1m:fUSD:a120:p2:p120")
    world.pass_time(60)
    rows = [each[2] for each in client.messages(trades) if each[1] == "fte"]
    last = [each[1] for each in client.messages(every) if not isinstance(each[1][0], list)][-1]
    begin = 1_767_225_600_000
    mine = [row for row in rows if row[1] - begin < 60_000]
    total = [each[1] for each in client.messages(every) if each[1][0] == begin][-1]
    assert total[5] == sum(abs(row[2]) for row in mine)
    assert last[2] == rows[-1][3]
    assert len({row[4] for row in rows}) > 1
    two = [each[1] for each in client.messages(short) if each[1][0] == begin][-1]
    assert two[5] == sum(abs(row[2]) for row in mine if row[4] == 2)


def test_a_ticker_of_funding_has_the_best_of_its_book(world: World) -> None:
    client = Client(world)
    _, (book,) = client.subscribe("book", symbol="fUSD", prec="R0")
    _, (snapshot,) = client.subscribe("ticker", symbol="fUSD")
    row = snapshot[1]
    assert len(row) == 16
    bids, asks = ([each for each in book[1] if (each[3] < 0) is bid] for bid in (True, False))
    assert row[1:4] == [bids[0][2], bids[0][1], -sum(each[3] for each in bids)]
    assert row[4:7] == [asks[0][2], asks[0][1], sum(each[3] for each in asks)]
    assert row[13:15] == [None, None]


def test_the_status_of_a_contract_has_the_price_of_its_last_trade(world: World) -> None:
    client = Client(world)
    trades, _ = client.subscribe("trades", symbol="tBTCF0:USTF0")
    number, (snapshot,) = client.subscribe("status", key="deriv:tBTCF0:USTF0")
    assert len(snapshot[1]) == 23
    world.pass_time(16)
    rows = [each[1] for each in client.messages(number)]
    assert len(rows) == 4
    last, now = rows[-1], rows[-1][0]
    *_, trade = [each[2] for each in client.messages(trades) if each[1] == "te" and each[2][1] <= now]
    assert last[2] == trade[3]
    assert min(last[2], last[3]) <= last[14] <= max(last[2], last[3])
    assert last[7] > now
    assert [place for place, value in enumerate(last) if value is None] == [1, 4, 6, 10, 12, 13, 15, 16, 18, 19, 20]


def test_liquidations_come_nested_once_more(world: World) -> None:
    client = Client(world)
    number, behind = client.subscribe("status", key="liq:global")
    assert not behind
    world.exchange.liquidate("tBTCUSD", D("-0.5"), D(60_000))
    world.pass_time(0.1)
    (trigger,), (match,) = (each[1] for each in client.messages(number))
    assert trigger[:2] == ["pos", 142_000_000]
    assert isinstance(trigger[2], Decimal)
    assert trigger[4:7] == ["tBTCUSD", D("-0.5"), 60_000]
    assert (trigger[8], trigger[11], match[8], match[11]) == (0, None, 1, 60_000)


def test_small_prices_are_written_with_exponents_as_the_venue_does(world: World) -> None:
    client = Client(world)
    client.subscribe("ticker", symbol="tBTT:USD")
    *_, sent = (each.text for each in world.exchange.sent if each.text.startswith("["))
    assert "e-7," in sent
    assert "E" not in sent
    assert "0.0000006" not in sent


def test_the_same_seed_gives_the_same_market() -> None:
    def texts(seed: int) -> list[str]:
        world = World(seed=seed)
        client = Client(world)
        client.subscribe("trades", symbol="tBTCUSD")
        client.subscribe("book", symbol="fUSD")
        world.pass_time(5)
        return [sent.text for sent in world.exchange.sent]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)
