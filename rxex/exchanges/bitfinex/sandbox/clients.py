"""What the simulated Bitfinex remembers of a connection: its flags, its numbers, its channels, its account."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from attrs import define, field, frozen

from rxex.exchanges.bitfinex.dialect import Flag
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds
from rxex.sandbox.session import Session

__all__ = ["ACCOUNT_CHANNEL", "Client", "Subscription"]

ACCOUNT_CHANNEL = "account"
"""What faults know the channel 0 by."""
_SNAPSHOTS = {f'"{kind}"' for kind in ("ps", "ws", "os", "fos", "fcs", "fls", "ats")}


@frozen(eq=False)
class Subscription:
    """One client's subscription: ``fields`` are what it was asked for, defaults filled in, as they are echoed."""

    session: Session
    number: int
    channel: str
    symbol: str
    fields: Mapping[str, str]

    def frame(self, payload: str) -> str:
        """A message of this channel; ``payload`` is JSON, a type and a comma before it where it has one."""
        return f"[{self.number},{payload}]"


@define(eq=False)
class Client:
    """What is remembered of a session.

    ``account`` is whose it is once it has authenticated, ``filters`` what of it is wanted (None: everything).
    """

    session: Session
    clock: Callable[[], int]
    single_numbers: bool = False
    """Whether notifications about requests end with one number, not with two."""
    flags: int = 0
    sequence: int = 0
    account_sequence: int = 0
    channels: dict[int, Subscription] = field(factory=dict)
    account: str | None = None
    filters: Collection[str] | None = None
    dead_man_switch: bool = False
    swallows: int = 0
    """How many messages of channels are still to be lost."""
    is_stalled: bool = False
    """Whether messages of channels are sent no more."""

    def has(self, flag: Flag) -> bool:
        """Whether a flag is set."""
        return bool(self.flags & flag)

    def stamp(self, text: str) -> str | None:
        """Put numbers and time at the end of a message of a channel, unless it is lost; events have neither."""
        if not text.startswith("["):
            return text
        if self.is_stalled:
            return None
        numbers = self._numbers(text) if self.has(Flag.SEQ_ALL) else []
        if self.has(Flag.TIMESTAMP):
            numbers.append(milliseconds(self.clock()))
        if self.swallows:
            self.swallows -= 1
            return None
        return f"{text[:-1]}{''.join(f',{number}' for number in numbers)}]"

    def skip(self, _: Session) -> None:
        """Leave out the numbers of a message of the account that is lost."""
        if self.has(Flag.SEQ_ALL):
            self.sequence += 1
            self.account_sequence += 1

    def wants(self, *filters: str) -> bool:
        """Whether any of these was asked for, or everything."""
        return self.filters is None or any(each in self.filters for each in filters)

    def _numbers(self, text: str) -> list[int]:
        kind = text[3 : text.index('"', 4) + 1] if text.startswith('[0,"') else ""
        if self.single_numbers and kind == '"n"' and "-req" in text[:60]:
            return [self.account_sequence]
        self.sequence += 1
        if not kind or kind == '"hb"':
            return [self.sequence]
        if kind in _SNAPSHOTS:
            return [self.sequence, 0]
        # Notifications do not move the account's own number on.
        self.account_sequence += kind != '"n"'
        return [self.sequence, self.account_sequence]
