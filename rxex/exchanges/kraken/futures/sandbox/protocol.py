"""WebSocket v1 of Kraken's futures, as its server speaks it.

https://docs.kraken.com/api/docs/futures-api/websocket/book and its neighbours; texts of alerts as recorded by clients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from hmac import compare_digest
from typing import Any
from uuid import UUID

from attrs import define, field

from rxex.codec import encode
from rxex.exchanges.kraken.futures.challenge import sign_challenge
from rxex.exchanges.kraken.futures.sandbox.accounts import KEY_PREFIX, PRIVATE_FEEDS, secret_of, snapshot_of
from rxex.exchanges.kraken.futures.sandbox.playback import Playback, PlayedFrame
from rxex.exchanges.kraken.futures.sandbox.products import Product
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["FuturesProtocol"]

Key = tuple[str, str]
_PUBLIC_FEEDS = {"book", "trade", "ticker", "ticker_lite"}
_PROOF = ("api_key", "original_challenge", "signed_challenge")
_REQUESTS_A_SECOND = 100
_ALREADY = "Already subscribed to feed, re-requesting"


@define
class Client:
    """What is remembered of a session."""

    subscriptions: dict[Key, object] = field(factory=dict)
    """By feed and product; the value is another one for each subscription."""
    challenge: tuple[str, str] | None = None
    """The key that asked, and what it was given."""
    request_times: deque[float] = field(factory=lambda: deque(maxlen=_REQUESTS_A_SECOND))
    balances_told: int = 0


class FuturesProtocol(WireProtocol):
    """The endpoint, public and private, served from the market or from recordings."""

    def __init__(self, simulation: Simulation, playback: Playback | None = None, *, seed: int = 0) -> None:
        self._simulation = simulation
        self._playback = playback
        self._seed = seed
        self._sessions: list[Session] = []
        self._products: dict[str, Product] = {}
        self._watched: dict[str, int] = {}

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Greet."""
        session.state = Client()
        self._sessions.append(session)
        self._simulation.send(session, '{"event":"info","version":1}')

    def closed(self, session: Session) -> None:
        """Forget the client's subscriptions."""
        self._sessions.remove(session)
        for key in list(session.state.subscriptions):
            self._remove(session, key)

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """The exchange's state is told over REST alone."""

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request; those beyond the limit vanish."""
        client: Client = session.state
        times, now = client.request_times, self._simulation.now
        if len(times) == _REQUESTS_A_SECOND and now - times[0] < 1.0:
            return
        times.append(now)
        if not isinstance(message, dict) or not isinstance(message.get("event"), str):
            self._say(session, event="error", message="Json Error")
            return
        match message["event"]:
            case "ping":
                self._say(session, event="pong")
            case "challenge":
                self._challenge(session, message)
            case "subscribe" | "unsubscribe":
                self._subscribe_or_unsubscribe(session, message)
            case _:
                self._say(session, event="error", message="Json Error")

    def happened(self, event: MarketEvent) -> None:
        """Tell of trades, of levels and of new best prices."""
        product = self._products.get(event.pair.instrument.symbol)
        if product is None or not self._watched.get(product.name):
            return
        now = self._now
        frames: dict[str, list[str]] = {
            "trade": [product.trade(trade) for trade in event.trades],
            "book": list(product.book_updates(now)),
            "ticker_lite": [product.ticker_lite()] if event.best_changed else [],
            "ticker": [],
        }
        if self._simulation.now - product.ticker_told >= 1.0:
            product.ticker_told = self._simulation.now
            frames["ticker"] = [product.ticker(now)]
        for session in list(self._sessions):
            for feed, texts in frames.items():
                if (feed, product.name) in session.state.subscriptions:
                    for text in texts:
                        self._simulation.send_data(session, feed, product.name, text)

    def tell(self, feed: str, message: dict[str, Any]) -> None:
        """Send a message of a private feed to all who have subscribed to it; balances are numbered."""
        for session in list(self._sessions):
            client: Client = session.state
            if (feed, "") in client.subscriptions:
                numbered: dict[str, Any] = {}
                if feed == "balances":
                    client.balances_told += 1
                    numbered = {"seq": client.balances_told}
                self._simulation.send_data(session, feed, "", encode({"feed": feed, **message, **numbered}))

    # Requests.

    def _challenge(self, session: Session, request: dict[str, Any]) -> None:
        key = request.get("api_key")
        if not (isinstance(key, str) and key.startswith(KEY_PREFIX)):
            self._say(session, event="error", message="Invalid API key")
            return
        challenge = str(UUID(int=self._simulation.random.getrandbits(128), version=4))
        session.state.challenge = (key, challenge)
        self._say(session, event="challenge", message=challenge)

    def _subscribe_or_unsubscribe(self, session: Session, request: dict[str, Any]) -> None:
        feed, products = request.get("feed"), request.get("product_ids")
        if feed in _PUBLIC_FEEDS:
            if not isinstance(products, list) or not products:
                products = [""]
            error = self._error_in(session, feed, products)
            if error is not None:
                self._say(session, event="error", message=error)
            else:
                self._for_each(session, request, [(feed, product.upper()) for product in products])
        elif feed == "heartbeat" or feed in PRIVATE_FEEDS:
            if feed in PRIVATE_FEEDS and not self._is_proven(session, request):
                self._say(session, event="alert", message="Failed to subscribe to authenticated feed")
            else:
                self._for_each(session, request, [(feed, "")])
        else:
            self._say(session, event="error", message="Invalid feed")

    def _error_in(self, session: Session, feed: str, products: Sequence[Any]) -> str | None:
        """Say what is wrong with the products; the venue does not say which of them it means."""
        for product in products:
            name = product.upper() if isinstance(product, str) else ""
            known = (
                name in self._simulation.market.instruments
                if self._playback is None
                else self._playback.has((feed, name))
            )
            refusal = self._simulation.refusal_of(session, name) if known else ""
            if refusal is not None:
                return refusal or "Invalid product id"
        return None

    def _is_proven(self, session: Session, request: dict[str, Any]) -> bool:
        challenge = session.state.challenge
        if challenge is None or (request.get("api_key"), request.get("original_challenge")) != challenge:
            return False
        signed = request.get("signed_challenge")
        right = sign_challenge(challenge[1], secret_of(challenge[0]))
        return isinstance(signed, str) and compare_digest(signed.encode(), right.encode())

    def _for_each(self, session: Session, request: dict[str, Any], keys: Sequence[Key]) -> None:
        begun: dict[Key, object] = {}
        is_wanted = request["event"] == "subscribe"
        for key in dict.fromkeys(keys):
            is_there = key in session.state.subscriptions
            if is_wanted and is_there:
                self._say(session, event="alert", message=_ALREADY)
                begun[key] = session.state.subscriptions[key] = object()
            elif is_wanted:
                begun[key] = self._add(session, key)
                self._confirm(session, "subscribed", key, request)
            elif is_there:
                self._remove(session, key)
                self._confirm(session, "unsubscribed", key, request)
            else:
                self._say(session, event="alert", message="Not subscribed to feed")
        self._begin(session, begun)

    def _confirm(self, session: Session, event: str, key: Key, request: dict[str, Any]) -> None:
        feed, product = key
        named = {"product_ids": [product]} if product else {}
        proof = {name: request[name] for name in _PROOF if feed in PRIVATE_FEEDS}
        self._say(session, event=event, feed=feed, **named, **proof)

    def _say(self, session: Session, **answer: Any) -> None:
        self._simulation.answer(session, encode(answer))

    # Subscriptions.

    def _add(self, session: Session, key: Key) -> object:
        subscription = session.state.subscriptions[key] = object()
        if session.injector.silences():
            session.silent.add(key)
        feed, product = key
        if product and self._playback is None:
            if product not in self._products:
                pair = self._simulation.market.pair(product)
                self._products[product] = Product(pair, seed=self._seed)
            elif not self._watched.get(product):
                self._simulation.market.pair(product)
                self._products[product].catch_up()
            self._simulation.market.watch(product)
            self._watched[product] = self._watched.get(product, 0) + 1
        elif feed == "heartbeat":
            self._beat(session, subscription)
        return subscription

    def _remove(self, session: Session, key: Key) -> None:
        del session.state.subscriptions[key]
        session.silent.discard(key)
        _, product = key
        if product and self._playback is None:
            self._simulation.market.unwatch(product)
            self._watched[product] -= 1

    def _begin(self, session: Session, begun: dict[Key, object]) -> None:
        """Send what follows the acknowledgements of one request."""
        if self._playback is not None:
            self._play(self._playback, session, begun)
        for feed, product in begun:
            if feed in PRIVATE_FEEDS:
                session.state.balances_told = 0 if feed == "balances" else session.state.balances_told
                self._simulation.send_data(session, feed, "", snapshot_of(feed, self._now))
            elif product and self._playback is None:
                self._simulation.send_data(session, feed, product, self._first(feed, self._products[product]))

    def _first(self, feed: str, product: Product) -> str:
        if feed == "book":
            return product.book_snapshot(self._now)
        if feed == "trade":
            return product.trade_snapshot()
        return product.ticker(self._now) if feed == "ticker" else product.ticker_lite()

    def _play(self, playback: Playback, session: Session, begun: dict[Key, object]) -> None:
        frames = playback.play(begun)

        def play_on(frame: PlayedFrame | None) -> None:
            while frame is not None:
                feed, product = key = frame.key
                if session.state.subscriptions.get(key) is begun[key]:
                    self._simulation.send_data(session, feed, product, frame.text)
                frame = next(frames, None)
                if frame is not None and frame.wait:
                    self._simulation.schedule(frame.wait, partial(play_on, frame), session)
                    return

        play_on(next(frames, None))

    def _beat(self, session: Session, subscription: object) -> None:
        def beat() -> None:
            if session.state.subscriptions.get(("heartbeat", "")) is not subscription:
                return
            if self._simulation.heartbeats:
                self._simulation.send(session, encode({"feed": "heartbeat", "time": self._now}))
            self._simulation.schedule(1.0, beat, session)

        self._simulation.schedule(1.0, beat, session)

    @property
    def _now(self) -> int:
        return self._simulation.timestamp // 10**6
