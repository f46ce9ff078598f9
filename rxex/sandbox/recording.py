"""Reads recordings of an exchange's frames, one per line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from rxex.errors import InvalidArgument

__all__ = ["RecordedAnswer", "RecordedFrame", "read_answers", "read_recording"]

# `TIME: TEXT`. All other lines (connections opened, requests, answers over HTTP) begin with a URL.
_LINE = re.compile(r"(\d+(?:\.\d+)?): (.*\S)\s*", re.DOTALL)
_ANSWER = re.compile(r"(https?://\S+) -> (\d+(?:\.\d+)?): (.*\S)\s*", re.DOTALL)


@frozen
class RecordedFrame:
    """A frame as it came: ``time`` is the text of its seconds since the epoch."""

    time: str
    text: str


@frozen
class RecordedAnswer:
    """What a GET of ``url`` was answered at ``time``, the text of seconds since the epoch."""

    url: str
    time: str
    text: str


def read_answers(path: Path) -> Iterator[RecordedAnswer]:
    """Give the answers over HTTP, in order, of a file with lines ``URL -> TIME: TEXT``; there may be none.

    Raises `InvalidArgument` where there is no such file.
    """
    for line in _lines(path):
        match = _ANSWER.fullmatch(line)
        if match is not None:
            yield RecordedAnswer(match[1], match[2], match[3])


def read_recording(path: Path) -> Iterator[RecordedFrame]:
    """Give the frames that the exchange sent, in order, of a file with lines ``TIME: TEXT``.

    Raises `InvalidArgument` where there is no such file, or no such line in it.
    """
    found = False
    for line in _lines(path):
        match = _LINE.fullmatch(line)
        if match is not None:
            found = True
            yield RecordedFrame(match[1], match[2])
    if not found:
        raise InvalidArgument("playback", str(path), "a recording has lines of the form `TIME: TEXT`")


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            yield from lines
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument("playback", str(path), f"it cannot be read: {error}") from error
