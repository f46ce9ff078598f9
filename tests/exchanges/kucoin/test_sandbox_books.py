"""Books of the simulated KuCoin: numbers without holes, joined to what REST tells by the venue's rules."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from rxex.models import Side
from rxex.sandbox import Faults
from tests.exchanges.kucoin.market_watchers import Levels, Watcher, joined_futures, joined_spot
from tests.exchanges.kucoin.virtual_clients import World

D = Decimal
LEVEL2 = "/market/level2:BTC-USDT"
FULL = "/api/v3/market/orderbook/level2"
SYMBOL = {"symbol": "BTC-USDT"}


def truth(world: World, symbol: str = "BTC-USDT", market: str = "spot") -> Levels:
    """The book as the matching engine has it."""

    def look(simulation: Any) -> Levels:
        book = simulation.protocols[f"/{market}"].parts.floors[market].engine.books[symbol]
        return Levels(dict(book.levels(Side.BUY)), dict(book.levels(Side.SELL)))

    return world.exchange._run(look)


def test_every_change_has_the_next_number_and_a_third_of_them_change_nothing() -> None:
    world = World()
    watcher = Watcher(world, LEVEL2)
    watcher.watch(40.0)
    rows = watcher.rows(LEVEL2)
    assert all(after["sequenceStart"] == before["sequenceEnd"] + 1 for before, after in pairwise(rows))
    numbers, nothing, merged = 0, 0, 0
    for row in rows:
        assert set(row) == {"changes", "sequenceEnd", "sequenceStart", "symbol", "time"}
        changes = [change for side in ("asks", "bids") for change in row["changes"][side]]
        numbers += row["sequenceEnd"] - row["sequenceStart"] + 1
        nothing += sum(change[:2] == ["0", "0"] for change in changes)
        merged += row["sequenceEnd"] > row["sequenceStart"]
        for _, _, number in changes:
            assert row["sequenceStart"] <= int(number) <= row["sequenceEnd"]
    assert 0.1 < nothing / numbers < 0.4
    assert merged
    # Of a price that changed twice in a message the last size is told, so numbers are missing inside.
    told = sum(len(row["changes"]["asks"]) + len(row["changes"]["bids"]) for row in rows)
    assert told < numbers


@pytest.mark.parametrize("moment", [0.0, 3.3, 17.0])
def test_a_snapshot_of_rest_joins_the_changes_and_leads_to_the_book_as_it_is(moment: float) -> None:
    world = World()
    watcher = Watcher(world, LEVEL2)
    watcher.watch(moment)
    snapshot = world.ask("GET", FULL, query=SYMBOL).data
    assert isinstance(snapshot["sequence"], str)
    watcher.watch(25.0)
    rows = watcher.rows(LEVEL2)
    assert rows[0]["sequenceStart"] <= int(snapshot["sequence"]) + 1
    book, last = joined_spot(snapshot, rows)
    assert last == rows[-1]["sequenceEnd"]
    assert book == truth(world)
    assert max(book.bids) < min(book.asks)


def test_parts_of_the_book_are_the_best_of_the_whole_one_at_the_same_number() -> None:
    world = World()
    whole = world.ask("GET", FULL, query=SYMBOL, wait=0.05).data
    for size in (20, 100):
        part = world.ask("GET", f"/api/v1/market/orderbook/level2_{size}", query=SYMBOL, wait=0.05).data
        if part["sequence"] == whole["sequence"]:
            assert part["bids"] == whole["bids"][:size]
        assert (len(part["bids"]), len(part["asks"])) == (size, size)
    assert len(whole["asks"]) >= 120
    assert world.ask("GET", "/api/v1/market/orderbook/level2_50", query=SYMBOL).status == 404


def test_changes_go_on_from_the_same_numbers_while_nobody_listened() -> None:
    world = World()
    first = world.ask("GET", FULL, query=SYMBOL).data
    world.pass_time(30.0)
    second = world.ask("GET", FULL, query=SYMBOL).data
    assert int(second["sequence"]) > int(first["sequence"])
    assert second["bids"] != first["bids"]
    watcher = Watcher(world, LEVEL2)
    third = world.ask("GET", FULL, query=SYMBOL).data
    watcher.watch(10.0)
    book, _ = joined_spot(third, watcher.rows(LEVEL2))
    assert book == truth(world)


def test_a_snapshot_may_lag_behind_on_demand_until_it_is_let_go() -> None:
    world = World()
    world.exchange.hold_snapshots("BTC-USDT")
    world.pass_time(10.0)
    watcher = Watcher(world, LEVEL2)
    watcher.watch(5.0)
    held = world.ask("GET", FULL, query=SYMBOL).data
    assert world.ask("GET", "/api/v1/market/orderbook/level2_20", query=SYMBOL).data["sequence"] == held["sequence"]
    assert int(held["sequence"]) < watcher.rows(LEVEL2)[0]["sequenceStart"] - 1
    world.exchange.release_snapshots("BTC-USDT")
    snapshot = world.ask("GET", FULL, query=SYMBOL).data
    watcher.watch(5.0)
    book, _ = joined_spot(snapshot, watcher.rows(LEVEL2))
    assert book == truth(world)


def test_a_snapshot_may_be_ahead_of_frames_that_are_late() -> None:
    world = World(faults=Faults(delay=(2.0, 3.0)))
    watcher = Watcher(world, LEVEL2)
    watcher.watch(10.0)
    snapshot = world.ask("GET", FULL, query=SYMBOL).data
    assert int(snapshot["sequence"]) > watcher.rows(LEVEL2)[-1]["sequenceEnd"]
    watcher.watch(10.0)
    joined_spot(snapshot, watcher.rows(LEVEL2))


def test_an_order_of_a_client_is_in_the_book_and_in_its_changes() -> None:
    world = World()
    watcher = Watcher(world, LEVEL2, "/market/match:BTC-USDT", "/market/level3:BTC-USDT")
    snapshot = world.ask("GET", FULL, query=SYMBOL).data
    world.add("a", price="100", size="1.5")
    book, _ = joined_spot(snapshot, watcher.rows(LEVEL2))
    assert book.bids[D(100)] == D("1.5")
    opened = [row for row in watcher.rows("/market/level3:BTC-USDT") if row["type"] == "open" and row["price"] == "100"]
    assert [row["size"] for row in opened] == ["1.5"]
    _, ask = world.market()
    placed = world.add("b", price=str(ask + 5), size="0.00002").data
    mine = [row for row in watcher.rows("/market/match:BTC-USDT") if row["takerOrderId"] == placed["orderId"]]
    assert sum(D(row["size"]) for row in mine) == D("0.00002")
    assert {row["side"] for row in mine} == {"buy"}


def rebuilt(snapshot: Any, rows: list[Any]) -> tuple[dict[str, tuple[str, Decimal, Decimal]], int]:
    """Put a book of orders together by the rules of its second version; sides, prices and sizes by order."""
    last = int(snapshot["sequence"])
    orders = {name: (side, D(price), D(size)) for side in ("bids", "asks") for name, price, size, _ in snapshot[side]}
    for row in rows:
        number = int(row["sequence"])
        if number <= last:
            continue
        assert number == last + 1
        last = number
        kind = row["kind"]
        if kind == "open":
            side = "bids" if row["side"] == "buy" else "asks"
            orders[row["orderId"]] = (side, D(row["price"]), D(row["size"]))
        elif kind == "match":
            side, price, size = orders[row["makerOrderId"]]
            left = size - D(row["size"])
            assert D(row.get("remainSize", left)) == left
            assert price == D(row["price"])
            orders[row["makerOrderId"]] = (side, price, left)
        elif kind in {"update", "change"}:
            side, price, size = orders[row["orderId"]]
            new = D(row.get("newSize") or row["size"])
            assert new < size == D(row.get("oldSize", size))
            orders[row["orderId"]] = (side, price, new)
        elif kind == "done":
            orders.pop(row["orderId"], None)
    return orders, last


@pytest.mark.parametrize("topic", ["/spotMarket/level3:BTC-USDT", "/market/level3:BTC-USDT"])
def test_a_book_of_orders_is_rebuilt_from_its_snapshot_and_what_happens(topic: str) -> None:
    world = World()
    watcher = Watcher(world, topic)
    watcher.watch(3.0)
    snapshot = world.ask("GET", "/api/v3/market/orderbook/level3", query=SYMBOL).data
    world.add("a", price="100", size="1.5")
    watcher.watch(10.0)
    end = world.ask("GET", "/api/v3/market/orderbook/level3", query=SYMBOL, wait=0.0)
    world.pass_time(0.1)
    rows = [{**frame["data"], "kind": frame["subject"].removeprefix("trade.l3")} for frame in watcher.pushes(topic)]
    assert {row["kind"] for row in rows} >= {"received", "open", "match", "done"}
    until = [row for row in rows if int(row["sequence"]) <= int(end.data["sequence"])]
    orders, last = rebuilt(snapshot, until)
    assert last == int(end.data["sequence"])
    assert orders == rebuilt(end.data, [])[0]
    assert (("bids", D(100), D("1.5"))) in orders.values()


def test_futures_tell_one_level_a_message_and_join_their_snapshot() -> None:
    world = World()
    topic = "/contractMarket/level2:XBTUSDTM"
    watcher = Watcher(world, topic, market="futures")
    watcher.watch(5.0)
    snapshot = world.ask("GET", "/api/v1/level2/snapshot", query={"symbol": "XBTUSDTM"}, server=FUTURES).data
    watcher.watch(20.0)
    rows = watcher.rows(topic)
    assert all(after["sequence"] == before["sequence"] + 1 for before, after in pairwise(rows))
    assert all(frame["sn"] == frame["data"]["sequence"] for frame in watcher.pushes(topic))
    assert not [row for row in rows if row["change"].startswith("0,")]
    book, _ = joined_futures(snapshot, rows)
    assert book == truth(world, "XBTUSDTM", FUTURES)
    for size in (20, 100):
        path = f"/api/v1/level2/depth{size}"
        assert len(world.ask("GET", path, query={"symbol": "XBTUSDTM"}, server=FUTURES).data["bids"]) == size


def test_depths_are_the_best_levels_of_the_book_at_most_ten_times_a_second() -> None:
    world = World()
    topics = [f"/spotMarket/level2Depth{depth}:BTC-USDT" for depth in (5, 50)]
    watcher = Watcher(world, *topics, LEVEL2)
    snapshot = world.ask("GET", FULL, query=SYMBOL).data
    watcher.watch(10.0)
    for topic, depth in zip(topics, (5, 50), strict=True):
        rows, times = watcher.rows(topic), watcher.times(topic)
        assert len(rows) > 10
        assert all(after - before > 0.0999 for before, after in pairwise(times))
        for row in rows[-10:]:
            assert set(row) == {"asks", "bids", "timestamp"}
            before = [change for change in watcher.rows(LEVEL2) if change["time"] <= row["timestamp"]]
            book, _ = joined_spot(snapshot, before)
            assert [D(price) for price, _ in row["asks"]] == sorted(book.asks)[:depth]
            assert [(D(price), D(size)) for price, size in row["bids"]] == sorted(book.bids.items(), reverse=True)[
                :depth
            ]
