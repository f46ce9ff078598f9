"""The signed challenge of Kraken's futures: on each new socket, and nowhere to be seen."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from attrs import asdict

from rxex.auth import Credentials, Secret
from rxex.errors import (
    AuthRefused,
    ConnectionClosed,
    InvalidArgument,
    RequestTimeout,
    SubscriptionRefused,
    TokenError,
)
from rxex.events import Authenticated, Closed, SocketEvent
from rxex.exchanges.kraken import futures
from rxex.operators import authenticated_socket, filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection, assert_sent, record
from tests.exchanges.kraken.futures.samples import acks, events_of, live, trade

# Kraken's own vector, of its guide.
SECRET = "7zxMEF5p/Z8l2p2U7Ghv6x14Af+Fx+92tPgUdVQ748FOIrEoT9bgT+bTRfXc5pz8na+hL/QdrCVG7bh9KpT0eMTm"
CHALLENGE = "c100b894-1729-464d-ace1-52dbce11db42"
SIGNED = "4JEpF3ix66GA2B+ooK128Ift4XQVtc137N9yeg4Kqsn9PI0Kpzbysl9M1IeCEdjg0zl00wkVqcsnG4bmnlMb3A=="
KEY = "the-public-half-of-a-key"
ORDERS = {"feed": "open_orders_snapshot", "account": "an account", "orders": []}


def credentials() -> Credentials:
    return Credentials(KEY, SECRET)


class Exchange:
    """Gives challenges, and takes private subscriptions that prove who asks."""

    def __init__(self) -> None:
        self.challenges = (CHALLENGE if number == 1 else f"challenge {number}" for number in count(1))
        self.given: list[str] = []

    def __call__(self, message: Any) -> Iterator[Any]:
        if message["event"] == "challenge":
            self.given.append(next(self.challenges))
            yield {"event": "challenge", "message": self.given[-1]}
        elif message["event"] == "subscribe":
            if "signed_challenge" in message:
                challenge = self.given[-1]
                assert message["original_challenge"] == challenge
                assert message["signed_challenge"] == futures.sign_challenge(challenge, SECRET)
            yield from acks(message)


def private(marbles: str, replies: Any = None, signer: Any = None, **options: Any) -> MarbleConnection:
    """A private connection that lives through a diagram; ``s`` is a snapshot of orders, ``t`` a trade."""
    world = live({"s": ORDERS, "t": trade(1)}, marbles, replies=replies or Exchange(), **options)
    world.connection = futures.PrivateConnection(world.connection._source, signer or credentials())
    return world


def orders_of(world: MarbleConnection) -> tuple[list[Any], list[Exception]]:
    items: list[Any] = []
    ends: list[Exception] = []
    messages = world.connection.pipe(keep_messages_only())
    world.connection.pipe(authenticated_socket(), futures.subscribe_open_orders(messages)).subscribe(
        items.append, ends.append
    )
    return items, ends


def test_krakens_own_vector() -> None:
    assert futures.sign_challenge(CHALLENGE, SECRET) == SIGNED
    assert futures.sign_challenge(CHALLENGE, Secret(SECRET)) == SIGNED


def test_a_secret_may_lack_its_padding() -> None:
    assert futures.sign_challenge("x", "c2VjcmV0cw") == futures.sign_challenge("x", "c2VjcmV0cw==")


@pytest.mark.parametrize("secret", ["not base64!", "abcde", "ä" * 8])
def test_what_cannot_be_a_secret_is_refused_at_once_and_not_shown(secret: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        futures.private_connection(Credentials(KEY, secret))
    assert secret not in str(caught.value) + repr(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_each_socket_is_proven_once_before_all_private_feeds_on_it() -> None:
    exchange = Exchange()
    world = private("o-s-#--o-s-|", exchange)
    first, _ = orders_of(world)
    second, _ = orders_of(world)
    world.run()
    assert (len(first), len(second)) == (2, 2)
    for socket, opened, challenge in zip(world.sockets, (0, 7), exchange.given, strict=True):
        proof = {
            "api_key": KEY,
            "original_challenge": challenge,
            "signed_challenge": futures.sign_challenge(challenge, SECRET),
        }
        assert_sent(
            socket,
            [
                (opened, {"event": "challenge", "api_key": KEY}),
                (opened, {"event": "subscribe", "feed": "open_orders", **proof}),
            ],
        )
    assert world.sockets[0].sent[1][1]["signed_challenge"] == SIGNED  # type: ignore[call-overload]


def test_the_challenge_is_asked_for_before_its_answer_comes_inside_send() -> None:
    world = private("o-s-|", delay=None)
    items, _ = orders_of(world)
    world.run()
    assert len(items) == 1


def test_who_comes_late_gets_the_proven_socket() -> None:
    world = private("o----s--#-o-s-|")
    world.advance_to(3)
    items, _ = orders_of(world)
    sockets = record(world.connection.pipe(authenticated_socket()), world.scheduler)
    world.run()
    assert len(items) == 2
    assert sockets.values == world.sockets


def test_public_feeds_go_over_a_private_connection_too_and_an_error_of_theirs_is_no_refusal() -> None:
    exchange = Exchange()

    def answer(message: Any) -> Iterator[Any]:
        if "PI_NOUSD" in message.get("product_ids", ()):
            yield {"event": "error", "message": "Invalid product id"}
        else:
            yield from exchange(message)

    world = private("o-t-s---|", answer, delay=0.5)
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    ends: list[Exception] = []
    trades: list[Any] = []
    sockets.pipe(futures.subscribe_trades("PI_NOUSD", messages)).subscribe(on_error=ends.append)
    sockets.pipe(futures.subscribe_trades("PI_XBTUSD", messages)).subscribe(trades.append)
    orders, _ = orders_of(world)
    world.run()
    assert (len(trades), len(orders)) == (1, 1)
    assert [type(end) for end in ends] == [SubscriptionRefused]


def test_an_unsubscribe_is_proven_as_well() -> None:
    world = private("o-s---|")
    messages = world.connection.pipe(keep_messages_only())
    feed = world.connection.pipe(authenticated_socket(), futures.subscribe_open_orders(messages)).subscribe()
    world.advance_to(3)
    feed.dispose()
    world.run()
    last = world.sockets[0].sent[-1][1]
    assert (last["event"], last["signed_challenge"]) == ("unsubscribe", SIGNED)  # type: ignore[call-overload]


def test_a_key_that_the_exchange_does_not_know_ends_the_connection_with_its_text() -> None:
    world = private("o---|", lambda message: [{"event": "error", "message": "Unknown api key"}])
    _, ends = orders_of(world)
    world.run()
    assert [str(end) for end in ends] == ["the exchange refused our authentication: Unknown api key"]
    assert isinstance(ends[0], AuthRefused)


def test_after_such_an_end_a_new_connect_starts_over() -> None:
    answers: list[Any] = [{"event": "error", "message": "Unknown api key"}]
    exchange = Exchange()
    world = private("o--s---|", lambda message: [answers.pop()] if answers else exchange(message))
    _, ends = orders_of(world)
    world.advance_to(2)
    assert isinstance(ends[0], AuthRefused)
    items, _ = orders_of(world)
    link = world.connection.connect()
    world.advance_to(9)
    assert len(items) == 1
    link.dispose()


def test_without_an_answer_the_socket_is_dropped_and_the_next_one_asked() -> None:
    answers: list[list[Any]] = [[]]
    exchange = Exchange()
    world = private("o" + "-" * 12 + "#o-s-|", lambda message: answers.pop() if answers else exchange(message))
    closed = events_of(world, Closed)
    items, _ = orders_of(world)
    world.run()
    assert isinstance(closed[0].error, RequestTimeout)
    assert len(items) == 1


def test_the_users_own_signer_needs_no_secret_of_ours() -> None:
    signer = futures.Signer(KEY, lambda challenge: futures.sign_challenge(challenge, SECRET))
    world = private("o-s-|", signer=signer)
    items, _ = orders_of(world)
    world.run()
    assert len(items) == 1
    assert KEY not in repr(signer)


@pytest.mark.parametrize("answer", ["raises", None, ""])
def test_a_signer_that_fails_is_asked_again_on_the_next_socket_and_its_text_kept_from_all(answer: Any) -> None:
    answers = [answer]

    def sign(challenge: str) -> Any:
        if not answers:
            return futures.sign_challenge(challenge, SECRET)
        if answers.pop() == "raises":
            raise RuntimeError(SECRET)
        return answer

    world = private("o--#-o-s-|", signer=futures.Signer(KEY, sign))
    closed = events_of(world, Closed)
    items, _ = orders_of(world)
    world.run()
    error = closed[0].error
    assert isinstance(error, TokenError)
    assert (error.kind, error.__cause__, error.__context__) == (
        "RuntimeError" if answer else "EmptySignature",
        None,
        None,
    )
    assert len(items) == 1


def test_a_private_feed_without_a_proof_is_refused_before_it_is_sent() -> None:
    world = live({"s": ORDERS}, "o-s-|")
    ends: list[Exception] = []
    messages = world.connection.pipe(keep_messages_only())
    world.connection.pipe(filter_new_socket_only(), futures.subscribe_fills(messages)).subscribe(on_error=ends.append)
    world.run()
    assert isinstance(ends[0], InvalidArgument)
    assert world.sockets[0].sent == []


UNAUTHENTICATED = {"event": "alert", "message": "Failed to subscribe to authenticated feed"}


def test_a_private_feed_that_is_refused_ends_alone_with_a_remedy() -> None:
    exchange = Exchange()
    world = private("o-s-|", lambda message: [UNAUTHENTICATED] if message.get("feed") == "fills" else exchange(message))
    messages = world.connection.pipe(keep_messages_only())
    fills: list[Exception] = []
    world.connection.pipe(authenticated_socket(), futures.subscribe_fills(messages)).subscribe(on_error=fills.append)
    orders, _ = orders_of(world)
    world.run()
    assert isinstance(fills[0], SubscriptionRefused)
    assert "futures key" in str(fills[0])
    assert len(orders) == 1


def test_a_proof_that_has_grown_too_old_is_made_anew_on_a_new_socket() -> None:
    exchange = Exchange()
    asked: list[str] = []

    def answer(message: Any) -> Any:
        asked.append(message["event"])
        if message["event"] == "subscribe" and asked.count("subscribe") == 2:
            return [UNAUTHENTICATED]
        return exchange(message)

    balances = {"feed": "balances_snapshot", "seq": 0, "holding": {"USD": 1}}
    hole = {"feed": "balances", "seq": 2, "holding": {"USD": 2}}
    world = live({"s": balances, "h": hole}, "o-s-h-#-o-s-|", replies=answer)
    world.connection = futures.PrivateConnection(world.connection._source, credentials())
    closed = events_of(world, Closed)
    messages = world.connection.pipe(keep_messages_only())
    items: list[Any] = []
    world.connection.pipe(authenticated_socket(), futures.subscribe_balances(messages)).subscribe(
        items.append, items.append
    )
    world.run()
    assert asked == ["challenge", "subscribe", "unsubscribe", "subscribe", "challenge", "subscribe"]
    assert isinstance(closed[0].error, ConnectionClosed)
    assert "proof" in str(closed[0].error)
    assert [str(item.total) for item in items] == ["1", "1"]


def test_no_key_challenge_or_signature_shows_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    exchange = Exchange()
    # In the second life the exchange tells nonsense, in the third the link breaks.
    world = private("o-s-#-o-s-|", exchange)
    everything: list[Any] = []
    events: list[SocketEvent] = []
    world.connection.subscribe(events.append)
    world.connection.pipe(keep_messages_only()).subscribe(everything.append)
    sockets = record(world.connection.pipe(authenticated_socket()), world.scheduler)
    items, ends = orders_of(world)
    world.run()
    assert len(items) == 2
    assert [event for event in events if isinstance(event, Authenticated)]
    acknowledged = [message for message in everything if message.get("event") == "subscribed"]
    assert [message["signed_challenge"] for message in acknowledged] == ["***", "***"]
    seen = "".join(map(repr, (everything, events, sockets.values, items, ends, credentials(), world.connection)))
    seen += caplog.text + json.dumps([asdict(item, recurse=False) for item in items], default=str)
    for secret in (KEY, SECRET, SIGNED, *(futures.sign_challenge(given, SECRET) for given in exchange.given)):
        assert secret not in seen
