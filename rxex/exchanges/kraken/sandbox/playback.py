"""Plays recorded sessions: verbatim to the version they were recorded from, v1 also to v2, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from attrs import frozen

from rxex.codec import decode, text_of
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.exchanges.kraken.models import from_v1
from rxex.exchanges.kraken.sandbox.books import DEPTHS, checksum
from rxex.sandbox.recording import RecordedFrame, read_recording

__all__ = ["PlayedFrame", "Playback", "recorded"]

Key = tuple[str, str]
_CHANNELS = {"ticker", "trade"}
_BOOK = "book"
_SIDES = {"b": "buy", "s": "sell"}
_ORDER_TYPES = {"m": "market", "l": "limit"}
_LOOP_PAUSE = 1.0


@frozen
class PlayedFrame:
    """A frame to send ``wait`` seconds after the one before; ``key`` is its channel (see `recorded`) and v2 symbol."""

    wait: float
    key: Key
    text: str


@frozen
class _Recorded:
    time: Decimal
    key: Key
    text: str


def recorded(channel: str, depth: int) -> str:
    """Give the name under which frames of a channel are kept: a book's has its depth, on v2 too.

    >>> recorded("book", 10), recorded("book-10", 10), recorded("ticker", 0)
    ('book-10', 'book-10', 'ticker')
    """
    return f"{_BOOK}-{depth}" if channel == _BOOK else channel


class Playback:
    """Recorded frames by version, channel and symbol."""

    def __init__(self, paths: Sequence[Path], *, speed: float, loop: bool) -> None:
        """Read recordings.

        Args:
            paths: Files with lines ``TIME: TEXT``.
            speed: How many times faster than recorded to play; 0: as fast as possible.
            loop: Whether to begin again, a second after the last frame.

        Raises `InvalidArgument` for a file without frames of tickers, trades or books.
        """
        self._speed = speed
        self._loop = loop
        self._frames: dict[int, list[_Recorded]] = {1: [], 2: []}
        self.channel_ids: dict[Key, int] = {}
        """The venue's numbers of what was recorded on v1."""
        if not paths:
            raise InvalidArgument("playback", paths, "give at least one file")
        for path in paths:
            before = sum(map(len, self._frames.values()))
            self._read(path)
            if sum(map(len, self._frames.values())) == before:
                raise InvalidArgument("playback", str(path), "it holds no frames of tickers, trades or books")
        for frames in self._frames.values():
            frames.sort(key=lambda frame: frame.time)
        self._keys = {version: {frame.key for frame in frames} for version, frames in self._frames.items()}

    def has(self, version: int, channel: str, symbol: str) -> bool:
        """Whether something can be played of ``channel`` and ``symbol`` to a client of ``version``."""
        return (channel, symbol) in self._keys[version]

    def has_book(self, version: int, symbol: str) -> bool:
        """Whether there is a book of ``symbol``, of any depth."""
        return any(self.has(version, f"{_BOOK}-{depth}", symbol) for depth in DEPTHS)

    def play(self, version: int, keys: Collection[Key]) -> Iterator[PlayedFrame]:
        """Give what was recorded of ``keys``, from the first frame of any of them."""
        frames = [frame for frame in self._frames[version] if frame.key in keys]
        pause = 0.0
        while True:
            before = frames[0].time
            for frame in frames:
                wait = float(frame.time - before) / self._speed if self._speed else 0.0
                yield PlayedFrame(wait + pause, frame.key, frame.text)
                before, pause = frame.time, 0.0
            if not self._loop:
                return
            pause = _LOOP_PAUSE

    def _read(self, path: Path) -> None:
        trades: dict[str, int] = {}
        seen: set[Key] = set()
        depths: dict[str, int] = {}
        for frame in read_recording(path):
            try:
                message = decode(frame.text.encode())
            except MalformedMessage:
                continue  # the venue sends plain text now and then
            try:
                if isinstance(message, dict):
                    self._read_v2(frame, message, depths)
                else:
                    self._read_v1(frame, message, trades, seen)
            except (MalformedMessage, LookupError, TypeError, ValueError, ArithmeticError) as error:
                raise InvalidArgument("playback", str(path), f"at {frame.time}: not a frame of Kraken's") from error

    def _read_v2(self, frame: RecordedFrame, message: dict[str, Any], depths: dict[str, int]) -> None:
        channel = message.get("channel")
        if channel not in {*_CHANNELS, _BOOK} or not message["data"]:
            return
        row = message["data"][0]
        symbol = row["symbol"]
        if channel == _BOOK:
            if message["type"] == "snapshot":
                # The frames do not say how deep the book is; its snapshot is as deep as that.
                levels = max(len(row["bids"]), len(row["asks"]))
                depths[symbol] = next((depth for depth in DEPTHS if depth >= levels), DEPTHS[-1])
            if symbol not in depths:
                return  # of a book that was begun before the recording
        key = (recorded(channel, depths.get(symbol, 0)), symbol)
        self._frames[2].append(_Recorded(Decimal(frame.time), key, frame.text))

    def _read_v1(self, frame: RecordedFrame, message: Sequence[Any], trades: dict[str, int], seen: set[Key]) -> None:
        number, payload, *_, channel, pair = message
        is_book = str(channel).startswith(f"{_BOOK}-")
        if channel not in _CHANNELS and not is_book:
            return
        symbol = from_v1(pair)
        key = (channel, symbol)
        if is_book:
            is_first = "as" in payload or "bs" in payload
            if not is_first and key not in seen:
                return  # of a book that was begun before the recording
            text = _book_to_v2(message[1:-2], symbol, "snapshot" if is_first else "update")
        elif channel == "ticker":
            text = _ticker_to_v2(payload, symbol, "update" if key in seen else "snapshot", frame.time)
        else:
            first = trades.get(symbol, 0) + 1
            trades[symbol] = first + len(payload) - 1
            text = _trades_to_v2(payload, symbol, first)
        decode(text.encode())
        seen.add(key)
        time = Decimal(frame.time)
        self.channel_ids[key] = number
        self._frames[1].append(_Recorded(time, key, frame.text))
        self._frames[2].append(_Recorded(time, key, text))


