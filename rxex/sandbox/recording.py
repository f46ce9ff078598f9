"""Reads recordings of an exchange's frames, one per line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from rxex.errors import InvalidArgument

__all__ = ["RecordedFrame", "read_recording"]

# `TIME: TEXT`. All other lines (connections opened, requests, answers over HTTP) begin with a URL.
_LINE = re.compile(r"(\d+(?:\.\d+)?): (.*\S)\s*", re.DOTALL)


@frozen
class RecordedFrame:
    """A frame as it came: ``time`` is the text of its seconds since the epoch."""

    time: str
    text: str


def read_recording(path: Path) -> Iterator[RecordedFrame]:
    """Give the frames that the exchange sent, in order, of a file with lines ``TIME: TEXT``.

    Raises `InvalidArgument` where there is no such file, or no such line in it.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            found = False
            for line in lines:
                match = _LINE.fullmatch(line)
                if match is not None:
                    found = True
                    yield RecordedFrame(match[1], match[2])
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument("playback", str(path), f"it cannot be read: {error}") from error
    if not found:
        raise InvalidArgument("playback", str(path), "a recording has lines of the form `TIME: TEXT`")
