"""Frames of real books, and the plainest book there is to hold ours against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

# Consecutive frames of one session, as the venue sent them; levels are pushed out and published again.
SNAPSHOT_V1 = (
    '[336,{"as":[["27120.00000","4.28732553","1693415327.935623"],["27127.30000","0.13827025","1693415325.205490"],'
    '["27128.30000","0.14741534","1693415329.675425"],["27128.90000","2.76458276","1693415321.541132"],'
    '["27129.20000","0.73724565","1693415324.214745"],["27129.40000","0.63655172","1693415321.142313"],'
    '["27129.60000","0.02417558","1693415321.116921"],["27129.90000","0.73724565","1693415324.215491"],'
    '["27130.00000","0.24631177","1693415321.597248"],["27130.30000","0.66320000","1693415327.468764"]],'
    '"bs":[["27119.90000","13.54067548","1693415328.088361"],["27119.30000","0.03686228","1693415326.213734"],'
    '["27119.20000","0.73724565","1693415328.912969"],["27118.90000","0.04936402","1693415326.689972"],'
    '["27118.60000","0.37500000","1693415323.147543"],["27118.10000","0.03170000","1693415326.709944"],'
    '["27117.50000","1.08235034","1693415326.209364"],["27117.40000","0.38246705","1693415325.825637"],'
    '["27117.30000","0.33513309","1693415328.110174"],["27117.20000","3.68769114","1693415321.686822"]]},'
    '"book-10","XBT/USD"]'
)
UPDATES_V1 = (
    '[336,{"b":[["27119.90000","13.54109952","1693415330.621700"]],"c":"3572756970"},"book-10","XBT/USD"]',
    (
        '[336,{"b":[["27117.40000","0.00000000","1693415330.886651"],["27116.80000","0.14741986","1693415325.036931","r"]],'
        '"c":"3139033408"},"book-10","XBT/USD"]'
    ),
    '[336,{"b":[["27117.60000","0.07527506","1693415330.908062"]],"c":"3251018358"},"book-10","XBT/USD"]',
    '[336,{"b":[["27119.90000","12.84109952","1693415331.605145"]],"c":"2081445242"},"book-10","XBT/USD"]',
    (
        '[336,{"b":[["27117.50000","0.00000000","1693415331.608187"],["27116.80000","0.14741986","1693415325.036931","r"]],'
        '"c":"1329474123"},"book-10","XBT/USD"]'
    ),
    '[336,{"b":[["27117.40000","0.49308511","1693415331.627599"]],"c":"3636535617"},"book-10","XBT/USD"]',
    (
        '[336,{"a":[["27129.40000","0.00000000","1693415333.750918"],["27130.70000","0.37770000","1693415327.468705","r"]],'
        '"c":"2080666133"},"book-10","XBT/USD"]'
    ),
    (
        '[336,{"a":[["27127.30000","0.00000000","1693415333.759711"],["27131.50000","0.02131985","1693415322.472678","r"],'
        '["27128.20000","0.13827025","1693415333.759724"]],"c":"4038234313"},"book-10","XBT/USD"]'
    ),
    (
        '[336,{"a":[["27128.90000","0.00000000","1693415333.775260"],["27131.50000","0.02131985","1693415322.472678","r"]],'
        '"c":"2289603226"},"book-10","XBT/USD"]'
    ),
)
SNAPSHOT_V2 = (
    '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":63004.9,"qty":0.01876947},'
    '{"price":63003.3,"qty":0.00005100},{"price":63002.6,"qty":0.01602600},{"price":63000.2,"qty":0.00005100},'
    '{"price":63000.0,"qty":0.08325683},{"price":62997.0,"qty":0.09705100},{"price":62993.9,"qty":0.00005100},'
    '{"price":62991.8,"qty":0.00158700},{"price":62991.6,"qty":0.11000000},{"price":62988.9,"qty":0.10000000}],'
    '"asks":[{"price":63005.0,"qty":2.07265551},{"price":63005.1,"qty":0.55006860},{"price":63005.2,"qty":0.79358539},'
    '{"price":63005.8,"qty":0.01537966},{"price":63005.9,"qty":0.11835139},{"price":63006.0,"qty":0.04761452},'
    '{"price":63006.3,"qty":0.23809955},{"price":63006.5,"qty":0.79356896},{"price":63007.3,"qty":0.06000000},'
    '{"price":63008.4,"qty":0.00057100}],"checksum":2531248887,"timestamp":"2026-08-01T02:53:53.398143Z"}]}'
)
UPDATES_V2 = (
    (
        '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":63005.0,"qty":2.08665551}],'
        '"checksum":2532652056,"timestamp":"2026-08-01T02:53:53.646219Z"}]}'
    ),
    (
        '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[{"price":63005.9,"qty":0.00000000},'
        '{"price":63008.6,"qty":0.00039677}],"checksum":3629011692,"timestamp":"2026-08-01T02:53:54.966086Z"}]}'
    ),
)


class Plain:
    """A book as two dictionaries, sorted whenever it is looked at; sums are made from the start each time."""

    def __init__(self, depth: int = 10) -> None:
        self.depth = depth
        self.bids: dict[Decimal, tuple[str, str]] = {}
        self.asks: dict[Decimal, tuple[str, str]] = {}

    def take(self, frame: str) -> None:
        """Take a frame of v1 or v2."""
        message = json.loads(frame, parse_float=str)
        if isinstance(message, dict):
            (row,) = message["data"]
            parts = [{"b": _pairs(row["bids"]), "a": _pairs(row["asks"])}]
            is_snapshot = message["type"] == "snapshot"
        else:
            parts = message[1:-2]
            is_snapshot = "as" in parts[0]
        if is_snapshot:
            self.bids, self.asks = {}, {}
        for part in parts:
            self._set(self.bids, part.get("b", part.get("bs", ())))
            self._set(self.asks, part.get("a", part.get("as", ())))
        for price in sorted(self.bids)[: -self.depth]:
            del self.bids[price]
        for price in sorted(self.asks)[self.depth :]:
            del self.asks[price]

    def _set(self, side: dict[Decimal, tuple[str, str]], levels: Iterable[Any]) -> None:
        for price, size, *_ in levels:
            if Decimal(size):
                side[Decimal(price)] = (price, size)
            else:
                side.pop(Decimal(price), None)

    @property
    def levels(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Bids and asks, best first."""
        return [self.bids[price] for price in sorted(self.bids, reverse=True)], [
            self.asks[price] for price in sorted(self.asks)
        ]

    @property
    def checksum(self) -> int:
        bids, asks = self.levels
        texts = [text for level in (*asks[:10], *bids[:10]) for text in level]
        return crc32("".join(text.replace(".", "").lstrip("0") for text in texts).encode())

    def snapshot_v1(self, pair: str) -> list[Any]:
        """What the venue sends to who subscribes now."""
        bids, asks = self.levels
        rows = {
            name: [[*level, "1693415330.000000"] for level in levels] for name, levels in (("as", asks), ("bs", bids))
        }
        return [336, rows, f"book-{self.depth}", pair]

    def snapshot_v2(self, symbol: str) -> dict[str, Any]:
        """What the venue sends to who subscribes now."""
        bids, asks = (
            [{"price": Decimal(price), "qty": Decimal(size)} for price, size in levels] for levels in self.levels
        )
        row = {"symbol": symbol, "bids": bids, "asks": asks, "checksum": self.checksum}
        return {"channel": "book", "type": "snapshot", "data": [row]}