def _ticker_to_v2(payload: dict[str, Any], symbol: str, kind: str, time: str) -> str:
    last, opened = Decimal(payload["c"][0]), Decimal(payload["o"][1])
    percent = (100 * (last - opened) / opened).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if opened else Decimal("0.00")
    return (
        f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":{json.dumps(symbol)},'
        f'"bid":{payload["b"][0]},"bid_qty":{payload["b"][2]},"ask":{payload["a"][0]},"ask_qty":{payload["a"][2]},'
        f'"last":{payload["c"][0]},"volume":{payload["v"][1]},"vwap":{payload["p"][1]},"low":{payload["l"][1]},'
        f'"high":{payload["h"][1]},"change":{text_of(last - opened)},"change_pct":{text_of(percent)},'
        f'"timestamp":"{_rfc3339(time)}"}}]}}'
    )


def _trades_to_v2(payload: Sequence[Sequence[str]], symbol: str, first: int) -> str:
    # v1 does not number its trades; they are counted from the beginning of the recording.
    rows = (
        f'{{"symbol":{json.dumps(symbol)},"side":"{_SIDES[side]}","price":{price},"qty":{size},'
        f'"ord_type":"{_ORDER_TYPES[order_type]}","trade_id":{number},"timestamp":"{_rfc3339(time)}"}}'
        for number, (price, size, time, side, order_type, *_) in enumerate(payload, first)
    )
    return f'{{"channel":"trade","type":"update","data":[{",".join(rows)}]}}'


def _book_to_v2(parts: Sequence[dict[str, Any]], symbol: str, kind: str) -> str:
    """Write a book with all the digits of v1, so that its checksums hold; v1 has none in a snapshot."""
    names = ("bs", "as") if kind == "snapshot" else ("b", "a")
    bids, asks = ([level for part in parts for level in part.get(name, ())] for name in names)
    total = _sum(asks, bids) if kind == "snapshot" else int(parts[-1]["c"])
    written = (",".join(f'{{"price":{price},"qty":{size}}}' for price, size, *_ in side) for side in (bids, asks))
    moment = max((level[2] for level in (*bids, *asks)), key=Decimal)
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":{json.dumps(symbol)},"bids":[{next(written)}],'
        f'"asks":[{next(written)}],"checksum":{total},"timestamp":"{_rfc3339(moment)}"}}]}}'
    )


def _sum(asks: Sequence[Sequence[str]], bids: Sequence[Sequence[str]]) -> int:
    return checksum(*([(price, size) for price, size, *_ in side] for side in (asks, bids)))


def _rfc3339(seconds: str) -> str:
    """Write a text of seconds since the epoch as a time, with all its digits."""
    whole, _, fraction = seconds.partition(".")
    return f"{datetime.fromtimestamp(int(whole), UTC):%Y-%m-%dT%H:%M:%S}.{fraction:0<6}Z"
