"""Messages made beforehand, sent as fast as the client reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from rxex.codec import encode
from rxex.exchanges.bitfinex.dialect import Flag
from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.gathering import Gatherer
from rxex.exchanges.bitfinex.sandbox.protocol import Channel, client_of
from rxex.sandbox.actions import Send
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["Flooder"]

_DIFFERENT = 1000
_LONGEST = 60.0
_STEP = 0.5


class Flooder(Gatherer):
    """Sends messages of what was subscribed to; there are no heartbeats, which would come in between."""

    def __init__(
        self,
        simulation: Simulation,
        channels: Mapping[str, Channel],
        rehearsal: Callable[[], Simulation],
        frames: int,
    ) -> None:
        """Flood.

        Args:
            simulation: The exchange that this is a part of.
            channels: Its channels, which know what can be subscribed to.
            rehearsal: Makes another exchange, whose messages are sent; of these, at most 1,000 different ones.
            frames: How many to send for each subscription.
        """
        super().__init__(simulation)
        self._channels = channels
        self._rehearsal = rehearsal
        self._frames = frames
        self._made: dict[str, list[str]] = {}

    def fields_of(self, name: str, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """As the channel itself."""
        return self._channels[name].fields_of(asked)

    def has_heartbeats(self, subscription: Subscription) -> bool:  # noqa: ARG002 - all alike
        """None is to come."""
        return True

    def start(self, session: Session, subscriptions: Sequence[Subscription]) -> None:
        """Send what was made for such subscriptions, or make it first."""
        asked = [{"event": "subscribe", "channel": each.channel, **each.fields} for each in subscriptions]
        name = encode(asked)
        if name not in self._made:
            self._made[name] = self._make(asked)
        # The places of the channels stand where their numbers go.
        texts = [
            f"[{subscriptions[int(place)].number},{rest}"
            for place, _, rest in (text.partition(",") for text in self._made[name])
        ]
        count, client = self._frames * len(subscriptions), client_of(session)
        if texts and client.flags & (Flag.SEQ_ALL | Flag.TIMESTAMP):
            texts = [client.stamp(text) or text for text in islice(cycle(texts), count)]
        self.simulation.flood(session, texts, count)

    def _make(self, asked: Sequence[dict[str, str]]) -> list[str]:
        exchange = self._rehearsal()
        number = exchange.open(next(iter(exchange.protocols)), 0.0)
        for each in asked:
            exchange.receive(number, encode(each), 0.0)
        texts: list[str] = []
        time = 0.0
        while len(texts) < min(self._frames * len(asked), _DIFFERENT) and time < _LONGEST:
            texts += [action.text for action in exchange.take() if isinstance(action, Send)]
            time += _STEP
            while exchange.next_due is not None and exchange.next_due <= time:
                exchange.advance(time)
        places = {str(channel): place for place, channel in enumerate(client_of(exchange.sessions[number]).channels)}
        split = (text[1:].split(",", 1) for text in texts if text.startswith("[") and '"hb"' not in text)
        return [f"{places[channel]},{rest}" for channel, rest in split][: self._frames * len(asked)]
