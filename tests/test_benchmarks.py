"""The harness of the benchmarks runs and makes its tables; nothing is said about time here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from benchmarks import orders
from benchmarks.books import price_digits, round_trip, to_v2
from benchmarks.venues import bitfinex, kucoin
from rxex.book import BookOrder, L3Book
from rxex.codec import decode
from rxex.exchanges.kraken.integrity import CHECKSUM_V2
from rxex.exchanges.kraken.models import time_v2

ROOT = Path(__file__).parent.parent


def benchmarks(*options: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "RXEX_RECORDINGS"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--repetitions", "1", "--scale", "0.001", "--no-peers", *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_tiny_run_on_simulated_messages_gives_every_table(tmp_path: Path) -> None:
    written = tmp_path / "results.md"
    names = ("floor kraken", "floor short", "floor books", "app kraken")
    names += ("rxex-short", "rxex-raw kraken", "rxex-typed kraken", "rxex-book books", "rxex-book-2", "orders")
    output = benchmarks("--output", str(written), *(f"--only={name}" for name in names))
    assert written.read_text() + "\n" == output
    assert "messages of the simulated exchange" in output
    rows = [line for line in output.splitlines() if line.startswith("| ")]
    for title in ("the floor", "websocket-client, WebSocketApp", "rxex, feeds of decoded messages", "raw, 30 B", "L2"):
        (row, *_) = [row for row in rows if row.startswith(f"| {title}")]
        assert "| - |" not in row, row
    assert "not measured" not in output


def test_a_tiny_run_takes_the_streams_of_each_exchange_in_every_form() -> None:
    venues = ("kucoin", "bitfinex")
    output = benchmarks(*(f"--only={name}" for venue in venues for name in (f"floor {venue}", f"rxex-{venue}")))
    for venue in ("KuCoin", "Bitfinex"):
        table = output.partition(f"## {venue}: ticker, trades")[2].partition("\n## ")[0]
        rows = [line for line in table.splitlines() if line.startswith("| ") and "µs" not in line and "---" not in line]
        assert len(rows) == 5
        assert not [row for row in rows if row.endswith("| - |")]
    assert "not measured" not in output


def test_a_run_of_a_part_leaves_the_written_results_alone() -> None:
    results = ROOT / "benchmarks" / "RESULTS.md"
    before = results.read_text()
    assert "the floor" in benchmarks("--only=floor trades")
    assert results.read_text() == before


def test_a_name_that_no_case_holds_is_refused_with_the_names_there_are() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 2
    assert "no case holds nothing" in done.stderr
    assert "floor kraken" in done.stderr


SNAPSHOT = """[1,{"as":[["10.0","1.0","1.0"],["11.0","2.0","1.0"]],"bs":[["9.0","1.0","1.0"]]},"book-2","A/B"]"""


def update(sides: str, *levels: str) -> str:
    text = "".join(level.replace(".", "").lstrip("0") for level in levels)
    return f"""[1,{{{sides},"c":"{crc32(text.encode())}"}},"book-2","A/B"]"""


def test_a_round_of_a_book_ends_where_it_began_and_begins_where_it_ended() -> None:
    forth = [
        update('"a":[["10.0","0.0","2.0"],["10.5","3.0","2.0"]]', "10.5", "3.0", "11.0", "2.0", "9.0", "1.0"),
        update('"a":[["9.5","1.0","3.0"]]', "9.5", "1.0", "10.5", "3.0", "9.0", "1.0"),  # 11.0 is pushed out
        update('"b":[["9.0","5.0","4.0"]]', "9.5", "1.0", "10.5", "3.0", "9.0", "5.0"),
    ]
    first, messages = round_trip([SNAPSHOT, *forth])
    assert (first, messages[:3]) == ([SNAPSHOT], forth)
    assert [json.loads(text)[1] for text in messages[3:]] == [
        {"b": [["9.0", "1.0", "1.0"]], "c": json.loads(forth[1])[1]["c"]},
        {"a": [["9.5", "0.00000000", "3.0"], ["11.0", "2.0", "1.0"]], "c": json.loads(forth[0])[1]["c"]},
        {
            "a": [["10.0", "1.0", "1.0"], ["10.5", "0.00000000", "2.0"]],
            "c": str(crc32(b"10010110209010")),
        },
    ]
    again = round_trip([SNAPSHOT, *messages, *messages])[1]
    assert again[: 2 * len(messages)] == messages * 2


def test_a_checksum_that_does_not_hold_is_not_sent() -> None:
    with pytest.raises(ValueError, match="A/B does not hold"):
        round_trip([SNAPSHOT, update('"b":[["9.0","5.0","4.0"]]', "1.0")])


def test_a_book_in_v2_has_the_same_digits_and_a_checksum_in_its_snapshot_too() -> None:
    snapshot = SNAPSHOT.replace("A/B", "A/XBT")
    assert to_v2(snapshot) == (
        '{"channel":"book","type":"snapshot","data":[{"symbol":"A/BTC","bids":[{"price":9.0,"qty":1.0}],'
        '"asks":[{"price":10.0,"qty":1.0},{"price":11.0,"qty":2.0}],'
        f'"checksum":{crc32(b"10010110209010")},"timestamp":"1970-01-01T00:00:01.000000Z"}}]}}'
    )
    assert to_v2(update('"a":[["10.0","0.0","2.0"]]', "11.0")) == (
        '{"channel":"book","type":"update","data":[{"symbol":"A/B","bids":[],"asks":[{"price":10.0,"qty":0.0}],'
        f'"checksum":{crc32(b"110")},"timestamp":"1970-01-01T00:00:02.000000Z"}}]}}'
    )
    assert price_digits([snapshot]) == {"A/BTC": 1}


def test_a_round_of_orders_keeps_every_checksum_and_ends_where_it_began() -> None:
    first, messages = orders.round_trip()
    books = {symbol: L3Book(orders.DEPTH, CHECKSUM_V2) for symbol in orders.SYMBOLS}
    events = set()
    for text in (*first, *messages, *messages):
        message: Any = decode(text.encode())
        (row,) = message["data"]
        book = books[row["symbol"]]
        bids, asks = ([told(each) for each in row[side]] for side in ("bids", "asks"))
        events |= {each.get("event") for side in ("bids", "asks") for each in row[side]}
        (book.replace if message["type"] == "snapshot" else book.update)(bids, asks)
        assert book.checksum == row["checksum"]
    assert events == {None, "add", "modify", "delete"}


def told(row: dict[str, Any]) -> BookOrder:
    size = Decimal(0) if row.get("event") == "delete" else row["order_qty"]
    return BookOrder(row["order_id"], row["limit_price"], size, time_v2(row["timestamp"]))


def test_a_round_of_kucoins_books_ends_where_it_began_and_its_numbers_go_on() -> None:
    ticker = '{"topic":"/market/ticker:A-B","type":"message"}'
    texts = [
        changes(7, 8, asks=[("11", "1", 7)], bids=[("9", "2", 8)]),  # the snapshot has 7 already
        ticker,
        changes(9, 11, asks=[("11", "0", 10), ("12", "3", 9)], bids=[("0", "0", 11)]),
        changes(12, 12, asks=[("0", "0", 12)], bids=[]),
    ]
    stream, begin = kucoin.round_trip(texts, {"A-B": kucoin.Snapshot(7, {"8": "1"}, {"11": "1"})})
    assert begin == {"A-B": kucoin.Snapshot(8, {"8": "1", "9": "2"}, {"11": "1"})}
    assert (len(stream.messages), stream.silent, stream.items) == (6, 2, 4)
    assert stream.messages[0] == stream.messages[5] == ticker
    book = begin["A-B"].copy()
    for number in range(3):
        for place, text in enumerate(stream.round(number)):
            if text != ticker:
                data = json.loads(text)["data"]
                assert data["sequenceStart"] == book.sequence + 1
                sides = {side: [(price, size, int(at)) for price, size, at in data["changes"][side]] for side in SIDES}
                assert {at for side in sides.values() for _, _, at in side} == set(
                    range(data["sequenceStart"], data["sequenceEnd"] + 1)
                )
                book.change(sides, data["sequenceEnd"])
            if place == 2:
                assert (book.bids, book.asks) == ({"8": "1", "9": "2"}, {"12": "3"})
        assert (book.bids, book.asks) == (begin["A-B"].bids, begin["A-B"].asks)
    with pytest.raises(ValueError, match="hole in the book of A-B"):
        kucoin.round_trip([texts[0], texts[3]], {})


SIDES = ("asks", "bids")


def changes(first: int, last: int, **sides: list[tuple[str, str, int]]) -> str:
    rows = {side: [[price, size, str(number)] for price, size, number in sides[side]] for side in SIDES}
    data = {"sequenceStart": first, "symbol": "A-B", "changes": rows, "sequenceEnd": last}
    return json.dumps({"data": data, "topic": "/market/level2:A-B", "type": "message"})


def test_a_round_of_bitfinex_undoes_its_books_and_its_numbers_have_no_hole() -> None:
    texts = [
        "[1,[[10,2,1.50],[11,1,-2]],1]",
        "[2,[[71,1000,0.5,9],[70,900,-0.5,8]],2]",
        '[1,"hb",3]',
        "[3,[9,1,11,2,0.1,0.2,10,5,12,8],4]",
        "[1,[10,0,1],5]",
        "[1,[10.5,1,-3.0],6]",
    ]
    stream = bitfinex.round_trip(texts, {"1": "book", "2": "trades", "3": "ticker"})
    assert stream.first == ("[1,[[10,2,1.50],[11,1,-2]],1]",)
    assert stream.messages == (
        "[3,[9,1,11,2,0.1,0.2,10,5,12,8],2]",
        "[1,[10,0,1],3]",
        "[1,[10.5,1,-3.0],4]",
        '[2,"te",[70,900,-0.5,8],5]',
        '[2,"te",[71,1000,0.5,9],6]',
        "[1,[10.5,0,-1],7]",
        "[1,[10,2,1.50],8]",
        "[3,[9,1,11,2,0.1,0.2,10,5,12,8],9]",
    )
    numbers = [json.loads(text)[-1] for each in range(3) for text in stream.round(each)]
    assert numbers == list(range(2, 26))
