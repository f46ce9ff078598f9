"""Channels that are served together where they were subscribed to together, as recordings and floods are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.protocol import Channel, client_of
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["GatheredChannel", "Gatherer", "is_open"]

_TOGETHER = 0.1
"""Seconds after a subscribe in which further ones are served together with it."""


class Gatherer(ABC):
    """Serves all channels of a connection that were subscribed to within a moment as one."""

    def __init__(self, simulation: Simulation) -> None:
        """Serve ``simulation``."""
        self.simulation = simulation
        self._gathering: dict[int, list[Subscription]] = {}

    @abstractmethod
    def start(self, session: Session, subscriptions: Sequence[Subscription]) -> None:
        """Serve these, which are all of one connection."""

    @abstractmethod
    def fields_of(self, name: str, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """The symbol that a subscribe to the channel ``name`` is about, and the fields to echo; raises `Declined`."""

    def number_of(self, name: str, fields: Mapping[str, str]) -> int | None:  # noqa: ARG002 - for those who look
        """The number that a channel has to have; None: any."""
        return None

    @abstractmethod
    def has_heartbeats(self, subscription: Subscription) -> bool:
        """Whether a subscription has heartbeats of its own, or none at all."""

    def begin(self, subscription: Subscription) -> None:
        """Serve one soon."""
        session = subscription.session
        waiting = self._gathering.get(session.number)
        if waiting is None:
            waiting = self._gathering[session.number] = []
            self.simulation.schedule(_TOGETHER, partial(self._start, session))
        waiting.append(subscription)

    def _start(self, session: Session) -> None:
        waiting = self._gathering.pop(session.number)
        wanted = [each for each in waiting if is_open(each)]
        if wanted:
            self.start(session, wanted)


def is_open(subscription: Subscription) -> bool:
    """Whether its client still has it."""
    session = subscription.session
    return session.is_open and client_of(session).channels.get(subscription.number) is subscription


class GatheredChannel(Channel):
    """One of the channels that a `Gatherer` serves."""

    def __init__(self, gatherer: Gatherer, name: str) -> None:
        """Serve the channel ``name``."""
        self._gatherer = gatherer
        self._name = name

    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """See `rxex.exchanges.bitfinex.sandbox.protocol.Channel.fields_of`."""
        return self._gatherer.fields_of(self._name, asked)

    def number_of(self, fields: Mapping[str, str]) -> int | None:
        """The number that it has to have; None: any."""
        return self._gatherer.number_of(self._name, fields)

    def has_heartbeats(self, subscription: Subscription) -> bool:
        """Whether a subscription has heartbeats of its own, or none at all."""
        return self._gatherer.has_heartbeats(subscription)

    def begin(self, subscription: Subscription) -> None:
        """Serve it."""
        self._gatherer.begin(subscription)

    def end(self, subscription: Subscription) -> None:
        """Nothing: what is sent looks whether its client still has it."""
