"""KuCoin's classic WebSocket as its servers speak it: tokens, welcome, pings, topics, limits.

Where things plug in. There are two servers, `SPOT` (margin included) and `FUTURES`, each with a `BulletProtocol`, a
`rxex.sandbox.trading_floor.TradingFloor` and a part of the one `RestServer`. All is put together in
``sandbox/parts.py``, where each place is marked:

- A topic is a `Topic`, public or private, in the table of its server by what stands before the colon:
  ``topics["/spotMarket/tradeOrdersV2"] = …``. It has ``begin`` (new subscriptions of one request, after their ack) and
  ``end``; ``Subscription.account`` is whose token it is. Errors, acks, limits and repeated topics are done here.
- What is answered over HTTP is a `rxex.exchanges.kucoin.sandbox.rest.Route` in `RestServer`: market, method, path (with
  ``{name}`` parts), handler, pool, weight, signed or not. Signatures, quotas and envelopes are done there; a handler
  gives the ``data`` of the answer or raises `rxex.exchanges.kucoin.sandbox.refusals.Declined`.
- Another socket, as that of the order gateway, is another `rxex.sandbox.session.WireProtocol` by its path.
- Public topics and market data read the books of the floors, whatever class these are of.

Sources: KuCoin's pages "Create connection", "Ping", "Subscribe", "Unsubscribe", "Rate limit"; texts of errors as
reported by users of its clients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.instruments import SPOT
from rxex.exchanges.kucoin.sandbox.tokens import Token, Tokens
from rxex.sandbox.actions import Refusal
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["BulletProtocol", "Client", "Subscription", "Topic", "push"]

_MOST_MESSAGES, _IN_SECONDS = 100, 10.0
_MOST_ARGUMENTS = 100
_MOST_TOPICS = 400
_LONGEST_SILENCE = 60.0
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@frozen(eq=False)
class Subscription:
    """One client's subscription to ``prefix:argument``; the argument is empty where the topic has none."""

    session: Session
    prefix: str
    argument: str
    account: str
    """Whose token it is; empty on a public connection."""

    @property
    def topic(self) -> str:
        """Its name on the wire."""
        return f"{self.prefix}:{self.argument}" if self.argument else self.prefix

    @property
    def symbol(self) -> str:
        """The instrument that the argument names; of candles it names their length, too."""
        return self.argument.partition("_")[0]

    @property
    def channel(self) -> str:
        """What tells it from others of the same symbol."""
        return self.prefix + self.argument.removeprefix(self.symbol)


class Topic:
    """One kind of topic, with those who subscribed to it."""

    is_private: bool = False
    """Whether it wants the token of an account, and ``privateChannel``."""
    has_argument: bool | None = True
    """Whether something follows the colon; None: with or without."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, dict[Subscription, None]] = {}
        """Those of now, in their order, by argument."""

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Take in new subscriptions, all of one request."""
        for subscription in subscriptions:
            self.subscriptions.setdefault(subscription.argument, {})[subscription] = None

    def end(self, subscription: Subscription) -> None:
        """Forget one; the last of an argument leaves nothing behind."""
        those = self.subscriptions[subscription.argument]
        del those[subscription]
        if not those:
            del self.subscriptions[subscription.argument]


def push(simulation: Simulation, subscriptions: Iterable[Subscription], text: str) -> None:
    """Send a frame of data to all of these, through the faults."""
    for each in list(subscriptions):
        simulation.send_data(each.session, each.channel, each.symbol, text)


@define
class Client:
    """What is remembered of a session: its token, its subscriptions by topic, when it sent its last frames."""

    token: Token
    topics: dict[str, Subscription] = field(factory=dict)
    times: deque[float] = field(factory=lambda: deque(maxlen=_MOST_MESSAGES))
    last_frame: float = 0.0


