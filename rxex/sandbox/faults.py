"""What goes wrong on a simulated exchange, by seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from attrs import Attribute, field, frozen

from rxex.errors import InvalidArgument

__all__ = ["CHANCE", "SPAN", "Faults", "Injector"]

RESTART_NOTICE = "CloudFlare WebSocket proxy restarting"


def _chance(_: object, attribute: Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise InvalidArgument(attribute.name, value, "a probability lies between 0 and 1")


def _span(_: object, attribute: Attribute[tuple[float, float] | None], value: tuple[float, float] | None) -> None:
    if value is not None and not 0 <= value[0] <= value[1]:
        raise InvalidArgument(attribute.name, value, "a range is (least, most), neither below 0")


SPAN: Any = field(default=None, validator=_span)
"""A field for a range of seconds, (least, most), or None."""
CHANCE: Any = field(default=0.0, validator=_chance)
"""A field for a probability."""


@frozen(kw_only=True)
class Faults:
    """What goes wrong, and how often. The same seed gives the same faults on the same frames.

    Args:
        seed: What the chances follow from.
        cut_every: Seconds (least, most) that a connection lives before it is reset.
        cut_after: Frames (least, most) sent on a connection before it is reset.
        close_every: Seconds before a connection is closed with ``close_code`` and ``close_reason``.
        half_open_every: Seconds before a connection goes dead: open, but neither sending nor reading any more.
        restart_every: Seconds before the exchange's proxy says (in plain text) that it restarts, and closes with 1001.
        delay: Seconds (least, most) by which frames come late, in their order.
        drop: Chance of a data frame to be lost.
        duplicate: Chance of a data frame to come twice.
        reorder: Chance of a data frame to come after the next one of its connection.
        corrupt: Chance of a data frame to have one digit changed.
        truncate: Chance of a data frame to end too early.
        lose_answer: Chance of an answer to be lost.
        refuse: Chance of a subscription to be refused.
        silent: Chance of a subscription to be acknowledged, and nothing to follow.
        refuse_handshake: Chance of a connection to be refused with HTTP ``handshake_status``.
        retry_after: Seconds that a refused handshake asks to wait; None: it does not say.

    Raises `InvalidArgument` for a chance outside 0 to 1, or a range below 0 or the wrong way round.
    """

    seed: int = 0
    cut_every: tuple[float, float] | None = SPAN
    cut_after: tuple[int, int] | None = SPAN
    close_every: tuple[float, float] | None = SPAN
    close_code: int = 1012
    close_reason: str = "service restart"
    half_open_every: tuple[float, float] | None = SPAN
    restart_every: tuple[float, float] | None = SPAN
    delay: tuple[float, float] | None = SPAN
    drop: float = CHANCE
    duplicate: float = CHANCE
    reorder: float = CHANCE
    corrupt: float = CHANCE
    truncate: float = CHANCE
    lose_answer: float = CHANCE
    refuse: float = CHANCE
    silent: float = CHANCE
    refuse_handshake: float = CHANCE
    handshake_status: int = 503
    retry_after: float | None = None


class Injector:
    """The faults of one connection; each connection has its own chances, whatever the others do."""

    def __init__(self, faults: Faults, session: int, note: Callable[[str], None]) -> None:
        """Take the chances of connection number ``session``; ``note`` hears the name of each fault that happens."""
        self._faults = faults
        self._random = Random(f"{faults.seed}/{session}")  # noqa: S311 - must be repeatable
        self._note = note
        self._held: str | None = None
        self._frames_left = None if faults.cut_after is None else self._random.randint(*faults.cut_after)

    def waits(self) -> list[tuple[str, float]]:
        """The seconds until each fault of the link, by the name of it."""
        every = {
            "cut": self._faults.cut_every,
            "close": self._faults.close_every,
            "half_open": self._faults.half_open_every,
            "restart": self._faults.restart_every,
        }
        return [(name, self._random.uniform(*span)) for name, span in every.items() if span is not None]

    def frames(self, text: str) -> list[str]:
        """What becomes of a data frame: nothing, itself, something else, or several."""
        faults = self._faults
        if self._happens(faults.drop, "drop"):
            return []
        if self._happens(faults.corrupt, "corrupt"):
            text = self._with_another_digit(text)
        if self._happens(faults.truncate, "truncate"):
            text = text[: self._random.randrange(1, len(text))]
        frames = [text, text] if self._happens(faults.duplicate, "duplicate") else [text]
        if self._held is not None:
            frames.append(self._held)
            self._held = None
        elif self._happens(faults.reorder, "reorder"):
            self._held = frames.pop()
        return frames

    def delay(self) -> float:
        """The seconds by which the next frame is late."""
        return 0.0 if self._faults.delay is None else self._random.uniform(*self._faults.delay)

    def cuts_after_this(self) -> bool:
        """Count one frame; True when it was the last one."""
        if self._frames_left is None:
            return False
        self._frames_left -= 1
        return self._frames_left <= 0

    def loses_answer(self) -> bool:
        """Whether this answer is lost."""
        return self._happens(self._faults.lose_answer, "lose_answer")

    def refuses(self) -> bool:
        """Whether this subscription is refused."""
        return self._happens(self._faults.refuse, "refuse")

    def silences(self) -> bool:
        """Whether this subscription is acknowledged and stays silent."""
        return self._happens(self._faults.silent, "silent")

    def _happens(self, chance: float, name: str) -> bool:
        if not chance or self._random.random() >= chance:
            return False
        self._note(name)
        return True

    def _with_another_digit(self, text: str) -> str:
        digits = [match.start() for match in re.finditer(r"\d", text)]
        if not digits:
            return text
        place = self._random.choice(digits)
        return f"{text[:place]}{(int(text[place]) + self._random.randint(1, 9)) % 10}{text[place + 1 :]}"