def _pairs(levels: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(level["price"], level["qty"]) for level in levels]


def texts(book: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the levels of one of our books with all their digits."""
    return tuple([(f"{level.price:f}", f"{level.size:f}") for level in side] for side in (book.bids, book.asks))  # type: ignore[return-value]


def recorded_v1(folder: Path) -> list[str]:
    """Give the recorded v1 book frames."""
    lines = (folder / "kraken_v1_book1000.jsonl").read_text().splitlines()
    return [line.partition(": ")[2] for line in lines if line.partition(": ")[2].startswith("[")]


def recorded_v2(folder: Path) -> list[str]:
    """Give the recorded v2 book frames; they were kept as numbers, so that their zeros have to be put back."""
    kept = json.loads((folder / "kraken_v2_book10.json").read_text())

    def digits(levels: list[dict[str, float]]) -> str:
        return ",".join(f'{{"price":{level["price"]:.1f},"qty":{level["qty"]:.8f}}}' for level in levels)

    frames = []
    for message in [kept["init"], *kept["updates"]]:
        (row,) = message["data"]
        timestamp = f',"timestamp":"{row["timestamp"]}"' if "timestamp" in row else ""
        frames.append(
            f'{{"channel":"book","type":"{message["type"]}","data":[{{"symbol":"{row["symbol"]}",'
            f'"bids":[{digits(row["bids"])}],"asks":[{digits(row["asks"])}],"checksum":{row["checksum"]}{timestamp}}}]}}'
        )
    return frames
