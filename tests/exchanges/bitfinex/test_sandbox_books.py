"""Books of the simulated Bitfinex, kept by a client of the simplest kind and summed from the digits on the wire."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from zlib import crc32

import pytest

from rxex.exchanges.bitfinex.sandbox import VirtualBitfinex
from tests.exchanges.bitfinex.virtual_clients import BULK, CHECKSUMS, SEQ_ALL, AccountClient, Client, World

D = Decimal


class Kept:
    """One book, from the texts of the messages of one channel."""

    def __init__(self, number: int, key: int, *, is_funding: bool = False) -> None:
        self.number = number
        self.key = key
        """Rows begin with so many values that say what they are about."""
        self.rows: dict[tuple[str, ...], list[str]] = {}
        self.sign = -1 if is_funding else 1
        self.checksums = self.wrong = self.deletes = self.unknown = 0
        self.longest = 0

    def take(self, texts: list[str]) -> None:
        for text in texts:
            message = json.loads(text, parse_float=str, parse_int=str)
            if not isinstance(message, list) or message[0] != str(self.number) or message[1] == "hb":
                continue
            if message[1] == "cs":
                self.checksums += 1
                self.wrong += self.sum() != int(message[2])
                continue
            payload = message[1]
            for row in payload if isinstance(payload[0], list) else [payload]:
                self.change(row)
            if self.key == 1:
                assert not self.bids or not self.asks or self.price(self.bids[0]) < self.price(self.asks[0])

    def change(self, row: list[str]) -> None:
        key = tuple(row[: self.key])
        is_gone = D(row[-2]) == 0
        if is_gone:
            self.deletes += 1
            self.unknown += self.rows.pop(key, None) is None
        else:
            self.rows[key] = row
        self.longest = max(self.longest, len(self.bids), len(self.asks))

    def price(self, row: list[str]) -> Decimal:
        return D(row[0])

    @property
    def bids(self) -> list[list[str]]:
        rows = [row for row in self.rows.values() if D(row[-1]) * self.sign > 0]
        return sorted(rows, key=lambda row: (-self.price(row), row[1:-1]))

    @property
    def asks(self) -> list[list[str]]:
        rows = [row for row in self.rows.values() if D(row[-1]) * self.sign < 0]
        return sorted(rows, key=lambda row: (self.price(row), row[1:-1]))

    def sum(self) -> int:
        texts: list[str] = []
        bids, asks = self.bids, self.asks
        for place in range(25):
            texts += [f"{side[place][0]}:{side[place][-1]}" for side in (bids, asks) if place < len(side)]
        total = crc32(":".join(texts).encode())
        return total - 2**32 if total >= 2**31 else total


class KeptOrders(Kept):
    """A raw book: rows are id, price, amount."""

    def price(self, row: list[str]) -> Decimal:
        return D(row[1])

    @property
    def bids(self) -> list[list[str]]:
        rows = [row for row in self.rows.values() if D(row[-1]) > 0]
        return sorted(rows, key=lambda row: (-self.price(row), int(row[0])))

    @property
    def asks(self) -> list[list[str]]:
        rows = [row for row in self.rows.values() if D(row[-1]) < 0]
        return sorted(rows, key=lambda row: (self.price(row), int(row[0])))


def texts_of(exchange: VirtualBitfinex) -> list[str]:
    return [sent.text for sent in exchange.sent]


@pytest.mark.parametrize("symbol", ["tBTCUSD", "tDOGE:USD", "tBTT:USD", "tSHIB:USD"])
@pytest.mark.parametrize(("precision", "length"), [("P0", "25"), ("P0", "100"), ("P1", "25"), ("P3", "25")])
def test_a_book_is_never_crossed_nor_too_long_and_its_checksums_are_right(
    symbol: str, precision: str, length: str
) -> None:
    world = World(speed=3)
    client = Client(world, flags=CHECKSUMS)
    number, _ = client.subscribe("book", symbol=symbol, prec=precision, len=length)
    world.pass_time(8)
    kept = Kept(number, 1)
    kept.take(texts_of(world.exchange))
    assert kept.checksums > 10
    assert kept.wrong == kept.unknown == 0
    assert 0 < kept.longest <= int(length)
    digits = {len(row[0].replace(".", "").lstrip("0").split("e")[0]) for row in kept.rows.values()}
    assert max(digits) <= 5 - int(precision[1]) or symbol == "tBTCUSD"


def test_rounded_prices_of_the_largest_amounts_have_zeros_at_their_end() -> None:
    world = World()
    _, (snapshot,) = Client(world).subscribe("book", symbol="tBTCUSD", prec="P2")
    assert {row[0] % 100 for row in snapshot[1]} == {0}
    assert all(row[1] > 1 for row in snapshot[1][:1])


def test_a_snapshot_has_bids_first_the_best_ones_first() -> None:
    _, (snapshot,) = Client(World()).subscribe("book", symbol="tBTCUSD")
    rows = snapshot[1]
    bids, asks = [row for row in rows if row[2] > 0], [row for row in rows if row[2] < 0]
    assert rows == bids + asks
    assert len(bids) == len(asks) == 25
    assert [row[0] for row in bids] == sorted((row[0] for row in bids), reverse=True)
    assert [row[0] for row in asks] == sorted(row[0] for row in asks)


@pytest.mark.parametrize("length", ["1", "25", "250"])
def test_a_raw_book_counts_orders_and_sums_their_ids(length: str) -> None:
    world = World()
    client, trader = Client(world, flags=CHECKSUMS), AccountClient(world)
    for amount in ("0.3", "0.2"):
        trader.new(amount=amount, price="63010")
    number, _ = client.subscribe("book", symbol="tBTCUSD", prec="R0", len=length)
    for _ in range(30):
        trader.new(amount="0.1", price="63012")
        world.pass_time(0.3)
    kept = KeptOrders(number, 1)
    kept.take(texts_of(world.exchange))
    assert kept.checksums > 10
    assert kept.wrong == kept.unknown == 0
    assert kept.longest == int(length) or length == "250"
    assert kept.deletes > 10


def test_clients_orders_stand_in_the_books_and_hidden_ones_do_not() -> None:
    world = World()
    trader = AccountClient(world)
    trader.new(amount="7", price="62990")
    trader.new(amount="8", price="62991", flags=64)
    _, (snapshot,) = Client(world).subscribe("book", symbol="tBTCUSD", prec="R0", len="250")
    seen, hidden = ([int(order.id), order.price, order.size] for order in world.exchange.orders)
    assert seen in snapshot[1]
    assert hidden not in snapshot[1]
    assert hidden[0] not in [row[0] for row in snapshot[1]]


def test_bulk_updates_come_as_lists_and_give_the_same_book() -> None:
    world = World()
    single, bulk = Client(world, flags=CHECKSUMS), Client(world, flags=CHECKSUMS | BULK)
    books = [Kept(client.subscribe("book", symbol="tETHUSD")[0], 1) for client in (single, bulk)]
    world.pass_time(5)
    for session, kept in enumerate(books, 1):
        kept.take([sent.text for sent in world.exchange.sent if sent.session == session])
    assert all(isinstance(message[1][0], list) for message in bulk.messages(books[1].number) if message[1] != "cs")
    assert any(
        not isinstance(message[1][0], list) for message in single.messages(books[0].number) if message[1] != "cs"
    )
    assert books[0].rows == books[1].rows
    assert books[1].checksums > 5
    assert books[1].wrong == 0


def test_a_slow_book_is_told_every_two_seconds() -> None:
    world = World()
    client = Client(world)
    client.subscribe("book", symbol="tETHUSD", freq="F1")
    world.pass_time(9)
    times = {round(sent.time, 2) for sent in world.exchange.sent if sent.text[0] == "[" and '"hb"' not in sent.text}
    steps = sorted(times)[1:]
    assert len(steps) == 4
    assert {round(after - before, 2) for before, after in pairwise(steps)} == {2.0}


@pytest.mark.parametrize("precision", ["P0", "P1", "R0"])
def test_a_book_of_funding_has_the_other_signs(precision: str) -> None:
    world = World(speed=20)
    client = Client(world, flags=CHECKSUMS)
    number, (snapshot,) = client.subscribe("book", symbol="fUSD", prec=precision)
    rate = 2 if precision == "R0" else 0
    bids, asks = ([row for row in snapshot[1] if (row[3] < 0) is bid] for bid in (True, False))
    assert snapshot[1] == bids + asks
    assert max(row[rate] for row in bids) <= min(row[rate] for row in asks)
    world.pass_time(8)
    rows = {tuple(row[:1] if precision == "R0" else row[:2]): row for row in snapshot[1]}
    changes = [message[1] for message in client.messages(number) if message[1] != "cs"][1:]
    for change in changes:
        key = tuple(change[:1] if precision == "R0" else change[:2])
        if change[2] == 0:
            # What is gone is told with the sign of its side.
            assert (rows.pop(key)[3] < 0) is (change[3] == -1)
        else:
            rows[key] = change
    assert len(changes) > 10
    assert any(message[1] == "cs" for message in client.messages(number))


def test_a_corrupted_level_is_one_wrong_amount_under_a_right_checksum() -> None:
    world = World()
    client = Client(world, flags=CHECKSUMS | SEQ_ALL)
    number, _ = client.subscribe("book", symbol="tBTCUSD")
    world.pass_time(1)
    world.exchange.corrupt_level("tBTCUSD")
    world.pass_time(1)
    kept = Kept(number, 1)
    kept.take([without_number(sent.text) for sent in world.exchange.sent])
    assert kept.wrong > 0
    client.ask(event="unsubscribe", chanId=number)
    number, _ = client.subscribe("book", symbol="tBTCUSD")
    world.pass_time(2)
    healed = Kept(number, 1)
    healed.take([without_number(sent.text) for sent in world.exchange.sent])
    assert healed.checksums > 0
    assert healed.wrong == 0


def test_a_corrupted_checksum_is_wrong_once() -> None:
    world = World()
    client = Client(world, flags=CHECKSUMS)
    number, _ = client.subscribe("book", symbol="tBTCUSD")
    world.exchange.corrupt_checksum("tBTCUSD")
    world.pass_time(3)
    kept = Kept(number, 1)
    kept.take(texts_of(world.exchange))
    assert kept.wrong == 1


def without_number(text: str) -> str:
    return text.removesuffix("]").rpartition(",")[0] + "]" if text.startswith("[") else text


def test_without_its_flag_there_are_no_checksums() -> None:
    world = World()
    client = Client(world)
    number, _ = client.subscribe("book", symbol="tBTCUSD")
    world.pass_time(3)
    messages = client.messages(number)
    assert len(messages) > 10
    assert all(isinstance(message[1], list) for message in messages)
