"""Whatever is traded on the simulated Bitfinex, its messages, its REST and its ledger say the same, and money stays."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.exchanges.bitfinex.virtual_clients import SEQ_ALL, AccountClient, Caller, Client, World

D = Decimal
TYPES = ["LIMIT", "LIMIT", "MARKET", "IOC", "FOK", "STOP", "STOP LIMIT", "TRAILING STOP"]


def order(random: Random, bid: Decimal) -> dict[str, Any]:
    """Any order of any type, near the market."""
    kind = random.choice(TYPES)
    amount = D(random.randint(1, 60)) / 100 * random.choice([1, -1])
    near = bid + random.randint(-12, 12)
    away = -20 if amount < 0 else 20
    flags = random.choice([0, 0, 0, 64, 4096])
    asked: dict[str, Any] = {"type": random.choice(["EXCHANGE ", "EXCHANGE ", ""]) + kind, "amount": str(amount)}
    asked |= {"price": str(near + (away if "STOP" in kind else 0)), "price_aux_limit": str(near), "flags": flags}
    return {**asked, "price_trailing": "15"}


@pytest.mark.parametrize("seed", range(8))
def test_all_sources_agree_after_any_trading(seed: int) -> None:
    random, world = Random(seed), World(seed=seed, speed=5)
    client, watcher, rest = AccountClient(world, flags=SEQ_ALL), Client(world), Caller(world)
    watcher.subscribe("trades", symbol="tBTCUSD")
    first = {(row[0], row[1]): row[2] for row in rest.ask("auth/r/wallets")}
    inbox: list[Any] = []
    for _ in range(60):
        client.new(**order(random, rest.get("ticker/tBTCUSD")[1][0]))
        inbox += client.inbox
        opened = rest.ask("auth/r/orders")
        if opened and random.random() < 0.4:
            number = random.choice(opened)[0]
            change = random.choice([("oc", {}), ("ou", {"delta": "0.01"}), ("ou", {"price": "62000"})])
            client.input(change[0], {"id": number, **change[1]})
            inbox += client.inbox
        client.inbox.clear()
        world.pass_time(random.random() * 2)
        inbox += client.inbox
    client.input("oc_multi", {"all": 1})
    world.pass_time(3)
    inbox += client.inbox
    told = {kind: [each[2] for each in inbox if isinstance(each, list) and each[1] == kind] for kind in _KINDS}

    # Each order has one end, and its executions are what is missing of it.
    ends = {row[0]: row for row in told["oc"]}
    assert len(ends) == len(told["oc"]) == len(world.exchange.orders)
    assert rest.ask("auth/r/orders") == []
    assert {row[0]: row for row in rest.ask("auth/r/orders/hist", limit=2500)} == ends
    fills: dict[int, Decimal] = {}
    for row in told["te"]:
        fills[row[3]] = fills.get(row[3], D(0)) + row[4]
    for each in world.exchange.orders:
        assert abs(fills.get(int(each.id), D(0))) == each.filled
        assert abs(ends[int(each.id)][6]) == each.remaining
    assert len(fills) > 10

    # Executions are told twice, are REST's, and the public has heard of each.
    stored = {row[0]: row for row in told["tu"]}
    assert {row[0] for row in told["te"]} == stored.keys()
    history = rest.ask("auth/r/trades/hist", limit=2500)
    assert sorted(history) == sorted(told["tu"])
    public = {each[2][0] for each in watcher.inbox if isinstance(each, list) and each[1] == "te"}
    assert stored.keys() <= public

    # Wallets are what was there at first, and what executions have brought and cost.
    fees = sum(row[9] for row in told["tu"] if row[10] == "BTC")
    exchange = [row for row in told["tu"] if row[6].startswith("EXCHANGE")]
    assert world.exchange.balance("BTC") == first["exchange", "BTC"] + sum(row[4] for row in exchange) + fees
    wallets = {(row[0], row[1]): row[2] for row in rest.ask("auth/r/wallets")}
    assert all(wallets[row[0], row[1]] == row[2] for row in last_of(told["wu"]))
    available = {(row[0], row[1]): row[4] for row in rest.ask("auth/r/wallets")}
    assert available["exchange", "USD"] == wallets["exchange", "USD"]

    # The position is the sum of what was traded on margin.
    amount = sum(row[4] for row in told["tu"] if not row[6].startswith("EXCHANGE"))
    assert sum(row[2] for row in rest.ask("auth/r/positions")) == amount


_KINDS = ("on", "ou", "oc", "te", "tu", "wu")


def last_of(rows: list[Any]) -> list[Any]:
    return list({(row[0], row[1]): row for row in rows}.values())