class BulletProtocol(WireProtocol):
    """One of the two servers."""

    def __init__(
        self,
        simulation: Simulation,
        market: str,
        tokens: Tokens,
        topics: Mapping[str, Topic],
        *,
        refuse_in_handshake: bool = False,
    ) -> None:
        """Serve ``topics``.

        Args:
            simulation: The exchange that this is a part of.
            market: The market that tokens have to be for.
            tokens: The tokens that were made.
            topics: What can be subscribed to, by what stands before the colon.
            refuse_in_handshake: Whether a token that is not good is refused with HTTP 401, not with an error frame.
        """
        self.simulation = simulation
        self.market = market
        self.topics = topics
        self.tokens = tokens
        self.turns_away = 0
        """How many of the next connections are told that there are too many of them."""
        self._refuse_in_handshake = refuse_in_handshake

    # What the simulation calls.

    def refuses(self, query: Mapping[str, str]) -> Refusal | None:
        """Refuse a token that is not good, where that is done in the handshake."""
        is_bad = self._refuse_in_handshake and isinstance(self._find(query), str)
        return Refusal(401) if is_bad else None

    def opened(self, session: Session) -> None:
        """Welcome, or refuse the token."""
        name = session.query.get("connectId") or self._made_up_id()
        token = self._find(session.query)
        if isinstance(token, str):
            self._turn_away(session, _error(name, 401, token))
            return
        if self.turns_away:
            self.turns_away -= 1
            self._turn_away(session, _error(name, 509, "exceed max session count limitation of 50"))
            return
        session.state = Client(token, last_frame=self.simulation.now)
        self.simulation.send(session, encode({"id": name, "type": "welcome"}))
        self._close_when_silent(session)
        # The venue ends a connection when the day of its token is over.
        self.simulation.schedule(token.ends - self.simulation.now, lambda: self.say_bye(session), session)

    def closed(self, session: Session) -> None:
        """Forget the client's subscriptions."""
        if session.state is not None:
            for subscription in list(session.state.topics.values()):
                self._end(subscription)

    def happened(self, event: MarketEvent) -> None:
        """Nothing: the floors are told."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Nothing: the exchange's state is told over REST alone."""

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a frame."""
        client: Client = session.state
        times, now = client.times, self.simulation.now
        client.last_frame = now
        if len(times) == _MOST_MESSAGES and now - times[0] < _IN_SECONDS:
            self._refuse_unnamed(session, 509, "exceed max permits per 10 seconds")
            return
        times.append(now)
        if not isinstance(message, dict):
            self._refuse_unnamed(session, 400, "message is invalid")
            return
        name = str(message.get("id", ""))
        match message.get("type"):
            case "ping":
                if self.simulation.heartbeats:
                    pong = {"id": name, "type": "pong", "timestamp": self.simulation.timestamp // 1000}
                    self.simulation.answer(session, encode(pong))
            case "subscribe" | "unsubscribe" as kind:
                self._take(session, name, kind, message)
            case _:
                self.simulation.answer(session, _error(name, 415, "command type is invalid"))

    # What else can be done.

    def say_bye(self, session: Session) -> None:
        """Close a connection as the venue does where there is no fault on either side."""
        self.simulation.close(1000, "Bye", session.number)

    # The inside.

    def _turn_away(self, session: Session, text: str) -> None:
        self.simulation.send(session, text)
        self.simulation.close(1000, "", session.number)

    def _find(self, query: Mapping[str, str]) -> Token | str:
        return self.tokens.find(query.get("token", ""), self.market)

    def _take(self, session: Session, name: str, kind: str, message: Mapping[str, Any]) -> None:
        topic = message.get("topic")
        if topic is None:
            self.simulation.answer(session, _error(name, 406, "topic is required"))
            return
        if not isinstance(topic, str) or not topic.startswith("/"):
            self.simulation.answer(session, _error(name, 400, "topic is invalid"))
            return
        prefix, colon, rest = topic.partition(":")
        arguments = list(dict.fromkeys(rest.split(",")))
        if colon and "" in arguments:
            self.simulation.answer(session, _error(name, 400, "topic is invalid"))
            return
        if len(arguments) > _MOST_ARGUMENTS:
            text = f"exceed max subscription count limitation of {_MOST_ARGUMENTS} per time"
            self._refuse_unnamed(session, 509, text)
            return
        error = self._error_in(session, name, topic, message)
        if error is not None:
            self.simulation.answer(session, error)
            return
        wants_ack = message.get("response") is True
        if kind == "subscribe":
            self._subscribe(session, name, prefix, arguments, wants_ack=wants_ack)
            return
        self._unsubscribe(session, prefix, arguments)
        if wants_ack:
            self._acknowledge(session, name)

    def _error_in(self, session: Session, name: str, topic: str, message: Mapping[str, Any]) -> str | None:
        prefix, _, rest = topic.partition(":")
        kind = self.topics.get(prefix)
        if kind is None or kind.has_argument not in {None, bool(rest)}:
            return _error(name, 404, f"topic {topic} is not found")
        client: Client = session.state
        if kind.is_private and not (client.token.account and message.get("privateChannel") is True):
            return _error(name, 403, "login is required")
        return None

    def _subscribe(
        self, session: Session, name: str, prefix: str, arguments: Sequence[str], *, wants_ack: bool
    ) -> None:
        client: Client = session.state
        new = [
            Subscription(session, prefix, argument, client.token.account)
            for argument in arguments
            if (f"{prefix}:{argument}" if argument else prefix) not in client.topics
        ]
        if self.market == SPOT and len(client.topics) + len(new) > _MOST_TOPICS:
            text = f"exceed max subscription count limitation of {_MOST_TOPICS} per session"
            self._refuse_unnamed(session, 509, text)
            return
        for each in new:
            refusal = self.simulation.refusal_of(session, each.symbol)
            if refusal is not None:
                text = refusal or f"topic {each.topic} is not found"
                self.simulation.answer(session, _error(name, 404, text))
                return
        if wants_ack:
            self._acknowledge(session, name)
        for each in new:
            client.topics[each.topic] = each
            if session.injector.silences():
                session.silent.add((each.channel, each.symbol))
        if new and session.is_open:
            self.topics[prefix].begin(new)

    def _unsubscribe(self, session: Session, prefix: str, arguments: Sequence[str]) -> None:
        for argument in arguments:
            subscription = session.state.topics.get(f"{prefix}:{argument}" if argument else prefix)
            if subscription is not None:
                self._end(subscription)

    def _end(self, subscription: Subscription) -> None:
        session = subscription.session
        del session.state.topics[subscription.topic]
        session.silent.discard((subscription.channel, subscription.symbol))
        self.topics[subscription.prefix].end(subscription)

    def _acknowledge(self, session: Session, name: str) -> None:
        self.simulation.answer(session, encode({"id": name, "type": "ack"}))

    def _refuse_unnamed(self, session: Session, code: int, text: str) -> None:
        # These carry an id that the client has never sent.
        self.simulation.answer(session, _error(self._made_up_id(), code, text))

    def _made_up_id(self) -> str:
        return "".join(self.simulation.random.choices(_LETTERS, k=10))

    def _close_when_silent(self, session: Session) -> None:
        left = session.state.last_frame + _LONGEST_SILENCE - self.simulation.now
        if left > 0:
            self.simulation.schedule(left, lambda: self._close_when_silent(session), session)
            return
        if self.simulation.random.random() < 0.5:
            self.simulation.send(session, _error(self._made_up_id(), 400, "ping timeout"))
        self.say_bye(session)


def _error(name: str, code: int, text: str) -> str:
    return encode({"id": name, "type": "error", "code": code, "data": text})
