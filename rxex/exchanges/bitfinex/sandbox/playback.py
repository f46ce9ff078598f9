"""Plays recorded sessions: the recorded messages under their recorded channel numbers, counted anew.

Source: Bitfinex's pages "WebSocket general" and "Public channels"; a recording with numbered messages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from rxex.codec import decode
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.exchanges.bitfinex.dialect import Flag
from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.gathering import Gatherer, is_open
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.sandbox.recording import RecordedFrame, read_recording
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["Playback", "Player"]

Key = tuple[str, ...]
"""A channel, and the values of its fields."""
_LOOP_PAUSE = 1.0
_FIELDS = ("symbol", "prec", "freq", "len", "key")
_DEFAULTS = {"prec": "P0", "freq": "F0", "len": "25"}


@frozen
class _Recorded:
    """A message without its channel's number, and without those at its end."""

    time: Decimal
    key: Key
    text: str


class Playback:
    """Recorded messages by channel, without their numbers."""

    def __init__(self, paths: Sequence[Path], *, speed: float, loop: bool) -> None:
        """Read recordings.

        Args:
            paths: Files with lines ``TIME: TEXT``.
            speed: How many times faster than recorded to play; 0: as fast as possible.
            loop: Whether to begin again, a second after the last message.

        Raises `InvalidArgument` for a file without messages of channels.
        """
        self._speed = speed
        self._loop = loop
        self._messages: list[_Recorded] = []
        self.numbers: dict[Key, int] = {}
        """The channels' numbers, as they were recorded."""
        if not paths:
            raise InvalidArgument("playback", paths, "give at least one file")
        for path in paths:
            before = len(self._messages)
            self._read(path)
            if len(self._messages) == before:
                raise InvalidArgument("playback", str(path), "it holds no messages of this exchange's channels")
        self._messages.sort(key=lambda message: message.time)

    def play(self, keys: Collection[Key]) -> Iterator[tuple[float, Key, str]]:
        """Give what was recorded of ``keys``: seconds to wait, the channel, the message."""
        messages = [message for message in self._messages if message.key in keys]
        pause = 0.0
        while messages:
            before = messages[0].time
            for message in messages:
                wait = float(message.time - before) / self._speed if self._speed else 0.0
                yield wait + pause, message.key, message.text
                before, pause = message.time, 0.0
            if not self._loop:
                return
            pause = _LOOP_PAUSE

    def _read(self, path: Path) -> None:
        keys: dict[int, Key] = {}
        recorded: list[tuple[RecordedFrame, int, int]] = []
        behind = 0
        for frame in read_recording(path):
            try:
                message = decode(frame.text.encode())
            except MalformedMessage as error:
                raise InvalidArgument("playback", str(path), f"at {frame.time}: not a message of Bitfinex's") from error
            if isinstance(message, list):
                recorded += [(frame, message[0], behind)] if message and type(message[0]) is int else []
                continue
            match message.get("event"), message.get("flags"), message.get("chanId"):
                case "conf", int(flags), _:
                    behind = bool(flags & Flag.SEQ_ALL) + bool(flags & Flag.TIMESTAMP)
                case "subscribed", _, int(number):
                    key = _key_of(str(message.get("channel")), message)
                    keys[number], self.numbers[key] = key, number
        # A heartbeat may come before its channel is acknowledged.
        self._messages += [_recorded(frame, keys[number], last) for frame, number, last in recorded if number in keys]


def _recorded(frame: RecordedFrame, key: Key, behind: int) -> _Recorded:
    text = frame.text
    if behind:
        # The numbers at the end are given anew.
        text = text.removesuffix("]").rsplit(",", behind)[0] + "]"
    return _Recorded(Decimal(frame.time), key, text.partition(",")[2].removesuffix("]"))


def _key_of(channel: str, fields: Mapping[str, Any]) -> Key:
    filled = {**_DEFAULTS, **fields} if channel == "book" else fields
    return (channel, *(str(filled[name]) for name in _FIELDS if filled.get(name) is not None))


class Player(Gatherer):
    """Plays to each client what it subscribed to, together where it did so together."""

    def __init__(self, simulation: Simulation, playback: Playback) -> None:
        """Play ``playback``."""
        super().__init__(simulation)
        self._playback = playback
        self._over: set[Subscription] = set()

    def fields_of(self, name: str, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """What was recorded can be subscribed to."""
        if _key_of(name, asked) not in self._playback.numbers:
            raise Declined("symbol: invalid", 10300)
        filled = {**_DEFAULTS, **asked} if name == "book" else asked
        fields = {each: str(filled[each]) for each in _FIELDS if filled.get(each) is not None}
        return fields.get("symbol", ""), fields

    def number_of(self, name: str, fields: Mapping[str, str]) -> int:
        """Its number in the recording."""
        return self._playback.numbers[_key_of(name, fields)]

    def has_heartbeats(self, subscription: Subscription) -> bool:
        """Those of a channel that is played come of the recording."""
        return subscription not in self._over

    def start(self, session: Session, subscriptions: Sequence[Subscription]) -> None:
        """Play these from their beginning."""
        wanted = {_key_of(each.channel, each.fields): each for each in subscriptions}
        messages = self._playback.play(wanted)
        self._play_on(session, wanted, messages, next(messages, None))

    def _play_on(
        self,
        session: Session,
        wanted: Mapping[Key, Subscription],
        messages: Iterator[tuple[float, Key, str]],
        message: tuple[float, Key, str] | None,
    ) -> None:
        while message is not None:
            subscription = wanted[message[1]]
            if is_open(subscription):
                text = subscription.frame(message[2])
                self.simulation.send_data(session, subscription.channel, subscription.symbol, text)
            message = next(messages, None)
            if message is not None and message[0]:
                on = partial(self._play_on, session, wanted, messages, message)
                self.simulation.schedule(message[0], on, session)
                return
        self._over.update(wanted.values())
