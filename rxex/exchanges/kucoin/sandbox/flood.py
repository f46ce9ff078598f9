"""Frames made beforehand, sent as fast as the client reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.instruments import PATHS
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic
from rxex.sandbox.actions import Send
from rxex.sandbox.simulation import Simulation

__all__ = ["FloodTopic"]

_DIFFERENT = 1000
_LONGEST = 60.0
_STEP = 0.5


class FloodTopic(Topic):
    """A topic that floods each request with ``frames`` frames of what it asks for."""

    def __init__(
        self,
        simulation: Simulation,
        market: str,
        rehearsal: Callable[[], Simulation],
        frames: int,
        *,
        has_argument: bool | None,
    ) -> None:
        """Flood.

        Args:
            simulation: The exchange that this is a part of.
            market: The market that this is a topic of.
            rehearsal: Makes another exchange, whose frames are sent; of these, at most 1,000 different ones.
            frames: How many to send.
            has_argument: Whether something follows the colon.
        """
        super().__init__()
        self.has_argument = has_argument
        self._simulation = simulation
        self._market = market
        self._rehearsal = rehearsal
        self._frames = frames
        self._made: dict[tuple[str, ...], list[str]] = {}

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Send what was made for such subscriptions, or make it first."""
        super().begin(subscriptions)
        topics = tuple(each.topic for each in subscriptions)
        if topics not in self._made:
            self._made[topics] = self._make(topics)
        self._simulation.flood(subscriptions[0].session, self._made[topics], self._frames)

    def _make(self, topics: Sequence[str]) -> list[str]:
        exchange, path = self._rehearsal(), PATHS[self._market]
        token = exchange.protocols[path].tokens.mint(self._market)  # type: ignore[attr-defined]
        number = exchange.open(path, 0.0, {"token": token})
        prefix = topics[0].partition(":")[0]
        rest = ",".join(topic.partition(":")[2] for topic in topics)
        topic = f"{prefix}:{rest}" if rest else prefix
        exchange.receive(number, encode({"id": "1", "type": "subscribe", "topic": topic, "response": False}), 0.0)
        exchange.take()
        frames: list[str] = []
        time = 0.0
        # Shorter than the silence that ends a connection.
        while len(frames) < min(self._frames, _DIFFERENT) and time + _STEP < _LONGEST:
            time += _STEP
            while exchange.next_due is not None and exchange.next_due <= time:
                exchange.advance(time)
            frames += [action.text for action in exchange.take() if isinstance(action, Send)]
        return frames[: self._frames]
