"""Bitfinex's WebSocket v2 as its servers speak it: greeting, flags, channels, login, limits.

Where things plug in: a channel is a `Channel` in the table by its name; it has ``fields_of`` (what a subscribe has to
say, and what is echoed), ``begin`` (after the acknowledgement, snapshot first) and ``end``. Errors, limits, repeated
subscribes, numbers and heartbeats are done here. What comes on channel 0 goes to `Inputs`.
Sources: Bitfinex's pages "WebSocket general", "Public channels", "Authenticated channels".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any, cast

from rxex.exchanges.bitfinex.dialect import Flag
from rxex.exchanges.bitfinex.sandbox.account import CAPS, Account
from rxex.exchanges.bitfinex.sandbox.clients import ACCOUNT_CHANNEL, Client, Subscription
from rxex.exchanges.bitfinex.sandbox.inputs import Inputs
from rxex.exchanges.bitfinex.sandbox.keys import Keys
from rxex.exchanges.bitfinex.sandbox.limits import Dials
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write
from rxex.sandbox.actions import Refusal
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["MOST_CHANNELS", "BitfinexProtocol", "Channel", "client_of"]

MOST_CHANNELS = 25
"""Channels that a connection may have; the account is one."""
_TICK = 15.0
_ALL_FLAGS = sum(Flag)
_ECHOED = ("channel", "symbol", "prec", "freq", "len", "key", "pair", "subId", "chanId")
_FILTERS = ("trading", "funding", "wallet", "algo", "balance", "notify")
_NOTICES = {"online": (20061, "maintenance has ended"), "maintenance": (20060, "maintenance begins")}


def client_of(session: Session) -> Client:
    """What is remembered of a session."""
    return cast(Client, session.state)


class Channel(ABC):
    """One kind of channel, with those who subscribed to it."""

    @abstractmethod
    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """The symbol that a subscribe is about, and the fields to echo; raises `Declined`."""

    def number_of(self, fields: Mapping[str, str]) -> int | None:  # noqa: ARG002 - for those who look at it
        """The number that a channel has to have; None: any."""
        return None

    def has_heartbeats(self, subscription: Subscription) -> bool:  # noqa: ARG002 - for those who look at it
        """Whether a subscription has heartbeats of its own."""
        return False

    @abstractmethod
    def begin(self, subscription: Subscription) -> None:
        """Send the snapshot, and tell what happens from now on."""

    @abstractmethod
    def end(self, subscription: Subscription) -> None:
        """Tell a subscription nothing more."""


class BitfinexProtocol(WireProtocol):
    """One address: the public one, or that of accounts, which has the public channels, too."""

    def __init__(
        self,
        simulation: Simulation,
        channels: Mapping[str, Channel],
        keys: Keys,
        *,
        dials: Dials,
        account: Account | None = None,
        inputs: Inputs | None = None,
        single_numbers: bool = False,
    ) -> None:
        """Serve ``channels``.

        Args:
            simulation: The exchange that this is a part of.
            channels: What can be subscribed to.
            keys: Whose key is whose.
            dials: What allows new connections.
            account: Channel 0; None: nobody can log in here.
            inputs: What takes what is sent on it.
            single_numbers: Whether notifications about requests end with one number, not with two.
        """
        self.simulation = simulation
        self.version = 2
        self._channels = channels
        self._keys = keys
        self._dials = dials
        self._account = account
        self._inputs = inputs
        self._single_numbers = single_numbers
        self._random = Random(simulation.random.getrandbits(64))  # noqa: S311 - must be repeatable
        self._phase = self._random.uniform(1.0, _TICK)
        self._beats = False

    # What the simulation calls.

    def refuses(self, query: Mapping[str, str]) -> Refusal | None:  # noqa: ARG002 - there is none
        """Refuse connections that come too fast."""
        return None if self._dials.take(self.simulation.now) else Refusal(429)

    def opened(self, session: Session) -> None:
        """Say the version, and whether the platform works."""
        client = Client(session, lambda: self.simulation.timestamp, self._single_numbers)
        session.state, session.stamp = client, client.stamp
        number = f"{self._random.getrandbits(128):032x}"
        server = "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
        platform = {"status": int(self.simulation.system == "online")}
        self._say(session, {"event": "info", "version": self.version, "serverId": server, "platform": platform})
        if not self._beats:
            self._beats = True
            self._schedule_beat()

    def closed(self, session: Session) -> None:
        """Forget the client's channels, and its login."""
        client = client_of(session)
        for subscription in list(client.channels.values()):
            self._end(client, subscription)
        if client.account is not None and self._account is not None:
            self._account.leave(session, client.account)

    def happened(self, event: MarketEvent) -> None:
        """Nothing: the floor is told, and the channels are by it."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Tell that maintenance has begun, or has ended."""
        code, text = _NOTICES.get(self.simulation.system, (5000, self.simulation.system))
        for session in sessions:
            self.announce(session, code, text)

    def announce(self, session: Session, code: int, text: str) -> None:
        """Send a notice."""
        self._say(session, {"event": "info", "code": code, "msg": text})

    def received(self, session: Session, message: Json | None) -> None:
        """Take a client's message."""
        if isinstance(message, list):
            self._input(session, message)
            return
        event = message.get("event") if message is not None else None
        if message is None or not isinstance(event, str):
            self._refuse(session, {}, Declined("invalid request", 10000))
            return
        handle = {
            "ping": self._ping,
            "conf": self._configure,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "auth": self._log_in,
        }.get(event)
        if handle is None:
            self._refuse(session, message, Declined("event: unknown", 10000))
            return
        try:
            handle(session, message)
        except Declined as declined:
            self._refuse(session, message, declined)

    # Events.

    def _ping(self, session: Session, asked: Mapping[str, Any]) -> None:
        echo = {"cid": asked["cid"]} if "cid" in asked else {}
        self._answer(session, {"event": "pong", "ts": milliseconds(self.simulation.timestamp), **echo})

    def _configure(self, session: Session, asked: Mapping[str, Any]) -> None:
        flags = asked.get("flags")
        if type(flags) is not int or flags < 0 or flags & ~_ALL_FLAGS:
            raise Declined("conf: failed", 10050)
        # A new set replaces the one before.
        client_of(session).flags = flags
        self._answer(session, {"event": "conf", "status": "OK", "flags": flags})

    def _subscribe(self, session: Session, asked: Mapping[str, Any]) -> None:
        client = client_of(session)
        name = asked.get("channel")
        channel = self._channels.get(name) if isinstance(name, str) else None
        if channel is None or not isinstance(name, str):
            raise Declined("channel: unknown", 10302)
        symbol, fields = channel.fields_of(asked)
        refusal = self.simulation.refusal_of(session, symbol)
        if refusal is not None:
            raise Declined(refusal or "symbol: invalid", 10300)
        if any(each.channel == name and each.fields == fields for each in client.channels.values()):
            raise Declined("subscribe: dup", 10301)
        if len(client.channels) + (client.account is not None) >= MOST_CHANNELS:
            raise Declined("subscribe: limit", 10305)
        number = channel.number_of(fields)
        if number is None or number in client.channels:
            number = self._number(client)
        subscription = Subscription(session, number, name, symbol, fields)
        client.channels[subscription.number] = subscription
        own = {"subId": asked["subId"]} if "subId" in asked else {}
        named = {} if not symbol else {"pair": symbol[1:]} if symbol.startswith("t") else {"currency": symbol[1:]}
        named = named if "symbol" in fields else {}
        echo = {"channel": name, "chanId": subscription.number, **fields, **own, **named}
        self._answer(session, {"event": "subscribed", **echo})
        if session.injector.silences():
            session.silent.add((name, symbol))
        channel.begin(subscription)

    def _number(self, client: Client) -> int:
        while True:
            number = self._random.randrange(1000, 500_000)
            if number not in client.channels:
                return number

    def _unsubscribe(self, session: Session, asked: Mapping[str, Any]) -> None:
        client, number = client_of(session), asked.get("chanId")
        if type(number) is not int:
            raise Declined("unsubscribe: invalid", 10400)
        subscription = client.channels.get(number)
        if subscription is None:
            raise Declined("unsubscribe: not subscribed", 10401)
        self._end(client, subscription)
        self._answer(session, {"event": "unsubscribed", "status": "OK", "chanId": number})

    def _end(self, client: Client, subscription: Subscription) -> None:
        del client.channels[subscription.number]
        client.session.silent.discard((subscription.channel, subscription.symbol))
        self._channels[subscription.channel].end(subscription)

    # The account.

    def _log_in(self, session: Session, asked: Mapping[str, Any]) -> None:
        client = client_of(session)
        try:
            if self._account is None:
                raise Declined("auth: not at this address", 10100)
            if client.account is not None:
                raise Declined("auth: dup", 10100)
            filters = asked.get("filter")
            if filters is not None and not _are_filters(filters):
                raise Declined("auth: payload invalid", 10111)
            client.account = self._owner(asked)
        except Declined as declined:
            failure = {"event": "auth", "status": "FAILED", "chanId": 0, "code": declined.code, "msg": declined.text}
            self._answer(session, failure)
            return
        client.filters, client.dead_man_switch = filters, asked.get("dms") == 4
        number = f"{self._random.getrandbits(128):032x}"
        told = {"userId": 100_000 + sum(client.account.encode()), "auth_id": number, "caps": CAPS}
        self._answer(session, {"event": "auth", "status": "OK", "chanId": 0, **told})
        self._account.join(session)

    def _owner(self, asked: Mapping[str, Any]) -> str:
        if "token" in asked:
            return self._keys.account_of_token(asked["token"])
        payload = asked.get("authPayload")
        if not isinstance(payload, str) or not payload:
            raise Declined("auth: payload invalid", 10111)
        return self._keys.account_of(asked.get("apiKey"), asked.get("authSig"), payload, asked.get("authNonce"))

    def _input(self, session: Session, message: list[Any]) -> None:
        client = client_of(session)
        if len(message) < 4 or message[0] != 0 or not isinstance(message[1], str):
            self._refuse(session, {}, Declined("input: invalid", 10000))
        elif client.account is None or self._inputs is None:
            self._refuse(session, {}, Declined("auth: required", 10000))
        elif not self._inputs.take(session, client.account, message[1], message[2], message[3]):
            self._refuse(session, {}, Declined("input: unknown", 10000))

    # Heartbeats.

    def _beat(self) -> None:
        """Send heartbeats of all channels of all clients at once, as long as there are any."""
        sessions = [session for session in self.simulation.sessions.values() if session.protocol is self]
        self._beats = bool(sessions)
        for session in sessions:
            if self.simulation.heartbeats:
                self._beat_once(session)
        if sessions:
            self._schedule_beat()

    def _schedule_beat(self) -> None:
        # Rounded, so that no tick comes twice.
        late = round((self.simulation.now - self._phase) % _TICK, 6) % _TICK
        self.simulation.schedule(_TICK - late, self._beat)

    def _beat_once(self, session: Session) -> None:
        client = client_of(session)
        if client.account is not None:
            self.simulation.send_data(session, ACCOUNT_CHANNEL, "", '[0,"hb"]')
        for each in list(client.channels.values()):
            if not self._channels[each.channel].has_heartbeats(each):
                self.simulation.send_data(session, each.channel, each.symbol, each.frame('"hb"'))

    # The inside.

    def _refuse(self, session: Session, asked: Mapping[str, Any], declined: Declined) -> None:
        echo = {name: asked[name] for name in _ECHOED if name in asked}
        self._answer(session, {"event": "error", "msg": declined.text, "code": declined.code, **echo})

    def _say(self, session: Session, event: Mapping[str, Any]) -> None:
        self.simulation.send(session, write(event))

    def _answer(self, session: Session, event: Mapping[str, Any]) -> None:
        self.simulation.answer(session, write(event))


def _are_filters(filters: object) -> bool:
    return isinstance(filters, list) and all(
        isinstance(each, str) and each.partition("-")[0] in _FILTERS for each in filters
    )
