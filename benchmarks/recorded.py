"""What a stream is, and where recorded messages are found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Numbered", "Stream", "folder", "received"]

_FILES = (
    *("kraken_v1_ticker.jsonl", "kraken_v1_trade.jsonl", "kraken_v1_book1000.jsonl"),
    *("kucoin.jsonl", "kucoin_http.jsonl", "bitfinex.jsonl"),
)


@dataclass(frozen=True)
class Numbered:
    """A message with numbers that are higher by ``step`` in each round; in its text each of them is a ``%d``."""

    text: str
    numbers: tuple[int, ...] = ()
    step: int = 0

    def of_round(self, number: int) -> str:
        """Write the message as it is in one round, the first of which is 0."""
        if not self.numbers:
            return self.text
        more = number * self.step
        return self.text % tuple(each + more for each in self.numbers)


@dataclass(frozen=True)
class Stream:
    """Messages to send over and over, after those that are sent once."""

    messages: tuple[str, ...]
    first: tuple[str, ...] = ()
    numbered: tuple[Numbered, ...] = ()
    """The messages, where they count: each round is then another one."""
    silent: int = 0
    """Messages of a round that say nothing new of a book."""

    @classmethod
    def counted(cls, numbered: Iterable[Numbered], first: Iterable[str] = (), silent: int = 0) -> Stream:
        """Make a stream of messages that count."""
        messages = tuple(numbered)
        return cls(tuple(message.of_round(0) for message in messages), tuple(first), messages, silent)

    def round(self, number: int) -> Iterable[str]:
        """Give the messages of one round, the first of which is 0."""
        return (message.of_round(number) for message in self.numbered) if self.numbered else self.messages

    @property
    def items(self) -> int:
        """Models in one round of the messages; a trade message may hold several trades, one about a book nothing."""
        trades = sum(message.count('","b","') + message.count('","s","') for message in self.messages)
        return trades + sum('"trade"' not in message for message in self.messages) - self.silent

    @property
    def mean_size(self) -> float:
        """Bytes of a message, on average."""
        return sum(map(len, self.messages)) / len(self.messages)


def folder() -> Path | None:
    """Give the folder of recordings, if there is one with all that is needed."""
    path = os.environ.get("RXEX_RECORDINGS")
    return Path(path) if path and all((Path(path) / name).is_file() for name in _FILES) else None


def received(path: Path) -> Iterator[tuple[float, str]]:
    """Give the messages of a recording with their times (see the line format in its README)."""
    for line in path.read_text().splitlines():
        time, separator, text = line.partition(": ")
        if separator and text.startswith(("[", "{")) and " " not in time:
            yield float(time), text.strip()
