"""KuCoin's Pro WebSocket as its servers speak it: a welcome, pings, actions; all of it in binary frames.

There are three servers: public ones of spot and of futures, which want no token, and a private one, which wants a token
in the address or a signed frame behind the welcome. The private one takes subscriptions and has nothing to tell.

Sources: KuCoin's pages on the Pro (unified) WebSocket, what was measured of it, and what other clients do.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.market_parts import MarketParts
from rxex.exchanges.kucoin.sandbox.pro_topics import pro_topics, topic_of
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic
from rxex.exchanges.kucoin.sandbox.rest import KEY_PREFIX, Call, Route, is_passphrase, signed
from rxex.exchanges.kucoin.sandbox.tokens import Tokens
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["PRIVATE", "PRO_PATHS", "ProParts", "ProServer"]

PRIVATE = "private"
PRO_PATHS = {SPOT: "/pro/spot", FUTURES: "/pro/futures", PRIVATE: "/pro/private"}
"""Where the servers are."""
_PING_INTERVAL = 18_000
_SHORTEST_INTERVAL = 1.0
_LONGEST_SILENCE = 60.0
_MOST_TOPICS = 600
_FARTHEST = 5.0
_TYPES = {SPOT: "SPOT", FUTURES: "FUTURES"}
_TRADES = ("SPOT", "FUTURES", "ISOLATED", "CROSS", "UNIFIED")
_ACCOUNTS = ("FUNDING", "SPOT", "TRADING", "FUTURES", "CROSS", "ISOLATED", "UNIFIED")
_PRIVATE = {
    "orderAll": ("tradeType", _TRADES),
    "execution": ("tradeType", _TRADES),
    "balance": ("accountType", _ACCOUNTS),
    "positionAll": ("tradeType", ("FUTURES", "UNIFIED")),
    "leverage": ("tradeType", ("FUTURES", "UNIFIED")),
    "lw": ("tradeType", ("FUTURES", "UNIFIED")),
}


@define
class _Client:
    """What is remembered of a session."""

    account: str
    last_frame: float
    last_ping: float = -_SHORTEST_INTERVAL
    topics: dict[tuple[str, str], Subscription] = field(factory=dict)


class ProServer(WireProtocol):
    """One of the three servers."""

    def __init__(self, simulation: Simulation, market: str, tokens: Tokens, topics: Mapping[str, Topic]) -> None:
        """Serve ``topics``, by name; those of the private server are known."""
        self._simulation = simulation
        self._market = market
        self._tokens = tokens
        self._topics = topics

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Welcome; a token that is not good is told, and the link closed."""
        session.is_binary = True
        account = ""
        if self._market == PRIVATE and "token" in session.query:
            token = self._tokens.find(session.query["token"], PRIVATE)
            if isinstance(token, str):
                self._simulation.send(session, encode({"type": "error", "code": 401, "message": token}))
                self._simulation.close(1000, "", session.number)
                return
            account = token.account
        session.state = _Client(account, self._simulation.now)
        number = f"{self._simulation.random.getrandbits(128):032x}"
        welcome = {"sessionId": number, "message": "welcome", "pingInterval": _PING_INTERVAL}
        self._simulation.send(session, encode(welcome))
        self._close_when_silent(session)

    def closed(self, session: Session) -> None:
        """Forget the client's subscriptions."""
        if session.state is not None:
            for name, argument in list(session.state.topics):
                self._end(session, name, argument)

    def happened(self, event: MarketEvent) -> None:
        """Nothing: the floors are told."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Nothing: the exchange's state is told over REST alone."""

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a frame."""
        client: _Client = session.state
        client.last_frame = self._simulation.now
        if not isinstance(message, dict):
            self._refuse(session, "", "message is invalid")
            return
        name = str(message.get("id", ""))
        if "ping" in (message.get("type"), message.get("op")):
            self._pong(session, client, name)
        elif message.get("op") == "auth" and self._market == PRIVATE:
            self._log_in(session, client, name, message)
        elif message.get("action") in ("SUBSCRIBE", "UNSUBSCRIBE"):
            self._take(session, name, message)
        else:
            self._refuse(session, name, "action is invalid")

    # The inside.

    def _pong(self, session: Session, client: _Client, name: str) -> None:
        now = self._simulation.now
        if now - client.last_ping < _SHORTEST_INTERVAL:
            self._simulation.close(1008, "too many pings", session.number)
            return
        client.last_ping = now
        if self._simulation.heartbeats:
            pong = {"type": "pong", "id": name, "ts": self._simulation.timestamp}
            self._simulation.answer(session, encode(pong))

    def _log_in(self, session: Session, client: _Client, name: str, message: Mapping[str, Any]) -> None:
        key, sign, timestamp, passphrase = (
            str(message.get(f"kc-api-{part}", "")) for part in ("key", "sign", "timestamp", "passphrase")
        )
        good = signed(key, f"{timestamp}POST/api/websocket/users/verify")
        is_in_time = timestamp.isascii() and timestamp.isdigit()
        is_in_time = is_in_time and abs(int(timestamp) * 10**6 - self._simulation.timestamp) <= _FARTHEST * 10**9
        is_right = hmac.compare_digest(sign.encode(errors="replace"), good.encode())
        if not (key.startswith(KEY_PREFIX) and is_in_time and is_right and is_passphrase(key, passphrase, "3")):
            self._refuse(session, name, "apikey or sign is invalid")
            return
        client.account = key.removeprefix(KEY_PREFIX)
        self._simulation.answer(session, encode({"id": name, "result": True}))

    def _take(self, session: Session, name: str, message: Mapping[str, Any]) -> None:
        client: _Client = session.state
        if self._market == PRIVATE:
            asked = self._private(client, message)
        else:
            asked = topic_of(message, self._topics, _TYPES[self._market])
        if isinstance(asked, str):
            self._refuse(session, name, asked)
            return
        topic, arguments = asked
        if message["action"] == "UNSUBSCRIBE":
            for argument in arguments:
                if (topic, argument) in client.topics:
                    self._end(session, topic, argument)
            self._simulation.answer(session, encode({"id": name, "result": True}))
            return
        new = [
            Subscription(session, topic, argument, client.account)
            for argument in arguments
            if (topic, argument) not in client.topics
        ]
        if len(client.topics) + len(new) > _MOST_TOPICS:
            self._refuse(session, name, f"exceed max subscription count limitation of {_MOST_TOPICS} per session")
            return
        for each in new:
            refusal = self._simulation.refusal_of(session, each.symbol)
            if refusal is not None:
                self._refuse(session, name, refusal or f"symbol {each.symbol} is not found")
                return
        self._simulation.answer(session, encode({"id": name, "result": True}))
        for each in new:
            client.topics[topic, each.argument] = each
            if session.injector.silences():
                session.silent.add((each.channel, each.symbol))
        if new and session.is_open and topic in self._topics:
            self._topics[topic].begin(new)

    def _private(self, client: _Client, message: Mapping[str, Any]) -> tuple[str, list[str]] | str:
        channel = str(message.get("channel"))
        if not client.account:
            return "login is required"
        if channel not in _PRIVATE:
            return f"channel {channel} is not found"
        member, choices = _PRIVATE[channel]
        word = message.get(member)
        return (f"{channel}.{word}", [""]) if word in choices else f"{member} is invalid"

    def _end(self, session: Session, topic: str, argument: str) -> None:
        subscription = session.state.topics.pop((topic, argument))
        session.silent.discard((subscription.channel, subscription.symbol))
        if topic in self._topics:
            self._topics[topic].end(subscription)

    def _refuse(self, session: Session, name: str, text: str) -> None:
        self._simulation.answer(session, encode({"id": name, "result": False, "message": text}))

    def _close_when_silent(self, session: Session) -> None:
        client: _Client = session.state
        # Who has subscribed to something may be silent for longer.
        since = self._simulation.now if client.topics else client.last_frame
        left = since + _LONGEST_SILENCE - self._simulation.now
        if left > 0:
            self._simulation.schedule(left, lambda: self._close_when_silent(session), session)
        else:
            self._simulation.close(1000, "Bye", session.number)


class ProParts:
    """The Pro side of one exchange."""

    def __init__(self, simulation: Simulation, market: MarketParts, tokens: Tokens) -> None:
        """Make it."""
        self._simulation = simulation
        self._tokens = tokens
        self._topics: dict[str, Mapping[str, Topic]] = {
            SPOT: pro_topics(market.spot, _TYPES[SPOT]),
            FUTURES: pro_topics(market.futures, _TYPES[FUTURES], market.funding),
            PRIVATE: {},
        }

        def token(call: Call) -> Any:
            return {"token": tokens.mint(PRIVATE, call.account)}

        self.routes = [
            Route(SPOT, "POST", "/api/v2/bullet-private", token, pool=SPOT, weight=10, is_signed=True),
        ]

    def server(self, market: str) -> ProServer:
        """Make one of the servers."""
        return ProServer(self._simulation, market, self._tokens, self._topics[market])
