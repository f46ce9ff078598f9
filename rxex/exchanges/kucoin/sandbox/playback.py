"""Plays recorded sessions: frames verbatim, with their spacing, and the snapshots of books that belong to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from msgspec import DecodeError, Raw, Struct, convert
from msgspec.json import decode as decode_as

from rxex.codec import decode
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.exchanges.kucoin.sandbox.instruments import SPOT
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic, push
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.sandbox.recording import read_answers, read_recording
from rxex.sandbox.simulation import Simulation

__all__ = ["PlayedFrame", "PlayedTopic", "Playback"]

_FULL_BOOK = "/api/v3/market/orderbook/level2"
_LOOP_PAUSE = 1.0
_SIZES = {"20": 20, "100": 100}


@frozen
class PlayedFrame:
    """A frame of ``topic`` to send ``wait`` seconds after the one before."""

    wait: float
    topic: str
    text: str


@frozen
class _Recorded:
    time: Decimal
    topic: str
    text: str


class _Answer(Struct):
    code: str
    data: Raw


class _Book(Struct):
    sequence: str
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    time: int = 0


class Playback:
    """Recorded frames by topic, and recorded books by symbol."""

    def __init__(self, paths: Sequence[Path], *, speed: float, loop: bool) -> None:
        """Read recordings.

        Args:
            paths: Files with lines ``TIME: TEXT`` and ``URL -> TIME: TEXT``.
            speed: How many times faster than recorded to play; 0: as fast as possible.
            loop: Whether to begin again, a second after the last frame.

        Raises `InvalidArgument` for a file without frames of data or books.
        """
        self._speed = speed
        self._loop = loop
        self._frames: list[_Recorded] = []
        self._books: dict[str, Raw] = {}
        if not paths:
            raise InvalidArgument("playback", paths, "give at least one file")
        for path in paths:
            before = len(self._frames) + len(self._books)
            self._read(path)
            if len(self._frames) + len(self._books) == before:
                raise InvalidArgument("playback", str(path), "it holds no data frames or books of this exchange")
        self._frames.sort(key=lambda frame: frame.time)

    def play(self, topics: Collection[str]) -> Iterator[PlayedFrame]:
        """Give what was recorded of ``topics``; the first frame waits as long as it did in the recording."""
        frames = [frame for frame in self._frames if frame.topic in topics]
        before, pause = self._frames[0].time, 0.0
        while frames:
            for frame in frames:
                wait = float(frame.time - before) / self._speed if self._speed else 0.0
                yield PlayedFrame(wait + pause, frame.topic, frame.text)
                before, pause = frame.time, 0.0
            if not self._loop:
                return
            before, pause = frames[0].time, _LOOP_PAUSE

    @property
    def routes(self) -> list[Route]:
        """The books over REST, as recorded."""
        return [
            Route(SPOT, "GET", _FULL_BOOK, self._full_book, "spot", 3, is_signed=True),
            Route(SPOT, "GET", "/api/v1/market/orderbook/level2_{size}", self._best_levels, weight=2),
        ]

    def _full_book(self, call: Call) -> Raw:
        symbol = call.query.get("symbol", "")
        if symbol not in self._books:
            raise Declined("900001", f"symbol {symbol} not exists")
        return self._books[symbol]

    def _best_levels(self, call: Call) -> Any:
        book, size = decode(bytes(self._full_book(call))), _SIZES.get(call.parts["size"])
        if size is None or not isinstance(book, dict):
            raise Declined("404000", "Url Not Found", 404)
        return {**book, "bids": book["bids"][:size], "asks": book["asks"][:size]}

    def _read(self, path: Path) -> None:
        has_answers = False
        for answer in read_answers(path):
            has_answers = True
            url = urlsplit(answer.url)
            if url.path == _FULL_BOOK:
                symbol = parse_qs(url.query).get("symbol", [""])[0]
                # Of several the first: the frames after it join it.
                self._books.setdefault(symbol, _book_in(answer.text, path))
        try:
            for frame in read_recording(path):
                topic = _topic_of(frame.text)
                if topic is not None:
                    self._frames.append(_Recorded(Decimal(frame.time), topic, frame.text))
        except InvalidArgument:
            if not has_answers:
                raise


def _topic_of(text: str) -> str | None:
    try:
        message = decode(text.encode())
    except MalformedMessage:
        return None
    if not isinstance(message, dict) or message.get("type") != "message" or "data" not in message:
        return None
    topic = message.get("topic")
    return topic if isinstance(topic, str) else None


def _book_in(text: str, path: Path) -> Raw:
    try:
        data = decode_as(text, type=_Answer).data
        convert(decode(bytes(data)), _Book)
    except (DecodeError, MalformedMessage, ValueError) as error:
        raise InvalidArgument("playback", str(path), "it holds no answers of this exchange") from error
    return data


class PlayedTopic(Topic):
    """A topic that is played: what each request asks for from the beginning, in its order."""

    def __init__(self, simulation: Simulation, playback: Playback, *, has_argument: bool | None) -> None:
        super().__init__()
        self.has_argument = has_argument
        self._simulation = simulation
        self._playback = playback

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Play what was recorded of them."""
        super().begin(subscriptions)
        wanted = {each.topic: each for each in subscriptions}
        frames = self._playback.play(wanted)
        session = subscriptions[0].session

        def play_on(frame: PlayedFrame | None) -> None:
            while frame is not None:
                subscription = wanted[frame.topic]
                if subscription in self.subscriptions.get(subscription.argument, ()):
                    push(self._simulation, [subscription], frame.text)
                frame = next(frames, None)
                if frame is not None and frame.wait:
                    self._simulation.schedule(frame.wait, partial(play_on, frame), session)
                    return

        first = next(frames, None)
        if first is not None:
            self._simulation.schedule(first.wait, partial(play_on, first), session)
