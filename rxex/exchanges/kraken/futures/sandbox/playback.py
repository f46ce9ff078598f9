"""Plays recorded sessions, verbatim."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from rxex.codec import decode
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.exchanges.kraken.futures.asking import route
from rxex.sandbox.recording import read_recording

__all__ = ["Playback", "PlayedFrame"]


@frozen
class PlayedFrame:
    """A frame to send ``wait`` seconds after the one before; ``key`` is its feed and product."""

    wait: float
    key: tuple[str, str]
    text: str


class Playback:
    """Recorded frames by feed and product.

    Raises `InvalidArgument` for a file without frames of public feeds.
    """

    def __init__(self, paths: Sequence[Path], *, speed: float) -> None:
        """Read files with lines ``TIME: TEXT``; ``speed`` 0 plays them as fast as possible."""
        self._speed = speed
        self._frames: list[tuple[Decimal, tuple[str, str], str]] = []
        if not paths:
            raise InvalidArgument("playback", paths, "give at least one file")
        for path in paths:
            before = len(self._frames)
            for frame in read_recording(path):
                key = _key_of(frame.text)
                if key is not None:
                    self._frames.append((Decimal(frame.time), key, frame.text))
            if len(self._frames) == before:
                raise InvalidArgument("playback", str(path), "it holds no frames of this exchange's feeds")
        self._frames.sort(key=lambda frame: frame[0])
        self._keys = {key for _, key, _ in self._frames}

    def has(self, key: tuple[str, str]) -> bool:
        """Whether something can be played of this feed and product."""
        return key in self._keys

    def play(self, keys: Collection[tuple[str, str]]) -> Iterator[PlayedFrame]:
        """Give what was recorded of ``keys``, from the first frame of any of them."""
        before: Decimal | None = None
        for time, key, text in self._frames:
            if key in keys:
                wait = float(time - before) / self._speed if self._speed and before is not None else 0.0
                before = time
                yield PlayedFrame(wait, key, text)


def _key_of(text: str) -> tuple[str, str] | None:
    try:
        key = route(decode(text.encode()))
    except MalformedMessage:
        return None
    match key:
        case (str(feed), str(product)):
            return feed, product
    return None
